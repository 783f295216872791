package store

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const applicationKeyColumns = `k.id, k.application_id, a.project_id, p.org_id, k.public_key, k.expires, k.created, k.changed, k.seq`

const applicationKeyFrom = `application_keys k JOIN applications a ON a.id = k.application_id JOIN projects p ON p.id = a.project_id`

func scanApplicationKey(s scanner) (iam.ApplicationKey, error) {
	var k iam.ApplicationKey
	var m metaScan
	var expires int64
	err := s.Scan(&k.ID, &k.ApplicationID, &k.ProjectID, &k.OrgID, &k.PublicKey, &expires, &m.created, &m.changed, &m.seq)
	k.Expires, k.Meta = fromMicros(expires), m.meta()
	return k, err
}

// ApplicationKey finds a key of an application by its own id. Kind: NotFound.
func (r Reader) ApplicationKey(ctx context.Context, id string) (iam.ApplicationKey, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+applicationKeyColumns+` FROM `+applicationKeyFrom+` WHERE k.id = $1`, id),
		"application key", scanApplicationKey)
}

func applicationKeyListing() listing {
	return listing{
		columns: applicationKeyColumns, from: applicationKeyFrom, created: "k.created", id: "k.id",
		reach: reachColumns{org: "p.org_id", project: "a.project_id"},
		fields: map[iam.Field]column{
			iam.FieldID: {expr: "k.id"}, iam.FieldApplicationID: {expr: "k.application_id"},
			iam.FieldProjectID: {expr: "a.project_id"}, iam.FieldOrgID: {expr: "p.org_id"},
			iam.FieldCreated: {expr: "k.created", time: true}, iam.FieldChanged: {expr: "k.changed", time: true},
			// Never (0) is later than everything.
			iam.FieldExpires: {expr: "(CASE WHEN k.expires = 0 THEN 9223372036854775807 ELSE k.expires END)", time: true},
		},
	}
}

// ApplicationKeys lists keys of applications.
func (r Reader) ApplicationKeys(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.ApplicationKey], error) {
	return list(ctx, r, "application keys", applicationKeyListing(), reach, f, page, scanApplicationKey)
}

// CountApplicationKeys counts the keys of one application.
func (r Reader) CountApplicationKeys(ctx context.Context, applicationID string) (int, error) {
	var n int
	err := r.q.QueryRowContext(ctx, `SELECT count(*) FROM application_keys WHERE application_id = $1`, applicationID).Scan(&n)
	return n, fault("count application keys", err)
}

// AddApplicationKey keeps a new key. Kind: AlreadyExists.
func (tx *Tx) AddApplicationKey(k *iam.ApplicationKey) error {
	k.Meta = tx.Stamp(k.Meta)
	return tx.exec("application key", `INSERT INTO application_keys (id, application_id, public_key, expires, created, changed, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		k.ID, k.ApplicationID, k.PublicKey, micros(k.Expires), micros(k.Created), micros(k.Changed), k.Sequence)
}

// RemoveApplicationKey removes a key. Kind: NotFound.
func (tx *Tx) RemoveApplicationKey(id string) error {
	return tx.exec("application key", `DELETE FROM application_keys WHERE id = $1`, id)
}
