package v2

import (
	"context"
	"slices"

	object "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

func (s *Users) createHuman(ctx context.Context, req *user.CreateUserRequest, h *user.CreateUserRequest_Human) (iam.User, error) {
	in, err := newHuman(h)
	if err != nil {
		return iam.User{}, err
	}
	in.ID, in.UserName = req.GetUserId(), req.GetUsername()
	in.Metadata = metadataEntries(slices.Concat(req.GetMetadata(), h.GetMetadata())) //nolint:staticcheck // deprecated by Zitadel, but older clients send it
	return s.Directory.CreateHuman(ctx, call.Caller(ctx), req.GetOrganizationId(), in)
}

// AddHumanUser creates a human, in the caller's own organization unless another is named.
func (s *Users) AddHumanUser(ctx context.Context, req *user.AddHumanUserRequest) (*user.AddHumanUserResponse, error) {
	in, err := addHuman(req)
	if err != nil {
		return nil, err
	}
	orgID, err := s.orgOf(ctx, req.GetOrganization())
	if err != nil {
		return nil, err
	}
	u, err := s.Directory.CreateHuman(ctx, call.Caller(ctx), orgID, in)
	if err != nil {
		return nil, err
	}
	return &user.AddHumanUserResponse{UserId: u.ID, Details: details(u.Meta, u.OrgID)}, nil
}

func (s *Users) orgOf(ctx context.Context, o *object.Organization) (string, error) {
	switch o := o.GetOrg().(type) {
	case *object.Organization_OrgId:
		return o.OrgId, required("org_id", o.OrgId)
	case *object.Organization_OrgDomain:
		found, err := s.Directory.OrgByDomain(ctx, call.Caller(ctx), o.OrgDomain)
		return found.ID, err
	}
	return call.Caller(ctx).OrgID(), nil
}

func addHuman(req *user.AddHumanUserRequest) (directory.NewHuman, error) {
	in, err := newHuman(req)
	in.ID, in.UserName, in.Metadata = req.GetUserId(), req.GetUsername(), metadataEntries(req.GetMetadata())
	return in, err
}

// humanFields is what both requests that create a human have in common.
type humanFields interface {
	GetProfile() *user.SetHumanProfile
	GetEmail() *user.SetHumanEmail
	GetPhone() *user.SetHumanPhone
	GetPassword() *user.Password
	GetHashedPassword() *user.HashedPassword
	GetIdpLinks() []*user.IDPLink
	GetTotpSecret() string
}

// newHuman reads a human to be created. Kind: Unimplemented for what would be
// lost otherwise.
func newHuman(h humanFields) (directory.NewHuman, error) {
	var in directory.NewHuman
	switch {
	case len(h.GetIdpLinks()) > 0:
		return in, notOffered("an identity provider link")
	case h.GetTotpSecret() != "":
		return in, notOffered("a TOTP secret")
	}
	p := h.GetProfile()
	in.FirstName, in.LastName = p.GetGivenName(), p.GetFamilyName()
	in.NickName, in.DisplayName, in.PreferredLanguage = p.GetNickName(), p.GetDisplayName(), p.GetPreferredLanguage()
	if h.GetPassword() != nil || h.GetHashedPassword() != nil {
		set, err := newPassword(h)
		if err != nil {
			return in, err
		}
		in.Password, in.PasswordHash, in.PasswordChange = set.Password, set.Hash, set.Change
	}
	var err error
	if in.Gender, err = fromGender(p.GetGender()); err != nil {
		return in, err
	}
	if err := required("email", h.GetEmail().GetEmail()); err != nil {
		return in, err
	}
	in.Email, in.Phone = h.GetEmail().GetEmail(), h.GetPhone().GetPhone()
	verified, err := emailVerified(h.GetEmail())
	if err != nil {
		return in, err
	}
	in.EmailVerified = verified != nil && *verified
	verified, err = phoneVerified(h.GetPhone())
	in.PhoneVerified = verified != nil && *verified
	return in, err
}

// emailVerified is what a request claims about an e-mail address, if anything.
// No mail is sent: an address about which nothing is claimed is unverified.
func emailVerified(e *user.SetHumanEmail) (*bool, error) {
	switch v := e.GetVerification().(type) {
	case nil:
		return nil, nil
	case *user.SetHumanEmail_IsVerified:
		return &v.IsVerified, nil
	}
	return nil, iam.Errorf(iam.Unimplemented, "V2-ecode",
		"no e-mail is sent, and no code made: say is_verified, or nothing for an address that is not verified")
}

func phoneVerified(p *user.SetHumanPhone) (*bool, error) {
	switch v := p.GetVerification().(type) {
	case nil:
		return nil, nil
	case *user.SetHumanPhone_IsVerified:
		return &v.IsVerified, nil
	}
	return nil, iam.Errorf(iam.Unimplemented, "V2-pcode",
		"no message is sent, and no code made: say is_verified, or nothing for a number that is not verified")
}

func (s *Users) updateHuman(ctx context.Context, req *user.UpdateUserRequest, h *user.UpdateUserRequest_Human) (iam.User, error) {
	change := directory.HumanChange{UserName: req.Username, Metadata: metadataEntries(req.GetMetadata())}
	if p := h.GetProfile(); p != nil {
		change.FirstName, change.LastName, change.NickName = p.GivenName, p.FamilyName, p.NickName
		change.DisplayName, change.PreferredLanguage = p.DisplayName, p.PreferredLanguage
		if p.Gender != nil {
			gender, err := fromGender(*p.Gender)
			if err != nil {
				return iam.User{}, err
			}
			change.Gender = &gender
		}
	}
	if err := readContact(&change, h); err != nil {
		return iam.User{}, err
	}
	return s.Directory.UpdateHuman(ctx, call.Caller(ctx), req.GetUserId(), change)
}

// contactFields is what both requests that change a human have in common.
type contactFields interface {
	GetEmail() *user.SetHumanEmail
	GetPhone() *user.SetHumanPhone
	GetPassword() *user.SetPassword
}

func readContact(change *directory.HumanChange, h contactFields) (err error) {
	if e := h.GetEmail(); e != nil {
		if err := required("email", e.GetEmail()); err != nil {
			return err
		}
		change.Email = &e.Email
		if change.EmailVerified, err = emailVerified(e); err != nil {
			return err
		}
	}
	if p := h.GetPhone(); p != nil {
		change.Phone = &p.Phone
		if change.PhoneVerified, err = phoneVerified(p); err != nil {
			return err
		}
	}
	if p := h.GetPassword(); p != nil {
		set, err := provenPassword(p)
		if err != nil {
			return err
		}
		change.Password = &set
	}
	return nil
}

// UpdateHumanUser changes what is given of a human.
func (s *Users) UpdateHumanUser(ctx context.Context, req *user.UpdateHumanUserRequest) (*user.UpdateHumanUserResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	change := directory.HumanChange{UserName: req.Username}
	if p := req.GetProfile(); p != nil {
		change.FirstName, change.LastName = &p.GivenName, &p.FamilyName
		change.NickName, change.DisplayName, change.PreferredLanguage = p.NickName, p.DisplayName, p.PreferredLanguage
		if p.Gender != nil {
			gender, err := fromGender(*p.Gender)
			if err != nil {
				return nil, err
			}
			change.Gender = &gender
		}
	}
	if err := readContact(&change, req); err != nil {
		return nil, err
	}
	d, err := withState(s.Directory.UpdateHuman(ctx, call.Caller(ctx), req.GetUserId(), change))
	if err != nil {
		return nil, err
	}
	return &user.UpdateHumanUserResponse{Details: d}, nil
}

func fromGender(g user.Gender) (string, error) {
	return lookup("gender", map[user.Gender]string{
		user.Gender_GENDER_UNSPECIFIED: "",
		user.Gender_GENDER_FEMALE:      "female",
		user.Gender_GENDER_MALE:        "male",
		user.Gender_GENDER_DIVERSE:     "diverse",
	}, g)
}

func toHuman(u iam.User, state user.UserState) *user.HumanUser {
	gender := user.Gender_GENDER_UNSPECIFIED
	switch u.Gender {
	case "female":
		gender = user.Gender_GENDER_FEMALE
	case "male":
		gender = user.Gender_GENDER_MALE
	case "diverse":
		gender = user.Gender_GENDER_DIVERSE
	}
	out := &user.HumanUser{
		UserId: u.ID, State: state, Username: u.UserName, LoginNames: []string{u.UserName}, PreferredLoginName: u.UserName,
		Profile: &user.HumanProfile{
			GivenName: u.FirstName, FamilyName: u.LastName, NickName: pointer(u.NickName), DisplayName: pointer(u.DisplayName),
			PreferredLanguage: pointer(u.PreferredLanguage), Gender: &gender,
		},
		Email:                  &user.HumanEmail{Email: u.Email, IsVerified: u.EmailVerified},
		PasswordChangeRequired: u.PasswordChange,
	}
	if u.Phone != "" {
		out.Phone = &user.HumanPhone{Phone: u.Phone, IsVerified: u.PhoneVerified}
	}
	return out
}
