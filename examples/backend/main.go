// Command backend is a small service behind Latchkey: one route for every
// valid access token, one for those who hold a role.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/latchkey-iam/latchkey/verify"
)

// adminRole is a role of the project, defined in Latchkey.
const adminRole = "chat.admin.all"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "backend:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	issuer := flag.String("issuer", cmp.Or(os.Getenv("BACKEND_ISSUER"), "http://localhost:8080"), "`address` of Latchkey, as its tokens name it")
	project := flag.String("project-id", os.Getenv("BACKEND_PROJECT_ID"), "`id` of the project that tokens must be meant for")
	listen := flag.String("listen", cmp.Or(os.Getenv("BACKEND_LISTEN"), "127.0.0.1:8090"), "`address` to listen on")
	flag.Parse()

	guard, err := verify.New(verify.Config{Issuer: *issuer, Audience: *project, Logger: slog.Default()})
	if err != nil {
		return err
	}
	server := &http.Server{Addr: *listen, Handler: routes(guard), ReadHeaderTimeout: 5 * time.Second}
	drained := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(drained)
		deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(deadline)
	})
	slog.Info("listening", "address", *listen, "issuer", *issuer, "project", *project)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-drained // running requests end before the program does
	return nil
}

// routes is everything that this backend serves.
func routes(guard *verify.Verifier) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /whoami", guard.Require(http.HandlerFunc(whoami)))
	mux.Handle("GET /admin", guard.RequireRole(adminRole)(http.HandlerFunc(admin)))
	return mux
}

type identity struct {
	Subject      string       `json:"subject"`
	ClientID     string       `json:"client_id"`
	Organization organization `json:"organization"`
	Roles        []string     `json:"roles"`
}

type organization struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	PrimaryDomain string `json:"primary_domain"`
}

func whoami(w http.ResponseWriter, r *http.Request) {
	token, _ := verify.FromContext(r.Context())
	write(w, identity{
		Subject:      token.Subject(),
		ClientID:     token.ClientID(),
		Organization: organization(token.ResourceOwner()),
		Roles:        append([]string{}, token.Roles()...), // [] and not null in JSON
	})
}

func admin(w http.ResponseWriter, r *http.Request) {
	token, _ := verify.FromContext(r.Context())
	// The organizations matter: the role may be held in one tenant and not in another.
	write(w, map[string]any{"role": adminRole, "organizations": token.RoleOrgs(adminRole)})
}

func write(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		slog.Warn("answer not written", "error", err)
	}
}
