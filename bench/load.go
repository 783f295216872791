//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// target is something that answers token requests on the server's core.
type target struct {
	url      string // of the token endpoint
	pid      int
	database *cluster // nil without a database of its own processes
}

// load is what wrk sends.
type load struct {
	script, credentials, project, token string
}

// sample is one run of wrk against one target. The exported fields are what
// token.lua reports: counts, bytes of the bodies, seconds, and milliseconds.
type sample struct {
	Answers int     `json:"answers"`
	Failed  int     `json:"failed"` // answers that failed their check
	Broken  int     `json:"broken"` // connections that failed, requests that timed out
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"`
	P50     float64 `json:"p50"`
	P99     float64 `json:"p99"`
	Max     float64 `json:"max"`

	firstFailure string
	server       time.Duration // CPU time of the target's process
	postgres     time.Duration // CPU time of its database's processes
	loader       time.Duration // CPU time of wrk
	strangers    time.Duration // CPU time of everything else on the machine
	resident     int64         // memory of the target's process afterwards
	written      int64         // bytes that the target's process wrote to disk
	work         work          // what its database did
}

func (s sample) rate() float64 { return float64(s.Answers) / s.Seconds }

// run sends requests from the load generator's core for some time.
func (l load) run(ctx context.Context, t target, connections int, duration time.Duration) (sample, error) {
	cmd := exec.CommandContext(ctx, "taskset", "-c", loadCore, "wrk",
		"--threads", "1", "--connections", strconv.Itoa(connections),
		"--duration", strconv.Itoa(int(duration.Round(time.Second).Seconds()))+"s",
		"--timeout", "10s", "--script", l.script, t.url)
	cmd.Env = append(os.Environ(), "BENCH_CREDENTIALS="+l.credentials, "BENCH_PROJECT="+l.project, "BENCH_TOKEN="+l.token)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}

	workBefore, err := t.database.work(ctx)
	if err != nil {
		return sample{}, err
	}
	writtenBefore, serverBefore, postgresBefore, busyBefore := writtenBytes(t.pid), cpuTime(t.pid), cpuTime(t.database.pid()), machineTime()
	output, err := cmd.CombinedOutput()
	server, postgres, busy := cpuTime(t.pid)-serverBefore, cpuTime(t.database.pid())-postgresBefore, machineTime()-busyBefore
	if err != nil {
		return sample{}, fmt.Errorf("wrk: %w: %s", err, output)
	}
	s, err := parseResult(output)
	if err != nil {
		return sample{}, err
	}
	workAfter, err := t.database.work(ctx)
	if err != nil {
		return sample{}, err
	}
	s.server, s.postgres = server, postgres
	s.loader = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	s.strangers = max(0, busy-s.server-s.postgres-s.loader)
	s.resident = residentBytes(t.pid)
	s.written = writtenBytes(t.pid) - writtenBefore
	s.work = workAfter.minus(workBefore)
	return s, nil
}

// parseResult reads the lines of token.lua out of wrk's output.
func parseResult(output []byte) (sample, error) {
	var s sample
	found := false
	lines := bufio.NewScanner(bytes.NewReader(output))
	for lines.Scan() {
		if result, ok := strings.CutPrefix(lines.Text(), "RESULT "); ok {
			if err := json.Unmarshal([]byte(result), &s); err != nil {
				return sample{}, fmt.Errorf("wrk printed %q: %w", result, err)
			}
			found = true
		}
		if failure, ok := strings.CutPrefix(lines.Text(), "FAILED "); ok {
			s.firstFailure = failure
		}
	}
	if err := lines.Err(); err != nil {
		return sample{}, err
	}
	if !found || s.Seconds <= 0 {
		return sample{}, fmt.Errorf("wrk printed no result: %s", output)
	}
	if s.Answers == 0 {
		return sample{}, errors.New("no request was answered")
	}
	return s, nil
}
