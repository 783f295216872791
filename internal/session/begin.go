package session

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Begun is a session that has just begun.
type Begun struct {
	Session iam.Session
	User    iam.User
	// Token is that of the session: this once.
	Token keyring.Secret
	// Device is for the device cookie, for [iam.DeviceLifetime]: the token that
	// was shown, if it was the user's, or another one.
	Device keyring.Secret
}

// beginning is a session that may begin, with what its browser will show.
type beginning struct {
	row                  store.NewSession
	token, device, shown keyring.Secret
}

// newBeginning draws what a session needs, before any transaction.
func newBeginning(from From, now time.Time) beginning {
	b := beginning{token: keyring.NewSessionToken(), device: keyring.NewDeviceToken(), shown: keyring.Conceal(from.Device)}
	token, device := keyring.Hash(b.token.Reveal()), keyring.Hash(b.device.Reveal())
	now = now.UTC()
	b.row = store.NewSession{
		Session: iam.Session{
			ID: iam.NewID(), Address: from.Address, Agent: from.Agent,
			Created: now, LastSeen: now, Expires: now.Add(iam.SessionLifetime),
		},
		Token: token[:], Device: device[:], Shown: from.device(),
	}
	return b
}

// of stamps the session with whose it is. The generation is the one that was
// read together with the password hash that was verified or set, so that the
// session ends with that password, whenever it begins.
func (b beginning) of(u iam.User) store.NewSession {
	b.row.UserID, b.row.Generation = u.ID, u.Generation
	return b.row
}

// begun is what became of it. known says that the device that was shown stays.
func (b beginning) begun(u iam.User, known bool) Begun {
	begun := Begun{Session: b.of(u).Session, User: u, Token: b.token, Device: b.device}
	if known {
		begun.Device = b.shown
	}
	return begun
}

// begin begins a session of a user who has proved who it is.
func (s *Service) begin(ctx context.Context, u iam.User, from From) (Begun, error) {
	b := newBeginning(from, s.Now())
	known, err := s.Store.BeginSession(ctx, b.of(u))
	if iam.Is(err, iam.NotFound) { // switched off, or given another password, since it was read
		err = errWrong()
	}
	if err != nil {
		return Begun{}, err
	}
	return b.begun(u, known), nil
}
