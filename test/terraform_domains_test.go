package test

import (
	"strings"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	objectv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	orgv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org"
)

// domainKind is a domain of an organization. One that is primary hands that
// over to a generated one before it goes.
func domainKind() kind {
	primary := func(p *provider, d *data, domain string) error {
		_, err := p.ManagementService().SetPrimaryOrgDomain(p.of(d), &management.SetPrimaryOrgDomainRequest{Domain: domain})
		return err
	}
	return kind{
		name: "zitadel_domain", computed: []string{"is_verified", "validation_type"}, imports: []string{"name"}, optional: []string{"org_id"},
		create: func(p *provider, d *data) error {
			d.id = d.text("name")
			_, err := p.ManagementService().AddOrgDomain(p.of(d), &management.AddOrgDomainRequest{Domain: d.text("name")})
			if err != nil || !d.flag("is_primary") {
				return err
			}
			return primary(p, d, d.id)
		},
		read: func(p *provider, d *data) error {
			answer, err := p.ManagementService().ListOrgDomains(p.of(d), &management.ListOrgDomainsRequest{
				Queries: []*orgv1.DomainSearchQuery{{Query: &orgv1.DomainSearchQuery_DomainNameQuery{DomainNameQuery: &orgv1.DomainNameQuery{
					Name: d.text("name"), Method: objectv1.TextQueryMethod_TEXT_QUERY_METHOD_EQUALS,
				}}}},
			})
			if lost(err) || err == nil && len(answer.GetResult()) != 1 {
				return d.gone()
			}
			if err != nil {
				return err
			}
			found := answer.GetResult()[0]
			return d.found(found.GetDomainName(), attributes{
				"name": found.GetDomainName(), "org_id": found.GetOrgId(), "is_verified": found.GetIsVerified(),
				"is_primary": found.GetIsPrimary(), "validation_type": found.GetValidationType().String(),
			})
		},
		update: func(p *provider, d *data) error {
			if !d.changed("is_primary") || !d.flag("is_primary") {
				return nil
			}
			return primary(p, d, d.text("name"))
		},
		remove: func(p *provider, d *data) error {
			if d.flag("is_primary") {
				answer, err := p.ManagementService().ListOrgDomains(p.of(d), &management.ListOrgDomainsRequest{})
				if err != nil {
					return err
				}
				for _, other := range answer.GetResult() {
					if other.GetIsVerified() && other.GetDomainName() != d.id && strings.HasSuffix(other.GetDomainName(), "localhost") {
						if err := primary(p, d, other.GetDomainName()); err != nil {
							return err
						}
						break
					}
				}
			}
			_, err := p.ManagementService().RemoveOrgDomain(p.of(d), &management.RemoveOrgDomainRequest{Domain: d.id})
			return err
		},
	}
}

// domainConfiguration are domains of organizations beside the generated ones.
func domainConfiguration() configuration {
	return configuration{
		{
			kind: domainKind(), label: "first", wanted: attributes{"org_id": orgA, "name": "cluster.example.com"},
			changes: []attributes{{"is_primary": true}},
		},
		{kind: domainKind(), label: "primary", wanted: attributes{"org_id": orgB, "name": "customer.example.com", "is_primary": true}},
	}
}
