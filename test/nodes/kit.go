// Package nodes starts nodes of the built program for the tests that drive it
// from outside, on SQLite or PostgreSQL.
package nodes

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/testpg"
)

// Kit is what the tests of one package share: the built program, one
// PostgreSQL, and the ports that were given out.
type Kit struct {
	Binary string // path of the built program

	dir     string
	start   sync.Once // of the cluster, which not every run needs
	cluster *testpg.Cluster
	err     error

	ports sync.Mutex
	used  map[int]bool
}

// Build makes a kit. The program is built without the race detector: it runs
// in every unit test, here the program of the release is on trial.
func Build() (*Kit, error) {
	dir, err := os.MkdirTemp("", "latchkey-test-")
	if err != nil {
		return nil, err
	}
	k := &Kit{Binary: filepath.Join(dir, "latchkey"), dir: dir, used: map[int]bool{}}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-X main.version=v0.0.0-test",
		"-o", k.Binary, "github.com/latchkey-iam/latchkey/cmd/latchkey")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("build latchkey: %w\n%s", err, out), os.RemoveAll(dir))
	}
	return k, nil
}

// Close stops PostgreSQL and removes the program.
func (k *Kit) Close() error {
	var err error
	if k.cluster != nil {
		err = k.cluster.Stop()
	}
	return errors.Join(err, os.RemoveAll(k.dir))
}

// OpenSQLite makes an empty database.
func (k *Kit) OpenSQLite(t testing.TB) Database {
	t.Helper()
	return Database{Dir: t.TempDir()}
}

// OpenPostgres makes an empty database in the kit's PostgreSQL, which starts
// when it is first needed. Without PostgreSQL the test fails.
func (k *Kit) OpenPostgres(t testing.TB) Database {
	t.Helper()
	k.start.Do(func() { k.cluster, k.err = testpg.Start(context.Background(), testpg.Options{}) })
	if k.err != nil {
		t.Fatal(k.err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := k.cluster.CreateDatabase(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.cluster.DropDatabase(context.WithoutCancel(t.Context()), name); err != nil {
			t.Error(err)
		}
	})
	return Database{Dir: t.TempDir(), URL: k.cluster.URL(name), MasterKey: (rand.Text() + rand.Text())[:32]}
}

// EachDatabase runs a test on SQLite and on PostgreSQL; open makes an empty database.
func (k *Kit) EachDatabase(t *testing.T, test func(t *testing.T, open func(testing.TB) Database)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, k.OpenSQLite) })
	t.Run("postgres", func(t *testing.T) { test(t, k.OpenPostgres) })
}

// FreePort returns a port of 127.0.0.1 that it gives out once, below those
// that the kernel gives to outgoing connections.
func (k *Kit) FreePort(t testing.TB) string {
	t.Helper()
	k.ports.Lock()
	defer k.ports.Unlock()
	for range 1000 {
		var random [2]byte
		_, _ = rand.Read(random[:]) // it never fails
		port := 12000 + (int(random[0])<<8|int(random[1]))%18000
		if k.used[port] {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		k.used[port] = true
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(port)
	}
	t.Fatal("no free port")
	return ""
}
