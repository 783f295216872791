package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the drivers, for raw
	_ "modernc.org/sqlite"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// events lists all events, oldest first.
func events(t testing.TB, db *store.DB) []iam.Event {
	t.Helper()
	l, err := db.Read().Events(t.Context(), everything, iam.Filter{}, iam.Page{Limit: 1 << 20, Asc: true})
	if err != nil {
		t.Fatal(err)
	}
	return l.Items
}

// transactions tries what becomes of a write that succeeds, fails, records
// nothing, panics or is cancelled.
func transactions(t *testing.T, cfg store.Config) {
	db := Open(t, cfg)
	ctx := t.Context()
	add := func(id string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			if err := addOrg(iam.Org{ID: id})(tx); err != nil {
				return err
			}
			if o, err := tx.Org(ctx, id); err != nil || o.ID != id {
				return fmt.Errorf("the transaction does not see its own organization: %w", err)
			}
			if l, err := tx.Orgs(ctx, everything, iam.FieldID.Is(id), page); err != nil || l.Total != 1 {
				return fmt.Errorf("the transaction does not list its own organization: %w", err)
			}
			return nil
		}
	}
	record := func(types ...iam.EventType) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			for _, e := range types {
				if err := tx.Record(iam.Event{Type: e, Aggregate: "org", AggregateID: "x", Payload: iam.Change(nil, iam.Fields{"k": "ü\"'"})}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	failure := errors.New("no")
	fail := func(*store.Tx) error { return failure }
	cancelled, cancel := context.WithCancel(ctx)
	for _, test := range []struct {
		name string
		ctx  context.Context
		fn   func(*store.Tx) error
		want error // nil: success
		kept bool
	}{
		{"first", ctx, all(add("first"), record("one", "two")), nil, true},
		{"nothing-recorded", ctx, add("nothing-recorded"), nil, false},
		{"fails", ctx, all(add("fails"), record("one"), fail), failure, false},
		{"panics", ctx, all(add("panics"), record("one"), func(*store.Tx) error { panic(failure) }), failure, false},
		{"cancelled", cancelled, all(add("cancelled"), record("one"), func(*store.Tx) error { cancel(); return nil }), context.Canceled, false},
		{"cancelled-before", cancelled, all(add("cancelled-before"), record("one")), context.Canceled, false},
		{"last", ctx, all(add("last"), record("one")), nil, true},
	} {
		err := func() (err error) {
			defer func() {
				if r := recover(); r != nil {
					err, _ = r.(error)
				}
			}()
			return db.Write(test.ctx, "editor", test.fn)
		}()
		if !errors.Is(err, test.want) {
			t.Errorf("%s: error %v, want %v", test.name, err, test.want)
		}
		_, err = db.Read().Org(ctx, test.name)
		if kept := err == nil; kept != test.kept {
			t.Errorf("%s: kept %v, want %v (%v)", test.name, kept, test.kept, err)
		}
	}
	var got []string
	for _, e := range events(t, db) {
		got = append(got, fmt.Sprint(e.Sequence, e.Index, " ", e.Type, " ", e.EditorID, " ", string(e.Payload)))
		if e.Created.IsZero() {
			t.Errorf("event %d has no time", e.Sequence)
		}
	}
	const payload = ` editor {"after":{"k":"ü\"'"}}`
	if want := []string{"1 0 one" + payload, "1 1 two" + payload, "2 0 one" + payload}; !slices.Equal(got, want) {
		t.Errorf("events:\n got %q\nwant %q", got, want)
	}
	// Removed events do not free their number: a failed write took none, though.
	if o, err := db.Read().Org(ctx, "last"); err != nil || o.Sequence != 2 {
		t.Errorf("the last organization has sequence %d, %v; want 2", o.Sequence, err)
	}
}

// contention writes from many goroutines on two nodes, some of which fail or
// record nothing. Events must be numbered without a gap, and no increment of
// the one counter may be lost.
func contention(t *testing.T, cfg store.Config) {
	nodes := []*store.DB{Open(t, cfg), Open(t, cfg)}
	const writers, rounds = 12, 8
	var mu sync.Mutex
	told := map[string]int{} // payload: how often a node heard of its own event
	for _, node := range nodes {
		node.Subscribe(func(events []iam.Event) {
			mu.Lock()
			defer mu.Unlock()
			for _, e := range events {
				told[e.AggregateID]++
			}
		})
	}
	write(t, nodes[0], all(addOrg(iam.Org{ID: "A"}), addUser(iam.User{ID: "u", OrgID: "A"})))
	ctx := t.Context()
	failure := errors.New("no")
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range rounds {
				name := fmt.Sprint(w, "/", i)
				outcome := (w + i) % 4 // 0: fails, 1: records nothing, else succeeds
				err := nodes[w%2].Write(ctx, "editor", func(tx *store.Tx) error {
					u, err := tx.User(ctx, "u")
					if err != nil {
						return err
					}
					u.Generation++
					if err := tx.SetUser(&u); err != nil || outcome == 1 {
						return err
					}
					for range 2 {
						if err := tx.Record(iam.Event{Type: "test", Aggregate: "test", AggregateID: name}); err != nil {
							return err
						}
					}
					if outcome == 0 {
						return failure
					}
					return nil
				})
				if outcome == 0 != errors.Is(err, failure) || outcome != 0 && err != nil {
					t.Errorf("%s: error %v", name, err)
				}
				mu.Lock()
				if heard := told[name]; heard != 2 && outcome > 1 || heard != 0 && outcome < 2 {
					t.Errorf("%s: %d events were delivered before the write returned", name, heard)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()

	const want = writers * rounds / 2
	if u, err := nodes[1].Read().User(ctx, "u"); err != nil || u.Generation != want {
		t.Errorf("%d increments are kept, %v; want %d", u.Generation, err, want)
	}
	all := events(t, nodes[0])
	if len(all) != 1+2*want {
		t.Fatalf("%d events, want %d", len(all), 1+2*want)
	}
	for i, e := range all[1:] {
		if e.Sequence != int64(2+i/2) || e.Index != i%2 || e.AggregateID != all[1+i/2*2].AggregateID {
			t.Errorf("event %d is %d/%d of %s", i, e.Sequence, e.Index, e.AggregateID)
		}
	}
}

// raw opens the database without the store.
func raw(t testing.TB, cfg store.Config) *sql.DB {
	t.Helper()
	driver, address := "sqlite", cfg.Path
	if cfg.URL != "" {
		driver, address = "pgx", cfg.URL
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// column reads the one text column of a query.
func column(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// schema lists tables, and types of our own.
func schema(t testing.TB, cfg store.Config) []string {
	t.Helper()
	query := `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1`
	if cfg.URL != "" {
		query = `SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'
			UNION SELECT domain_name::text FROM information_schema.domains WHERE domain_schema = 'public' ORDER BY 1`
	}
	return column(t, raw(t, cfg), query)
}

// migrate a second time, with data: nothing changes.
func migrate(t *testing.T, cfg store.Config) {
	db := Open(t, cfg)
	populate(t, db)
	const versions = `SELECT version_id FROM schema_version ORDER BY 1`
	objects, tables, history := left(t, db), schema(t, cfg), column(t, raw(t, cfg), versions)
	for range 2 {
		if err := Open(t, cfg).Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantEqual(t, "objects", left(t, db), objects, nil)
	wantEqual(t, "tables", schema(t, cfg), tables, nil)
	wantEqual(t, "versions", column(t, raw(t, cfg), versions), history, nil)
	if len(history) < 2 { // goose counts from 0
		t.Errorf("versions %v", history)
	}
}

// newer refuses a database of a later version before it touches anything.
func newer(t *testing.T, cfg store.Config) {
	ctx, file := t.Context(), raw(t, cfg)
	for _, statement := range []string{
		`CREATE TABLE schema_version (version_id BIGINT NOT NULL, is_applied BOOLEAN NOT NULL)`,
		`INSERT INTO schema_version VALUES (0, TRUE), (1, TRUE), (99, TRUE)`,
	} {
		if _, err := file.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := OpenOnly(t, cfg).Migrate(ctx); !errors.Is(err, store.ErrNewer) {
		t.Errorf("migrate: %v, want %v", err, store.ErrNewer)
	}
	wantEqual(t, "schema", schema(t, cfg), []string{"schema_version"}, nil)
	wantEqual(t, "versions", column(t, file, `SELECT version_id FROM schema_version ORDER BY 1`), []string{"0", "1", "99"}, nil)
}
