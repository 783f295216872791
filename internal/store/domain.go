package store

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// orgDomains are all domains of organizations: those with a row, and the
// primary ones that have none, since they follow from the name.
const orgDomains = `(
	SELECT d.org_id, d.domain, d.verified, d.domain = o.primary_domain AS is_primary, d.challenge, d.created, d.changed, d.seq
	FROM org_domains d JOIN orgs o ON o.id = d.org_id
	UNION ALL
	SELECT o.id, o.primary_domain, TRUE, TRUE, '', o.created, o.changed, o.seq
	FROM orgs o WHERE NOT EXISTS (SELECT 1 FROM org_domains d WHERE d.org_id = o.id AND d.domain = o.primary_domain)) x`

// verifiedDomains are the organizations with each of their verified domains,
// some of them twice.
const verifiedDomains = `(
	SELECT id AS org_id, primary_domain AS domain FROM orgs
	UNION ALL
	SELECT org_id, domain FROM org_domains WHERE verified) v`

const orgDomainColumns = `x.org_id, x.domain, x.verified, x.is_primary, x.challenge, x.created, x.changed, x.seq`

func scanOrgDomain(s scanner) (iam.OrgDomain, error) {
	var d iam.OrgDomain
	var m metaScan
	err := s.Scan(&d.OrgID, &d.Domain, &d.Verified, &d.Primary, &d.Challenge, &m.created, &m.changed, &m.seq)
	d.Meta = m.meta()
	return d, err
}

// OrgDomain finds one of an organization's domains, which is folded. Kind: NotFound.
func (r Reader) OrgDomain(ctx context.Context, orgID, domain string) (iam.OrgDomain, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+orgDomainColumns+` FROM `+orgDomains+`
		WHERE x.org_id = $1 AND x.domain = $2`, orgID, domain), "domain", scanOrgDomain)
}

func orgDomainListing() listing {
	return listing{
		columns: orgDomainColumns, from: orgDomains, created: "x.created", id: "x.domain, x.org_id",
		reach: reachColumns{org: "x.org_id"},
		fields: map[iam.Field]column{
			iam.FieldOrgID: {expr: "x.org_id"}, iam.FieldDomain: {expr: "x.domain", folded: "x.domain"},
			iam.FieldCreated: {expr: "x.created", time: true},
		},
	}
}

// OrgDomains lists domains of organizations.
func (r Reader) OrgDomains(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.OrgDomain], error) {
	return list(ctx, r, "domains", orgDomainListing(), reach, f, page, scanOrgDomain)
}

// OrgByDomain finds an organization by one of its verified domains, which is
// folded. Kind: NotFound.
func (r Reader) OrgByDomain(ctx context.Context, domain string) (iam.Org, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+orgColumns+` FROM orgs o
		WHERE o.id IN (SELECT v.org_id FROM `+verifiedDomains+` WHERE v.domain = $1) LIMIT 1`, domain), "organization", scanOrg)
}

// HasDomainRow reports whether one of an organization's domains has a row. The
// primary one that follows from the name has none.
func (r Reader) HasDomainRow(ctx context.Context, orgID, domain string) (bool, error) {
	var there bool
	err := r.q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM org_domains WHERE org_id = $1 AND domain = $2)`, orgID, domain).
		Scan(&there)
	return there, fault("read domain", err)
}

// AddOrgDomain keeps a domain that is not the one that follows from the name, or
// that one while another is primary. Kind: AlreadyExists.
func (tx *Tx) AddOrgDomain(d *iam.OrgDomain) error {
	d.Meta = tx.Stamp(d.Meta)
	return tx.exec("domain", `INSERT INTO org_domains (org_id, domain, verified, challenge, created, changed, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		d.OrgID, d.Domain, d.Verified, d.Challenge, micros(d.Created), micros(d.Changed), d.Sequence)
}

// SetOrgDomain writes whether a domain is verified, and its challenge. Kinds:
// NotFound; AlreadyExists when it is another organization's.
func (tx *Tx) SetOrgDomain(d *iam.OrgDomain) error {
	d.Meta = tx.Stamp(d.Meta)
	return tx.exec("domain", `UPDATE org_domains SET verified = $3, challenge = $4, changed = $5, seq = $6
		WHERE org_id = $1 AND domain = $2`, d.OrgID, d.Domain, d.Verified, d.Challenge, micros(d.Changed), d.Sequence)
}

// RemoveOrgDomain removes the row of a domain. Kind: NotFound.
func (tx *Tx) RemoveOrgDomain(orgID, domain string) error {
	return tx.exec("domain", `DELETE FROM org_domains WHERE org_id = $1 AND domain = $2`, orgID, domain)
}
