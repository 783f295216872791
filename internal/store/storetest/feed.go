package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// eventually waits for something that happens soon, and fails after a time that
// only a fault takes.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// ear collects what a node is told.
type ear struct {
	mu     sync.Mutex
	events []iam.Event
}

func listen(db *store.DB) *ear {
	e := &ear{}
	db.Subscribe(func(events []iam.Event) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.events = append(e.events, events...)
	})
	return e
}

func (e *ear) heard() []iam.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]iam.Event{}, e.events...)
}

// names are those of the events that were heard, each once: the feed may bring
// a node's own event before its Write has returned.
func (e *ear) names() map[string]bool {
	names := map[string]bool{}
	for _, event := range e.heard() {
		names[event.AggregateID] = true
	}
	return names
}

// follow runs Follow until the returned function is called or the test ends.
func follow(t testing.TB, db *store.DB) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		db.Follow(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

// record writes one transaction of n events.
func record(t testing.TB, db *store.DB, n int, name string) {
	t.Helper()
	err := db.Write(t.Context(), "editor", func(tx *store.Tx) error {
		for i := range n {
			e := iam.Event{Type: "test", Aggregate: "test", AggregateID: fmt.Sprint(name, i), OrgID: "o", ProjectID: "p", GrantID: "g", UserID: "u"}
			if err := tx.Record(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// feed has two nodes tell each other what they write, in order and complete,
// but not what was there before.
func feed(t *testing.T, cfg store.Config) {
	a := Open(t, cfg)
	record(t, a, 2, "before")
	b := Open(t, cfg)
	earA, earB := listen(a), listen(b)
	follow(t, a)
	stop := follow(t, b)
	for i := range 3 {
		record(t, a, i+1, fmt.Sprint("a", i, "-"))
		record(t, b, 1, fmt.Sprint("b", i, "-"))
	}
	eventually(t, "all events on both nodes", func() bool { return len(earA.names()) == 9 && len(earB.names()) == 9 })
	want := events(t, a)[2:]
	seen := map[string]bool{}
	for _, e := range earB.heard() {
		if strings.HasPrefix(e.AggregateID, "before") {
			t.Errorf("b heard of the past: %+v", e)
		}
		for _, w := range want {
			if w.Sequence == e.Sequence && w.Index == e.Index && reflect.DeepEqual(w, e) {
				seen[e.AggregateID] = true
			}
		}
	}
	if len(seen) != len(want) {
		t.Errorf("b heard %v, want %+v", seen, want)
	}
	// A node that does not follow for a while catches up.
	stop()
	record(t, a, 2, "late")
	if n := len(earB.names()); n != 9 {
		t.Errorf("%d events on a node that does not follow", n)
	}
	follow(t, b)
	eventually(t, "the late events", func() bool { return len(earB.names()) == 11 })
}

// feedBatches has more events than one read of the feed brings, so that reads
// end within a transaction, and at the end of one.
func feedBatches(t *testing.T, cfg store.Config) {
	a, b := Open(t, cfg), Open(t, cfg)
	heard := listen(b)
	record(t, a, 1001, "first")
	record(t, a, 999, "second")
	follow(t, b)
	eventually(t, "all events", func() bool { return len(heard.heard()) >= 2000 })
	record(t, a, 1, "third")
	eventually(t, "one more", func() bool { return len(heard.heard()) >= 2001 })
	for i, e := range heard.heard() {
		want := fmt.Sprint("first", i)
		switch {
		case i >= 2000:
			want = "third0"
		case i >= 1001:
			want = fmt.Sprint("second", i-1001)
		}
		if e.AggregateID != want {
			t.Fatalf("event %d is %s, want %s", i, e.AggregateID, want)
		}
	}
}

// feedOwnEvents delivers a node's own events before Write returns, and not
// again when the feed brings them.
func feedOwnEvents(t *testing.T, cfg store.Config) {
	a, b := Open(t, cfg), Open(t, cfg)
	heard := listen(a)
	record(t, a, 2, "own")
	if n := len(heard.heard()); n != 2 {
		t.Fatalf("%d events when Write returned, want 2", n)
	}
	record(t, b, 1, "other")
	record(t, a, 1, "own again")
	if n := len(heard.heard()); n != 3 {
		t.Fatalf("%d events when the second Write returned, want 3", n)
	}
	follow(t, a)
	eventually(t, "the other node's event", func() bool { return len(heard.heard()) > 3 })
	record(t, b, 1, "last")
	eventually(t, "the last event", func() bool {
		got := heard.heard()
		return got[len(got)-1].AggregateID == "last0"
	})
	var names []string
	for _, e := range heard.heard() {
		names = append(names, e.AggregateID)
	}
	if got := strings.Join(names, " "); got != "own0 own1 own again0 other0 last0" {
		t.Errorf("heard %s", got)
	}
}

// feedOutage takes the database away and gives it back: the age of what the
// node knows grows and falls, and nothing is lost.
func feedOutage(t *testing.T, cfg store.Config) {
	a, b := Open(t, cfg), Open(t, cfg)
	heard := listen(a)
	follow(t, a)
	record(t, b, 1, "before")
	eventually(t, "an event", func() bool { return len(heard.heard()) == 1 })
	gone, back := outage(t, cfg)
	gone()
	before := a.Age()
	eventually(t, "the age grows", func() bool { return a.Age() > before+time.Second })
	if n := len(heard.heard()); n != 1 {
		t.Errorf("%d events during the outage", n)
	}
	back()
	eventually(t, "the age falls", func() bool { return a.Age() < time.Second })
	// The pool of b may still hold connections that ended.
	eventually(t, "a write", func() bool {
		return b.Write(t.Context(), "editor", func(tx *store.Tx) error {
			return tx.Record(iam.Event{Type: "test", Aggregate: "test", AggregateID: "after"})
		}) == nil
	})
	eventually(t, "the event after the outage", func() bool {
		got := heard.heard()
		return got[len(got)-1].AggregateID == "after"
	})
}

// outage returns what makes the database unreachable, or where it is a file the
// events unreadable, and what undoes that.
func outage(t testing.TB, cfg store.Config) (gone, back func()) {
	t.Helper()
	var db *sql.DB
	do := func(statement string) func() {
		return func() {
			t.Helper()
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	if cfg.URL == "" {
		db = raw(t, cfg)
		return do(`ALTER TABLE events RENAME TO hidden`), do(`ALTER TABLE hidden RENAME TO events`)
	}
	address, err := url.Parse(cfg.URL)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(address.Path, "/")
	address.Path = "/postgres"
	db = raw(t, store.Config{URL: address.String()})
	gone = func() {
		t.Helper()
		do("ALTER DATABASE " + name + " WITH ALLOW_CONNECTIONS false")()
		do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'")()
	}
	return gone, do("ALTER DATABASE " + name + " WITH ALLOW_CONNECTIONS true")
}
