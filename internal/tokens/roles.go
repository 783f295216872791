package tokens

import (
	"context"
	"errors"
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
	for range outdatedReads {
		roles, err := c.joinRoles(ctx, s, asked)
		if !errors.Is(err, errOutdated) {
			return roles, err
		}
		c.subjects.forget(s.UserID)
		fresh, ok, err := there(lookup(ctx, c, c.subjects, s.UserID))
		if !ok || err != nil {
			return nil, err
		}
		s = fresh
	}
	return nil, unavailable(errOutdated)
}

// outdatedReads is how often a subject is read again for one token: each time
// its projects must have changed once more in between.
const outdatedReads = 5

func (c *Cache) joinRoles(ctx context.Context, s *store.Subject, asked *Scopes) ([]projectRoles, error) {
	var out []projectRoles
	for _, id := range asked.Audience {
		pr := projectRoles{projectID: id}
		for i := range s.Authorizations {
			a := &s.Authorizations[i]
			if a.ProjectID != id || !asked.wantsRolesOf(a.OrgID) {
				continue
			}
			var err error
			if pr.roles, err = c.joinAuthorization(ctx, pr.roles, a, s.Sequence, asked); err != nil {
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

// errOutdated says that a project or grant changed after the subject was read.
// The change may have taken roles from it, and a later one may have brought
// them back to the project but not to the subject: it must be read again.
var errOutdated = errors.New("the subject is older than what its roles come from")

// joinAuthorization appends the roles of one authorization that count. read is
// the place in the feed up to which the authorization was read.
func (c *Cache) joinAuthorization(ctx context.Context, roles []heldRole, a *store.SubjectAuthorization, read int64, asked *Scopes) ([]heldRole, error) {
	p, ok, err := there(lookup(ctx, c, c.projects, a.ProjectID))
	if !ok || err != nil || !p.active {
		return roles, err
	}
	if p.newest > read {
		return nil, errOutdated
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
		if g.newest > read {
			return nil, errOutdated
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
