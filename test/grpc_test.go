package test

import (
	"context"
	"net"
	"testing"
	"time"

	zclient "github.com/zitadel/zitadel-go/v3/pkg/client"
	"github.com/zitadel/zitadel-go/v3/pkg/client/middleware"
	authorizations "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	orgs "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	projects "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	userv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"
	users "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/zitadel"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// connect opens Zitadel's own client over HTTP/2 without TLS.
func connect(t testing.TB, n *node, auth zclient.TokenSourceInitializer) *zclient.Client {
	t.Helper()
	_, port, err := net.SplitHostPort(n.Address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := zclient.New(t.Context(), zitadel.New("localhost", zitadel.WithInsecure(port)), zclient.WithAuth(auth))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// invoke makes one call, which must succeed, in the context of an organization
// ("" for the caller's own).
func invoke[Request, Answer any](
	t testing.TB, method func(context.Context, Request, ...grpc.CallOption) (Answer, error), org string, request Request,
) Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if org != "" {
		ctx = middleware.SetOrgID(ctx, org)
	}
	answer, err := method(ctx, request)
	if err != nil {
		t.Fatalf("%T: %v", request, err)
	}
	return answer
}

// grpcV1Door is the Management service of the first generation.
type grpcV1Door struct {
	management.ManagementServiceClient
}

func (d grpcV1Door) createOrg(t testing.TB, name string) string {
	t.Helper()
	return invoke(t, d.AddOrg, "", &management.AddOrgRequest{Name: name}).GetId()
}

func (d grpcV1Door) createProject(t testing.TB, org, name string) string {
	t.Helper()
	return invoke(t, d.AddProject, org, &management.AddProjectRequest{Name: name}).GetId()
}

func (d grpcV1Door) addRole(t testing.TB, org, project, key string) {
	t.Helper()
	invoke(t, d.AddProjectRole, org, &management.AddProjectRoleRequest{ProjectId: project, RoleKey: key, DisplayName: key})
}

func (d grpcV1Door) addRoles(t testing.TB, org, project string, keys ...string) {
	t.Helper()
	request := &management.BulkAddProjectRolesRequest{ProjectId: project}
	for _, key := range keys {
		request.Roles = append(request.Roles, &management.BulkAddProjectRolesRequest_Role{Key: key, DisplayName: key})
	}
	invoke(t, d.BulkAddProjectRoles, org, request)
}

func (d grpcV1Door) grantProject(t testing.TB, org, project, toOrg string, roles ...string) string {
	t.Helper()
	return invoke(t, d.AddProjectGrant, org, &management.AddProjectGrantRequest{
		ProjectId: project, GrantedOrgId: toOrg, RoleKeys: roles,
	}).GetGrantId()
}

func (d grpcV1Door) createUser(t testing.TB, org, name string, form tokenForm) string {
	t.Helper()
	return invoke(t, d.AddMachineUser, org, &management.AddMachineUserRequest{
		UserName: name, Name: name, AccessTokenType: userv1.AccessTokenType(userv1.AccessTokenType_value[string(form)]),
	}).GetUserId()
}

func (d grpcV1Door) authorize(t testing.TB, org, user, project, grant string, roles ...string) {
	t.Helper()
	invoke(t, d.AddUserGrant, org, &management.AddUserGrantRequest{
		UserId: user, ProjectId: project, ProjectGrantId: grant, RoleKeys: roles,
	})
}

func (d grpcV1Door) generateSecret(t testing.TB, org, user string) credentials {
	t.Helper()
	answer := invoke(t, d.GenerateMachineSecret, org, &management.GenerateMachineSecretRequest{UserId: user})
	return credentials{answer.GetClientId(), answer.GetClientSecret()}
}

func (d grpcV1Door) addPAT(t testing.TB, org, user string, expires time.Time) string {
	t.Helper()
	return invoke(t, d.AddPersonalAccessToken, org, &management.AddPersonalAccessTokenRequest{
		UserId: user, ExpirationDate: timestamppb.New(expires),
	}).GetToken()
}

func (d grpcV1Door) changeUser(t testing.TB, org, user string, how transition) {
	t.Helper()
	switch how {
	case deactivate:
		invoke(t, d.DeactivateUser, org, &management.DeactivateUserRequest{Id: user})
	case reactivate:
		invoke(t, d.ReactivateUser, org, &management.ReactivateUserRequest{Id: user})
	case lock:
		invoke(t, d.LockUser, org, &management.LockUserRequest{Id: user})
	case unlock:
		invoke(t, d.UnlockUser, org, &management.UnlockUserRequest{Id: user})
	case remove:
		invoke(t, d.RemoveUser, org, &management.RemoveUserRequest{Id: user})
	}
}

func (d grpcV1Door) changeOrg(t testing.TB, org string, how transition) {
	t.Helper()
	if how == deactivate {
		invoke(t, d.DeactivateOrg, org, &management.DeactivateOrgRequest{})
	} else {
		invoke(t, d.ReactivateOrg, org, &management.ReactivateOrgRequest{})
	}
}

// grpcV2Door is the services of the second generation.
type grpcV2Door struct{ *zclient.Client }

func (d grpcV2Door) createOrg(t testing.TB, name string) string {
	t.Helper()
	return invoke(t, d.OrganizationServiceV2().AddOrganization, "", &orgs.AddOrganizationRequest{Name: name}).GetOrganizationId()
}

func (d grpcV2Door) createProject(t testing.TB, org, name string) string {
	t.Helper()
	return invoke(t, d.ProjectServiceV2().CreateProject, "", &projects.CreateProjectRequest{OrganizationId: org, Name: name}).GetProjectId()
}

func (d grpcV2Door) addRole(t testing.TB, _, project, key string) {
	t.Helper()
	invoke(t, d.ProjectServiceV2().AddProjectRole, "", &projects.AddProjectRoleRequest{ProjectId: project, RoleKey: key, DisplayName: key})
}

// addRoles adds one after another: this generation has no call for many.
func (d grpcV2Door) addRoles(t testing.TB, org, project string, keys ...string) {
	t.Helper()
	for _, key := range keys {
		d.addRole(t, org, project, key)
	}
}

// grantProject has no id: this generation names a grant by its two ends.
func (d grpcV2Door) grantProject(t testing.TB, _, project, toOrg string, roles ...string) string {
	t.Helper()
	invoke(t, d.ProjectServiceV2().CreateProjectGrant, "", &projects.CreateProjectGrantRequest{
		ProjectId: project, GrantedOrganizationId: toOrg, RoleKeys: roles,
	})
	return ""
}

func (d grpcV2Door) createUser(t testing.TB, org, name string, form tokenForm) string {
	t.Helper()
	return invoke(t, d.UserServiceV2().CreateUser, "", &users.CreateUserRequest{
		OrganizationId: org, Username: &name,
		UserType: &users.CreateUserRequest_Machine_{Machine: &users.CreateUserRequest_Machine{
			Name: name, AccessTokenType: users.AccessTokenType(users.AccessTokenType_value[string(form)]),
		}},
	}).GetId()
}

func (d grpcV2Door) authorize(t testing.TB, org, user, project, _ string, roles ...string) {
	t.Helper()
	invoke(t, d.AuthorizationServiceV2().CreateAuthorization, "", &authorizations.CreateAuthorizationRequest{
		UserId: user, ProjectId: project, OrganizationId: org, RoleKeys: roles,
	})
}

// generateSecret reads the client id, which is the user name: the call answers with the secret only.
func (d grpcV2Door) generateSecret(t testing.TB, _, user string) credentials {
	t.Helper()
	secret := invoke(t, d.UserServiceV2().AddSecret, "", &users.AddSecretRequest{UserId: user}).GetClientSecret()
	found := invoke(t, d.UserServiceV2().GetUserByID, "", &users.GetUserByIDRequest{UserId: user})
	return credentials{found.GetUser().GetUsername(), secret}
}

func (d grpcV2Door) addPAT(t testing.TB, _, user string, expires time.Time) string {
	t.Helper()
	return invoke(t, d.UserServiceV2().AddPersonalAccessToken, "", &users.AddPersonalAccessTokenRequest{
		UserId: user, ExpirationDate: timestamppb.New(expires),
	}).GetToken()
}

func (d grpcV2Door) changeUser(t testing.TB, _, user string, how transition) {
	t.Helper()
	switch service := d.UserServiceV2(); how {
	case deactivate:
		invoke(t, service.DeactivateUser, "", &users.DeactivateUserRequest{UserId: user})
	case reactivate:
		invoke(t, service.ReactivateUser, "", &users.ReactivateUserRequest{UserId: user})
	case lock:
		invoke(t, service.LockUser, "", &users.LockUserRequest{UserId: user})
	case unlock:
		invoke(t, service.UnlockUser, "", &users.UnlockUserRequest{UserId: user})
	case remove:
		invoke(t, service.DeleteUser, "", &users.DeleteUserRequest{UserId: user})
	}
}

func (d grpcV2Door) changeOrg(t testing.TB, org string, how transition) {
	t.Helper()
	if service := d.OrganizationServiceV2(); how == deactivate {
		invoke(t, service.DeactivateOrganization, "", &orgs.DeactivateOrganizationRequest{OrganizationId: org})
	} else {
		invoke(t, service.ActivateOrganization, "", &orgs.ActivateOrganizationRequest{OrganizationId: org})
	}
}
