package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// grantedOf is a project grant on the wire, the same for both sides.
func grantedOf(g iam.ProjectGrant) *project.GrantedProject {
	state := project.ProjectGrantState_PROJECT_GRANT_STATE_INACTIVE
	if g.State == iam.Active {
		state = project.ProjectGrantState_PROJECT_GRANT_STATE_ACTIVE
	}
	return &project.GrantedProject{
		GrantId:          g.ID,
		GrantedOrgId:     g.GrantedOrgID,
		GrantedOrgName:   g.GrantedOrgName,
		GrantedRoleKeys:  g.RoleKeys,
		State:            state,
		ProjectId:        g.ProjectID,
		ProjectName:      g.ProjectName,
		ProjectOwnerId:   g.OrgID,
		ProjectOwnerName: g.OrgName,
		Details:          details(g.Meta, g.OrgID),
	}
}

// GetProjectGrantByID finds a grant of a project of the organization of the context.
func (s *Management) GetProjectGrantByID(ctx context.Context, req *management.GetProjectGrantByIDRequest) (*management.GetProjectGrantByIDResponse, error) {
	ref := directory.GrantRef{ProjectID: req.GetProjectId(), GrantID: req.GetGrantId()}
	g, err := s.Directory.ProjectGrant(ctx, call.Caller(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &management.GetProjectGrantByIDResponse{ProjectGrant: grantedOf(g)}, nil
}

// ListProjectGrants lists the grants of one project.
func (s *Management) ListProjectGrants(ctx context.Context, req *management.ListProjectGrantsRequest) (*management.ListProjectGrantsResponse, error) {
	asked, err := filterOf(req.GetQueries(), func(q *project.ProjectGrantQuery) (iam.Filter, error) {
		switch q := q.GetQuery().(type) {
		case *project.ProjectGrantQuery_ProjectNameQuery:
			return textFilter(iam.FieldProjectName, q.ProjectNameQuery.GetName(), q.ProjectNameQuery.GetMethod())
		case *project.ProjectGrantQuery_RoleKeyQuery:
			return textFilter(iam.FieldRoleKey, q.RoleKeyQuery.GetRoleKey(), q.RoleKeyQuery.GetMethod())
		}
		return iam.Filter{}, unknownQuery()
	})
	if err != nil {
		return nil, err
	}
	f := all([]iam.Filter{iam.FieldProjectID.Is(req.GetProjectId()), asked})
	l, err := s.Directory.ProjectGrants(ctx, call.Caller(ctx), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListProjectGrantsResponse{
		Details: listDetails(l.Total, s.Now()),
		Result:  mapSlice(l.Items, grantedOf),
	}, nil
}

// ListAllProjectGrants lists the grants of all projects of the organization of the context.
func (s *Management) ListAllProjectGrants(ctx context.Context, req *management.ListAllProjectGrantsRequest) (*management.ListAllProjectGrantsResponse, error) {
	f, err := filterOf(req.GetQueries(), func(q *project.AllProjectGrantQuery) (iam.Filter, error) {
		switch q := q.GetQuery().(type) {
		case *project.AllProjectGrantQuery_ProjectNameQuery:
			return textFilter(iam.FieldProjectName, q.ProjectNameQuery.GetName(), q.ProjectNameQuery.GetMethod())
		case *project.AllProjectGrantQuery_RoleKeyQuery:
			return textFilter(iam.FieldRoleKey, q.RoleKeyQuery.GetRoleKey(), q.RoleKeyQuery.GetMethod())
		case *project.AllProjectGrantQuery_ProjectIdQuery:
			return iam.FieldProjectID.Is(q.ProjectIdQuery.GetProjectId()), nil
		case *project.AllProjectGrantQuery_GrantedOrgIdQuery:
			return iam.FieldGrantedOrgID.Is(q.GrantedOrgIdQuery.GetGrantedOrgId()), nil
		}
		return iam.Filter{}, unknownQuery()
	})
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.ProjectGrants(ctx, call.Caller(ctx), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListAllProjectGrantsResponse{
		Details: listDetails(l.Total, s.Now()),
		Result:  mapSlice(l.Items, grantedOf),
	}, nil
}

// AddProjectGrant lends a project with some of its roles to another organization.
func (s *Management) AddProjectGrant(ctx context.Context, req *management.AddProjectGrantRequest) (*management.AddProjectGrantResponse, error) {
	g, err := s.Directory.CreateProjectGrant(ctx, call.Caller(ctx), req.GetProjectId(), req.GetGrantedOrgId(), req.GetRoleKeys())
	if err != nil {
		return nil, err
	}
	return &management.AddProjectGrantResponse{GrantId: g.ID, Details: details(g.Meta, g.OrgID)}, nil
}

// UpdateProjectGrant lends other roles instead.
func (s *Management) UpdateProjectGrant(ctx context.Context, req *management.UpdateProjectGrantRequest) (*management.UpdateProjectGrantResponse, error) {
	ref := directory.GrantRef{ProjectID: req.GetProjectId(), GrantID: req.GetGrantId()}
	g, err := s.Directory.UpdateProjectGrant(ctx, call.Caller(ctx), ref, req.GetRoleKeys(), 0)
	if err != nil {
		return nil, err
	}
	return &management.UpdateProjectGrantResponse{Details: details(g.Meta, g.OrgID)}, nil
}

// DeactivateProjectGrant switches a project grant off.
func (s *Management) DeactivateProjectGrant(ctx context.Context, req *management.DeactivateProjectGrantRequest) (*management.DeactivateProjectGrantResponse, error) {
	ref := directory.GrantRef{ProjectID: req.GetProjectId(), GrantID: req.GetGrantId()}
	g, err := s.Directory.DeactivateProjectGrant(ctx, call.Caller(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &management.DeactivateProjectGrantResponse{Details: details(g.Meta, g.OrgID)}, nil
}

// ReactivateProjectGrant switches a project grant on again.
func (s *Management) ReactivateProjectGrant(ctx context.Context, req *management.ReactivateProjectGrantRequest) (*management.ReactivateProjectGrantResponse, error) {
	ref := directory.GrantRef{ProjectID: req.GetProjectId(), GrantID: req.GetGrantId()}
	g, err := s.Directory.ReactivateProjectGrant(ctx, call.Caller(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &management.ReactivateProjectGrantResponse{Details: details(g.Meta, g.OrgID)}, nil
}

// RemoveProjectGrant takes a project back, with the authorizations that came through the grant.
func (s *Management) RemoveProjectGrant(ctx context.Context, req *management.RemoveProjectGrantRequest) (*management.RemoveProjectGrantResponse, error) {
	ref := directory.GrantRef{ProjectID: req.GetProjectId(), GrantID: req.GetGrantId()}
	g, err := s.Directory.RemoveProjectGrant(ctx, call.Caller(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &management.RemoveProjectGrantResponse{Details: details(g.Meta, g.OrgID)}, nil
}
