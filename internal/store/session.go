package store

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const sessionColumns = `s.id, s.user_id, s.generation, s.address, s.agent, s.created, s.last_seen, s.expires`

func scanSession(s scanner) (iam.Session, error) {
	var v iam.Session
	var created, lastSeen, expires int64
	err := s.Scan(&v.ID, &v.UserID, &v.Generation, &v.Address, &v.Agent, &created, &lastSeen, &expires)
	v.Created, v.LastSeen, v.Expires = fromMicros(created), fromMicros(lastSeen), fromMicros(expires)
	return v, err
}

// SessionByToken finds a session that nobody ended by the SHA-256 of its token.
// Whether it has expired, or its user's generation has passed, is for the
// reader to see. Kind: NotFound.
func (r Reader) SessionByToken(ctx context.Context, hash []byte) (iam.Session, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM sessions s WHERE s.token = $1 AND s.ended = 0`, hash),
		"session", scanSession)
}

// SessionsOf lists a user's sessions that are live at now, newest first, at
// most [iam.MaxLimit] of them.
func (r Reader) SessionsOf(ctx context.Context, userID string, now time.Time) ([]iam.Session, error) {
	return many(ctx, r.q, "sessions", scanSession, `SELECT `+sessionColumns+` FROM sessions s
		JOIN users u ON u.id = s.user_id AND u.generation = s.generation
		WHERE s.user_id = $1 AND s.ended = 0 AND s.expires > $2 AND s.last_seen > $3
		ORDER BY s.created DESC, s.id DESC LIMIT $4`,
		userID, micros(now), micros(now.Add(-iam.SessionIdle)), iam.MaxLimit)
}

// SessionAddresses lists the addresses from which a user has begun sessions
// that expire after since, ended ones too.
func (r Reader) SessionAddresses(ctx context.Context, userID string, since time.Time) ([]string, error) {
	return many(ctx, r.q, "addresses", scanText,
		`SELECT DISTINCT address FROM sessions WHERE user_id = $1 AND expires > $2`, userID, micros(since))
}

// AddSession begins a session, whose token is known by its SHA-256. Kind:
// NotFound when the user is gone or of another generation by now.
func (db *DB) AddSession(ctx context.Context, s *iam.Session, hash []byte) error {
	rows, err := db.directExec(ctx, "session", `INSERT INTO sessions
		(id, token, user_id, generation, address, agent, created, last_seen, expires, ended)
		SELECT $1, $2, u.id, u.generation, $3, $4, $5, $6, $7, 0 FROM users u WHERE u.id = $8 AND u.generation = $9`,
		s.ID, hash, s.Address, s.Agent, micros(s.Created), micros(s.LastSeen), micros(s.Expires), s.UserID, s.Generation)
	if err == nil && rows == 0 {
		return missing("user")
	}
	return err
}

// TouchSession notes that a session is used at now, unless it was noted after before.
func (db *DB) TouchSession(ctx context.Context, id string, now, before time.Time) error {
	_, err := db.directExec(ctx, "session", `UPDATE sessions SET last_seen = $2 WHERE id = $1 AND last_seen <= $3 AND ended = 0`,
		id, micros(now), micros(before))
	return err
}

// EndSession ends one of a user's sessions. Kind: NotFound when there is none
// that could end.
func (db *DB) EndSession(ctx context.Context, userID, id string, now time.Time) error {
	rows, err := db.directExec(ctx, "session", `UPDATE sessions SET ended = $3 WHERE user_id = $1 AND id = $2 AND ended = 0`,
		userID, id, micros(now))
	if err == nil && rows == 0 {
		return missing("session")
	}
	return err
}

const endSessions = `UPDATE sessions SET ended = $3 WHERE user_id = $1 AND id <> $2 AND ended = 0`

// EndSessions ends all of a user's sessions but one; except may be empty.
func (db *DB) EndSessions(ctx context.Context, userID, except string, now time.Time) error {
	_, err := db.directExec(ctx, "sessions", endSessions, userID, except, micros(now))
	return err
}

// EndSessions ends all of a user's sessions but one; except may be empty.
func (tx *Tx) EndSessions(userID, except string) error {
	return tx.execAny("sessions", endSessions, userID, except, micros(tx.now))
}

// CarrySession takes one of a user's sessions from one generation of the user
// to another. One that has ended, or is of another generation, stays as it is.
func (tx *Tx) CarrySession(userID, id string, from, to int64) error {
	return tx.execAny("session", `UPDATE sessions SET generation = $4 WHERE user_id = $1 AND id = $2 AND generation = $3`,
		userID, id, from, to)
}

// sessionsKept is how long the row of a session that is over is kept.
const sessionsKept = 30 * 24 * time.Hour

// Sweep removes what is of no use any more at now: sessions that ended or
// expired 30 days ago, codes that have expired, attempts of an hour ago. It may
// run on several nodes at once.
func (db *DB) Sweep(ctx context.Context, now time.Time) error {
	for _, s := range []struct {
		what, query string
		before      time.Time
	}{
		{"sessions", `DELETE FROM sessions WHERE expires <= $1 OR ended > 0 AND ended <= $1`, now.Add(-sessionsKept)},
		{"codes", `DELETE FROM codes WHERE expires <= $1`, now},
		{"attempts", `DELETE FROM attempts WHERE since <= $1`, now.Add(-time.Hour)},
	} {
		if _, err := db.directExec(ctx, s.what, s.query, micros(s.before)); err != nil {
			return err
		}
	}
	return nil
}
