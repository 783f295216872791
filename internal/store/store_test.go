package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestSQLite(t *testing.T)      { storetest.Exercise(t, storetest.SQLite) }
func TestPostgres(t *testing.T)    { storetest.Exercise(t, storetest.Postgres) }
func TestPostgresICU(t *testing.T) { storetest.Exercise(t, storetest.PostgresICU) }

func TestPostgresSerializable(t *testing.T) {
	storetest.ExerciseWrites(t, storetest.PostgresSerializable)
}

func TestOpenRefuses(t *testing.T) {
	for _, address := range []string{"mysql://x/y", "x", "postgres://user:hunter2@host:port/db", "postgres://user:hunter2@h/db?sslmode=nonsense"} {
		db, err := store.Open(store.Config{URL: address})
		if err == nil {
			t.Errorf("%s was opened: %v", address, db.Close())
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
	if err := storetest.OpenOnly(t, store.Config{Path: filepath.Join(t.TempDir(), "missing", "db")}).Migrate(t.Context()); err == nil {
		t.Error("a database in a directory that does not exist was migrated")
	}
	if err := storetest.OpenOnly(t, store.Config{URL: "postgres://127.0.0.1:1/x"}).Ping(t.Context()); err == nil {
		t.Error("a server that does not exist answers")
	}
}

// TestPath opens files whose names mean something in addresses.
func TestPath(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b", "a%20b", "a?b=c", "a#b", "ü", "file:x", "a&b;c", "'"} {
		db := storetest.Open(t, store.Config{Path: filepath.Join(dir, name)})
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		found, err := filepath.Glob(filepath.Join(dir, name))
		if name != "a?b=c" && (err != nil || len(found) != 1) {
			t.Errorf("%q: files %v, %v", name, found, err)
		}
	}
}

// TestSQLiteIsSafe asks both pools for the settings that durability and
// integrity rest on.
func TestSQLiteIsSafe(t *testing.T) {
	cfg := storetest.SQLite(t)
	db := storetest.Open(t, cfg)
	write := func(query string) (value string) {
		t.Helper()
		if err := db.WritePool().QueryRowContext(t.Context(), query).Scan(&value); err != nil {
			t.Fatal(err)
		}
		return value
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "query_only": "0"} {
		if got := write("PRAGMA " + pragma); got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
	if _, err := db.ReadPool().ExecContext(t.Context(), `DELETE FROM feed`); err == nil {
		t.Error("the readers' pool writes")
	}
}

func TestMigrateAtOnce(t *testing.T) {
	for name, fresh := range map[string]func(testing.TB) store.Config{"c": storetest.Postgres, "serializable": storetest.PostgresSerializable} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := fresh(t)
			var group sync.WaitGroup
			for range 3 {
				db := storetest.OpenOnly(t, cfg)
				group.Go(func() {
					if err := db.Migrate(t.Context()); err != nil {
						t.Error(err)
					}
					err := db.Write(t.Context(), "x", func(tx *store.Tx) error { return tx.Record(iam.Event{Type: "t"}) })
					if err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
		})
	}
}

// TestNoConflicts writes from two nodes at once where the server's default is
// serializable: writes wait for each other, and none has to run again.
func TestNoConflicts(t *testing.T) {
	t.Parallel()
	cfg := storetest.PostgresSerializable(t)
	nodes := []*store.DB{storetest.Open(t, cfg), storetest.Open(t, cfg)}
	const writers, rounds = 6, 10
	var runs atomic.Int64
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for range rounds {
				err := nodes[w%2].Write(t.Context(), "x", func(tx *store.Tx) error {
					runs.Add(1)
					return tx.Record(iam.Event{Type: "t"})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if n := runs.Load(); n != writers*rounds {
		t.Errorf("%d runs for %d writes", n, writers*rounds)
	}
}

// TestDeadlock has a foreign transaction deadlock with a write. The server ends
// ours, which runs again and succeeds.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	ctx, cfg := t.Context(), storetest.Postgres(t)
	db := storetest.Open(t, cfg)
	if err := db.Write(ctx, "x", func(tx *store.Tx) error {
		err := tx.AddOrg(&iam.Org{ID: "A", Name: "a", PrimaryDomain: "a", State: iam.Active})
		return errors.Join(err, tx.Record(iam.Event{Type: "t"}))
	}); err != nil {
		t.Fatal(err)
	}
	other, err := pgx.Connect(ctx, cfg.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(ctx)
	// Who waits longest looks for deadlocks first, and is ended when it finds one.
	for _, statement := range []string{"SET deadlock_timeout = '10min'", "BEGIN", "UPDATE orgs SET name = 'theirs'"} {
		if _, err := other.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	attempts := 0
	theirs := make(chan error, 1)
	err = db.Write(ctx, "x", func(tx *store.Tx) error {
		if attempts++; attempts == 1 {
			go func() {
				_, err := other.Exec(ctx, "UPDATE feed SET seq = seq")
				if err == nil {
					_, err = other.Exec(ctx, "COMMIT")
				}
				theirs <- err
			}()
		}
		err := tx.SetOrg(&iam.Org{ID: "A", Name: fmt.Sprint("attempt ", attempts), PrimaryDomain: "a", State: iam.Active})
		if err != nil {
			return err
		}
		return tx.Record(iam.Event{Type: "t"})
	})
	if err := errors.Join(err, <-theirs); err != nil {
		t.Fatal(err)
	}
	o, err := db.Read().Org(ctx, "A")
	if err != nil || attempts != 2 || o.Name != "attempt 2" || o.Sequence != 2 {
		t.Errorf("after %d attempts: %+v, %v", attempts, o, err)
	}
}

// TestRetryGivesUp makes every attempt fail in a way that could pass.
func TestRetryGivesUp(t *testing.T) {
	t.Parallel()
	ctx, cfg := t.Context(), storetest.Postgres(t)
	db := storetest.Open(t, cfg)
	file, err := sql.Open("pgx", cfg.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, statement := range []string{
		`CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`,
		`CREATE TRIGGER refuse BEFORE INSERT ON events EXECUTE FUNCTION refuse()`,
	} {
		if _, err := file.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	attempts := 0
	count := func(tx *store.Tx) error {
		attempts++
		return tx.Record(iam.Event{Type: "t"})
	}
	if err := db.Write(ctx, "x", count); err == nil || attempts < 2 {
		t.Errorf("%d attempts, error %v", attempts, err)
	}
	before := attempts
	cancelled, cancel := context.WithCancel(ctx)
	if err := db.Write(cancelled, "x", func(tx *store.Tx) error { cancel(); return count(tx) }); err == nil || attempts > before+1 {
		t.Errorf("%d attempts after the context ended, error %v", attempts-before, err)
	}
}

// TestPollAlone follows without notifications.
func TestPollAlone(t *testing.T) {
	t.Parallel()
	cfg := storetest.Postgres(t)
	a, b := storetest.Open(t, cfg), storetest.Open(t, cfg)
	b.Deafen()
	heard := make(chan []iam.Event, 1)
	b.Subscribe(func(events []iam.Event) { heard <- events })
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { b.Follow(ctx) })
	if err := a.Write(ctx, "x", func(tx *store.Tx) error { return tx.Record(iam.Event{Type: "t"}) }); err != nil {
		t.Fatal(err)
	}
	if events := <-heard; len(events) != 1 || events[0].Type != "t" || events[0].EditorID != "x" {
		t.Errorf("heard %+v", events)
	}
	cancel()
	group.Wait()
}

// TestNotified waits for the wake-up itself, which no poll can bring.
func TestNotified(t *testing.T) {
	t.Parallel()
	cfg := storetest.Postgres(t)
	a, b := storetest.Open(t, cfg), storetest.Open(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	wake := make(chan struct{}, 1)
	var group sync.WaitGroup
	group.Go(func() { b.Listen(ctx, wake) })
	// Until the listener listens, notifications are lost: that is what polls are for.
	write := func() {
		if err := a.Write(ctx, "x", func(tx *store.Tx) error { return tx.Record(iam.Event{Type: "t"}) }); err != nil {
			t.Fatal(err)
		}
	}
	for woken := false; !woken; {
		write()
		select {
		case <-wake:
			woken = true
		case <-time.After(50 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("never woken")
		}
	}
	cancel()
	group.Wait()
}

func FuzzSuccessor(f *testing.F) {
	for _, seed := range []string{"", "a", "\ud7ff", "a\U0010ffff", "\U0010ffff\U0010ffff", "\xff", "a\xff\U0010ffff", "\ufffd"} {
		f.Add(seed, "x")
	}
	f.Fuzz(func(t *testing.T, prefix, rest string) {
		if !utf8.ValidString(prefix) || !utf8.ValidString(rest) {
			return // no list is asked for such texts
		}
		end, ok := store.Successor(prefix)
		if !ok {
			if strings.Trim(prefix, "\U0010ffff") != "" {
				t.Errorf("%q has no successor", prefix)
			}
			return
		}
		if !utf8.ValidString(end) || end <= prefix+rest || end <= prefix+"\U0010ffff\U0010ffff" {
			t.Errorf("%q: the successor %q is not above all with that prefix", prefix, end)
		}
		// Nothing lies between: what is in the range begins with the prefix.
		if between := prefix + rest; between >= prefix && between < end != strings.HasPrefix(between, prefix) {
			t.Errorf("%q lies in the range of %q", between, prefix)
		}
		if rest >= prefix && rest < end && !strings.HasPrefix(rest, prefix) {
			t.Errorf("%q lies in the range of %q but does not begin with it", rest, prefix)
		}
	})
}
