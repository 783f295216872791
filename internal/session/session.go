package session

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// SignOut ends the session of a token. One that is not good has ended already,
// which is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	if !keyring.LooksLikeSessionToken(token) {
		return nil
	}
	hash := keyring.Hash(token)
	v, err := s.Store.Read().SessionByToken(ctx, hash[:])
	if err == nil {
		err = s.Store.EndSession(ctx, v.UserID, v.ID)
	}
	if iam.Is(err, iam.NotFound) {
		return nil
	}
	return err
}

// Sessions lists the caller's own sessions that are live, newest first. Kind:
// Unauthenticated for nobody.
func (s *Service) Sessions(ctx context.Context, c iam.Caller) ([]iam.Session, error) {
	if c.Nobody() {
		return nil, nobody()
	}
	return s.Store.Read().SessionsOf(ctx, c.UserID(), s.Now())
}

// End ends one of the caller's own sessions. Kinds: Unauthenticated for nobody;
// NotFound for a session that has ended, or is another's.
func (s *Service) End(ctx context.Context, c iam.Caller, id string) error {
	if c.Nobody() {
		return nobody()
	}
	return s.Store.EndSession(ctx, c.UserID(), id)
}

// EndOthers ends all of the caller's own sessions but one. Kind:
// Unauthenticated for nobody.
func (s *Service) EndOthers(ctx context.Context, c iam.Caller, keepID string) error {
	if c.Nobody() {
		return nobody()
	}
	return s.Store.EndSessions(ctx, c.UserID(), keepID)
}
