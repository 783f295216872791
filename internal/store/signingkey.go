package store

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const signingKeyColumns = `id, algorithm, state, private, public, created, changed, seq`

func scanSigningKey(s scanner) (iam.SigningKey, error) {
	var k iam.SigningKey
	var m metaScan
	err := s.Scan(&k.ID, &k.Algorithm, &k.State, &k.Private, &k.Public, &m.created, &m.changed, &m.seq)
	k.Meta = m.meta()
	return k, err
}

// SigningKeys lists all signing keys, oldest first.
func (r Reader) SigningKeys(ctx context.Context) ([]iam.SigningKey, error) {
	return many(ctx, r.q, "signing keys", scanSigningKey, `SELECT `+signingKeyColumns+` FROM signing_keys ORDER BY created, id`)
}

// SigningKey finds a signing key by id. Kind: NotFound.
func (r Reader) SigningKey(ctx context.Context, id string) (iam.SigningKey, error) {
	row := r.q.QueryRowContext(ctx, `SELECT `+signingKeyColumns+` FROM signing_keys WHERE id = $1`, id)
	return one(row, "signing key", scanSigningKey)
}

// AddSigningKey keeps a new key. Kind: AlreadyExists for a second active one.
func (tx *Tx) AddSigningKey(k *iam.SigningKey) error {
	k.Meta = tx.Stamp(k.Meta)
	return tx.exec("signing key", `INSERT INTO signing_keys (id, algorithm, state, private, public, created, changed, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		k.ID, k.Algorithm, k.State, k.Private, k.Public, micros(k.Created), micros(k.Changed), k.Sequence)
}

// SetSigningKeyState writes where a key stands in its life. Kinds: NotFound;
// AlreadyExists for a second active one.
func (tx *Tx) SetSigningKeyState(k *iam.SigningKey) error {
	k.Meta = tx.Stamp(k.Meta)
	return tx.exec("signing key", `UPDATE signing_keys SET state = $2, changed = $3, seq = $4 WHERE id = $1`,
		k.ID, k.State, micros(k.Changed), k.Sequence)
}

// RemoveSigningKey removes a key with both of its halves. Kind: NotFound.
func (tx *Tx) RemoveSigningKey(id string) error {
	return tx.exec("signing key", `DELETE FROM signing_keys WHERE id = $1`, id)
}
