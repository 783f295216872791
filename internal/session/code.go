package session

import (
	"context"
	"slices"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// errCode is the one answer for every code that is not good.
func errCode() error {
	return iam.Errorf(iam.NotFound, "SESSION-code1", "the code is wrong, was used or has expired")
}

// AcceptInvitation sets the password of the human whose invitation the code is,
// uses the code up, ends all the human's sessions and other codes, and begins a
// session. Kinds: InvalidArgument for a password out of bounds; NotFound for a
// code that is wrong, was used or has expired, and for an invitation that its
// inviter could not give any more, which is gone then; FailedPrecondition when
// the user or its organization is switched off; ResourceExhausted after too
// many attempts from one address; Unavailable when too many passwords are being
// verified.
func (s *Service) AcceptInvitation(ctx context.Context, code, password keyring.Secret, from From) (Begun, error) {
	return s.redeem(ctx, iam.InvitationCode, code, keyring.LooksLikeInvitationCode(code.Reveal()), password, from)
}

// SetUp is [Service.AcceptInvitation] for the first administrator, whose code
// may be typed in any case, with or without dashes. The code of a user who does
// not own the instance any more is gone like such an invitation.
func (s *Service) SetUp(ctx context.Context, code, password keyring.Secret, from From) (Begun, error) {
	code, ok := keyring.ParseSetupCode(code.Reveal())
	return s.redeem(ctx, iam.SetupCode, code, ok, password, from)
}

// SetUpOpen reports whether there is a set-up code that can be used now.
func (s *Service) SetUpOpen(ctx context.Context) (bool, error) {
	return s.Store.Read().HasCode(ctx, iam.SetupCode, s.Now())
}

// redeem trades a code for a password. wellFormed says that the code may be one
// at all: what is not needs no look into the store.
func (s *Service) redeem(ctx context.Context, kind iam.CodeKind, code keyring.Secret, wellFormed bool, password keyring.Secret, from From) (Begun, error) {
	if err := iam.CheckPassword(password.Reveal()); err != nil {
		return Begun{}, err
	}
	if !wellFormed {
		return Begun{}, errCode()
	}
	from = from.clean()
	taken, err := s.take(ctx, s.Now(), addressLimit(from.Address))
	if err != nil {
		return Begun{}, err
	}
	sum := keyring.Hash(code.Reveal())
	found, err := s.Store.Read().CodeOf(ctx, kind, sum[:], s.Now())
	if iam.Is(err, iam.NotFound) {
		return Begun{}, errCode() // the attempt counts
	}
	s.giveBack(ctx, taken)
	if err != nil {
		return Begun{}, err
	}
	begun, err := s.trade(ctx, kind, found, sum[:], password, from)
	if iam.Is(err, iam.NotFound) { // whatever it was, it is of no use any more
		quietly(ctx, 2*time.Second, func(ctx context.Context) error { return s.Store.RemoveCode(ctx, sum[:]) })
	}
	return begun, err
}

// trade is redeem for a code that was found a moment ago. Whether it may be used
// is asked before the password is hashed, and again in the transaction that
// uses it up: the user may have become more since.
func (s *Service) trade(ctx context.Context, kind iam.CodeKind, found store.Code, sum []byte, password keyring.Secret, from From) (Begun, error) {
	if _, err := holder(ctx, s.Store.Read(), kind, found); err != nil {
		return Begun{}, err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return Begun{}, err
	}
	return s.use(ctx, kind, found.UserID, sum, hash, newBeginning(from, s.Now()))
}

// use uses a code up, for a password with this hash.
func (s *Service) use(ctx context.Context, kind iam.CodeKind, editor string, sum []byte, hash string, b beginning) (Begun, error) {
	var u iam.User
	var known bool
	err := s.Store.Write(ctx, editor, func(tx *store.Tx) error {
		code, err := tx.TakeCode(kind, sum)
		if iam.Is(err, iam.NotFound) {
			return errCode()
		}
		if err != nil {
			return err
		}
		if u, err = holder(ctx, tx.Reader, kind, code); err != nil {
			return err
		}
		known, err = setPassword(tx, &u, hash, b, iam.Fields{"by": string(kind)})
		return err
	})
	if err != nil {
		return Begun{}, err
	}
	return b.begun(u, known), nil
}

// holder is whose code it is, if the code may be used. Kinds: NotFound,
// FailedPrecondition.
func holder(ctx context.Context, r store.Reader, kind iam.CodeKind, code store.Code) (iam.User, error) {
	u, err := r.User(ctx, code.UserID)
	if iam.Is(err, iam.NotFound) {
		return iam.User{}, errCode()
	}
	if err != nil {
		return iam.User{}, err
	}
	if u.Type != iam.Human {
		return iam.User{}, errCode()
	}
	if err := barred(ctx, r, u, iam.FailedPrecondition); err != nil {
		return iam.User{}, err
	}
	good, gone := false, ""
	switch kind {
	case iam.InvitationCode:
		gone = "the invitation is no longer good; ask for a new one"
		good, err = mayStillInvite(ctx, r, code.InviterID, u)
	case iam.SetupCode:
		gone = "the code is no longer good: its user does not own the instance"
		good, err = ownsInstance(ctx, r, u)
	}
	if err == nil && !good {
		err = iam.Errorf(iam.NotFound, "SESSION-code2", "%s", gone)
	}
	return u, err
}

// ownsInstance reports whether a user is what set-up codes are for.
func ownsInstance(ctx context.Context, r store.Reader, u iam.User) (bool, error) {
	i, err := r.Instance(ctx)
	if err != nil {
		return false, err
	}
	m, err := r.Membership(ctx, u.ID, iam.LevelInstance, i.ID)
	if iam.Is(err, iam.NotFound) {
		return false, nil
	}
	return err == nil && slices.Contains(m.Roles, iam.IAMOwner), err
}
