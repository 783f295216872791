package v1

import (
	"context"
	"slices"
	"testing"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// TestMyAccess calls what is about the caller itself: there is no wrong caller
// but nobody, and each sees its own alone.
func TestMyAccess(t *testing.T) {
	w := newWorld(t)
	human := w.human("minnie")
	for _, test := range []struct {
		name    string
		call    func(context.Context) error
		machine iam.Kind
	}{
		{"GetMyUser", calling(w.auth.GetMyUser, &auth.GetMyUserRequest{}), success},
		{"GetMyProfile", calling(w.auth.GetMyProfile, &auth.GetMyProfileRequest{}), iam.FailedPrecondition},
		{"ListMyUserGrants", calling(w.auth.ListMyUserGrants, &auth.ListMyUserGrantsRequest{}), success},
		{"ListMyMemberships", calling(w.auth.ListMyMemberships, &auth.ListMyMembershipsRequest{}), success},
		{"ListMyProjectOrgs", calling(w.auth.ListMyProjectOrgs, &auth.ListMyProjectOrgsRequest{}), success},
		{"UpdateMyProfile", calling(w.auth.UpdateMyProfile, &auth.UpdateMyProfileRequest{FirstName: "Minnie", LastName: "Mouse", NickName: "Min"}), iam.FailedPrecondition},
	} {
		wantKind(t, test.name+" by nobody", test.call(w.as("", "")), iam.Unauthenticated)
		wantKind(t, test.name+" by a service user", test.call(w.as(w.member, "")), test.machine)
		wantKind(t, test.name+" by a human", test.call(w.as(human, "")), success)
	}
	if got := must(w.auth.GetMyUser(w.as(w.member, ""), nil)).GetUser(); got.GetId() != w.member || got.GetDetails().GetResourceOwner() != w.alpha {
		t.Errorf("GetMyUser = %v", got)
	}
	got := must(w.auth.GetMyProfile(w.as(human, ""), nil))
	wantJSON(t, got.GetProfile(), &user.Profile{}, `{"firstName": "Minnie", "lastName": "Mouse", "nickName": "Min", "displayName": "Minnie Mouse"}`)
}

func TestUpdateMyUserName(t *testing.T) {
	w := newWorld(t)
	rename := calling(w.auth.UpdateMyUserName, &auth.UpdateMyUserNameRequest{UserName: "other"})
	wantKind(t, "nobody", rename(w.as("", "")), iam.Unauthenticated)
	wantKind(t, "a service user", rename(w.as(w.member, "")), success)
	wantKind(t, "again", rename(w.as(w.member, "")), iam.Unchanged)
	wantKind(t, "taken", rename(w.as(w.guest, "")), iam.AlreadyExists)
}

// TestUpdateMyPassword: the current one is asked for.
func TestUpdateMyPassword(t *testing.T) {
	w := newWorld(t)
	human := w.human("minnie")
	w.auth.Directory.Prove = func(_ context.Context, u iam.User, password keyring.Secret) error {
		if u.ID != human || password.Reveal() != "correct horse" {
			return iam.Errorf(iam.ResourceExhausted, "", "not again")
		}
		return nil
	}
	change := func(old, next string) func(context.Context) error {
		return calling(w.auth.UpdateMyPassword, &auth.UpdateMyPasswordRequest{OldPassword: old, NewPassword: next})
	}
	must(w.SetHumanPassword(w.in(w.alpha), &mgmt.SetHumanPasswordRequest{UserId: human, Password: "correct horse"}))
	wantKind(t, "nobody", change("correct horse", "battery staple")(w.as("", "")), iam.Unauthenticated)
	wantKind(t, "a service user", change("correct horse", "battery staple")(w.as(w.member, "")), iam.FailedPrecondition)
	wantKind(t, "a wrong one", change("wrong horse", "battery staple")(w.as(human, "")), iam.ResourceExhausted)
	wantKind(t, "none", change("", "battery staple")(w.as(human, "")), iam.ResourceExhausted)
	wantKind(t, "the same", change("correct horse", "correct horse")(w.as(human, "")), iam.InvalidArgument)
	wantKind(t, "too short", change("correct horse", "short")(w.as(human, "")), iam.InvalidArgument)
	wantKind(t, "right", change("correct horse", "battery staple")(w.as(human, "")), success)
	if u := must(w.db.Read().User(t.Context(), human)); u.PasswordChange || !keyring.VerifyPassword(u.PasswordHash, "battery staple") {
		t.Errorf("after the change: must change %v", u.PasswordChange)
	}
}

// TestRemoveMyUser: with the role for it, or one that removes users anyway; never the last owner.
func TestRemoveMyUser(t *testing.T) {
	w := newWorld(t)
	remove := calling(w.auth.RemoveMyUser, &auth.RemoveMyUserRequest{})
	elsewhere := w.user(w.alpha)
	w.write(func(tx *store.Tx) error {
		return tx.AddMembership(&iam.Membership{UserID: elsewhere, Level: iam.LevelOrg, ResourceID: w.beta, Roles: []iam.ManagerRole{iam.OrgUserSelfManager, iam.OrgOwner}})
	})
	self := w.manager(w.alpha, iam.LevelOrg, w.alpha, iam.OrgUserSelfManager)
	wantKind(t, "nobody", remove(w.as("", "")), iam.Unauthenticated)
	wantKind(t, "manages nothing", remove(w.as(w.member, "")), iam.PermissionDenied)
	wantKind(t, "viewer", remove(w.as(w.viewer[w.alpha], "")), iam.PermissionDenied)
	wantKind(t, "owner of another organization", remove(w.as(elsewhere, "")), iam.PermissionDenied)
	wantKind(t, "the last owner of the instance", remove(w.as(w.root, "")), iam.FailedPrecondition)
	ctx := w.as(self, "")
	wantKind(t, "with the role for it", remove(ctx), success)
	wantKind(t, "once more", remove(ctx), iam.NotFound)
	wantKind(t, "owner", remove(w.as(w.owner[w.alpha], "")), success)
}

func TestMyRefreshTokens(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(w.member, "")
	if got := must(w.auth.ListMyRefreshTokens(ctx, nil)); got.GetDetails().GetTotalResult() != 0 || len(got.GetResult()) != 0 {
		t.Errorf("ListMyRefreshTokens = %v", got)
	}
	wantKind(t, "revoke one", calling(w.auth.RevokeMyRefreshToken, &auth.RevokeMyRefreshTokenRequest{Id: "1"})(ctx), iam.NotFound)
	wantKind(t, "revoke nothing", calling(w.auth.RevokeMyRefreshToken, &auth.RevokeMyRefreshTokenRequest{})(ctx), iam.InvalidArgument)
	wantKind(t, "revoke all", calling(w.auth.RevokeAllMyRefreshTokens, &auth.RevokeAllMyRefreshTokensRequest{})(ctx), success)
}

// TestListMyProjectOrgs lists where the caller may do anything, and no more.
func TestListMyProjectOrgs(t *testing.T) {
	w := newWorld(t)
	known := map[string]string{w.home: "home", w.alpha: "alpha", w.beta: "beta"}
	query := func(q *org.OrgQuery) []*org.OrgQuery { return []*org.OrgQuery{q} }
	name := func(text string, m object.TextQueryMethod) []*org.OrgQuery {
		return query(&org.OrgQuery{Query: &org.OrgQuery_NameQuery{NameQuery: &org.OrgNameQuery{Name: text, Method: m}}})
	}
	both := w.manager(w.alpha, iam.LevelProjectGrant, w.grant, iam.ProjectGrantOwner)
	for _, test := range []struct {
		name, caller string
		queries      []*org.OrgQuery
		want         string
	}{
		{"its own", w.member, nil, "alpha"},
		{"and where it manages a grant", both, nil, "alpha beta"},
		{"everything", w.root, nil, "alpha beta home"},
		{"by name", w.root, name("BE", object.TextQueryMethod_TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE), "beta"},
		{"by another's name", w.member, name("Beta", 0), ""},
		{"by domain", w.root, query(&org.OrgQuery{Query: &org.OrgQuery_DomainQuery{DomainQuery: &org.OrgDomainQuery{Domain: "alpha.id.example.com"}}}), "alpha"},
		{"by state", w.root, query(&org.OrgQuery{Query: &org.OrgQuery_StateQuery{StateQuery: &org.OrgStateQuery{State: org.OrgState_ORG_STATE_INACTIVE}}}), ""},
		{"by id", w.root, query(&org.OrgQuery{Query: &org.OrgQuery_IdQuery{IdQuery: &org.OrgIDQuery{Id: w.home}}}), "home"},
	} {
		got := must(w.auth.ListMyProjectOrgs(w.as(test.caller, ""), &auth.ListMyProjectOrgsRequest{Queries: test.queries}))
		if found := listed(got.GetResult(), (*org.Org).GetId, known); found != test.want {
			t.Errorf("%s: found %q, want %q", test.name, found, test.want)
		}
	}
	sorted := must(w.auth.ListMyProjectOrgs(w.as(w.root, ""), &auth.ListMyProjectOrgsRequest{
		SortingColumn: org.OrgFieldName_ORG_FIELD_NAME_NAME, Query: &object.ListQuery{Asc: true, Limit: 1, Offset: 1},
	}))
	if r := sorted.GetResult(); len(r) != 1 || r[0].GetId() != w.beta || sorted.GetDetails().GetTotalResult() != 3 {
		t.Errorf("the second by name: %v", sorted)
	}
	for what, req := range map[string]*auth.ListMyProjectOrgsRequest{
		"limit": {Query: &object.ListQuery{Limit: 1001}}, "column": {SortingColumn: 9}, "query": {Queries: query(nil)}, "method": {Queries: name("x", 99)},
	} {
		_, err := w.auth.ListMyProjectOrgs(w.as(w.root, ""), req)
		wantKind(t, what, err, iam.InvalidArgument)
	}
}

func TestListMyUserGrants(t *testing.T) {
	w := newWorld(t)
	known := map[string]string{w.authorization(): "own", w.lent(): "lent"}
	for caller, want := range map[string]string{w.member: "own", w.guest: "lent", w.owner[w.alpha]: "", w.root: ""} {
		got := must(w.auth.ListMyUserGrants(w.as(caller, ""), &auth.ListMyUserGrantsRequest{}))
		if found := listed(got.GetResult(), (*auth.UserGrant).GetGrantId, known); found != want {
			t.Errorf("found %q, want %q", found, want)
		}
	}
	got := must(w.auth.ListMyUserGrants(w.as(w.guest, ""), &auth.ListMyUserGrantsRequest{})).GetResult()[0]
	got.GrantId, got.Details = "", nil
	wantJSON(t, got, &auth.UserGrant{}, `{"orgId": "`+w.beta+`", "orgName": "Beta", "orgDomain": "beta.id.example.com",
		"projectId": "`+w.project+`", "projectName": "Chat", "projectGrantId": "`+w.grant+`", "userId": "`+w.guest+`",
		"userType": "TYPE_MACHINE", "roles": ["reader"], "roleKeys": ["reader"], "state": "USER_GRANT_STATE_ACTIVE"}`)
	for limit, want := range map[uint32]iam.Kind{0: success, 1000: success, 1001: iam.InvalidArgument} {
		_, err := w.auth.ListMyUserGrants(w.as(w.guest, ""), &auth.ListMyUserGrantsRequest{Query: &object.ListQuery{Limit: limit}})
		wantKind(t, "limit", err, want)
	}
}

// membershipName names a membership by what it is of.
func membershipName(m *user.Membership) string {
	switch r := m.GetType().(type) {
	case *user.Membership_Iam:
		return "iam"
	case *user.Membership_OrgId:
		return r.OrgId
	case *user.Membership_ProjectId:
		return r.ProjectId
	case *user.Membership_ProjectGrantId:
		return r.ProjectGrantId
	}
	return ""
}

func TestMemberships(t *testing.T) {
	w := newWorld(t)
	must(w.AddProjectMember(w.in(w.alpha), &mgmt.AddProjectMemberRequest{
		ProjectId: w.project, UserId: w.owner[w.alpha], Roles: []string{"PROJECT_OWNER"},
	}))
	granted := w.manager(w.beta, iam.LevelProjectGrant, w.grant, iam.ProjectGrantOwner)
	instance := must(w.db.Read().Instance(t.Context())).ID
	everything := w.manager(w.alpha, iam.LevelInstance, instance, iam.IAMOwnerViewer)
	known := map[string]string{"iam": "iam", w.alpha: "org", w.project: "project", w.grant: "grant"}
	org := &user.MembershipQuery{Query: &user.MembershipQuery_OrgQuery{OrgQuery: &user.MembershipOrgQuery{OrgId: w.alpha}}}
	project := &user.MembershipQuery{Query: &user.MembershipQuery_ProjectQuery{ProjectQuery: &user.MembershipProjectQuery{ProjectId: w.project}}}
	grant := &user.MembershipQuery{Query: &user.MembershipQuery_ProjectGrantQuery{ProjectGrantQuery: &user.MembershipProjectGrantQuery{ProjectGrantId: w.grant}}}
	onInstance := func(yes bool) *user.MembershipQuery {
		return &user.MembershipQuery{Query: &user.MembershipQuery_IamQuery{IamQuery: &user.MembershipIAMQuery{Iam: yes}}}
	}
	for _, test := range []struct {
		name, caller string
		query        *user.MembershipQuery
		want         string
	}{
		{"organization", w.owner[w.alpha], org, "org"},
		{"project", w.owner[w.alpha], project, "project"},
		{"another's grant", w.owner[w.alpha], grant, ""},
		{"grant", granted, grant, "grant"},
		{"instance", everything, onInstance(true), "iam"},
		{"not the instance", everything, onInstance(false), ""},
		{"not the instance", w.owner[w.alpha], onInstance(false), "org project"},
	} {
		got := must(w.auth.ListMyMemberships(w.as(test.caller, ""), &auth.ListMyMembershipsRequest{Queries: []*user.MembershipQuery{test.query}}))
		if found := listed(got.GetResult(), membershipName, known); found != test.want {
			t.Errorf("%s: found %q, want %q", test.name, found, test.want)
		}
	}

	ofOwner := &mgmt.ListUserMembershipsRequest{UserId: w.owner[w.alpha], Queries: []*user.MembershipQuery{org}}
	got := must(w.ListUserMemberships(w.as(w.viewer[w.alpha], w.alpha), ofOwner)).GetResult()[0]
	if got.GetDetails().GetResourceOwner() != w.alpha {
		t.Errorf("details %v", got.GetDetails())
	}
	got.Details = nil
	wantJSON(t, got, &user.Membership{}, `{"userId": "`+w.owner[w.alpha]+`", "roles": ["ORG_OWNER"], "displayName": "Alpha", "orgId": "`+w.alpha+`"}`)

	for _, test := range []struct {
		name string
		req  *mgmt.ListUserMembershipsRequest
		want iam.Kind
	}{
		{"unknown user", &mgmt.ListUserMembershipsRequest{UserId: "none"}, iam.NotFound},
		{"another organization's user", &mgmt.ListUserMembershipsRequest{UserId: w.guest}, iam.NotFound},
		{"nil query", &mgmt.ListUserMembershipsRequest{UserId: w.member, Queries: []*user.MembershipQuery{nil}}, iam.InvalidArgument},
		{"limit 1000", &mgmt.ListUserMembershipsRequest{UserId: w.member, Query: &object.ListQuery{Limit: 1000}}, success},
		{"limit 1001", &mgmt.ListUserMembershipsRequest{UserId: w.member, Query: &object.ListQuery{Limit: 1001}}, iam.InvalidArgument},
	} {
		_, err := w.ListUserMemberships(w.in(w.alpha), test.req)
		wantKind(t, test.name, err, test.want)
	}
	_, err := w.auth.ListMyMemberships(w.as(w.member, ""), &auth.ListMyMembershipsRequest{Queries: []*user.MembershipQuery{{}}})
	wantKind(t, "my memberships, empty query", err, iam.InvalidArgument)
}

func TestListMyZitadelPermissions(t *testing.T) {
	w := newWorld(t)
	onProject := w.manager(w.alpha, iam.LevelProject, w.project, iam.ProjectOwnerViewer)
	for _, test := range []struct {
		name, caller, org string
		has, lacks        string
	}{
		{"nobody", "", "", "", "user.read"},
		{"manages nothing", w.member, "", "", "user.read"},
		{"owner", w.owner[w.alpha], "", "user.write", "iam.read"},
		{"owner, elsewhere", w.owner[w.alpha], w.beta, "", "user.write"},
		{"viewer", w.viewer[w.alpha], "", "user.read", "user.write"},
		{"of a project", onProject, "", "project.read:" + w.project, "project.read"},
		{"instance owner", w.root, w.beta, "iam.write", "user.write:" + w.beta},
	} {
		got := must(w.auth.ListMyZitadelPermissions(w.as(test.caller, test.org), nil)).GetResult()
		if test.has != "" && !slices.Contains(got, test.has) || slices.Contains(got, test.lacks) {
			t.Errorf("%s: %q, want %q and not %q", test.name, got, test.has, test.lacks)
		}
		if test.has == "" && len(got) > 0 || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}
