package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Algorithm is a JWS signature algorithm in the spelling of the "alg" header (RFC 7518 section 3.1, RFC 8037
// section 3.1).
type Algorithm string

const (
	RS256 Algorithm = "RS256" // RSA PKCS #1 v1.5 with SHA-256; the default, since every gateway accepts it
	RS384 Algorithm = "RS384" // with SHA-384
	RS512 Algorithm = "RS512" // with SHA-512
	ES256 Algorithm = "ES256" // ECDSA on P-256 with SHA-256
	ES384 Algorithm = "ES384" // on P-384 with SHA-384
	ES512 Algorithm = "ES512" // on P-521 with SHA-512
	EdDSA Algorithm = "EdDSA" // Ed25519
)

const (
	rsaBits      = 2048 // larger keys cost six times as much per token and buy nothing over a key's life
	maxHalfSize  = 66   // of ES512
	maxKeyIDSize = 128
)

// ErrSignature means that a signature does not belong to that input and key.
var ErrSignature = errors.New("signature does not verify")

// ParseAlgorithm reads an algorithm name; case counts, as in RFC 7515 section 4.1.1.
func ParseAlgorithm(s string) (Algorithm, error) {
	switch alg := Algorithm(s); alg {
	case RS256, RS384, RS512, ES256, ES384, ES512, EdDSA:
		return alg, nil
	}
	return "", fmt.Errorf("unknown signing algorithm %.20q: expected RS256, RS384, RS512, ES256, ES384, ES512 or EdDSA", s)
}

// hash is what an algorithm signs of its input; zero where it signs the input itself.
func (a Algorithm) hash() crypto.Hash {
	switch a {
	case RS256, ES256:
		return crypto.SHA256
	case RS384, ES384:
		return crypto.SHA384
	case RS512, ES512:
		return crypto.SHA512
	}
	return 0
}

// curve is that of an algorithm of ECDSA, or nil (RFC 7518 section 3.4).
func (a Algorithm) curve() elliptic.Curve {
	switch a {
	case ES256:
		return elliptic.P256()
	case ES384:
		return elliptic.P384()
	case ES512:
		return elliptic.P521()
	}
	return nil
}

// rsa tells whether the keys of an algorithm are RSA's.
func (a Algorithm) rsa() bool { return a.hash() != 0 && a.curve() == nil }

// halfSize is the size of each of the two numbers in a signature on the curve.
func halfSize(curve elliptic.Curve) int { return (curve.Params().BitSize + 7) / 8 }

// digest appends the hash of input to dst, which has room for it.
func digest(dst []byte, hash crypto.Hash, input []byte) []byte {
	switch hash {
	case crypto.SHA256:
		sum := sha256.Sum256(input)
		return append(dst, sum[:]...)
	case crypto.SHA384:
		sum := sha512.Sum384(input)
		return append(dst, sum[:]...)
	}
	sum := sha512.Sum512(input)
	return append(dst, sum[:]...)
}

// CheckSigningKey tells whether such a signing key can be made: of a known algorithm, and for RSA of 2048, 3072 or 4096
// bits. For other algorithms bits does not count.
func CheckSigningKey(alg Algorithm, bits int) error {
	if _, err := ParseAlgorithm(string(alg)); err != nil {
		return err
	}
	if !alg.rsa() || bits == 2048 || bits == 3072 || bits == 4096 {
		return nil
	}
	return fmt.Errorf("unknown size of an RSA key, %d bits: expected 2048, 3072 or 4096", bits)
}

// GenerateSigningKey makes a key pair for alg: the private key in PKCS #8 DER (to be sealed before it is stored), the
// public one in PKIX DER. RSA keys have 2048 bits.
func GenerateSigningKey(alg Algorithm) (private, public []byte, err error) {
	return generateSigningKey(alg, rsaBits)
}

func generateSigningKey(alg Algorithm, bits int) (private, public []byte, err error) {
	var key crypto.Signer
	switch curve := alg.curve(); {
	case curve != nil:
		key, err = ecdsa.GenerateKey(curve, rand.Reader)
	case alg.rsa():
		key, err = rsa.GenerateKey(rand.Reader, bits)
	case alg == EdDSA:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		_, err = ParseAlgorithm(string(alg))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("generate signing key: %w", err)
	}
	if private, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		return nil, nil, fmt.Errorf("generate signing key: %w", err)
	}
	if public, err = x509.MarshalPKIXPublicKey(key.Public()); err != nil {
		return nil, nil, fmt.Errorf("generate signing key: %w", err)
	}
	return private, public, nil
}

// Signer signs tokens with one private key. It prints as [redacted] and may be used by many goroutines at once.
type Signer struct {
	redacted
	key    hidden[crypto.Signer]
	public PublicKey
	header []byte
}

// NewSigner reads a PKCS #8 private key that fits alg. id becomes the "kid" of every signature: 1 to 128 letters,
// digits, dots, dashes and underscores.
func NewSigner(id string, alg Algorithm, privateDER []byte) (*Signer, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(privateDER)
	if err != nil {
		// The cause is left out: it may describe the key's content.
		return nil, fmt.Errorf("signing key %.20q: not a PKCS #8 private key", id)
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("signing key %.20q: not a key that signs", id)
	}
	public := PublicKey{ID: id, Algorithm: alg, Key: key.Public()}
	if err := public.validate(); err != nil {
		return nil, err
	}
	header, err := json.Marshal(Header{Alg: alg, Kid: id, Typ: "JWT"})
	if err != nil {
		return nil, fmt.Errorf("signing key %q: %w", id, err)
	}
	encoded := base64.RawURLEncoding.AppendEncode(nil, header)
	return &Signer{key: hide(key), public: public, header: slices.Clip(encoded)}, nil
}

// Header is the protected header {"alg","kid","typ":"JWT"} in base64url, computed once (RFC 7515 section 4). The
// caller must not change it; appending to it copies.
func (s *Signer) Header() []byte { return s.header }

// Public returns the key that verifies what s signs.
func (s *Signer) Public() PublicKey { return s.public }

// Sign appends the JWS signature of signingInput, in base64url without padding, to dst (RFC 7515 section 5.1; RFC 7518
// sections 3.3 and 3.4; RFC 8037 section 3.1). dst may be the buffer that signingInput lies in.
func (s *Signer) Sign(dst, signingInput []byte) ([]byte, error) {
	switch key := s.key().(type) {
	case *rsa.PrivateKey:
		var sum [sha512.Size]byte
		hash := s.public.Algorithm.hash()
		signature, err := rsa.SignPKCS1v15(nil, key, hash, digest(sum[:0], hash, signingInput))
		if err != nil {
			return nil, fmt.Errorf("sign: %w", err)
		}
		return base64.RawURLEncoding.AppendEncode(dst, signature), nil
	case *ecdsa.PrivateKey:
		var sum [sha512.Size]byte
		der, err := ecdsa.SignASN1(rand.Reader, key, digest(sum[:0], s.public.Algorithm.hash(), signingInput))
		if err != nil {
			return nil, fmt.Errorf("sign: %w", err)
		}
		var room [2 * maxHalfSize]byte
		signature := room[:2*halfSize(key.Curve)]
		if !fixedSignature(signature, der) {
			return nil, errors.New("sign: unexpected form of an ECDSA signature")
		}
		return base64.RawURLEncoding.AppendEncode(dst, signature), nil
	case ed25519.PrivateKey:
		return base64.RawURLEncoding.AppendEncode(dst, ed25519.Sign(key, signingInput)), nil
	}
	return nil, fmt.Errorf("sign: no algorithm for %T", s.key())
}

// fixedSignature turns the ASN.1 form SEQUENCE { r, s } of an ECDSA signature into r||s, each in half of out, which
// holds zeros, as RFC 7518 section 3.4 wants it.
func fixedSignature(out, der []byte) bool {
	input, half := cryptobyte.String(der), len(out)/2
	var inner cryptobyte.String
	var r, s []byte
	if !input.ReadASN1(&inner, asn1.SEQUENCE) || !input.Empty() ||
		!inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) || !inner.Empty() ||
		len(r) > half || len(s) > half {
		return false
	}
	copy(out[half-len(r):], r)
	copy(out[2*half-len(s):], s)
	return true
}

// PublicKey is the half of a signing key that everybody may know.
type PublicKey struct {
	ID        string // the "kid" header of what it verifies
	Algorithm Algorithm
	Key       crypto.PublicKey // *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
}

// Bits is the size of an RSA key's modulus, and 0 of other keys.
func (p PublicKey) Bits() int {
	if key, ok := p.Key.(*rsa.PublicKey); ok {
		return key.N.BitLen()
	}
	return 0
}

// ParsePublicKey reads a PKIX public key that fits alg.
func ParsePublicKey(id string, alg Algorithm, publicDER []byte) (PublicKey, error) {
	key, err := x509.ParsePKIXPublicKey(publicDER)
	if err != nil {
		return PublicKey{}, fmt.Errorf("signing key %.20q: not a PKIX public key: %w", id, err)
	}
	public := PublicKey{ID: id, Algorithm: alg, Key: key}
	return public, public.validate()
}

// validate proves that the id may stand in a header and that key and algorithm belong together, so that no signature
// is ever checked with another algorithm than its key was made for (RFC 8725 section 3.1).
func (p PublicKey) validate() error {
	isPlain := func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '.' || r == '-' || r == '_'
	}
	if p.ID == "" || len(p.ID) > maxKeyIDSize || strings.ContainsFunc(p.ID, func(r rune) bool { return !isPlain(r) }) {
		return fmt.Errorf("signing key id %.20q: expected 1 to %d letters, digits, dots, dashes and underscores", p.ID, maxKeyIDSize)
	}
	if _, err := ParseAlgorithm(string(p.Algorithm)); err != nil {
		return err
	}
	var fits bool
	switch key := p.Key.(type) {
	case *rsa.PublicKey:
		fits = p.Algorithm.hash() != 0 && p.Algorithm.curve() == nil && key.N.BitLen() >= rsaBits
	case *ecdsa.PublicKey:
		fits = key.Curve != nil && key.Curve == p.Algorithm.curve()
	case ed25519.PublicKey:
		fits = p.Algorithm == EdDSA && len(key) == ed25519.PublicKeySize
	}
	if !fits {
		return fmt.Errorf("signing key %q: its kind or size does not fit algorithm %s", p.ID, p.Algorithm)
	}
	return nil
}

// Verify checks a decoded JWS signature of signingInput. The algorithm is the key's own, whatever a token's header
// says; a caller compares the two. The error is ErrSignature, or tells that p was never validated.
func (p PublicKey) Verify(signingInput, sig []byte) error {
	if err := p.validate(); err != nil {
		return err
	}
	var good bool
	switch key := p.Key.(type) {
	case *rsa.PublicKey:
		var sum [sha512.Size]byte
		hash := p.Algorithm.hash()
		good = rsa.VerifyPKCS1v15(key, hash, digest(sum[:0], hash, signingInput), sig) == nil
	case *ecdsa.PublicKey:
		if half := halfSize(key.Curve); len(sig) == 2*half {
			var sum [sha512.Size]byte
			r, s := new(big.Int).SetBytes(sig[:half]), new(big.Int).SetBytes(sig[half:])
			good = ecdsa.Verify(key, digest(sum[:0], p.Algorithm.hash(), signingInput), r, s)
		}
	case ed25519.PublicKey:
		good = ed25519.Verify(key, signingInput, sig)
	}
	if !good {
		return ErrSignature
	}
	return nil
}
