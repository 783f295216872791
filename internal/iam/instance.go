package iam

import "time"

// Meta is what every stored object knows about its own changes.
type Meta struct {
	Created  time.Time
	Changed  time.Time
	Sequence int64 // number of the last event that changed it
}

// Version is the [Meta.Sequence] that somebody saw of an object before deciding
// to change it. The zero Version is any.
type Version int64

// Check refuses to change an object that is no longer as it was seen. what names
// it in the message. Kind: Aborted.
func (seen Version) Check(now Meta, what string) error {
	if seen == 0 || int64(seen) == now.Sequence {
		return nil
	}
	return Errorf(Aborted, "COMMAND-stale", "the %s was changed by somebody else meanwhile", what)
}

// Instance is one deployment: one issuer, one set of signing keys, its organizations.
type Instance struct {
	ID           string
	Name         string
	DefaultOrgID string
	// InternalProjectID is the project that stands for Latchkey's own API. Tokens for the
	// API carry it in their audience; no list offers it.
	InternalProjectID   string
	AccessTokenLifetime time.Duration
	// Of tokens that are not issued yet; kept and read back.
	IDTokenLifetime      time.Duration
	RefreshTokenIdle     time.Duration
	RefreshTokenLifetime time.Duration
	SigningAlgorithm     string // of the first signing key
	// MasterKeyCheck recognises the master key, TokenKey seals opaque tokens (itself sealed
	// by the master key).
	MasterKeyCheck []byte
	TokenKey       []byte
	Meta
}

// DefaultAccessTokenLifetime is how long access tokens are good unless the instance says otherwise.
const DefaultAccessTokenLifetime = 12 * time.Hour

// Lifetimes say how long tokens are good, counted from their issue;
// RefreshTokenIdle from a refresh token's last use.
type Lifetimes struct {
	AccessToken, IDToken, RefreshTokenIdle, RefreshToken time.Duration
}

// DefaultLifetimes are those of a new instance.
func DefaultLifetimes() Lifetimes {
	const day = 24 * time.Hour
	return Lifetimes{AccessToken: DefaultAccessTokenLifetime, IDToken: 12 * time.Hour, RefreshTokenIdle: 30 * day, RefreshToken: 90 * day}
}

// Lifetimes of the instance's tokens.
func (i Instance) Lifetimes() Lifetimes {
	return Lifetimes{i.AccessTokenLifetime, i.IDTokenLifetime, i.RefreshTokenIdle, i.RefreshTokenLifetime}
}

// SetLifetimes changes the lifetimes of the instance's tokens.
func (i *Instance) SetLifetimes(l Lifetimes) {
	i.AccessTokenLifetime, i.IDTokenLifetime, i.RefreshTokenIdle, i.RefreshTokenLifetime = l.AccessToken, l.IDToken, l.RefreshTokenIdle, l.RefreshToken
}

// MinLifetime and MaxLifetime bound how long a token may be good. Below, clients
// would do little else than ask for tokens, and clocks that differ would end
// them; beyond, nothing that is taken away would ever end at backends that do
// not ask.
const (
	MinLifetime = time.Minute
	MaxLifetime = 400 * 24 * time.Hour
)

// Inputs that can be wrong.
const (
	FieldAccessTokenLifetime  Field = "access_token_lifetime"
	FieldIDTokenLifetime      Field = "id_token_lifetime"
	FieldRefreshTokenIdle     Field = "refresh_token_idle_expiration"
	FieldRefreshTokenLifetime Field = "refresh_token_expiration"
)

// Check bounds each lifetime, in whole seconds, as tokens tell time. Kind: InvalidArgument.
func (l Lifetimes) Check() error {
	for _, x := range []struct {
		what  string
		field Field
		value time.Duration
	}{
		{"the lifetime of access tokens", FieldAccessTokenLifetime, l.AccessToken},
		{"the lifetime of id tokens", FieldIDTokenLifetime, l.IDToken},
		{"the idle expiration of refresh tokens", FieldRefreshTokenIdle, l.RefreshTokenIdle},
		{"the expiration of refresh tokens", FieldRefreshTokenLifetime, l.RefreshToken},
	} {
		switch {
		case x.value < MinLifetime || x.value > MaxLifetime:
			return Errorf(InvalidArgument, "INST-life1", "%s must be between one minute and 400 days", x.what).At(x.field)
		case x.value%time.Second != 0:
			return Errorf(InvalidArgument, "INST-life2", "%s must be whole seconds", x.what).At(x.field)
		}
	}
	return nil
}

// Fields of the instance's hosts, by which they are filtered.
const (
	FieldPrimary   Field = "primary"
	FieldGenerated Field = "generated"
)

// CheckInstanceName says whether the instance may be called so. Kind: InvalidArgument.
func CheckInstanceName(name string) error { return checkName(FieldName, "the instance's name", name) }
