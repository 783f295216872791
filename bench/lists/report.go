package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// The figures to keep to.
const (
	rowsWithin  = 20 * time.Millisecond
	totalWithin = 150 * time.Millisecond
	scanWithin  = 200 * time.Millisecond // rows and total of contains and ends-with, in one organization
)

func (a ask) rowsLate(x answer) bool {
	if a.slow {
		return x.rowsTook+x.totalTook > scanWithin
	}
	return x.rowsTook > rowsWithin
}

func (a ask) totalLate(x answer) bool {
	if a.slow {
		return false
	}
	return x.totalTook > totalWithin
}

func exists(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "42P04"
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func report(o options, wanted []ask, answers [2][]answer) {
	how := "medians"
	if o.best {
		how = "the best"
	}
	fmt.Printf("%s, %d cores, %s. %d users in %d organizations, %s of %d.\n\n", processor(), runtime.NumCPU(), runtime.Version(), o.users, o.orgs, how, o.rounds)
	fmt.Println("| list | caller | asked for | total | SQLite: rows | total | PostgreSQL: rows | total |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	cell := func(d time.Duration, late bool) string {
		if late {
			return fmt.Sprintf("**%.1f ms**", ms(d))
		}
		return fmt.Sprintf("%.1f ms", ms(d))
	}
	for i, a := range wanted {
		line := []string{a.list, a.caller.name, a.what, ""}
		for _, of := range answers {
			if of == nil {
				line = append(line, "", "")
				continue
			}
			x := of[i]
			line[3] = fmt.Sprint(x.total)
			line = append(line, cell(x.rowsTook, a.rowsLate(x)), cell(x.totalTook, a.totalLate(x)))
		}
		fmt.Println("| " + strings.Join(line, " | ") + " |")
	}
	fmt.Println("\n| list | caller | asked for | SQLite: rows by | total by | PostgreSQL: rows by | total by |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for i, a := range wanted {
		line := []string{a.list, a.caller.name, a.what}
		for _, of := range answers {
			if of == nil {
				line = append(line, "", "")
				continue
			}
			line = append(line, of[i].plan, of[i].counted)
		}
		fmt.Println("| " + strings.Join(line, " | ") + " |")
	}
}

// processor names the machine's, as Linux does.
func processor() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}
