package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
	"github.com/latchkey-iam/latchkey/internal/tokens"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// house is an instance behind the management API, with the organizations alpha
// and beta and a token for each kind of caller.
type house struct {
	t      testing.TB
	db     *store.DB
	dir    *directory.Directory
	root   iam.Caller
	server *Server
	home   string // the default organization
	alpha  string
	beta   string

	rootToken  string // owns the instance
	ownerToken string // owns alpha
	plainToken string // a service user of alpha that manages nothing
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, db: storetest.New(t)}
	master := must(keyring.NewMasterKey())
	h.dir = &directory.Directory{Store: h.db, Host: "example.test", Passwords: keyring.NewPasswordHasher(1), Keys: keyring.NewKeyMaker(1), Master: master, Now: time.Now}
	pat := filepath.Join(t.TempDir(), "admin.pat")
	must(h.dir.SetUp(t.Context(), directory.FirstInstance{
		OrgName: "Home", AdminUserName: "admin", MachineUserName: "root", PATPath: pat,
		SigningAlgorithm: keyring.ES256,
	}))
	h.rootToken = strings.TrimSpace(string(must(os.ReadFile(pat))))
	instance := must(h.db.Read().Instance(t.Context()))
	h.home = instance.DefaultOrgID
	issuer := &tokens.Issuer{
		URL: "https://id.example.test", InternalProjectID: instance.InternalProjectID,
		Cache: tokens.NewCache(h.db, time.Hour), Keys: must(tokens.LoadKeys(t.Context(), h.db, master)),
		Lifetimes: must(tokens.LoadLifetimes(t.Context(), h.db)), Sealer: must(keyring.NewTokenSealer(must(directory.TokenKey(instance, master)))), Now: time.Now,
	}
	h.server = &Server{Directory: h.dir, Tokens: issuer, Now: time.Now}
	h.root = must(issuer.Caller(t.Context(), h.rootToken))
	h.alpha, h.beta = h.org("Alpha"), h.org("Beta")
	var owner string
	owner, h.ownerToken = h.machine(h.alpha, "owner")
	must(h.dir.AddMember(t.Context(), h.root, directory.Resource{Level: iam.LevelOrg, ID: h.alpha}, owner, []string{string(iam.OrgOwner)}))
	_, h.plainToken = h.machine(h.alpha, "plain")
	return h
}

func must[R any](r R, err error) R {
	if err != nil {
		panic(err)
	}
	return r
}

func (h *house) org(name string) string {
	h.t.Helper()
	org, _, err := h.dir.CreateOrg(h.t.Context(), h.root, directory.NewOrg{Name: name})
	if err != nil {
		h.t.Fatal(err)
	}
	return org.ID
}

// machine is a service user with a personal access token.
func (h *house) machine(orgID, name string) (id, token string) {
	h.t.Helper()
	u := must(h.dir.CreateMachine(h.t.Context(), h.root, directory.NewMachine{OrgID: orgID, UserName: name, Name: name}))
	_, pat, err := h.dir.AddPAT(h.t.Context(), h.root, u.ID, directory.NewPAT{})
	if err != nil {
		h.t.Fatal(err)
	}
	return u.ID, pat.Reveal()
}

// incoming is the context of a request with this metadata, names and values in
// turn, and the log line that it writes.
func incoming(t testing.TB, pairs ...string) (context.Context, *weblog.Line) {
	line := new(weblog.Line)
	return metadata.NewIncomingContext(weblog.With(t.Context(), line), metadata.Pairs(pairs...)), line
}

// serve serves the API in all its protocols, and returns its address and a gRPC connection to it.
func (h *house) serve() (address string, conn *grpc.ClientConn) {
	h.t.Helper()
	s := httptest.NewUnstartedServer(must(h.server.Handler()))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	h.t.Cleanup(s.Close)
	conn = must(grpc.NewClient(s.Listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials())))
	h.t.Cleanup(func() { _ = conn.Close() })
	return s.URL, conn
}
