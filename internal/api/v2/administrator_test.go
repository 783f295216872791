package v2

import (
	"slices"
	"testing"

	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func ofOrg(id string) *permission.ResourceType {
	return &permission.ResourceType{Resource: &permission.ResourceType_OrganizationId{OrganizationId: id}}
}

func ofProject(id string) *permission.ResourceType {
	return &permission.ResourceType{Resource: &permission.ResourceType_ProjectId{ProjectId: id}}
}

func ofGrant(projectID, orgID string) *permission.ResourceType {
	return &permission.ResourceType{Resource: &permission.ResourceType_ProjectGrant_{
		ProjectGrant: &permission.ResourceType_ProjectGrant{ProjectId: projectID, OrganizationId: orgID},
	}}
}

func ofInstance() *permission.ResourceType {
	return &permission.ResourceType{Resource: &permission.ResourceType_Instance{Instance: true}}
}

func TestAdministrators(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name, by, user string
		of             *permission.ResourceType
		roles          []string
		want           iam.Kind
	}{
		{"instance", rootID, robot, ofInstance(), []string{"IAM_OWNER_VIEWER"}, success},
		{"organization", ownerID, robot, ofOrg(alpha), []string{"ORG_OWNER"}, success},
		{"project", ownerID, robot, ofProject(chat), []string{"PROJECT_OWNER"}, success},
		{"project grant", receiverID, guest, ofGrant(chat, beta), []string{"PROJECT_GRANT_OWNER"}, success},
		{"again", ownerID, robot, ofOrg(alpha), []string{"ORG_OWNER"}, iam.AlreadyExists},
		{"instance, by an owner", ownerID, human, ofInstance(), []string{"IAM_OWNER"}, iam.PermissionDenied},
		{"project grant, by the giver", ownerID, human, ofGrant(chat, beta), []string{"PROJECT_GRANT_OWNER"}, iam.PermissionDenied},
		{"project, by the receiver", receiverID, guest, ofProject(chat), []string{"PROJECT_OWNER"}, iam.PermissionDenied},
		{"role of another level", ownerID, human, ofOrg(alpha), []string{"IAM_OWNER"}, iam.InvalidArgument},
		{"no role", ownerID, human, ofOrg(alpha), nil, iam.InvalidArgument},
		{"user of others", ownerID, guest, ofOrg(alpha), []string{"ORG_OWNER"}, iam.NotFound},
		{"unknown organization", ownerID, human, ofOrg(unknown), []string{"ORG_OWNER"}, iam.NotFound},
		{"unknown project grant", rootID, human, ofGrant(chat, gamma), []string{"PROJECT_GRANT_OWNER"}, iam.NotFound},
		{"no resource", rootID, human, nil, []string{"IAM_OWNER"}, iam.InvalidArgument},
		{"empty resource", rootID, human, &permission.ResourceType{}, []string{"IAM_OWNER"}, iam.InvalidArgument},
		{"not the instance", rootID, human, &permission.ResourceType{Resource: &permission.ResourceType_Instance{}}, []string{"IAM_OWNER"}, iam.InvalidArgument},
		{"nil project grant", rootID, human, &permission.ResourceType{Resource: &permission.ResourceType_ProjectGrant_{}}, nil, iam.InvalidArgument},
		{"no user", ownerID, "", ofOrg(alpha), []string{"ORG_OWNER"}, iam.InvalidArgument},
	} {
		made, err := w.administrators.CreateAdministrator(w.as(tt.by), &permission.CreateAdministratorRequest{UserId: tt.user, Resource: tt.of, Roles: tt.roles})
		wantKind(t, tt.name, err, tt.want)
		if err == nil && made.GetCreationDate() == nil {
			t.Errorf("%s: no date", tt.name)
		}
	}

	ctx := w.as(rootID)
	update := &permission.UpdateAdministratorRequest{UserId: guest, Resource: ofGrant(chat, beta), Roles: []string{"PROJECT_GRANT_OWNER_VIEWER"}}
	if first, again := must(w.administrators.UpdateAdministrator(ctx, update)), must(w.administrators.UpdateAdministrator(ctx, update)); first.GetChangeDate() == nil || !proto.Equal(first, again) {
		t.Errorf("changed at %v and %v", first, again)
	}
	remove := &permission.DeleteAdministratorRequest{UserId: guest, Resource: ofGrant(chat, beta)}
	if first, again := must(w.administrators.DeleteAdministrator(ctx, remove)), must(w.administrators.DeleteAdministrator(ctx, remove)); first.GetDeletionDate() == nil || again.GetDeletionDate() != nil {
		t.Errorf("deleted at %v and %v", first, again)
	}
	for name, tt := range map[string]struct {
		err  error
		want iam.Kind
	}{
		"change what is not":    {second(w.administrators.UpdateAdministrator(ctx, update)), iam.NotFound},
		"remove the last owner": {second(w.administrators.DeleteAdministrator(ctx, &permission.DeleteAdministratorRequest{UserId: rootID, Resource: ofInstance()})), iam.FailedPrecondition},
		"lower the last owner": {second(w.administrators.UpdateAdministrator(ctx, &permission.UpdateAdministratorRequest{
			UserId: rootID, Resource: ofInstance(), Roles: []string{"IAM_OWNER_VIEWER"},
		})), iam.FailedPrecondition},
		"remove without a resource": {second(w.administrators.DeleteAdministrator(ctx, &permission.DeleteAdministratorRequest{UserId: rootID})), iam.InvalidArgument},
		"remove elsewhere": {second(w.administrators.DeleteAdministrator(w.as(strangerID), &permission.DeleteAdministratorRequest{
			UserId: unknown, Resource: ofOrg(alpha),
		})), iam.PermissionDenied},
	} {
		wantKind(t, name, tt.err, tt.want)
	}
}

type adminFilter = permission.AdministratorSearchFilter

func allOf(fs ...*adminFilter) *adminFilter {
	return &adminFilter{Filter: &permission.AdministratorSearchFilter_And{And: &permission.AndFilter{Queries: fs}}}
}

func anyOf(fs ...*adminFilter) *adminFilter {
	return &adminFilter{Filter: &permission.AdministratorSearchFilter_Or{Or: &permission.OrFilter{Queries: fs}}}
}

func noneOf(f *adminFilter) *adminFilter {
	return &adminFilter{Filter: &permission.AdministratorSearchFilter_Not{Not: &permission.NotFilter{Query: f}}}
}

func onResource(r *permission.ResourceFilter) *adminFilter {
	return &adminFilter{Filter: &permission.AdministratorSearchFilter_Resource{Resource: r}}
}

func onGrant(projectID, orgID string) *adminFilter {
	return onResource(&permission.ResourceFilter{Resource: &permission.ResourceFilter_ProjectGrant_{
		ProjectGrant: &permission.ResourceFilter_ProjectGrant{ProjectId: projectID, OrganizationId: orgID},
	}})
}

func TestListAdministrators(t *testing.T) {
	w := newWorld(t)
	must(w.administrators.CreateAdministrator(w.as(ownerID), &permission.CreateAdministratorRequest{UserId: robot, Resource: ofProject(chat), Roles: []string{"PROJECT_OWNER"}}))
	must(w.administrators.CreateAdministrator(w.as(receiverID), &permission.CreateAdministratorRequest{UserId: guest, Resource: ofGrant(chat, beta), Roles: []string{"PROJECT_GRANT_OWNER"}}))
	instances := onResource(&permission.ResourceFilter{Resource: &permission.ResourceFilter_Instance{Instance: true}})
	inAlpha := onResource(&permission.ResourceFilter{Resource: &permission.ResourceFilter_OrganizationId{OrganizationId: alpha}})
	onChat := onResource(&permission.ResourceFilter{Resource: &permission.ResourceFilter_ProjectId{ProjectId: chat}})
	since := func(m filter.TimestampFilterMethod) *adminFilter {
		return &adminFilter{Filter: &permission.AdministratorSearchFilter_CreationDate{
			CreationDate: &filter.TimestampFilter{Timestamp: &timestamppb.Timestamp{}, Method: m},
		}}
	}
	for _, tt := range []struct {
		name   string
		by     string
		filter *adminFilter
		want   []string // sorted by user id
	}{
		{"all", rootID, allOf(), []string{rootID, ownerID, viewerID, strangerID, receiverID, robot, guest}},
		{"one's organization", ownerID, allOf(), []string{ownerID, viewerID, robot}},
		{"the receiver's", receiverID, allOf(), []string{receiverID, guest}},
		{"one's own", robot, allOf(), []string{robot}},
		{"nothing", human, allOf(), nil},
		{"instance", rootID, instances, []string{rootID}},
		{"instance, unseen", ownerID, instances, nil},
		{"organization", rootID, inAlpha, []string{ownerID, viewerID}},
		{"project", ownerID, onChat, []string{robot}},
		{"project grant", rootID, onGrant(chat, beta), []string{guest}},
		{"project grant, unseen", ownerID, onGrant(chat, beta), nil},
		{"project grant, unknown", rootID, onGrant(chat, gamma), nil},
		{"either", rootID, anyOf(instances, onChat), []string{rootID, robot}},
		{"no alternative", rootID, anyOf(), nil},
		{"neither", rootID, noneOf(anyOf(inAlpha, onChat)), []string{rootID, strangerID, receiverID, guest}},
		{"not what is hidden", strangerID, noneOf(inAlpha), []string{strangerID}},
		{"users", rootID, &adminFilter{Filter: &permission.AdministratorSearchFilter_InUserIdsFilter{
			InUserIdsFilter: &filter.InIDsFilter{Ids: []string{guest, unknown}},
		}}, []string{guest}},
		{"user organization", rootID, &adminFilter{Filter: &permission.AdministratorSearchFilter_UserOrganizationId{
			UserOrganizationId: &filter.IDFilter{Id: beta},
		}}, []string{receiverID, guest}},
		{"login name", rootID, &adminFilter{Filter: &permission.AdministratorSearchFilter_UserPreferredLoginName{
			UserPreferredLoginName: &permission.UserPreferredLoginNameFilter{PreferredLoginName: "Robot"},
		}}, []string{robot}},
		{"display name", rootID, &adminFilter{Filter: &permission.AdministratorSearchFilter_UserDisplayName{
			UserDisplayName: &permission.UserDisplayNameFilter{DisplayName: "The view", Method: filter.TextFilterMethod_TEXT_FILTER_METHOD_STARTS_WITH},
		}}, []string{viewerID}},
		{"since ever", ownerID, since(filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_AFTER), []string{ownerID, viewerID, robot}},
		{"before ever", ownerID, since(filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_BEFORE), nil},
	} {
		l, err := w.administrators.ListAdministrators(w.as(tt.by), &permission.ListAdministratorsRequest{
			Pagination: &filter.PaginationRequest{Asc: true}, Filters: []*adminFilter{tt.filter},
			SortingColumn: permission.AdministratorFieldName_ADMINISTRATOR_FIELD_NAME_USER_ID,
		})
		wantKind(t, tt.name, err, success)
		var got []string
		for _, a := range l.GetAdministrators() {
			got = append(got, a.GetUser().GetId())
		}
		if !slices.Equal(got, tt.want) || l.GetPagination().GetTotalResult() != uint64(len(tt.want)) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestListAdministratorsErrors(t *testing.T) {
	w := newWorld(t)
	for name, req := range map[string]*permission.ListAdministratorsRequest{
		"above the limit":        {Pagination: &filter.PaginationRequest{Limit: 1001}},
		"unknown column":         {SortingColumn: 9},
		"empty filter":           {Filters: []*adminFilter{{}}},
		"not of nothing":         {Filters: []*adminFilter{noneOf(nil)}},
		"empty resource":         {Filters: []*adminFilter{onResource(nil)}},
		"not the instance":       {Filters: []*adminFilter{onResource(&permission.ResourceFilter{Resource: &permission.ResourceFilter_Instance{}})}},
		"half a project grant":   {Filters: []*adminFilter{onGrant(chat, "")}},
		"by role, not served":    {Filters: []*adminFilter{{Filter: &permission.AdministratorSearchFilter_Role{}}}},
		"change date without it": {Filters: []*adminFilter{{Filter: &permission.AdministratorSearchFilter_ChangeDate{}}}},
	} {
		_, err := w.administrators.ListAdministrators(w.as(rootID), req)
		wantKind(t, name, err, iam.InvalidArgument)
	}
}

func TestAdministratorResources(t *testing.T) {
	w := newWorld(t)
	must(w.administrators.CreateAdministrator(w.as(ownerID), &permission.CreateAdministratorRequest{UserId: robot, Resource: ofProject(chat), Roles: []string{"PROJECT_OWNER"}}))
	must(w.administrators.CreateAdministrator(w.as(receiverID), &permission.CreateAdministratorRequest{UserId: guest, Resource: ofGrant(chat, beta), Roles: []string{"PROJECT_GRANT_OWNER"}}))
	for id, want := range map[string]*permission.Administrator{
		rootID: {
			User:  &permission.User{Id: rootID, PreferredLoginName: "root", DisplayName: "The root", OrganizationId: home},
			Roles: []string{"IAM_OWNER"}, Resource: &permission.Administrator_Instance{Instance: true},
		},
		ownerID: {
			User:  &permission.User{Id: ownerID, PreferredLoginName: "owner", DisplayName: "The owner", OrganizationId: alpha},
			Roles: []string{"ORG_OWNER"}, Resource: &permission.Administrator_Organization{Organization: &permission.Organization{Id: alpha, Name: "Alpha"}},
		},
		robot: {
			User:  &permission.User{Id: robot, PreferredLoginName: "Robot", DisplayName: "The Robot", OrganizationId: alpha},
			Roles: []string{"PROJECT_OWNER"},
			Resource: &permission.Administrator_Project{
				Project: &permission.Project{Id: chat, Name: "Chat", OrganizationId: alpha},
			},
		},
		guest: {
			User:  &permission.User{Id: guest, PreferredLoginName: "guest", DisplayName: "The guest", OrganizationId: beta},
			Roles: []string{"PROJECT_GRANT_OWNER"},
			Resource: &permission.Administrator_ProjectGrant{ProjectGrant: &permission.ProjectGrant{
				Id: chatAtBeta, ProjectId: chat, ProjectName: "Chat", GrantedOrganizationId: beta,
			}},
		},
	} {
		l := must(w.administrators.ListAdministrators(w.as(rootID), &permission.ListAdministratorsRequest{Filters: []*adminFilter{
			{Filter: &permission.AdministratorSearchFilter_InUserIdsFilter{InUserIdsFilter: &filter.InIDsFilter{Ids: []string{id}}}},
		}}))
		got := l.GetAdministrators()[0]
		want.CreationDate, want.ChangeDate = got.GetCreationDate(), got.GetChangeDate()
		if !proto.Equal(got, want) || got.GetCreationDate() == nil {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}
