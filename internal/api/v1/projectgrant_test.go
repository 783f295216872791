package v1

import (
	"slices"
	"testing"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func TestProjectGrantLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := w.in(w.alpha)
	add := func(projectID, orgID string, keys ...string) *mgmt.AddProjectGrantRequest {
		return &mgmt.AddProjectGrantRequest{ProjectId: projectID, GrantedOrgId: orgID, RoleKeys: keys}
	}
	update := func(keys ...string) *mgmt.UpdateProjectGrantRequest {
		return &mgmt.UpdateProjectGrantRequest{ProjectId: w.project, GrantId: w.grant, RoleKeys: keys}
	}
	off := &mgmt.DeactivateProjectGrantRequest{ProjectId: w.project, GrantId: w.grant}
	on := &mgmt.ReactivateProjectGrantRequest{ProjectId: w.project, GrantId: w.grant}
	walk(t, ctx, []step{
		{"to the same again", calling(w.AddProjectGrant, add(w.project, w.beta)), iam.AlreadyExists},
		{"to itself", calling(w.AddProjectGrant, add(w.project, w.alpha)), iam.InvalidArgument},
		{"to nobody", calling(w.AddProjectGrant, add(w.project, "1")), iam.NotFound},
		{"of nothing", calling(w.AddProjectGrant, add("1", w.beta)), iam.NotFound},
		{"unknown role", calling(w.AddProjectGrant, add(w.project, w.home, "reader", "x")), iam.FailedPrecondition},
		{"empty role", calling(w.AddProjectGrant, add(w.project, w.home, "")), iam.InvalidArgument},
		{"same roles", calling(w.UpdateProjectGrant, update("reader", "reader")), iam.Unchanged},
		{"update to an unknown role", calling(w.UpdateProjectGrant, update("x")), iam.FailedPrecondition},
		{"other roles", calling(w.UpdateProjectGrant, update("writer", "reader")), success},
		{"already on", calling(w.ReactivateProjectGrant, on), iam.Unchanged},
		{"off", calling(w.DeactivateProjectGrant, off), success},
		{"already off", calling(w.DeactivateProjectGrant, off), iam.Unchanged},
		{"no grant", calling(w.GetProjectGrantByID, &mgmt.GetProjectGrantByIDRequest{ProjectId: w.project, GrantId: "1"}), iam.NotFound},
		{"empty grant", calling(w.GetProjectGrantByID, &mgmt.GetProjectGrantByIDRequest{ProjectId: w.project}), iam.NotFound},
		{"remove through a wrong project", calling(w.RemoveProjectGrant, &mgmt.RemoveProjectGrantRequest{ProjectId: "1", GrantId: w.grant}), iam.NotFound},
	})
	given := must(w.GetProjectGrantByID(ctx, &mgmt.GetProjectGrantByIDRequest{ProjectId: w.project, GrantId: w.grant})).GetProjectGrant()
	received := must(w.GetGrantedProjectByID(w.in(w.beta), &mgmt.GetGrantedProjectByIDRequest{ProjectId: w.project, GrantId: w.grant})).GetGrantedProject()
	for side, g := range map[string]*project.GrantedProject{"given": given, "received": received} {
		if g.GetGrantId() != w.grant || g.GetGrantedOrgId() != w.beta || g.GetGrantedOrgName() != "Beta" ||
			!slices.Equal(g.GetGrantedRoleKeys(), []string{"reader", "writer"}) || g.GetProjectId() != w.project ||
			g.GetState() != project.ProjectGrantState_PROJECT_GRANT_STATE_INACTIVE || g.GetProjectName() != "Chat" ||
			g.GetProjectOwnerId() != w.alpha || g.GetProjectOwnerName() != "Alpha" || g.GetDetails().GetResourceOwner() != w.alpha {
			t.Errorf("grant as %s: %v", side, g)
		}
	}
	must(w.RemoveProjectGrant(ctx, &mgmt.RemoveProjectGrantRequest{ProjectId: w.project, GrantId: w.grant}))
	wantKind(t, "after the removal", calling(w.DeactivateProjectGrant, off)(ctx), iam.NotFound)
}

func TestListProjectGrants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := w.in(w.alpha)
	second := w.addProject(w.alpha, "Second", "writer")
	toHome := must(w.AddProjectGrant(ctx, &mgmt.AddProjectGrantRequest{ProjectId: w.project, GrantedOrgId: w.home, RoleKeys: []string{"writer"}})).GetGrantId()
	other := w.addGrant(second, "writer")
	role := func(key string) *project.GrantRoleKeyQuery { return &project.GrantRoleKeyQuery{RoleKey: key} }
	name := &project.GrantProjectNameQuery{Name: "sec", Method: object.TextQueryMethod_TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE}

	for i, c := range []struct {
		query *project.ProjectGrantQuery
		want  []string
	}{
		{nil, []string{w.grant, toHome}},
		{&project.ProjectGrantQuery{Query: &project.ProjectGrantQuery_RoleKeyQuery{RoleKeyQuery: role("writer")}}, []string{toHome}},
		{&project.ProjectGrantQuery{Query: &project.ProjectGrantQuery_ProjectNameQuery{ProjectNameQuery: name}}, nil},
	} {
		req := &mgmt.ListProjectGrantsRequest{ProjectId: w.project, Query: &object.ListQuery{Asc: true}}
		if c.query != nil {
			req.Queries = []*project.ProjectGrantQuery{c.query}
		}
		if got := grantIDs(must(w.ListProjectGrants(ctx, req)).GetResult()); !slices.Equal(got, c.want) {
			t.Errorf("case %d of one project: %v, want %v", i, got, c.want)
		}
	}
	for i, c := range []struct {
		query *project.AllProjectGrantQuery
		want  []string
	}{
		{nil, []string{w.grant, toHome, other}},
		{&project.AllProjectGrantQuery{Query: &project.AllProjectGrantQuery_RoleKeyQuery{RoleKeyQuery: role("writer")}}, []string{toHome, other}},
		{&project.AllProjectGrantQuery{Query: &project.AllProjectGrantQuery_ProjectNameQuery{ProjectNameQuery: name}}, []string{other}},
		{&project.AllProjectGrantQuery{Query: &project.AllProjectGrantQuery_ProjectIdQuery{
			ProjectIdQuery: &project.ProjectIDQuery{ProjectId: second},
		}}, []string{other}},
		{&project.AllProjectGrantQuery{Query: &project.AllProjectGrantQuery_GrantedOrgIdQuery{
			GrantedOrgIdQuery: &project.GrantedOrgIDQuery{GrantedOrgId: w.beta},
		}}, []string{w.grant, other}},
	} {
		req := &mgmt.ListAllProjectGrantsRequest{Query: &object.ListQuery{Asc: true}}
		if c.query != nil {
			req.Queries = []*project.AllProjectGrantQuery{c.query}
		}
		got := must(w.ListAllProjectGrants(ctx, req))
		if ids := grantIDs(got.GetResult()); !slices.Equal(ids, c.want) || got.GetDetails().GetTotalResult() != uint64(len(c.want)) {
			t.Errorf("case %d of all projects: %v, want %v", i, ids, c.want)
		}
	}
}

func grantIDs(grants []*project.GrantedProject) []string {
	return mapSlice(grants, func(g *project.GrantedProject) string { return g.GetGrantId() })
}
