package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// orgOf is an organization on the wire.
func orgOf(o iam.Org) *org.Org {
	return &org.Org{
		Id:            o.ID,
		Details:       details(o.Meta, o.ID),
		State:         orgState(o.State),
		Name:          o.Name,
		PrimaryDomain: o.PrimaryDomain,
	}
}

func orgState(s iam.State) org.OrgState {
	if s == iam.Active {
		return org.OrgState_ORG_STATE_ACTIVE
	}
	return org.OrgState_ORG_STATE_INACTIVE
}

// orgFilter reads the queries of a list of organizations.
func orgFilter(queries []*org.OrgQuery) (iam.Filter, error) {
	return filterOf(queries, func(q *org.OrgQuery) (iam.Filter, error) {
		switch q := q.GetQuery().(type) {
		case *org.OrgQuery_NameQuery:
			return textFilter(iam.FieldName, q.NameQuery.GetName(), q.NameQuery.GetMethod())
		case *org.OrgQuery_DomainQuery:
			return textFilter(iam.FieldDomain, q.DomainQuery.GetDomain(), q.DomainQuery.GetMethod())
		case *org.OrgQuery_StateQuery:
			return orgStateFilter(q.StateQuery.GetState())
		case *org.OrgQuery_IdQuery:
			return iam.FieldID.Is(q.IdQuery.GetId()), nil
		}
		return iam.Filter{}, unknownQuery()
	})
}

func orgStateFilter(s org.OrgState) (iam.Filter, error) {
	switch s {
	case org.OrgState_ORG_STATE_ACTIVE:
		return iam.FieldState.Is(string(iam.Active)), nil
	case org.OrgState_ORG_STATE_INACTIVE:
		return iam.FieldState.Is(string(iam.Inactive)), nil
	case org.OrgState_ORG_STATE_REMOVED: // what is removed is gone
		return iam.FieldState.In(nil), nil
	}
	return iam.Filter{}, unknownEnum("the state of a query")
}

// orgSorting reads by what a list of organizations is sorted.
func orgSorting(column org.OrgFieldName) (iam.Field, error) {
	switch column {
	case org.OrgFieldName_ORG_FIELD_NAME_UNSPECIFIED:
		return iam.FieldCreated, nil
	case org.OrgFieldName_ORG_FIELD_NAME_NAME:
		return iam.FieldName, nil
	}
	return "", unknownEnum("the sorting column")
}

// GetMyOrg returns the organization of the context.
func (s *Management) GetMyOrg(ctx context.Context, _ *management.GetMyOrgRequest) (*management.GetMyOrgResponse, error) {
	c := call.Caller(ctx)
	o, err := s.Directory.Org(ctx, c, c.Context())
	if err != nil {
		return nil, err
	}
	return &management.GetMyOrgResponse{Org: orgOf(o)}, nil
}

// GetOrgByDomainGlobal finds an organization by one of its verified domains, in any context.
func (s *Management) GetOrgByDomainGlobal(ctx context.Context, req *management.GetOrgByDomainGlobalRequest) (*management.GetOrgByDomainGlobalResponse, error) {
	o, err := s.Directory.OrgByDomain(ctx, call.Caller(ctx), req.GetDomain())
	if err != nil {
		return nil, err
	}
	return &management.GetOrgByDomainGlobalResponse{Org: orgOf(o)}, nil
}

// AddOrg creates an organization, whose owner the caller becomes.
func (s *Management) AddOrg(ctx context.Context, req *management.AddOrgRequest) (*management.AddOrgResponse, error) {
	c := call.Caller(ctx)
	o, _, err := s.Directory.CreateOrg(ctx, c, directory.NewOrg{
		Name:   req.GetName(),
		Admins: []directory.NewOrgAdmin{{UserID: c.UserID(), Roles: []string{string(iam.OrgOwner)}}},
	})
	if err != nil {
		return nil, err
	}
	return &management.AddOrgResponse{Id: o.ID, Details: details(o.Meta, o.ID)}, nil
}

// UpdateOrg renames the organization of the context.
func (s *Management) UpdateOrg(ctx context.Context, req *management.UpdateOrgRequest) (*management.UpdateOrgResponse, error) {
	c := call.Caller(ctx)
	o, err := s.Directory.RenameOrg(ctx, c, c.Context(), req.GetName(), 0)
	if err != nil {
		return nil, err
	}
	return &management.UpdateOrgResponse{Details: details(o.Meta, o.ID)}, nil
}

// DeactivateOrg switches the organization of the context off.
func (s *Management) DeactivateOrg(ctx context.Context, _ *management.DeactivateOrgRequest) (*management.DeactivateOrgResponse, error) {
	c := call.Caller(ctx)
	o, err := s.Directory.DeactivateOrg(ctx, c, c.Context())
	if err != nil {
		return nil, err
	}
	return &management.DeactivateOrgResponse{Details: details(o.Meta, o.ID)}, nil
}

// ReactivateOrg switches the organization of the context on again.
func (s *Management) ReactivateOrg(ctx context.Context, _ *management.ReactivateOrgRequest) (*management.ReactivateOrgResponse, error) {
	c := call.Caller(ctx)
	o, err := s.Directory.ReactivateOrg(ctx, c, c.Context())
	if err != nil {
		return nil, err
	}
	return &management.ReactivateOrgResponse{Details: details(o.Meta, o.ID)}, nil
}

// RemoveOrg removes the organization of the context with all that it owns.
func (s *Management) RemoveOrg(ctx context.Context, _ *management.RemoveOrgRequest) (*management.RemoveOrgResponse, error) {
	c := call.Caller(ctx)
	o, err := s.Directory.RemoveOrg(ctx, c, c.Context())
	if err != nil {
		return nil, err
	}
	return &management.RemoveOrgResponse{Details: details(o.Meta, o.ID)}, nil
}
