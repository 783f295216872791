package tokens

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// Keys are the instance's signing keys, as they are now.
type Keys struct {
	db     *store.DB
	master keyring.MasterKey

	current atomic.Pointer[keySet]
	outdate atomic.Bool // an event said that the keys changed
	loading sync.Mutex
}

type keySet struct {
	signer *keyring.Signer
	public map[string]keyring.PublicKey
	jwks   []byte
}

// LoadKeys reads the signing keys and follows their changes.
func LoadKeys(ctx context.Context, db *store.DB, master keyring.MasterKey) (*Keys, error) {
	k := &Keys{db: db, master: master}
	db.Subscribe(func(events []iam.Event) {
		for _, e := range events {
			if e.Type == iam.SigningKeyAdded || e.Type == iam.SigningKeyActivated {
				k.outdate.Store(true)
			}
		}
	})
	return k, k.load(ctx)
}

func (k *Keys) load(ctx context.Context) error {
	rows, err := k.db.Read().SigningKeys(ctx)
	if err != nil {
		return err
	}
	set := &keySet{public: make(map[string]keyring.PublicKey, len(rows))}
	public := make([]keyring.PublicKey, 0, len(rows))
	for _, row := range rows {
		alg, err := keyring.ParseAlgorithm(row.Algorithm)
		if err != nil {
			return fmt.Errorf("signing key %s: %w", row.ID, err)
		}
		p, err := keyring.ParsePublicKey(row.ID, alg, row.Public)
		if err != nil {
			return err
		}
		set.public[row.ID] = p
		public = append(public, p)
		if row.State != iam.KeyActive {
			continue
		}
		private, err := k.master.Open(keyring.SigningKeyRecord(row.ID), row.Private)
		if err != nil {
			return fmt.Errorf("signing key %s: %w", row.ID, err)
		}
		if set.signer, err = keyring.NewSigner(row.ID, alg, private); err != nil {
			return err
		}
	}
	if set.signer == nil {
		return fmt.Errorf("there is no active signing key")
	}
	if set.jwks, err = keyring.MarshalJWKS(public); err != nil {
		return err
	}
	k.current.Store(set)
	return nil
}

// set returns the current keys. When they changed, one request reads them
// anew; if that fails the old ones stay and the next request tries again.
func (k *Keys) set(ctx context.Context) *keySet {
	if k.outdate.Load() && k.loading.TryLock() {
		if k.outdate.Swap(false) {
			// The request that found out may end; the keys are for all.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
			if err := k.load(ctx); err != nil {
				k.outdate.Store(true)
				weblog.From(ctx).Set("signing_keys", "not read again: "+err.Error())
			}
			cancel()
		}
		k.loading.Unlock()
	}
	return k.current.Load()
}

// JWKS is the published key set (RFC 7517 section 5).
func (k *Keys) JWKS(ctx context.Context) []byte { return k.set(ctx).jwks }

// Algorithm is the algorithm of the active key.
func (k *Keys) Algorithm(ctx context.Context) string {
	return string(k.set(ctx).signer.Public().Algorithm)
}
