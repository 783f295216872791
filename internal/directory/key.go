package directory

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// NewMachineKey is a key of a service user to be made, or the public half, in PEM, of one
// that the client made. The zero Expires means never.
type NewMachineKey struct {
	PublicKey []byte
	Expires   time.Time
}

// AddMachineKey gives a service user a further key. The key file, with the private half,
// is returned this once and never kept; it is empty for a key that the client made.
// Kinds: InvalidArgument for an expiry in the past, or a public key that cannot be
// used; FailedPrecondition for a human, and beyond [iam.MaxKeys]; Unavailable when
// too many keys are being made.
func (d *Directory) AddMachineKey(ctx context.Context, c iam.Caller, userID string, in NewMachineKey) (iam.Credential, keyring.Secret, error) {
	cred, file, err := d.prepareKey(ctx, c, userID, in)
	if err != nil {
		return iam.Credential{}, keyring.Secret{}, err
	}
	err = d.write(ctx, c, func(tx *store.Tx) error {
		u, err := mayAddMachineKey(ctx, tx.Reader, c, userID)
		if err != nil {
			return err
		}
		cred.OrgID = u.OrgID
		if err := tx.AddCredential(&cred); err != nil {
			return err
		}
		after := iam.Fields{"keyId": cred.ID}
		if !cred.Expires.IsZero() {
			after["expires"] = cred.Expires
		}
		return tx.Record(userEvent(iam.MachineKeyAdded, u, iam.Change(nil, after)))
	})
	if err != nil {
		return iam.Credential{}, keyring.Secret{}, err
	}
	return cred, file, nil
}

// mayAddMachineKey finds the service user that is to get a key. Kind:
// FailedPrecondition for a human, and beyond [iam.MaxKeys].
func mayAddMachineKey(ctx context.Context, r store.Reader, c iam.Caller, userID string) (iam.User, error) {
	u, err := findMachine(ctx, r, c, userID)
	if err != nil {
		return u, err
	}
	n, err := r.CountCredentials(ctx, userID, iam.MachineKey)
	if err == nil && n >= iam.MaxKeys {
		err = iam.Errorf(iam.FailedPrecondition, "KEY-many1", "the service user has %d keys already, as many as there may be", n)
	}
	return u, err
}

// prepareKey does what is slow, before any transaction, for whom it may be done.
func (d *Directory) prepareKey(ctx context.Context, c iam.Caller, userID string, in NewMachineKey) (iam.Credential, keyring.Secret, error) {
	cred := iam.Credential{ID: iam.NewID(), UserID: userID, Kind: iam.MachineKey, Verifier: make([]byte, 32)}
	rand.Read(cred.Verifier) // never fails: the runtime ends the process first
	var file keyring.Secret
	if _, err := mayAddMachineKey(ctx, d.Store.Read(), c, userID); err != nil {
		return cred, file, err
	}
	var err error
	if cred.Expires, err = iam.CheckExpiry(in.Expires, d.Now()); err != nil {
		return cred, file, err
	}
	if len(in.PublicKey) > 0 {
		cred.PublicKey, err = keyring.ParseKeyPEM(in.PublicKey)
		return cred, file, err
	}
	pair, err := d.newKeyPair(ctx, c)
	if err != nil {
		return cred, file, err
	}
	cred.PublicKey = pair.Public
	file, err = keyring.ServiceAccountKeyFile(cred.ID, userID, pair.Private, cred.Expires)
	return cred, file, err
}

// MachineKey finds one of a service user's keys.
func (d *Directory) MachineKey(ctx context.Context, c iam.Caller, userID, id string) (iam.Credential, error) {
	if _, err := findUser(ctx, d.Store.Read(), c, iam.UserRead, userID, true); err != nil {
		return iam.Credential{}, err
	}
	return findKey(ctx, d.Store.Read(), userID, id)
}

func findKey(ctx context.Context, r store.Reader, userID, id string) (iam.Credential, error) {
	cred, err := r.Credential(ctx, userID, id)
	if iam.Is(err, iam.NotFound) || err == nil && cred.Kind != iam.MachineKey {
		return iam.Credential{}, iam.Errorf(iam.NotFound, "KEY-nokey", "key does not exist")
	}
	return cred, err
}

// MachineKeys lists keys of service users; everyone sees its own.
func (d *Directory) MachineKeys(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.Credential], error) {
	reach, page, err := listArgs(c, iam.UserRead, page)
	if err != nil {
		return store.List[iam.Credential]{}, err
	}
	return d.Store.Read().Credentials(ctx, iam.MachineKey, reach, f, page)
}

// KeysOfMachine lists the keys of one service user. Kind: NotFound for the user.
func (d *Directory) KeysOfMachine(ctx context.Context, c iam.Caller, userID string, page iam.Page) (store.List[iam.Credential], error) {
	return d.credentialsOf(ctx, c, iam.MachineKey, userID, page)
}

// RemoveMachineKey removes a key, which stops at once, and ends its tokens.
func (d *Directory) RemoveMachineKey(ctx context.Context, c iam.Caller, userID, id string) (iam.Credential, error) {
	var cred iam.Credential
	err := d.write(ctx, c, func(tx *store.Tx) error {
		u, err := findMachine(ctx, tx.Reader, c, userID)
		if err != nil {
			return err
		}
		if cred, err = findKey(ctx, tx.Reader, userID, id); err != nil {
			return err
		}
		if err := tx.RemoveCredential(userID, id); err != nil {
			return err
		}
		cred.Meta = tx.Stamp(cred.Meta)
		return tx.Record(userEvent(iam.MachineKeyRemoved, u, iam.Change(iam.Fields{"keyId": id}, nil)))
	})
	return cred, err
}
