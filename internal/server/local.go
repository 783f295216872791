package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

// NewAdminPAT is the local command that makes a new token for the first
// service user, beside a server that may be running. It returns when the token
// expires.
func NewAdminPAT(ctx context.Context, cfg Config, log *slog.Logger, path string) (expires time.Time, err error) {
	if cfg.DatabaseURL == "" {
		// Opening would make one; a wrong directory is the likelier cause.
		if _, err := os.Stat(databaseFile(cfg)); err != nil {
			return time.Time{}, fmt.Errorf("there is no database in %s: start the server once, or name its data directory", cfg.DataDir)
		}
	}
	s, err := openStore(ctx, cfg, log)
	if err != nil {
		return time.Time{}, err
	}
	defer func() { err = errors.Join(err, s.db.Close()) }()
	cred, err := s.directory.NewAdminPAT(ctx, s.master, cfg.First.MachineUserName, path)
	return cred.Expires, err
}
