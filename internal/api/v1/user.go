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

// AddHumanUser creates a human, who must change the initial password if there is one.
func (s *Management) AddHumanUser(ctx context.Context, req *management.AddHumanUserRequest) (*management.AddHumanUserResponse, error) {
	profile, err := readProfile(req.GetProfile(), req.GetEmail(), req.GetPhone())
	if err != nil {
		return nil, err
	}
	u, err := s.addHuman(ctx, directory.NewHuman{
		UserName: req.GetUserName(), Profile: profile, Password: req.GetInitialPassword(), PasswordChange: true,
	})
	if err != nil {
		return nil, err
	}
	return &management.AddHumanUserResponse{UserId: u.ID, Details: details(u.Meta, u.OrgID)}, nil
}

// ImportHumanUser creates a human, with a password if there is one.
func (s *Management) ImportHumanUser(ctx context.Context, req *management.ImportHumanUserRequest) (*management.ImportHumanUserResponse, error) {
	if err := importable(req); err != nil {
		return nil, err
	}
	profile, err := readProfile(req.GetProfile(), req.GetEmail(), req.GetPhone())
	if err != nil {
		return nil, err
	}
	u, err := s.addHuman(ctx, directory.NewHuman{
		UserName: req.GetUserName(), Profile: profile, Password: req.GetPassword(), PasswordChange: req.GetPasswordChangeRequired(),
	})
	if err != nil {
		return nil, err
	}
	return &management.ImportHumanUserResponse{UserId: u.ID, Details: details(u.Meta, u.OrgID)}, nil
}

// importable refuses what would be lost. Kind: Unimplemented.
func importable(req *management.ImportHumanUserRequest) error {
	for _, f := range []struct {
		what  string
		asked bool
	}{
		{"a hashed password", req.GetHashedPassword() != nil},
		{"the registration of a passkey", req.GetRequestPasswordlessRegistration()},
		{"a one-time password", req.GetOtpCode() != ""},
		{"an identity provider", len(req.GetIdps()) > 0},
		{"a recovery code", len(req.GetRecoveryCodes()) > 0},
	} {
		if f.asked {
			return iam.Errorf(iam.Unimplemented, "USER-impt1", "a human cannot be imported with %s", f.what)
		}
	}
	return nil
}

func (s *Management) addHuman(ctx context.Context, in directory.NewHuman) (iam.User, error) {
	c := call.Caller(ctx)
	if err := iam.CheckUserName(in.UserName); err != nil {
		return iam.User{}, err
	}
	return s.Directory.CreateHuman(ctx, c, c.Context(), in)
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

// GetHumanProfile returns what is known about a human.
func (s *Management) GetHumanProfile(ctx context.Context, req *management.GetHumanProfileRequest) (*management.GetHumanProfileResponse, error) {
	u, err := s.Directory.Human(ctx, call.Caller(ctx), req.GetUserId())
	if err != nil {
		return nil, err
	}
	return &management.GetHumanProfileResponse{Details: details(u.Meta, u.OrgID), Profile: profileOf(u.Profile)}, nil
}

// UpdateHumanProfile overwrites what is known about a human.
func (s *Management) UpdateHumanProfile(ctx context.Context, req *management.UpdateHumanProfileRequest) (*management.UpdateHumanProfileResponse, error) {
	g, err := readGender(req.GetGender())
	if err != nil {
		return nil, err
	}
	u, err := s.Directory.UpdateHuman(ctx, call.Caller(ctx), req.GetUserId(), directory.HumanChange{
		FirstName: &req.FirstName, LastName: &req.LastName, NickName: &req.NickName, DisplayName: &req.DisplayName,
		PreferredLanguage: &req.PreferredLanguage, Gender: &g,
	})
	if err != nil {
		return nil, err
	}
	return &management.UpdateHumanProfileResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// GetHumanEmail returns a human's e-mail address.
func (s *Management) GetHumanEmail(ctx context.Context, req *management.GetHumanEmailRequest) (*management.GetHumanEmailResponse, error) {
	u, err := s.Directory.Human(ctx, call.Caller(ctx), req.GetUserId())
	if err != nil {
		return nil, err
	}
	return &management.GetHumanEmailResponse{Details: details(u.Meta, u.OrgID), Email: emailOf(u.Profile)}, nil
}

// UpdateHumanEmail overwrites a human's e-mail address.
func (s *Management) UpdateHumanEmail(ctx context.Context, req *management.UpdateHumanEmailRequest) (*management.UpdateHumanEmailResponse, error) {
	u, err := s.Directory.UpdateHuman(ctx, call.Caller(ctx), req.GetUserId(), directory.HumanChange{
		Email: &req.Email, EmailVerified: &req.IsEmailVerified,
	})
	if err != nil {
		return nil, err
	}
	return &management.UpdateHumanEmailResponse{Details: details(u.Meta, u.OrgID)}, nil
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
