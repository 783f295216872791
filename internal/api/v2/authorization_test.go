package v2

import (
	"slices"
	"testing"

	authorization "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	"google.golang.org/protobuf/proto"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func TestCreateAuthorization(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name, by               string
		user, project, through string
		roles                  []string
		want                   iam.Kind
	}{
		{"by its owner", ownerID, human, chat, alpha, []string{"writer"}, success},
		{"by its owner, unnamed", ownerID, ownerID, chat, "", []string{"writer"}, success},
		{"through a grant", receiverID, guest, chat, beta, []string{"reader"}, success},
		{"again", ownerID, robot, chat, alpha, nil, iam.AlreadyExists},
		{"more than is lent", receiverID, receiverID, chat, beta, []string{"writer"}, iam.FailedPrecondition},
		{"a role that is not", ownerID, viewerID, chat, alpha, []string{"x"}, iam.FailedPrecondition},
		{"an organization without a grant", strangerID, strangerID, chat, gamma, nil, iam.NotFound},
		{"the grant of others", ownerID, robot, chat, beta, []string{"reader"}, iam.PermissionDenied},
		{"the project of others", receiverID, guest, chat, alpha, []string{"reader"}, iam.PermissionDenied},
		{"a user of others", ownerID, guest, chat, alpha, []string{"reader"}, iam.NotFound},
		{"an unknown user", ownerID, unknown, chat, alpha, []string{"reader"}, iam.NotFound},
		{"an unknown project", ownerID, robot, unknown, alpha, nil, iam.NotFound},
		{"the internal project", rootID, robot, internalID, home, nil, iam.FailedPrecondition},
		{"no user", ownerID, "", chat, alpha, nil, iam.InvalidArgument},
	} {
		made, err := w.authorizations.CreateAuthorization(w.as(tt.by), &authorization.CreateAuthorizationRequest{
			UserId: tt.user, ProjectId: tt.project, OrganizationId: tt.through, RoleKeys: tt.roles,
		})
		wantKind(t, tt.name, err, tt.want)
		if err == nil && (made.GetId() == "" || made.GetCreationDate() == nil) {
			t.Errorf("%s: made %v", tt.name, made)
		}
	}
}

func TestAuthorizations(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(ownerID)
	update := &authorization.UpdateAuthorizationRequest{Id: robotAtChat, RoleKeys: []string{"writer"}}
	if first, again := must(w.authorizations.UpdateAuthorization(ctx, update)), must(w.authorizations.UpdateAuthorization(ctx, update)); first.GetChangeDate() == nil || !proto.Equal(first, again) {
		t.Errorf("changed at %v and %v", first, again)
	}
	off := &authorization.DeactivateAuthorizationRequest{Id: robotAtChat}
	if first, again := must(w.authorizations.DeactivateAuthorization(ctx, off)), must(w.authorizations.DeactivateAuthorization(ctx, off)); !proto.Equal(first, again) {
		t.Errorf("deactivated at %v and %v", first, again)
	}
	on := &authorization.ActivateAuthorizationRequest{Id: robotAtChat}
	if first, again := must(w.authorizations.ActivateAuthorization(ctx, on)), must(w.authorizations.ActivateAuthorization(ctx, on)); !proto.Equal(first, again) {
		t.Errorf("activated at %v and %v", first, again)
	}
	for name, tt := range map[string]struct {
		err  error
		want iam.Kind
	}{
		"its user changes it": {second(w.authorizations.UpdateAuthorization(w.as(robot), update)), iam.PermissionDenied},
		"its user deletes it": {second(w.authorizations.DeleteAuthorization(w.as(robot), &authorization.DeleteAuthorizationRequest{Id: robotAtChat})), iam.PermissionDenied},
		"an unknown role":     {second(w.authorizations.UpdateAuthorization(ctx, &authorization.UpdateAuthorizationRequest{Id: robotAtChat, RoleKeys: []string{"x"}})), iam.FailedPrecondition},
		"an unknown one":      {second(w.authorizations.UpdateAuthorization(ctx, &authorization.UpdateAuthorizationRequest{Id: unknown})), iam.NotFound},
		"activate unknown":    {second(w.authorizations.ActivateAuthorization(ctx, &authorization.ActivateAuthorizationRequest{Id: unknown})), iam.NotFound},
	} {
		wantKind(t, name, tt.err, tt.want)
	}
	remove := &authorization.DeleteAuthorizationRequest{Id: robotAtChat}
	if first, again := must(w.authorizations.DeleteAuthorization(ctx, remove)), must(w.authorizations.DeleteAuthorization(ctx, remove)); first.GetDeletionDate() == nil || again.GetDeletionDate() != nil {
		t.Errorf("deleted at %v and %v", first, again)
	}
}

func TestListAuthorizations(t *testing.T) {
	w := newWorld(t)
	lent := must(w.authorizations.CreateAuthorization(w.as(receiverID), &authorization.CreateAuthorizationRequest{
		UserId: guest, ProjectId: chat, OrganizationId: beta, RoleKeys: []string{"reader"},
	})).GetId()
	own := robotAtChat
	id := func(id string) *filter.IDFilter { return &filter.IDFilter{Id: id} }
	ids := func(ids ...string) *filter.InIDsFilter { return &filter.InIDsFilter{Ids: ids} }
	contains := filter.TextFilterMethod_TEXT_FILTER_METHOD_CONTAINS_IGNORE_CASE
	type query = authorization.AuthorizationsSearchFilter
	for _, tt := range []struct {
		name  string
		by    string
		query *query
		want  []string
	}{
		{"all", rootID, nil, []string{own, lent}},
		{"giver", ownerID, nil, []string{own}},
		{"receiver", receiverID, nil, []string{lent}},
		{"oneself", guest, nil, []string{lent}},
		{"ids", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_AuthorizationIds{AuthorizationIds: ids(lent)}}, []string{lent}},
		{"organization", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_OrganizationId{OrganizationId: id(beta)}}, []string{lent}},
		{"active", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_State{State: &authorization.StateQuery{State: authorization.State_STATE_ACTIVE}}}, []string{own, lent}},
		{"inactive", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_State{State: &authorization.StateQuery{State: authorization.State_STATE_INACTIVE}}}, nil},
		{"users", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_InUserIds{InUserIds: ids(robot)}}, []string{own}},
		{"user organization", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_UserOrganizationId{UserOrganizationId: id(alpha)}}, []string{own}},
		{"login name", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_UserPreferredLoginName{
			UserPreferredLoginName: &authorization.UserPreferredLoginNameQuery{LoginName: "Robot"},
		}}, []string{own}},
		{"display name", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_UserDisplayName{
			UserDisplayName: &authorization.UserDisplayNameQuery{DisplayName: "GUEST", Method: contains},
		}}, []string{lent}},
		{"project", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_ProjectId{ProjectId: id(chat)}}, []string{own, lent}},
		{"project name", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_ProjectName{ProjectName: &authorization.ProjectNameQuery{Name: "x"}}}, nil},
		{"role", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_RoleKey{RoleKey: &authorization.RoleKeyQuery{Key: "READ", Method: contains}}}, nil},
		{"project grant", rootID, &query{Filter: &authorization.AuthorizationsSearchFilter_ProjectGrantId{ProjectGrantId: id(chatAtBeta)}}, []string{lent}},
	} {
		req := &authorization.ListAuthorizationsRequest{Pagination: &filter.PaginationRequest{Asc: true}}
		if tt.query != nil {
			req.Filters = append(req.Filters, tt.query)
		}
		l, err := w.authorizations.ListAuthorizations(w.as(tt.by), req)
		wantKind(t, tt.name, err, success)
		var got []string
		for _, a := range l.GetAuthorizations() {
			got = append(got, a.GetId())
		}
		if !slices.Equal(got, tt.want) || l.GetPagination().GetTotalResult() != uint64(len(tt.want)) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	got := must(w.authorizations.ListAuthorizations(w.as(guest), &authorization.ListAuthorizationsRequest{})).GetAuthorizations()[0]
	want := &authorization.Authorization{
		Id: lent, CreationDate: got.GetCreationDate(), ChangeDate: got.GetChangeDate(), State: authorization.State_STATE_ACTIVE,
		Project:      &authorization.Project{Id: chat, Name: "Chat", OrganizationId: alpha},
		Organization: &authorization.Organization{Id: beta, Name: "Beta"},
		User:         &authorization.User{Id: guest, PreferredLoginName: "guest", DisplayName: "The guest", OrganizationId: beta},
		Roles:        []*authorization.Role{{Key: "reader", DisplayName: "May read", Group: "people"}},
	}
	if !proto.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for name, req := range map[string]*authorization.ListAuthorizationsRequest{
		"above the limit":   {Pagination: &filter.PaginationRequest{Limit: 1001}},
		"unknown column":    {SortingColumn: 99},
		"empty filter":      {Filters: []*query{{}}},
		"unspecified state": {Filters: []*query{{Filter: &authorization.AuthorizationsSearchFilter_State{}}}},
	} {
		_, err := w.authorizations.ListAuthorizations(w.as(rootID), req)
		wantKind(t, name, err, iam.InvalidArgument)
	}
}
