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
	SigningAlgorithm    string
	// MasterKeyCheck recognises the master key, TokenKey seals opaque tokens (itself sealed
	// by the master key).
	MasterKeyCheck []byte
	TokenKey       []byte
	Meta
}

// DefaultAccessTokenLifetime is how long access tokens are good unless the instance says otherwise.
const DefaultAccessTokenLifetime = 12 * time.Hour
