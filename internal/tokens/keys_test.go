package tokens

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

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
	add(iam.SigningKey{ID: "newer", Algorithm: "ML-DSA-44", State: iam.KeyInitial, Public: []byte("?"), Private: []byte("?")})
	want("after a newer node added a key", 3)
}

// A failure to read the keys leaves them as they were, and is not repeated by
// every request.
func TestKeysThatCannotBeRead(t *testing.T) {
	w := newWorld(t, keyring.ES256)
	keys, now := w.issuer.Keys, time.Now()
	keys.now = func() time.Time { return now }
	loads := 0
	load := keys.load
	keys.load = func(ctx context.Context) (*keySet, error) { loads++; return load(ctx) }
	change := func(fn func(*store.Tx) error) {
		t.Helper()
		err := w.db.Write(t.Context(), iam.SystemEditor, func(tx *store.Tx) error {
			return errors.Join(fn(tx), tx.Record(iam.Event{Type: iam.SigningKeyRemoved, Aggregate: iam.AggregateInstance}))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ask := func(when string, want int) {
		t.Helper()
		for range 3 {
			if n := published(t, keys); n != 1 {
				t.Errorf("%s: %d keys are published", when, n)
			}
		}
		if loads != want {
			t.Errorf("%s: the keys were read %d times, want %d", when, loads, want)
		}
	}
	change(func(tx *store.Tx) error {
		return tx.AddSigningKey(&iam.SigningKey{ID: "broken", Algorithm: "EdDSA", State: iam.KeyInitial, Public: []byte("?"), Private: []byte("?")})
	})
	ask("a broken key", 1)
	now = now.Add(shortestPause)
	ask("after a pause", 2)
	now = now.Add(shortestPause)
	ask("before the second pause ends", 2)
	now = now.Add(shortestPause)
	ask("after the second pause", 3)
	change(func(tx *store.Tx) error { return tx.RemoveSigningKey("broken") })
	ask("after it was mended", 4)
	now = now.Add(time.Hour)
	ask("much later", 4)
}

// A good token is not called bad because the keys cannot be read anew.
func TestTokenOfAKeyThatCannotBeRead(t *testing.T) {
	w := newWorld(t, keyring.ES256)
	w.now = time.Now()
	other := w.node(w.otherStore())
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	made := must(w.dir.CreateSigningKey(t.Context(), w.root, keyring.ES384, 0))
	must(w.dir.ActivateSigningKey(t.Context(), w.root, made.ID))
	token := must(w.issue(m, apiScope))
	load, fails := other.Keys.load, errors.New("no")
	other.Keys.load = func(ctx context.Context) (*keySet, error) {
		if fails != nil {
			return nil, fails
		}
		return load(ctx)
	}
	for _, when := range []string{"while reading fails", "in the pause after that"} {
		_, err := other.Caller(t.Context(), token)
		wantKind(t, when, err, iam.Unavailable)
	}
	fails = nil
	other.Keys.outdate()
	if _, err := other.Caller(t.Context(), token); err != nil {
		t.Errorf("when the keys can be read: %v", err)
	}
}

// What an event mends while a reading fails is read at once.
func TestMendedWhileReading(t *testing.T) {
	w := newWorld(t, keyring.ES256)
	keys, loads := w.issuer.Keys, 0
	load := keys.load
	keys.load = func(ctx context.Context) (*keySet, error) {
		if loads++; loads == 1 {
			keys.outdate()
			return nil, errors.New("no")
		}
		return load(ctx)
	}
	keys.outdate()
	for range 3 {
		keys.get(t.Context())
	}
	if loads != 2 {
		t.Errorf("the keys were read %d times", loads)
	}
}

// A node that has not heard its feed for too long asks the store.
func TestKeysOfANodeThatHearsNothing(t *testing.T) {
	w := newWorld(t, keyring.ES256)
	w.now = time.Now()
	other := w.node(w.otherStore())
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	before := must(w.issue(m, apiScope))
	old := must(w.dir.ListSigningKeys(t.Context(), w.root))[0]
	made := must(w.dir.CreateSigningKey(t.Context(), w.root, keyring.ES384, 0))
	must(w.dir.ActivateSigningKey(t.Context(), w.root, made.ID))
	must(w.dir.DeleteSigningKey(t.Context(), w.root, old.ID))
	l := iam.DefaultLifetimes()
	l.AccessToken = 90 * time.Second
	must(w.dir.SetLifetimes(t.Context(), w.root, l))
	if _, err := other.Caller(t.Context(), before); err != nil {
		t.Errorf("what is known is trusted for a while: %v", err)
	}
	other.Cache.staleMax = -time.Hour
	_, err := other.Caller(t.Context(), before)
	wantKind(t, "a token of a deleted key", err, iam.Unauthenticated)
	if signer, err := other.Keys.signer(t.Context(), true); err != nil || signer.Public().ID != made.ID {
		t.Errorf("another key signs: %v", err)
	}
	if got, err := other.Lifetimes.accessToken(t.Context(), true); err != nil || got != 90*time.Second {
		t.Errorf("tokens are good for %s, %v", got, err)
	}
}

// A key that is made, activated and deleted counts on every node: at once
// where it was done, with the feed on another.
func TestWebKeysOnTwoNodes(t *testing.T) {
	w := newWorld(t, keyring.ES256)
	w.now = time.Now()
	db := w.otherStore()
	other := w.node(db)
	ctx, stop := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() { db.Follow(ctx) })
	defer following.Wait()
	defer stop()
	hears := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the other node does not hear that %s", what)
			}
		}
	}
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	before := must(w.issue(m, apiScope))
	made := must(w.dir.CreateSigningKey(t.Context(), w.root, keyring.RS384, 2048))
	if n, alg := published(t, w.issuer.Keys), w.issuer.Keys.Algorithm(t.Context()); n != 2 || alg != "ES256" {
		t.Errorf("a key was made: %d are published, %s signs", n, alg)
	}
	must(w.dir.ActivateSigningKey(t.Context(), w.root, made.ID))
	after := must(w.issue(m, apiScope))
	if header, _, _, _, err := keyring.ParseCompact(after); err != nil || header.Kid != made.ID || header.Alg != keyring.RS384 {
		t.Errorf("after activation signs %+v, %v", header, err)
	}
	// Before the feed says so: whoever is shown the new token looks for its key.
	for when, token := range map[string]string{"before": before, "after": after} {
		for where, node := range map[string]*Issuer{"here": w.issuer, "on the other node": other} {
			if _, err := node.Caller(t.Context(), token); err != nil {
				t.Errorf("a token of %s is not good %s: %v", when, where, err)
			}
		}
	}
	hears("another key signs", func() bool { return other.Keys.Algorithm(t.Context()) == "RS384" })
	old := must(w.dir.ListSigningKeys(t.Context(), w.root))[0]
	must(w.dir.DeleteSigningKey(t.Context(), w.root, old.ID))
	_, err := w.issuer.Caller(t.Context(), before)
	wantKind(t, "a token of a deleted key", err, iam.Unauthenticated)
	hears("a key was deleted", func() bool { return published(t, other.Keys) == 1 })
	_, err = other.Caller(t.Context(), before)
	wantKind(t, "a token of a deleted key on the other node", err, iam.Unauthenticated)
}

func published(t *testing.T, k *Keys) int {
	t.Helper()
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(k.JWKS(t.Context()), &set); err != nil {
		t.Fatal(err)
	}
	return len(set.Keys)
}
