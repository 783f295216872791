package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Attempt is one try at something of which only so many are allowed in a window
// of time. Windows are fixed: one begins with the first attempt after the last.
type Attempt struct {
	Key   string
	Since time.Time     // when its window began
	Wait  time.Duration // until the window ends, for an attempt that was refused; otherwise 0
}

// TakeAttempt takes one of the attempts that key has in its window, or finds
// that all are taken, which counts nothing. Of many at once exactly limit
// succeed.
func (db *DB) TakeAttempt(ctx context.Context, key string, limit int, window time.Duration, now time.Time) (Attempt, error) {
	a := Attempt{Key: key}
	cutoff := micros(now.Add(-window))
	var since int64
	refused := false
	err := db.direct(ctx, func(ctx context.Context, q queryer) error {
		err := q.QueryRowContext(ctx, `INSERT INTO attempts (key, used, since) VALUES ($1, 1, $2)
			ON CONFLICT (key) DO UPDATE SET
				used = CASE WHEN attempts.since <= $3 THEN 1 ELSE attempts.used + 1 END,
				since = CASE WHEN attempts.since <= $3 THEN excluded.since ELSE attempts.since END
			WHERE attempts.since <= $3 OR attempts.used < $4
			RETURNING since`, key, micros(now), cutoff, limit).Scan(&since)
		if refused = errors.Is(err, sql.ErrNoRows); refused {
			err = nil
		}
		return fault("take an attempt", err)
	})
	if err != nil {
		return a, err
	}
	if refused {
		// Only for telling how long to wait: the row may have changed, or gone, since.
		err := db.read.QueryRowContext(ctx, `SELECT since FROM attempts WHERE key = $1`, key).Scan(&since)
		if errors.Is(err, sql.ErrNoRows) {
			since, err = micros(now), nil
		}
		if err != nil {
			return a, fault("read an attempt", err)
		}
		a.Wait = max(fromMicros(since).Add(window).Sub(now), time.Microsecond)
	}
	a.Since = fromMicros(since)
	return a, nil
}

// GiveBackAttempt undoes [DB.TakeAttempt], unless another window has begun.
func (db *DB) GiveBackAttempt(ctx context.Context, a Attempt) error {
	_, err := db.directExec(ctx, "attempt", `UPDATE attempts SET used = used - 1 WHERE key = $1 AND since = $2 AND used > 0`,
		a.Key, micros(a.Since))
	return err
}

// ForgetAttempts gives a key all its attempts back.
func (db *DB) ForgetAttempts(ctx context.Context, key string) error {
	_, err := db.directExec(ctx, "attempts", `DELETE FROM attempts WHERE key = $1`, key)
	return err
}
