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

// Keys that are added are published from the next request on, and do not sign
// before they are active; a load that fails leaves the keys as they were.
func TestKeysFollowEvents(t *testing.T) {
	w := newWorld(t, keyring.ES256)
	private, public, err := keyring.GenerateSigningKey(keyring.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	add := func(k iam.SigningKey) {
		t.Helper()
		err := w.db.Write(t.Context(), iam.SystemEditor, func(tx *store.Tx) error {
			if err := tx.AddSigningKey(&k); err != nil {
				return err
			}
			return tx.Record(iam.Event{Type: iam.SigningKeyAdded, Aggregate: iam.AggregateInstance, AggregateID: w.instance.ID})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(when string, keys int) {
		t.Helper()
		for range 2 {
			if n := published(t, w.issuer.Keys); n != keys {
				t.Errorf("%s: %d keys are published, want %d", when, n, keys)
			}
			if alg := w.issuer.Keys.Algorithm(t.Context()); alg != "ES256" {
				t.Errorf("%s: a key that is not active signs: %s", when, alg)
			}
		}
	}
	want("at first", 1)
	for i, id := range []string{"100000000000000001", "999999999999999999"} { // one before and one after the active key
		sealed := must(w.master.Seal(keyring.SigningKeyRecord(id), private))
		add(iam.SigningKey{ID: id, Algorithm: "EdDSA", State: "inactive", Public: public, Private: sealed})
		want("after a key was added", 2+i)
	}
	add(iam.SigningKey{ID: iam.NewID(), Algorithm: "EdDSA", State: "inactive", Public: []byte("broken"), Private: []byte("x")})
	want("after a broken key was added", 3)
}

func published(t *testing.T, k *Keys) int {
	t.Helper()
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(k.JWKS(t.Context()), &set); err != nil {
		t.Fatal(err)
	}
	return len(set.Keys)
}
