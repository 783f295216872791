package directory

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// NoSecret is what [Directory.SecretID] says of a user without a client secret.
// No client secret has this id: theirs are drawn.
const NoSecret = "none"

// SecretID is the id of a user's present client secret, or [NoSecret].
// Everyone may read its own.
func (d *Directory) SecretID(ctx context.Context, c iam.Caller, userID string) (string, error) {
	r := d.Store.Read()
	if _, err := findUser(ctx, r, c, iam.UserRead, userID, true); err != nil {
		return "", err
	}
	present, err := presentSecret(ctx, r, userID)
	return present.ID, err
}

// presentSecret is a user's client secret; one with the id [NoSecret] stands for none.
func presentSecret(ctx context.Context, r store.Reader, userID string) (iam.Credential, error) {
	cred, err := r.ClientSecret(ctx, userID)
	if iam.Is(err, iam.NotFound) {
		return iam.Credential{ID: NoSecret}, nil
	}
	return cred, err
}

// stillSecret refuses to replace another secret than the one that was seen:
// whoever sends a form twice, or reloads the page that shows a secret, would end
// the one just handed out. Kind: Aborted.
func stillSecret(ctx context.Context, r store.Reader, userID, seen string) error {
	present, err := presentSecret(ctx, r, userID)
	switch {
	case err != nil || present.ID == seen:
		return err
	case present.ID == NoSecret:
		return iam.Errorf(iam.Aborted, "CRED-seen1", "the client secret was removed meanwhile")
	}
	return iam.Errorf(iam.Aborted, "CRED-seen1", "the client secret was changed meanwhile: another one was generated at %s",
		present.Created.UTC().Format(time.RFC3339))
}

// GenerateSecret gives a service user a fresh client secret, which replaces
// the one before and ends its tokens. The secret is returned this once and
// kept only as a hash. replaces is the [Directory.SecretID] that the caller
// saw; nil replaces whatever is there. Kinds: FailedPrecondition for a human;
// Aborted when it is another one that is there.
func (d *Directory) GenerateSecret(ctx context.Context, c iam.Caller, userID string, replaces *string) (iam.User, iam.Credential, keyring.Secret, error) {
	var u iam.User
	var cred iam.Credential
	secret := keyring.NewClientSecret()
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if u, err = findMachine(ctx, tx.Reader, c, userID); err != nil {
			return err
		}
		if replaces != nil {
			if err := stillSecret(ctx, tx.Reader, userID, *replaces); err != nil {
				return err
			}
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
	if err != nil {
		return u, iam.Credential{}, keyring.Secret{}, err
	}
	return u, cred, secret, nil
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
		u.HasSecret, u.Meta = false, tx.Stamp(u.Meta)
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

// PATsOf lists the personal access tokens of one user. Kind: NotFound for the user.
func (d *Directory) PATsOf(ctx context.Context, c iam.Caller, userID string, page iam.Page) (store.List[iam.Credential], error) {
	return d.credentialsOf(ctx, c, iam.PersonalAccessToken, userID, page)
}

func (d *Directory) credentialsOf(ctx context.Context, c iam.Caller, kind iam.CredentialKind, userID string, page iam.Page) (store.List[iam.Credential], error) {
	if _, err := findUser(ctx, d.Store.Read(), c, iam.UserRead, userID, true); err != nil {
		return store.List[iam.Credential]{}, err
	}
	reach, page, err := listArgs(c, iam.UserRead, page)
	if err != nil {
		return store.List[iam.Credential]{}, err
	}
	return d.Store.Read().Credentials(ctx, kind, reach, iam.FieldUserID.Is(userID), page)
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
		cred.Meta = tx.Stamp(cred.Meta)
		return tx.Record(userEvent(iam.PATRemoved, u, iam.Change(iam.Fields{"tokenId": id}, nil)))
	})
	return cred, err
}
