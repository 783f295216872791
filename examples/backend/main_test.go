package main

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/latchkey-iam/latchkey/verify"
)

const project = "310486392841297925"

func TestRoutes(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	issuer := httptest.NewServer(nil)
	defer issuer.Close()
	issuer.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{ // both documents in one
			"issuer": issuer.URL, "jwks_uri": issuer.URL + "/keys",
			"keys": []jose.JSONWebKey{{Key: private.Public(), KeyID: "1"}},
		})
	})
	guard, err := verify.New(verify.Config{Issuer: issuer.URL, Audience: project})
	if err != nil {
		t.Fatal(err)
	}
	handler := routes(guard)
	plain, admin := sign(t, private, issuer.URL), sign(t, private, issuer.URL, adminRole)

	for _, test := range []struct {
		name, path, token string
		status            int
		want              string
	}{
		{"nobody", "/whoami", "", 401, "unauthorized"},
		{"nobody as admin", "/admin", "", 401, "unauthorized"},
		{"wrong caller", "/admin", plain, 403, "insufficient_scope"},
		{"forged", "/whoami", plain[:len(plain)-8] + "AAAAAAAA", 401, "invalid_token"},
		{
			"right caller without roles", "/whoami", plain, 200,
			`{"subject":"27","client_id":"cron","organization":{"id":"16","name":"Acme","primary_domain":"acme.test"},"roles":[]}`,
		},
		{"right caller", "/whoami", admin, 200, `"roles":["chat.admin.all"]`},
		{"right caller as admin", "/admin", admin, 200, `{"organizations":{"16":"acme.test"},"role":"chat.admin.all"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodGet, test.path, nil)
			if test.token != "" {
				request.Header.Set("Authorization", "Bearer "+test.token)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, request)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
				t.Fatalf("answer is %d %s, want %d with %s", w.Code, w.Body, test.status, test.want)
			}
		})
	}
}

func sign(t *testing.T, private ed25519.PrivateKey, issuer string, roles ...string) string {
	t.Helper()
	key := jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: private, KeyID: "1"}}
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]any{}
	for _, role := range roles {
		held[role] = map[string]string{"16": "acme.test"}
	}
	token, err := jwt.Signed(signer).Claims(map[string]any{
		"iss": issuer, "sub": "27", "aud": project, "client_id": "cron", "jti": "1", "exp": time.Now().Add(time.Hour).Unix(),
		"urn:zitadel:iam:user:resourceowner:id":             "16",
		"urn:zitadel:iam:user:resourceowner:name":           "Acme",
		"urn:zitadel:iam:user:resourceowner:primary_domain": "acme.test",
		"urn:zitadel:iam:org:project:" + project + ":roles": held,
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}
