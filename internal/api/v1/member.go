package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// myOrg is the organization of the context as a resource with members.
func myOrg(c iam.Caller) directory.Resource {
	return directory.Resource{Level: iam.LevelOrg, ID: c.Context()}
}

func projectResource(id string) directory.Resource {
	return directory.Resource{Level: iam.LevelProject, ID: id}
}

func grantResource(projectID, grantID string) directory.Resource {
	return directory.Resource{Level: iam.LevelProjectGrant, ID: grantID, ProjectID: projectID}
}

// ListOrgMemberRoles lists the roles that managers of an organization can have.
func (s *Management) ListOrgMemberRoles(ctx context.Context, _ *management.ListOrgMemberRolesRequest) (*management.ListOrgMemberRolesResponse, error) {
	roles, err := s.Directory.ManagerRoles(call.Caller(ctx), iam.LevelOrg)
	if err != nil {
		return nil, err
	}
	return &management.ListOrgMemberRolesResponse{Result: roleNames(roles)}, nil
}

// ListOrgMembers lists who manages the organization of the context.
func (s *Management) ListOrgMembers(ctx context.Context, req *management.ListOrgMembersRequest) (*management.ListOrgMembersResponse, error) {
	c := call.Caller(ctx)
	f, err := memberFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.Members(ctx, c, myOrg(c), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListOrgMembersResponse{
		Details: listDetails(l.Total, s.Now()),
		Result:  mapSlice(l.Items, memberOf),
	}, nil
}

// AddOrgMember makes a user a manager of the organization of the context.
func (s *Management) AddOrgMember(ctx context.Context, req *management.AddOrgMemberRequest) (*management.AddOrgMemberResponse, error) {
	c := call.Caller(ctx)
	m, err := s.Directory.AddMember(ctx, c, myOrg(c), req.GetUserId(), req.GetRoles())
	if err != nil {
		return nil, err
	}
	return &management.AddOrgMemberResponse{Details: memberDetails(m)}, nil
}

// UpdateOrgMember gives a manager of the organization of the context other roles instead.
func (s *Management) UpdateOrgMember(ctx context.Context, req *management.UpdateOrgMemberRequest) (*management.UpdateOrgMemberResponse, error) {
	c := call.Caller(ctx)
	m, err := s.Directory.UpdateMember(ctx, c, myOrg(c), req.GetUserId(), req.GetRoles(), 0)
	if err != nil {
		return nil, err
	}
	return &management.UpdateOrgMemberResponse{Details: memberDetails(m)}, nil
}

// RemoveOrgMember ends a membership of the organization of the context.
func (s *Management) RemoveOrgMember(ctx context.Context, req *management.RemoveOrgMemberRequest) (*management.RemoveOrgMemberResponse, error) {
	c := call.Caller(ctx)
	m, err := s.Directory.RemoveMember(ctx, c, myOrg(c), req.GetUserId())
	if err != nil {
		return nil, err
	}
	return &management.RemoveOrgMemberResponse{Details: memberDetails(m)}, nil
}

// ListProjectMemberRoles lists the roles that managers of a project can have.
func (s *Management) ListProjectMemberRoles(ctx context.Context, _ *management.ListProjectMemberRolesRequest) (*management.ListProjectMemberRolesResponse, error) {
	roles, err := s.Directory.ManagerRoles(call.Caller(ctx), iam.LevelProject)
	if err != nil {
		return nil, err
	}
	return &management.ListProjectMemberRolesResponse{
		Details: listDetails(uint64(len(roles)), s.Now()),
		Result:  roleNames(roles),
	}, nil
}

// ListProjectMembers lists who manages a project.
func (s *Management) ListProjectMembers(ctx context.Context, req *management.ListProjectMembersRequest) (*management.ListProjectMembersResponse, error) {
	f, err := memberFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.Members(ctx, call.Caller(ctx), projectResource(req.GetProjectId()), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListProjectMembersResponse{
		Details: listDetails(l.Total, s.Now()),
		Result:  mapSlice(l.Items, memberOf),
	}, nil
}

// AddProjectMember makes a user a manager of a project.
func (s *Management) AddProjectMember(ctx context.Context, req *management.AddProjectMemberRequest) (*management.AddProjectMemberResponse, error) {
	m, err := s.Directory.AddMember(ctx, call.Caller(ctx), projectResource(req.GetProjectId()), req.GetUserId(), req.GetRoles())
	if err != nil {
		return nil, err
	}
	return &management.AddProjectMemberResponse{Details: memberDetails(m)}, nil
}

// UpdateProjectMember gives a manager of a project other roles instead.
func (s *Management) UpdateProjectMember(ctx context.Context, req *management.UpdateProjectMemberRequest) (*management.UpdateProjectMemberResponse, error) {
	m, err := s.Directory.UpdateMember(ctx, call.Caller(ctx), projectResource(req.GetProjectId()), req.GetUserId(), req.GetRoles(), 0)
	if err != nil {
		return nil, err
	}
	return &management.UpdateProjectMemberResponse{Details: memberDetails(m)}, nil
}

// RemoveProjectMember ends a membership of a project.
func (s *Management) RemoveProjectMember(ctx context.Context, req *management.RemoveProjectMemberRequest) (*management.RemoveProjectMemberResponse, error) {
	m, err := s.Directory.RemoveMember(ctx, call.Caller(ctx), projectResource(req.GetProjectId()), req.GetUserId())
	if err != nil {
		return nil, err
	}
	return &management.RemoveProjectMemberResponse{Details: memberDetails(m)}, nil
}

// ListProjectGrantMemberRoles lists the roles that managers of a project grant can have.
func (s *Management) ListProjectGrantMemberRoles(ctx context.Context, _ *management.ListProjectGrantMemberRolesRequest) (*management.ListProjectGrantMemberRolesResponse, error) {
	roles, err := s.Directory.ManagerRoles(call.Caller(ctx), iam.LevelProjectGrant)
	if err != nil {
		return nil, err
	}
	return &management.ListProjectGrantMemberRolesResponse{
		Details: listDetails(uint64(len(roles)), s.Now()),
		Result:  roleNames(roles),
	}, nil
}

// ListProjectGrantMembers lists who manages a project grant.
func (s *Management) ListProjectGrantMembers(ctx context.Context, req *management.ListProjectGrantMembersRequest) (*management.ListProjectGrantMembersResponse, error) {
	f, err := memberFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	res := grantResource(req.GetProjectId(), req.GetGrantId())
	l, err := s.Directory.Members(ctx, call.Caller(ctx), res, f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListProjectGrantMembersResponse{
		Details: listDetails(l.Total, s.Now()),
		Result:  mapSlice(l.Items, memberOf),
	}, nil
}

// AddProjectGrantMember makes a user a manager of a project grant.
func (s *Management) AddProjectGrantMember(ctx context.Context, req *management.AddProjectGrantMemberRequest) (*management.AddProjectGrantMemberResponse, error) {
	res := grantResource(req.GetProjectId(), req.GetGrantId())
	m, err := s.Directory.AddMember(ctx, call.Caller(ctx), res, req.GetUserId(), req.GetRoles())
	if err != nil {
		return nil, err
	}
	return &management.AddProjectGrantMemberResponse{Details: memberDetails(m)}, nil
}

// UpdateProjectGrantMember gives a manager of a project grant other roles instead.
func (s *Management) UpdateProjectGrantMember(ctx context.Context, req *management.UpdateProjectGrantMemberRequest) (*management.UpdateProjectGrantMemberResponse, error) {
	res := grantResource(req.GetProjectId(), req.GetGrantId())
	m, err := s.Directory.UpdateMember(ctx, call.Caller(ctx), res, req.GetUserId(), req.GetRoles(), 0)
	if err != nil {
		return nil, err
	}
	return &management.UpdateProjectGrantMemberResponse{Details: memberDetails(m)}, nil
}

// RemoveProjectGrantMember ends a membership of a project grant.
func (s *Management) RemoveProjectGrantMember(ctx context.Context, req *management.RemoveProjectGrantMemberRequest) (*management.RemoveProjectGrantMemberResponse, error) {
	res := grantResource(req.GetProjectId(), req.GetGrantId())
	m, err := s.Directory.RemoveMember(ctx, call.Caller(ctx), res, req.GetUserId())
	if err != nil {
		return nil, err
	}
	return &management.RemoveProjectGrantMemberResponse{Details: memberDetails(m)}, nil
}
