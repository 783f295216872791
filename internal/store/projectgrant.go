package store

import (
	"context"
	"database/sql"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const grantColumns = `g.id, g.project_id, p.org_id, g.granted_org_id, g.state, g.created, g.changed, g.seq,
	p.name, p.state, o.name, gto.name,
	(SELECT string_agg(gr.role_key, ' ' ORDER BY gr.role_key) FROM project_grant_roles gr WHERE gr.grant_id = g.id)`

const grantOwn = `project_grants g`

const grantJoins = `JOIN projects p ON p.id = g.project_id
	JOIN orgs o ON o.id = p.org_id JOIN orgs gto ON gto.id = g.granted_org_id`

const grantFrom = grantOwn + " " + grantJoins

func scanGrant(s scanner) (iam.ProjectGrant, error) {
	var g iam.ProjectGrant
	var m metaScan
	var keys sql.NullString
	err := s.Scan(&g.ID, &g.ProjectID, &g.OrgID, &g.GrantedOrgID, &g.State, &m.created, &m.changed, &m.seq,
		&g.ProjectName, &g.ProjectState, &g.OrgName, &g.GrantedOrgName, &keys)
	g.Meta, g.RoleKeys = m.meta(), words(keys)
	return g, err
}

// ProjectGrant finds a project grant by id. Kind: NotFound.
func (r Reader) ProjectGrant(ctx context.Context, id string) (iam.ProjectGrant, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+grantColumns+` FROM `+grantFrom+` WHERE g.id = $1`, id),
		"project grant", scanGrant)
}

// ProjectGrantTo finds the grant of a project to an organization. Kind: NotFound.
func (r Reader) ProjectGrantTo(ctx context.Context, projectID, orgID string) (iam.ProjectGrant, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+grantColumns+` FROM `+grantFrom+`
		WHERE g.project_id = $1 AND g.granted_org_id = $2`, projectID, orgID), "project grant", scanGrant)
}

func grantListing() listing {
	project := &other{"projects p", "p.id", "g.project_id"}
	return listing{
		columns: grantColumns, from: grantOwn, keys: []string{"g.id"}, joins: grantJoins, created: "g.created", id: "g.id",
		fields: map[iam.Field]column{
			iam.FieldID: {expr: "g.id"}, iam.FieldProjectID: {expr: "g.project_id", index: narrows},
			iam.FieldProjectName: {expr: "p.name", of: project, folded: "p.name_folded"},
			iam.FieldOrgID:       {expr: "p.org_id", of: project}, iam.FieldGrantedOrgID: {expr: "g.granted_org_id", index: narrows},
			iam.FieldGrantedOrgName: {expr: "gto.name", of: &other{"orgs gto", "gto.id", "g.granted_org_id"}, folded: "gto.name_folded"},
			iam.FieldState:          {expr: "g.state"}, iam.FieldCreated: {expr: "g.created", time: true},
			iam.FieldChanged: {expr: "g.changed", time: true},
			iam.FieldRoleKey: {expr: "x.role_key", several: true, of: &other{"project_grant_roles x", "x.grant_id", "g.id"}},
		},
	}
}

// ProjectGrants lists project grants for those who give them.
func (r Reader) ProjectGrants(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.ProjectGrant], error) {
	l := grantListing()
	l.reach = reachColumns{org: "g.project_id IN (SELECT id FROM projects WHERE org_id ?)", project: "g.project_id", grant: "g.id"}
	return list(ctx, r, "project grants", l, reach, f, page, scanGrant)
}

// GrantedProjects lists project grants for those who received them.
func (r Reader) GrantedProjects(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.ProjectGrant], error) {
	return list(ctx, r, "granted projects", grantedListing(), reach, f, page, scanGrant)
}

func grantedListing() listing {
	l := grantListing()
	l.reach = reachColumns{org: "g.granted_org_id", grant: "g.id"}
	return l
}

// CountGrantedProjects counts project grants for those who received them.
func (r Reader) CountGrantedProjects(ctx context.Context, reach iam.Reach) (uint64, error) {
	return r.count(ctx, "granted projects", grantedListing(), reach, iam.Filter{})
}

// AddProjectGrant lends a project. Kind: AlreadyExists.
func (tx *Tx) AddProjectGrant(g *iam.ProjectGrant) error {
	g.Meta = tx.Stamp(g.Meta)
	err := tx.exec("project grant", `INSERT INTO project_grants (id, project_id, granted_org_id, state, created, changed, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		g.ID, g.ProjectID, g.GrantedOrgID, g.State, micros(g.Created), micros(g.Changed), g.Sequence)
	if err != nil {
		return err
	}
	return tx.addGrantRoles(g)
}

// SetProjectGrant writes a project grant's state and roles, and takes roles
// that it no longer lends from the authorizations that came through it, which so
// have changed. Kind: NotFound.
func (tx *Tx) SetProjectGrant(g *iam.ProjectGrant) error {
	g.Meta = tx.Stamp(g.Meta)
	err := tx.exec("project grant", `UPDATE project_grants SET state = $2, changed = $3, seq = $4 WHERE id = $1`,
		g.ID, g.State, micros(g.Changed), g.Sequence)
	if err != nil {
		return err
	}
	if err := tx.execAny("project grant", `DELETE FROM project_grant_roles WHERE grant_id = $1`, g.ID); err != nil {
		return err
	}
	if err := tx.addGrantRoles(g); err != nil {
		return err
	}
	err = tx.execAny("authorizations", `UPDATE authorizations SET changed = $2, seq = $3
		WHERE grant_id = $1 AND EXISTS (SELECT 1 FROM authorization_roles ar WHERE ar.authorization_id = authorizations.id
		AND ar.role_key NOT IN (SELECT role_key FROM project_grant_roles WHERE grant_id = $1))`, g.ID, micros(g.Changed), g.Sequence)
	if err != nil {
		return err
	}
	return tx.execAny("authorizations", `DELETE FROM authorization_roles
		WHERE authorization_id IN (SELECT id FROM authorizations WHERE grant_id = $1)
		AND role_key NOT IN (SELECT role_key FROM project_grant_roles WHERE grant_id = $1)`, g.ID)
}

func (tx *Tx) addGrantRoles(g *iam.ProjectGrant) error {
	for _, key := range g.RoleKeys {
		err := tx.exec("project grant role", `INSERT INTO project_grant_roles (grant_id, project_id, role_key)
			VALUES ($1, $2, $3)`, g.ID, g.ProjectID, key)
		if err != nil {
			return err
		}
	}
	return nil
}

// RemoveProjectGrant takes a project back, with the authorizations that came through it. Kind: NotFound.
func (tx *Tx) RemoveProjectGrant(id string) error {
	return tx.exec("project grant", `DELETE FROM project_grants WHERE id = $1`, id)
}
