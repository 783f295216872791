package store

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const roleColumns = `r.project_id, r.key, r.display_name, r.role_group, p.org_id, r.created, r.changed, r.seq`

func scanRole(s scanner) (iam.Role, error) {
	var r iam.Role
	var m metaScan
	err := s.Scan(&r.ProjectID, &r.Key, &r.DisplayName, &r.Group, &r.OrgID, &m.created, &m.changed, &m.seq)
	r.Meta = m.meta()
	return r, err
}

// Role finds a role by its project and key. Kind: NotFound.
func (r Reader) Role(ctx context.Context, projectID, key string) (iam.Role, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+roleColumns+` FROM roles r JOIN projects p ON p.id = r.project_id
		WHERE r.project_id = $1 AND r.key = $2`, projectID, key), "role", scanRole)
}

func roleListing() listing {
	return listing{
		columns: roleColumns, from: "roles r JOIN projects p ON p.id = r.project_id", created: "r.created", id: "r.key",
		reach: reachColumns{org: "p.org_id", project: "r.project_id"},
		fields: map[iam.Field]column{
			iam.FieldKey:         {expr: "r.key", folded: "r.key_folded"},
			iam.FieldDisplayName: {expr: "r.display_name", folded: "r.display_name_folded"},
			iam.FieldGroup:       {expr: "r.role_group", folded: "r.role_group_folded"},
			iam.FieldProjectID:   {expr: "r.project_id"},
			iam.FieldCreated:     {expr: "r.created", time: true}, iam.FieldChanged: {expr: "r.changed", time: true},
		},
	}
}

// Roles lists the roles of projects.
func (r Reader) Roles(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.Role], error) {
	return list(ctx, r, "roles", roleListing(), reach, f, page, scanRole)
}

// RoleGroups lists the groups of a project's roles in order, at most as many as said.
func (r Reader) RoleGroups(ctx context.Context, projectID string, limit int) ([]string, error) {
	return many(ctx, r.q, "groups", scanText, `SELECT DISTINCT role_group FROM roles
		WHERE project_id = $1 AND role_group <> '' ORDER BY role_group LIMIT $2`, projectID, limit)
}

// MissingRoles returns those of keys that the project does not define.
func (r Reader) MissingRoles(ctx context.Context, projectID string, keys []string) ([]string, error) {
	return r.missingKeys(ctx, `SELECT key FROM roles WHERE project_id = $1`, projectID, keys)
}

// MissingGrantRoles returns those of keys that the project grant does not lend.
func (r Reader) MissingGrantRoles(ctx context.Context, grantID string, keys []string) ([]string, error) {
	return r.missingKeys(ctx, `SELECT role_key FROM project_grant_roles WHERE grant_id = $1`, grantID, keys)
}

func (r Reader) missingKeys(ctx context.Context, query, id string, keys []string) ([]string, error) {
	known, err := many(ctx, r.q, "roles", scanText, query, id)
	if err != nil {
		return nil, err
	}
	have := make(map[string]bool, len(known))
	for _, k := range known {
		have[k] = true
	}
	var lacking []string
	for _, k := range keys {
		if !have[k] {
			lacking = append(lacking, k)
		}
	}
	return lacking, nil
}

// AddRole creates a role. Kind: AlreadyExists.
func (tx *Tx) AddRole(r *iam.Role) error {
	r.Meta = tx.Stamp(r.Meta)
	return tx.exec("role", `INSERT INTO roles (project_id, key, key_folded, display_name, display_name_folded,
		role_group, role_group_folded, created, changed, seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		r.ProjectID, r.Key, iam.Fold(r.Key), r.DisplayName, iam.Fold(r.DisplayName),
		r.Group, iam.Fold(r.Group), micros(r.Created), micros(r.Changed), r.Sequence)
}

// SetRole writes a role's display name and group. Kind: NotFound.
func (tx *Tx) SetRole(r *iam.Role) error {
	r.Meta = tx.Stamp(r.Meta)
	return tx.exec("role", `UPDATE roles SET display_name = $3, display_name_folded = $4, role_group = $5,
		role_group_folded = $6, changed = $7, seq = $8 WHERE project_id = $1 AND key = $2`,
		r.ProjectID, r.Key, r.DisplayName, iam.Fold(r.DisplayName), r.Group, iam.Fold(r.Group), micros(r.Changed), r.Sequence)
}

// RemoveRole removes a role, also from every project grant and authorization,
// which so have changed. Kind: NotFound.
func (tx *Tx) RemoveRole(projectID, key string) error {
	m := tx.Stamp(iam.Meta{})
	err := tx.execAny("project grants", `UPDATE project_grants SET changed = $3, seq = $4 WHERE id IN
		(SELECT grant_id FROM project_grant_roles WHERE project_id = $1 AND role_key = $2)`,
		projectID, key, micros(m.Changed), m.Sequence)
	if err != nil {
		return err
	}
	err = tx.execAny("authorizations", `UPDATE authorizations SET changed = $3, seq = $4 WHERE id IN
		(SELECT authorization_id FROM authorization_roles WHERE project_id = $1 AND role_key = $2)`,
		projectID, key, micros(m.Changed), m.Sequence)
	if err != nil {
		return err
	}
	return tx.exec("role", `DELETE FROM roles WHERE project_id = $1 AND key = $2`, projectID, key)
}
