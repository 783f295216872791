//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// server is a latchkey of its own: fresh data, free ports.
type server struct {
	program     string
	dir         string
	url         string // issuer and base of everything
	environment []string
	cluster     *cluster // nil with SQLite
	process     *process // nil while stopped
	log         string   // see logFile
}

// newServer makes and starts a server on a fresh database of the kind, whose
// instance signs with the algorithm.
func newServer(ctx context.Context, program, dir, database, algorithm string) (_ *server, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	opsAddress, err := freeAddress()
	if err != nil {
		return nil, err
	}
	s := &server{program: program, dir: dir, url: "http://" + address}
	s.environment = []string{
		"LATCHKEY_LISTEN=" + address,
		"LATCHKEY_OPS_LISTEN=" + opsAddress,
		"LATCHKEY_EXTERNAL_URL=" + s.url,
		"LATCHKEY_DATA_DIR=" + filepath.Join(dir, "data"),
		"LATCHKEY_FIRST_INSTANCE_SIGNING_ALGORITHM=" + algorithm,
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if database == "postgres" {
		if s.cluster, err = startCluster(ctx); err != nil {
			return nil, err
		}
		s.environment = append(s.environment,
			"LATCHKEY_DATABASE_URL="+s.cluster.postgres.URL(databaseName),
			"LATCHKEY_MASTER_KEY="+(rand.Text() + rand.Text())[:32],
			"LATCHKEY_FIRST_INSTANCE_MACHINE_PAT_PATH="+s.tokenFile(),
		)
	}
	return s, s.start(ctx)
}

// tokenFile is where the server leaves its first credential, on either database.
func (s *server) tokenFile() string { return filepath.Join(s.dir, "data", "admin.pat") }

// personalAccessToken reads the first credential.
func (s *server) personalAccessToken() (string, error) {
	content, err := os.ReadFile(s.tokenFile())
	return strings.TrimSpace(string(content)), err
}

// launch starts the program without waiting for it.
func (s *server) launch() (err error) {
	// The directory need not exist with PostgreSQL, yet holds the token file.
	if err := os.MkdirAll(filepath.Dir(s.tokenFile()), 0o700); err != nil {
		return err
	}
	s.process, err = start("latchkey", s.logFile(), s.environment, s.program, "serve")
	return err
}

// logFile lies in memory, so that the bytes which the program writes to the
// disk are those of its database.
func (s *server) logFile() string {
	if s.log == "" {
		dir := "/dev/shm"
		if _, err := os.Stat(dir); err != nil {
			dir = s.dir
		}
		s.log = filepath.Join(dir, filepath.Base(filepath.Dir(s.dir))+"-"+filepath.Base(s.dir)+".log")
	}
	return s.log
}

// start starts the program and waits until it is ready.
func (s *server) start(ctx context.Context) error {
	if err := s.launch(); err != nil {
		return err
	}
	return s.process.poll(ctx, 20*time.Millisecond, func(ctx context.Context) bool { return answers(ctx, s.url+"/debug/ready") })
}

// stop ends the program; the database stays.
func (s *server) stop() error {
	if s.process == nil {
		return nil
	}
	err := s.process.stop()
	s.process = nil
	return err
}

// close ends the program and its database.
func (s *server) close() error {
	_ = os.Remove(s.logFile()) // what was of interest was said
	return errors.Join(s.stop(), s.cluster.stop())
}

// target is the server under load.
func (s *server) target() target {
	return target{url: s.url + tokenPath, pid: s.process.pid(), database: s.cluster}
}
