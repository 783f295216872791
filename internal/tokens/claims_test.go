package tokens

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestClaims(t *testing.T) {
	for name, scopes := range map[string]Scopes{
		"plain":     {},
		"guide":     {Audience: []string{"300000000000000001"}, AllRoles: true, ResourceOwner: true},
		"two":       {Audience: []string{"300000000000000001", "300000000000000002"}, AllRoles: true},
		"own-org":   {OrgID: "111", OrgDomain: "own.example.test", ResourceOwner: true},
		"escaping":  {Audience: []string{"\"\\</script>\u2028"}, AllRoles: true, ResourceOwner: true},
		"nobodys":   {Audience: []string{"300000000000000009"}, AllRoles: true},
		"three-org": {Audience: []string{"300000000000000003"}, Roles: []string{"chat.reader"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := claims{
				issuer: testIssuer, subject: "500000000000000001", audience: scopes.Audience,
				issuedAt: 1772366400, expires: 1772409600, tokenID: "AAECAwQFBgcICQoLDA0ODw.600000000000000001.0",
				clientID: "chat-backend", org: &ownOrg, scopes: &scopes,
			}
			if len(c.audience) == 0 {
				c.audience = []string{c.clientID}
			}
			c.roleLists = rolesOf[name]
			if name == "escaping" {
				c.clientID, c.org = "Jürgen+\"a\"\\%", &iam.Org{ID: "111", Name: "Nul\x00 and \xff, tab\t", PrimaryDomain: "a<b>&c.test"}
			}
			got := c.appendJSON([]byte("kept:"))
			got, ok := bytes.CutPrefix(got, []byte("kept:"))
			if !ok || !json.Valid(got) {
				t.Fatalf("not appended, or not JSON: %s", got)
			}
			golden(t, name+".json", got)
		})
	}
}

// rolesOf are the roles of the golden claims.
var rolesOf = map[string][]projectRoles{
	"guide": {{"300000000000000001", []heldRole{{"chat.admin.all", "111", "own.example.test"}, {"chat.reader", "111", "own.example.test"}}}},
	"two": {
		{"300000000000000001", []heldRole{{"a", "111", "own.example.test"}}},
		{"300000000000000002", []heldRole{{"a", "222", "other.example.test"}, {"b", "111", "own.example.test"}, {"b", "222", "other.example.test"}}},
	},
	"escaping": {{"\"\\</script>\u2028", []heldRole{{"größe\"", "111", "a\\b"}}}},
	"three-org": {{"300000000000000003", []heldRole{
		{"chat.reader", "111", "own.example.test"}, {"chat.reader", "222", "other.example.test"}, {"chat.reader", "333", "third.example.test"},
	}}},
}

// golden compares with a file under testdata. The file holds the bytes and one
// line feed.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, append(bytes.Clone(got), '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(append(bytes.Clone(got), '\n'), want) {
		t.Errorf("%s:\n got %s\nwant %s", name, got, want)
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\x00\x1f\"\\/\x7f", "Jürgen", "\xff\xc3", "\u2028\ufffd", strings.Repeat("é\x80", 9)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := appendString(nil, s)
		if !json.Valid(got) {
			t.Fatalf("%q is not JSON", got)
		}
		var back, want string
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatal(err)
		}
		theirs, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(theirs, &want); err != nil {
			t.Fatal(err)
		}
		if back != want {
			t.Errorf("%q came back as %q, want %q", s, back, want)
		}
	})
}
