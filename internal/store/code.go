package store

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func scanText(s scanner) (string, error) {
	var text string
	err := s.Scan(&text)
	return text, err
}

// CodeOf finds whose code of one kind has this SHA-256 and is live at now. It
// does not use the code; see [Tx.TakeCode]. Kind: NotFound.
func (r Reader) CodeOf(ctx context.Context, kind iam.CodeKind, hash []byte, now time.Time) (userID string, err error) {
	return one(r.q.QueryRowContext(ctx, `SELECT user_id FROM codes WHERE hash = $1 AND kind = $2 AND expires > $3`,
		hash, kind, micros(now)), "code", scanText)
}

// HasCode reports whether a code of one kind is live at now.
func (r Reader) HasCode(ctx context.Context, kind iam.CodeKind, now time.Time) (bool, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM codes WHERE kind = $1 AND expires > $2)`,
		kind, micros(now)), "codes", func(s scanner) (bool, error) {
		var there bool
		err := s.Scan(&there)
		return there, err
	})
}

// AddCode keeps the SHA-256 of a code that a user may use once before it expires.
func (tx *Tx) AddCode(kind iam.CodeKind, userID string, hash []byte, expires time.Time) error {
	return tx.exec("code", `INSERT INTO codes (hash, kind, user_id, created, expires) VALUES ($1, $2, $3, $4, $5)`,
		hash, kind, userID, micros(tx.now), micros(expires))
}

// TakeCode uses up a live code and returns whose it was. Of many that try, one
// succeeds. Kind: NotFound.
func (tx *Tx) TakeCode(kind iam.CodeKind, hash []byte) (userID string, err error) {
	return one(tx.q.QueryRowContext(tx.ctx, `DELETE FROM codes WHERE hash = $1 AND kind = $2 AND expires > $3 RETURNING user_id`,
		hash, kind, micros(tx.now)), "code", scanText)
}

// RemoveCodes removes all of a user's codes of one kind.
func (tx *Tx) RemoveCodes(userID string, kind iam.CodeKind) error {
	return tx.execAny("codes", `DELETE FROM codes WHERE user_id = $1 AND kind = $2`, userID, kind)
}
