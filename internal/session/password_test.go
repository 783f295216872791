package session

import (
	"fmt"
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

// changePassword changes a password in home.
func (w *world) changePassword(s Signed, current, next string) (Begun, error) {
	return w.ChangePassword(w.t.Context(), s, keyring.Conceal(current), keyring.Conceal(next), home)
}

func errOf[T any](_ T, err error) error { return err }

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	old, _ := w.signIn(at("192.0.2.9"))
	token, s := w.signIn(home)
	for _, kind := range []iam.CodeKind{iam.InvitationCode, iam.SetupCode} {
		w.write(func(tx *store.Tx) error { return tx.AddCode(kind, "ann", []byte(kind), w.now().Add(time.Hour)) })
	}
	forged := func(userID string) Signed { return Signed{Session: iam.Session{ID: "x", UserID: userID}} }
	before := s
	before.Session.Generation--
	for _, test := range []struct {
		what          string
		signed        Signed
		current, next string
		want          iam.Kind
	}{
		{"nobody", Signed{}, right, another, iam.Unauthenticated},
		{"a service user", forged("robot"), right, another, iam.Unauthenticated},
		{"a user that is gone", forged("nemo"), right, another, iam.Unauthenticated},
		{"a locked user", forged("lou"), right, another, iam.Unauthenticated},
		{"a session that a password ended", before, right, another, iam.Unauthenticated},
		{"without a password so far", forged("bob"), "", another, iam.InvalidArgument},
		{"too short", s, right, "1234567", iam.InvalidArgument},
		{"too long", s, right, strings.Repeat("ä", iam.MaxPassword+1), iam.InvalidArgument},
		{"the same", s, right, right, iam.InvalidArgument},
		{"a wrong current one", s, "wrong", another, iam.InvalidArgument},
	} {
		begun, err := w.changePassword(test.signed, test.current, test.next)
		if w.want(test.want, test.what, err); begun.Token.Reveal() != "" {
			t.Errorf("%s: a session begins", test.what)
		}
	}
	if !w.resumes(old) || !w.resumes(token) || len(w.events()) != 0 {
		t.Error("a refusal has changed something")
	}
	begun, err := w.changePassword(s, right, another)
	w.ok(err)
	if w.resumes(old) || w.resumes(token) {
		t.Error("a session of before goes on")
	}
	if now := w.resume(begun); now.User.ID != "ann" || now.Session != begun.Session || begun.User.ID != "ann" {
		t.Errorf("begun %+v, resumed %+v", begun, now)
	}
	w.want(iam.Unauthenticated, "the old password", w.try("ann", right, at("192.0.2.8")))
	w.ok(w.try("ann", another, at("192.0.2.8")))
	for _, kind := range []iam.CodeKind{iam.InvitationCode, iam.SetupCode} {
		if _, err := w.Store.Read().CodeOf(ctx, kind, []byte(kind), w.now()); !iam.Is(err, iam.NotFound) {
			t.Errorf("a code for another password is left: %v", err)
		}
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
	for i := range 5 { // from elsewhere each time
		_, err := w.ChangePassword(t.Context(), s, keyring.Conceal("wrong"), keyring.Conceal(another), at(fmt.Sprintf("192.0.2.%d", i)))
		w.want(iam.InvalidArgument, "a guess", err)
	}
	w.want(iam.ResourceExhausted, "the sixth", errOf(w.changePassword(s, right, another)))
	w.ok(w.try("ann", right, home)) // whoever knows it signs in
	w.pass(5 * time.Minute)
	w.ok(errOf(w.changePassword(s, right, another)))
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
				_, err := w.changePassword(s, right, next)
				switch {
				case err == nil:
					won.Add(1)
				case !iam.Is(err, iam.FailedPrecondition) && !iam.Is(err, iam.Unauthenticated): // too late, or so late that the session has ended
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
// its session after the change gets none; and one whose row is there all the
// same, because it was written at the very moment, is refused.
func TestSignInDuringChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{t: t}
		start := time.Now()
		w.clock.Store(&start)
		w.on(db)
		u, err := w.human(t.Context(), "ann") // as a sign-in reads it
		w.ok(err)
		ok, err := w.verify(t.Context(), u.PasswordHash, keyring.Conceal(right))
		if w.ok(err); !ok {
			t.Fatal("it is the wrong password")
		}
		_, s := w.signIn(home)
		w.ok(errOf(w.changePassword(s, right, another)))
		w.want(iam.Unauthenticated, "begin", errOf(w.begin(t.Context(), u, home)))

		generation := func(by int64) { w.change("ann", func(u *iam.User) { u.Generation += by }) }
		generation(-1)
		begun, err := w.begin(t.Context(), u, home)
		w.ok(err)
		if !w.resumes(begun.Token.Reveal()) {
			t.Error("the row is not there")
		}
		generation(1)
		if w.resumes(begun.Token.Reveal()) {
			t.Error("the session of the old password is good")
		}
	})
}
