package session

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// Signed is a human who is signed in, and what it may do now.
type Signed struct {
	Caller  iam.Caller
	User    iam.User
	Session iam.Session
}

// errSession is the one answer for every token that is not good.
func errSession(cause error) error {
	return &iam.Error{
		Kind: iam.Unauthenticated, ID: "SESSION-gone1",
		Message: "the session is missing, has expired or has ended; sign in again", Err: cause,
	}
}

// seenEvery is how exactly it is known when a session was last used.
const seenEvery = time.Minute

// Resume finds who shows a token. It reads the store each time and is never
// stale. Kind: Unauthenticated for everything that is not good.
func (s *Service) Resume(ctx context.Context, token string) (Signed, error) {
	if !keyring.LooksLikeSessionToken(token) {
		return Signed{}, errSession(nil)
	}
	now, r := s.Now(), s.Store.Read()
	hash := keyring.Hash(token)
	v, err := r.SessionByToken(ctx, hash[:])
	if err != nil {
		return Signed{}, refused(err)
	}
	if !v.Live(now) {
		return Signed{}, errSession(nil)
	}
	u, err := r.User(ctx, v.UserID)
	if err != nil {
		return Signed{}, refused(err)
	}
	if u.Type != iam.Human || u.State != iam.Active || u.Generation != v.Generation {
		return Signed{}, errSession(nil)
	}
	org, err := r.Org(ctx, u.OrgID)
	if err != nil {
		return Signed{}, refused(err)
	}
	if org.State != iam.Active {
		return Signed{}, errSession(nil)
	}
	memberships, err := r.MembershipsOf(ctx, u.ID)
	if err != nil {
		return Signed{}, err
	}
	if before := now.Add(-seenEvery); !v.LastSeen.After(before) {
		quietly(ctx, func(ctx context.Context) error { return s.Store.TouchSession(ctx, v.ID, now, before) })
		v.LastSeen = now.UTC()
	}
	return Signed{Caller: iam.NewCaller(u.ID, u.OrgID, memberships), User: u, Session: v}, nil
}

// refused tells a session or user that is gone from a store that fails.
func refused(err error) error {
	if iam.Is(err, iam.NotFound) {
		return errSession(err)
	}
	return err
}
