package directory_test

import (
	"testing"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// present counts what there is in the whole instance.
func (w *world) present() directory.Holdings {
	w.t.Helper()
	ctx, r, all := w.t.Context(), w.db.Read(), iam.Reach{All: true}
	total := func(n uint64, err error) uint64 {
		w.t.Helper()
		w.ok(err)
		return n
	}
	projects := []string{"p", "q"}
	return directory.Holdings{
		Authorizations: total(r.CountAuthorizations(ctx, all)),
		Grants:         total(r.CountGrantedProjects(ctx, all)),
		Roles:          total(totalOf(r.Roles(ctx, iam.Reach{ProjectIDs: projects}, iam.Filter{}, page))),
		Credentials: total(totalOf(r.Credentials(ctx, iam.ClientSecret, all, iam.Filter{}, page))) +
			total(totalOf(r.Credentials(ctx, iam.PersonalAccessToken, all, iam.Filter{}, page))),
		Memberships: total(totalOf(r.Memberships(ctx, all, iam.Filter{}, page))),
	}
}

func totalOf[T any](l store.List[T], err error) (uint64, error) { return l.Total, err }

// TestHoldings are what the removal takes along, told to who may remove.
func TestHoldings(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("p", "a")
	w.project("q", "a")
	g, err := w.CreateProjectGrant(ctx, w.root, "p", "b", []string{"r1"})
	w.ok(err)
	for _, in := range []directory.NewAuthorization{
		{UserID: "plain-a", ProjectID: "p", RoleKeys: []string{"r1", "r2"}},
		{UserID: "plain-a", ProjectID: "q"},
		{UserID: "plain-b", ProjectID: "p", OrgID: "b", RoleKeys: []string{"r1"}},
		{UserID: "viewer-b", ProjectID: "p", OrgID: "b"},
	} {
		_, err := w.CreateAuthorization(ctx, w.root, in)
		w.ok(err)
	}
	for _, m := range []struct {
		res      directory.Resource
		id, role string
	}{
		{directory.Resource{Level: iam.LevelProject, ID: "p"}, "plain-a", "PROJECT_OWNER_VIEWER"},
		{directory.Resource{Level: iam.LevelProject, ID: "q"}, "plain-a", "PROJECT_OWNER_VIEWER"},
		{directory.Resource{Level: iam.LevelProjectGrant, ID: g.ID}, "plain-b", "PROJECT_GRANT_OWNER"},
	} {
		_, err := w.AddMember(ctx, w.root, m.res, m.id, []string{m.role})
		w.ok(err)
	}
	_, _, _, err = w.GenerateSecret(ctx, w.root, "plain-a", nil)
	w.ok(err)
	_, _, err = w.AddPAT(ctx, w.root, "plain-a", directory.NewPAT{})
	w.ok(err)
	ref := directory.GrantRef{ProjectID: "p", GrantID: g.ID}
	for _, test := range []struct {
		name   string
		count  func(iam.Caller) (directory.Holdings, error)
		remove func(iam.Caller) error
		want   directory.Holdings
		keeps  bool // what loses a role stays
	}{
		{
			"role", func(c iam.Caller) (directory.Holdings, error) { return w.RoleHoldings(ctx, c, "p", "r1") },
			func(c iam.Caller) error { return errOf(w.RemoveRole(ctx, c, "p", "r1")) },
			directory.Holdings{Authorizations: 2, Grants: 1},
			true,
		},
		{
			"user", func(c iam.Caller) (directory.Holdings, error) { return w.UserHoldings(ctx, c, "plain-a") },
			func(c iam.Caller) error { return errOf(w.RemoveUser(ctx, c, "plain-a")) },
			directory.Holdings{Authorizations: 2, Credentials: 2, Memberships: 2},
			false,
		},
		{
			"grant", func(c iam.Caller) (directory.Holdings, error) { return w.GrantHoldings(ctx, c, ref) },
			func(c iam.Caller) error { return errOf(w.RemoveProjectGrant(ctx, c, ref)) },
			directory.Holdings{Authorizations: 2, Memberships: 1},
			false,
		},
		{
			"project", func(c iam.Caller) (directory.Holdings, error) { return w.ProjectHoldings(ctx, c, "q") },
			func(c iam.Caller) error { return errOf(w.RemoveProject(ctx, c, "q")) },
			directory.Holdings{Roles: 2},
			false,
		},
	} {
		for _, c := range []struct {
			who    string
			caller iam.Caller
		}{
			{"nobody", iam.Caller{}},
			{"another owner", w.callers["owner-b"]},
			{"another owner in the context", w.callers["owner-b"].In("a")},
			{"who may look", w.callers["viewer-a"]},
			{"who may look in the context", w.callers["viewer-a"].In("a")},
			{"the instance's owner elsewhere", w.root.In("b")},
		} {
			got, err := test.count(c.caller)
			if refused := test.remove(c.caller); err == nil || iam.KindOf(err) != iam.KindOf(refused) || got != (directory.Holdings{}) {
				t.Errorf("%s for %s: %+v, %v; the removal: %v", test.name, c.who, got, err, refused)
			}
		}
		owner := w.callers["owner-a"]
		for context, c := range map[string]iam.Caller{"": owner, "a": owner.In("a")} {
			if got, err := test.count(c); err != nil || got != test.want {
				t.Errorf("%s in %q: %+v, %v; want %+v", test.name, context, got, err, test.want)
			}
		}
		before := w.present()
		w.ok(test.remove(owner))
		now := w.present()
		now.Authorizations += test.want.Authorizations
		now.Grants += test.want.Grants
		if test.name == "grant" {
			now.Grants++ // itself
		}
		now.Roles += test.want.Roles
		now.Credentials += test.want.Credentials
		now.Memberships += test.want.Memberships
		if now != before && !test.keeps {
			t.Errorf("%s: there was %+v; with what was told to go it is now %+v", test.name, before, now)
		}
		_, err := test.count(owner)
		w.want(iam.NotFound, test.name+" that is gone", err)
	}
	_, err = w.ProjectHoldings(ctx, w.root, "none")
	w.want(iam.NotFound, "no project", err)
	internal, err := w.db.Read().Instance(ctx)
	w.ok(err)
	_, err = w.ProjectHoldings(ctx, w.root, internal.InternalProjectID)
	w.want(iam.FailedPrecondition, "the internal project, which cannot be removed", err)
}

// TestHoldingsOfAll: who may remove a project learns how much others have of it,
// in numbers.
func TestHoldingsOfAll(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("p", "a")
	g, err := w.CreateProjectGrant(ctx, w.root, "p", "b", []string{"r1"})
	w.ok(err)
	_, err = w.CreateAuthorization(ctx, w.root, directory.NewAuthorization{UserID: "plain-b", ProjectID: "p", OrgID: "b"})
	w.ok(err)
	_, err = w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelProjectGrant, ID: g.ID}, "plain-b", []string{"PROJECT_GRANT_OWNER"})
	w.ok(err)
	before := w.present()
	want := directory.Holdings{Authorizations: 1, Grants: 1, Roles: 2, Memberships: 1}
	if got, err := w.ProjectHoldings(ctx, w.callers["owner-a"].In("a"), "p"); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	_, err = w.RemoveProject(ctx, w.callers["owner-a"], "p")
	w.ok(err)
	now := w.present()
	now.Authorizations, now.Grants, now.Roles, now.Memberships = now.Authorizations+1, now.Grants+1, now.Roles+2, now.Memberships+1
	if now != before {
		t.Errorf("there was %+v, with what was told to go %+v", before, now)
	}
}
