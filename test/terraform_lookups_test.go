package test

import (
	"slices"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/app"
	applications "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/application/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	metadatav1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/metadata"
	metadatav2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/metadata/v2"
	orgs "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	userv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"
	users "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
)

// applicationsSource finds applications of one type through the first generation.
func applicationsSource(ofType func(*app.App) bool) source {
	return func(p *provider, d *data) ([]string, error) {
		request := &management.ListAppsRequest{ProjectId: d.text("project_id")}
		if name := d.text("name"); name != "" {
			request.Queries = []*app.AppQuery{{Query: &app.AppQuery_NameQuery{
				NameQuery: &app.AppNameQuery{Name: name, Method: method1(d, "name_method")},
			}}}
		}
		answer, err := p.ManagementService().ListApps(p.of(d), request)
		found := slices.DeleteFunc(answer.GetResult(), func(a *app.App) bool { return !ofType(a) })
		return keys(found, (*app.App).GetId), err
	}
}

func apiApplicationsSource() source {
	return applicationsSource(func(a *app.App) bool { return a.GetApiConfig() != nil })
}

func oidcApplicationsSource() source {
	return applicationsSource(func(a *app.App) bool { return a.GetOidcConfig() != nil })
}

func applicationsV2Source(p *provider, d *data) ([]string, error) {
	request := &applications.ListApplicationsRequest{Filters: []*applications.ApplicationSearchFilter{{
		Filter: &applications.ApplicationSearchFilter_ProjectIdFilter{
			ProjectIdFilter: &applications.ProjectIDFilter{ProjectId: d.text("project_id")},
		},
	}}}
	if name := d.text("name"); name != "" {
		request.Filters = append(request.Filters, &applications.ApplicationSearchFilter{
			Filter: &applications.ApplicationSearchFilter_NameFilter{NameFilter: &applications.ApplicationNameFilter{Name: name}},
		})
	}
	answer, err := p.ApplicationServiceV2().ListApplications(p.base, request)
	return keys(answer.GetApplications(), (*applications.Application).GetApplicationId), err
}

// humanUsersSource asks for what the configuration names, of humans only.
func humanUsersSource(p *provider, d *data) (ids []string, err error) {
	return ids, either(func() error {
		request := &users.ListUsersRequest{Queries: []*users.SearchQuery{{Query: &users.SearchQuery_TypeQuery{
			TypeQuery: &users.TypeQuery{Type: users.Type_TYPE_HUMAN},
		}}}}
		for _, name := range []string{"user_name", "first_name", "last_name", "nick_name", "display_name", "email", "login_name"} {
			text, how := d.text(name), method2(d, name+"_method")
			if text == "" {
				continue
			}
			request.Queries = append(request.Queries, map[string]*users.SearchQuery{
				"user_name":    {Query: &users.SearchQuery_UserNameQuery{UserNameQuery: &users.UserNameQuery{UserName: text, Method: how}}},
				"first_name":   {Query: &users.SearchQuery_FirstNameQuery{FirstNameQuery: &users.FirstNameQuery{FirstName: text, Method: how}}},
				"last_name":    {Query: &users.SearchQuery_LastNameQuery{LastNameQuery: &users.LastNameQuery{LastName: text, Method: how}}},
				"nick_name":    {Query: &users.SearchQuery_NickNameQuery{NickNameQuery: &users.NickNameQuery{NickName: text, Method: how}}},
				"display_name": {Query: &users.SearchQuery_DisplayNameQuery{DisplayNameQuery: &users.DisplayNameQuery{DisplayName: text, Method: how}}},
				"email":        {Query: &users.SearchQuery_EmailQuery{EmailQuery: &users.EmailQuery{EmailAddress: text, Method: how}}},
				"login_name":   {Query: &users.SearchQuery_LoginNameQuery{LoginNameQuery: &users.LoginNameQuery{LoginName: text, Method: how}}},
			}[name])
		}
		answer, err := p.UserServiceV2().ListUsers(p.of(d), request)
		ids = keys(answer.GetResult(), (*users.User).GetUserId)
		return err
	}, func() error {
		request := &management.ListUsersRequest{Queries: []*userv1.SearchQuery{{Query: &userv1.SearchQuery_TypeQuery{
			TypeQuery: &userv1.TypeQuery{Type: userv1.Type_TYPE_HUMAN},
		}}}}
		for _, name := range []string{"user_name", "first_name", "last_name", "nick_name", "display_name", "email", "login_name"} {
			text, how := d.text(name), method1(d, name+"_method")
			if text == "" {
				continue
			}
			request.Queries = append(request.Queries, map[string]*userv1.SearchQuery{
				"user_name":    {Query: &userv1.SearchQuery_UserNameQuery{UserNameQuery: &userv1.UserNameQuery{UserName: text, Method: how}}},
				"first_name":   {Query: &userv1.SearchQuery_FirstNameQuery{FirstNameQuery: &userv1.FirstNameQuery{FirstName: text, Method: how}}},
				"last_name":    {Query: &userv1.SearchQuery_LastNameQuery{LastNameQuery: &userv1.LastNameQuery{LastName: text, Method: how}}},
				"nick_name":    {Query: &userv1.SearchQuery_NickNameQuery{NickNameQuery: &userv1.NickNameQuery{NickName: text, Method: how}}},
				"display_name": {Query: &userv1.SearchQuery_DisplayNameQuery{DisplayNameQuery: &userv1.DisplayNameQuery{DisplayName: text, Method: how}}},
				"email":        {Query: &userv1.SearchQuery_EmailQuery{EmailQuery: &userv1.EmailQuery{EmailAddress: text, Method: how}}},
				"login_name":   {Query: &userv1.SearchQuery_LoginNameQuery{LoginNameQuery: &userv1.LoginNameQuery{LoginName: text, Method: how}}},
			}[name])
		}
		answer, err := p.ManagementService().ListUsers(p.of(d), request)
		ids = keys(answer.GetResult(), (*userv1.User).GetId)
		return err
	})
}

func userMetadataSource(p *provider, d *data) ([]string, error) {
	request := &management.ListUserMetadataRequest{Id: d.text("user_id")}
	if key := d.text("key"); key != "" {
		request.Queries = []*metadatav1.MetadataQuery{{Query: &metadatav1.MetadataQuery_KeyQuery{
			KeyQuery: &metadatav1.MetadataKeyQuery{Key: key},
		}}}
	}
	answer, err := p.ManagementService().ListUserMetadata(p.of(d), request)
	return keys(answer.GetResult(), func(m *metadatav1.Metadata) string { return string(m.GetValue()) }), err
}

func organizationMetadataSource(p *provider, d *data) ([]string, error) {
	request := &orgs.ListOrganizationMetadataRequest{OrganizationId: d.text("organization_id")}
	if key := d.text("key"); key != "" {
		request.Filters = []*metadatav2.MetadataSearchFilter{{Filter: &metadatav2.MetadataSearchFilter_KeyFilter{
			KeyFilter: &metadatav2.MetadataKeyFilter{Key: key},
		}}}
	}
	answer, err := p.OrganizationServiceV2().ListOrganizationMetadata(p.base, request)
	return keys(answer.GetMetadata(), func(m *metadatav2.Metadata) string { return string(m.GetValue()) }), err
}
