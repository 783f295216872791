package v1

import (
	"context"
	"strings"
	"testing"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/member"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// setUp is a request for an organization with a human.
func setUp(name, userName string) *admin.SetUpOrgRequest {
	return &admin.SetUpOrgRequest{
		Org: &admin.SetUpOrgRequest_Org{Name: name},
		User: &admin.SetUpOrgRequest_Human_{Human: &admin.SetUpOrgRequest_Human{
			UserName: userName, Profile: &admin.SetUpOrgRequest_Human_Profile{FirstName: "F", LastName: "L"},
		}},
	}
}

// TestAdminAccess calls the methods without the permission that is asked for
// before they are called: what is left is what package directory holds by itself.
func TestAdminAccess(t *testing.T) {
	const denied, hidden = iam.PermissionDenied, iam.NotFound
	for _, test := range []struct {
		name                 string
		owner, viewer, right iam.Kind // of beta; of the instance; the instance's owner
		call                 func(*world) func(context.Context) error
	}{
		{"GetMyInstance", success, success, success, func(w *world) func(context.Context) error {
			return calling(w.admin.GetMyInstance, &admin.GetMyInstanceRequest{})
		}},
		{"GetOrgByID", hidden, success, success, func(w *world) func(context.Context) error {
			return calling(w.admin.GetOrgByID, &admin.GetOrgByIDRequest{Id: w.alpha})
		}},
		{"IsOrgUnique", denied, success, success, func(w *world) func(context.Context) error {
			return calling(w.admin.IsOrgUnique, &admin.IsOrgUniqueRequest{Name: "Alpha"})
		}},
		{"SetDefaultOrg", denied, denied, success, func(w *world) func(context.Context) error {
			return calling(w.admin.SetDefaultOrg, &admin.SetDefaultOrgRequest{OrgId: w.alpha})
		}},
		{"GetDefaultOrg", hidden, success, success, func(w *world) func(context.Context) error {
			return calling(w.admin.GetDefaultOrg, &admin.GetDefaultOrgRequest{})
		}},
		{"ListOrgs", success, success, success, func(w *world) func(context.Context) error {
			return calling(w.admin.ListOrgs, &admin.ListOrgsRequest{})
		}},
		{"RemoveOrg", denied, denied, success, func(w *world) func(context.Context) error {
			return calling(w.admin.RemoveOrg, &admin.RemoveOrgRequest{OrgId: w.alpha})
		}},
		{"SetUpOrg", denied, denied, success, func(w *world) func(context.Context) error {
			return calling(w.admin.SetUpOrg, setUp("New", "new"))
		}},
		{"ListIAMMemberRoles", denied, success, success, func(w *world) func(context.Context) error {
			return calling(w.admin.ListIAMMemberRoles, &admin.ListIAMMemberRolesRequest{})
		}},
		{"ListIAMMembers", denied, success, success, func(w *world) func(context.Context) error {
			return calling(w.admin.ListIAMMembers, &admin.ListIAMMembersRequest{})
		}},
		{"AddIAMMember", denied, denied, success, func(w *world) func(context.Context) error {
			return calling(w.admin.AddIAMMember, &admin.AddIAMMemberRequest{UserId: w.member, Roles: []string{"IAM_OWNER"}})
		}},
		{"UpdateIAMMember", denied, denied, success, func(w *world) func(context.Context) error {
			must(w.admin.AddIAMMember(w.as(w.root, ""), &admin.AddIAMMemberRequest{UserId: w.member, Roles: []string{"IAM_OWNER"}}))
			return calling(w.admin.UpdateIAMMember, &admin.UpdateIAMMemberRequest{UserId: w.member, Roles: []string{"IAM_USER_MANAGER"}})
		}},
		{"RemoveIAMMember", denied, denied, success, func(w *world) func(context.Context) error {
			must(w.admin.AddIAMMember(w.as(w.root, ""), &admin.AddIAMMemberRequest{UserId: w.member, Roles: []string{"IAM_OWNER"}}))
			return calling(w.admin.RemoveIAMMember, &admin.RemoveIAMMemberRequest{UserId: w.member})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			call := test.call(w)
			viewer := w.manager(w.home, iam.LevelInstance, must(w.db.Read().Instance(t.Context())).ID, iam.IAMOwnerViewer)
			wantKind(t, "nobody", call(w.as("", "")), iam.Unauthenticated)
			wantKind(t, "owner of another organization", call(w.as(w.owner[w.beta], "")), test.owner)
			wantKind(t, "viewer", call(w.as(viewer, "")), test.viewer)
			wantKind(t, "owner", call(w.as(w.root, "")), test.right)
		})
	}
}

func TestInstance(t *testing.T) {
	w := newWorld(t)
	root := w.as(w.root, "")
	got := must(w.admin.GetMyInstance(root, nil)).GetInstance()
	if got.GetId() == "" || got.GetDetails().GetResourceOwner() != got.GetId() || got.GetState() != instance.State_STATE_RUNNING ||
		len(got.GetDomains()) != 1 || got.GetDomains()[0].GetDomain() != "id.example.com" || !got.GetDomains()[0].GetPrimary() {
		t.Errorf("GetMyInstance = %v", got)
	}
	if o := must(w.admin.GetDefaultOrg(root, nil)).GetOrg(); o.GetId() != w.home || o.GetName() != "Home" {
		t.Errorf("the default organization is %v", o)
	}
	must(w.admin.SetDefaultOrg(root, &admin.SetDefaultOrgRequest{OrgId: w.alpha}))
	if o := must(w.admin.GetDefaultOrg(root, nil)).GetOrg(); o.GetId() != w.alpha {
		t.Errorf("the default organization is now %v", o)
	}
}

func TestListOrgs(t *testing.T) {
	w := newWorld(t)
	known := map[string]string{w.home: "home", w.alpha: "alpha", w.beta: "beta"}
	for _, test := range []struct {
		name, caller string
		req          *admin.ListOrgsRequest
		want         string
	}{
		{"all", w.root, &admin.ListOrgsRequest{}, "alpha beta home"},
		{"name", w.root, &admin.ListOrgsRequest{Queries: []*org.OrgQuery{{Query: &org.OrgQuery_NameQuery{NameQuery: &org.OrgNameQuery{Name: "BET", Method: 3}}}}}, "beta"},
		{"id", w.root, &admin.ListOrgsRequest{Queries: []*org.OrgQuery{{Query: &org.OrgQuery_IdQuery{IdQuery: &org.OrgIDQuery{Id: w.home}}}}}, "home"},
		{"an organization's owner", w.owner[w.beta], &admin.ListOrgsRequest{}, "beta"},
	} {
		got := must(w.admin.ListOrgs(w.as(test.caller, ""), test.req))
		if found := listed(got.GetResult(), (*org.Org).GetId, known); found != test.want {
			t.Errorf("%s: found %q, want %q", test.name, found, test.want)
		}
	}
	got := must(w.admin.ListOrgs(w.as(w.root, ""), &admin.ListOrgsRequest{
		Query: &object.ListQuery{Limit: 1}, SortingColumn: org.OrgFieldName_ORG_FIELD_NAME_NAME,
	}))
	if got.GetDetails().GetTotalResult() != 3 || len(got.GetResult()) != 1 || got.GetResult()[0].GetName() != "Home" || got.GetSortingColumn() != 1 {
		t.Errorf("the last organization by name: %v", got)
	}
}

func TestSetUpOrg(t *testing.T) {
	w := newWorld(t)
	root := w.as(w.root, "")
	made := must(w.admin.SetUpOrg(root, setUp("New", "new")))
	if o := must(w.admin.GetOrgByID(root, &admin.GetOrgByIDRequest{Id: made.GetOrgId()})).GetOrg(); o.GetPrimaryDomain() != "new.id.example.com" ||
		made.GetDetails().GetResourceOwner() != o.GetId() {
		t.Errorf("made %v: %v", made, o)
	}
	if m := must(w.db.Read().MembershipsOf(t.Context(), made.GetUserId())); len(m) != 1 || m[0].ResourceID != made.GetOrgId() || m[0].Roles[0] != iam.OrgOwner {
		t.Errorf("the human manages %v", m)
	}
	unique := must(w.admin.IsOrgUnique(root, &admin.IsOrgUniqueRequest{Name: "new"}))
	free := must(w.admin.IsOrgUnique(root, &admin.IsOrgUniqueRequest{Name: "newer", Domain: "newer.id.example.com"}))
	if unique.GetIsUnique() || !free.GetIsUnique() {
		t.Errorf("IsOrgUnique: taken %v, free %v", unique, free)
	}
}

func TestIAMMembers(t *testing.T) {
	w := newWorld(t)
	root := w.as(w.root, "")
	added := must(w.admin.AddIAMMember(root, &admin.AddIAMMemberRequest{UserId: w.member, Roles: []string{"IAM_USER_MANAGER", "IAM_OWNER_VIEWER"}}))
	got := must(w.admin.ListIAMMembers(root, &admin.ListIAMMembersRequest{Queries: []*member.SearchQuery{{
		Query: &member.SearchQuery_UserIdQuery{UserIdQuery: &member.UserIDQuery{UserId: w.member}},
	}}}))
	instanceID := must(w.db.Read().Instance(t.Context())).ID
	if added.GetDetails().GetResourceOwner() != instanceID || len(got.GetResult()) != 1 || got.GetDetails().GetTotalResult() != 1 {
		t.Fatalf("added %v, listed %v", added, got)
	}
	if m := got.GetResult()[0]; m.GetUserId() != w.member || strings.Join(m.GetRoles(), " ") != "IAM_OWNER_VIEWER IAM_USER_MANAGER" {
		t.Errorf("listed %v", m)
	}
	if roles := must(w.admin.ListIAMMemberRoles(root, nil)); roles.GetRoles()[0] != "IAM_OWNER" || roles.GetDetails().GetTotalResult() != uint64(len(roles.GetRoles())) {
		t.Errorf("roles %v", roles)
	}
	for column := range member.MemberFieldColumnName_name {
		_, err := w.admin.ListIAMMembers(root, &admin.ListIAMMembersRequest{SortingColumn: member.MemberFieldColumnName(column)})
		wantKind(t, member.MemberFieldColumnName(column).String(), err, success)
	}
}

func TestAdminErrors(t *testing.T) {
	w := newWorld(t)
	set := func(change func(*admin.SetUpOrgRequest)) func(context.Context) error {
		req := setUp("New", "new")
		change(req)
		return calling(w.admin.SetUpOrg, req)
	}
	listOrgs := func(req *admin.ListOrgsRequest) func(context.Context) error { return calling(w.admin.ListOrgs, req) }
	addMember := func(userID string, roles ...string) func(context.Context) error {
		return calling(w.admin.AddIAMMember, &admin.AddIAMMemberRequest{UserId: userID, Roles: roles})
	}
	listMembers := func(req *admin.ListIAMMembersRequest) func(context.Context) error {
		return calling(w.admin.ListIAMMembers, req)
	}
	for _, test := range []struct {
		name string
		call func(context.Context) error
		want iam.Kind
	}{
		{"unknown organization", calling(w.admin.GetOrgByID, &admin.GetOrgByIDRequest{Id: "none"}), iam.NotFound},
		{"default to the default", calling(w.admin.SetDefaultOrg, &admin.SetDefaultOrgRequest{OrgId: w.home}), iam.Unchanged},
		{"default to an unknown one", calling(w.admin.SetDefaultOrg, &admin.SetDefaultOrgRequest{OrgId: "none"}), iam.NotFound},
		{"remove the default", calling(w.admin.RemoveOrg, &admin.RemoveOrgRequest{OrgId: w.home}), iam.FailedPrecondition},
		{"remove an unknown one", calling(w.admin.RemoveOrg, &admin.RemoveOrgRequest{OrgId: "none"}), iam.NotFound},
		{"organizations, limit 0", listOrgs(&admin.ListOrgsRequest{Query: &object.ListQuery{Limit: 0}}), success},
		{"organizations, limit 1000", listOrgs(&admin.ListOrgsRequest{Query: &object.ListQuery{Limit: 1000}}), success},
		{"organizations, limit 1001", listOrgs(&admin.ListOrgsRequest{Query: &object.ListQuery{Limit: 1001}}), iam.InvalidArgument},
		{"organizations, empty query", listOrgs(&admin.ListOrgsRequest{Queries: []*org.OrgQuery{{}}}), iam.InvalidArgument},
		{"organizations, unknown column", listOrgs(&admin.ListOrgsRequest{SortingColumn: 2}), iam.InvalidArgument},
		{"set up nothing", calling(w.admin.SetUpOrg, &admin.SetUpOrgRequest{}), iam.InvalidArgument},
		{"set up without human", set(func(r *admin.SetUpOrgRequest) { r.User = nil }), iam.InvalidArgument},
		{"set up with an empty human", set(func(r *admin.SetUpOrgRequest) { r.User = &admin.SetUpOrgRequest_Human_{} }), iam.InvalidArgument},
		{"set up without profile", set(func(r *admin.SetUpOrgRequest) { r.GetHuman().Profile = nil }), iam.InvalidArgument},
		{"set up with a bad gender", set(func(r *admin.SetUpOrgRequest) { r.GetHuman().Profile.Gender = 4 }), iam.InvalidArgument},
		{"set up without name", set(func(r *admin.SetUpOrgRequest) { r.Org = nil }), iam.InvalidArgument},
		{"set up with a domain", set(func(r *admin.SetUpOrgRequest) { r.Org.Domain = "example" }), iam.InvalidArgument},
		{"set up with a role of another level", set(func(r *admin.SetUpOrgRequest) { r.Roles = []string{"IAM_OWNER"} }), iam.InvalidArgument},
		{"set up, name taken", set(func(r *admin.SetUpOrgRequest) { r.Org.Name = "ALPHA" }), iam.AlreadyExists},
		{"set up, user name taken", calling(w.admin.SetUpOrg, setUp("New", "user-"+w.member)), iam.AlreadyExists},
		{"member, unknown user", addMember("none", "IAM_OWNER"), iam.NotFound},
		{"member, no roles", addMember(w.member), iam.InvalidArgument},
		{"member, role of another level", addMember(w.member, "ORG_OWNER"), iam.InvalidArgument},
		{"member twice", addMember(w.root, "IAM_OWNER"), iam.AlreadyExists},
		{"member as it is", calling(w.admin.UpdateIAMMember, &admin.UpdateIAMMemberRequest{UserId: w.root, Roles: []string{"IAM_OWNER"}}), iam.Unchanged},
		{"update no member", calling(w.admin.UpdateIAMMember, &admin.UpdateIAMMemberRequest{UserId: w.member, Roles: []string{"IAM_OWNER"}}), iam.NotFound},
		{"degrade the last owner", calling(w.admin.UpdateIAMMember, &admin.UpdateIAMMemberRequest{UserId: w.root, Roles: []string{"IAM_OWNER_VIEWER"}}), iam.FailedPrecondition},
		{"remove the last owner", calling(w.admin.RemoveIAMMember, &admin.RemoveIAMMemberRequest{UserId: w.root}), iam.FailedPrecondition},
		{"remove no member", calling(w.admin.RemoveIAMMember, &admin.RemoveIAMMemberRequest{UserId: w.member}), iam.NotFound},
		{"members, limit 1000", listMembers(&admin.ListIAMMembersRequest{Query: &object.ListQuery{Limit: 1000}}), success},
		{"members, limit 1001", listMembers(&admin.ListIAMMembersRequest{Query: &object.ListQuery{Limit: 1001}}), iam.InvalidArgument},
		{"members, empty query", listMembers(&admin.ListIAMMembersRequest{Queries: []*member.SearchQuery{{}}}), iam.InvalidArgument},
		{"members, unknown column", listMembers(&admin.ListIAMMembersRequest{SortingColumn: 5}), iam.InvalidArgument},
	} {
		wantKind(t, test.name, test.call(w.as(w.root, "")), test.want)
	}
}
