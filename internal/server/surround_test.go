package server

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/weblog"
)

func TestClientAddress(t *testing.T) {
	prefixes := func(all ...string) (out []netip.Prefix) {
		for _, p := range all {
			out = append(out, netip.MustParsePrefix(p))
		}
		return out
	}
	trusted := prefixes("10.0.0.0/8", "2001:db8:1::/48", "127.0.0.1/32")
	for _, test := range []struct {
		name      string
		trusted   []netip.Prefix
		remote    string
		forwarded []string
		want      string
	}{
		{"nobody is trusted", nil, "10.0.0.1:1", []string{"203.0.113.9"}, "10.0.0.1"},
		{"an untrusted one claims", trusted, "192.0.2.1:1", []string{"203.0.113.9"}, "192.0.2.1"},
		{"a trusted one says nothing", trusted, "10.0.0.1:1", nil, "10.0.0.1"},
		{"a trusted one says who", trusted, "10.0.0.1:1", []string{"203.0.113.9"}, "203.0.113.9"},
		{"what the client wrote before is not believed", trusted, "10.0.0.1:1", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		{"two proxies", trusted, "10.0.0.1:1", []string{"198.51.100.1, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{"two headers are one list", trusted, "10.0.0.1:1", []string{"198.51.100.1", "203.0.113.9,10.0.0.2"}, "203.0.113.9"},
		{"all are trusted", trusted, "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"garbage ends the list", trusted, "10.0.0.1:1", []string{"203.0.113.9, garbage, 10.0.0.2"}, "10.0.0.2"},
		{"garbage alone", trusted, "10.0.0.1:1", []string{"<script>"}, "10.0.0.1"},
		{"an empty header", trusted, "10.0.0.1:1", []string{""}, "10.0.0.1"},
		{"an empty hop", trusted, "10.0.0.1:1", []string{"203.0.113.9,"}, "10.0.0.1"},
		{"a port is no address", trusted, "10.0.0.1:1", []string{"203.0.113.9:443"}, "10.0.0.1"},
		{"IPv6", trusted, "[2001:db8:1::1]:1", []string{"2001:db8:2::9"}, "2001:db8:2::9"},
		{"IPv6 untrusted", trusted, "[2001:db8:2::1]:1", []string{"203.0.113.9"}, "2001:db8:2::1"},
		{"IPv6 in another spelling", trusted, "[2001:db8:1::1]:1", []string{"2001:0DB8:0002:0::9"}, "2001:db8:2::9"},
		{"a zone is not a network", prefixes("fe80::/10"), "[fe80::1%eth0]:1", []string{"203.0.113.9"}, "fe80::1%eth0"},
		{"IPv4 mapped, trusted", trusted, "[::ffff:10.0.0.1]:1", []string{"203.0.113.9"}, "203.0.113.9"},
		{"IPv4 mapped hop, trusted", trusted, "10.0.0.1:1", []string{"203.0.113.9, ::ffff:10.0.0.2"}, "203.0.113.9"},
		{"IPv4 mapped hop", trusted, "10.0.0.1:1", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"no address at all", trusted, "@", []string{"203.0.113.9"}, "@"},
	} {
		s := &Server{cfg: Config{TrustedProxies: test.trusted}}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = test.remote
		r.Header["X-Forwarded-For"] = test.forwarded
		if got := s.clientAddress(r); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// FuzzClientAddress lets strangers behind a trusted proxy write what they
// like: the result is an address, and never one left of an untrusted hop.
func FuzzClientAddress(f *testing.F) {
	f.Add("203.0.113.9", "10.0.0.2")
	f.Add("garbage, 10.0.0.1", "::ffff:10.0.0.2")
	f.Add(",,", "")
	f.Fuzz(func(t *testing.T, before, last string) {
		s := &Server{cfg: Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.1:1"
		r.Header["X-Forwarded-For"] = []string{before, last}
		got := s.clientAddress(r)
		if _, err := netip.ParseAddr(got); err != nil {
			t.Errorf("%q is no address", got)
		}
		r.Header["X-Forwarded-For"] = []string{before, "192.0.2.7"}
		if got := s.clientAddress(r); got != "192.0.2.7" {
			t.Errorf("got %s beyond an untrusted hop", got)
		}
	})
}

// logBuffer is a log that is read while others write it.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// open makes a node on a fresh SQLite database, and returns its log too.
func open(t *testing.T) (*Server, *logBuffer) {
	t.Helper()
	cfg, err := load(map[string]string{"DATA_DIR": t.TempDir(), "FIRST_INSTANCE_SIGNING_ALGORITHM": "EdDSA"})
	if err != nil {
		t.Fatal(err)
	}
	log := new(logBuffer)
	s, err := Open(t.Context(), cfg, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, log
}

// lines decodes a log.
func lines(t *testing.T, log *logBuffer) (out []map[string]any) {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("the log line %q: %v", line, err)
		}
		out = append(out, v)
	}
	return out
}

func TestPanic(t *testing.T) {
	s, log := open(t)
	handler := s.surround(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			_, _ = w.Write([]byte("half an ans"))
			_ = http.NewResponseController(w).Flush()
		}
		panic("the secret detail")
	}))
	ts := httptest.NewServer(handler)
	defer ts.Close()
	ts.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)

	resp, err := http.Get(ts.URL + "/whole")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusInternalServerError || err != nil || string(body) != "the server failed; its log says why\n" {
		t.Errorf("status %d, body %q, %v", resp.StatusCode, body, err)
	}

	resp, err = http.Get(ts.URL + "/half")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half an answer looks whole: %v", err)
	}

	logged := lines(t, log)
	if len(logged) != 2 {
		t.Fatalf("%d lines, want 2: %s", len(logged), log)
	}
	for i, status := range []float64{500, 200} {
		failure, _ := logged[i]["error"].(string)
		if logged[i]["status"] != status || !strings.Contains(failure, "panic: the secret detail") || !strings.Contains(failure, "surround_test.go") {
			t.Errorf("the log line %v does not say what happened", logged[i])
		}
	}
	if logged[0]["level"] != "ERROR" {
		t.Errorf("a panic is logged as %v", logged[0]["level"])
	}
}

// TestLogLine sees that a request has one line, with its fields.
func TestLogLine(t *testing.T) {
	s, log := open(t)
	handler := s.surround(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		weblog.From(r.Context()).Set("user", "u1")
		weblog.From(r.Context()).Fail(errors.New("the cause"))
		w.WriteHeader(http.StatusEarlyHints) // is not the answer yet
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("four"))
	}))
	ts := httptest.NewServer(handler)
	defer ts.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, ts.URL+"/a/b?query=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	ts.Close() // ends when the line is written
	logged := lines(t, log)
	if len(logged) != 1 {
		t.Fatalf("%d lines: %s", len(logged), log)
	}
	for field, want := range map[string]any{
		"msg": "request", "method": "PATCH", "path": "/a/b", "status": 418.0, "bytes": 4.0, "from": "127.0.0.1", "user": "u1",
		"error": "the cause", "level": "INFO",
	} {
		if logged[0][field] != want {
			t.Errorf("%s is %v, want %v", field, logged[0][field], want)
		}
	}
}

// TestLogHoldsNoSecrets sends a secret in every place that a request has, to
// every door, rightly and wrongly.
func TestLogHoldsNoSecrets(t *testing.T) {
	s, log := open(t)
	const secret = "hunter2SecretOfTheRequest"
	encoded := base64.StdEncoding.EncodeToString([]byte("latchkey-admin:" + secret))
	forms := []string{
		url.Values{"grant_type": {"client_credentials"}, "client_id": {"latchkey-admin"}, "client_secret": {secret}, "scope": {"openid"}}.Encode(),
		url.Values{"grant_type": {"client_credentials"}, "client_assertion": {secret}, "client_assertion_type": {secret}}.Encode(),
		url.Values{"grant_type": {secret}, "client_secret": {secret}}.Encode(),
		"client_secret=" + secret + "&client_secret=" + secret,
		"client_secret=" + secret + "%zz",
		secret,
		`{"userName":"` + secret + `","password":"` + secret + `"}`,
		`{"` + secret + `":1}`,
	}
	paths := []string{
		"/oauth/v2/token", "/oauth/v2/token?client_secret=" + secret, "/oauth/v2/keys?x=" + secret, "/.well-known/openid-configuration?x=" + secret,
		"/management/v1/orgs/me?access_token=" + secret, "/management/v1/users/machine", "/admin/v1/orgs/_search", "/auth/v1/users/me",
		"/v2/users/human", "/zitadel.user.v2.UserService/CreateUser", "/zitadel.management.v1.ManagementService/GetMyOrg", "/nowhere?x=" + secret,
	}
	asked := 0
	for _, path := range paths {
		for _, form := range forms {
			for _, authorization := range []string{"Basic " + encoded, "Basic " + secret, "Bearer " + secret, "Bearer lkp_" + secret, secret, ""} {
				for _, contentType := range []string{"application/x-www-form-urlencoded", "application/json", "application/grpc"} {
					r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form))
					r.Header.Set("Content-Type", contentType)
					r.Header.Set("Cookie", "session="+secret)
					r.Header.Set("X-Forwarded-For", secret)
					r.Header.Set("User-Agent", secret)
					if authorization != "" {
						r.Header.Set("Authorization", authorization)
					}
					s.handler.ServeHTTP(httptest.NewRecorder(), r)
					asked++
				}
			}
		}
	}
	if got := len(lines(t, log)); got != asked {
		t.Errorf("%d lines for %d requests", got, asked)
	}
	for _, needle := range []string{secret, strings.ToLower(secret), encoded} {
		if i := strings.Index(log.String(), needle); i >= 0 {
			t.Errorf("the log holds a secret: ...%s...", log.String()[max(0, i-300):min(len(log.String()), i+100)])
		}
	}
}
