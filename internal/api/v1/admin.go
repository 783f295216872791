package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/member"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// Healthz says that the service answers.
func (s *Admin) Healthz(context.Context, *admin.HealthzRequest) (*admin.HealthzResponse, error) {
	return &admin.HealthzResponse{}, nil
}

// GetMyInstance describes the instance.
func (s *Admin) GetMyInstance(ctx context.Context, _ *admin.GetMyInstanceRequest) (*admin.GetMyInstanceResponse, error) {
	i, err := s.Directory.Instance(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return &admin.GetMyInstanceResponse{Instance: &instance.InstanceDetail{
		Id:      i.ID,
		Details: details(i.Meta, i.ID),
		State:   instance.State_STATE_RUNNING,
		Name:    i.Name,
		Domains: []*instance.Domain{{Details: details(i.Meta, i.ID), Domain: s.Directory.Host, Primary: true}},
	}}, nil
}

// GetOrgByID finds an organization.
func (s *Admin) GetOrgByID(ctx context.Context, req *admin.GetOrgByIDRequest) (*admin.GetOrgByIDResponse, error) {
	o, err := s.Directory.Org(ctx, call.Caller(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &admin.GetOrgByIDResponse{Org: orgOf(o)}, nil
}

// IsOrgUnique reports whether a name and a domain are still free.
func (s *Admin) IsOrgUnique(ctx context.Context, req *admin.IsOrgUniqueRequest) (*admin.IsOrgUniqueResponse, error) {
	unique, err := s.Directory.OrgUnique(ctx, call.Caller(ctx), req.GetName(), req.GetDomain())
	if err != nil {
		return nil, err
	}
	return &admin.IsOrgUniqueResponse{IsUnique: unique}, nil
}

// SetDefaultOrg makes an organization the default one.
func (s *Admin) SetDefaultOrg(ctx context.Context, req *admin.SetDefaultOrgRequest) (*admin.SetDefaultOrgResponse, error) {
	o, err := s.Directory.SetDefaultOrg(ctx, call.Caller(ctx), req.GetOrgId())
	if err != nil {
		return nil, err
	}
	return &admin.SetDefaultOrgResponse{Details: details(o.Meta, o.ID)}, nil
}

// GetDefaultOrg finds the default organization.
func (s *Admin) GetDefaultOrg(ctx context.Context, _ *admin.GetDefaultOrgRequest) (*admin.GetDefaultOrgResponse, error) {
	o, err := s.Directory.DefaultOrg(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return &admin.GetDefaultOrgResponse{Org: orgOf(o)}, nil
}

// ListOrgs lists organizations.
func (s *Admin) ListOrgs(ctx context.Context, req *admin.ListOrgsRequest) (*admin.ListOrgsResponse, error) {
	f, err := orgFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	p := page(req.GetQuery())
	if p.SortBy, err = orgSorting(req.GetSortingColumn()); err != nil {
		return nil, err
	}
	l, err := s.Directory.Orgs(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &admin.ListOrgsResponse{
		Details: listDetails(l.Total, s.Now()), SortingColumn: req.GetSortingColumn(), Result: mapSlice(l.Items, orgOf),
	}, nil
}

// RemoveOrg removes an organization with all that it owns.
func (s *Admin) RemoveOrg(ctx context.Context, req *admin.RemoveOrgRequest) (*admin.RemoveOrgResponse, error) {
	o, err := s.Directory.RemoveOrg(ctx, call.Caller(ctx), req.GetOrgId())
	if err != nil {
		return nil, err
	}
	return &admin.RemoveOrgResponse{Details: details(o.Meta, o.ID)}, nil
}

// SetUpOrg creates an organization with a human as its first manager. A domain
// that is given comes beside the one that follows from the name.
func (s *Admin) SetUpOrg(ctx context.Context, req *admin.SetUpOrgRequest) (*admin.SetUpOrgResponse, error) {
	human := req.GetHuman()
	if human == nil {
		return nil, iam.Errorf(iam.InvalidArgument, "ADMIN-hum1x", "the human that is to manage the organization must be given")
	}
	if err := iam.CheckUserName(human.GetUserName()); err != nil {
		return nil, err
	}
	profile, err := readProfile(human.GetProfile(), human.GetEmail(), human.GetPhone())
	if err != nil {
		return nil, err
	}
	o, admins, err := s.Directory.CreateOrg(ctx, call.Caller(ctx), directory.NewOrg{
		Name: req.GetOrg().GetName(), Domain: req.GetOrg().GetDomain(),
		Admins: []directory.NewOrgAdmin{{
			Human: &directory.NewHuman{UserName: human.GetUserName(), Profile: profile, Password: human.GetPassword()},
			Roles: req.GetRoles(),
		}},
	})
	if err != nil {
		return nil, err
	}
	return &admin.SetUpOrgResponse{Details: details(o.Meta, o.ID), OrgId: o.ID, UserId: admins[0]}, nil
}

// theInstance is the instance as a resource with members.
func theInstance() directory.Resource { return directory.Resource{Level: iam.LevelInstance} }

// ListIAMMemberRoles lists the roles that instance members can be given.
func (s *Admin) ListIAMMemberRoles(ctx context.Context, _ *admin.ListIAMMemberRolesRequest) (*admin.ListIAMMemberRolesResponse, error) {
	roles, err := s.Directory.ManagerRoles(call.Caller(ctx), iam.LevelInstance)
	if err != nil {
		return nil, err
	}
	return &admin.ListIAMMemberRolesResponse{
		Details: listDetails(uint64(len(roles)), s.Now()), Roles: roleNames(roles),
	}, nil
}

// ListIAMMembers lists who manages the instance.
func (s *Admin) ListIAMMembers(ctx context.Context, req *admin.ListIAMMembersRequest) (*admin.ListIAMMembersResponse, error) {
	f, err := memberFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	p := page(req.GetQuery())
	if p.SortBy, err = memberSorting(req.GetSortingColumn()); err != nil {
		return nil, err
	}
	l, err := s.Directory.Members(ctx, call.Caller(ctx), theInstance(), f, p)
	if err != nil {
		return nil, err
	}
	return &admin.ListIAMMembersResponse{
		Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, memberOf),
	}, nil
}

// memberSorting reads by what a list of members is sorted.
func memberSorting(column member.MemberFieldColumnName) (iam.Field, error) {
	switch column {
	case member.MemberFieldColumnName_MEMBER_FIELD_NAME_UNSPECIFIED,
		member.MemberFieldColumnName_MEMBER_FIELD_NAME_CREATION_DATE:
		return iam.FieldCreated, nil
	case member.MemberFieldColumnName_MEMBER_FIELD_NAME_CHANGE_DATE:
		return iam.FieldChanged, nil
	case member.MemberFieldColumnName_MEMBER_FIELD_NAME_USER_ID:
		return iam.FieldUserID, nil
	case member.MemberFieldColumnName_MEMBER_FIELD_NAME_USER_RESOURCE_OWNER:
		return iam.FieldUserOrgID, nil
	}
	return "", unknownEnum("the sorting column")
}

// AddIAMMember makes a user a manager of the instance.
func (s *Admin) AddIAMMember(ctx context.Context, req *admin.AddIAMMemberRequest) (*admin.AddIAMMemberResponse, error) {
	m, err := s.Directory.AddMember(ctx, call.Caller(ctx), theInstance(), req.GetUserId(), req.GetRoles())
	if err != nil {
		return nil, err
	}
	return &admin.AddIAMMemberResponse{Details: memberDetails(m)}, nil
}

// UpdateIAMMember gives a manager of the instance other roles instead.
func (s *Admin) UpdateIAMMember(ctx context.Context, req *admin.UpdateIAMMemberRequest) (*admin.UpdateIAMMemberResponse, error) {
	m, err := s.Directory.UpdateMember(ctx, call.Caller(ctx), theInstance(), req.GetUserId(), req.GetRoles(), 0)
	if err != nil {
		return nil, err
	}
	return &admin.UpdateIAMMemberResponse{Details: memberDetails(m)}, nil
}

// RemoveIAMMember ends a user's membership of the instance.
func (s *Admin) RemoveIAMMember(ctx context.Context, req *admin.RemoveIAMMemberRequest) (*admin.RemoveIAMMemberResponse, error) {
	m, err := s.Directory.RemoveMember(ctx, call.Caller(ctx), theInstance(), req.GetUserId())
	if err != nil {
		return nil, err
	}
	return &admin.RemoveIAMMemberResponse{Details: memberDetails(m)}, nil
}
