-- The type CTEXT is text that compares byte by byte. PostgreSQL gets it as a
-- domain before the first migration; SQLite takes any type name that holds
-- "TEXT" for text, and compares bytes anyway.
-- Times are microseconds since 1970 in UTC; 0 means never where a time is optional.

-- +goose Up
CREATE TABLE feed (
    id  BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL
);
INSERT INTO feed (id, seq) VALUES (1, 0);

CREATE TABLE events (
    seq          BIGINT NOT NULL,
    idx          BIGINT NOT NULL,
    type         CTEXT  NOT NULL,
    aggregate    CTEXT  NOT NULL,
    aggregate_id CTEXT  NOT NULL,
    org_id       CTEXT  NOT NULL,
    project_id   CTEXT  NOT NULL,
    grant_id     CTEXT  NOT NULL,
    user_id      CTEXT  NOT NULL,
    editor_id    CTEXT  NOT NULL,
    created      BIGINT NOT NULL,
    payload      CTEXT  NOT NULL,
    PRIMARY KEY (seq, idx)
);
CREATE INDEX events_aggregate ON events (aggregate_id, seq);
CREATE INDEX events_org ON events (org_id, seq);
CREATE INDEX events_user ON events (user_id, seq);

CREATE TABLE instance (
    only_one              BIGINT PRIMARY KEY CHECK (only_one = 1),
    id                    CTEXT  NOT NULL,
    name                  CTEXT  NOT NULL,
    default_org_id        CTEXT  NOT NULL,
    internal_project_id   CTEXT  NOT NULL,
    access_token_lifetime BIGINT NOT NULL,
    signing_algorithm     CTEXT  NOT NULL,
    master_key_check      BYTEA  NOT NULL,
    token_key             BYTEA  NOT NULL,
    created               BIGINT NOT NULL,
    changed               BIGINT NOT NULL,
    seq                   BIGINT NOT NULL
);

CREATE TABLE signing_keys (
    id        CTEXT  PRIMARY KEY,
    algorithm CTEXT  NOT NULL,
    state     CTEXT  NOT NULL,
    private   BYTEA  NOT NULL,
    public    BYTEA  NOT NULL,
    created   BIGINT NOT NULL,
    changed   BIGINT NOT NULL,
    seq       BIGINT NOT NULL
);
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (state) WHERE state = 'active';

CREATE TABLE orgs (
    id             CTEXT  PRIMARY KEY,
    name           CTEXT  NOT NULL,
    name_folded    CTEXT  NOT NULL UNIQUE,
    primary_domain CTEXT  NOT NULL UNIQUE,
    state          CTEXT  NOT NULL,
    created        BIGINT NOT NULL,
    changed        BIGINT NOT NULL,
    seq            BIGINT NOT NULL
);
CREATE INDEX orgs_created ON orgs (created, id);

CREATE TABLE projects (
    id               CTEXT   PRIMARY KEY,
    org_id           CTEXT   NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    name             CTEXT   NOT NULL,
    name_folded      CTEXT   NOT NULL,
    state            CTEXT   NOT NULL,
    role_assertion   BOOLEAN NOT NULL,
    role_check       BOOLEAN NOT NULL,
    project_check    BOOLEAN NOT NULL,
    private_labeling CTEXT   NOT NULL,
    internal         BOOLEAN NOT NULL,
    created          BIGINT  NOT NULL,
    changed          BIGINT  NOT NULL,
    seq              BIGINT  NOT NULL,
    UNIQUE (org_id, name_folded)
);
CREATE INDEX projects_created ON projects (created, id);

CREATE TABLE roles (
    project_id          CTEXT  NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    key                 CTEXT  NOT NULL,
    key_folded          CTEXT  NOT NULL,
    display_name        CTEXT  NOT NULL,
    display_name_folded CTEXT  NOT NULL,
    role_group          CTEXT  NOT NULL,
    role_group_folded   CTEXT  NOT NULL,
    created             BIGINT NOT NULL,
    changed             BIGINT NOT NULL,
    seq                 BIGINT NOT NULL,
    PRIMARY KEY (project_id, key)
);

CREATE TABLE project_grants (
    id             CTEXT  PRIMARY KEY,
    project_id     CTEXT  NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    granted_org_id CTEXT  NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    state          CTEXT  NOT NULL,
    created        BIGINT NOT NULL,
    changed        BIGINT NOT NULL,
    seq            BIGINT NOT NULL,
    UNIQUE (project_id, granted_org_id)
);
CREATE INDEX project_grants_granted ON project_grants (granted_org_id);

CREATE TABLE project_grant_roles (
    grant_id   CTEXT NOT NULL REFERENCES project_grants (id) ON DELETE CASCADE,
    project_id CTEXT NOT NULL,
    role_key   CTEXT NOT NULL,
    PRIMARY KEY (grant_id, role_key),
    FOREIGN KEY (project_id, role_key) REFERENCES roles (project_id, key) ON DELETE CASCADE
);
CREATE INDEX project_grant_roles_role ON project_grant_roles (project_id, role_key);

CREATE TABLE users (
    id                   CTEXT   PRIMARY KEY,
    org_id               CTEXT   NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    type                 CTEXT   NOT NULL,
    state                CTEXT   NOT NULL,
    user_name            CTEXT   NOT NULL,
    user_name_folded     CTEXT   NOT NULL UNIQUE,
    generation           BIGINT  NOT NULL,
    name                 CTEXT   NOT NULL,
    description          CTEXT   NOT NULL,
    access_token_type    CTEXT   NOT NULL,
    first_name           CTEXT   NOT NULL,
    first_name_folded    CTEXT   NOT NULL,
    last_name            CTEXT   NOT NULL,
    last_name_folded     CTEXT   NOT NULL,
    nick_name            CTEXT   NOT NULL,
    nick_name_folded     CTEXT   NOT NULL,
    label                CTEXT   NOT NULL,
    label_folded         CTEXT   NOT NULL,
    preferred_language   CTEXT   NOT NULL,
    gender               CTEXT   NOT NULL,
    email                CTEXT   NOT NULL,
    email_folded         CTEXT   NOT NULL,
    email_verified       BOOLEAN NOT NULL,
    phone                CTEXT   NOT NULL,
    phone_verified       BOOLEAN NOT NULL,
    password_hash        CTEXT   NOT NULL,
    created              BIGINT  NOT NULL,
    changed              BIGINT  NOT NULL,
    seq                  BIGINT  NOT NULL
);
CREATE INDEX users_org ON users (org_id, created, id);
CREATE INDEX users_created ON users (created, id);

CREATE TABLE credentials (
    id       CTEXT  PRIMARY KEY,
    user_id  CTEXT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind     CTEXT  NOT NULL,
    name     CTEXT  NOT NULL,
    verifier BYTEA  NOT NULL UNIQUE,
    expires  BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    changed  BIGINT NOT NULL,
    seq      BIGINT NOT NULL
);
CREATE INDEX credentials_user ON credentials (user_id, created, id);

CREATE TABLE authorizations (
    id         CTEXT  PRIMARY KEY,
    user_id    CTEXT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    project_id CTEXT  NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    grant_id   CTEXT  REFERENCES project_grants (id) ON DELETE CASCADE,
    org_id     CTEXT  NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    state      CTEXT  NOT NULL,
    created    BIGINT NOT NULL,
    changed    BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    UNIQUE (user_id, project_id, org_id)
);
CREATE INDEX authorizations_project ON authorizations (project_id);
CREATE INDEX authorizations_grant ON authorizations (grant_id);
CREATE INDEX authorizations_org ON authorizations (org_id, created, id);

CREATE TABLE authorization_roles (
    authorization_id CTEXT NOT NULL REFERENCES authorizations (id) ON DELETE CASCADE,
    project_id       CTEXT NOT NULL,
    role_key         CTEXT NOT NULL,
    PRIMARY KEY (authorization_id, role_key),
    FOREIGN KEY (project_id, role_key) REFERENCES roles (project_id, key) ON DELETE CASCADE
);
CREATE INDEX authorization_roles_role ON authorization_roles (project_id, role_key);

-- One table for the memberships of all levels. Exactly the reference of the
-- level is set, so that a membership goes with its resource.
CREATE TABLE memberships (
    user_id     CTEXT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    level       CTEXT  NOT NULL,
    resource_id CTEXT  NOT NULL,
    org_id      CTEXT  REFERENCES orgs (id) ON DELETE CASCADE,
    project_id  CTEXT  REFERENCES projects (id) ON DELETE CASCADE,
    grant_id    CTEXT  REFERENCES project_grants (id) ON DELETE CASCADE,
    roles       CTEXT  NOT NULL,
    created     BIGINT NOT NULL,
    changed     BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    PRIMARY KEY (user_id, level, resource_id)
);
CREATE INDEX memberships_resource ON memberships (level, resource_id);
CREATE INDEX memberships_org ON memberships (org_id);
CREATE INDEX memberships_project ON memberships (project_id);
CREATE INDEX memberships_grant ON memberships (grant_id);

-- +goose Down
DROP TABLE memberships;
DROP TABLE authorization_roles;
DROP TABLE authorizations;
DROP TABLE credentials;
DROP TABLE users;
DROP TABLE project_grant_roles;
DROP TABLE project_grants;
DROP TABLE roles;
DROP TABLE projects;
DROP TABLE orgs;
DROP TABLE signing_keys;
DROP TABLE instance;
DROP TABLE events;
DROP TABLE feed;
