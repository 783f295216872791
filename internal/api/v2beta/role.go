package v2beta

import (
	"context"

	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2beta"
)

// AddProjectRole defines a role on a project.
func (s *Projects) AddProjectRole(ctx context.Context, req *project.AddProjectRoleRequest) (*project.AddProjectRoleResponse, error) {
	return relay[*project.AddProjectRoleResponse](ctx, req, s.V2.AddProjectRole)
}

// UpdateProjectRole changes a role's display name and group, as far as given.
func (s *Projects) UpdateProjectRole(ctx context.Context, req *project.UpdateProjectRoleRequest) (*project.UpdateProjectRoleResponse, error) {
	return relay[*project.UpdateProjectRoleResponse](ctx, req, s.V2.UpdateProjectRole)
}

// RemoveProjectRole removes a role from its project and wherever it was given.
func (s *Projects) RemoveProjectRole(ctx context.Context, req *project.RemoveProjectRoleRequest) (*project.RemoveProjectRoleResponse, error) {
	return relay[*project.RemoveProjectRoleResponse](ctx, req, s.V2.RemoveProjectRole)
}

// ListProjectRoles lists the roles of one project.
func (s *Projects) ListProjectRoles(ctx context.Context, req *project.ListProjectRolesRequest) (*project.ListProjectRolesResponse, error) {
	return relay[*project.ListProjectRolesResponse](ctx, req, s.V2.ListProjectRoles)
}
