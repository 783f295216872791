package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// Healthz says that the service answers.
func (s *Management) Healthz(context.Context, *management.HealthzRequest) (*management.HealthzResponse, error) {
	return &management.HealthzResponse{}, nil
}

// GetIAM returns the ids that everyone may know of the instance. Zitadel's
// global organization has long been the default one.
func (s *Management) GetIAM(ctx context.Context, _ *management.GetIAMRequest) (*management.GetIAMResponse, error) {
	i, err := s.Directory.Instance(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return &management.GetIAMResponse{
		GlobalOrgId: i.DefaultOrgID, DefaultOrgId: i.DefaultOrgID, IamProjectId: i.InternalProjectID,
	}, nil
}

// GetUserByID finds a user.
func (s *Management) GetUserByID(ctx context.Context, req *management.GetUserByIDRequest) (*management.GetUserByIDResponse, error) {
	u, err := s.Directory.User(ctx, call.Caller(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &management.GetUserByIDResponse{User: userOf(u)}, nil
}

// GetUserByLoginNameGlobal finds a user by user name, in any context.
func (s *Management) GetUserByLoginNameGlobal(ctx context.Context, req *management.GetUserByLoginNameGlobalRequest) (*management.GetUserByLoginNameGlobalResponse, error) {
	u, err := s.Directory.UserByName(ctx, call.Caller(ctx), req.GetLoginName())
	if err != nil {
		return nil, err
	}
	return &management.GetUserByLoginNameGlobalResponse{User: userOf(u)}, nil
}

// ListUsers lists the users of the organization of the context.
func (s *Management) ListUsers(ctx context.Context, req *management.ListUsersRequest) (*management.ListUsersResponse, error) {
	f, err := userFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	p := page(req.GetQuery())
	if p.SortBy, err = userSorting(req.GetSortingColumn()); err != nil {
		return nil, err
	}
	l, err := s.Directory.Users(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &management.ListUsersResponse{
		Details: listDetails(l.Total, s.Now()), SortingColumn: req.GetSortingColumn(), Result: mapSlice(l.Items, userOf),
	}, nil
}

// IsUserUnique reports whether a user name, and an e-mail address, are still free.
func (s *Management) IsUserUnique(ctx context.Context, req *management.IsUserUniqueRequest) (*management.IsUserUniqueResponse, error) {
	unique, err := s.Directory.UserUnique(ctx, call.Caller(ctx), req.GetUserName(), req.GetEmail())
	if err != nil {
		return nil, err
	}
	return &management.IsUserUniqueResponse{IsUnique: unique}, nil
}

// AddMachineUser creates a service user. Unlike in the second generation it
// must be given a user name.
func (s *Management) AddMachineUser(ctx context.Context, req *management.AddMachineUserRequest) (*management.AddMachineUserResponse, error) {
	c := call.Caller(ctx)
	if err := iam.CheckUserName(req.GetUserName()); err != nil {
		return nil, err
	}
	tokenType, err := readAccessTokenType(req.GetAccessTokenType())
	if err != nil {
		return nil, err
	}
	u, err := s.Directory.CreateMachine(ctx, c, directory.NewMachine{
		ID: req.GetUserId(), OrgID: c.Context(), UserName: req.GetUserName(), Name: req.GetName(),
		Description: req.GetDescription(), AccessTokenType: tokenType,
	})
	if err != nil {
		return nil, err
	}
	return &management.AddMachineUserResponse{UserId: u.ID, Details: details(u.Meta, u.OrgID)}, nil
}

// DeactivateUser switches a user off.
func (s *Management) DeactivateUser(ctx context.Context, req *management.DeactivateUserRequest) (*management.DeactivateUserResponse, error) {
	u, err := s.Directory.DeactivateUser(ctx, call.Caller(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &management.DeactivateUserResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// ReactivateUser switches a user on again.
func (s *Management) ReactivateUser(ctx context.Context, req *management.ReactivateUserRequest) (*management.ReactivateUserResponse, error) {
	u, err := s.Directory.ReactivateUser(ctx, call.Caller(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &management.ReactivateUserResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// LockUser locks a user.
func (s *Management) LockUser(ctx context.Context, req *management.LockUserRequest) (*management.LockUserResponse, error) {
	u, err := s.Directory.LockUser(ctx, call.Caller(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &management.LockUserResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// UnlockUser unlocks a user.
func (s *Management) UnlockUser(ctx context.Context, req *management.UnlockUserRequest) (*management.UnlockUserResponse, error) {
	u, err := s.Directory.UnlockUser(ctx, call.Caller(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &management.UnlockUserResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// RemoveUser removes a user with all that it holds.
func (s *Management) RemoveUser(ctx context.Context, req *management.RemoveUserRequest) (*management.RemoveUserResponse, error) {
	u, err := s.Directory.RemoveUser(ctx, call.Caller(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &management.RemoveUserResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// UpdateUserName renames a user.
func (s *Management) UpdateUserName(ctx context.Context, req *management.UpdateUserNameRequest) (*management.UpdateUserNameResponse, error) {
	u, err := s.Directory.RenameUser(ctx, call.Caller(ctx), req.GetUserId(), req.GetUserName())
	if err != nil {
		return nil, err
	}
	return &management.UpdateUserNameResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// UpdateMachine overwrites what describes a service user.
func (s *Management) UpdateMachine(ctx context.Context, req *management.UpdateMachineRequest) (*management.UpdateMachineResponse, error) {
	tokenType, err := readAccessTokenType(req.GetAccessTokenType())
	if err != nil {
		return nil, err
	}
	u, err := s.Directory.UpdateMachine(ctx, call.Caller(ctx), req.GetUserId(), directory.MachineChange{
		Name: &req.Name, Description: &req.Description, AccessTokenType: &tokenType,
	})
	if err != nil {
		return nil, err
	}
	return &management.UpdateMachineResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// ListUserMemberships lists what a user manages in the organization of the context.
func (s *Management) ListUserMemberships(ctx context.Context, req *management.ListUserMembershipsRequest) (*management.ListUserMembershipsResponse, error) {
	f, err := userMembershipFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.MembershipsOf(ctx, call.Caller(ctx), req.GetUserId(), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListUserMembershipsResponse{
		Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, userMembershipOf),
	}, nil
}
