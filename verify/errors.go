package verify

import "errors"

// Why a token was refused. [Verifier.Verify] wraps exactly one of these; tell
// them apart with errors.Is. Their texts are safe to show to the sender.
var (
	ErrMalformed   = errors.New("the token is not a well-formed JWT")
	ErrAlgorithm   = errors.New("the token's signature algorithm is not accepted")
	ErrType        = errors.New("the token is not an access token")
	ErrIssuer      = errors.New("the token is from another issuer")
	ErrSignature   = errors.New("the token's signature is not valid")
	ErrAudience    = errors.New("the token is meant for another audience")
	ErrExpired     = errors.New("the token has expired")
	ErrNotYetValid = errors.New("the token is not valid yet")
	ErrClaims      = errors.New("the token lacks a claim, or a claim has the wrong form")
)

// ErrKeysUnavailable says that the issuer's keys could not be had, so nothing
// is known about the token. It is the only error that is not the sender's.
var ErrKeysUnavailable = errors.New("the issuer's keys are not available")

// refusals lists every error that says something about the token itself.
func refusals() []error {
	return []error{
		ErrMalformed, ErrAlgorithm, ErrType, ErrIssuer, ErrSignature,
		ErrAudience, ErrExpired, ErrNotYetValid, ErrClaims,
	}
}
