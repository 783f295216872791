package store

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// Instance reads the instance. Kind: NotFound before the first set-up.
func (r Reader) Instance(ctx context.Context) (iam.Instance, error) {
	row := r.q.QueryRowContext(ctx, `SELECT id, name, default_org_id, internal_project_id, access_token_lifetime,
		id_token_lifetime, refresh_token_idle, refresh_token_lifetime,
		signing_algorithm, master_key_check, token_key, created, changed, seq FROM instance WHERE only_one = 1`)
	return one(row, "instance", func(s scanner) (iam.Instance, error) {
		var i iam.Instance
		var m metaScan
		var access, id, idle, refresh int64
		err := s.Scan(&i.ID, &i.Name, &i.DefaultOrgID, &i.InternalProjectID, &access, &id, &idle, &refresh,
			&i.SigningAlgorithm, &i.MasterKeyCheck, &i.TokenKey, &m.created, &m.changed, &m.seq)
		i.SetLifetimes(iam.Lifetimes{
			AccessToken: time.Duration(access) * time.Microsecond, IDToken: time.Duration(id) * time.Microsecond,
			RefreshTokenIdle: time.Duration(idle) * time.Microsecond, RefreshToken: time.Duration(refresh) * time.Microsecond,
		})
		i.Meta = m.meta()
		return i, err
	})
}

// AddInstance creates the instance. Kind: AlreadyExists.
func (tx *Tx) AddInstance(i *iam.Instance) error {
	i.Meta = tx.Stamp(i.Meta)
	return tx.exec("instance", `INSERT INTO instance (only_one, id, name, default_org_id, internal_project_id,
		access_token_lifetime, id_token_lifetime, refresh_token_idle, refresh_token_lifetime,
		signing_algorithm, master_key_check, token_key, created, changed, seq)
		VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		i.ID, i.Name, i.DefaultOrgID, i.InternalProjectID, i.AccessTokenLifetime.Microseconds(),
		i.IDTokenLifetime.Microseconds(), i.RefreshTokenIdle.Microseconds(), i.RefreshTokenLifetime.Microseconds(),
		i.SigningAlgorithm, i.MasterKeyCheck, i.TokenKey, micros(i.Created), micros(i.Changed), i.Sequence)
}

// SetInstance writes the instance's name and the lifetimes of its tokens. Kind: NotFound.
func (tx *Tx) SetInstance(i *iam.Instance) error {
	i.Meta = tx.Stamp(i.Meta)
	return tx.exec("instance", `UPDATE instance SET name = $1, access_token_lifetime = $2, id_token_lifetime = $3,
		refresh_token_idle = $4, refresh_token_lifetime = $5, changed = $6, seq = $7 WHERE only_one = 1`,
		i.Name, i.AccessTokenLifetime.Microseconds(), i.IDTokenLifetime.Microseconds(), i.RefreshTokenIdle.Microseconds(),
		i.RefreshTokenLifetime.Microseconds(), micros(i.Changed), i.Sequence)
}

// SetDefaultOrg changes the default organization.
func (tx *Tx) SetDefaultOrg(orgID string) error {
	return tx.exec("instance", `UPDATE instance SET default_org_id = $1, changed = $2, seq = $3 WHERE only_one = 1`,
		orgID, micros(tx.now), tx.seq)
}
