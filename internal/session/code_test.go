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
	use  func(w *world, code, password string) (Begun, error)
}

func doors() map[string]door {
	return map[string]door{
		"invitation": {iam.InvitationCode, keyring.NewInvitationCode, func(w *world, code, password string) (Begun, error) {
			return w.AcceptInvitation(w.t.Context(), keyring.Conceal(code), keyring.Conceal(password), home)
		}},
		"set-up": {iam.SetupCode, keyring.NewSetupCode, func(w *world, code, password string) (Begun, error) {
			return w.SetUp(w.t.Context(), keyring.Conceal(code), keyring.Conceal(password), home)
		}},
	}
}

// code makes one of a kind for a user, good for an hour. Root invites.
func (w *world) code(d door, userID string) string {
	w.t.Helper()
	code := d.draw().Reveal()
	hash := keyring.Hash(code)
	w.writeAs("root", func(tx *store.Tx) error { return tx.AddCode(d.kind, userID, hash[:], w.now().Add(time.Hour)) })
	return code
}

func TestCodes(t *testing.T) {
	for name, d := range doors() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.own("ann", "bob", "ivy", "lou", "otto")
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
			begun, err := d.use(w, code, another)
			w.ok(err)
			if s := w.resume(begun); begun.User.ID != "ann" || s.Caller.UserID() != "ann" || s.Session != begun.Session || s.MustChange {
				t.Errorf("it begins %+v", s)
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
	w.own("bob")
	code := w.code(d, "bob")
	_, err := d.use(w, " "+strings.ToLower(strings.ReplaceAll(code, "-", ""))+" ", another)
	w.ok(err)
	w.ok(w.try("bob", another, home))
}

func TestSetUpOpen(t *testing.T) {
	w := newWorld(t)
	w.own("bob")
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

// TestInviters: an invitation is good only while its inviter could give it, for
// all that the user has become since.
func TestInviters(t *testing.T) {
	member := func(userID string, level iam.Level, resource string, role iam.ManagerRole) func(*world) {
		return func(w *world) {
			w.write(func(tx *store.Tx) error {
				return tx.AddMembership(&iam.Membership{UserID: userID, Level: level, ResourceID: resource, Roles: []iam.ManagerRole{role}})
			})
		}
	}
	for _, test := range []struct {
		name, inviter string
		meanwhile     func(*world)
		good          bool
	}{
		{"nothing has happened", "ann", func(*world) {}, true},
		{"by the server itself", iam.SystemEditor, member("bob", iam.LevelInstance, "i", iam.IAMOwner), true},
		{"by nobody who ever was", "nemo", func(*world) {}, false},
		{"by one who could not", "lou", func(w *world) { w.change("lou", func(u *iam.User) { u.State = iam.Active }) }, false},
		{"the inviter is gone", "ann", func(w *world) { w.write(func(tx *store.Tx) error { return tx.RemoveUser("ann") }) }, false},
		{"the inviter is deactivated", "ann", func(w *world) { w.change("ann", func(u *iam.User) { u.State = iam.Inactive }) }, false},
		{"the inviter is locked", "ann", func(w *world) { w.change("ann", func(u *iam.User) { u.State = iam.Locked }) }, false},
		{"the inviter's organization is deactivated", "otto", func(w *world) { w.own("otto") }, false},
		{"the inviter owns the organization no more", "ann", func(w *world) {
			w.write(func(tx *store.Tx) error { return tx.RemoveMembership("ann", iam.LevelOrg, "on") })
		}, false},
		{"the user manages as much", "ann", member("bob", iam.LevelOrg, "on", iam.OrgOwner), true},
		{"the user manages more", "ann", member("bob", iam.LevelInstance, "i", iam.IAMOwner), false},
		{"the user manages elsewhere", "ann", member("bob", iam.LevelOrg, "off", iam.OrgOwner), false},
		{"so may the inviter", "root", member("bob", iam.LevelOrg, "off", iam.OrgOwner), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			code := keyring.NewInvitationCode()
			hash := keyring.Hash(code.Reveal())
			w.writeAs(test.inviter, func(tx *store.Tx) error {
				return tx.AddCode(iam.InvitationCode, "bob", hash[:], w.now().Add(time.Hour))
			})
			test.meanwhile(w)
			_, err := w.AcceptInvitation(t.Context(), code, keyring.Conceal(another), home)
			if test.good {
				w.ok(err)
				return
			}
			if w.want(iam.NotFound, "accept", err); !strings.Contains(err.Error(), "the invitation is no longer good; ask for a new one") {
				t.Errorf("it says %v", err)
			}
			_, err = w.Store.Read().CodeOf(t.Context(), iam.InvitationCode, hash[:], w.now())
			w.want(iam.NotFound, "the code", err)
			w.want(iam.Unauthenticated, "the password", w.try("bob", another, home))
		})
	}
}

// TestPromotedWhileHashing: who became more in the moment in which the password
// was hashed is not taken over.
func TestPromotedWhileHashing(t *testing.T) {
	w := newWorld(t)
	code := keyring.NewInvitationCode()
	hash := keyring.Hash(code.Reveal())
	w.writeAs("ann", func(tx *store.Tx) error {
		return tx.AddCode(iam.InvitationCode, "bob", hash[:], w.now().Add(time.Hour))
	})
	found, err := w.Store.Read().CodeOf(t.Context(), iam.InvitationCode, hash[:], w.now())
	w.ok(err)
	w.ok(errOf(holder(t.Context(), w.Store.Read(), iam.InvitationCode, found))) // as before the hash
	w.own("bob")
	_, err = w.use(t.Context(), iam.InvitationCode, "bob", hash[:], cheap(another), newBeginning(home, w.now()))
	w.want(iam.NotFound, "use", err)
	w.want(iam.Unauthenticated, "the password", w.try("bob", another, home))
}

// TestSetUpAsksAgain: the code is for an owner of the instance, when it is used too.
func TestSetUpAsksAgain(t *testing.T) {
	w := newWorld(t)
	code := w.code(doors()["set-up"], "bob")
	_, err := w.SetUp(t.Context(), keyring.Conceal(code), keyring.Conceal(another), home)
	if w.want(iam.NotFound, "of one who owns nothing", err); !strings.Contains(err.Error(), "does not own the instance") {
		t.Errorf("it says %v", err)
	}
	if open, err := w.SetUpOpen(t.Context()); err != nil || open {
		t.Errorf("the code is left: %v", err)
	}
}

// TestWrongCodesCostNoHash: they are answered while no password can be hashed.
func TestWrongCodesCostNoHash(t *testing.T) {
	for name, d := range doors() {
		w := newWorld(t)
		w.Passwords = nil
		_, err := d.use(w, d.draw().Reveal(), another)
		w.want(iam.NotFound, name, err)
	}
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
		w.own("bob")
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
