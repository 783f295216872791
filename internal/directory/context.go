package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Contexts lists the organizations in which the caller may do anything (see
// [iam.Caller.Places]), whichever it works in now. It asks for no permission to
// read them: who manages a project knows what its organization is called.
func (d *Directory) Contexts(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.Org], error) {
	if c.Nobody() {
		return store.List[iam.Org]{}, nobody()
	}
	page, err := page.Check()
	if err != nil {
		return store.List[iam.Org]{}, err
	}
	return d.Store.Read().Orgs(ctx, c.Places(), f, page)
}

// Context finds one of [Directory.Contexts]. Kind: NotFound, also for an
// organization that exists, but is none of them.
func (d *Directory) Context(ctx context.Context, c iam.Caller, orgID string) (iam.Org, error) {
	switch {
	case c.Nobody():
		return iam.Org{}, nobody()
	case !c.Places().HasOrg(orgID):
		return iam.Org{}, iam.Errorf(iam.NotFound, "ORG-nf01x", "organization does not exist")
	}
	o, err := d.Store.Read().Org(ctx, orgID)
	if iam.Is(err, iam.NotFound) { // one answer for both
		err = iam.Errorf(iam.NotFound, "ORG-nf01x", "organization does not exist")
	}
	return o, err
}

// Count is how many there are of something that the caller may read. Known is
// false where it may read none of the kind.
type Count struct {
	Number uint64
	Known  bool
}

// OrgCounts is what an organization holds, in numbers.
type OrgCounts struct {
	Humans, Machines, Projects, GrantedProjects, Authorizations Count
	// HasRoles and HasSecrets say whether there is any role or client secret, where
	// the caller may read all projects or users.
	HasRoles, HasSecrets bool
}

// Counts counts what one of the caller's organizations holds, as far as it may
// read each. Kind: NotFound, as [Directory.Context].
func (d *Directory) Counts(ctx context.Context, c iam.Caller, orgID string) (OrgCounts, error) {
	var out OrgCounts
	if _, err := d.Context(ctx, c, orgID); err != nil {
		return out, err
	}
	c = c.In(orgID)
	r := d.Store.Read()
	users, projects, granted := c.Reach(iam.UserRead), c.Reach(iam.ProjectRead), c.Reach(iam.ProjectRead)
	projects.GrantIDs, granted.ProjectIDs = nil, nil // the one does not reach the other
	for _, x := range []struct {
		into  *Count
		reach iam.Reach
		count func(iam.Reach) (uint64, error)
	}{
		{&out.Humans, users, func(in iam.Reach) (uint64, error) { return r.CountUsers(ctx, in, iam.Human) }},
		{&out.Machines, users, func(in iam.Reach) (uint64, error) { return r.CountUsers(ctx, in, iam.Machine) }},
		{&out.Projects, projects, func(in iam.Reach) (uint64, error) { return r.CountProjects(ctx, in) }},
		{&out.GrantedProjects, granted, func(in iam.Reach) (uint64, error) { return r.CountGrantedProjects(ctx, in) }},
		{&out.Authorizations, c.Reach(iam.AuthorizationRead), func(in iam.Reach) (uint64, error) { return r.CountAuthorizations(ctx, in) }},
	} {
		if x.reach.Empty() {
			continue
		}
		n, err := x.count(x.reach)
		if err != nil {
			return out, err
		}
		*x.into = Count{Number: n, Known: true}
	}
	roles, secrets, err := r.Begun(ctx, orgID)
	whole := iam.Target{OrgID: orgID}
	out.HasRoles, out.HasSecrets = roles && c.Can(iam.ProjectRead, whole), secrets && c.Can(iam.UserRead, whole)
	return out, err
}
