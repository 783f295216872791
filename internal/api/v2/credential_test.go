package v2

import (
	"slices"
	"testing"
	"time"

	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func TestSecrets(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(robot) // its own
	_, err := w.users.RemoveSecret(ctx, &user.RemoveSecretRequest{UserId: robot})
	wantKind(t, "remove none", err, iam.FailedPrecondition)
	first := must(w.users.AddSecret(ctx, &user.AddSecretRequest{UserId: robot}))
	second := must(w.users.AddSecret(ctx, &user.AddSecretRequest{UserId: robot}))
	if len(first.GetClientSecret()) != 64 || first.GetClientSecret() == second.GetClientSecret() || first.GetCreationDate() == nil {
		t.Errorf("two secrets of %d and %d characters, created %v", len(first.GetClientSecret()), len(second.GetClientSecret()), first.GetCreationDate())
	}
	if !w.user(robot).GetMachine().GetHasSecret() {
		t.Error("the user does not say that it has a secret")
	}
	if date := must(w.users.RemoveSecret(ctx, &user.RemoveSecretRequest{UserId: robot})).GetDeletionDate(); date == nil {
		t.Error("the removal has no date")
	}
	_, err = w.users.AddSecret(w.as(ownerID), &user.AddSecretRequest{UserId: human})
	wantKind(t, "a secret for a human", err, iam.FailedPrecondition)
	_, err = w.users.AddSecret(w.as(ownerID), &user.AddSecretRequest{UserId: guest})
	wantKind(t, "a secret elsewhere", err, iam.PermissionDenied)
}

func expiring(when time.Time, m filter.TimestampFilterMethod) *user.PersonalAccessTokensSearchFilter {
	return &user.PersonalAccessTokensSearchFilter{Filter: &user.PersonalAccessTokensSearchFilter_ExpirationDateFilter{
		ExpirationDateFilter: &filter.TimestampFilter{Timestamp: timestamppb.New(when), Method: m},
	}}
}

func TestPersonalAccessTokens(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(robot)
	soon, later := time.Now().Add(time.Hour), time.Now().Add(48*time.Hour)
	add := func(expires *timestamppb.Timestamp) string {
		made := must(w.users.AddPersonalAccessToken(ctx, &user.AddPersonalAccessTokenRequest{UserId: robot, ExpirationDate: expires}))
		if len(made.GetToken()) != 53 || made.GetCreationDate() == nil {
			t.Errorf("a token of %d characters, created %v", len(made.GetToken()), made.GetCreationDate())
		}
		return made.GetTokenId()
	}
	a, b, c := add(timestamppb.New(soon)), add(timestamppb.New(later)), add(nil)
	id := func(id string) *filter.IDFilter { return &filter.IDFilter{Id: id} }
	between := soon.Add(time.Hour)
	for _, tt := range []struct {
		name   string
		by     string
		filter *user.PersonalAccessTokensSearchFilter
		want   []string
	}{
		{"its own", robot, nil, []string{a, b, c}},
		{"another's", guest, nil, nil},
		{"by id", ownerID, &user.PersonalAccessTokensSearchFilter{Filter: &user.PersonalAccessTokensSearchFilter_TokenIdFilter{TokenIdFilter: id(b)}}, []string{b}},
		{"by user", ownerID, &user.PersonalAccessTokensSearchFilter{Filter: &user.PersonalAccessTokensSearchFilter_UserIdFilter{UserIdFilter: id(guest)}}, nil},
		{"by organization", rootID, &user.PersonalAccessTokensSearchFilter{Filter: &user.PersonalAccessTokensSearchFilter_OrganizationIdFilter{OrganizationIdFilter: id(alpha)}}, []string{a, b, c}},
		{"before", robot, expiring(between, filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_BEFORE), []string{a}},
		{"not after", robot, expiring(between, filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_BEFORE_OR_EQUALS), []string{a}},
		{"after", robot, expiring(between, filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_AFTER), []string{b, c}},
		{"exactly", robot, expiring(soon.Truncate(time.Second), filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_EQUALS), []string{a}},
		{"never", robot, expiring(iam.Never, filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_EQUALS), []string{c}},
		{"before never", robot, expiring(iam.Never, filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_BEFORE), []string{a, b}},
		{"never or before", robot, expiring(iam.Never, filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_BEFORE_OR_EQUALS), []string{a, b, c}},
		{"after never", robot, expiring(iam.Never, filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_AFTER), nil},
		{"at the epoch", robot, expiring(time.Unix(0, 0), filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_EQUALS), nil},
	} {
		req := &user.ListPersonalAccessTokensRequest{Pagination: &filter.PaginationRequest{Asc: true}}
		if tt.filter != nil {
			req.Filters = append(req.Filters, tt.filter)
		}
		l, err := w.users.ListPersonalAccessTokens(w.as(tt.by), req)
		wantKind(t, tt.name, err, success)
		var got []string
		for _, token := range l.GetResult() {
			got = append(got, token.GetId())
		}
		if !slices.Equal(got, tt.want) || l.GetPagination().GetTotalResult() != uint64(len(tt.want)) || l.GetPagination().GetAppliedLimit() != 100 {
			t.Errorf("%s: got %v (%v), want %v", tt.name, got, l.GetPagination(), tt.want)
		}
	}
	token := must(w.users.ListPersonalAccessTokens(ctx, &user.ListPersonalAccessTokensRequest{})).GetResult()[0]
	if token.GetId() != c || !token.GetExpirationDate().AsTime().Equal(iam.Never) || token.GetOrganizationId() != alpha || token.GetUserId() != robot {
		t.Errorf("the last token is %v", token)
	}
}

func TestPersonalAccessTokenErrors(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(robot)
	token := must(w.users.AddPersonalAccessToken(ctx, &user.AddPersonalAccessTokenRequest{UserId: robot})).GetTokenId()
	remove := func(userID, id string) error {
		return calling(w.users.RemovePersonalAccessToken, &user.RemovePersonalAccessTokenRequest{UserId: userID, TokenId: id})(ctx)
	}
	wantKind(t, "remove through another user", remove(guest, token), iam.PermissionDenied)
	wantKind(t, "remove", remove(robot, token), success)
	wantKind(t, "remove again", remove(robot, token), iam.NotFound)
	wantKind(t, "remove without a token", remove(robot, ""), iam.InvalidArgument)
	for name, expires := range map[string]*timestamppb.Timestamp{
		"in the past": timestamppb.New(time.Unix(1, 0)), "out of range": {Seconds: 1 << 60},
	} {
		_, err := w.users.AddPersonalAccessToken(ctx, &user.AddPersonalAccessTokenRequest{UserId: robot, ExpirationDate: expires})
		wantKind(t, name, err, iam.InvalidArgument)
	}
	for name, req := range map[string]*user.ListPersonalAccessTokensRequest{
		"above the limit": {Pagination: &filter.PaginationRequest{Limit: 1001}},
		"unknown column":  {SortingColumn: new(user.PersonalAccessTokenFieldName(9))},
		"empty filter":    {Filters: []*user.PersonalAccessTokensSearchFilter{{}}},
		"no time":         {Filters: []*user.PersonalAccessTokensSearchFilter{{Filter: &user.PersonalAccessTokensSearchFilter_CreatedDateFilter{}}}},
		"unknown method":  {Filters: []*user.PersonalAccessTokensSearchFilter{expiring(time.Now(), 9)}},
	} {
		_, err := w.users.ListPersonalAccessTokens(ctx, req)
		wantKind(t, name, err, iam.InvalidArgument)
	}
}
