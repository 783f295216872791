//go:build browser

package browser

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/test/gateway"
	"github.com/latchkey-iam/latchkey/test/nodes"
)

const password = "correct horse battery"

// fresh starts a node whose administrator has no password yet, and sets it up by
// what the node printed.
func fresh(t *testing.T, db nodes.Database) (*nodes.Node, *Page) {
	t.Helper()
	n := kit.Start(t, nodes.Options{Database: db})
	var said string
	var code []string
	for range 200 { // it is ready before it has said everything
		said = n.Stdout.String()
		if code = regexp.MustCompile(`(?m)^\s+([0-9A-HJKMNP-TV-Z]{5}(?:-[0-9A-HJKMNP-TV-Z]{5}){3})\s*$`).FindStringSubmatch(said); code != nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if code == nil || !strings.Contains(said, n.Issuer+"/ui/setup") {
		t.Fatalf("the welcome prints no set-up code:\n%s", said)
	}
	if strings.Contains(n.Stderr.String(), code[1]) {
		t.Error("the set-up code is in the log")
	}
	p := chromium.Tab(t)
	p.Go(n.Issuer + "/ui/")
	p.Heading("Sign in")
	p.Click("link", "Set up the first administrator")
	p.Heading("Set up Latchkey")
	p.Fill("Code", strings.ToLower(code[1]))
	p.Fill("New password", password)
	p.Fill("The same password again", password)
	p.Click("button", "Set the password and sign in")
	p.Heading("Latchkey")
	return n, p
}

// started is a node whose administrator has a password, and a page signed in.
func started(t *testing.T) (*nodes.Node, *Page) {
	t.Helper()
	n := startedNode(t)
	p := chromium.Tab(t)
	signIn(p, n, "admin", password)
	p.Heading("Latchkey")
	return n, p
}

// startedNode is a node whose administrator has a password.
func startedNode(t *testing.T) *nodes.Node {
	t.Helper()
	return kit.Start(t, nodes.Options{Env: []string{"LATCHKEY_FIRST_INSTANCE_ADMIN_PASSWORD=" + password}})
}

func signIn(p *Page, n *nodes.Node, user, password string) {
	p.t.Helper()
	p.Go(n.Issuer + "/ui/login")
	p.Fill("User Name", user)
	p.Fill("Password", password)
	p.Click("button", "Sign in")
}

// guided is what the guide leaves: who the service user is, and what its dialog showed.
type guided struct {
	project, user, secret, curl string
}

// guide follows the seed by its own words, from an empty instance to the secret.
func guide(p *Page) guided {
	p.t.Helper()
	var g guided
	nav := p.In("navigation", "Organization")
	nav.Click("link", "Projects")
	p.Click("link", "New")
	p.Fill("Name", "backend")
	p.Click("button", "Create")
	p.See("No roles yet")
	g.project = last(p.URL(), 2)
	p.Click("link", "Add several")
	p.Fill("Roles, one a line", "chat.admin.all, Everything, chat\nchat.knowledge.write, Write knowledge, chat\ningest.run")
	p.Click("button", "Add")
	p.Row("chat.knowledge.write", "Write knowledge")

	nav.Click("link", "Users")
	p.In("navigation", "Sections").Click("link", "Service Users")
	p.Click("link", "New")
	p.Heading("Create a new Service User")
	p.Fill("User Name", "connector")
	p.Fill("Name", "connector")
	if got := p.Value("Access Token Type"); got != "JWT" {
		p.t.Errorf("the Access Token Type is %q at first", got)
	}
	p.Click("button", "Create")
	p.Heading("connector")
	g.user = last(p.URL(), 1)

	p.In("navigation", "Sections").Click("link", "Authorizations")
	p.Click("link", "New")
	p.Click("link", "backend")
	p.Heading("Roles on backend")
	p.Click("button", "Select all roles of the group chat")
	if !p.Checked("chat.admin.all Everything") || p.Checked("ingest.run") {
		p.t.Error("the wrong roles are chosen")
	}
	p.Click("button", "Save")
	p.Row("backend", "chat.admin.all", "chat.knowledge.write")

	p.Click("button", "Actions")
	p.Click("button", "Generate Client Secret")
	dialog := p.In("dialog", "Client Secret")
	dialog.Click("button", "Copy: Client Id")
	if got := p.Clipboard(); got != "connector" {
		p.t.Errorf("the client id that was copied: %q", got)
	}
	dialog.Click("button", "Copy: Client Secret")
	g.secret = p.Clipboard()
	dialog.Click("button", "Copy: The request for a token")
	g.curl = p.Clipboard()
	dialog.Click("link", "Close")
	p.Heading("connector")
	p.NotSee(g.secret)
	return g
}

// last is the nth part of an address from its end.
func last(address string, n int) string {
	parts := strings.Split(strings.SplitN(address, "?", 2)[0], "/")
	return parts[len(parts)-n]
}

// accepted sends the request that the dialog showed and passes the token by a
// gateway to a backend.
func accepted(t *testing.T, n *nodes.Node, g guided) {
	t.Helper()
	out, err := exec.Command("sh", "-c", g.curl+" --silent --show-error").Output()
	if err != nil {
		t.Fatalf("%v: %s", err, g.curl)
	}
	var answer struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Expires int    `json:"expires_in"`
	}
	if err := json.Unmarshal(out, &answer); err != nil || answer.Type != "Bearer" || answer.Expires != 43199 {
		t.Fatalf("%s, %v", out, err)
	}
	roles := ""
	gate := httptest.NewServer(gateway.New(gateway.Config{
		AllowedIssuers: []string{n.Issuer}, ProjectID: g.project, SkipTLS: true,
		Backend: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { roles = r.Header.Get("x-user-roles") }),
	}))
	defer gate.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, gate.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+answer.Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK || roles != "chat.admin.all,chat.knowledge.write" {
		t.Errorf("the gateway answers %d and says the roles %q", response.StatusCode, roles)
	}
}

// TestGuide follows the whole guide from an empty instance by clicks alone.
func TestGuide(t *testing.T) {
	kit.EachDatabase(t, func(t *testing.T, open func(testing.TB) nodes.Database) {
		n, p := fresh(t, open(t))
		g := guide(p)
		accepted(t, n, g)

		t.Run("personal access token", func(t *testing.T) {
			p := p.With(t)
			p.In("navigation", "Sections").Click("link", "Personal Access Tokens")
			p.Click("link", "New")
			p.Fill("Expiration Date optional", "2099-12-31")
			p.Click("button", "Add")
			dialog := p.In("dialog", "Personal Access Token")
			dialog.Click("button", "Copy: Token")
			token := p.Clipboard()
			dialog.Click("link", "Close")
			p.Row("2100-01-01 00:00 UTC")
			p.NotSee(token)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.Base+"/auth/v1/users/me", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer "+token)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Errorf("the API answers %d", response.StatusCode)
			}
		})
		t.Run("granted project", func(t *testing.T) { granted(t, n, p.With(t), g) })
		t.Run("set-up is gone", func(t *testing.T) {
			p := p.With(t)
			p.Expect("404")
			p.Go(n.Issuer + "/ui/setup")
			p.Heading("There is no such page")
		})
		for _, secret := range []string{g.secret, password} {
			if strings.Contains(n.Stderr.String(), secret) || strings.Contains(n.Stdout.String(), secret) {
				t.Error("a secret is in the log")
			}
		}
	})
}

// granted lends the project to another organization, whose service user gets a
// role of it.
func granted(t *testing.T, n *nodes.Node, p *Page, g guided) {
	p.Go(n.Issuer + "/ui/console/orgs")
	p.Click("link", "New")
	p.Fill("Name", "Customer")
	p.Click("button", "Create")
	p.Heading("Customer")
	org := last(p.URL(), 1)
	p.Click("button", "Organization Customer, switch to another")
	p.Click("link", "Latchkey")
	p.In("navigation", "Organization").Click("link", "Projects")
	p.Click("link", "backend")
	p.In("navigation", "Sections").Click("link", "Granted organizations")
	p.Click("link", "New")
	p.Fill("Organization", org)
	p.Check("chat.knowledge.write Write knowledge")
	p.Click("button", "Grant")
	p.Row("Customer", "chat.knowledge.write")

	p.Click("button", "Organization Latchkey, switch to another")
	p.Click("link", "Customer")
	p.In("navigation", "Organization").Click("link", "Projects")
	p.Row("backend", "granted by Latchkey")
	p.In("navigation", "Organization").Click("link", "Users")
	p.In("navigation", "Sections").Click("link", "Service Users")
	p.Click("link", "Create the first service user")
	p.Fill("User Name", "customer-connector")
	p.Fill("Name", "customer-connector")
	p.Click("button", "Create")
	p.In("navigation", "Sections").Click("link", "Authorizations")
	p.Click("link", "Give it roles")
	p.Click("link", "backend")
	p.NotSee("chat.admin.all")
	p.Check("chat.knowledge.write Write knowledge")
	p.Click("button", "Save")
	p.Row("backend", "granted", "chat.knowledge.write")
}

// TestSecretIsNotLostByAccident holds the questions before a dialog closes, and
// that nothing of it is left behind.
func TestSecretIsNotLostByAccident(t *testing.T) {
	n, p := started(t)
	org := p.URL()
	p.Go(org + "/users/new-service-user")
	p.Fill("User Name", "connector")
	p.Fill("Name", "connector")
	p.Click("button", "Create")
	page := p.URL()
	p.Click("button", "Actions")
	p.Click("button", "Generate Client Secret")
	dialog := p.In("dialog", "Client Secret")
	dialog.Click("link", "Close")
	p.In("dialog", "Close without keeping it?").Click("button", "Go back to it")
	p.Press("Escape")
	p.In("dialog", "Close without keeping it?").Click("button", "Go back to it")
	var secret string
	for name, want := range map[string]string{".env": "LATCHKEY_CLIENT_SECRET=", "JSON": `"client_secret"`, "Kubernetes Secret": "kind: Secret"} {
		file, content := p.Download(func() { dialog.Click("button", name) })
		if !strings.Contains(string(content), want) || !strings.HasPrefix(file, "latchkey-") {
			t.Errorf("%s: %s holds %s", name, file, content)
		}
		if m := regexp.MustCompile(`LKS[0-9A-Za-z]{61}`).Find(content); m != nil {
			secret = string(m)
		}
	}
	dialog.Click("button", "Fetch a token now")
	dialog = p.In("dialog", "Client Secret")
	dialog.See("Backends compare it letter for letter.")
	if !strings.HasSuffix(p.URL(), "/secret") {
		t.Errorf("an address that carries the secret is in the history: %s", p.URL())
	}
	dialog.Click("link", "Close")
	p.Heading("connector")
	if p.URL() != page {
		t.Errorf("closing leads to %s", p.URL())
	}
	p.Expect("ERR_CACHE_MISS") // the browser would have to send the form again
	p.Back()
	p.NotSee(secret)
	if secret == "" || strings.Contains(n.Stderr.String(), secret) {
		t.Errorf("the secret %q is in the log, or was not found", secret)
	}
	p.Go(page)
	p.Click("button", "Actions")
	p.Click("link", "Generate Client Secret")
	p.See("The current client secret stops working at once.")
	p.Fill("To go on, type connector", "connector")
	p.Click("button", "Generate Client Secret")
	p.In("dialog", "Client Secret").Click("link", "Close")
	p.In("dialog", "Close without keeping it?").Click("button", "Close anyway")
	p.Heading("connector")
}

// TestClickingTwice sends forms as impatient people do.
func TestClickingTwice(t *testing.T) {
	_, p := started(t)
	org := p.URL()
	p.Go(org + "/projects/new")
	p.Fill("Name", "twice")
	p.ClickTwice("button", "Create")
	p.Heading("twice")
	p.In("navigation", "Organization").Click("link", "Projects")
	if n := p.Count("link", "twice"); n != 1 {
		t.Errorf("%d projects", n)
	}
}

// TestTwoTabs edits one service user in two tabs.
func TestTwoTabs(t *testing.T) {
	_, p := started(t)
	p.Go(p.URL() + "/users/new-service-user")
	p.Fill("User Name", "connector")
	p.Fill("Name", "connector")
	p.Click("button", "Create")
	p.Heading("connector")
	other := p.NewTab()
	other.Go(p.URL())
	p.Fill("Name", "one")
	p.Click("button", "Save")
	p.See("Saved.")
	other.Expect("409")
	other.Fill("Name", "two")
	other.Click("button", "Save")
	other.See("Somebody else changed this while you were editing.")
	if got := other.Value("Name"); got != "two" {
		t.Errorf("what was entered became %q", got)
	}
	other.Click("button", "Save")
	other.Heading("two")
}

// TestSignIn holds the ways in and out, and the lockout.
func TestSignIn(t *testing.T) {
	n, p := started(t)
	org := p.URL()
	p.Click("button", "Account of Latchkey Admin")
	p.Click("button", "Sign out")
	p.See("You are signed out.")
	p.Go(org + "/projects?sort=name")
	p.Heading("Sign in")
	p.Expect("401")
	p.Fill("User Name", "admin")
	p.Fill("Password", "wrong")
	p.Click("button", "Sign in")
	p.See("User name or password is wrong.")
	p.Fill("Password", password)
	p.Click("button", "Sign in")
	p.Heading("Projects")
	if p.URL() != org+"/projects?sort=name" {
		t.Errorf("sign-in leads to %s", p.URL())
	}
	p.Go(n.Issuer + "/ui/console/account/sessions")
	p.Row("this one")

	stranger := chromium.Tab(t)
	stranger.Expect("401")
	stranger.Expect("429")
	for range 6 {
		signIn(stranger, n, "admin", "wrong")
		stranger.Find("alert", "")
	}
	stranger.See("Too many attempts")
	p.Reload() // who is signed in does not notice
	p.Row("this one")
}

// TestInvitation invites a human by a link, who then manages the organization.
func TestInvitation(t *testing.T) {
	n, p := started(t)
	p.In("navigation", "Organization").Click("link", "Users")
	p.Click("link", "New")
	p.Fill("First Name", "Ada")
	p.Fill("Last Name", "Lovelace")
	p.Fill("E-mail optional", "ada@example.com")
	p.Click("button", "Create")
	dialog := p.In("dialog", "Invitation link")
	dialog.Click("button", "Copy: Link")
	link := p.Clipboard()
	dialog.Click("link", "Close")
	p.In("navigation", "Organization").Click("link", "Managers")
	p.Click("link", "New")
	p.Click("link", "Ada Lovelace")
	p.Check("Org Owner ORG_OWNER Everything in the organization.")
	p.Click("button", "Add")
	p.Row("Ada Lovelace", "Org Owner")

	guest := chromium.Tab(t)
	guest.Go(link)
	guest.Heading("Welcome to Latchkey")
	if strings.Contains(guest.URL(), "#") {
		t.Error("the code stays in the address")
	}
	guest.Fill("New password", "countess of numbers")
	guest.Fill("The same password again", "countess of numbers")
	guest.Click("button", "Set the password and sign in")
	guest.Heading("Latchkey")
	if strings.Contains(n.Stderr.String(), strings.SplitN(link, "#", 2)[1]) {
		t.Error("the code is in the log")
	}
	guest.Go(link)
	guest.Expect("422")
	guest.Fill("New password", "another password")
	guest.Fill("The same password again", "another password")
	guest.Click("button", "Set the password and sign in")
	guest.See("was used")
}

// TestConsoleWithoutScripts makes a service user and its secret where no script runs.
func TestConsoleWithoutScripts(t *testing.T) {
	n, _ := started(t)
	p := chromium.Tab(t)
	p.WithoutScripts()
	signIn(p, n, "admin", password)
	p.Click("link", "New service user")
	p.Fill("User Name", "connector")
	p.Fill("Name", "connector")
	p.Click("button", "Create")
	p.Click("button", "Actions")
	p.Click("button", "Generate Client Secret")
	p.Heading("Client Secret")
	p.See("LKS")
	file, content := p.Download(func() { p.Click("button", ".env") })
	if !strings.HasSuffix(file, ".env") || !strings.Contains(string(content), "LKS") {
		t.Errorf("%s: %s", file, content)
	}
	p.Click("link", "Close")
	p.NotSee("LKS")
	p.In("navigation", "Organization").Click("link", "Users")
	p.In("navigation", "Sections").Click("link", "Service Users")
	p.Fill("Search users", "connect")
	p.Click("button", "Search")
	p.Row("connector")
	p.NotSee("latchkey-admin")
}

// TestSearchAsOneTypes holds what htmx adds to lists.
func TestSearchAsOneTypes(t *testing.T) {
	_, p := started(t)
	p.Go(p.URL() + "/users?type=machine")
	p.Row("latchkey-admin")
	p.Fill("Search users", "nothing of this name")
	p.See("Nothing matches.")
	if !strings.Contains(p.URL(), "q=nothing") {
		t.Errorf("the address is %s", p.URL())
	}
	p.Reload()
	p.See("Nothing matches.")
	p.Fill("Search users", "latchkey")
	p.Row("latchkey-admin")
}
