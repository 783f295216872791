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

// door is one of the two ways to use a code.
type door struct {
	kind iam.CodeKind
	draw func() keyring.Secret
	use  func(w *world, code, password string) (iam.User, error)
}

func doors() map[string]door {
	return map[string]door{
		"invitation": {iam.InvitationCode, keyring.NewInvitationCode, func(w *world, code, password string) (iam.User, error) {
			return w.AcceptInvitation(w.t.Context(), keyring.Conceal(code), keyring.Conceal(password), home)
		}},
		"set-up": {iam.SetupCode, keyring.NewSetupCode, func(w *world, code, password string) (iam.User, error) {
			return w.SetUp(w.t.Context(), keyring.Conceal(code), keyring.Conceal(password), home)
		}},
	}
}

// code makes one of a kind for a user, good for an hour.
func (w *world) code(d door, userID string) string {
	w.t.Helper()
	code := d.draw().Reveal()
	hash := keyring.Hash(code)
	w.write(func(tx *store.Tx) error { return tx.AddCode(d.kind, userID, hash[:], w.now().Add(time.Hour)) })
	return code
}

func TestCodes(t *testing.T) {
	for name, d := range doors() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			const gone = "the code is wrong, was used or has expired"
			refused := func(what, code string) {
				t.Helper()
				_, err := d.use(w, code, another)
				if w.want(iam.NotFound, what, err); err == nil || !strings.Contains(err.Error(), gone) {
					t.Errorf("%s: it says %v", what, err)
				}
			}
			refused("nothing", "")
			refused("nonsense", "nonsense")
			refused("an unknown code", d.draw().Reveal())
			for _, other := range doors() {
				if other.kind != d.kind {
					refused("a code of the other kind", w.code(other, "bob"))
				}
			}
			token, _ := w.signIn(home)
			code, second := w.code(d, "ann"), w.code(d, "ann")
			for _, bad := range []string{"", "1234567", strings.Repeat("ä", iam.MaxPassword+1)} {
				_, err := d.use(w, code, bad)
				w.want(iam.InvalidArgument, "a bad password", err)
			}
			if !w.resumes(token) || len(w.events()) != 0 {
				t.Error("a refusal has changed something")
			}
			u, err := d.use(w, code, another)
			if w.ok(err); u.ID != "ann" {
				t.Errorf("it is the code of %+v", u)
			}
			refused("a used code", code)
			refused("the user's other code", second)
			if w.resumes(token) {
				t.Error("the session of before goes on")
			}
			w.want(iam.Unauthenticated, "the password of before", w.try("ann", right, home))
			w.ok(w.try("ann", another, home))
			got := w.events()
			if len(got) != 1 || got[0].Type != iam.HumanPasswordSet || got[0].EditorID != "ann" || string(got[0].Payload) != `{"after":{"by":"`+string(d.kind)+`"}}` {
				t.Errorf("events %+v", got)
			}

			expired := w.code(d, "bob")
			w.pass(time.Hour)
			refused("an expired code", expired)
			for _, id := range []string{"ivy", "lou", "otto"} {
				code := w.code(d, id)
				_, err := d.use(w, code, another)
				w.want(iam.FailedPrecondition, "the code of "+id, err)
				w.change(id, func(u *iam.User) { u.State = iam.Active })
				if id == "otto" {
					w.setOrg("off", iam.Active)
				}
				_, err = d.use(w, code, another)
				w.ok(err) // the refusal has not used it up
			}
		})
	}
}

// TestTypedSetupCode: the set-up code is copied by hand.
func TestTypedSetupCode(t *testing.T) {
	w, d := newWorld(t), doors()["set-up"]
	code := w.code(d, "bob")
	_, err := d.use(w, " "+strings.ToLower(strings.ReplaceAll(code, "-", ""))+" ", another)
	w.ok(err)
	w.ok(w.try("bob", another, home))
}

func TestSetUpOpen(t *testing.T) {
	w := newWorld(t)
	open := func(want bool, when string) {
		t.Helper()
		if got, err := w.SetUpOpen(t.Context()); err != nil || got != want {
			t.Errorf("%s: open %v, %v", when, got, err)
		}
	}
	open(false, "at first")
	w.code(doors()["invitation"], "bob")
	open(false, "with an invitation")
	w.code(doors()["set-up"], "bob")
	open(true, "with a code")
	w.pass(time.Hour)
	open(false, "when it has expired")
	code := w.code(doors()["set-up"], "bob")
	_, err := w.SetUp(t.Context(), keyring.Conceal(code), keyring.Conceal(another), home)
	w.ok(err)
	open(false, "when it was used")
}

// TestGuessingCodes: one address may try thirty.
func TestGuessingCodes(t *testing.T) {
	w, d := newWorld(t), doors()["invitation"]
	code := w.code(d, "bob")
	for range 30 {
		_, err := d.use(w, d.draw().Reveal(), another)
		w.want(iam.NotFound, "a guess", err)
	}
	_, err := d.use(w, code, another)
	w.want(iam.ResourceExhausted, "the right one after thirty", err)
	w.pass(15 * time.Minute)
	_, err = d.use(w, w.code(d, "bob"), another)
	w.ok(err)
}

// TestOneUsesACode: of many at once.
func TestOneUsesACode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{t: t}
		start := time.Now()
		w.clock.Store(&start)
		w.on(db)
		for name, d := range doors() {
			code := w.code(d, "bob")
			var won atomic.Int32
			var group sync.WaitGroup
			for i := range 6 {
				group.Go(func() {
					_, err := d.use(w, code, "password number "+string(rune('1'+i)))
					if err == nil {
						won.Add(1)
					} else if !iam.Is(err, iam.NotFound) {
						t.Error(err)
					}
				})
			}
			if group.Wait(); won.Load() != 1 {
				t.Errorf("%s: %d have used it", name, won.Load())
			}
		}
	})
}
