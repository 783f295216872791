package v2

import (
	"context"
	"testing"
	"time"

	application "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/application/v2"
	authorization "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	feature "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/feature/v2"
	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	instance "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"
	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	org "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	settings "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/settings/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	webkey "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

type caller = func(context.Context) error

// access says who may call a method. Callers are asked in the order nobody,
// stranger, viewer, right: what was refused must not have worked all the same.
type access struct {
	method   string
	call     func(*world) caller
	stranger iam.Kind // PermissionDenied by default
	viewer   iam.Kind // PermissionDenied by default
	right    string   // the owner of alpha by default
}

func calling[Q, R any](method func(context.Context, Q) (R, error), req Q) caller {
	return func(ctx context.Context) error {
		_, err := method(ctx, req)
		return err
	}
}

// seeing is calling for lists: one that shows nothing counts as NotFound.
func seeing[Q, R any](method func(context.Context, Q) (R, error), req Q, total func(R) uint64) caller {
	return func(ctx context.Context) error {
		resp, err := method(ctx, req)
		if err == nil && total(resp) == 0 {
			return iam.Errorf(iam.NotFound, "", "the list is empty")
		}
		return err
	}
}

func TestAccess(t *testing.T) {
	for _, a := range allAccess() {
		t.Run(a.method, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			call := a.call(w)
			if a.stranger == 0 {
				a.stranger = iam.PermissionDenied
			}
			if a.viewer == 0 {
				a.viewer = iam.PermissionDenied
			}
			if a.right == "" {
				a.right = ownerID
			}
			before := w.events()
			wantKind(t, "nobody", call(w.as("")), iam.Unauthenticated)
			wantKind(t, "owner of another organization", call(w.as(strangerID)), a.stranger)
			wantKind(t, "viewer", call(w.as(viewerID)), a.viewer)
			if after := w.events(); after != before {
				t.Errorf("refused calls and reads recorded %d events", after-before)
			}
			wantKind(t, "right caller", call(w.as(a.right)), success)
		})
	}
}

func allAccess() []access {
	var out []access
	for _, group := range [][]access{
		userAccess(), userStateAccess(), orgAccess(), projectAccess(), grantAccess(), authorizationAccess(), administratorAccess(),
		metadataAccess(), domainAccess(), applicationAccess(),
		webKeyAccess(), settingsAccess(), instanceAccess(),
	} {
		out = append(out, group...)
	}
	return out
}

func userAccess() []access {
	const read, none = success, iam.NotFound
	return []access{
		{method: "CreateUser", call: func(w *world) caller {
			return calling(w.users.CreateUser, newMachine("new"))
		}},
		{method: "AddHumanUser", call: func(w *world) caller {
			req := newPerson("new@example.com")
			req.Organization = ofOrgID(alpha)
			return calling(w.users.AddHumanUser, req)
		}},
		{method: "GetUserByID", stranger: none, viewer: read, call: func(w *world) caller {
			return calling(w.users.GetUserByID, &user.GetUserByIDRequest{UserId: robot})
		}},
		{method: "ListUsers", stranger: none, viewer: read, call: func(w *world) caller {
			return seeing(w.users.ListUsers, &user.ListUsersRequest{Queries: []*user.SearchQuery{inUsers(robot)}},
				func(r *user.ListUsersResponse) uint64 { return r.GetDetails().GetTotalResult() })
		}},
		{method: "UpdateUser", call: func(w *world) caller {
			return calling(w.users.UpdateUser, &user.UpdateUserRequest{UserId: robot, UserType: &user.UpdateUserRequest_Machine_{
				Machine: &user.UpdateUserRequest_Machine{Name: new("Other")},
			}})
		}},
		{method: "UpdateHumanUser", call: func(w *world) caller {
			return calling(w.users.UpdateHumanUser, &user.UpdateHumanUserRequest{UserId: human, Email: &user.SetHumanEmail{Email: "other@example.com"}})
		}},
		{method: "SetPassword", call: func(w *world) caller {
			return calling(w.users.SetPassword, &user.SetPasswordRequest{UserId: human, NewPassword: &user.Password{Password: "correct horse"}})
		}},
		{method: "AddKey", call: func(w *world) caller {
			return calling(w.users.AddKey, &user.AddKeyRequest{UserId: robot, PublicKey: publicKey(w.t)})
		}},
		{method: "RemoveKey", call: func(w *world) caller {
			return calling(w.users.RemoveKey, &user.RemoveKeyRequest{UserId: robot, KeyId: w.key(nil)})
		}},
		{method: "ListKeys", stranger: none, viewer: read, call: func(w *world) caller {
			w.key(nil)
			return seeing(w.users.ListKeys, &user.ListKeysRequest{},
				func(r *user.ListKeysResponse) uint64 { return r.GetPagination().GetTotalResult() })
		}},
		{method: "DeleteUser", call: func(w *world) caller {
			return calling(w.users.DeleteUser, &user.DeleteUserRequest{UserId: robot})
		}},
		{method: "AddSecret", call: func(w *world) caller {
			return calling(w.users.AddSecret, &user.AddSecretRequest{UserId: robot})
		}},
		{method: "RemoveSecret", call: func(w *world) caller {
			must(w.users.AddSecret(w.as(ownerID), &user.AddSecretRequest{UserId: robot}))
			return calling(w.users.RemoveSecret, &user.RemoveSecretRequest{UserId: robot})
		}},
		{method: "AddPersonalAccessToken", call: func(w *world) caller {
			return calling(w.users.AddPersonalAccessToken, &user.AddPersonalAccessTokenRequest{
				UserId: robot, ExpirationDate: timestamppb.New(time.Now().Add(time.Hour)),
			})
		}},
		{method: "RemovePersonalAccessToken", call: func(w *world) caller {
			id := must(w.users.AddPersonalAccessToken(w.as(ownerID), &user.AddPersonalAccessTokenRequest{UserId: robot})).GetTokenId()
			return calling(w.users.RemovePersonalAccessToken, &user.RemovePersonalAccessTokenRequest{UserId: robot, TokenId: id})
		}},
		{method: "ListPersonalAccessTokens", stranger: none, viewer: read, call: func(w *world) caller {
			must(w.users.AddPersonalAccessToken(w.as(ownerID), &user.AddPersonalAccessTokenRequest{UserId: robot}))
			return seeing(w.users.ListPersonalAccessTokens, &user.ListPersonalAccessTokensRequest{},
				func(r *user.ListPersonalAccessTokensResponse) uint64 { return r.GetPagination().GetTotalResult() })
		}},
	}
}

func userStateAccess() []access {
	return []access{
		{method: "DeactivateUser", call: func(w *world) caller {
			return calling(w.users.DeactivateUser, &user.DeactivateUserRequest{UserId: robot})
		}},
		{method: "ReactivateUser", call: func(w *world) caller {
			must(w.users.DeactivateUser(w.as(ownerID), &user.DeactivateUserRequest{UserId: robot}))
			return calling(w.users.ReactivateUser, &user.ReactivateUserRequest{UserId: robot})
		}},
		{method: "LockUser", call: func(w *world) caller {
			return calling(w.users.LockUser, &user.LockUserRequest{UserId: robot})
		}},
		{method: "UnlockUser", call: func(w *world) caller {
			must(w.users.LockUser(w.as(ownerID), &user.LockUserRequest{UserId: robot}))
			return calling(w.users.UnlockUser, &user.UnlockUserRequest{UserId: robot})
		}},
	}
}

func orgAccess() []access {
	return []access{
		{method: "AddOrganization", right: rootID, call: func(w *world) caller {
			return calling(w.orgs.AddOrganization, &org.AddOrganizationRequest{Name: "Delta"})
		}},
		{method: "UpdateOrganization", call: func(w *world) caller {
			return calling(w.orgs.UpdateOrganization, &org.UpdateOrganizationRequest{OrganizationId: alpha, Name: "Other"})
		}},
		{method: "ListOrganizations", stranger: iam.NotFound, viewer: success, call: func(w *world) caller {
			return seeing(w.orgs.ListOrganizations, &org.ListOrganizationsRequest{Queries: []*org.SearchQuery{
				{Query: &org.SearchQuery_IdQuery{IdQuery: &org.OrganizationIDQuery{Id: alpha}}},
			}}, func(r *org.ListOrganizationsResponse) uint64 { return r.GetDetails().GetTotalResult() })
		}},
		{method: "DeactivateOrganization", call: func(w *world) caller {
			return calling(w.orgs.DeactivateOrganization, &org.DeactivateOrganizationRequest{OrganizationId: alpha})
		}},
		{method: "ActivateOrganization", right: rootID, call: func(w *world) caller {
			must(w.orgs.DeactivateOrganization(w.as(rootID), &org.DeactivateOrganizationRequest{OrganizationId: alpha}))
			return calling(w.orgs.ActivateOrganization, &org.ActivateOrganizationRequest{OrganizationId: alpha})
		}},
		{method: "DeleteOrganization", call: func(w *world) caller {
			return calling(w.orgs.DeleteOrganization, &org.DeleteOrganizationRequest{OrganizationId: alpha})
		}},
		{method: "GetInstance", stranger: success, viewer: success, call: func(w *world) caller {
			return calling(w.instances.GetInstance, &instance.GetInstanceRequest{})
		}},
	}
}

func projectAccess() []access {
	return []access{
		{method: "CreateProject", call: func(w *world) caller {
			return calling(w.projects.CreateProject, &project.CreateProjectRequest{OrganizationId: alpha, Name: "Mail"})
		}},
		{method: "UpdateProject", call: func(w *world) caller {
			return calling(w.projects.UpdateProject, &project.UpdateProjectRequest{ProjectId: chat, Name: new("Talk")})
		}},
		{method: "DeleteProject", call: func(w *world) caller {
			return calling(w.projects.DeleteProject, &project.DeleteProjectRequest{ProjectId: chat})
		}},
		{method: "GetProject", stranger: iam.NotFound, viewer: success, call: func(w *world) caller {
			return calling(w.projects.GetProject, &project.GetProjectRequest{ProjectId: chat})
		}},
		{method: "ListProjects", stranger: iam.NotFound, viewer: success, call: func(w *world) caller {
			return seeing(w.projects.ListProjects, &project.ListProjectsRequest{},
				func(r *project.ListProjectsResponse) uint64 { return r.GetPagination().GetTotalResult() })
		}},
		{method: "DeactivateProject", call: func(w *world) caller {
			return calling(w.projects.DeactivateProject, &project.DeactivateProjectRequest{ProjectId: chat})
		}},
		{method: "ActivateProject", call: func(w *world) caller {
			must(w.projects.DeactivateProject(w.as(ownerID), &project.DeactivateProjectRequest{ProjectId: chat}))
			return calling(w.projects.ActivateProject, &project.ActivateProjectRequest{ProjectId: chat})
		}},
		{method: "AddProjectRole", call: func(w *world) caller {
			return calling(w.projects.AddProjectRole, &project.AddProjectRoleRequest{ProjectId: chat, RoleKey: "admin"})
		}},
		{method: "UpdateProjectRole", call: func(w *world) caller {
			return calling(w.projects.UpdateProjectRole, &project.UpdateProjectRoleRequest{ProjectId: chat, RoleKey: "reader", Group: new("all")})
		}},
		{method: "RemoveProjectRole", call: func(w *world) caller {
			return calling(w.projects.RemoveProjectRole, &project.RemoveProjectRoleRequest{ProjectId: chat, RoleKey: "reader"})
		}},
		{method: "ListProjectRoles", stranger: iam.NotFound, viewer: success, call: func(w *world) caller {
			return calling(w.projects.ListProjectRoles, &project.ListProjectRolesRequest{ProjectId: chat})
		}},
	}
}

func grantAccess() []access {
	return []access{
		{method: "CreateProjectGrant", call: func(w *world) caller {
			return calling(w.projects.CreateProjectGrant, &project.CreateProjectGrantRequest{
				ProjectId: chat, GrantedOrganizationId: gamma, RoleKeys: []string{"writer"},
			})
		}},
		{method: "UpdateProjectGrant", call: func(w *world) caller {
			return calling(w.projects.UpdateProjectGrant, &project.UpdateProjectGrantRequest{
				ProjectId: chat, GrantedOrganizationId: beta, RoleKeys: []string{"writer"},
			})
		}},
		{method: "DeleteProjectGrant", call: func(w *world) caller {
			return calling(w.projects.DeleteProjectGrant, &project.DeleteProjectGrantRequest{ProjectId: chat, GrantedOrganizationId: beta})
		}},
		{method: "DeactivateProjectGrant", call: func(w *world) caller {
			return calling(w.projects.DeactivateProjectGrant, &project.DeactivateProjectGrantRequest{ProjectId: chat, GrantedOrganizationId: beta})
		}},
		{method: "ActivateProjectGrant", call: func(w *world) caller {
			must(w.projects.DeactivateProjectGrant(w.as(ownerID), &project.DeactivateProjectGrantRequest{ProjectId: chat, GrantedOrganizationId: beta}))
			return calling(w.projects.ActivateProjectGrant, &project.ActivateProjectGrantRequest{ProjectId: chat, GrantedOrganizationId: beta})
		}},
		{method: "ListProjectGrants", stranger: iam.NotFound, viewer: success, call: func(w *world) caller {
			return seeing(w.projects.ListProjectGrants, &project.ListProjectGrantsRequest{},
				func(r *project.ListProjectGrantsResponse) uint64 { return r.GetPagination().GetTotalResult() })
		}},
	}
}

func authorizationAccess() []access {
	return []access{
		{method: "CreateAuthorization", call: func(w *world) caller {
			return calling(w.authorizations.CreateAuthorization, &authorization.CreateAuthorizationRequest{
				UserId: human, ProjectId: chat, OrganizationId: alpha, RoleKeys: []string{"writer"},
			})
		}},
		{method: "UpdateAuthorization", call: func(w *world) caller {
			return calling(w.authorizations.UpdateAuthorization, &authorization.UpdateAuthorizationRequest{Id: robotAtChat, RoleKeys: []string{"writer"}})
		}},
		{method: "DeleteAuthorization", call: func(w *world) caller {
			return calling(w.authorizations.DeleteAuthorization, &authorization.DeleteAuthorizationRequest{Id: robotAtChat})
		}},
		{method: "DeactivateAuthorization", call: func(w *world) caller {
			return calling(w.authorizations.DeactivateAuthorization, &authorization.DeactivateAuthorizationRequest{Id: robotAtChat})
		}},
		{method: "ActivateAuthorization", call: func(w *world) caller {
			must(w.authorizations.DeactivateAuthorization(w.as(ownerID), &authorization.DeactivateAuthorizationRequest{Id: robotAtChat}))
			return calling(w.authorizations.ActivateAuthorization, &authorization.ActivateAuthorizationRequest{Id: robotAtChat})
		}},
		{method: "ListAuthorizations", stranger: iam.NotFound, viewer: success, call: func(w *world) caller {
			return seeing(w.authorizations.ListAuthorizations, &authorization.ListAuthorizationsRequest{},
				func(r *authorization.ListAuthorizationsResponse) uint64 { return r.GetPagination().GetTotalResult() })
		}},
	}
}

func administratorAccess() []access {
	return []access{
		{method: "CreateAdministrator", call: func(w *world) caller {
			return calling(w.administrators.CreateAdministrator, &permission.CreateAdministratorRequest{
				UserId: robot, Resource: ofOrg(alpha), Roles: []string{"ORG_OWNER"},
			})
		}},
		{method: "UpdateAdministrator", call: func(w *world) caller {
			w.write(func(tx *store.Tx) error {
				return tx.AddMembership(&iam.Membership{UserID: robot, Level: iam.LevelOrg, ResourceID: alpha, Roles: []iam.ManagerRole{iam.OrgOwner}})
			})
			return calling(w.administrators.UpdateAdministrator, &permission.UpdateAdministratorRequest{
				UserId: robot, Resource: ofOrg(alpha), Roles: []string{"ORG_OWNER_VIEWER"},
			})
		}},
		{method: "DeleteAdministrator", call: func(w *world) caller {
			return calling(w.administrators.DeleteAdministrator, &permission.DeleteAdministratorRequest{UserId: viewerID, Resource: ofOrg(alpha)})
		}},
		{method: "ListAdministrators", stranger: iam.NotFound, viewer: success, call: func(w *world) caller {
			return seeing(w.administrators.ListAdministrators, &permission.ListAdministratorsRequest{
				Filters: []*permission.AdministratorSearchFilter{{Filter: &permission.AdministratorSearchFilter_InUserIdsFilter{
					InUserIdsFilter: &filter.InIDsFilter{Ids: []string{ownerID}},
				}}},
			}, func(r *permission.ListAdministratorsResponse) uint64 { return r.GetPagination().GetTotalResult() })
		}},
	}
}

// TestSurface sends every method of every service an empty request: none
// panics or lets nobody in, and each that is implemented is in the access table.
func TestSurface(t *testing.T) {
	w := newWorld(t)
	tested := map[string]bool{}
	for _, a := range allAccess() {
		tested[a.method] = true
	}
	for _, s := range []struct {
		desc    grpc.ServiceDesc
		service any
	}{
		{user.UserService_ServiceDesc, w.users},
		{org.OrganizationService_ServiceDesc, w.orgs},
		{project.ProjectService_ServiceDesc, w.projects},
		{authorization.AuthorizationService_ServiceDesc, w.authorizations},
		{permission.InternalPermissionService_ServiceDesc, w.administrators},
		{instance.InstanceService_ServiceDesc, w.instances},
		{application.ApplicationService_ServiceDesc, w.applications},
		{webkey.WebKeyService_ServiceDesc, w.webKeys},
		{settings.SettingsService_ServiceDesc, w.settings},
		{feature.FeatureService_ServiceDesc, w.features},
	} {
		for _, m := range s.desc.Methods {
			empty := func(any) error { return nil }
			_, err := m.Handler(s.service, w.as(rootID), empty, nil)
			if grpcstatus.Code(err) == codes.Unimplemented || systemMethods()[m.MethodName] {
				continue
			}
			if k := kindOf(err); k != success && k != iam.InvalidArgument {
				t.Errorf("%s of nothing: kind %d (error: %v)", m.MethodName, k, err)
			}
			if !tested[m.MethodName] {
				t.Errorf("%s is implemented, but nothing says who may call it", m.MethodName)
			}
			delete(tested, m.MethodName)
			_, err = m.Handler(s.service, w.as(""), empty, nil)
			if k := kindOf(err); k != iam.Unauthenticated && k != iam.InvalidArgument {
				t.Errorf("%s of nothing by nobody: kind %d (error: %v)", m.MethodName, k, err)
			}
		}
	}
	for name := range tested {
		t.Errorf("%s has access rules, but no service implements it", name)
	}
}
