package v2beta

import (
	"context"

	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2beta"
)

// CreateProjectGrant lends a project with some of its roles to another organization.
func (s *Projects) CreateProjectGrant(ctx context.Context, req *project.CreateProjectGrantRequest) (*project.CreateProjectGrantResponse, error) {
	return relay[*project.CreateProjectGrantResponse](ctx, req, s.V2.CreateProjectGrant)
}

// UpdateProjectGrant lends other roles instead.
func (s *Projects) UpdateProjectGrant(ctx context.Context, req *project.UpdateProjectGrantRequest) (*project.UpdateProjectGrantResponse, error) {
	return relay[*project.UpdateProjectGrantResponse](ctx, req, s.V2.UpdateProjectGrant)
}

// DeleteProjectGrant takes a project back.
func (s *Projects) DeleteProjectGrant(ctx context.Context, req *project.DeleteProjectGrantRequest) (*project.DeleteProjectGrantResponse, error) {
	return relay[*project.DeleteProjectGrantResponse](ctx, req, s.V2.DeleteProjectGrant)
}

// DeactivateProjectGrant switches a project grant off.
func (s *Projects) DeactivateProjectGrant(ctx context.Context, req *project.DeactivateProjectGrantRequest) (*project.DeactivateProjectGrantResponse, error) {
	return relay[*project.DeactivateProjectGrantResponse](ctx, req, s.V2.DeactivateProjectGrant)
}

// ActivateProjectGrant switches a project grant on again.
func (s *Projects) ActivateProjectGrant(ctx context.Context, req *project.ActivateProjectGrantRequest) (*project.ActivateProjectGrantResponse, error) {
	return relay[*project.ActivateProjectGrantResponse](ctx, req, s.V2.ActivateProjectGrant)
}

// ListProjectGrants lists project grants for those who give them.
func (s *Projects) ListProjectGrants(ctx context.Context, req *project.ListProjectGrantsRequest) (*project.ListProjectGrantsResponse, error) {
	return relay[*project.ListProjectGrantsResponse](ctx, req, s.V2.ListProjectGrants)
}
