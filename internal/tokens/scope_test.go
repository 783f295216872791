package tokens

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

var (
	ownOrg = iam.Org{ID: "111", Name: "Own", PrimaryDomain: "own.example.test", State: iam.Active}

	standardScopes = []string{"openid", "profile", "email", "phone", "address", "offline_access"}
)

func TestParseScopes(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       Scopes
	}{
		{"empty", "", Scopes{}},
		{"spaces only", "   ", Scopes{}},
		{"unknown", "admin urn:zitadel:iam:org:everything OPENID", Scopes{}},
		{"standard", strings.Join(standardScopes, " "), Scopes{Granted: standardScopes}},
		{"spaces around", "  openid   email ", Scopes{Granted: []string{"openid", "email"}}},
		{"repeated", "openid openid", Scopes{Granted: []string{"openid"}}},
		{"metadata", "urn:zitadel:iam:user:metadata", Scopes{Granted: []string{"urn:zitadel:iam:user:metadata"}, Metadata: true}},
		{"login hint", "urn:zitadel:iam:org:idp:id:5", Scopes{Granted: []string{"urn:zitadel:iam:org:idp:id:5"}}},

		{"audience", "urn:zitadel:iam:org:project:id:7:aud", Scopes{
			Granted: []string{"urn:zitadel:iam:org:project:id:7:aud"}, Audience: []string{"7"},
		}},
		{"audiences in order, once", audience("8") + " " + audience("7") + " " + audience("8"), Scopes{
			Granted: []string{audience("8"), audience("7")}, Audience: []string{"8", "7"},
		}},
		{"internal audience", "urn:zitadel:iam:org:project:id:zitadel:aud", Scopes{
			Granted: []string{"urn:zitadel:iam:org:project:id:zitadel:aud"}, Audience: []string{"42"},
		}},
		{"internal audience by both names", "urn:zitadel:iam:org:project:id:zitadel:aud " + audience("42"), Scopes{
			Granted:  []string{"urn:zitadel:iam:org:project:id:zitadel:aud", audience("42")},
			Audience: []string{"42"},
		}},
		{"project without audience", "urn:zitadel:iam:org:project:id:7", Scopes{}},
		{"audience of no project", "urn:zitadel:iam:org:project:id::aud", Scopes{}},

		{"all roles", "urn:zitadel:iam:org:projects:roles", Scopes{
			Granted: []string{"urn:zitadel:iam:org:projects:roles"}, AllRoles: true,
		}},
		{"roles", "urn:zitadel:iam:org:project:role:chat.admin.all urn:zitadel:iam:org:project:role:a:b", Scopes{
			Granted: []string{"urn:zitadel:iam:org:project:role:chat.admin.all", "urn:zitadel:iam:org:project:role:a:b"},
			Roles:   []string{"chat.admin.all", "a:b"},
		}},
		{"role without a key", "urn:zitadel:iam:org:project:role:", Scopes{}},
		{"role beyond ASCII", "urn:zitadel:iam:org:project:role:größe", Scopes{
			Granted: []string{"urn:zitadel:iam:org:project:role:größe"}, Roles: []string{"größe"},
		}},
		{"roles of organizations", "urn:zitadel:iam:org:roles:id:1 urn:zitadel:iam:org:roles:id:2", Scopes{
			Granted:     []string{"urn:zitadel:iam:org:roles:id:1", "urn:zitadel:iam:org:roles:id:2"},
			RolesOfOrgs: []string{"1", "2"},
		}},
		{"roles of no organization", "urn:zitadel:iam:org:roles:id:", Scopes{}},

		{"resource owner", "urn:zitadel:iam:user:resourceowner", Scopes{
			Granted: []string{"urn:zitadel:iam:user:resourceowner"}, ResourceOwner: true,
		}},
		{"own organization", "urn:zitadel:iam:org:id:111", Scopes{
			Granted: []string{"urn:zitadel:iam:org:id:111"}, OrgID: "111", ResourceOwner: true,
		}},
		{"foreign organization", "urn:zitadel:iam:org:id:222", Scopes{}},
		{"no organization", "urn:zitadel:iam:org:id:", Scopes{}},
		{"own domain", "urn:zitadel:iam:org:domain:primary:own.example.test", Scopes{
			Granted: []string{"urn:zitadel:iam:org:domain:primary:own.example.test"}, OrgDomain: "own.example.test",
		}},
		{"foreign domain", "urn:zitadel:iam:org:domain:primary:other.example.test", Scopes{}},
		{"no domain", "urn:zitadel:iam:org:domain:primary:", Scopes{}},
	} {
		got, err := ParseScopes(c.text, ownOrg, "42")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func TestParseScopesRefusesCharacters(t *testing.T) {
	for _, bad := range []string{"\"", "\\", "\n", "\t", "\x00", "\x1f", "\x7f", "\r", "\xff", "\xc3"} {
		_, err := ParseScopes("openid a"+bad+"b", ownOrg, "42")
		wantKind(t, strings.ToValidUTF8(bad, "?"), err, iam.InvalidArgument)
		if err != nil && strings.Contains(err.Error(), bad) {
			t.Errorf("the error repeats %q", bad)
		}
	}
}

func TestParseScopesLimits(t *testing.T) {
	repeat := func(n int) string { return strings.TrimSpace(strings.Repeat("x ", n)) }
	long := strings.Repeat("x", maxScopeSize)
	for _, c := range []struct {
		name, text string
		refused    bool
	}{
		{"as many as may be", repeat(maxScopes), false},
		{"one too many", repeat(maxScopes + 1), true},
		{"as long as may be", long, false},
		{"one byte too long", long + "x", true},
		{"many spaces", strings.Repeat(" ", 50_000), false},
	} {
		_, err := ParseScopes(c.text, ownOrg, "42")
		if c.refused {
			wantKind(t, c.name, err, iam.InvalidArgument)
		} else if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzParseScopes(f *testing.F) {
	f.Add("openid profile urn:zitadel:iam:org:projects:roles urn:zitadel:iam:org:project:id:7:aud")
	f.Add("urn:zitadel:iam:org:id:111 urn:zitadel:iam:org:id:222")
	f.Add("urn:zitadel:iam:org:project:id:zitadel:aud \x00")
	f.Add("urn:zitadel:iam:org:project:role:\u00a0")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseScopes(text, ownOrg, "42")
		if err != nil {
			wantKind(t, "error", err, iam.InvalidArgument)
			return
		}
		asked := strings.Split(text, " ")
		for i, g := range s.Granted {
			if !slices.Contains(asked, g) {
				t.Errorf("granted %q, which was not asked for", g)
			}
			if slices.Contains(s.Granted[:i], g) {
				t.Errorf("granted %q twice", g)
			}
		}
		if s.OrgID != "" && s.OrgID != ownOrg.ID || s.OrgDomain != "" && s.OrgDomain != ownOrg.PrimaryDomain {
			t.Errorf("a foreign organization: %q, %q", s.OrgID, s.OrgDomain)
		}
		if slices.Contains(s.Audience, "") || slices.Contains(s.Roles, "") || slices.Contains(s.RolesOfOrgs, "") {
			t.Errorf("an empty name in %+v", s)
		}
		// What was granted is all that counts.
		again, err := ParseScopes(strings.Join(s.Granted, " "), ownOrg, "42")
		if err != nil || !reflect.DeepEqual(again, s) {
			t.Errorf("parsed again: %+v, %v; want %+v", again, err, s)
		}
	})
}
