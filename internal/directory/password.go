package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// NewPassword is a password that a human gets: itself, or a hash of it that was
// made elsewhere. Current and Code are proofs, of which at most one is given: the
// password of before, or the code of an invitation.
type NewPassword struct {
	Password string
	Hash     string
	// Change says that the human must change it before anything else.
	Change        bool
	Current, Code *string
}

// passwordSetting is a [NewPassword] after what is slow.
type passwordSetting struct {
	hash   string
	change bool
	proved string // the hash that the proof was compared with, or empty
	code   []byte // SHA-256 of the code that is to be used up, or nil
}

// SetPassword gives a human another password. Its sessions, devices, codes and
// tokens end. Who sets its own has to prove the current one; a proof that is given
// for somebody else must be right too. Kinds: InvalidArgument for a password or
// hash that is not possible, and a current one that is wrong or left out;
// FailedPrecondition for a service user, for a code that is not good, and for a
// password that was changed meanwhile; ResourceExhausted after too many wrong
// ones; Unavailable when too many passwords are being hashed.
func (d *Directory) SetPassword(ctx context.Context, c iam.Caller, userID string, in NewPassword) (iam.User, error) {
	var u iam.User
	set, err := d.preparePassword(ctx, c, userID, in)
	if err != nil {
		return u, err
	}
	err = d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if u, err = findHuman(ctx, tx.Reader, c, iam.UserWrite, userID); err != nil {
			return err
		}
		return set.write(tx, &u)
	})
	return u, err
}

// preparePassword does what is slow, before any transaction, for whom it may be
// done.
func (d *Directory) preparePassword(ctx context.Context, c iam.Caller, userID string, in NewPassword) (passwordSetting, error) {
	set := passwordSetting{change: in.Change}
	u, err := findHuman(ctx, d.Store.Read(), c, iam.UserWrite, userID)
	if err != nil {
		return set, err
	}
	if err := in.check(u.ID == c.UserID()); err != nil {
		return set, err
	}
	if in.Code != nil {
		sum := keyring.Hash(*in.Code)
		set.code = sum[:]
	}
	if in.Current != nil {
		if err := d.prove(ctx, u, *in.Current); err != nil {
			return set, err
		}
		if *in.Current == in.Password {
			return set, iam.Errorf(iam.InvalidArgument, "USER-pwd4x", "the new password is the current one").At(iam.FieldPassword)
		}
		set.proved = u.PasswordHash
	}
	set.hash, err = d.hashOf(ctx, in.Password, in.Hash)
	return set, err
}

// check says whether the password may be set so. self: by the human itself.
func (in NewPassword) check(self bool) error {
	switch {
	case in.Password != "" && in.Hash != "":
		return bothPasswords()
	case in.Current != nil && in.Code != nil:
		return iam.Errorf(iam.InvalidArgument, "USER-prov1", "either the current password or a code is given, not both")
	case self && in.Current == nil:
		return iam.Errorf(iam.InvalidArgument, "USER-prov2", "who changes its own password must give the current one").At(iam.FieldCurrentPassword)
	case in.Hash != "":
		return checkHash(in.Hash)
	}
	return iam.CheckPassword(in.Password)
}

func (d *Directory) prove(ctx context.Context, u iam.User, current string) error {
	if d.Prove == nil {
		return iam.Errorf(iam.Unavailable, "USER-prov3", "no password can be proved here")
	}
	return d.Prove(ctx, u, keyring.Conceal(current))
}

// hashOf returns the hash of a password, or one that was made elsewhere, which
// has been checked; empty for neither.
func (d *Directory) hashOf(ctx context.Context, password, hash string) (string, error) {
	if password == "" {
		return hash, nil
	}
	ctx, cancel := context.WithTimeout(ctx, slotWait)
	defer cancel()
	hash, err := d.Passwords.Hash(ctx, password)
	if err != nil {
		return "", &iam.Error{Kind: iam.Unavailable, ID: "USER-pwd2x", Message: "too many passwords are being set at once", Err: err}
	}
	return hash, nil
}

func bothPasswords() error {
	return iam.Errorf(iam.InvalidArgument, "USER-hash2", "either a password or its hash is given, not both").At(iam.FieldPassword)
}

// checkHash says whether a hash that was made elsewhere can be verified here.
// Kind: InvalidArgument.
func checkHash(hash string) error {
	if err := keyring.CheckPasswordHash(hash); err != nil {
		return &iam.Error{
			Kind: iam.InvalidArgument, ID: "USER-hash1", Field: iam.FieldPassword, Err: err,
			Message: "a hashed password must be an Argon2id PHC string ($argon2id$v=19$m=,t=,p=$salt$hash, at most 64 MiB and " +
				"m times t at most 128 MiB), or a bcrypt hash ($2a$, $2b$ or $2y$) with a cost of 4 to 12",
		}
	}
	return nil
}

// write sets the password of a human within a write. Kind: FailedPrecondition.
func (set passwordSetting) write(tx *store.Tx, u *iam.User) error {
	if set.proved != "" && set.proved != u.PasswordHash {
		return iam.Errorf(iam.FailedPrecondition, "USER-race1", "the password was changed meanwhile")
	}
	before, after, _ := iam.Diff(iam.Fields{"passwordChange": u.PasswordChange}, iam.Fields{"passwordChange": set.change})
	if set.code != nil {
		code, err := tx.TakeCode(iam.InvitationCode, set.code)
		if iam.Is(err, iam.NotFound) || err == nil && code.UserID != u.ID {
			return iam.Errorf(iam.FailedPrecondition, "USER-code1", "the code is wrong, was used or has expired")
		}
		if err != nil {
			return err
		}
		after["by"] = string(iam.InvitationCode)
	}
	u.PasswordHash, u.PasswordChange = set.hash, set.change
	u.Generation++ // ends its sessions and tokens
	if err := tx.SetUser(u); err != nil {
		return err
	}
	if err := tx.EndSignIns(u.ID, nil); err != nil {
		return err
	}
	return tx.Record(userEvent(iam.HumanPasswordSet, *u, iam.Change(before, after)))
}
