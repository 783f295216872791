package tokens

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

func TestLoadKeys(t *testing.T) {
	w := newWorld(t, keyring.ES256)
	if alg := w.issuer.Keys.Algorithm(t.Context()); alg != "ES256" {
		t.Errorf("algorithm %s", alg)
	}
	if _, err := LoadKeys(t.Context(), w.db, must(keyring.NewMasterKey())); err == nil || !strings.Contains(err.Error(), "signing key") {
		t.Errorf("another master key: %v", err)
	}
	if _, err := LoadKeys(t.Context(), storetest.New(t), w.master); err == nil || !strings.Contains(err.Error(), "no active signing key") {
		t.Errorf("no keys: %v", err)
	}
}

// A key that another transaction adds is published and verifies from the next
// request on, and a load that fails leaves the keys as they were.
func TestKeysFollowEvents(t *testing.T) {
	w := newWorld(t, keyring.ES256)
	private, public, err := keyring.GenerateSigningKey(keyring.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	key := iam.SigningKey{ID: iam.NewID(), Algorithm: "EdDSA", State: "inactive", Public: public}
	if key.Private, err = w.master.Seal(keyring.SigningKeyRecord(key.ID), private); err != nil {
		t.Fatal(err)
	}
	if n := published(t, w.issuer.Keys); n != 1 {
		t.Fatalf("%d keys are published", n)
	}
	add := func(k iam.SigningKey) error {
		return w.db.Write(t.Context(), iam.SystemEditor, func(tx *store.Tx) error {
			if err := tx.AddSigningKey(&k); err != nil {
				return err
			}
			return tx.Record(iam.Event{Type: iam.SigningKeyAdded, Aggregate: iam.AggregateInstance, AggregateID: w.instance.ID})
		})
	}
	if err := add(key); err != nil {
		t.Fatal(err)
	}
	if n := published(t, w.issuer.Keys); n != 2 {
		t.Errorf("%d keys are published after one was added", n)
	}
	if alg := w.issuer.Keys.Algorithm(t.Context()); alg != "ES256" {
		t.Errorf("a key that is not active signs: %s", alg)
	}
	if err := add(iam.SigningKey{ID: iam.NewID(), Algorithm: "EdDSA", State: "inactive", Public: []byte("broken"), Private: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if n := published(t, w.issuer.Keys); n != 2 {
			t.Errorf("%d keys are published after a broken one was added", n)
		}
	}
}

func published(t *testing.T, k *Keys) int {
	t.Helper()
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(k.JWKS(t.Context()), &set); err != nil {
		t.Fatal(err)
	}
	return len(set.Keys)
}
