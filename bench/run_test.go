//go:build linux

package main

import (
	"errors"
	"flag"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseOptions(t *testing.T) {
	o, err := parseOptions(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.databases, allDatabases) || !slices.Equal(o.tokens, allTokens) || !slices.Contains(o.connections, aimConnections) {
		t.Errorf("without flags: %+v", o)
	}
	o, err = parseOptions(strings.Fields("-db sqlite -alg ES256,opaque -duration 2s -connections 3"))
	if err != nil {
		t.Fatal(err)
	}
	if len(o.databases) != 1 || len(o.tokens) != 2 || o.duration != 2*time.Second || !slices.Equal(o.connections, []int{3}) {
		t.Errorf("with flags: %+v", o)
	}
	for _, wrong := range []string{
		"-db mysql", "-db=", "-alg HS256", "-connections 0", "-connections 1,,2", "-duration 1s", "-warm-up 0s",
		"-repetitions 0", "-users 0", "more",
	} {
		if o, err := parseOptions(strings.Fields(wrong)); err == nil || errors.Is(err, flag.ErrHelp) {
			t.Errorf("%s: %+v, %v", wrong, o, err)
		}
	}
}

func TestParseResult(t *testing.T) {
	const noise = "Running 5s test @ http://127.0.0.1:8080\n  1 threads and 16 connections\n"
	const result = `RESULT {"answers":4000,"failed":2,"broken":1,"bytes":4800000,"seconds":5.010,"p50":1.250,"p99":8.500,"max":12.000}` + "\n"
	s, err := parseResult([]byte(noise + result + "FAILED status 500: oh\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Answers != 4000 || s.Failed != 2 || s.Broken != 1 || s.P99 != 8.5 || s.firstFailure != "status 500: oh" {
		t.Errorf("%+v", s)
	}
	if rate := s.rate(); math.Abs(rate-798.4) > 0.1 {
		t.Errorf("rate %v", rate)
	}
	for _, output := range []string{"", noise, "RESULT {", "RESULT {}", `RESULT {"answers":0,"seconds":5}`} {
		if s, err := parseResult([]byte(output)); err == nil {
			t.Errorf("%q gave %+v", output, s)
		}
	}
}

func TestProcNumbers(t *testing.T) {
	const stat = "123 (a ) b) S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 15 16 17"
	if got := statTime([]byte(stat)); got != 127*tick {
		t.Errorf("statTime = %v, want %v", got, 127*tick)
	}
	if got := statTime([]byte("123 (a) S 1")); got != 0 {
		t.Errorf("statTime of a short line = %v", got)
	}
	const machine = "cpu  10 2 3 9999 888 4 5 6 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n"
	if got := busyTime([]byte(machine)); got != 30*tick {
		t.Errorf("busyTime = %v, want %v", got, 30*tick)
	}
	if got := labelled([]byte("VmPeak:\t 9 kB\nVmRSS:\t   1234 kB\n"), "VmRSS:"); got != 1234 {
		t.Errorf("labelled = %d", got)
	}
	if got := labelled([]byte("VmRSS:\n"), "VmRSS:"); got != 0 {
		t.Errorf("labelled without a value = %d", got)
	}
}

func TestProcessTree(t *testing.T) {
	child := exec.Command("sh", "-c", "sleep 60 & echo started; wait")
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := output.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	pids := tree(child.Process.Pid)
	for _, pid := range slices.Backward(pids) {
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill() // it may have ended
		}
	}
	_ = child.Wait() // it was killed
	if len(pids) != 2 {
		t.Errorf("the tree of a process with a child is %v", pids)
	}
	if pids := tree(0); pids != nil {
		t.Errorf("the tree of nothing is %v", pids)
	}
	if residentBytes(os.Getpid()) < megabyte || cpuTime(os.Getpid()) < 0 || machineTime() <= 0 {
		t.Error("this process has no memory or time")
	}
}

func TestReport(t *testing.T) {
	fast := sample{Answers: 1000, Seconds: 1, P50: 1, P99: 2, server: time.Second}
	slow := sample{Answers: 500, Seconds: 1, P50: 2, P99: 4, server: time.Second, resident: 50 * megabyte}
	busy := slow
	busy.work = work{statements: 1004, rows: 500, wal: 100_000}
	r := report{
		cells: []cell{
			{database: "sqlite", token: "opaque", connections: 16, floor: []sample{fast, fast}, ours: []sample{slow, fast}},
			{database: "postgres", token: "RS256", connections: 16, floor: []sample{fast}, ours: []sample{busy}},
		},
		starts: []starts{{database: "sqlite", idle: 61 * megabyte, first: []time.Duration{400, 100 * time.Millisecond, 90 * time.Millisecond}}},
		binary: 44 * megabyte,
	}
	var text strings.Builder
	r.write(&text)
	for _, want := range []string{
		"| sqlite | opaque | 16 | **750** | 1.50 / 3.00 | 1.333 + 0.000 | 50 | 1000 | 1.00 / 2.00 | 1.000 | **0.75** (0.50–1.00) | 0 % | 0 % |",
		"| opaque on sqlite: 0.30 of its floor at 16 connections | 0.75 | reached |",
		"| RS256 on postgres: 0.92 of its floor at 16 connections | 0.50 | **missed** |",
		"| memory idle on sqlite: 60 MB | 61 MB | **missed** |",
		"| exec to first token on an existing database, sqlite: 300 ms | 90 ms (0–100) | reached |",
		"| stripped program: 45 MB | 44.0 MB | reached |",
		"| sqlite | opaque | 16 | 1500 | not counted |  |  | 0 | 0.000 | reached |",
		"| postgres | RS256 | 16 | 500 | 1004 | 2.0000 | 500 | 100000 | 200.000 | **missed** |",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report lacks %s\n%s", want, text.String())
		}
	}
	if err := r.failure(); err != nil {
		t.Errorf("a missed aim is a failure: %v", err)
	}
	r.failed = 1
	if err := r.failure(); err == nil {
		t.Error("a failed answer is no failure")
	}
	if err := (&report{}).failure(); err == nil {
		t.Error("to have measured nothing is no failure")
	}
}
