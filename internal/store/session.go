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
	return one(r.q.QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM sessions s WHERE s.token = $1`, hash), "session", scanSession)
}

// SessionsOf lists a user's sessions that are live at now, newest first, at
// most [iam.MaxLimit] of them.
func (r Reader) SessionsOf(ctx context.Context, userID string, now time.Time) ([]iam.Session, error) {
	return many(ctx, r.q, "sessions", scanSession, `SELECT `+sessionColumns+` FROM sessions s
		JOIN users u ON u.id = s.user_id AND u.generation = s.generation
		WHERE s.user_id = $1 AND s.expires > $2 AND s.last_seen > $3
		ORDER BY s.created DESC, s.id DESC LIMIT $4`,
		userID, micros(now), micros(now.Add(-iam.SessionIdle)), iam.MaxLimit)
}

// NewSession is a session that begins, and what its browser shows from then on.
type NewSession struct {
	iam.Session
	Token  []byte // SHA-256 of the session's token
	Device []byte // SHA-256 of the token by which the device is known, unless it was known before
	Shown  []byte // SHA-256 of the device token that was shown; nil for none
}

// BeginSession begins a session. The device that was shown is known for longer,
// if it is one of the user's; otherwise known is false and s.Device is known
// from now on. Kind: NotFound when the user is gone or of another generation
// than the session.
func (db *DB) BeginSession(ctx context.Context, s NewSession) (known bool, err error) {
	err = db.direct(ctx, func(ctx context.Context, q queryer) error {
		var err error
		known, err = beginSession(ctx, q, s)
		return err
	})
	return known, err
}

// BeginSession is [DB.BeginSession] within a write.
func (tx *Tx) BeginSession(s NewSession) (known bool, err error) {
	return beginSession(tx.ctx, tx.q, s)
}

func beginSession(ctx context.Context, q queryer, s NewSession) (known bool, err error) {
	n, err := execRows(ctx, q, "session", `INSERT INTO sessions
		(id, token, user_id, generation, address, agent, created, last_seen, expires)
		SELECT $1, $2, u.id, u.generation, $3, $4, $5, $6, $7 FROM users u WHERE u.id = $8 AND u.generation = $9`,
		s.ID, s.Token, s.Address, s.Agent, micros(s.Created), micros(s.LastSeen), micros(s.Expires), s.UserID, s.Generation)
	if err == nil && n == 0 {
		err = missing("user")
	}
	if err != nil {
		return false, err
	}
	return keepDevice(ctx, q, s)
}

// TouchSession notes that a session is used at now, unless it was noted after before.
func (db *DB) TouchSession(ctx context.Context, id string, now, before time.Time) error {
	_, err := db.directExec(ctx, "session", `UPDATE sessions SET last_seen = $2 WHERE id = $1 AND last_seen <= $3`,
		id, micros(now), micros(before))
	return err
}

// EndSession ends one of a user's sessions. Kind: NotFound when there is none
// that could end.
func (db *DB) EndSession(ctx context.Context, userID, id string) error {
	rows, err := db.directExec(ctx, "session", `DELETE FROM sessions WHERE user_id = $1 AND id = $2`, userID, id)
	if err == nil && rows == 0 {
		return missing("session")
	}
	return err
}

const endSessions = `DELETE FROM sessions WHERE user_id = $1 AND id <> $2`

// EndSessions ends all of a user's sessions but one; except may be empty.
func (db *DB) EndSessions(ctx context.Context, userID, except string) error {
	_, err := db.directExec(ctx, "sessions", endSessions, userID, except)
	return err
}

// EndSessions ends all of a user's sessions.
func (tx *Tx) EndSessions(userID string) error {
	return tx.execAny("sessions", endSessions, userID, "")
}

// EndSignIns ends all by which a user was let in, or could be without its
// password: sessions, devices but the one of a token (which may be nil), codes.
func (tx *Tx) EndSignIns(userID string, exceptDevice []byte) error {
	if err := tx.EndSessions(userID); err != nil {
		return err
	}
	if err := tx.EndDevices(userID, exceptDevice); err != nil {
		return err
	}
	return tx.RemoveAllCodes(userID)
}

// Sweep removes what is of no use any more at now: sessions that are over, codes
// that have expired, devices that are forgotten, attempts of an hour ago. It may
// run on several nodes at once.
func (db *DB) Sweep(ctx context.Context, now time.Time) error {
	for _, s := range []struct {
		what, query string
		before      time.Time
	}{
		{"sessions", `DELETE FROM sessions WHERE expires <= $1`, now},
		{"codes", `DELETE FROM codes WHERE expires <= $1`, now},
		{"devices", `DELETE FROM devices WHERE last <= $1`, now.Add(-iam.DeviceLifetime)},
		{"attempts", `DELETE FROM attempts WHERE since <= $1`, now.Add(-time.Hour)},
	} {
		if _, err := db.directExec(ctx, s.what, s.query, micros(s.before)); err != nil {
			return err
		}
	}
	return nil
}
