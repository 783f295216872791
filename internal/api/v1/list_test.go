package v1

import (
	"context"
	"fmt"
	"testing"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/member"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const badMethod = object.TextQueryMethod(99)

// TestListArguments gives every list what a stranger may send: limits at and
// beyond the bounds, queries without content, ways to compare that do not exist.
func TestListArguments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lists := []struct {
		name string
		org  string
		// call asks with a page, and with the list's own fault number n; ok is false behind the last.
		call func(ctx context.Context, q *object.ListQuery, n int) (err error, ok bool)
	}{
		{"ListOrgDomains", w.alpha, faults(w.ListOrgDomains, func(q *object.ListQuery, f ...*org.DomainSearchQuery) *mgmt.ListOrgDomainsRequest {
			return &mgmt.ListOrgDomainsRequest{Query: q, Queries: f}
		}, nil, &org.DomainSearchQuery{},
			&org.DomainSearchQuery{Query: &org.DomainSearchQuery_DomainNameQuery{DomainNameQuery: &org.DomainNameQuery{Method: badMethod}}})},
		{"ListProjects", w.alpha, faults(w.ListProjects, func(q *object.ListQuery, f ...*project.ProjectQuery) *mgmt.ListProjectsRequest {
			return &mgmt.ListProjectsRequest{Query: q, Queries: f}
		}, nil, &project.ProjectQuery{}, badProjectQuery())},
		{"ListGrantedProjects", w.beta, faults(w.ListGrantedProjects, func(q *object.ListQuery, f ...*project.ProjectQuery) *mgmt.ListGrantedProjectsRequest {
			return &mgmt.ListGrantedProjectsRequest{Query: q, Queries: f}
		}, nil, &project.ProjectQuery{}, badProjectQuery())},
		{"ListProjectRoles", w.alpha, faults(w.ListProjectRoles, func(q *object.ListQuery, f ...*project.RoleQuery) *mgmt.ListProjectRolesRequest {
			return &mgmt.ListProjectRolesRequest{ProjectId: w.project, Query: q, Queries: f}
		}, append(badRoleQueries(), nil)...)},
		{"ListGrantedProjectRoles", w.beta, faults(w.ListGrantedProjectRoles, func(q *object.ListQuery, f ...*project.RoleQuery) *mgmt.ListGrantedProjectRolesRequest {
			return &mgmt.ListGrantedProjectRolesRequest{ProjectId: w.project, GrantId: w.grant, Query: q, Queries: f}
		}, append(badRoleQueries(), nil)...)},
		{"ListProjectGrants", w.alpha, faults(w.ListProjectGrants, func(q *object.ListQuery, f ...*project.ProjectGrantQuery) *mgmt.ListProjectGrantsRequest {
			return &mgmt.ListProjectGrantsRequest{ProjectId: w.project, Query: q, Queries: f}
		}, nil, &project.ProjectGrantQuery{},
			&project.ProjectGrantQuery{Query: &project.ProjectGrantQuery_RoleKeyQuery{RoleKeyQuery: &project.GrantRoleKeyQuery{Method: -1}}},
			&project.ProjectGrantQuery{Query: &project.ProjectGrantQuery_ProjectNameQuery{ProjectNameQuery: &project.GrantProjectNameQuery{Method: badMethod}}})},
		{"ListAllProjectGrants", w.alpha, faults(w.ListAllProjectGrants, func(q *object.ListQuery, f ...*project.AllProjectGrantQuery) *mgmt.ListAllProjectGrantsRequest {
			return &mgmt.ListAllProjectGrantsRequest{Query: q, Queries: f}
		}, nil, &project.AllProjectGrantQuery{},
			&project.AllProjectGrantQuery{Query: &project.AllProjectGrantQuery_RoleKeyQuery{RoleKeyQuery: &project.GrantRoleKeyQuery{Method: badMethod}}},
			&project.AllProjectGrantQuery{Query: &project.AllProjectGrantQuery_ProjectNameQuery{ProjectNameQuery: &project.GrantProjectNameQuery{Method: badMethod}}})},
		{"ListOrgMembers", w.alpha, faults(w.ListOrgMembers, func(q *object.ListQuery, f ...*member.SearchQuery) *mgmt.ListOrgMembersRequest {
			return &mgmt.ListOrgMembersRequest{Query: q, Queries: f}
		}, append(badMemberQueries(), nil)...)},
		{"ListProjectMembers", w.alpha, faults(w.ListProjectMembers, func(q *object.ListQuery, f ...*member.SearchQuery) *mgmt.ListProjectMembersRequest {
			return &mgmt.ListProjectMembersRequest{ProjectId: w.project, Query: q, Queries: f}
		}, append(badMemberQueries(), nil)...)},
		{"ListProjectGrantMembers", w.beta, faults(w.ListProjectGrantMembers, func(q *object.ListQuery, f ...*member.SearchQuery) *mgmt.ListProjectGrantMembersRequest {
			return &mgmt.ListProjectGrantMembersRequest{ProjectId: w.project, GrantId: w.grant, Query: q, Queries: f}
		}, append(badMemberQueries(), nil)...)},
	}
	for _, l := range lists {
		ctx := w.in(l.org)
		for limit, want := range map[uint32]iam.Kind{0: success, 1: success, 1000: success, 1001: iam.InvalidArgument, 1<<32 - 1: iam.InvalidArgument} {
			err, _ := l.call(ctx, &object.ListQuery{Limit: limit}, -1)
			wantKind(t, fmt.Sprintf("%s, limit %d", l.name, limit), err, want)
		}
		err, _ := l.call(ctx, &object.ListQuery{Offset: 1 << 63}, -1)
		wantKind(t, l.name+", far offset", err, iam.InvalidArgument)
		n := 0
		for ; ; n++ {
			err, ok := l.call(ctx, nil, n)
			if !ok {
				break
			}
			wantKind(t, fmt.Sprintf("%s, fault %d", l.name, n), err, iam.InvalidArgument)
		}
		if n < 3 {
			t.Errorf("%s: only %d faults", l.name, n)
		}
	}
}

// faults is a list method with the queries that it has to refuse.
func faults[F, Q, R any](method func(context.Context, Q) (R, error), request func(*object.ListQuery, ...F) Q, bad ...F) func(context.Context, *object.ListQuery, int) (error, bool) {
	return func(ctx context.Context, q *object.ListQuery, n int) (error, bool) {
		if n >= len(bad) {
			return nil, false
		}
		if n < 0 {
			_, err := method(ctx, request(q))
			return err, true
		}
		_, err := method(ctx, request(q, bad[n]))
		return err, true
	}
}

func badProjectQuery() *project.ProjectQuery {
	return &project.ProjectQuery{Query: &project.ProjectQuery_NameQuery{NameQuery: &project.ProjectNameQuery{Method: badMethod}}}
}

func badRoleQueries() []*project.RoleQuery {
	return []*project.RoleQuery{
		{},
		{Query: &project.RoleQuery_KeyQuery{KeyQuery: &project.RoleKeyQuery{Method: badMethod}}},
		{Query: &project.RoleQuery_DisplayNameQuery{DisplayNameQuery: &project.RoleDisplayNameQuery{Method: badMethod}}},
	}
}

func badMemberQueries() []*member.SearchQuery {
	return []*member.SearchQuery{
		{},
		{Query: &member.SearchQuery_FirstNameQuery{FirstNameQuery: &member.FirstNameQuery{Method: badMethod}}},
		{Query: &member.SearchQuery_LastNameQuery{LastNameQuery: &member.LastNameQuery{Method: badMethod}}},
		{Query: &member.SearchQuery_EmailQuery{EmailQuery: &member.EmailQuery{Method: badMethod}}},
	}
}

// TestEmptySubMessages sends kinds of query whose content is missing: they
// mean the zero content and must not end the process.
func TestEmptySubMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := w.in(w.alpha)
	walk(t, ctx, []step{
		{"domain", calling(w.ListOrgDomains, &mgmt.ListOrgDomainsRequest{Queries: []*org.DomainSearchQuery{{Query: &org.DomainSearchQuery_DomainNameQuery{}}}}), success},
		{"project", calling(w.ListProjects, &mgmt.ListProjectsRequest{Queries: []*project.ProjectQuery{
			{Query: &project.ProjectQuery_NameQuery{}}, {Query: &project.ProjectQuery_ProjectResourceOwnerQuery{}},
		}}), success},
		{"role", calling(w.ListProjectRoles, &mgmt.ListProjectRolesRequest{ProjectId: w.project, Queries: []*project.RoleQuery{
			{Query: &project.RoleQuery_KeyQuery{}}, {Query: &project.RoleQuery_DisplayNameQuery{}},
		}}), success},
		{"grant", calling(w.ListProjectGrants, &mgmt.ListProjectGrantsRequest{ProjectId: w.project, Queries: []*project.ProjectGrantQuery{
			{Query: &project.ProjectGrantQuery_ProjectNameQuery{}}, {Query: &project.ProjectGrantQuery_RoleKeyQuery{}},
		}}), success},
		{"all grants", calling(w.ListAllProjectGrants, &mgmt.ListAllProjectGrantsRequest{Queries: []*project.AllProjectGrantQuery{
			{Query: &project.AllProjectGrantQuery_ProjectNameQuery{}},
			{Query: &project.AllProjectGrantQuery_RoleKeyQuery{}},
			{Query: &project.AllProjectGrantQuery_ProjectIdQuery{}},
			{Query: &project.AllProjectGrantQuery_GrantedOrgIdQuery{}},
		}}), success},
		{"member", calling(w.ListOrgMembers, &mgmt.ListOrgMembersRequest{Queries: []*member.SearchQuery{
			{Query: &member.SearchQuery_FirstNameQuery{}},
			{Query: &member.SearchQuery_LastNameQuery{}},
			{Query: &member.SearchQuery_EmailQuery{}},
			{Query: &member.SearchQuery_UserIdQuery{}},
		}}), success},
		{"roles without content", calling(w.BulkAddProjectRoles, &mgmt.BulkAddProjectRolesRequest{ProjectId: w.project, Roles: []*mgmt.BulkAddProjectRolesRequest_Role{nil}}), iam.InvalidArgument},
		{"admins without content", calling(w.AddProject, &mgmt.AddProjectRequest{Name: "X", Admins: []*mgmt.AddProjectRequest_Admin{nil}}), iam.NotFound},
	})
	for _, bad := range []*org.OrgQuery{
		nil,
		{},
		{Query: &org.OrgQuery_StateQuery{}},
		{Query: &org.OrgQuery_StateQuery{StateQuery: &org.OrgStateQuery{State: 99}}},
		{Query: &org.OrgQuery_NameQuery{NameQuery: &org.OrgNameQuery{Method: badMethod}}},
		{Query: &org.OrgQuery_DomainQuery{DomainQuery: &org.OrgDomainQuery{Method: badMethod}}},
	} {
		_, err := orgFilter([]*org.OrgQuery{bad})
		wantKind(t, fmt.Sprint("organization query ", bad), err, iam.InvalidArgument)
	}
	_, err := orgSorting(99)
	wantKind(t, "sorting column 99", err, iam.InvalidArgument)
}
