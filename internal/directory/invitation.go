package directory

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Invite makes a code with which a human sets a password, known before or not,
// within [iam.InvitationLifetime]. It is returned this once and kept only as a
// hash; earlier invitations of the human end. It is good for as long as the
// caller could make it. replaces is when the one was made that the caller knows
// of ([Directory.InvitedAt]), nil for any: so a second submit never ends a link
// that was handed over. Kinds: FailedPrecondition for a service user, for a human
// that is switched off, and for the caller itself, who would need no current
// password; Aborted where the present invitation is another.
func (d *Directory) Invite(ctx context.Context, c iam.Caller, userID string, replaces *time.Time) (iam.User, keyring.Secret, error) {
	var u iam.User
	code := keyring.NewInvitationCode()
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if u, err = findUser(ctx, tx.Reader, c, iam.UserWrite, userID, false); err != nil {
			return err
		}
		switch {
		case u.Type != iam.Human:
			return notHuman()
		case u.State != iam.Active:
			return iam.Errorf(iam.FailedPrecondition, "USER-inv1x", "the user is not active and could not use an invitation")
		case u.ID == c.UserID():
			return iam.Errorf(iam.FailedPrecondition, "USER-inv2x", "nobody can invite itself: change your password instead")
		}
		if err := sameInvitation(ctx, tx, u.ID, replaces); err != nil {
			return err
		}
		if err := tx.RemoveCodes(u.ID, iam.InvitationCode); err != nil {
			return err
		}
		return addCode(tx, u, iam.InvitationCode, code, tx.Now().Add(iam.InvitationLifetime), iam.HumanInvited)
	})
	if err != nil {
		return u, keyring.Secret{}, err
	}
	return u, code, nil
}

// sameInvitation holds the live invitation against the one that is known of.
func sameInvitation(ctx context.Context, tx *store.Tx, userID string, known *time.Time) error {
	if known == nil {
		return nil
	}
	at, err := tx.InvitedAt(ctx, userID, tx.Now())
	switch {
	case err != nil, at.Equal(*known):
		return err
	case at.IsZero():
		return iam.Errorf(iam.Aborted, "USER-inv3x", "the invitation was used or has expired meanwhile")
	}
	return iam.Errorf(iam.Aborted, "USER-inv4x", "there is an invitation already, made at %s", at.Format(time.RFC3339))
}

// InvitedAt is when the human's live invitation was made; the zero time where
// there is none.
func (d *Directory) InvitedAt(ctx context.Context, c iam.Caller, userID string) (time.Time, error) {
	if _, err := findHuman(ctx, d.Store.Read(), c, iam.UserRead, userID); err != nil {
		return time.Time{}, err
	}
	return d.Store.Read().InvitedAt(ctx, userID, d.Now())
}

func addCode(tx *store.Tx, u iam.User, kind iam.CodeKind, code keyring.Secret, expires time.Time, event iam.EventType) error {
	hash := keyring.Hash(code.Reveal())
	if err := tx.AddCode(kind, u.ID, hash[:], expires); err != nil {
		return err
	}
	return tx.Record(userEvent(event, u, iam.Change(nil, iam.Fields{"expires": expires.Format(time.RFC3339)})))
}
