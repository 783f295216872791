package oauth

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/latchkey-iam/latchkey/internal/tokens"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// GrantClientCredentials is the grant of RFC 6749 section 4.4.
const GrantClientCredentials = "client_credentials"

// token answers POST /oauth/v2/token (RFC 6749 section 3.2).
func (h *Handler) token(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, "POST", r.Method == http.MethodPost) {
		return
	}
	form, err := readForm(w, r)
	if err != nil {
		writeError(w, r, err)
		return
	}
	issued, err := h.grant(r, form)
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeToken(w, issued)
}

// grant chooses by grant_type.
func (h *Handler) grant(r *http.Request, form url.Values) (tokens.Token, error) {
	switch form.Get("grant_type") {
	case GrantClientCredentials:
		return h.clientCredentials(r, form)
	case "":
		return tokens.Token{}, badRequest(InvalidRequest, "grant_type is missing")
	}
	return tokens.Token{}, badRequest(UnsupportedGrantType, "this grant_type is not supported; client_credentials is")
}

// writeToken writes the answer of RFC 6749 section 5.1: three fields, as the
// token holds only base64url it needs no escaping.
func writeToken(w http.ResponseWriter, t tokens.Token) {
	body := make([]byte, 0, len(t.Access)+80)
	body = append(body, `{"access_token":"`...)
	body = append(body, t.Access...)
	body = append(body, `","token_type":"Bearer","expires_in":`...)
	body = strconv.AppendInt(body, t.ExpiresIn, 10)
	body = append(body, '}')
	header := w.Header()
	header["Content-Type"] = contentJSON
	header["Cache-Control"] = noStore
	header["Pragma"] = noCache
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	_, _ = w.Write(body)
}

// clientCredentials is the grant of RFC 6749 section 4.4.
func (h *Handler) clientCredentials(r *http.Request, form url.Values) (tokens.Token, error) {
	credentials, err := readCredentials(r, form)
	if err != nil {
		return tokens.Token{}, err
	}
	client, err := h.authenticate(r, credentials, h.Tokens.Now())
	if err != nil {
		return tokens.Token{}, err
	}
	if !given(form, "scope") {
		return tokens.Token{}, badRequest(InvalidScope, scopeMissing)
	}
	t, err := h.Tokens.Issue(r.Context(), client, form.Get("scope"))
	if err != nil {
		p := translate(err)
		if p.code == InvalidRequest {
			p.code = InvalidScope
		}
		return tokens.Token{}, p
	}
	line := weblog.From(r.Context())
	if t.Opaque {
		line.Set("token", "opaque")
	} else {
		line.Set("token", "jwt")
	}
	return t, nil
}

const scopeMissing = "scope is missing; a service user that calls a backend usually asks for: openid profile email " +
	"urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles urn:zitadel:iam:org:project:id:{projectId}:aud"
