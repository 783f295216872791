package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// dialect is what differs between the databases.
type dialect struct {
	name     string
	contains string // %s column, %s placeholder: the column holds the text somewhere
	endsWith string
	notify   string // wakes the other nodes' feeds at commit; empty where there is nothing to wake
	// Writes are serial by the feed's row, which they lock first. A stricter level
	// would add nothing but conflicts over that row, so it is not left to the
	// server's default.
	isolation sql.IsolationLevel
}

func sqliteDialect() dialect {
	return dialect{
		name:     "sqlite",
		contains: "instr(%[1]s, %[2]s) > 0",
		endsWith: "substr(%[1]s, length(%[1]s) - length(%[2]s) + 1) = %[2]s",
	}
}

func postgresDialect() dialect {
	return dialect{
		name:     "postgres",
		contains: "strpos(%[1]s, %[2]s) > 0",
		endsWith: "right(%[1]s, length(%[2]s)) = %[2]s",
		notify:   "SELECT pg_notify('" + feedChannel + "', '')",

		isolation: sql.LevelReadCommitted,
	}
}

const feedChannel = "latchkey_feed"

// pools are the two ways into a database. SQLite has one writer; PostgreSQL
// keeps few connections for writes, which wait for each other anyway, so that
// waiting writers never hold the connections of readers.
type pools struct{ write, read *sql.DB }

// openSQLite opens the file at path. Commits are durable (synchronous=FULL) and
// readers do not wait for the writer (WAL).
func openSQLite(path string) (pools, error) {
	dsn := func(extra url.Values) string {
		v := url.Values{"_pragma": {
			"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
			"temp_store(MEMORY)", "cache_size(-8000)",
		}}
		for k, s := range extra {
			v[k] = append(v[k], s...)
		}
		return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: v.Encode()}).String()
	}
	w, err := sql.Open("sqlite", dsn(url.Values{"_txlock": {"immediate"}}))
	if err != nil {
		return pools{}, err
	}
	r, err := sql.Open("sqlite", dsn(url.Values{"_pragma": {"query_only(1)"}}))
	if err != nil {
		return pools{}, errors.Join(err, w.Close())
	}
	w.SetMaxOpenConns(1)
	r.SetMaxOpenConns(4)
	r.SetMaxIdleConns(4)
	return pools{write: w, read: r}, nil
}

// openPostgres opens a pool for a postgres:// address.
func openPostgres(address string, conns int) (pools, *pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return pools{}, nil, errors.New("the database address is not a valid postgres:// address") // the cause may hold the password
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 10 * time.Second
	}
	if _, ok := cfg.RuntimeParams["application_name"]; !ok {
		cfg.RuntimeParams["application_name"] = "latchkey"
	}
	// A node that is lost inside a transaction holds the feed for no longer than this.
	if _, ok := cfg.RuntimeParams["idle_in_transaction_session_timeout"]; !ok {
		cfg.RuntimeParams["idle_in_transaction_session_timeout"] = "15s"
	}
	open := func(conns int) *sql.DB {
		db := stdlib.OpenDB(*cfg)
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(conns)
		db.SetConnMaxIdleTime(5 * time.Minute)
		return db
	}
	return pools{write: open(postgresWriters), read: open(conns)}, cfg, nil
}

// postgresWriters is one writer at work and one that waits its turn in the database.
const postgresWriters = 2

func (p pools) close() error { return errors.Join(p.read.Close(), p.write.Close()) }

// prepare makes what the migrations take for granted: see migrations/00001.
func (d dialect) prepare(ctx context.Context, db *sql.DB) error {
	if d.name != "postgres" {
		return nil
	}
	var there bool
	err := db.QueryRowContext(ctx,
		`SELECT EXISTS (SELECT 1 FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
			WHERE t.typname = 'ctext' AND n.nspname = current_schema())`).Scan(&there)
	if err != nil || there {
		return err
	}
	_, err = db.ExecContext(ctx, `CREATE DOMAIN ctext AS TEXT COLLATE "C"`)
	if isDuplicate(err) || isDuplicateObject(err) { // another node was faster
		return nil
	}
	return err
}

// SQLite's extended result codes (https://www.sqlite.org/rescode.html).
const (
	sqliteBusy             = 5
	sqliteLocked           = 6
	sqliteConstraintPK     = 1555
	sqliteConstraintUnique = 2067
)

// isDuplicate reports a violated primary key or unique index.
func isDuplicate(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23505"
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code() == sqliteConstraintPK || lite.Code() == sqliteConstraintUnique
	}
	return false
}

func isDuplicateObject(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42710" || pg.Code == "42P07")
}

// isUnstorable reports that PostgreSQL refused a text that is not UTF-8 or holds
// a NUL. No object has such a text, so reading by one finds nothing.
func isUnstorable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "22021"
}

// isRetryable reports that a transaction failed through no fault of its own and
// can be run again: serialization failure, deadlock, a locked file, a pooled
// connection that was found dead before anything was sent over it.
func isRetryable(err error) bool {
	var connect *pgconn.ConnectError
	if pgconn.SafeToRetry(err) && !errors.As(err, &connect) {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		code := lite.Code() & 0xff
		return code == sqliteBusy || code == sqliteLocked
	}
	return false
}

// isUnavailable reports that the database could not be reached, or did not
// answer in time: nothing is wrong with what was asked.
func isUnavailable(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case "57P01", "57P02", "57P03", "53300", "55P03", "57014", "25P03": // going down, too many connections, timeouts
			return true
		}
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || isRetryable(err)
}

// fault is the error for a statement that failed for no reason of the caller's.
// what says for the log what was being done.
func fault(what string, err error) error {
	if isUnstorable(err) {
		return &iam.Error{
			Kind: iam.InvalidArgument, ID: "STORE-text1", Message: "text must be valid UTF-8 without NUL characters",
			Err: iam.Fault(what, err),
		}
	}
	if err == nil || !isUnavailable(err) {
		return iam.Fault(what, err)
	}
	return &iam.Error{
		Kind: iam.Unavailable, ID: "STORE-gone1", Message: "the database cannot be reached; try again in a moment",
		Err: iam.Fault(what, err),
	}
}

// isPostgres reports whether the address names a PostgreSQL database.
func isPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// textMatch returns the condition that column is compared with placeholder p.
func (d dialect) textMatch(pattern, column, p string) string {
	return fmt.Sprintf(pattern, column, p)
}
