package store

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// SigningKeys lists all signing keys, oldest first.
func (r Reader) SigningKeys(ctx context.Context) ([]iam.SigningKey, error) {
	return many(ctx, r.q, "signing keys", func(s scanner) (iam.SigningKey, error) {
		var k iam.SigningKey
		var m metaScan
		err := s.Scan(&k.ID, &k.Algorithm, &k.State, &k.Private, &k.Public, &m.created, &m.changed, &m.seq)
		k.Meta = m.meta()
		return k, err
	}, `SELECT id, algorithm, state, private, public, created, changed, seq FROM signing_keys ORDER BY created, id`)
}

// AddSigningKey keeps a new key. Kind: AlreadyExists for a second active one.
func (tx *Tx) AddSigningKey(k *iam.SigningKey) error {
	k.Meta = tx.stamp(k.Meta)
	return tx.exec("signing key", `INSERT INTO signing_keys (id, algorithm, state, private, public, created, changed, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		k.ID, k.Algorithm, k.State, k.Private, k.Public, micros(k.Created), micros(k.Changed), k.Sequence)
}
