package iam

import "time"

// CredentialKind tells the kinds of credential apart.
type CredentialKind string

// The kinds.
const (
	ClientSecret        CredentialKind = "secret"
	PersonalAccessToken CredentialKind = "pat"
	MachineKey          CredentialKind = "key"
)

// MaxKeys is how many keys a service user may have.
const MaxKeys = 100

// Credential is something by which a service user proves who it is. What
// proves it (Verifier) is a SHA-256, never the thing itself. Of a key it is the
// PublicKey, and Verifier only random: nothing is found by it.
type Credential struct {
	ID       string
	UserID   string
	OrgID    string // the user's organization
	Kind     CredentialKind
	Name     string
	Verifier []byte
	// PublicKey is PKIX, ASN.1 DER; nil but for keys.
	PublicKey []byte
	Expires   time.Time // zero: never
	Meta
}

// Live reports whether the credential has not expired at now.
func (c Credential) Live(now time.Time) bool { return c.Expires.IsZero() || now.Before(c.Expires) }

// Never is the expiry that Zitadel's API shows for credentials that do not expire.
var Never = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// CheckExpiry normalises the expiry of a new credential: zero and [Never] mean
// that it does not expire, the past is refused. Kind: InvalidArgument.
func CheckExpiry(expires, now time.Time) (time.Time, error) {
	if expires.IsZero() || !expires.Before(Never) {
		return time.Time{}, nil
	}
	expires = expires.UTC().Truncate(time.Second)
	if !expires.After(now) {
		return time.Time{}, Errorf(InvalidArgument, "CRED-past1", "the expiration date must be in the future").At(FieldExpires)
	}
	return expires, nil
}
