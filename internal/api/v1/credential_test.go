package v1

import (
	"context"
	"testing"
	"time"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

func TestMachineSecret(t *testing.T) {
	w := newWorld(t)
	ctx := w.in(w.alpha)
	generate := func() *mgmt.GenerateMachineSecretResponse {
		t.Helper()
		r := must(w.GenerateMachineSecret(ctx, &mgmt.GenerateMachineSecretRequest{UserId: w.member}))
		if !keyring.LooksLikeClientSecret(r.GetClientSecret()) || r.GetDetails().GetResourceOwner() != w.alpha {
			t.Error("the response does not hold a client secret of the organization's user")
		}
		return r
	}
	first, second := generate(), generate()
	if first.GetClientId() != w.getUser(w.member).GetUserName() {
		t.Errorf("client_id %q is not the user name", first.GetClientId())
	}
	if first.GetClientSecret() == second.GetClientSecret() {
		t.Error("generating again gives the same secret")
	}
	remove := calling(w.RemoveMachineSecret, &mgmt.RemoveMachineSecretRequest{UserId: w.member})
	wantKind(t, "remove", remove(ctx), success)
	wantKind(t, "remove again", remove(ctx), iam.FailedPrecondition)
	if w.getUser(w.member).GetMachine().GetHasSecret() {
		t.Error("the removed secret is still shown")
	}
	human := w.human("minnie")
	_, err := w.GenerateMachineSecret(ctx, &mgmt.GenerateMachineSecretRequest{UserId: human})
	wantKind(t, "secret of a human", err, iam.FailedPrecondition)
	_, err = w.GenerateMachineSecret(ctx, &mgmt.GenerateMachineSecretRequest{UserId: "none"})
	wantKind(t, "secret of an unknown user", err, iam.NotFound)
}

func TestPersonalAccessToken(t *testing.T) {
	w := newWorld(t)
	ctx := w.in(w.alpha)
	expires := timestamppb.New(time.Now().Add(time.Hour).Truncate(time.Second))
	added := must(w.AddPersonalAccessToken(ctx, &mgmt.AddPersonalAccessTokenRequest{UserId: w.member, ExpirationDate: expires}))
	if !keyring.LooksLikePAT(added.GetToken()) {
		t.Error("the response does not hold a personal access token")
	}
	forever := w.pat()
	for id, want := range map[string]time.Time{added.GetTokenId(): expires.AsTime(), forever: iam.Never} {
		got := must(w.GetPersonalAccessTokenByIDs(ctx, &mgmt.GetPersonalAccessTokenByIDsRequest{UserId: w.member, TokenId: id})).GetToken()
		if got.GetId() != id || !got.GetExpirationDate().AsTime().Equal(want) || got.GetDetails().GetResourceOwner() != w.alpha {
			t.Errorf("token %v, want id %s, expiry %s", got, id, want)
		}
		if len(got.GetScopes()) != 4 {
			t.Errorf("scopes %q", got.GetScopes())
		}
	}
	known := map[string]string{added.GetTokenId(): "hour", forever: "forever"}
	for userID, want := range map[string]string{w.member: "forever hour", w.owner[w.alpha]: ""} {
		l := must(w.ListPersonalAccessTokens(ctx, &mgmt.ListPersonalAccessTokensRequest{UserId: userID}))
		if got := listed(l.GetResult(), (*user.PersonalAccessToken).GetId, known); got != want {
			t.Errorf("listed %q, want %q", got, want)
		}
	}
	list := func(userID string) func(context.Context) error {
		return calling(w.ListPersonalAccessTokens, &mgmt.ListPersonalAccessTokensRequest{UserId: userID})
	}
	wantKind(t, "in another organization", list(w.member)(w.in(w.beta)), iam.NotFound)
	wantKind(t, "of another organization's user", list(w.guest)(ctx), iam.NotFound)
	wantKind(t, "of an unknown user", list("none")(ctx), iam.NotFound)
}

func TestPersonalAccessTokenErrors(t *testing.T) {
	w := newWorld(t)
	id, human := w.pat(), w.human("minnie")
	list := func(limit uint32) func(context.Context) error {
		return calling(w.ListPersonalAccessTokens, &mgmt.ListPersonalAccessTokensRequest{
			UserId: w.member, Query: &object.ListQuery{Limit: limit},
		})
	}
	remove := calling(w.RemovePersonalAccessToken, &mgmt.RemovePersonalAccessTokenRequest{UserId: w.member, TokenId: id})
	for _, test := range []struct {
		name string
		call func(context.Context) error
		want iam.Kind
	}{
		{"expired", calling(w.AddPersonalAccessToken, &mgmt.AddPersonalAccessTokenRequest{
			UserId: w.member, ExpirationDate: timestamppb.New(time.Unix(1, 0)),
		}), iam.InvalidArgument},
		{"no such time", calling(w.AddPersonalAccessToken, &mgmt.AddPersonalAccessTokenRequest{
			UserId: w.member, ExpirationDate: &timestamppb.Timestamp{Nanos: -1},
		}), iam.InvalidArgument},
		{"of a human", calling(w.AddPersonalAccessToken, &mgmt.AddPersonalAccessTokenRequest{UserId: human}), iam.FailedPrecondition},
		{"of an unknown user", calling(w.AddPersonalAccessToken, &mgmt.AddPersonalAccessTokenRequest{UserId: "none"}), iam.NotFound},
		{"another user's", calling(w.GetPersonalAccessTokenByIDs, &mgmt.GetPersonalAccessTokenByIDsRequest{
			UserId: w.owner[w.alpha], TokenId: id,
		}), iam.NotFound},
		{"remove another user's", calling(w.RemovePersonalAccessToken, &mgmt.RemovePersonalAccessTokenRequest{
			UserId: w.owner[w.alpha], TokenId: id,
		}), iam.NotFound},
		{"limit 0", list(0), success},
		{"limit 1000", list(1000), success},
		{"limit 1001", list(1001), iam.InvalidArgument},
		{"remove", remove, success},
		{"remove again", remove, iam.NotFound},
	} {
		wantKind(t, test.name, test.call(w.in(w.alpha)), test.want)
	}
}
