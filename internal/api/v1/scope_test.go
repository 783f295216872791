package v1

import (
	"context"
	"slices"
	"testing"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// step is one call and what becomes of it.
type step struct {
	name string
	call func(context.Context) error
	want iam.Kind
}

func walk(t *testing.T, ctx context.Context, steps []step) {
	t.Helper()
	for _, s := range steps {
		wantKind(t, s.name, s.call(ctx), s.want)
	}
}

// TestProjectOwner walks what the manager of one project reaches: the project
// and nothing else, neither in its own organization nor in another one.
func TestProjectOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.addProject(w.alpha, "Second", "reader")
	foreign := w.addProject(w.beta, "Foreign", "reader")
	w.addGrant(second, "reader")
	boss := w.manager(w.alpha, iam.LevelProject, w.project, iam.ProjectOwner)
	ctx := w.as(boss, w.alpha)

	walk(t, ctx, []step{
		{"own project", calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{Id: w.project}), success},
		{"second project", calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{Id: second}), iam.PermissionDenied},
		{"foreign project", calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{Id: foreign}), iam.NotFound},
		{"no project", calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{Id: "1"}), iam.NotFound},
		{"rename own", calling(w.UpdateProject, &mgmt.UpdateProjectRequest{Id: w.project, Name: "New"}), success},
		{"rename second", calling(w.UpdateProject, &mgmt.UpdateProjectRequest{Id: second, Name: "X"}), iam.PermissionDenied},
		{"remove second", calling(w.RemoveProject, &mgmt.RemoveProjectRequest{Id: second}), iam.PermissionDenied},
		{"remove foreign", calling(w.RemoveProject, &mgmt.RemoveProjectRequest{Id: foreign}), iam.NotFound},
		{"new project", calling(w.AddProject, &mgmt.AddProjectRequest{Name: "X"}), iam.PermissionDenied},
		{"own roles", calling(w.ListProjectRoles, &mgmt.ListProjectRolesRequest{ProjectId: w.project}), success},
		{"second roles", calling(w.ListProjectRoles, &mgmt.ListProjectRolesRequest{ProjectId: second}), iam.PermissionDenied},
		{"add role", calling(w.AddProjectRole, &mgmt.AddProjectRoleRequest{ProjectId: w.project, RoleKey: "x"}), success},
		{"add role to second", calling(w.AddProjectRole, &mgmt.AddProjectRoleRequest{ProjectId: second, RoleKey: "x"}), iam.PermissionDenied},
		{"lend", calling(w.AddProjectGrant, &mgmt.AddProjectGrantRequest{ProjectId: w.project, GrantedOrgId: w.home}), success},
		{"lend second", calling(w.AddProjectGrant, &mgmt.AddProjectGrantRequest{ProjectId: second, GrantedOrgId: w.home}), iam.PermissionDenied},
		{"own members", calling(w.ListProjectMembers, &mgmt.ListProjectMembersRequest{ProjectId: w.project}), success},
		{"second members", calling(w.ListProjectMembers, &mgmt.ListProjectMembersRequest{ProjectId: second}), iam.PermissionDenied},
		{"add member", calling(w.AddProjectMember, &mgmt.AddProjectMemberRequest{ProjectId: w.project, UserId: w.member, Roles: []string{"PROJECT_OWNER"}}), success},
		{"add foreign member", calling(w.AddProjectMember, &mgmt.AddProjectMemberRequest{ProjectId: w.project, UserId: w.guest, Roles: []string{"PROJECT_OWNER"}}), iam.NotFound},
		{"member roles", calling(w.ListProjectMemberRoles, &mgmt.ListProjectMemberRolesRequest{}), success},
		{"grant members", calling(w.ListProjectGrantMembers, &mgmt.ListProjectGrantMembersRequest{ProjectId: w.project, GrantId: w.grant}), iam.PermissionDenied},
		{"organization", calling(w.GetMyOrg, &mgmt.GetMyOrgRequest{}), iam.PermissionDenied},
		{"organization members", calling(w.ListOrgMembers, &mgmt.ListOrgMembersRequest{}), iam.PermissionDenied},
		{"organization roles", calling(w.ListOrgMemberRoles, &mgmt.ListOrgMemberRolesRequest{}), iam.PermissionDenied},
		{"granted side", calling(w.GetGrantedProjectByID, &mgmt.GetGrantedProjectByIDRequest{ProjectId: w.project, GrantId: w.grant}), iam.NotFound},
	})
	if got := projectIDs(must(w.ListProjects(ctx, &mgmt.ListProjectsRequest{})).GetResult()); !slices.Equal(got, []string{w.project}) {
		t.Errorf("projects that the owner lists: %v, want only %s", got, w.project)
	}
	for _, g := range must(w.ListAllProjectGrants(ctx, &mgmt.ListAllProjectGrantsRequest{})).GetResult() {
		if g.GetProjectId() != w.project {
			t.Errorf("the owner of one project lists a grant of another: %v", g)
		}
	}
	if got := must(w.ListProjectGrants(ctx, &mgmt.ListProjectGrantsRequest{ProjectId: second})); len(got.GetResult()) > 0 {
		t.Errorf("the owner of one project lists the grants of another: %v", got)
	}

	if got := must(w.ListGrantedProjects(ctx, &mgmt.ListGrantedProjectsRequest{})); len(got.GetResult()) > 0 {
		t.Errorf("the owner of a project lists as received what was lent: %v", got)
	}

	walk(t, w.as(boss, w.beta), []step{
		{"beta's project", calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{Id: foreign}), iam.PermissionDenied},
		{"own project from beta", calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{Id: w.project}), iam.PermissionDenied},
		{"beta's projects", calling(w.ListProjects, &mgmt.ListProjectsRequest{}), iam.PermissionDenied},
		{"what beta received", calling(w.ListGrantedProjects, &mgmt.ListGrantedProjectsRequest{}), iam.PermissionDenied},
		{"the grant from beta", calling(w.GetGrantedProjectByID, &mgmt.GetGrantedProjectByIDRequest{ProjectId: w.project, GrantId: w.grant}), iam.PermissionDenied},
		{"its members from beta", calling(w.ListProjectGrantMembers, &mgmt.ListProjectGrantMembersRequest{ProjectId: w.project, GrantId: w.grant}), iam.PermissionDenied},
	})
}

// TestProjectGrantOwner walks what the manager of one project grant reaches.
func TestProjectGrantOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.addProject(w.alpha, "Second", "reader")
	other := w.addGrant(second, "reader")
	w.addProject(w.beta, "Own", "reader")
	boss := w.manager(w.beta, iam.LevelProjectGrant, w.grant, iam.ProjectGrantOwner)
	ctx := w.as(boss, w.beta)
	roles := []string{"PROJECT_GRANT_OWNER"}

	walk(t, ctx, []step{
		{"own grant", calling(w.GetGrantedProjectByID, &mgmt.GetGrantedProjectByIDRequest{ProjectId: w.project, GrantId: w.grant}), success},
		{"another grant", calling(w.GetGrantedProjectByID, &mgmt.GetGrantedProjectByIDRequest{ProjectId: second, GrantId: other}), iam.PermissionDenied},
		{"own grant of another project", calling(w.GetGrantedProjectByID, &mgmt.GetGrantedProjectByIDRequest{ProjectId: second, GrantId: w.grant}), iam.NotFound},
		{"roles", calling(w.ListGrantedProjectRoles, &mgmt.ListGrantedProjectRolesRequest{ProjectId: w.project, GrantId: w.grant}), success},
		{"roles of another", calling(w.ListGrantedProjectRoles, &mgmt.ListGrantedProjectRolesRequest{ProjectId: second, GrantId: other}), iam.PermissionDenied},
		{"the project's own roles", calling(w.ListProjectRoles, &mgmt.ListProjectRolesRequest{ProjectId: w.project}), iam.NotFound},
		{"add member", calling(w.AddProjectGrantMember, &mgmt.AddProjectGrantMemberRequest{ProjectId: w.project, GrantId: w.grant, UserId: w.guest, Roles: roles}), success},
		{"add member elsewhere", calling(w.AddProjectGrantMember, &mgmt.AddProjectGrantMemberRequest{ProjectId: second, GrantId: other, UserId: w.guest, Roles: roles}), iam.PermissionDenied},
		{"add foreign member", calling(w.AddProjectGrantMember, &mgmt.AddProjectGrantMemberRequest{ProjectId: w.project, GrantId: w.grant, UserId: w.member, Roles: roles}), iam.NotFound},
		{"members", calling(w.ListProjectGrantMembers, &mgmt.ListProjectGrantMembersRequest{ProjectId: w.project, GrantId: w.grant}), success},
		{"member roles", calling(w.ListProjectGrantMemberRoles, &mgmt.ListProjectGrantMemberRolesRequest{}), success},
		{"lend more", calling(w.UpdateProjectGrant, &mgmt.UpdateProjectGrantRequest{ProjectId: w.project, GrantId: w.grant, RoleKeys: []string{"writer"}}), iam.PermissionDenied},
		{"take back", calling(w.RemoveProjectGrant, &mgmt.RemoveProjectGrantRequest{ProjectId: w.project, GrantId: w.grant}), iam.PermissionDenied},
		{"organization", calling(w.GetMyOrg, &mgmt.GetMyOrgRequest{}), iam.PermissionDenied},
		{"organization members", calling(w.ListOrgMembers, &mgmt.ListOrgMembersRequest{}), iam.PermissionDenied},
		{"new project", calling(w.AddProject, &mgmt.AddProjectRequest{Name: "X"}), iam.PermissionDenied},
	})
	got := must(w.ListGrantedProjects(ctx, &mgmt.ListGrantedProjectsRequest{})).GetResult()
	if len(got) != 1 || got[0].GetGrantId() != w.grant {
		t.Errorf("granted projects that the owner lists: %v, want only %s", got, w.grant)
	}
	if got := must(w.ListProjects(ctx, &mgmt.ListProjectsRequest{})).GetResult(); len(got) != 0 {
		t.Errorf("projects that a manager of a grant lists: %v, want none", got)
	}

	walk(t, w.as(boss, w.alpha), []step{
		{"the project from alpha", calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{Id: w.project}), iam.PermissionDenied},
		{"alpha's projects", calling(w.ListProjects, &mgmt.ListProjectsRequest{}), iam.PermissionDenied},
		{"alpha's grants", calling(w.ListAllProjectGrants, &mgmt.ListAllProjectGrantsRequest{}), iam.PermissionDenied},
		{"lend more from alpha", calling(w.UpdateProjectGrant, &mgmt.UpdateProjectGrantRequest{ProjectId: w.project, GrantId: w.grant, RoleKeys: []string{"writer"}}), iam.PermissionDenied},
		{"take back from alpha", calling(w.RemoveProjectGrant, &mgmt.RemoveProjectGrantRequest{ProjectId: w.project, GrantId: w.grant}), iam.PermissionDenied},
	})
}

// TestGrantSides tells the two sides of a project grant apart.
func TestGrantSides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	granted := &mgmt.GetGrantedProjectByIDRequest{ProjectId: w.project, GrantId: w.grant}
	walk(t, w.in(w.alpha), []step{
		{"alpha did not receive it", calling(w.GetGrantedProjectByID, granted), iam.NotFound},
		{"nor its roles", calling(w.ListGrantedProjectRoles, &mgmt.ListGrantedProjectRolesRequest{ProjectId: w.project, GrantId: w.grant}), iam.NotFound},
		{"alpha does not choose its managers", calling(w.AddProjectGrantMember, &mgmt.AddProjectGrantMemberRequest{ProjectId: w.project, GrantId: w.grant, UserId: w.member, Roles: []string{"PROJECT_GRANT_OWNER"}}), iam.NotFound},
		{"the grant by a wrong project", calling(w.GetProjectGrantByID, &mgmt.GetProjectGrantByIDRequest{ProjectId: w.internal, GrantId: w.grant}), iam.NotFound},
	})
	walk(t, w.in(w.beta), []step{
		{"beta does not own it", calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{Id: w.project}), iam.NotFound},
		{"beta does not give it", calling(w.GetProjectGrantByID, &mgmt.GetProjectGrantByIDRequest{ProjectId: w.project, GrantId: w.grant}), iam.NotFound},
		{"beta does not lend it on", calling(w.AddProjectGrant, &mgmt.AddProjectGrantRequest{ProjectId: w.project, GrantedOrgId: w.home}), iam.NotFound},
		{"beta does not widen it", calling(w.UpdateProjectGrant, &mgmt.UpdateProjectGrantRequest{ProjectId: w.project, GrantId: w.grant, RoleKeys: []string{"writer"}}), iam.NotFound},
		{"beta does not define roles", calling(w.AddProjectRole, &mgmt.AddProjectRoleRequest{ProjectId: w.project, RoleKey: "x"}), iam.NotFound},
		{"beta does not manage it", calling(w.AddProjectMember, &mgmt.AddProjectMemberRequest{ProjectId: w.project, UserId: w.guest, Roles: []string{"PROJECT_OWNER"}}), iam.NotFound},
	})
	if got := must(w.ListProjectGrants(w.in(w.beta), &mgmt.ListProjectGrantsRequest{ProjectId: w.project})); len(got.GetResult()) != 0 {
		t.Errorf("beta lists grants that alpha gives: %v", got)
	}
	if got := must(w.ListGrantedProjects(w.in(w.alpha), &mgmt.ListGrantedProjectsRequest{})); len(got.GetResult()) != 0 {
		t.Errorf("alpha lists as received what it gave: %v", got)
	}
	// An instance's owner may name the grant from either side.
	for _, org := range []string{w.alpha, w.beta} {
		_, err := w.ListProjectGrantMembers(w.as(w.root, org), &mgmt.ListProjectGrantMembersRequest{ProjectId: w.project, GrantId: w.grant})
		wantKind(t, "the instance's owner", err, success)
	}
}

// TestLentRolesGoAway follows a role out of a grant, and out of its project,
// into the authorizations that came through the grant.
func TestLentRolesGoAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	update := func(roles ...string) {
		t.Helper()
		must(w.UpdateProjectGrant(w.in(w.alpha), &mgmt.UpdateProjectGrantRequest{ProjectId: w.project, GrantId: w.grant, RoleKeys: roles}))
	}
	update("reader", "writer")
	give := func(orgID, userID, grantID string) string {
		t.Helper()
		return w.authorize(orgID, userID, grantID, "reader", "writer")
	}
	own, lent := give(w.alpha, w.member, ""), give(w.beta, w.guest, w.grant)

	update("writer")
	w.wantRoles(lent, "writer")
	w.wantRoles(own, "reader", "writer")
	update("reader", "writer")
	w.wantRoles(lent, "writer") // what was taken does not come back by itself

	must(w.RemoveProjectRole(w.in(w.alpha), &mgmt.RemoveProjectRoleRequest{ProjectId: w.project, RoleKey: "writer"}))
	w.wantRoles(lent)
	w.wantRoles(own, "reader")
	got := must(w.GetProjectGrantByID(w.in(w.alpha), &mgmt.GetProjectGrantByIDRequest{ProjectId: w.project, GrantId: w.grant}))
	if keys := got.GetProjectGrant().GetGrantedRoleKeys(); !slices.Equal(keys, []string{"reader"}) {
		t.Errorf("roles of the grant after one was removed from the project: %v, want reader", keys)
	}

	boss := w.manager(w.alpha, iam.LevelProject, w.project, iam.ProjectOwner)
	if seen := w.authorizations(boss, w.alpha); !slices.Equal(seen, []string{own}) {
		t.Errorf("authorizations that the project's owner lists: %v, want only %s, which alpha gave", seen, own)
	}
	lentGrant := calling(w.GetUserGrantByID, &mgmt.GetUserGrantByIDRequest{UserId: w.guest, GrantId: lent})
	wantKind(t, "what beta gave, for the project's owner", lentGrant(w.as(boss, w.alpha)), iam.NotFound)
	wantKind(t, "what beta gave, for the project's owner in beta", lentGrant(w.as(boss, w.beta)), iam.PermissionDenied)
	keeper := w.manager(w.beta, iam.LevelProjectGrant, w.grant, iam.ProjectGrantOwner)
	if seen := w.authorizations(keeper, w.beta); !slices.Equal(seen, []string{lent}) {
		t.Errorf("authorizations that the grant's owner lists: %v, want only %s, which came through it", seen, lent)
	}
	wantKind(t, "what beta gave, for the grant's owner", lentGrant(w.as(keeper, w.beta)), success)

	must(w.RemoveProjectGrant(w.in(w.alpha), &mgmt.RemoveProjectGrantRequest{ProjectId: w.project, GrantId: w.grant}))
	_, err := w.db.Read().Authorization(t.Context(), lent)
	wantKind(t, "authorization after the grant is gone", err, iam.NotFound)
	w.wantRoles(own, "reader")
}

func (w *world) authorize(orgID, userID, grantID string, roles ...string) string {
	w.t.Helper()
	c := iam.NewCaller(w.owner[orgID], orgID, must(w.db.Read().MembershipsOf(w.t.Context(), w.owner[orgID]))).In(orgID)
	return must(w.Directory.CreateAuthorization(w.t.Context(), c, directory.NewAuthorization{
		UserID: userID, ProjectID: w.project, GrantID: grantID, OrgID: orgID, RoleKeys: roles,
	})).ID
}

func (w *world) authorizations(userID, orgID string) []string {
	w.t.Helper()
	c := iam.NewCaller(userID, orgID, must(w.db.Read().MembershipsOf(w.t.Context(), userID))).In(orgID)
	var ids []string
	for _, a := range must(w.Directory.Authorizations(w.t.Context(), c, iam.Filter{}, iam.Page{})).Items {
		ids = append(ids, a.ID)
	}
	return ids
}

func (w *world) wantRoles(authorizationID string, want ...string) {
	w.t.Helper()
	a := must(w.db.Read().Authorization(w.t.Context(), authorizationID))
	if !slices.Equal(a.RoleKeys, want) {
		w.t.Errorf("roles of the authorization: %v, want %v", a.RoleKeys, want)
	}
}

func projectIDs(projects []*project.Project) []string {
	return mapSlice(projects, func(p *project.Project) string { return p.GetId() })
}
