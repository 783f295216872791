package server

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ask sends a request to a node without a network.
func ask(s *Server, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestHealthAndReady(t *testing.T) {
	s, log := open(t)
	for _, path := range []string{"/debug/healthz", "/debug/ready"} {
		if w := ask(s, http.MethodGet, path); w.Code != http.StatusOK || w.Body.String() != "ok\n" {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
		if w := ask(s, http.MethodPost, path); w.Code == http.StatusOK {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
	close(s.draining)
	if w := ask(s, http.MethodGet, "/debug/ready"); w.Code != http.StatusServiceUnavailable || w.Body.String() != "stopping\n" {
		t.Errorf("ready while it stops: %d %q", w.Code, w.Body)
	}
	if w := ask(s, http.MethodGet, "/debug/healthz"); w.Code != http.StatusOK {
		t.Errorf("healthy while it stops: %d", w.Code)
	}
	if log.String() != "" {
		t.Errorf("health checks are logged: %s", log)
	}
}

func TestNotReadyWithoutDatabase(t *testing.T) {
	cfg, err := load(map[string]string{"DATA_DIR": t.TempDir(), "FIRST_INSTANCE_SIGNING_ALGORITHM": "EdDSA"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), cfg, newTestLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if w := ask(s, http.MethodGet, "/debug/ready"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("ready without a database: %d %q", w.Code, w.Body)
	}
	if w := ask(s, http.MethodGet, "/debug/healthz"); w.Code != http.StatusOK {
		t.Errorf("a process that lives: %d", w.Code)
	}
}

func TestUnknownPaths(t *testing.T) {
	s, _ := open(t)
	for _, path := range []string{
		"/nowhere", "/oauth", "/oauth/v2", "/oauth/v2/token/", "/oauth/v2/authorize", "/.well-known/", "/debug/", "/debug/pprof/",
		"/metrics", "/management/v1/nowhere", "/admin/v1/nowhere", "/auth/v1/nowhere", "/v2/nowhere", "/zitadel.nowhere.v1.Service/Method",
		"/management/v1/../../etc/passwd",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			w := ask(s, method, path)
			if w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusNotImplemented {
				t.Errorf("%s %s: %d %q", method, path, w.Code, w.Body)
				continue
			}
			var answer struct {
				Code    int    `json:"code"`
				Message string `json:"message"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Code == 0 || answer.Message == "" {
				t.Errorf("%s %s: %d %q is not an error in JSON: %v", method, path, w.Code, w.Body, err)
			}
		}
	}
}

// TestConsoleIsMounted: a person who types the address alone lands at sign-in.
func TestConsoleIsMounted(t *testing.T) {
	s, _ := open(t)
	for path, want := range map[string]string{"/": "/ui/", "/ui/": "/ui/console/", "/ui/console/": "/ui/login"} {
		if w := ask(s, http.MethodGet, path); w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%s: %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
	if w := ask(s, http.MethodGet, "http://localhost:8080/ui/login"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<h1>Sign in</h1>") {
		t.Errorf("the sign-in page: %d", w.Code)
	}
}

// TestDescriptionIsMounted: the API describes itself to anyone.
func TestDescriptionIsMounted(t *testing.T) {
	s, _ := open(t)
	for path, kind := range map[string]string{
		"/openapi.json": "application/json", "/openapi/": "text/html; charset=utf-8",
		"/openapi/page.css": "text/css; charset=utf-8", "/openapi/zitadel.management.v1.ManagementService": "text/html; charset=utf-8",
	} {
		if w := ask(s, http.MethodGet, path); w.Code != http.StatusOK || w.Header().Get("Content-Type") != kind {
			t.Errorf("%s: %d %q", path, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if w := ask(s, http.MethodPost, "/openapi.json"); w.Code != http.StatusNotFound {
		t.Errorf("POST: %d", w.Code)
	}
}

// TestRouteNames holds the labels of the metrics few.
func TestRouteNames(t *testing.T) {
	for path, want := range map[string]string{
		"/oauth/v2/token": "token", "/oauth/v2/keys": "keys", "/.well-known/openid-configuration": "discovery",
		"/debug/ready": "health", "/ui/console/orgs/1": "console", "/ui": "console", "/zitadel.user.v2.UserService/CreateUser": "rpc", "/grpc.health.v1.Health/Check": "rpc",
		"/management/v1/users/123456789012345678": "rest", "/admin/v1/orgs": "rest", "/auth/v1/users/me": "rest", "/v2/users": "rest", "/v2beta/projects": "rest",
		"/": "other", "/123456789012345678": "other",
	} {
		if got := routeOf(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestServe serves until it is told to stop, and tells where.
func TestServe(t *testing.T) {
	s, log := open(t)
	s.cfg.Listen, s.cfg.OpsListen = "127.0.0.1:0", "127.0.0.1:0"
	ctx, stop := context.WithCancel(t.Context())
	var talk strings.Builder
	addresses := make(chan net.Addr, 1)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, &talk, func(a net.Addr) { addresses <- a }) }()
	address := (<-addresses).String()
	resp, err := http.Get("http://" + address + "/debug/ready")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("ready: %d", resp.StatusCode)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + address + "/debug/ready"); err == nil {
		t.Error("it answers after the stop")
	}
	for _, want := range []string{"Welcome", s.cfg.ExternalURL, s.cfg.First.MachinePATPath, "\n  " + s.cfg.ExternalURL + "/ui/setup\n"} {
		if !strings.Contains(talk.String(), want) {
			t.Errorf("the welcome %q does not say %q", talk.String(), want)
		}
	}
	if strings.Contains(talk.String()+log.String(), "lkp_") {
		t.Error("a token was printed")
	}
}

// TestServeFails sees that what cannot listen says so.
func TestServeFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, change := range map[string]func(*Config){
		"listen":               func(c *Config) { c.Listen = taken.Addr().String() },
		"listen for operators": func(c *Config) { c.OpsListen = taken.Addr().String() },
		"TLS certificate":      func(c *Config) { c.TLSCert, c.TLSKey = "not-there.pem", "not-there.pem" },
	} {
		s, _ := open(t)
		s.cfg.Listen, s.cfg.OpsListen = "127.0.0.1:0", "127.0.0.1:0"
		change(&s.cfg)
		err := s.Serve(t.Context(), new(strings.Builder), func(net.Addr) { t.Errorf("%s: it listens", name) })
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
