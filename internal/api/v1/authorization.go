package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// GetUserGrantByID finds an authorization of a user.
func (s *Management) GetUserGrantByID(ctx context.Context, req *management.GetUserGrantByIDRequest) (*management.GetUserGrantByIDResponse, error) {
	a, err := s.Directory.Authorization(ctx, call.Caller(ctx), req.GetUserId(), req.GetGrantId())
	if err != nil {
		return nil, err
	}
	return &management.GetUserGrantByIDResponse{UserGrant: userGrantOf(a)}, nil
}

// ListUserGrants lists the authorizations that the organization of the context gave.
func (s *Management) ListUserGrants(ctx context.Context, req *management.ListUserGrantRequest) (*management.ListUserGrantResponse, error) {
	f, err := userGrantFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.Authorizations(ctx, call.Caller(ctx), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListUserGrantResponse{
		Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, userGrantOf),
	}, nil
}

// AddUserGrant gives a user roles on a project of the organization of the
// context, or on one that was granted to it.
func (s *Management) AddUserGrant(ctx context.Context, req *management.AddUserGrantRequest) (*management.AddUserGrantResponse, error) {
	c := call.Caller(ctx)
	a, err := s.Directory.CreateAuthorization(ctx, c, directory.NewAuthorization{
		UserID: req.GetUserId(), ProjectID: req.GetProjectId(), GrantID: req.GetProjectGrantId(),
		OrgID: c.Context(), RoleKeys: req.GetRoleKeys(),
	})
	if err != nil {
		return nil, err
	}
	return &management.AddUserGrantResponse{UserGrantId: a.ID, Details: details(a.Meta, a.OrgID)}, nil
}

// UpdateUserGrant gives a user other roles instead.
func (s *Management) UpdateUserGrant(ctx context.Context, req *management.UpdateUserGrantRequest) (*management.UpdateUserGrantResponse, error) {
	a, err := s.Directory.UpdateAuthorization(ctx, call.Caller(ctx), req.GetUserId(), req.GetGrantId(), req.GetRoleKeys(), 0)
	if err != nil {
		return nil, err
	}
	return &management.UpdateUserGrantResponse{Details: details(a.Meta, a.OrgID)}, nil
}

// DeactivateUserGrant switches an authorization off.
func (s *Management) DeactivateUserGrant(ctx context.Context, req *management.DeactivateUserGrantRequest) (*management.DeactivateUserGrantResponse, error) {
	a, err := s.Directory.DeactivateAuthorization(ctx, call.Caller(ctx), req.GetUserId(), req.GetGrantId())
	if err != nil {
		return nil, err
	}
	return &management.DeactivateUserGrantResponse{Details: details(a.Meta, a.OrgID)}, nil
}

// ReactivateUserGrant switches an authorization on again.
func (s *Management) ReactivateUserGrant(ctx context.Context, req *management.ReactivateUserGrantRequest) (*management.ReactivateUserGrantResponse, error) {
	a, err := s.Directory.ReactivateAuthorization(ctx, call.Caller(ctx), req.GetUserId(), req.GetGrantId())
	if err != nil {
		return nil, err
	}
	return &management.ReactivateUserGrantResponse{Details: details(a.Meta, a.OrgID)}, nil
}

// RemoveUserGrant takes a user's roles on a project away.
func (s *Management) RemoveUserGrant(ctx context.Context, req *management.RemoveUserGrantRequest) (*management.RemoveUserGrantResponse, error) {
	a, err := s.Directory.RemoveAuthorization(ctx, call.Caller(ctx), req.GetUserId(), req.GetGrantId())
	if err != nil {
		return nil, err
	}
	return &management.RemoveUserGrantResponse{Details: details(a.Meta, a.OrgID)}, nil
}

// BulkRemoveUserGrant removes several authorizations, all or none.
func (s *Management) BulkRemoveUserGrant(ctx context.Context, req *management.BulkRemoveUserGrantRequest) (*management.BulkRemoveUserGrantResponse, error) {
	if err := s.Directory.RemoveAuthorizations(ctx, call.Caller(ctx), req.GetGrantId()); err != nil {
		return nil, err
	}
	return &management.BulkRemoveUserGrantResponse{}, nil
}

// userGrantOf is an authorization on the wire. The organization is the one that
// gave it; what Zitadel calls the granted one is the user's.
func userGrantOf(a iam.Authorization) *user.UserGrant {
	out := &user.UserGrant{
		Id:                 a.ID,
		Details:            details(a.Meta, a.OrgID),
		RoleKeys:           a.RoleKeys,
		State:              userGrantState(a.State),
		UserId:             a.UserID,
		UserName:           a.UserName,
		FirstName:          a.FirstName,
		LastName:           a.LastName,
		Email:              a.Email,
		DisplayName:        a.UserLabel,
		OrgId:              a.OrgID,
		OrgName:            a.OrgName,
		OrgDomain:          a.OrgPrimaryDomain,
		ProjectId:          a.ProjectID,
		ProjectName:        a.ProjectName,
		ProjectGrantId:     a.GrantID,
		PreferredLoginName: a.UserName,
		UserType:           memberType(a.UserType),
		GrantedOrgId:       a.UserOrgID,
	}
	if a.UserOrgID == a.OrgID {
		out.GrantedOrgName, out.GrantedOrgDomain = a.OrgName, a.OrgPrimaryDomain
	}
	return out
}

func userGrantState(s iam.State) user.UserGrantState {
	if s == iam.Active {
		return user.UserGrantState_USER_GRANT_STATE_ACTIVE
	}
	return user.UserGrantState_USER_GRANT_STATE_INACTIVE
}

// userGrantFilter reads the queries of a list of authorizations.
func userGrantFilter(queries []*user.UserGrantQuery) (iam.Filter, error) {
	return filterOf(queries, func(q *user.UserGrantQuery) (iam.Filter, error) {
		switch q := q.GetQuery().(type) {
		case *user.UserGrantQuery_ProjectIdQuery:
			return iam.FieldProjectID.Is(q.ProjectIdQuery.GetProjectId()), nil
		case *user.UserGrantQuery_UserIdQuery:
			return iam.FieldUserID.Is(q.UserIdQuery.GetUserId()), nil
		case *user.UserGrantQuery_InUserIdsQuery:
			return iam.FieldUserID.In(q.InUserIdsQuery.GetInUserIds()), nil
		case *user.UserGrantQuery_ProjectGrantIdQuery:
			return iam.FieldGrantID.Is(q.ProjectGrantIdQuery.GetProjectGrantId()), nil
		case *user.UserGrantQuery_WithGrantedQuery:
			// It widens Zitadel's list to what other organizations gave through a grant
			// of a project. That is theirs alone to see here.
			return iam.Filter{}, nil
		case *user.UserGrantQuery_RoleKeyQuery:
			return textFilter(iam.FieldRoleKey, q.RoleKeyQuery.GetRoleKey(), q.RoleKeyQuery.GetMethod())
		case *user.UserGrantQuery_UserTypeQuery:
			return userTypeFilter(q.UserTypeQuery.GetType())
		}
		return userGrantText(q)
	})
}

// userGrantText reads the queries about the names of what an authorization joins.
func userGrantText(q *user.UserGrantQuery) (iam.Filter, error) {
	switch q := q.GetQuery().(type) {
	case *user.UserGrantQuery_UserNameQuery:
		return textFilter(iam.FieldUserName, q.UserNameQuery.GetUserName(), q.UserNameQuery.GetMethod())
	case *user.UserGrantQuery_FirstNameQuery:
		return textFilter(iam.FieldFirstName, q.FirstNameQuery.GetFirstName(), q.FirstNameQuery.GetMethod())
	case *user.UserGrantQuery_LastNameQuery:
		return textFilter(iam.FieldLastName, q.LastNameQuery.GetLastName(), q.LastNameQuery.GetMethod())
	case *user.UserGrantQuery_DisplayNameQuery:
		return textFilter(iam.FieldDisplayName, q.DisplayNameQuery.GetDisplayName(), q.DisplayNameQuery.GetMethod())
	case *user.UserGrantQuery_EmailQuery:
		return textFilter(iam.FieldEmail, q.EmailQuery.GetEmail(), q.EmailQuery.GetMethod())
	case *user.UserGrantQuery_OrgNameQuery:
		return textFilter(iam.FieldOrgName, q.OrgNameQuery.GetOrgName(), q.OrgNameQuery.GetMethod())
	case *user.UserGrantQuery_OrgDomainQuery:
		return textFilter(iam.FieldOrgDomain, q.OrgDomainQuery.GetOrgDomain(), q.OrgDomainQuery.GetMethod())
	case *user.UserGrantQuery_ProjectNameQuery:
		return textFilter(iam.FieldProjectName, q.ProjectNameQuery.GetProjectName(), q.ProjectNameQuery.GetMethod())
	}
	return iam.Filter{}, unknownQuery()
}
