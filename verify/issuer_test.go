package verify_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/latchkey-iam/latchkey/verify"
)

const (
	project = "310486392841297925"
	user    = "271828182845904523"
	org     = "161803398874989484"
)

// clock stands still until a test moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1_790_000_000, 0)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// key is a signing key; its tokens are written here by hand, so that header
// and claims may be anything.
type key struct {
	id, alg string
	signer  crypto.Signer
}

func newKey(t testing.TB, id, alg string) key {
	t.Helper()
	var signer crypto.Signer
	var err error
	switch alg {
	case "RS256", "RS384", "RS512":
		signer, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		signer, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		signer, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key{id: id, alg: alg, signer: signer}
}

func (k key) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.signer.Public(), KeyID: k.id, Algorithm: k.alg, Use: "sig"}
}

func (k key) sign(t testing.TB, header, claims map[string]any) string {
	t.Helper()
	merged := map[string]any{"alg": k.alg, "kid": k.id, "typ": "JWT"}
	maps.Copy(merged, header)
	maps.DeleteFunc(merged, func(_ string, v any) bool { return v == nil })
	return k.signRaw(t, encode(t, merged), encode(t, claims))
}

// signRaw signs a header and a payload of any bytes.
func (k key) signRaw(t testing.TB, header, payload []byte) string {
	t.Helper()
	input := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	hash := crypto.SHA256
	switch {
	case strings.HasSuffix(k.alg, "384"):
		hash = crypto.SHA384
	case strings.HasSuffix(k.alg, "512"):
		hash = crypto.SHA512
	}
	h := hash.New()
	h.Write([]byte(input))
	digest := h.Sum(nil)
	var signature []byte
	var err error
	switch private := k.signer.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(rand.Reader, private, hash, digest)
	case *ecdsa.PrivateKey:
		r, s, signErr := ecdsa.Sign(rand.Reader, private, digest)
		half := (private.Curve.Params().BitSize + 7) / 8
		signature, err = append(r.FillBytes(make([]byte, half)), s.FillBytes(make([]byte, half))...), signErr
	case ed25519.PrivateKey:
		signature = ed25519.Sign(private, []byte(input))
	}
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// issuer is an HTTP server with a discovery document and a key set.
type issuer struct {
	*httptest.Server

	mu         sync.Mutex
	document   map[string]any    // discovery document
	set        map[string]any    // key set
	header     map[string]string // of the key set
	status     int               // of every answer
	hang       chan struct{}     // when set, the key set waits for it
	discovered int
	fetched    int
}

func newIssuer(t testing.TB, keys ...key) *issuer {
	t.Helper()
	i := &issuer{status: http.StatusOK}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.discovered++
		w.WriteHeader(i.status)
		_ = json.NewEncoder(w).Encode(i.document)
	})
	mux.HandleFunc("GET /oauth/v2/keys", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		i.fetched++
		hang, set, status := i.hang, i.set, i.status
		for name, value := range i.header {
			w.Header().Set(name, value)
		}
		i.mu.Unlock()
		if hang != nil {
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(set)
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	i.document = map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/oauth/v2/keys"}
	i.publish(keys...)
	return i
}

func (i *issuer) publish(keys ...key) {
	var public []any
	for _, k := range keys {
		public = append(public, k.public())
	}
	i.update(func() { i.set = map[string]any{"keys": public} })
}

// update changes the issuer while it runs.
func (i *issuer) update(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

func (i *issuer) fetches() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetched
}

// claims of a service user's token, valid for twelve hours from now on.
func (i *issuer) claims(now time.Time, change map[string]any) map[string]any {
	claims := map[string]any{
		"iss": i.URL, "sub": user, "aud": []string{"1", project}, "client_id": "ingest-connector", "jti": "t-1",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(12 * time.Hour).Unix(),
		"urn:zitadel:iam:user:resourceowner:id":             org,
		"urn:zitadel:iam:user:resourceowner:name":           "Acme",
		"urn:zitadel:iam:user:resourceowner:primary_domain": "acme.example.com",
		"urn:zitadel:iam:org:project:" + project + ":roles": map[string]any{
			"chat.knowledge.write": map[string]string{org: "acme.example.com"},
			"chat.admin.all":       map[string]string{org: "acme.example.com", "9": "other.example.com"},
		},
		"urn:zitadel:iam:org:project:1:roles": map[string]any{"viewer": map[string]string{org: "acme.example.com"}},
	}
	maps.Copy(claims, change)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return claims
}

func newVerifier(t testing.TB, i *issuer, c *clock, change func(*verify.Config)) *verify.Verifier {
	t.Helper()
	config := verify.Config{Issuer: i.URL, Audience: project, Client: i.Client(), Now: c.Now}
	if change != nil {
		change(&config)
	}
	v, err := verify.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
