package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const membershipColumns = `m.user_id, m.level, m.resource_id, m.roles, m.created, m.changed, m.seq,
	coalesce(o.id, p.org_id, g.granted_org_id), coalesce(p.id, g.project_id),
	u.user_name, u.org_id, u.type, u.label, u.first_name, u.last_name, u.email, coalesce(o.name, p.name, gp.name)`

const membershipOwn = `memberships m`

const membershipJoins = `JOIN users u ON u.id = m.user_id
	LEFT JOIN orgs o ON o.id = m.org_id LEFT JOIN projects p ON p.id = m.project_id
	LEFT JOIN project_grants g ON g.id = m.grant_id LEFT JOIN projects gp ON gp.id = g.project_id`

const membershipFrom = membershipOwn + " " + membershipJoins

func scanMembership(s scanner) (iam.Membership, error) {
	var m iam.Membership
	var t metaScan
	var roles string
	var org, project, resource sql.NullString
	err := s.Scan(&m.UserID, &m.Level, &m.ResourceID, &roles, &t.created, &t.changed, &t.seq, &org, &project,
		&m.UserName, &m.UserOrgID, &m.UserType, &m.UserLabel, &m.FirstName, &m.LastName, &m.Email, &resource)
	m.OrgID, m.ProjectID, m.ResourceName, m.Meta = org.String, project.String, resource.String, t.meta()
	for r := range strings.FieldsSeq(roles) {
		m.Roles = append(m.Roles, iam.ManagerRole(r))
	}
	return m, err
}

// Membership finds a user's membership of one resource. Kind: NotFound.
func (r Reader) Membership(ctx context.Context, userID string, level iam.Level, resourceID string) (iam.Membership, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+membershipColumns+` FROM `+membershipFrom+`
		WHERE m.user_id = $1 AND m.level = $2 AND m.resource_id = $3`, userID, level, resourceID), "membership", scanMembership)
}

// MembershipsOf returns everything that a user is a manager of.
func (r Reader) MembershipsOf(ctx context.Context, userID string) ([]iam.Membership, error) {
	return many(ctx, r.q, "memberships", scanMembership,
		`SELECT `+membershipColumns+` FROM `+membershipFrom+` WHERE m.user_id = $1`, userID)
}

// What the resource is called, and whose it is. The instance has no name here.
const (
	resourceName = `coalesce((SELECT %[1]s FROM orgs WHERE id = m.org_id), (SELECT %[1]s FROM projects
		WHERE id = coalesce(m.project_id, (SELECT project_id FROM project_grants WHERE id = m.grant_id))), '')`
	resourceOrg = `coalesce(m.org_id, (SELECT org_id FROM projects WHERE id = m.project_id),
		(SELECT granted_org_id FROM project_grants WHERE id = m.grant_id), '')`
)

func membershipListing() listing {
	user := &other{"users u", "u.id", "m.user_id"}
	return listing{
		columns: membershipColumns, from: membershipOwn, keys: []string{"m.user_id", "m.level", "m.resource_id"}, joins: membershipJoins,
		created: "m.created", id: "m.user_id, m.level, m.resource_id",
		reach: reachColumns{org: "m.org_id", project: "m.project_id", grant: "m.grant_id", user: "m.user_id", orgs: []string{
			"m.project_id IN (SELECT id FROM projects WHERE org_id ?)", "m.grant_id IN (SELECT id FROM project_grants WHERE granted_org_id ?)",
		}},
		walking: &reachColumns{
			org: resourceOrg, project: "coalesce(m.project_id, '')", grant: "coalesce(m.grant_id, '')", user: "m.user_id",
		},
		fields: map[iam.Field]column{
			iam.FieldUserID: {expr: "m.user_id", index: picks}, iam.FieldLevel: {expr: "m.level"}, iam.FieldResourceID: {expr: "m.resource_id", index: narrows},
			iam.FieldOrgID:         {expr: "coalesce(m.org_id, '')"},
			iam.FieldProjectID:     {expr: "coalesce(m.project_id, '')"},
			iam.FieldGrantID:       {expr: "coalesce(m.grant_id, '')"},
			iam.FieldResourceOrgID: {expr: resourceOrg},
			iam.FieldUserOrgID:     {expr: "u.org_id", of: user},
			iam.FieldName:          {expr: fmt.Sprintf(resourceName, "name"), folded: fmt.Sprintf(resourceName, "name_folded")},
			iam.FieldUserType:      {expr: "u.type", of: user},
			iam.FieldUserName:      {expr: "u.user_name", of: user, folded: "u.user_name_folded"},
			iam.FieldFirstName:     {expr: "u.first_name", of: user, folded: "u.first_name_folded", index: sparse},
			iam.FieldLastName:      {expr: "u.last_name", of: user, folded: "u.last_name_folded", index: sparse},
			iam.FieldDisplayName:   {expr: "u.label", of: user, folded: "u.label_folded"},
			iam.FieldEmail:         {expr: "u.email", of: user, folded: "u.email_folded", index: sparse},
			iam.FieldCreated:       {expr: "m.created", time: true}, iam.FieldChanged: {expr: "m.changed", time: true},
		},
	}
}

// Memberships lists memberships.
func (r Reader) Memberships(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.Membership], error) {
	return list(ctx, r, "memberships", membershipListing(), reach, f, page, scanMembership)
}

// CountActiveMembers counts who holds a role on a resource and is active, in an
// active organization.
func (r Reader) CountActiveMembers(ctx context.Context, level iam.Level, resourceID string, role iam.ManagerRole) (int, error) {
	members, err := many(ctx, r.q, "memberships", func(s scanner) (string, error) {
		var roles string
		err := s.Scan(&roles)
		return roles, err
	}, `SELECT m.roles FROM memberships m JOIN users u ON u.id = m.user_id JOIN orgs o ON o.id = u.org_id
		WHERE m.level = $1 AND m.resource_id = $2 AND u.state = 'active' AND o.state = 'active'`, level, resourceID)
	n := 0
	for _, roles := range members {
		for r := range strings.FieldsSeq(roles) {
			if r == string(role) {
				n++
			}
		}
	}
	return n, err
}

func joinRoles(roles []iam.ManagerRole) string {
	s := make([]string, len(roles))
	for i, r := range roles {
		s[i] = string(r)
	}
	return strings.Join(s, " ")
}

// AddMembership makes a user a manager. Kind: AlreadyExists.
func (tx *Tx) AddMembership(m *iam.Membership) error {
	m.Meta = tx.Stamp(m.Meta)
	ref := func(level iam.Level) sql.NullString {
		return sql.NullString{String: m.ResourceID, Valid: m.Level == level}
	}
	return tx.exec("membership", `INSERT INTO memberships (user_id, level, resource_id, org_id, project_id, grant_id,
		roles, created, changed, seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		m.UserID, m.Level, m.ResourceID, ref(iam.LevelOrg), ref(iam.LevelProject), ref(iam.LevelProjectGrant),
		joinRoles(m.Roles), micros(m.Created), micros(m.Changed), m.Sequence)
}

// SetMembership writes a membership's roles. Kind: NotFound.
func (tx *Tx) SetMembership(m *iam.Membership) error {
	m.Meta = tx.Stamp(m.Meta)
	return tx.exec("membership", `UPDATE memberships SET roles = $4, changed = $5, seq = $6
		WHERE user_id = $1 AND level = $2 AND resource_id = $3`,
		m.UserID, m.Level, m.ResourceID, joinRoles(m.Roles), micros(m.Changed), m.Sequence)
}

// RemoveMembership ends a membership. Kind: NotFound.
func (tx *Tx) RemoveMembership(userID string, level iam.Level, resourceID string) error {
	return tx.exec("membership", `DELETE FROM memberships WHERE user_id = $1 AND level = $2 AND resource_id = $3`,
		userID, level, resourceID)
}
