package v2

import (
	"context"

	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// grantNamed is how every request of this generation names a project grant.
type grantNamed interface {
	GetProjectId() string
	GetGrantedOrganizationId() string
}

func grantRef(req grantNamed) (directory.GrantRef, error) {
	ref := directory.GrantRef{ProjectID: req.GetProjectId(), GrantedOrgID: req.GetGrantedOrganizationId()}
	return ref, required("project_id", ref.ProjectID, "granted_organization_id", ref.GrantedOrgID)
}

// CreateProjectGrant lends a project with some of its roles to another organization.
func (s *Projects) CreateProjectGrant(ctx context.Context, req *project.CreateProjectGrantRequest) (*project.CreateProjectGrantResponse, error) {
	ref, err := grantRef(req)
	if err != nil {
		return nil, err
	}
	g, err := s.Directory.CreateProjectGrant(ctx, call.Caller(ctx), ref.ProjectID, ref.GrantedOrgID, req.GetRoleKeys())
	if err != nil {
		return nil, err
	}
	return &project.CreateProjectGrantResponse{CreationDate: call.Time(g.Created)}, nil
}

// UpdateProjectGrant lends other roles instead.
func (s *Projects) UpdateProjectGrant(ctx context.Context, req *project.UpdateProjectGrantRequest) (*project.UpdateProjectGrantResponse, error) {
	ref, err := grantRef(req)
	if err != nil {
		return nil, err
	}
	g, err := s.Directory.UpdateProjectGrant(ctx, call.Caller(ctx), ref, req.GetRoleKeys(), 0)
	date, err := changed(g.Meta, err)
	if err != nil {
		return nil, err
	}
	return &project.UpdateProjectGrantResponse{ChangeDate: date}, nil
}

// DeleteProjectGrant takes a project back.
func (s *Projects) DeleteProjectGrant(ctx context.Context, req *project.DeleteProjectGrantRequest) (*project.DeleteProjectGrantResponse, error) {
	ref, err := grantRef(req)
	if err != nil {
		return nil, err
	}
	g, err := s.Directory.RemoveProjectGrant(ctx, call.Caller(ctx), ref)
	date, err := deleted(g.Meta, err)
	if err != nil {
		return nil, err
	}
	return &project.DeleteProjectGrantResponse{DeletionDate: date}, nil
}

// DeactivateProjectGrant switches a project grant off.
func (s *Projects) DeactivateProjectGrant(ctx context.Context, req *project.DeactivateProjectGrantRequest) (*project.DeactivateProjectGrantResponse, error) {
	ref, err := grantRef(req)
	if err != nil {
		return nil, err
	}
	g, err := s.Directory.DeactivateProjectGrant(ctx, call.Caller(ctx), ref)
	date, err := changed(g.Meta, err)
	if err != nil {
		return nil, err
	}
	return &project.DeactivateProjectGrantResponse{ChangeDate: date}, nil
}

// ActivateProjectGrant switches a project grant on again.
func (s *Projects) ActivateProjectGrant(ctx context.Context, req *project.ActivateProjectGrantRequest) (*project.ActivateProjectGrantResponse, error) {
	ref, err := grantRef(req)
	if err != nil {
		return nil, err
	}
	g, err := s.Directory.ReactivateProjectGrant(ctx, call.Caller(ctx), ref)
	date, err := changed(g.Meta, err)
	if err != nil {
		return nil, err
	}
	return &project.ActivateProjectGrantResponse{ChangeDate: date}, nil
}

// ListProjectGrants lists project grants for those who give them.
func (s *Projects) ListProjectGrants(ctx context.Context, req *project.ListProjectGrantsRequest) (*project.ListProjectGrantsResponse, error) {
	p, err := page(req.GetPagination(), map[project.ProjectGrantFieldName]iam.Field{
		project.ProjectGrantFieldName_PROJECT_GRANT_FIELD_NAME_UNSPECIFIED:   iam.FieldCreated,
		project.ProjectGrantFieldName_PROJECT_GRANT_FIELD_NAME_PROJECT_ID:    iam.FieldProjectID,
		project.ProjectGrantFieldName_PROJECT_GRANT_FIELD_NAME_CREATION_DATE: iam.FieldCreated,
		project.ProjectGrantFieldName_PROJECT_GRANT_FIELD_NAME_CHANGE_DATE:   iam.FieldChanged,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	f, err := all(req.GetFilters(), grantQuery)
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.ProjectGrants(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &project.ListProjectGrantsResponse{Pagination: pagination(l.Total, p), ProjectGrants: mapSlice(l.Items, toGrant)}, nil
}

func grantQuery(f *project.ProjectGrantSearchFilter) (iam.Filter, error) {
	switch f := f.GetFilter().(type) {
	case *project.ProjectGrantSearchFilter_ProjectNameFilter:
		return text(iam.FieldProjectName, f.ProjectNameFilter.GetProjectName(), f.ProjectNameFilter.GetMethod())
	case *project.ProjectGrantSearchFilter_RoleKeyFilter:
		return text(iam.FieldRoleKey, f.RoleKeyFilter.GetKey(), f.RoleKeyFilter.GetMethod())
	case *project.ProjectGrantSearchFilter_InProjectIdsFilter:
		return iam.FieldProjectID.In(f.InProjectIdsFilter.GetIds()), nil
	case *project.ProjectGrantSearchFilter_OrganizationIdFilter:
		return iam.FieldOrgID.Is(f.OrganizationIdFilter.GetId()), nil
	case *project.ProjectGrantSearchFilter_GrantedOrganizationIdFilter:
		return iam.FieldGrantedOrgID.Is(f.GrantedOrganizationIdFilter.GetId()), nil
	}
	return iam.Filter{}, noQuery()
}

func toGrant(g iam.ProjectGrant) *project.ProjectGrant {
	state := project.ProjectGrantState_PROJECT_GRANT_STATE_INACTIVE
	if g.State == iam.Active {
		state = project.ProjectGrantState_PROJECT_GRANT_STATE_ACTIVE
	}
	return &project.ProjectGrant{
		OrganizationId: g.OrgID, CreationDate: call.Time(g.Created), ChangeDate: call.Time(g.Changed),
		GrantedOrganizationId: g.GrantedOrgID, GrantedOrganizationName: g.GrantedOrgName, GrantedRoleKeys: g.RoleKeys,
		ProjectId: g.ProjectID, ProjectName: g.ProjectName, State: state,
	}
}
