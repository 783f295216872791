package storetest

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// upgrade brings a database of the first version to this one, and back.
func upgrade(t *testing.T, cfg store.Config) {
	db := Open(t, cfg)
	populate(t, db)
	objects, now, file := left(t, db), schema(t, cfg), raw(t, cfg)
	for _, name := range []string{"00004_lists.sql", "00003_api.sql", "00002_console.sql"} {
		_, down, ok := strings.Cut(migration(t, name), "-- +goose Down")
		if !ok {
			t.Fatalf("the migration %s has no way back", name)
		}
		for statement := range strings.SplitSeq(strings.TrimSpace(down), ";") {
			execRaw(t, file, statement)
		}
	}
	execRaw(t, file, `DELETE FROM schema_version WHERE version_id > 1`)
	first := schema(t, cfg)
	if want := len(now) - 10; len(first) != want || slices.Contains(first, "sessions") {
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
