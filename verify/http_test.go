package verify_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/verify"
)

func TestMiddleware(t *testing.T) {
	k, c := newKey(t, "k1", "ES256"), newClock()
	i := newIssuer(t, k)
	v := newVerifier(t, i, c, nil)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := verify.FromContext(r.Context())
		if !ok {
			t.Error("the handler has no token")
			return
		}
		_, _ = io.WriteString(w, token.Subject())
	})
	mux := http.NewServeMux()
	mux.Handle("/any", v.Require(handler))
	mux.Handle("/admin", v.RequireRole("chat.admin.all")(handler))
	mux.Handle("/debug", v.RequireRole(`chat.debug."read"`)(handler))

	good := k.sign(t, nil, i.claims(c.Now(), nil))
	expired := k.sign(t, nil, i.claims(c.Now().Add(-24*time.Hour), nil))
	realm := `Bearer realm="` + i.URL + `"`
	for _, test := range []struct {
		name      string
		path      string
		header    []string
		status    int
		challenge string
	}{
		{"nobody", "/any", nil, 401, realm},
		{"nobody, by query", "/any?access_token=" + good, nil, 401, realm},
		{"other scheme", "/any", []string{"Basic YTpi"}, 401, realm},
		{"expired", "/any", []string{"Bearer " + expired}, 401, realm + `, error="invalid_token", error_description="the token has expired"`},
		{"opaque", "/any", []string{"Bearer lkp_abc"}, 401, realm + `, error="invalid_token", error_description="the token is not a well-formed JWT"`},
		{"without the role", "/debug", []string{"Bearer " + good}, 403, realm + `, error="insufficient_scope", error_description="the role chat.debug.?read? is required"`},
		{"two headers", "/any", []string{"Bearer " + good, "Bearer " + good}, 400, realm + `, error="invalid_request", error_description="more than one Authorization header"`},
		{"header and query", "/any?access_token=x", []string{"Bearer " + good}, 400, realm + `, error="invalid_request", error_description="a token in the header and another in the query"`},
		{"scheme alone", "/any", []string{"Bearer"}, 400, realm + `, error="invalid_request", error_description="the Authorization header does not hold one token"`},
		{"two tokens", "/any", []string{"Bearer a, Bearer b"}, 400, realm + `, error="invalid_request", error_description="the Authorization header does not hold one token"`},
		{"right caller", "/any", []string{"Bearer " + good}, 200, ""},
		{"right caller, lower case", "/any", []string{"bearer  " + good}, 200, ""},
		{"right caller with the role", "/admin", []string{"Bearer " + good}, 200, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodGet, test.path, nil)
			request.Header["Authorization"] = test.header
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, request)
			if w.Code != test.status || w.Header().Get("WWW-Authenticate") != test.challenge {
				t.Fatalf("status %d, challenge %s\nwant   %d, challenge %s", w.Code, w.Header().Get("WWW-Authenticate"), test.status, test.challenge)
			}
			if test.status == 200 {
				if w.Body.String() != user {
					t.Fatalf("body is %q", w.Body)
				}
				return
			}
			var body struct{ Error string }
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Error == "" || w.Header().Get("Cache-Control") != "no-store" {
				t.Fatalf("body is %q, headers %v", w.Body, w.Header())
			}
			if strings.Contains(w.Body.String(), good) {
				t.Error("the answer repeats the token")
			}
		})
	}
}

func TestMiddlewareWithoutKeys(t *testing.T) {
	k, c := newKey(t, "k1", "ES256"), newClock()
	i := newIssuer(t, k)
	i.status = http.StatusInternalServerError
	handler := newVerifier(t, i, c, nil).Require(http.NotFoundHandler())
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Authorization", "Bearer "+k.sign(t, nil, i.claims(c.Now(), nil)))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("WWW-Authenticate") != "" {
		t.Fatalf("status %d, headers %v", w.Code, w.Header())
	}
}

func TestNoTokenInAForeignContext(t *testing.T) {
	if token, ok := verify.FromContext(t.Context()); ok || token != nil {
		t.Fatal("a token came from nowhere")
	}
}
