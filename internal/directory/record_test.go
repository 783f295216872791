package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// TestChanges are those of one object itself, for those who may read it.
func TestChanges(t *testing.T) {
	w := history(t)
	ctx := t.Context()
	l, err := w.ProjectGrants(ctx, w.root, iam.Filter{}, page)
	w.ok(err)
	grant := directory.GrantRef{ProjectID: "p", GrantID: l.Items[0].ID}
	_, err = w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelProjectGrant, ID: grant.GrantID}, "plain-b", []string{"PROJECT_GRANT_OWNER_VIEWER"})
	w.ok(err)
	w.callers["plain-b"] = w.caller("plain-b")
	type list func(c iam.Caller) (directory.Record, error)
	user := list(func(c iam.Caller) (directory.Record, error) {
		return w.UserChanges(ctx, c, "plain-a", iam.EventPage{})
	})
	org := list(func(c iam.Caller) (directory.Record, error) { return w.OrgChanges(ctx, c, "a", iam.EventPage{}) })
	project := list(func(c iam.Caller) (directory.Record, error) {
		return w.ProjectChanges(ctx, c, "p", iam.EventPage{})
	})
	lent := list(func(c iam.Caller) (directory.Record, error) {
		return w.ProjectGrantChanges(ctx, c, grant, iam.EventPage{})
	})
	const (
		ofUser    = "user.pat.added@a user.machine.added@a"
		ofProject = "project.member.added@a project.grant.added@a project.role.added@a project.role.added@a project.added@a"
		given     = "project.grant.added@a"
		received  = "project.grant.member.added@b project.grant.member.added@b project.grant.added@a"
	)
	members := strings.Repeat("org.member.added@a ", 4)
	for _, test := range []struct {
		name   string
		list   list
		caller iam.Caller
		kind   iam.Kind
		want   string
	}{
		{"user, nobody", user, iam.Caller{}, iam.Unauthenticated, ""},
		{"user, nobody in a context", user, iam.Caller{}.In("a"), iam.Unauthenticated, ""},
		{"user, another owner", user, w.callers["owner-b"].In("b"), iam.NotFound, ""},
		{"user, another owner here", user, w.callers["owner-b"].In("a"), iam.PermissionDenied, ""},
		{"user, who reads no users", user, w.callers["settings-a"].In("a"), iam.PermissionDenied, ""},
		{"user, itself in a context", user, w.callers["plain-a"].In("a"), iam.PermissionDenied, ""},
		{"user, itself", user, w.callers["plain-a"], 0, ofUser},
		{"user, its owner", user, w.callers["owner-a"].In("a"), 0, ofUser},
		{"user, the instance's owner", user, w.root.In("a"), 0, ofUser},
		{"user, the instance's owner elsewhere", user, w.root.In("b"), iam.NotFound, ""},
		{"org, nobody", org, iam.Caller{}, iam.Unauthenticated, ""},
		{"org, another owner", org, w.callers["owner-b"].In("b"), iam.NotFound, ""},
		{"org, no role", org, w.callers["plain-a"].In("a"), iam.PermissionDenied, ""},
		{"org, who reads no managers", org, w.callers["users-a"].In("a"), 0, "org.added@a"},
		{"org, its viewer", org, w.callers["viewer-a"].In("a"), 0, members + "org.added@a"},
		{"project, nobody", project, iam.Caller{}, iam.Unauthenticated, ""},
		{"project, who it is lent to", project, w.callers["owner-b"].In("b"), iam.NotFound, ""},
		{"project, no role", project, w.callers["plain-a"].In("a"), iam.PermissionDenied, ""},
		{"project, who manages users", project, w.callers["users-a"].In("a"), 0, "project.role.added@a project.role.added@a project.added@a"},
		{"project, its owner", project, w.callers["viewer-a"].In("a"), 0, ofProject},
		{"grant, nobody", lent, iam.Caller{}, iam.Unauthenticated, ""},
		{"grant, no role", lent, w.callers["plain-a"].In("a"), iam.PermissionDenied, ""},
		{"grant, who manages users", lent, w.callers["users-a"].In("a"), iam.PermissionDenied, ""},
		{"grant, who gives it", lent, w.callers["owner-a"].In("a"), 0, given},
		{"grant, the project's owner", lent, w.callers["viewer-a"].In("a"), 0, given},
		{"grant, who gives it, elsewhere", lent, w.callers["owner-a"].In("b"), iam.PermissionDenied, ""},
		{"grant, who received it", lent, w.callers["owner-b"].In("b"), 0, received},
		{"grant, who received it, without a context", lent, w.callers["owner-b"], 0, received},
		{"grant, who manages it", lent, w.callers["plain-b"].In("b"), 0, received},
		{"grant, who manages it, where it is given", lent, w.callers["plain-b"].In("a"), iam.PermissionDenied, ""},
		{"grant, the instance's owner in b", lent, w.root.In("b"), 0, received},
		{"grant, the instance's owner in a", lent, w.root.In("a"), 0, given},
		{"grant, the instance's owner", lent, w.root, 0, given},
		{"grant, the instance's owner elsewhere", lent, w.root.In(w.home.ID), iam.NotFound, ""},
	} {
		r, err := test.list(test.caller)
		if test.kind != 0 {
			w.want(test.kind, test.name, err)
			continue
		}
		if got := told(store.List[iam.Event]{Items: r.Events}); err != nil || got != test.want {
			t.Errorf("%s: %s, %v; want %s", test.name, got, err, test.want)
		}
		for _, e := range r.Events {
			names, hidden := r.Names[e.EditorID], e.EditorID == ""
			if root := test.caller.UserID() == w.root.UserID(); root != (names.Label == "root") {
				t.Errorf("%s: %s was edited by %+v", test.name, e.Type, names)
			}
			if theirs := strings.HasPrefix(test.name, "grant") && test.want == received && e.OrgID == "a"; hidden != (theirs && test.caller.UserID() != w.root.UserID()) {
				t.Errorf("%s: the editor of %s is %q", test.name, e.Type, e.EditorID)
			}
		}
	}
	grant.ProjectID = "q"
	_, err = lent(w.callers["owner-a"].In("a"))
	w.want(iam.NotFound, "a grant of another project", err)
	_, err = w.OrgChanges(ctx, w.root, "a", iam.EventPage{Limit: iam.MaxLimit + 1})
	w.want(iam.InvalidArgument, "too much at once", err)
}

// TestRecord asks the whole record in every way; the want is the types.
func TestRecord(t *testing.T) {
	w := history(t)
	ctx := t.Context()
	i, err := w.Instance(ctx, w.root)
	w.ok(err)
	for name, c := range map[string]iam.Caller{"nobody": {}, "an owner": w.callers["owner-a"], "no role": w.callers["plain-a"]} {
		kind := iam.PermissionDenied
		if c.Nobody() {
			kind = iam.Unauthenticated
		}
		_, err := w.Record(ctx, c, directory.EventQuery{})
		w.want(kind, name, err)
		_, err = w.EventTypes(c)
		w.want(kind, name+", types", err)
		_, err = w.Aggregates(c)
		w.want(kind, name+", aggregates", err)
	}
	viewer := w.machineOf("IAM_OWNER_VIEWER")
	whole, err := w.Record(ctx, viewer, directory.EventQuery{EventPage: iam.EventPage{Asc: true}})
	w.ok(err)
	if all := w.events(); fmt.Sprint(whole.Events) != fmt.Sprint(all) || whole.InstanceID != i.ID || whole.Names[w.root.UserID()].UserName != "root" {
		t.Errorf("%d events, %+v; want %d", len(whole.Events), whole.Names, len(all))
	}
	long := strings.Repeat("x", 201)
	middle := whole.Events[len(whole.Events)/2]
	for name, test := range map[string]struct {
		q   directory.EventQuery
		has func(iam.Event) bool // nil: refused
	}{
		"an editor":         {directory.EventQuery{EditorID: "system"}, func(e iam.Event) bool { return e.EditorID == "system" }},
		"no editor":         {directory.EventQuery{EditorID: "none"}, func(iam.Event) bool { return false }},
		"types":             {directory.EventQuery{Types: []string{"user.pat.added", "org.added", "none"}}, func(e iam.Event) bool { return e.Type == iam.PATAdded || e.Type == iam.OrgAdded }},
		"an unknown type":   {directory.EventQuery{Types: []string{"none"}}, func(iam.Event) bool { return false }},
		"the start of one":  {directory.EventQuery{Types: []string{"user"}}, func(iam.Event) bool { return false }},
		"an aggregate":      {directory.EventQuery{AggregateID: "plain-a"}, func(e iam.Event) bool { return e.AggregateID == "plain-a" }},
		"aggregates":        {directory.EventQuery{Aggregates: []string{"org", "usergrant", "session"}}, func(e iam.Event) bool { return e.Aggregate == "org" || e.Aggregate == "usergrant" }},
		"unknown":           {directory.EventQuery{Aggregates: []string{"session"}}, func(iam.Event) bool { return false }},
		"an owner":          {directory.EventQuery{OwnerID: "a"}, func(e iam.Event) bool { return e.ResourceOwner(i.ID) == "a" }},
		"the instance":      {directory.EventQuery{OwnerID: i.ID}, func(e iam.Event) bool { return e.ResourceOwner(i.ID) == i.ID }},
		"the default owner": {directory.EventQuery{OwnerID: w.home.ID}, func(e iam.Event) bool { return e.ResourceOwner(i.ID) == w.home.ID }},
		"no owner":          {directory.EventQuery{OwnerID: "none"}, func(iam.Event) bool { return false }},
		"since": {directory.EventQuery{When: iam.Filter{Field: iam.FieldCreated, Match: iam.After, Time: middle.Created.UnixMicro()}}, func(e iam.Event) bool {
			return e.Created.After(middle.Created)
		}},
		"after a number": {directory.EventQuery{EventPage: iam.EventPage{Asc: true, Sequence: uint64(middle.Sequence)}}, func(e iam.Event) bool {
			return e.Sequence > middle.Sequence
		}},
		"before a number": {directory.EventQuery{EventPage: iam.EventPage{Sequence: uint64(middle.Sequence)}}, func(e iam.Event) bool {
			return e.Sequence < middle.Sequence
		}},
		"all at once": {
			directory.EventQuery{OwnerID: "a", Aggregates: []string{"user"}, Types: []string{"user.machine.added"}, AggregateID: "plain-a", EditorID: w.root.UserID()},
			func(e iam.Event) bool { return e.Type == iam.MachineAdded && e.AggregateID == "plain-a" },
		},
		"as many types as may be": {directory.EventQuery{Types: slices.Repeat([]string{"x"}, 30), Aggregates: slices.Repeat([]string{"x"}, 10), AggregateID: long[1:]}, func(iam.Event) bool { return false }},
		"more types":              {directory.EventQuery{Types: slices.Repeat([]string{"x"}, 31)}, nil},
		"more aggregates":         {directory.EventQuery{Aggregates: slices.Repeat([]string{"x"}, 11)}, nil},
		"a long editor":           {directory.EventQuery{EditorID: long}, nil},
		"a long aggregate":        {directory.EventQuery{AggregateID: long}, nil},
		"a long owner":            {directory.EventQuery{OwnerID: long}, nil},
		"a long type":             {directory.EventQuery{Types: []string{"\x00"}}, nil},
		"too many":                {directory.EventQuery{EventPage: iam.EventPage{Limit: 1001}}, nil},
	} {
		r, err := w.Record(ctx, viewer, test.q)
		if test.has == nil {
			w.want(iam.InvalidArgument, name, err)
			continue
		}
		want := slices.DeleteFunc(slices.Clone(whole.Events), func(e iam.Event) bool { return !test.has(e) })
		if !test.q.Asc {
			slices.Reverse(want)
		}
		if err != nil || fmt.Sprint(r.Events) != fmt.Sprint(want) {
			t.Errorf("%s: %d events, %v; want %d", name, len(r.Events), err, len(want))
		}
	}
}

// machineOf is a new user with one role of the instance.
func (w *world) machineOf(role string) iam.Caller {
	w.t.Helper()
	id := strings.ToLower(role)
	w.machine(id, "a")
	_, err := w.AddMember(w.t.Context(), w.root, directory.Resource{Level: iam.LevelInstance}, id, []string{role})
	w.ok(err)
	return w.caller(id)
}

// TestRecordOfTheRemoved is still there.
func TestRecordOfTheRemoved(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("p", "a")
	w.machine("m", "a")
	_, err := w.RemoveProject(ctx, w.root, "p")
	w.ok(err)
	_, err = w.RemoveUser(ctx, w.root, "m")
	w.ok(err)
	_, err = w.RemoveOrg(ctx, w.root, "a")
	w.ok(err)
	for id, want := range map[string]string{
		"p": "project.removed@a project.role.added@a project.role.added@a project.added@a", "m": "user.removed@a user.machine.added@a",
		"a": "org.removed@a org.member.added@a org.member.added@a org.added@a",
	} {
		r, err := w.Record(ctx, w.root, directory.EventQuery{AggregateID: id})
		if got := told(store.List[iam.Event]{Items: r.Events}); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", id, got, err, want)
		}
	}
	// A number in an object's details is that of the event that made it so.
	u, err := w.CreateMachine(ctx, w.root, directory.NewMachine{OrgID: "b", UserName: "n", Name: "n"})
	w.ok(err)
	r, err := w.Record(ctx, w.root, directory.EventQuery{EventPage: iam.EventPage{Sequence: uint64(u.Sequence) - 1, Asc: true, Limit: 1}})
	if err != nil || len(r.Events) != 1 || r.Events[0].AggregateID != u.ID || !r.Events[0].Created.Equal(u.Changed.Truncate(time.Microsecond)) {
		t.Errorf("event %d: %+v, %v", u.Sequence, r.Events, err)
	}
}
