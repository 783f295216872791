//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that runs on the server's core.
type process struct {
	cmd     *exec.Cmd
	name    string
	log     string
	started time.Time     // just before the exec
	done    chan struct{} // closed when it has ended
}

// start runs a program on the server's core. It dies with this process. Its
// output is appended to the log file.
func start(name, log string, environment []string, program string, arguments ...string) (*process, error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer output.Close() // the program has its own copy
	cmd := exec.Command("taskset", append([]string{"-c", serverCore, program}, arguments...)...)
	// The runtime counts the cores that it may use; this says the same aloud.
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Env = append(cmd.Env, environment...)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p := &process{cmd: cmd, name: name, log: log, started: time.Now(), done: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		_ = cmd.Wait() // how it ended stands in the state
		close(p.done)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop asks the program to end, and kills it if it does not.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(30 * time.Second):
		return errors.Join(fmt.Errorf("%s did not end on SIGTERM", p.name), p.cmd.Process.Kill())
	}
}

// poll calls try until it reports success. It gives up when the program ends or
// a minute has passed.
func (p *process) poll(ctx context.Context, interval time.Duration, try func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for !try(ctx) {
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %v\n%s", p.name, p.cmd.ProcessState, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", p.name, ctx.Err(), p.tail())
		case <-time.After(interval):
		}
	}
	return nil
}

// tail is the end of the log, for an error message.
func (p *process) tail() string {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(content[max(0, len(content)-2000):])
}

// answers reports whether a GET of the URL is answered with 200.
func answers(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// freeAddress finds a port of 127.0.0.1 that nobody listens on.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// pin moves a running process with all its threads to a core.
func pin(pid int, core string) error {
	output, err := exec.Command("taskset", "-a", "-c", "-p", core, strconv.Itoa(pid)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("pin process %d to core %s: %w: %s", pid, core, err, output)
	}
	return nil
}

// tree is the process and all that descend from it; nothing for 0.
func tree(pid int) []int {
	if pid == 0 {
		return nil
	}
	pids := []int{pid}
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return pids
	}
	for field := range strings.FieldsSeq(string(content)) {
		if child, err := strconv.Atoi(field); err == nil {
			pids = append(pids, tree(child)...)
		}
	}
	return pids
}

// tick is the unit of CPU time in /proc (USER_HZ), the same on every platform
// that Go supports.
const tick = 10 * time.Millisecond

// cpuTime is what a process tree has used, with its children that have ended.
func cpuTime(pid int) time.Duration {
	var sum time.Duration
	for _, p := range tree(pid) {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		if err == nil { // else it has ended, and its parent counts it
			sum += statTime(content)
		}
	}
	return sum
}

// statTime reads utime, stime, cutime and cstime out of /proc/PID/stat, the
// fields 14 to 17; the second is a name in parentheses that may hold spaces.
func statTime(stat []byte) time.Duration {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 15 {
		return 0
	}
	return sumTicks(fields[11:15])
}

// machineTime is the CPU time that the whole machine has spent on anything.
func machineTime() time.Duration {
	content, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	return busyTime(content)
}

// busyTime reads the first line of /proc/stat: cpu, then user, nice, system,
// idle, iowait, irq, softirq, steal. Stolen time counts: it was not ours.
func busyTime(stat []byte) time.Duration {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 {
		return 0
	}
	return sumTicks(fields[1:4]) + sumTicks(fields[6:9])
}

func sumTicks(fields [][]byte) time.Duration {
	var sum time.Duration
	for _, field := range fields {
		ticks, err := strconv.ParseInt(string(field), 10, 64)
		if err == nil {
			sum += time.Duration(ticks) * tick
		}
	}
	return sum
}

// residentBytes is the memory of one process (VmRSS), writtenBytes what it has
// caused to be written to disk.
func residentBytes(pid int) int64 { return procNumber(pid, "status", "VmRSS:") * 1024 }
func writtenBytes(pid int) int64  { return procNumber(pid, "io", "write_bytes:") }

// procNumber reads the number behind a label in a file of /proc/PID.
func procNumber(pid int, file, label string) int64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0
	}
	return labelled(content, label)
}

func labelled(content []byte, label string) int64 {
	for line := range bytes.Lines(content) {
		fields := bytes.Fields(line)
		if len(fields) >= 2 && string(fields[0]) == label {
			number, err := strconv.ParseInt(string(fields[1]), 10, 64)
			if err == nil {
				return number
			}
		}
	}
	return 0
}
