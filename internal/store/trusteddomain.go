package store

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const trustedDomainColumns = `domain, created, changed, seq`

func scanTrustedDomain(s scanner) (iam.TrustedDomain, error) {
	var d iam.TrustedDomain
	var m metaScan
	err := s.Scan(&d.Domain, &m.created, &m.changed, &m.seq)
	d.Meta = m.meta()
	return d, err
}

// TrustedDomain finds a trusted domain. Kind: NotFound.
func (r Reader) TrustedDomain(ctx context.Context, domain string) (iam.TrustedDomain, error) {
	row := r.q.QueryRowContext(ctx, `SELECT `+trustedDomainColumns+` FROM trusted_domains WHERE domain = $1`, domain)
	return one(row, "trusted domain", scanTrustedDomain)
}

func trustedDomainListing() listing {
	return listing{
		columns: trustedDomainColumns, from: "trusted_domains", created: "created", id: "domain",
		fields: map[iam.Field]column{
			// Domains are kept folded already.
			iam.FieldDomain: {expr: "domain", folded: "domain"}, iam.FieldCreated: {expr: "created", time: true},
		},
	}
}

// TrustedDomains lists trusted domains.
func (r Reader) TrustedDomains(ctx context.Context, f iam.Filter, page iam.Page) (List[iam.TrustedDomain], error) {
	return list(ctx, r, "trusted domains", trustedDomainListing(), iam.Reach{All: true}, f, page, scanTrustedDomain)
}

// AddTrustedDomain adds a trusted domain. Kind: AlreadyExists.
func (tx *Tx) AddTrustedDomain(d *iam.TrustedDomain) error {
	d.Meta = tx.Stamp(d.Meta)
	return tx.exec("trusted domain", `INSERT INTO trusted_domains (domain, created, changed, seq) VALUES ($1, $2, $3, $4)`,
		d.Domain, micros(d.Created), micros(d.Changed), d.Sequence)
}

// RemoveTrustedDomain removes a trusted domain. Kind: NotFound.
func (tx *Tx) RemoveTrustedDomain(domain string) error {
	return tx.exec("trusted domain", `DELETE FROM trusted_domains WHERE domain = $1`, domain)
}
