package v2

import (
	"context"

	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
)

// SetPassword gives a human another password. Who sets its own must give the
// current one.
func (s *Users) SetPassword(ctx context.Context, req *user.SetPasswordRequest) (*user.SetPasswordResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	in := directory.NewPassword{Password: req.GetNewPassword().GetPassword(), Change: req.GetNewPassword().GetChangeRequired()}
	switch v := req.GetVerification().(type) {
	case *user.SetPasswordRequest_CurrentPassword:
		in.Current = &v.CurrentPassword
	case *user.SetPasswordRequest_VerificationCode:
		in.Code = &v.VerificationCode
	}
	u, err := s.Directory.SetPassword(ctx, call.Caller(ctx), req.GetUserId(), in)
	if err != nil {
		return nil, err
	}
	return &user.SetPasswordResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// eitherPassword is a password or a hash of one, as several messages hold it.
type eitherPassword interface {
	GetPassword() *user.Password
	GetHashedPassword() *user.HashedPassword
}

// newPassword reads the one that is given.
func newPassword(m eitherPassword) (directory.NewPassword, error) {
	if h := m.GetHashedPassword(); h != nil {
		return directory.NewPassword{Hash: h.GetHash(), Change: h.GetChangeRequired()}, required("hash", h.GetHash())
	}
	p := m.GetPassword()
	return directory.NewPassword{Password: p.GetPassword(), Change: p.GetChangeRequired()}, required("password", p.GetPassword())
}

// provenPassword reads a password that is part of an update, with its proof.
func provenPassword(m *user.SetPassword) (directory.NewPassword, error) {
	in, err := newPassword(m)
	switch v := m.GetVerification().(type) {
	case *user.SetPassword_CurrentPassword:
		in.Current = &v.CurrentPassword
	case *user.SetPassword_VerificationCode:
		in.Code = &v.VerificationCode
	}
	return in, err
}
