-- Indexes by which the lists of the management API find their rows and count them.
-- bench/lists measures what each is good for, and what they cost a write.

-- +goose Up

-- The order of creation, of the instance and of an organization. Type and state stand
-- behind it, so that who filters by them reads and counts in the index alone.
DROP INDEX users_created;
CREATE INDEX users_created ON users (created, id, type, state);
DROP INDEX users_org;
CREATE INDEX users_org ON users (org_id, created, id, type, state);
DROP INDEX users_org_type;

-- Names within an organization: in order, by their beginning, or each looked at for a
-- part of it. With or without the type.
DROP INDEX users_org_name;
CREATE INDEX users_org_name ON users (org_id, user_name_folded, id, type);
DROP INDEX users_org_label;
CREATE INDEX users_org_label ON users (org_id, label_folded, id, type);

-- Names within the instance. The user name has an index already, which is unique.
CREATE INDEX users_label ON users (label_folded, id);

-- What humans alone have: service users take no place in these. No condition on one of
-- them asks for the empty text without saying so.
CREATE INDEX users_email ON users (email_folded, id, org_id) WHERE email_folded <> '';
CREATE INDEX users_first_name ON users (first_name_folded, id, org_id) WHERE first_name_folded <> '';
CREATE INDEX users_last_name ON users (last_name_folded, id, org_id) WHERE last_name_folded <> '';
CREATE INDEX users_nick_name ON users (nick_name_folded, id, org_id) WHERE nick_name_folded <> '';

-- Projects by name, of which there can be one in each organization.
CREATE INDEX projects_name ON projects (name_folded, id);

-- Authorizations in the order of creation: of the instance, of an organization and of a
-- project grant. Behind it stands what else they are asked for.
CREATE INDEX authorizations_created ON authorizations (created, id, project_id, grant_id, state);
DROP INDEX authorizations_org;
CREATE INDEX authorizations_org ON authorizations (org_id, created, id, user_id, project_id, state);
DROP INDEX authorizations_grant;
CREATE INDEX authorizations_grant ON authorizations (grant_id, created, id);

-- Those of one project, which can be many, or few of one organization. They are counted
-- here; the first in order are found in the order of the organization or the instance.
DROP INDEX authorizations_project_created;
CREATE INDEX authorizations_project ON authorizations (project_id, org_id, grant_id, id, state);

-- Roles by their key alone too, which comes first.
DROP INDEX authorization_roles_role;
CREATE INDEX authorization_roles_role ON authorization_roles (role_key, project_id, authorization_id);

-- Credentials of everybody, of each kind.
CREATE INDEX credentials_created ON credentials (created, id, kind, user_id);

-- Memberships of everything.
CREATE INDEX memberships_created ON memberships (created, user_id, level, resource_id);

-- The history of the instance by who did something, and by what and when it was. All but
-- the first grow at the end.
CREATE INDEX events_editor ON events (editor_id, seq);
CREATE INDEX events_type ON events (type, seq);
CREATE INDEX events_kind ON events (aggregate, seq);
CREATE INDEX events_created ON events (created, seq, idx);

-- +goose Down
DROP INDEX events_created;
DROP INDEX events_kind;
DROP INDEX events_type;
DROP INDEX events_editor;
DROP INDEX memberships_created;
DROP INDEX credentials_created;
DROP INDEX authorization_roles_role;
CREATE INDEX authorization_roles_role ON authorization_roles (project_id, role_key);
DROP INDEX authorizations_project;
CREATE INDEX authorizations_project_created ON authorizations (project_id, created, id);
DROP INDEX authorizations_grant;
CREATE INDEX authorizations_grant ON authorizations (grant_id);
DROP INDEX authorizations_org;
CREATE INDEX authorizations_org ON authorizations (org_id, created, id);
DROP INDEX authorizations_created;
DROP INDEX projects_name;
DROP INDEX users_nick_name;
DROP INDEX users_last_name;
DROP INDEX users_first_name;
DROP INDEX users_email;
DROP INDEX users_label;
DROP INDEX users_org_label;
CREATE INDEX users_org_label ON users (org_id, type, label_folded, id);
DROP INDEX users_org_name;
CREATE INDEX users_org_name ON users (org_id, type, user_name_folded, id);
CREATE INDEX users_org_type ON users (org_id, type, created, id);
DROP INDEX users_org;
CREATE INDEX users_org ON users (org_id, created, id);
DROP INDEX users_created;
CREATE INDEX users_created ON users (created, id);
