package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
)

// Attempt is one try at something of which only so many are allowed in a window
// of time. Windows are fixed: one begins with the first attempt after the last.
type Attempt struct {
	Key   string
	Since time.Time     // when its window began
	Wait  time.Duration // until the window ends, for an attempt that was refused; otherwise 0
}

// AttemptWait is how long a key that has no attempts left in its window has to
// wait; 0 for one that has.
func (r Reader) AttemptWait(ctx context.Context, key string, limit int, window time.Duration, now time.Time) (time.Duration, error) {
	var since int64
	err := r.q.QueryRowContext(ctx, `SELECT since FROM attempts WHERE key = $1 AND since > $2 AND used >= $3`,
		key, micros(now.Add(-window)), limit).Scan(&since)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fault("read an attempt", err)
	}
	return fromMicros(since).Add(window).Sub(now), nil
}

// TakeAttempt takes one of the attempts that key has in its window, or finds
// that all are taken, which counts nothing. Of many at once exactly limit
// succeed.
func (db *DB) TakeAttempt(ctx context.Context, key string, limit int, window time.Duration, now time.Time) (Attempt, error) {
	a := Attempt{Key: key}
	var since int64
	refused := false
	err := db.direct(ctx, func(ctx context.Context, q queryer) error {
		err := q.QueryRowContext(ctx, `INSERT INTO attempts (key, used, since) VALUES ($1, 1, $2)
			ON CONFLICT (key) DO UPDATE SET
				used = CASE WHEN attempts.since <= $3 THEN 1 ELSE attempts.used + 1 END,
				since = CASE WHEN attempts.since <= $3 THEN excluded.since ELSE attempts.since END
			WHERE attempts.since <= $3 OR attempts.used < $4
			RETURNING since`, key, micros(now), micros(now.Add(-window)), limit).Scan(&since)
		if refused = errors.Is(err, sql.ErrNoRows); refused {
			err = nil
		}
		return fault("take an attempt", err)
	})
	if err == nil && refused {
		// Only for telling how long to wait: the row may have changed, or gone, since.
		a.Wait, err = db.Read().AttemptWait(ctx, key, limit, window, now)
		a.Wait = max(a.Wait, time.Microsecond)
		return a, err
	}
	a.Since = fromMicros(since)
	return a, err
}

// GiveBackAttempts undoes each [DB.TakeAttempt], unless another window has begun.
func (db *DB) GiveBackAttempts(ctx context.Context, taken []Attempt) error {
	q := query{d: db.dialect}
	var each []string
	for _, a := range taken {
		each = append(each, "key = "+q.arg(a.Key)+" AND since = "+q.arg(micros(a.Since)))
	}
	_, err := db.directExec(ctx, "attempts", `UPDATE attempts SET used = used - 1 WHERE used > 0 AND (`+
		strings.Join(each, " OR ")+`)`, q.args...)
	return err
}
