package storetest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/latchkey-iam/latchkey/internal/testpg"
)

// Variant is a kind of PostgreSQL database.
type Variant string

// The variants, as what follows CREATE DATABASE name.
const (
	// Bytewise collates by bytes, as SQLite does.
	Bytewise Variant = "TEMPLATE template0"
	// ICU collates as in a dictionary, by the International Components for Unicode.
	ICU Variant = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
)

// shared is the one cluster of the test binary. It is a variable of the
// package because the tests that share it have nothing else in common.
var shared struct {
	main      atomic.Bool // TestMain called Main
	start     sync.Once
	cluster   *testpg.Cluster
	err       error
	databases atomic.Int64
}

// Main runs the package's tests, ends the cluster that they started, and exits.
func Main(m *testing.M) {
	shared.main.Store(true)
	code := m.Run()
	if shared.cluster != nil {
		if err := shared.cluster.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop postgres:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// cluster starts the shared cluster if need be.
func cluster(t testing.TB) *testpg.Cluster {
	t.Helper()
	if !shared.main.Load() {
		t.Fatal("a package whose tests use PostgreSQL needs: func TestMain(m *testing.M) { storetest.Main(m) }")
	}
	shared.start.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		shared.cluster, shared.err = testpg.Start(ctx, testpg.Options{})
	})
	if shared.err != nil {
		t.Fatalf("start postgres: %v", shared.err)
	}
	return shared.cluster
}

// PostgresURL makes an empty database on the shared cluster and returns its
// address. The database is removed when the test ends.
func PostgresURL(t testing.TB, v Variant) string {
	t.Helper()
	c := cluster(t)
	name := fmt.Sprintf("test%d", shared.databases.Add(1))
	if err := execute(t.Context(), c.URL("postgres"), "CREATE DATABASE "+name+" "+string(v)); err != nil {
		t.Fatalf("create a database: %v", err)
	}
	t.Cleanup(func() {
		if err := c.DropDatabase(context.WithoutCancel(t.Context()), name); err != nil {
			t.Error(err)
		}
	})
	return c.URL(name)
}

// PostgresURLSerializable is [PostgresURL] for a database whose transactions
// are serializable where they do not say otherwise.
func PostgresURLSerializable(t testing.TB) string {
	t.Helper()
	address := PostgresURL(t, Bytewise)
	err := execute(t.Context(), address, `DO $$ BEGIN
		EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation TO serializable', current_database());
	END $$`)
	if err != nil {
		t.Fatalf("make serializable the default: %v", err)
	}
	return address
}

// execute runs one statement on a connection of its own.
func execute(ctx context.Context, address, statement string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, statement); err != nil {
		_ = conn.Close(ctx)
		return err
	}
	return conn.Close(ctx)
}
