//go:build browser

package browser

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/test/gateway"
	"github.com/latchkey-iam/latchkey/test/nodes"
)

// languages are those whose code of the Quick start runs here: how, given the
// file that holds it.
func languages() []language {
	return []language{
		{"curl", "token.sh", func(file string) []string { return []string{"sh", file} }},
		{"Go", "main.go", func(file string) []string { return []string{"go", "run", file} }},
		{"Python", "token.py", func(file string) []string { return []string{"python3", file} }},
		{"Node.js", "token.mjs", func(file string) []string { return []string{"node", file} }},
	}
}

type language struct {
	name, file string
	command    func(file string) []string
}

// TestSnippets runs the code that the Quick start shows, as it is copied from
// there. The gateway must take the token that it prints.
func TestSnippets(t *testing.T) {
	n, p := started(t)
	org := p.URL()
	p.Go(org + "/projects/new")
	p.Fill("Name", "backend")
	p.Click("button", "Create")
	project := last(p.URL(), 2)
	p.Click("link", "New")
	p.Fill("Key", "chat.admin.all")
	p.Click("button", "Add")
	p.Row("chat.admin.all")
	for _, name := range []string{"connector", "it's \"a\" $(x) \\ ümläut"} {
		t.Run(name, func(t *testing.T) {
			p := p.With(t)
			secret := client(p, org, project, name)
			p.In("navigation", "Sections").Click("link", "Quick start")
			for i, l := range languages() {
				if i > 0 { // the first is open
					p.Click("button", l.name)
				}
				p.Click("button", "Copy: "+l.name)
				code := p.Clipboard()
				if strings.Contains(code, secret) {
					t.Errorf("%s: the secret is in the code", l.name)
				}
				t.Run(l.name, func(t *testing.T) {
					passes(t, n, project, l.run(t, code, secret))
				})
			}
		})
	}
}

// client makes a service user that holds a role, and its secret.
func client(p *Page, org, project, name string) (secret string) {
	p.t.Helper()
	p.Go(org + "/users/new-service-user")
	p.Fill("User Name", name)
	p.Fill("Name", name)
	p.Click("button", "Create")
	p.Heading(tidy(name))
	user := p.URL()
	p.Go(user + "/authorizations/new?project_id=" + project)
	p.Check("chat.admin.all")
	p.Click("button", "Save")
	p.Row("backend", "chat.admin.all")
	p.Click("button", "Actions")
	p.Click("button", "Generate Client Secret")
	dialog := p.In("dialog", "Client Secret")
	dialog.Click("button", "Copy: Client Secret")
	secret = p.Clipboard()
	dialog.Click("link", "Close")
	p.Heading(tidy(name))
	return secret
}

// run runs code and returns the token in what it prints. The folder lies within
// the module, where Go finds the package that its code imports.
func (l language) run(t *testing.T, code, secret string) string {
	t.Helper()
	must(t, os.MkdirAll("../../.cache", 0o755))
	dir, err := os.MkdirTemp("../../.cache", "snippet-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	dir, err = filepath.Abs(dir)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, l.file), []byte(code+"\n"), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args := l.command(l.file)
	run := exec.CommandContext(ctx, args[0], args[1:]...)
	run.Dir = dir
	run.Env = append(os.Environ(), "LATCHKEY_CLIENT_SECRET="+secret)
	var complaints strings.Builder
	run.Stderr = &complaints
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v: %s%s\n%s", err, out, complaints.String(), code)
	}
	for _, word := range strings.FieldsFunc(string(out), func(r rune) bool { return strings.ContainsRune("\" \n{},:", r) }) {
		if strings.HasPrefix(word, "eyJ") {
			return word
		}
	}
	t.Fatalf("it prints no token: %s%s", out, complaints.String())
	return ""
}

// passes sends a token by a gateway to a backend.
func passes(t *testing.T, n *nodes.Node, project, token string) {
	t.Helper()
	roles := ""
	gate := httptest.NewServer(gateway.New(gateway.Config{
		AllowedIssuers: []string{n.Issuer}, ProjectID: project, SkipTLS: true,
		Backend: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { roles = r.Header.Get("x-user-roles") }),
	}))
	defer gate.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, gate.URL, nil)
	must(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	must(t, response.Body.Close())
	if response.StatusCode != http.StatusOK || roles != "chat.admin.all" {
		t.Errorf("the gateway answers %d and says the roles %q", response.StatusCode, roles)
	}
}
