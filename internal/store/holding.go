package store

import "context"

// Holdings is how many objects hang on another and go, or lose something, with
// it: in all organizations together.
type Holdings struct {
	Authorizations, Grants, Roles, Credentials, Memberships, Applications uint64
}

// UserHoldings counts what is removed with a user.
func (r Reader) UserHoldings(ctx context.Context, userID string) (Holdings, error) {
	var h Holdings
	err := r.q.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM authorizations WHERE user_id = $1),
		(SELECT count(*) FROM credentials WHERE user_id = $1),
		(SELECT count(*) FROM memberships WHERE user_id = $1)`, userID).Scan(&h.Authorizations, &h.Credentials, &h.Memberships)
	return h, fault("count what goes with a user", err)
}

// ProjectHoldings counts what is removed with a project, the managers of its
// grants among the memberships.
func (r Reader) ProjectHoldings(ctx context.Context, projectID string) (Holdings, error) {
	var h Holdings
	err := r.q.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM authorizations WHERE project_id = $1),
		(SELECT count(*) FROM project_grants WHERE project_id = $1),
		(SELECT count(*) FROM roles WHERE project_id = $1),
		(SELECT count(*) FROM memberships WHERE project_id = $1) +
		(SELECT count(*) FROM memberships m JOIN project_grants g ON g.id = m.grant_id WHERE g.project_id = $1),
		(SELECT count(*) FROM applications WHERE project_id = $1)`,
		projectID).Scan(&h.Authorizations, &h.Grants, &h.Roles, &h.Memberships, &h.Applications)
	return h, fault("count what goes with a project", err)
}

// RoleHoldings counts the authorizations and project grants that lose a role
// when it is removed. They stay themselves.
func (r Reader) RoleHoldings(ctx context.Context, projectID, key string) (Holdings, error) {
	var h Holdings
	err := r.q.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM authorization_roles WHERE project_id = $1 AND role_key = $2),
		(SELECT count(*) FROM project_grant_roles WHERE project_id = $1 AND role_key = $2)`,
		projectID, key).Scan(&h.Authorizations, &h.Grants)
	return h, fault("count what goes with a role", err)
}

// GrantHoldings counts what is removed with a project grant.
func (r Reader) GrantHoldings(ctx context.Context, grantID string) (Holdings, error) {
	var h Holdings
	err := r.q.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM authorizations WHERE grant_id = $1),
		(SELECT count(*) FROM memberships WHERE grant_id = $1)`, grantID).Scan(&h.Authorizations, &h.Memberships)
	return h, fault("count what goes with a project grant", err)
}
