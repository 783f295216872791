package store

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const orgColumns = `o.id, o.name, o.primary_domain, o.state, o.created, o.changed, o.seq`

func scanOrg(s scanner) (iam.Org, error) {
	var o iam.Org
	var m metaScan
	err := s.Scan(&o.ID, &o.Name, &o.PrimaryDomain, &o.State, &m.created, &m.changed, &m.seq)
	o.Meta = m.meta()
	return o, err
}

// Org finds an organization by id. Kind: NotFound.
func (r Reader) Org(ctx context.Context, id string) (iam.Org, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+orgColumns+` FROM orgs o WHERE o.id = $1`, id), "organization", scanOrg)
}

func orgListing() listing {
	return listing{
		columns: orgColumns, from: "orgs o", created: "o.created", id: "o.id",
		reach: reachColumns{org: "o.id"},
		fields: map[iam.Field]column{
			iam.FieldID: {expr: "o.id"}, iam.FieldName: {expr: "o.name", folded: "o.name_folded"},
			iam.FieldState: {expr: "o.state"}, iam.FieldCreated: {expr: "o.created", time: true},
			iam.FieldDomain: {
				expr: "v.domain", folded: "v.domain",
				exists: "o.id IN (SELECT v.org_id FROM " + verifiedDomains + " WHERE ?)",
			},
		},
	}
}

// Orgs lists organizations.
func (r Reader) Orgs(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.Org], error) {
	return list(ctx, r, "organizations", orgListing(), reach, f, page, scanOrg)
}

// Begun reports whether an organization has any role on a project of its own, and
// any client secret of a service user.
func (r Reader) Begun(ctx context.Context, orgID string) (roles, secrets bool, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT
		EXISTS (SELECT 1 FROM projects p JOIN roles r ON r.project_id = p.id WHERE p.org_id = $1),
		EXISTS (SELECT 1 FROM users u JOIN credentials c ON c.user_id = u.id WHERE u.org_id = $1 AND c.kind = 'secret')`,
		orgID).Scan(&roles, &secrets)
	return roles, secrets, fault("read organization", err)
}

// AddOrg creates an organization. Kind: AlreadyExists for its id, name or domain.
func (tx *Tx) AddOrg(o *iam.Org) error {
	o.Meta = tx.Stamp(o.Meta)
	return tx.exec("organization", `INSERT INTO orgs (id, name, name_folded, primary_domain, state, created, changed, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		o.ID, o.Name, iam.Fold(o.Name), o.PrimaryDomain, o.State, micros(o.Created), micros(o.Changed), o.Sequence)
}

// SetOrg writes an organization's name, domain and state. Kinds: NotFound, AlreadyExists.
func (tx *Tx) SetOrg(o *iam.Org) error {
	o.Meta = tx.Stamp(o.Meta)
	return tx.exec("organization", `UPDATE orgs SET name = $2, name_folded = $3, primary_domain = $4, state = $5,
		changed = $6, seq = $7 WHERE id = $1`,
		o.ID, o.Name, iam.Fold(o.Name), o.PrimaryDomain, o.State, micros(o.Changed), o.Sequence)
}

// RemoveOrg removes an organization and all that it owns. Kind: NotFound.
func (tx *Tx) RemoveOrg(id string) error {
	return tx.exec("organization", `DELETE FROM orgs WHERE id = $1`, id)
}
