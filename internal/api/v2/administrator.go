package v2

import (
	"context"

	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// CreateAdministrator makes a user a manager of a resource.
func (s *Administrators) CreateAdministrator(ctx context.Context, req *permission.CreateAdministratorRequest) (*permission.CreateAdministratorResponse, error) {
	res, err := resource(req.GetResource())
	if err != nil {
		return nil, err
	}
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	m, err := s.Directory.AddMember(ctx, call.Caller(ctx), res, req.GetUserId(), req.GetRoles())
	if err != nil {
		return nil, err
	}
	return &permission.CreateAdministratorResponse{CreationDate: call.Time(m.Created)}, nil
}

// UpdateAdministrator gives a manager other roles instead.
func (s *Administrators) UpdateAdministrator(ctx context.Context, req *permission.UpdateAdministratorRequest) (*permission.UpdateAdministratorResponse, error) {
	res, err := resource(req.GetResource())
	if err != nil {
		return nil, err
	}
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	m, err := s.Directory.UpdateMember(ctx, call.Caller(ctx), res, req.GetUserId(), req.GetRoles(), 0)
	date, err := changed(m.Meta, err)
	if err != nil {
		return nil, err
	}
	return &permission.UpdateAdministratorResponse{ChangeDate: date}, nil
}

// DeleteAdministrator ends a membership.
func (s *Administrators) DeleteAdministrator(ctx context.Context, req *permission.DeleteAdministratorRequest) (*permission.DeleteAdministratorResponse, error) {
	res, err := resource(req.GetResource())
	if err != nil {
		return nil, err
	}
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	m, err := s.Directory.RemoveMember(ctx, call.Caller(ctx), res, req.GetUserId())
	date, err := deleted(m.Meta, err)
	if err != nil {
		return nil, err
	}
	return &permission.DeleteAdministratorResponse{DeletionDate: date}, nil
}

// resource reads what a membership is of.
func resource(r *permission.ResourceType) (directory.Resource, error) {
	switch r := r.GetResource().(type) {
	case *permission.ResourceType_Instance:
		if r.Instance {
			return directory.Resource{Level: iam.LevelInstance}, nil
		}
	case *permission.ResourceType_OrganizationId:
		return directory.Resource{Level: iam.LevelOrg, ID: r.OrganizationId}, required("organization_id", r.OrganizationId)
	case *permission.ResourceType_ProjectId:
		return directory.Resource{Level: iam.LevelProject, ID: r.ProjectId}, required("project_id", r.ProjectId)
	case *permission.ResourceType_ProjectGrant_:
		return grantResource(r.ProjectGrant)
	}
	return directory.Resource{}, iam.Errorf(iam.InvalidArgument, "V2-rsrc1",
		"the resource must be the instance, an organization, a project or a project grant")
}

// grantResource names a project grant by its project and the organization that received it.
func grantResource(g interface {
	GetProjectId() string
	GetOrganizationId() string
},
) (directory.Resource, error) {
	res := directory.Resource{Level: iam.LevelProjectGrant, ProjectID: g.GetProjectId(), GrantedOrgID: g.GetOrganizationId()}
	return res, required("project_id", res.ProjectID, "organization_id", res.GrantedOrgID)
}

// ListAdministrators lists the memberships that the caller may see, its own among them.
func (s *Administrators) ListAdministrators(ctx context.Context, req *permission.ListAdministratorsRequest) (*permission.ListAdministratorsResponse, error) {
	p, err := page(req.GetPagination(), map[permission.AdministratorFieldName]iam.Field{
		permission.AdministratorFieldName_ADMINISTRATOR_FIELD_NAME_UNSPECIFIED:   iam.FieldCreated,
		permission.AdministratorFieldName_ADMINISTRATOR_FIELD_NAME_USER_ID:       iam.FieldUserID,
		permission.AdministratorFieldName_ADMINISTRATOR_FIELD_NAME_CREATION_DATE: iam.FieldCreated,
		permission.AdministratorFieldName_ADMINISTRATOR_FIELD_NAME_CHANGE_DATE:   iam.FieldChanged,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	f, err := all(req.GetFilters(), s.query(ctx))
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.Administrators(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &permission.ListAdministratorsResponse{
		Pagination: pagination(l.Total, p), Administrators: mapSlice(l.Items, toAdministrator),
	}, nil
}

// query reads a condition of the list, which may be a combination of others.
func (s *Administrators) query(ctx context.Context) func(*permission.AdministratorSearchFilter) (iam.Filter, error) {
	return func(f *permission.AdministratorSearchFilter) (iam.Filter, error) {
		switch f := f.GetFilter().(type) {
		case *permission.AdministratorSearchFilter_CreationDate:
			return at(iam.FieldCreated, f.CreationDate)
		case *permission.AdministratorSearchFilter_ChangeDate:
			return at(iam.FieldChanged, f.ChangeDate)
		case *permission.AdministratorSearchFilter_InUserIdsFilter:
			return iam.FieldUserID.In(f.InUserIdsFilter.GetIds()), nil
		case *permission.AdministratorSearchFilter_UserOrganizationId:
			return iam.FieldUserOrgID.Is(f.UserOrganizationId.GetId()), nil
		case *permission.AdministratorSearchFilter_UserPreferredLoginName:
			return text(iam.FieldUserName, f.UserPreferredLoginName.GetPreferredLoginName(), f.UserPreferredLoginName.GetMethod())
		case *permission.AdministratorSearchFilter_UserDisplayName:
			return text(iam.FieldDisplayName, f.UserDisplayName.GetDisplayName(), f.UserDisplayName.GetMethod())
		case *permission.AdministratorSearchFilter_Resource:
			res, err := resourceQuery(f.Resource)
			if err != nil {
				return iam.Filter{}, err
			}
			return s.Directory.OfResource(ctx, res)
		case *permission.AdministratorSearchFilter_And:
			return all(f.And.GetQueries(), s.query(ctx))
		case *permission.AdministratorSearchFilter_Or:
			either, err := conditions(f.Or.GetQueries(), s.query(ctx))
			return iam.Filter{Any: either}, err
		case *permission.AdministratorSearchFilter_Not:
			not, err := s.query(ctx)(f.Not.GetQuery())
			return iam.Filter{Not: &not}, err
		}
		return iam.Filter{}, noQuery()
	}
}

func resourceQuery(r *permission.ResourceFilter) (directory.Resource, error) {
	switch r := r.GetResource().(type) {
	case *permission.ResourceFilter_Instance:
		if r.Instance {
			return directory.Resource{Level: iam.LevelInstance}, nil
		}
	case *permission.ResourceFilter_OrganizationId:
		return directory.Resource{Level: iam.LevelOrg, ID: r.OrganizationId}, nil
	case *permission.ResourceFilter_ProjectId:
		return directory.Resource{Level: iam.LevelProject, ID: r.ProjectId}, nil
	case *permission.ResourceFilter_ProjectGrant_:
		return grantResource(r.ProjectGrant)
	}
	return directory.Resource{}, noQuery()
}

func toAdministrator(m iam.Membership) *permission.Administrator {
	out := &permission.Administrator{
		CreationDate: call.Time(m.Created), ChangeDate: call.Time(m.Changed),
		User: &permission.User{
			Id: m.UserID, PreferredLoginName: m.UserName, DisplayName: m.UserLabel, OrganizationId: m.UserOrgID,
		},
		Roles: mapSlice(m.Roles, func(r iam.ManagerRole) string { return string(r) }),
	}
	switch m.Level {
	case iam.LevelInstance:
		out.Resource = &permission.Administrator_Instance{Instance: true}
	case iam.LevelOrg:
		out.Resource = &permission.Administrator_Organization{
			Organization: &permission.Organization{Id: m.ResourceID, Name: m.ResourceName},
		}
	case iam.LevelProject:
		out.Resource = &permission.Administrator_Project{
			Project: &permission.Project{Id: m.ResourceID, Name: m.ResourceName, OrganizationId: m.OrgID},
		}
	case iam.LevelProjectGrant:
		out.Resource = &permission.Administrator_ProjectGrant{ProjectGrant: &permission.ProjectGrant{
			Id: m.ResourceID, ProjectId: m.ProjectID, ProjectName: m.ResourceName, GrantedOrganizationId: m.OrgID,
		}}
	}
	return out
}
