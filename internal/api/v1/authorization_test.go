package v1

import (
	"context"
	"fmt"
	"testing"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// lent gives beta's guest a role on the project of alpha and returns the authorization's id.
func (w *world) lent() string {
	w.t.Helper()
	return must(w.AddUserGrant(w.in(w.beta), &mgmt.AddUserGrantRequest{
		UserId: w.guest, ProjectId: w.project, RoleKeys: []string{"reader"},
	})).GetUserGrantId()
}

func TestUserGrant(t *testing.T) {
	w := newWorld(t)
	lent := w.lent()
	own := must(w.AddUserGrant(w.in(w.alpha), &mgmt.AddUserGrantRequest{
		UserId: w.member, ProjectId: w.project, RoleKeys: []string{"writer", "reader", "writer"},
	})).GetUserGrantId()
	for _, test := range []struct {
		org, user, id, name, want string
	}{
		{w.alpha, w.member, own, "Alpha", `"roleKeys": ["reader", "writer"]`},
		{w.beta, w.guest, lent, "Beta", fmt.Sprintf(`"roleKeys": ["reader"], "projectGrantId": %q`, w.grant)},
	} {
		got := must(w.GetUserGrantByID(w.in(test.org), &mgmt.GetUserGrantByIDRequest{UserId: test.user, GrantId: test.id})).GetUserGrant()
		if got.GetDetails().GetResourceOwner() != test.org {
			t.Errorf("details %v, want organization %s", got.GetDetails(), test.org)
		}
		got.Details = nil
		domain := iam.PrimaryDomain(test.name, "id.example.com")
		wantJSON(t, got, &user.UserGrant{}, fmt.Sprintf(`{"id": %q, "state": "USER_GRANT_STATE_ACTIVE", "userId": %q,
			"userName": "user-%[2]s", "preferredLoginName": "user-%[2]s", "displayName": "User %[2]s", "userType": "TYPE_MACHINE",
			"orgId": %[3]q, "orgName": %[4]q, "orgDomain": %[5]q, "grantedOrgId": %[3]q, "grantedOrgName": %[4]q, "grantedOrgDomain": %[5]q,
			"projectId": %[6]q, "projectName": "Chat", %[7]s}`, test.id, test.user, test.org, test.name, domain, w.project, test.want))
	}
	must(w.DeactivateUserGrant(w.in(w.alpha), &mgmt.DeactivateUserGrantRequest{UserId: w.member, GrantId: own}))
	must(w.UpdateUserGrant(w.in(w.alpha), &mgmt.UpdateUserGrantRequest{UserId: w.member, GrantId: own, RoleKeys: []string{"writer"}}))
	got := must(w.GetUserGrantByID(w.in(w.alpha), &mgmt.GetUserGrantByIDRequest{UserId: w.member, GrantId: own})).GetUserGrant()
	if got.GetState() != user.UserGrantState_USER_GRANT_STATE_INACTIVE || len(got.GetRoleKeys()) != 1 {
		t.Errorf("after deactivation and update: %v", got)
	}
}

func TestUserGrantErrors(t *testing.T) {
	w := newWorld(t)
	id, lent := w.authorization(), w.lent()
	add := func(userID, projectID, grantID string, roles ...string) func(context.Context) error {
		return calling(w.AddUserGrant, &mgmt.AddUserGrantRequest{UserId: userID, ProjectId: projectID, ProjectGrantId: grantID, RoleKeys: roles})
	}
	update := func(userID string, roles ...string) func(context.Context) error {
		return calling(w.UpdateUserGrant, &mgmt.UpdateUserGrantRequest{UserId: userID, GrantId: id, RoleKeys: roles})
	}
	bulk := func(ids ...string) func(context.Context) error {
		return calling(w.BulkRemoveUserGrant, &mgmt.BulkRemoveUserGrantRequest{GrantId: ids})
	}
	deactivate := calling(w.DeactivateUserGrant, &mgmt.DeactivateUserGrantRequest{UserId: w.member, GrantId: id})
	reactivate := calling(w.ReactivateUserGrant, &mgmt.ReactivateUserGrantRequest{UserId: w.member, GrantId: id})
	for _, test := range []struct {
		name string
		org  string
		call func(context.Context) error
		want iam.Kind
	}{
		{"a second on the project", w.alpha, add(w.member, w.project, "", "writer"), iam.AlreadyExists},
		{"unknown role", w.alpha, add(w.owner[w.alpha], w.project, "", "none"), iam.FailedPrecondition},
		{"empty role", w.alpha, add(w.owner[w.alpha], w.project, "", ""), iam.InvalidArgument},
		{"unknown user", w.alpha, add("none", w.project, "", "reader"), iam.NotFound},
		{"another organization's user", w.alpha, add(w.guest, w.project, "", "reader"), iam.NotFound},
		{"unknown project", w.alpha, add(w.member, "none", "", "reader"), iam.NotFound},
		{"nothing", w.alpha, add("", "", ""), iam.NotFound},
		{"a role that was not lent", w.beta, add(w.owner[w.beta], w.project, w.grant, "writer"), iam.FailedPrecondition},
		{"unknown project grant", w.beta, add(w.owner[w.beta], w.project, "none", "reader"), iam.NotFound},
		{"the internal project", w.home, add(w.owner[w.home], w.internal, ""), iam.FailedPrecondition},
		{"the same roles", w.alpha, update(w.member, "reader"), iam.Unchanged},
		{"update to an unknown role", w.alpha, update(w.member, "none"), iam.FailedPrecondition},
		{"update another user's", w.alpha, update(w.owner[w.alpha], "writer"), iam.NotFound},
		{"reactivate the active", w.alpha, reactivate, iam.Unchanged},
		{"deactivate", w.alpha, deactivate, success},
		{"deactivate again", w.alpha, deactivate, iam.Unchanged},
		{"reactivate", w.alpha, reactivate, success},
		{"remove none", w.alpha, bulk(), iam.InvalidArgument},
		{"remove an unknown one too", w.alpha, bulk(id, "none"), iam.NotFound},
		{"remove another organization's too", w.alpha, bulk(id, lent), iam.NotFound},
		{"remove, now that none is gone", w.alpha, bulk(id), success},
		{"remove again", w.alpha, calling(w.RemoveUserGrant, &mgmt.RemoveUserGrantRequest{UserId: w.member, GrantId: id}), iam.NotFound},
	} {
		wantKind(t, test.name, test.call(w.in(test.org)), test.want)
	}
}

func TestListUserGrants(t *testing.T) {
	w := newWorld(t)
	human := w.human("minnie")
	known := map[string]string{w.authorization(): "machine", w.lent(): "lent"}
	known[must(w.AddUserGrant(w.in(w.alpha), &mgmt.AddUserGrantRequest{
		UserId: human, ProjectId: w.project, RoleKeys: []string{"writer"},
	})).GetUserGrantId()] = "human"
	for _, test := range []struct {
		name  string
		query *user.UserGrantQuery
		want  string
	}{
		{"project", &user.UserGrantQuery{Query: &user.UserGrantQuery_ProjectIdQuery{ProjectIdQuery: &user.UserGrantProjectIDQuery{ProjectId: w.project}}}, "human machine"},
		{"another project", &user.UserGrantQuery{Query: &user.UserGrantQuery_ProjectIdQuery{}}, ""},
		{"user", &user.UserGrantQuery{Query: &user.UserGrantQuery_UserIdQuery{UserIdQuery: &user.UserGrantUserIDQuery{UserId: human}}}, "human"},
		{"another organization's user", &user.UserGrantQuery{Query: &user.UserGrantQuery_UserIdQuery{UserIdQuery: &user.UserGrantUserIDQuery{UserId: w.guest}}}, ""},
		{"users", &user.UserGrantQuery{Query: &user.UserGrantQuery_InUserIdsQuery{InUserIdsQuery: &user.UserGrantInUserIDsQuery{InUserIds: []string{w.member, w.guest}}}}, "machine"},
		{"with granted", &user.UserGrantQuery{Query: &user.UserGrantQuery_WithGrantedQuery{WithGrantedQuery: &user.UserGrantWithGrantedQuery{WithGranted: true}}}, "human machine"},
		{"project grant", &user.UserGrantQuery{Query: &user.UserGrantQuery_ProjectGrantIdQuery{ProjectGrantIdQuery: &user.UserGrantProjectGrantIDQuery{ProjectGrantId: w.grant}}}, ""},
		{"role", &user.UserGrantQuery{Query: &user.UserGrantQuery_RoleKeyQuery{RoleKeyQuery: &user.UserGrantRoleKeyQuery{RoleKey: "read", Method: 2}}}, "machine"},
		{"user name", &user.UserGrantQuery{Query: &user.UserGrantQuery_UserNameQuery{UserNameQuery: &user.UserGrantUserNameQuery{UserName: "MINNIE", Method: 1}}}, "human"},
		{"first name", &user.UserGrantQuery{Query: &user.UserGrantQuery_FirstNameQuery{FirstNameQuery: &user.UserGrantFirstNameQuery{FirstName: "Minnie"}}}, "human"},
		{"last name", &user.UserGrantQuery{Query: &user.UserGrantQuery_LastNameQuery{LastNameQuery: &user.UserGrantLastNameQuery{LastName: "Mouse"}}}, "human"},
		{"display name", &user.UserGrantQuery{Query: &user.UserGrantQuery_DisplayNameQuery{DisplayNameQuery: &user.UserGrantDisplayNameQuery{DisplayName: "User", Method: 2}}}, "machine"},
		{"e-mail address", &user.UserGrantQuery{Query: &user.UserGrantQuery_EmailQuery{EmailQuery: &user.UserGrantEmailQuery{Email: "minnie@", Method: 2}}}, "human"},
		{"organization's name", &user.UserGrantQuery{Query: &user.UserGrantQuery_OrgNameQuery{OrgNameQuery: &user.UserGrantOrgNameQuery{OrgName: "Beta"}}}, ""},
		{"organization's domain", &user.UserGrantQuery{Query: &user.UserGrantQuery_OrgDomainQuery{OrgDomainQuery: &user.UserGrantOrgDomainQuery{OrgDomain: "alpha.", Method: 2}}}, "human machine"},
		{"project's name", &user.UserGrantQuery{Query: &user.UserGrantQuery_ProjectNameQuery{ProjectNameQuery: &user.UserGrantProjectNameQuery{ProjectName: "chat", Method: 1}}}, "human machine"},
		{"machines", &user.UserGrantQuery{Query: &user.UserGrantQuery_UserTypeQuery{UserTypeQuery: &user.UserGrantUserTypeQuery{Type: 2}}}, "machine"},
	} {
		got, err := w.ListUserGrants(w.in(w.alpha), &mgmt.ListUserGrantRequest{Queries: []*user.UserGrantQuery{test.query}})
		if found := listed(got.GetResult(), (*user.UserGrant).GetId, known); err != nil || found != test.want {
			t.Errorf("%s: found %q, %v, want %q", test.name, found, err, test.want)
		}
	}
	if got := must(w.ListUserGrants(w.in(w.beta), &mgmt.ListUserGrantRequest{})); listed(got.GetResult(), (*user.UserGrant).GetId, known) != "lent" {
		t.Errorf("beta sees %v", got)
	}
	for _, test := range []struct {
		name string
		req  *mgmt.ListUserGrantRequest
		want iam.Kind
	}{
		{"limit 0", &mgmt.ListUserGrantRequest{Query: &object.ListQuery{Limit: 0}}, success},
		{"limit 1000", &mgmt.ListUserGrantRequest{Query: &object.ListQuery{Limit: 1000}}, success},
		{"limit 1001", &mgmt.ListUserGrantRequest{Query: &object.ListQuery{Limit: 1001}}, iam.InvalidArgument},
		{"nil query", &mgmt.ListUserGrantRequest{Queries: []*user.UserGrantQuery{nil}}, iam.InvalidArgument},
		{"empty query", &mgmt.ListUserGrantRequest{Queries: []*user.UserGrantQuery{{}}}, iam.InvalidArgument},
		{"unknown method", &mgmt.ListUserGrantRequest{Queries: []*user.UserGrantQuery{{Query: &user.UserGrantQuery_RoleKeyQuery{
			RoleKeyQuery: &user.UserGrantRoleKeyQuery{Method: -1},
		}}}}, iam.InvalidArgument},
		{"unspecified type", &mgmt.ListUserGrantRequest{Queries: []*user.UserGrantQuery{{Query: &user.UserGrantQuery_UserTypeQuery{}}}}, iam.InvalidArgument},
	} {
		_, err := w.ListUserGrants(w.in(w.alpha), test.req)
		wantKind(t, test.name, err, test.want)
	}
}
