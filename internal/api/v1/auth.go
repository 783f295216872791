package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"

	"github.com/latchkey-iam/latchkey/internal/api/call"
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
	c := call.Caller(ctx)
	orgID := c.Context()
	if orgID == "" {
		orgID = c.OrgID()
	}
	return &auth.ListMyZitadelPermissionsResponse{Result: c.Permissions(orgID)}, nil
}
