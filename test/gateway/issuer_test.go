package gateway_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/test/gateway"
)

const (
	project = "310486392841297925"
	owner   = "urn:zitadel:iam:user:resourceowner:"
	roles   = "urn:zitadel:iam:org:project:" + project + ":roles"
)

// world is an issuer with keys, a backend that shows its headers, and a clock.
type world struct {
	*httptest.Server // the issuer, with TLS

	mu       sync.Mutex
	now      time.Time
	document map[string]any
	keys     []any
	status   int
	fetched  int
	asked    []*http.Request // for introspection, forms parsed
	answer   map[string]any  // of introspection
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{now: time.Unix(1_790_000_000, 0), status: http.StatusOK}
	mux := http.NewServeMux()
	serve := func(pattern string, value func(r *http.Request) any) {
		mux.HandleFunc(pattern, func(answer http.ResponseWriter, r *http.Request) {
			w.mu.Lock()
			defer w.mu.Unlock()
			body := value(r)
			answer.WriteHeader(w.status)
			_ = json.NewEncoder(answer).Encode(body)
		})
	}
	serve("GET /.well-known/openid-configuration", func(*http.Request) any { return w.document })
	serve("GET /keys", func(*http.Request) any {
		w.fetched++
		return map[string]any{"keys": w.keys}
	})
	serve("POST /introspect", func(r *http.Request) any {
		_ = r.ParseForm()
		w.asked = append(w.asked, r)
		return w.answer
	})
	w.Server = httptest.NewTLSServer(mux)
	t.Cleanup(w.Close)
	w.document = map[string]any{"jwks_uri": w.URL + "/keys", "introspection_endpoint": w.URL + "/introspect"}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) gateway(change func(*gateway.Config)) *gateway.Gateway {
	config := gateway.Config{
		AllowedIssuers: []string{w.URL},
		ProjectID:      project,
		Client:         w.Client(),
		Now:            w.clock,
		Backend: http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
			for _, name := range []string{"X-User-Id", "X-Company-Id", "X-Company-Name", "X-Company-Domain", "X-User-Roles"} {
				if values := r.Header.Values(name); len(values) == 1 {
					answer.Header().Set(name, values[0])
				}
			}
		}),
	}
	if change != nil {
		change(&config)
	}
	return gateway.New(config)
}

// claims of a good token; a nil in change takes a claim away.
func (w *world) claims(change map[string]any) map[string]any {
	claims := map[string]any{
		"iss": w.URL, "sub": "27", "exp": w.clock().Unix() + 43200, "nbf": w.clock().Unix(),
		owner + "id": "16", owner + "name": "Acme", owner + "primary_domain": "acme.test",
		roles: map[string]any{"chat.knowledge.write": map[string]string{"16": "acme.test"}, "chat.admin.all": map[string]string{}},
	}
	maps.Copy(claims, change)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return claims
}

// generated is the key of all tests that need just one: RSA keys take long to make.
var generated = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func anyKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := generated()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(key *rsa.PrivateKey) any {
	text := base64.RawURLEncoding.EncodeToString
	return map[string]any{"kty": "RSA", "n": text(key.N.Bytes()), "e": text(big.NewInt(int64(key.E)).Bytes())}
}

func (w *world) publish(keys ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys = keys
}

// sign writes a token; header replaces or removes members of the usual one.
func sign(t *testing.T, key *rsa.PrivateKey, header, claims map[string]any) string {
	t.Helper()
	merged := map[string]any{"alg": "RS256", "kid": "unknown to everyone", "typ": "JWT"}
	maps.Copy(merged, header)
	maps.DeleteFunc(merged, func(_ string, v any) bool { return v == nil })
	input := part(t, merged) + "." + part(t, claims)
	digest := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func part(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// send makes a request and returns status and message, or status and headers.
func send(t *testing.T, g *gateway.Gateway, change func(*http.Request)) (int, string, http.Header) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	change(r)
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	var body struct{ Message string }
	_ = json.Unmarshal(w.Body.Bytes(), &body)
	return w.Code, body.Message, w.Header()
}

func with(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func want(t *testing.T, g *gateway.Gateway, token string, status int, message string) {
	t.Helper()
	got, text, _ := send(t, g, with(token))
	if got != status || text != message {
		t.Fatalf("answer is %d %q, want %d %q", got, text, status, message)
	}
}
