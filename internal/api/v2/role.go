package v2

import (
	"context"

	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// AddProjectRole defines a role on a project.
func (s *Projects) AddProjectRole(ctx context.Context, req *project.AddProjectRoleRequest) (*project.AddProjectRoleResponse, error) {
	if err := required("project_id", req.GetProjectId()); err != nil {
		return nil, err
	}
	roles, err := s.Directory.AddRoles(ctx, call.Caller(ctx), req.GetProjectId(), []iam.Role{{
		Key: req.GetRoleKey(), DisplayName: req.GetDisplayName(), Group: req.GetGroup(),
	}})
	if err != nil {
		return nil, err
	}
	return &project.AddProjectRoleResponse{CreationDate: call.Time(roles[0].Created)}, nil
}

// UpdateProjectRole changes a role's display name and group, as far as given.
func (s *Projects) UpdateProjectRole(ctx context.Context, req *project.UpdateProjectRoleRequest) (*project.UpdateProjectRoleResponse, error) {
	if err := required("project_id", req.GetProjectId(), "role_key", req.GetRoleKey()); err != nil {
		return nil, err
	}
	r, err := s.Directory.UpdateRole(ctx, call.Caller(ctx), req.GetProjectId(), req.GetRoleKey(),
		directory.RoleChange{DisplayName: req.DisplayName, Group: req.Group})
	date, err := changed(r.Meta, err)
	if err != nil {
		return nil, err
	}
	return &project.UpdateProjectRoleResponse{ChangeDate: date}, nil
}

// RemoveProjectRole removes a role from its project and wherever it was given.
func (s *Projects) RemoveProjectRole(ctx context.Context, req *project.RemoveProjectRoleRequest) (*project.RemoveProjectRoleResponse, error) {
	if err := required("project_id", req.GetProjectId(), "role_key", req.GetRoleKey()); err != nil {
		return nil, err
	}
	r, err := s.Directory.RemoveRole(ctx, call.Caller(ctx), req.GetProjectId(), req.GetRoleKey())
	date, err := deleted(r.Meta, err)
	if err != nil {
		return nil, err
	}
	return &project.RemoveProjectRoleResponse{RemovalDate: date}, nil
}

// ListProjectRoles lists the roles of one project.
func (s *Projects) ListProjectRoles(ctx context.Context, req *project.ListProjectRolesRequest) (*project.ListProjectRolesResponse, error) {
	if err := required("project_id", req.GetProjectId()); err != nil {
		return nil, err
	}
	p, err := page(req.GetPagination(), map[project.ProjectRoleFieldName]iam.Field{
		project.ProjectRoleFieldName_PROJECT_ROLE_FIELD_NAME_UNSPECIFIED:   iam.FieldCreated,
		project.ProjectRoleFieldName_PROJECT_ROLE_FIELD_NAME_KEY:           iam.FieldKey,
		project.ProjectRoleFieldName_PROJECT_ROLE_FIELD_NAME_CREATION_DATE: iam.FieldCreated,
		project.ProjectRoleFieldName_PROJECT_ROLE_FIELD_NAME_CHANGE_DATE:   iam.FieldChanged,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	f, err := all(req.GetFilters(), func(f *project.ProjectRoleSearchFilter) (iam.Filter, error) {
		switch f := f.GetFilter().(type) {
		case *project.ProjectRoleSearchFilter_RoleKeyFilter:
			return text(iam.FieldKey, f.RoleKeyFilter.GetKey(), f.RoleKeyFilter.GetMethod())
		case *project.ProjectRoleSearchFilter_DisplayNameFilter:
			return text(iam.FieldDisplayName, f.DisplayNameFilter.GetDisplayName(), f.DisplayNameFilter.GetMethod())
		}
		return iam.Filter{}, noQuery()
	})
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.Roles(ctx, call.Caller(ctx), req.GetProjectId(), f, p)
	if err != nil {
		return nil, err
	}
	return &project.ListProjectRolesResponse{Pagination: pagination(l.Total, p), ProjectRoles: mapSlice(l.Items, toRole)}, nil
}

func toRole(r iam.Role) *project.ProjectRole {
	return &project.ProjectRole{
		ProjectId: r.ProjectID, Key: r.Key, CreationDate: call.Time(r.Created), ChangeDate: call.Time(r.Changed),
		DisplayName: r.DisplayName, Group: r.Group,
	}
}
