package v1

import (
	"slices"
	"strings"
	"testing"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func TestRoleLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := w.in(w.alpha)
	add := func(key string) *mgmt.AddProjectRoleRequest {
		return &mgmt.AddProjectRoleRequest{ProjectId: w.project, RoleKey: key, DisplayName: "Admin", Group: "chat"}
	}
	bulk := func(keys ...string) *mgmt.BulkAddProjectRolesRequest {
		return &mgmt.BulkAddProjectRolesRequest{ProjectId: w.project, Roles: mapSlice(keys, func(k string) *mgmt.BulkAddProjectRolesRequest_Role {
			return &mgmt.BulkAddProjectRolesRequest_Role{Key: k}
		})}
	}
	update := func(key, name, group string) *mgmt.UpdateProjectRoleRequest {
		return &mgmt.UpdateProjectRoleRequest{ProjectId: w.project, RoleKey: key, DisplayName: name, Group: group}
	}
	walk(t, ctx, []step{
		{"add", calling(w.AddProjectRole, add("chat.admin.all")), success},
		{"again", calling(w.AddProjectRole, add("chat.admin.all")), iam.AlreadyExists},
		{"other case is another key", calling(w.AddProjectRole, add("CHAT.admin.all")), success},
		{"no key", calling(w.AddProjectRole, add("")), iam.InvalidArgument},
		{"white space", calling(w.AddProjectRole, add("a b")), iam.InvalidArgument},
		{"long", calling(w.AddProjectRole, add(strings.Repeat("k", iam.MaxName+1))), iam.InvalidArgument},
		{"bulk of none", calling(w.BulkAddProjectRoles, bulk()), iam.InvalidArgument},
		{"bulk with one that is there", calling(w.BulkAddProjectRoles, bulk("one", "reader")), iam.AlreadyExists},
		{"bulk with one twice", calling(w.BulkAddProjectRoles, bulk("two", "two")), iam.AlreadyExists},
		{"bulk of too many", calling(w.BulkAddProjectRoles, bulk(make([]string, iam.MaxLimit+1)...)), iam.InvalidArgument},
		{"update to the same", calling(w.UpdateProjectRole, update("chat.admin.all", "Admin", "chat")), iam.Unchanged},
		{"update replaces both", calling(w.UpdateProjectRole, update("chat.admin.all", "Boss", "")), success},
		{"update of none", calling(w.UpdateProjectRole, update("nobody", "X", "")), iam.NotFound},
		{"remove", calling(w.RemoveProjectRole, &mgmt.RemoveProjectRoleRequest{ProjectId: w.project, RoleKey: "writer"}), success},
		{"remove again", calling(w.RemoveProjectRole, &mgmt.RemoveProjectRoleRequest{ProjectId: w.project, RoleKey: "writer"}), iam.NotFound},
		{"project is gone", calling(w.AddProjectRole, &mgmt.AddProjectRoleRequest{ProjectId: "1", RoleKey: "x"}), iam.NotFound},
		{"roles of no project", calling(w.ListProjectRoles, &mgmt.ListProjectRolesRequest{ProjectId: "1"}), iam.NotFound},
	})
	w.wantRoleKeys(nil, "CHAT.admin.all", "chat.admin.all", "reader") // nothing of a bulk that failed
	found := w.wantRoleKeys([]*project.RoleQuery{
		{Query: &project.RoleQuery_KeyQuery{KeyQuery: &project.RoleKeyQuery{Key: "chat.admin.all"}}},
		{Query: &project.RoleQuery_DisplayNameQuery{DisplayNameQuery: &project.RoleDisplayNameQuery{
			DisplayName: "bOS", Method: object.TextQueryMethod_TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE,
		}}},
	}, "chat.admin.all")
	if r := found[0]; r.GetDisplayName() != "Boss" || r.GetGroup() != "" || r.GetDetails().GetResourceOwner() != w.alpha {
		t.Errorf("role after its change: %v", r)
	}
}

// wantRoleKeys lists roles of the world's project and compares their keys.
func (w *world) wantRoleKeys(queries []*project.RoleQuery, want ...string) []*project.Role {
	w.t.Helper()
	roles := must(w.ListProjectRoles(w.in(w.alpha), &mgmt.ListProjectRolesRequest{ProjectId: w.project, Queries: queries})).GetResult()
	keys := mapSlice(roles, func(r *project.Role) string { return r.GetKey() })
	slices.Sort(keys)
	if !slices.Equal(keys, want) {
		w.t.Fatalf("role keys: %q, want %q", keys, want)
	}
	return roles
}

// TestGrantedRoles are those of the grant, not all of the project.
func TestGrantedRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := func(queries ...*project.RoleQuery) []string {
		t.Helper()
		got := must(w.ListGrantedProjectRoles(w.in(w.beta), &mgmt.ListGrantedProjectRolesRequest{
			ProjectId: w.project, GrantId: w.grant, Queries: queries,
		}))
		return mapSlice(got.GetResult(), func(r *project.Role) string { return r.GetKey() })
	}
	if got := list(); !slices.Equal(got, []string{"reader"}) {
		t.Errorf("granted roles: %v, want only reader", got)
	}
	writer := &project.RoleQuery{Query: &project.RoleQuery_KeyQuery{KeyQuery: &project.RoleKeyQuery{Key: "writer"}}}
	if got := list(writer); len(got) != 0 {
		t.Errorf("a role that is not lent is found: %v", got)
	}
}
