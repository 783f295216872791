// Package test drives the built program from outside, as its users do.
package test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/test/nodes"
)

type (
	database = nodes.Database
	options  = nodes.Options
	node     = nodes.Node
)

// kit is the built program, and the PostgreSQL of all tests.
var kit *nodes.Kit

// patience bounds every wait of a test for something that takes milliseconds.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	var err error
	if kit, err = nodes.Build(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := kit.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func openSQLite(t testing.TB) database {
	t.Helper()
	return kit.OpenSQLite(t)
}

func openPostgres(t testing.TB) database {
	t.Helper()
	return kit.OpenPostgres(t)
}

func eachDatabase(t *testing.T, test func(t *testing.T, open func(testing.TB) database)) {
	t.Helper()
	kit.EachDatabase(t, test)
}

func start(t testing.TB, o options) *node {
	t.Helper()
	return kit.Start(t, o)
}

func newNode(t testing.TB, o options) *node {
	t.Helper()
	return kit.New(t, o)
}

func command(t testing.TB, env []string, name string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return nodes.Command(t, env, name, args...)
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to pass: %s", what)
		}
	}
}
