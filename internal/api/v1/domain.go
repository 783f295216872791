package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// domainOf is a domain of an organization on the wire.
func domainOf(d iam.OrgDomain) *org.Domain {
	out := &org.Domain{
		OrgId: d.OrgID, Details: details(d.Meta, d.OrgID), DomainName: d.Domain, IsVerified: d.Verified, IsPrimary: d.Primary,
	}
	if d.Challenge != "" {
		out.ValidationType = org.DomainValidationType_DOMAIN_VALIDATION_TYPE_DNS
	}
	return out
}

// AddOrgDomain gives the organization of the context a further domain.
func (s *Management) AddOrgDomain(ctx context.Context, req *management.AddOrgDomainRequest) (*management.AddOrgDomainResponse, error) {
	c := call.Caller(ctx)
	d, err := s.Directory.AddOrgDomain(ctx, c, c.Context(), req.GetDomain())
	if err != nil {
		return nil, err
	}
	return &management.AddOrgDomainResponse{Details: details(d.Meta, d.OrgID)}, nil
}

// ListOrgDomains lists the domains of the organization of the context.
func (s *Management) ListOrgDomains(ctx context.Context, req *management.ListOrgDomainsRequest) (*management.ListOrgDomainsResponse, error) {
	c := call.Caller(ctx)
	f, err := filterOf(req.GetQueries(), func(q *org.DomainSearchQuery) (iam.Filter, error) {
		if q, ok := q.GetQuery().(*org.DomainSearchQuery_DomainNameQuery); ok {
			return textFilter(iam.FieldDomain, q.DomainNameQuery.GetName(), q.DomainNameQuery.GetMethod())
		}
		return iam.Filter{}, unknownQuery()
	})
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.OrgDomains(ctx, c, c.Context(), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListOrgDomainsResponse{
		Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, domainOf),
	}, nil
}

// RemoveOrgDomain takes a domain from the organization of the context.
func (s *Management) RemoveOrgDomain(ctx context.Context, req *management.RemoveOrgDomainRequest) (*management.RemoveOrgDomainResponse, error) {
	c := call.Caller(ctx)
	d, err := s.Directory.RemoveOrgDomain(ctx, c, c.Context(), req.GetDomain())
	if err != nil {
		return nil, err
	}
	return &management.RemoveOrgDomainResponse{Details: details(d.Meta, d.OrgID)}, nil
}

// SetPrimaryOrgDomain makes a domain the primary one of the organization of the
// context.
func (s *Management) SetPrimaryOrgDomain(ctx context.Context, req *management.SetPrimaryOrgDomainRequest) (*management.SetPrimaryOrgDomainResponse, error) {
	c := call.Caller(ctx)
	o, err := s.Directory.SetPrimaryOrgDomain(ctx, c, c.Context(), req.GetDomain())
	if err != nil {
		return nil, err
	}
	return &management.SetPrimaryOrgDomainResponse{Details: details(o.Meta, o.ID)}, nil
}

// GenerateOrgDomainValidation makes a token by which the owner of a domain proves
// it in DNS. The address in the response is the name of the TXT record.
func (s *Management) GenerateOrgDomainValidation(ctx context.Context, req *management.GenerateOrgDomainValidationRequest) (*management.GenerateOrgDomainValidationResponse, error) {
	switch req.GetType() {
	case org.DomainValidationType_DOMAIN_VALIDATION_TYPE_DNS:
	case org.DomainValidationType_DOMAIN_VALIDATION_TYPE_HTTP:
		return nil, iam.Errorf(iam.Unimplemented, "ORG-http1", "domains are proved in DNS only")
	default:
		return nil, unknownEnum("the type of validation")
	}
	c := call.Caller(ctx)
	d, err := s.Directory.ChallengeOrgDomain(ctx, c, c.Context(), req.GetDomain())
	if err != nil {
		return nil, err
	}
	return &management.GenerateOrgDomainValidationResponse{Token: d.Challenge, Url: iam.ChallengeRecord(d.Domain)}, nil
}

// ValidateOrgDomain looks in DNS for the token of a domain.
func (s *Management) ValidateOrgDomain(ctx context.Context, req *management.ValidateOrgDomainRequest) (*management.ValidateOrgDomainResponse, error) {
	c := call.Caller(ctx)
	d, err := s.Directory.VerifyOrgDomain(ctx, c, c.Context(), req.GetDomain())
	if err != nil {
		return nil, err
	}
	return &management.ValidateOrgDomainResponse{Details: details(d.Meta, d.OrgID)}, nil
}
