package v1

import (
	"context"
	"testing"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authn"
	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// TestUserAccess is [TestAccess] for users, their credentials and authorizations.
func TestUserAccess(t *testing.T) {
	for _, group := range [][]access{userAccess(), humanAccess(), credentialAccess(), authorizationAccess()} {
		for _, a := range group {
			t.Run(a.name, func(t *testing.T) {
				t.Parallel()
				a.check(t, newWorld(t))
			})
		}
	}
}

// human adds a human to alpha and returns its id.
func (w *world) human(userName string) string {
	w.t.Helper()
	return must(w.AddHumanUser(w.in(w.alpha), &mgmt.AddHumanUserRequest{
		UserName: userName,
		Profile:  &mgmt.AddHumanUserRequest_Profile{FirstName: "Minnie", LastName: "Mouse"},
		Email:    &mgmt.AddHumanUserRequest_Email{Email: "minnie@example.com"},
	})).GetUserId()
}

// pat adds a personal access token of alpha's member and returns its id.
func (w *world) pat() string {
	w.t.Helper()
	return must(w.AddPersonalAccessToken(w.in(w.alpha), &mgmt.AddPersonalAccessTokenRequest{UserId: w.member})).GetTokenId()
}

// authorization gives alpha's member a role on the project and returns its id.
func (w *world) authorization() string {
	w.t.Helper()
	return must(w.AddUserGrant(w.in(w.alpha), &mgmt.AddUserGrantRequest{
		UserId: w.member, ProjectId: w.project, RoleKeys: []string{"reader"},
	})).GetUserGrantId()
}

func userAccess() []access {
	return []access{
		{name: "GetUserByID", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.GetUserByID, &mgmt.GetUserByIDRequest{Id: w.member})
		}},
		{name: "ListUsers", call: func(w *world) func(context.Context) error {
			return calling(w.ListUsers, &mgmt.ListUsersRequest{})
		}},
		{name: "IsUserUnique", call: func(w *world) func(context.Context) error {
			return calling(w.IsUserUnique, &mgmt.IsUserUniqueRequest{UserName: "new"})
		}},
		{name: "AddMachineUser", writes: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddMachineUser, &mgmt.AddMachineUserRequest{UserName: "new", Name: "New"})
		}},
		{name: "DeactivateUser", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.DeactivateUser, &mgmt.DeactivateUserRequest{Id: w.member})
		}},
		{name: "ReactivateUser", writes: true, object: true, call: func(w *world) func(context.Context) error {
			must(w.DeactivateUser(w.in(w.alpha), &mgmt.DeactivateUserRequest{Id: w.member}))
			return calling(w.ReactivateUser, &mgmt.ReactivateUserRequest{Id: w.member})
		}},
		{name: "LockUser", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.LockUser, &mgmt.LockUserRequest{Id: w.member})
		}},
		{name: "UnlockUser", writes: true, object: true, call: func(w *world) func(context.Context) error {
			must(w.LockUser(w.in(w.alpha), &mgmt.LockUserRequest{Id: w.member}))
			return calling(w.UnlockUser, &mgmt.UnlockUserRequest{Id: w.member})
		}},
		{name: "RemoveUser", writes: true, object: true, call: func(w *world) func(context.Context) error {
			id := w.user(w.alpha)
			return calling(w.RemoveUser, &mgmt.RemoveUserRequest{Id: id})
		}},
		{name: "UpdateUserName", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.UpdateUserName, &mgmt.UpdateUserNameRequest{UserId: w.member, UserName: "other"})
		}},
		{name: "UpdateMachine", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.UpdateMachine, &mgmt.UpdateMachineRequest{UserId: w.member, Name: "Other"})
		}},
		{name: "ListUserMemberships", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListUserMemberships, &mgmt.ListUserMembershipsRequest{UserId: w.member})
		}},
	}
}

func humanAccess() []access {
	return []access{
		{name: "AddHumanUser", writes: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddHumanUser, &mgmt.AddHumanUserRequest{
				UserName: "new", Profile: &mgmt.AddHumanUserRequest_Profile{FirstName: "N", LastName: "E"},
				Email: &mgmt.AddHumanUserRequest_Email{Email: "n@example.com"},
			})
		}},
		{name: "ImportHumanUser", writes: true, call: func(w *world) func(context.Context) error {
			return calling(w.ImportHumanUser, &mgmt.ImportHumanUserRequest{
				UserName: "new", Profile: &mgmt.ImportHumanUserRequest_Profile{FirstName: "N", LastName: "E"},
				Email: &mgmt.ImportHumanUserRequest_Email{Email: "n@example.com"},
			})
		}},
		{name: "GetHumanProfile", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.GetHumanProfile, &mgmt.GetHumanProfileRequest{UserId: w.human("minnie")})
		}},
		{name: "UpdateHumanProfile", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.UpdateHumanProfile, &mgmt.UpdateHumanProfileRequest{
				UserId: w.human("minnie"), FirstName: "Mickey", LastName: "Mouse",
			})
		}},
		{name: "GetHumanEmail", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.GetHumanEmail, &mgmt.GetHumanEmailRequest{UserId: w.human("minnie")})
		}},
		{name: "UpdateHumanEmail", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.UpdateHumanEmail, &mgmt.UpdateHumanEmailRequest{
				UserId: w.human("minnie"), Email: "other@example.com", IsEmailVerified: true,
			})
		}},
		{name: "GetHumanPhone", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.GetHumanPhone, &mgmt.GetHumanPhoneRequest{UserId: w.human("minnie")})
		}},
		{name: "UpdateHumanPhone", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.UpdateHumanPhone, &mgmt.UpdateHumanPhoneRequest{UserId: w.human("minnie"), Phone: "+41 79 000 00 00"})
		}},
		{name: "RemoveHumanPhone", writes: true, object: true, call: func(w *world) func(context.Context) error {
			id := w.human("minnie")
			must(w.UpdateHumanPhone(w.in(w.alpha), &mgmt.UpdateHumanPhoneRequest{UserId: id, Phone: "+41790000000"}))
			return calling(w.RemoveHumanPhone, &mgmt.RemoveHumanPhoneRequest{UserId: id})
		}},
		{name: "SetHumanPassword", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.SetHumanPassword, &mgmt.SetHumanPasswordRequest{UserId: w.human("minnie"), Password: "correct horse"})
		}},
	}
}

func credentialAccess() []access {
	return []access{
		{name: "AddMachineKey", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddMachineKey, &mgmt.AddMachineKeyRequest{UserId: w.member, Type: authn.KeyType_KEY_TYPE_JSON, PublicKey: publicKey(w.t)})
		}},
		{name: "GetMachineKeyByIDs", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.GetMachineKeyByIDs, &mgmt.GetMachineKeyByIDsRequest{UserId: w.member, KeyId: w.key()})
		}},
		{name: "ListMachineKeys", call: func(w *world) func(context.Context) error {
			return calling(w.ListMachineKeys, &mgmt.ListMachineKeysRequest{UserId: w.member})
		}},
		{name: "RemoveMachineKey", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.RemoveMachineKey, &mgmt.RemoveMachineKeyRequest{UserId: w.member, KeyId: w.key()})
		}},
		{name: "GenerateMachineSecret", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.GenerateMachineSecret, &mgmt.GenerateMachineSecretRequest{UserId: w.member})
		}},
		{name: "RemoveMachineSecret", writes: true, object: true, call: func(w *world) func(context.Context) error {
			must(w.GenerateMachineSecret(w.in(w.alpha), &mgmt.GenerateMachineSecretRequest{UserId: w.member}))
			return calling(w.RemoveMachineSecret, &mgmt.RemoveMachineSecretRequest{UserId: w.member})
		}},
		{name: "AddPersonalAccessToken", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddPersonalAccessToken, &mgmt.AddPersonalAccessTokenRequest{UserId: w.member})
		}},
		{name: "GetPersonalAccessTokenByIDs", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.GetPersonalAccessTokenByIDs, &mgmt.GetPersonalAccessTokenByIDsRequest{UserId: w.member, TokenId: w.pat()})
		}},
		{name: "ListPersonalAccessTokens", call: func(w *world) func(context.Context) error {
			return calling(w.ListPersonalAccessTokens, &mgmt.ListPersonalAccessTokensRequest{UserId: w.member})
		}},
		{name: "RemovePersonalAccessToken", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.RemovePersonalAccessToken, &mgmt.RemovePersonalAccessTokenRequest{UserId: w.member, TokenId: w.pat()})
		}},
	}
}

func authorizationAccess() []access {
	return []access{
		{name: "GetUserGrantByID", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.GetUserGrantByID, &mgmt.GetUserGrantByIDRequest{UserId: w.member, GrantId: w.authorization()})
		}},
		{name: "ListUserGrants", call: func(w *world) func(context.Context) error {
			return calling(w.ListUserGrants, &mgmt.ListUserGrantRequest{})
		}},
		{name: "AddUserGrant", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddUserGrant, &mgmt.AddUserGrantRequest{
				UserId: w.member, ProjectId: w.project, RoleKeys: []string{"writer"},
			})
		}},
		{name: "AddUserGrant on a granted project", writes: true, object: true, beta: true, call: func(w *world) func(context.Context) error {
			return calling(w.AddUserGrant, &mgmt.AddUserGrantRequest{
				UserId: w.guest, ProjectId: w.project, ProjectGrantId: w.grant, RoleKeys: []string{"reader"},
			})
		}},
		{name: "UpdateUserGrant", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.UpdateUserGrant, &mgmt.UpdateUserGrantRequest{
				UserId: w.member, GrantId: w.authorization(), RoleKeys: []string{"writer"},
			})
		}},
		{name: "DeactivateUserGrant", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.DeactivateUserGrant, &mgmt.DeactivateUserGrantRequest{UserId: w.member, GrantId: w.authorization()})
		}},
		{name: "ReactivateUserGrant", writes: true, object: true, call: func(w *world) func(context.Context) error {
			id := w.authorization()
			must(w.DeactivateUserGrant(w.in(w.alpha), &mgmt.DeactivateUserGrantRequest{UserId: w.member, GrantId: id}))
			return calling(w.ReactivateUserGrant, &mgmt.ReactivateUserGrantRequest{UserId: w.member, GrantId: id})
		}},
		{name: "RemoveUserGrant", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.RemoveUserGrant, &mgmt.RemoveUserGrantRequest{UserId: w.member, GrantId: w.authorization()})
		}},
		{name: "BulkRemoveUserGrant", writes: true, object: true, call: func(w *world) func(context.Context) error {
			return calling(w.BulkRemoveUserGrant, &mgmt.BulkRemoveUserGrantRequest{GrantId: []string{w.authorization()}})
		}},
	}
}

// TestGlobalUser looks a user up by name: it is found by those who may read it
// wherever they work, by itself, and by nobody else.
func TestGlobalUser(t *testing.T) {
	w := newWorld(t)
	name := must(w.db.Read().User(t.Context(), w.member)).UserName
	find := calling(w.GetUserByLoginNameGlobal, &mgmt.GetUserByLoginNameGlobalRequest{LoginName: iam.Fold(name)})
	wantKind(t, "nobody", find(w.as("", "")), iam.Unauthenticated)
	wantKind(t, "owner of another organization", find(w.as(w.owner[w.beta], w.alpha)), iam.NotFound)
	wantKind(t, "owner of another organization, at home", find(w.in(w.beta)), iam.NotFound)
	wantKind(t, "another user", find(w.as(w.guest, w.beta)), iam.NotFound)
	wantKind(t, "viewer", find(w.as(w.viewer[w.alpha], w.alpha)), success)
	wantKind(t, "itself", find(w.as(w.member, w.alpha)), success)
	wantKind(t, "instance owner in another context", find(w.as(w.root, w.beta)), success)
	none := calling(w.GetUserByLoginNameGlobal, &mgmt.GetUserByLoginNameGlobalRequest{LoginName: "none"})
	wantKind(t, "unknown name", none(w.in(w.alpha)), iam.NotFound)
}

// TestPublic calls what is open to nobody, and what every caller may know.
func TestPublic(t *testing.T) {
	h := newHouse(t)
	must(h.Healthz(t.Context(), nil))
	must(h.admin.Healthz(t.Context(), nil))
	must(h.auth.Healthz(t.Context(), nil))
	_, err := h.GetIAM(h.as("", ""), &mgmt.GetIAMRequest{})
	wantKind(t, "GetIAM by nobody", err, iam.Unauthenticated)
	got := must(h.GetIAM(h.as(h.user(h.beta), h.beta), &mgmt.GetIAMRequest{}))
	if got.GetDefaultOrgId() != h.home || got.GetIamProjectId() != h.internal {
		t.Errorf("GetIAM = %v, want organization %s and project %s", got, h.home, h.internal)
	}
}
