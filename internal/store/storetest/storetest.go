// Package storetest opens throw-away stores for tests, on SQLite and on real
// PostgreSQL, and holds the one suite that every database must pass.
//
// A test binary starts at most one PostgreSQL cluster, when a test first asks
// for it, and each test gets a database of its own there. Packages that use
// PostgreSQL say so once, so that the cluster is removed at the end:
//
//	func TestMain(m *testing.M) { storetest.Main(m) }
//
// A machine without PostgreSQL fails these tests; nothing is skipped.
package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/store"
)

// New returns an empty, migrated SQLite store in the test's own directory. It
// is closed when the test ends.
func New(t testing.TB) *store.DB {
	t.Helper()
	return NewAt(t, nil)
}

// NewAt is [New] for a store with its own clock.
func NewAt(t testing.TB, now func() time.Time) *store.DB {
	t.Helper()
	empty, err := migrated()
	if err != nil {
		t.Fatalf("make an empty store: %v", err)
	}
	cfg := SQLite(t)
	cfg.Now = now
	if err := os.WriteFile(cfg.Path, empty, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(t, cfg)
}

// migrated is an empty, migrated SQLite database, made once a test binary:
// under the race detector a migration takes longer than most tests.
var migrated = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "storetest-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "latchkey.db")
	db, err := store.Open(store.Config{Path: path})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(db.Migrate(context.Background()), db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// NewPostgres returns an empty, migrated store on PostgreSQL with bytewise
// collation. It is closed when the test ends.
func NewPostgres(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, Postgres(t))
}

// SQLite names a SQLite file that does not exist yet, in the test's own directory.
func SQLite(t testing.TB) store.Config {
	t.Helper()
	return store.Config{Path: filepath.Join(t.TempDir(), "latchkey.db")}
}

// Postgres names an empty PostgreSQL database with bytewise collation.
func Postgres(t testing.TB) store.Config {
	t.Helper()
	return store.Config{URL: PostgresURL(t, Bytewise)}
}

// PostgresICU names an empty PostgreSQL database that sorts as a dictionary does.
func PostgresICU(t testing.TB) store.Config {
	t.Helper()
	return store.Config{URL: PostgresURL(t, ICU)}
}

// PostgresSerializable names an empty PostgreSQL database whose transactions
// are serializable where they do not say otherwise.
func PostgresSerializable(t testing.TB) store.Config {
	t.Helper()
	return store.Config{URL: PostgresURLSerializable(t)}
}

// Open opens and migrates a store, and closes it when the test ends. A second
// store on one database is a second node.
func Open(t testing.TB, cfg store.Config) *store.DB {
	t.Helper()
	db := OpenOnly(t, cfg)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return db
}

// OpenOnly is Open without the migration.
func OpenOnly(t testing.TB, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(cfg)
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return db
}

// Databases are the kinds of database that everything is tested on.
func Databases() map[string]func(testing.TB) store.Config {
	return map[string]func(testing.TB) store.Config{
		"sqlite": SQLite, "postgres-c": Postgres, "postgres-icu": PostgresICU,
	}
}

// Each runs fn as a subtest on an empty, migrated store of each kind: sqlite,
// postgres-c (bytewise collation) and postgres-icu (that of a language).
func Each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	for name, fresh := range Databases() {
		t.Run(name, func(t *testing.T) { fn(t, Open(t, fresh(t))) })
	}
}
