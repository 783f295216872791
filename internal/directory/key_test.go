package directory_test

import (
	"context"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// put writes what no operation would, with an event, without which nothing is kept.
func (w *world) put(fn func(*store.Tx) error) {
	w.t.Helper()
	w.ok(w.db.Write(w.t.Context(), w.root.UserID(), func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(iam.Event{Type: iam.OrgChanged, Aggregate: iam.AggregateOrg, AggregateID: "a", OrgID: "a"})
	}))
}

// TestNoRoomForKeys: who may not have a further key is told so before any is
// made, and the others that there is no room.
func TestNoRoomForKeys(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	w.Keys = &keyring.KeyMaker{} // has no slot
	w.put(func(tx *store.Tx) error {
		for range iam.MaxKeys {
			k := iam.Credential{ID: iam.NewID(), UserID: "viewer-a", OrgID: "a", Kind: iam.MachineKey, Verifier: []byte(iam.NewID())}
			if err := tx.AddCredential(&k); err != nil {
				return err
			}
		}
		return nil
	})
	add := func(ctx context.Context, id string) error {
		_, _, err := w.AddMachineKey(ctx, w.callers["owner-a"], id, directory.NewMachineKey{})
		return err
	}
	w.want(iam.FailedPrecondition, "beyond as many as there may be", add(t.Context(), "viewer-a"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	w.want(iam.Unavailable, "without a slot", add(ctx, "plain-a"))
	ctx, cancel = context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	w.want(iam.Unavailable, "a signing key without a slot", errOf(w.CreateSigningKey(ctx, w.root, keyring.RS256, 2048)))
	w.ok(errOf(w.CreateSigningKey(t.Context(), w.root, keyring.ES256, 0)))
}

// TestActivateWhatCannotSign is refused: from then on no token could be signed.
func TestActivateWhatCannotSign(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	made, err := w.CreateSigningKey(ctx, w.root, keyring.EdDSA, 0)
	w.ok(err)
	good, err := w.db.Read().SigningKey(ctx, made.ID)
	w.ok(err)
	other, err := keyring.NewMasterKey()
	w.ok(err)
	sealed := func(master keyring.MasterKey, id, der string) []byte {
		out, err := master.Seal(keyring.SigningKeyRecord(id), []byte(der))
		w.ok(err)
		return out
	}
	for id, k := range map[string]iam.SigningKey{
		"newer":  {Algorithm: "ML-DSA-44", Private: good.Private},
		"moved":  {Algorithm: "EdDSA", Private: good.Private}, // sealed for another record
		"other":  {Algorithm: "EdDSA", Private: sealed(other, "other", "x")},
		"broken": {Algorithm: "EdDSA", Private: sealed(w.Master, "broken", "x")},
	} {
		k.ID, k.State, k.Public = id, iam.KeyInitial, good.Public
		w.put(func(tx *store.Tx) error { return tx.AddSigningKey(&k) })
		w.want(iam.PermissionDenied, id, errOf(w.ActivateSigningKey(ctx, w.callers["owner-a"], id)))
		w.want(iam.FailedPrecondition, id, errOf(w.ActivateSigningKey(ctx, w.root, id)))
	}
	w.want(iam.NotFound, "none", errOf(w.ActivateSigningKey(ctx, w.root, "none")))
	w.ok(errOf(w.ActivateSigningKey(ctx, w.root, made.ID)))
	w.want(iam.Unchanged, "again", errOf(w.ActivateSigningKey(ctx, w.root, made.ID)))
}
