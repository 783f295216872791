package test

import (
	"regexp"
	"strings"
	"testing"
)

// setupCode is the form of a set-up code, in a line of its own.
var setupCode = regexp.MustCompile(`(?m)^ *([0-9A-Z]{5}(?:-[0-9A-Z]{5}){3})$`)

// TestSetupCode is told at each start while the first administrator has no
// password, and on demand; it is never logged, and nowhere kept as it is.
func TestSetupCode(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		n := start(t, options{database: open(t)})
		told := setupCode.FindAllStringSubmatch(n.stdout.String(), -1)
		if len(told) != 1 || !strings.Contains(n.stdout.String(), n.issuer+"/ui/setup\n") {
			t.Fatalf("the start says %s", n.stdout)
		}
		stdout, stderr, code := n.run(t, "setup", "code")
		more := setupCode.FindStringSubmatch(stdout)
		if code != 0 || len(more) != 2 || stdout != more[1]+"\n" || !strings.Contains(stderr, n.issuer+"/ui/setup") {
			t.Fatalf("code %d, %q, %q", code, stdout, stderr)
		}
		if got := n.db.number(t, `SELECT count(*) FROM codes WHERE kind = 'setup'`); got != 2 {
			t.Errorf("%d codes are kept", got)
		}
		if told[0][1] == more[1] {
			t.Error("the same code twice")
		}
		for _, secret := range []string{told[0][1], more[1]} {
			if strings.Contains(n.stderr.String(), secret) || strings.Contains(stderr, secret) {
				t.Error("a code is in the log")
			}
			for name, rows := range n.db.content(t) {
				if strings.Contains(rows, secret) {
					t.Errorf("a code is kept as it is in %s", name)
				}
			}
		}
		// With another master key it makes nothing.
		n.env = append(n.env, "LATCHKEY_MASTER_KEY=another-key-of-thirty-two-letter")
		if stdout, stderr, code := n.run(t, "setup", "code"); code != 1 || stdout != "" || !strings.Contains(stderr, "master key is not the one") {
			t.Errorf("with another master key: code %d, %q, %q", code, stdout, stderr)
		}
		n.stop(t)
	})
}

// TestNoSetupCode where there is a password already, unless a reset is asked.
func TestNoSetupCode(t *testing.T) {
	n := start(t, options{env: []string{"LATCHKEY_FIRST_INSTANCE_ADMIN_PASSWORD=correct horse"}})
	if said := n.stdout.String(); strings.Contains(said, "/ui/setup") || setupCode.MatchString(said) {
		t.Errorf("the start says %s", said)
	}
	stdout, stderr, code := n.run(t, "setup", "code")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "has a password already") || !strings.Contains(stderr, "latchkey setup code --reset") {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
	stdout, stderr, code = n.run(t, "setup", "code", "--reset")
	if code != 0 || !setupCode.MatchString(stdout) {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
	if got := n.db.number(t, `SELECT count(*) FROM codes`); got != 1 {
		t.Errorf("%d codes are kept", got)
	}
	n.stop(t)
}
