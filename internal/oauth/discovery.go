package oauth

import (
	"encoding/json"
	"net/http"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// metadata is the discovery document (OpenID Connect Discovery 1.0 section 3,
// RFC 8414 section 2). It lists only what answers.
type metadata struct {
	Issuer                 string   `json:"issuer"`
	TokenEndpoint          string   `json:"token_endpoint"`
	JWKSURI                string   `json:"jwks_uri"`
	ScopesSupported        []string `json:"scopes_supported"`
	ResponseTypesSupported []string `json:"response_types_supported"`
	GrantTypesSupported    []string `json:"grant_types_supported"`
	SubjectTypesSupported  []string `json:"subject_types_supported"`
	IDTokenSigningAlgs     []string `json:"id_token_signing_alg_values_supported"`
	TokenEndpointAuth      []string `json:"token_endpoint_auth_methods_supported"`
	ClaimsSupported        []string `json:"claims_supported"`
}

// discovery answers GET /.well-known/openid-configuration.
func (h *Handler) discovery(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, "GET, HEAD", r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return
	}
	document, err := json.Marshal(metadata{
		Issuer:        h.Tokens.URL,
		TokenEndpoint: h.Tokens.URL + PathToken,
		JWKSURI:       h.Tokens.URL + PathKeys,
		ScopesSupported: []string{
			iam.ScopeOpenID, iam.ScopeProfile, iam.ScopeEmail, iam.ScopePhone, iam.ScopeAddress,
		},
		ResponseTypesSupported: []string{}, // required by the RFC; there is no authorization endpoint
		GrantTypesSupported:    []string{GrantClientCredentials},
		SubjectTypesSupported:  []string{"public"},
		IDTokenSigningAlgs:     []string{h.Tokens.Keys.Algorithm(r.Context())},
		TokenEndpointAuth:      []string{"client_secret_basic", "client_secret_post"},
		ClaimsSupported: []string{
			iam.ClaimIssuer, iam.ClaimSubject, iam.ClaimAudience, iam.ClaimExpires, iam.ClaimNotBefore, iam.ClaimIssuedAt,
			iam.ClaimTokenID, iam.ClaimClientID,
		},
	})
	if err != nil {
		writeError(w, r, err)
		return
	}
	header := w.Header()
	header["Content-Type"] = contentJSON
	header.Set("Cache-Control", "max-age=300, must-revalidate")
	_, _ = w.Write(document)
}

// keys answers GET /oauth/v2/keys.
func (h *Handler) keys(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, "GET, HEAD", r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return
	}
	header := w.Header()
	header["Content-Type"] = contentJSON
	header.Set("Cache-Control", "max-age=300, must-revalidate")
	_, _ = w.Write(h.Tokens.Keys.JWKS(r.Context()))
}
