package storetest

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	if err := db.AddSession(t.Context(), &s, []byte("token of "+s.ID)); err != nil {
		t.Fatalf("session %s: %v", s.ID, err)
	}
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
	wantKind(t, "a session of nobody", db.AddSession(ctx, &stranger, []byte("x")), iam.NotFound)
	stranger.UserID, stranger.Generation = "ua", 7
	wantKind(t, "a session of another generation", db.AddSession(ctx, &stranger, []byte("x")), iam.NotFound)

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

	wantKind(t, "end another's", db.EndSession(ctx, "ub", "s1", now), iam.NotFound)
	check(db.EndSession(ctx, "ua", "s1", now.Add(hour)))
	wantKind(t, "end it twice", db.EndSession(ctx, "ua", "s1", now), iam.NotFound)
	_, err = db.Read().SessionByToken(ctx, []byte("token of s1"))
	wantKind(t, "an ended session", err, iam.NotFound)
	check(db.EndSessions(ctx, "ua", "s3", now.Add(hour)))
	wantEqual(t, "after ending all others", liveSessions(t, db, "ua", now.Add(hour)), []string{"s3"}, nil)
	wantEqual(t, "of the other user", liveSessions(t, db, "ub", now.Add(hour)), []string{"other"}, nil)

	addresses, err := db.Read().SessionAddresses(ctx, "ua", now)
	if slices.Sort(addresses); err != nil || !slices.Equal(addresses, []string{"192.0.2.0", "192.0.2.1"}) {
		t.Errorf("addresses %v, %v", addresses, err)
	}
	if got := len(events(t, db)); got != before {
		t.Errorf("sessions have recorded %d events", got-before)
	}
	generations(t, db)
	swept(t, db, raw(t, cfg), now)
}

// generations: a session ends with its user's, unless it is carried over.
func generations(t *testing.T, db *store.DB) {
	t.Helper()
	now := page2030.Add(hour)
	addSession(t, db, iam.Session{ID: "s5", UserID: "ua", Created: now})
	raise := func(except string, from int64) {
		t.Helper()
		write(t, db, func(tx *store.Tx) error {
			u, err := tx.User(t.Context(), "ua")
			if err != nil {
				return err
			}
			u.Generation++
			return errors.Join(tx.SetUser(&u), tx.EndSessions("ua", except), tx.CarrySession("ua", except, from, u.Generation))
		})
	}
	raise("s5", 0)
	wantEqual(t, "one is carried over", liveSessions(t, db, "ua", now), []string{"s5"}, nil)
	raise("s5", 0)
	wantEqual(t, "one of a generation before is not", liveSessions(t, db, "ua", now), nil, nil)
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
		days                     int
		sessions, codes, attempt int
	}{{0, 7, 2, 2}, {29, 7, 1, 1}, {31, 1, 1, 1}, {60, 0, 0, 0}} {
		if err := db.Sweep(ctx, now.Add(time.Duration(test.days)*24*hour)); err != nil {
			t.Fatal(err)
		}
		if s, c, a := count("sessions"), count("codes"), count("attempts"); s != test.sessions || c != test.codes || a != test.attempt {
			t.Errorf("after %d days: %d sessions, %d codes, %d attempts, want %+v", test.days, s, c, a, test)
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
	take := func(kind iam.CodeKind, code string) (string, error) {
		var id string
		err := try(t, db, func(tx *store.Tx) error {
			var err error
			id, err = tx.TakeCode(kind, []byte(code))
			return err
		})
		return id, err
	}
	add(iam.SetupCode, "ua", "one")
	add(iam.InvitationCode, "ua", "two")
	add(iam.InvitationCode, "ub", "three")
	err := try(t, db, func(tx *store.Tx) error { return tx.AddCode(iam.SetupCode, "ub", []byte("one"), c.Time) })
	wantKind(t, "the same code twice", err, iam.AlreadyExists)
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
		found, err := db.Read().CodeOf(t.Context(), test.kind, []byte(test.code), c.Time)
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
		if err := db.GiveBackAttempt(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	give(first)
	if a := take("k", now.Add(2*time.Minute)); a.Wait != 0 {
		t.Error("what was given back cannot be taken")
	}
	take("k", now.Add(window)) // the next window
	give(first)
	take("k", now.Add(window))
	if a := take("k", now.Add(window)); a.Wait == 0 {
		t.Error("an attempt was given back to a later window")
	}
	if err := db.ForgetAttempts(ctx, "k"); err != nil {
		t.Fatal(err)
	}
	if a := take("k", now.Add(window)); a.Wait != 0 {
		t.Error("attempts were not forgotten")
	}
}

// upgrade brings a database of the first version to this one, and back.
func upgrade(t *testing.T, cfg store.Config) {
	db := Open(t, cfg)
	populate(t, db)
	objects, now, file := left(t, db), schema(t, cfg), raw(t, cfg)
	_, down, ok := strings.Cut(migration(t, "00002_console.sql"), "-- +goose Down")
	if !ok {
		t.Fatal("the migration has no way back")
	}
	for statement := range strings.SplitSeq(strings.TrimSpace(down), ";") {
		execRaw(t, file, statement)
	}
	execRaw(t, file, `DELETE FROM schema_version WHERE version_id = 2`)
	first := schema(t, cfg)
	if want := len(now) - 3; len(first) != want || slices.Contains(first, "sessions") {
		t.Errorf("the first version has the tables %v", first)
	}
	again := Open(t, cfg)
	wantEqual(t, "tables", schema(t, cfg), now, nil)
	wantEqual(t, "objects", left(t, again), objects, nil)
	addSession(t, again, iam.Session{ID: "s", UserID: "ua", Created: page2030})
}

func migration(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("migrations", name)) // the tests run in the package store
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func execRaw(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	if strings.TrimSpace(statement) == "" {
		return
	}
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
