package iam

import "time"

const (
	// SessionLifetime is how long a session lasts at most.
	SessionLifetime = 12 * time.Hour
	// SessionIdle is how long a session lasts without being used.
	SessionIdle = 2 * time.Hour
	// DeviceLifetime is how long a browser is known after its last sign-in.
	DeviceLifetime = 90 * 24 * time.Hour
	// MaxDevices is how many browsers of one user are known; the oldest are forgotten.
	MaxDevices = 20
)

// Session is a human signed in with one browser. Its token is kept as a hash
// beside it and is no part of it.
type Session struct {
	ID     string
	UserID string
	// Generation is that of the user at the sign-in: a session ends with it.
	Generation int64
	Address    string // where it was begun from
	Agent      string // what the browser called itself then
	Created    time.Time
	LastSeen   time.Time // to the minute or so
	Expires    time.Time
}

// Live reports whether the session has neither expired at now nor been idle too long.
func (s Session) Live(now time.Time) bool {
	return now.Before(s.Expires) && now.Before(s.LastSeen.Add(SessionIdle))
}
