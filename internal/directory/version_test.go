package directory_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// editing is one way to change an object that somebody saw before.
type editing struct {
	name string
	// seen reads the object's version.
	seen func() iam.Version
	// edit changes it to text.
	edit func(c iam.Caller, text string, seen iam.Version) error
}

// editings are the updates that take a version, of a world with the project p of
// a and a human h there.
func (w *world) editings() []editing {
	ctx, r := w.t.Context(), w.db.Read()
	user := func(id string) func() iam.Version {
		return version(w, func() (iam.Meta, error) { u, err := r.User(ctx, id); return u.Meta, err })
	}
	roles := func(text string) []string { return []string{text} }
	g, err := w.CreateProjectGrant(ctx, w.root, "p", "b", nil)
	w.ok(err)
	a, err := w.CreateAuthorization(ctx, w.root, directory.NewAuthorization{UserID: "plain-a", ProjectID: "p"})
	w.ok(err)
	manager := directory.Resource{Level: iam.LevelProject, ID: "p"}
	_, err = w.AddMember(ctx, w.root, manager, "viewer-a", []string{"PROJECT_OWNER"})
	w.ok(err)
	return []editing{
		{"org", version(w, func() (iam.Meta, error) { o, err := r.Org(ctx, "a"); return o.Meta, err }), func(c iam.Caller, text string, seen iam.Version) error {
			return errOf(w.RenameOrg(ctx, c, "a", text, seen))
		}},
		{"project", version(w, func() (iam.Meta, error) { p, err := r.Project(ctx, "p"); return p.Meta, err }), func(c iam.Caller, text string, seen iam.Version) error {
			return errOf(w.UpdateProject(ctx, c, "p", directory.ProjectChange{Name: &text, Seen: seen}))
		}},
		{"role", version(w, func() (iam.Meta, error) { r, err := r.Role(ctx, "p", "r1"); return r.Meta, err }), func(c iam.Caller, text string, seen iam.Version) error {
			return errOf(w.UpdateRole(ctx, c, "p", "r1", directory.RoleChange{Group: &text, Seen: seen}))
		}},
		{"grant", version(w, func() (iam.Meta, error) { g, err := r.ProjectGrant(ctx, g.ID); return g.Meta, err }), func(c iam.Caller, text string, seen iam.Version) error {
			return errOf(w.UpdateProjectGrant(ctx, c, directory.GrantRef{ProjectID: "p", GrantID: g.ID}, roles(text), seen))
		}},
		{"authorization", version(w, func() (iam.Meta, error) { a, err := r.Authorization(ctx, a.ID); return a.Meta, err }), func(c iam.Caller, text string, seen iam.Version) error {
			return errOf(w.UpdateAuthorization(ctx, c, "", a.ID, roles(text), seen))
		}},
		{"member", version(w, func() (iam.Meta, error) {
			m, err := r.Membership(ctx, "viewer-a", iam.LevelProject, "p")
			return m.Meta, err
		}), func(c iam.Caller, text string, seen iam.Version) error {
			given := []string{"PROJECT_OWNER_VIEWER"}
			if text == "r2" {
				given = []string{"PROJECT_OWNER", "PROJECT_OWNER_VIEWER"}
			}
			return errOf(w.UpdateMember(ctx, c, manager, "viewer-a", given, seen))
		}},
		{"machine", user("plain-a"), func(c iam.Caller, text string, seen iam.Version) error {
			return errOf(w.UpdateMachine(ctx, c, "plain-a", directory.MachineChange{Description: &text, Seen: seen}))
		}},
		{"machine's user name", user("plain-a"), func(c iam.Caller, text string, seen iam.Version) error {
			return errOf(w.UpdateMachine(ctx, c, "plain-a", directory.MachineChange{UserName: &text, Seen: seen}))
		}},
		{"human", user("h"), func(c iam.Caller, text string, seen iam.Version) error {
			return errOf(w.UpdateHuman(ctx, c, "h", directory.HumanChange{NickName: &text, Seen: seen}))
		}},
	}
}

func version(w *world, read func() (iam.Meta, error)) func() iam.Version {
	return func() iam.Version {
		w.t.Helper()
		m, err := read()
		w.ok(err)
		return iam.Version(m.Sequence)
	}
}

// TestSeen refuses to write over what the editor did not see. Who may not write
// learns nothing of that, and what is as asked already is left as it is.
func TestSeen(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	w.project("p", "a")
	w.human("h", "a")
	owner := w.callers["owner-a"]
	for _, e := range w.editings() {
		old := e.seen()
		w.want(iam.Unauthenticated, e.name+" by nobody", e.edit(iam.Caller{}, "r1", old-1))
		w.want(iam.PermissionDenied, e.name+" by another owner", e.edit(w.callers["owner-b"], "r1", old-1))
		w.want(iam.PermissionDenied, e.name+" by who may look", e.edit(w.callers["viewer-a"], "r1", old-1))
		if err := e.edit(owner, "r1", old); err != nil {
			t.Errorf("%s as it was seen: %v", e.name, err)
		}
		now, before := e.seen(), len(w.events())
		if now == old {
			t.Errorf("%s has the version of before", e.name)
		}
		w.want(iam.Unchanged, e.name+" sent twice", e.edit(owner, "r1", old))
		err := e.edit(owner, "r2", old)
		if w.want(iam.Aborted, e.name+" as it was before", err); err != nil && !strings.Contains(err.Error(), "by somebody else meanwhile") {
			t.Errorf("%s: %v", e.name, err)
		}
		if e.seen() != now || len(w.events()) != before {
			t.Errorf("%s: the refused has changed something", e.name)
		}
		if err := e.edit(owner, "r2", 0); err != nil {
			t.Errorf("%s, whatever it is: %v", e.name, err)
		}
	}
}

// TestSeenRoles changes with what an authorization and a grant show: roles that
// go, go from them.
func TestSeenRoles(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("p", "a")
	both := []string{"r1", "r2"}
	g, err := w.CreateProjectGrant(ctx, w.root, "p", "b", both)
	w.ok(err)
	give := func(user, org string, keys ...string) iam.Authorization {
		t.Helper()
		a, err := w.CreateAuthorization(ctx, w.root, directory.NewAuthorization{UserID: user, ProjectID: "p", OrgID: org, RoleKeys: keys})
		w.ok(err)
		return a
	}
	own, less, lent := give("plain-a", "a", both...), give("viewer-a", "a", "r2"), give("plain-b", "b", both...)
	ref := directory.GrantRef{ProjectID: "p", GrantID: g.ID}
	_, err = w.UpdateProjectGrant(ctx, w.root, ref, []string{"r2"}, 0)
	w.ok(err)
	w.want(iam.Aborted, "what came through the grant", errOf(w.UpdateAuthorization(ctx, w.root, "", lent.ID, nil, iam.Version(lent.Sequence))))
	lent, err = w.Authorization(ctx, w.root, "", lent.ID)
	if w.ok(err); !slices.Equal(lent.RoleKeys, []string{"r2"}) {
		t.Errorf("through the grant: %v", lent.RoleKeys)
	}
	// Roles that were not taken, and states, leave the others as they were seen.
	_, err = w.DeactivateProjectGrant(ctx, w.root, ref)
	w.ok(err)
	g, err = w.ReactivateProjectGrant(ctx, w.root, ref)
	w.ok(err)
	_, err = w.RemoveRole(ctx, w.root, "p", "r1")
	w.ok(err)
	w.want(iam.Aborted, "the project's own", errOf(w.UpdateAuthorization(ctx, w.root, "", own.ID, nil, iam.Version(own.Sequence))))
	for what, err := range map[string]error{
		"of the other role":         errOf(w.UpdateAuthorization(ctx, w.root, "", less.ID, nil, iam.Version(less.Sequence))),
		"through the grant, anew":   errOf(w.UpdateAuthorization(ctx, w.root, "", lent.ID, nil, iam.Version(lent.Sequence))),
		"the grant without the one": errOf(w.UpdateProjectGrant(ctx, w.root, ref, nil, iam.Version(g.Sequence))),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = w.AddRoles(ctx, w.root, "p", []iam.Role{{Key: "r1"}})
	w.ok(err)
	g, err = w.UpdateProjectGrant(ctx, w.root, ref, both, 0)
	w.ok(err)
	_, err = w.RemoveRole(ctx, w.root, "p", "r1")
	w.ok(err)
	w.want(iam.Aborted, "a grant that lent it", errOf(w.UpdateProjectGrant(ctx, w.root, ref, nil, iam.Version(g.Sequence))))
}

// TestChosenPAT makes a token of a chosen id once.
func TestChosenPAT(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, c := t.Context(), w.callers["owner-a"]
	cred, _, err := w.AddPAT(ctx, c, "plain-a", directory.NewPAT{ID: "chosen"})
	if w.ok(err); cred.ID != "chosen" {
		t.Errorf("the token has the id %q", cred.ID)
	}
	for _, test := range []struct {
		name, user, id string
		kind           iam.Kind
	}{
		{"again", "plain-a", "chosen", iam.AlreadyExists},
		{"for another user", "viewer-a", "chosen", iam.AlreadyExists},
		{"an id that cannot be", "plain-a", "a b", iam.InvalidArgument},
	} {
		_, _, err := w.AddPAT(ctx, c, test.user, directory.NewPAT{ID: test.id})
		if w.want(test.kind, test.name, err); iam.FieldOf(err) != iam.FieldID {
			t.Errorf("%s: field %q", test.name, iam.FieldOf(err))
		}
	}
	if l, err := w.PATs(ctx, c, iam.FieldUserID.Is("plain-a"), page); err != nil || l.Total != 1 {
		t.Errorf("%d tokens, %v; want 1", l.Total, err)
	}
}

// TestFields says which input is wrong or taken.
func TestFields(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, c := t.Context(), w.callers["owner-a"]
	w.project("p", "a")
	w.project("q", "a")
	w.human("h", "a")
	_, err := w.CreateProjectGrant(ctx, c, "q", "b", []string{"r2"})
	w.ok(err)
	manager := directory.Resource{Level: iam.LevelOrg, ID: "a"}
	human := func(in directory.NewHuman) error {
		in.Profile = iam.Profile{FirstName: "F", LastName: "L"}
		return errOf(w.CreateHuman(ctx, c, "a", in))
	}
	org := func(name string) error {
		_, _, err := w.CreateOrg(ctx, w.root, directory.NewOrg{Name: name})
		return err
	}
	for _, test := range []struct {
		name string
		err  error
		kind iam.Kind
		want iam.Field
		says string
	}{
		{"user name of a machine", errOf(w.CreateMachine(ctx, c, directory.NewMachine{OrgID: "a", UserName: "H", Name: "x"})), iam.AlreadyExists, iam.FieldUserName, "user name"},
		{"user name of a human", human(directory.NewHuman{UserName: "plain-a"}), iam.AlreadyExists, iam.FieldUserName, "user name"},
		{"another user name", errOf(w.UpdateMachine(ctx, c, "plain-a", directory.MachineChange{UserName: new("plain-b")})), iam.AlreadyExists, iam.FieldUserName, "user name"},
		{"a bad user name", errOf(w.UpdateHuman(ctx, c, "h", directory.HumanChange{UserName: new("a:b")})), iam.InvalidArgument, iam.FieldUserName, "colon"},
		{"password", human(directory.NewHuman{UserName: "x", Password: "short"}), iam.InvalidArgument, iam.FieldPassword, "characters"},
		{"organization", org("ORG A"), iam.AlreadyExists, iam.FieldName, "name"},
		{"organization of the same domain", org("Org, a"), iam.AlreadyExists, iam.FieldName, "domain"},
		{"another organization name", errOf(w.RenameOrg(ctx, c, "a", "Org b", 0)), iam.AlreadyExists, iam.FieldName, "name"},
		{"project", errOf(w.CreateProject(ctx, c, directory.NewProject{OrgID: "a", Name: "P"})), iam.AlreadyExists, iam.FieldName, "project"},
		{"another project name", errOf(w.UpdateProject(ctx, c, "p", directory.ProjectChange{Name: new("Q")})), iam.AlreadyExists, iam.FieldName, "project"},
		{"one role", errOf(w.AddRoles(ctx, c, "p", []iam.Role{{Key: ""}})), iam.InvalidArgument, iam.FieldKey, "the role's key must not be empty"},
		{"one role of three", errOf(w.AddRoles(ctx, c, "p", []iam.Role{{Key: "x"}, {Key: "y"}, {Key: "z", Group: " "}})), iam.InvalidArgument, iam.FieldGroup, "role 3: the role's group must not be empty"},
		{"a role that is there", errOf(w.AddRoles(ctx, c, "p", []iam.Role{{Key: "x"}, {Key: "r1"}})), iam.AlreadyExists, iam.FieldKey, `role "r1" already exists`},
		{"no role", errOf(w.AddRoles(ctx, c, "p", nil)), iam.InvalidArgument, iam.FieldRoles, "between"},
		{"a grant of a role that is not there", errOf(w.CreateProjectGrant(ctx, c, "p", "b", []string{"r9"})), iam.FailedPrecondition, iam.FieldRoleKey, "r9"},
		{"a grant of a key that no role has", errOf(w.CreateProjectGrant(ctx, c, "p", "b", []string{"r 1"})), iam.InvalidArgument, iam.FieldRoleKey, "white space"},
		{"a grant to its own organization", errOf(w.CreateProjectGrant(ctx, c, "p", "a", nil)), iam.InvalidArgument, iam.FieldGrantedOrgID, "own"},
		{"a grant to an organization that is not there", errOf(w.CreateProjectGrant(ctx, c, "p", "none", nil)), iam.NotFound, iam.FieldGrantedOrgID, "organization does not exist"},
		{"a grant that is there", errOf(w.CreateProjectGrant(ctx, c, "q", "b", nil)), iam.AlreadyExists, iam.FieldGrantedOrgID, "already granted"},
		{"a grant of a project that is not there", errOf(w.CreateProjectGrant(ctx, c, "none", "b", nil)), iam.NotFound, "", "project"},
		{"a grant by the wrong caller", errOf(w.CreateProjectGrant(ctx, w.callers["owner-b"], "p", "none", nil)), iam.PermissionDenied, "", "membership not found"},
		{"other roles of a grant", errOf(w.UpdateProjectGrant(ctx, c, directory.GrantRef{ProjectID: "q", GrantedOrgID: "b"}, []string{"r1", "r9"}, 0)), iam.FailedPrecondition, iam.FieldRoleKey, "the project does not have the role r9"},
		{"an authorization on a role that is not there", errOf(w.CreateAuthorization(ctx, c, directory.NewAuthorization{UserID: "plain-a", ProjectID: "p", RoleKeys: []string{"r9"}})), iam.FailedPrecondition, iam.FieldRoleKey, "r9"},
		{"an authorization on a role that is not lent", errOf(w.CreateAuthorization(ctx, w.callers["owner-b"], directory.NewAuthorization{UserID: "plain-b", ProjectID: "q", OrgID: "b", RoleKeys: []string{"r1"}})), iam.FailedPrecondition, iam.FieldRoleKey, "the project grant does not have the role r1"},
		{"no manager role", errOf(w.AddMember(ctx, c, manager, "plain-a", nil)), iam.InvalidArgument, iam.FieldRoles, "at least one"},
		{"a manager role of another level", errOf(w.AddMember(ctx, c, manager, "plain-a", []string{"PROJECT_OWNER"})), iam.InvalidArgument, iam.FieldRoles, "these can"},
		{"another manager role", errOf(w.UpdateMember(ctx, c, manager, "viewer-a", []string{"x"}, 0)), iam.InvalidArgument, iam.FieldRoles, "these can"},
	} {
		w.want(test.kind, test.name, test.err)
		if got := iam.FieldOf(test.err); got != test.want || !strings.Contains(test.err.Error(), test.says) {
			t.Errorf("%s: field %q of %v, want %q", test.name, got, test.err, test.want)
		}
	}
}
