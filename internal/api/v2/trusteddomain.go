package v2

import (
	"context"

	instance "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// AddTrustedDomain adds a trusted domain of the instance.
func (s *Instances) AddTrustedDomain(ctx context.Context, req *instance.AddTrustedDomainRequest) (*instance.AddTrustedDomainResponse, error) {
	d, err := s.Directory.AddTrustedDomain(ctx, call.Caller(ctx), req.GetInstanceId(), req.GetTrustedDomain())
	if err != nil {
		return nil, err
	}
	return &instance.AddTrustedDomainResponse{CreationDate: call.Time(d.Created)}, nil
}

// RemoveTrustedDomain removes a trusted domain of the instance.
func (s *Instances) RemoveTrustedDomain(ctx context.Context, req *instance.RemoveTrustedDomainRequest) (*instance.RemoveTrustedDomainResponse, error) {
	if err := required("trusted_domain", req.GetTrustedDomain()); err != nil {
		return nil, err
	}
	d, err := s.Directory.RemoveTrustedDomain(ctx, call.Caller(ctx), req.GetInstanceId(), req.GetTrustedDomain())
	date, err := deleted(d.Meta, err)
	if err != nil {
		return nil, err
	}
	return &instance.RemoveTrustedDomainResponse{DeletionDate: date}, nil
}

// ListTrustedDomains lists the trusted domains of the instance.
func (s *Instances) ListTrustedDomains(ctx context.Context, req *instance.ListTrustedDomainsRequest) (*instance.ListTrustedDomainsResponse, error) {
	f, err := all(req.GetFilters(), func(f *instance.TrustedDomainFilter) (iam.Filter, error) {
		if f.GetDomainFilter() == nil {
			return iam.Filter{}, noQuery()
		}
		return text(iam.FieldDomain, f.GetDomainFilter().GetDomain(), f.GetDomainFilter().GetMethod())
	})
	if err != nil {
		return nil, err
	}
	p, err := page(req.GetPagination(), map[instance.TrustedDomainFieldName]iam.Field{
		instance.TrustedDomainFieldName_TRUSTED_DOMAIN_FIELD_NAME_UNSPECIFIED:   iam.FieldCreated,
		instance.TrustedDomainFieldName_TRUSTED_DOMAIN_FIELD_NAME_DOMAIN:        iam.FieldDomain,
		instance.TrustedDomainFieldName_TRUSTED_DOMAIN_FIELD_NAME_CREATION_DATE: iam.FieldCreated,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	i, l, err := s.Directory.TrustedDomains(ctx, call.Caller(ctx), req.GetInstanceId(), f, p)
	if err != nil {
		return nil, err
	}
	return &instance.ListTrustedDomainsResponse{
		Pagination: pagination(l.Total, p),
		TrustedDomain: mapSlice(l.Items, func(d iam.TrustedDomain) *instance.TrustedDomain {
			return &instance.TrustedDomain{InstanceId: i.ID, CreationDate: call.Time(d.Created), Domain: d.Domain}
		}),
	}, nil
}
