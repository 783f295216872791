package v2beta

import (
	"context"

	projectv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2beta"

	"github.com/latchkey-iam/latchkey/internal/directory"
)

// CreateProject creates a project, with its first managers, who come with the
// permission to create it.
func (s *Projects) CreateProject(ctx context.Context, req *project.CreateProjectRequest) (*project.CreateProjectResponse, error) {
	in, err := request[*projectv2.CreateProjectRequest](req)
	if err != nil {
		return nil, err
	}
	var admins []directory.NewProjectAdmin
	for _, a := range req.GetAdmins() {
		admins = append(admins, directory.NewProjectAdmin{UserID: a.GetUserId(), Roles: a.GetRoles()})
	}
	out, err := s.V2.CreateProjectWith(ctx, in, admins)
	if err != nil {
		return nil, err
	}
	return response[*project.CreateProjectResponse](out), nil
}

// UpdateProject changes what is given of a project.
func (s *Projects) UpdateProject(ctx context.Context, req *project.UpdateProjectRequest) (*project.UpdateProjectResponse, error) {
	return relay[*project.UpdateProjectResponse](ctx, req, s.V2.UpdateProject)
}

// DeleteProject removes a project with its roles, grants and authorizations.
func (s *Projects) DeleteProject(ctx context.Context, req *project.DeleteProjectRequest) (*project.DeleteProjectResponse, error) {
	return relay[*project.DeleteProjectResponse](ctx, req, s.V2.DeleteProject)
}

// DeactivateProject switches a project off.
func (s *Projects) DeactivateProject(ctx context.Context, req *project.DeactivateProjectRequest) (*project.DeactivateProjectResponse, error) {
	return relay[*project.DeactivateProjectResponse](ctx, req, s.V2.DeactivateProject)
}

// ActivateProject switches a project on again.
func (s *Projects) ActivateProject(ctx context.Context, req *project.ActivateProjectRequest) (*project.ActivateProjectResponse, error) {
	return relay[*project.ActivateProjectResponse](ctx, req, s.V2.ActivateProject)
}

// GetProject finds a project.
func (s *Projects) GetProject(ctx context.Context, req *project.GetProjectRequest) (*project.GetProjectResponse, error) {
	return relay[*project.GetProjectResponse](ctx, req, s.V2.GetProject)
}

// ListProjects lists the projects that the caller may see.
func (s *Projects) ListProjects(ctx context.Context, req *project.ListProjectsRequest) (*project.ListProjectsResponse, error) {
	return relay[*project.ListProjectsResponse](ctx, req, s.V2.ListProjects)
}
