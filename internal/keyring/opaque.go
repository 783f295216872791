package keyring

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// OpaqueTokenPrefix begins every opaque token: servers and scanners know by it what they hold.
const OpaqueTokenPrefix = "lko_"

const (
	opaqueVersion    = 1
	opaqueHeaderSize = 1 + chacha20poly1305.NonceSizeX
)

// TokenKeySize is the size in bytes of a TokenSealer's key.
const TokenKeySize = chacha20poly1305.KeySize

// ErrOpaqueToken means that a token was not sealed with this key, or was changed.
var ErrOpaqueToken = errors.New("not an opaque token of this server")

// TokenSealer turns content into opaque tokens and back. The cipher is XChaCha20-Poly1305: its 192-bit nonces may be
// drawn at random forever, where the 96 bits of AES-GCM would be worn out within days at ten thousand tokens a second.
// A TokenSealer prints as [redacted] and may be used by many goroutines at once.
type TokenSealer struct {
	redacted
	aead hidden[cipher.AEAD]
}

// NewTokenSealer makes a sealer of a random key of TokenKeySize bytes, which must serve no other purpose.
func NewTokenSealer(key []byte) (*TokenSealer, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("token sealer: expected a key of %d bytes, got %d", TokenKeySize, len(key))
	}
	return &TokenSealer{aead: hide(aead)}, nil
}

// Seal appends a token that holds plaintext to dst: "lko_" and the base64url of
// version (1) | nonce (24) | ciphertext | tag (16).
func (t *TokenSealer) Seal(dst, plaintext []byte) []byte {
	raw := make([]byte, opaqueHeaderSize, opaqueHeaderSize+len(plaintext)+t.aead().Overhead())
	raw[0] = opaqueVersion
	nonce := raw[1:opaqueHeaderSize]
	rand.Read(nonce) // never fails: the runtime ends the process first
	raw = t.aead().Seal(raw, nonce, plaintext, raw[:1])
	return base64.RawURLEncoding.AppendEncode(append(dst, OpaqueTokenPrefix...), raw)
}

// Open returns what the token holds. Its only error is ErrOpaqueToken, so that nobody learns how close a guess was.
func (t *TokenSealer) Open(token string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(token, OpaqueTokenPrefix)
	if !ok || len(token) > MaxTokenSize {
		return nil, ErrOpaqueToken
	}
	raw, ok := decodeBase64URL(encoded)
	if !ok || len(raw) < opaqueHeaderSize+t.aead().Overhead() || raw[0] != opaqueVersion {
		return nil, ErrOpaqueToken
	}
	ciphertext := raw[opaqueHeaderSize:]
	plaintext, err := t.aead().Open(ciphertext[:0], raw[1:opaqueHeaderSize], ciphertext, raw[:1])
	if err != nil {
		return nil, ErrOpaqueToken
	}
	return plaintext, nil
}
