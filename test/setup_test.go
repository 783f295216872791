package test

import (
	"regexp"
	"strings"
	"testing"
)

// setupCode is the form of a set-up code, in a line of its own.
var setupCode = regexp.MustCompile(`(?m)^ *([0-9A-Z]{5}(?:-[0-9A-Z]{5}){3})$`)

// TestSetupCode is told by the start that makes the instance, where the first
// administrator has no password, and on demand; it is never logged, and nowhere
// kept as it is. Each code replaces the one before.
func TestSetupCode(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		n := start(t, options{Database: open(t)})
		told := setupCode.FindAllStringSubmatch(n.Stdout.String(), -1)
		if len(told) != 1 || !strings.Contains(n.Stdout.String(), n.Issuer+"/ui/setup\n") {
			t.Fatalf("the start says %s", n.Stdout)
		}
		stdout, stderr, code := n.Run(t, "setup", "code")
		more := setupCode.FindStringSubmatch(stdout)
		if code != 0 || len(more) != 2 || stdout != more[1]+"\n" || !strings.Contains(stderr, n.Issuer+"/ui/setup") {
			t.Fatalf("code %d, %q, %q", code, stdout, stderr)
		}
		if got := n.DB.Number(t, `SELECT count(*) FROM codes WHERE kind = 'setup'`); got != 1 {
			t.Errorf("%d codes are kept", got)
		}
		if told[0][1] == more[1] {
			t.Error("the same code twice")
		}
		for _, secret := range []string{told[0][1], more[1]} {
			if strings.Contains(n.Stderr.String(), secret) || strings.Contains(stderr, secret) {
				t.Error("a code is in the log")
			}
			for name, rows := range n.DB.Content(t) {
				if strings.Contains(rows, secret) {
					t.Errorf("a code is kept as it is in %s", name)
				}
			}
		}
		n.Stop(t)
		n.Restart(t)
		eventually(t, "the second start says how to make a code", func() bool {
			return strings.Contains(n.Stdout.String(), n.Issuer+"/ui/setup with a code from `latchkey setup code`\n")
		})
		if said := n.Stdout.String(); len(setupCode.FindAllString(said, -1)) != 1 {
			t.Errorf("with the second start it has said %s", said)
		}
		if got := n.DB.Number(t, `SELECT count(*) FROM codes WHERE kind = 'setup'`); got != 1 {
			t.Errorf("after the second start %d codes are kept", got)
		}
		// With another master key it makes nothing.
		n.Env = append(n.Env, "LATCHKEY_MASTER_KEY=another-key-of-thirty-two-letter")
		if stdout, stderr, code := n.Run(t, "setup", "code"); code != 1 || stdout != "" || !strings.Contains(stderr, "master key is not the one") {
			t.Errorf("with another master key: code %d, %q, %q", code, stdout, stderr)
		}
		n.Stop(t)
	})
}

// TestNoSetupCode where there is a password already, unless a reset is asked.
func TestNoSetupCode(t *testing.T) {
	n := start(t, options{Env: []string{"LATCHKEY_FIRST_INSTANCE_ADMIN_PASSWORD=correct horse"}})
	if said := n.Stdout.String(); strings.Contains(said, "/ui/setup") || setupCode.MatchString(said) {
		t.Errorf("the start says %s", said)
	}
	stdout, stderr, code := n.Run(t, "setup", "code")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "has a password already") || !strings.Contains(stderr, "latchkey setup code --reset") {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
	stdout, stderr, code = n.Run(t, "setup", "code", "--reset")
	if code != 0 || !setupCode.MatchString(stdout) {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
	if got := n.DB.Number(t, `SELECT count(*) FROM codes`); got != 1 {
		t.Errorf("%d codes are kept", got)
	}
	n.Stop(t)
}
