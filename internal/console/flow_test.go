package console

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// TestGuide is the guide by posts alone, as a browser without JavaScript sends them.
func TestGuide(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	org := "/ui/console/orgs/" + h.orgID
	b.get("/ui/console/").wants(t, http.StatusSeeOther, org)
	b.get(org).says(t, "From nothing to a token", "New project")

	form := b.get(org + "/projects/new")
	a := b.post(org+"/projects/new", "id", form.field("id"), "name", "backend")
	project := form.field("id")
	a.wants(t, http.StatusSeeOther, org+"/projects/"+project+"/roles")
	b.get(a.location()).says(t, "The project was created", "No roles yet")
	b.post(org+"/projects/"+project+"/roles/several", "roles", "chat.admin.all, Chat admin, chat\nchat.knowledge.write\tWriter\tchat\n\n").
		wants(t, http.StatusSeeOther, org+"/projects/"+project+"/roles")
	b.get(org+"/projects/"+project+"/roles").says(t, "chat.admin.all", "Writer")

	b.get(org+"/users?type=machine").says(t, "Service Users", "New", "/users/new-service-user")
	form = b.get(org + "/users/new-service-user")
	form.says(t, "User Name", "Name", "Description", "Access Token Type", `<option value="jwt" selected>`)
	user := form.field("id")
	at := org + "/users/" + user
	b.post(org+"/users/new-service-user", "id", user, "user_name", "connector", "name", "connector", "description", "", "access_token_type", "jwt").
		wants(t, http.StatusSeeOther, at)
	b.get(at).says(t, "Actions", "Generate Client Secret", "Deactivate", "Delete User", user)

	b.get(at+"/authorizations").says(t, "No authorizations yet")
	b.get(at+"/authorizations/new").says(t, "backend", "project_id="+project)
	b.get(at+"/authorizations/new?project_id="+project).says(t, "chat.admin.all", "chat.knowledge.write", "Select all roles of the group chat")
	// Without JavaScript the button of a group shows the form again with all of them chosen.
	a = b.post(at+"/authorizations/new", "project_id", project, "all", "chat")
	a.wants(t, http.StatusOK, "")
	if n := strings.Count(a.text, " checked"); n != 2 {
		t.Errorf("%d roles are chosen", n)
	}
	b.post(at+"/authorizations/new", "project_id", project, "role_key", "chat.admin.all", "role_key", "chat.knowledge.write").
		wants(t, http.StatusSeeOther, at+"/authorizations")
	b.get(at+"/authorizations").says(t, "chat.admin.all", "chat.knowledge.write", "backend")

	a = b.post(at+"/secret", "replaces", "none")
	a.wants(t, http.StatusOK, "")
	secret := a.field("client_secret")
	if !keyring.LooksLikeClientSecret(secret) || a.Header().Get("Content-Encoding") != "" || a.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("the dialog: %q, %v", secret, a.Header())
	}
	a.says(t, "Client Id", "Client Secret", "curl --location", "Basic "+basicAuth("connector", secret), "project:id:"+project+":aud", ".env", "Kubernetes Secret")
	if page := b.get(at); strings.Contains(page.text, secret) || !strings.Contains(page.text, "<dd>Set</dd>") {
		t.Error("the page after the dialog")
	}
	if strings.Contains(b.log.String(), secret) {
		t.Error("the secret is in the log")
	}

	a = b.post(at+"/secret/shown", "client_secret", secret, "project_id", project, "do", "fetch")
	a.wants(t, http.StatusOK, "")
	a.says(t, "Access token", "urn:zitadel:iam:org:project:"+project+":roles", "chat.knowledge.write", "Backends compare it letter for letter", secret)
	a = b.post(at+"/quickstart", "client_secret", secret, "project_id", project)
	a.wants(t, http.StatusOK, "")
	a.says(t, "Whom it is for")
	if strings.Contains(a.text, secret) {
		t.Error("the quick start sends the secret back")
	}
	b.post(at+"/quickstart", "client_secret", secret+"x", "project_id", project).wants(t, http.StatusUnprocessableEntity, "")
	b.get(at+"/quickstart").says(t, "curl", "Go", "Python", "Node.js", "Java", ".NET", project)
}

// TestTooManyRolesToList: what is not listed stays held.
func TestTooManyRolesToList(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	p, u := h.project("huge"), h.machine("connector")
	for n := range 3 {
		var some []iam.Role
		for i := range iam.MaxLimit {
			some = append(some, iam.Role{Key: fmt.Sprintf("role-%d-%04d", n, i), Group: fmt.Sprint("group ", i%3)})
		}
		must(h.dir.AddRoles(t.Context(), h.root, p.ID, some))
	}
	a := must(h.dir.CreateAuthorization(t.Context(), h.root, directory.NewAuthorization{UserID: u.ID, ProjectID: p.ID, RoleKeys: []string{"role-0-0001", "role-2-0999"}}))
	at := "/ui/console/orgs/" + h.orgID + "/users/" + u.ID + "/authorizations/" + a.ID
	page := b.get(at)
	page.says(t, `<input type="hidden" name="role_key" value="role-2-0999">`, "1 more that are held stay held")
	b.post(at, "seen", page.field("seen"), "role_key", "role-2-0999", "role_key", "role-0-0002").wants(t, http.StatusSeeOther, "")
	if got := must(h.dir.Authorization(t.Context(), h.root, u.ID, a.ID)).RoleKeys; len(got) != 2 || got[0] != "role-0-0002" || got[1] != "role-2-0999" {
		t.Errorf("held: %v", got)
	}
	b.get("/ui/console/orgs/"+h.orgID+"/projects/"+p.ID+"/roles?filter=group+1").says(t, "1 to 25 of 999", ">group 2</option>")
}

// TestBeginsWhereThereIsSomethingToDo leads who manages nothing at home elsewhere.
func TestBeginsWhereThereIsSomethingToDo(t *testing.T) {
	w := newWorld(t)
	at := func(o iam.Org) directory.Resource { return directory.Resource{Level: iam.LevelOrg, ID: o.ID} }
	zed := w.house.org("Zed")
	u := w.house.human("guest", zed.ID, at(w.other), string(iam.OrgOwnerViewer))
	must(w.dir.AddMember(t.Context(), w.root, at(w.org), u.ID, []string{string(iam.OrgOwnerViewer)}))
	w.as("guest").get("/ui/console/").wants(t, http.StatusSeeOther, orgPath(w.org.ID)) // Acme comes before Umbrella
	w.as("nobodies").get("/ui/console/").wants(t, http.StatusSeeOther, "/ui/console/account")
	w.as("stranger").get("/ui/console/").wants(t, http.StatusSeeOther, orgPath(w.other.ID))
}

// TestDoubleSubmit sends every creating form twice at once.
func TestDoubleSubmit(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	other := h.org("Other")
	p := h.project("lendable", "r1", "r2")
	u := h.machine("holder")
	man := h.human("manager", h.orgID, directory.Resource{})
	org := "/ui/console/orgs/" + h.orgID
	for _, test := range []struct {
		name, path string
		fields     []string
	}{
		{"organization", "/ui/console/orgs/new", []string{"name", "Twice"}},
		{"project", org + "/projects/new", []string{"name", "twice"}},
		{"service user", org + "/users/new-service-user", []string{"user_name", "twice", "name", "twice", "access_token_type", "jwt"}},
		{"human", org + "/users/new", []string{"first_name", "A", "last_name", "B", "email", "twice@example.test", "entry", "password", "password", "some password"}},
		{"role", org + "/projects/" + p.ID + "/roles/new", []string{"key", "twice", "display_name", "x", "group", "y"}},
		{"roles", org + "/projects/" + p.ID + "/roles/several", []string{"roles", "t1\nt2,x,y"}},
		{"authorization", org + "/users/" + u.ID + "/authorizations/new", []string{"project_id", p.ID, "role_key", "r1"}},
		{"grant", org + "/projects/" + p.ID + "/grants/new", []string{"granted_org_id", other.ID, "role_key", "r2"}},
		{"manager", org + "/managers/new", []string{"user_id", man.ID, "roles", "ORG_OWNER"}},
	} {
		fields := append([]string{"id", iam.NewID()}, test.fields...)
		var answers [2]answer
		var both sync.WaitGroup
		for i := range answers {
			click := h.browser()
			click.cookies["latchkey"] = b.cookies["latchkey"]
			both.Go(func() { answers[i] = click.post(test.path, fields...) })
		}
		both.Wait()
		for _, a := range answers {
			if a.Code != http.StatusSeeOther || a.location() != answers[0].location() {
				t.Errorf("%s: %d to %q, %s", test.name, a.Code, a.location(), a.problem())
			}
		}
	}
	count := func(path string) int { return strings.Count(b.get(path).text, "<tr>") - 1 }
	if n := count(org + "/projects"); n != 2 {
		t.Errorf("%d projects", n)
	}
	if n := count(org + "/users?type=machine"); n != 3 { // with the first one
		t.Errorf("%d service users", n)
	}
	if n := count(org + "/projects/" + p.ID + "/grants"); n != 1 {
		t.Errorf("%d grants", n)
	}
}

func TestSameFormAnotherObject(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	org := "/ui/console/orgs/" + h.orgID
	id := iam.NewID()
	b.post(org+"/projects/new", "id", id, "name", "one").wants(t, http.StatusSeeOther, org+"/projects/"+id+"/roles")
	a := b.post(org+"/projects/new", "id", id, "name", "two") // back, changed, sent again
	if a.Code != http.StatusSeeOther || strings.Contains(a.location(), id) {
		t.Errorf("%d to %q", a.Code, a.location())
	}
	a = b.post(org+"/projects/new", "id", iam.NewID(), "name", "two")
	a.wants(t, http.StatusConflict, "")
	a.says(t, `value="two"`, `id="name-error"`)
}

func TestTwoTabs(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	org := "/ui/console/orgs/" + h.orgID
	p := h.project("backend", "r1", "r2", "r3")
	u := h.machine("connector")
	auth := must(h.dir.CreateAuthorization(t.Context(), h.root, directory.NewAuthorization{UserID: u.ID, ProjectID: p.ID, RoleKeys: []string{"r1"}}))
	g := must(h.dir.CreateProjectGrant(t.Context(), h.root, p.ID, h.org("Other").ID, []string{"r1"}))
	man := h.human("manager", h.orgID, directory.Resource{Level: iam.LevelOrg, ID: h.orgID}, "ORG_OWNER")
	for _, test := range []struct {
		name, path   string
		first, other []string
	}{
		{"service user", org + "/users/" + u.ID, []string{"user_name", "connector", "name", "one", "access_token_type", "jwt"}, []string{"user_name", "connector", "name", "two", "access_token_type", "jwt"}},
		{"human", org + "/users/" + man.ID, []string{"user_name", "manager", "first_name", "one", "last_name", "x"}, []string{"user_name", "manager", "first_name", "two", "last_name", "x"}},
		{"project", org + "/projects/" + p.ID, []string{"name", "one"}, []string{"name", "two"}},
		{"role", org + "/projects/" + p.ID + "/roles/edit?key=r1", []string{"display_name", "one"}, []string{"display_name", "two"}},
		{"authorization", org + "/users/" + u.ID + "/authorizations/" + auth.ID, []string{"role_key", "r2"}, []string{"role_key", "r3"}},
		{"grant", org + "/projects/" + p.ID + "/grants/" + g.ID, []string{"role_key", "r2"}, []string{"role_key", "r3"}},
		{"manager", org + "/managers/" + man.ID, []string{"roles", "ORG_OWNER_VIEWER"}, []string{"roles", "ORG_USER_MANAGER"}},
		{"organization", org + "/edit", []string{"name", "One"}, []string{"name", "Two"}},
	} {
		one, other := b.get(test.path), b.get(test.path)
		seen := []string{"seen", one.field("seen")}
		a := b.post(test.path, append(seen, test.first...)...)
		a.wants(t, http.StatusSeeOther, "")
		a = b.post(test.path, append(seen, test.first...)...) // the same once more is no conflict
		a.wants(t, http.StatusSeeOther, "")
		late := append([]string{"seen", other.field("seen")}, test.other...)
		a = b.post(test.path, late...)
		if a.Code != http.StatusConflict || !strings.Contains(a.text, "Somebody else changed this") {
			t.Errorf("%s: the second tab: %d %s", test.name, a.Code, a.problem())
			continue
		}
		entered := test.other[len(test.other)-1]
		if test.name == "human" || test.name == "service user" {
			entered = "two"
		}
		if !strings.Contains(a.text, `value="`+entered+`"`) {
			t.Errorf("%s: what was entered is gone", test.name)
		}
		if a.field("seen") == other.field("seen") {
			t.Errorf("%s: saving again would fail again", test.name)
			continue
		}
		b.post(test.path, append([]string{"seen", a.field("seen")}, test.other...)...).wants(t, http.StatusSeeOther, "")
	}
}

func TestFormErrorsStandBesideTheirField(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	org := "/ui/console/orgs/" + h.orgID
	h.machine("taken")
	p := h.project("backend", "r1")
	u := h.machine("connector")
	long := strings.Repeat("x", 201)
	machine := func(name, label, description, kind string) []string {
		return []string{"user_name", name, "name", label, "description", description, "access_token_type", kind}
	}
	for _, test := range []struct {
		name, path, field string
		status            int
		fields            []string
	}{
		{"no user name", org + "/users/" + u.ID, "user_name", 422, machine("", "n", "d", "jwt")},
		{"user name with a colon", org + "/users/new-service-user", "user_name", 422, machine("a:b", "n", "d", "jwt")},
		{"long user name", org + "/users/new-service-user", "user_name", 422, machine(long, "n", "d", "jwt")},
		{"user name taken", org + "/users/new-service-user", "user_name", 409, machine("TAKEN", "n", "d", "jwt")},
		{"no name", org + "/users/new-service-user", "name", 422, machine("fine", "", "d", "jwt")},
		{"control characters", org + "/users/new-service-user", "name", 422, machine("fine", "a\x00b", "d", "jwt")},
		{"long description", org + "/users/new-service-user", "description", 422, machine("fine", "n", strings.Repeat("x", 501), "jwt")},
		{"no such type", org + "/users/new-service-user", "access_token_type", 422, machine("fine", "n", "d", "saml")},
		{"no first name", org + "/users/new", "first_name", 422, []string{"last_name", "x", "email", "a@b.test", "entry", "invitation"}},
		{"no e-mail", org + "/users/new", "email", 422, []string{"first_name", "x", "last_name", "x", "email", "a at b", "entry", "invitation"}},
		{"no initial password", org + "/users/new", "password", 422, []string{"first_name", "x", "last_name", "x", "email", "a@b.test", "entry", "password"}},
		{"short initial password", org + "/users/new", "password", 422, []string{"first_name", "x", "last_name", "x", "email", "a@b.test", "entry", "password", "password", "short"}},
		{"project without a name", org + "/projects/new", "name", 422, []string{"name", "  "}},
		{"project's name taken", org + "/projects/new", "name", 409, []string{"name", "BACKEND"}},
		{"organization's name taken", "/ui/console/orgs/new", "name", 409, []string{"name", "home"}},
		{"organization's name of signs", "/ui/console/orgs/new", "name", 422, []string{"name", "!!!"}},
		{"role with a space", org + "/projects/" + p.ID + "/roles/new", "key", 422, []string{"key", "a b", "group", "kept"}},
		{"role taken", org + "/projects/" + p.ID + "/roles/new", "key", 409, []string{"key", "r1", "display_name", "other"}},
		{"roles, second line", org + "/projects/" + p.ID + "/roles/several", "roles", 422, []string{"roles", "fine\na b\n"}},
		{"roles, none", org + "/projects/" + p.ID + "/roles/several", "roles", 422, []string{"roles", "\n\n"}},
		{"roles, too many fields", org + "/projects/" + p.ID + "/roles/several", "roles", 422, []string{"roles", "a,b,c,d"}},
		{"roles, twice", org + "/projects/" + p.ID + "/roles/several", "roles", 422, []string{"roles", "a\nb\na"}},
		{"grant to nobody", org + "/projects/" + p.ID + "/grants/new", "granted_org_id", 422, []string{"granted_org_id", "123", "role_key", "r1"}},
		{"grant to itself", org + "/projects/" + p.ID + "/grants/new", "granted_org_id", 422, []string{"granted_org_id", h.orgID, "role_key", "r1"}},
	} {
		a := b.post(test.path, append([]string{"id", iam.NewID()}, test.fields...)...)
		if a.Code != test.status || !strings.Contains(a.text, `id="`+test.field+`-error"`) || !strings.Contains(a.text, `aria-invalid="true"`) {
			t.Errorf("%s: %d %s", test.name, a.Code, a.problem())
		}
		for i := 1; i < len(test.fields); i += 2 {
			v := strings.TrimSpace(test.fields[i])
			if test.fields[i-1] == "password" {
				if v != "" && strings.Contains(a.text, v) {
					t.Errorf("%s: the password came back", test.name)
				}
			} else if v != "" && !strings.ContainsAny(v, "\x00\n") && !strings.Contains(a.text, html.EscapeString(v)) && test.name != "no such type" {
				t.Errorf("%s: %q was not kept", test.name, v)
			}
		}
		checkPage(t, test.name, a)
	}
	if l := must(h.dir.Users(t.Context(), h.root, iam.FieldUserName.Is("fine"), iam.Page{})); l.Total != 0 {
		t.Error("a refused form left something behind")
	}
	b.post(org+"/users/"+u.ID+"/authorizations/new", "project_id", p.ID).says(t, "Choose at least one role.")
	b.post(org+"/users/"+u.ID+"/authorizations/new", "project_id", p.ID, "role_key", "nothing").wants(t, http.StatusConflict, "")
	b.post(org+"/managers/new", "user_id", u.ID).says(t, "At least one role must be named.")
	b.post(org+"/projects/new", "name", strings.Repeat("x", maxForm)).wants(t, http.StatusBadRequest, "")
}

func TestDestructiveActsAskForTheName(t *testing.T) {
	w := newWorld(t)
	b := w.as("owner")
	org := "/ui/console/orgs/" + w.org.ID
	user, project := org+"/users/"+w.machine.ID, org+"/projects/"+w.project.ID
	before := w.sequence()
	for path, says := range map[string]string{
		user + "/deactivate": "gets no token any more", user + "/delete": "One authorization ends.", user + "/secret/delete": "stops working at once",
		user + "/tokens/" + w.pat.ID + "/delete": "stops working at once", user + "/authorizations/" + w.authorization.ID + "/delete": "loses every role",
		project + "/deactivate": "carry none of its roles", project + "/delete": "2 roles are deleted.", project + "/roles/delete?key=chat.admin.all": "One authorization loses it.",
		project + "/grants/" + w.grant.ID + "/delete": "cannot be undone", project + "/managers/" + w.human.ID + "/delete": "can no longer manage backend",
		org + "/managers/" + w.viewer.ID + "/delete": "can no longer manage Acme", org + "/deactivate": "None of its service users", org + "/delete": "One project is deleted",
	} {
		a := b.get(path)
		a.says(t, says, "To go on, type")
		b.post(path).wants(t, http.StatusUnprocessableEntity, "")
		b.post(path, "typed", "x").wants(t, http.StatusUnprocessableEntity, "")
	}
	if w.sequence() != before {
		t.Error("something was done without the name")
	}
	name := func(path string) string {
		return html.UnescapeString(between(b.get(path).text, "To go on, type <code>", "</code>"))
	}
	for _, path := range []string{
		project + "/managers/" + w.human.ID + "/delete", project + "/grants/" + w.grant.ID + "/delete", project + "/roles/delete?key=chat.admin.all",
		user + "/authorizations/" + w.authorization.ID + "/delete", user + "/tokens/" + w.pat.ID + "/delete", user + "/secret/delete",
		user + "/deactivate", user + "/delete", project + "/deactivate", project + "/delete",
	} {
		b.post(path, "typed", name(path)).wants(t, http.StatusSeeOther, "")
	}
	b.get(user).wants(t, http.StatusNotFound, "")
	b.get(user).says(t, "There is no such page")
	root := w.as("admin")
	root.post(org+"/delete", "typed", "Acme").wants(t, http.StatusSeeOther, "/ui/console/orgs")
	b.get(org).wants(t, http.StatusSeeOther, "") // its own session went with it
}

func TestReactivate(t *testing.T) {
	w := newWorld(t)
	b := w.as("owner")
	org := "/ui/console/orgs/" + w.org.ID
	for at, typed := range map[string]string{org + "/users/" + w.machine.ID: "connector", org + "/projects/" + w.project.ID: "backend"} {
		b.post(at+"/deactivate", "typed", typed).wants(t, http.StatusSeeOther, at)
		b.get(at).says(t, "Inactive", "Reactivate")
		b.post(at+"/reactivate").wants(t, http.StatusSeeOther, at)
		b.get(at).says(t, "Active")
	}
	must(w.dir.LockUser(t.Context(), w.root, w.machine.ID))
	at := org + "/users/" + w.machine.ID
	b.get(at).says(t, "Locked", "Unlock User")
	b.post(at+"/unlock").wants(t, http.StatusSeeOther, at)
}

func TestExpiredSessionLeadsBack(t *testing.T) {
	h := newHouse(t)
	u := h.machine("connector")
	b := h.browser()
	at := "/ui/console/orgs/" + h.orgID + "/users/" + u.ID
	for path, back := range map[string]string{
		at + "/tokens/new": at + "/tokens/new", at + "/secret/file": at + "/secret", at + "/secret/shown": at + "/secret", at: at,
		"/ui/console/account/sessions": "/ui/console/account/sessions",
	} {
		b.post(path, "x", "y").wants(t, http.StatusSeeOther, "/ui/login?return="+url.QueryEscape(back))
	}
	b.get(at+"/tokens?sort=expires").wants(t, http.StatusSeeOther, "/ui/login?return="+url.QueryEscape(at+"/tokens?sort=expires"))
}

func TestLists(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	org := "/ui/console/orgs/" + h.orgID
	b.get(org+"/projects").says(t, "No projects yet", "Create the first project")
	for i := range 30 {
		h.project("project " + string(rune('a'+i%26)) + string(rune('a'+i/26)))
	}
	at := org + "/projects"
	a := b.get(at)
	a.says(t, "1 to 25 of 30", "Next")
	rows := regexp.MustCompile(`<tr><th scope="row">`)
	if n := len(rows.FindAllString(a.text, -1)); n != 25 {
		t.Errorf("%d rows", n)
	}
	a = b.get(at + "?page=2&sort=name&dir=desc")
	a.says(t, "26 to 30 of 30", "Previous", `aria-sort="descending"`, "project aa")
	a = b.get(at + "?q=PROJECT+AB")
	a.says(t, `value="PROJECT AB"`, "1 to 1 of 1", "project ab")
	b.get(at+"?q=nothing").says(t, "Nothing matches.", "Show everything")
	b.get(at+"?page=99").says(t, "nothing on this page any more")
	for _, nonsense := range []string{"?page=-1", "?page=x", "?page=99999999999999999999", "?sort=x&dir=y", "?q=%00", "?q=%ff", "?filter=x", "?q=" + strings.Repeat("x", 300), "?%"} {
		b.get(at+nonsense).wants(t, http.StatusOK, "")
	}
	b.get(org+"/users?type=machine&filter=inactive").says(t, "Nothing matches.")
	b.get(org+"/users?type=machine&filter=active").says(t, "root", `value="active" selected`)
}

// TestFilters holds what stands beside the search of each list.
func TestFilters(t *testing.T) {
	w := newWorld(t)
	b := w.as("owner")
	org := "/ui/console/orgs/" + w.org.ID
	user, project := org+"/users/"+w.machine.ID, org+"/projects/"+w.project.ID
	expiring := b.get(user + "/tokens/new").field("id")
	b.post(user+"/tokens/new", "id", expiring, "expires", "2026-03-02").wants(t, http.StatusOK, "")
	w.pass(iam.SessionIdle - time.Minute)
	for range 24 { // the session is kept alive until the token has expired
		w.pass(iam.SessionIdle - time.Minute)
		b = w.as("owner")
	}
	for _, test := range []struct{ address, there, absent string }{
		{user + "/tokens?filter=expired", expiring, w.pat.ID},
		{user + "/tokens?filter=good", w.pat.ID, expiring},
		{user + "/tokens?q=" + expiring[3:12], expiring, w.pat.ID},
		{project + "/roles?filter=chat&q=admin", "chat.admin.all", "chat.knowledge.write"},
		{project + "/grants?q=umb", "Umbrella", "Nothing matches"},
		{project + "/grants?filter=inactive", "Nothing matches", "Umbrella</th>"},
		{org + "/managers?filter=machine", "Nothing matches", ">owner Test"},
		{org + "/managers?filter=human&q=VIEWER", ">viewer Test", ">owner Test"},
		{org + "/projects?q=lent", "granted by Umbrella", ">backend<"},
		{org + "/projects?filter=inactive", "Nothing matches", ">backend<"},
		{org + "/activity?filter=usergrant", "Authorization given", "Project created"},
		{org + "/activity?q=secret", "Client secret generated", "Project created"},
		{org + "/activity?sort=when&dir=asc", "Newest first", "Oldest first"},
		{org + "/users/" + w.owner.ID + "/memberships?filter=project", "Nothing matches", ">Acme<"},
		{org + "/users/" + w.owner.ID + "/memberships?q=acm", ">Acme<", "Nothing matches"},
		{org + "/authorizations?q=knowledge", "Nothing matches", "chat.admin.all"},
		{org + "/authorizations?q=CONNECT", "chat.admin.all", "Nothing matches"},
	} {
		a := b.get(test.address)
		a.wants(t, http.StatusOK, "")
		list := a.text[strings.Index(a.text, `id="list"`):]
		if !strings.Contains(list, test.there) || strings.Contains(list, test.absent) {
			t.Errorf("%s: %s", test.address, tags.ReplaceAllString(list, " "))
		}
	}
}

func TestActivity(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	u := h.machine("connector")
	name := "renamed"
	must(h.dir.UpdateMachine(t.Context(), h.root, u.ID, directory.MachineChange{Name: &name}))
	org := "/ui/console/orgs/" + h.orgID
	b.get(org+"/activity").says(t, "Service user changed", "by Latchkey Admin", "<del>connector</del>", "<ins>renamed</ins>", "user.machine.changed")
	b.get(org+"/users/"+u.ID+"/activity").says(t, "Service user created", "by Latchkey Admin")
}

func TestInstancePageAndHealth(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	b.get("/ui/console/instance").says(t, issuer+"/oauth/v2/token", issuer+"/oauth/v2/keys", "ES256", "12 hours")
	for _, path := range []string{"/ui/nothing", "/ui/console/nothing", "/ui/console/orgs/1/nothing", "/ui/assets/x/app.css", "/ui/assets/" + strings.Repeat("0", 16) + "/app.css"} {
		b.get(path).wants(t, http.StatusNotFound, "")
	}
	// A form must say what it is and where it comes from.
	b.site = ""
	b.post("/ui/console/account", "x", "y").wants(t, http.StatusForbidden, "")
	b.site = "same-origin"
	b.do(http.MethodDelete, "/ui/console/account", nil).wants(t, http.StatusNotFound, "")
	a := b.get(must(h.handler.assets.path("app.css")))
	if a.Code != http.StatusOK || !strings.Contains(a.Header().Get("Cache-Control"), "immutable") || a.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%d %v", a.Code, a.Header())
	}
}

func FuzzReadRoles(f *testing.F) {
	for _, s := range []string{"a,b,c", "a;b", "a\tb\tc\n\nd", `"a",b`, "a,b,c,d", "\"", "a\r\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		roles, err := readRoles(s)
		if err != nil {
			if !iam.Is(err, iam.InvalidArgument) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		for _, r := range roles {
			if err := iam.CheckRole(r); err != nil {
				t.Errorf("%q: %v", s, err)
			}
		}
	})
}

func FuzzChanges(f *testing.F) {
	f.Add([]byte(`{"before":{"a":1},"after":{"a":["x",null,{"b":2}],"c":true}}`))
	f.Add([]byte(`{"before":null}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		v := &visit{h: &Handler{texts: texts{}}}
		for _, c := range v.changes(payload) {
			if !json.Valid(payload) || c.Field == "" && c.Before == "" && c.After == "" {
				t.Errorf("%q: %v", payload, c)
			}
		}
	})
}
