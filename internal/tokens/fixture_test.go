package tokens

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

const testIssuer = "https://id.example.test"

// world is one instance and the node that issues its tokens. Both live at one
// fixed time, which tests move.
type world struct {
	t        testing.TB
	config   store.Config
	db       *store.DB
	master   keyring.MasterKey
	dir      *directory.Directory
	instance iam.Instance
	issuer   *Issuer
	now      time.Time
	root     iam.Caller // owns the instance
	rootPAT  string
}

func newWorld(t testing.TB, alg keyring.Algorithm) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w.config = storetest.SQLite(t)
	w.config.Now = func() time.Time { return w.now }
	w.db = storetest.Open(t, w.config)
	w.master = must(keyring.NewMasterKey())
	w.dir = &directory.Directory{
		Store: w.db, Host: "example.test", Passwords: keyring.NewPasswordHasher(1), Keys: keyring.NewKeyMaker(1), Master: w.master, Now: w.config.Now,
	}
	pat := filepath.Join(t.TempDir(), "admin.pat")
	must(w.dir.SetUp(t.Context(), directory.FirstInstance{
		OrgName: "Home", AdminUserName: "admin", MachineUserName: "root", PATPath: pat,
		SigningAlgorithm: alg,
	}))
	w.rootPAT = strings.TrimSpace(string(must(os.ReadFile(pat))))
	w.instance = must(w.db.Read().Instance(t.Context()))
	w.issuer = w.node(w.db)
	w.root = must(w.issuer.Caller(t.Context(), w.rootPAT))
	return w
}

// node is an issuer of the world's instance over a store of its own.
func (w *world) node(db *store.DB) *Issuer {
	w.t.Helper()
	keys := must(LoadKeys(w.t.Context(), db, w.master))
	sealer := must(keyring.NewTokenSealer(must(directory.TokenKey(w.instance, w.master))))
	return &Issuer{
		URL: testIssuer, InternalProjectID: w.instance.InternalProjectID,
		Cache: NewCache(db, time.Hour), Keys: keys, Lifetimes: must(LoadLifetimes(w.t.Context(), db)), Sealer: sealer, Now: w.config.Now,
	}
}

// must is for what a test's set-up needs.
func must[R any](r R, err error) R {
	if err != nil {
		panic(err)
	}
	return r
}

func (w *world) org(name string) iam.Org {
	w.t.Helper()
	org, _, err := w.dir.CreateOrg(w.t.Context(), w.root, directory.NewOrg{Name: name})
	if err != nil {
		w.t.Fatal(err)
	}
	return org
}

func (w *world) project(orgID, name string, roles ...string) iam.Project {
	w.t.Helper()
	p := must(w.dir.CreateProject(w.t.Context(), w.root, directory.NewProject{OrgID: orgID, Name: name}))
	w.addRoles(p.ID, roles...)
	return p
}

func (w *world) addRoles(projectID string, keys ...string) {
	w.t.Helper()
	roles := make([]iam.Role, len(keys))
	for i, k := range keys {
		roles[i].Key = k
	}
	if len(roles) > 0 {
		must(w.dir.AddRoles(w.t.Context(), w.root, projectID, roles))
	}
}

// machine is a service user with a client secret.
type machine struct {
	iam.User
	secret, credentialID string
}

func (w *world) machine(orgID, name string, form iam.AccessTokenType) machine {
	w.t.Helper()
	u := must(w.dir.CreateMachine(w.t.Context(), w.root, directory.NewMachine{
		OrgID: orgID, UserName: name, Name: name, AccessTokenType: form,
	}))
	m := machine{User: u}
	w.newSecret(&m)
	return m
}

func (w *world) newSecret(m *machine) {
	w.t.Helper()
	_, cred, secret, err := w.dir.GenerateSecret(w.t.Context(), w.root, m.ID, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	m.secret, m.credentialID = secret.Reveal(), cred.ID
}

func (w *world) authorize(userID, projectID, orgID string, roles ...string) iam.Authorization {
	w.t.Helper()
	return must(w.dir.CreateAuthorization(w.t.Context(), w.root, directory.NewAuthorization{
		UserID: userID, ProjectID: projectID, OrgID: orgID, RoleKeys: roles,
	}))
}

func (w *world) authenticate(m machine) (Client, error) {
	return w.issuer.Cache.Authenticate(w.t.Context(), []Reading{{Name: m.UserName, Secret: m.secret}}, w.now)
}

// issue is one whole token request.
func (w *world) issue(m machine, scope string) (string, error) {
	client, err := w.authenticate(m)
	if err != nil {
		return "", err
	}
	t, err := w.issuer.Issue(w.t.Context(), client, scope)
	return string(t.Access), err
}

// claims are the claims of a JWT that the client gets.
func (w *world) claims(m machine, scope string) map[string]any {
	w.t.Helper()
	return decodeClaims(w.t, must(w.issue(m, scope)))
}

func decodeClaims(t testing.TB, token string) map[string]any {
	t.Helper()
	_, _, payload, _, err := keyring.ParseCompact(token)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// audience is the scope for a project as audience.
func audience(projectID string) string {
	return iam.ScopeProjectIDPrefix + projectID + iam.ScopeAudienceSuffix
}

func wantKind(t testing.TB, what string, err error, kind iam.Kind) {
	t.Helper()
	if !iam.Is(err, kind) {
		t.Errorf("%s: error %v, want kind %d", what, err, kind)
	}
}

// otherStore is a second store on the world's database that does not follow the feed.
func (w *world) otherStore() *store.DB {
	w.t.Helper()
	return storetest.Open(w.t, w.config)
}
