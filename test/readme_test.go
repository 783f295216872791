package test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/verify"
)

// fenced returns the code between two markers of the README.
func fenced(t *testing.T, name, language string) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok1 := strings.Cut(string(readme), "<!-- "+name+":begin -->\n```"+language+"\n")
	code, _, ok2 := strings.Cut(rest, "\n```\n<!-- "+name+":end -->\n")
	if !ok1 || !ok2 {
		t.Fatalf("the README holds no %s block named %s", language, name)
	}
	return code + "\n"
}

var (
	printedToken   = regexp.MustCompile(`\{"access_token":"([^"]+)","token_type":"Bearer","expires_in":(\d+)\}`)
	printedProject = regexp.MustCompile(`urn:zitadel:iam:org:project:(\d+):roles`)
)

// TestReadme pastes the README's guide into bash, and sends the token that
// comes out of it to the README's backend.
func TestReadme(t *testing.T) {
	root := t.TempDir()
	data := filepath.Join(root, "data")
	for _, dir := range []string{data, filepath.Join(root, "bin")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(kit.Binary, filepath.Join(root, "bin", "latchkey")); err != nil {
		t.Fatal(err)
	}
	n := start(t, options{Database: database{Dir: data}})

	guide := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail")
	guide.Dir, guide.Stdin = root, strings.NewReader(fenced(t, "guide", "bash"))
	guide.Env = append(os.Environ(), "LATCHKEY_URL="+n.Issuer)
	var talk strings.Builder
	guide.Stderr = &talk
	said, err := guide.Output()
	if err != nil {
		t.Fatalf("the guide failed: %v\n%s%s", err, said, talk.String())
	}
	wire := printedToken.FindSubmatch(said)
	project := printedProject.FindSubmatch(said)
	if wire == nil || project == nil {
		t.Fatalf("no token, or no roles, in what the guide printed:\n%s", said)
	}
	if string(wire[2]) != "43199" {
		t.Errorf("expires_in is %s", wire[2])
	}
	wantRoles(t, said[strings.LastIndex(string(said), "\n{\n"):], string(project[1]))
	askBackend(t, n.Issuer, string(project[1]), string(wire[1]))
}

// wantRoles reads claims and looks for both of the guide's roles, each given
// by the service user's own organization.
func wantRoles(t *testing.T, printed []byte, project string) {
	t.Helper()
	var claims map[string]json.RawMessage
	if err := json.Unmarshal(printed, &claims); err != nil {
		t.Fatalf("what the guide printed last is not JSON: %v\n%s", err, printed)
	}
	var roles map[string]map[string]string
	if err := json.Unmarshal(claims["urn:zitadel:iam:org:project:"+project+":roles"], &roles); err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(roles))
	if want := []string{"chat.admin.all", "chat.knowledge.write"}; !slices.Equal(got, want) {
		t.Errorf("roles are %v, not %v", got, want)
	}
	var owner string
	if err := json.Unmarshal(claims["urn:zitadel:iam:user:resourceowner:id"], &owner); err != nil {
		t.Fatal(err)
	}
	for key, orgs := range roles {
		if orgs[owner] == "" {
			t.Errorf("role %s is not of organization %s: %v", key, owner, orgs)
		}
	}
}

// askBackend builds the README's backend and sends it a token: none, a bad one, the one.
func askBackend(t *testing.T, issuer, project, token string) {
	t.Helper()
	if guard, err := verify.New(verify.Config{Issuer: issuer, Audience: project}); err != nil {
		t.Fatal(err)
	} else if _, err := guard.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:" + kit.FreePort(t)
	source := fenced(t, "backend", "go")
	for _, swap := range [][2]string{{"http://localhost:8080", issuer}, {"127.0.0.1:8090", address}} {
		if strings.Count(source, swap[0]) != 1 {
			t.Fatalf("the README's backend does not name %s once", swap[0])
		}
		source = strings.Replace(source, swap[0], swap[1], 1)
	}
	dir := t.TempDir()
	main, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "backend")
	if err := os.WriteFile(main, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, main).CombinedOutput(); err != nil {
		t.Fatalf("the README's backend does not compile: %v\n%s", err, out)
	}
	backend := exec.CommandContext(t.Context(), program)
	backend.Env = append(os.Environ(), "PROJECT_ID="+project)
	if err := backend.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = backend.Process.Kill()
		_ = backend.Wait() // it was killed
	})
	eventually(t, "the backend listens", func() bool {
		status, _ := ask(t, "http://"+address+"/admin", "")
		return status != 0
	})
	for _, c := range []struct {
		name, authorization string
		status              int
		body                string
	}{
		{"nobody", "", http.StatusUnauthorized, "a bearer token is required"},
		{"a broken token", "Bearer " + token[:len(token)-8], http.StatusUnauthorized, "the token's signature is not valid"},
		{"the guide's token", "Bearer " + token, http.StatusOK, "connector holds [chat.admin.all chat.knowledge.write]"},
	} {
		status, body := ask(t, "http://"+address+"/admin", c.authorization)
		if status != c.status || !strings.Contains(body, c.body) {
			t.Errorf("%s: %d %s", c.name, status, body)
		}
	}
}

// ask sends a GET; status 0 means that nobody answered.
func ask(t *testing.T, url, authorization string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}
