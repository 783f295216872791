package server

import (
	"regexp"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
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

// TestSetUpCodeIsPrinted at each start until the first administrator has a
// password, and never logged.
func TestSetUpCodeIsPrinted(t *testing.T) {
	s, log := open(t)
	ctx := t.Context()
	var codes []string
	for range 2 {
		said := welcomes(t, s)
		found := printedCode.FindAllStringSubmatch(said, -1)
		if len(found) != 1 || !strings.Contains(said, "one hour") || !strings.Contains(said, "latchkey setup code") || !strings.Contains(said, "\n  "+s.cfg.ExternalURL+"/ui/setup\n") {
			t.Fatalf("it says %s", said)
		}
		codes = append(codes, found[0][1])
	}
	from := session.From{Address: "192.0.2.1"}
	for i, code := range codes {
		if strings.Contains(log.String(), code) {
			t.Error("the code is in the log")
		}
		_, err := s.Sessions.SetUp(ctx, keyring.Conceal(code), keyring.Conceal("correct horse"), from)
		if i == 0 && err != nil || i == 1 && !iam.Is(err, iam.NotFound) {
			t.Errorf("code %d: %v", i, err)
		}
	}
	if _, _, err := s.Sessions.SignIn(ctx, s.cfg.First.AdminUserName, keyring.Conceal("correct horse"), from); err != nil {
		t.Error(err)
	}
	if said := welcomes(t, s); strings.Contains(said, "/ui/setup") || printedCode.MatchString(said) {
		t.Errorf("with a password it says %s", said)
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
	if strings.Contains(log.String(), "set-up code") {
		t.Errorf("the log says %s", log)
	}
	s.cfg.First.AdminUserName = "admin"
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	if said := welcomes(t, s); strings.Contains(said, "/ui/setup") || !strings.Contains(log.String(), "no set-up code could be made") {
		t.Errorf("without a store it says %s and logs %s", said, log)
	}
}
