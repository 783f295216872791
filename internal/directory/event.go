package directory

import (
	"context"
	"maps"
	"slices"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// scope is a part of the record: of the events within reach those that match.
type scope struct {
	reach  iam.Reach
	filter iam.Filter
}

// and narrows a scope.
func (s scope) and(f iam.Filter) scope {
	s.filter = both(s.filter, f)
	return s
}

// userScope is what was done to a user: to itself, its credentials, its
// authorizations and memberships. Of what organizations did to it, those within
// the caller's reach show; what was done at the instance shows to those who reach
// all of it. Everyone has all that was done to itself.
func (d *Directory) userScope(ctx context.Context, c iam.Caller, userID string) (scope, error) {
	_, err := findUser(ctx, d.Store.Read(), c, iam.UserRead, userID, true)
	// Every role that reads users reads their authorizations and memberships too (a test holds it).
	return scope{c.Reach(iam.UserRead), iam.FieldUserID.Is(userID)}, err
}

// orgScope is what happened in an organization, as far as the caller may read
// what it happened to.
func (d *Directory) orgScope(ctx context.Context, c iam.Caller, orgID string) (scope, error) {
	o, err := findOrg(ctx, d.Store.Read(), c, iam.OrgRead, orgID)
	if err != nil {
		return scope{}, err
	}
	return scope{iam.Reach{All: true}, both(iam.FieldOrgID.Is(orgID), c.VisibleEvents(o.Target()))}, nil
}

// projectScope is what its own organization did with a project, as far as the
// caller may read what it happened to; what others do with a grant of it is theirs.
func (d *Directory) projectScope(ctx context.Context, c iam.Caller, projectID string) (scope, error) {
	p, err := findProject(ctx, d.Store.Read(), c, iam.ProjectRead, projectID)
	if err != nil {
		return scope{}, err
	}
	return scope{iam.Reach{OrgIDs: []string{p.OrgID}}, both(iam.FieldProjectID.Is(projectID), c.VisibleEvents(p.Target()))}, nil
}

// UserEvents lists what was done to a user, see [Directory.userScope].
//
// The newest come first unless page.Asc; they can be filtered, but not sorted in
// another way. The total is at most [store.CountedEvents].
func (d *Directory) UserEvents(ctx context.Context, c iam.Caller, userID string, f iam.Filter, page iam.Page) (store.List[iam.Event], error) {
	s, err := d.userScope(ctx, c, userID)
	return d.events(ctx, s.and(f), page, err)
}

// OrgEvents lists what happened in an organization, see [Directory.orgScope].
// Order and total are those of [Directory.UserEvents].
func (d *Directory) OrgEvents(ctx context.Context, c iam.Caller, orgID string, f iam.Filter, page iam.Page) (store.List[iam.Event], error) {
	s, err := d.orgScope(ctx, c, orgID)
	return d.events(ctx, s.and(f), page, err)
}

// ProjectEvents lists what happened to a project, see [Directory.projectScope].
// Order and total are those of [Directory.UserEvents].
func (d *Directory) ProjectEvents(ctx context.Context, c iam.Caller, projectID string, f iam.Filter, page iam.Page) (store.List[iam.Event], error) {
	s, err := d.projectScope(ctx, c, projectID)
	return d.events(ctx, s.and(f), page, err)
}

// InstanceEvents lists all that happened, in every organization. Order and total
// are those of [Directory.UserEvents].
func (d *Directory) InstanceEvents(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.Event], error) {
	err := c.Require(iam.EventsRead, iam.Target{})
	return d.events(ctx, scope{iam.Reach{All: true}, f}, page, err)
}

// events lists one page of a scope, unless there was an error with it.
func (d *Directory) events(ctx context.Context, s scope, page iam.Page, err error) (store.List[iam.Event], error) {
	if err == nil {
		page, err = page.Check()
	}
	if err != nil {
		return store.List[iam.Event]{}, err
	}
	page.SortBy = "" // by their place in the feed, for which there are indexes
	return d.Store.Read().Events(ctx, s.reach, s.filter, page)
}

// Names returns how users are called by id, of those that the caller may read in
// any context: who recorded an event, for example. The others are absent.
func (d *Directory) Names(ctx context.Context, c iam.Caller, ids []string) (map[string]iam.UserNames, error) {
	if c.Nobody() {
		return nil, nobody()
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	names := make(map[string]iam.UserNames, len(ids))
	for some := range slices.Chunk(ids, iam.MaxLimit) {
		found, err := d.Store.Read().UserNames(ctx, c.In("").Reach(iam.UserRead), some)
		if err != nil {
			return nil, err
		}
		maps.Copy(names, found)
	}
	return names, nil
}
