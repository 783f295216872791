package directory_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// TestGeneration rises when a user is switched off or locked, and by nothing else.
func TestGeneration(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, c := t.Context(), w.callers["owner-a"]
	for _, s := range []struct {
		name string
		do   func() (iam.User, error)
		want int64
		kind iam.Kind // of the error; Internal: none
	}{
		{"reactivate an active one", func() (iam.User, error) { return w.ReactivateUser(ctx, c, "plain-a") }, 0, iam.FailedPrecondition},
		{"unlock an active one", func() (iam.User, error) { return w.UnlockUser(ctx, c, "plain-a") }, 0, iam.FailedPrecondition},
		{"deactivate", func() (iam.User, error) { return w.DeactivateUser(ctx, c, "plain-a") }, 1, iam.Internal},
		{"deactivate again", func() (iam.User, error) { return w.DeactivateUser(ctx, c, "plain-a") }, 1, iam.FailedPrecondition},
		{"lock an inactive one", func() (iam.User, error) { return w.LockUser(ctx, c, "plain-a") }, 1, iam.FailedPrecondition},
		{"change an inactive one", func() (iam.User, error) {
			return w.UpdateMachine(ctx, c, "plain-a", directory.MachineChange{Name: new("new")})
		}, 1, iam.Internal},
		{"reactivate", func() (iam.User, error) { return w.ReactivateUser(ctx, c, "plain-a") }, 1, iam.Internal},
		{"lock", func() (iam.User, error) { return w.LockUser(ctx, c, "plain-a") }, 2, iam.Internal},
		{"reactivate a locked one", func() (iam.User, error) { return w.ReactivateUser(ctx, c, "plain-a") }, 2, iam.FailedPrecondition},
		{"unlock", func() (iam.User, error) { return w.UnlockUser(ctx, c, "plain-a") }, 2, iam.Internal},
	} {
		if _, err := s.do(); s.kind == iam.Internal && err != nil || s.kind != iam.Internal && !iam.Is(err, s.kind) {
			t.Errorf("%s: %v", s.name, err)
		}
		subject, err := w.db.Read().Subject(ctx, "plain-a")
		if err != nil || subject.Generation != s.want {
			t.Errorf("%s: generation %d, %v; want %d", s.name, subject.Generation, err, s.want)
		}
	}
}

// TestSecrets are replaced by the next, and hashed.
func TestSecrets(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, c := t.Context(), w.callers["owner-a"]
	verifier := func() []byte {
		t.Helper()
		s, err := w.db.Read().Subject(ctx, "plain-a")
		if w.ok(err); len(s.Credentials) != 1 || s.Credentials[0].Kind != iam.ClientSecret {
			t.Fatalf("credentials %+v", s.Credentials)
		}
		return s.Credentials[0].Verifier
	}
	_, err := w.RemoveSecret(ctx, c, "plain-a")
	w.want(iam.FailedPrecondition, "remove no secret", err)
	var ids []string
	for range 2 {
		u, cred, secret, err := w.GenerateSecret(ctx, c, "plain-a", nil)
		w.ok(err)
		ids = append(ids, cred.ID)
		if hash := keyring.Hash(secret.Reveal()); !slices.Equal(verifier(), hash[:]) || !u.HasSecret {
			t.Error("the secret does not verify")
		}
	}
	if ids[0] == ids[1] {
		t.Error("the second secret has the id of the first")
	}
	u, err := w.RemoveSecret(ctx, c, "plain-a")
	if w.ok(err); u.HasSecret {
		t.Error("a removed secret is there")
	}
	_, _, err = w.AddPAT(ctx, c, "plain-a", directory.NewPAT{Expires: time.Now().Add(-time.Hour)})
	w.want(iam.InvalidArgument, "a token that has expired", err)
	cred, _, err := w.AddPAT(ctx, c, "plain-a", directory.NewPAT{})
	if w.ok(err); !cred.Expires.IsZero() {
		t.Errorf("a token without end ends %v", cred.Expires)
	}
	// A token is removed as the token of its own user, and a secret not as one.
	_, err = w.RemovePAT(ctx, c, "owner-a", cred.ID)
	w.want(iam.NotFound, "a token of somebody else", err)
	_, secret, _, err := w.GenerateSecret(ctx, c, "plain-a", nil)
	w.ok(err)
	_, err = w.RemovePAT(ctx, c, "plain-a", secret.ID)
	w.want(iam.NotFound, "a secret as a token", err)
	_, err = w.PAT(ctx, c, "plain-a", secret.ID)
	w.want(iam.NotFound, "a secret shown as a token", err)
	if l, err := w.PATs(ctx, c, iam.FieldUserID.Is("plain-a"), page); err != nil || l.Total != 1 {
		t.Errorf("%d tokens listed, %v; want 1", l.Total, err)
	}
	_, err = w.CreateHuman(ctx, c, "a", directory.NewHuman{ID: "h", UserName: "h", Profile: iam.Profile{FirstName: "F", LastName: "L"}})
	w.ok(err)
	_, _, _, err = w.GenerateSecret(ctx, c, "h", nil)
	w.want(iam.FailedPrecondition, "a secret for a human", err)
	_, _, err = w.AddPAT(ctx, c, "h", directory.NewPAT{})
	w.want(iam.FailedPrecondition, "a token for a human", err)
}

// TestLastOwner stays, whichever way it would go.
func TestLastOwner(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, instance := t.Context(), directory.Resource{Level: iam.LevelInstance}
	admin, err := w.db.Read().UserByName(ctx, "admin")
	w.ok(err)
	// While there are two, one can go.
	_, err = w.RemoveUser(ctx, w.root, admin.ID)
	w.ok(err)
	owners := func() int {
		t.Helper()
		i, err := w.Instance(ctx, w.root)
		w.ok(err)
		n, err := w.db.Read().CountActiveMembers(ctx, iam.LevelInstance, i.ID, iam.IAMOwner)
		w.ok(err)
		return n
	}
	refused := func(user string) {
		t.Helper()
		_, err := w.RemoveMember(ctx, w.root, instance, user)
		w.want(iam.FailedPrecondition, "remove the last owner's membership", err)
		_, err = w.UpdateMember(ctx, w.root, instance, user, []string{"IAM_OWNER_VIEWER"}, 0)
		w.want(iam.FailedPrecondition, "give the last owner another role", err)
		_, err = w.RemoveUser(ctx, w.root, user)
		w.want(iam.FailedPrecondition, "remove the last owner", err)
		if n := owners(); n != 1 {
			t.Fatalf("%d owners", n)
		}
	}
	refused(w.root.UserID())
	_, err = w.UpdateMember(ctx, w.root, instance, w.root.UserID(), []string{"IAM_OWNER", "IAM_OWNER_VIEWER"}, 0)
	w.ok(err)
	// The last owner may belong to an organization that can be removed.
	_, err = w.AddMember(ctx, w.root, instance, "plain-b", []string{"IAM_OWNER"})
	w.ok(err)
	_, err = w.RemoveMember(ctx, w.root, instance, w.root.UserID())
	w.ok(err)
	refused("plain-b")
	_, err = w.RemoveOrg(ctx, w.root, "b")
	w.want(iam.FailedPrecondition, "remove the last owner's organization", err)
	_, err = w.AddMember(ctx, w.root, instance, "plain-a", []string{"IAM_OWNER"})
	w.ok(err)
	_, err = w.RemoveOrg(ctx, w.root, "b")
	w.ok(err)
	if n := owners(); n != 1 {
		t.Errorf("%d owners are left, want 1", n)
	}
}

// TestLastActiveOwner stays active: one that is switched off, or whose
// organization is, does not count.
func TestLastActiveOwner(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, instance := t.Context(), directory.Resource{Level: iam.LevelInstance}
	admin, err := w.db.Read().UserByName(ctx, "admin")
	w.ok(err)
	root := w.root.UserID()
	// While there are two, each may be switched off and on again.
	for _, id := range []string{admin.ID, root} {
		w.ok(errOf(w.DeactivateUser(ctx, w.root, id)))
		w.ok(errOf(w.ReactivateUser(ctx, w.root, id)))
		w.ok(errOf(w.LockUser(ctx, w.root, id)))
		w.ok(errOf(w.UnlockUser(ctx, w.root, id)))
	}
	refused := func(why, id string) {
		t.Helper()
		before := len(w.events())
		for what, err := range map[string]error{
			"deactivate":        errOf(w.DeactivateUser(ctx, w.root, id)),
			"lock":              errOf(w.LockUser(ctx, w.root, id)),
			"remove":            errOf(w.RemoveUser(ctx, w.root, id)),
			"end membership":    errOf(w.RemoveMember(ctx, w.root, instance, id)),
			"change membership": errOf(w.UpdateMember(ctx, w.root, instance, id, []string{"IAM_OWNER_VIEWER"}, 0)),
		} {
			w.want(iam.FailedPrecondition, why+": "+what, err)
		}
		if u, err := w.User(ctx, w.root, id); err != nil || u.State != iam.Active || len(w.events()) != before {
			t.Errorf("%s: %+v, %v", why, u, err)
		}
	}
	w.ok(errOf(w.DeactivateUser(ctx, w.root, admin.ID)))
	refused("the other is deactivated", root)
	w.ok(errOf(w.ReactivateUser(ctx, w.root, admin.ID)))
	w.ok(errOf(w.LockUser(ctx, w.root, admin.ID)))
	refused("the other is locked", root)
	// What does not count can go.
	w.ok(errOf(w.RemoveUser(ctx, w.root, admin.ID)))
	w.ok(errOf(w.AddMember(ctx, w.root, instance, "plain-b", []string{"IAM_OWNER"})))
	w.ok(errOf(w.DeactivateOrg(ctx, w.root, "b")))
	refused("the other's organization is off", root)
	w.ok(errOf(w.ReactivateOrg(ctx, w.root, "b")))
	w.ok(errOf(w.DeactivateUser(ctx, w.root, root)))
	w.want(iam.FailedPrecondition, "switch the organization of the last owner off", errOf(w.DeactivateOrg(ctx, w.root, "b")))
	w.ok(errOf(w.DeactivateOrg(ctx, w.root, "a")))
	// Users that own nothing, and owners of less, are switched off as before.
	w.ok(errOf(w.DeactivateUser(ctx, w.root, "owner-b")))
}

// TestLastOwnersAtOnce removes two owners at the same time, each by the other:
// one of the removals is refused.
func TestLastOwnersAtOnce(t *testing.T) {
	w := newWorld(t, storetest.NewPostgres(t))
	ctx, instance := t.Context(), directory.Resource{Level: iam.LevelInstance}
	admin, err := w.db.Read().UserByName(ctx, "admin")
	w.ok(err)
	errs := make([]error, 2)
	var group sync.WaitGroup
	for i, id := range []string{admin.ID, w.root.UserID()} {
		group.Go(func() { _, errs[i] = w.RemoveMember(ctx, w.root, instance, id) })
	}
	group.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("errors %v", errs)
	}
	w.want(iam.FailedPrecondition, "the second", errs[slices.IndexFunc(errs, func(err error) bool { return err != nil })])
}

// TestDefaultOrg and the organization of the internal project cannot be
// switched off or removed, even by the owner of the instance.
func TestDefaultOrg(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	protected := func(id string) {
		t.Helper()
		_, err := w.DeactivateOrg(ctx, w.root, id)
		w.want(iam.FailedPrecondition, "deactivate "+id, err)
		_, err = w.RemoveOrg(ctx, w.root, id)
		w.want(iam.FailedPrecondition, "remove "+id, err)
		_, err = w.Org(ctx, w.root, id)
		w.ok(err)
	}
	protected(w.home.ID)
	_, err := w.SetDefaultOrg(ctx, w.root, w.home.ID)
	w.want(iam.Unchanged, "the same default organization", err)
	_, err = w.SetDefaultOrg(ctx, w.root, "none")
	w.want(iam.NotFound, "a default organization that does not exist", err)
	_, err = w.SetDefaultOrg(ctx, w.root, "a")
	w.ok(err)
	protected("a")
	protected(w.home.ID) // it still holds the internal project
	if o, err := w.DefaultOrg(ctx, w.root); err != nil || o.ID != "a" {
		t.Errorf("the default organization is %s, %v", o.ID, err)
	}
}

// TestInternalProject is read, but neither listed nor changed.
func TestInternalProject(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	i, err := w.Instance(ctx, w.root)
	if w.ok(err); i.TokenKey != nil || i.MasterKeyCheck != nil {
		t.Error("the instance shows its keys")
	}
	id := i.InternalProjectID
	p, err := w.Project(ctx, w.root, id)
	if w.ok(err); !p.Internal {
		t.Errorf("%+v", p)
	}
	if l, err := w.Projects(ctx, w.root, iam.Filter{}, page); err != nil || slices.ContainsFunc(l.Items, func(p iam.Project) bool { return p.ID == id }) {
		t.Errorf("listed: %+v, %v", l, err)
	}
	for name, err := range map[string]error{
		"update":     errOf(w.UpdateProject(ctx, w.root, id, directory.ProjectChange{Name: new("x")})),
		"deactivate": errOf(w.DeactivateProject(ctx, w.root, id)),
		"remove":     errOf(w.RemoveProject(ctx, w.root, id)),
		"role":       errOf(w.AddRoles(ctx, w.root, id, []iam.Role{{Key: "r"}})),
		"grant":      errOf(w.CreateProjectGrant(ctx, w.root, id, "a", nil)),
		"authorize":  errOf(w.CreateAuthorization(ctx, w.root, directory.NewAuthorization{UserID: "plain-a", ProjectID: id})),
		"member":     errOf(w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelProject, ID: id}, "plain-a", []string{"PROJECT_OWNER"})),
	} {
		w.want(iam.FailedPrecondition, name, err)
	}
}

// TestUsersElsewhere cannot be given anything by an organization that cannot
// read them, and are told apart from users that do not exist by nobody.
func TestUsersElsewhere(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("pa", "a")
	w.project("pb", "b")
	_, err := w.CreateProjectGrant(ctx, w.root, "pb", "a", []string{"r1"})
	w.ok(err)
	both := w.caller("owner-a")
	_, err = w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelOrg, ID: "b"}, "owner-a", []string{"ORG_OWNER_VIEWER"})
	w.ok(err)
	sees := w.caller("owner-a") // owns a, and may look at b
	give := map[string]func(c iam.Caller, user string) error{
		"org member": func(c iam.Caller, user string) error {
			return errOf(w.AddMember(ctx, c, directory.Resource{Level: iam.LevelOrg, ID: "a"}, user, []string{"ORG_OWNER"}))
		},
		"project member": func(c iam.Caller, user string) error {
			return errOf(w.AddMember(ctx, c, directory.Resource{Level: iam.LevelProject, ID: "pa"}, user, []string{"PROJECT_OWNER"}))
		},
		"grant member": func(c iam.Caller, user string) error {
			res := directory.Resource{Level: iam.LevelProjectGrant, ProjectID: "pb", GrantedOrgID: "a"}
			return errOf(w.AddMember(ctx, c, res, user, []string{"PROJECT_GRANT_OWNER"}))
		},
		"first project manager": func(c iam.Caller, user string) error {
			id := fmt.Sprint("new-", user)
			in := directory.NewProject{ID: id, OrgID: "a", Name: id, Admins: []directory.NewProjectAdmin{{UserID: user}}}
			return errOf(w.CreateProject(ctx, c, in))
		},
		"authorization": func(c iam.Caller, user string) error {
			return errOf(w.CreateAuthorization(ctx, c, directory.NewAuthorization{UserID: user, ProjectID: "pa", RoleKeys: []string{"r1"}}))
		},
		"authorization through a grant": func(c iam.Caller, user string) error {
			in := directory.NewAuthorization{UserID: user, ProjectID: "pb", OrgID: "a", RoleKeys: []string{"r1"}}
			return errOf(w.CreateAuthorization(ctx, c, in))
		},
	}
	for name, run := range give {
		for _, context := range []string{"", "a"} {
			elsewhere, missing := run(both.In(context), "plain-b"), run(both.In(context), "nobody")
			w.want(iam.NotFound, name+" to a user elsewhere", elsewhere)
			if elsewhere == nil || missing == nil || elsewhere.Error() != missing.Error() {
				t.Errorf("%s: %v to a user elsewhere, %v to one that does not exist", name, elsewhere, missing)
			}
		}
		if err := run(both, "plain-a"); err != nil {
			t.Errorf("%s to a user of its own: %v", name, err)
		}
		if err := run(sees, "plain-b"); err != nil {
			t.Errorf("%s to a user that the caller sees: %v", name, err)
		}
	}
}

// TestFirstManagers manage what they were made with, and nothing else.
func TestFirstManagers(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	_, users, err := w.CreateOrg(ctx, w.root, directory.NewOrg{ID: "o", Name: "O", Admins: []directory.NewOrgAdmin{
		{UserID: "plain-a"},
		{Human: &directory.NewHuman{ID: "h", UserName: "h", Profile: iam.Profile{FirstName: "F", LastName: "L"}}, Roles: []string{"ORG_USER_MANAGER"}},
	}})
	if w.ok(err); !slices.Equal(users, []string{"plain-a", "h"}) {
		t.Errorf("first managers %v", users)
	}
	// In an organization's context too, though the new one lies elsewhere.
	_, _, err = w.CreateOrg(ctx, w.root.In("a"), directory.NewOrg{ID: "o2", Name: "O2", Admins: []directory.NewOrgAdmin{{UserID: w.root.UserID()}}})
	w.ok(err)
	_, err = w.CreateProject(ctx, w.root, directory.NewProject{
		ID: "p", OrgID: "a", Name: "P", Admins: []directory.NewProjectAdmin{{UserID: "viewer-a", Roles: []string{"PROJECT_OWNER_VIEWER"}}},
	})
	w.ok(err)
	i, err := w.Instance(ctx, w.root)
	w.ok(err)
	for user, want := range map[string][]string{
		"plain-a":       {"org o in o: [ORG_OWNER]"},
		"h":             {"org o in o: [ORG_USER_MANAGER]"},
		"viewer-a":      {"org a in a: [ORG_OWNER_VIEWER]", "project p in a: [PROJECT_OWNER_VIEWER]"},
		w.root.UserID(): {"instance " + i.ID + " in : [IAM_OWNER]", "org o2 in o2: [ORG_OWNER]"},
	} {
		memberships, err := w.db.Read().MembershipsOf(ctx, user)
		w.ok(err)
		var got []string
		for _, m := range memberships {
			got = append(got, fmt.Sprintf("%s %s in %s: %v", m.Level, m.ResourceID, m.OrgID, m.Roles))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s manages %v, want %v", user, got, want)
		}
	}
	if o, err := w.Org(ctx, w.caller("plain-a"), "o"); err != nil || o.Name != "O" {
		t.Errorf("the first manager reads its organization: %+v, %v", o, err)
	}
	// One bad manager, and nothing was made.
	for name, admins := range map[string][]directory.NewOrgAdmin{
		"unknown user": {{UserID: "plain-a"}, {UserID: "nobody"}},
		"wrong role":   {{UserID: "plain-a", Roles: []string{"IAM_OWNER"}}},
		"twice":        {{UserID: "plain-a"}, {UserID: "plain-a"}},
		"taken name":   {{Human: &directory.NewHuman{UserName: "H", Profile: iam.Profile{FirstName: "F", LastName: "L"}}}},
	} {
		if _, _, err := w.CreateOrg(ctx, w.root, directory.NewOrg{ID: "half", Name: "Half", Admins: admins}); iam.KindOf(err) == iam.Internal {
			t.Errorf("%s: %v", name, err)
		}
		_, err := w.Org(ctx, w.root, "half")
		w.want(iam.NotFound, name+": the organization", err)
	}
	_, _, err = w.CreateOrg(ctx, w.root, directory.NewOrg{Name: "Many", Admins: make([]directory.NewOrgAdmin, 101)})
	w.want(iam.InvalidArgument, "an organization with too many managers", err)
	many := directory.NewProject{OrgID: "a", Name: "Many", Admins: make([]directory.NewProjectAdmin, 101)}
	_, err = w.CreateProject(ctx, w.root, many)
	w.want(iam.InvalidArgument, "a project with too many managers", err)
	_, err = w.CreateProject(ctx, w.caller("plain-a"), many)
	w.want(iam.PermissionDenied, "a project with too many managers, of a stranger", err)
}

// TestRank keeps those who manage users away from users who manage more: a
// credential of an owner would make an owner of them.
func TestRank(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	for _, m := range []struct{ id, org, role string }{
		{"users-a", "a", "ORG_USER_MANAGER"},
		{"owner-home", w.home.ID, "ORG_OWNER"},
	} {
		w.machine(m.id, m.org)
		_, err := w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelOrg, ID: m.org}, m.id, []string{m.role})
		w.ok(err)
	}
	for _, test := range []struct {
		by, to string
		may    bool
	}{
		{"users-a", "plain-a", true},
		{"users-a", "users-a", true},
		{"users-a", "owner-a", false},
		{"users-a", "viewer-a", false},
		{"owner-a", "users-a", true},
		{"owner-a", "owner-a", true},
		{"owner-home", w.root.UserID(), false},
		{w.root.UserID(), "owner-a", true},
	} {
		c := w.caller(test.by)
		for context, c := range map[string]iam.Caller{"": c, c.OrgID(): c.In(c.OrgID())} {
			if test.by == w.root.UserID() && context != "" {
				continue // the others lie elsewhere
			}
			before := len(w.events())
			_, _, _, secret := w.GenerateSecret(ctx, c, test.to, nil)
			_, _, token := w.AddPAT(ctx, c, test.to, directory.NewPAT{})
			_, rename := w.UpdateMachine(ctx, c, test.to, directory.MachineChange{Description: new(fmt.Sprint(before))})
			for what, err := range map[string]error{"secret": secret, "token": token, "update": rename} {
				if test.may && err != nil || !test.may && !iam.Is(err, iam.PermissionDenied) {
					t.Errorf("%s for %s by %s in %q: %v", what, test.to, test.by, context, err)
				}
			}
			if recorded := len(w.events()) > before; recorded != test.may {
				t.Errorf("for %s by %s in %q: recorded %v", test.to, test.by, context, recorded)
			}
		}
	}
}
