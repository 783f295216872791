package directory

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// AddApplicationKey gives an application that authenticates by private_key_jwt a
// further key pair. The private half is in the key file, which is returned this
// once. The zero expires means never. Kinds: FailedPrecondition for another
// method of authentication; ResourceExhausted above [iam.MaxApplicationKeys];
// Unavailable when too many keys are being made.
func (d *Directory) AddApplicationKey(ctx context.Context, c iam.Caller, ref ApplicationRef, expires time.Time) (iam.ApplicationKey, keyring.Secret, error) {
	var a iam.Application
	k := iam.ApplicationKey{ID: iam.NewID()}
	may := func(r store.Reader, now time.Time) error {
		var err error
		if a, err = mayAddKey(ctx, r, c, ref); err != nil {
			return err
		}
		k.ApplicationID, k.ProjectID, k.OrgID = a.ID, a.ProjectID, a.OrgID
		k.Expires, err = iam.CheckExpiry(expires, now)
		return err
	}
	if err := may(d.Store.Read(), d.Now()); err != nil { // else a stranger could have keys made
		return k, keyring.Secret{}, err
	}
	pair, err := d.newKeyPair(ctx, c)
	if err != nil {
		return k, keyring.Secret{}, err
	}
	k.PublicKey = pair.Public
	err = d.write(ctx, c, func(tx *store.Tx) error {
		if err := may(tx.Reader, tx.Now()); err != nil {
			return err
		}
		if err := tx.AddApplicationKey(&k); err != nil {
			return err
		}
		after := iam.Fields{"keyId": k.ID}
		if !k.Expires.IsZero() {
			after["expires"] = k.Expires
		}
		return tx.Record(applicationEvent(iam.ApplicationKeyAdded, a, nil, after))
	})
	if err != nil {
		return k, keyring.Secret{}, err
	}
	file, err := keyring.ApplicationKeyFile(k.ID, a.ID, a.ClientID, pair.Private, k.Expires)
	return k, file, err
}

// mayAddKey finds the application that is to get a key.
func mayAddKey(ctx context.Context, r store.Reader, c iam.Caller, ref ApplicationRef) (iam.Application, error) {
	a, err := findApplication(ctx, r, c, iam.ApplicationWrite, ref)
	if err != nil {
		return a, err
	}
	if a.AuthMethod != iam.AuthPrivateKeyJWT {
		return a, iam.Errorf(iam.FailedPrecondition, "APPKEY-meth", "the application does not authenticate by a key: its authentication method must be PRIVATE_KEY_JWT")
	}
	n, err := r.CountApplicationKeys(ctx, a.ID)
	if err == nil && n >= iam.MaxApplicationKeys {
		err = iam.Errorf(iam.ResourceExhausted, "APPKEY-max1", "an application has at most %d keys: remove one first", iam.MaxApplicationKeys)
	}
	return a, err
}

// ApplicationKeyRef names a key of an application. Empty parents are any.
type ApplicationKeyRef struct {
	ProjectID     string
	ApplicationID string
	ID            string
}

func findApplicationKey(ctx context.Context, r store.Reader, c iam.Caller, perm iam.Permission, ref ApplicationKeyRef) (iam.ApplicationKey, error) {
	if c.Nobody() {
		return iam.ApplicationKey{}, nobody()
	}
	k, err := r.ApplicationKey(ctx, ref.ID)
	if err != nil {
		return iam.ApplicationKey{}, found(c, perm, "application key", err)
	}
	if err := c.Authorise(perm, k.Target(), "application key"); err != nil {
		return iam.ApplicationKey{}, err
	}
	if ref.ProjectID != "" && ref.ProjectID != k.ProjectID || ref.ApplicationID != "" && ref.ApplicationID != k.ApplicationID {
		return iam.ApplicationKey{}, c.Missing(perm, "application key")
	}
	return k, nil
}

// ApplicationKey finds a key of an application.
func (d *Directory) ApplicationKey(ctx context.Context, c iam.Caller, ref ApplicationKeyRef) (iam.ApplicationKey, error) {
	return findApplicationKey(ctx, d.Store.Read(), c, iam.ApplicationRead, ref)
}

// ApplicationKeys lists keys of applications.
func (d *Directory) ApplicationKeys(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.ApplicationKey], error) {
	reach, page, err := listArgs(c, iam.ApplicationRead, page)
	if err != nil {
		return store.List[iam.ApplicationKey]{}, err
	}
	return d.Store.Read().ApplicationKeys(ctx, reach, f, page)
}

// KeysOfApplication lists the keys of one application. Kind: NotFound for the application.
func (d *Directory) KeysOfApplication(ctx context.Context, c iam.Caller, ref ApplicationRef, page iam.Page) (store.List[iam.ApplicationKey], error) {
	var none store.List[iam.ApplicationKey]
	a, err := findApplication(ctx, d.Store.Read(), c, iam.ApplicationRead, ref)
	if err != nil {
		return none, err
	}
	if page, err = page.Check(); err != nil {
		return none, err
	}
	return d.Store.Read().ApplicationKeys(ctx, iam.Reach{ProjectIDs: []string{a.ProjectID}}, iam.FieldApplicationID.Is(a.ID), page)
}

// RemoveApplicationKey removes a key, which stops at once.
func (d *Directory) RemoveApplicationKey(ctx context.Context, c iam.Caller, ref ApplicationKeyRef) (iam.ApplicationKey, error) {
	var k iam.ApplicationKey
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if k, err = findApplicationKey(ctx, tx.Reader, c, iam.ApplicationWrite, ref); err != nil {
			return err
		}
		if err := tx.RemoveApplicationKey(k.ID); err != nil {
			return err
		}
		k.Meta = tx.Stamp(k.Meta)
		a := iam.Application{ID: k.ApplicationID, ProjectID: k.ProjectID, OrgID: k.OrgID}
		return tx.Record(applicationEvent(iam.ApplicationKeyRemoved, a, iam.Fields{"keyId": k.ID}, nil))
	})
	return k, err
}
