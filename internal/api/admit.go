package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// strangerBytes bounds a body that has to be read to be refused.
const strangerBytes = 16 << 10

// proof is what admit found out about who calls.
type proof struct {
	caller iam.Caller
	err    error
}

type proofKey struct{}

// admit proves the caller before a body is read: to decode a large message
// costs a hundred times its size, and strangers are not worth that. They go on
// without a body, or with a small one where the protocol frames it, to be
// refused in the words of their protocol, or to a public method.
func (s *Server) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var p proof
		bearer, err := bearerToken(r.Header.Values("Authorization"))
		if err == nil {
			p.caller, err = s.Tokens.Caller(r.Context(), bearer)
		}
		if p.err = err; err != nil {
			r = withoutBody(w, r)
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), proofKey{}, p)))
	})
}

func withoutBody(w http.ResponseWriter, r *http.Request) *http.Request {
	bare := r.WithContext(r.Context())
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		bare.Body = http.MaxBytesReader(w, r.Body, strangerBytes)
		return bare
	}
	bare.Body, bare.ContentLength, bare.TransferEncoding = http.NoBody, 0, nil
	return bare
}

// prove proves the caller of a method, or returns what admit found out.
func (s *Server) prove(ctx context.Context, authorization []string) (iam.Caller, error) {
	if p, ok := ctx.Value(proofKey{}).(proof); ok {
		return p.caller, p.err
	}
	bearer, err := bearerToken(authorization)
	if err != nil {
		return iam.Caller{}, err
	}
	return s.Tokens.Caller(ctx, bearer)
}
