package test

import (
	"time"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	userv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"
	users "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func machineUserKind() kind {
	return kind{
		name: "zitadel_machine_user", alone: true, computed: []string{"user_id", "state", "login_names", "preferred_login_name", "client_id", "client_secret"},
		unread:  []string{"user_id", "with_secret", "client_id", "client_secret"},
		imports: []string{"id", "with_secret"}, optional: []string{"org_id", "client_id", "client_secret"},
		create: createMachineUser, read: readMachineUser, update: updateMachineUser,
		remove: removeUser,
	}
}

func createMachineUser(p *provider, d *data) error {
	tokenType := d.text("access_token_type")
	err := either(func() error {
		machine := &users.CreateUserRequest_Machine{Name: d.text("name")}
		if description := d.text("description"); description != "" {
			machine.Description = &description
		}
		name := d.text("user_name")
		request := &users.CreateUserRequest{
			OrganizationId: d.text("org_id"), Username: &name, UserType: &users.CreateUserRequest_Machine_{Machine: machine},
		}
		if id := d.text("user_id"); id != "" {
			request.UserId = &id
		}
		answer, err := p.UserServiceV2().CreateUser(p.of(d), request)
		if err != nil {
			return err
		}
		d.id = answer.GetId()
		if tokenType == string(opaqueForm) {
			return nil
		}
		return updateMachine(p, d)
	}, func() error {
		request := &management.AddMachineUserRequest{
			UserName: d.text("user_name"), Name: d.text("name"), Description: d.text("description"),
		}
		if tokenType != string(opaqueForm) {
			request.AccessTokenType = enum[userv1.AccessTokenType](userv1.AccessTokenType_value, tokenType)
		}
		answer, err := p.ManagementService().AddMachineUser(p.of(d), request)
		d.id = answer.GetUserId()
		return err
	})
	if err != nil {
		return err
	}
	if d.flag("with_secret") {
		if err := makeSecret(p, d); err != nil {
			return err
		}
	}
	return readMachineUser(p, d)
}

func updateMachine(p *provider, d *data) error {
	_, err := p.ManagementService().UpdateMachine(p.of(d), &management.UpdateMachineRequest{
		UserId: d.id, Name: d.text("name"), Description: d.text("description"),
		AccessTokenType: enum[userv1.AccessTokenType](userv1.AccessTokenType_value, d.text("access_token_type")),
	})
	return err
}

func makeSecret(p *provider, d *data) error {
	answer, err := p.ManagementService().GenerateMachineSecret(p.of(d), &management.GenerateMachineSecretRequest{UserId: d.id})
	d.now["client_id"], d.now["client_secret"] = answer.GetClientId(), answer.GetClientSecret()
	return err
}

func readMachineUser(p *provider, d *data) error {
	return either(func() error {
		answer, err := p.UserServiceV2().GetUserByID(p.of(d), &users.GetUserByIDRequest{UserId: d.id})
		if lost(err) {
			return d.gone()
		}
		if err != nil {
			return err
		}
		user := answer.GetUser()
		return d.found(user.GetUserId(), attributes{
			"org_id": user.GetDetails().GetResourceOwner(), "state": user.GetState().String(), "user_name": user.GetUsername(),
			"login_names": list(user.GetLoginNames()), "preferred_login_name": user.GetPreferredLoginName(),
			"name": user.GetMachine().GetName(), "description": user.GetMachine().GetDescription(),
			"access_token_type": user.GetMachine().GetAccessTokenType().String(),
		})
	}, func() error {
		answer, err := p.ManagementService().GetUserByID(p.of(d), &management.GetUserByIDRequest{Id: d.id})
		if lost(err) {
			return d.gone()
		}
		if err != nil {
			return err
		}
		user := answer.GetUser()
		return d.found(user.GetId(), attributes{
			"org_id": user.GetDetails().GetResourceOwner(), "state": user.GetState().String(), "user_name": user.GetUserName(),
			"login_names": list(user.GetLoginNames()), "preferred_login_name": user.GetPreferredLoginName(),
			"name": user.GetMachine().GetName(), "description": user.GetMachine().GetDescription(),
			"access_token_type": user.GetMachine().GetAccessTokenType().String(),
		})
	})
}

func updateMachineUser(p *provider, d *data) error {
	if d.changed("user_name") {
		name := d.text("user_name")
		if err := either(func() error {
			_, err := p.UserServiceV2().UpdateUser(p.of(d), &users.UpdateUserRequest{UserId: d.id, Username: &name})
			return err
		}, func() error {
			_, err := p.ManagementService().UpdateUserName(p.of(d), &management.UpdateUserNameRequest{UserId: d.id, UserName: name})
			return err
		}); err != nil {
			return err
		}
	}
	if d.changed("name", "description", "access_token_type") {
		if err := updateMachine(p, d); err != nil {
			return err
		}
	}
	switch {
	case !d.changed("with_secret"):
		return nil
	case d.flag("with_secret"):
		return makeSecret(p, d)
	}
	_, err := p.ManagementService().RemoveMachineSecret(p.of(d), &management.RemoveMachineSecretRequest{UserId: d.id})
	d.now["client_id"], d.now["client_secret"] = "", ""
	return err
}

func removeUser(p *provider, d *data) error {
	return either(func() error {
		_, err := p.UserServiceV2().DeleteUser(p.of(d), &users.DeleteUserRequest{UserId: d.id})
		return err
	}, func() error {
		_, err := p.ManagementService().RemoveUser(p.of(d), &management.RemoveUserRequest{Id: d.id})
		return err
	})
}

// expiration is a date of a configuration, nil when there is none.
func expiration(d *data) (*timestamppb.Timestamp, error) {
	text := d.text("expiration_date")
	if text == "" {
		return nil, nil
	}
	date, err := time.Parse(time.RFC3339, text)
	return timestamppb.New(date), err
}

// dateText is a date of an answer as the state has it: in seconds.
func dateText(date *timestamppb.Timestamp) string {
	if date == nil {
		return ""
	}
	return date.AsTime().Format(time.RFC3339)
}

func personalAccessTokenKind() kind {
	return kind{
		name: "zitadel_personal_access_token", unread: []string{"token"}, computed: []string{"token"},
		imports: []string{"id", "user_id"}, optional: []string{"org_id", "token"},
		create: func(p *provider, d *data) error {
			date, err := expiration(d)
			if err != nil {
				return err
			}
			answer, err := p.ManagementService().AddPersonalAccessToken(p.of(d), &management.AddPersonalAccessTokenRequest{
				UserId: d.text("user_id"), ExpirationDate: date,
			})
			d.id, d.now["token"] = answer.GetTokenId(), answer.GetToken()
			return err
		},
		read: func(p *provider, d *data) error {
			answer, err := p.ManagementService().GetPersonalAccessTokenByIDs(p.of(d), &management.GetPersonalAccessTokenByIDsRequest{
				UserId: d.text("user_id"), TokenId: d.id,
			})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			return d.found(answer.GetToken().GetId(), attributes{"expiration_date": dateText(answer.GetToken().GetExpirationDate())})
		},
		remove: func(p *provider, d *data) error {
			_, err := p.ManagementService().RemovePersonalAccessToken(p.of(d), &management.RemovePersonalAccessTokenRequest{
				UserId: d.text("user_id"), TokenId: d.id,
			})
			return err
		},
	}
}

func userGrantKind() kind {
	return kind{
		name: "zitadel_user_grant", imports: []string{"id", "user_id"}, optional: []string{"org_id"},
		create: func(p *provider, d *data) error {
			answer, err := p.ManagementService().AddUserGrant(p.of(d), &management.AddUserGrantRequest{
				UserId: d.text("user_id"), ProjectId: d.text("project_id"), ProjectGrantId: d.text("project_grant_id"),
				RoleKeys: d.texts("role_keys"),
			})
			d.id = answer.GetUserGrantId()
			return err
		},
		read: func(p *provider, d *data) error {
			answer, err := p.ManagementService().GetUserGrantByID(p.of(d), &management.GetUserGrantByIDRequest{
				UserId: d.text("user_id"), GrantId: d.id,
			})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			grant := answer.GetUserGrant()
			read := attributes{
				"user_id": grant.GetUserId(), "role_keys": set(grant.GetRoleKeys()), "org_id": grant.GetDetails().GetResourceOwner(),
			}
			if id := grant.GetProjectId(); id != "" {
				read["project_id"] = id
			}
			if id := grant.GetProjectGrantId(); id != "" {
				read["project_grant_id"] = id
			}
			return d.found(grant.GetId(), read)
		},
		update: func(p *provider, d *data) error {
			_, err := p.ManagementService().UpdateUserGrant(p.of(d), &management.UpdateUserGrantRequest{
				UserId: d.text("user_id"), GrantId: d.id, RoleKeys: d.texts("role_keys"),
			})
			return err
		},
		remove: func(p *provider, d *data) error {
			_, err := p.ManagementService().RemoveUserGrant(p.of(d), &management.RemoveUserGrantRequest{
				UserId: d.text("user_id"), GrantId: d.id,
			})
			return err
		},
	}
}
