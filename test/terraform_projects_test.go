package test

import (
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	objectv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	projectv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project"
	projects "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
)

func projectKind() kind {
	setting := func(d *data) projectv1.PrivateLabelingSetting {
		return enum[projectv1.PrivateLabelingSetting](projectv1.PrivateLabelingSetting_value, d.text("private_labeling_setting"))
	}
	return kind{
		name: "zitadel_project", computed: []string{"state"}, imports: []string{"id"}, optional: []string{"org_id"},
		create: func(p *provider, d *data) error {
			answer, err := p.ManagementService().AddProject(p.of(d), &management.AddProjectRequest{
				Name: d.text("name"), ProjectRoleAssertion: d.flag("project_role_assertion"), ProjectRoleCheck: d.flag("project_role_check"),
				HasProjectCheck: d.flag("has_project_check"), PrivateLabelingSetting: setting(d),
			})
			d.id = answer.GetId()
			return err
		},
		read: func(p *provider, d *data) error {
			answer, err := p.ManagementService().GetProjectByID(p.of(d), &management.GetProjectByIDRequest{Id: d.id})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			project := answer.GetProject()
			return d.found(project.GetId(), attributes{
				"org_id": project.GetDetails().GetResourceOwner(), "state": project.GetState().String(), "name": project.GetName(),
				"project_role_assertion": project.GetProjectRoleAssertion(), "project_role_check": project.GetProjectRoleCheck(),
				"has_project_check": project.GetHasProjectCheck(), "private_labeling_setting": project.GetPrivateLabelingSetting().String(),
			})
		},
		update: func(p *provider, d *data) error {
			_, err := p.ManagementService().UpdateProject(p.of(d), &management.UpdateProjectRequest{
				Id: d.id, Name: d.text("name"),
				ProjectRoleAssertion: d.flag("project_role_assertion"), ProjectRoleCheck: d.flag("project_role_check"),
				HasProjectCheck: d.flag("has_project_check"), PrivateLabelingSetting: setting(d),
			})
			return err
		},
		remove: func(p *provider, d *data) error {
			_, err := p.ManagementService().RemoveProject(p.of(d), &management.RemoveProjectRequest{Id: d.id})
			return err
		},
	}
}

func projectV2Kind() kind {
	setting := func(d *data) projects.PrivateLabelingSetting {
		return enum[projects.PrivateLabelingSetting](projects.PrivateLabelingSetting_value, d.text("private_labeling_setting"))
	}
	return kind{
		name: "zitadel_project_v2", alone: true, computed: []string{"state", "project_id"}, imports: []string{"id"}, optional: []string{"org_id"},
		create: func(p *provider, d *data) error {
			request := &projects.CreateProjectRequest{
				OrganizationId: d.text("org_id"), Name: d.text("name"),
				ProjectRoleAssertion: d.flag("project_role_assertion"), AuthorizationRequired: d.flag("project_role_check"),
				ProjectAccessRequired: d.flag("has_project_check"), PrivateLabelingSetting: setting(d),
			}
			if id := d.text("project_id"); id != "" {
				request.ProjectId = &id
			}
			answer, err := p.ProjectServiceV2().CreateProject(p.of(d), request)
			d.id = answer.GetProjectId()
			return err
		},
		read: func(p *provider, d *data) error {
			answer, err := p.ProjectServiceV2().GetProject(p.of(d), &projects.GetProjectRequest{ProjectId: d.id})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			project := answer.GetProject()
			return d.found(project.GetProjectId(), attributes{
				"org_id": project.GetOrganizationId(), "project_id": project.GetProjectId(), "state": project.GetState().String(),
				"name": project.GetName(), "project_role_assertion": project.GetProjectRoleAssertion(),
				"project_role_check": project.GetAuthorizationRequired(), "has_project_check": project.GetProjectAccessRequired(),
				"private_labeling_setting": project.GetPrivateLabelingSetting().String(),
			})
		},
		update: func(p *provider, d *data) error {
			name, label := d.text("name"), setting(d)
			assertion, check, access := d.flag("project_role_assertion"), d.flag("project_role_check"), d.flag("has_project_check")
			_, err := p.ProjectServiceV2().UpdateProject(p.of(d), &projects.UpdateProjectRequest{
				ProjectId: d.id, Name: &name, ProjectRoleAssertion: &assertion, AuthorizationRequired: &check,
				ProjectAccessRequired: &access, PrivateLabelingSetting: &label,
			})
			return err
		},
		remove: func(p *provider, d *data) error {
			_, err := p.ProjectServiceV2().DeleteProject(p.of(d), &projects.DeleteProjectRequest{ProjectId: d.id})
			return err
		},
	}
}

func projectRoleKind() kind {
	id := func(d *data) string { return d.text("org_id") + "_" + d.text("project_id") + "_" + d.text("role_key") }
	return kind{
		name: "zitadel_project_role", imports: []string{"project_id", "role_key"}, optional: []string{"org_id"},
		create: func(p *provider, d *data) error {
			_, err := p.ManagementService().AddProjectRole(p.of(d), &management.AddProjectRoleRequest{
				ProjectId: d.text("project_id"), RoleKey: d.text("role_key"), DisplayName: d.text("display_name"), Group: d.text("group"),
			})
			d.id = id(d)
			return err
		},
		read: func(p *provider, d *data) error {
			answer, err := p.ManagementService().ListProjectRoles(p.of(d), &management.ListProjectRolesRequest{
				ProjectId: d.text("project_id"), Queries: []*projectv1.RoleQuery{{Query: &projectv1.RoleQuery_KeyQuery{
					KeyQuery: &projectv1.RoleKeyQuery{Key: d.text("role_key"), Method: objectv1.TextQueryMethod_TEXT_QUERY_METHOD_EQUALS},
				}}},
			})
			if lost(err) || err == nil && len(answer.GetResult()) != 1 {
				return d.gone()
			}
			if err != nil {
				return err
			}
			role := answer.GetResult()[0]
			return d.found(id(d), attributes{
				"role_key": role.GetKey(), "display_name": role.GetDisplayName(), "group": role.GetGroup(),
			})
		},
		update: func(p *provider, d *data) error {
			_, err := p.ManagementService().UpdateProjectRole(p.of(d), &management.UpdateProjectRoleRequest{
				ProjectId: d.text("project_id"), RoleKey: d.text("role_key"), DisplayName: d.text("display_name"), Group: d.text("group"),
			})
			return err
		},
		remove: func(p *provider, d *data) error {
			_, err := p.ManagementService().RemoveProjectRole(p.of(d), &management.RemoveProjectRoleRequest{
				ProjectId: d.text("project_id"), RoleKey: d.text("role_key"),
			})
			return err
		},
	}
}

func projectGrantKind() kind {
	return kind{
		name: "zitadel_project_grant", imports: []string{"id", "project_id"}, optional: []string{"org_id"},
		create: func(p *provider, d *data) error {
			answer, err := p.ManagementService().AddProjectGrant(p.of(d), &management.AddProjectGrantRequest{
				ProjectId: d.text("project_id"), GrantedOrgId: d.text("granted_org_id"), RoleKeys: d.texts("role_keys"),
			})
			d.id = answer.GetGrantId()
			return err
		},
		read: func(p *provider, d *data) error {
			answer, err := p.ManagementService().GetProjectGrantByID(p.of(d), &management.GetProjectGrantByIDRequest{
				ProjectId: d.text("project_id"), GrantId: d.id,
			})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			grant := answer.GetProjectGrant()
			return d.found(grant.GetGrantId(), attributes{
				"project_id": grant.GetProjectId(), "granted_org_id": grant.GetGrantedOrgId(),
				"role_keys": set(grant.GetGrantedRoleKeys()), "org_id": grant.GetDetails().GetResourceOwner(),
			})
		},
		update: func(p *provider, d *data) error {
			_, err := p.ManagementService().UpdateProjectGrant(p.of(d), &management.UpdateProjectGrantRequest{
				ProjectId: d.text("project_id"), GrantId: d.id, RoleKeys: d.texts("role_keys"),
			})
			return err
		},
		remove: func(p *provider, d *data) error {
			_, err := p.ManagementService().RemoveProjectGrant(p.of(d), &management.RemoveProjectGrantRequest{
				ProjectId: d.text("project_id"), GrantId: d.id,
			})
			return err
		},
	}
}
