package directory_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// history is a world in which things happened to plain-a at the instance, in its
// own organization and in b, and to the project p of a, which is lent to b.
func history(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("p", "a")
	g, err := w.CreateProjectGrant(ctx, w.root, "p", "b", []string{"r1"})
	w.ok(err)
	for _, m := range []struct {
		res        directory.Resource
		user, role string
	}{
		{directory.Resource{Level: iam.LevelInstance}, "plain-a", "IAM_LOGIN_CLIENT"},
		{directory.Resource{Level: iam.LevelOrg, ID: "b"}, "plain-a", "ORG_PROJECT_CREATOR"},
		{directory.Resource{Level: iam.LevelProject, ID: "p"}, "viewer-a", "PROJECT_OWNER"},
		{directory.Resource{Level: iam.LevelProjectGrant, ID: g.ID}, "viewer-b", "PROJECT_GRANT_OWNER"},
	} {
		_, err := w.AddMember(ctx, w.root, m.res, m.user, []string{m.role})
		w.ok(err)
	}
	for _, org := range []string{"a", "b"} {
		_, err := w.CreateAuthorization(ctx, w.root, directory.NewAuthorization{UserID: "plain-a", ProjectID: "p", OrgID: org, RoleKeys: []string{"r1"}})
		w.ok(err)
	}
	_, _, err = w.AddPAT(ctx, w.root, "plain-a", directory.NewPAT{})
	w.ok(err)
	for id, role := range map[string]string{"users-a": "ORG_USER_MANAGER", "settings-a": "ORG_SETTINGS_MANAGER"} {
		w.machine(id, "a")
		_, err := w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelOrg, ID: "a"}, id, []string{role})
		w.ok(err)
	}
	for _, id := range []string{"plain-a", "viewer-a", "viewer-b", "users-a", "settings-a"} {
		w.callers[id] = w.caller(id)
	}
	return w
}

// told is a list of events in short, newest first: types, and where.
func told(l store.List[iam.Event]) string {
	out := make([]string, len(l.Items))
	for i, e := range l.Items {
		out[i] = strings.TrimSuffix(fmt.Sprint(e.Type, "@", e.OrgID), "@")
	}
	return strings.Join(out, " ")
}

func TestUserEvents(t *testing.T) {
	w := history(t)
	owner, self := w.callers["owner-a"], w.callers["plain-a"]
	const (
		ofA  = "user.pat.added@a user.grant.added@a user.machine.added@a"
		ofB  = "user.grant.added@b org.member.added@b"
		full = "user.pat.added@a user.grant.added@b user.grant.added@a org.member.added@b instance.member.added user.machine.added@a"
	)
	for _, test := range []struct {
		name   string
		caller iam.Caller
		kind   iam.Kind
		want   string
	}{
		{"nobody", iam.Caller{}, iam.Unauthenticated, ""},
		{"nobody in a context", iam.Caller{}.In("a"), iam.Unauthenticated, ""},
		{"the owner of another organization", w.callers["owner-b"], iam.NotFound, ""},
		{"the owner of another organization, in its own", w.callers["owner-b"].In("b"), iam.NotFound, ""},
		{"a user without a role", w.caller("plain-b"), iam.NotFound, ""},
		{"who reads the organization, but no users", w.callers["settings-a"], iam.NotFound, ""},
		{"itself in a context", self.In("a"), iam.PermissionDenied, ""},
		{"itself", self, 0, full},
		{"its owner", owner, 0, ofA},
		{"its owner in the context", owner.In("a"), 0, ofA},
		{"its viewer", w.callers["viewer-a"], 0, ofA},
		{"who manages users", w.callers["users-a"].In("a"), 0, ofA},
		{"the instance's owner", w.root, 0, full},
		{"the instance's owner in the context", w.root.In("a"), 0, ofA},
	} {
		l, err := w.UserEvents(t.Context(), test.caller, "plain-a", iam.Filter{}, iam.Page{})
		if test.kind != 0 {
			w.want(test.kind, test.name, err)
		} else if got := told(l); err != nil || got != test.want || int(l.Total) != len(l.Items) {
			t.Errorf("%s: %s (total %d), %v; want %s", test.name, got, l.Total, err, test.want)
		}
	}
	_, err := w.AddMember(t.Context(), w.root, directory.Resource{Level: iam.LevelOrg, ID: "b"}, "owner-a", []string{"ORG_OWNER_VIEWER"})
	w.ok(err)
	l, err := w.UserEvents(t.Context(), w.caller("owner-a"), "plain-a", iam.FieldOrgID.Is("b"), iam.Page{})
	if got := told(l); err != nil || got != ofB {
		t.Errorf("its owner, who may look at b too, in b: %s, %v; want %s", got, err, ofB)
	}
	// Filters narrow, pages cut, and the order turns.
	l, err = w.UserEvents(t.Context(), owner, "plain-a", iam.Filter{Any: []iam.Filter{{}}}, iam.Page{Asc: true, Limit: 2, SortBy: iam.FieldName})
	if got := told(l); err != nil || got != "user.machine.added@a user.grant.added@a" || l.Total != 3 {
		t.Errorf("the oldest two: %s of %d, %v", got, l.Total, err)
	}
	_, err = w.UserEvents(t.Context(), owner, "plain-a", iam.Filter{}, iam.Page{Limit: iam.MaxLimit + 1})
	w.want(iam.InvalidArgument, "too long a page", err)
}

// TestOrgEvents and those of projects and the instance show what the caller may
// read; the want is the set of their types.
func TestOrgEvents(t *testing.T) {
	w := history(t)
	ctx := t.Context()
	type list func(c iam.Caller) (store.List[iam.Event], error)
	org := list(func(c iam.Caller) (store.List[iam.Event], error) { return w.OrgEvents(ctx, c, "a", iam.Filter{}, page) })
	project := list(func(c iam.Caller) (store.List[iam.Event], error) {
		return w.ProjectEvents(ctx, c, "p", iam.Filter{}, page)
	})
	instance := list(func(c iam.Caller) (store.List[iam.Event], error) {
		return w.InstanceEvents(ctx, c, iam.Filter{}, page)
	})
	const (
		ofOrg     = "org.added org.member.added"
		ofProject = "project.added project.grant.added project.member.added project.role.added user.grant.added"
		all       = ofOrg + " " + ofProject + " user.machine.added user.pat.added"
	)
	for _, test := range []struct {
		name   string
		list   list
		caller iam.Caller
		kind   iam.Kind
		want   string
	}{
		{"org, nobody", org, iam.Caller{}, iam.Unauthenticated, ""},
		{"org, no role", org, w.callers["plain-a"], iam.NotFound, ""},
		{"org, another owner", org, w.callers["owner-b"], iam.NotFound, ""},
		{"org, another owner in its own", org, w.callers["owner-b"].In("b"), iam.NotFound, ""},
		{"org, its owner in another", org, w.callers["owner-a"].In("b"), iam.PermissionDenied, ""},
		{"org, settings", org, w.callers["settings-a"], 0, ofOrg},
		{"org, who manages users", org, w.callers["users-a"].In("a"), 0, "org.added project.added project.role.added user.grant.added user.machine.added user.pat.added"},
		{"org, its viewer", org, w.callers["viewer-a"], 0, all},
		{"org, its owner", org, w.callers["owner-a"].In("a"), 0, all},
		{"org, the instance's owner", org, w.root, 0, all},
		{"project, nobody", project, iam.Caller{}, iam.Unauthenticated, ""},
		{"project, no role", project, w.callers["plain-a"], iam.NotFound, ""},
		{"project, who it is lent to", project, w.callers["owner-b"], iam.NotFound, ""},
		{"project, who manages the grant", project, w.callers["viewer-b"].In("b"), iam.NotFound, ""},
		{"project, who manages users", project, w.callers["users-a"], 0, "project.added project.role.added user.grant.added"},
		{"project, its owner", project, w.callers["viewer-a"].In("a"), 0, ofProject},
		{"project, the organization's owner", project, w.callers["owner-a"], 0, ofProject},
		{"project, the instance's owner", project, w.root, 0, ofProject},
		{"instance, nobody", instance, iam.Caller{}, iam.Unauthenticated, ""},
		{"instance, an owner", instance, w.callers["owner-a"], iam.PermissionDenied, ""},
		{"instance, an owner in its own", instance, w.callers["owner-a"].In("a"), iam.PermissionDenied, ""},
		{"instance, its owner", instance, w.root, 0, all + " instance.added instance.member.added project.grant.member.added user.human.added web_key.added"},
		{"instance, its owner in a context", instance, w.root.In("a"), 0, all + " instance.added instance.member.added project.grant.member.added user.human.added web_key.added"},
	} {
		l, err := test.list(test.caller)
		if test.kind != 0 {
			w.want(test.kind, test.name, err)
			continue
		}
		types := map[string]bool{}
		for _, e := range l.Items {
			types[string(e.Type)] = true
			if e.OrgID != "a" && !strings.HasPrefix(test.name, "instance") {
				t.Errorf("%s sees %s", test.name, describe(e))
			}
		}
		want := strings.Fields(test.want)
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(types)); err != nil || !slices.Equal(got, want) || int(l.Total) != len(l.Items) {
			t.Errorf("%s: %v, %v\nwant %v", test.name, got, err, want)
		}
	}
}

func TestNames(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	w.human("h", "a")
	ids := []string{"plain-a", "h", "plain-b", "none", iam.SystemEditor, "", "h", w.root.UserID()}
	plain := func(id string) iam.UserNames { return iam.UserNames{UserName: id, Label: id} }
	h := iam.UserNames{UserName: "h", Label: "F L"}
	a := map[string]iam.UserNames{"plain-a": plain("plain-a"), "h": h}
	all := map[string]iam.UserNames{"plain-a": plain("plain-a"), "h": h, "plain-b": plain("plain-b"), w.root.UserID(): plain("root")}
	for name, test := range map[string]struct {
		caller iam.Caller
		want   map[string]iam.UserNames
	}{
		"no role":                   {w.callers["plain-a"], map[string]iam.UserNames{"plain-a": plain("plain-a")}},
		"no role, elsewhere":        {w.caller("viewer-b").In("a"), map[string]iam.UserNames{"plain-b": plain("plain-b")}},
		"an owner":                  {w.callers["owner-a"], a},
		"an owner in a context":     {w.callers["owner-a"].In("b"), a},
		"the instance's owner":      {w.root, all},
		"the instance's owner in b": {w.root.In("b"), all},
	} {
		if got, err := w.Names(t.Context(), test.caller, ids); err != nil || !maps.Equal(got, test.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, test.want)
		}
	}
	_, err := w.Names(t.Context(), iam.Caller{}, ids)
	w.want(iam.Unauthenticated, "nobody", err)
	many := make([]string, 2*iam.MaxLimit+1)
	for i := range many {
		many[i] = fmt.Sprint("x", i)
	}
	many[1500] = "h"
	if got, err := w.Names(t.Context(), w.root, many); err != nil || len(got) != 1 {
		t.Errorf("of many: %v, %v", got, err)
	}
	if got, err := w.Names(t.Context(), w.root, nil); err != nil || len(got) != 0 {
		t.Errorf("of none: %v, %v", got, err)
	}
}
