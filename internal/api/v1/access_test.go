package v1

import (
	"context"
	"testing"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// world is a house in which alpha has a project with roles, lent to beta.
type world struct {
	*house
	owner, viewer  map[string]string // of organizations: ORG_OWNER, ORG_OWNER_VIEWER
	project, grant string            // of alpha; to beta
	member         string            // a user of alpha that manages nothing
	guest          string            // a user of beta that manages nothing
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{house: newHouse(t), owner: map[string]string{}, viewer: map[string]string{}}
	for _, org := range []string{w.home, w.alpha, w.beta} {
		w.owner[org] = w.manager(org, iam.LevelOrg, org, iam.OrgOwner)
		w.viewer[org] = w.manager(org, iam.LevelOrg, org, iam.OrgOwnerViewer)
	}
	w.member, w.guest = w.user(w.alpha), w.user(w.beta)
	w.project = w.addProject(w.alpha, "Chat", "reader", "writer")
	w.grant = w.addGrant(w.project, "reader")
	return w
}

// in is a request of the owner of an organization in its context.
func (w *world) in(orgID string) context.Context { return w.as(w.owner[orgID], orgID) }

func (w *world) addProject(orgID, name string, roles ...string) string {
	w.t.Helper()
	id := must(w.AddProject(w.in(orgID), &mgmt.AddProjectRequest{Name: name})).GetId()
	for _, key := range roles {
		must(w.AddProjectRole(w.in(orgID), &mgmt.AddProjectRoleRequest{ProjectId: id, RoleKey: key}))
	}
	return id
}

// addGrant lends a project of alpha to beta.
func (w *world) addGrant(projectID string, roles ...string) string {
	w.t.Helper()
	return must(w.AddProjectGrant(w.in(w.alpha), &mgmt.AddProjectGrantRequest{
		ProjectId: projectID, GrantedOrgId: w.beta, RoleKeys: roles,
	})).GetGrantId()
}

// access says who may call a method.
type access struct {
	name   string
	writes bool
	object bool // names an object, which does not exist in another organization's context
	beta   bool // is for the organization that a project was granted to
	call   func(*world) func(context.Context) error
}

// calling makes a method and its request a call that only tells the error.
func calling[Q, R any](method func(context.Context, Q) (R, error), req Q) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := method(ctx, req)
		return err
	}
}

// TestAccess calls every method as nobody, as callers who must be refused, as
// one who may look but not touch, and as the right caller: in that order on
// one store, so a call that was refused but worked all the same shows.
func TestAccess(t *testing.T) {
	for _, group := range [][]access{orgAccess(), projectAccess(), roleAccess(), grantAccess(), memberAccess(), metadataAccess(), domainAccess(), appAccess()} {
		for _, a := range group {
			t.Run(a.name, func(t *testing.T) {
				t.Parallel()
				a.check(t, newWorld(t))
			})
		}
	}
}

func (a access) check(t *testing.T, w *world) {
	call := a.call(w)
	org, plain := w.alpha, w.member
	if a.beta {
		org, plain = w.beta, w.guest
	}
	wantKind(t, "nobody", call(w.as("", "")), iam.Unauthenticated)
	wantKind(t, "owner of another organization", call(w.as(w.owner[w.home], org)), iam.PermissionDenied)
	wantKind(t, "user who manages nothing", call(w.as(plain, org)), iam.PermissionDenied)
	if a.object {
		wantKind(t, "owner of another organization, at home", call(w.as(w.owner[w.home], w.home)), iam.NotFound)
	}
	if a.writes {
		wantKind(t, "viewer", call(w.as(w.viewer[org], org)), iam.PermissionDenied)
	} else {
		wantKind(t, "viewer", call(w.as(w.viewer[org], org)), success)
	}
	wantKind(t, "owner", call(w.in(org)), success)
}

func orgAccess() []access {
	return []access{
		{name: "GetMyOrg", call: func(w *world) func(context.Context) error {
			return calling(w.GetMyOrg, &mgmt.GetMyOrgRequest{})
		}},
		{name: "ListOrgDomains", call: func(w *world) func(context.Context) error {
			return calling(w.ListOrgDomains, &mgmt.ListOrgDomainsRequest{})
		}},
		{name: "UpdateOrg", writes: true, call: func(w *world) func(context.Context) error {
			return calling(w.UpdateOrg, &mgmt.UpdateOrgRequest{Name: "Other"})
		}},
		{name: "DeactivateOrg", writes: true, call: func(w *world) func(context.Context) error {
			return calling(w.DeactivateOrg, &mgmt.DeactivateOrgRequest{})
		}},
		{name: "ReactivateOrg", writes: true, call: func(w *world) func(context.Context) error {
			must(w.DeactivateOrg(w.in(w.alpha), &mgmt.DeactivateOrgRequest{}))
			return calling(w.ReactivateOrg, &mgmt.ReactivateOrgRequest{})
		}},
		{name: "RemoveOrg", writes: true, call: func(w *world) func(context.Context) error {
			return calling(w.RemoveOrg, &mgmt.RemoveOrgRequest{})
		}},
	}
}

func projectAccess() []access {
	return []access{
		{name: "GetProjectByID", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{Id: w.project})
		}},
		{name: "GetGrantedProjectByID", object: true, beta: true, call: func(w *world) func(context.Context) error {
			return calling(w.GetGrantedProjectByID, &mgmt.GetGrantedProjectByIDRequest{ProjectId: w.project, GrantId: w.grant})
		}},
		{name: "ListProjects", call: func(w *world) func(context.Context) error {
			return calling(w.ListProjects, &mgmt.ListProjectsRequest{})
		}},
		{name: "ListGrantedProjects", beta: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListGrantedProjects, &mgmt.ListGrantedProjectsRequest{})
		}},
		{name: "AddProject", writes: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddProject, &mgmt.AddProjectRequest{Name: "New"})
		}},
		{name: "UpdateProject", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.UpdateProject, &mgmt.UpdateProjectRequest{Id: w.project, Name: "Other"})
		}},
		{name: "DeactivateProject", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.DeactivateProject, &mgmt.DeactivateProjectRequest{Id: w.project})
		}},
		{name: "ReactivateProject", writes: true, object: true, call: func(w *world) func(context.Context) error {
			must(w.DeactivateProject(w.in(w.alpha), &mgmt.DeactivateProjectRequest{Id: w.project}))
			return calling(w.ReactivateProject, &mgmt.ReactivateProjectRequest{Id: w.project})
		}},
		{name: "RemoveProject", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.RemoveProject, &mgmt.RemoveProjectRequest{Id: w.project})
		}},
	}
}

func roleAccess() []access {
	return []access{
		{name: "ListProjectRoles", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListProjectRoles, &mgmt.ListProjectRolesRequest{ProjectId: w.project})
		}},
		{name: "ListGrantedProjectRoles", object: true, beta: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListGrantedProjectRoles, &mgmt.ListGrantedProjectRolesRequest{ProjectId: w.project, GrantId: w.grant})
		}},
		{name: "AddProjectRole", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddProjectRole, &mgmt.AddProjectRoleRequest{ProjectId: w.project, RoleKey: "new"})
		}},
		{name: "BulkAddProjectRoles", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.BulkAddProjectRoles, &mgmt.BulkAddProjectRolesRequest{
				ProjectId: w.project, Roles: []*mgmt.BulkAddProjectRolesRequest_Role{{Key: "one"}, {Key: "two"}},
			})
		}},
		{name: "UpdateProjectRole", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.UpdateProjectRole, &mgmt.UpdateProjectRoleRequest{ProjectId: w.project, RoleKey: "reader", Group: "g"})
		}},
		{name: "RemoveProjectRole", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.RemoveProjectRole, &mgmt.RemoveProjectRoleRequest{ProjectId: w.project, RoleKey: "reader"})
		}},
	}
}

func grantAccess() []access {
	return []access{
		{name: "GetProjectGrantByID", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.GetProjectGrantByID, &mgmt.GetProjectGrantByIDRequest{ProjectId: w.project, GrantId: w.grant})
		}},
		{name: "ListProjectGrants", call: func(w *world) func(context.Context) error {
			return calling(w.ListProjectGrants, &mgmt.ListProjectGrantsRequest{ProjectId: w.project})
		}},
		{name: "ListAllProjectGrants", call: func(w *world) func(context.Context) error {
			return calling(w.ListAllProjectGrants, &mgmt.ListAllProjectGrantsRequest{})
		}},
		{name: "AddProjectGrant", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddProjectGrant, &mgmt.AddProjectGrantRequest{ProjectId: w.project, GrantedOrgId: w.home})
		}},
		{name: "UpdateProjectGrant", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.UpdateProjectGrant, &mgmt.UpdateProjectGrantRequest{
				ProjectId: w.project, GrantId: w.grant, RoleKeys: []string{"writer"},
			})
		}},
		{name: "DeactivateProjectGrant", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.DeactivateProjectGrant, &mgmt.DeactivateProjectGrantRequest{ProjectId: w.project, GrantId: w.grant})
		}},
		{name: "ReactivateProjectGrant", writes: true, object: true, call: func(w *world) func(context.Context) error {
			must(w.DeactivateProjectGrant(w.in(w.alpha), &mgmt.DeactivateProjectGrantRequest{ProjectId: w.project, GrantId: w.grant}))
			return calling(w.ReactivateProjectGrant, &mgmt.ReactivateProjectGrantRequest{ProjectId: w.project, GrantId: w.grant})
		}},
		{name: "RemoveProjectGrant", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.RemoveProjectGrant, &mgmt.RemoveProjectGrantRequest{ProjectId: w.project, GrantId: w.grant})
		}},
	}
}

func memberAccess() []access {
	owner := []string{"PROJECT_OWNER"}
	lender := []string{"PROJECT_GRANT_OWNER"}
	return []access{
		{name: "ListOrgMemberRoles", call: func(w *world) func(context.Context) error {
			return calling(w.ListOrgMemberRoles, &mgmt.ListOrgMemberRolesRequest{})
		}},
		{name: "ListOrgMembers", call: func(w *world) func(context.Context) error {
			return calling(w.ListOrgMembers, &mgmt.ListOrgMembersRequest{})
		}},
		{name: "AddOrgMember", writes: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddOrgMember, &mgmt.AddOrgMemberRequest{UserId: w.member, Roles: []string{"ORG_OWNER"}})
		}},
		{name: "UpdateOrgMember", writes: true, call: func(w *world) func(context.Context) error {
			return calling(w.UpdateOrgMember, &mgmt.UpdateOrgMemberRequest{UserId: w.viewer[w.alpha], Roles: []string{"ORG_OWNER"}})
		}},
		{name: "RemoveOrgMember", writes: true, call: func(w *world) func(context.Context) error {
			return calling(w.RemoveOrgMember, &mgmt.RemoveOrgMemberRequest{UserId: w.viewer[w.alpha]})
		}},
		{name: "ListProjectMemberRoles", call: func(w *world) func(context.Context) error {
			return calling(w.ListProjectMemberRoles, &mgmt.ListProjectMemberRolesRequest{})
		}},
		{name: "ListProjectMembers", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListProjectMembers, &mgmt.ListProjectMembersRequest{ProjectId: w.project})
		}},
		{name: "AddProjectMember", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddProjectMember, &mgmt.AddProjectMemberRequest{ProjectId: w.project, UserId: w.member, Roles: owner})
		}},
		{name: "UpdateProjectMember", writes: true, object: true, call: func(w *world) func(context.Context) error {
			id := w.manager(w.alpha, iam.LevelProject, w.project, iam.ProjectOwnerViewer)
			return calling(w.UpdateProjectMember, &mgmt.UpdateProjectMemberRequest{ProjectId: w.project, UserId: id, Roles: owner})
		}},
		{name: "RemoveProjectMember", writes: true, object: true, call: func(w *world) func(context.Context) error {
			id := w.manager(w.alpha, iam.LevelProject, w.project, iam.ProjectOwnerViewer)
			return calling(w.RemoveProjectMember, &mgmt.RemoveProjectMemberRequest{ProjectId: w.project, UserId: id})
		}},
		{name: "ListProjectGrantMemberRoles", beta: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListProjectGrantMemberRoles, &mgmt.ListProjectGrantMemberRolesRequest{})
		}},
		{name: "ListProjectGrantMembers", object: true, beta: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListProjectGrantMembers, &mgmt.ListProjectGrantMembersRequest{ProjectId: w.project, GrantId: w.grant})
		}},
		{name: "AddProjectGrantMember", writes: true, object: true, beta: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddProjectGrantMember, &mgmt.AddProjectGrantMemberRequest{
				ProjectId: w.project, GrantId: w.grant, UserId: w.guest, Roles: lender,
			})
		}},
		{name: "UpdateProjectGrantMember", writes: true, object: true, beta: true, call: func(w *world) func(context.Context) error {
			id := w.manager(w.beta, iam.LevelProjectGrant, w.grant, iam.ProjectGrantOwnerViewer)
			return calling(w.UpdateProjectGrantMember, &mgmt.UpdateProjectGrantMemberRequest{
				ProjectId: w.project, GrantId: w.grant, UserId: id, Roles: lender,
			})
		}},
		{name: "RemoveProjectGrantMember", writes: true, object: true, beta: true, call: func(w *world) func(context.Context) error {
			id := w.manager(w.beta, iam.LevelProjectGrant, w.grant, iam.ProjectGrantOwnerViewer)
			return calling(w.RemoveProjectGrantMember, &mgmt.RemoveProjectGrantMemberRequest{
				ProjectId: w.project, GrantId: w.grant, UserId: id,
			})
		}},
	}
}
