//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

const (
	megabyte = 1 << 20

	aimIdle   = 60 * megabyte
	aimBinary = 45 * megabyte
	aimFirst  = 300 * time.Millisecond

	// aimConnections is the concurrency at which the ratios are judged.
	aimConnections = 16

	// pollsPerSecond are the statements that a server sends without any request,
	// to follow the feed of changes; aimStatements how many each token may add to
	// them once the caches are warm.
	pollsPerSecond = 4
	aimStatements  = 0.01
	// aimWritten is how many bytes a token may write on average: counts of use
	// are written in batches.
	aimWritten = 1.0
)

// aimRatio is the part of the floor's rate to reach.
var aimRatio = map[string]float64{"RS256": 0.92, "ES256": 0.65, "EdDSA": 0.65, "opaque": 0.30}

// cell is all that was measured of one token, on one database, at one number of
// connections. Samples of the same index were taken one after the other.
type cell struct {
	database    string
	token       string
	connections int
	floor, ours []sample
}

// ratio is ours of the floor: over all pairs, and the least and greatest of one.
func (c cell) ratio() (all, least, greatest float64) {
	all = meanRate(c.ours) / meanRate(c.floor)
	for i := range c.ours {
		r := c.ours[i].rate() / c.floor[i].rate()
		if i == 0 || r < least {
			least = r
		}
		greatest = max(greatest, r)
	}
	return all, least, greatest
}

func (c cell) String() string {
	text := fmt.Sprintf("%d connections: floor %.0f/s", c.connections, meanRate(c.floor))
	if len(c.ours) > 0 {
		all, _, _ := c.ratio()
		text += fmt.Sprintf(", ours %.0f/s, ratio %.2f", meanRate(c.ours), all)
	}
	return text
}

// report is what the program prints.
type report struct {
	cells  []cell
	starts []starts
	binary int64 // bytes of the stripped program
	failed int   // answers that failed their check, and requests that broke
}

// failure says what makes the whole run a failure.
func (r *report) failure() error {
	switch {
	case r.failed > 0:
		return fmt.Errorf("%d answers failed their check or did not come", r.failed)
	case len(r.cells) == 0:
		return errors.New("nothing was measured")
	}
	return nil
}

func (r *report) write(w io.Writer) {
	fmt.Fprintf(w, "Taken on %s: %s, %d cores, %s, Linux %s.\n", time.Now().UTC().Format("2006-01-02"),
		cpuModel(), runtime.NumCPU(), runtime.Version(), kernel())
	fmt.Fprintln(w, "Server and database on core 0, load generator on core 1, plain HTTP/1.1 with keep-alive. The floor is")
	fmt.Fprintln(w, "the least that a Go handler can do for the same answer (bench/floor); for opaque tokens it is a handler that")
	fmt.Fprintln(w, "only writes a body of that size. The ratio is over all runs, in parentheses the range of single pairs. Load")
	fmt.Fprintln(w, "generator and other work (of whatever else ran on the machine) are in percent of a core: a load generator near")
	fmt.Fprintln(w, "100 % held the faster side back, other work disturbed both.")
	if slices.ContainsFunc(r.cells, func(c cell) bool { return len(c.ours) > 0 }) {
		r.writeRates(w)
		r.writeAims(w)
		r.writeWork(w)
	} else {
		r.writeFloors(w)
	}
}

func (r *report) writeRates(w io.Writer) {
	fmt.Fprint(w, "\n| database | token | connections | tokens/s per core | p50 / p99 ms | CPU ms a token: server + database | memory MB | floor: tokens/s | p50 / p99 ms | CPU ms | ratio | load generator | other work |\n")
	fmt.Fprint(w, "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, c := range r.cells {
		if len(c.ours) == 0 {
			continue
		}
		all, least, greatest := c.ratio()
		both := slices.Concat(c.floor, c.ours)
		fmt.Fprintf(w, "| %s | %s | %d | **%.0f** | %s | %.3f + %.3f | %.0f | %.0f | %s | %.3f | **%.2f** (%.2f–%.2f) | %.0f %% | %.0f %% |\n",
			c.database, c.token, c.connections, meanRate(c.ours), latencies(c.ours),
			perAnswer(c.ours, serverTime), perAnswer(c.ours, func(s sample) time.Duration { return s.postgres }),
			megabytes(slices.MaxFunc(c.ours, func(a, b sample) int { return int(a.resident - b.resident) }).resident),
			meanRate(c.floor), latencies(c.floor), perAnswer(c.floor, serverTime), all, least, greatest,
			100*max(loaderShare(c.floor), loaderShare(c.ours)), 100*total(both, func(s sample) float64 { return s.strangers.Seconds() })/total(both, seconds))
	}
}

func (r *report) writeFloors(w io.Writer) {
	fmt.Fprint(w, "\n| floor of | connections | answers/s per core | p50 / p99 ms | CPU ms an answer | bytes of a body | load generator's core |\n|---|---|---|---|---|---|---|\n")
	for _, c := range r.cells {
		fmt.Fprintf(w, "| %s | %d | **%.0f** | %s | %.3f | %.0f | %.0f %% |\n", c.token, c.connections, meanRate(c.floor), latencies(c.floor),
			perAnswer(c.floor, serverTime),
			total(c.floor, func(s sample) float64 { return float64(s.Bytes) })/total(c.floor, count),
			100*loaderShare(c.floor))
	}
}

func (r *report) writeAims(w io.Writer) {
	fmt.Fprint(w, "\n| aim | measured | |\n|---|---|---|\n")
	for _, c := range r.cells {
		if c.connections != aimConnections || len(c.ours) == 0 {
			continue
		}
		all, _, _ := c.ratio()
		fmt.Fprintf(w, "| %s on %s: %.2f of its floor at %d connections | %.2f | %s |\n",
			c.token, c.database, aimRatio[c.token], c.connections, all, verdict(all >= aimRatio[c.token]))
	}
	for _, s := range r.starts {
		fmt.Fprintf(w, "| memory idle on %s: %d MB | %.0f MB | %s |\n", s.database, aimIdle/megabyte, megabytes(s.idle), verdict(s.idle <= aimIdle))
		if len(s.first) == 0 {
			continue
		}
		first := slices.Sorted(slices.Values(s.first))
		middle := first[len(first)/2]
		fmt.Fprintf(w, "| exec to first token on an existing database, %s: %d ms | %d ms (%d–%d) | %s |\n", s.database, aimFirst.Milliseconds(),
			middle.Milliseconds(), first[0].Milliseconds(), first[len(first)-1].Milliseconds(), verdict(middle <= aimFirst))
	}
	if r.binary > 0 {
		fmt.Fprintf(w, "| stripped program: %d MB | %.1f MB | %s |\n", aimBinary/megabyte, megabytes(r.binary), verdict(r.binary <= aimBinary))
	}
}

// writeWork shows what the database did while tokens were served from warm
// caches: next to nothing beyond following the feed.
func (r *report) writeWork(w io.Writer) {
	fmt.Fprintf(w, "\nWhat the database did meanwhile. Without any request the server asks it for changes %d times a second.\n", pollsPerSecond)
	fmt.Fprint(w, "\n| database | token | connections | tokens | statements | beyond the polls, a token | rows | bytes written | a token | |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, c := range r.cells {
		if len(c.ours) == 0 {
			continue
		}
		tokens := total(c.ours, count)
		statements := total(c.ours, func(s sample) float64 { return float64(s.work.statements) })
		beyond := max(0, statements-pollsPerSecond*total(c.ours, seconds)) / tokens
		written := total(c.ours, func(s sample) float64 { return float64(s.written + s.work.wal) })
		shown := [3]string{"not counted", "", ""}
		if c.database == "postgres" {
			shown[0] = fmt.Sprintf("%.0f", statements)
			shown[1] = fmt.Sprintf("%.4f", beyond)
			shown[2] = fmt.Sprintf("%.0f", total(c.ours, func(s sample) float64 { return float64(s.work.rows) }))
		}
		fmt.Fprintf(w, "| %s | %s | %d | %.0f | %s | %s | %s | %.0f | %.3f | %s |\n", c.database, c.token, c.connections, tokens,
			shown[0], shown[1], shown[2], written, written/tokens, verdict(beyond <= aimStatements && written/tokens <= aimWritten))
	}
}

func verdict(reached bool) string {
	if reached {
		return "reached"
	}
	return "**missed**"
}

func serverTime(s sample) time.Duration { return s.server }

// loaderShare is the part of its core that the load generator used. Near 1 it,
// not the target, was what limited the rate.
func loaderShare(samples []sample) float64 {
	return total(samples, func(s sample) float64 { return s.loader.Seconds() }) / total(samples, seconds)
}

func count(s sample) float64   { return float64(s.Answers) }
func seconds(s sample) float64 { return s.Seconds }

func total(samples []sample, of func(sample) float64) (sum float64) {
	for _, s := range samples {
		sum += of(s)
	}
	return sum
}

// meanRate is answers a second over all samples.
func meanRate(samples []sample) float64 { return total(samples, count) / total(samples, seconds) }

// perAnswer is CPU time an answer, in milliseconds.
func perAnswer(samples []sample, of func(sample) time.Duration) float64 {
	return 1000 * total(samples, func(s sample) float64 { return of(s).Seconds() }) / total(samples, count)
}

// latencies are the means of the samples' percentiles, in milliseconds.
func latencies(samples []sample) string {
	n := float64(len(samples))
	return fmt.Sprintf("%.2f / %.2f", total(samples, func(s sample) float64 { return s.P50 })/n, total(samples, func(s sample) float64 { return s.P99 })/n)
}

func megabytes(n int64) float64 { return float64(n) / megabyte }

func cpuModel() string {
	content, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range bytes.Lines(content) {
		if name, value, found := bytes.Cut(line, []byte(":")); found && string(bytes.TrimSpace(name)) == "model name" {
			return string(bytes.TrimSpace(value))
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	content, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(content))
}
