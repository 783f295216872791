// Command lists measures the lists of the management API where there are a
// million users in a thousand organizations, one of which has a hundred
// thousand, three million authorizations and three million events, on SQLite and
// on PostgreSQL. The report goes to stdout as Markdown, progress to stderr.
//
// It asks the store as the operations do, with a caller's reach, a filter and an
// order. The filled databases are kept, so that only the first run takes minutes.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"time"

	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/testpg"
)

type options struct {
	sizes
	dir    string
	rounds int
	only   *regexp.Regexp
	kinds  string
	plans  bool
	best   bool
	cpu    bool
	writes int
}

func main() {
	var o options
	flag.IntVar(&o.users, "users", 1_000_000, "users of the instance, a tenth of them in one organization")
	flag.IntVar(&o.orgs, "orgs", 1000, "organizations")
	flag.StringVar(&o.dir, "dir", ".cache/lists", "where the filled databases are kept")
	flag.IntVar(&o.rounds, "rounds", 9, "times that each page is asked for, after some to warm up")
	flag.StringVar(&o.kinds, "db", "both", "sqlite, postgres or both")
	flag.BoolVar(&o.plans, "plans", false, "print the statements and how the databases go about them")
	flag.BoolVar(&o.best, "best", false, "the fastest instead of the median, on a machine that does other things too")
	flag.BoolVar(&o.cpu, "cpu", false, "the processors' time of this program, in which SQLite runs, instead of the clock's")
	flag.IntVar(&o.writes, "writes", 0, "measure how fast so many users and authorizations are created instead")
	only := flag.String("run", "", "regular expression for what to ask: \"list | caller | filter\"")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if o.only, err = regexp.Compile(*only); err == nil {
		err = run(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-lists:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to be stopped
	}
}

func run(ctx context.Context, o options) (err error) {
	dir, err := filepath.Abs(filepath.Join(o.dir, fmt.Sprintf("%d-%d", o.users, o.orgs)))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { // the server's account must get through
		return err
	}
	var wanted []ask
	for _, a := range asks(o.sizes) {
		if o.only.MatchString(a.list + " | " + a.caller.name + " | " + a.what) {
			wanted = append(wanted, a)
		}
	}
	var answers [2][]answer
	var requests [2][]time.Duration
	if o.kinds != "postgres" {
		at := place{"SQLite", "sqlite", filepath.Join(dir, "latchkey.db")}
		if answers[0], requests[0], err = askAll(ctx, o, at, dir, wanted); err != nil {
			return fmt.Errorf("%s: %w", at.name, err)
		}
	}
	if o.kinds != "sqlite" {
		cluster, err := testpg.Start(ctx, testpg.Options{Dir: filepath.Join(dir, "postgres"), Settings: settings()})
		if err != nil {
			return err
		}
		defer func() { _ = cluster.Stop() }()
		if err := cluster.CreateDatabase(ctx, "latchkey"); err != nil && !exists(err) {
			return err
		}
		at := place{"PostgreSQL", "pgx", cluster.URL("latchkey")}
		if answers[1], requests[1], err = askAll(ctx, o, at, dir, wanted); err != nil {
			return fmt.Errorf("%s: %w", at.name, err)
		}
	}
	if o.writes == 0 {
		report(o, wanted, answers)
		reportRequests(o, requests)
	}
	return nil
}

// settings are what an administrator of a machine with 8 GB sets, beside the
// server's defaults.
func settings() map[string]string {
	return map[string]string{"shared_buffers": "2GB", "effective_cache_size": "6GB", "random_page_cost": "1.1", "max_wal_size": "8GB"}
}

// askAll fills a database if need be, and measures everything on it.
func askAll(ctx context.Context, o options, at place, dir string, wanted []ask) (_ []answer, _ []time.Duration, err error) {
	say := func(s string) { fmt.Fprintln(os.Stderr, "  ", s) }
	mark := filepath.Join(dir, at.name+".filled")
	if _, err := os.Stat(mark); err != nil {
		say(at.name + " is filled")
		if err := errors.Join(migrate(ctx, at), fill(ctx, at, o.sizes, say)); err != nil {
			return nil, nil, err
		}
		if err := os.WriteFile(mark, nil, 0o600); err != nil {
			return nil, nil, err
		}
	}
	if err := migrate(ctx, at); err != nil { // kept by an earlier version
		return nil, nil, err
	}
	db, err := store.Open(at.config())
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if o.writes > 0 {
		users, authorizations, err := writes(ctx, db, o.writes)
		fmt.Printf("%s: %.0f users and %.0f authorizations a second\n", at.name, users, authorizations)
		return nil, nil, err
	}
	plans, err := sql.Open(at.driver, at.address)
	if err != nil {
		return nil, nil, err
	}
	defer plans.Close()
	out := make([]answer, len(wanted))
	for i, a := range wanted {
		if out[i], err = measure(ctx, db, plans, a, o); err != nil {
			return nil, nil, fmt.Errorf("%s | %s | %s: %w", a.list, a.caller.name, a.what, err)
		}
		x := out[i]
		fmt.Fprintf(os.Stderr, "%8.1f%s %8.1f%s ms  %4d of %-8d %s | %s | %s   [%s] [%s]\n", ms(x.rowsTook), mark2(a.rowsLate(x)),
			ms(x.totalTook), mark2(a.totalLate(x)), x.rows, x.total, a.list, a.caller.name, a.what, x.plan, x.counted)
		if o.plans {
			if err := show(ctx, plans, x.statements); err != nil {
				return nil, nil, err
			}
		}
	}
	overHTTP, err := endToEnd(ctx, o, at, dir)
	return out, overHTTP, err
}

func migrate(ctx context.Context, at place) error {
	db, err := store.Open(at.config())
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}

func show(ctx context.Context, db *sql.DB, statements []statement) error {
	for _, s := range statements {
		plan, err := explain(ctx, db, s)
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "   ", s.text, s.args)
		for _, line := range plan {
			fmt.Fprintln(os.Stderr, "      |", line)
		}
	}
	return nil
}

func mark2(late bool) string {
	if late {
		return "!"
	}
	return " "
}
