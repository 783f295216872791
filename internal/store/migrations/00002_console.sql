-- +goose Up

-- A human whose password somebody else chose changes it before anything else.
ALTER TABLE users ADD COLUMN password_change BOOLEAN NOT NULL DEFAULT FALSE;

-- Sessions of humans in the browser. A session that is ended is removed.
CREATE TABLE sessions (
    id         CTEXT  PRIMARY KEY,
    token      BYTEA  NOT NULL UNIQUE,
    user_id    CTEXT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    address    CTEXT  NOT NULL,
    agent      CTEXT  NOT NULL,
    created    BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    expires    BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id, created, id);
CREATE INDEX sessions_expires ON sessions (expires);

-- Browsers in which a user has signed in: guesses of others do not hold them up.
CREATE TABLE devices (
    token   BYTEA  PRIMARY KEY,
    user_id CTEXT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created BIGINT NOT NULL,
    last    BIGINT NOT NULL
);
CREATE INDEX devices_user ON devices (user_id);

-- One-time codes with which a human sets a password. inviter_id is who made
-- the code, a user that may be gone by now, or the system.
CREATE TABLE codes (
    hash       BYTEA  PRIMARY KEY,
    kind       CTEXT  NOT NULL,
    user_id    CTEXT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    inviter_id CTEXT  NOT NULL,
    created    BIGINT NOT NULL,
    expires    BIGINT NOT NULL
);
CREATE INDEX codes_user ON codes (user_id);

-- How often something limited was tried since its window began.
CREATE TABLE attempts (
    key   CTEXT  PRIMARY KEY,
    used  BIGINT NOT NULL,
    since BIGINT NOT NULL
);
CREATE INDEX attempts_since ON attempts (since);

-- What the lists of the console sort by.
CREATE INDEX users_org_type ON users (org_id, type, created, id);
CREATE INDEX users_org_label ON users (org_id, type, label_folded, id);
CREATE INDEX users_org_name ON users (org_id, type, user_name_folded, id);
CREATE INDEX events_project ON events (project_id, seq);
CREATE INDEX authorizations_project_created ON authorizations (project_id, created, id);
DROP INDEX authorizations_project;

-- +goose Down
CREATE INDEX authorizations_project ON authorizations (project_id);
DROP INDEX authorizations_project_created;
DROP INDEX events_project;
DROP INDEX users_org_name;
DROP INDEX users_org_label;
DROP INDEX users_org_type;
DROP TABLE attempts;
DROP TABLE codes;
DROP TABLE devices;
DROP TABLE sessions;
ALTER TABLE users DROP COLUMN password_change;
