package store

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const credentialColumns = `c.id, c.user_id, u.org_id, c.kind, c.name, c.verifier, c.public_key, c.expires, c.created, c.changed, c.seq`

const credentialFrom = `credentials c JOIN users u ON u.id = c.user_id`

func scanCredential(s scanner) (iam.Credential, error) {
	var c iam.Credential
	var m metaScan
	var expires int64
	err := s.Scan(&c.ID, &c.UserID, &c.OrgID, &c.Kind, &c.Name, &c.Verifier, &c.PublicKey, &expires, &m.created, &m.changed, &m.seq)
	c.Expires, c.Meta = fromMicros(expires), m.meta()
	return c, err
}

// Credential finds one of a user's credentials. Kind: NotFound.
func (r Reader) Credential(ctx context.Context, userID, id string) (iam.Credential, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+credentialColumns+` FROM `+credentialFrom+`
		WHERE c.user_id = $1 AND c.id = $2`, userID, id), "credential", scanCredential)
}

// ClientSecret finds a user's client secret. Kind: NotFound.
func (r Reader) ClientSecret(ctx context.Context, userID string) (iam.Credential, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+credentialColumns+` FROM `+credentialFrom+`
		WHERE c.user_id = $1 AND c.kind = 'secret' ORDER BY c.created DESC, c.id DESC LIMIT 1`, userID), "client secret", scanCredential)
}

func credentialListing() listing {
	return listing{
		columns: credentialColumns, from: "credentials c", keys: []string{"c.id"}, joins: "JOIN users u ON u.id = c.user_id", created: "c.created", id: "c.id",
		reach:   reachColumns{org: "c.user_id IN (SELECT id FROM users WHERE org_id ?)", user: "c.user_id"},
		walking: &reachColumns{org: "(SELECT u.org_id FROM users u WHERE u.id = c.user_id)", user: "c.user_id"},
		fields: map[iam.Field]column{
			iam.FieldID: {expr: "c.id", index: sorts}, iam.FieldUserID: {expr: "c.user_id", index: picks}, iam.FieldOrgID: {expr: "u.org_id", of: &other{"users u", "u.id", "c.user_id"}},
			iam.FieldKey: {expr: "c.kind"}, iam.FieldCreated: {expr: "c.created", time: true},
			iam.FieldExpires: {expr: "c.expires", time: true}, iam.FieldChanged: {expr: "c.changed", time: true},
		},
	}
}

// Credentials lists the credentials of one kind.
func (r Reader) Credentials(ctx context.Context, kind iam.CredentialKind, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.Credential], error) {
	both := iam.Filter{All: []iam.Filter{iam.FieldKey.Is(string(kind)), f}}
	return list(ctx, r, "credentials", credentialListing(), reach, both, page, scanCredential)
}

// AddCredential keeps a new credential. Kind: AlreadyExists.
func (tx *Tx) AddCredential(c *iam.Credential) error {
	c.Meta = tx.Stamp(c.Meta)
	return tx.exec("credential", `INSERT INTO credentials (id, user_id, kind, name, verifier, public_key, expires, created, changed, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		c.ID, c.UserID, c.Kind, c.Name, c.Verifier, c.PublicKey, micros(c.Expires), micros(c.Created), micros(c.Changed), c.Sequence)
}

// CountCredentials counts a user's credentials of one kind.
func (r Reader) CountCredentials(ctx context.Context, userID string, kind iam.CredentialKind) (uint64, error) {
	both := iam.Filter{All: []iam.Filter{iam.FieldUserID.Is(userID), iam.FieldKey.Is(string(kind))}}
	return r.count(ctx, "credentials", credentialListing(), iam.Reach{All: true}, both)
}

// RemoveCredential removes one of a user's credentials. Kind: NotFound.
func (tx *Tx) RemoveCredential(userID, id string) error {
	return tx.exec("credential", `DELETE FROM credentials WHERE user_id = $1 AND id = $2`, userID, id)
}

// RemoveSecrets removes all client secrets of a user and returns their ids.
func (tx *Tx) RemoveSecrets(userID string) ([]string, error) {
	return many(tx.ctx, tx.q, "client secrets", scanText, `DELETE FROM credentials WHERE user_id = $1 AND kind = 'secret' RETURNING id`, userID)
}
