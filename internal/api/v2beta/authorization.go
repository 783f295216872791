package v2beta

import (
	"context"

	authorizationv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	authorization "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2beta"
	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2beta"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// CreateAuthorization gives a user roles on a project.
func (s *Authorizations) CreateAuthorization(ctx context.Context, req *authorization.CreateAuthorizationRequest) (*authorization.CreateAuthorizationResponse, error) {
	return relay[*authorization.CreateAuthorizationResponse](ctx, req, s.V2.CreateAuthorization)
}

// UpdateAuthorization gives other roles instead.
func (s *Authorizations) UpdateAuthorization(ctx context.Context, req *authorization.UpdateAuthorizationRequest) (*authorization.UpdateAuthorizationResponse, error) {
	return relay[*authorization.UpdateAuthorizationResponse](ctx, req, s.V2.UpdateAuthorization)
}

// DeleteAuthorization takes a user's roles on a project away.
func (s *Authorizations) DeleteAuthorization(ctx context.Context, req *authorization.DeleteAuthorizationRequest) (*authorization.DeleteAuthorizationResponse, error) {
	return relay[*authorization.DeleteAuthorizationResponse](ctx, req, s.V2.DeleteAuthorization)
}

// ActivateAuthorization switches an authorization on again.
func (s *Authorizations) ActivateAuthorization(ctx context.Context, req *authorization.ActivateAuthorizationRequest) (*authorization.ActivateAuthorizationResponse, error) {
	return relay[*authorization.ActivateAuthorizationResponse](ctx, req, s.V2.ActivateAuthorization)
}

// DeactivateAuthorization switches an authorization off.
func (s *Authorizations) DeactivateAuthorization(ctx context.Context, req *authorization.DeactivateAuthorizationRequest) (*authorization.DeactivateAuthorizationResponse, error) {
	return relay[*authorization.DeactivateAuthorizationResponse](ctx, req, s.V2.DeactivateAuthorization)
}

// ListAuthorizations lists the authorizations that the caller may see, its own among them.
func (s *Authorizations) ListAuthorizations(ctx context.Context, req *authorization.ListAuthorizationsRequest) (*authorization.ListAuthorizationsResponse, error) {
	in, err := request[*authorizationv2.ListAuthorizationsRequest](req)
	if err != nil {
		return nil, err
	}
	l, err := s.V2.ListAuthorizations(ctx, in)
	if err != nil {
		return nil, err
	}
	grants, err := s.grants(ctx, l.GetAuthorizations())
	if err != nil {
		return nil, err
	}
	out := &authorization.ListAuthorizationsResponse{Pagination: response[*filter.PaginationResponse](l.GetPagination())}
	for _, a := range l.GetAuthorizations() {
		out.Authorizations = append(out.Authorizations, toAuthorization(a, grants[a.GetId()]))
	}
	return out, nil
}

// grants finds the project grants that authorizations came through, by the ids
// of the authorizations: the final generation does not name them.
func (s *Authorizations) grants(ctx context.Context, list []*authorizationv2.Authorization) (map[string]string, error) {
	var ids []string
	for _, a := range list {
		if isGranted(a) {
			ids = append(ids, a.GetId())
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	l, err := s.Directory.Authorizations(ctx, call.Caller(ctx), iam.FieldID.In(ids), iam.Page{Limit: uint64(len(ids))})
	grants := make(map[string]string, len(ids))
	for _, a := range l.Items {
		grants[a.ID] = a.GrantID
	}
	return grants, err
}

// isGranted says whether the organization that gave an authorization had the
// project through a grant.
func isGranted(a *authorizationv2.Authorization) bool {
	return a.GetOrganization().GetId() != a.GetProject().GetOrganizationId()
}

func toAuthorization(a *authorizationv2.Authorization, grantID string) *authorization.Authorization {
	out := &authorization.Authorization{
		Id: a.GetId(), CreationDate: a.GetCreationDate(), ChangeDate: a.GetChangeDate(), State: authorization.State(a.GetState()),
		ProjectId: a.GetProject().GetId(), ProjectName: a.GetProject().GetName(), ProjectOrganizationId: a.GetProject().GetOrganizationId(),
		OrganizationId: a.GetOrganization().GetId(), User: response[*authorization.User](a.GetUser()),
	}
	if grantID != "" {
		out.ProjectGrantId, out.GrantedOrganizationId = &grantID, new(a.GetOrganization().GetId())
	}
	for _, r := range a.GetRoles() {
		out.Roles = append(out.Roles, r.GetKey())
	}
	return out
}
