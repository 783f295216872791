package v2

import (
	"context"

	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// CreateProject creates a project.
func (s *Projects) CreateProject(ctx context.Context, req *project.CreateProjectRequest) (*project.CreateProjectResponse, error) {
	return s.CreateProjectWith(ctx, req, nil)
}

// CreateProjectWith is [Projects.CreateProject] with the first managers of the
// project, which only the beta of this generation can name.
func (s *Projects) CreateProjectWith(ctx context.Context, req *project.CreateProjectRequest, admins []directory.NewProjectAdmin) (*project.CreateProjectResponse, error) {
	labeling, err := fromLabeling(req.GetPrivateLabelingSetting())
	if err != nil {
		return nil, err
	}
	if err := required("organization_id", req.GetOrganizationId()); err != nil {
		return nil, err
	}
	p, err := s.Directory.CreateProject(ctx, call.Caller(ctx), directory.NewProject{
		ID: req.GetProjectId(), OrgID: req.GetOrganizationId(), Name: req.GetName(),
		ProjectOptions: iam.ProjectOptions{
			RoleAssertion: req.GetProjectRoleAssertion(), RoleCheck: req.GetAuthorizationRequired(),
			ProjectCheck: req.GetProjectAccessRequired(), PrivateLabeling: labeling,
		},
		Admins: admins,
	})
	if err != nil {
		return nil, err
	}
	return &project.CreateProjectResponse{ProjectId: p.ID, CreationDate: call.Time(p.Created)}, nil
}

// UpdateProject changes what is given of a project.
func (s *Projects) UpdateProject(ctx context.Context, req *project.UpdateProjectRequest) (*project.UpdateProjectResponse, error) {
	if err := required("project_id", req.GetProjectId()); err != nil {
		return nil, err
	}
	change := directory.ProjectChange{
		Name: req.Name, RoleAssertion: req.ProjectRoleAssertion,
		RoleCheck: req.AuthorizationRequired, ProjectCheck: req.ProjectAccessRequired,
	}
	if req.PrivateLabelingSetting != nil {
		labeling, err := fromLabeling(*req.PrivateLabelingSetting)
		if err != nil {
			return nil, err
		}
		change.PrivateLabeling = &labeling
	}
	p, err := s.Directory.UpdateProject(ctx, call.Caller(ctx), req.GetProjectId(), change)
	date, err := changed(p.Meta, err)
	if err != nil {
		return nil, err
	}
	return &project.UpdateProjectResponse{ChangeDate: date}, nil
}

// DeleteProject removes a project with its roles, grants and authorizations.
func (s *Projects) DeleteProject(ctx context.Context, req *project.DeleteProjectRequest) (*project.DeleteProjectResponse, error) {
	if err := required("project_id", req.GetProjectId()); err != nil {
		return nil, err
	}
	p, err := s.Directory.RemoveProject(ctx, call.Caller(ctx), req.GetProjectId())
	date, err := deleted(p.Meta, err)
	if err != nil {
		return nil, err
	}
	return &project.DeleteProjectResponse{DeletionDate: date}, nil
}

// DeactivateProject switches a project off.
func (s *Projects) DeactivateProject(ctx context.Context, req *project.DeactivateProjectRequest) (*project.DeactivateProjectResponse, error) {
	if err := required("project_id", req.GetProjectId()); err != nil {
		return nil, err
	}
	p, err := s.Directory.DeactivateProject(ctx, call.Caller(ctx), req.GetProjectId())
	date, err := changed(p.Meta, err)
	if err != nil {
		return nil, err
	}
	return &project.DeactivateProjectResponse{ChangeDate: date}, nil
}

// ActivateProject switches a project on again.
func (s *Projects) ActivateProject(ctx context.Context, req *project.ActivateProjectRequest) (*project.ActivateProjectResponse, error) {
	if err := required("project_id", req.GetProjectId()); err != nil {
		return nil, err
	}
	p, err := s.Directory.ReactivateProject(ctx, call.Caller(ctx), req.GetProjectId())
	date, err := changed(p.Meta, err)
	if err != nil {
		return nil, err
	}
	return &project.ActivateProjectResponse{ChangeDate: date}, nil
}

// GetProject finds a project.
func (s *Projects) GetProject(ctx context.Context, req *project.GetProjectRequest) (*project.GetProjectResponse, error) {
	if err := required("project_id", req.GetProjectId()); err != nil {
		return nil, err
	}
	p, err := s.Directory.Project(ctx, call.Caller(ctx), req.GetProjectId())
	if err != nil {
		return nil, err
	}
	return &project.GetProjectResponse{Project: toProject(directory.AvailableProject{Project: p})}, nil
}

// ListProjects lists the projects that the caller may see: those of
// organizations, and once more for each organization that one was granted to.
func (s *Projects) ListProjects(ctx context.Context, req *project.ListProjectsRequest) (*project.ListProjectsResponse, error) {
	p, err := page(req.GetPagination(), map[project.ProjectFieldName]iam.Field{
		project.ProjectFieldName_PROJECT_FIELD_NAME_UNSPECIFIED:   iam.FieldCreated,
		project.ProjectFieldName_PROJECT_FIELD_NAME_ID:            iam.FieldID,
		project.ProjectFieldName_PROJECT_FIELD_NAME_CREATION_DATE: iam.FieldCreated,
		project.ProjectFieldName_PROJECT_FIELD_NAME_CHANGE_DATE:   iam.FieldChanged,
		project.ProjectFieldName_PROJECT_FIELD_NAME_NAME:          iam.FieldName,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	owned, err := all(req.GetFilters(), ownedProject)
	if err != nil {
		return nil, err
	}
	granted, err := all(req.GetFilters(), grantedProject)
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.AvailableProjects(ctx, call.Caller(ctx), owned, granted, p)
	if err != nil {
		return nil, err
	}
	return &project.ListProjectsResponse{Pagination: pagination(l.Total, p), Projects: mapSlice(l.Items, toProject)}, nil
}

// ownedProject reads a condition for the list of projects.
func ownedProject(f *project.ProjectSearchFilter) (iam.Filter, error) {
	switch f := f.GetFilter().(type) {
	case *project.ProjectSearchFilter_ProjectNameFilter:
		return text(iam.FieldName, f.ProjectNameFilter.GetProjectName(), f.ProjectNameFilter.GetMethod())
	case *project.ProjectSearchFilter_InProjectIdsFilter:
		return iam.FieldID.In(f.InProjectIdsFilter.GetIds()), nil
	case *project.ProjectSearchFilter_OrganizationIdFilter:
		is := iam.FieldOrgID.Is(f.OrganizationIdFilter.GetOrganizationId())
		return lookup("kind of project", map[project.ProjectOrganizationIDFilter_Type]iam.Filter{
			project.ProjectOrganizationIDFilter_TYPE_UNSPECIFIED: is,
			project.ProjectOrganizationIDFilter_OWNED_OR_GRANTED: is,
			project.ProjectOrganizationIDFilter_OWNED:            is,
			project.ProjectOrganizationIDFilter_GRANTED:          nothing(),
		}, f.OrganizationIdFilter.GetType())
	}
	return iam.Filter{}, noQuery()
}

// grantedProject reads the same condition for the list of project grants.
func grantedProject(f *project.ProjectSearchFilter) (iam.Filter, error) {
	switch f := f.GetFilter().(type) {
	case *project.ProjectSearchFilter_ProjectNameFilter:
		return text(iam.FieldProjectName, f.ProjectNameFilter.GetProjectName(), f.ProjectNameFilter.GetMethod())
	case *project.ProjectSearchFilter_InProjectIdsFilter:
		return iam.FieldProjectID.In(f.InProjectIdsFilter.GetIds()), nil
	case *project.ProjectSearchFilter_OrganizationIdFilter:
		if f.OrganizationIdFilter.GetType() == project.ProjectOrganizationIDFilter_OWNED {
			return nothing(), nil
		}
		return iam.FieldGrantedOrgID.Is(f.OrganizationIdFilter.GetOrganizationId()), nil
	}
	return iam.Filter{}, noQuery()
}

func toProject(p directory.AvailableProject) *project.Project {
	out := &project.Project{
		ProjectId: p.ID, OrganizationId: p.OrgID, CreationDate: call.Time(p.Created), ChangeDate: call.Time(p.Changed),
		Name: p.Name, State: project.ProjectState_PROJECT_STATE_INACTIVE, ProjectRoleAssertion: p.RoleAssertion,
		AuthorizationRequired: p.RoleCheck, ProjectAccessRequired: p.ProjectCheck,
	}
	if p.State == iam.Active {
		out.State = project.ProjectState_PROJECT_STATE_ACTIVE
	}
	switch p.PrivateLabeling {
	case iam.LabelingProject:
		out.PrivateLabelingSetting = project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_ENFORCE_PROJECT_RESOURCE_OWNER_POLICY
	case iam.LabelingOrg:
		out.PrivateLabelingSetting = project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY
	}
	if g := p.Grant; g != nil {
		out.GrantedOrganizationId, out.GrantedOrganizationName = &g.GrantedOrgID, &g.GrantedOrgName
		out.GrantedState = project.GrantedProjectState_GRANTED_PROJECT_STATE_INACTIVE
		if g.State == iam.Active {
			out.GrantedState = project.GrantedProjectState_GRANTED_PROJECT_STATE_ACTIVE
		}
	}
	return out
}

func fromLabeling(s project.PrivateLabelingSetting) (iam.PrivateLabeling, error) {
	return lookup("private labeling setting", map[project.PrivateLabelingSetting]iam.PrivateLabeling{
		project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_UNSPECIFIED:                            iam.LabelingUnspecified,
		project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_ENFORCE_PROJECT_RESOURCE_OWNER_POLICY:  iam.LabelingProject,
		project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY: iam.LabelingOrg,
	}, s)
}
