//go:build browser

package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
)

// press goes to something by Tab and presses Enter on it.
func (p *Page) press(role, name string) {
	p.t.Helper()
	p.TabTo(role, name)
	p.Press("Enter")
}

// write goes to a field by Tab and types into it.
func (p *Page) write(label, text string) {
	p.t.Helper()
	role := "textbox"
	if strings.HasPrefix(label, "Search") {
		role = "searchbox"
	}
	p.TabTo(role, label)
	p.Type(text)
}

// focusIs waits until something has the focus.
func (p *Page) focusIs(role, name string) {
	p.t.Helper()
	if r, n := p.Focused(); r != role || n != name {
		p.fail("the focus is on %s %q, not on %s %q", r, n, role, name)
	}
}

// TestGuideByKeyboard follows the guide without a mouse. Every stop of Tab must
// show that it has the focus.
func TestGuideByKeyboard(t *testing.T) {
	n := startedNode(t)
	p := chromium.Tab(t)
	p.Go(n.Issuer + "/ui/")
	p.Heading("Sign in")
	p.focusIs("textbox", "User Name")
	p.Type("admin")
	p.write("Password", password)
	p.Press("Enter")
	p.Heading("Latchkey")

	p.press("link", "Projects")
	p.press("link", "New")
	p.focusIs("textbox", "Name")
	p.Type("backend")
	p.Press("Enter")
	p.See("No roles yet")
	project := last(p.URL(), 2)
	p.press("link", "Add several")
	p.focusIs("textbox", "Roles, one a line")
	p.Type("chat.admin.all, Everything, chat\rchat.knowledge.write, Write knowledge, chat\ringest.run")
	p.press("button", "Add")
	p.Row("chat.knowledge.write", "Write knowledge")

	p.press("link", "Users")
	p.press("link", "Service Users")
	p.press("link", "New")
	p.Heading("Create a new Service User")
	p.write("User Name", "connector")
	p.write("Name", "connector")
	p.press("button", "Create")
	p.Heading("connector")
	user := p.URL()

	p.TabTo("link", "General") // the link Authorizations after it is of this user
	p.press("link", "Authorizations")
	p.press("link", "New")
	p.press("link", "backend")
	p.press("button", "Select all roles of the group chat")
	p.TabTo("checkbox", "ingest.run")
	p.Press("Space")
	p.Press("Space")
	p.press("button", "Save")
	p.Row("backend", "chat.admin.all", "chat.knowledge.write")

	secret := secretByKeyboard(p)
	p.Heading("connector")
	if p.URL() != user {
		t.Errorf("closing leads to %s", p.URL())
	}
	g := guided{project: project, secret: secret.secret, curl: secret.curl}
	accepted(t, n, g)
	tokenByKeyboard(p)
}

// secretByKeyboard opens the menu, makes a secret, and is asked before it is lost.
func secretByKeyboard(p *Page) guided {
	p.t.Helper()
	var g guided
	p.press("button", "Actions")
	p.Find("button", "Generate Client Secret")
	p.Press("Escape")
	p.Lack("button", "Generate Client Secret")
	p.focusIs("button", "Actions")
	p.Press("Enter")
	p.press("button", "Generate Client Secret")
	p.Find("dialog", "Client Secret")
	p.Press("Escape")
	p.In("dialog", "Close without keeping it?").Find("button", "Close anyway")
	p.press("button", "Go back to it")
	p.press("link", "Close")
	p.In("dialog", "Close without keeping it?").Find("button", "Close anyway")
	p.Press("Escape") // the question goes, the secret stays
	p.Lack("dialog", "Close without keeping it?")
	p.press("button", "Copy: Client Secret")
	g.secret = p.Clipboard()
	p.press("button", "Copy: The request for a token")
	g.curl = p.Clipboard()
	p.press("link", "Close")
	p.NotSee(g.secret)
	return g
}

// tokenByKeyboard makes a personal access token with an expiration date.
func tokenByKeyboard(p *Page) {
	p.t.Helper()
	p.press("link", "Personal Access Tokens")
	p.press("link", "New")
	p.focusIs("Date", "Expiration Date optional")
	p.Type("12312099")
	p.press("button", "Add")
	p.Find("dialog", "Personal Access Token")
	p.press("button", "Copy: Token")
	token := p.Clipboard()
	p.Press("Escape") // it was copied: nothing is asked
	p.Row("2100-01-01 00:00 UTC")
	p.NotSee(token)
}

// TestKeysOfTheShell holds what every page has: the way past the navigation,
// menus that close and give the focus back, and the way to the search.
func TestKeysOfTheShell(t *testing.T) {
	n := startedNode(t)
	p := chromium.Tab(t)
	signIn(p, n, "admin", password)
	p.Heading("Latchkey")
	p.Tab()
	p.focusIs("link", "Skip to the content")
	p.Press("Enter")
	p.Tab()
	if role, name := p.Focused(); name == "Home" || name == "Latchkey, to the beginning" {
		t.Errorf("the way past the navigation leads to %s %q", role, name)
	}
	for menu, entry := range map[string]string{
		"Organization Latchkey, switch to another": "All organizations", "Account of Latchkey Admin": "Account and password", "Actions": "Rename",
	} {
		p.press("button", menu)
		p.TabTo("link", entry)
		p.Press("Escape")
		p.Lack("link", entry)
		p.focusIs("button", menu)
	}
	p.press("button", "Organization Latchkey, switch to another")
	p.press("link", "All organizations")
	p.Heading("Organizations")
	p.chord("k", 75)
	p.focusIs("searchbox", "Search organizations")
	p.Type("nothing of this name")
	p.See("Nothing matches.")
	p.focusIs("searchbox", "Search organizations")

	p.Resize(360, 740)
	p.Go(n.Issuer + "/ui/console/")
	p.press("button", "Menu")
	p.press("link", "Activity")
	p.Heading("Activity")
}

// chord presses a letter with Ctrl.
func (p *Page) chord(letter string, code int64) {
	p.t.Helper()
	key := input.DispatchKeyEventParams{
		Type: kb.KeyRawDown, Modifiers: kb.ModifierCtrl.Int64(), Key: letter, Code: "Key" + strings.ToUpper(letter), WindowsVirtualKeyCode: code,
	}
	must(p.t, command(p.ctx, input.DispatchKeyEvent, key))
	key.Type = kb.KeyUp
	must(p.t, command(p.ctx, input.DispatchKeyEvent, key))
}
