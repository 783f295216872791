package session

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Signed is a human who is signed in, and what it may do now.
type Signed struct {
	Caller  iam.Caller
	User    iam.User
	Session iam.Session
	// MustChange says that somebody else chose the password. The caller is nobody
	// then, and [Service.ChangePassword] all that is possible.
	MustChange bool
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
	signed := Signed{User: u, MustChange: u.PasswordChange}
	if !signed.MustChange {
		memberships, err := r.MembershipsOf(ctx, u.ID)
		if err != nil {
			return Signed{}, err
		}
		signed.Caller = iam.NewCaller(u.ID, u.OrgID, memberships)
	}
	if before := now.Add(-seenEvery); !v.LastSeen.After(before) {
		// The next page does it if this one would have to wait for a long write.
		quietly(ctx, 200*time.Millisecond, func(ctx context.Context) error { return s.Store.TouchSession(ctx, v.ID, now, before) })
		v.LastSeen = now.UTC()
	}
	signed.Session = v
	return signed, nil
}

// mayStillInvite reports whether whoever made an invitation of u is good and
// could make one now, for all that u has become since.
func mayStillInvite(ctx context.Context, r store.Reader, inviterID string, u iam.User) (bool, error) {
	if inviterID == iam.SystemEditor {
		return true, nil
	}
	inviter, err := r.User(ctx, inviterID)
	if iam.Is(err, iam.NotFound) || err == nil && inviter.State != iam.Active {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	org, err := r.Org(ctx, inviter.OrgID)
	if err != nil || org.State != iam.Active {
		return false, err
	}
	memberships, err := r.MembershipsOf(ctx, inviter.ID)
	if err != nil {
		return false, err
	}
	caller := iam.NewCaller(inviter.ID, inviter.OrgID, memberships)
	if !caller.Can(iam.UserWrite, u.Target()) {
		return false, nil
	}
	held, err := r.MembershipsOf(ctx, u.ID)
	return err == nil && caller.Outranks(held), err
}

// refused tells a session or user that is gone from a store that fails.
func refused(err error) error {
	if iam.Is(err, iam.NotFound) {
		return errSession(err)
	}
	return err
}
