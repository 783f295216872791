package session

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// ChangePassword gives the caller another password in place of the current one,
// and ends all its sessions but keepSession, and its codes. Kinds:
// Unauthenticated for nobody; InvalidArgument for a new password that is out of
// bounds or the same, and for a current one that is wrong; ResourceExhausted
// after too many wrong ones; Unavailable when too many passwords are being
// verified; FailedPrecondition when the password or the user's state was
// changed meanwhile.
func (s *Service) ChangePassword(ctx context.Context, c iam.Caller, current, next keyring.Secret, keepSession string, from From) error {
	if c.Nobody() {
		return nobody()
	}
	if err := iam.CheckPassword(next.Reveal()); err != nil {
		return err
	}
	u, err := s.Store.Read().User(ctx, c.UserID())
	if err != nil {
		return refused(err)
	}
	if u.Type != iam.Human {
		return iam.Errorf(iam.FailedPrecondition, "SESSION-mach1", "a service user has no password")
	}
	from = from.clean()
	if err := s.proveAgain(ctx, u, current, from); err != nil {
		return err
	}
	if next.Reveal() == current.Reveal() {
		return iam.Errorf(iam.InvalidArgument, "SESSION-same1", "the new password is the current one")
	}
	hash, err := s.hash(ctx, next)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, u.ID, func(tx *store.Tx) error {
		now, err := tx.User(ctx, u.ID)
		if err != nil {
			return refused(err)
		}
		if now.PasswordHash != u.PasswordHash || now.Generation != u.Generation || now.State != iam.Active {
			return iam.Errorf(iam.FailedPrecondition, "SESSION-race1", "the password was changed meanwhile; sign in again")
		}
		return setPassword(tx, &now, hash, keepSession, nil)
	})
}

// proveAgain asks a user who is signed in for the password, so that a session
// left open is not enough.
func (s *Service) proveAgain(ctx context.Context, u iam.User, password keyring.Secret, from From) error {
	pair := pairLimit(u.UserName, from.Address)
	taken, err := s.take(ctx, s.Now(), pair)
	if err != nil {
		return err
	}
	ok, err := s.verify(ctx, u.PasswordHash, password)
	if err != nil {
		s.giveBack(ctx, taken)
		return err
	}
	if !ok {
		return iam.Errorf(iam.InvalidArgument, "SESSION-curr1", "the current password is wrong")
	}
	s.forgive(ctx, pair, taken)
	return nil
}

// setPassword replaces a user's password within a write. The generation rises
// with it, so that a sign-in that has proved the old one and is about to begin
// a session ends too; keepSession goes on in the new generation.
func setPassword(tx *store.Tx, u *iam.User, hash, keepSession string, how iam.Fields) error {
	before := u.Generation
	u.PasswordHash = hash
	u.Generation++
	if err := tx.SetUser(u); err != nil {
		return err
	}
	if err := tx.EndSessions(u.ID, keepSession); err != nil {
		return err
	}
	if err := tx.CarrySession(u.ID, keepSession, before, u.Generation); err != nil {
		return err
	}
	for _, kind := range []iam.CodeKind{iam.SetupCode, iam.InvitationCode} {
		if err := tx.RemoveCodes(u.ID, kind); err != nil {
			return err
		}
	}
	return tx.Record(iam.Event{
		Type: iam.HumanPasswordSet, Aggregate: iam.AggregateUser, AggregateID: u.ID, OrgID: u.OrgID, UserID: u.ID,
		Payload: iam.Change(nil, how),
	})
}
