package v2

import (
	"context"

	org "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// AddOrganization creates an organization with its first managers.
func (s *Organizations) AddOrganization(ctx context.Context, req *org.AddOrganizationRequest) (*org.AddOrganizationResponse, error) {
	in := directory.NewOrg{ID: req.GetOrganizationId(), Name: req.GetName()}
	if in.ID == "" {
		in.ID = req.GetOrgId() //nolint:staticcheck // deprecated by Zitadel, but older clients send it
	}
	for _, a := range req.GetAdmins() {
		admin, err := orgAdmin(a)
		if err != nil {
			return nil, err
		}
		in.Admins = append(in.Admins, admin)
	}
	o, admins, err := s.Directory.CreateOrg(ctx, call.Caller(ctx), in)
	if err != nil {
		return nil, err
	}
	out := &org.AddOrganizationResponse{Details: details(o.Meta, o.ID), OrganizationId: o.ID}
	for i, a := range in.Admins {
		if a.Human != nil {
			out.CreatedAdmins = append(out.CreatedAdmins, &org.AddOrganizationResponse_CreatedAdmin{UserId: admins[i]})
		}
	}
	return out, nil
}

func orgAdmin(a *org.AddOrganizationRequest_Admin) (directory.NewOrgAdmin, error) {
	admin := directory.NewOrgAdmin{Roles: a.GetRoles()}
	switch t := a.GetUserType().(type) {
	case *org.AddOrganizationRequest_Admin_UserId:
		admin.UserID = t.UserId
		return admin, required("user_id", t.UserId)
	case *org.AddOrganizationRequest_Admin_Human:
		human, err := addHuman(t.Human)
		admin.Human = &human
		return admin, err
	}
	return admin, iam.Errorf(iam.InvalidArgument, "V2-admin", "an admin must be a user id or a human")
}

// UpdateOrganization renames an organization.
func (s *Organizations) UpdateOrganization(ctx context.Context, req *org.UpdateOrganizationRequest) (*org.UpdateOrganizationResponse, error) {
	if err := required("organization_id", req.GetOrganizationId()); err != nil {
		return nil, err
	}
	o, err := s.Directory.RenameOrg(ctx, call.Caller(ctx), req.GetOrganizationId(), req.GetName(), 0)
	date, err := changed(o.Meta, err)
	if err != nil {
		return nil, err
	}
	return &org.UpdateOrganizationResponse{ChangeDate: date}, nil
}

// DeactivateOrganization switches an organization off.
func (s *Organizations) DeactivateOrganization(ctx context.Context, req *org.DeactivateOrganizationRequest) (*org.DeactivateOrganizationResponse, error) {
	if err := required("organization_id", req.GetOrganizationId()); err != nil {
		return nil, err
	}
	o, err := s.Directory.DeactivateOrg(ctx, call.Caller(ctx), req.GetOrganizationId())
	date, err := changed(o.Meta, err)
	if err != nil {
		return nil, err
	}
	return &org.DeactivateOrganizationResponse{ChangeDate: date}, nil
}

// ActivateOrganization switches an organization on again.
func (s *Organizations) ActivateOrganization(ctx context.Context, req *org.ActivateOrganizationRequest) (*org.ActivateOrganizationResponse, error) {
	if err := required("organization_id", req.GetOrganizationId()); err != nil {
		return nil, err
	}
	o, err := s.Directory.ReactivateOrg(ctx, call.Caller(ctx), req.GetOrganizationId())
	date, err := changed(o.Meta, err)
	if err != nil {
		return nil, err
	}
	return &org.ActivateOrganizationResponse{ChangeDate: date}, nil
}

// DeleteOrganization removes an organization with everything that it owns.
func (s *Organizations) DeleteOrganization(ctx context.Context, req *org.DeleteOrganizationRequest) (*org.DeleteOrganizationResponse, error) {
	if err := required("organization_id", req.GetOrganizationId()); err != nil {
		return nil, err
	}
	o, err := s.Directory.RemoveOrg(ctx, call.Caller(ctx), req.GetOrganizationId())
	date, err := deleted(o.Meta, err)
	if err != nil {
		return nil, err
	}
	return &org.DeleteOrganizationResponse{DeletionDate: date}, nil
}

// ListOrganizations lists the organizations that the caller may see.
func (s *Organizations) ListOrganizations(ctx context.Context, req *org.ListOrganizationsRequest) (*org.ListOrganizationsResponse, error) {
	p, err := page(req.GetQuery(), map[org.OrganizationFieldName]iam.Field{
		org.OrganizationFieldName_ORGANIZATION_FIELD_NAME_UNSPECIFIED:   iam.FieldCreated,
		org.OrganizationFieldName_ORGANIZATION_FIELD_NAME_NAME:          iam.FieldName,
		org.OrganizationFieldName_ORGANIZATION_FIELD_NAME_CREATION_DATE: iam.FieldCreated,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	f, err := all(req.GetQueries(), func(q *org.SearchQuery) (iam.Filter, error) { return s.query(ctx, q) })
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.Orgs(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &org.ListOrganizationsResponse{
		Details: listDetails(l.Total, s.Now()), SortingColumn: req.GetSortingColumn(), Result: mapSlice(l.Items, organization),
	}, nil
}

func (s *Organizations) query(ctx context.Context, q *org.SearchQuery) (iam.Filter, error) {
	switch q := q.GetQuery().(type) {
	case *org.SearchQuery_NameQuery:
		return text(iam.FieldName, q.NameQuery.GetName(), q.NameQuery.GetMethod())
	case *org.SearchQuery_DomainQuery:
		return text(iam.FieldDomain, q.DomainQuery.GetDomain(), q.DomainQuery.GetMethod())
	case *org.SearchQuery_IdQuery:
		return iam.FieldID.Is(q.IdQuery.GetId()), nil
	case *org.SearchQuery_StateQuery:
		return lookup("state", map[org.OrganizationState]iam.Filter{
			org.OrganizationState_ORGANIZATION_STATE_ACTIVE:   iam.FieldState.Is(string(iam.Active)),
			org.OrganizationState_ORGANIZATION_STATE_INACTIVE: iam.FieldState.Is(string(iam.Inactive)),
			org.OrganizationState_ORGANIZATION_STATE_REMOVED:  nothing(),
		}, q.StateQuery.GetState())
	case *org.SearchQuery_DefaultQuery:
		i, err := s.Directory.Instance(ctx, call.Caller(ctx))
		return iam.FieldID.Is(i.DefaultOrgID), err
	}
	return iam.Filter{}, noQuery()
}

func organization(o iam.Org) *org.Organization {
	state := org.OrganizationState_ORGANIZATION_STATE_INACTIVE
	if o.State == iam.Active {
		state = org.OrganizationState_ORGANIZATION_STATE_ACTIVE
	}
	return &org.Organization{Id: o.ID, Details: details(o.Meta, o.ID), State: state, Name: o.Name, PrimaryDomain: o.PrimaryDomain}
}
