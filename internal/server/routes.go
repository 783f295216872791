package server

import (
	"context"
	"net/http"
	"time"

	"github.com/latchkey-iam/latchkey/internal/api/edge"
	"github.com/latchkey-iam/latchkey/internal/oauth"
)

// routes is the whole surface of the public port.
func (s *Server) routes(protocol *oauth.Handler, management, description, console http.Handler) http.Handler {
	mux := http.NewServeMux()
	for path, handler := range protocol.Routes() {
		mux.HandleFunc(path, handler)
	}
	mux.HandleFunc("GET /debug/healthz", healthz)
	mux.HandleFunc("GET /debug/ready", s.ready)
	mux.Handle("GET /openapi.json", description)
	mux.Handle("GET /openapi/", description)
	mux.Handle("/ui/", console)
	mux.Handle("GET /{$}", http.RedirectHandler("/ui/", http.StatusSeeOther))
	mux.HandleFunc("/", notFound)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The mux would redirect paths with dots or empty segments, which role keys may hold.
		if edge.Handles(r) {
			management.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// healthz says that the process lives.
func healthz(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }

// ready says whether requests should be sent here: the database answers and
// the node is not stopping.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.draining:
		plain(w, http.StatusServiceUnavailable, "stopping")
		return
	default:
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.db.Ping(ctx); err != nil {
		plain(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	plain(w, http.StatusOK, "ok")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// notFound answers unknown paths in the form of the API, which most clients read.
func notFound(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte(`{"code":5,"message":"Not Found"}`))
}
