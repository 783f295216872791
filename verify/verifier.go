package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// MaxTokenBytes is the longest token that is looked at.
	MaxTokenBytes = 32 << 10

	// leeway is the difference between the issuer's clock and ours that is tolerated.
	leeway = 10 * time.Second
)

// Verifier checks access tokens of one issuer for one audience. It is safe for
// concurrent use.
type Verifier struct {
	config     Config
	algorithms []jose.SignatureAlgorithm
	keys       *keySet
}

// New returns a Verifier, or all faults of the configuration. It asks nobody:
// the keys are fetched when the first token comes, so a backend may start
// before its issuer. Use [Verifier.Ready] to find a wrong issuer at start.
func New(config Config) (*Verifier, error) {
	complete, err := config.complete()
	if err != nil {
		return nil, err
	}
	v := &Verifier{config: complete, keys: &keySet{config: complete}}
	for _, alg := range complete.Algorithms {
		v.algorithms = append(v.algorithms, jose.SignatureAlgorithm(alg))
	}
	return v, nil
}

// Ready fetches the issuer's keys unless they are there, and returns
// [ErrKeysUnavailable] while they cannot be had. It fits a readiness probe.
func (v *Verifier) Ready(ctx context.Context) error {
	return v.keys.ready(ctx)
}

// Verify checks a token and returns what it says. Every error is one of the
// Err values of this package, wrapped.
func (v *Verifier) Verify(ctx context.Context, raw string) (*Token, error) {
	if err := checkForm(raw); err != nil {
		return nil, err
	}
	signed, err := jose.ParseSignedCompact(raw, v.algorithms)
	if other := (*jose.ErrUnexpectedSignatureAlgorithm)(nil); errors.As(err, &other) {
		return nil, ErrAlgorithm
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	header := signed.Signatures[0].Protected
	atJWT, err := checkHeader(header)
	if err != nil {
		return nil, err
	}

	// The issuer is looked at first, because a token of another issuer must not
	// cause a search for its key here. Nothing else is believed before the signature.
	claims, err := parseClaims(signed.UnsafePayloadWithoutVerification())
	if err != nil {
		return nil, err
	}
	if issuer, _ := claims.text("iss"); issuer != v.config.Issuer {
		return nil, ErrIssuer
	}
	if err := v.checkSignature(ctx, signed, header); err != nil {
		return nil, err
	}
	return v.read(claims, atJWT)
}

// checkForm refuses early what cannot be a JWT in compact serialization. It is
// stricter than the decoders behind it, which skip line breaks in base64.
func checkForm(raw string) error {
	if len(raw) > MaxTokenBytes {
		return fmt.Errorf("%w: longer than %d bytes", ErrMalformed, MaxTokenBytes)
	}
	dots := 0
	for _, c := range []byte(raw) {
		switch {
		case c == '.':
			dots++
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return ErrMalformed
		}
	}
	if dots != 2 {
		return ErrMalformed
	}
	return nil
}

// checkHeader checks the type (RFC 7515 section 4.1.9, RFC 9068 section 2.1)
// and reports whether it is the explicit one of an access token.
func checkHeader(header jose.Header) (atJWT bool, err error) {
	if _, critical := header.ExtraHeaders["crit"]; critical {
		return false, fmt.Errorf("%w: it demands an extension that is not known here", ErrMalformed)
	}
	if header.KeyID == "" {
		return false, fmt.Errorf("%w: it names no key", ErrMalformed)
	}
	name, _ := header.ExtraHeaders[jose.HeaderType].(string)
	switch strings.TrimPrefix(strings.ToLower(name), "application/") {
	case "jwt":
		return false, nil
	case "at+jwt":
		return true, nil
	}
	return false, fmt.Errorf("%w: its type is neither JWT nor at+jwt", ErrType)
}

// checkSignature tries the issuer's keys of that id; there is usually one.
func (v *Verifier) checkSignature(ctx context.Context, signed *jose.JSONWebSignature, header jose.Header) error {
	keys, err := v.keys.find(ctx, header.KeyID, header.Algorithm)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if _, err := signed.Verify(key.Key); err == nil {
			return nil
		}
	}
	return ErrSignature
}

// read checks the claims of a token whose signature is good.
func (v *Verifier) read(claims claims, atJWT bool) (*Token, error) {
	if err := refuseOtherTokens(claims, atJWT); err != nil {
		return nil, err
	}
	token := &Token{claims: claims, project: v.config.Audience}
	token.subject, _ = claims.text("sub")
	token.id, _ = claims.text("jti")
	token.clientID, _ = claims.text("client_id")
	if token.subject == "" || token.id == "" || token.clientID == "" {
		return nil, fmt.Errorf("%w: sub, jti and client_id are required", ErrClaims)
	}
	if token.subject == v.config.Issuer {
		return nil, fmt.Errorf("%w: it is a client assertion", ErrType)
	}

	var err error
	if token.audience, err = claims.texts("aud"); err != nil {
		return nil, err
	}
	if !slices.Contains(token.audience, v.config.Audience) {
		return nil, ErrAudience
	}
	now := v.config.Now()
	if token.expiry, err = claims.time("exp"); err != nil {
		return nil, err
	}
	if !now.Before(token.expiry.Add(leeway)) {
		return nil, ErrExpired
	}
	if _, present := claims["nbf"]; present {
		begin, err := claims.time("nbf")
		if err != nil {
			return nil, err
		}
		if now.Add(leeway).Before(begin) {
			return nil, ErrNotYetValid
		}
	}
	// A role claim that cannot be read is a fault, not an absence of roles.
	if token.roles, err = claims.roles(token.project); err != nil {
		return nil, err
	}
	return token, nil
}

// refuseOtherTokens recognises what the issuer signs with the same keys but
// for another purpose (RFC 8725 section 3.12). The package comment says how.
func refuseOtherTokens(claims claims, atJWT bool) error {
	for _, name := range []string{"nonce", "azp", "at_hash", "c_hash", "s_hash"} {
		if _, ok := claims[name]; ok {
			return fmt.Errorf("%w: it is an ID token (%s)", ErrType, name)
		}
	}
	if _, ok := claims["auth_time"]; ok && !atJWT {
		return fmt.Errorf("%w: it is an ID token (auth_time)", ErrType)
	}
	if _, ok := claims["events"]; ok {
		return fmt.Errorf("%w: it is a security event or logout token", ErrType)
	}
	if _, ok := claims["cnf"]; ok {
		return fmt.Errorf("%w: it is bound to a key whose proof is not checked here", ErrType)
	}
	return nil
}
