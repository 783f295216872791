package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// roleOf is a role on the wire.
func roleOf(r iam.Role) *project.Role {
	return &project.Role{
		Key: r.Key, Details: details(r.Meta, r.OrgID), DisplayName: r.DisplayName, Group: r.Group,
	}
}

// roleFilter reads the queries of a list of roles.
func roleFilter(queries []*project.RoleQuery) (iam.Filter, error) {
	return filterOf(queries, func(q *project.RoleQuery) (iam.Filter, error) {
		switch q := q.GetQuery().(type) {
		case *project.RoleQuery_KeyQuery:
			return textFilter(iam.FieldKey, q.KeyQuery.GetKey(), q.KeyQuery.GetMethod())
		case *project.RoleQuery_DisplayNameQuery:
			return textFilter(iam.FieldDisplayName, q.DisplayNameQuery.GetDisplayName(), q.DisplayNameQuery.GetMethod())
		}
		return iam.Filter{}, unknownQuery()
	})
}

// ListProjectRoles lists the roles of a project.
func (s *Management) ListProjectRoles(ctx context.Context, req *management.ListProjectRolesRequest) (*management.ListProjectRolesResponse, error) {
	f, err := roleFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.Roles(ctx, call.Caller(ctx), req.GetProjectId(), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListProjectRolesResponse{
		Details: listDetails(l.Total, s.Now()),
		Result:  mapSlice(l.Items, roleOf),
	}, nil
}

// ListGrantedProjectRoles lists the roles that a project grant lends to the
// organization of the context.
func (s *Management) ListGrantedProjectRoles(ctx context.Context, req *management.ListGrantedProjectRolesRequest) (*management.ListGrantedProjectRolesResponse, error) {
	f, err := roleFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.GrantedRoles(ctx, call.Caller(ctx), req.GetProjectId(), req.GetGrantId(), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListGrantedProjectRolesResponse{
		Details: listDetails(l.Total, s.Now()),
		Result:  mapSlice(l.Items, roleOf),
	}, nil
}

// AddProjectRole defines a role.
func (s *Management) AddProjectRole(ctx context.Context, req *management.AddProjectRoleRequest) (*management.AddProjectRoleResponse, error) {
	added, err := s.Directory.AddRoles(ctx, call.Caller(ctx), req.GetProjectId(), []iam.Role{
		{Key: req.GetRoleKey(), DisplayName: req.GetDisplayName(), Group: req.GetGroup()},
	})
	if err != nil {
		return nil, err
	}
	return &management.AddProjectRoleResponse{Details: details(added[0].Meta, added[0].OrgID)}, nil
}

// BulkAddProjectRoles defines several roles, all or none.
func (s *Management) BulkAddProjectRoles(ctx context.Context, req *management.BulkAddProjectRolesRequest) (*management.BulkAddProjectRolesResponse, error) {
	added, err := s.Directory.AddRoles(ctx, call.Caller(ctx), req.GetProjectId(),
		mapSlice(req.GetRoles(), func(r *management.BulkAddProjectRolesRequest_Role) iam.Role {
			return iam.Role{Key: r.GetKey(), DisplayName: r.GetDisplayName(), Group: r.GetGroup()}
		}))
	if err != nil {
		return nil, err
	}
	return &management.BulkAddProjectRolesResponse{Details: details(added[0].Meta, added[0].OrgID)}, nil
}

// UpdateProjectRole replaces a role's display name and group.
func (s *Management) UpdateProjectRole(ctx context.Context, req *management.UpdateProjectRoleRequest) (*management.UpdateProjectRoleResponse, error) {
	r, err := s.Directory.UpdateRole(ctx, call.Caller(ctx), req.GetProjectId(), req.GetRoleKey(),
		directory.RoleChange{DisplayName: new(req.GetDisplayName()), Group: new(req.GetGroup())})
	if err != nil {
		return nil, err
	}
	return &management.UpdateProjectRoleResponse{Details: details(r.Meta, r.OrgID)}, nil
}

// RemoveProjectRole removes a role from its project, from every project grant
// and from every authorization.
func (s *Management) RemoveProjectRole(ctx context.Context, req *management.RemoveProjectRoleRequest) (*management.RemoveProjectRoleResponse, error) {
	r, err := s.Directory.RemoveRole(ctx, call.Caller(ctx), req.GetProjectId(), req.GetRoleKey())
	if err != nil {
		return nil, err
	}
	return &management.RemoveProjectRoleResponse{Details: details(r.Meta, r.OrgID)}, nil
}
