package session

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// ChangePassword gives a human who is signed in another password in place of
// the current one. All its sessions end, the one it is signed in with too, and
// its codes; a new session begins. Kinds: Unauthenticated for nobody, and for a
// session that has ended; InvalidArgument for a new password that is out of
// bounds or the same, and for a current one that is wrong; ResourceExhausted
// after too many wrong ones; Unavailable when too many passwords are being
// verified; FailedPrecondition when the password or the user's state was
// changed meanwhile.
func (s *Service) ChangePassword(ctx context.Context, signed Signed, current, next keyring.Secret, from From) (Begun, error) {
	if signed.Session.ID == "" {
		return Begun{}, nobody()
	}
	if err := iam.CheckPassword(next.Reveal()); err != nil {
		return Begun{}, err
	}
	u, err := s.Store.Read().User(ctx, signed.Session.UserID)
	if err != nil {
		return Begun{}, refused(err)
	}
	if u.Type != iam.Human || u.State != iam.Active || u.Generation != signed.Session.Generation {
		return Begun{}, errSession(nil)
	}
	from = from.clean()
	if err := s.Prove(ctx, u, current); err != nil {
		return Begun{}, err
	}
	if next.Reveal() == current.Reveal() {
		return Begun{}, iam.Errorf(iam.InvalidArgument, "SESSION-same1", "the new password is the current one").At(iam.FieldPassword)
	}
	hash, err := s.hash(ctx, next)
	if err != nil {
		return Begun{}, err
	}
	b := newBeginning(from, s.Now())
	var now iam.User
	var known bool
	err = s.Store.Write(ctx, u.ID, func(tx *store.Tx) error {
		var err error
		if now, err = tx.User(ctx, u.ID); err != nil {
			return refused(err)
		}
		if now.PasswordHash != u.PasswordHash || now.Generation != u.Generation || now.State != iam.Active {
			return iam.Errorf(iam.FailedPrecondition, "SESSION-race1", "the password was changed meanwhile; sign in again")
		}
		known, err = setPassword(tx, &now, hash, b, nil)
		return err
	})
	if err != nil {
		return Begun{}, err
	}
	return b.begun(now, known), nil
}

// Prove asks for the current password of a user, so that a session left open, or
// a token that was found, is not enough. Kinds: InvalidArgument for a wrong one;
// ResourceExhausted after too many wrong ones; Unavailable when too many passwords
// are being verified.
func (s *Service) Prove(ctx context.Context, u iam.User, password keyring.Secret) error {
	ok, err := s.prove(ctx, u, password, s.Now(), []limit{againLimit(u.ID)})
	if err == nil && !ok {
		err = iam.Errorf(iam.InvalidArgument, "SESSION-curr1", "the current password is wrong").At(iam.FieldCurrentPassword)
	}
	return err
}

// setPassword replaces a user's password within a write, and begins the session
// that follows. The generation rises with it, so that every session of before
// is over, also one of a sign-in that has proved the old password and is about
// to begin. known is that of [store.Tx.BeginSession].
func setPassword(tx *store.Tx, u *iam.User, hash string, b beginning, how iam.Fields) (known bool, err error) {
	before, after := iam.Fields(nil), how
	if u.PasswordChange {
		before, after = iam.Fields{"passwordChange": true}, iam.Fields{"passwordChange": false}
		if by, ok := how["by"]; ok {
			after["by"] = by
		}
	}
	u.PasswordHash, u.PasswordChange = hash, false
	u.Generation++
	for _, do := range []func() error{
		func() error { return tx.SetUser(u) },
		func() error { return tx.EndSignIns(u.ID, b.row.Shown) },
		func() error {
			var err error
			known, err = tx.BeginSession(b.of(*u))
			return err
		},
	} {
		if err := do(); err != nil {
			return false, err
		}
	}
	return known, tx.Record(iam.Event{
		Type: iam.HumanPasswordSet, Aggregate: iam.AggregateUser, AggregateID: u.ID, OrgID: u.OrgID, UserID: u.ID,
		Payload: iam.Change(before, after),
	})
}
