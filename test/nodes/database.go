package nodes

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL, seen from beside the program
	_ "modernc.org/sqlite"             // and SQLite
)

// Database is where nodes keep everything. Nodes that share one value share
// the database and the keys.
type Database struct {
	Dir       string // data directory; the first credential is in it
	URL       string // empty for SQLite in Dir
	MasterKey string // empty for one that the server makes
}

// PATFile is where the first start leaves the first credential.
func (d Database) PATFile() string { return filepath.Join(d.Dir, "admin.pat") }

// SQL opens the database beside the program.
func (d Database) SQL(t testing.TB) *sql.DB {
	t.Helper()
	driver, name := "pgx", d.URL
	if d.URL == "" {
		driver, name = "sqlite", "file:"+filepath.Join(d.Dir, "latchkey.db")+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// Number runs a query for one Number.
func (d Database) Number(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	db := d.SQL(t)
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Content is everything in the database, by table.
func (d Database) Content(t testing.TB) map[string]string {
	t.Helper()
	find := `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`
	if d.URL == "" {
		find = `SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'`
	}
	content := map[string]string{}
	for _, name := range d.Rows(t, find) {
		rows := d.Rows(t, "SELECT * FROM "+name)
		slices.Sort(rows)
		content[name] = strings.Join(rows, "\n")
	}
	return content
}

// Rows returns every row of a query as text.
func (d Database) Rows(t testing.TB, query string) (out []string) {
	t.Helper()
	db := d.SQL(t)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Trim(fmt.Sprint(values), "[]"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// CheckFeed sees that the events have no gap and agree with the feed.
func (d Database) CheckFeed(t testing.TB) {
	t.Helper()
	distinct := d.Number(t, `SELECT count(DISTINCT seq) FROM events`)
	last := d.Number(t, `SELECT max(seq) FROM events`)
	feed := d.Number(t, `SELECT seq FROM feed`)
	if distinct != last || last != feed {
		t.Errorf("%d transactions have events, the last number is %d, the feed is at %d", distinct, last, feed)
	}
}
