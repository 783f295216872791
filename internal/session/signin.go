package session

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// errWrong is the one answer to a sign-in that proves nothing.
func errWrong() error {
	return iam.Errorf(iam.Unauthenticated, "SESSION-auth1", "user name or password is wrong")
}

// SignIn begins a session of a human, and returns the token by which it is
// recognised this once. Kinds: Unauthenticated, in the same words for a name
// that no human has and for a wrong password, with the reason where the
// password is right and the user or its organization is switched off;
// ResourceExhausted, with how long to wait, after too many attempts, of which
// the password is not looked at; Unavailable when too many passwords are being
// verified.
func (s *Service) SignIn(ctx context.Context, userName string, password keyring.Secret, from From) (iam.Session, keyring.Secret, error) {
	fail := func(err error) (iam.Session, keyring.Secret, error) { return iam.Session{}, keyring.Secret{}, err }
	from, now := from.clean(), s.Now()
	u, err := s.human(ctx, userName)
	if err != nil {
		return fail(err)
	}
	known, err := s.knows(ctx, u.ID, from.Address, now)
	if err != nil {
		return fail(err)
	}
	pair := pairLimit(userName, from.Address)
	limits := []limit{addressLimit(from.Address), pair}
	if !known {
		limits = append(limits, nameLimit(userName))
	}
	taken, err := s.take(ctx, now, limits...)
	if err != nil {
		return fail(err)
	}
	ok, err := s.verify(ctx, u.PasswordHash, password)
	if err != nil {
		s.giveBack(ctx, taken)
		return fail(err)
	}
	if !ok {
		return fail(errWrong())
	}
	s.forgive(ctx, pair, taken)
	if err := barred(ctx, s.Store.Read(), u, iam.Unauthenticated); err != nil {
		return fail(err)
	}
	return s.begin(ctx, u, from)
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

func (s *Service) begin(ctx context.Context, u iam.User, from From) (iam.Session, keyring.Secret, error) {
	now := s.Now().UTC()
	v := iam.Session{
		ID: iam.NewID(), UserID: u.ID, Generation: u.Generation, Address: from.Address, Agent: from.Agent,
		Created: now, LastSeen: now, Expires: now.Add(iam.SessionLifetime),
	}
	token := keyring.NewSessionToken()
	hash := keyring.Hash(token.Reveal())
	err := s.Store.AddSession(ctx, &v, hash[:])
	if iam.Is(err, iam.NotFound) { // switched off, or given another password, since it was read
		err = errWrong()
	}
	if err != nil {
		return iam.Session{}, keyring.Secret{}, err
	}
	return v, token, nil
}
