package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/latchkey-iam/latchkey/internal/api"
	"github.com/latchkey-iam/latchkey/internal/console"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/oauth"
	"github.com/latchkey-iam/latchkey/internal/session"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/tokens"
)

// Server is a node that is ready to serve.
type Server struct {
	Sessions *session.Service // of humans

	cfg       Config
	log       *slog.Logger
	db        *store.DB
	directory *directory.Directory
	master    keyring.MasterKey
	handler   http.Handler
	metrics   *metrics
	created   bool // this start made the instance
	draining  chan struct{}
}

// passwordSlots bounds how many passwords are hashed or verified at once: 19 MiB each, up to 64 MiB for hashes that were
// imported (and 256 MiB for those of a time when more could be), until their user first signs in.
const passwordSlots = 2

// keySlots bounds how many RSA keys are generated at once for clients, beside one that signs: each takes a core.
const keySlots = 1

// Open opens the database, brings it up to date, makes the instance if there
// is none, and builds the node.
func Open(ctx context.Context, cfg Config, log *slog.Logger) (*Server, error) {
	s, err := openStore(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	if err := s.build(ctx); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

// openStore opens what local commands need too: the database and the master key.
func openStore(ctx context.Context, cfg Config, log *slog.Logger) (*Server, error) {
	s := &Server{cfg: cfg, log: log, draining: make(chan struct{})}
	storeConfig := store.Config{URL: cfg.DatabaseURL, Logger: log}
	if cfg.DatabaseURL == "" {
		if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
			return nil, fmt.Errorf("make the data directory: %w", err)
		}
		storeConfig.Path = databaseFile(cfg)
	}
	var err error
	if s.master, err = s.loadMasterKey(storeConfig.Path); err != nil {
		return nil, err
	}
	if storeConfig.Path != "" {
		if err := makePrivate(storeConfig.Path); err != nil {
			return nil, err
		}
	}
	if s.db, err = store.Open(storeConfig); err != nil {
		if cfg.DatabaseURL != "" { // opening does not connect yet: only the address can be wrong
			err = Faults{"LATCHKEY_DATABASE_URL: " + err.Error()}
		}
		return nil, err
	}
	// The key comes before the migration: with the wrong one nothing is changed.
	check, err := s.db.MasterKeyCheck(ctx)
	if err == nil && check != nil && !s.master.Recognises(check) {
		err = directory.ErrOtherMasterKey
	}
	if err == nil {
		err = s.db.Migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	passwords := keyring.NewPasswordHasher(passwordSlots) // one, for whoever sets and whoever verifies
	s.Sessions = &session.Service{Store: s.db, Passwords: passwords, Now: time.Now}
	s.directory = &directory.Directory{
		Store: s.db, Host: cfg.Host(), Passwords: passwords, Keys: keyring.NewKeyMaker(keySlots),
		Prove: s.Sessions.Prove, Master: s.master, DNS: net.DefaultResolver, Now: time.Now,
	}
	return s, nil
}

// databaseFile is the SQLite database.
func databaseFile(cfg Config) string { return filepath.Join(cfg.DataDir, "latchkey.db") }

// makePrivate makes the database's file where there is none, readable by its
// owner only. SQLite would let the umask decide, and gives its other files the
// same mode.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	return f.Close()
}

// loadMasterKey takes the configured key, or the one in the data directory,
// which it makes only where there is no database yet that another one seals.
func (s *Server) loadMasterKey(database string) (keyring.MasterKey, error) {
	if s.cfg.MasterKey != "" {
		return keyring.ParseMasterKey(s.cfg.MasterKey)
	}
	path := filepath.Join(s.cfg.DataDir, "master.key")
	_, keyErr := os.Stat(path)
	_, dbErr := os.Stat(database)
	if errors.Is(keyErr, os.ErrNotExist) && dbErr == nil {
		return keyring.MasterKey{}, fmt.Errorf("%s is missing, but %s exists and is sealed with it: "+
			"put the key back, or set LATCHKEY_MASTER_KEY", path, database)
	}
	file, err := keyring.LoadOrCreateMasterKeyFile(path)
	if err == nil && file.Exposed {
		s.log.Warn("others than the owner may read the master key", "file", path)
	}
	return file.Key, err
}

func (s *Server) setUp(ctx context.Context) (bool, error) {
	f := s.cfg.First
	return s.directory.SetUp(ctx, directory.FirstInstance{
		OrgName: f.OrgName, AdminUserName: f.AdminUserName, AdminPassword: f.AdminPassword,
		MachineUserName: f.MachineUserName, PATPath: f.MachinePATPath,
		SigningAlgorithm: f.SigningAlgorithm,
	})
}

// build makes the instance if need be and wires the floors together.
func (s *Server) build(ctx context.Context) error {
	var err error
	if s.created, err = s.setUp(ctx); err != nil {
		return err
	}
	instance, err := s.db.Read().Instance(ctx)
	if err != nil {
		return err
	}
	keys, err := tokens.LoadKeys(ctx, s.db, s.master)
	if err != nil {
		return err
	}
	lifetimes, err := tokens.LoadLifetimes(ctx, s.db)
	if err != nil {
		return err
	}
	tokenKey, err := directory.TokenKey(instance, s.master)
	if err != nil {
		return err
	}
	sealer, err := keyring.NewTokenSealer(tokenKey)
	if err != nil {
		return err
	}
	issuer := &tokens.Issuer{
		URL: s.cfg.ExternalURL, InternalProjectID: instance.InternalProjectID,
		Cache: tokens.NewCache(s.db, s.cfg.StaleMax), Keys: keys, Lifetimes: lifetimes, Sealer: sealer, Now: time.Now,
	}
	apiServer := &api.Server{Directory: s.directory, Tokens: issuer, Now: time.Now}
	management, err := apiServer.Handler()
	if err != nil {
		return err
	}
	description, err := apiServer.Description()
	if err != nil {
		return err
	}
	pages, err := console.New(console.Config{Directory: s.directory, Sessions: s.Sessions, Tokens: issuer, Now: time.Now})
	if err != nil {
		return err
	}
	s.metrics = newMetrics(s.db)
	s.handler = s.surround(s.routes(&oauth.Handler{Tokens: issuer}, management, description, pages))
	return nil
}

// Close closes the database. Call it when Serve has returned, or instead of it.
func (s *Server) Close() error { return s.db.Close() }

const (
	drainTime   = 20 * time.Second
	idleTime    = 2 * time.Minute
	headerTime  = 10 * time.Second
	requestTime = 60 * time.Second
)

// Serve listens and answers until ctx ends, then lets running requests finish.
// ready is called with the public address once it listens.
func (s *Server) Serve(ctx context.Context, talk io.Writer, ready func(net.Addr)) error {
	listener, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ops, err := s.listenOps()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	public := s.publicServer()
	if s.cfg.TLSCert != "" {
		if public.TLSConfig, err = reloadingTLS(s.cfg.TLSCert, s.cfg.TLSKey, s.log); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var jobs sync.WaitGroup
	jobs.Go(func() { s.db.Follow(background) })
	jobs.Go(func() { s.sweep(background) })

	s.welcome(ctx, talk)
	failed := make(chan error, 2)
	go func() { failed <- serve(public, listener) }()
	if ops != nil {
		go func() { failed <- serve(ops.server, ops.listener) }()
	}
	if ready != nil {
		ready(listener.Addr())
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	err = errors.Join(err, s.drain(public, ops))
	stop()
	jobs.Wait()
	return err
}

func serve(server *http.Server, listener net.Listener) error {
	var err error
	if server.TLSConfig != nil {
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// publicServer speaks HTTP/1.1 and HTTP/2, without TLS too (h2c): gRPC clients
// and proxies in front use it.
func (s *Server) publicServer() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           s.handler,
		Protocols:         protocols,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      requestTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// drain stops taking requests and waits for those that run.
func (s *Server) drain(public *http.Server, ops *opsServer) error {
	close(s.draining)
	s.log.Info("stopping: letting running requests finish")
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	err := public.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(errors.New("some requests did not finish in time"), public.Close())
	}
	if ops != nil {
		err = errors.Join(err, ops.server.Close())
	}
	return err
}
