package iam

// SigningKeyState is where a signing key stands in its life.
type SigningKeyState string

// The states: published but not yet signing, the one that signs, published only to verify.
const (
	KeyInitial  SigningKeyState = "initial"
	KeyActive   SigningKeyState = "active"
	KeyInactive SigningKeyState = "inactive"
)

// MaxSigningKeys bounds how many signing keys there are at once: every backend reads all of them.
const MaxSigningKeys = 20

// SigningKey is a key pair of the instance. Private is sealed by the master key.
type SigningKey struct {
	ID        string
	Algorithm string // RS256 and the like, ES256 and the like, EdDSA (RFC 7518 section 3.1, RFC 8037)
	State     SigningKeyState
	Private   []byte // PKCS #8, sealed
	Public    []byte // PKIX
	Meta
}
