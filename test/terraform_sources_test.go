package test

import (
	"maps"
	"slices"
	"testing"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	filters "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	objectv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	objectv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object/v2"
	orgv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org"
	orgs "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	projectv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project"
	projects "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	userv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"
	users "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
)

// source is a data source that finds ids, or keys, of objects.
type source func(p *provider, d *data) ([]string, error)

// method is how a source compares a text: as the configuration says, or
// without regard to case.
func method(d *data, name string) string {
	if m := d.text(name); m != "" {
		return m
	}
	return "TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE"
}

func method1(d *data, name string) objectv1.TextQueryMethod {
	return enum[objectv1.TextQueryMethod](objectv1.TextQueryMethod_value, method(d, name))
}

func method2(d *data, name string) objectv2.TextQueryMethod {
	return enum[objectv2.TextQueryMethod](objectv2.TextQueryMethod_value, method(d, name))
}

// keys collects one text of each element.
func keys[E any](elements []E, key func(E) string) []string {
	found := []string{}
	for _, e := range elements {
		found = append(found, key(e))
	}
	return found
}

func orgsSource(p *provider, d *data) ([]string, error) {
	request := &admin.ListOrgsRequest{}
	if name := d.text("name"); name != "" {
		request.Queries = append(request.Queries, &orgv1.OrgQuery{Query: &orgv1.OrgQuery_NameQuery{
			NameQuery: &orgv1.OrgNameQuery{Name: name, Method: method1(d, "name_method")},
		}})
	}
	if name := d.text("state"); name != "" {
		request.Queries = append(request.Queries, &orgv1.OrgQuery{Query: &orgv1.OrgQuery_StateQuery{
			StateQuery: &orgv1.OrgStateQuery{State: enum[orgv1.OrgState](orgv1.OrgState_value, name)},
		}})
	}
	if domain := d.text("domain"); domain != "" {
		request.Queries = append(request.Queries, &orgv1.OrgQuery{Query: &orgv1.OrgQuery_DomainQuery{
			DomainQuery: &orgv1.OrgDomainQuery{Domain: domain, Method: method1(d, "domain_method")},
		}})
	}
	answer, err := p.AdminService().ListOrgs(p.base, request)
	return keys(answer.GetResult(), (*orgv1.Org).GetId), err
}

func organizationsSource(p *provider, d *data) ([]string, error) {
	request := &orgs.ListOrganizationsRequest{}
	if name := d.text("name"); name != "" {
		request.Queries = append(request.Queries, &orgs.SearchQuery{Query: &orgs.SearchQuery_NameQuery{
			NameQuery: &orgs.OrganizationNameQuery{Name: name, Method: method2(d, "name_method")},
		}})
	}
	if name := d.text("state"); name != "" {
		request.Queries = append(request.Queries, &orgs.SearchQuery{Query: &orgs.SearchQuery_StateQuery{
			StateQuery: &orgs.OrganizationStateQuery{State: enum[orgs.OrganizationState](orgs.OrganizationState_value, name)},
		}})
	}
	if domain := d.text("domain"); domain != "" {
		request.Queries = append(request.Queries, &orgs.SearchQuery{Query: &orgs.SearchQuery_DomainQuery{
			DomainQuery: &orgs.OrganizationDomainQuery{Domain: domain, Method: method2(d, "domain_method")},
		}})
	}
	if d.flag("is_default") {
		request.Queries = append(request.Queries, &orgs.SearchQuery{Query: &orgs.SearchQuery_DefaultQuery{
			DefaultQuery: &orgs.DefaultOrganizationQuery{},
		}})
	}
	answer, err := p.OrganizationServiceV2().ListOrganizations(p.base, request)
	return keys(answer.GetResult(), (*orgs.Organization).GetId), err
}

func projectsSource(p *provider, d *data) ([]string, error) {
	request := &management.ListProjectsRequest{}
	if name := d.text("name"); name != "" {
		request.Queries = []*projectv1.ProjectQuery{{Query: &projectv1.ProjectQuery_NameQuery{
			NameQuery: &projectv1.ProjectNameQuery{Name: name, Method: method1(d, "name_method")},
		}}}
	}
	answer, err := p.ManagementService().ListProjects(p.of(d), request)
	return keys(answer.GetResult(), (*projectv1.Project).GetId), err
}

func projectsV2Source(p *provider, d *data) ([]string, error) {
	request := &projects.ListProjectsRequest{}
	if org := d.text("org_id"); org != "" {
		request.Filters = append(request.Filters, &projects.ProjectSearchFilter{Filter: &projects.ProjectSearchFilter_OrganizationIdFilter{
			OrganizationIdFilter: &projects.ProjectOrganizationIDFilter{
				OrganizationId: org, Type: projects.ProjectOrganizationIDFilter_OWNED,
			},
		}})
	}
	if name := d.text("name"); name != "" {
		request.Filters = append(request.Filters, &projects.ProjectSearchFilter{Filter: &projects.ProjectSearchFilter_ProjectNameFilter{
			ProjectNameFilter: &projects.ProjectNameFilter{
				ProjectName: name,
				Method:      filters.TextFilterMethod(method1(d, "name_method")), // the numbers are the same
			},
		}})
	}
	answer, err := p.ProjectServiceV2().ListProjects(p.of(d), request)
	return keys(answer.GetProjects(), (*projects.Project).GetProjectId), err
}

func projectRolesSource(p *provider, d *data) ([]string, error) {
	request := &management.ListProjectRolesRequest{ProjectId: d.text("project_id")}
	if key := d.text("role_key"); key != "" {
		request.Queries = append(request.Queries, &projectv1.RoleQuery{Query: &projectv1.RoleQuery_KeyQuery{
			KeyQuery: &projectv1.RoleKeyQuery{Key: key, Method: method1(d, "role_key_method")},
		}})
	}
	if name := d.text("display_name"); name != "" {
		request.Queries = append(request.Queries, &projectv1.RoleQuery{Query: &projectv1.RoleQuery_DisplayNameQuery{
			DisplayNameQuery: &projectv1.RoleDisplayNameQuery{DisplayName: name, Method: method1(d, "display_name_method")},
		}})
	}
	answer, err := p.ManagementService().ListProjectRoles(p.of(d), request)
	return keys(answer.GetResult(), (*projectv1.Role).GetKey), err
}

func machineUsersSource(p *provider, d *data) (ids []string, err error) {
	return ids, either(func() error {
		request := &users.ListUsersRequest{Queries: []*users.SearchQuery{{Query: &users.SearchQuery_TypeQuery{
			TypeQuery: &users.TypeQuery{Type: users.Type_TYPE_MACHINE},
		}}}}
		if name := d.text("user_name"); name != "" {
			request.Queries = append(request.Queries, &users.SearchQuery{Query: &users.SearchQuery_UserNameQuery{
				UserNameQuery: &users.UserNameQuery{UserName: name, Method: method2(d, "user_name_method")},
			}})
		}
		if name := d.text("login_name"); name != "" {
			request.Queries = append(request.Queries, &users.SearchQuery{Query: &users.SearchQuery_LoginNameQuery{
				LoginNameQuery: &users.LoginNameQuery{LoginName: name, Method: method2(d, "login_name_method")},
			}})
		}
		answer, err := p.UserServiceV2().ListUsers(p.of(d), request)
		ids = keys(answer.GetResult(), (*users.User).GetUserId)
		return err
	}, func() error {
		request := &management.ListUsersRequest{Queries: []*userv1.SearchQuery{{Query: &userv1.SearchQuery_TypeQuery{
			TypeQuery: &userv1.TypeQuery{Type: userv1.Type_TYPE_MACHINE},
		}}}}
		if name := d.text("user_name"); name != "" {
			request.Queries = append(request.Queries, &userv1.SearchQuery{Query: &userv1.SearchQuery_UserNameQuery{
				UserNameQuery: &userv1.UserNameQuery{UserName: name, Method: method1(d, "user_name_method")},
			}})
		}
		if name := d.text("login_name"); name != "" {
			request.Queries = append(request.Queries, &userv1.SearchQuery{Query: &userv1.SearchQuery_LoginNameQuery{
				LoginNameQuery: &userv1.LoginNameQuery{LoginName: name, Method: method1(d, "login_name_method")},
			}})
		}
		answer, err := p.ManagementService().ListUsers(p.of(d), request)
		ids = keys(answer.GetResult(), (*userv1.User).GetId)
		return err
	})
}

func userGrantsSource(p *provider, d *data) ([]string, error) {
	request := &management.ListUserGrantRequest{Queries: []*userv1.UserGrantQuery{{Query: &userv1.UserGrantQuery_UserIdQuery{
		UserIdQuery: &userv1.UserGrantUserIDQuery{UserId: d.text("user_id")},
	}}}}
	if id := d.text("project_id"); id != "" {
		request.Queries = append(request.Queries, &userv1.UserGrantQuery{Query: &userv1.UserGrantQuery_ProjectIdQuery{
			ProjectIdQuery: &userv1.UserGrantProjectIDQuery{ProjectId: id},
		}})
	}
	if id := d.text("project_grant_id"); id != "" {
		request.Queries = append(request.Queries, &userv1.UserGrantQuery{Query: &userv1.UserGrantQuery_ProjectGrantIdQuery{
			ProjectGrantIdQuery: &userv1.UserGrantProjectGrantIDQuery{ProjectGrantId: id},
		}})
	}
	if key := d.text("role_key"); key != "" {
		request.Queries = append(request.Queries, &userv1.UserGrantQuery{Query: &userv1.UserGrantQuery_RoleKeyQuery{
			RoleKeyQuery: &userv1.UserGrantRoleKeyQuery{RoleKey: key},
		}})
	}
	answer, err := p.ManagementService().ListUserGrants(p.of(d), request)
	return keys(answer.GetResult(), (*userv1.UserGrant).GetId), err
}

// looked is one look through a data source at the configuration's objects.
type looked struct {
	name   string
	find   source
	wanted attributes
	among  bool  // others may be found too
	found  []ref // what is found, in any order
}

// holds that a source finds what it should.
func (tf *terraform) look(t testing.TB, l looked) {
	t.Helper()
	wanted, err := tf.state.resolve(l.wanted)
	if err != nil {
		t.Fatal(err)
	}
	got, err := l.find(tf.p, &data{now: wanted})
	if err != nil {
		t.Fatalf("data %s with %v: %v", l.name, wanted, err)
	}
	want := attributes{}
	for _, target := range l.found {
		want[string(target)] = target
	}
	if want, err = tf.state.resolve(want); err != nil {
		t.Fatal(err)
	}
	for target, value := range want {
		at := slices.Index(got, value.(string))
		if at < 0 {
			t.Errorf("data %s with %v does not find %s", l.name, wanted, target)
			continue
		}
		got = slices.Delete(got, at, at+1)
	}
	if len(got) > 0 && !l.among {
		t.Errorf("data %s with %v finds more than %v: %v", l.name, wanted, slices.Sorted(maps.Keys(want)), got)
	}
}
