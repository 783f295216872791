//go:build browser

package browser

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// visitors of the pages.
const (
	nobody   = ""
	owner    = "admin"
	viewer   = "tomasz.wojcik@meridian.example"   // may look at everything here and change nothing
	member   = "kofi.mensah@meridian.example"     // manages one project
	newcomer = "lea.baumgartner@meridian.example" // has to choose a password first
)

// view is a page in one of its states.
type view struct {
	name string // of its pictures; without one it has none
	who  string
	at   string      // its address, with names of the house in braces
	then func(*Page) // what leads to the state
	sees string      // what tells that it is there
	// phone says that it is pictured in a narrow window too, lost that no route
	// leads there, brackets that its texts have some.
	phone, lost, brackets bool
	// variation says that another view shows as much: it is examined, not pictured.
	variation bool
}

func (v view) String() string {
	if v.name != "" {
		return v.name
	}
	return strings.Trim(strings.NewReplacer("{", "", "}", "", "/", " ").Replace(v.at), " ")
}

// fetched reads which patterns the console answers to GET from where it lists them.
func fetched(t *testing.T) (patterns []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../internal/console/routes.go", nil, 0)
	must(t, err)
	values := map[string]string{"accountPath": "/ui/console/account"} // a constant of another file
	var eval func(ast.Expr) string
	eval = func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.BasicLit:
			s, err := strconv.Unquote(e.Value)
			must(t, err)
			return s
		case *ast.Ident:
			if s, ok := values[e.Name]; ok {
				return s
			}
		case *ast.BinaryExpr:
			return eval(e.X) + eval(e.Y)
		}
		t.Fatalf("routes.go: what is %#v?", e)
		return ""
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			values[n.Names[0].Name] = eval(n.Values[0])
		case *ast.CompositeLit:
			if len(n.Elts) == 4 && strings.HasPrefix(eval(n.Elts[0]), "GET") {
				patterns = append(patterns, eval(n.Elts[1]))
			}
		}
		return true
	})
	if len(patterns) < 50 {
		t.Fatalf("only %d patterns were found", len(patterns))
	}
	return patterns
}

// click and others are steps that lead to a state.
func click(role, name string) func(*Page) { return func(p *Page) { p.t.Helper(); p.Click(role, name) } }

func fill(label, value string) func(*Page) {
	return func(p *Page) { p.t.Helper(); p.Fill(label, value) }
}

func all(steps ...func(*Page)) func(*Page) {
	return func(p *Page) {
		p.t.Helper()
		for _, step := range steps {
			step(p)
		}
	}
}

// filledViews are all that the furnished house shows.
func filledViews() []view {
	return slices.Concat(shellViews(), orgViews(), projectViews(), roleViews(), userViews(), formViews(), credentialViews(), shownViews(), viewerViews())
}

// setUpViews are of a node whose administrator has no password yet.
func setUpViews() []view {
	return []view{
		{name: "login-before-set-up", at: "/ui/login", sees: "Nobody can sign in yet."},
		{name: "setup", at: "/ui/setup", sees: "Set up Latchkey"},
		{name: "setup-wrong", variation: true, at: "/ui/setup", then: all(fill("Code", "AAAAA-BBBBB-CCCCC-DDDDD"), fill("New password", password),
			fill("The same password again", password), click("button", "Set the password and sign in")), sees: "Please check the marked fields."},
	}
}

// shellViews are the pages around an organization.
func shellViews() []view {
	wrong := all(fill("User Name", "admin"), fill("Password", "wrong"), click("button", "Sign in"))
	return []view{
		{name: "login", at: "/ui/login", sees: "Sign in", phone: true},
		{name: "login-wrong", at: "/ui/login", then: wrong, sees: "User name or password is wrong."},
		{name: "invitation", at: "/ui/invitation#mZ3lJ9tq0nXv", sees: "You were invited."},
		{name: "invitation-wrong", variation: true, at: "/ui/invitation", then: all(fill("Invitation", "nonsense"), fill("New password", "short"),
			fill("The same password again", "other"), click("button", "Set the password and sign in")), sees: "The two passwords differ."},
		{at: "/ui/"},
		{at: "/ui/console/", who: owner},
		{name: "menu-organizations", who: owner, at: "{org}", then: click("button", "Organization Meridian Logistics, switch to another"), sees: "All organizations"},
		{name: "menu-account", variation: true, who: owner, at: "{org}", then: click("button", "Account of Ada Lindqvist"), sees: "Sign out"},
		{name: "menu-narrow", who: owner, at: "{org}", then: func(p *Page) { p.Resize(360, 740); p.Click("button", "Menu"); p.See("Activity") }, phone: true},
		{name: "account", who: owner, at: "/ui/console/account", sees: "Change password"},
		{name: "account-wrong", variation: true, who: owner, at: "/ui/console/account", then: all(fill("Current password", "wrong"), fill("New password", "another one"),
			fill("The same password again", "another one"), click("button", "Change password")), sees: "password is"},
		{name: "account-must-change", who: newcomer, at: "/ui/console/account", sees: "Somebody else chose your password."},
		{name: "sessions", who: owner, at: "/ui/console/account/sessions", sees: "this one"},
		{name: "instance", who: owner, at: "/ui/console/instance", sees: "Token endpoint"},
		{name: "instance-managers", who: owner, at: "/ui/console/instance/managers", sees: "Iam Owner Viewer"},
		{name: "instance-manager-choose", variation: true, who: owner, at: "/ui/console/instance/managers/new"},
		{name: "instance-manager-new", variation: true, who: owner, at: "/ui/console/instance/managers/new?user_id={viewer}", sees: "Iam Org Manager"},
		{name: "instance-manager", variation: true, who: owner, at: "/ui/console/instance/managers/{long}", sees: "Iam Org Manager"},
		{name: "instance-manager-delete", variation: true, who: owner, at: "/ui/console/instance/managers/{long}/delete", sees: "To go on, type"},
		{name: "instance-activity", who: owner, at: "/ui/console/instance/activity"},
		{name: "problem-gone", who: owner, at: "{org}/users/123456789012345678", sees: "There is no such page"},
		{name: "problem-before-sign-in", variation: true, at: "/ui/nowhere", lost: true, sees: "There is no such page"},
	}
}

// orgViews are about organizations.
func orgViews() []view {
	return []view{
		{name: "organizations", who: owner, at: "/ui/console/orgs", sees: "Fjord Energy"},
		{name: "organizations-nothing", variation: true, who: owner, at: "/ui/console/orgs?q=nothing+like+it", sees: "Nothing matches."},
		{name: "organization-new", who: owner, at: "/ui/console/orgs/new"},
		{name: "organization-new-wrong", variation: true, who: owner, at: "/ui/console/orgs/new", then: all(fill("Name", "Fjord Energy"), click("button", "Create"))},
		{name: "home", who: owner, at: "{org}", phone: true},
		{name: "home-new", who: owner, at: "{new}", sees: "From nothing to a token"},
		{name: "organization-rename", who: owner, at: "{org}/edit"},
		{name: "organization-deactivate", variation: true, who: owner, at: "{org}/deactivate", sees: "To go on, type"},
		{at: "{org}/reactivate", who: owner},
		{name: "organization-delete", who: owner, at: "{partner}/delete", sees: "This cannot be undone."},
		{name: "organization-activity", who: owner, at: "{org}/activity", sees: "Activity"},
		{name: "organization-authorizations", who: owner, at: "{org}/authorizations", sees: "chat.knowledge.write", phone: true},
		{name: "organization-authorizations-empty", variation: true, who: owner, at: "{new}/authorizations", sees: "No authorizations yet"},
		{name: "managers", who: owner, at: "{org}/managers", sees: "Org User Manager"},
		{name: "managers-empty", variation: true, who: owner, at: "{new}/managers"},
		{name: "manager-choose", who: owner, at: "{org}/managers/new", sees: "Add a manager"},
		{name: "manager-choose-nobody", variation: true, who: owner, at: "{org}/managers/new?q=nobody+of+this+name", sees: "Nothing matches."},
		{name: "manager-new", who: owner, at: "{org}/managers/new?user_id={member}", sees: "Org Owner Viewer"},
		{name: "manager-new-wrong", variation: true, who: owner, at: "{org}/managers/new?user_id={member}", then: click("button", "Add")},
		{name: "manager", who: owner, at: "{org}/managers/{long}"},
		{name: "manager-delete", variation: true, who: owner, at: "{org}/managers/{long}/delete", sees: "To go on, type"},
	}
}

// projectViews are about projects, and to whom they are granted.
func projectViews() []view {
	return []view{
		{name: "projects", who: owner, at: "{org}/projects", sees: "granted by Kestrel Analytics"},
		{name: "projects-empty", variation: true, who: owner, at: "{new}/projects?q=nothing", sees: "Nothing matches."},
		{name: "project-new", who: owner, at: "{org}/projects/new"},
		{name: "project-new-wrong", variation: true, who: owner, at: "{org}/projects/new", then: all(fill("Name", "chat-backend"), click("button", "Create")), sees: "already"},
		{name: "project", who: owner, at: "{org}/projects/{chat}", sees: "Project details"},
		{name: "project-inactive", variation: true, who: owner, at: "{org}/projects/{legacy}", then: click("button", "Actions"), sees: "Reactivate"},
		{name: "project-deactivate", variation: true, who: owner, at: "{org}/projects/{chat}/deactivate", sees: "To go on, type"},
		{at: "{org}/projects/{chat}/reactivate", who: owner},
		{name: "project-delete", who: owner, at: "{org}/projects/{chat}/delete", sees: "This cannot be undone."},
		{name: "project-grants", who: owner, at: "{org}/projects/{chat}/grants", sees: "Kestrel Analytics"},
		{name: "project-grants-empty", who: owner, at: "{org}/projects/{billing}/grants", sees: "Granted to nobody"},
		{name: "project-grant-new", who: owner, at: "{org}/projects/{billing}/grants/new"},
		{
			name: "project-grant-new-wrong", variation: true, who: owner, at: "{org}/projects/{billing}/grants/new",
			then: all(fill("Organization", "nowhere.example"), click("button", "Grant")), sees: "There is no such organization.",
		},
		{name: "project-grant", who: owner, at: "{org}/projects/{chat}/grants/{grant}"},
		{name: "project-grant-delete", variation: true, who: owner, at: "{org}/projects/{chat}/grants/{grant}/delete", sees: "To go on, type"},
		{name: "project-authorizations", who: owner, at: "{org}/projects/{chat}/authorizations", sees: "SharePoint connector"},
		{name: "project-managers", who: owner, at: "{org}/projects/{chat}/managers", sees: "Kofi Mensah"},
		{name: "project-managers-empty", variation: true, who: owner, at: "{org}/projects/{billing}/managers"},
		{name: "project-manager-choose", variation: true, who: owner, at: "{org}/projects/{chat}/managers/new"},
		{name: "project-manager-new", variation: true, who: owner, at: "{org}/projects/{chat}/managers/new?user_id={viewer}", sees: "Project Owner Viewer"},
		{name: "project-manager", variation: true, who: owner, at: "{org}/projects/{chat}/managers/{member}"},
		{name: "project-manager-delete", variation: true, who: owner, at: "{org}/projects/{chat}/managers/{member}/delete", sees: "To go on, type"},
		{name: "project-activity", who: owner, at: "{org}/projects/{chat}/activity"},
		{name: "granted-project", who: owner, at: "{org}/granted/{granted}", sees: "Granted by Kestrel Analytics."},
	}
}

// roleViews are about the roles of a project.
func roleViews() []view {
	return []view{
		{name: "roles", who: owner, at: "{org}/projects/{chat}/roles", sees: "chat.knowledge.write"},
		{name: "roles-empty", who: owner, at: "{org}/projects/{notify}/roles", sees: "No roles yet"},
		{name: "role-new", who: owner, at: "{org}/projects/{chat}/roles/new"},
		{name: "role-new-wrong", variation: true, who: owner, at: "{org}/projects/{chat}/roles/new", then: all(fill("Key", "two words"), click("button", "Add"))},
		{name: "roles-several", who: owner, at: "{org}/projects/{chat}/roles/several"},
		{
			name: "roles-several-wrong", who: owner, at: "{org}/projects/{chat}/roles/several",
			then: all(fill("Roles, one a line", "report.read, Read reports, Reports\nreport.read"), click("button", "Add")), sees: "ine 2",
		},
		{name: "role", variation: true, who: owner, at: "{org}/projects/{chat}/roles/edit?key=chat.admin.all"},
		{name: "role-delete", variation: true, who: owner, at: "{org}/projects/{chat}/roles/delete?key=chat.admin.all", sees: "To go on, type"},
	}
}
