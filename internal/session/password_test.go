package session

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

const another = "battery staple"

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	old, _ := w.signIn(at("192.0.2.9"))
	token, s := w.signIn(home)
	w.write(func(tx *store.Tx) error {
		return tx.AddCode(iam.InvitationCode, "ann", []byte("code"), w.now().Add(time.Hour))
	})
	change := func(c iam.Caller, current, next string) error {
		return w.ChangePassword(ctx, c, keyring.Conceal(current), keyring.Conceal(next), s.Session.ID, home)
	}
	w.want(iam.Unauthenticated, "nobody", change(iam.Caller{}, right, another))
	w.want(iam.FailedPrecondition, "a service user", change(iam.NewCaller("robot", "on", nil), right, another))
	w.want(iam.InvalidArgument, "without a password so far", change(iam.NewCaller("bob", "on", nil), "", another))
	w.want(iam.InvalidArgument, "too short", change(s.Caller, right, "1234567"))
	w.want(iam.InvalidArgument, "too long", change(s.Caller, right, strings.Repeat("ä", iam.MaxPassword+1)))
	w.want(iam.InvalidArgument, "the same", change(s.Caller, right, right))
	w.want(iam.InvalidArgument, "a wrong current one", change(s.Caller, "wrong", another))
	if !w.resumes(old) || !w.resumes(token) || len(w.events()) != 0 {
		t.Error("a refusal has changed something")
	}
	w.ok(change(s.Caller, right, another))
	if w.resumes(old) || !w.resumes(token) {
		t.Error("the other session goes on, or its own ended")
	}
	w.want(iam.Unauthenticated, "the old password", w.try("ann", right, at("192.0.2.8")))
	w.ok(w.try("ann", another, at("192.0.2.8")))
	if _, err := w.Store.Read().CodeOf(ctx, iam.InvitationCode, []byte("code"), w.now()); !iam.Is(err, iam.NotFound) {
		t.Errorf("a code for another password is left: %v", err)
	}
	got := w.events()
	if len(got) != 1 || got[0].Type != iam.HumanPasswordSet || got[0].EditorID != "ann" || got[0].UserID != "ann" || got[0].OrgID != "on" || string(got[0].Payload) != "{}" {
		t.Errorf("events %+v", got)
	}
}

// TestGuessingTheCurrentPassword: a session left open is no way to learn it.
func TestGuessingTheCurrentPassword(t *testing.T) {
	w := newWorld(t)
	_, s := w.signIn(home)
	change := func(current string) error {
		return w.ChangePassword(t.Context(), s.Caller, keyring.Conceal(current), keyring.Conceal(another), "", home)
	}
	for range 5 {
		w.want(iam.InvalidArgument, "a guess", change("wrong"))
	}
	w.want(iam.ResourceExhausted, "the sixth", change(right))
	w.want(iam.ResourceExhausted, "a sign-in from there", w.try("ann", right, home))
	w.pass(5 * time.Minute)
	w.ok(change(right))
	if l, err := w.Sessions(t.Context(), s.Caller); err != nil || len(l) != 0 {
		t.Errorf("without one to keep there are left: %v, %v", l, err)
	}
}

// TestChangesAtOnce: of two changes of one password one wins.
func TestChangesAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{t: t}
		start := time.Now()
		w.clock.Store(&start)
		w.on(db)
		_, s := w.signIn(home)
		var won atomic.Int32
		var group sync.WaitGroup
		for _, next := range []string{"password number 1", "password number 2", "password number 3"} {
			group.Go(func() {
				err := w.ChangePassword(t.Context(), s.Caller, keyring.Conceal(right), keyring.Conceal(next), s.Session.ID, home)
				switch {
				case err == nil:
					won.Add(1)
				case !iam.Is(err, iam.FailedPrecondition) && !iam.Is(err, iam.InvalidArgument): // too late, or already too late to prove the old one
					t.Error(err)
				}
			})
		}
		if group.Wait(); won.Load() != 1 {
			t.Errorf("%d have won", won.Load())
		}
	})
}

// TestSignInDuringChange: a sign-in that has proved the old password and begins
// its session after the change gets none.
func TestSignInDuringChange(t *testing.T) {
	w := newWorld(t)
	u, err := w.human(t.Context(), "ann") // as a sign-in reads it
	w.ok(err)
	_, s := w.signIn(home)
	w.ok(w.ChangePassword(t.Context(), s.Caller, keyring.Conceal(right), keyring.Conceal(another), s.Session.ID, home))
	_, _, err = w.begin(t.Context(), u, home)
	w.want(iam.Unauthenticated, "begin", err)
}
