package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// projectOf is a project on the wire.
func projectOf(p iam.Project) *project.Project {
	state := project.ProjectState_PROJECT_STATE_INACTIVE
	if p.State == iam.Active {
		state = project.ProjectState_PROJECT_STATE_ACTIVE
	}
	return &project.Project{
		Id:                     p.ID,
		Details:                details(p.Meta, p.OrgID),
		Name:                   p.Name,
		State:                  state,
		ProjectRoleAssertion:   p.RoleAssertion,
		ProjectRoleCheck:       p.RoleCheck,
		HasProjectCheck:        p.ProjectCheck,
		PrivateLabelingSetting: labelingOf(p.PrivateLabeling),
	}
}

func labelingOf(l iam.PrivateLabeling) project.PrivateLabelingSetting {
	switch l {
	case iam.LabelingProject:
		return project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_ENFORCE_PROJECT_RESOURCE_OWNER_POLICY
	case iam.LabelingOrg:
		return project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY
	}
	return project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_UNSPECIFIED
}

func labeling(l project.PrivateLabelingSetting) (iam.PrivateLabeling, error) {
	switch l {
	case project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_UNSPECIFIED:
		return iam.LabelingUnspecified, nil
	case project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_ENFORCE_PROJECT_RESOURCE_OWNER_POLICY:
		return iam.LabelingProject, nil
	case project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY:
		return iam.LabelingOrg, nil
	}
	return "", unknownEnum("the private labeling setting")
}

// projectFilter reads the queries of a list of projects or granted projects,
// which keep a project's name under different fields.
func projectFilter(queries []*project.ProjectQuery, name iam.Field) (iam.Filter, error) {
	return filterOf(queries, func(q *project.ProjectQuery) (iam.Filter, error) {
		switch q := q.GetQuery().(type) {
		case *project.ProjectQuery_NameQuery:
			return textFilter(name, q.NameQuery.GetName(), q.NameQuery.GetMethod())
		case *project.ProjectQuery_ProjectResourceOwnerQuery:
			return iam.FieldOrgID.Is(q.ProjectResourceOwnerQuery.GetResourceOwner()), nil
		}
		return iam.Filter{}, unknownQuery()
	})
}

// GetProjectByID finds a project.
func (s *Management) GetProjectByID(ctx context.Context, req *management.GetProjectByIDRequest) (*management.GetProjectByIDResponse, error) {
	p, err := s.Directory.Project(ctx, call.Caller(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &management.GetProjectByIDResponse{Project: projectOf(p)}, nil
}

// GetGrantedProjectByID finds a project that was granted to the organization of the context.
func (s *Management) GetGrantedProjectByID(ctx context.Context, req *management.GetGrantedProjectByIDRequest) (*management.GetGrantedProjectByIDResponse, error) {
	g, err := s.Directory.GrantedProject(ctx, call.Caller(ctx), req.GetProjectId(), req.GetGrantId())
	if err != nil {
		return nil, err
	}
	return &management.GetGrantedProjectByIDResponse{GrantedProject: grantedOf(g)}, nil
}

// ListProjects lists the projects of the organization of the context.
func (s *Management) ListProjects(ctx context.Context, req *management.ListProjectsRequest) (*management.ListProjectsResponse, error) {
	f, err := projectFilter(req.GetQueries(), iam.FieldName)
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.Projects(ctx, call.Caller(ctx), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListProjectsResponse{
		Details: listDetails(l.Total, s.Now()),
		Result:  mapSlice(l.Items, projectOf),
	}, nil
}

// ListGrantedProjects lists what was granted to the organization of the context.
func (s *Management) ListGrantedProjects(ctx context.Context, req *management.ListGrantedProjectsRequest) (*management.ListGrantedProjectsResponse, error) {
	f, err := projectFilter(req.GetQueries(), iam.FieldProjectName)
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.GrantedProjects(ctx, call.Caller(ctx), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListGrantedProjectsResponse{
		Details: listDetails(l.Total, s.Now()),
		Result:  mapSlice(l.Items, grantedOf),
	}, nil
}

// AddProject creates a project in the organization of the context.
func (s *Management) AddProject(ctx context.Context, req *management.AddProjectRequest) (*management.AddProjectResponse, error) {
	c := call.Caller(ctx)
	look, err := labeling(req.GetPrivateLabelingSetting())
	if err != nil {
		return nil, err
	}
	p, err := s.Directory.CreateProject(ctx, c, directory.NewProject{
		OrgID: c.Context(),
		Name:  req.GetName(),
		ProjectOptions: iam.ProjectOptions{
			RoleAssertion:   req.GetProjectRoleAssertion(),
			RoleCheck:       req.GetProjectRoleCheck(),
			ProjectCheck:    req.GetHasProjectCheck(),
			PrivateLabeling: look,
		},
		Admins: mapSlice(req.GetAdmins(), func(a *management.AddProjectRequest_Admin) directory.NewProjectAdmin {
			return directory.NewProjectAdmin{UserID: a.GetUserId(), Roles: a.GetRoles()}
		}),
	})
	if err != nil {
		return nil, err
	}
	return &management.AddProjectResponse{Id: p.ID, Details: details(p.Meta, p.OrgID)}, nil
}

// UpdateProject replaces a project's name and all of its options.
func (s *Management) UpdateProject(ctx context.Context, req *management.UpdateProjectRequest) (*management.UpdateProjectResponse, error) {
	look, err := labeling(req.GetPrivateLabelingSetting())
	if err != nil {
		return nil, err
	}
	p, err := s.Directory.UpdateProject(ctx, call.Caller(ctx), req.GetId(), directory.ProjectChange{
		Name:            new(req.GetName()),
		RoleAssertion:   new(req.GetProjectRoleAssertion()),
		RoleCheck:       new(req.GetProjectRoleCheck()),
		ProjectCheck:    new(req.GetHasProjectCheck()),
		PrivateLabeling: &look,
	})
	if err != nil {
		return nil, err
	}
	return &management.UpdateProjectResponse{Details: details(p.Meta, p.OrgID)}, nil
}

// DeactivateProject switches a project off.
func (s *Management) DeactivateProject(ctx context.Context, req *management.DeactivateProjectRequest) (*management.DeactivateProjectResponse, error) {
	p, err := s.Directory.DeactivateProject(ctx, call.Caller(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &management.DeactivateProjectResponse{Details: details(p.Meta, p.OrgID)}, nil
}

// ReactivateProject switches a project on again.
func (s *Management) ReactivateProject(ctx context.Context, req *management.ReactivateProjectRequest) (*management.ReactivateProjectResponse, error) {
	p, err := s.Directory.ReactivateProject(ctx, call.Caller(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &management.ReactivateProjectResponse{Details: details(p.Meta, p.OrgID)}, nil
}

// RemoveProject removes a project with its roles, grants and authorizations.
func (s *Management) RemoveProject(ctx context.Context, req *management.RemoveProjectRequest) (*management.RemoveProjectResponse, error) {
	p, err := s.Directory.RemoveProject(ctx, call.Caller(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &management.RemoveProjectResponse{Details: details(p.Meta, p.OrgID)}, nil
}
