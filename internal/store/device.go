package store

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// HasDevice reports whether the token with this SHA-256 is that of a device of
// the user, and known at now.
func (r Reader) HasDevice(ctx context.Context, userID string, hash []byte, now time.Time) (bool, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM devices WHERE token = $1 AND user_id = $2 AND last > $3)`,
		hash, userID, micros(now.Add(-iam.DeviceLifetime))), "devices", scanBool)
}

// keepDevice notes with which device a session begins, and forgets the user's
// oldest where there are too many.
func keepDevice(ctx context.Context, q queryer, s NewSession) (known bool, err error) {
	now := micros(s.Created)
	n, err := execRows(ctx, q, "device", `UPDATE devices SET last = $3 WHERE token = $1 AND user_id = $2 AND last > $4`,
		s.Shown, s.UserID, now, micros(s.Created.Add(-iam.DeviceLifetime)))
	if err != nil || n > 0 {
		return n > 0, err
	}
	if _, err := execRows(ctx, q, "device", `INSERT INTO devices (token, user_id, created, last) VALUES ($1, $2, $3, $3)`,
		s.Device, s.UserID, now); err != nil {
		return false, err
	}
	_, err = execRows(ctx, q, "devices", `DELETE FROM devices WHERE user_id = $1 AND token <> $2 AND token NOT IN
		(SELECT token FROM devices WHERE user_id = $1 AND token <> $2 ORDER BY last DESC, token LIMIT $3)`,
		s.UserID, s.Device, iam.MaxDevices-1)
	return false, err
}

// EndDevices forgets all devices of a user but the one of a token; except may be nil.
func (tx *Tx) EndDevices(userID string, except []byte) error {
	if except == nil {
		except = []byte{} // NULL differs from nothing, and would keep all
	}
	return tx.execAny("devices", `DELETE FROM devices WHERE user_id = $1 AND token <> $2`, userID, except)
}
