package oauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// Code is an error code of RFC 6749 section 5.2.
type Code string

// The codes.
const (
	InvalidRequest         Code = "invalid_request"
	InvalidClient          Code = "invalid_client"
	UnauthorizedClient     Code = "unauthorized_client"
	UnsupportedGrantType   Code = "unsupported_grant_type"
	InvalidScope           Code = "invalid_scope"
	ServerError            Code = "server_error"            // RFC 6749 section 4.1.2.1, used here with 500
	TemporarilyUnavailable Code = "temporarily_unavailable" // the same, with 503
)

// protocolError is an error in the words of RFC 6749.
type protocolError struct {
	status      int
	code        Code
	description string
	basic       bool // the client used HTTP Basic and is to be challenged (RFC 6749 section 5.2)
	cause       error
}

func (e *protocolError) Error() string {
	if e.cause != nil {
		return string(e.code) + ": " + e.cause.Error()
	}
	return string(e.code) + ": " + e.description
}

func (e *protocolError) Unwrap() error { return e.cause }

func badRequest(code Code, description string) *protocolError {
	return &protocolError{status: http.StatusBadRequest, code: code, description: description}
}

// translate is the one table from kinds to protocol errors. What it does not
// know is internal, and says nothing.
func translate(err error) *protocolError {
	var p *protocolError
	if errors.As(err, &p) {
		return p
	}
	var e *iam.Error
	if !errors.As(err, &e) {
		e = &iam.Error{}
	}
	p = &protocolError{status: http.StatusBadRequest, code: InvalidRequest, description: e.Message, cause: err}
	switch e.Kind {
	case iam.InvalidArgument, iam.AlreadyExists, iam.FailedPrecondition, iam.Unchanged, iam.NotFound, iam.Unimplemented,
		iam.Aborted:
	case iam.Unauthenticated:
		p.code = InvalidClient
	case iam.PermissionDenied:
		p.code = UnauthorizedClient
	case iam.ResourceExhausted:
		p.status = http.StatusTooManyRequests
	case iam.Unavailable:
		p.status, p.code = http.StatusServiceUnavailable, TemporarilyUnavailable
	default:
		p.status, p.code, p.description = http.StatusInternalServerError, ServerError, "the server failed; its log says why"
	}
	return p
}

// writeError answers with an error and notes it in the request's log line.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	p := translate(err)
	line := weblog.From(r.Context())
	line.Set("oauth_error", string(p.code))
	line.Fail(p)

	body, marshalErr := json.Marshal(struct {
		Error       Code   `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{p.code, p.description})
	if marshalErr != nil {
		body = []byte(`{"error":"server_error"}`)
	}
	header := w.Header()
	header["Content-Type"] = contentJSON
	header["Cache-Control"] = noStore
	header["Pragma"] = noCache
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if p.basic && p.code == InvalidClient {
		p.status = http.StatusUnauthorized
		header.Set("WWW-Authenticate", `Basic realm="latchkey", charset="UTF-8"`)
	}
	if p.status == http.StatusServiceUnavailable || p.status == http.StatusTooManyRequests {
		header.Set("Retry-After", "1")
	}
	w.WriteHeader(p.status)
	_, _ = w.Write(body)
}
