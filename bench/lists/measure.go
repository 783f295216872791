package main

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/latchkey-iam/latchkey/internal/store"
)

// answer is what one ask cost on one database.
type answer struct {
	rows          int
	total         uint64
	rowsTook      time.Duration // medians
	totalTook     time.Duration
	plan, counted string // which indexes gave the rows, and the total
	statements    []statement
}

type statement struct {
	text string
	args []any
}

// counts reports whether a statement finds the total, and perhaps the keys of all
// rows with it.
func (s statement) counts() bool {
	for _, begin := range []string{"SELECT count", "SELECT (SELECT", "WITH "} {
		if strings.HasPrefix(s.text, begin) {
			return true
		}
	}
	return false
}

// measure asks several times and takes medians. Times are those of the whole
// list as the API's operations ask for it: the statements, and reading what they
// return. On PostgreSQL a statement asked this often is prepared, and may get a
// plan that no longer looks at its arguments.
func measure(ctx context.Context, db *store.DB, plans *sql.DB, a ask, o options) (answer, error) {
	var out answer
	var rows, totals []time.Duration
	for i := range o.rounds + warmUp {
		var last time.Duration
		var spent [2]time.Duration
		kind := 0
		out.statements = nil
		lap := func() {
			now := clock(o.cpu)
			if last != 0 {
				spent[kind] += now - last
			}
			last = now
		}
		r := db.Read().Told(func(query string, args []any) {
			lap()
			s := statement{query, slices.Clone(args)}
			out.statements = append(out.statements, s)
			if kind = 0; s.counts() {
				kind = 1
			}
		})
		var err error
		if out.rows, out.total, err = a.run(ctx, r, a.caller.reach, a.filter, a.page); err != nil {
			return out, err
		}
		lap()
		if i >= warmUp {
			rows, totals = append(rows, spent[0]), append(totals, spent[1])
		}
		if spent[0]+spent[1] > 2*time.Second && i >= 1 { // known to be slow
			rows, totals = append(rows, spent[0]), append(totals, spent[1])
			break
		}
	}
	slices.Sort(rows)
	slices.Sort(totals)
	out.rowsTook, out.totalTook = rows[len(rows)/2], totals[len(totals)/2]
	if o.best {
		out.rowsTook, out.totalTook = rows[0], totals[0]
	}
	for _, s := range out.statements {
		plan, err := explain(ctx, plans, s)
		if err != nil {
			return out, err
		}
		if s.counts() {
			out.counted = summary(plan)
		} else {
			out.plan = summary(plan)
		}
	}
	return out, nil
}

const warmUp = 6

// clock is the time, or that of the processors that this program has used.
func clock(cpu bool) time.Duration {
	if !cpu {
		return time.Duration(time.Now().UnixNano())
	}
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// explain is how the database goes about a statement.
func explain(ctx context.Context, db *sql.DB, s statement) ([]string, error) {
	var version string
	prefix, lite := "EXPLAIN ", false
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err == nil {
		prefix, lite = "EXPLAIN QUERY PLAN ", true
	}
	found, err := db.QueryContext(ctx, prefix+s.text, s.args...)
	if err != nil {
		return nil, fmt.Errorf("explain %s: %w", s.text, err)
	}
	defer found.Close()
	var lines []string
	for found.Next() {
		var line string
		var a, b, c int
		if lite {
			err = found.Scan(&a, &b, &c, &line)
		} else {
			err = found.Scan(&line)
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, found.Err()
}

var (
	liteIndex = regexp.MustCompile(`^(SEARCH|SCAN) (\S+)(?: USING (?:AUTOMATIC )?(?:PARTIAL )?(COVERING )?INDEX (\S+))?`)
	postIndex = regexp.MustCompile(`(Seq Scan|Index Only Scan|Index Scan|Bitmap Index Scan)(?: Backward)?(?: using (\S+))?(?: on (\S+))?`)
)

// summary names the indexes of a plan in its order, and what is read without one.
func summary(plan []string) string {
	var parts []string
	add := func(s string) {
		if !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	for _, line := range plan {
		if m := liteIndex.FindStringSubmatch(line); m != nil {
			switch {
			case m[4] != "":
				add(strings.TrimPrefix(m[4], "sqlite_autoindex_"))
			case m[1] == "SCAN" && strings.Contains(line, "VIRTUAL") || strings.HasPrefix(m[2], "(") || m[1] == "SEARCH":
			default:
				add("all of " + m[2])
			}
		} else if strings.Contains(line, "TEMP B-TREE") {
			add("sort")
		} else if m := postIndex.FindStringSubmatch(line); m != nil {
			switch {
			case m[1] == "Seq Scan":
				add("all of " + m[3])
			case m[2] != "":
				add(m[2])
			default:
				add(m[3])
			}
		} else if strings.Contains(line, "Sort  (") {
			add("sort")
		}
	}
	return strings.Join(parts, ", ")
}
