package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// NewAdminPAT is the local command that makes a new token for the first
// service user, beside a server that may be running. It returns when the token
// expires.
func NewAdminPAT(ctx context.Context, cfg Config, log *slog.Logger, path string) (expires time.Time, err error) {
	s, err := openExisting(ctx, cfg, log)
	if err != nil {
		return time.Time{}, err
	}
	defer func() { err = errors.Join(err, s.db.Close()) }()
	cred, err := s.directory.NewAdminPAT(ctx, cfg.First.MachineUserName, path)
	return cred.Expires, err
}

// NewSetupCode is the local command that makes a code with which the first
// administrator sets a password, beside a server that may be running. With
// reset it does so also where there is a password, which stays good until the
// code is used. It returns when the code ends.
func NewSetupCode(ctx context.Context, cfg Config, log *slog.Logger, reset bool) (code keyring.Secret, expires time.Time, err error) {
	s, err := openExisting(ctx, cfg, log)
	if err != nil {
		return keyring.Secret{}, time.Time{}, err
	}
	defer func() { err = errors.Join(err, s.db.Close()) }()
	return s.directory.NewSetupCode(ctx, cfg.First.AdminUserName, reset)
}

// openExisting is openStore for a database that must be there.
func openExisting(ctx context.Context, cfg Config, log *slog.Logger) (*Server, error) {
	if cfg.DatabaseURL == "" {
		// Opening would make one; a wrong directory is the likelier cause.
		if _, err := os.Stat(databaseFile(cfg)); err != nil {
			return nil, fmt.Errorf("there is no database in %s: start the server once, or name its data directory", cfg.DataDir)
		}
	}
	return openStore(ctx, cfg, log)
}
