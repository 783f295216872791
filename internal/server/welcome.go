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

// openSetUp makes a set-up code where the first administrator has no password
// yet. The code goes to whoever watches the start, never into the log.
func (s *Server) openSetUp(ctx context.Context, talk io.Writer) {
	code, _, err := s.directory.NewSetupCode(ctx, s.cfg.First.AdminUserName, false)
	switch {
	case iam.Is(err, iam.NotFound), iam.Is(err, iam.FailedPrecondition):
		return // nobody is waiting for one
	case err != nil:
		s.log.Warn("no set-up code could be made; make one with: latchkey setup code", "error", err)
		return
	}
	fmt.Fprintf(talk, "\nThe first administrator, %s, has no password yet. Choose one at:\n\n  %s/ui/setup\n",
		s.cfg.First.AdminUserName, s.cfg.ExternalURL)
	fmt.Fprintf(talk, "\nIt asks for this set-up code, which is good for one hour (`latchkey setup code` makes another):\n\n  %s\n\n", code.Reveal())
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
