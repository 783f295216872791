package oauth

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/tokens"
)

// Whatever is posted, the answer is JSON that is not to be stored, and never
// the server's fault.
func FuzzToken(f *testing.F) {
	h := newHouse(f, keyring.ES256)
	_, secret := h.machine("robot", iam.JWTToken)
	f.Add("POST", formType, basic("robot", secret).Get("Authorization"), grantCC+"&scope=openid")
	f.Add("POST", formType, "", grantCC+"&"+form("scope", "openid", "client_id", "robot", "client_secret", secret))
	f.Add("POST", "", "Basic %%%", "grant_type=&&=;%zz\x00")
	f.Add("POST", "text/plain", "Bearer x", "{}")
	f.Add("PATCH", "application/x-www-form-urlencoded;charset=\xff", "basic Og==", "\xff\xfe")
	f.Add("GET", formType, basic("%2B", "+").Get("Authorization"), grantCC)
	f.Fuzz(func(t *testing.T, method, contentType, authorization, body string) {
		r, err := http.NewRequest(method, "http://localhost"+PathToken, strings.NewReader(body))
		if err != nil {
			return // a method that HTTP does not know
		}
		r.Header["Content-Type"] = []string{contentType}
		if authorization != "" {
			r.Header["Authorization"] = []string{authorization}
		}
		out := httptest.NewRecorder()
		h.handler.token(out, r)
		if out.Code >= 500 {
			t.Fatalf("status %d: %s", out.Code, out.Body)
		}
		if method == http.MethodOptions {
			return
		}
		if !json.Valid(out.Body.Bytes()) || out.Header().Get("Content-Type") != "application/json" || out.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("status %d, headers %v, body %q", out.Code, out.Header(), out.Body)
		}
		if (out.Code == http.StatusUnauthorized) != (out.Header().Get("WWW-Authenticate") != "") {
			t.Errorf("status %d, challenge %q", out.Code, out.Header().Get("WWW-Authenticate"))
		}
		if out.Code == http.StatusOK && method != http.MethodPost {
			t.Errorf("%s gets a token", method)
		}
	})
}

// What a client encodes or sends raw is among the readings of it.
func FuzzReadCredentials(f *testing.F) {
	f.Add("robot", "LKSsecret")
	f.Add("a+b@c d", "100%")
	f.Add("a%2Bb", "%zz")
	f.Add("Jürgen", "\xff\x00")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, id, secret string) {
		if strings.Contains(id, ":") {
			return // HTTP Basic cannot carry it raw
		}
		for how, sent := range map[string][2]string{
			"raw": {id, secret}, "encoded": {url.QueryEscape(id), url.QueryEscape(secret)},
		} {
			r := httptest.NewRequest(http.MethodPost, PathToken, nil)
			r.Header = basic(sent[0], sent[1])
			c, err := readCredentials(r, url.Values{})
			if err != nil {
				t.Fatalf("%s: %v", how, err)
			}
			if !c.basic || len(c.readings) > 2 || !slices.ContainsFunc(c.readings, func(r tokens.Reading) bool { return r.Name == id && r.Secret == secret }) {
				t.Errorf("%s: %q %q is read as %q", how, id, secret, c.readings)
			}
		}
		r := httptest.NewRequest(http.MethodPost, PathToken, nil)
		c, err := readCredentials(r, url.Values{"client_id": {id}, "client_secret": {secret}})
		if err != nil || c.basic || len(c.readings) != 1 || c.readings[0].Name != id || c.readings[0].Secret != secret {
			t.Errorf("form: %q %q is read as %q, %v", id, secret, c.readings, err)
		}
	})
}

// Garbage in the header is one error or another, and repeated in none.
func FuzzAuthorizationHeader(f *testing.F) {
	f.Add("Basic cm9ib3Q6c2VjcmV0")
	f.Add("Basic")
	f.Add("Basic ====")
	f.Add("\x00")
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest(http.MethodPost, PathToken, nil)
		r.Header["Authorization"] = []string{header}
		_, err := readCredentials(r, url.Values{})
		if err != nil && len(header) > 8 && strings.Contains(err.Error(), header) {
			t.Errorf("the error repeats %q: %v", header, err)
		}
	})
}

func FuzzUnescape(f *testing.F) {
	f.Add("plain")
	f.Add("a%2Bb+c")
	f.Add("%")
	f.Add("%zz")
	f.Fuzz(func(t *testing.T, s string) {
		if back, ok := unescape(url.QueryEscape(s)); !ok || back != s {
			t.Errorf("%q came back as %q, %v", s, back, ok)
		}
		if u, ok := unescape(s); ok && !strings.ContainsAny(s, "%+") && u != s {
			t.Errorf("%q is read as %q, though nothing in it is encoded", s, u)
		}
	})
}
