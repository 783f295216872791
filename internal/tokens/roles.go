package tokens

import (
	"context"
	"slices"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// heldRole is one role that reaches a token: the key, and the organization
// that gave it with its primary domain.
type heldRole struct{ key, orgID, domain string }

// projectRoles are the roles of one project, sorted by key and organization.
type projectRoles struct {
	projectID string
	roles     []heldRole
}

// roles joins a client's authorizations with the projects, grants and
// organizations as they are now. A role counts when its authorization, the
// project, the project's organization, the organization that gave it and, if
// it came so, the project grant are all active and the project (and grant)
// still has the role.
func (c *Cache) roles(ctx context.Context, s *store.Subject, asked *Scopes) ([]projectRoles, error) {
	if !asked.wantsRoles() {
		return nil, nil
	}
	var out []projectRoles
	for _, id := range asked.Audience {
		pr := projectRoles{projectID: id}
		for i := range s.Authorizations {
			a := &s.Authorizations[i]
			if a.ProjectID != id || !asked.wantsRolesOf(a.OrgID) {
				continue
			}
			var err error
			if pr.roles, err = c.joinAuthorization(ctx, pr.roles, a, asked); err != nil {
				return nil, err
			}
		}
		if len(pr.roles) == 0 {
			continue
		}
		slices.SortFunc(pr.roles, func(a, b heldRole) int {
			if n := strings.Compare(a.key, b.key); n != 0 {
				return n
			}
			return strings.Compare(a.orgID, b.orgID)
		})
		pr.roles = slices.Compact(pr.roles)
		out = append(out, pr)
	}
	return out, nil
}

// joinAuthorization appends the roles of one authorization that count.
func (c *Cache) joinAuthorization(ctx context.Context, roles []heldRole, a *store.SubjectAuthorization, asked *Scopes) ([]heldRole, error) {
	p, ok, err := there(lookup(ctx, c, c.projects, a.ProjectID))
	if !ok || err != nil || !p.active {
		return roles, err
	}
	owner, ok, err := there(lookup(ctx, c, c.orgs, p.orgID))
	if !ok || err != nil || owner.State != iam.Active {
		return roles, err
	}
	giver, ok, err := there(lookup(ctx, c, c.orgs, a.OrgID))
	if !ok || err != nil || giver.State != iam.Active {
		return roles, err
	}
	var g *grant
	if a.GrantID != "" {
		g, ok, err = there(lookup(ctx, c, c.grants, a.GrantID))
		if !ok || err != nil || !g.active || g.grantedOrgID != a.OrgID {
			return roles, err
		}
	}
	for _, key := range a.RoleKeys {
		if asked.wantsRole(key) && p.roles[key] && (g == nil || g.roles[key]) {
			roles = append(roles, heldRole{key, a.OrgID, giver.PrimaryDomain})
		}
	}
	return roles, nil
}

// there tells an object that is gone, which is no error here, from a failure.
func there[V any](v V, err error) (V, bool, error) {
	if iam.Is(err, iam.NotFound) {
		return v, false, nil
	}
	if err != nil {
		return v, false, unavailable(err)
	}
	return v, true, nil
}
