package console

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/session"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
	"github.com/latchkey-iam/latchkey/internal/tokens"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

const (
	issuer   = "http://localhost:8080"
	password = "correct horse battery"
)

// house is an instance with its console, and a clock that tests may set.
type house struct {
	t       testing.TB
	db      *store.DB
	dir     *directory.Directory
	handler *Handler
	root    iam.Caller
	orgID   string
	mu      sync.Mutex
	clock   time.Time
}

func must[R any](r R, err error) R {
	if err != nil {
		panic(err)
	}
	return r
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = h.clock.Add(d)
}

func newHouse(t testing.TB) *house { return newHouseAt(t, issuer) }

func newHouseAt(t testing.TB, address string) *house {
	t.Helper()
	h := &house{t: t, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	h.db = storetest.NewAt(t, h.now)
	hasher := keyring.NewPasswordHasher(2)
	master := must(keyring.NewMasterKey())
	h.dir = &directory.Directory{Store: h.db, Host: "localhost", Passwords: hasher, Keys: keyring.NewKeyMaker(1), Master: master, Now: h.now}
	must(h.dir.SetUp(t.Context(), directory.FirstInstance{
		OrgName: "Home", AdminUserName: "admin", AdminPassword: password, MachineUserName: "root",
		PATPath: filepath.Join(t.TempDir(), "pat"), SigningAlgorithm: keyring.ES256,
	}))
	instance := must(h.db.Read().Instance(t.Context()))
	h.orgID = instance.DefaultOrgID
	issuer := &tokens.Issuer{
		URL: address, InternalProjectID: instance.InternalProjectID,
		Cache: tokens.NewCache(h.db, time.Hour), Keys: must(tokens.LoadKeys(t.Context(), h.db, master)),
		Lifetimes: must(tokens.LoadLifetimes(t.Context(), h.db)), Sealer: must(keyring.NewTokenSealer(must(directory.TokenKey(instance, master)))), Now: h.now,
	}
	sessions := &session.Service{Store: h.db, Passwords: hasher, Now: h.now}
	h.handler = must(New(Config{Directory: h.dir, Sessions: sessions, Tokens: issuer, Now: h.now}))
	began := must(sessions.SignIn(t.Context(), "admin", keyring.Conceal(password), session.From{Address: "192.0.2.1"}))
	h.root = must(sessions.Resume(t.Context(), began.Token.Reveal())).Caller
	return h
}

// human adds a human of an organization who manages as said.
func (h *house) human(name, orgID string, r directory.Resource, roles ...string) iam.User {
	h.t.Helper()
	u := must(h.dir.CreateHuman(h.t.Context(), h.root, orgID, directory.NewHuman{
		UserName: name, Password: password, Profile: iam.Profile{FirstName: name, LastName: "Test", Email: name + "@example.test"},
	}))
	if len(roles) > 0 {
		must(h.dir.AddMember(h.t.Context(), h.root, r, u.ID, roles))
	}
	return u
}

func (h *house) org(name string) iam.Org {
	h.t.Helper()
	o, _, err := h.dir.CreateOrg(h.t.Context(), h.root, directory.NewOrg{Name: name})
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}

func (h *house) machine(name string) iam.User {
	h.t.Helper()
	return must(h.dir.CreateMachine(h.t.Context(), h.root, directory.NewMachine{
		OrgID: h.orgID, UserName: name, Name: name, AccessTokenType: iam.JWTToken,
	}))
}

func (h *house) project(name string, roles ...string) iam.Project {
	h.t.Helper()
	p := must(h.dir.CreateProject(h.t.Context(), h.root, directory.NewProject{OrgID: h.orgID, Name: name}))
	var rs []iam.Role
	for _, key := range roles {
		rs = append(rs, iam.Role{Key: key, Group: strings.SplitN(key, ".", 2)[0]})
	}
	if len(rs) > 0 {
		must(h.dir.AddRoles(h.t.Context(), h.root, p.ID, rs))
	}
	return p
}

// browser keeps cookies as a browser does, and sends what one sends.
type browser struct {
	h       *house
	cookies map[string]string
	address string
	site    string // Sec-Fetch-Site
	host    string
	log     strings.Builder // of all requests
}

func (h *house) browser() *browser {
	return &browser{h: h, cookies: map[string]string{}, address: "192.0.2.7", site: "same-origin", host: "localhost:8080"}
}

// as is a browser in which somebody has signed in.
func (h *house) as(userName string) *browser {
	h.t.Helper()
	b := h.browser()
	a := b.post("/ui/login", "user_name", userName, "password", password)
	if a.Code != http.StatusSeeOther {
		h.t.Fatalf("%s was not signed in: %d %s", userName, a.Code, a.problem())
	}
	return b
}

// answer is a page.
type answer struct {
	*httptest.ResponseRecorder
	text string
}

func (b *browser) do(method, target string, form url.Values) answer {
	b.h.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	r.Host = b.host
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.site != "" {
		r.Header.Set("Sec-Fetch-Site", b.site)
	}
	r.Header.Set("User-Agent", "Test Browser")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	line := &weblog.Line{Address: b.address}
	w := httptest.NewRecorder()
	b.h.handler.ServeHTTP(w, r.WithContext(weblog.With(r.Context(), line)))
	fmt.Fprintln(&b.log, method, target, w.Code, line.Attrs())
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	body, _ := io.ReadAll(w.Result().Body)
	w.Header().Set("X-Test-Log", fmt.Sprint(line.Attrs()))
	return answer{w, string(body)}
}

func (b *browser) get(target string) answer {
	b.h.t.Helper()
	return b.do(http.MethodGet, target, nil)
}

func (b *browser) post(target string, pairs ...string) answer {
	b.h.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, target, form)
}

// location is where a redirect leads.
func (a answer) location() string { return a.Header().Get("Location") }

var tags = regexp.MustCompile(`(?s)<[^>]*>`)

// problem is what a page says is wrong, for messages of tests.
func (a answer) problem() string {
	var out []string
	for _, m := range regexp.MustCompile(`(?s)<(?:div class="notice bad"|p class="error"|p class="hint")[^>]*>(.*?)</(?:div|p)>`).FindAllStringSubmatch(a.text, -1) {
		out = append(out, strings.TrimSpace(tags.ReplaceAllString(m[1], " ")))
	}
	return strings.Join(out, "; ")
}

// field is the value of a hidden or visible input.
func (a answer) field(name string) string {
	for _, m := range regexp.MustCompile(`<input[^>]*>`).FindAllString(a.text, -1) {
		if strings.Contains(m, ` name="`+name+`"`) {
			if v := regexp.MustCompile(` value="([^"]*)"`).FindStringSubmatch(m); v != nil {
				return v[1]
			}
		}
	}
	return ""
}

// wants checks the status of an answer, and where it leads.
func (a answer) wants(t testing.TB, status int, location string) {
	t.Helper()
	if a.Code != status && a.Code == http.StatusInternalServerError {
		t.Errorf("log: %s", a.Header().Get("X-Test-Log"))
	}
	if a.Code != status || location != "" && a.location() != location {
		t.Fatalf("status %d, want %d; location %q, want %q; %s", a.Code, status, a.location(), location, a.problem())
	}
}

// says checks that a page holds texts.
func (a answer) says(t testing.TB, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !strings.Contains(a.text, s) {
			t.Errorf("the page does not say %q: %s", s, a.problem())
		}
	}
}

func reading(name, secret string) []tokens.Reading {
	return []tokens.Reading{{Name: name, Secret: secret}}
}
