package v1

import (
	"slices"
	"testing"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/member"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

func TestOrgMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	add := func(userID string, roles ...string) *mgmt.AddOrgMemberRequest {
		return &mgmt.AddOrgMemberRequest{UserId: userID, Roles: roles}
	}
	update := func(userID string, roles ...string) *mgmt.UpdateOrgMemberRequest {
		return &mgmt.UpdateOrgMemberRequest{UserId: userID, Roles: roles}
	}
	walk(t, w.in(w.alpha), []step{
		{"no roles", calling(w.AddOrgMember, add(w.member)), iam.InvalidArgument},
		{"role of another level", calling(w.AddOrgMember, add(w.member, "IAM_OWNER")), iam.InvalidArgument},
		{"unknown role", calling(w.AddOrgMember, add(w.member, "ORG_OWNER", "ORG_KING")), iam.InvalidArgument},
		{"no user", calling(w.AddOrgMember, add("1", "ORG_OWNER")), iam.NotFound},
		{"user that the caller cannot see", calling(w.AddOrgMember, add(w.guest, "ORG_OWNER")), iam.NotFound},
		{"change who is none", calling(w.UpdateOrgMember, update(w.member, "ORG_OWNER")), iam.NotFound},
		{"remove who is none", calling(w.RemoveOrgMember, &mgmt.RemoveOrgMemberRequest{UserId: w.member}), iam.NotFound},
		{"add", calling(w.AddOrgMember, add(w.member, "ORG_USER_MANAGER", "ORG_OWNER", "ORG_OWNER")), success},
		{"add again", calling(w.AddOrgMember, add(w.member, "ORG_OWNER")), iam.AlreadyExists},
		{"same roles in another order", calling(w.UpdateOrgMember, update(w.member, "ORG_USER_MANAGER", "ORG_OWNER")), iam.Unchanged},
		{"change to a wrong role", calling(w.UpdateOrgMember, update(w.member, "PROJECT_OWNER")), iam.InvalidArgument},
		{"change", calling(w.UpdateOrgMember, update(w.member, "ORG_SETTINGS_MANAGER")), success},
		{"remove another organization's", calling(w.RemoveOrgMember, &mgmt.RemoveOrgMemberRequest{UserId: w.owner[w.beta]}), iam.NotFound},
	})
	// A user of another organization can be added by who may see it.
	must(w.AddOrgMember(w.as(w.root, w.alpha), add(w.guest, "ORG_OWNER_VIEWER")))

	got := must(w.ListOrgMembers(w.in(w.alpha), &mgmt.ListOrgMembersRequest{Query: &object.ListQuery{Asc: true}}))
	want := []string{w.owner[w.alpha], w.viewer[w.alpha], w.member, w.guest}
	if ids := memberIDs(got.GetResult()); !slices.Equal(ids, want) || got.GetDetails().GetTotalResult() != 4 {
		t.Fatalf("members: %v of %d, want %v", ids, got.GetDetails().GetTotalResult(), want)
	}
	guest := got.GetResult()[3]
	if !slices.Equal(guest.GetRoles(), []string{"ORG_OWNER_VIEWER"}) || guest.GetPreferredLoginName() != "user-"+w.guest ||
		guest.GetDisplayName() != "User "+w.guest || guest.GetUserType() != user.Type_TYPE_MACHINE ||
		guest.GetUserResourceOwner() != w.beta || guest.GetDetails().GetResourceOwner() != w.alpha {
		t.Errorf("member: %v", guest)
	}
	if roles := got.GetResult()[2].GetRoles(); !slices.Equal(roles, []string{"ORG_SETTINGS_MANAGER"}) {
		t.Errorf("roles after a change: %v", roles)
	}
	must(w.RemoveOrgMember(w.in(w.alpha), &mgmt.RemoveOrgMemberRequest{UserId: w.member}))
	wantKind(t, "a removed manager", calling(w.GetMyOrg, &mgmt.GetMyOrgRequest{})(w.as(w.member, w.alpha)), iam.PermissionDenied)
}

// TestScopedMembers goes through the life of project members and project grant
// members, which are kept apart by their resource.
func TestScopedMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.addProject(w.alpha, "Second")
	walk(t, w.in(w.alpha), []step{
		{"wrong role", calling(w.AddProjectMember, &mgmt.AddProjectMemberRequest{ProjectId: w.project, UserId: w.member, Roles: []string{"ORG_OWNER"}}), iam.InvalidArgument},
		{"add", calling(w.AddProjectMember, &mgmt.AddProjectMemberRequest{ProjectId: w.project, UserId: w.member, Roles: []string{"PROJECT_OWNER"}}), success},
		{"again", calling(w.AddProjectMember, &mgmt.AddProjectMemberRequest{ProjectId: w.project, UserId: w.member, Roles: []string{"PROJECT_OWNER"}}), iam.AlreadyExists},
		{"same", calling(w.UpdateProjectMember, &mgmt.UpdateProjectMemberRequest{ProjectId: w.project, UserId: w.member, Roles: []string{"PROJECT_OWNER"}}), iam.Unchanged},
		{"on another project", calling(w.UpdateProjectMember, &mgmt.UpdateProjectMemberRequest{ProjectId: second, UserId: w.member, Roles: []string{"PROJECT_OWNER"}}), iam.NotFound},
		{"remove from another project", calling(w.RemoveProjectMember, &mgmt.RemoveProjectMemberRequest{ProjectId: second, UserId: w.member}), iam.NotFound},
	})
	if got := must(w.ListProjectMembers(w.in(w.alpha), &mgmt.ListProjectMembersRequest{ProjectId: w.project})).GetResult(); len(got) != 1 ||
		got[0].GetUserId() != w.member || got[0].GetDetails().GetResourceOwner() != w.alpha {
		t.Errorf("project members: %v", got)
	}
	if got := must(w.ListProjectMembers(w.in(w.alpha), &mgmt.ListProjectMembersRequest{ProjectId: second})).GetResult(); len(got) != 0 {
		t.Errorf("members of the other project: %v, want none", got)
	}
	roles := []string{"PROJECT_GRANT_OWNER"}
	walk(t, w.in(w.beta), []step{
		{"wrong role", calling(w.AddProjectGrantMember, &mgmt.AddProjectGrantMemberRequest{ProjectId: w.project, GrantId: w.grant, UserId: w.guest, Roles: []string{"PROJECT_OWNER"}}), iam.InvalidArgument},
		{"wrong project", calling(w.AddProjectGrantMember, &mgmt.AddProjectGrantMemberRequest{ProjectId: second, GrantId: w.grant, UserId: w.guest, Roles: roles}), iam.NotFound},
		{"no grant", calling(w.AddProjectGrantMember, &mgmt.AddProjectGrantMemberRequest{ProjectId: w.project, UserId: w.guest, Roles: roles}), iam.NotFound},
		{"add", calling(w.AddProjectGrantMember, &mgmt.AddProjectGrantMemberRequest{ProjectId: w.project, GrantId: w.grant, UserId: w.guest, Roles: roles}), success},
		{"again", calling(w.AddProjectGrantMember, &mgmt.AddProjectGrantMemberRequest{ProjectId: w.project, GrantId: w.grant, UserId: w.guest, Roles: roles}), iam.AlreadyExists},
		{"same", calling(w.UpdateProjectGrantMember, &mgmt.UpdateProjectGrantMemberRequest{ProjectId: w.project, GrantId: w.grant, UserId: w.guest, Roles: roles}), iam.Unchanged},
		{"who is none", calling(w.RemoveProjectGrantMember, &mgmt.RemoveProjectGrantMemberRequest{ProjectId: w.project, GrantId: w.grant, UserId: w.member}), iam.NotFound},
	})
	if got := must(w.ListProjectGrantMembers(w.in(w.beta), &mgmt.ListProjectGrantMembersRequest{ProjectId: w.project, GrantId: w.grant})).GetResult(); len(got) != 1 ||
		got[0].GetUserId() != w.guest || got[0].GetDetails().GetResourceOwner() != w.beta {
		t.Errorf("grant members: %v", got)
	}
}

func TestMemberQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	human := iam.User{
		ID: iam.NewID(), OrgID: w.alpha, Type: iam.Human, State: iam.Active, UserName: "ada",
		Profile: iam.Profile{FirstName: "Ada", LastName: "Byron", DisplayName: "Ada Byron", Email: "ada@example.com"},
	}
	w.write(func(tx *store.Tx) error {
		if err := tx.AddUser(&human); err != nil {
			return err
		}
		return tx.AddMembership(&iam.Membership{UserID: human.ID, Level: iam.LevelOrg, ResourceID: w.alpha, Roles: []iam.ManagerRole{iam.OrgOwner}})
	})
	const fold = object.TextQueryMethod_TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE
	for i, c := range []struct {
		query *member.SearchQuery
		found bool
	}{
		{&member.SearchQuery{Query: &member.SearchQuery_FirstNameQuery{FirstNameQuery: &member.FirstNameQuery{FirstName: "ADA", Method: fold}}}, true},
		{&member.SearchQuery{Query: &member.SearchQuery_LastNameQuery{LastNameQuery: &member.LastNameQuery{LastName: "Byron"}}}, true},
		{&member.SearchQuery{Query: &member.SearchQuery_LastNameQuery{LastNameQuery: &member.LastNameQuery{LastName: "Ada"}}}, false},
		{&member.SearchQuery{Query: &member.SearchQuery_EmailQuery{EmailQuery: &member.EmailQuery{Email: "ADA@example.com", Method: fold}}}, true},
		{&member.SearchQuery{Query: &member.SearchQuery_UserIdQuery{UserIdQuery: &member.UserIDQuery{UserId: human.ID}}}, true},
		{&member.SearchQuery{Query: &member.SearchQuery_UserIdQuery{UserIdQuery: &member.UserIDQuery{UserId: "1"}}}, false},
	} {
		got := must(w.ListOrgMembers(w.in(w.alpha), &mgmt.ListOrgMembersRequest{Queries: []*member.SearchQuery{c.query}})).GetResult()
		if c.found != (len(got) == 1) || c.found && (got[0].GetUserId() != human.ID || got[0].GetFirstName() != "Ada" ||
			got[0].GetLastName() != "Byron" || got[0].GetEmail() != "ada@example.com" || got[0].GetUserType() != user.Type_TYPE_HUMAN) {
			t.Errorf("case %d: members %v, want found: %v", i, got, c.found)
		}
	}
}

func TestMemberRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := w.in(w.alpha)
	for _, c := range []struct {
		level iam.Level
		got   []string
	}{
		{iam.LevelOrg, must(w.ListOrgMemberRoles(ctx, &mgmt.ListOrgMemberRolesRequest{})).GetResult()},
		{iam.LevelProject, must(w.ListProjectMemberRoles(ctx, &mgmt.ListProjectMemberRolesRequest{})).GetResult()},
		{iam.LevelProjectGrant, must(w.ListProjectGrantMemberRoles(ctx, &mgmt.ListProjectGrantMemberRolesRequest{})).GetResult()},
	} {
		if _, err := iam.CheckManagerRoles(c.level, c.got); err != nil || len(c.got) != len(iam.ManagerRoles(c.level)) {
			t.Errorf("roles of level %s: %v (error: %v)", c.level, c.got, err)
		}
	}
}

func memberIDs(members []*member.Member) []string {
	return mapSlice(members, func(m *member.Member) string { return m.GetUserId() })
}
