package session

import (
	"slices"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// TestResume: what ends a session, and what does not.
func TestResume(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(w *world, token string, s Signed)
		good bool
	}{
		{"at once", func(*world, string, Signed) {}, true},
		{"after a rest", func(w *world, _ string, _ Signed) { w.pass(2*time.Hour - time.Second) }, true},
		{"after too long a rest", func(w *world, _ string, _ Signed) { w.pass(2 * time.Hour) }, false},
		{"used all day", func(w *world, token string, _ Signed) {
			for range 7 {
				w.pass(100 * time.Minute)
				if !w.resumes(token) {
					w.t.Fatal("it ended early")
				}
			}
		}, true},
		{"used for longer than a day's work", func(w *world, token string, _ Signed) {
			for range 7 {
				w.pass(100 * time.Minute)
				w.resumes(token)
			}
			w.pass(20 * time.Minute)
		}, false},
		{"signed out", func(w *world, token string, _ Signed) {
			w.ok(w.SignOut(w.t.Context(), token))
			w.ok(w.SignOut(w.t.Context(), token))
		}, false},
		{"another session signed out", func(w *world, _ string, _ Signed) {
			other, _ := w.signIn(home)
			w.ok(w.SignOut(w.t.Context(), other))
		}, true},
		{"signed in again elsewhere", func(w *world, _ string, _ Signed) { w.signIn(at("192.0.2.2")) }, true},
		{"deactivated", func(w *world, _ string, _ Signed) { w.change("ann", func(u *iam.User) { u.State = iam.Inactive }) }, false},
		{"locked", func(w *world, _ string, _ Signed) { w.change("ann", func(u *iam.User) { u.State = iam.Locked }) }, false},
		{"deactivated and reactivated", func(w *world, _ string, _ Signed) { w.change("ann", func(u *iam.User) { u.Generation++ }) }, false},
		{"renamed", func(w *world, _ string, _ Signed) { w.change("ann", func(u *iam.User) { u.UserName = "hanna" }) }, true},
		{"its organization deactivated", func(w *world, _ string, _ Signed) { w.setOrg("on", iam.Inactive) }, false},
		{"another organization deactivated", func(w *world, _ string, _ Signed) { w.setOrg("off", iam.Inactive) }, true},
		{"removed", func(w *world, _ string, _ Signed) {
			w.write(func(tx *store.Tx) error { return tx.RemoveUser("ann") })
		}, false},
		{"ended", func(w *world, _ string, s Signed) { w.ok(w.End(w.t.Context(), s.Caller, s.Session.ID)) }, false},
		{"all others ended", func(w *world, _ string, s Signed) { w.ok(w.EndOthers(w.t.Context(), s.Caller, s.Session.ID)) }, true},
		{"swept", func(w *world, _ string, _ Signed) { w.ok(w.Store.Sweep(w.t.Context(), w.now())) }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			token, s := w.signIn(home)
			test.do(w, token, s)
			if good := w.resumes(token); good != test.good {
				t.Errorf("good: %v, want %v", good, test.good)
			}
		})
	}
}

// TestResumeRefuses everything that is no token of a session.
func TestResumeRefuses(t *testing.T) {
	w := newWorld(t)
	token, _ := w.signIn(home)
	for _, bad := range []string{"", "ann", token[:len(token)-1], token + "0", " " + token, keyring.NewSessionToken().Reveal(), keyring.NewPAT().Reveal()} {
		if w.resumes(bad) {
			t.Errorf("%q is good", bad)
		}
		w.ok(w.SignOut(t.Context(), bad))
	}
	if !w.resumes(token) {
		t.Error("the token is not good any more")
	}
	// No operation gives a service user a session; nothing may count on that.
	robot, err := w.Store.Read().User(t.Context(), "robot")
	w.ok(err)
	begun, err := w.begin(t.Context(), robot, home)
	if w.ok(err); w.resumes(begun.Token.Reveal()) {
		t.Error("a service user has a session")
	}
	// What has no form of ours is refused without the store, which is gone.
	w.ok(w.Store.Close())
	_, err = w.Resume(t.Context(), "lks_nonsense")
	w.want(iam.Unauthenticated, "a bad form without a store", err)
	if _, err := w.Resume(t.Context(), token); err == nil || iam.Is(err, iam.Unauthenticated) {
		t.Errorf("without a store: %v", err)
	}
}

// TestMustChange: whose password somebody else chose can change it, and nothing else.
func TestMustChange(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.change("ann", func(u *iam.User) { u.PasswordChange = true })
	token, s := w.signIn(home)
	if !s.MustChange || !s.Caller.Nobody() || s.Caller.Can(iam.UserRead, iam.Target{OrgID: "on"}) || s.User.ID != "ann" || s.Session.ID == "" {
		t.Errorf("signed in as %+v", s)
	}
	w.want(iam.Unauthenticated, "end others", w.EndOthers(ctx, s.Caller, ""))
	_, err := w.ChangePassword(ctx, s, keyring.Conceal(right), keyring.Conceal(right), home)
	w.want(iam.InvalidArgument, "the same again", err)
	begun, err := w.ChangePassword(ctx, s, keyring.Conceal(right), keyring.Conceal(another), home)
	w.ok(err)
	if w.resumes(token) {
		t.Error("the session of before goes on")
	}
	if s = w.resume(begun); s.MustChange || s.Caller.UserID() != "ann" || !s.Caller.Can(iam.UserWrite, iam.Target{OrgID: "on"}) {
		t.Errorf("after the change: %+v", s)
	}
	got := w.events()
	if len(got) != 1 || string(got[0].Payload) != `{"before":{"passwordChange":true},"after":{"passwordChange":false}}` {
		t.Errorf("events %+v", got)
	}
}

// TestLastSeen is noted once a minute.
func TestLastSeen(t *testing.T) {
	w := newWorld(t)
	token, s := w.signIn(home)
	began := w.now()
	for _, test := range []struct{ pass, seen time.Duration }{
		{0, 0}, {59 * time.Second, 0}, {time.Second, time.Minute}, {30 * time.Second, time.Minute}, {time.Hour, 61*time.Minute + 30*time.Second},
	} {
		w.pass(test.pass)
		if !w.resumes(token) {
			t.Fatal("it ended")
		}
		l, err := w.Sessions(t.Context(), s.Caller)
		w.ok(err)
		if len(l) != 1 || !l[0].LastSeen.Equal(began.Add(test.seen)) {
			t.Errorf("after %v: %+v, want seen after %v", w.now().Sub(began), l, test.seen)
		}
	}
}

// TestSessions: everyone sees and ends its own alone.
func TestSessions(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.change("bob", func(u *iam.User) { u.PasswordHash = cheap(right) })
	var tokens []string
	var mine Signed
	for i := range 3 {
		w.pass(time.Minute)
		token, s := w.signIn(at("192.0.2." + string(rune('1'+i))))
		tokens, mine = append(tokens, token), s
	}
	begun, err := w.SignIn(ctx, "bob", keyring.Conceal(right), home)
	w.ok(err)
	secret, bob := begun.Token, w.resume(begun)

	none := iam.Caller{}
	_, err = w.Sessions(ctx, none)
	w.want(iam.Unauthenticated, "nobody's", err)
	w.want(iam.Unauthenticated, "nobody ends", w.End(ctx, none, mine.Session.ID))
	w.want(iam.Unauthenticated, "nobody ends all", w.EndOthers(ctx, none, ""))
	w.want(iam.NotFound, "another ends", w.End(ctx, bob.Caller, mine.Session.ID))
	w.ok(w.EndOthers(ctx, bob.Caller, mine.Session.ID))
	if w.resumes(secret.Reveal()) || !w.resumes(tokens[0]) {
		t.Error("ending all of one's own ended another's, or nothing")
	}

	l, err := w.Sessions(ctx, mine.Caller)
	w.ok(err)
	var from []string
	for _, s := range l {
		from = append(from, s.Address)
	}
	if want := []string{"192.0.2.3", "192.0.2.2", "192.0.2.1"}; !slices.Equal(from, want) {
		t.Errorf("sessions from %v, want %v", from, want)
	}
	w.ok(w.End(ctx, mine.Caller, l[1].ID))
	w.want(iam.NotFound, "end it twice", w.End(ctx, mine.Caller, l[1].ID))
	w.ok(w.EndOthers(ctx, mine.Caller, mine.Session.ID))
	for i, want := range []bool{false, false, true} {
		if w.resumes(tokens[i]) != want {
			t.Errorf("session %d is good: %v, want %v", i, !want, want)
		}
	}
}
