package oauth

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
	"github.com/latchkey-iam/latchkey/internal/tokens"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

const issuer = "https://id.example.test"

// house is an instance behind the protocol endpoints, at one fixed time.
type house struct {
	t       testing.TB
	db      *store.DB
	dir     *directory.Directory
	root    iam.Caller
	orgID   string
	project string
	handler *Handler
	mux     *http.ServeMux
	secrets []string // everything that must never be shown
}

func newHouse(t testing.TB, alg keyring.Algorithm) *house {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 500_000, time.UTC) }
	cfg := storetest.SQLite(t)
	cfg.Now = now
	h := &house{t: t, db: storetest.Open(t, cfg), mux: http.NewServeMux()}
	master := must(keyring.NewMasterKey())
	h.dir = &directory.Directory{Store: h.db, Host: "example.test", Passwords: keyring.NewPasswordHasher(1), Keys: keyring.NewKeyMaker(1), Master: master, Now: now}
	pat := filepath.Join(t.TempDir(), "admin.pat")
	must(h.dir.SetUp(t.Context(), directory.FirstInstance{
		OrgName: "Home", AdminUserName: "admin", MachineUserName: "root", PATPath: pat, SigningAlgorithm: alg,
	}))
	instance := must(h.db.Read().Instance(t.Context()))
	i := &tokens.Issuer{
		URL: issuer, InternalProjectID: instance.InternalProjectID,
		Cache: tokens.NewCache(h.db, time.Hour), Keys: must(tokens.LoadKeys(t.Context(), h.db, master)),
		Lifetimes: must(tokens.LoadLifetimes(t.Context(), h.db)), Sealer: must(keyring.NewTokenSealer(must(directory.TokenKey(instance, master)))), Now: now,
	}
	h.root = must(i.Caller(t.Context(), strings.TrimSpace(string(must(os.ReadFile(pat))))))
	h.orgID = instance.DefaultOrgID
	h.handler = &Handler{Tokens: i}
	for path, handle := range h.handler.Routes() {
		h.mux.HandleFunc(path, handle)
	}
	h.project = must(h.dir.CreateProject(t.Context(), h.root, directory.NewProject{ID: "300000000000000001", OrgID: h.orgID, Name: "Chat"})).ID
	must(h.dir.AddRoles(t.Context(), h.root, h.project, []iam.Role{{Key: "chat.admin.all"}, {Key: "chat.reader"}}))
	return h
}

func must[R any](r R, err error) R {
	if err != nil {
		panic(err)
	}
	return r
}

// machine adds a service user with roles, and returns its id and its secret.
func (h *house) machine(name string, form iam.AccessTokenType) (id, secret string) {
	h.t.Helper()
	u := must(h.dir.CreateMachine(h.t.Context(), h.root, directory.NewMachine{
		OrgID: h.orgID, UserName: name, Name: name, AccessTokenType: form,
	}))
	_, _, s, err := h.dir.GenerateSecret(h.t.Context(), h.root, u.ID, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	must(h.dir.CreateAuthorization(h.t.Context(), h.root, directory.NewAuthorization{
		UserID: u.ID, ProjectID: h.project, OrgID: h.orgID, RoleKeys: []string{"chat.admin.all", "chat.reader"},
	}))
	h.secrets = append(h.secrets, s.Reveal())
	return u.ID, s.Reveal()
}

// request is one request to the token endpoint, most of it already right.
type request struct {
	method string // POST
	target string // PathToken
	header http.Header
	body   string
	length int64 // of the body as told; 0: the right one
}

// answer is what comes back, with the log line that the request leaves.
type answer struct {
	*httptest.ResponseRecorder
	line string
}

func (h *house) do(r request) answer {
	h.t.Helper()
	if r.method == "" {
		r.method = http.MethodPost
	}
	if r.target == "" {
		r.target = PathToken
	}
	req := httptest.NewRequest(r.method, r.target, strings.NewReader(r.body))
	if r.length != 0 {
		req.ContentLength = r.length
	}
	maps.Copy(req.Header, r.header)
	if _, ok := r.header["Content-Type"]; !ok && r.method == http.MethodPost {
		req.Header.Set("Content-Type", formType)
	}
	line := new(weblog.Line)
	out := httptest.NewRecorder()
	h.mux.ServeHTTP(out, req.WithContext(weblog.With(h.t.Context(), line)))
	return answer{out, fmt.Sprint(line.Attrs())}
}

// basic is a header with HTTP Basic, as it is.
func basic(id, secret string) http.Header {
	return http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))}}
}

// form is a body of names and values in turn.
func form(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

// String is the answer as a golden file shows it.
func (a answer) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n", a.Code)
	var names []string
	for name := range a.Header() {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range a.Header()[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", a.Body)
	return b.String()
}

// wantNoSecret checks that neither answer nor log line shows a secret.
func (h *house) wantNoSecret(t *testing.T, a answer) {
	t.Helper()
	shown := a.String() + a.line
	for _, s := range h.secrets {
		for _, form := range []string{s, url.QueryEscape(s), base64.StdEncoding.EncodeToString([]byte(s))} {
			if strings.Contains(shown, form) {
				t.Errorf("a secret is shown: %s", shown)
			}
		}
	}
}
