package iam

import "time"

// MaxApplicationKeys is how many keys one application can have.
const MaxApplicationKeys = 100

// ApplicationKey is a public key by which an application signs assertions. The
// private half was handed out once and is kept nowhere.
type ApplicationKey struct {
	ID            string
	ApplicationID string
	ProjectID     string // the application's project
	OrgID         string // the project's organization
	PublicKey     []byte // PKIX DER
	Expires       time.Time
	Meta
}
