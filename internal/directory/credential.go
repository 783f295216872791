package directory

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// GenerateSecret gives a service user a fresh client secret, which replaces
// the one before and ends its tokens. The secret is returned this once and
// kept only as a hash. Kind: FailedPrecondition for a human.
func (d *Directory) GenerateSecret(ctx context.Context, c iam.Caller, userID string) (iam.User, iam.Credential, keyring.Secret, error) {
	var u iam.User
	var cred iam.Credential
	secret := keyring.NewClientSecret()
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if u, err = findMachine(ctx, tx.Reader, c, userID); err != nil {
			return err
		}
		replaced, err := tx.RemoveSecrets(userID)
		if err != nil {
			return err
		}
		hash := keyring.Hash(secret.Reveal())
		cred = iam.Credential{ID: iam.NewID(), UserID: userID, OrgID: u.OrgID, Kind: iam.ClientSecret, Verifier: hash[:]}
		if err := tx.AddCredential(&cred); err != nil {
			return err
		}
		u.HasSecret, u.Changed, u.Sequence = true, cred.Changed, cred.Sequence
		var before iam.Fields
		if len(replaced) > 0 {
			before = iam.Fields{"credentialIds": replaced}
		}
		return tx.Record(userEvent(iam.MachineSecretSet, u, iam.Change(before, iam.Fields{"credentialId": cred.ID})))
	})
	return u, cred, secret, err
}

// RemoveSecret removes a service user's client secret and ends its tokens.
// Kind: FailedPrecondition when it has none.
func (d *Directory) RemoveSecret(ctx context.Context, c iam.Caller, userID string) (iam.User, error) {
	var u iam.User
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if u, err = findMachine(ctx, tx.Reader, c, userID); err != nil {
			return err
		}
		removed, err := tx.RemoveSecrets(userID)
		if err != nil {
			return err
		}
		if len(removed) == 0 {
			return iam.Errorf(iam.FailedPrecondition, "CRED-nosec", "the service user has no client secret")
		}
		u.HasSecret, u.Changed = false, tx.Now()
		return tx.Record(userEvent(iam.MachineSecretGone, u, iam.Change(iam.Fields{"credentialIds": removed}, nil)))
	})
	return u, err
}

// NewPAT is a personal access token to be made. ID is chosen by the client or
// empty; the zero Expires means never.
type NewPAT struct {
	ID      string
	Expires time.Time
}

// AddPAT gives a service user a further personal access token. It is returned
// this once and kept only as a hash. Kinds: FailedPrecondition for a human;
// AlreadyExists for the id.
func (d *Directory) AddPAT(ctx context.Context, c iam.Caller, userID string, in NewPAT) (iam.Credential, keyring.Secret, error) {
	var cred iam.Credential
	token := keyring.NewPAT()
	err := d.write(ctx, c, func(tx *store.Tx) error {
		u, err := findMachine(ctx, tx.Reader, c, userID)
		if err != nil {
			return err
		}
		cred, err = makePAT(tx, u, token, in)
		return err
	})
	return cred, token, err
}

// addPAT is for the first service user, whose tokens have drawn ids.
func addPAT(tx *store.Tx, u iam.User, token keyring.Secret, expires time.Time) (iam.Credential, error) {
	return makePAT(tx, u, token, NewPAT{Expires: expires})
}

func makePAT(tx *store.Tx, u iam.User, token keyring.Secret, in NewPAT) (iam.Credential, error) {
	hash := keyring.Hash(token.Reveal())
	cred := iam.Credential{UserID: u.ID, OrgID: u.OrgID, Kind: iam.PersonalAccessToken, Verifier: hash[:]}
	var err error
	if cred.ID, err = newID(in.ID); err != nil {
		return cred, err
	}
	if cred.Expires, err = iam.CheckExpiry(in.Expires, tx.Now()); err != nil {
		return cred, err
	}
	if err := tx.AddCredential(&cred); err != nil {
		return cred, taken(err, iam.FieldID, "CRED-dup1x", "a personal access token with this id already exists")
	}
	after := iam.Fields{"tokenId": cred.ID}
	if !cred.Expires.IsZero() {
		after["expires"] = cred.Expires
	}
	return cred, tx.Record(userEvent(iam.PATAdded, u, iam.Change(nil, after)))
}

// PAT finds one of a service user's personal access tokens.
func (d *Directory) PAT(ctx context.Context, c iam.Caller, userID, id string) (iam.Credential, error) {
	if _, err := findUser(ctx, d.Store.Read(), c, iam.UserRead, userID, true); err != nil {
		return iam.Credential{}, err
	}
	return findPAT(ctx, d.Store.Read(), userID, id)
}

func findPAT(ctx context.Context, r store.Reader, userID, id string) (iam.Credential, error) {
	cred, err := r.Credential(ctx, userID, id)
	if iam.Is(err, iam.NotFound) || err == nil && cred.Kind != iam.PersonalAccessToken {
		return iam.Credential{}, iam.Errorf(iam.NotFound, "CRED-nopat", "personal access token does not exist")
	}
	return cred, err
}

// PATs lists personal access tokens; everyone sees its own.
func (d *Directory) PATs(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.Credential], error) {
	reach, page, err := listArgs(c, iam.UserRead, page)
	if err != nil {
		return store.List[iam.Credential]{}, err
	}
	return d.Store.Read().Credentials(ctx, iam.PersonalAccessToken, reach, f, page)
}

// RemovePAT removes a personal access token, which stops at once.
func (d *Directory) RemovePAT(ctx context.Context, c iam.Caller, userID, id string) (iam.Credential, error) {
	var cred iam.Credential
	err := d.write(ctx, c, func(tx *store.Tx) error {
		u, err := findMachine(ctx, tx.Reader, c, userID)
		if err != nil {
			return err
		}
		if cred, err = findPAT(ctx, tx.Reader, userID, id); err != nil {
			return err
		}
		if err := tx.RemoveCredential(userID, id); err != nil {
			return err
		}
		cred.Changed = tx.Now()
		return tx.Record(userEvent(iam.PATRemoved, u, iam.Change(iam.Fields{"tokenId": id}, nil)))
	})
	return cred, err
}
