package server

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// welcome says where things are. It never prints a credential, but for the code
// with which the first administrator chooses one.
func (s *Server) welcome(ctx context.Context, talk io.Writer) {
	s.greet(ctx, talk)
	s.openSetUp(ctx, talk)
}

func (s *Server) greet(ctx context.Context, talk io.Writer) {
	issuer, pat := s.cfg.ExternalURL, s.cfg.First.MachinePATPath
	if !s.created {
		fmt.Fprintf(talk, "latchkey serves %s on %s\n", issuer, s.cfg.Listen)
		s.logAdminPAT(ctx)
		return
	}
	fmt.Fprintf(talk, "\nWelcome to Latchkey.\n\n  issuer      %s\n  listening   %s\n  database    %s\n", issuer, s.cfg.Listen, s.where())
	if pat == "" {
		fmt.Fprintf(talk, "\nThere is no first credential yet. Make one with:\n\n  latchkey setup admin-pat --path admin.pat\n\n")
	} else {
		fmt.Fprintf(talk, "  credential  %s (a personal access token of %s, good for 90 days)\n", pat, s.cfg.First.MachineUserName)
		fmt.Fprintf(talk, "\nTry it:\n\n  curl -H \"Authorization: Bearer $(cat %s)\" %s/management/v1/orgs/me\n\n", pat, issuer)
	}
	s.logAdminPAT(ctx)
}

// openSetUp opens the way in to the first administrator who has no password yet.
// The start that made the instance makes a set-up code. It goes to whoever
// watches the start, never into the log. Later starts, which are many and whose
// output is collected, say only how to make one.
func (s *Server) openSetUp(ctx context.Context, talk io.Writer) {
	name, address := s.cfg.First.AdminUserName, s.cfg.ExternalURL+"/ui/setup"
	waits, err := s.directory.AwaitsSetUp(ctx, name)
	if err != nil {
		s.log.Warn("it cannot be read whether the first administrator has a password", "error", err)
	}
	if !waits {
		return
	}
	if !s.created {
		fmt.Fprintf(talk, "%s has no password yet: choose one at %s with a code from `latchkey setup code`\n", name, address)
		return
	}
	code, _, err := s.directory.NewSetupCode(ctx, name, false)
	if err != nil {
		s.log.Warn("no set-up code could be made; make one with: latchkey setup code", "error", err)
		return
	}
	fmt.Fprintf(talk, "\nThe first administrator, %s, has no password yet. Choose one at:\n\n  %s\n", name, address)
	fmt.Fprintf(talk, "\nIt asks for this set-up code, which is good for one hour (`latchkey setup code` makes another; no later start prints one):\n\n  %s\n\n", code.Reveal())
}

func (s *Server) where() string {
	if s.db.Kind() == "postgres" {
		return "PostgreSQL"
	}
	return "SQLite in " + s.cfg.DataDir
}

// logAdminPAT says how long the first service user's token is still good.
func (s *Server) logAdminPAT(ctx context.Context) {
	name := s.cfg.First.MachineUserName
	expires, err := s.directory.AdminPATExpiry(ctx, name)
	switch left := time.Until(expires); {
	case err != nil:
		s.log.Warn("the first service user's tokens cannot be read", "error", err)
	case expires.IsZero():
		s.log.Info("the first service user has no personal access token", "user", name)
	case expires.Equal(iam.Never):
		s.log.Info("the first service user's personal access token does not expire", "user", name)
	case left <= 0:
		s.log.Warn("the first service user's personal access token has expired; make one with: latchkey setup admin-pat", "user", name, "expired", expires)
	default:
		s.log.Info("the first service user's personal access token", "user", name, "days_left", int(math.Ceil(left.Hours()/24)))
	}
}
