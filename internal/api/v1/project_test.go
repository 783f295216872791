package v1

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const (
	byProject = project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_ENFORCE_PROJECT_RESOURCE_OWNER_POLICY
	byOrg     = project.PrivateLabelingSetting_PRIVATE_LABELING_SETTING_ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY
)

func TestProjectLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := w.in(w.alpha)
	added := must(w.AddProject(ctx, &mgmt.AddProjectRequest{
		Name: "Files", ProjectRoleAssertion: true, HasProjectCheck: true, PrivateLabelingSetting: byProject,
	}))
	id := added.GetId()
	get := func() *project.Project {
		t.Helper()
		return must(w.GetProjectByID(ctx, &mgmt.GetProjectByIDRequest{Id: id})).GetProject()
	}
	first := get()
	if first.GetName() != "Files" || !first.GetProjectRoleAssertion() || first.GetProjectRoleCheck() || !first.GetHasProjectCheck() ||
		first.GetPrivateLabelingSetting() != byProject || first.GetState() != project.ProjectState_PROJECT_STATE_ACTIVE ||
		first.GetDetails().GetResourceOwner() != w.alpha || first.GetDetails().GetSequence() != added.GetDetails().GetSequence() {
		t.Errorf("project: %v", first)
	}
	same := &mgmt.UpdateProjectRequest{
		Id: id, Name: "Files", ProjectRoleAssertion: true, HasProjectCheck: true, PrivateLabelingSetting: byProject,
	}
	walk(t, ctx, []step{
		{"nothing new", calling(w.UpdateProject, same), iam.Unchanged},
		{"taken name", calling(w.UpdateProject, &mgmt.UpdateProjectRequest{Id: id, Name: "chat"}), iam.AlreadyExists},
		{"no name", calling(w.UpdateProject, &mgmt.UpdateProjectRequest{Id: id}), iam.InvalidArgument},
		{"unknown labeling", calling(w.UpdateProject, &mgmt.UpdateProjectRequest{Id: id, Name: "X", PrivateLabelingSetting: 7}), iam.InvalidArgument},
		{"all options replaced", calling(w.UpdateProject, &mgmt.UpdateProjectRequest{Id: id, Name: "Files", ProjectRoleCheck: true, PrivateLabelingSetting: byOrg}), success},
		{"already on", calling(w.ReactivateProject, &mgmt.ReactivateProjectRequest{Id: id}), iam.Unchanged},
		{"off", calling(w.DeactivateProject, &mgmt.DeactivateProjectRequest{Id: id}), success},
		{"already off", calling(w.DeactivateProject, &mgmt.DeactivateProjectRequest{Id: id}), iam.Unchanged},
	})
	if p := get(); p.GetProjectRoleAssertion() || !p.GetProjectRoleCheck() || p.GetHasProjectCheck() ||
		p.GetPrivateLabelingSetting() != byOrg || p.GetState() != project.ProjectState_PROJECT_STATE_INACTIVE {
		t.Errorf("project after its changes: %v", p)
	}
	must(w.RemoveProject(ctx, &mgmt.RemoveProjectRequest{Id: id}))
	walk(t, ctx, []step{
		{"gone", calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{Id: id}), iam.NotFound},
		{"gone twice", calling(w.RemoveProject, &mgmt.RemoveProjectRequest{Id: id}), iam.NotFound},
		{"empty id", calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{}), iam.NotFound},
	})
}

func TestAddProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admins := func(a ...*mgmt.AddProjectRequest_Admin) *mgmt.AddProjectRequest {
		return &mgmt.AddProjectRequest{Name: "Files", Admins: a}
	}
	walk(t, w.in(w.alpha), []step{
		{"taken name", calling(w.AddProject, &mgmt.AddProjectRequest{Name: "CHAT"}), iam.AlreadyExists},
		{"no name", calling(w.AddProject, &mgmt.AddProjectRequest{}), iam.InvalidArgument},
		{"unknown labeling", calling(w.AddProject, &mgmt.AddProjectRequest{Name: "X", PrivateLabelingSetting: -1}), iam.InvalidArgument},
		{"admin from elsewhere", calling(w.AddProject, admins(&mgmt.AddProjectRequest_Admin{UserId: w.guest})), iam.NotFound},
		{"admin with a wrong role", calling(w.AddProject, admins(&mgmt.AddProjectRequest_Admin{UserId: w.member, Roles: []string{"ORG_OWNER"}})), iam.InvalidArgument},
		{"admin twice", calling(w.AddProject, admins(&mgmt.AddProjectRequest_Admin{UserId: w.member}, &mgmt.AddProjectRequest_Admin{UserId: w.member})), iam.AlreadyExists},
	})
	if got := must(w.ListProjects(w.in(w.alpha), &mgmt.ListProjectsRequest{})).GetResult(); len(got) != 1 {
		t.Errorf("projects after failures: %v, want none of theirs", got)
	}
	maker := w.manager(w.alpha, iam.LevelOrg, w.alpha, iam.OrgProjectCreator)
	id := must(w.AddProject(w.as(maker, w.alpha), admins(
		&mgmt.AddProjectRequest_Admin{UserId: maker},
		&mgmt.AddProjectRequest_Admin{UserId: w.member, Roles: []string{"PROJECT_OWNER_VIEWER"}},
	))).GetId()
	var got []string
	for _, m := range must(w.ListProjectMembers(w.as(maker, w.alpha), &mgmt.ListProjectMembersRequest{ProjectId: id})).GetResult() {
		got = append(got, m.GetUserId()+strings.Join(m.GetRoles(), " "))
	}
	want := []string{maker + "PROJECT_OWNER", w.member + "PROJECT_OWNER_VIEWER"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("first members: %v, want %v", got, want)
	}
}

func TestListProjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.addProject(w.alpha, "Second")
	w.addProject(w.beta, "Chat") // a name is unique in its organization only
	name := func(text string, m object.TextQueryMethod) *project.ProjectQuery {
		return &project.ProjectQuery{Query: &project.ProjectQuery_NameQuery{NameQuery: &project.ProjectNameQuery{Name: text, Method: m}}}
	}
	owner := func(id string) *project.ProjectQuery {
		return &project.ProjectQuery{Query: &project.ProjectQuery_ProjectResourceOwnerQuery{
			ProjectResourceOwnerQuery: &project.ProjectResourceOwnerQuery{ResourceOwner: id},
		}}
	}
	const equals, contains = object.TextQueryMethod_TEXT_QUERY_METHOD_EQUALS, object.TextQueryMethod_TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE
	for i, c := range []struct {
		user    string
		page    *object.ListQuery
		queries []*project.ProjectQuery
		want    []string
		total   uint64
	}{
		{w.owner[w.alpha], nil, nil, []string{second, w.project}, 2},
		{w.root, nil, nil, []string{second, w.project}, 2}, // the context bounds the instance's owner as well
		{w.owner[w.alpha], &object.ListQuery{Asc: true}, nil, []string{w.project, second}, 2},
		{w.owner[w.alpha], &object.ListQuery{Asc: true, Limit: 1, Offset: 1}, nil, []string{second}, 2},
		{w.owner[w.alpha], nil, []*project.ProjectQuery{name("Chat", equals)}, []string{w.project}, 1},
		{w.owner[w.alpha], nil, []*project.ProjectQuery{name("chat", equals)}, nil, 0},
		{w.owner[w.alpha], nil, []*project.ProjectQuery{name("ECO", contains)}, []string{second}, 1},
		{w.owner[w.alpha], nil, []*project.ProjectQuery{name("ECO", contains), owner(w.beta)}, nil, 0},
		{w.owner[w.alpha], nil, []*project.ProjectQuery{owner(w.alpha)}, []string{second, w.project}, 2},
	} {
		got := must(w.ListProjects(w.as(c.user, w.alpha), &mgmt.ListProjectsRequest{Query: c.page, Queries: c.queries}))
		if ids := projectIDs(got.GetResult()); !slices.Equal(ids, c.want) || got.GetDetails().GetTotalResult() != c.total {
			t.Errorf("case %d: projects %v of %d, want %v of %d", i, ids, got.GetDetails().GetTotalResult(), c.want, c.total)
		}
	}
	got := must(w.ListProjects(w.as(w.root, w.home), &mgmt.ListProjectsRequest{})).GetResult()
	if len(got) != 0 {
		t.Errorf("the internal project is listed: %v", got)
	}
	granted := must(w.ListGrantedProjects(w.in(w.beta), &mgmt.ListGrantedProjectsRequest{
		Queries: []*project.ProjectQuery{name("Chat", equals), owner(w.alpha)},
	})).GetResult()
	if len(granted) != 1 || granted[0].GetGrantId() != w.grant {
		t.Errorf("granted projects: %v, want %s", granted, w.grant)
	}
}

// TestInternalProject can be read by those who manage its organization, and not be changed.
func TestInternalProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	walk(t, w.in(w.home), []step{
		{"read", calling(w.GetProjectByID, &mgmt.GetProjectByIDRequest{Id: w.internal}), success},
		{"rename", calling(w.UpdateProject, &mgmt.UpdateProjectRequest{Id: w.internal, Name: "X"}), iam.FailedPrecondition},
		{"off", calling(w.DeactivateProject, &mgmt.DeactivateProjectRequest{Id: w.internal}), iam.FailedPrecondition},
		{"remove", calling(w.RemoveProject, &mgmt.RemoveProjectRequest{Id: w.internal}), iam.FailedPrecondition},
		{"role", calling(w.AddProjectRole, &mgmt.AddProjectRoleRequest{ProjectId: w.internal, RoleKey: "x"}), iam.FailedPrecondition},
		{"lend", calling(w.AddProjectGrant, &mgmt.AddProjectGrantRequest{ProjectId: w.internal, GrantedOrgId: w.beta}), iam.FailedPrecondition},
		{"member", calling(w.AddProjectMember, &mgmt.AddProjectMemberRequest{ProjectId: w.internal, UserId: w.owner[w.home], Roles: []string{"PROJECT_OWNER"}}), iam.FailedPrecondition},
	})
}

// TestPages walks a list of more than the default number of objects.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	many := make([]*mgmt.BulkAddProjectRolesRequest_Role, 150)
	for i := range many {
		many[i] = &mgmt.BulkAddProjectRolesRequest_Role{Key: fmt.Sprintf("role%03d", i)}
	}
	id := w.addProject(w.alpha, "Big")
	must(w.BulkAddProjectRoles(w.in(w.alpha), &mgmt.BulkAddProjectRolesRequest{ProjectId: id, Roles: many}))
	for _, c := range []struct {
		offset uint64
		limit  uint32
		want   int
	}{{0, 0, 100}, {100, 0, 50}, {0, 1000, 150}, {149, 10, 1}, {150, 10, 0}} {
		got := must(w.ListProjectRoles(w.in(w.alpha), &mgmt.ListProjectRolesRequest{
			ProjectId: id, Query: &object.ListQuery{Offset: c.offset, Limit: c.limit, Asc: true},
		}))
		if len(got.GetResult()) != c.want || got.GetDetails().GetTotalResult() != 150 {
			t.Errorf("offset %d, limit %d: %d of %d, want %d of 150", c.offset, c.limit,
				len(got.GetResult()), got.GetDetails().GetTotalResult(), c.want)
		}
	}
}
