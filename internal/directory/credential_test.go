package directory_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// TestSecretID is for who may read the user.
func TestSecretID(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.human("h", "a")
	_, _, err := w.AddPAT(ctx, w.root, "plain-a", directory.NewPAT{ID: directory.NoSecret})
	w.ok(err)
	look := func(what string, c iam.Caller, id string, want string, kind iam.Kind) {
		t.Helper()
		got, err := w.SecretID(ctx, c, id)
		if kind != iam.Internal {
			w.want(kind, what, err)
		} else if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	want := directory.NoSecret
	for range 2 {
		look("nobody", iam.Caller{}, "plain-a", "", iam.Unauthenticated)
		look("another owner", w.callers["owner-b"], "plain-a", "", iam.NotFound)
		look("another owner in the context", w.callers["owner-b"].In("a"), "plain-a", "", iam.PermissionDenied)
		look("who may look", w.callers["viewer-a"], "plain-a", want, iam.Internal)
		look("the owner in the context", w.callers["owner-a"].In("a"), "plain-a", want, iam.Internal)
		look("itself", w.callers["plain-a"], "plain-a", want, iam.Internal)
		look("another context", w.root.In("b"), "plain-a", "", iam.NotFound)
		look("a user without", w.root, "plain-b", directory.NoSecret, iam.Internal)
		look("a human", w.root, "h", directory.NoSecret, iam.Internal)
		look("a user that is not there", w.root, "nemo", "", iam.NotFound)
		_, cred, _, err := w.GenerateSecret(ctx, w.root, "plain-a", nil)
		w.ok(err)
		want = cred.ID
	}
}

// TestReplacedSecret is the one that was seen, or none is made.
func TestReplacedSecret(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, c := t.Context(), w.callers["owner-a"]
	none, stranger := directory.NoSecret, "7"
	refused := func(kind iam.Kind, what, says string, c iam.Caller, replaces *string) {
		t.Helper()
		before := len(w.events())
		_, cred, secret, err := w.GenerateSecret(ctx, c, "plain-a", replaces)
		if w.want(kind, what, err); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", what, err, says)
		}
		if secret.Reveal() != "" || cred.ID != "" || len(w.events()) != before {
			t.Errorf("%s: the refused was given %+v", what, cred)
		}
	}
	// Who may not write does not learn whether there is another one.
	refused(iam.Unauthenticated, "nobody", "no caller", iam.Caller{}, &stranger)
	refused(iam.PermissionDenied, "another owner", "membership", w.callers["owner-b"], &stranger)
	refused(iam.PermissionDenied, "who may look", "permission", w.callers["viewer-a"], &stranger)
	refused(iam.Aborted, "one of before, where there is none", "the client secret was removed meanwhile", c, &stranger)
	refused(iam.Aborted, "no word of what was seen", "removed", c, new(""))
	_, first, _, err := w.GenerateSecret(ctx, c, "plain-a", &none)
	w.ok(err)
	says := "the client secret was changed meanwhile: another one was generated at " + first.Created.UTC().Format(time.RFC3339)
	refused(iam.Aborted, "the same form again", says, c, &none)
	refused(iam.Aborted, "some other", says, c, &stranger)
	_, second, _, err := w.GenerateSecret(ctx, c, "plain-a", &first.ID)
	w.ok(err)
	refused(iam.Aborted, "the form after it again", "another one was generated", c, &first.ID)
	if id, err := w.SecretID(ctx, c, "plain-a"); err != nil || id != second.ID {
		t.Errorf("%s is there, %v; want %s", id, err, second.ID)
	}
	_, err = w.RemoveSecret(ctx, c, "plain-a")
	w.ok(err)
	refused(iam.Aborted, "one that was removed", "removed meanwhile", c, &second.ID)
	for range 2 {
		_, _, _, err := w.GenerateSecret(ctx, c, "plain-a", nil)
		w.ok(err)
	}
}

// TestReplacedSecretAtOnce: of many who saw the same, one gets a secret.
func TestReplacedSecretAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx, c := t.Context(), w.callers["owner-a"]
		seen := directory.NoSecret
		for range 3 {
			const callers = 8
			var got [callers]iam.Credential
			var errs [callers]error
			var all sync.WaitGroup
			for i := range callers {
				all.Go(func() { _, got[i], _, errs[i] = w.GenerateSecret(ctx, c, "plain-a", &seen) })
			}
			all.Wait()
			var won []string
			for i, err := range errs {
				if err == nil {
					won = append(won, got[i].ID)
					continue
				}
				w.want(iam.Aborted, "who came later", err)
			}
			id, err := w.SecretID(ctx, c, "plain-a")
			if err != nil || len(won) != 1 || won[0] != id || id == seen {
				t.Fatalf("%v were made after %s, %s is there, %v", won, seen, id, err)
			}
			seen = id
		}
	})
}
