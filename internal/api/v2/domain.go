package v2

import (
	"context"

	org "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// AddOrganizationDomain gives an organization a further domain.
func (s *Organizations) AddOrganizationDomain(ctx context.Context, req *org.AddOrganizationDomainRequest) (*org.AddOrganizationDomainResponse, error) {
	if err := required("organization_id", req.GetOrganizationId()); err != nil {
		return nil, err
	}
	d, err := s.Directory.AddOrgDomain(ctx, call.Caller(ctx), req.GetOrganizationId(), req.GetDomain())
	if err != nil {
		return nil, err
	}
	return &org.AddOrganizationDomainResponse{CreationDate: call.Time(d.Created)}, nil
}

// ListOrganizationDomains lists the domains of an organization.
func (s *Organizations) ListOrganizationDomains(ctx context.Context, req *org.ListOrganizationDomainsRequest) (*org.ListOrganizationDomainsResponse, error) {
	if err := required("organization_id", req.GetOrganizationId()); err != nil {
		return nil, err
	}
	p, err := page(req.GetPagination(), map[org.DomainFieldName]iam.Field{
		org.DomainFieldName_DOMAIN_FIELD_NAME_UNSPECIFIED:   iam.FieldCreated,
		org.DomainFieldName_DOMAIN_FIELD_NAME_NAME:          iam.FieldDomain,
		org.DomainFieldName_DOMAIN_FIELD_NAME_CREATION_DATE: iam.FieldCreated,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	f, err := all(req.GetFilters(), func(f *org.DomainSearchFilter) (iam.Filter, error) {
		if f, ok := f.GetFilter().(*org.DomainSearchFilter_DomainFilter); ok {
			return text(iam.FieldDomain, f.DomainFilter.GetDomain(), f.DomainFilter.GetMethod())
		}
		return iam.Filter{}, noQuery()
	})
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.OrgDomains(ctx, call.Caller(ctx), req.GetOrganizationId(), f, p)
	if err != nil {
		return nil, err
	}
	return &org.ListOrganizationDomainsResponse{Pagination: pagination(l.Total, p), Domains: mapSlice(l.Items, toDomain)}, nil
}

func toDomain(d iam.OrgDomain) *org.Domain {
	out := &org.Domain{OrganizationId: d.OrgID, Domain: d.Domain, IsVerified: d.Verified, IsPrimary: d.Primary}
	if d.Challenge != "" {
		out.ValidationType = org.DomainValidationType_DOMAIN_VALIDATION_TYPE_DNS
	}
	return out
}

// DeleteOrganizationDomain takes a domain from an organization. One that is not
// there is an error, as in Zitadel.
func (s *Organizations) DeleteOrganizationDomain(ctx context.Context, req *org.DeleteOrganizationDomainRequest) (*org.DeleteOrganizationDomainResponse, error) {
	if err := required("organization_id", req.GetOrganizationId(), "domain", req.GetDomain()); err != nil {
		return nil, err
	}
	d, err := s.Directory.RemoveOrgDomain(ctx, call.Caller(ctx), req.GetOrganizationId(), req.GetDomain())
	if err != nil {
		return nil, err
	}
	return &org.DeleteOrganizationDomainResponse{DeletionDate: call.Time(d.Changed)}, nil
}

// GenerateOrganizationDomainValidation makes a token by which the owner of a
// domain proves it in DNS. The address in the response is the name of the TXT record.
func (s *Organizations) GenerateOrganizationDomainValidation(ctx context.Context, req *org.GenerateOrganizationDomainValidationRequest) (*org.GenerateOrganizationDomainValidationResponse, error) {
	if err := required("organization_id", req.GetOrganizationId(), "domain", req.GetDomain()); err != nil {
		return nil, err
	}
	switch req.GetType() {
	case org.DomainValidationType_DOMAIN_VALIDATION_TYPE_DNS:
	case org.DomainValidationType_DOMAIN_VALIDATION_TYPE_HTTP:
		return nil, iam.Errorf(iam.Unimplemented, "V2-http1", "domains are proved in DNS only")
	default:
		return nil, iam.Errorf(iam.InvalidArgument, "V2-enum1", "the type of validation is unknown")
	}
	d, err := s.Directory.ChallengeOrgDomain(ctx, call.Caller(ctx), req.GetOrganizationId(), req.GetDomain())
	if err != nil {
		return nil, err
	}
	return &org.GenerateOrganizationDomainValidationResponse{Token: d.Challenge, Url: iam.ChallengeRecord(d.Domain)}, nil
}

// VerifyOrganizationDomain looks in DNS for the token of a domain.
func (s *Organizations) VerifyOrganizationDomain(ctx context.Context, req *org.VerifyOrganizationDomainRequest) (*org.VerifyOrganizationDomainResponse, error) {
	if err := required("organization_id", req.GetOrganizationId(), "domain", req.GetDomain()); err != nil {
		return nil, err
	}
	d, err := s.Directory.VerifyOrgDomain(ctx, call.Caller(ctx), req.GetOrganizationId(), req.GetDomain())
	if err != nil {
		return nil, err
	}
	return &org.VerifyOrganizationDomainResponse{ChangeDate: call.Time(d.Changed)}, nil
}
