package directory

import (
	"context"
	"maps"
	"slices"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// UserEvents lists what was done to a user: to itself, its credentials, its
// authorizations and memberships. Of what organizations did to it, those within
// the caller's reach show; what was done at the instance shows to those who reach
// all of it. Everyone may list its own, all of them.
//
// The newest come first unless page.Asc; they can be filtered, but not sorted in
// another way. The total is at most [store.CountedEvents].
func (d *Directory) UserEvents(ctx context.Context, c iam.Caller, userID string, f iam.Filter, page iam.Page) (store.List[iam.Event], error) {
	if _, err := findUser(ctx, d.Store.Read(), c, iam.UserRead, userID, true); err != nil {
		return store.List[iam.Event]{}, err
	}
	// Every role that reads users reads their authorizations and memberships too (a test holds it).
	return d.events(ctx, c.Reach(iam.UserRead), both(iam.FieldUserID.Is(userID), f), page)
}

// OrgEvents lists what happened in an organization, as far as the caller may
// read what it happened to. Order and total are those of [Directory.UserEvents].
func (d *Directory) OrgEvents(ctx context.Context, c iam.Caller, orgID string, f iam.Filter, page iam.Page) (store.List[iam.Event], error) {
	o, err := findOrg(ctx, d.Store.Read(), c, iam.OrgRead, orgID)
	if err != nil {
		return store.List[iam.Event]{}, err
	}
	own := both(iam.FieldOrgID.Is(orgID), c.VisibleEvents(o.Target()))
	return d.events(ctx, iam.Reach{All: true}, both(own, f), page)
}

// ProjectEvents lists what its own organization did with a project, as far as
// the caller may read what it happened to; what others do with a grant of it is
// theirs. Order and total are those of [Directory.UserEvents].
func (d *Directory) ProjectEvents(ctx context.Context, c iam.Caller, projectID string, f iam.Filter, page iam.Page) (store.List[iam.Event], error) {
	p, err := findProject(ctx, d.Store.Read(), c, iam.ProjectRead, projectID)
	if err != nil {
		return store.List[iam.Event]{}, err
	}
	own := both(iam.FieldProjectID.Is(projectID), c.VisibleEvents(p.Target()))
	return d.events(ctx, iam.Reach{OrgIDs: []string{p.OrgID}}, both(own, f), page)
}

// InstanceEvents lists all that happened, in every organization. Order and total
// are those of [Directory.UserEvents].
func (d *Directory) InstanceEvents(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.Event], error) {
	if err := c.Require(iam.EventsRead, iam.Target{}); err != nil {
		return store.List[iam.Event]{}, err
	}
	return d.events(ctx, iam.Reach{All: true}, f, page)
}

func (d *Directory) events(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (store.List[iam.Event], error) {
	page, err := page.Check()
	if err != nil {
		return store.List[iam.Event]{}, err
	}
	page.SortBy = "" // by their place in the feed, for which there are indexes
	return d.Store.Read().Events(ctx, reach, f, page)
}

// Names returns the names to show for users (see [iam.User.Label]) by id, of
// those that the caller may read in any context: who recorded an event, for
// example. The others are absent.
func (d *Directory) Names(ctx context.Context, c iam.Caller, ids []string) (map[string]string, error) {
	if c.Nobody() {
		return nil, nobody()
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	names := make(map[string]string, len(ids))
	for some := range slices.Chunk(ids, iam.MaxLimit) {
		labels, err := d.Store.Read().UserLabels(ctx, c.In("").Reach(iam.UserRead), some)
		if err != nil {
			return nil, err
		}
		maps.Copy(names, labels)
	}
	return names, nil
}
