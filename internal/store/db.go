package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config says which database to open.
type Config struct {
	// URL is a postgres:// address. When empty, Path names a SQLite file.
	URL  string
	Path string
	// MaxConns bounds the PostgreSQL pool; 0 means 10.
	MaxConns int
	Now      func() time.Time // nil: time.Now
	Logger   *slog.Logger     // nil: discard
}

// DB is an open database.
type DB struct {
	pools
	dialect dialect
	listen  *pgx.ConnConfig // nil where nothing can be listened to
	now     func() time.Time
	log     *slog.Logger
	feed    feed
}

// ErrNewer is returned by [DB.Migrate] for a database of a newer version.
var ErrNewer = errors.New("the database was written by a newer version of latchkey; nothing was changed")

// Open opens a database without touching its schema; see [DB.Migrate].
func Open(cfg Config) (*DB, error) {
	db := &DB{now: cfg.Now, log: cfg.Logger}
	if db.now == nil {
		db.now = time.Now
	}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxConns == 0 {
		cfg.MaxConns = 10
	}
	var err error
	switch {
	case isPostgres(cfg.URL):
		db.dialect = postgresDialect()
		db.pools, db.listen, err = openPostgres(cfg.URL, cfg.MaxConns)
	case cfg.URL != "":
		err = errors.New("the database address must begin with postgres://")
	default:
		db.dialect = sqliteDialect()
		db.pools, err = openSQLite(cfg.Path)
	}
	if err != nil {
		return nil, err
	}
	db.feed.hear(time.Now())
	return db, nil
}

// Close closes the database.
func (db *DB) Close() error { return db.close() }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.read.PingContext(ctx) }

// Kind is "sqlite" or "postgres".
func (db *DB) Kind() string { return db.dialect.name }

// Migrate brings the schema to this version. Several nodes may call it at once.
// It refuses a database of a newer version with [ErrNewer] before it changes anything.
func (db *DB) Migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithTableName("schema_version")}
	kind := goose.DialectSQLite3
	if db.dialect.name == "postgres" {
		kind = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // ask every second, for 5 minutes
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	if err := db.refuseNewer(ctx, files); err != nil {
		return err
	}
	if err := db.dialect.prepare(ctx, db.write); err != nil {
		return fmt.Errorf("prepare the database: %w", err)
	}
	p, err := goose.NewProvider(kind, db.write, files, options...)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return db.startFeed(ctx)
}

// refuseNewer compares the database's version with the newest migration known here.
func (db *DB) refuseNewer(ctx context.Context, files fs.FS) error {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return err
	}
	version, err := db.version(ctx)
	if err == nil && version > len(names) {
		return ErrNewer
	}
	return err
}

// version is the number of the database's last migration; 0 before the first.
func (db *DB) version(ctx context.Context) (int, error) {
	var table string
	find := `SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'`
	if db.dialect.name == "postgres" {
		find = `SELECT table_name FROM information_schema.tables
			WHERE table_schema = current_schema() AND table_name = 'schema_version'`
	}
	switch err := db.write.QueryRowContext(ctx, find).Scan(&table); {
	case errors.Is(err, sql.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("reach the database: %w", err)
	}
	var version sql.NullInt64
	if err := db.write.QueryRowContext(ctx, `SELECT max(version_id) FROM schema_version`).Scan(&version); err != nil {
		return 0, fmt.Errorf("read the database's version: %w", err)
	}
	return int(version.Int64), nil
}

// MasterKeyCheck reads what recognises the instance's master key, also from a
// database that was not migrated yet; nil where there is no instance.
func (db *DB) MasterKeyCheck(ctx context.Context) ([]byte, error) {
	if version, err := db.version(ctx); err != nil || version == 0 {
		return nil, err
	}
	var check []byte
	err := db.read.QueryRowContext(ctx, `SELECT master_key_check FROM instance`).Scan(&check)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return check, fault("read the master key's check value", err)
}

// Tx is a write transaction. It reads what it has written.
type Tx struct {
	Reader
	ctx    context.Context
	now    time.Time
	seq    int64
	editor string
	events []iam.Event
}

// Now is the one time of the transaction, to the microsecond.
func (tx *Tx) Now() time.Time { return tx.now }

// errNothing rolls back a transaction that recorded no event.
var errNothing = errors.New("nothing to do")

const (
	maxAttempts = 12
	// writeTime bounds a write with all its attempts and waiting.
	writeTime = 20 * time.Second
)

// Write runs fn in a transaction that takes its place in the feed. fn records
// what it does through [Tx.Record]; a transaction without an event is rolled
// back, so no change goes unrecorded. fn may run again and has no side effects.
//
// When Write returns nil the change is durable, and the caches of this node
// have been told.
func (db *DB) Write(ctx context.Context, editor string, fn func(*Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	for attempt := 1; ; attempt++ {
		events, err := db.tryWrite(ctx, editor, fn)
		switch {
		case err == nil:
			db.feed.deliverLocal(events)
			return nil
		case errors.Is(err, errNothing):
			return nil
		case !isRetryable(err) || attempt == maxAttempts:
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// pause waits before the next attempt of a write.
func pause(ctx context.Context, attempt int) error {
	wait := time.Duration(rand.Int64N(int64(5*time.Millisecond) << min(attempt, 6))) //nolint:gosec // only spreads retries
	select {
	case <-ctx.Done():
		return fault("write", ctx.Err())
	case <-time.After(wait):
		return nil
	}
}

// direct runs fn in a transaction that takes no place in the feed: for rows that
// no event tells of. fn may run again and has no side effects.
func (db *DB) direct(ctx context.Context, fn func(context.Context, queryer) error) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	for attempt := 1; ; attempt++ {
		err := db.tryDirect(ctx, fn)
		if err == nil || !isRetryable(err) || attempt == maxAttempts {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func (db *DB) tryDirect(ctx context.Context, fn func(context.Context, queryer) error) error {
	sqlTx, err := db.write.BeginTx(ctx, &sql.TxOptions{Isolation: db.dialect.isolation})
	if err != nil {
		return fault("begin a write", err)
	}
	defer func() { _ = sqlTx.Rollback() }()
	if err := fn(ctx, sqlTx); err != nil {
		return err
	}
	return fault("commit", sqlTx.Commit())
}

// directExec runs one statement by direct and returns how many rows it changed.
func (db *DB) directExec(ctx context.Context, what, query string, args ...any) (int64, error) {
	var rows int64
	err := db.direct(ctx, func(ctx context.Context, q queryer) error {
		var err error
		rows, err = execRows(ctx, q, what, query, args...)
		return err
	})
	return rows, err
}

// execRows runs one statement and returns how many rows it changed.
func execRows(ctx context.Context, q queryer, what, query string, args ...any) (int64, error) {
	res, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fault("write "+what, err)
	}
	rows, err := res.RowsAffected()
	return rows, fault("write "+what, err)
}

func (db *DB) tryWrite(ctx context.Context, editor string, fn func(*Tx) error) ([]iam.Event, error) {
	sqlTx, err := db.write.BeginTx(ctx, &sql.TxOptions{Isolation: db.dialect.isolation})
	if err != nil {
		return nil, fault("begin a write", err)
	}
	defer func() { _ = sqlTx.Rollback() }()

	tx := &Tx{
		Reader: Reader{q: sqlTx, d: db.dialect, bounds: usualBounds()},
		ctx:    ctx,
		editor: editor,
		now:    db.now().UTC().Truncate(time.Microsecond),
	}
	err = sqlTx.QueryRowContext(ctx, `UPDATE feed SET seq = seq + 1 WHERE id = 1 RETURNING seq`).Scan(&tx.seq)
	if err != nil {
		return nil, fault("take a place in the feed", err)
	}
	if err := fn(tx); err != nil {
		return nil, err
	}
	if len(tx.events) == 0 {
		return nil, errNothing
	}
	if db.dialect.notify != "" {
		if _, err := sqlTx.ExecContext(ctx, db.dialect.notify); err != nil {
			return nil, fault("notify", err)
		}
	}
	if err := sqlTx.Commit(); err != nil {
		return nil, fault("commit", err)
	}
	return tx.events, nil
}

// exec runs a statement that changes at least one row. Kinds: NotFound when it
// changed none, AlreadyExists (about what) when a unique rule is violated.
func (tx *Tx) exec(what, query string, args ...any) error {
	res, err := tx.q.ExecContext(tx.ctx, query, args...)
	if isDuplicate(err) {
		return &iam.Error{Kind: iam.AlreadyExists, ID: "STORE-dup1x", Message: what + " already exists", Err: err}
	}
	if err != nil {
		return fault("write "+what, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fault("write "+what, err)
	}
	if n == 0 {
		return missing(what)
	}
	return nil
}

// execAny runs a statement that may change no row at all.
func (tx *Tx) execAny(what, query string, args ...any) error {
	_, err := tx.q.ExecContext(tx.ctx, query, args...)
	return fault("write "+what, err)
}

// Stamp fills in when and by which event an object is changed, or removed.
func (tx *Tx) Stamp(m iam.Meta) iam.Meta {
	if m.Created.IsZero() {
		m.Created = tx.now
	}
	m.Changed = tx.now
	m.Sequence = tx.seq
	return m
}

func missing(what string) error {
	return iam.Errorf(iam.NotFound, "STORE-nf01x", "%s does not exist", what)
}
