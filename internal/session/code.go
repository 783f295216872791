package session

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// errCode is the one answer for every code that is not good.
func errCode() error {
	return iam.Errorf(iam.NotFound, "SESSION-code1", "the code is wrong, was used or has expired")
}

// AcceptInvitation sets the password of the human whose invitation the code is,
// uses the code up, and ends all the human's sessions and other codes. Kinds:
// InvalidArgument for a password out of bounds; NotFound for a code that is
// wrong, was used or has expired; FailedPrecondition when the user or its
// organization is switched off; ResourceExhausted after too many attempts from
// one address; Unavailable when too many passwords are being verified.
func (s *Service) AcceptInvitation(ctx context.Context, code, password keyring.Secret, from From) (iam.User, error) {
	return s.redeem(ctx, iam.InvitationCode, code, keyring.LooksLikeInvitationCode(code.Reveal()), password, from)
}

// SetUp is [Service.AcceptInvitation] for the first administrator, whose code
// may be typed in any case, with or without dashes.
func (s *Service) SetUp(ctx context.Context, code, password keyring.Secret, from From) (iam.User, error) {
	code, ok := keyring.ParseSetupCode(code.Reveal())
	return s.redeem(ctx, iam.SetupCode, code, ok, password, from)
}

// SetUpOpen reports whether there is a set-up code that can be used now.
func (s *Service) SetUpOpen(ctx context.Context) (bool, error) {
	return s.Store.Read().HasCode(ctx, iam.SetupCode, s.Now())
}

// redeem trades a code for a password. wellFormed says that the code may be one
// at all: what is not needs no look into the store.
func (s *Service) redeem(ctx context.Context, kind iam.CodeKind, code keyring.Secret, wellFormed bool, password keyring.Secret, from From) (iam.User, error) {
	if err := iam.CheckPassword(password.Reveal()); err != nil {
		return iam.User{}, err
	}
	if !wellFormed {
		return iam.User{}, errCode()
	}
	from = from.clean()
	taken, err := s.take(ctx, s.Now(), addressLimit(from.Address))
	if err != nil {
		return iam.User{}, err
	}
	sum := keyring.Hash(code.Reveal())
	userID, err := s.holder(ctx, kind, sum[:])
	if iam.Is(err, iam.NotFound) {
		return iam.User{}, errCode() // the attempt counts
	}
	s.giveBack(ctx, taken)
	if err != nil {
		return iam.User{}, err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return iam.User{}, err
	}
	var u iam.User
	err = s.Store.Write(ctx, userID, func(tx *store.Tx) error {
		id, err := tx.TakeCode(kind, sum[:])
		if iam.Is(err, iam.NotFound) {
			return errCode()
		}
		if err != nil {
			return err
		}
		if u, err = tx.User(ctx, id); err != nil {
			return err
		}
		if err := barred(ctx, tx.Reader, u, iam.FailedPrecondition); err != nil {
			return err
		}
		return setPassword(tx, &u, hash, "", iam.Fields{"by": string(kind)})
	})
	if err != nil {
		return iam.User{}, err
	}
	return u, nil
}

// holder is whose code it is, if the user may come in. Kinds: NotFound;
// FailedPrecondition.
func (s *Service) holder(ctx context.Context, kind iam.CodeKind, hash []byte) (string, error) {
	r := s.Store.Read()
	id, err := r.CodeOf(ctx, kind, hash, s.Now())
	if err != nil {
		return "", err
	}
	u, err := r.User(ctx, id)
	if err != nil {
		return "", err
	}
	return id, barred(ctx, r, u, iam.FailedPrecondition)
}
