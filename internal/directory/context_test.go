package directory_test

import (
	"slices"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// TestContexts are the caller's own organization and those of what it manages.
func TestContexts(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("p", "a")
	g, err := w.CreateProjectGrant(ctx, w.root, "p", "b", nil)
	w.ok(err)
	for _, m := range []struct {
		id, org string
		res     directory.Resource
		role    string
	}{
		{"projects", "b", directory.Resource{Level: iam.LevelProject, ID: "p"}, "PROJECT_OWNER_VIEWER"},
		{"grants", "a", directory.Resource{Level: iam.LevelProjectGrant, ID: g.ID}, "PROJECT_GRANT_OWNER"},
		{"nothing", "a", directory.Resource{Level: iam.LevelOrg, ID: "b"}, "ORG_END_USER_IMPERSONATOR"},
		{"users", "a", directory.Resource{Level: iam.LevelInstance}, "IAM_USER_MANAGER"},
	} {
		w.machine(m.id, m.org)
		_, err := w.AddMember(ctx, w.root, m.res, m.id, []string{m.role})
		w.ok(err)
	}
	every := []string{"a", "b", w.home.ID}
	for _, test := range []struct {
		name   string
		caller iam.Caller
		want   []string
	}{
		{"no role", w.callers["plain-a"], []string{"a"}},
		{"no role, in another context", w.callers["plain-a"].In("b"), []string{"a"}},
		{"an owner", w.callers["owner-b"].In("b"), []string{"b"}},
		{"a project's manager", w.caller("projects"), []string{"a", "b"}},
		{"a grant's manager", w.caller("grants").In("a"), []string{"a", "b"}},
		{"a role that opens nothing", w.caller("nothing"), []string{"a"}},
		{"a manager of the instance", w.caller("users").In("a"), every},
		{"the instance's owner", w.root, every},
	} {
		l, err := w.Contexts(ctx, test.caller, iam.Filter{}, page)
		var got []string
		for _, o := range l.Items {
			got = append(got, o.ID)
		}
		slices.Sort(got)
		want := slices.Sorted(slices.Values(test.want))
		if err != nil || !slices.Equal(got, want) || int(l.Total) != len(want) {
			t.Errorf("%s: %v, %v; want %v", test.name, got, err, want)
		}
		for _, id := range append([]string{"none", ""}, every...) {
			o, err := w.Context(ctx, test.caller, id)
			_, counted := w.Counts(ctx, test.caller, id)
			if slices.Contains(want, id) {
				if err != nil || o.ID != id || counted != nil {
					t.Errorf("%s at %s: %+v, %v, %v", test.name, id, o, err, counted)
				}
				continue
			}
			w.want(iam.NotFound, test.name+" at "+id, err)
			w.want(iam.NotFound, test.name+" counts at "+id, counted)
		}
	}
	for what, err := range map[string]error{
		"list": errOf(w.Contexts(ctx, iam.Caller{}, iam.Filter{}, page)), "one": errOf(w.Context(ctx, iam.Caller{}, "a")),
		"counts": errOf(w.Counts(ctx, iam.Caller{}, "a")),
	} {
		w.want(iam.Unauthenticated, what+" for nobody", err)
	}
	w.want(iam.InvalidArgument, "too long a page", errOf(w.Contexts(ctx, w.root, iam.Filter{}, iam.Page{Limit: iam.MaxLimit + 1})))
	if l, err := w.Contexts(ctx, w.root, iam.Filter{Field: iam.FieldName, Match: iam.StartsWithFold, Text: "ORG"}, iam.Page{Limit: 1}); err != nil || l.Total != 2 || len(l.Items) != 1 {
		t.Errorf("by name: %+v, %v", l, err)
	}
	if _, err := w.Org(ctx, w.caller("projects"), "a"); !iam.Is(err, iam.NotFound) {
		t.Errorf("a context is not the organization: %v", err)
	}
	one, other := errOf(w.Context(ctx, w.callers["owner-a"], "b")), errOf(w.Context(ctx, w.root, "none"))
	if one.Error() != other.Error() {
		t.Errorf("%q of one elsewhere, %q of none", one, other)
	}
}

// TestCounts counts what the caller may read of an organization.
func TestCounts(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.human("h", "a")
	w.project("p", "a")
	w.project("p2", "a")
	w.project("q", "b")
	g, err := w.CreateProjectGrant(ctx, w.root, "q", "a", []string{"r1"})
	w.ok(err)
	for _, in := range []directory.NewAuthorization{
		{UserID: "h", ProjectID: "p"},
		{UserID: "plain-a", ProjectID: "p"},
		{UserID: "plain-a", ProjectID: "p2"},
		{UserID: "plain-a", ProjectID: "q", OrgID: "a"},
		{UserID: "plain-b", ProjectID: "q"},
	} {
		_, err := w.CreateAuthorization(ctx, w.root, in)
		w.ok(err)
	}
	for _, m := range []struct {
		id   string
		res  directory.Resource
		role string
	}{
		{"projects", directory.Resource{Level: iam.LevelProject, ID: "p"}, "PROJECT_OWNER"},
		{"grants", directory.Resource{Level: iam.LevelProjectGrant, ID: g.ID}, "PROJECT_GRANT_OWNER_VIEWER"},
		{"settings", directory.Resource{Level: iam.LevelOrg, ID: "a"}, "ORG_SETTINGS_MANAGER"},
	} {
		w.machine(m.id, "b")
		_, err := w.AddMember(ctx, w.root, m.res, m.id, []string{m.role})
		w.ok(err)
	}
	n := func(n uint64) directory.Count { return directory.Count{Number: n, Known: true} }
	var not directory.Count
	all := directory.OrgCounts{Humans: n(1), Machines: n(3), Projects: n(2), GrantedProjects: n(1), Authorizations: n(4), HasRoles: true}
	for _, test := range []struct {
		name   string
		caller iam.Caller
		want   directory.OrgCounts
	}{
		{"no role", w.callers["plain-a"], directory.OrgCounts{}},
		{"settings", w.caller("settings"), directory.OrgCounts{}},
		{"a project's owner", w.caller("projects"), directory.OrgCounts{Humans: not, Machines: not, Projects: n(1), GrantedProjects: not, Authorizations: n(2)}},
		{"a grant's viewer", w.caller("grants"), directory.OrgCounts{GrantedProjects: n(1), Authorizations: n(1)}},
		{"the owner", w.callers["owner-a"], all},
		{"the owner in another context", w.callers["owner-a"].In("b"), all},
		{"the instance's owner", w.root, all},
	} {
		if got, err := w.Counts(ctx, test.caller, "a"); err != nil || got != test.want {
			t.Errorf("%s: %+v, %v\nwant %+v", test.name, got, err, test.want)
		}
	}
	_, _, _, err = w.GenerateSecret(ctx, w.root, "plain-a", nil)
	w.ok(err)
	for name, caller := range map[string]iam.Caller{"owner": w.callers["owner-a"], "settings": w.caller("settings"), "projects": w.caller("projects")} {
		if got, err := w.Counts(ctx, caller, "a"); err != nil || got.HasSecrets != (name == "owner") {
			t.Errorf("%s, with a secret: %+v, %v", name, got, err)
		}
	}
	_, err = w.Counts(ctx, w.callers["owner-b"], "a")
	w.want(iam.NotFound, "the owner of another organization", err)
	home, err := w.Counts(ctx, w.root, w.home.ID)
	if w.ok(err); home.Projects != n(0) {
		t.Errorf("the internal project is counted: %+v", home)
	}
}
