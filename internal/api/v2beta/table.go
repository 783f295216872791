package v2beta

import (
	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	filterbeta "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2beta"

	authorizationv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	permissionv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	projectv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// renames are the fields of this generation that have another name in the final one.
var renames = map[protoreflect.FullName]protoreflect.Name{
	"zitadel.project.v2beta.CreateProjectRequest.id":     "project_id",
	"zitadel.project.v2beta.CreateProjectResponse.id":    "project_id",
	"zitadel.project.v2beta.UpdateProjectRequest.id":     "project_id",
	"zitadel.project.v2beta.DeleteProjectRequest.id":     "project_id",
	"zitadel.project.v2beta.GetProjectRequest.id":        "project_id",
	"zitadel.project.v2beta.DeactivateProjectRequest.id": "project_id",
	"zitadel.project.v2beta.ActivateProjectRequest.id":   "project_id",
	"zitadel.project.v2beta.Project.id":                  "project_id",

	"zitadel.project.v2beta.UpdateProjectRequest.project_role_check": "authorization_required",
	"zitadel.project.v2beta.UpdateProjectRequest.has_project_check":  "project_access_required",

	"zitadel.project.v2beta.ProjectGrantSearchFilter.project_resource_owner_filter":       "organization_id_filter",
	"zitadel.project.v2beta.ProjectGrantSearchFilter.project_grant_resource_owner_filter": "granted_organization_id_filter",
}

// byHand are the fields of requests whose counterpart has another form. Each
// writes its value into the twin of the message that holds it.
var byHand = map[protoreflect.FullName]func(value protoreflect.Value, v2 protoreflect.Message){
	// CreateProject passes them on itself: the final request has none.
	"zitadel.project.v2beta.CreateProjectRequest.admins": func(protoreflect.Value, protoreflect.Message) {},

	// What were three conditions is one with a type.
	"zitadel.project.v2beta.ProjectSearchFilter.project_resource_owner_filter":       projectsOf(projectv2.ProjectOrganizationIDFilter_OWNED),
	"zitadel.project.v2beta.ProjectSearchFilter.project_grant_resource_owner_filter": projectsOf(projectv2.ProjectOrganizationIDFilter_GRANTED),
	"zitadel.project.v2beta.ProjectSearchFilter.project_organization_id_filter":      projectsOf(projectv2.ProjectOrganizationIDFilter_OWNED_OR_GRANTED),

	// One user is a list of one.
	"zitadel.authorization.v2beta.AuthorizationsSearchFilter.user_id": func(value protoreflect.Value, v2 protoreflect.Message) {
		v2.Interface().(*authorizationv2.AuthorizationsSearchFilter).Filter = &authorizationv2.AuthorizationsSearchFilter_InUserIds{
			InUserIds: &filter.InIDsFilter{Ids: []string{idOf(value)}},
		}
	},

	// A project grant has no id there but a project and an organization, which
	// ListAdministrators finds for it.
	"zitadel.internal_permission.v2beta.ResourceFilter.project_grant_id": func(value protoreflect.Value, v2 protoreflect.Message) {
		v2.Interface().(*permissionv2.ResourceFilter).Resource = &permissionv2.ResourceFilter_ProjectGrant_{
			ProjectGrant: &permissionv2.ResourceFilter_ProjectGrant{OrganizationId: value.String()},
		}
	},
}

func projectsOf(kind projectv2.ProjectOrganizationIDFilter_Type) func(protoreflect.Value, protoreflect.Message) {
	return func(value protoreflect.Value, v2 protoreflect.Message) {
		v2.Interface().(*projectv2.ProjectSearchFilter).Filter = &projectv2.ProjectSearchFilter_OrganizationIdFilter{
			OrganizationIdFilter: &projectv2.ProjectOrganizationIDFilter{Type: kind, OrganizationId: idOf(value)},
		}
	}
}

func idOf(value protoreflect.Value) string {
	return value.Message().Interface().(*filterbeta.IDFilter).GetId()
}
