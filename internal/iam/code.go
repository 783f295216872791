package iam

import "time"

// CodeKind tells the kinds of one-time code apart. With either one a human sets
// a password without knowing one.
type CodeKind string

// The kinds.
const (
	SetupCode      CodeKind = "setup"      // for the first administrator, from the server's own machine
	InvitationCode CodeKind = "invitation" // for a human, from who manages it
)

// How long the codes are good.
const (
	SetupCodeLifetime  = time.Hour
	InvitationLifetime = 24 * time.Hour
)
