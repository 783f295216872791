package console

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// source is everything that can name a text: the templates and the code.
func source(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || filepath.Ext(path) != ".go" && filepath.Ext(path) != ".html" {
			return err
		}
		content, err := os.ReadFile(path)
		b.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// ends are what the code puts behind a key.
var ends = []string{".title", ".text", ".do", ".hint", ".one", ".many"}

func TestEveryTextIsUsedAndThere(t *testing.T) {
	texts := must(loadTexts())
	code := source(t)
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`"([a-z][A-Za-z_.]+)"`).FindAllStringSubmatch(code, -1) {
		named[m[1]] = true
	}
	for key := range texts {
		whole := key
		for _, end := range ends {
			if named[key] {
				break
			}
			key = strings.TrimSuffix(key, end)
		}
		generated := regexp.MustCompile(`^(field|manager|claim|done|level|state|error|step|machine\.type)\.`).MatchString(whole)
		if !named[key] && !generated {
			t.Errorf("nothing shows the text %s", whole)
		}
	}
	for _, m := range regexp.MustCompile(`\bt "([^"]+)"|v\.text\("([^"]+)"`).FindAllStringSubmatch(code, -1) {
		key := m[1] + m[2]
		if strings.HasSuffix(key, ".") || key == "error." {
			continue
		}
		if texts[key] == "" {
			t.Errorf("there is no text %s", key)
		}
	}
}

func TestEveryRoleAndStateHasItsText(t *testing.T) {
	texts := must(loadTexts())
	for _, level := range []iam.Level{iam.LevelInstance, iam.LevelOrg, iam.LevelProject, iam.LevelProjectGrant} {
		for _, role := range iam.ManagerRoles(level) {
			for _, key := range []string{"manager." + string(role), "manager." + string(role) + ".text"} {
				if texts[key] == "" {
					t.Errorf("there is no text %s", key)
				}
			}
		}
		if texts["level."+string(level)] == "" {
			t.Errorf("the level %s has no text", level)
		}
	}
	for _, s := range []iam.State{iam.Active, iam.Inactive, iam.Locked} {
		if texts["state."+string(s)] == "" {
			t.Errorf("the state %s has no text", s)
		}
	}
	for _, k := range iam.Kinds() {
		p := problemOf(k)
		if texts["error."+p.key+".title"] == "" || texts["error."+p.key+".text"] == "" || p.status < 400 {
			t.Errorf("kind %d has no page", k)
		}
	}
}

// TestEveryRecordedFieldHasItsText reads which fields the operations record.
func TestEveryRecordedFieldHasItsText(t *testing.T) {
	texts := must(loadTexts())
	n := 0
	for _, dir := range []string{"../directory", "../session"} {
		files := must(filepath.Glob(dir + "/*.go"))
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			code := string(must(os.ReadFile(file)))
			for _, m := range regexp.MustCompile(`iam\.Fields\{[^{}]*\}|(?:after|before|b|a)\["[a-zA-Z]+"\] =`).FindAllString(code, -1) {
				for _, f := range regexp.MustCompile(`"([a-zA-Z]+)"(?::|\])`).FindAllStringSubmatch(m, -1) {
					n++
					if texts["field."+f[1]] == "" {
						t.Errorf("the field %s of %s has no text", f[1], file)
					}
				}
			}
		}
	}
	for f := range (iam.OIDCConfig{}).Fields() {
		if texts["field."+f] == "" {
			t.Errorf("the field %s of an OIDC configuration has no text", f)
		}
	}
	if n < 30 {
		t.Errorf("only %d fields were found", n)
	}
}

func TestParseTexts(t *testing.T) {
	got, err := parseTexts([]byte("# note\na = b = c\n  and d\n\nb.c = x %s\n"))
	if err != nil || got["a"] != "b = c and d" || must(got.get("b.c", "y")) != "x y" {
		t.Errorf("%v, %v", got, err)
	}
	for why, file := range map[string]string{"no key": "a\n", "twice": "a = b\na = c\n", "a space in the key": "a b = c\n"} {
		if _, err := parseTexts([]byte(file)); err == nil {
			t.Errorf("%s was read", why)
		}
	}
	if _, err := got.get("nothing"); err == nil {
		t.Error("a text that is not there was found")
	}
}

func TestSentence(t *testing.T) {
	for in, want := range map[string]string{"": "", "a b": "A b.", "A.": "A."} {
		if got := sentence(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// TestPlainWords keeps the seed's words where its reader looks for them.
func TestPlainWords(t *testing.T) {
	texts := must(loadTexts())
	var all []string
	for _, s := range texts {
		all = append(all, s)
	}
	for _, word := range []string{
		"Users", "Service Users", "New", "User Name", "Name", "Description", "Access Token Type", "JWT", "Authorizations", "Actions",
		"Generate Client Secret", "Remove Client Secret", "Deactivate", "Reactivate", "Unlock User", "Delete User", "Personal Access Tokens",
		"Expiration Date", "Add", "Projects", "Roles", "Managers", "Organizations", "Activity", "Quick start",
	} {
		if !slices.Contains(all, word) {
			t.Errorf("no text is %q", word)
		}
	}
}
