//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/latchkey-iam/latchkey/internal/testpg"
)

// databaseName is the server's database in its cluster.
const databaseName = "latchkey"

// cluster is a PostgreSQL server on the server's core that waits for the disk
// as one in production does, and counts statements. Its methods may be called on
// nil, which is no database.
type cluster struct {
	postgres *testpg.Cluster
	conn     *pgx.Conn // to the database "postgres", so that looking does not count
}

func startCluster(ctx context.Context) (_ *cluster, err error) {
	postgres, err := testpg.Start(ctx, testpg.Options{
		Fsync:    true,
		Settings: map[string]string{"shared_preload_libraries": "pg_stat_statements"},
	})
	if err != nil {
		return nil, err
	}
	c := &cluster{postgres: postgres}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.stop())
		}
	}()
	for _, pid := range tree(postgres.PID()) { // later ones inherit it
		if err := pin(pid, serverCore); err != nil {
			return nil, err
		}
	}
	if err := postgres.CreateDatabase(ctx, databaseName); err != nil {
		return nil, err
	}
	if c.conn, err = pgx.Connect(ctx, postgres.URL("postgres")); err != nil {
		return nil, err
	}
	if _, err := c.conn.Exec(ctx, "CREATE EXTENSION pg_stat_statements"); err != nil {
		return nil, fmt.Errorf("count statements: %w", err)
	}
	return c, nil
}

func (c *cluster) pid() int {
	if c == nil {
		return 0
	}
	return c.postgres.PID()
}

func (c *cluster) stop() error {
	if c == nil {
		return nil
	}
	return c.postgres.Stop()
}

// work is what a database did.
type work struct {
	statements int64
	rows       int64 // returned or changed
	wal        int64 // bytes of its log: every write is there
}

func (w work) minus(before work) work {
	return work{w.statements - before.statements, w.rows - before.rows, w.wal - before.wal}
}

// work is what the server's database has done so far.
func (c *cluster) work(ctx context.Context) (work, error) {
	if c == nil {
		return work{}, nil
	}
	var w work
	err := c.conn.QueryRow(ctx, `
		SELECT COALESCE(SUM(s.calls), 0)::BIGINT, COALESCE(SUM(s.rows), 0)::BIGINT, COALESCE(SUM(s.wal_bytes), 0)::BIGINT
		FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
		WHERE d.datname = $1`, databaseName).Scan(&w.statements, &w.rows, &w.wal)
	if err != nil {
		return work{}, fmt.Errorf("count the statements of the server: %w", err)
	}
	return w, nil
}
