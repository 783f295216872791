package verify

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// Error codes of RFC 6750 section 3.1.
const (
	codeInvalidRequest    = "invalid_request"
	codeInvalidToken      = "invalid_token"
	codeInsufficientScope = "insufficient_scope"
)

type contextKey struct{}

// FromContext returns the token of a request that passed [Verifier.Require] or
// [Verifier.RequireRole].
func FromContext(ctx context.Context) (*Token, bool) {
	token, ok := ctx.Value(contextKey{}).(*Token)
	return token, ok
}

// Require lets a request pass that carries a valid token in its Authorization
// header. Others are answered as RFC 6750 section 3.1 says: 401 without a token
// or with a bad one, 400 for a request that carries tokens in an ambiguous
// way; and 503 while the issuer's keys cannot be had.
func (v *Verifier) Require(next http.Handler) http.Handler {
	return v.guard(next, func(*Token) bool { return true }, "")
}

// RequireRole lets a request pass whose token also holds a role on the
// verifier's project. Without the role the answer is 403.
func (v *Verifier) RequireRole(role string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return v.guard(next, func(t *Token) bool { return t.HasRole(role) }, "the role "+role+" is required")
	}
}

func (v *Verifier) guard(next http.Handler, allowed func(*Token) bool, otherwise string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, found, fault := bearer(r)
		if fault != "" {
			v.refuse(w, http.StatusBadRequest, codeInvalidRequest, fault)
			return
		}
		if !found {
			v.refuse(w, http.StatusUnauthorized, "", "")
			return
		}
		token, err := v.Verify(r.Context(), raw)
		if err != nil {
			v.refuseToken(w, err)
			return
		}
		if !allowed(token) {
			v.refuse(w, http.StatusForbidden, codeInsufficientScope, otherwise)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, token)))
	})
}

// bearer takes the token from the Authorization header (RFC 6750 section 2.1).
// The other two places of that section are not read: addresses end in logs,
// and bodies belong to the handler.
func bearer(r *http.Request) (token string, found bool, fault string) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return "", false, "more than one Authorization header"
	}
	if len(headers) == 0 {
		return "", false, ""
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false, ""
	}
	token = strings.Trim(token, " ")
	if token == "" || strings.ContainsAny(token, " ,\t") {
		return "", false, "the Authorization header does not hold one token"
	}
	if r.URL.Query().Has("access_token") {
		return "", false, "a token in the header and another in the query"
	}
	return token, true, ""
}

// refuseToken answers for an error of Verify. What it shows is the text of the
// package's own error, never a part of the token.
func (v *Verifier) refuseToken(w http.ResponseWriter, err error) {
	for _, refusal := range refusals() {
		if errors.Is(err, refusal) {
			v.refuse(w, http.StatusUnauthorized, codeInvalidToken, refusal.Error())
			return
		}
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(retryInterval.Seconds())))
	writeError(w, http.StatusServiceUnavailable, "temporarily_unavailable", ErrKeysUnavailable.Error())
}

// refuse answers with a challenge (RFC 6750 section 3). Without a token there
// is no error code: the client has not done anything wrong yet.
func (v *Verifier) refuse(w http.ResponseWriter, status int, code, description string) {
	challenge := `Bearer realm="` + v.config.Issuer + `"`
	if code != "" {
		challenge += `, error="` + code + `", error_description="` + printable(description) + `"`
	}
	w.Header().Set("WWW-Authenticate", challenge)
	if code == "" {
		code, description = "unauthorized", "a bearer token is required"
	}
	writeError(w, status, code, description)
}

func writeError(w http.ResponseWriter, status int, code, description string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The status is on its way; a client that went away is nobody's fault.
	_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": description})
}

// printable keeps a description within the characters of RFC 6750 section 3.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return '?'
		}
		return c
	}, text)
}
