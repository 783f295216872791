package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// unique tries everything that must not be there twice, and what looks alike
// but may be.
func unique(t *testing.T, db *store.DB) {
	populate(t, db)
	write(t, db, all(
		addOrg(iam.Org{ID: "O", Name: "Zürich AG", PrimaryDomain: "zürich.example"}),
		addProject(iam.Project{ID: "P", OrgID: "A", Name: "Kiosk"}),
		addUser(iam.User{ID: "U", OrgID: "A", UserName: "Straße"}),
		addCredential(iam.Credential{ID: "C", UserID: "ua", Kind: iam.ClientSecret, Verifier: []byte("v")}),
	))
	const taken, free = iam.AlreadyExists, iam.Internal
	for _, test := range []struct {
		name string
		add  func(*store.Tx) error
		want iam.Kind // free: no error
	}{
		{"org id", addOrg(iam.Org{ID: "O", Name: "x", PrimaryDomain: "x"}), taken},
		{"org name folded", addOrg(iam.Org{ID: "O2", Name: "ZÜRICH ag", PrimaryDomain: "x"}), taken},
		{"org domain", addOrg(iam.Org{ID: "O2", Name: "x", PrimaryDomain: "zürich.example"}), taken},
		{"org name spaced", addOrg(iam.Org{ID: "O3", Name: "Zürich  AG", PrimaryDomain: "y"}), free},
		{"project name folded", addProject(iam.Project{ID: "P2", OrgID: "A", Name: "\u212aioSK"}), taken},
		{"project name elsewhere", addProject(iam.Project{ID: "P3", OrgID: "B", Name: "kiosk"}), free},
		{"project id elsewhere", addProject(iam.Project{ID: "P", OrgID: "B", Name: "other"}), taken},
		{"role key", addRoles("pa", "r1"), taken},
		{"role key by case", addRoles("pa", "R1"), free},
		{"role key elsewhere", addRoles("pb", "r1"), free},
		{"user name folded, other org", addUser(iam.User{ID: "U2", OrgID: "B", UserName: "STRA\u1e9eE"}), taken},
		{"user name spelled otherwise", addUser(iam.User{ID: "U3", OrgID: "B", UserName: "strasse"}), free},
		{"user id", addUser(iam.User{ID: "U", OrgID: "B", UserName: "other"}), taken},
		{"verifier of another user", addCredential(iam.Credential{ID: "C2", UserID: "ub", Verifier: []byte("v")}), taken},
		{"credential id", addCredential(iam.Credential{ID: "C", UserID: "ub", Verifier: []byte("w")}), taken},
		{"grant to the same org", addGrant(iam.ProjectGrant{ID: "g2", ProjectID: "pa", GrantedOrgID: "B"}), taken},
		{"authorization of the same three", addAuthorization(iam.Authorization{ID: "a2", UserID: "ua", ProjectID: "pa", OrgID: "A"}), taken},
		{"authorization by another org", addAuthorization(iam.Authorization{ID: "a3", UserID: "ua", ProjectID: "pa", OrgID: "B"}), free},
		{"membership", addMembership(iam.Membership{UserID: "ua", Level: iam.LevelOrg, ResourceID: "A"}), taken},
		{"rename to a taken user name", func(tx *store.Tx) error {
			u, err := tx.User(t.Context(), "ub")
			u.UserName = "STRASSE"
			if err == nil {
				err = tx.SetUser(&u)
			}
			return err
		}, taken},
	} {
		err := try(t, db, test.add)
		if test.want == free && err != nil || test.want == taken && !iam.Is(err, taken) {
			t.Errorf("%s: error %v", test.name, err)
		}
	}
}

// left lists what is still there of the populated objects.
func left(t *testing.T, db *store.DB) []string {
	t.Helper()
	ctx, r := t.Context(), db.Read()
	var out []string
	note := func(name string, err error) {
		switch {
		case err == nil:
			out = append(out, name)
		case !iam.Is(err, iam.NotFound):
			t.Fatal(err)
		}
	}
	for _, id := range []string{"A", "B"} {
		_, err := r.Org(ctx, id)
		note("org "+id, err)
	}
	for _, id := range []string{"pa", "pb"} {
		_, err := r.Project(ctx, id)
		note("project "+id, err)
	}
	for _, role := range [][2]string{{"pa", "r1"}, {"pa", "r2"}, {"pb", "r3"}} {
		_, err := r.Role(ctx, role[0], role[1])
		note("role "+role[1], err)
	}
	for _, id := range []string{"ua", "ub"} {
		_, err := r.User(ctx, id)
		note("user "+id, err)
		_, err = r.Credential(ctx, id, "c"+id[1:])
		note("credential c"+id[1:], err)
	}
	g, err := r.ProjectGrant(ctx, "g")
	note("grant"+list(g.RoleKeys), err)
	for _, id := range []string{"aa", "ab"} {
		a, err := r.Authorization(ctx, id)
		note("authorization "+id+list(a.RoleKeys), err)
	}
	for _, m := range []iam.Membership{
		{UserID: "ua", Level: iam.LevelInstance, ResourceID: "i"},
		{UserID: "ua", Level: iam.LevelOrg, ResourceID: "A"},
		{UserID: "ub", Level: iam.LevelProject, ResourceID: "pb"},
		{UserID: "ub", Level: iam.LevelProjectGrant, ResourceID: "g"},
	} {
		_, err := r.Membership(ctx, m.UserID, m.Level, m.ResourceID)
		note("membership "+string(m.Level), err)
	}
	return out
}

func list(keys []string) string {
	var out strings.Builder
	for _, k := range keys {
		out.WriteString(" " + k)
	}
	return out.String()
}

// cascades removes one thing at a time, each from a populated store, and sees
// what goes with it. The removals are undone by failing the transaction's end.
func cascades(t *testing.T, db *store.DB) {
	populate(t, db)
	before := left(t, db)
	if len(before) != 18 {
		t.Fatalf("populated with %d objects: %v", len(before), before)
	}
	for i, test := range []struct {
		name   string
		remove func(*store.Tx) error
		gone   []string
		new    []string // what is there instead
	}{
		{"an authorization", func(tx *store.Tx) error { return tx.RemoveAuthorization("aa") }, []string{"authorization aa r1 r2"}, nil},
		{
			"a role", func(tx *store.Tx) error { return tx.RemoveRole("pa", "r1") },
			[]string{"role r1", "grant r1", "authorization aa r1 r2", "authorization ab r1"},
			[]string{"grant", "authorization aa r2", "authorization ab"},
		},
		{"lent roles", func(tx *store.Tx) error {
			return tx.SetProjectGrant(&iam.ProjectGrant{ID: "g", ProjectID: "pa", State: iam.Active, RoleKeys: []string{"r2"}})
		}, []string{"grant r1", "authorization ab r1"}, []string{"grant r2", "authorization ab"}},
		{
			"a grant", func(tx *store.Tx) error { return tx.RemoveProjectGrant("g") },
			[]string{"grant r1", "authorization ab r1", "membership project_grant"},
			nil,
		},
		{
			"a user", func(tx *store.Tx) error { return tx.RemoveUser("ua") },
			[]string{"user ua", "credential ca", "authorization aa r1 r2", "membership instance", "membership org"},
			nil,
		},
		{
			"a project", func(tx *store.Tx) error { return tx.RemoveProject("pa") },
			[]string{"project pa", "role r1", "role r2", "grant r1", "authorization aa r1 r2", "authorization ab r1", "membership project_grant"},
			nil,
		},
		{"the org that lends", func(tx *store.Tx) error { return tx.RemoveOrg("A") }, []string{
			"org A", "project pa", "role r1", "role r2", "user ua", "credential ca", "grant r1",
			"authorization aa r1 r2", "authorization ab r1", "membership instance", "membership org", "membership project_grant",
		}, nil},
		{"the org that borrows", func(tx *store.Tx) error { return tx.RemoveOrg("B") }, []string{
			"org B", "project pb", "role r3", "user ub", "credential cb", "grant r1",
			"authorization ab r1", "membership project", "membership project_grant",
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if i > 0 { // start over
				write(t, db, func(tx *store.Tx) error {
					for _, id := range []string{"A", "B"} {
						if err := tx.RemoveOrg(id); err != nil && !iam.Is(err, iam.NotFound) {
							return err
						}
					}
					return nil
				})
				populate(t, db)
			}
			write(t, db, test.remove)
			var want []string
			for _, name := range before {
				if !slices.Contains(test.gone, name) {
					want = append(want, name)
				}
			}
			want = append(want, test.new...)
			got := left(t, db)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("left:\n got %v\nwant %v", got, want)
			}
		})
	}
}

// folding finds by names that are written in another case.
func folding(t *testing.T, db *store.DB) {
	ctx := t.Context()
	write(t, db, addOrg(iam.Org{ID: "A", PrimaryDomain: "maria.example"}))
	for _, test := range []struct{ name, same, other string }{
		{"Ärger", "ÄRGER", "Arger"},
		{"\u212aelvin", "kelvin", "celvin"},
		{"Stra\u00dfe", "STRA\u1e9eE", "STRASSE"},
		{"\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2", "odos"}, // capital, and final small sigma
		{"\u039c\u03ac", "\u00b5\u03ac", "m\u03ac"},                      // my, and the micro sign
		{"i%_'\"\\", "I%_'\"\\", "ix_'\"\\"},
	} {
		write(t, db, addUser(iam.User{ID: test.name + "/id", OrgID: "A", UserName: test.name}))
		if u, err := db.Read().UserByName(ctx, test.same); err != nil || u.UserName != test.name {
			t.Errorf("by %q: %q, %v; want %q", test.same, u.UserName, err, test.name)
		}
		if s, err := db.Read().SubjectByName(ctx, test.same); err != nil || s.UserName != test.name {
			t.Errorf("subject by %q: %q, %v; want %q", test.same, s.UserName, err, test.name)
		}
		_, err := db.Read().UserByName(ctx, test.other)
		wantKind(t, "by "+test.other, err, iam.NotFound)
	}
	if o, err := db.Read().OrgByDomain(ctx, "maria.example"); err != nil || o.ID != "A" {
		t.Errorf("by domain: %+v, %v", o, err)
	}
	_, err := db.Read().OrgByDomain(ctx, "")
	wantKind(t, "by no domain", err, iam.NotFound)
}

// unstorable reads by texts that no object can have: there is none, which is no fault.
func unstorable(t *testing.T, db *store.DB) {
	populate(t, db)
	ctx, r := t.Context(), db.Read()
	for _, text := range []string{"\x00", "ua\x00", "\xff", "\xed\xa0\x80", ""} {
		for name, find := range map[string]func() error{
			"org":              func() error { _, err := r.Org(ctx, text); return err },
			"org by domain":    func() error { _, err := r.OrgByDomain(ctx, text); return err },
			"project":          func() error { _, err := r.Project(ctx, text); return err },
			"role":             func() error { _, err := r.Role(ctx, "pa", text); return err },
			"user":             func() error { _, err := r.User(ctx, text); return err },
			"user by name":     func() error { _, err := r.UserByName(ctx, text); return err },
			"subject":          func() error { _, err := r.Subject(ctx, text); return err },
			"subject by name":  func() error { _, err := r.SubjectByName(ctx, text); return err },
			"credential":       func() error { _, err := r.Credential(ctx, "ua", text); return err },
			"project grant":    func() error { _, err := r.ProjectGrant(ctx, text); return err },
			"project grant to": func() error { _, err := r.ProjectGrantTo(ctx, "pa", text); return err },
			"authorization":    func() error { _, err := r.Authorization(ctx, text); return err },
			"metadata":         func() error { _, err := r.Metadata(ctx, iam.MetadataOfUser, "ua", text); return err },
			"domain":           func() error { _, err := r.OrgDomain(ctx, "A", text); return err },
			"membership":       func() error { _, err := r.Membership(ctx, text, iam.LevelOrg, "A"); return err },
		} {
			wantKind(t, name+" "+text, find(), iam.NotFound)
		}
		if text == "" {
			continue
		}
		_, err := r.Users(ctx, everything, iam.FieldUserName.Is(text), page)
		wantKind(t, "list by "+text, err, iam.InvalidArgument)
		_, err = r.Users(ctx, everything, iam.FieldID.In([]string{"ua", text}), page)
		wantKind(t, "list by several and "+text, err, iam.InvalidArgument)
	}
}

// subjects reads what a token needs, in one go.
func subjects(t *testing.T, db *store.DB) {
	populate(t, db)
	write(t, db, all(
		addAuthorization(iam.Authorization{ID: "off", UserID: "ub", ProjectID: "pb", OrgID: "B", State: iam.Inactive, RoleKeys: []string{"r3"}}),
		addAuthorization(iam.Authorization{ID: "bare", UserID: "ub", ProjectID: "pa", OrgID: "A"}),
		addCredential(iam.Credential{ID: "cb2", UserID: "ub", Kind: iam.ClientSecret, Verifier: []byte{0, 1, 2}, Expires: page2030}),
	))
	ctx := t.Context()
	last, err := db.Read().Events(ctx, iam.Reach{All: true}, iam.Filter{}, iam.Page{Limit: 1})
	if err != nil || len(last.Items) != 1 {
		t.Fatal(err)
	}
	want := store.Subject{
		UserID: "ub", OrgID: "B", Type: iam.Machine, State: iam.Active, UserName: "ub",
		AccessTokenType: iam.JWTToken, Sequence: last.Items[0].Sequence,
		Credentials: []store.SubjectCredential{
			{ID: "cb", Kind: iam.PersonalAccessToken, Verifier: []byte("verifier of cb")},
			{ID: "cb2", Kind: iam.ClientSecret, Verifier: []byte{0, 1, 2}, Expires: page2030.UnixMicro()},
		},
		Authorizations: []store.SubjectAuthorization{
			{ID: "ab", ProjectID: "pa", GrantID: "g", OrgID: "B", RoleKeys: []string{"r1"}},
			{ID: "bare", ProjectID: "pa", OrgID: "A", RoleKeys: []string{}},
		},
	}
	for how, read := range map[string]func() (store.Subject, error){
		"id":   func() (store.Subject, error) { return db.Read().Subject(ctx, "ub") },
		"name": func() (store.Subject, error) { return db.Read().SubjectByName(ctx, "UB") },
	} {
		got, err := read()
		wantEqual(t, "subject by "+how, got, want, err)
	}
	_, err = db.Read().Subject(ctx, "nobody")
	wantKind(t, "no subject", err, iam.NotFound)

	c, err := db.Read().UserOfPAT(ctx, []byte("verifier of cb"))
	if err != nil || c.UserID != "ub" || c.OrgID != "B" || c.ID != "cb" {
		t.Errorf("user of the token: %+v, %v", c, err)
	}
	_, err = db.Read().UserOfPAT(ctx, []byte{0, 1, 2})
	wantKind(t, "a client secret as a token", err, iam.NotFound)

	write(t, db, func(tx *store.Tx) error {
		gone, err := tx.RemoveSecrets("ub")
		if err == nil && !slices.Equal(gone, []string{"cb2"}) {
			t.Errorf("removed secrets %v", gone)
		}
		return err
	})
	p, keys, err := db.Read().ProjectForTokens(ctx, "pa")
	if err != nil || p.OrgID != "A" || !slices.Equal(keys, []string{"r1", "r2"}) {
		t.Errorf("project for tokens: %+v, %v, %v", p, keys, err)
	}
	_, _, err = db.Read().ProjectForTokens(ctx, "none")
	wantKind(t, "no project for tokens", err, iam.NotFound)
	for name, missing := range map[string]func() ([]string, error){
		"project": func() ([]string, error) { return db.Read().MissingRoles(ctx, "pa", []string{"r1", "r3", "R1"}) },
		"grant":   func() ([]string, error) { return db.Read().MissingGrantRoles(ctx, "g", []string{"r1", "r3", "R1"}) },
	} {
		if got, err := missing(); err != nil || !slices.Equal(got, []string{"r3", "R1"}) {
			t.Errorf("roles missing in the %s: %v, %v", name, got, err)
		}
	}
	for role, want := range map[iam.ManagerRole]int{iam.IAMOwner: 1, "IAM_OWN": 0, iam.IAMOwnerViewer: 0} {
		if n, err := db.Read().CountActiveMembers(ctx, iam.LevelInstance, "i", role); err != nil || n != want {
			t.Errorf("%s: %d members, %v; want %d", role, n, err, want)
		}
	}
	if m, err := db.Read().MembershipsOf(ctx, "ub"); err != nil || len(m) != 2 {
		t.Errorf("memberships of ub: %v, %v", m, err)
	}
}
