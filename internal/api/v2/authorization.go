package v2

import (
	"context"

	authorization "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// CreateAuthorization gives a user roles on a project. The organization is the
// project's own, or one that it was granted to; without one it is the project's.
func (s *Authorizations) CreateAuthorization(ctx context.Context, req *authorization.CreateAuthorizationRequest) (*authorization.CreateAuthorizationResponse, error) {
	if err := required("user_id", req.GetUserId(), "project_id", req.GetProjectId()); err != nil {
		return nil, err
	}
	a, err := s.Directory.CreateAuthorization(ctx, call.Caller(ctx), directory.NewAuthorization{
		UserID: req.GetUserId(), ProjectID: req.GetProjectId(), OrgID: req.GetOrganizationId(), RoleKeys: req.GetRoleKeys(),
	})
	if err != nil {
		return nil, err
	}
	return &authorization.CreateAuthorizationResponse{Id: a.ID, CreationDate: call.Time(a.Created)}, nil
}

// UpdateAuthorization gives other roles instead.
func (s *Authorizations) UpdateAuthorization(ctx context.Context, req *authorization.UpdateAuthorizationRequest) (*authorization.UpdateAuthorizationResponse, error) {
	if err := required("id", req.GetId()); err != nil {
		return nil, err
	}
	a, err := s.Directory.UpdateAuthorization(ctx, call.Caller(ctx), "", req.GetId(), req.GetRoleKeys(), 0)
	date, err := changed(a.Meta, err)
	if err != nil {
		return nil, err
	}
	return &authorization.UpdateAuthorizationResponse{ChangeDate: date}, nil
}

// DeleteAuthorization takes a user's roles on a project away.
func (s *Authorizations) DeleteAuthorization(ctx context.Context, req *authorization.DeleteAuthorizationRequest) (*authorization.DeleteAuthorizationResponse, error) {
	if err := required("id", req.GetId()); err != nil {
		return nil, err
	}
	a, err := s.Directory.RemoveAuthorization(ctx, call.Caller(ctx), "", req.GetId())
	date, err := deleted(a.Meta, err)
	if err != nil {
		return nil, err
	}
	return &authorization.DeleteAuthorizationResponse{DeletionDate: date}, nil
}

// ActivateAuthorization switches an authorization on again.
func (s *Authorizations) ActivateAuthorization(ctx context.Context, req *authorization.ActivateAuthorizationRequest) (*authorization.ActivateAuthorizationResponse, error) {
	if err := required("id", req.GetId()); err != nil {
		return nil, err
	}
	a, err := s.Directory.ReactivateAuthorization(ctx, call.Caller(ctx), "", req.GetId())
	date, err := changed(a.Meta, err)
	if err != nil {
		return nil, err
	}
	return &authorization.ActivateAuthorizationResponse{ChangeDate: date}, nil
}

// DeactivateAuthorization switches an authorization off.
func (s *Authorizations) DeactivateAuthorization(ctx context.Context, req *authorization.DeactivateAuthorizationRequest) (*authorization.DeactivateAuthorizationResponse, error) {
	if err := required("id", req.GetId()); err != nil {
		return nil, err
	}
	a, err := s.Directory.DeactivateAuthorization(ctx, call.Caller(ctx), "", req.GetId())
	date, err := changed(a.Meta, err)
	if err != nil {
		return nil, err
	}
	return &authorization.DeactivateAuthorizationResponse{ChangeDate: date}, nil
}

// ListAuthorizations lists the authorizations that the caller may see, its own among them.
func (s *Authorizations) ListAuthorizations(ctx context.Context, req *authorization.ListAuthorizationsRequest) (*authorization.ListAuthorizationsResponse, error) {
	p, err := page(req.GetPagination(), map[authorization.AuthorizationFieldName]iam.Field{
		authorization.AuthorizationFieldName_AUTHORIZATION_FIELD_NAME_UNSPECIFIED:          iam.FieldCreated,
		authorization.AuthorizationFieldName_AUTHORIZATION_FIELD_NAME_CREATED_DATE:         iam.FieldCreated,
		authorization.AuthorizationFieldName_AUTHORIZATION_FIELD_NAME_CHANGED_DATE:         iam.FieldChanged,
		authorization.AuthorizationFieldName_AUTHORIZATION_FIELD_NAME_ID:                   iam.FieldID,
		authorization.AuthorizationFieldName_AUTHORIZATION_FIELD_NAME_USER_ID:              iam.FieldUserID,
		authorization.AuthorizationFieldName_AUTHORIZATION_FIELD_NAME_PROJECT_ID:           iam.FieldProjectID,
		authorization.AuthorizationFieldName_AUTHORIZATION_FIELD_NAME_ORGANIZATION_ID:      iam.FieldOrgID,
		authorization.AuthorizationFieldName_AUTHORIZATION_FIELD_NAME_USER_ORGANIZATION_ID: iam.FieldUserOrgID,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	f, err := all(req.GetFilters(), authorizationQuery)
	if err != nil {
		return nil, err
	}
	l, roles, err := s.Directory.DescribedAuthorizations(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &authorization.ListAuthorizationsResponse{
		Pagination: pagination(l.Total, p),
		Authorizations: mapSlice(l.Items, func(a iam.Authorization) *authorization.Authorization {
			return toAuthorization(a, roles)
		}),
	}, nil
}

func authorizationQuery(f *authorization.AuthorizationsSearchFilter) (iam.Filter, error) {
	switch f := f.GetFilter().(type) {
	case *authorization.AuthorizationsSearchFilter_AuthorizationIds:
		return iam.FieldID.In(f.AuthorizationIds.GetIds()), nil
	case *authorization.AuthorizationsSearchFilter_OrganizationId:
		return iam.FieldOrgID.Is(f.OrganizationId.GetId()), nil
	case *authorization.AuthorizationsSearchFilter_State:
		return lookup("state", map[authorization.State]iam.Filter{
			authorization.State_STATE_ACTIVE:   iam.FieldState.Is(string(iam.Active)),
			authorization.State_STATE_INACTIVE: iam.FieldState.Is(string(iam.Inactive)),
		}, f.State.GetState())
	case *authorization.AuthorizationsSearchFilter_InUserIds:
		return iam.FieldUserID.In(f.InUserIds.GetIds()), nil
	case *authorization.AuthorizationsSearchFilter_UserOrganizationId:
		return iam.FieldUserOrgID.Is(f.UserOrganizationId.GetId()), nil
	case *authorization.AuthorizationsSearchFilter_UserPreferredLoginName:
		return text(iam.FieldUserName, f.UserPreferredLoginName.GetLoginName(), f.UserPreferredLoginName.GetMethod())
	case *authorization.AuthorizationsSearchFilter_UserDisplayName:
		return text(iam.FieldDisplayName, f.UserDisplayName.GetDisplayName(), f.UserDisplayName.GetMethod())
	case *authorization.AuthorizationsSearchFilter_ProjectId:
		return iam.FieldProjectID.Is(f.ProjectId.GetId()), nil
	case *authorization.AuthorizationsSearchFilter_ProjectName:
		return text(iam.FieldProjectName, f.ProjectName.GetName(), f.ProjectName.GetMethod())
	case *authorization.AuthorizationsSearchFilter_RoleKey:
		return text(iam.FieldRoleKey, f.RoleKey.GetKey(), f.RoleKey.GetMethod())
	case *authorization.AuthorizationsSearchFilter_ProjectGrantId:
		return iam.FieldGrantID.Is(f.ProjectGrantId.GetId()), nil
	}
	return iam.Filter{}, noQuery()
}

func toAuthorization(a iam.Authorization, roles directory.RoleTexts) *authorization.Authorization {
	state := authorization.State_STATE_INACTIVE
	if a.State == iam.Active {
		state = authorization.State_STATE_ACTIVE
	}
	return &authorization.Authorization{
		Id: a.ID, CreationDate: call.Time(a.Created), ChangeDate: call.Time(a.Changed), State: state,
		Project:      &authorization.Project{Id: a.ProjectID, Name: a.ProjectName, OrganizationId: a.ProjectOrgID},
		Organization: &authorization.Organization{Id: a.OrgID, Name: a.OrgName},
		User: &authorization.User{
			Id: a.UserID, PreferredLoginName: a.UserName, DisplayName: a.UserLabel, OrganizationId: a.UserOrgID,
		},
		Roles: mapSlice(a.RoleKeys, func(key string) *authorization.Role {
			r := roles.Of(a.ProjectID, key)
			return &authorization.Role{Key: key, DisplayName: r.DisplayName, Group: r.Group}
		}),
	}
}
