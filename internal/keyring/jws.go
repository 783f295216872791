package keyring

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// MaxTokenSize bounds every token that is parsed here, in bytes; nothing longer should be issued.
	MaxTokenSize  = 64 << 10
	maxHeaderSize = 1 << 10 // encoded; the header of our own tokens has some 80 bytes
)

// ErrToken means that a token is not of the form that this server issues. Nothing was verified yet.
var ErrToken = errors.New("malformed token")

// Header is what counts in the protected header of a token (RFC 7515 section 4.1).
type Header struct {
	Alg Algorithm // one of ours
	Kid string    // never empty
	Typ string    // may be empty
}

// ParseCompact takes a compact JWS apart (RFC 7515 section 7.1) without verifying it. It reads tokens of our own
// making and is strict: three parts, canonical base64url without padding, one JSON object as header with no member
// twice, an algorithm of ours, a kid, no "crit". signingInput is what sig signs. Every error is an ErrToken.
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

// parseHeader walks the members itself because encoding/json keeps the last of two equal names (RFC 7515 section 4
// allows refusing them) and matches names whatever their case.
func parseHeader(raw []byte) (Header, error) {
	fail := func(reason string) (Header, error) { return Header{}, fmt.Errorf("%w: %s", ErrToken, reason) }
	if !utf8.Valid(raw) || !json.Valid(raw) || bytes.TrimLeft(raw, " \t\r\n")[0] != '{' {
		return fail("header is not a JSON object")
	}
	// json.Valid has proved the grammar: errors below cannot happen, and are still not ignored.
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if _, err := decoder.Token(); err != nil {
		return fail("header is not a JSON object")
	}
	seen := make(map[string]bool, 3)
	var alg string
	var header Header
	for decoder.More() {
		token, err := decoder.Token()
		name, isString := token.(string)
		if err != nil || !isString {
			return fail("header is not a JSON object")
		}
		if seen[name] {
			return fail("header has a member twice")
		}
		seen[name] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return fail("header is not a JSON object")
		}
		var target *string
		switch name {
		case "alg":
			target = &alg
		case "kid":
			target = &header.Kid
		case "typ":
			target = &header.Typ
		case "crit":
			return fail("critical header extensions are not supported")
		default:
			continue
		}
		if value[0] != '"' || json.Unmarshal(value, target) != nil {
			return fail("header member is not a string")
		}
	}
	var err error
	if header.Alg, err = ParseAlgorithm(alg); err != nil {
		return fail("header names no known algorithm")
	}
	if header.Kid == "" {
		return fail("header names no key")
	}
	return header, nil
}
