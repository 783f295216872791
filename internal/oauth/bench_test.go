package oauth

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// BenchmarkTokenEndpoint is the handler alone, from a parsed request to the
// last byte of the answer, with the scope that backends ask for.
func BenchmarkTokenEndpoint(b *testing.B) {
	for _, c := range []struct {
		name string
		alg  keyring.Algorithm
		form iam.AccessTokenType
	}{
		{"RS256", keyring.RS256, iam.JWTToken},
		{"ES256", keyring.ES256, iam.JWTToken},
		{"EdDSA", keyring.EdDSA, iam.JWTToken},
		{"opaque", keyring.EdDSA, iam.OpaqueToken},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkToken(b, c.alg, c.form) })
	}
}

func benchmarkToken(b *testing.B, alg keyring.Algorithm, as iam.AccessTokenType) {
	h := newHouse(b, alg)
	body := grantCC + "&" + form("scope", "openid profile email "+iam.ScopeResourceOwner+" "+iam.ScopeProjectsRoles+" "+
		iam.ScopeProjectIDPrefix+h.project+iam.ScopeAudienceSuffix)
	requests := make([]*http.Request, 20)
	for i := range requests {
		name := fmt.Sprintf("service-%d", i)
		_, secret := h.machine(name, as)
		r := must(http.NewRequestWithContext(b.Context(), http.MethodPost, issuer+PathToken, nil))
		r.Header = basic(name, secret)
		r.Header.Set("Content-Type", formType)
		r.ContentLength = int64(len(body))
		requests[i] = r
	}
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		r := requests[n%len(requests)]
		r = r.WithContext(weblog.With(r.Context(), new(weblog.Line))) // as the server does
		r.Body = &text{left: body}
		w.status = 0
		h.handler.token(w, r)
		if w.status > http.StatusOK {
			b.Fatalf("status %d", w.status)
		}
	}
}

// discard is where answers go.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// text is a body.
type text struct{ left string }

func (t *text) Read(p []byte) (int, error) {
	if t.left == "" {
		return 0, io.EOF
	}
	n := copy(p, t.left)
	t.left = t.left[n:]
	return n, nil
}

func (t *text) Close() error { return nil }
