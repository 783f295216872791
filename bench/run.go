//go:build linux

// Command bench measures how many tokens the server issues on one core, beside
// the floor (bench/floor) under the same load in the same minutes. It needs
// Linux, two cores, taskset and wrk, and the PostgreSQL server programs unless
// -db leaves PostgreSQL out.
//
// The server and its database run on core 0, the load generator on core 1. The
// report goes to stdout as Markdown, progress to stderr. A missed aim is
// reported, and is no failure; an answer that fails its check is one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	serverCore = "0"
	loadCore   = "1"
)

var (
	allDatabases = []string{"sqlite", "postgres"}
	allTokens    = []string{"RS256", "ES256", "EdDSA", "opaque"}
)

// options are what the flags say.
type options struct {
	databases   []string
	tokens      []string // a signing algorithm, or opaque
	connections []int
	duration    time.Duration
	warmUp      time.Duration
	repetitions int
	users       int
	onlyFloor   bool
}

// bench is one run of the program.
type bench struct {
	options
	dir             string // temporary
	latchkey, floor string // programs
	script          string // for wrk
	report          report
}

func main() {
	// The children are to die with this process, and the kernel watches the thread
	// that started them. Only the main goroutine starts any; it keeps its thread.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) (err error) {
	options, err := parseOptions(arguments)
	if err != nil {
		return err
	}
	if err := checkMachine(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "latchkey-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{options: options, dir: dir, script: filepath.Join("bench", "token.lua")}
	if err := b.build(ctx); err != nil {
		return err
	}
	// What this process does itself must not disturb the server.
	if err := pin(os.Getpid(), loadCore); err != nil {
		return err
	}
	if b.onlyFloor {
		err = b.measureFloors(ctx)
	} else {
		err = b.measureAll(ctx)
	}
	b.report.write(os.Stdout)
	if err != nil {
		return err
	}
	return b.report.failure()
}

func parseOptions(arguments []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	databases := flags.String("db", strings.Join(allDatabases, ","), "databases to measure")
	tokens := flags.String("alg", strings.Join(allTokens, ","), "tokens to measure: signing algorithms, or opaque")
	connections := flags.String("connections", "1,16,64,256", "numbers of connections to measure with")
	flags.DurationVar(&o.duration, "duration", 5*time.Second, "time for each of server and floor, per repetition")
	flags.DurationVar(&o.warmUp, "warm-up", 3*time.Second, "time for each of server and floor before the first measurement")
	flags.IntVar(&o.repetitions, "repetitions", 1, "repetitions of each measurement")
	flags.IntVar(&o.users, "users", 1000, "service users")
	flags.BoolVar(&o.onlyFloor, "only-floor", false, "measure the floor without a server")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	var err error
	if o.databases, err = choices("-db", *databases, allDatabases); err != nil {
		return o, err
	}
	if o.tokens, err = choices("-alg", *tokens, allTokens); err != nil {
		return o, err
	}
	for field := range strings.SplitSeq(*connections, ",") {
		n, err := strconv.Atoi(field)
		if err != nil || n < 1 {
			return o, fmt.Errorf("-connections: %q is not a positive number", field)
		}
		o.connections = append(o.connections, n)
	}
	if o.duration < 2*time.Second || o.warmUp < time.Second {
		return o, errors.New("-duration is at least 2s and -warm-up 1s: wrk counts in seconds and the duration is halved")
	}
	if o.repetitions < 1 || o.users < 1 {
		return o, errors.New("-repetitions and -users are at least 1")
	}
	return o, nil
}

// choices splits a list whose elements must be among the allowed.
func choices(name, list string, allowed []string) ([]string, error) {
	chosen := strings.Split(list, ",")
	for _, choice := range chosen {
		if !slices.Contains(allowed, choice) {
			return nil, fmt.Errorf("%s: %q is none of %s", name, choice, strings.Join(allowed, ", "))
		}
	}
	return chosen, nil
}

func checkMachine() error {
	for program, source := range map[string]string{"wrk": "wrk", "taskset": "util-linux"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("the program %s is missing: run apt-get install %s", program, source)
		}
	}
	if runtime.NumCPU() < 2 {
		return errors.New("there is one core: server and load generator need one each")
	}
	return nil
}

// build compiles the server, a stripped copy for its size, and the floor.
func (b *bench) build(ctx context.Context) error {
	b.floor = filepath.Join(b.dir, "floor")
	if err := compile(ctx, "-o", b.floor, "./bench/floor"); err != nil {
		return err
	}
	if b.onlyFloor {
		return nil
	}
	b.latchkey = filepath.Join("bin", "latchkey")
	if err := compile(ctx, "-o", b.latchkey, "./cmd/latchkey"); err != nil {
		return err
	}
	stripped := filepath.Join(b.dir, "stripped")
	if err := compile(ctx, "-ldflags", "-s -w", "-o", stripped, "./cmd/latchkey"); err != nil {
		return err
	}
	info, err := os.Stat(stripped)
	if err != nil {
		return err
	}
	b.report.binary = info.Size()
	return os.Remove(stripped)
}

func compile(ctx context.Context, arguments ...string) error {
	progress("build %s", arguments[len(arguments)-1])
	cmd := exec.CommandContext(ctx, "go", append([]string{"build"}, arguments...)...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build %s: %w", strings.Join(arguments, " "), err)
	}
	return nil
}

func progress(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", arguments...)
}
