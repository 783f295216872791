package session

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// errWrong is the one answer to a sign-in that proves nothing.
func errWrong() error {
	return iam.Errorf(iam.Unauthenticated, "SESSION-auth1", "user name or password is wrong")
}

// SignIn begins a session of a human. Kinds: Unauthenticated, in the same words
// for a name that no human has and for a wrong password, with the reason where
// the password is right and the user or its organization is switched off;
// ResourceExhausted, with how long to wait, after too many attempts, of which
// the password is not looked at; Unavailable when too many passwords are being
// verified.
func (s *Service) SignIn(ctx context.Context, userName string, password keyring.Secret, from From) (Begun, error) {
	from, now := from.clean(), s.Now()
	u, err := s.human(ctx, userName)
	if err != nil {
		return Begun{}, err
	}
	limits, err := s.limits(ctx, u.ID, userName, from, now)
	if err != nil {
		return Begun{}, err
	}
	ok, err := s.prove(ctx, u, password, now, limits)
	if err != nil {
		return Begun{}, err
	}
	if !ok {
		return Begun{}, errWrong()
	}
	if err := barred(ctx, s.Store.Read(), u, iam.Unauthenticated); err != nil {
		return Begun{}, err
	}
	begun, err := s.begin(ctx, u, from)
	if err == nil && keyring.IsForeignHash(u.PasswordHash) {
		quietly(ctx, 2*time.Second, func(ctx context.Context) error { return s.rehash(ctx, u, password) })
	}
	return begun, err
}

// rehash replaces a hash that was imported by one of our own, now that the
// password is known. The next sign-in tries again what did not come about.
func (s *Service) rehash(ctx context.Context, u iam.User, password keyring.Secret) error {
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.Store.ReplacePasswordHash(ctx, u.ID, u.PasswordHash, hash)
}

// human finds who may have a password; nobody is the zero user, whose password
// hash is empty.
func (s *Service) human(ctx context.Context, userName string) (iam.User, error) {
	u, err := s.Store.Read().UserByName(ctx, userName)
	if iam.Is(err, iam.NotFound) || err == nil && u.Type != iam.Human {
		return iam.User{}, nil
	}
	return u, err
}
