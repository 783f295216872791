package server

import (
	"regexp"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/session"
)

// printedCode is a set-up code in a line of its own.
var printedCode = regexp.MustCompile(`(?m)^  ([0-9A-Z]{5}(?:-[0-9A-Z]{5}){3})$`)

// welcomes returns what a start says.
func welcomes(t *testing.T, s *Server) string {
	t.Helper()
	var talk strings.Builder
	s.welcome(t.Context(), &talk)
	return talk.String()
}

// TestSetUpCodeIsPrinted by the start that made the instance, and never logged.
// Later starts say how to make one, until the first administrator has a password.
func TestSetUpCodeIsPrinted(t *testing.T) {
	s, log := open(t)
	ctx := t.Context()
	address := s.cfg.ExternalURL + "/ui/setup"
	said := welcomes(t, s)
	found := printedCode.FindAllStringSubmatch(said, -1)
	if len(found) != 1 || !strings.Contains(said, "one hour") || !strings.Contains(said, "latchkey setup code") || !strings.Contains(said, "\n  "+address+"\n") {
		t.Fatalf("it says %s", said)
	}
	s.created = false
	for range 2 {
		said := welcomes(t, s)
		if printedCode.MatchString(said) || strings.Count(said, "latchkey setup code") != 1 || !strings.Contains(said, address) {
			t.Errorf("a later start says %s", said)
		}
	}
	code := found[0][1]
	if strings.Contains(log.String(), code) {
		t.Error("the code is in the log")
	}
	from := session.From{Address: "192.0.2.1"}
	begun, err := s.Sessions.SetUp(ctx, keyring.Conceal(code), keyring.Conceal("correct horse"), from) // later starts have not replaced it
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sessions.Resume(ctx, begun.Token.Reveal()); err != nil {
		t.Error(err)
	}
	if _, err := s.Sessions.SignIn(ctx, s.cfg.First.AdminUserName, keyring.Conceal("correct horse"), from); err != nil {
		t.Error(err)
	}
	for _, s.created = range []bool{false, true} {
		if said := welcomes(t, s); strings.Contains(said, "/ui/setup") || printedCode.MatchString(said) {
			t.Errorf("with a password it says %s", said)
		}
	}
}

// TestNoSetUpWithoutAdministrator: nothing is said of somebody who is not there,
// or is no human, or when the store is gone.
func TestNoSetUpWithoutAdministrator(t *testing.T) {
	s, log := open(t)
	for _, name := range []string{"nemo", s.cfg.First.MachineUserName} {
		s.cfg.First.AdminUserName = name
		if said := welcomes(t, s); strings.Contains(said, "setup") && strings.Contains(said, "/ui/") || printedCode.MatchString(said) {
			t.Errorf("for %s it says %s", name, said)
		}
	}
	if strings.Contains(log.String(), "set-up code") || strings.Contains(log.String(), "has a password") {
		t.Errorf("the log says %s", log)
	}
	s.cfg.First.AdminUserName = "admin"
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	if said := welcomes(t, s); strings.Contains(said, "/ui/setup") || !strings.Contains(log.String(), "whether the first administrator has a password") {
		t.Errorf("without a store it says %s and logs %s", said, log)
	}
}
