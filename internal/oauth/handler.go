package oauth

import (
	"net/http"

	"github.com/latchkey-iam/latchkey/internal/tokens"
)

// Paths of the endpoints.
const (
	PathDiscovery = "/.well-known/openid-configuration"
	PathMetadata  = "/.well-known/oauth-authorization-server"
	PathToken     = "/oauth/v2/token"
	PathKeys      = "/oauth/v2/keys"
)

// Handler is the protocol endpoints of one instance.
type Handler struct {
	Tokens *tokens.Issuer
}

// Routes lists every endpoint.
func (h *Handler) Routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		PathDiscovery: h.discovery,
		PathMetadata:  h.discovery,
		PathKeys:      h.keys,
		PathToken:     h.token,
	}
}

// allow answers preflights (any page may ask, no page's cookies count) and
// refuses other methods. It reports whether the request goes on.
func allow(w http.ResponseWriter, r *http.Request, methods string, ok bool) bool {
	header := w.Header()
	header["Access-Control-Allow-Origin"] = anyOrigin
	if r.Method == http.MethodOptions {
		header.Set("Access-Control-Allow-Methods", methods)
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, X-Requested-With")
		header.Set("Access-Control-Max-Age", "3600")
		w.WriteHeader(http.StatusNoContent)
		return false
	}
	if !ok {
		header.Set("Allow", methods+", OPTIONS")
		writeError(w, r, &protocolError{
			status: http.StatusMethodNotAllowed, code: InvalidRequest,
			description: "this endpoint takes " + methods + " only",
		})
	}
	return ok
}

// Header values that every answer shares.
var (
	anyOrigin   = []string{"*"}
	contentJSON = []string{"application/json"}
	noStore     = []string{"no-store"}
	noCache     = []string{"no-cache"}
)
