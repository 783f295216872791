package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// Healthz says that the service answers.
func (s *Auth) Healthz(context.Context, *auth.HealthzRequest) (*auth.HealthzResponse, error) {
	return &auth.HealthzResponse{}, nil
}

// GetMyUser returns the caller. When it last signed in is not kept.
func (s *Auth) GetMyUser(ctx context.Context, _ *auth.GetMyUserRequest) (*auth.GetMyUserResponse, error) {
	c := call.Caller(ctx)
	u, err := s.Directory.User(ctx, c, c.UserID())
	if err != nil {
		return nil, err
	}
	return &auth.GetMyUserResponse{User: userOf(u)}, nil
}

// GetMyProfile returns what is known about the caller, who must be a human.
func (s *Auth) GetMyProfile(ctx context.Context, _ *auth.GetMyProfileRequest) (*auth.GetMyProfileResponse, error) {
	c := call.Caller(ctx)
	u, err := s.Directory.Human(ctx, c, c.UserID())
	if err != nil {
		return nil, err
	}
	return &auth.GetMyProfileResponse{Details: details(u.Meta, u.OrgID), Profile: profileOf(u.Profile)}, nil
}

// UpdateMyProfile overwrites what is known about the caller, who must be a human.
func (s *Auth) UpdateMyProfile(ctx context.Context, req *auth.UpdateMyProfileRequest) (*auth.UpdateMyProfileResponse, error) {
	g, err := readGender(req.GetGender())
	if err != nil {
		return nil, err
	}
	c := call.Caller(ctx)
	u, err := s.Directory.UpdateHuman(ctx, c, c.UserID(), directory.HumanChange{
		FirstName: &req.FirstName, LastName: &req.LastName, NickName: &req.NickName, DisplayName: &req.DisplayName,
		PreferredLanguage: &req.PreferredLanguage, Gender: &g,
	})
	if err != nil {
		return nil, err
	}
	return &auth.UpdateMyProfileResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// UpdateMyUserName renames the caller. A service user has another client_id then.
func (s *Auth) UpdateMyUserName(ctx context.Context, req *auth.UpdateMyUserNameRequest) (*auth.UpdateMyUserNameResponse, error) {
	c := call.Caller(ctx)
	u, err := s.Directory.RenameUser(ctx, c, c.UserID(), req.GetUserName())
	if err != nil {
		return nil, err
	}
	return &auth.UpdateMyUserNameResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// UpdateMyPassword changes the password of the caller, who must be a human.
func (s *Auth) UpdateMyPassword(ctx context.Context, req *auth.UpdateMyPasswordRequest) (*auth.UpdateMyPasswordResponse, error) {
	c := call.Caller(ctx)
	u, err := s.Directory.SetPassword(ctx, c, c.UserID(), directory.NewPassword{
		Password: req.GetNewPassword(), Current: &req.OldPassword,
	})
	if err != nil {
		return nil, err
	}
	return &auth.UpdateMyPasswordResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// RemoveMyUser removes the caller with all that it holds.
func (s *Auth) RemoveMyUser(ctx context.Context, _ *auth.RemoveMyUserRequest) (*auth.RemoveMyUserResponse, error) {
	u, err := s.Directory.RemoveSelf(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return &auth.RemoveMyUserResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// ListMyRefreshTokens lists none: no grant that is offered gives any out.
func (s *Auth) ListMyRefreshTokens(context.Context, *auth.ListMyRefreshTokensRequest) (*auth.ListMyRefreshTokensResponse, error) {
	return &auth.ListMyRefreshTokensResponse{Details: listDetails(0, s.Now())}, nil
}

// RevokeMyRefreshToken finds none, see [Auth.ListMyRefreshTokens].
func (s *Auth) RevokeMyRefreshToken(_ context.Context, req *auth.RevokeMyRefreshTokenRequest) (*auth.RevokeMyRefreshTokenResponse, error) {
	if err := required(iam.FieldID, "the id", req.GetId()); err != nil {
		return nil, err
	}
	return nil, iam.Errorf(iam.NotFound, "AUTH-rtok1", "refresh token does not exist")
}

// RevokeAllMyRefreshTokens has nothing to do, see [Auth.ListMyRefreshTokens].
func (s *Auth) RevokeAllMyRefreshTokens(context.Context, *auth.RevokeAllMyRefreshTokensRequest) (*auth.RevokeAllMyRefreshTokensResponse, error) {
	return &auth.RevokeAllMyRefreshTokensResponse{}, nil
}

// ListMyProjectOrgs lists the organizations in which the caller may do anything.
func (s *Auth) ListMyProjectOrgs(ctx context.Context, req *auth.ListMyProjectOrgsRequest) (*auth.ListMyProjectOrgsResponse, error) {
	f, err := orgFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	p := page(req.GetQuery())
	if p.SortBy, err = orgSorting(req.GetSortingColumn()); err != nil {
		return nil, err
	}
	l, err := s.Directory.Contexts(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &auth.ListMyProjectOrgsResponse{Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, orgOf)}, nil
}

// ListMyUserGrants lists the caller's own authorizations, whoever gave them.
func (s *Auth) ListMyUserGrants(ctx context.Context, req *auth.ListMyUserGrantsRequest) (*auth.ListMyUserGrantsResponse, error) {
	c := call.Caller(ctx)
	l, err := s.Directory.Authorizations(ctx, c, iam.FieldUserID.Is(c.UserID()), page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &auth.ListMyUserGrantsResponse{
		Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, myUserGrantOf),
	}, nil
}

// myUserGrantOf is an authorization as its own user sees it. Zitadel sends the
// role keys under two names.
func myUserGrantOf(a iam.Authorization) *auth.UserGrant {
	return &auth.UserGrant{
		GrantId:        a.ID,
		Details:        details(a.Meta, a.OrgID),
		OrgId:          a.OrgID,
		OrgName:        a.OrgName,
		OrgDomain:      a.OrgPrimaryDomain,
		ProjectId:      a.ProjectID,
		ProjectName:    a.ProjectName,
		ProjectGrantId: a.GrantID,
		UserId:         a.UserID,
		UserType:       memberType(a.UserType),
		Roles:          a.RoleKeys, //nolint:staticcheck // deprecated, but what older clients read
		RoleKeys:       a.RoleKeys,
		State:          userGrantState(a.State),
	}
}

// ListMyMemberships lists what the caller manages.
func (s *Auth) ListMyMemberships(ctx context.Context, req *auth.ListMyMembershipsRequest) (*auth.ListMyMembershipsResponse, error) {
	f, err := userMembershipFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	c := call.Caller(ctx)
	l, err := s.Directory.MembershipsOf(ctx, c, c.UserID(), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &auth.ListMyMembershipsResponse{
		Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, userMembershipOf),
	}, nil
}

// ListMyZitadelPermissions lists what the caller may do in its context, or else
// in its own organization. Nobody may do nothing.
func (s *Auth) ListMyZitadelPermissions(ctx context.Context, _ *auth.ListMyZitadelPermissionsRequest) (*auth.ListMyZitadelPermissionsResponse, error) {
	return &auth.ListMyZitadelPermissionsResponse{Result: myPermissions(call.Caller(ctx))}, nil
}

// ListMyProjectPermissions is [Auth.ListMyZitadelPermissions]: the API itself is
// the one project that a caller of it can be at.
func (s *Auth) ListMyProjectPermissions(ctx context.Context, _ *auth.ListMyProjectPermissionsRequest) (*auth.ListMyProjectPermissionsResponse, error) {
	return &auth.ListMyProjectPermissionsResponse{Result: myPermissions(call.Caller(ctx))}, nil
}

func myPermissions(c iam.Caller) []string {
	if c.Context() == "" {
		return c.Permissions(c.OrgID())
	}
	return c.Permissions(c.Context())
}
