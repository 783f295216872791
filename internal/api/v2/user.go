package v2

import (
	"context"

	object "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// CreateUser creates a service user or a human.
func (s *Users) CreateUser(ctx context.Context, req *user.CreateUserRequest) (*user.CreateUserResponse, error) {
	if err := required("organization_id", req.GetOrganizationId()); err != nil {
		return nil, err
	}
	var u iam.User
	var err error
	switch t := req.GetUserType().(type) {
	case *user.CreateUserRequest_Machine_:
		u, err = s.createMachine(ctx, req, t.Machine)
	case *user.CreateUserRequest_Human_:
		u, err = s.createHuman(ctx, req, t.Human)
	default:
		err = iam.Errorf(iam.InvalidArgument, "V2-utype", "the user must be a machine or a human")
	}
	if err != nil {
		return nil, err
	}
	return &user.CreateUserResponse{Id: u.ID, CreationDate: call.Time(u.Created)}, nil
}

func (s *Users) createMachine(ctx context.Context, req *user.CreateUserRequest, m *user.CreateUserRequest_Machine) (iam.User, error) {
	form, err := fromTokenType(m.GetAccessTokenType())
	if err != nil {
		return iam.User{}, err
	}
	return s.Directory.CreateMachine(ctx, call.Caller(ctx), directory.NewMachine{
		ID: req.GetUserId(), OrgID: req.GetOrganizationId(), UserName: req.GetUsername(),
		Name: m.GetName(), Description: m.GetDescription(), AccessTokenType: form,
		Metadata: metadataEntries(req.GetMetadata()),
	})
}

func fromTokenType(t user.AccessTokenType) (iam.AccessTokenType, error) {
	return lookup("access token type", map[user.AccessTokenType]iam.AccessTokenType{
		user.AccessTokenType_ACCESS_TOKEN_TYPE_BEARER: iam.OpaqueToken,
		user.AccessTokenType_ACCESS_TOKEN_TYPE_JWT:    iam.JWTToken,
	}, t)
}

// UpdateUser changes what is given of a service user or a human.
func (s *Users) UpdateUser(ctx context.Context, req *user.UpdateUserRequest) (*user.UpdateUserResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	var u iam.User
	var err error
	switch t := req.GetUserType().(type) {
	case *user.UpdateUserRequest_Machine_:
		u, err = s.updateMachine(ctx, req, t.Machine)
	case *user.UpdateUserRequest_Human_:
		u, err = s.updateHuman(ctx, req, t.Human)
	default:
		if req.Username == nil && len(req.GetMetadata()) == 0 {
			return nil, iam.Errorf(iam.InvalidArgument, "V2-noupd", "a user name, metadata, a machine or a human must be given")
		}
		u, err = s.Directory.UpdateUser(ctx, call.Caller(ctx), req.GetUserId(), directory.UserChange{
			UserName: req.Username, Metadata: metadataEntries(req.GetMetadata()),
		})
	}
	date, err := changed(u.Meta, err)
	if err != nil {
		return nil, err
	}
	return &user.UpdateUserResponse{ChangeDate: date}, nil
}

func (s *Users) updateMachine(ctx context.Context, req *user.UpdateUserRequest, m *user.UpdateUserRequest_Machine) (iam.User, error) {
	change := directory.MachineChange{UserName: req.Username, Metadata: metadataEntries(req.GetMetadata())}
	if m != nil {
		change.Name, change.Description = m.Name, m.Description
	}
	if m != nil && m.AccessTokenType != nil {
		form, err := fromTokenType(*m.AccessTokenType)
		if err != nil {
			return iam.User{}, err
		}
		change.AccessTokenType = &form
	}
	return s.Directory.UpdateMachine(ctx, call.Caller(ctx), req.GetUserId(), change)
}

// GetUserByID finds a user.
func (s *Users) GetUserByID(ctx context.Context, req *user.GetUserByIDRequest) (*user.GetUserByIDResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	u, err := s.Directory.User(ctx, call.Caller(ctx), req.GetUserId())
	if err != nil {
		return nil, err
	}
	return &user.GetUserByIDResponse{Details: details(u.Meta, u.OrgID), User: toUser(u)}, nil
}

// withState answers the calls that switch a user off or on, or remove it.
func withState(u iam.User, err error) (*object.Details, error) {
	if err := call.Unless(err); err != nil {
		return nil, err
	}
	return details(u.Meta, u.OrgID), nil
}

// DeactivateUser switches a user off.
func (s *Users) DeactivateUser(ctx context.Context, req *user.DeactivateUserRequest) (*user.DeactivateUserResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	d, err := withState(s.Directory.DeactivateUser(ctx, call.Caller(ctx), req.GetUserId()))
	if err != nil {
		return nil, err
	}
	return &user.DeactivateUserResponse{Details: d}, nil
}

// ReactivateUser switches a deactivated user on again.
func (s *Users) ReactivateUser(ctx context.Context, req *user.ReactivateUserRequest) (*user.ReactivateUserResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	d, err := withState(s.Directory.ReactivateUser(ctx, call.Caller(ctx), req.GetUserId()))
	if err != nil {
		return nil, err
	}
	return &user.ReactivateUserResponse{Details: d}, nil
}

// LockUser locks a user.
func (s *Users) LockUser(ctx context.Context, req *user.LockUserRequest) (*user.LockUserResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	d, err := withState(s.Directory.LockUser(ctx, call.Caller(ctx), req.GetUserId()))
	if err != nil {
		return nil, err
	}
	return &user.LockUserResponse{Details: d}, nil
}

// UnlockUser unlocks a locked user.
func (s *Users) UnlockUser(ctx context.Context, req *user.UnlockUserRequest) (*user.UnlockUserResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	d, err := withState(s.Directory.UnlockUser(ctx, call.Caller(ctx), req.GetUserId()))
	if err != nil {
		return nil, err
	}
	return &user.UnlockUserResponse{Details: d}, nil
}

// DeleteUser removes a user with its credentials, authorizations and
// memberships. One that is not there is an error, as in Zitadel.
func (s *Users) DeleteUser(ctx context.Context, req *user.DeleteUserRequest) (*user.DeleteUserResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	d, err := withState(s.Directory.RemoveUser(ctx, call.Caller(ctx), req.GetUserId()))
	if err != nil {
		return nil, err
	}
	return &user.DeleteUserResponse{Details: d}, nil
}

func toUser(u iam.User) *user.User {
	state := userState(u.State)
	out := &user.User{
		UserId: u.ID, Details: details(u.Meta, u.OrgID), State: state, Username: u.UserName,
		LoginNames: []string{u.UserName}, PreferredLoginName: u.UserName,
	}
	if u.Type == iam.Human {
		out.Type = &user.User_Human{Human: toHuman(u, state)}
		return out
	}
	machine := &user.MachineUser{Name: u.Name, Description: u.Description, HasSecret: u.HasSecret}
	if u.AccessTokenType == iam.JWTToken {
		machine.AccessTokenType = user.AccessTokenType_ACCESS_TOKEN_TYPE_JWT
	}
	out.Type = &user.User_Machine{Machine: machine}
	return out
}

func userState(s iam.State) user.UserState {
	switch s {
	case iam.Active:
		return user.UserState_USER_STATE_ACTIVE
	case iam.Locked:
		return user.UserState_USER_STATE_LOCKED
	}
	return user.UserState_USER_STATE_INACTIVE
}
