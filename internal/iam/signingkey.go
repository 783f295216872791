package iam

// SigningKeyState is where a signing key stands in its life.
type SigningKeyState string

// The states: published but not yet signing, the one that signs, published only to verify.
const (
	KeyInitial  SigningKeyState = "initial"
	KeyActive   SigningKeyState = "active"
	KeyInactive SigningKeyState = "inactive"
)

// SigningKey is a key pair of the instance. Private is sealed by the master key.
type SigningKey struct {
	ID        string
	Algorithm string // RS256, ES256 or EdDSA (RFC 7518 section 3.1, RFC 8037)
	State     SigningKeyState
	Private   []byte // PKCS #8, sealed
	Public    []byte // PKIX
	Meta
}
