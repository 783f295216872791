package oauth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/keyring"
)

func TestDiscovery(t *testing.T) {
	var got bytes.Buffer
	for _, alg := range []keyring.Algorithm{keyring.RS256, keyring.ES256, keyring.EdDSA} {
		h := newHouse(t, alg)
		for _, path := range []string{PathDiscovery, PathMetadata, PathKeys} {
			a := h.do(request{method: http.MethodGet, target: path})
			if cache := a.Header().Get("Cache-Control"); a.Code != http.StatusOK || !strings.HasPrefix(cache, "max-age=") {
				t.Errorf("%s: %d, Cache-Control %q", path, a.Code, cache)
			}
			fmt.Fprintf(&got, "# %s %s\n%s\n", alg, path, shape(t, a.Body.Bytes()))
		}
	}
	golden(t, "discovery.golden", got.Bytes())
}

// shape is a JSON document, indented, with the parts of keys that are random left out.
func shape(t *testing.T, body []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, body, "", "  "); err != nil {
		t.Fatal(err)
	}
	for name, form := range map[string]string{"kid": `[1-9][0-9]{17}`, "n": `[A-Za-z0-9_-]{342}`, "x": `[A-Za-z0-9_-]{43}`, "y": `[A-Za-z0-9_-]{43}`} {
		b = *bytes.NewBufferString(regexp.MustCompile(`"`+name+`": "`+form+`"`).ReplaceAllString(b.String(), `"`+name+`": "..."`))
	}
	return b.String()
}

// Discovery lists only what answers, under the issuer's own name whatever host is asked.
func TestDiscoveryListsWhatAnswers(t *testing.T) {
	h := newHouse(t, keyring.ES256)
	a := h.do(request{method: http.MethodGet, target: PathDiscovery, header: http.Header{
		"X-Forwarded-Host": {"evil.test"}, "Forwarded": {"host=evil.test"},
	}})
	var document map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	endpoints := 0
	for name, value := range document {
		address, ok := value.(string)
		if !ok || name == "issuer" {
			continue
		}
		endpoints++
		path, ok := strings.CutPrefix(address, issuer)
		if !ok {
			t.Errorf("%s is not under the issuer: %s", name, address)
		}
		if got := h.do(request{method: http.MethodGet, target: path}); got.Code == http.StatusNotFound {
			t.Errorf("%s does not answer", address)
		}
	}
	if endpoints != 2 {
		t.Errorf("%d endpoints", endpoints)
	}
	for _, method := range document["token_endpoint_auth_methods_supported"].([]any) {
		id, secret := "robot "+method.(string), ""
		_, secret = h.machine(id, "jwt")
		r := request{header: basic(id, secret), body: grantCC + "&scope=openid"}
		if method == "client_secret_post" {
			r = request{body: grantCC + "&" + form("scope", "openid", "client_id", id, "client_secret", secret)}
		}
		h.wantToken(t, method.(string), h.do(r))
	}
	for _, grant := range document["grant_types_supported"].([]any) {
		if a := h.do(request{body: form("grant_type", grant.(string))}); strings.Contains(a.Body.String(), string(UnsupportedGrantType)) {
			t.Errorf("the grant %s is not supported", grant)
		}
	}
}

// Any page may read the protocol's answers; none of them with the visitor's credentials.
func TestCORS(t *testing.T) {
	h := newHouse(t, keyring.ES256)
	for path := range h.handler.Routes() {
		for _, method := range []string{http.MethodOptions, http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete, "BREW"} {
			a := h.do(request{method: method, target: path, header: http.Header{"Origin": {"https://page.test"}, "Cookie": {"a=b"}}})
			header := a.Header()
			if header.Get("Access-Control-Allow-Origin") != "*" || header.Get("Access-Control-Allow-Credentials") != "" || header.Get("Set-Cookie") != "" {
				t.Errorf("%s %s: %v", method, path, header)
			}
			switch {
			case method == http.MethodOptions:
				methods := "GET, HEAD"
				if path == PathToken {
					methods = "POST"
				}
				if a.Code != http.StatusNoContent || header.Get("Access-Control-Allow-Methods") != methods ||
					!strings.Contains(header.Get("Access-Control-Allow-Headers"), "Authorization") || a.Body.Len() > 0 {
					t.Errorf("preflight of %s: %d %v", path, a.Code, header)
				}
			case (method == http.MethodPost) != (path == PathToken) && (path == PathToken || method == http.MethodDelete || method == "BREW" || method == http.MethodPost):
				if a.Code != http.StatusMethodNotAllowed || header.Get("Allow") == "" {
					t.Errorf("%s %s: %d %v", method, path, a.Code, header)
				}
			}
		}
	}
}
