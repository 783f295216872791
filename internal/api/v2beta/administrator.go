package v2beta

import (
	"context"

	permissionv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2beta"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// CreateAdministrator makes a user a manager of a resource.
func (s *Administrators) CreateAdministrator(ctx context.Context, req *permission.CreateAdministratorRequest) (*permission.CreateAdministratorResponse, error) {
	return relay[*permission.CreateAdministratorResponse](ctx, req, s.V2.CreateAdministrator)
}

// UpdateAdministrator gives a manager other roles instead.
func (s *Administrators) UpdateAdministrator(ctx context.Context, req *permission.UpdateAdministratorRequest) (*permission.UpdateAdministratorResponse, error) {
	return relay[*permission.UpdateAdministratorResponse](ctx, req, s.V2.UpdateAdministrator)
}

// DeleteAdministrator ends a membership.
func (s *Administrators) DeleteAdministrator(ctx context.Context, req *permission.DeleteAdministratorRequest) (*permission.DeleteAdministratorResponse, error) {
	return relay[*permission.DeleteAdministratorResponse](ctx, req, s.V2.DeleteAdministrator)
}

// ListAdministrators lists the memberships that the caller may see, its own among them.
func (s *Administrators) ListAdministrators(ctx context.Context, req *permission.ListAdministratorsRequest) (*permission.ListAdministratorsResponse, error) {
	in, err := request[*permissionv2.ListAdministratorsRequest](req)
	if err != nil {
		return nil, err
	}
	seen := 0
	for _, f := range in.GetFilters() {
		if err := s.nameGrants(ctx, f, &seen); err != nil {
			return nil, err
		}
	}
	out, err := s.V2.ListAdministrators(ctx, in)
	if err != nil {
		return nil, err
	}
	return response[*permission.ListAdministratorsResponse](out), nil
}

// nameGrants replaces the id of each project grant in a condition, which stands
// at the place of the organization (table.go), by the grant's project and
// organization. It counts the conditions that it has seen. Kind:
// InvalidArgument for more than a filter may have.
func (s *Administrators) nameGrants(ctx context.Context, f *permissionv2.AdministratorSearchFilter, seen *int) error {
	if *seen++; *seen > iam.MaxFilterNodes {
		return iam.Errorf(iam.InvalidArgument, "V2B-many1", "at most %d queries can be combined", iam.MaxFilterNodes)
	}
	var parts []*permissionv2.AdministratorSearchFilter
	switch one := f.GetFilter().(type) {
	case *permissionv2.AdministratorSearchFilter_And:
		parts = one.And.GetQueries()
	case *permissionv2.AdministratorSearchFilter_Or:
		parts = one.Or.GetQueries()
	case *permissionv2.AdministratorSearchFilter_Not:
		parts = append(parts, one.Not.GetQuery())
	case *permissionv2.AdministratorSearchFilter_Resource:
		return s.nameGrant(ctx, f, one.Resource.GetProjectGrant())
	}
	for _, part := range parts {
		if err := s.nameGrants(ctx, part, seen); err != nil {
			return err
		}
	}
	return nil
}

func (s *Administrators) nameGrant(ctx context.Context, f *permissionv2.AdministratorSearchFilter, g *permissionv2.ResourceFilter_ProjectGrant) error {
	if g == nil {
		return nil
	}
	if g.GetOrganizationId() == "" {
		return iam.Errorf(iam.InvalidArgument, "V2B-grant", "project_grant_id must not be empty").At("project_grant_id")
	}
	ref, err := s.Directory.GrantNamed(ctx, g.GetOrganizationId())
	switch {
	case iam.Is(err, iam.NotFound): // has no managers; no conditions of which one must hold match nothing
		f.Filter = &permissionv2.AdministratorSearchFilter_Or{Or: &permissionv2.OrFilter{}}
		return nil
	case err != nil:
		return err
	}
	g.ProjectId, g.OrganizationId = ref.ProjectID, ref.GrantedOrgID
	return nil
}
