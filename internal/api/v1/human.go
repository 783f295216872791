package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

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

// ImportHumanUser creates a human, with a password, or a hash of one, if there is any.
func (s *Management) ImportHumanUser(ctx context.Context, req *management.ImportHumanUserRequest) (*management.ImportHumanUserResponse, error) {
	if err := importable(req); err != nil {
		return nil, err
	}
	profile, err := readProfile(req.GetProfile(), req.GetEmail(), req.GetPhone())
	if err != nil {
		return nil, err
	}
	in := directory.NewHuman{
		UserName: req.GetUserName(), Profile: profile, Password: req.GetPassword(), PasswordChange: req.GetPasswordChangeRequired(),
	}
	if h := req.GetHashedPassword(); h != nil {
		if err := required(iam.FieldPassword, "the hashed password", h.GetValue()); err != nil {
			return nil, err
		}
		in.PasswordHash = h.GetValue()
	}
	u, err := s.addHuman(ctx, in)
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
	if err := required(iam.FieldEmail, "the e-mail address", in.Email); err != nil {
		return iam.User{}, err
	}
	return s.Directory.CreateHuman(ctx, c, c.Context(), in)
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
	if err := required(iam.FieldEmail, "the e-mail address", req.GetEmail()); err != nil {
		return nil, err
	}
	u, err := s.Directory.UpdateHuman(ctx, call.Caller(ctx), req.GetUserId(), directory.HumanChange{
		Email: &req.Email, EmailVerified: &req.IsEmailVerified,
	})
	if err != nil {
		return nil, err
	}
	return &management.UpdateHumanEmailResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// GetHumanPhone returns a human's phone number.
func (s *Management) GetHumanPhone(ctx context.Context, req *management.GetHumanPhoneRequest) (*management.GetHumanPhoneResponse, error) {
	u, err := s.Directory.Human(ctx, call.Caller(ctx), req.GetUserId())
	if err != nil {
		return nil, err
	}
	return &management.GetHumanPhoneResponse{Details: details(u.Meta, u.OrgID), Phone: phoneOf(u.Profile)}, nil
}

// UpdateHumanPhone overwrites a human's phone number.
func (s *Management) UpdateHumanPhone(ctx context.Context, req *management.UpdateHumanPhoneRequest) (*management.UpdateHumanPhoneResponse, error) {
	if err := required(iam.FieldPhone, "the phone number", req.GetPhone()); err != nil {
		return nil, err
	}
	u, err := s.Directory.UpdateHuman(ctx, call.Caller(ctx), req.GetUserId(), directory.HumanChange{
		Phone: &req.Phone, PhoneVerified: &req.IsPhoneVerified,
	})
	if err != nil {
		return nil, err
	}
	return &management.UpdateHumanPhoneResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// RemoveHumanPhone removes a human's phone number.
func (s *Management) RemoveHumanPhone(ctx context.Context, req *management.RemoveHumanPhoneRequest) (*management.RemoveHumanPhoneResponse, error) {
	none := ""
	u, err := s.Directory.UpdateHuman(ctx, call.Caller(ctx), req.GetUserId(), directory.HumanChange{Phone: &none})
	if err != nil {
		return nil, err
	}
	return &management.RemoveHumanPhoneResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// SetHumanPassword gives a human another password, which it must change at the
// next sign-in unless that is not required.
func (s *Management) SetHumanPassword(ctx context.Context, req *management.SetHumanPasswordRequest) (*management.SetHumanPasswordResponse, error) {
	u, err := s.Directory.SetPassword(ctx, call.Caller(ctx), req.GetUserId(), directory.NewPassword{
		Password: req.GetPassword(), Change: !req.GetNoChangeRequired(),
	})
	if err != nil {
		return nil, err
	}
	return &management.SetHumanPasswordResponse{Details: details(u.Meta, u.OrgID)}, nil
}
