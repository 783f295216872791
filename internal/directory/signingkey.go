package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// SigningKey is a signing key without its private half. Bits is the size of an
// RSA key, and 0 of others.
type SigningKey struct {
	iam.SigningKey
	Bits int
}

func publicHalf(k iam.SigningKey) SigningKey {
	k.Private = nil
	out := SigningKey{SigningKey: k}
	if p, err := keyring.ParsePublicKey(k.ID, keyring.Algorithm(k.Algorithm), k.Public); err == nil {
		out.Bits = p.Bits()
	}
	return out
}

// ListSigningKeys lists the keys that are published, oldest first.
func (d *Directory) ListSigningKeys(ctx context.Context, c iam.Caller) ([]SigningKey, error) {
	if err := c.Require(iam.WebKeyRead, iam.Target{}); err != nil {
		return nil, err
	}
	rows, err := d.Store.Read().SigningKeys(ctx)
	keys := make([]SigningKey, len(rows))
	for i, k := range rows {
		keys[i] = publicHalf(k)
	}
	return keys, err
}

// CreateSigningKey makes a key that is published, but does not sign before it
// is activated: backends that keep the key set see it first. bits is the size
// of an RSA key. Kinds: InvalidArgument for an algorithm or a size that is not
// offered; ResourceExhausted beyond [iam.MaxSigningKeys]; Unavailable when too
// many keys are being made.
func (d *Directory) CreateSigningKey(ctx context.Context, c iam.Caller, alg keyring.Algorithm, bits int) (SigningKey, error) {
	if err := c.Require(iam.WebKeyWrite, iam.Target{}); err != nil {
		return SigningKey{}, err
	}
	if err := keyring.CheckSigningKey(alg, bits); err != nil {
		return SigningKey{}, iam.Errorf(iam.InvalidArgument, "WEBKEY-alg1", "%s", err.Error())
	}
	r := d.Store.Read()
	if err := roomForSigningKey(ctx, r); err != nil {
		return SigningKey{}, err
	}
	i, err := r.Instance(ctx)
	if err != nil {
		return SigningKey{}, err
	}
	if err := d.checkMasterKey(i); err != nil { // what it sealed, no node could open
		return SigningKey{}, err
	}
	wait, cancel := context.WithTimeout(ctx, slotWait)
	defer cancel()
	private, public, err := d.Keys.GenerateSigning(wait, alg, bits)
	if err != nil {
		return SigningKey{}, busy(err, "WEBKEY-busy1", "too many web keys are being made at once")
	}
	sealed, err := sealSigningKey(d.Master, alg, private, public)
	if err != nil {
		return SigningKey{}, err
	}
	var k iam.SigningKey
	err = d.write(ctx, c, func(tx *store.Tx) error {
		if err := c.Require(iam.WebKeyWrite, iam.Target{}); err != nil {
			return err
		}
		if err := roomForSigningKey(ctx, tx.Reader); err != nil {
			return err
		}
		k = sealed
		if err := tx.AddSigningKey(&k); err != nil {
			return err
		}
		return tx.Record(instanceEvent(iam.SigningKeyAdded, i, iam.Change(nil, signingKeyFields(k))))
	})
	return publicHalf(k), err
}

// roomForSigningKey refuses one more than there may be. Kind: ResourceExhausted.
func roomForSigningKey(ctx context.Context, r store.Reader) error {
	keys, err := r.SigningKeys(ctx)
	if err == nil && len(keys) >= iam.MaxSigningKeys {
		return iam.Errorf(iam.ResourceExhausted, "WEBKEY-max1", "there are %d web keys, which is the most there may be: delete one first", len(keys))
	}
	return err
}

// sealSigningKey is a new key, in its first state.
func sealSigningKey(master keyring.MasterKey, alg keyring.Algorithm, private, public []byte) (iam.SigningKey, error) {
	k := iam.SigningKey{ID: iam.NewID(), Algorithm: string(alg), State: iam.KeyInitial, Public: public}
	var err error
	k.Private, err = master.Seal(keyring.SigningKeyRecord(k.ID), private)
	return k, err
}

// ActivateSigningKey lets a key sign from now on; the one that did only
// verifies from then on. Kinds: NotFound; Unchanged for the one that signs;
// FailedPrecondition for one that could not sign here.
func (d *Directory) ActivateSigningKey(ctx context.Context, c iam.Caller, id string) (SigningKey, error) {
	if err := c.Require(iam.WebKeyWrite, iam.Target{}); err != nil {
		return SigningKey{}, err
	}
	k, err := d.Store.Read().SigningKey(ctx, id)
	if err == nil {
		err = d.canSign(k) // the halves of a key never change
	}
	if err != nil {
		return SigningKey{}, err
	}
	err = d.write(ctx, c, func(tx *store.Tx) error {
		i, err := instanceToChange(ctx, tx, c, iam.WebKeyWrite)
		if err != nil {
			return err
		}
		keys, err := tx.SigningKeys(ctx)
		if err != nil {
			return err
		}
		var before iam.SigningKey
		k = iam.SigningKey{}
		for _, candidate := range keys {
			if candidate.ID == id {
				k = candidate
			}
			if candidate.State == iam.KeyActive {
				before = candidate
			}
		}
		switch {
		case k.ID == "":
			return iam.Errorf(iam.NotFound, "WEBKEY-nf01x", "web key does not exist")
		case k.State == iam.KeyActive:
			return unchanged("web key")
		}
		if before.ID != "" { // only one can be active: the old one steps back first
			if err := setSigningKeyState(tx, i, &before, iam.KeyInactive, iam.SigningKeyDeactivated); err != nil {
				return err
			}
		}
		return setSigningKeyState(tx, i, &k, iam.KeyActive, iam.SigningKeyActivated)
	})
	return publicHalf(k), err
}

// canSign refuses a key by which no token could be signed here: then none could
// be signed at all. Kind: FailedPrecondition.
func (d *Directory) canSign(k iam.SigningKey) error {
	fail := func(id, message string, err error) error {
		return &iam.Error{Kind: iam.FailedPrecondition, ID: id, Message: message, Err: err}
	}
	alg := keyring.Algorithm(k.Algorithm)
	if _, err := keyring.ParsePublicKey(k.ID, alg, k.Public); err != nil { // a newer node made it
		return fail("WEBKEY-alg2", "this server cannot sign with the web key: it does not know its algorithm", err)
	}
	private, err := d.Master.Open(keyring.SigningKeyRecord(k.ID), k.Private)
	if err != nil {
		return fail("WEBKEY-open1", "this server cannot open the web key: it was made with another master key", err)
	}
	if _, err := keyring.NewSigner(k.ID, alg, private); err != nil {
		return fail("WEBKEY-open2", "this server cannot sign with the web key", err)
	}
	return nil
}

// DeleteSigningKey removes a key that does not sign; the tokens that it has
// signed verify nowhere from then on. Kinds: NotFound; FailedPrecondition for
// the one that signs.
func (d *Directory) DeleteSigningKey(ctx context.Context, c iam.Caller, id string) (SigningKey, error) {
	var k iam.SigningKey
	err := d.write(ctx, c, func(tx *store.Tx) error {
		i, err := instanceToChange(ctx, tx, c, iam.WebKeyDelete)
		if err != nil {
			return err
		}
		if k, err = tx.SigningKey(ctx, id); err != nil {
			return err
		}
		if k.State == iam.KeyActive {
			return iam.Errorf(iam.FailedPrecondition, "WEBKEY-act1", "the web key signs all tokens: activate another one first")
		}
		if err := tx.RemoveSigningKey(id); err != nil {
			return err
		}
		k.Meta = tx.Stamp(k.Meta)
		return tx.Record(instanceEvent(iam.SigningKeyRemoved, i, iam.Change(signingKeyFields(k), nil)))
	})
	return publicHalf(k), err
}

func setSigningKeyState(tx *store.Tx, i iam.Instance, k *iam.SigningKey, to iam.SigningKeyState, event iam.EventType) error {
	from := k.State
	k.State = to
	if err := tx.SetSigningKeyState(k); err != nil {
		return err
	}
	change := iam.Change(iam.Fields{"keyId": k.ID, "state": from}, iam.Fields{"keyId": k.ID, "state": to})
	return tx.Record(instanceEvent(event, i, change))
}

func signingKeyFields(k iam.SigningKey) iam.Fields {
	return iam.Fields{"keyId": k.ID, "algorithm": k.Algorithm}
}
