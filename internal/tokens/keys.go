package tokens

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Keys are the instance's signing keys, as they are now.
type Keys struct {
	db     *store.DB
	master keyring.MasterKey
	snapshot[keySet]
}

type keySet struct {
	signer *keyring.Signer
	public map[string]keyring.PublicKey
	jwks   []byte
}

// LoadKeys reads the signing keys and follows their changes.
func LoadKeys(ctx context.Context, db *store.DB, master keyring.MasterKey) (*Keys, error) {
	k := &Keys{db: db, master: master}
	k.what, k.load = "signing_keys", k.read
	return k, k.follow(ctx, db, func(e iam.Event) bool { return strings.HasPrefix(string(e.Type), iam.SigningKeyEvents) })
}

func (k *Keys) read(ctx context.Context) (*keySet, error) {
	rows, err := k.db.Read().SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	set := &keySet{public: make(map[string]keyring.PublicKey, len(rows))}
	public := make([]keyring.PublicKey, 0, len(rows))
	for _, row := range rows {
		alg, err := keyring.ParseAlgorithm(row.Algorithm)
		if err != nil && row.State != iam.KeyActive {
			continue // a newer node made it, and does not sign with it yet
		}
		if err != nil {
			return nil, fmt.Errorf("signing key %s: %w", row.ID, err)
		}
		p, err := keyring.ParsePublicKey(row.ID, alg, row.Public)
		if err != nil {
			return nil, err
		}
		set.public[row.ID] = p
		public = append(public, p)
		if row.State != iam.KeyActive {
			continue
		}
		private, err := k.master.Open(keyring.SigningKeyRecord(row.ID), row.Private)
		if err != nil {
			return nil, fmt.Errorf("signing key %s: %w", row.ID, err)
		}
		if set.signer, err = keyring.NewSigner(row.ID, alg, private); err != nil {
			return nil, err
		}
	}
	if set.signer == nil {
		return nil, errors.New("there is no active signing key")
	}
	if set.jwks, err = keyring.MarshalJWKS(public); err != nil {
		return nil, err
	}
	return set, nil
}

// find returns the key that a token names. A key that is not known here may
// have come to another node a moment ago: then the store is asked, which reads
// keeps to a rate that strangers may cause. The error is errContent, or of kind
// Unavailable, also for a key that is there while the keys cannot be read anew.
func (k *Keys) find(ctx context.Context, id string, reads *strangers) (keyring.PublicKey, error) {
	if p, ok := k.get(ctx).public[id]; ok {
		return p, nil
	}
	if err := reads.wait(ctx); err != nil {
		return keyring.PublicKey{}, err
	}
	row, err := k.stored(ctx, id)
	if err != nil {
		return keyring.PublicKey{}, err
	}
	if _, err := keyring.ParseAlgorithm(row.Algorithm); err != nil {
		return keyring.PublicKey{}, errContent
	}
	set := k.fresh(ctx, func(set *keySet) bool { _, ok := set.public[id]; return ok })
	if p, ok := set.public[id]; ok {
		return p, nil
	}
	return keyring.PublicKey{}, unavailable(errors.New("the signing keys could not be read anew"))
}

// stored reads a key past the snapshot. The error is errContent for a key that
// does not exist, or of kind Unavailable.
func (k *Keys) stored(ctx context.Context, id string) (iam.SigningKey, error) {
	row, err := k.db.Read().SigningKey(ctx, id)
	switch {
	case iam.Is(err, iam.NotFound):
		return row, errContent
	case err != nil:
		return row, unavailable(err)
	}
	return row, nil
}

// signer is the active key. When stale the store says whether it still is, as
// with what [Cache] keeps. Kind: Unavailable.
func (k *Keys) signer(ctx context.Context, stale bool) (*keyring.Signer, error) {
	signer := k.get(ctx).signer
	if !stale {
		return signer, nil
	}
	row, err := k.stored(ctx, signer.Public().ID)
	if iam.Is(err, iam.Unavailable) {
		return nil, err
	}
	if err == nil && row.State == iam.KeyActive {
		return signer, nil
	}
	set, err := k.load(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	return set.signer, nil
}

// JWKS is the published key set (RFC 7517 section 5).
func (k *Keys) JWKS(ctx context.Context) []byte { return k.get(ctx).jwks }

// Algorithm is the algorithm of the active key.
func (k *Keys) Algorithm(ctx context.Context) string {
	return string(k.get(ctx).signer.Public().Algorithm)
}
