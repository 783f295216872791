package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Holdings is what goes with something that is removed, in numbers, for the
// warning before. It counts in all organizations, also where the caller may
// not look: who may remove the thing removes that too. Only what applies is set.
type Holdings = store.Holdings

// UserHoldings counts the authorizations, credentials and memberships that
// [Directory.RemoveUser] removes, and refuses whom that refuses.
func (d *Directory) UserHoldings(ctx context.Context, c iam.Caller, userID string) (Holdings, error) {
	r := d.Store.Read()
	if _, err := findUser(ctx, r, c, iam.UserDelete, userID, false); err != nil {
		return Holdings{}, err
	}
	return r.UserHoldings(ctx, userID)
}

// ProjectHoldings counts the authorizations, grants, roles, memberships and
// applications that [Directory.RemoveProject] removes. The managers of its grants are among them.
func (d *Directory) ProjectHoldings(ctx context.Context, c iam.Caller, projectID string) (Holdings, error) {
	r := d.Store.Read()
	if _, err := findProject(ctx, r, c, iam.ProjectDelete, projectID); err != nil {
		return Holdings{}, err
	}
	return r.ProjectHoldings(ctx, projectID)
}

// RoleHoldings counts the authorizations and project grants that lose a role by
// [Directory.RemoveRole]. They stay themselves. Kind: NotFound for the role too.
func (d *Directory) RoleHoldings(ctx context.Context, c iam.Caller, projectID, key string) (Holdings, error) {
	r := d.Store.Read()
	if _, err := findProject(ctx, r, c, iam.RoleDelete, projectID); err != nil {
		return Holdings{}, err
	}
	if _, err := r.Role(ctx, projectID, key); err != nil {
		return Holdings{}, err
	}
	return r.RoleHoldings(ctx, projectID, key)
}

// GrantHoldings counts the authorizations and memberships that
// [Directory.RemoveProjectGrant] removes.
func (d *Directory) GrantHoldings(ctx context.Context, c iam.Caller, ref GrantRef) (Holdings, error) {
	r := d.Store.Read()
	g, err := findGrant(ctx, r, c, iam.ProjectGrantDelete, ref)
	if err != nil {
		return Holdings{}, err
	}
	return r.GrantHoldings(ctx, g.ID)
}
