package verify_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/latchkey-iam/latchkey/verify"
)

// A backend with one route for every valid token and one for a role.
func Example() {
	issuer, token := exampleIssuer()
	defer issuer.Close()

	guard, err := verify.New(verify.Config{Issuer: issuer.URL, Audience: "310486392841297925"})
	if err != nil {
		fmt.Println(err)
		return
	}
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := verify.FromContext(r.Context())
		fmt.Fprintln(w, token.ClientID(), "of", token.ResourceOwner().Name, "holds", token.Roles())
	})
	mux := http.NewServeMux()
	mux.Handle("GET /hello", guard.Require(hello))
	mux.Handle("GET /admin", guard.RequireRole("chat.admin.all")(hello))

	for _, path := range []string{"/hello", "/admin"} {
		request := httptest.NewRequest(http.MethodGet, path, nil)
		request.Header.Set("Authorization", "Bearer "+token)
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, request)
		fmt.Println(answer.Code, answer.Body)
	}

	// Output:
	// 200 ingest-connector of Acme holds [chat.knowledge.write]
	//
	// 403 {"error":"insufficient_scope","error_description":"the role chat.admin.all is required"}
}

// exampleIssuer stands for a Latchkey instance and the token that it issued.
func exampleIssuer() (issuer *httptest.Server, token string) {
	public, private, _ := ed25519.GenerateKey(nil)
	mux := http.NewServeMux()
	issuer = httptest.NewServer(mux)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer.URL, "jwks_uri": issuer.URL + "/keys"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: "1"}}})
	})
	key := jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: private, KeyID: "1"}}
	signer, _ := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("JWT"))
	token, _ = jwt.Signed(signer).Claims(map[string]any{
		"iss": issuer.URL, "sub": "271828182845904523", "aud": []string{"310486392841297925"}, "client_id": "ingest-connector",
		"jti": "1", "exp": time.Now().Add(time.Hour).Unix(),
		"urn:zitadel:iam:user:resourceowner:name": "Acme",
		"urn:zitadel:iam:org:project:310486392841297925:roles": map[string]any{
			"chat.knowledge.write": map[string]string{"161803398874989484": "acme.example.com"},
		},
	}).Serialize()
	return issuer, token
}
