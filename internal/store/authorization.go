package store

import (
	"context"
	"database/sql"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const authorizationColumns = `a.id, a.user_id, a.project_id, a.grant_id, a.org_id, a.state, a.created, a.changed, a.seq,
	u.user_name, u.org_id, u.type, u.label, u.first_name, u.last_name, u.email, p.name, p.org_id, po.name, o.name, o.primary_domain,
	(SELECT string_agg(ar.role_key, ' ' ORDER BY ar.role_key) FROM authorization_roles ar WHERE ar.authorization_id = a.id)`

const (
	authorizationOwn   = `authorizations a`
	authorizationJoins = `JOIN users u ON u.id = a.user_id JOIN projects p ON p.id = a.project_id
		JOIN orgs po ON po.id = p.org_id JOIN orgs o ON o.id = a.org_id`
	authorizationFrom = authorizationOwn + " " + authorizationJoins
)

func scanAuthorization(s scanner) (iam.Authorization, error) {
	var a iam.Authorization
	var m metaScan
	var grant, keys sql.NullString
	err := s.Scan(&a.ID, &a.UserID, &a.ProjectID, &grant, &a.OrgID, &a.State, &m.created, &m.changed, &m.seq,
		&a.UserName, &a.UserOrgID, &a.UserType, &a.UserLabel, &a.FirstName, &a.LastName, &a.Email,
		&a.ProjectName, &a.ProjectOrgID, &a.ProjectOrgName, &a.OrgName, &a.OrgPrimaryDomain, &keys)
	a.GrantID, a.Meta, a.RoleKeys = grant.String, m.meta(), words(keys)
	return a, err
}

// Authorization finds an authorization by id. Kind: NotFound.
func (r Reader) Authorization(ctx context.Context, id string) (iam.Authorization, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+authorizationColumns+` FROM `+authorizationFrom+` WHERE a.id = $1`, id),
		"authorization", scanAuthorization)
}

func authorizationListing() listing {
	user := &other{"users u", "u.id", "a.user_id"}
	project := &other{"projects p", "p.id", "a.project_id"}
	org := &other{"orgs o", "o.id", "a.org_id"}
	return listing{
		columns: authorizationColumns, from: authorizationOwn, keys: []string{"a.id"}, joins: authorizationJoins, created: "a.created", id: "a.id",
		// Managers of a project do not see what other organizations do with a grant of it.
		// What has no grant is of the project's own organization.
		reach: reachColumns{
			org: "a.org_id", project: "(a.project_id ? AND a.org_id IN (SELECT org_id FROM projects WHERE id ?) AND a.grant_id IS NULL)",
			grant: "a.grant_id", user: "a.user_id",
		},
		walking: &reachColumns{
			org: "a.org_id", project: "(coalesce(a.project_id, '') ? AND a.grant_id IS NULL)", grant: "a.grant_id", user: "a.user_id",
		},
		fields: map[iam.Field]column{
			iam.FieldID: {expr: "a.id", index: sorts}, iam.FieldUserID: {expr: "a.user_id", index: picks}, iam.FieldProjectID: {expr: "a.project_id", index: narrows},
			iam.FieldGrantID: {expr: "a.grant_id", index: groups, exists: "(a.grant_id IS NOT NULL AND ?)"}, iam.FieldOrgID: {expr: "a.org_id", index: groups}, iam.FieldState: {expr: "a.state"},
			iam.FieldUserName:     {expr: "u.user_name", of: user, folded: "u.user_name_folded"},
			iam.FieldUserOrgID:    {expr: "u.org_id", of: user},
			iam.FieldUserType:     {expr: "u.type", of: user},
			iam.FieldFirstName:    {expr: "u.first_name", of: user, folded: "u.first_name_folded", index: sparse},
			iam.FieldLastName:     {expr: "u.last_name", of: user, folded: "u.last_name_folded", index: sparse},
			iam.FieldDisplayName:  {expr: "u.label", of: user, folded: "u.label_folded"},
			iam.FieldEmail:        {expr: "u.email", of: user, folded: "u.email_folded", index: sparse},
			iam.FieldOrgName:      {expr: "o.name", of: org, folded: "o.name_folded"},
			iam.FieldOrgDomain:    {expr: "o.primary_domain", of: org, folded: "o.primary_domain"},
			iam.FieldProjectName:  {expr: "p.name", of: project, folded: "p.name_folded"},
			iam.FieldProjectOrgID: {expr: "p.org_id", of: project},
			iam.FieldCreated:      {expr: "a.created", time: true}, iam.FieldChanged: {expr: "a.changed", time: true},
			iam.FieldRoleKey: {expr: "x.role_key", several: true, of: &other{"authorization_roles x", "x.authorization_id", "a.id"}},
		},
	}
}

// Authorizations lists authorizations.
func (r Reader) Authorizations(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.Authorization], error) {
	return list(ctx, r, "authorizations", authorizationListing(), reach, f, page, scanAuthorization)
}

// CountAuthorizations counts authorizations.
func (r Reader) CountAuthorizations(ctx context.Context, reach iam.Reach) (uint64, error) {
	return r.count(ctx, "authorizations", authorizationListing(), reach, iam.Filter{})
}

// AddAuthorization creates an authorization. Kind: AlreadyExists for the same
// user, project and organization.
func (tx *Tx) AddAuthorization(a *iam.Authorization) error {
	a.Meta = tx.Stamp(a.Meta)
	grant := sql.NullString{String: a.GrantID, Valid: a.GrantID != ""}
	err := tx.exec("authorization", `INSERT INTO authorizations (id, user_id, project_id, grant_id, org_id, state, created, changed, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		a.ID, a.UserID, a.ProjectID, grant, a.OrgID, a.State, micros(a.Created), micros(a.Changed), a.Sequence)
	if err != nil {
		return err
	}
	return tx.addAuthorizationRoles(a)
}

// SetAuthorization writes an authorization's state and roles. Kind: NotFound.
func (tx *Tx) SetAuthorization(a *iam.Authorization) error {
	a.Meta = tx.Stamp(a.Meta)
	err := tx.exec("authorization", `UPDATE authorizations SET state = $2, changed = $3, seq = $4 WHERE id = $1`,
		a.ID, a.State, micros(a.Changed), a.Sequence)
	if err != nil {
		return err
	}
	if err := tx.execAny("authorization", `DELETE FROM authorization_roles WHERE authorization_id = $1`, a.ID); err != nil {
		return err
	}
	return tx.addAuthorizationRoles(a)
}

func (tx *Tx) addAuthorizationRoles(a *iam.Authorization) error {
	for _, key := range a.RoleKeys {
		err := tx.exec("authorization role", `INSERT INTO authorization_roles (authorization_id, project_id, role_key)
			VALUES ($1, $2, $3)`, a.ID, a.ProjectID, key)
		if err != nil {
			return err
		}
	}
	return nil
}

// RemoveAuthorization removes an authorization. Kind: NotFound.
func (tx *Tx) RemoveAuthorization(id string) error {
	return tx.exec("authorization", `DELETE FROM authorizations WHERE id = $1`, id)
}
