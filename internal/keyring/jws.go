package keyring

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const (
	// MaxTokenSize bounds every token that is parsed here, in bytes; nothing longer should be issued.
	MaxTokenSize  = 32 << 10
	maxHeaderSize = 1 << 10 // encoded; the header of our own tokens has some 80 bytes
)

// ErrToken means that a token is not of the form that this server issues. Nothing was verified yet.
var ErrToken = errors.New("malformed token")

// Header is the protected header of a token (RFC 7515 section 4.1).
type Header struct {
	Alg Algorithm `json:"alg"`
	Kid string    `json:"kid"`
	Typ string    `json:"typ,omitempty"`
}

// ParseCompact takes a compact JWS apart (RFC 7515 section 7.1) without verifying it. It reads tokens of our own
// making and is strict: three parts, canonical base64url without padding, a header of "alg", "kid" and perhaps "typ"
// exactly as written here, an algorithm of ours, a kid that is not empty. Tokens of other issuers need another parser.
// signingInput is what sig signs. Every error is an ErrToken.
func ParseCompact(token string) (header Header, signingInput, payload, sig []byte, err error) {
	fail := func(reason string) (Header, []byte, []byte, []byte, error) {
		return Header{}, nil, nil, nil, fmt.Errorf("%w: %s", ErrToken, reason)
	}
	if len(token) > MaxTokenSize {
		return fail("too long")
	}
	encodedHeader, rest, _ := strings.Cut(token, ".")
	encodedPayload, encodedSig, found := strings.Cut(rest, ".")
	if !found || strings.Contains(encodedSig, ".") {
		return fail("not three parts")
	}
	if len(encodedHeader) > maxHeaderSize {
		return fail("header too long")
	}
	rawHeader, ok := decodeBase64URL(encodedHeader)
	if !ok {
		return fail("header is not base64url")
	}
	if header, err = parseHeader(rawHeader); err != nil {
		return Header{}, nil, nil, nil, err
	}
	if payload, ok = decodeBase64URL(encodedPayload); !ok {
		return fail("payload is not base64url")
	}
	if sig, ok = decodeBase64URL(encodedSig); !ok || len(sig) == 0 {
		return fail("signature is not base64url")
	}
	return header, []byte(token[:len(token)-len(encodedSig)-1]), payload, sig, nil
}

// decodeBase64URL accepts only what encoding would produce: no padding, no stray bits, no line breaks (which
// encoding/base64 skips).
func decodeBase64URL(s string) ([]byte, bool) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, false
	}
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return decoded, err == nil
}

// parseHeader accepts a header only as this server writes it, byte for byte. That leaves no room for what
// encoding/json would let pass: a member twice, names in another case, broken UTF-8; nor for "crit" or any other member
// that somebody may understand differently.
func parseHeader(raw []byte) (Header, error) {
	fail := func(reason string) (Header, error) { return Header{}, fmt.Errorf("%w: %s", ErrToken, reason) }
	var header Header
	if err := json.Unmarshal(raw, &header); err != nil {
		return fail("header is not a JSON object of strings")
	}
	if written, err := json.Marshal(header); err != nil || !bytes.Equal(written, raw) {
		return fail("header is not in the form that this server writes")
	}
	if _, err := ParseAlgorithm(string(header.Alg)); err != nil {
		return fail("header names no known algorithm")
	}
	if header.Kid == "" {
		return fail("header names no key")
	}
	return header, nil
}
