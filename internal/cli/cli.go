package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/server"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Env is the world around the command.
type Env struct {
	Args    []string // without the program's name
	Environ []string // as os.Environ
	Stdout  io.Writer
	Stderr  io.Writer
	Version string
}

// command is one subcommand.
type command struct {
	name, summary string
	run           func(context.Context, Env, []string) error
}

func commands() []command {
	return []command{
		{"serve", "run the server", serve},
		{"setup admin-pat", "make a new personal access token for the first service user", setupAdminPAT},
		{"setup code", "make a code with which the first administrator sets a password", setupCode},
		{"token", "ask a server for an access token and print it", token},
		{"version", "print the version", version},
	}
}

// usageError is wrong use: its text is followed by how to do better.
type usageError struct{ text, hint string }

func (e usageError) Error() string { return e.text }

// Run runs the command and returns its exit code.
func Run(ctx context.Context, env Env) int {
	err := dispatch(ctx, env)
	var usage usageError
	var faults server.Faults
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(env.Stderr, "latchkey: %s\n%s\n", usage.text, usage.hint)
		return exitUsage
	case errors.As(err, &faults):
		fmt.Fprintf(env.Stderr, "latchkey: %v\nsee `latchkey serve --help` for every setting\n", faults)
		return exitUsage
	}
	fmt.Fprintf(env.Stderr, "latchkey: %v\n", err)
	return exitFailed
}

func dispatch(ctx context.Context, env Env) error {
	if len(env.Args) == 0 {
		help(env.Stderr)
		return usageError{"name a command", "try `latchkey serve`"}
	}
	switch env.Args[0] {
	case "help", "-h", "--help":
		help(env.Stdout)
		return nil
	case "--version":
		return version(ctx, env, nil)
	}
	line := strings.Join(env.Args, " ") + " "
	for _, c := range commands() {
		if strings.HasPrefix(line, c.name+" ") {
			return c.run(ctx, env, env.Args[len(strings.Fields(c.name)):])
		}
	}
	var longer []string
	for _, c := range commands() {
		if strings.HasPrefix(c.name, env.Args[0]+" ") {
			longer = append(longer, "`latchkey "+c.name+"`")
		}
	}
	if len(longer) > 0 {
		return usageError{fmt.Sprintf("%s is not a command by itself", env.Args[0]), "try " + strings.Join(longer, " or ")}
	}
	return usageError{fmt.Sprintf("there is no command %q", env.Args[0]), "`latchkey help` lists the commands"}
}

func help(w io.Writer) {
	fmt.Fprint(w, "latchkey is an identity provider for service users.\n\nUsage:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  latchkey %-17s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\n`latchkey COMMAND --help` says more about one of them.\n")
}

// newFlags returns a flag set that prints help for a command and leaves errors to Run.
func newFlags(env Env, name, summary string) *flag.FlagSet {
	f := flag.NewFlagSet("latchkey "+name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {
		fmt.Fprintf(env.Stdout, "latchkey %s: %s\n\nFlags:\n", name, summary)
		f.SetOutput(env.Stdout)
		f.PrintDefaults()
		f.SetOutput(io.Discard)
	}
	return f
}

// parse reads flags; nothing may follow them.
func parse(f *flag.FlagSet, args []string) error {
	hint := "`" + f.Name() + " --help` lists the flags"
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError{err.Error(), hint}
	}
	if f.NArg() > 0 {
		return usageError{fmt.Sprintf("unexpected argument %q", f.Arg(0)), hint}
	}
	return nil
}

func version(_ context.Context, env Env, args []string) error {
	if err := parse(newFlags(env, "version", "print the version"), args); err != nil {
		return err
	}
	_, err := fmt.Fprintln(env.Stdout, "latchkey", env.Version)
	return err
}
