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
	return listing{
		columns: authorizationColumns, from: authorizationFrom, own: authorizationOwn, joins: authorizationJoins, created: "a.created", id: "a.id",
		// Managers of a project do not see what other organizations do with a grant of it.
		reach: reachColumns{
			org: "a.org_id", project: "CASE WHEN a.grant_id IS NULL THEN a.project_id END", grant: "a.grant_id", user: "a.user_id",
		},
		fields: map[iam.Field]column{
			iam.FieldID: {expr: "a.id"}, iam.FieldUserID: {expr: "a.user_id"}, iam.FieldProjectID: {expr: "a.project_id"},
			iam.FieldGrantID: {expr: "coalesce(a.grant_id, '')"}, iam.FieldOrgID: {expr: "a.org_id"}, iam.FieldState: {expr: "a.state"},
			iam.FieldUserName:     {expr: "u.user_name", joined: true, folded: "u.user_name_folded"},
			iam.FieldUserOrgID:    {expr: "u.org_id", joined: true},
			iam.FieldUserType:     {expr: "u.type", joined: true},
			iam.FieldFirstName:    {expr: "u.first_name", joined: true, folded: "u.first_name_folded"},
			iam.FieldLastName:     {expr: "u.last_name", joined: true, folded: "u.last_name_folded"},
			iam.FieldDisplayName:  {expr: "u.label", joined: true, folded: "u.label_folded"},
			iam.FieldEmail:        {expr: "u.email", joined: true, folded: "u.email_folded"},
			iam.FieldOrgName:      {expr: "o.name", joined: true, folded: "o.name_folded"},
			iam.FieldOrgDomain:    {expr: "o.primary_domain", joined: true, folded: "o.primary_domain"},
			iam.FieldProjectName:  {expr: "p.name", joined: true, folded: "p.name_folded"},
			iam.FieldProjectOrgID: {expr: "p.org_id", joined: true},
			iam.FieldCreated:      {expr: "a.created", time: true}, iam.FieldChanged: {expr: "a.changed", time: true},
			iam.FieldRoleKey: {
				expr: "x.role_key", exists: "EXISTS (SELECT 1 FROM authorization_roles x WHERE x.authorization_id = a.id AND ?)",
			},
		},
	}
}

// Authorizations lists authorizations.
func (r Reader) Authorizations(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.Authorization], error) {
	return list(ctx, r, "authorizations", authorizationListing(), reach, f, page, scanAuthorization)
}

// CountAuthorizations counts authorizations.
func (r Reader) CountAuthorizations(ctx context.Context, reach iam.Reach) (uint64, error) {
	l := authorizationListing()
	l.from = "authorizations a" // what is joined for display neither adds nor drops a row
	return r.count(ctx, "authorizations", l, reach, iam.Filter{})
}

// AddAuthorization creates an authorization. Kind: AlreadyExists for the same
// user, project and organization.
func (tx *Tx) AddAuthorization(a *iam.Authorization) error {
	a.Meta = tx.stamp(a.Meta)
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
	a.Meta = tx.stamp(a.Meta)
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
