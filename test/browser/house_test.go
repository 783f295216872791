//go:build browser

package browser

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/test/nodes"
)

// house is a node with what an enterprise keeps in one, filled through the
// console's own forms.
type house struct {
	t      testing.TB
	n      *nodes.Node
	client *http.Client
	names  map[string]string // ids by the names that addresses use in braces
}

// furnished starts a node and fills it.
func furnished(t testing.TB) *house {
	t.Helper()
	n := kit.Start(t, nodes.Options{Env: []string{
		"LATCHKEY_FIRST_INSTANCE_ADMIN_PASSWORD=" + password, "LATCHKEY_FIRST_INSTANCE_ORG_NAME=Meridian Logistics",
	}})
	jar, err := cookiejar.New(nil)
	must(t, err)
	h := &house{t: t, n: n, names: map[string]string{}, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	h.post("/ui/login", "user_name", "admin", "password", password)
	h.names["org"] = h.find(h.get("/ui/console/"), `/ui/console/orgs/(\d+)`)
	h.names["admin"] = h.find(h.get("{org}/users"), `/users/(\d+)"`)
	h.post("{org}/users/{admin}", "user_name", "admin", "first_name", "Ada", "last_name", "Lindqvist", "email", "ada.lindqvist@meridian.example")
	h.addOrgs()
	h.addProjects()
	h.addUsers()
	h.addAuthorizations()
	h.addManagers()
	return h
}

// orgNames are the names of organizations.
func orgNames() []string { return []string{"org", "partner", "new", "quiet", "old"} }

// at is an address whose names in braces are ids; those of
// organizations are their pages.
func (h *house) at(path string) string {
	h.t.Helper()
	path = regexp.MustCompile(`\{\w+\}`).ReplaceAllStringFunc(path, func(name string) string {
		name = strings.Trim(name, "{}")
		id, ok := h.names[name]
		if !ok {
			h.t.Fatalf("nothing is called %q", name)
		}
		if slices.Contains(orgNames(), name) {
			return "/ui/console/orgs/" + id
		}
		return id
	})
	return h.n.Issuer + path
}

func (h *house) do(method, path string, form url.Values) (status int, location, body string) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.at(path), strings.NewReader(form.Encode()))
	must(h.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin") // as a browser says
	response, err := h.client.Do(request)
	must(h.t, err)
	all, err := io.ReadAll(response.Body)
	must(h.t, err)
	must(h.t, response.Body.Close())
	return response.StatusCode, response.Header.Get("Location"), string(all)
}

// get is what a page holds, and where it leads.
func (h *house) get(path string) string {
	h.t.Helper()
	_, location, body := h.do(http.MethodGet, path, nil)
	return location + body
}

// post sends a form, which must be taken, and returns what it answers.
func (h *house) post(path string, pairs ...string) string {
	h.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	status, _, body := h.do(http.MethodPost, path, form)
	if status != http.StatusSeeOther && status != http.StatusOK {
		said := regexp.MustCompile(`(?s)<main.*</main>`).FindString(body)
		h.t.Fatalf("%s: status %d: %s", path, status, tidy(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(said, " ")))
	}
	return body
}

func (h *house) find(page, pattern string) string {
	h.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if m == nil {
		h.t.Fatalf("%s does not match %s", page, pattern)
	}
	return m[1]
}

func (h *house) addOrgs() {
	for _, o := range [][3]string{
		{"partner", "286154402917356033", "Kestrel Analytics"},
		{"new", "286154402917421569", "Fjord Energy"},
		{"old", "286154402917487105", "Aurora Retail"},
		{"quiet", "286154402917487999", "Baltic Wind"},
	} {
		h.names[o[0]] = o[1]
		h.post("/ui/console/orgs/new", "id", o[1], "name", o[2])
	}
	h.post("{old}/deactivate", "typed", "Aurora Retail")
	h.names["there"] = "286154402918732289"
	h.post("{quiet}/users/new-service-user", "id", h.names["there"], "user_name", "meter-reader", "name", "Meter reader", "access_token_type", "jwt")
}

func (h *house) addProjects() {
	for _, p := range [][4]string{
		{"org", "billing", "286154402917552641", "billing-api"},
		{"org", "ingest", "286154402917618177", "document-ingest"},
		{"org", "notify", "286154402917683713", "notifications"},
		{"org", "legacy", "286154402917749249", "legacy-tracking"},
		{"org", "chat", "286154402917814785", "chat-backend"},
		{"partner", "forecast", "286154402917880321", "demand-forecast"},
	} {
		h.names[p[1]] = p[2]
		h.post("{"+p[0]+"}/projects/new", "id", p[2], "name", p[3])
	}
	h.post("{org}/projects/{chat}/roles/several", "roles", `chat.admin.all, Everything in the chat, Chat
chat.knowledge.read, Read knowledge bases, Chat
chat.knowledge.write, Write knowledge bases, Chat
chat.session.read, Read conversations, Chat
ingest.run, Start an import, Import
ingest.schedule, Plan imports, Import
audit.read, Read the audit trail`)
	h.post("{org}/projects/{billing}/roles/several", "roles", "invoice.read, Read invoices, Invoices\ninvoice.write, Write invoices, Invoices\ndunning.run, Send reminders")
	h.post("{org}/projects/{ingest}/roles/several", "roles", "document.write, Store documents\ndocument.delete, Delete documents")
	h.post("{partner}/projects/{forecast}/roles/several", "roles", "forecast.read, Read forecasts, Forecast\nforecast.run, Compute forecasts, Forecast\nmodel.train, Train models, Models")
	h.post("{org}/projects/{legacy}/deactivate", "typed", "legacy-tracking")
	h.post("{org}/projects/{chat}/grants/new", "granted_org_id", h.names["partner"], "role_key", "chat.knowledge.read", "role_key", "chat.session.read")
	h.post("{org}/projects/{chat}/grants/new", "granted_org_id", h.names["new"], "role_key", "chat.knowledge.read")
	h.post("{partner}/projects/{forecast}/grants/new", "granted_org_id", h.names["org"], "role_key", "forecast.read", "role_key", "forecast.run")
	h.names["grant"] = h.find(h.get("{org}/projects/{chat}/grants"), `/grants/(\d+)"`)
	h.names["granted"] = h.find(h.get("{org}/projects"), `/granted/(\d+)"`)
}

func (h *house) addUsers() {
	machine := func(name, id, userName, label, description string) {
		h.names[name] = id
		h.post("{org}/users/new-service-user", "id", id, "user_name", userName, "name", label, "description", description, "access_token_type", "jwt")
	}
	for i := range 24 { // more than one page
		id := fmt.Sprintf("2861544029179%05d", 10000+i)
		machine("gateway"+id, id, fmt.Sprintf("edge-gateway-%02d", i+1), fmt.Sprintf("Edge gateway %02d", i+1), "")
	}
	machine("off", "286154402918011393", "billing-export-2024", "Billing export (old)", "Replaced by billing-export.")
	machine("locked", "286154402918076929", "tracking-relay", "Tracking relay", "")
	machine("nightly", "286154402918142465", "nightly-billing", "Nightly billing run", "Creates the day's invoices. Ask the finance platform team.")
	machine("bare", "286154402918208001", "vault-sync", "Vault sync", "Copies secrets between vaults.")
	machine("connector", "286154402918273537", "sharepoint-connector", "SharePoint connector",
		"Brings documents from SharePoint into the knowledge bases, every hour. Ask the integration team: #team-integration.")
	h.post("{org}/users/{off}/deactivate", "typed", "billing-export-2024")
	h.lock("locked")
	h.post("{org}/users/{connector}/secret", "replaces", "none")
	h.post("{org}/users/{nightly}/secret", "replaces", "none")
	h.post("{org}/users/{connector}", "user_name", "sharepoint-connector", "name", "SharePoint connector", "access_token_type", "jwt",
		"description", "Brings documents from SharePoint into the knowledge bases, every hour. Ask the integration team.")
	h.names["token"] = "286154402918339073"
	h.post("{org}/users/{connector}/tokens/new", "id", "286154402918404609", "expires", "")
	h.post("{org}/users/{connector}/tokens/new", "id", h.names["token"], "expires", "2099-12-31")

	human := func(name, id, first, last, email string) {
		h.names[name] = id
		h.post("{org}/users/new", "id", id, "first_name", first, "last_name", last, "email", email, "entry", "password", "password", password)
	}
	human("viewer", "286154402918470145", "Tomasz", "Wójcik", "tomasz.wojcik@meridian.example")
	human("newcomer", "286154402918535681", "Lea", "Baumgartner", "lea.baumgartner@meridian.example")
	human("long", "286154402918601217", "Priyadarshini", "Raghunathan-Montgomery", "priyadarshini.raghunathan-montgomery@logistics.meridian.example")
	human("member", "286154402918666753", "Kofi", "Mensah", "kofi.mensah@meridian.example")
}

// lock locks a user as a program does: the console only unlocks.
func (h *house) lock(name string) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.n.Base+"/management/v1/users/"+h.names[name]+"/_lock", strings.NewReader("{}"))
	must(h.t, err)
	request.Header.Set("Authorization", "Bearer "+h.n.PAT)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	must(h.t, err)
	must(h.t, response.Body.Close())
	if response.StatusCode != http.StatusOK {
		h.t.Fatalf("locking answers %d", response.StatusCode)
	}
}

func (h *house) addAuthorizations() {
	give := func(user, project, grant string, roles ...string) {
		pairs := []string{"project_id", h.names[project], "grant_id", grant}
		for _, r := range roles {
			pairs = append(pairs, "role_key", r)
		}
		h.post("{org}/users/{"+user+"}/authorizations/new", pairs...)
	}
	give("nightly", "billing", "", "invoice.write", "dunning.run")
	give("off", "billing", "", "invoice.read")
	give("member", "chat", "", "chat.admin.all")
	give("connector", "forecast", h.names["granted"], "forecast.read")
	give("connector", "chat", "", "chat.admin.all", "chat.knowledge.write", "ingest.run")
	h.names["authorization"] = h.find(h.get("{org}/users/{connector}/authorizations"), `/authorizations/(\d+)"`)
}

func (h *house) addManagers() {
	add := func(at, user string, roles ...string) {
		pairs := []string{"user_id", h.names[user]}
		for _, r := range roles {
			pairs = append(pairs, "roles", r)
		}
		h.post(at+"/managers/new", pairs...)
	}
	add("{org}", "viewer", "ORG_OWNER_VIEWER")
	add("{org}", "long", "ORG_USER_MANAGER", "ORG_USER_PERMISSION_EDITOR", "ORG_PROJECT_CREATOR")
	add("{org}/projects/{chat}", "member", "PROJECT_OWNER")
	add("/ui/console/instance", "long", "IAM_OWNER_VIEWER")
}

// signed is a tab in which somebody is signed in. Whoever has the password of
// the administrator's choice takes another one first, unless asked to keep it.
func (h *house) signed(t testing.TB, user string, keep bool) *Page {
	t.Helper()
	p := chromium.Tab(t)
	signIn(p, h.n, user, password)
	if user == "admin" || keep {
		return p
	}
	p.See("Somebody else chose your password.")
	p.Fill("Current password", password)
	p.Fill("New password", password+" of my own")
	p.Fill("The same password again", password+" of my own")
	p.Click("button", "Change password")
	p.See("Your password was changed.")
	return p
}
