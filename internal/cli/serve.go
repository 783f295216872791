package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/latchkey-iam/latchkey/internal/server"
)

func newLogger(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) }

// serve runs the server until the context ends.
func serve(ctx context.Context, env Env, args []string) (err error) {
	f := newFlags(env, "serve", "run the server")
	flags := newConfigFlags(f)
	if err := parse(f, args); err != nil {
		return err
	}
	cfg, err := flags.load(env.Environ)
	if err != nil {
		return err
	}
	s, err := server.Open(ctx, cfg, newLogger(env.Stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Serve(ctx, env.Stdout, nil)
}

// setupAdminPAT makes a new first credential, beside a running server or without one.
func setupAdminPAT(ctx context.Context, env Env, args []string) error {
	f := newFlags(env, "setup admin-pat", "make a new personal access token for the first service user; it needs the database and the master key")
	path := f.String("path", "", "new `file` for the token (default: admin.pat in the data directory)")
	flags := newConfigFlags(f)
	if err := parse(f, args); err != nil {
		return err
	}
	cfg, err := flags.load(env.Environ)
	if err != nil {
		return err
	}
	if *path == "" {
		*path = filepath.Join(cfg.DataDir, "admin.pat")
	}
	expires, err := server.NewAdminPAT(ctx, cfg, newLogger(env.Stderr), *path)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "a personal access token of %s, good until %s, is in:\n",
		cfg.First.MachineUserName, expires.Format(time.RFC3339))
	_, err = fmt.Fprintln(env.Stdout, *path)
	return err
}

// setupCode makes a code for the first administrator, beside a running server or without one.
func setupCode(ctx context.Context, env Env, args []string) error {
	f := newFlags(env, "setup code", "make a code with which the first administrator sets a password; it needs the database and the master key")
	reset := f.Bool("reset", false, "also where there is a password, which the code replaces when it is used")
	flags := newConfigFlags(f)
	if err := parse(f, args); err != nil {
		return err
	}
	cfg, err := flags.load(env.Environ)
	if err != nil {
		return err
	}
	code, expires, err := server.NewSetupCode(ctx, cfg, newLogger(env.Stderr), *reset)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "with this code %s sets a password at %s/ui/setup until %s:\n",
		cfg.First.AdminUserName, cfg.ExternalURL, expires.Format(time.RFC3339))
	_, err = fmt.Fprintln(env.Stdout, code.Reveal())
	return err
}
