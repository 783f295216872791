package session

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

func TestSignIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{t: t}
		start := time.Now()
		w.clock.Store(&start)
		w.on(db)
		const wrong = "user name or password is wrong"
		for _, test := range []struct{ name, user, password, says string }{
			{"nobody", "", "", wrong},
			{"nobody, with a password", "", right, wrong},
			{"an unknown name", "nemo", right, wrong},
			{"a name that cannot be stored", "a\x00\xff", right, wrong},
			{"a service user", "robot", right, wrong},
			{"a human without a password", "bob", right, wrong},
			{"no password where there is none", "bob", "", wrong},
			{"no password", "ann", "", wrong},
			{"a wrong password", "ann", "Correct horse", wrong},
			{"deactivated, wrong", "ivy", "x", wrong},
			{"deactivated", "ivy", right, "deactivated"},
			{"locked, wrong", "lou", "x", wrong},
			{"locked", "lou", right, "locked"},
			{"of a deactivated organization, wrong", "otto", "x", wrong},
			{"of a deactivated organization", "otto", right, "organization is deactivated"},
			{"right", "ann", right, ""},
			{"right, in capitals", "ANN", right, ""},
		} {
			begun, err := w.SignIn(t.Context(), test.user, keyring.Conceal(test.password), home)
			token := begun.Token
			if test.says == "" {
				if err != nil || !w.resumes(token.Reveal()) {
					t.Errorf("%s: %v", test.name, err)
				}
				continue
			}
			e, ok := errors.AsType[*iam.Error](err)
			if !ok || e.Kind != iam.Unauthenticated || !strings.Contains(e.Message, test.says) || test.says == wrong && (e.Message != wrong || e.Err != nil) {
				t.Errorf("%s: %v", test.name, err)
			}
			if token.Reveal() != "" {
				t.Errorf("%s: a token was made", test.name)
			}
		}
		if got := w.events(); len(got) != 0 {
			t.Errorf("sign-ins have recorded %v", got)
		}
	})
}

// TestSignedIn is what is kept of a sign-in.
func TestSignedIn(t *testing.T) {
	w := newWorld(t)
	begun, err := w.SignIn(t.Context(), "ann", keyring.Conceal(right), From{Address: "2001:db8::1", Agent: "Brow\u202eser\x00 \xff1", Device: "nonsense"})
	w.ok(err)
	s, token := begun.Session, begun.Token
	if begun.User.ID != "ann" || !keyring.LooksLikeDeviceToken(begun.Device.Reveal()) {
		t.Errorf("begun %+v", begun)
	}
	if s.UserID != "ann" || s.Address != "2001:db8::1" || s.Agent != "Browser 1" || !s.Expires.Equal(w.now().Add(12*time.Hour)) {
		t.Errorf("session %+v", s)
	}
	signed, err := w.Resume(t.Context(), token.Reveal())
	w.ok(err)
	if signed.Session != s || signed.User.ID != "ann" || signed.Caller.UserID() != "ann" || signed.Caller.OrgID() != "on" {
		t.Errorf("resumed %+v, want %+v", signed, s)
	}
	if !signed.Caller.Can(iam.UserWrite, iam.Target{OrgID: "on"}) || signed.Caller.Can(iam.UserWrite, iam.Target{OrgID: "off"}) {
		t.Error("the caller has not the rights that its memberships give")
	}
	if other, err := w.SignIn(t.Context(), "ann", keyring.Conceal(right), home); err != nil || other.Token.Reveal() == token.Reveal() {
		t.Errorf("the same token twice, %v", err)
	}
}

// TestLockout: who guesses waits; whom the guesses are at waits less, or not at all.
func TestLockout(t *testing.T) {
	t.Run("one user from one address", func(t *testing.T) {
		w := newWorld(t)
		for range 4 {
			w.want(iam.Unauthenticated, "a mistake", w.try("ann", "wrong", home))
		}
		for range 3 {
			w.ok(w.try("ann", right, home)) // counts nothing, and forgets nothing
		}
		w.want(iam.Unauthenticated, "a mistake", w.try("Ann", "wrong", home))
		err := w.try("aNN", right, home)
		if w.want(iam.ResourceExhausted, "the right one after five mistakes", err); !strings.Contains(err.Error(), "try again in 5 minutes") {
			t.Errorf("it says %v", err)
		}
		w.ok(w.try("ann", right, at("192.0.2.2")))
		w.want(iam.Unauthenticated, "another user from there", w.try("ivy", right, home))
		w.pass(4*time.Minute + time.Second)
		if err := w.try("ann", right, home); err == nil || !strings.Contains(err.Error(), "try again in 1 minute") || strings.Contains(err.Error(), "minutes") {
			t.Errorf("it says %v", err)
		}
		w.pass(time.Minute)
		w.ok(w.try("ann", right, home))
	})
	t.Run("one network of IPv6", func(t *testing.T) {
		w := newWorld(t)
		for _, address := range []string{"2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::", "2001:db8::3", "2001:db8::4"} {
			w.want(iam.Unauthenticated, "a mistake", w.try("ann", "wrong", at(address)))
		}
		w.want(iam.ResourceExhausted, "from the same network", w.try("ann", right, at("2001:db8::5")))
		w.ok(w.try("ann", right, at("2001:db8:0:1::5")))
	})
	t.Run("one address", func(t *testing.T) {
		w := newWorld(t)
		for i := range 30 { // of a hash each, without waiting for the hash
			_, err := w.take(t.Context(), w.now(), addressLimit(home.Address))
			if err != nil {
				t.Fatalf("attempt %d: %v", i, err)
			}
		}
		err := w.try("ann", right, home)
		if w.want(iam.ResourceExhausted, "the right one after thirty of others", err); !strings.Contains(err.Error(), "15 minutes") {
			t.Errorf("it says %v", err)
		}
		_, err = w.SetUp(t.Context(), keyring.NewSetupCode(), keyring.Conceal("a new password"), home)
		w.want(iam.ResourceExhausted, "a code from there", err)
		w.ok(w.try("ann", right, at("192.0.2.2")))
		w.pass(15 * time.Minute)
		w.ok(w.try("ann", right, home))
	})
	t.Run("one user from many addresses", func(t *testing.T) {
		w := newWorld(t)
		begun, err := w.SignIn(t.Context(), "ann", keyring.Conceal(right), home)
		w.ok(err)
		for i := range 20 {
			from := at("198.51.100." + string(rune('a'+i)))
			w.want(iam.Unauthenticated, "a mistake", w.try("ann", "wrong", from))
		}
		elsewhere := at("203.0.113.1")
		err = w.try("ann", right, elsewhere)
		if w.want(iam.ResourceExhausted, "the right one from somewhere new", err); !strings.Contains(err.Error(), "1 minute") {
			t.Errorf("it says %v", err)
		}
		w.want(iam.ResourceExhausted, "from where she was before", w.try("ann", right, home))
		w.ok(w.try("ann", right, begun.in(elsewhere))) // with a device that is known
		w.pass(time.Minute)
		w.ok(w.try("ann", right, elsewhere))
	})
}

// TestDevices: a browser in which she has signed in is hers alone, and limited
// by itself alone.
func TestDevices(t *testing.T) {
	signIn := func(w *world, name string, from From) Begun {
		t.Helper()
		begun, err := w.SignIn(t.Context(), name, keyring.Conceal(right), from)
		w.ok(err)
		return begun
	}
	// attacked is a world in which nothing is left of home for ann.
	attacked := func(t *testing.T, w *world) {
		t.Helper()
		for range 5 {
			w.want(iam.Unauthenticated, "a guess", w.try("ann", "wrong", home))
		}
		w.want(iam.ResourceExhausted, "a device of which nothing is known", w.try("ann", right, home))
	}
	t.Run("held off by nobody", func(t *testing.T) {
		w := newWorld(t)
		mine := signIn(w, "ann", home)
		attacked(t, w)
		again := signIn(w, "ann", mine.in(home))
		if again.Device.Reveal() != mine.Device.Reveal() {
			t.Error("the device was given another token")
		}
		for range 5 {
			w.want(iam.Unauthenticated, "a mistake", w.try("ann", "wrong", mine.in(home)))
		}
		w.want(iam.ResourceExhausted, "after five mistakes in it", w.try("ann", right, mine.in(home)))
		w.want(iam.ResourceExhausted, "from elsewhere", w.try("ann", right, mine.in(at("192.0.2.7"))))
		w.ok(w.try("ann", right, at("192.0.2.7"))) // its mistakes count nowhere else
		w.pass(5 * time.Minute)
		w.ok(w.try("ann", right, mine.in(home)))
	})
	t.Run("for as long as it is used", func(t *testing.T) {
		w := newWorld(t)
		mine := signIn(w, "ann", home)
		for range 2 {
			w.pass(iam.DeviceLifetime - time.Second)
			attacked(t, w)
			w.ok(w.try("ann", right, mine.in(home)))
		}
		w.pass(iam.DeviceLifetime)
		attacked(t, w)
		w.want(iam.ResourceExhausted, "a device of long ago", w.try("ann", right, mine.in(home)))
		w.pass(5 * time.Minute)
		if signIn(w, "ann", mine.in(home)).Device.Reveal() == mine.Device.Reveal() {
			t.Error("the device of long ago goes on")
		}
	})
	t.Run("for one user", func(t *testing.T) {
		w := newWorld(t)
		his := signIn(w, "root", home)
		attacked(t, w)
		w.want(iam.ResourceExhausted, "another user's device", w.try("ann", right, his.in(home)))
		unknown := From{Address: home.Address, Device: keyring.NewDeviceToken().Reveal()}
		w.want(iam.ResourceExhausted, "a token that nobody was given", w.try("ann", right, unknown))
		w.pass(5 * time.Minute)
		if signIn(w, "ann", his.in(home)).Device.Reveal() == his.Device.Reveal() {
			t.Error("a device is of two users")
		}
	})
	t.Run("until another password is set in another", func(t *testing.T) {
		w := newWorld(t)
		old, used := signIn(w, "ann", home), signIn(w, "ann", at("192.0.2.5"))
		begun, err := w.ChangePassword(t.Context(), w.resume(used), keyring.Conceal(right), keyring.Conceal(another), used.in(home))
		if w.ok(err); begun.Device.Reveal() != used.Device.Reveal() {
			t.Error("the device in which it was set was given another token")
		}
		attacked(t, w)
		w.want(iam.ResourceExhausted, "another device", w.try("ann", another, old.in(home)))
		w.ok(w.try("ann", another, used.in(home)))
	})
	t.Run("from a code on", func(t *testing.T) {
		for name, d := range doors() {
			w := newWorld(t)
			w.own("ann")
			old := signIn(w, "ann", home)
			begun, err := d.use(w, w.code(d, "ann"), right)
			if w.ok(err); begun.Device.Reveal() == old.Device.Reveal() {
				t.Errorf("%s: the device of before was not shown, and goes on", name)
			}
			attacked(t, w)
			w.want(iam.ResourceExhausted, name+", a device of before", w.try("ann", right, old.in(home)))
			w.ok(w.try("ann", right, begun.in(home)))
		}
	})
}

// TestRefusalsWriteNothing: who is refused costs a read.
func TestRefusalsWriteNothing(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.want(iam.Unauthenticated, "a mistake", w.try("ann", "wrong", home))
	}
	// A write that goes on holds up every other one, for as long as the test likes.
	w.write(func(*store.Tx) error {
		w.want(iam.ResourceExhausted, "refused", w.try("ann", right, home))
		return nil
	})
}

// TestUnknownNamesAreLimitedAlike: refusals do not tell who exists.
func TestUnknownNamesAreLimitedAlike(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		known, unknown := w.try("bob", "x", at("192.0.2.1")), w.try("nemo", "x", at("192.0.2.2"))
		if known.Error() != unknown.Error() {
			t.Errorf("attempt %d: %v, %v", i, known, unknown)
		}
	}
	for range 20 {
		_, err := w.take(t.Context(), w.now(), nameLimit("nobody"))
		w.ok(err)
	}
	w.want(iam.ResourceExhausted, "an unknown name from everywhere", w.try("NOBODY", "x", at("192.0.2.3")))
}

// TestRefusedAttemptsCountNothing: who waits is not kept waiting by trying.
func TestRefusedAttemptsCountNothing(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.want(iam.Unauthenticated, "a mistake", w.try("ann", "wrong", home))
	}
	for range 40 {
		w.want(iam.ResourceExhausted, "refused", w.try("ann", "wrong", home))
	}
	w.want(iam.Unauthenticated, "another user from there", w.try("ivy", right, home))
	w.pass(5 * time.Minute)
	w.ok(w.try("ann", right, home))
}

// TestManyAtOnce: the limit holds for guesses that are made together.
func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	var compared atomic.Int32
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			switch _, err := w.SignIn(t.Context(), "ann", keyring.Conceal("wrong"), home); {
			case iam.Is(err, iam.Unauthenticated):
				compared.Add(1)
			case !iam.Is(err, iam.ResourceExhausted):
				t.Error(err)
			}
		})
	}
	if group.Wait(); compared.Load() != 5 {
		t.Errorf("%d passwords were compared, want 5", compared.Load())
	}
}

// TestNoRoomToHash: it is said, and counts nothing.
func TestNoRoomToHash(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		u, err := w.human(ctx, "ann")
		w.ok(err)
		taken, err := w.take(ctx, w.now(), pairLimit("ann", home.Address))
		w.ok(err)
		cancel()
		_, err = w.verify(ctx, u.PasswordHash, keyring.Conceal(right))
		w.want(iam.Unavailable, "verify", err)
		w.giveBack(ctx, taken) // although its request is over
	}
	w.ok(w.try("ann", right, home))
}

// TestNamesAreNotKept: what is typed as a user name may be a password.
func TestNamesAreNotKept(t *testing.T) {
	for _, l := range []limit{pairLimit("hunter2", "192.0.2.1"), nameLimit("hunter2"), addressLimit("192.0.2.1"), deviceLimit("hunter2")} {
		if len(l.key) != 64 || strings.Contains(l.key, "hunter2") || strings.Contains(l.key, "192.0.2.1") {
			t.Errorf("key %q", l.key)
		}
	}
	if pairLimit("a", `b" "c`).key == pairLimit(`a" "b`, "c").key {
		t.Error("two pairs have one key")
	}
}

func TestPlace(t *testing.T) {
	for address, want := range map[string]string{
		"": "", "unix": "unix", "192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1",
		"2001:db8::1": "2001:db8::/64", "2001:db8:0:0:1::": "2001:db8::/64", "2001:db8:0:1::": "2001:db8:0:1::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := place(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func FuzzFrom(f *testing.F) {
	f.Add("192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64)")
	f.Add("\x00", "a\u202eb\xff\ufffd\u2028"+strings.Repeat("ü", 300))
	f.Fuzz(func(t *testing.T, address, agent string) {
		from := From{Address: address, Agent: agent, Device: agent}.clean()
		if from.Device != "" && !keyring.LooksLikeDeviceToken(from.Device) {
			t.Fatalf("the device %q is kept", from.Device)
		}
		for _, text := range []string{from.Address, from.Agent} {
			if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxAgent ||
				strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || !unicode.IsGraphic(r) }) {
				t.Fatalf("%q is kept", text)
			}
		}
		if again := from.clean(); again != from {
			t.Fatalf("%+v is not clean: %+v", from, again)
		}
		if place(place(from.Address)) == "" && from.Address != "" {
			t.Fatalf("%q has no place", from.Address)
		}
	})
}
