package test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	zclient "github.com/zitadel/zitadel-go/v3/pkg/client"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
)

// clientNames are user names that clients write differently.
func clientNames() []string {
	return []string{"plain", "ingest@acme.test", "a+b c%41/ä日"}
}

// TestClients asks for tokens with the clients that are in use.
func TestClients(t *testing.T) {
	n := start(t, options{})
	d := restDoor{newHTTPDoor(n)}
	w := follow(t, n, d, "clients")
	for _, name := range clientNames() {
		t.Run(name, func(t *testing.T) {
			user := d.createUser(t, w.org, name, jwtForm)
			d.authorize(t, w.org, user, w.project, "", "chat.admin.all")
			c := d.generateSecret(t, w.org, user)
			for style, value := range map[string]oauth2.AuthStyle{
				"header": oauth2.AuthStyleInHeader, "params": oauth2.AuthStyleInParams, "auto-detect": oauth2.AuthStyleAutoDetect,
			} {
				t.Run("golang.org/x/oauth2 "+style, func(t *testing.T) {
					want := w.identity()
					want.user, want.roles = user, []string{"chat.admin.all"}
					w.backend.wantAccepted(t, oauth2Token(t, n, c, w.project, value), want)
				})
			}
			t.Run("zitadel/oidc", func(t *testing.T) { relyingParty(t, n, c, w, user) })
			t.Run("production client", func(t *testing.T) { productionClient(t, n, c, w, user) })
			t.Run("percent-encoded Basic", func(t *testing.T) {
				checkSubject(t, postToken(t, n, encodedBasic(c), form(guideScope(w.project))), user)
			})
		})
	}
}

// checkSubject holds that a token was issued to a user.
func checkSubject(t testing.TB, a tokenAnswer, user string) {
	t.Helper()
	checkAnswer(t, a)
	if _, claims := claimsOf(t, a.body.text("access_token")); claims.text("sub") != user {
		t.Fatalf("the token is of %s, want %s", claims.text("sub"), user)
	}
}

func oauth2Token(t testing.TB, n *node, c credentials, project string, style oauth2.AuthStyle) string {
	t.Helper()
	config := clientcredentials.Config{
		ClientID: c.id, ClientSecret: c.secret, TokenURL: n.Issuer + tokenPath,
		Scopes: strings.Fields(guideScope(project)), AuthStyle: style,
	}
	got, err := config.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.TokenType != "Bearer" || got.Extra("expires_in") != float64(43199) {
		t.Errorf("the client reads type %q and %v seconds", got.TokenType, got.Extra("expires_in"))
	}
	return got.AccessToken
}

// relyingParty is zitadel/oidc: it finds the endpoints, asks, and checks the
// signature with the published keys.
func relyingParty(t *testing.T, n *node, c credentials, w world, user string) {
	party, err := rp.NewRelyingPartyOIDC(t.Context(), n.Issuer, c.id, c.secret, "", strings.Fields(guideScope(w.project)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := rp.ClientCredentials(t.Context(), party, url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := jose.ParseSigned(got.AccessToken, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	keys := rp.NewRemoteKeySet(http.DefaultClient, n.Issuer+"/oauth/v2/keys")
	if _, err := keys.VerifySignature(t.Context(), signed); err != nil {
		t.Error(err)
	}
	want := w.identity()
	want.user, want.roles = user, []string{"chat.admin.all"}
	w.backend.wantAccepted(t, got.AccessToken, want)
}

// productionClient writes the form by hand, the scope first, and Basic
// without percent-encoding.
func productionClient(t *testing.T, n *node, c credentials, w world, user string) {
	a := postToken(t, n, rawBasic(c),
		"scope=openid+profile+email+urn%3Azitadel%3Aiam%3Auser%3Aresourceowner+urn%3Azitadel%3Aiam%3Aorg%3Aprojects%3Aroles"+
			"+urn%3Azitadel%3Aiam%3Aorg%3Aproject%3Aid%3A"+w.project+"%3Aaud&grant_type=client_credentials")
	checkSubject(t, a, user)
	want := w.identity()
	want.user, want.roles = user, []string{"chat.admin.all"}
	w.backend.wantAccepted(t, a.body.text("access_token"), want)
}

// TestAlgorithms proves tokens of every signing algorithm with coreos/go-oidc.
func TestAlgorithms(t *testing.T) {
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			n := start(t, options{Env: []string{"LATCHKEY_FIRST_INSTANCE_SIGNING_ALGORITHM=" + algorithm}})
			w := follow(t, n, restDoor{newHTTPDoor(n)}, "signed")
			accessToken := token(t, n, w.client, guideScope(w.project))
			if header, _ := claimsOf(t, accessToken); header.text("alg") != algorithm {
				t.Errorf("the algorithm is %q", header.text("alg"))
			}
			if refuses(t, w.backend, accessToken) {
				t.Error("verify refuses the token")
			}
			want := http.StatusForbidden // the gateway knows RS256 only
			if algorithm == "RS256" {
				want = http.StatusOK
			}
			if status, _ := w.backend.pass(t, accessToken); status != want {
				t.Errorf("the gateway answers %d, want %d", status, want)
			}
			goOIDC(t, n, w, accessToken)
			wantMyUser(t, n, token(t, n, w.client, internalScope), w.user)
		})
	}
}

// goOIDC checks a token as a backend with coreos/go-oidc does: the audience is the project.
func goOIDC(t *testing.T, n *node, w world, accessToken string) {
	t.Helper()
	provider, err := gooidc.NewProvider(t.Context(), n.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	if provider.Endpoint().TokenURL != n.Issuer+tokenPath {
		t.Errorf("discovery names the token endpoint %q", provider.Endpoint().TokenURL)
	}
	read, err := provider.Verifier(&gooidc.Config{ClientID: w.project}).Verify(t.Context(), accessToken)
	if err != nil {
		t.Fatal(err)
	}
	var claims object
	if err := read.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	roles, _ := claims["urn:zitadel:iam:org:project:"+w.project+":roles"].(map[string]any)
	if read.Subject != w.user || len(roles) != 2 {
		t.Errorf("go-oidc reads %s with %v", read.Subject, roles)
	}
	altered := accessToken[:len(accessToken)-10] + "AAAAAAAAAA"
	for what, bad := range map[string]struct {
		config gooidc.Config
		token  string
	}{
		"another project's token": {gooidc.Config{ClientID: "1" + w.project}, accessToken},
		"an altered token":        {gooidc.Config{ClientID: w.project}, altered},
		"an old token":            {gooidc.Config{ClientID: w.project, Now: func() time.Time { return time.Now().Add(13 * time.Hour) }}, accessToken},
	} {
		if _, err := provider.Verifier(&bad.config).Verify(t.Context(), bad.token); err == nil {
			t.Errorf("go-oidc accepts %s", what)
		}
	}
}

// TestOpaque holds that tokens that are not JWTs work at our own API alone, and
// there only when they were asked for it.
func TestOpaque(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		n := start(t, options{Database: open(t)})
		d := restDoor{newHTTPDoor(n)}
		w := follow(t, n, d, "opaque")
		user := d.createUser(t, w.org, "opaque", opaqueForm)
		d.authorize(t, w.org, user, w.project, "", "chat.admin.all")
		c := d.generateSecret(t, w.org, user)

		own := token(t, n, c, internalScope)
		if strings.Contains(own, ".") {
			t.Error("the opaque token has the form of a JWT")
		}
		wantMyUser(t, n, own, user)
		for scope, accessToken := range map[string]string{
			"own": own, "openid": token(t, n, c, "openid"), "guide": token(t, n, c, guideScope(w.project)),
		} {
			if status, _ := w.backend.pass(t, accessToken); status != http.StatusUnauthorized {
				t.Errorf("%s: the gateway answers %d", scope, status)
			}
			if !refuses(t, w.backend, accessToken) {
				t.Errorf("%s: verify accepts an opaque token", scope)
			}
			if status := myUser(t, n, accessToken).status; scope != "own" && status != http.StatusUnauthorized {
				t.Errorf("%s: the API answers %d", scope, status)
			}
		}
		both := token(t, n, c, guideScope(w.project)+" "+internalScope)
		wantMyUser(t, n, both, user)
		d.changeUser(t, w.org, user, deactivate)
		if status := myUser(t, n, own).status; status != http.StatusUnauthorized {
			t.Errorf("the opaque token of a deactivated user gets %d", status)
		}
	})
}

// TestClientOfZitadel lets Zitadel's own client get its tokens itself, by
// discovery and client credentials, for service users of either token type.
func TestClientOfZitadel(t *testing.T) {
	n := start(t, options{})
	d := restDoor{newHTTPDoor(n)}
	org := d.createOrg(t, "Platform")
	for _, form := range []tokenForm{jwtForm, opaqueForm} {
		user := d.createUser(t, org, "platform+"+string(form), form)
		c := d.generateSecret(t, org, user)
		service := connect(t, n, zclient.PasswordAuthentication(c.id, c.secret, "openid", zclient.ScopeZitadelAPI())).AuthService()
		if got := invoke(t, service.GetMyUser, "", &auth.GetMyUserRequest{}); got.GetUser().GetId() != user {
			t.Errorf("%s: the client is %v", form, got)
		}
		service = connect(t, n, zclient.PasswordAuthentication(c.id, c.secret, "openid")).AuthService()
		if got, err := service.GetMyUser(context.WithoutCancel(t.Context()), &auth.GetMyUserRequest{}); err == nil {
			t.Errorf("%s: without the API's audience the client is %v", form, got)
		}
	}
}
