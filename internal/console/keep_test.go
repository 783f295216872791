package console

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// nasty are names that users may have and that mean something to some reader of files.
var nasty = []string{
	"connector", "it's", `say "hi"`, "$(touch pwned)", "`id`", "a;b|c&d", `back\slash`, "50% & more", "ümläut 💥", "#hash", "- dash", "{brace}", "a: b",
	"line sep", "'", `\`, `"`, "!", "~", "*", "<b>", "${HOME}", "%s", "null", "yes", "0x10",
}

func TestFilesSayWhatTheyHold(t *testing.T) {
	for _, name := range nasty {
		k := kept{Issuer: "https://id.example.test", UserID: "123", ClientID: name, Secret: "LKSsecret", ProjectID: "456"}
		if got := sourced(t, k.env()); got != name {
			t.Errorf("%q: a shell reads %q from\n%s", name, got, k.env())
		}
		var j map[string]string
		if err := json.Unmarshal([]byte(k.json()), &j); err != nil || j["client_id"] != name || j["client_secret"] != "LKSsecret" {
			t.Errorf("%q: JSON %v, %v", name, j, err)
		}
		var y struct {
			Kind       string
			StringData map[string]string `yaml:"stringData"`
		}
		if err := yaml.Unmarshal([]byte(k.kubernetes()), &y); err != nil || y.Kind != "Secret" || y.StringData["LATCHKEY_CLIENT_ID"] != name {
			t.Errorf("%q: YAML %v, %v", name, y, err)
		}
	}
	without := kept{Issuer: "https://id.example.test", UserID: "123", ClientID: "c", Secret: "s"}
	if strings.Contains(without.env(), "PROJECT") || strings.Contains(without.json(), "project_id") || strings.Contains(without.kubernetes(), "PROJECT") {
		t.Error("no project is named, yet one is in the files")
	}
}

// sourced is what a shell makes of the client id in a file.
func sourced(t *testing.T, env string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.env")
	if err := os.WriteFile(file, []byte(env), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sh", "-c", `. "$1" && printf %s "$LATCHKEY_CLIENT_ID"`, "sh", file).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, env)
	}
	return string(out)
}

// possible reports whether a name could be a user's.
func possible(s string) bool {
	return utf8.ValidString(s) && s != "" && len(s) < 500 && strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) < 0
}

func FuzzQuoting(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !possible(s) {
			return
		}
		literal := quoteC(s)
		var fromJSON, fromYAML string
		if err := json.Unmarshal([]byte(literal), &fromJSON); err != nil || fromJSON != s {
			t.Errorf("JSON reads %q as %q, %v", s, fromJSON, err)
		}
		if err := yaml.Unmarshal([]byte(literal), &fromYAML); err != nil || fromYAML != s {
			t.Errorf("YAML reads %q as %q, %v", s, fromYAML, err)
		}
		if fromGo, err := strconv.Unquote(literal); err != nil || fromGo != s {
			t.Errorf("Go reads %q as %q, %v", s, fromGo, err)
		}
		if got := unquoteShell(quoteShell(s)); got != s {
			t.Errorf("a shell reads %q as %q", s, got)
		}
	})
}

// unquoteShell reads one word by the rules of POSIX.1 section 2.2, as far as the
// word uses them; a sign that would mean something ends it.
func unquoteShell(word string) string {
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case c == '\'':
			end := strings.IndexByte(word[i+1:], '\'')
			if end < 0 {
				return "unterminated"
			}
			b.WriteString(word[i+1 : i+1+end])
			i += end + 1
		case c == '\\' && i+1 < len(word):
			i++
			b.WriteByte(word[i])
		case strings.IndexByte(" \t\n|&;<>()$`\"*?[#~%{}!", c) >= 0:
			return "meaning"
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func TestGuideCurl(t *testing.T) {
	got := guideCurl("https://id.example.test", basicAuth("connector", "s"), "42")
	want := `curl --location https://id.example.test/oauth/v2/token \
  --header 'Content-Type: application/x-www-form-urlencoded' \
  --header 'Authorization: Basic Y29ubmVjdG9yOnM=' \
  --data-urlencode 'grant_type=client_credentials' \
  --data-urlencode 'scope=openid profile email urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles urn:zitadel:iam:org:project:id:42:aud'`
	if got != want {
		t.Errorf("%s", got)
	}
}

func TestKubernetesName(t *testing.T) {
	for id, want := range map[string]string{"123": "123", "A_b.c": "a-b-c", strings.Repeat("x", 60): strings.Repeat("x", 50), "-": ""} {
		if got := kubernetesName(id); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}
