// Command console measures how long the server takes for each page of the
// console where an organization holds a hundred thousand users, on SQLite and
// on PostgreSQL. The report goes to stdout as Markdown, progress to stderr.
//
// It calls the console in its own process, so that what is measured is the
// server's work alone: no network and no browser.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/testpg"
)

func main() {
	users := flag.Int("users", 100_000, "users of the large organization")
	rounds := flag.Int("rounds", 40, "requests for each page, after five to warm up")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *users, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench-console:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to be stopped
	}
}

func run(ctx context.Context, users, rounds int) error {
	dir, err := os.MkdirTemp("", "bench-console-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cluster, err := testpg.Start(ctx, testpg.Options{Fsync: true})
	if err != nil {
		return err
	}
	defer func() { _ = cluster.Stop() }()
	if err := cluster.CreateDatabase(ctx, "latchkey"); err != nil {
		return err
	}
	var columns [2][]row
	for i, at := range []place{
		{"SQLite", "sqlite", filepath.Join(dir, "latchkey.db")},
		{"PostgreSQL", "pgx", cluster.URL("latchkey")},
	} {
		fmt.Fprintln(os.Stderr, at.name, "is filled with", users, "users")
		cfg := store.Config{Path: at.address}
		if at.driver == "pgx" {
			cfg = store.Config{URL: at.address}
		}
		if columns[i], err = measure(ctx, cfg, at, dir, users, rounds); err != nil {
			return fmt.Errorf("%s: %w", at.name, err)
		}
	}
	report(users, rounds, columns)
	return nil
}

// row is what one page cost.
type row struct {
	name          string
	median, slow  time.Duration // slow: 95 of 100 were faster
	bytes, zipped int
	status        int
}

func measure(ctx context.Context, cfg store.Config, at place, dir string, users, rounds int) ([]row, error) {
	w, err := fill(ctx, cfg, at, dir, users)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.db.Close() }()
	var rows []row
	for _, p := range w.pages() {
		r := row{name: p.name}
		var took []time.Duration
		for i := range rounds + 5 {
			start := time.Now()
			answer := w.get(ctx, p.path, "gzip")
			if d := time.Since(start); i >= 5 {
				took = append(took, d)
			}
			r.status, r.zipped = answer.Code, answer.Body.Len()
		}
		if r.status != http.StatusOK {
			return nil, fmt.Errorf("%s answers %d", p.path, r.status)
		}
		r.bytes = w.get(ctx, p.path, "").Body.Len()
		slices.Sort(took)
		r.median, r.slow = took[len(took)/2], took[len(took)*95/100]
		rows = append(rows, r)
		fmt.Fprintf(os.Stderr, "  %-40s %8.2f ms\n", r.name, ms(r.median))
	}
	return rows, nil
}

func (w *world) get(ctx context.Context, path, coding string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	r.Host = "localhost:8080"
	if coding != "" {
		r.Header.Set("Accept-Encoding", coding)
	}
	r.AddCookie(&http.Cookie{Name: "latchkey", Value: w.token})
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	return answer
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func report(users, rounds int, columns [2][]row) {
	fmt.Printf("%s, %d cores, %s. One organization holds %d users, %d authorizations and %d events; %d requests a page.\n\n",
		processor(), runtime.NumCPU(), runtime.Version(), users, users, users, rounds)
	fmt.Println("| page | SQLite: median | p95 | PostgreSQL: median | p95 | bytes, compressed | bytes |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for i, lite := range columns[0] {
		pg := columns[1][i]
		fmt.Printf("| %s | **%.1f ms** | %.1f ms | **%.1f ms** | %.1f ms | %d | %d |\n",
			lite.name, ms(lite.median), ms(lite.slow), ms(pg.median), ms(pg.slow), lite.zipped, lite.bytes)
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
