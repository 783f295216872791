-- +goose Up

-- Metadata of users and organizations. Exactly the reference of the level is set,
-- so that an entry goes with its owner.
CREATE TABLE metadata (
    level       CTEXT  NOT NULL,
    resource_id CTEXT  NOT NULL,
    org_id      CTEXT  REFERENCES orgs (id) ON DELETE CASCADE,
    user_id     CTEXT  REFERENCES users (id) ON DELETE CASCADE,
    key         CTEXT  NOT NULL,
    key_folded  CTEXT  NOT NULL,
    value       BYTEA  NOT NULL,
    created     BIGINT NOT NULL,
    changed     BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    PRIMARY KEY (level, resource_id, key)
);
CREATE INDEX metadata_org ON metadata (org_id);
CREATE INDEX metadata_user ON metadata (user_id);

-- Domains of organizations, folded. Which is the primary one is said by orgs; it is not
-- here while it is the one that follows from the name, which is here while another is
-- primary. challenge proves a domain that is not verified yet.
CREATE TABLE org_domains (
    org_id    CTEXT   NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    domain    CTEXT   NOT NULL,
    verified  BOOLEAN NOT NULL,
    challenge CTEXT   NOT NULL,
    created   BIGINT  NOT NULL,
    changed   BIGINT  NOT NULL,
    seq       BIGINT  NOT NULL,
    PRIMARY KEY (org_id, domain)
);
CREATE UNIQUE INDEX org_domains_verified ON org_domains (domain) WHERE verified;

-- Of credentials of the kind 'key', by which a service user signs assertions (PKIX).
ALTER TABLE credentials ADD COLUMN public_key BYTEA;

-- Applications of projects: APIs, which introspect tokens, and OIDC clients.
CREATE TABLE applications (
    id          CTEXT  PRIMARY KEY,
    project_id  CTEXT  NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name        CTEXT  NOT NULL,
    name_folded CTEXT  NOT NULL,
    state       CTEXT  NOT NULL,
    type        CTEXT  NOT NULL,
    client_id   CTEXT  NOT NULL UNIQUE,
    auth_method CTEXT  NOT NULL,
    secret      BYTEA,
    config      CTEXT  NOT NULL,
    created     BIGINT NOT NULL,
    changed     BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    UNIQUE (project_id, name_folded)
);
CREATE INDEX applications_created ON applications (project_id, created, id);

CREATE TABLE application_keys (
    id             CTEXT  PRIMARY KEY,
    application_id CTEXT  NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    public_key     BYTEA  NOT NULL,
    expires        BIGINT NOT NULL,
    created        BIGINT NOT NULL,
    changed        BIGINT NOT NULL,
    seq            BIGINT NOT NULL
);
CREATE INDEX application_keys_application ON application_keys (application_id, created, id);

-- Lifetimes of the other tokens, beside that of access tokens.
ALTER TABLE instance ADD COLUMN id_token_lifetime BIGINT NOT NULL DEFAULT 43200000000;
ALTER TABLE instance ADD COLUMN refresh_token_idle BIGINT NOT NULL DEFAULT 2592000000000;
ALTER TABLE instance ADD COLUMN refresh_token_lifetime BIGINT NOT NULL DEFAULT 7776000000000;

-- Settings of the instance that are read and written as a whole, as JSON objects. What
-- was never set is not here.
CREATE TABLE settings (
    name    CTEXT  PRIMARY KEY,
    value   CTEXT  NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    seq     BIGINT NOT NULL
);

CREATE TABLE trusted_domains (
    domain  CTEXT  PRIMARY KEY,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    seq     BIGINT NOT NULL
);

-- +goose Down
DROP TABLE trusted_domains;
DROP TABLE settings;
ALTER TABLE instance DROP COLUMN refresh_token_lifetime;
ALTER TABLE instance DROP COLUMN refresh_token_idle;
ALTER TABLE instance DROP COLUMN id_token_lifetime;
DROP TABLE application_keys;
DROP TABLE applications;
ALTER TABLE credentials DROP COLUMN public_key;
DROP TABLE org_domains;
DROP TABLE metadata;
