package directory_test

import (
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// TestSelf is what a user without any role may do to itself, and what not.
func TestSelf(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, me := t.Context(), w.callers["plain-a"]
	w.project("p", "a")
	authorization, err := w.CreateAuthorization(ctx, w.root, directory.NewAuthorization{UserID: "plain-a", ProjectID: "p", RoleKeys: []string{"r1"}})
	w.ok(err)
	for _, test := range []struct {
		name string
		run  func(c iam.Caller, id string) error
		self bool
	}{
		{"read", func(c iam.Caller, id string) error { return errOf(w.User(ctx, c, id)) }, true},
		{"read by name", func(c iam.Caller, id string) error { return errOf(w.UserByName(ctx, c, id)) }, true},
		{"memberships", func(c iam.Caller, id string) error { return errOf(w.MembershipsOf(ctx, c, id, iam.Filter{}, page)) }, true},
		{"token", func(c iam.Caller, id string) error { _, _, err := w.AddPAT(ctx, c, id, directory.NewPAT{}); return err }, true},
		{"secret", func(c iam.Caller, id string) error { _, _, _, err := w.GenerateSecret(ctx, c, id, nil); return err }, true},
		{"remove secret", func(c iam.Caller, id string) error {
			if c.UserID() == id && c.Context() != "" { // so that there is one to remove
				return errOf(w.User(ctx, c, id))
			}
			return errOf(w.RemoveSecret(ctx, c, id))
		}, true},
		{"update", func(c iam.Caller, id string) error {
			return errOf(w.UpdateMachine(ctx, c, id, directory.MachineChange{Description: new(time.Now().String())}))
		}, true},
		{"metadata", func(c iam.Caller, id string) error {
			return errOf(w.SetMetadata(ctx, c, iam.MetadataOfUser, id, []iam.MetadataEntry{{Key: "k", Value: []byte("v")}}))
		}, false},
		{"deactivate", func(c iam.Caller, id string) error { return errOf(w.DeactivateUser(ctx, c, id)) }, false},
		{"lock", func(c iam.Caller, id string) error { return errOf(w.LockUser(ctx, c, id)) }, false},
		{"remove", func(c iam.Caller, id string) error { return errOf(w.RemoveUser(ctx, c, id)) }, false},
		{"authorize", func(c iam.Caller, id string) error {
			return errOf(w.CreateAuthorization(ctx, c, directory.NewAuthorization{UserID: id, ProjectID: "p", RoleKeys: []string{"r2"}}))
		}, false},
		{"change an authorization", func(c iam.Caller, id string) error {
			return errOf(w.UpdateAuthorization(ctx, c, id, authorization.ID, []string{"r1", "r2"}, 0))
		}, false},
		{"become a manager", func(c iam.Caller, id string) error {
			return errOf(w.AddMember(ctx, c, directory.Resource{Level: iam.LevelOrg, ID: "a"}, id, []string{"ORG_OWNER"}))
		}, false},
		{"become an owner", func(c iam.Caller, id string) error {
			return errOf(w.AddMember(ctx, c, directory.Resource{Level: iam.LevelInstance}, id, []string{"IAM_OWNER"}))
		}, false},
	} {
		for who, refused := range map[string]error{
			"nobody":          test.run(iam.Caller{}, "plain-a"),
			"a colleague":     test.run(w.callers["viewer-a"], "plain-a"),
			"somebody":        test.run(w.callers["plain-b"], "plain-a"),
			"me in a context": test.run(me.In("a"), "plain-a"),
		} {
			looks := who == "a colleague" && (test.name == "read" || test.name == "read by name" || test.name == "memberships")
			if test.name == "read by name" && who == "me in a context" {
				continue // a user name is looked up in the whole instance
			}
			if (refused == nil) != looks {
				t.Errorf("%s by %s: %v", test.name, who, refused)
			}
		}
		if err := test.run(me, "plain-a"); (err == nil) != test.self {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	a, err := w.Authorization(ctx, me, "", authorization.ID)
	if w.ok(err); len(a.RoleKeys) != 1 {
		t.Errorf("authorization %+v", a)
	}
}

// TestVerified is what others say of a human, never the human itself, and only
// of the address that they said it of.
func TestVerified(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, owner := t.Context(), w.callers["owner-a"]
	_, err := w.CreateHuman(ctx, owner, "a", directory.NewHuman{
		ID: "h", UserName: "h",
		Profile: iam.Profile{FirstName: "F", LastName: "L", Email: "h@x.example", EmailVerified: true, Phone: "+491", PhoneVerified: true},
	})
	w.ok(err)
	me := w.caller("h")
	_, err = w.UpdateHuman(ctx, me, "h", directory.HumanChange{Email: new("other@x.example"), EmailVerified: new(true)})
	w.want(iam.PermissionDenied, "verify oneself", err)
	_, err = w.UpdateHuman(ctx, me, "h", directory.HumanChange{PhoneVerified: new(true)})
	w.want(iam.PermissionDenied, "verify one's phone", err)
	for _, s := range []struct {
		name         string
		by           iam.Caller
		change       directory.HumanChange
		email, phone bool
	}{
		{"a nick name", me, directory.HumanChange{NickName: new("n")}, true, true},
		{"the same address", me, directory.HumanChange{Email: new("h@x.example"), NickName: new("m")}, true, true},
		{"another address", me, directory.HumanChange{Email: new("victim@x.example")}, false, true},
		{"another phone", me, directory.HumanChange{Phone: new("+492")}, false, false},
		{"verified by the owner", owner, directory.HumanChange{EmailVerified: new(true), PhoneVerified: new(true)}, true, true},
		{"another verified address", owner, directory.HumanChange{Email: new("new@x.example"), EmailVerified: new(true)}, true, true},
		{"no longer verified", me, directory.HumanChange{PhoneVerified: new(false)}, true, false},
	} {
		u, err := w.UpdateHuman(ctx, s.by, "h", s.change)
		if err != nil || u.EmailVerified != s.email || u.PhoneVerified != s.phone {
			t.Errorf("%s: e-mail %v, phone %v, %v; want %v, %v", s.name, u.EmailVerified, u.PhoneVerified, err, s.email, s.phone)
		}
	}
}

// TestUnchanged says so where there is nothing to do, and records nothing.
func TestUnchanged(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, c := t.Context(), w.callers["owner-a"]
	w.project("p", "a")
	g, err := w.CreateProjectGrant(ctx, c, "p", "b", nil)
	w.ok(err)
	a, err := w.CreateAuthorization(ctx, c, directory.NewAuthorization{UserID: "plain-a", ProjectID: "p"})
	w.ok(err)
	before := len(w.events())
	ref := directory.GrantRef{ProjectID: "p", GrantID: g.ID}
	org := directory.Resource{Level: iam.LevelOrg, ID: "a"}
	for name, err := range map[string]error{
		"org":                  errOf(w.RenameOrg(ctx, c, "a", "Org a", 0)),
		"org state":            errOf(w.ReactivateOrg(ctx, c, "a")),
		"project":              errOf(w.UpdateProject(ctx, c, "p", directory.ProjectChange{Name: new("p")})),
		"project, nothing":     errOf(w.UpdateProject(ctx, c, "p", directory.ProjectChange{})),
		"project state":        errOf(w.ReactivateProject(ctx, c, "p")),
		"role":                 errOf(w.UpdateRole(ctx, c, "p", "r1", directory.RoleChange{DisplayName: new("")})),
		"grant":                errOf(w.UpdateProjectGrant(ctx, c, ref, nil, 0)),
		"grant state":          errOf(w.ReactivateProjectGrant(ctx, c, ref)),
		"machine":              errOf(w.UpdateMachine(ctx, c, "plain-a", directory.MachineChange{Name: new("plain-a")})),
		"user name":            errOf(w.RenameUser(ctx, c, "plain-a", "plain-a")),
		"authorization":        errOf(w.UpdateAuthorization(ctx, c, "", a.ID, nil, 0)),
		"authorization, empty": errOf(w.UpdateAuthorization(ctx, c, "", a.ID, []string{}, 0)),
		"authorization state":  errOf(w.ReactivateAuthorization(ctx, c, "", a.ID)),
		"member":               errOf(w.UpdateMember(ctx, c, org, "owner-a", []string{"ORG_OWNER", "ORG_OWNER"}, 0)),
	} {
		w.want(iam.Unchanged, name, err)
	}
	if after := len(w.events()); after != before {
		t.Errorf("%d events were recorded", after-before)
	}
}

// TestReadsInContext gives in an organization's context what lies in it.
func TestReadsInContext(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("pa", "a")
	w.project("pb", "b")
	g, err := w.CreateProjectGrant(ctx, w.root, "pb", "a", []string{"r1"})
	w.ok(err)
	owner := w.callers["owner-a"]
	const ok = iam.Internal
	for _, test := range []struct {
		name                   string
		run                    func(c iam.Caller) error
		nobody, plain          iam.Kind
		own, inA, inB, rootAtB iam.Kind
	}{
		{
			"own project", func(c iam.Caller) error { return errOf(w.Project(ctx, c, "pa")) },
			iam.Unauthenticated, iam.NotFound, ok, ok, iam.PermissionDenied, iam.NotFound,
		},
		{
			"project elsewhere", func(c iam.Caller) error { return errOf(w.Project(ctx, c, "pb")) },
			iam.Unauthenticated, iam.NotFound, iam.NotFound, iam.NotFound, iam.PermissionDenied, ok,
		},
		{
			"no project", func(c iam.Caller) error { return errOf(w.Project(ctx, c, "none")) },
			iam.Unauthenticated, iam.NotFound, iam.NotFound, iam.NotFound, iam.PermissionDenied, iam.NotFound,
		},
		{
			"granted project", func(c iam.Caller) error { return errOf(w.GrantedProject(ctx, c, "pb", g.ID)) },
			iam.Unauthenticated, iam.NotFound, ok, ok, iam.PermissionDenied, iam.NotFound,
		},
		{
			"granted roles", func(c iam.Caller) error { return errOf(w.GrantedRoles(ctx, c, "pb", g.ID, iam.Filter{}, page)) },
			iam.Unauthenticated, iam.NotFound, ok, ok, iam.PermissionDenied, iam.NotFound,
		},
		{
			"a grant of another project", func(c iam.Caller) error { return errOf(w.GrantedProject(ctx, c, "pa", g.ID)) },
			iam.Unauthenticated, iam.NotFound, iam.NotFound, iam.NotFound, iam.PermissionDenied, iam.NotFound,
		},
		{"the grant, as its giver", func(c iam.Caller) error {
			return errOf(w.ProjectGrant(ctx, c, directory.GrantRef{ProjectID: "pb", GrantID: g.ID}))
		}, iam.Unauthenticated, iam.NotFound, iam.NotFound, iam.NotFound, iam.PermissionDenied, ok},
		{
			"org elsewhere", func(c iam.Caller) error { return errOf(w.Org(ctx, c, "b")) },
			iam.Unauthenticated, iam.NotFound, iam.NotFound, iam.NotFound, iam.PermissionDenied, ok,
		},
		{
			"org by domain", func(c iam.Caller) error { return errOf(w.OrgByDomain(ctx, c, "ORG-A.id.example.test")) },
			iam.Unauthenticated, iam.NotFound, ok, ok, ok, ok,
		},
		{
			"user elsewhere", func(c iam.Caller) error { return errOf(w.User(ctx, c, "plain-b")) },
			iam.Unauthenticated, iam.NotFound, iam.NotFound, iam.NotFound, iam.PermissionDenied, ok,
		},
		{"members elsewhere", func(c iam.Caller) error {
			return errOf(w.Members(ctx, c, directory.Resource{Level: iam.LevelOrg, ID: "b"}, iam.Filter{}, page))
		}, iam.Unauthenticated, iam.NotFound, iam.NotFound, iam.NotFound, iam.PermissionDenied, ok},
		{
			"list", func(c iam.Caller) error { return errOf(w.Users(ctx, c, iam.Filter{}, page)) },
			iam.Unauthenticated, ok, ok, ok, iam.PermissionDenied, ok,
		},
		{
			"too long a list", func(c iam.Caller) error {
				return errOf(w.Users(ctx, c, iam.Filter{}, iam.Page{Limit: iam.MaxLimit + 1}))
			},
			iam.Unauthenticated, iam.InvalidArgument, iam.InvalidArgument, iam.InvalidArgument, iam.InvalidArgument, iam.InvalidArgument,
		},
	} {
		for who, got := range map[string]struct {
			err  error
			want iam.Kind
		}{
			"nobody":              {test.run(iam.Caller{}), test.nobody},
			"no role":             {test.run(w.callers["plain-a"]), test.plain},
			"owner":               {test.run(owner), test.own},
			"owner in a":          {test.run(owner.In("a")), test.inA},
			"owner in b":          {test.run(owner.In("b")), test.inB},
			"instance owner in b": {test.run(w.root.In("b")), test.rootAtB},
		} {
			if got.want == ok && got.err != nil || got.want != ok && !iam.Is(got.err, got.want) {
				t.Errorf("%s by %s: %v, want kind %d", test.name, who, got.err, got.want)
			}
		}
	}
}

// TestAdministrators are those whom the caller may see, of all levels.
func TestAdministrators(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("pa", "a")
	w.project("pb", "b")
	g, err := w.CreateProjectGrant(ctx, w.root, "pa", "b", []string{"r1"})
	w.ok(err)
	for _, m := range []struct {
		res        directory.Resource
		user, role string
	}{
		{directory.Resource{Level: iam.LevelProject, ID: "pa"}, "plain-a", "PROJECT_OWNER"},
		{directory.Resource{Level: iam.LevelProject, ID: "pb"}, "plain-b", "PROJECT_OWNER_VIEWER"},
		{directory.Resource{Level: iam.LevelProjectGrant, ID: g.ID}, "plain-b", "PROJECT_GRANT_OWNER"},
	} {
		_, err := w.AddMember(ctx, w.root, m.res, m.user, []string{m.role})
		w.ok(err)
	}
	w.machine("nothing", "a")
	for user, want := range map[string]int{
		"nothing":       0,
		"plain-a":       1, // its own, on pa
		"viewer-a":      3, // two of the org, one of pa
		"owner-a":       3,
		"plain-b":       2, // its own: on pb, and on the grant
		"owner-b":       4, // two of the org, on pb, on the grant
		w.root.UserID(): 9,
	} {
		c := w.caller(user)
		l, err := w.Administrators(ctx, c, iam.Filter{}, page)
		if err != nil || int(l.Total) != want {
			t.Errorf("%s sees %d, %v; want %d", user, l.Total, err, want)
		}
		for _, m := range l.Items {
			if user != w.root.UserID() && m.UserID != user && m.OrgID != c.OrgID() {
				t.Errorf("%s sees %+v", user, m)
			}
		}
	}
	_, err = w.Administrators(ctx, iam.Caller{}, iam.Filter{}, page)
	w.want(iam.Unauthenticated, "nobody", err)
}
