package store

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// Code is a one-time code, but for the code itself.
type Code struct {
	UserID string // who may use it
	// InviterID is who made it: a user, who may be gone, or [iam.SystemEditor].
	InviterID string
}

func scanCode(s scanner) (Code, error) {
	var c Code
	err := s.Scan(&c.UserID, &c.InviterID)
	return c, err
}

func scanBool(s scanner) (bool, error) {
	var is bool
	err := s.Scan(&is)
	return is, err
}

// CodeOf finds the code of one kind that has this SHA-256 and is live at now. It
// does not use the code; see [Tx.TakeCode]. Kind: NotFound.
func (r Reader) CodeOf(ctx context.Context, kind iam.CodeKind, hash []byte, now time.Time) (Code, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT user_id, inviter_id FROM codes WHERE hash = $1 AND kind = $2 AND expires > $3`,
		hash, kind, micros(now)), "code", scanCode)
}

// HasCode reports whether a code of one kind is live at now.
func (r Reader) HasCode(ctx context.Context, kind iam.CodeKind, now time.Time) (bool, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM codes WHERE kind = $1 AND expires > $2)`,
		kind, micros(now)), "codes", scanBool)
}

// InvitedAt is when a user's invitation was made that is live at now; the zero
// time where there is none.
func (r Reader) InvitedAt(ctx context.Context, userID string, now time.Time) (time.Time, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT coalesce(max(created), 0) FROM codes WHERE user_id = $1 AND kind = $2 AND expires > $3`,
		userID, iam.InvitationCode, micros(now)), "codes", func(s scanner) (time.Time, error) {
		var created int64
		err := s.Scan(&created)
		return fromMicros(created), err
	})
}

// AddCode keeps the SHA-256 of a code that a user may use once before it
// expires. Its inviter is the editor of the write.
func (tx *Tx) AddCode(kind iam.CodeKind, userID string, hash []byte, expires time.Time) error {
	return tx.exec("code", `INSERT INTO codes (hash, kind, user_id, inviter_id, created, expires) VALUES ($1, $2, $3, $4, $5, $6)`,
		hash, kind, userID, tx.editor, micros(tx.now), micros(expires))
}

// TakeCode uses up a live code. Of many that try, one succeeds. Kind: NotFound.
func (tx *Tx) TakeCode(kind iam.CodeKind, hash []byte) (Code, error) {
	return one(tx.q.QueryRowContext(tx.ctx, `DELETE FROM codes WHERE hash = $1 AND kind = $2 AND expires > $3
		RETURNING user_id, inviter_id`, hash, kind, micros(tx.now)), "code", scanCode)
}

// RemoveCode removes one code, if it is there.
func (db *DB) RemoveCode(ctx context.Context, hash []byte) error {
	_, err := db.directExec(ctx, "code", `DELETE FROM codes WHERE hash = $1`, hash)
	return err
}

// RemoveCodes removes all of a user's codes of one kind.
func (tx *Tx) RemoveCodes(userID string, kind iam.CodeKind) error {
	return tx.execAny("codes", `DELETE FROM codes WHERE user_id = $1 AND kind = $2`, userID, kind)
}

// RemoveAllCodes removes all of a user's codes.
func (tx *Tx) RemoveAllCodes(userID string) error {
	return tx.execAny("codes", `DELETE FROM codes WHERE user_id = $1`, userID)
}
