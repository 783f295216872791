package storetest

import (
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

const hour = time.Hour

func addSession(t testing.TB, db *store.DB, s iam.Session) {
	t.Helper()
	if s.LastSeen.IsZero() {
		s.LastSeen = s.Created
	}
	if s.Expires.IsZero() {
		s.Expires = s.Created.Add(iam.SessionLifetime)
	}
	if known, err := db.BeginSession(t.Context(), newSession(s, "")); err != nil || known {
		t.Fatalf("session %s: %v, %v", s.ID, known, err)
	}
}

// newSession is a session with a token and a device named after it, which the
// device of another session may have shown.
func newSession(s iam.Session, shown string) store.NewSession {
	n := store.NewSession{Session: s, Token: []byte("token of " + s.ID), Device: []byte("device of " + s.ID)}
	if shown != "" {
		n.Shown = []byte("device of " + shown)
	}
	return n
}

// liveSessions are a user's at a time, newest first.
func liveSessions(t testing.TB, db *store.DB, userID string, now time.Time) (ids []string) {
	t.Helper()
	l, err := db.Read().SessionsOf(t.Context(), userID, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range l {
		ids = append(ids, s.ID)
	}
	return ids
}

// sessions begin, are seen, end, and go.
func sessions(t *testing.T, cfg store.Config) {
	cfg.Now = func() time.Time { return page2030 }
	db := Open(t, cfg)
	populate(t, db)
	ctx, now := t.Context(), page2030
	before := len(events(t, db))
	for i, id := range []string{"s1", "s2", "s3", "s4"} {
		addSession(t, db, iam.Session{ID: id, UserID: "ua", Address: "192.0.2." + fmt.Sprint(i%2), Agent: "Browser ü", Created: now.Add(time.Duration(i) * time.Minute)})
	}
	addSession(t, db, iam.Session{ID: "other", UserID: "ub", Address: "192.0.2.9", Created: now})
	stranger := iam.Session{ID: "x", UserID: "nobody", Created: now, LastSeen: now, Expires: now.Add(hour)}
	_, err := db.BeginSession(ctx, newSession(stranger, ""))
	wantKind(t, "a session of nobody", err, iam.NotFound)
	stranger.UserID, stranger.Generation = "ua", 7
	_, err = db.BeginSession(ctx, newSession(stranger, ""))
	wantKind(t, "a session of another generation", err, iam.NotFound)
	if there, err := db.Read().HasDevice(ctx, "ua", []byte("device of x"), now); err != nil || there {
		t.Errorf("a device is known that began nothing: %v", err)
	}

	s, err := db.Read().SessionByToken(ctx, []byte("token of s2"))
	want := iam.Session{
		ID: "s2", UserID: "ua", Address: "192.0.2.1", Agent: "Browser ü",
		Created: now.Add(time.Minute), LastSeen: now.Add(time.Minute), Expires: now.Add(time.Minute + iam.SessionLifetime),
	}
	if err != nil || s != want {
		t.Errorf("session %+v, %v, want %+v", s, err, want)
	}
	_, err = db.Read().SessionByToken(ctx, []byte("token of s9"))
	wantKind(t, "an unknown token", err, iam.NotFound)
	wantEqual(t, "sessions", liveSessions(t, db, "ua", now.Add(hour)), []string{"s4", "s3", "s2", "s1"}, nil)

	// Seen: only when that is not known already.
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(db.TouchSession(ctx, "s2", now.Add(90*time.Minute), now.Add(89*time.Minute)))
	check(db.TouchSession(ctx, "s2", now.Add(91*time.Minute), now.Add(89*time.Minute)))
	s, err = db.Read().SessionByToken(ctx, []byte("token of s2"))
	if err != nil || !s.LastSeen.Equal(now.Add(90*time.Minute)) {
		t.Errorf("seen at %v, %v", s.LastSeen, err)
	}
	wantEqual(t, "after two idle hours", liveSessions(t, db, "ua", now.Add(3*hour)), []string{"s2"}, nil)
	wantEqual(t, "after their lifetime", liveSessions(t, db, "ua", now.Add(13*hour)), nil, nil)

	wantKind(t, "end another's", db.EndSession(ctx, "ub", "s1"), iam.NotFound)
	check(db.EndSession(ctx, "ua", "s1"))
	wantKind(t, "end it twice", db.EndSession(ctx, "ua", "s1"), iam.NotFound)
	_, err = db.Read().SessionByToken(ctx, []byte("token of s1"))
	wantKind(t, "an ended session", err, iam.NotFound)
	check(db.EndSessions(ctx, "ua", "s3"))
	wantEqual(t, "after ending all others", liveSessions(t, db, "ua", now.Add(hour)), []string{"s3"}, nil)
	wantEqual(t, "of the other user", liveSessions(t, db, "ub", now.Add(hour)), []string{"other"}, nil)

	if got := len(events(t, db)); got != before {
		t.Errorf("sessions have recorded %d events", got-before)
	}
	generations(t, db)
	swept(t, db, raw(t, cfg), now)
}

// generations: a session ends with its user's, even if it should still be there.
func generations(t *testing.T, db *store.DB) {
	t.Helper()
	now := page2030.Add(hour)
	addSession(t, db, iam.Session{ID: "s5", UserID: "ua", Created: now})
	generation := func(g int64, also func(*store.Tx) error) {
		t.Helper()
		write(t, db, func(tx *store.Tx) error {
			u, err := tx.User(t.Context(), "ua")
			if err != nil {
				return err
			}
			u.Generation = g
			return errors.Join(tx.SetUser(&u), also(tx))
		})
	}
	generation(1, func(*store.Tx) error { return nil })
	wantEqual(t, "of a generation before", liveSessions(t, db, "ua", now), nil, nil)
	generation(0, func(*store.Tx) error { return nil })
	wantEqual(t, "of this generation", liveSessions(t, db, "ua", now), []string{"s5", "s3"}, nil)
	generation(1, func(tx *store.Tx) error {
		known, err := tx.BeginSession(newSession(iam.Session{
			ID: "s6", UserID: "ua", Generation: 1, Created: now, LastSeen: now, Expires: now.Add(hour),
		}, "s5"))
		if err == nil && !known {
			err = errors.New("the device is not known")
		}
		return err
	})
	wantEqual(t, "of the next one", liveSessions(t, db, "ua", now), []string{"s6"}, nil)
	generation(0, func(tx *store.Tx) error { return tx.EndSessions("ua") })
	wantEqual(t, "ended", liveSessions(t, db, "ua", now), nil, nil)
}

// swept: what is of no use any more goes, the rest stays.
func swept(t *testing.T, db *store.DB, file *sql.DB, now time.Time) {
	t.Helper()
	ctx := t.Context()
	write(t, db, all(
		func(tx *store.Tx) error { return tx.AddCode(iam.SetupCode, "ua", []byte("dead"), now.Add(hour)) },
		func(tx *store.Tx) error { return tx.AddCode(iam.SetupCode, "ua", []byte("live"), now.Add(40*24*hour)) },
	))
	addSession(t, db, iam.Session{ID: "late", UserID: "ub", Created: now.Add(20 * 24 * hour)})
	count := func(table string) (n int) {
		t.Helper()
		if err := file.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, key := range []string{"old", "new"} {
		at := now
		if key == "new" {
			at = now.Add(31 * 24 * hour)
		}
		if _, err := db.TakeAttempt(ctx, key, 1, hour, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		days                              int
		sessions, codes, devices, attempt int
	}{{0, 2, 2, 7, 2}, {19, 1, 1, 7, 1}, {31, 0, 1, 7, 1}, {95, 0, 0, 1, 0}, {120, 0, 0, 0, 0}} {
		if err := db.Sweep(ctx, now.Add(time.Duration(test.days)*24*hour)); err != nil {
			t.Fatal(err)
		}
		s, c, d, a := count("sessions"), count("codes"), count("devices"), count("attempts")
		if s != test.sessions || c != test.codes || d != test.devices || a != test.attempt {
			t.Errorf("after %d days: %d sessions, %d codes, %d devices, %d attempts, want %+v", test.days, s, c, d, a, test)
		}
	}
}

// codes are used once, by one of many, and only while they are good.
func codes(t *testing.T, cfg store.Config) {
	c := &clock{page2030}
	cfg.Now = c.now
	db := Open(t, cfg)
	populate(t, db)
	add := func(kind iam.CodeKind, user, code string) {
		write(t, db, func(tx *store.Tx) error { return tx.AddCode(kind, user, []byte(code), c.Add(hour)) })
	}
	// holder is who may use a code, whose inviter must be the editor of the write.
	holder := func(c store.Code, err error) (string, error) {
		t.Helper()
		if err == nil && c.InviterID != "editor" {
			t.Errorf("the inviter of %+v is not who wrote it", c)
		}
		return c.UserID, err
	}
	take := func(kind iam.CodeKind, code string) (string, error) {
		var taken store.Code
		err := try(t, db, func(tx *store.Tx) error {
			var err error
			taken, err = tx.TakeCode(kind, []byte(code))
			return err
		})
		return holder(taken, err)
	}
	add(iam.SetupCode, "ua", "one")
	add(iam.InvitationCode, "ua", "two")
	add(iam.InvitationCode, "ub", "three")
	err := try(t, db, func(tx *store.Tx) error { return tx.AddCode(iam.SetupCode, "ub", []byte("one"), c.Time) })
	wantKind(t, "the same code twice", err, iam.AlreadyExists)
	for user, want := range map[string]time.Time{"ua": page2030, "ub": page2030, "h": {}, "": {}} {
		if at, err := db.Read().InvitedAt(t.Context(), user, page2030); err != nil || !at.Equal(want) {
			t.Errorf("%q is invited at %v, %v, want %v", user, at, err, want)
		}
	}
	if at, err := db.Read().InvitedAt(t.Context(), "ua", page2030.Add(hour)); err != nil || !at.IsZero() {
		t.Errorf("an invitation that has expired: %v, %v", at, err)
	}
	for _, test := range []struct {
		kind iam.CodeKind
		code string
		at   time.Time
		want string // whose; empty for nobody's
	}{
		{iam.SetupCode, "", page2030, ""},
		{iam.SetupCode, "four", page2030, ""},
		{iam.SetupCode, "two", page2030, ""},
		{iam.SetupCode, "one", page2030.Add(hour), ""},
		{iam.SetupCode, "one", page2030.Add(hour - time.Microsecond), "ua"},
		{iam.InvitationCode, "three", page2030, "ub"},
	} {
		c.Time = test.at
		found, err := holder(db.Read().CodeOf(t.Context(), test.kind, []byte(test.code), c.Time))
		if found != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s %q is of %q, %v, want %q", test.kind, test.code, found, err, test.want)
		}
		for i, want := range []string{test.want, ""} {
			got, err := take(test.kind, test.code)
			if got != want || want == "" && !iam.Is(err, iam.NotFound) {
				t.Errorf("%s %q taken for the %dth time: %q, %v, want %q", test.kind, test.code, i+1, got, err, want)
			}
		}
	}
	for kind, want := range map[iam.CodeKind]bool{iam.SetupCode: false, iam.InvitationCode: true} {
		if there, err := db.Read().HasCode(t.Context(), kind, c.Time); err != nil || there != want {
			t.Errorf("a live code of kind %s: %v, %v", kind, there, err)
		}
	}
	write(t, db, func(tx *store.Tx) error { return tx.RemoveCodes("ua", iam.InvitationCode) })
	_, err = take(iam.InvitationCode, "two")
	wantKind(t, "a removed code", err, iam.NotFound)
	add(iam.SetupCode, "ua", "five")
	add(iam.InvitationCode, "ua", "six")
	add(iam.InvitationCode, "ub", "seven")
	write(t, db, func(tx *store.Tx) error { return tx.RemoveAllCodes("ua") })
	for range 2 {
		if err := db.RemoveCode(t.Context(), []byte("seven")); err != nil {
			t.Error(err)
		}
	}
	for code, kind := range map[string]iam.CodeKind{"five": iam.SetupCode, "six": iam.InvitationCode, "seven": iam.InvitationCode} {
		_, err = take(kind, code)
		wantKind(t, "the removed code "+code, err, iam.NotFound)
	}

	add(iam.SetupCode, "ua", "wanted")
	var won atomic.Int32
	var group sync.WaitGroup
	other := Open(t, cfg)
	for i := range 8 {
		node := []*store.DB{db, other}[i%2]
		group.Go(func() {
			err := try(t, node, func(tx *store.Tx) error {
				_, err := tx.TakeCode(iam.SetupCode, []byte("wanted"))
				return err
			})
			if err == nil {
				won.Add(1)
			} else if !iam.Is(err, iam.NotFound) {
				t.Error(err)
			}
		})
	}
	if group.Wait(); won.Load() != 1 {
		t.Errorf("%d have used one code", won.Load())
	}

	add(iam.SetupCode, "ua", "left")
	addSession(t, db, iam.Session{ID: "left", UserID: "ua", Created: c.Time})
	write(t, db, func(tx *store.Tx) error { return tx.RemoveUser("ua") })
	_, err = db.Read().CodeOf(t.Context(), iam.SetupCode, []byte("left"), c.Time)
	wantKind(t, "the code of a removed user", err, iam.NotFound)
	_, err = db.Read().SessionByToken(t.Context(), []byte("token of left"))
	wantKind(t, "the session of a removed user", err, iam.NotFound)
}

// attempts: of many at once exactly as many succeed as may, on two nodes.
func attempts(t *testing.T, cfg store.Config) {
	nodes := []*store.DB{Open(t, cfg), Open(t, cfg)}
	ctx, db, now := t.Context(), nodes[0], page2030
	const limit, window = 5, 5 * time.Minute
	crowd := func(at time.Time) (taken int) {
		t.Helper()
		var n atomic.Int32
		var group sync.WaitGroup
		for i := range 4 * limit {
			group.Go(func() {
				a, err := nodes[i%2].TakeAttempt(ctx, "crowd", limit, window, at)
				if err != nil {
					t.Error(err)
				} else if a.Wait == 0 {
					n.Add(1)
				} else if a.Wait > window {
					t.Errorf("told to wait %v", a.Wait)
				}
			})
		}
		group.Wait()
		return int(n.Load())
	}
	for i, test := range []struct {
		at   time.Time
		want int
	}{
		{now, limit},
		{now, 0},
		{now.Add(window - time.Microsecond), 0},
		{now.Add(window), limit},
		{now.Add(window), 0},
	} {
		if got := crowd(test.at); got != test.want {
			t.Errorf("crowd %d: %d have succeeded, want %d", i, got, test.want)
		}
	}
	take := func(key string, at time.Time) store.Attempt {
		t.Helper()
		a, err := db.TakeAttempt(ctx, key, 2, window, at)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first := take("k", now)
	take("k", now.Add(time.Minute))
	if a := take("k", now.Add(2*time.Minute)); a.Wait != 3*time.Minute {
		t.Errorf("the third waits %v, want the rest of the window", a.Wait)
	}
	if a := take("other", now); a.Wait != 0 {
		t.Error("keys share their attempts")
	}
	give := func(a store.Attempt) {
		t.Helper()
		if err := db.GiveBackAttempts(ctx, []store.Attempt{a}); err != nil {
			t.Fatal(err)
		}
	}
	wait := func(what string, at time.Time, want time.Duration) {
		t.Helper()
		if got, err := db.Read().AttemptWait(ctx, "k", 2, window, at); err != nil || got != want {
			t.Errorf("%s: wait %v, %v, want %v", what, got, err, want)
		}
	}
	wait("all taken", now.Add(2*time.Minute), 3*time.Minute)
	wait("in the next window", now.Add(window), 0)
	give(first)
	wait("one given back", now.Add(2*time.Minute), 0)
	if a := take("k", now.Add(2*time.Minute)); a.Wait != 0 {
		t.Error("what was given back cannot be taken")
	}
	take("k", now.Add(window)) // the next window
	give(first)
	take("k", now.Add(window))
	if a := take("k", now.Add(window)); a.Wait == 0 {
		t.Error("an attempt was given back to a later window")
	}
}
