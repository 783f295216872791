package v2

import (
	"context"
	"strconv"

	instance "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// GetInstance describes the one instance that there is.
func (s *Instances) GetInstance(ctx context.Context, req *instance.GetInstanceRequest) (*instance.GetInstanceResponse, error) {
	i, err := s.Directory.Instance(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	if id := req.GetInstanceId(); id != "" && id != i.ID {
		return nil, iam.Errorf(iam.NotFound, "V2-inst1", "instance does not exist")
	}
	return &instance.GetInstanceResponse{Instance: &instance.Instance{
		Id: i.ID, CreationDate: call.Time(i.Created), ChangeDate: call.Time(i.Changed),
		State: instance.State_STATE_RUNNING, Name: i.Name,
		CustomDomains: []*instance.CustomDomain{{
			InstanceId: i.ID, CreationDate: call.Time(i.Created), Domain: s.Directory.Host, Primary: true,
		}},
	}}, nil
}

// UpdateInstance gives the instance another name.
func (s *Instances) UpdateInstance(ctx context.Context, req *instance.UpdateInstanceRequest) (*instance.UpdateInstanceResponse, error) {
	i, err := s.Directory.RenameInstance(ctx, call.Caller(ctx), req.GetInstanceId(), req.GetInstanceName())
	date, err := changed(i.Meta, err)
	if err != nil {
		return nil, err
	}
	return &instance.UpdateInstanceResponse{ChangeDate: date}, nil
}

// DeleteInstance is for users of the system.
func (s *Instances) DeleteInstance(ctx context.Context, _ *instance.DeleteInstanceRequest) (*instance.DeleteInstanceResponse, error) {
	return nil, s.Directory.SystemOnly(call.Caller(ctx))
}

// ListInstances is for users of the system.
func (s *Instances) ListInstances(ctx context.Context, _ *instance.ListInstancesRequest) (*instance.ListInstancesResponse, error) {
	return nil, s.Directory.SystemOnly(call.Caller(ctx))
}

// AddCustomDomain is for users of the system.
func (s *Instances) AddCustomDomain(ctx context.Context, _ *instance.AddCustomDomainRequest) (*instance.AddCustomDomainResponse, error) {
	return nil, s.Directory.SystemOnly(call.Caller(ctx))
}

// RemoveCustomDomain is for users of the system.
func (s *Instances) RemoveCustomDomain(ctx context.Context, _ *instance.RemoveCustomDomainRequest) (*instance.RemoveCustomDomainResponse, error) {
	return nil, s.Directory.SystemOnly(call.Caller(ctx))
}

// ListCustomDomains lists the hosts of the instance: the issuer's.
func (s *Instances) ListCustomDomains(ctx context.Context, req *instance.ListCustomDomainsRequest) (*instance.ListCustomDomainsResponse, error) {
	f, err := all(req.GetFilters(), func(f *instance.CustomDomainFilter) (iam.Filter, error) {
		switch f := f.GetFilter().(type) {
		case *instance.CustomDomainFilter_DomainFilter:
			return text(iam.FieldDomain, f.DomainFilter.GetDomain(), f.DomainFilter.GetMethod())
		case *instance.CustomDomainFilter_GeneratedFilter:
			return iam.FieldGenerated.Is(strconv.FormatBool(f.GeneratedFilter)), nil
		case *instance.CustomDomainFilter_PrimaryFilter:
			return iam.FieldPrimary.Is(strconv.FormatBool(f.PrimaryFilter)), nil
		}
		return iam.Filter{}, noQuery()
	})
	if err != nil {
		return nil, err
	}
	p, err := page(req.GetPagination(), map[instance.DomainFieldName]iam.Field{ // one host is sorted by anything
		instance.DomainFieldName_DOMAIN_FIELD_NAME_UNSPECIFIED:   iam.FieldCreated,
		instance.DomainFieldName_DOMAIN_FIELD_NAME_DOMAIN:        iam.FieldDomain,
		instance.DomainFieldName_DOMAIN_FIELD_NAME_PRIMARY:       iam.FieldPrimary,
		instance.DomainFieldName_DOMAIN_FIELD_NAME_GENERATED:     iam.FieldGenerated,
		instance.DomainFieldName_DOMAIN_FIELD_NAME_CREATION_DATE: iam.FieldCreated,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.InstanceDomains(ctx, call.Caller(ctx), req.GetInstanceId(), f, p)
	if err != nil {
		return nil, err
	}
	return &instance.ListCustomDomainsResponse{
		Pagination: pagination(l.Total, p),
		Domains: mapSlice(l.Items, func(d directory.InstanceDomain) *instance.CustomDomain {
			return &instance.CustomDomain{
				InstanceId: d.InstanceID, CreationDate: call.Time(d.Created), Domain: d.Domain, Primary: d.Primary, Generated: d.Generated,
			}
		}),
	}, nil
}
