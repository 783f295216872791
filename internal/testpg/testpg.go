// Package testpg starts throw-away PostgreSQL clusters for tests and
// measurements, from the server programs that are installed on the machine.
//
// A cluster lives in a temporary directory, listens on a free port of
// 127.0.0.1 and on a Unix socket in that directory, and trusts whoever
// connects. It ends with the process that started it, however that process
// ends: no server is left behind, only (after a kill) the directory.
package testpg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options of a cluster. The zero value is what most tests want: bytewise
// collation, no waiting for the disk.
type Options struct {
	// Locale is the libc locale of every database; "C" when empty.
	Locale string
	// ICULocale, such as "en-US", makes ICU the collation provider of every
	// database. Needs PostgreSQL 15 or newer.
	ICULocale string
	// Fsync makes commits wait for the disk. Without it an acknowledged commit
	// survives the death of every server process but not that of the machine.
	Fsync bool
	// Settings are further server parameters by name, as in postgresql.conf.
	Settings map[string]string
	// Dir keeps the cluster between runs: it is made there if nothing is there
	// yet, and Stop leaves it. Empty: a temporary directory, which Stop removes.
	Dir string
}

// Cluster is a running PostgreSQL server with its data.
type Cluster struct {
	programs  programs
	owner     owner
	dir       string
	kept      bool // Stop leaves dir
	port      int
	arguments []string

	mu      sync.Mutex
	server  *process // nil while stopped or killed
	stopped bool
}

// Start makes a cluster and returns when it accepts connections. The context
// bounds the start only; end the cluster with Stop.
func Start(ctx context.Context, options Options) (_ *Cluster, err error) {
	programs, err := findPrograms()
	if err != nil {
		return nil, err
	}
	owner, err := findOwner()
	if err != nil {
		return nil, err
	}
	dir, err := directory(options)
	if err != nil {
		return nil, fmt.Errorf("make a directory for postgres: %w", err)
	}
	c := &Cluster{programs: programs, owner: owner, dir: dir, kept: options.Dir != "", arguments: serverArguments(dir, options)}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	if err := owner.take(dir); err != nil {
		return nil, err
	}
	if _, err := os.Stat(dataDir(dir)); errors.Is(err, os.ErrNotExist) {
		if err := c.initialize(ctx, options); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// Another process may take the port between the look and the bind.
	for attempt := 1; ; attempt++ {
		if c.port, err = freePort(); err != nil {
			return nil, err
		}
		err = c.launch(ctx)
		if err == nil || attempt == 5 || !strings.Contains(err.Error(), "could not bind") {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// URL is the connection string of a database of the cluster over TCP. It stays
// the same over a Restart. The database "postgres" always exists.
func (c *Cluster) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.User(superuser),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// PID is the process id of the postmaster, the parent of every server process,
// or 0 while the cluster does not run.
func (c *Cluster) PID() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server == nil {
		return 0
	}
	return c.server.process.Pid
}

// CreateDatabase makes an empty database with the cluster's collation.
func (c *Cluster) CreateDatabase(ctx context.Context, name string) error {
	// Nobody can connect to template0, so the copy is never refused as busy.
	return c.CopyDatabase(ctx, "template0", name)
}

// CopyDatabase makes a database with the content of template, to which nobody
// may be connected. Tests that share a schema migrate one database and copy it.
func (c *Cluster) CopyDatabase(ctx context.Context, template, name string) error {
	err := c.execute(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE "+pgx.Identifier{template}.Sanitize())
	if err != nil {
		return fmt.Errorf("create database %q from %q: %w", name, template, err)
	}
	return nil
}

// DropDatabase removes a database and ends its connections.
func (c *Cluster) DropDatabase(ctx context.Context, name string) error {
	if err := c.execute(ctx, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database %q: %w", name, err)
	}
	return nil
}

// Kill ends every server process with SIGKILL, as a crash would, and keeps the
// data for a Restart. It returns when they are gone. A cluster that does not
// run stays as it is.
func (c *Cluster) Kill() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server == nil {
		return nil
	}
	err := c.server.killTree()
	c.server = nil
	return err
}

// Restart starts the cluster after a Kill, or stops it cleanly and starts it
// again, on the same port and data. It returns when connections are accepted.
func (c *Cluster) Restart(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return errors.New("restart postgres: the cluster was stopped for good")
	}
	if c.server != nil {
		err := c.server.end(syscall.SIGINT) // "fast": ends sessions, writes everything out
		c.server = nil
		if err != nil {
			return err
		}
	}
	return c.launch(ctx)
}

// directory is where the cluster lives.
func directory(options Options) (string, error) {
	if options.Dir == "" {
		return os.MkdirTemp("", "testpg-")
	}
	return options.Dir, os.MkdirAll(options.Dir, 0o700)
}

// Stop ends the cluster and removes its data, if they are not kept. Further calls do nothing.
func (c *Cluster) Stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return nil
	}
	c.stopped = true
	how := syscall.SIGQUIT // "immediate": the data are not needed any more
	if c.kept {
		how = syscall.SIGINT
	}
	var err error
	if c.server != nil {
		err = c.server.end(how)
		c.server = nil
	}
	if c.kept {
		return err
	}
	return errors.Join(err, os.RemoveAll(c.dir))
}

// execute runs one statement in the database that always exists.
func (c *Cluster) execute(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// launch starts the server and waits until it accepts connections. The caller
// holds c.mu.
func (c *Cluster) launch(ctx context.Context) error {
	log := filepath.Join(c.dir, "log")
	arguments := append([]string{"-p", strconv.Itoa(c.port)}, c.arguments...)
	server, err := c.owner.start(c.programs.postgres, arguments, c.dir, log, syscall.SIGQUIT)
	if err != nil {
		return err
	}
	for {
		err := c.execute(ctx, "SELECT 1")
		if err == nil {
			c.server = server
			return nil
		}
		select {
		case <-server.done:
			return fmt.Errorf("postgres ended at start: %v: %s", server.state, tail(log))
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("postgres did not become ready: %w: %w", ctx.Err(), err), server.killTree())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// freePort finds a port that nobody listens on, below the range from which the
// kernel takes the local ports of outgoing connections: else one of those could
// sit on it during a restart.
func freePort() (int, error) {
	for range 100 {
		port := 20000 + rand.IntN(12000)
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		return port, listener.Close()
	}
	return 0, errors.New("found no free port on 127.0.0.1 for postgres")
}
