package oauth

import (
	"net/http"
	"net/url"
	"time"

	"github.com/latchkey-iam/latchkey/internal/tokens"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// credentials are a client's claim to be someone, not yet proved.
type credentials struct {
	// readings are the ways to read what was sent: HTTP Basic may be percent-encoded (RFC 6749
	// section 2.3.1) or, as many clients send it, raw. A name such as "a%2Bb" can be read either way.
	readings []tokens.Reading
	basic    bool
}

// readCredentials finds the one client authentication of a request: HTTP Basic,
// or client_id and client_secret in the form.
func readCredentials(r *http.Request, form url.Values) (credentials, error) {
	var c credentials
	headers := r.Header["Authorization"]
	if len(headers) > 1 {
		return c, badRequest(InvalidRequest, "more than one Authorization header")
	}
	inForm := given(form, "client_secret")
	if given(form, "client_assertion") || given(form, "client_assertion_type") {
		return c, badRequest(InvalidRequest, "client assertions are not supported; use HTTP Basic or client_secret")
	}
	if len(headers) == 0 {
		switch {
		case !given(form, "client_id"):
			return c, badRequest(InvalidClient, "no client authentication: use HTTP Basic with client id and secret, or client_id and client_secret in the form")
		case !inForm:
			return c, badRequest(InvalidClient, "client_secret is missing")
		}
		c.readings = []tokens.Reading{{Name: form.Get("client_id"), Secret: form.Get("client_secret")}}
		return c, nil
	}
	if inForm {
		return c, badRequest(InvalidRequest, "two client authentications at once: HTTP Basic and client_secret")
	}
	c.basic = true
	id, secret, ok := r.BasicAuth()
	if !ok {
		return c, &protocolError{
			status: http.StatusBadRequest, code: InvalidClient, basic: true,
			description: "the Authorization header is not valid HTTP Basic: base64 of the client id, a colon and the secret",
		}
	}
	c.readings = append(c.readings, tokens.Reading{Name: id, Secret: secret})
	decodedID, ok1 := unescape(id)
	decodedSecret, ok2 := unescape(secret)
	if decoded := (tokens.Reading{Name: decodedID, Secret: decodedSecret}); ok1 && ok2 && decoded != c.readings[0] {
		c.readings = append(c.readings, decoded)
	}
	if want := form.Get("client_id"); want != "" && want != id && want != decodedID {
		return c, badRequest(InvalidRequest, "client_id is not that of the Authorization header")
	}
	return c, nil
}

// authenticate proves the client. Every failure before the secret is proved is
// one and the same answer.
func (h *Handler) authenticate(r *http.Request, c credentials, now time.Time) (tokens.Client, error) {
	client, err := h.Tokens.Cache.Authenticate(r.Context(), c.readings, now)
	if err != nil {
		p := translate(err)
		p.basic = c.basic
		return client, p
	}
	line := weblog.From(r.Context())
	line.Set("user", client.UserID())
	line.Set("org", client.OrgID())
	line.Set("credential", client.CredentialID())
	return client, nil
}
