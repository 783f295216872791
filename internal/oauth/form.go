package oauth

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// maxForm bounds a token request's body in bytes.
const maxForm = 64 << 10

const formType = "application/x-www-form-urlencoded"

// readForm reads the body of a token request (RFC 6749 section 3.2).
// Parameters in the address do not count: secrets would end up in logs.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if t := r.Header.Get("Content-Type"); t != "" && t != formType {
		if media, _, err := mime.ParseMediaType(t); err != nil || media != formType {
			return nil, badRequest(InvalidRequest, "the body must be "+formType)
		}
	}
	if r.ContentLength > maxForm {
		return nil, tooLarge()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, tooLarge()
		}
		return nil, badRequest(InvalidRequest, "the body could not be read")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		// The cause would repeat a piece of the body.
		return nil, badRequest(InvalidRequest, "the body is not a valid form: check its percent-encoding")
	}
	for _, name := range []string{"grant_type", "scope", "client_id", "client_secret", "client_assertion", "client_assertion_type", "assertion"} {
		if len(form[name]) > 1 {
			return nil, badRequest(InvalidRequest, name+" is given more than once")
		}
	}
	return form, nil
}

func tooLarge() error {
	return &protocolError{
		status: http.StatusRequestEntityTooLarge, code: InvalidRequest, description: "the body is too large",
	}
}

// given reports whether a parameter is there, even if it is empty.
func given(form url.Values, name string) bool {
	_, ok := form[name]
	return ok
}

// unescape undoes the form encoding that RFC 6749 section 2.3.1 asks of the
// two parts of HTTP Basic. It reports false when the text is not so encoded.
func unescape(s string) (string, bool) {
	if !strings.ContainsAny(s, "%+") {
		return s, true
	}
	u, err := url.QueryUnescape(s)
	return u, err == nil
}
