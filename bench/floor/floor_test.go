package main

import (
	"crypto"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

const (
	guideProject = "123456789012345678"
	guideScope   = "openid profile email urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles urn:zitadel:iam:org:project:id:" + guideProject + ":aud"
)

// request sends the guide's form with a Basic header that holds id and secret
// as they are; none where both are empty.
func request(t *testing.T, server, id, secret string, form url.Values) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server+"/oauth/v2/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if id+secret != "" {
		r.SetBasicAuth(id, secret)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

func guideForm() url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "scope": {guideScope}}
}

func TestToken(t *testing.T) {
	clients, err := readClients(strings.NewReader("first\tsecret one\nzwei+ü@x\ts%cret\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			sign, public, err := newSigner(algorithm)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(newTokenHandler(algorithm, sign, clients, "http://issuer.test", guideProject))
			defer server.Close()
			for _, test := range []struct {
				name, id, secret string
				form             url.Values
				status           int
				clientID         string
			}{
				{"nobody", "", "", guideForm(), 400, ""},
				{"unknown client", "second", "secret+one", guideForm(), 400, ""},
				{"unknown client, no secret", "second", "", guideForm(), 400, ""},
				{"wrong secret", "first", "secret+two", guideForm(), 400, ""},
				{"bad encoding", "first", "secret%zz", guideForm(), 400, ""},
				{"not percent-encoded", "zwei+ü@x", "s%25cret", guideForm(), 400, ""},
				{"another grant", "first", "secret+one", url.Values{"grant_type": {"password"}, "scope": {guideScope}}, 400, ""},
				{"no scope", "first", "secret+one", url.Values{"grant_type": {"client_credentials"}}, 400, ""},
				{"right", "first", "secret+one", guideForm(), 200, "first"},
				{"right, percent-encoded", url.QueryEscape("zwei+ü@x"), url.QueryEscape("s%cret"), guideForm(), 200, "zwei+ü@x"},
			} {
				response, body := request(t, server.URL, test.id, test.secret, test.form)
				if response.StatusCode != test.status {
					t.Errorf("%s: status %d, want %d: %s", test.name, response.StatusCode, test.status, body)
				} else if test.status == 200 {
					checkToken(t, response.Header, body, algorithm, public, test.clientID)
				}
			}
		})
	}
}

func checkToken(t *testing.T, header http.Header, body []byte, algorithm string, public crypto.PublicKey, clientID string) {
	t.Helper()
	if got := header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	if answer.TokenType != "Bearer" || answer.ExpiresIn != 43199 {
		t.Errorf("answer is %s", body)
	}
	token, err := jose.ParseSigned(answer.AccessToken, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := token.Verify(public)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if claims["client_id"] != clientID {
		t.Errorf("client_id is %v, want %q", claims["client_id"], clientID)
	}
	for _, name := range []string{
		"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id",
		"urn:zitadel:iam:user:resourceowner:id", "urn:zitadel:iam:user:resourceowner:name", "urn:zitadel:iam:user:resourceowner:primary_domain",
		"urn:zitadel:iam:org:project:" + guideProject + ":roles",
	} {
		if claims[name] == nil {
			t.Errorf("claim %s is missing", name)
		}
		delete(claims, name)
	}
	if len(claims) != 0 {
		t.Errorf("further claims: %v", claims)
	}
}

func TestBare(t *testing.T) {
	handler, err := newBareHandler(300)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	response, body := request(t, server.URL, "", "", nil)
	if response.StatusCode != 200 || len(body) != 300 || !json.Valid(body) {
		t.Errorf("status %d, %d bytes: %s", response.StatusCode, len(body), body)
	}
	if _, err := newBareHandler(40); err == nil {
		t.Error("a body too small for a token was accepted")
	}
}

func TestReadClients(t *testing.T) {
	if _, err := readClients(strings.NewReader("first\tsecret\nsecond secret\n")); err == nil {
		t.Error("a line without a tab was accepted")
	}
}
