package test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/test/gateway"
	"github.com/latchkey-iam/latchkey/verify"
)

const (
	tokenPath     = "/oauth/v2/token"
	internalScope = "urn:zitadel:iam:org:project:id:zitadel:aud"
)

// guideScope is what a backend's client asks for, word for word.
func guideScope(project string) string {
	return "openid profile email urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles urn:zitadel:iam:org:project:id:" + project + ":aud"
}

// tokenAnswer is that of the token endpoint.
type tokenAnswer struct {
	status int
	header http.Header
	body   object
}

// rawBasic is HTTP Basic as most write it, without percent-encoding.
func rawBasic(c credentials) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.id+":"+c.secret))
}

// encodedBasic is HTTP Basic as RFC 6749 section 2.3.1 writes it.
func encodedBasic(c credentials) string {
	return rawBasic(credentials{url.QueryEscape(c.id), url.QueryEscape(c.secret)})
}

// postToken sends a body to the token endpoint; authorization may be empty.
func postToken(t testing.TB, n *node, authorization, body string) tokenAnswer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.Base+tokenPath, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := tokenAnswer{status: response.StatusCode, header: response.Header}
	if err := json.Unmarshal(text, &a.body); err != nil {
		t.Fatalf("the token endpoint answers %d %q: %v", a.status, text, err)
	}
	return a
}

// form is the request of the client credentials grant (RFC 6749 section 4.4.2).
func form(scope string) string {
	return url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}.Encode()
}

// token asks with the scope and must get one.
func token(t testing.TB, n *node, c credentials, scope string) string {
	t.Helper()
	a := postToken(t, n, rawBasic(c), form(scope))
	checkAnswer(t, a)
	return a.body.text("access_token")
}

// checkAnswer holds that a token was issued, in exactly three fields.
func checkAnswer(t testing.TB, a tokenAnswer) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("the token endpoint answers %d %v", a.status, a.body)
	}
	if len(a.body) != 3 || a.body["token_type"] != "Bearer" || a.body["expires_in"] != float64(43199) || a.body.text("access_token") == "" {
		t.Fatalf("the answer is %v", a.body)
	}
}

// wantRefused holds that the client is refused, and that its secret is not repeated.
func wantRefused(t testing.TB, n *node, c credentials) {
	t.Helper()
	a := postToken(t, n, rawBasic(c), form("openid"))
	if a.status != http.StatusUnauthorized || a.body.text("error") != "invalid_client" || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("a client that is to be refused gets %d %v", a.status, a.body)
	}
	if strings.Contains(a.body.text("error_description"), c.secret) {
		t.Fatal("the answer repeats the secret")
	}
}

// claimsOf reads a JWT without proving it.
func claimsOf(t testing.TB, token string) (header, claims object) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts are no JWT", len(parts))
	}
	for i, into := range []*object{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}

// backend is a protected service: behind the gateway, and guarded by package verify.
type backend struct {
	gateway  *httptest.Server
	verifier *verify.Verifier
}

// newBackend trusts one issuer. The client fetches keys; TLS is demanded of
// an issuer that has it.
func newBackend(t testing.TB, issuer, project string, client *http.Client) backend {
	t.Helper()
	verifier, err := verify.New(verify.Config{Issuer: issuer, Audience: project, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	g := httptest.NewServer(gateway.New(gateway.Config{
		AllowedIssuers: []string{issuer}, ProjectID: project, Client: client, SkipTLS: strings.HasPrefix(issuer, "http://"),
		Backend: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for name, values := range r.Header {
				if strings.HasPrefix(name, "X-") {
					w.Header()[name] = values
				}
			}
		}),
	}))
	t.Cleanup(g.Close)
	return backend{g, verifier}
}

// pass sends a token through the gateway.
func (b backend) pass(t testing.TB, token string) (status int, header http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.gateway.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := b.gateway.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header
}

// identity is what a backend is told about a service user.
type identity struct {
	user, orgID, orgName, orgDomain string
	roles                           []string // sorted
}

// wantAccepted holds that the gateway and package verify accept a token and
// read the same identity in it.
func (b backend) wantAccepted(t testing.TB, token string, want identity) {
	t.Helper()
	status, header := b.pass(t, token)
	if status != http.StatusOK {
		t.Fatalf("the gateway answers %d", status)
	}
	for name, value := range map[string]string{
		"x-user-id": want.user, "x-company-id": want.orgID, "x-company-name": want.orgName,
		"x-company-domain": want.orgDomain, "x-user-roles": strings.Join(want.roles, ","),
	} {
		if got := header.Get(name); got != value {
			t.Errorf("the gateway says %s: %q, want %q", name, got, value)
		}
	}
	read, err := b.verifier.Verify(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	owner := verify.ResourceOwner{ID: want.orgID, Name: want.orgName, PrimaryDomain: want.orgDomain}
	if read.Subject() != want.user || read.ResourceOwner() != owner || !slices.Equal(read.Roles(), want.roles) {
		t.Errorf("verify reads %s of %+v with %v, want %+v", read.Subject(), read.ResourceOwner(), read.Roles(), want)
	}
}
