package tokens

import (
	"encoding/json"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// shop is a project of one organization that another was granted, and a service
// user of the other that holds roles by both.
type shop struct {
	*world
	owner, taker   iam.Org
	chat, mail     iam.Project
	grant          iam.ProjectGrant
	m              machine
	byOwner, byOwn iam.Authorization // of m on chat: given by the owner, and by its own organization
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{world: newWorld(t, keyring.EdDSA)}
	s.owner, s.taker = s.org("Owner"), s.org("Taker")
	s.chat = s.project(s.owner.ID, "Chat", "admin", "reader", "writer")
	s.mail = s.project(s.owner.ID, "Mail", "reader")
	s.grant = must(s.dir.CreateProjectGrant(t.Context(), s.root, s.chat.ID, s.taker.ID, []string{"reader", "writer"}))
	s.m = s.machine(s.taker.ID, "robot", iam.JWTToken)
	s.byOwner = s.authorize(s.m.ID, s.chat.ID, s.owner.ID, "admin", "reader")
	s.byOwn = s.authorize(s.m.ID, s.chat.ID, s.taker.ID, "reader", "writer")
	s.authorize(s.m.ID, s.mail.ID, s.owner.ID, "reader")
	return s
}

// wantRoles compares the roles claims of a fresh token, as JSON by project; an
// empty text is no claim at all.
func (s *shop) wantRoles(t *testing.T, scope, chat, mail string) {
	t.Helper()
	got := s.claims(s.m, scope)
	for id, want := range map[string]string{s.chat.ID: chat, s.mail.ID: mail} {
		claim, there := got[iam.ClaimProjectRolesPrefix+id+iam.ClaimProjectRolesSuffix]
		text := ""
		if there {
			text = string(must(json.Marshal(claim)))
		}
		named := s.named(text)
		if named != want {
			t.Errorf("roles on %s: %s, want %s", map[bool]string{true: "chat", false: "mail"}[id == s.chat.ID], named, want)
		}
	}
}

// named writes O for the owner and T for the taker; their domains must be right.
func (s *shop) named(text string) string {
	var roles map[string]map[string]string
	if text == "" {
		return ""
	}
	if err := json.Unmarshal([]byte(text), &roles); err != nil {
		return err.Error()
	}
	short := map[string]string{}
	for key, orgs := range roles {
		for _, o := range []struct{ letter, id, domain string }{
			{"O", s.owner.ID, s.owner.PrimaryDomain}, {"T", s.taker.ID, s.taker.PrimaryDomain},
		} {
			if domain, ok := orgs[o.id]; ok && domain == o.domain {
				short[key] += o.letter
				delete(orgs, o.id)
			}
		}
		if len(orgs) > 0 {
			short[key] += "?"
		}
	}
	return string(must(json.Marshal(short)))
}

const allRoles = iam.ScopeProjectsRoles

func TestRolesByScope(t *testing.T) {
	s := newShop(t)
	chat, mail := audience(s.chat.ID), audience(s.mail.ID)
	role := func(key string) string { return iam.ScopeRolePrefix + key }
	of := func(o iam.Org) string { return iam.ScopeOrgRolesPrefix + o.ID }
	const all = `{"admin":"O","reader":"OT","writer":"T"}`
	for _, c := range []struct{ name, scope, chat, mail string }{
		{"nothing asked", "openid", "", ""},
		{"no audience", allRoles, "", ""},
		{"role without audience", role("reader"), "", ""},
		{"audience without roles", chat, "", ""},
		{"all on chat", allRoles + " " + chat, all, ""},
		{"order does not count", chat + " " + allRoles, all, ""},
		{"all on both", allRoles + " " + chat + " " + mail, all, `{"reader":"O"}`},
		{"one role", role("reader") + " " + chat, `{"reader":"OT"}`, ""},
		{"one role on both", role("reader") + " " + chat + " " + mail, `{"reader":"OT"}`, `{"reader":"O"}`},
		{"two roles", role("writer") + " " + role("admin") + " " + chat, `{"admin":"O","writer":"T"}`, ""},
		{"a role that nobody has", role("king") + " " + chat, "", ""},
		{"case counts", role("Reader") + " " + chat, "", ""},
		{"one role and all", role("reader") + " " + allRoles + " " + chat, all, ""},
		{"given by the owner", allRoles + " " + chat + " " + of(s.owner), `{"admin":"O","reader":"O"}`, ""},
		{"given by the taker", allRoles + " " + chat + " " + mail + " " + of(s.taker), `{"reader":"T","writer":"T"}`, ""},
		{"given by either", allRoles + " " + chat + " " + of(s.taker) + " " + of(s.owner), all, ""},
		{"given by a stranger", allRoles + " " + chat + " " + iam.ScopeOrgRolesPrefix + "999", "", ""},
		{"another project", allRoles + " " + audience("999"), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) { s.wantRoles(t, c.scope, c.chat, c.mail) })
	}
}

// Each thing on the way from the user to the role can be switched off, and the
// roles that came by it are gone from the next token on, and back when it is on again.
func TestRolesFollowEveryState(t *testing.T) {
	s := newShop(t)
	ctx := t.Context()
	scope := allRoles + " " + audience(s.chat.ID)
	const all = `{"admin":"O","reader":"OT","writer":"T"}`
	ref := directory.GrantRef{ProjectID: s.chat.ID, GrantID: s.grant.ID}
	s.wantRoles(t, scope, all, "")
	for _, c := range []struct {
		name    string
		off, on func() error
		while   string
	}{
		{
			"authorization by the owner",
			func() error { return second(s.dir.DeactivateAuthorization(ctx, s.root, s.m.ID, s.byOwner.ID)) },
			func() error { return second(s.dir.ReactivateAuthorization(ctx, s.root, s.m.ID, s.byOwner.ID)) },
			`{"reader":"T","writer":"T"}`,
		},
		{
			"authorization through the grant",
			func() error { return second(s.dir.DeactivateAuthorization(ctx, s.root, s.m.ID, s.byOwn.ID)) },
			func() error { return second(s.dir.ReactivateAuthorization(ctx, s.root, s.m.ID, s.byOwn.ID)) },
			`{"admin":"O","reader":"O"}`,
		},
		{
			"project",
			func() error { return second(s.dir.DeactivateProject(ctx, s.root, s.chat.ID)) },
			func() error { return second(s.dir.ReactivateProject(ctx, s.root, s.chat.ID)) },
			"",
		},
		{
			"project grant",
			func() error { return second(s.dir.DeactivateProjectGrant(ctx, s.root, ref)) },
			func() error { return second(s.dir.ReactivateProjectGrant(ctx, s.root, ref)) },
			`{"admin":"O","reader":"O"}`,
		},
		{
			"organization that owns the project",
			func() error { return second(s.dir.DeactivateOrg(ctx, s.root, s.owner.ID)) },
			func() error { return second(s.dir.ReactivateOrg(ctx, s.root, s.owner.ID)) },
			"",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.off(); err != nil {
				t.Fatal(err)
			}
			s.wantRoles(t, scope, c.while, "")
			if err := c.on(); err != nil {
				t.Fatal(err)
			}
			s.wantRoles(t, scope, all, "")
		})
	}
}

func second[A any](_ A, err error) error { return err }

// An organization that gave roles in another's project is switched off.
func TestRolesOfInactiveGiver(t *testing.T) {
	s := newShop(t)
	third := s.org("Third")
	must(s.dir.CreateProjectGrant(t.Context(), s.root, s.mail.ID, third.ID, []string{"reader"}))
	s.authorize(s.m.ID, s.mail.ID, third.ID, "reader")
	scope := allRoles + " " + audience(s.mail.ID)
	s.wantRoles(t, scope, "", `{"reader":"O?"}`) // ? is the third
	must(s.dir.DeactivateOrg(t.Context(), s.root, third.ID))
	s.wantRoles(t, scope, "", `{"reader":"O"}`)
	must(s.dir.ReactivateOrg(t.Context(), s.root, third.ID))
	s.wantRoles(t, scope, "", `{"reader":"O?"}`)
	must(s.dir.RemoveOrg(t.Context(), s.root, third.ID))
	s.wantRoles(t, scope, "", `{"reader":"O"}`)
}

func TestRolesFollowChanges(t *testing.T) {
	s := newShop(t)
	ctx := t.Context()
	scope := allRoles + " " + audience(s.chat.ID)
	ref := directory.GrantRef{ProjectID: s.chat.ID, GrantID: s.grant.ID}
	step := func(name string, err error, want string) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s.wantRoles(t, scope, want, "")
	}
	step("as made", nil, `{"admin":"O","reader":"OT","writer":"T"}`)
	step("grant lends less", second(s.dir.UpdateProjectGrant(ctx, s.root, ref, []string{"reader"}, 0)), `{"admin":"O","reader":"OT"}`)
	step("and more again: nobody gets it back",
		second(s.dir.UpdateProjectGrant(ctx, s.root, ref, []string{"reader", "writer"}, 0)), `{"admin":"O","reader":"OT"}`)
	step("given anew", second(s.dir.UpdateAuthorization(ctx, s.root, s.m.ID, s.byOwn.ID, []string{"writer"}, 0)),
		`{"admin":"O","reader":"O","writer":"T"}`)
	step("role removed", second(s.dir.RemoveRole(ctx, s.root, s.chat.ID, "reader")), `{"admin":"O","writer":"T"}`)
	step("role of the same key added: nobody gets it back",
		second(s.dir.AddRoles(ctx, s.root, s.chat.ID, []iam.Role{{Key: "reader"}})), `{"admin":"O","writer":"T"}`)
	s.taker = must(s.dir.RenameOrg(ctx, s.root, s.taker.ID, "Renamed", 0))
	step("organization renamed, domain with it", nil, `{"admin":"O","writer":"T"}`)
	step("grant removed", second(s.dir.RemoveProjectGrant(ctx, s.root, ref)), `{"admin":"O"}`)
	step("authorization removed", second(s.dir.RemoveAuthorization(ctx, s.root, s.m.ID, s.byOwner.ID)), "")
	s.authorize(s.m.ID, s.chat.ID, s.owner.ID, "admin")
	step("authorized again", nil, `{"admin":"O"}`)
	step("project removed", second(s.dir.RemoveProject(ctx, s.root, s.chat.ID)), "")
}

// A project that is made again under the id of a removed one begins without holders.
func TestRolesOfRemadeProject(t *testing.T) {
	s := newShop(t)
	scope := allRoles + " " + audience(s.chat.ID)
	s.wantRoles(t, scope, `{"admin":"O","reader":"OT","writer":"T"}`, "")
	must(s.dir.RemoveProject(t.Context(), s.root, s.chat.ID))
	must(s.dir.CreateProject(t.Context(), s.root, directory.NewProject{ID: s.chat.ID, OrgID: s.taker.ID, Name: "Chat"}))
	s.addRoles(s.chat.ID, "admin", "reader", "writer")
	s.wantRoles(t, scope, "", "")
	s.authorize(s.m.ID, s.chat.ID, s.taker.ID, "admin")
	s.wantRoles(t, scope, `{"admin":"T"}`, "")
}

// The join does not rely on the store to have removed what a grant no longer lends.
func TestRolesOfOutlivedAuthorizations(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		name string
		a    store.SubjectAuthorization
		want int
	}{
		{"through the grant", store.SubjectAuthorization{ProjectID: s.chat.ID, GrantID: s.grant.ID, OrgID: s.taker.ID, RoleKeys: []string{"reader", "writer"}}, 2},
		{"a role that the grant does not lend", store.SubjectAuthorization{ProjectID: s.chat.ID, GrantID: s.grant.ID, OrgID: s.taker.ID, RoleKeys: []string{"admin"}}, 0},
		{"a grant to another organization", store.SubjectAuthorization{ProjectID: s.chat.ID, GrantID: s.grant.ID, OrgID: s.instance.DefaultOrgID, RoleKeys: []string{"reader"}}, 0},
		{"a grant that is gone", store.SubjectAuthorization{ProjectID: s.chat.ID, GrantID: "999", OrgID: s.taker.ID, RoleKeys: []string{"reader"}}, 0},
		{"a role that the project does not have", store.SubjectAuthorization{ProjectID: s.chat.ID, OrgID: s.owner.ID, RoleKeys: []string{"king"}}, 0},
		{"a project that is gone", store.SubjectAuthorization{ProjectID: "999", OrgID: s.owner.ID, RoleKeys: []string{"reader"}}, 0},
		{"an organization that is gone", store.SubjectAuthorization{ProjectID: s.chat.ID, OrgID: "999", RoleKeys: []string{"reader"}}, 0},
	} {
		subject := &store.Subject{UserID: s.m.ID, Sequence: 1 << 40, Authorizations: []store.SubjectAuthorization{c.a}}
		got, err := s.issuer.Cache.roles(t.Context(), subject, &Scopes{Audience: []string{s.chat.ID, "999"}, AllRoles: true})
		n := 0
		for _, p := range got {
			n += len(p.roles)
		}
		if err != nil || n != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}
