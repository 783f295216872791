package console

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// world is one of everything that an address can name.
type world struct {
	*house
	org, other         iam.Org
	project            iam.Project
	machine, human     iam.User
	authorization      iam.Authorization
	grant, granted     iam.ProjectGrant
	pat                iam.Credential
	owner, viewer      iam.User // of org
	stranger, nobodies iam.User // owner of the other organization; a human who manages nothing
}

func newWorld(t *testing.T) *world {
	h := newHouse(t)
	w := &world{house: h, org: h.org("Acme"), other: h.org("Umbrella")}
	ctx := t.Context()
	inOrg, inOther := directory.Resource{Level: iam.LevelOrg, ID: w.org.ID}, directory.Resource{Level: iam.LevelOrg, ID: w.other.ID}
	w.owner = h.human("owner", w.org.ID, inOrg, string(iam.OrgOwner))
	w.viewer = h.human("viewer", w.org.ID, inOrg, string(iam.OrgOwnerViewer))
	w.stranger = h.human("stranger", w.other.ID, inOther, string(iam.OrgOwner))
	w.nobodies = h.human("nobodies", w.other.ID, inOther)
	w.human = h.human("human", w.org.ID, inOrg)
	w.machine = must(h.dir.CreateMachine(ctx, h.root, directory.NewMachine{OrgID: w.org.ID, UserName: "connector", Name: "connector", AccessTokenType: iam.JWTToken}))
	w.project = must(h.dir.CreateProject(ctx, h.root, directory.NewProject{OrgID: w.org.ID, Name: "backend"}))
	must(h.dir.AddRoles(ctx, h.root, w.project.ID, []iam.Role{{Key: "chat.admin.all", Group: "chat"}, {Key: "chat.knowledge.write", Group: "chat"}}))
	w.authorization = must(h.dir.CreateAuthorization(ctx, h.root, directory.NewAuthorization{
		UserID: w.machine.ID, ProjectID: w.project.ID, RoleKeys: []string{"chat.admin.all"},
	}))
	w.grant = must(h.dir.CreateProjectGrant(ctx, h.root, w.project.ID, w.other.ID, []string{"chat.admin.all"}))
	lent := must(h.dir.CreateProject(ctx, h.root, directory.NewProject{OrgID: w.other.ID, Name: "lent"}))
	must(h.dir.AddRoles(ctx, h.root, lent.ID, []iam.Role{{Key: "read"}}))
	w.granted = must(h.dir.CreateProjectGrant(ctx, h.root, lent.ID, w.org.ID, []string{"read"}))
	_, _, _, err := h.dir.GenerateSecret(ctx, h.root, w.machine.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.pat, _, err = h.dir.AddPAT(ctx, h.root, w.machine.ID, directory.NewPAT{})
	if err != nil {
		t.Fatal(err)
	}
	must(h.dir.AddMember(ctx, h.root, directory.Resource{Level: iam.LevelProject, ID: w.project.ID}, w.human.ID, []string{string(iam.ProjectOwner)}))
	return w
}

// fill puts the world's ids into a route's path.
func (w *world) fill(path string) string {
	user := w.machine.ID
	switch {
	case strings.Contains(path, "/projects/{project}/managers/{user}"):
		user = w.human.ID
	case strings.Contains(path, "/managers/{user}"):
		user = w.owner.ID
	case strings.HasSuffix(path, "/invitation"):
		user = w.human.ID
	}
	grant := w.grant.ID
	if strings.Contains(path, "/granted/") {
		grant = w.granted.ID
	}
	path = strings.NewReplacer("{org}", w.org.ID, "{user}", user, "{project}", w.project.ID, "{grant}", grant, "{token}", w.pat.ID,
		"{authorization}", w.authorization.ID, "{$}", "").Replace(path)
	if strings.HasSuffix(path, "/roles/edit") || strings.HasSuffix(path, "/roles/delete") {
		path += "?key=chat.admin.all"
	}
	return path
}

// sequence is the number of the last recorded change.
func (w *world) sequence() int64 {
	l := must(w.db.Read().Events(w.t.Context(), iam.Reach{All: true}, iam.Filter{}, iam.Page{Limit: 1}))
	return l.Items[0].Sequence
}

// filled is everything that a form might want, so that only the caller can be what is refused.
func (w *world) filled() []string {
	return []string{
		"user_name", "x", "name", "x", "first_name", "x", "last_name", "x", "key", "x", "roles", "x", "access_token_type", "jwt",
		"typed", "connector", "replaces", "none", "role_key", "chat.admin.all", "project_id", w.project.ID, "user_id", w.human.ID,
		"granted_org_id", w.other.ID, "client_secret", "LKS", "entry", "invitation", "display_name", "x", "seen", "1",
	}
}

// forWriters are the routes that only show what whoever may change something needs.
func forWriters(path string) bool {
	for _, end := range []string{
		"/new", "/new-service-user", "/several", "/edit", "/delete", "/deactivate", "/invitation", "/secret", "/secret/shown", "/secret/file",
	} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

// ofTheInstance are routes that ask for a right on the whole instance.
func ofTheInstance(path string) bool {
	return path == "/ui/console/orgs/new" || strings.HasPrefix(path, "/ui/console/instance/managers") || path == "/ui/console/instance/activity"
}

func TestEveryRouteAsNobody(t *testing.T) {
	w := newWorld(t)
	before := w.sequence()
	for _, r := range w.handler.routes() {
		for method := range strings.FieldsSeq(r.methods) {
			if r.access == anyone {
				continue
			}
			for name, b := range map[string]*browser{"no cookie": w.browser(), "a made-up cookie": func() *browser {
				b := w.browser()
				b.cookies["latchkey"] = keyring.NewSessionToken().Reveal()
				return b
			}()} {
				a := b.do(method, w.fill(r.path), values(w.filled()))
				if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.location(), "/ui/login") {
					t.Errorf("%s %s with %s: %d to %q", method, r.path, name, a.Code, a.location())
				}
			}
		}
	}
	if after := w.sequence(); after != before {
		t.Errorf("nobody changed something: %d events", after-before)
	}
}

func TestEveryRouteAsAnotherOrganizationsOwner(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"stranger", "nobodies"} {
		b := w.as(name)
		before := w.sequence()
		for _, r := range w.handler.routes() {
			for method := range strings.FieldsSeq(r.methods) {
				if r.access == anyone {
					continue
				}
				a := b.do(method, w.fill(r.path), values(w.filled()))
				want := []int{http.StatusNotFound}
				switch {
				case ofTheInstance(r.path):
					want = []int{http.StatusForbidden, http.StatusNotFound}
				case r.access == signedIn:
					continue
				}
				if !slices.Contains(want, a.Code) {
					t.Errorf("%s: %s %s: %d, want %d", name, method, r.path, a.Code, want)
				}
				for _, secret := range []string{"Acme", "connector", "backend", "chat.knowledge.write"} {
					if strings.Contains(a.text, secret) {
						t.Errorf("%s: %s %s tells %q", name, method, r.path, secret)
					}
				}
			}
		}
		if after := w.sequence(); after != before {
			t.Errorf("%s changed something: %d events", name, after-before)
		}
	}
}

// TestForeignIDs puts every id of another organization into the paths of one's own.
func TestForeignIDs(t *testing.T) {
	w := newWorld(t)
	b := w.as("stranger")
	own := w.other.ID
	before := w.sequence()
	n := 0
	for _, r := range w.handler.routes() {
		if r.access != inOrg || strings.Count(r.path, "{") < 2 {
			continue
		}
		for method := range strings.FieldsSeq(r.methods) {
			a := b.do(method, strings.Replace(w.fill(r.path), w.org.ID, own, 1), values(w.filled()))
			if a.Code != http.StatusNotFound {
				t.Errorf("%s %s with foreign ids: %d", method, r.path, a.Code)
			}
			n++
		}
	}
	if after := w.sequence(); after != before || n < 60 {
		t.Errorf("%d requests, %d events", n, after-before)
	}
}

func TestEveryRouteAsViewer(t *testing.T) {
	w := newWorld(t)
	b := w.as("viewer")
	before := w.sequence()
	for _, r := range w.handler.routes() {
		for method := range strings.FieldsSeq(r.methods) {
			if r.access == anyone || strings.HasPrefix(r.path, accountPath) && method == http.MethodPost {
				continue
			}
			a := b.do(method, w.fill(r.path), values(w.filled()))
			want := http.StatusOK
			switch {
			case r.path == "/ui/console/{$}", strings.HasSuffix(r.path, "/reactivate") && method == http.MethodGet, strings.HasSuffix(r.path, "/unlock") && method == http.MethodGet:
				want = http.StatusSeeOther
			case ofTheInstance(r.path), forWriters(r.path), method == http.MethodPost:
				want = http.StatusForbidden
			}
			if a.Code != want {
				t.Errorf("%s %s: %d, want %d; %s", method, r.path, a.Code, want, a.problem())
			}
			if a.Code == http.StatusOK && strings.Contains(a.text, "Generate Client Secret") {
				t.Errorf("%s %s offers a viewer what it may not do", method, r.path)
			}
		}
	}
	if after := w.sequence(); after != before {
		t.Errorf("a viewer changed something: %d events", after-before)
	}
}

func TestEveryPageAsOwner(t *testing.T) {
	w := newWorld(t)
	b := w.as("owner")
	for _, r := range w.handler.routes() {
		if !strings.HasPrefix(r.methods, "GET") || r.access == anyone {
			continue
		}
		a := b.get(w.fill(r.path))
		want := http.StatusOK
		switch {
		case r.path == "/ui/console/{$}", strings.HasSuffix(r.path, "/reactivate"), strings.HasSuffix(r.path, "/unlock"):
			want = http.StatusSeeOther
		case ofTheInstance(r.path):
			want = http.StatusForbidden
		}
		if a.Code != want {
			t.Errorf("%s: %d, want %d; %s", r.path, a.Code, want, a.problem())
		}
		checkPage(t, r.path, a)
	}
}

// checkPage is what holds for every page.
func checkPage(t *testing.T, name string, a answer) {
	t.Helper()
	header := a.Header()
	for key, want := range map[string]string{
		"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	} {
		if header.Get(key) != want {
			t.Errorf("%s: %s is %q", name, key, header.Get(key))
		}
	}
	if a.Code < 300 && header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: may be stored", name)
	}
	for _, bad := range []string{"<style", " style=", "<script>", "onclick", "javascript:", "%!", "&lt;nil&gt;", "ZgotmplZ", ">[", "[redacted]"} {
		if strings.Contains(a.text, bad) {
			t.Errorf("%s: holds %q", name, bad)
		}
	}
}

func values(pairs []string) map[string][]string {
	out := map[string][]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = append(out[pairs[i]], pairs[i+1])
	}
	return out
}

// TestEveryManagerRole walks all pages with each manager role alone: whoever may
// do one thing finds its way to it, and no page fails.
func TestEveryManagerRole(t *testing.T) {
	w := newWorld(t)
	for _, place := range []directory.Resource{
		{Level: iam.LevelInstance},
		{Level: iam.LevelOrg, ID: w.org.ID},
		{Level: iam.LevelProject, ID: w.project.ID},
		{Level: iam.LevelProjectGrant, ID: w.granted.ID},
	} {
		for _, role := range iam.ManagerRoles(place.Level) {
			name := strings.ToLower(string(role))
			h := w.house.human(name, w.other.ID, place, string(role))
			b := w.as(name)
			home := b.get("/ui/console/").location()
			opens := role.Allows(iam.OrgRead) || role.Allows(iam.ProjectRead) || role.Allows(iam.ProjectCreate)
			if opens != strings.HasPrefix(home, "/ui/console/orgs/") && place.Level != iam.LevelInstance {
				t.Errorf("%s begins at %s", role, home)
			}
			seen := 0
			for _, r := range w.handler.routes() {
				if !strings.HasPrefix(r.methods, isPage) || r.access == anyone {
					continue
				}
				a := b.get(w.fill(r.path))
				switch a.Code {
				case http.StatusOK:
					seen++
					checkPage(t, string(role)+" "+r.path, a)
				case http.StatusSeeOther, http.StatusForbidden, http.StatusNotFound:
				default:
					t.Errorf("%s: %s: %d", role, r.path, a.Code)
				}
			}
			if opens && seen < 6 {
				t.Errorf("%s sees %d pages only", role, seen)
			}
			// A role more than it could give itself is not given away by a form.
			b.post("/ui/console/instance/managers/new", "user_id", h.ID, "roles", string(iam.IAMOwner))
			m := must(w.db.Read().MembershipsOf(t.Context(), h.ID))
			if role != iam.IAMOwner && slices.ContainsFunc(m, func(m iam.Membership) bool { return slices.Contains(m.Roles, iam.IAMOwner) }) {
				t.Errorf("%s made itself an owner", role)
			}
		}
	}
}
