package v1

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/app"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authn"
	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

const byKey = app.APIAuthMethodType_API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT

// addAPI adds an API to the world's project.
func (w *world) addAPI(name string, method app.APIAuthMethodType) *mgmt.AddAPIAppResponse {
	w.t.Helper()
	return must(w.AddAPIApp(w.in(w.alpha), &mgmt.AddAPIAppRequest{ProjectId: w.project, Name: name, AuthMethodType: method}))
}

func (w *world) getApp(id string) *app.App {
	w.t.Helper()
	return must(w.GetAppByID(w.in(w.alpha), &mgmt.GetAppByIDRequest{ProjectId: w.project, AppId: id})).GetApp()
}

// appAccess is who may do what to applications and their keys.
func appAccess() []access {
	type ctx = context.Context
	return []access{
		{name: "GetAppByID", object: true, call: func(w *world) func(ctx) error {
			return calling(w.GetAppByID, &mgmt.GetAppByIDRequest{ProjectId: w.project, AppId: w.addAPI("a", 0).GetAppId()})
		}},
		{name: "ListApps", object: true, call: func(w *world) func(ctx) error {
			return calling(w.ListApps, &mgmt.ListAppsRequest{ProjectId: w.project})
		}},
		{name: "AddAPIApp", object: true, writes: true, call: func(w *world) func(ctx) error {
			return calling(w.AddAPIApp, &mgmt.AddAPIAppRequest{ProjectId: w.project, Name: "a"})
		}},
		{name: "AddOIDCApp", object: true, writes: true, call: func(w *world) func(ctx) error {
			return calling(w.AddOIDCApp, &mgmt.AddOIDCAppRequest{ProjectId: w.project, Name: "a"})
		}},
		{name: "UpdateApp", object: true, writes: true, call: func(w *world) func(ctx) error {
			return calling(w.UpdateApp, &mgmt.UpdateAppRequest{ProjectId: w.project, AppId: w.addAPI("a", 0).GetAppId(), Name: "b"})
		}},
		{name: "UpdateAPIAppConfig", object: true, writes: true, call: func(w *world) func(ctx) error {
			return calling(w.UpdateAPIAppConfig, &mgmt.UpdateAPIAppConfigRequest{ProjectId: w.project, AppId: w.addAPI("a", 0).GetAppId(), AuthMethodType: byKey})
		}},
		{name: "UpdateOIDCAppConfig", object: true, writes: true, call: func(w *world) func(ctx) error {
			a := must(w.AddOIDCApp(w.in(w.alpha), &mgmt.AddOIDCAppRequest{ProjectId: w.project, Name: "a"}))
			return calling(w.UpdateOIDCAppConfig, &mgmt.UpdateOIDCAppConfigRequest{ProjectId: w.project, AppId: a.GetAppId(), DevMode: true})
		}},
		{name: "DeactivateApp", object: true, writes: true, call: func(w *world) func(ctx) error {
			return calling(w.DeactivateApp, &mgmt.DeactivateAppRequest{ProjectId: w.project, AppId: w.addAPI("a", 0).GetAppId()})
		}},
		{name: "ReactivateApp", object: true, writes: true, call: func(w *world) func(ctx) error {
			id := w.addAPI("a", 0).GetAppId()
			must(w.DeactivateApp(w.in(w.alpha), &mgmt.DeactivateAppRequest{ProjectId: w.project, AppId: id}))
			return calling(w.ReactivateApp, &mgmt.ReactivateAppRequest{ProjectId: w.project, AppId: id})
		}},
		{name: "RemoveApp", object: true, writes: true, call: func(w *world) func(ctx) error {
			return calling(w.RemoveApp, &mgmt.RemoveAppRequest{ProjectId: w.project, AppId: w.addAPI("a", 0).GetAppId()})
		}},
		{name: "RegenerateAPIClientSecret", object: true, writes: true, call: func(w *world) func(ctx) error {
			return calling(w.RegenerateAPIClientSecret, &mgmt.RegenerateAPIClientSecretRequest{ProjectId: w.project, AppId: w.addAPI("a", 0).GetAppId()})
		}},
		{name: "RegenerateOIDCClientSecret", object: true, writes: true, call: func(w *world) func(ctx) error {
			a := must(w.AddOIDCApp(w.in(w.alpha), &mgmt.AddOIDCAppRequest{ProjectId: w.project, Name: "a"}))
			return calling(w.RegenerateOIDCClientSecret, &mgmt.RegenerateOIDCClientSecretRequest{ProjectId: w.project, AppId: a.GetAppId()})
		}},
		{name: "AddAppKey", object: true, writes: true, call: func(w *world) func(ctx) error {
			return calling(w.AddAppKey, &mgmt.AddAppKeyRequest{ProjectId: w.project, AppId: w.addAPI("a", byKey).GetAppId(), Type: authn.KeyType_KEY_TYPE_JSON})
		}},
		{name: "GetAppKey", object: true, call: func(w *world) func(ctx) error {
			a, k := w.addKey()
			return calling(w.GetAppKey, &mgmt.GetAppKeyRequest{ProjectId: w.project, AppId: a, KeyId: k})
		}},
		{name: "ListAppKeys", object: true, call: func(w *world) func(ctx) error {
			return calling(w.ListAppKeys, &mgmt.ListAppKeysRequest{ProjectId: w.project, AppId: w.addAPI("a", byKey).GetAppId()})
		}},
		{name: "RemoveAppKey", object: true, writes: true, call: func(w *world) func(ctx) error {
			a, k := w.addKey()
			return calling(w.RemoveAppKey, &mgmt.RemoveAppKeyRequest{ProjectId: w.project, AppId: a, KeyId: k})
		}},
	}
}

// addKey makes an API of the world's project with a key, past the making of keys.
func (w *world) addKey() (appID, keyID string) {
	w.t.Helper()
	appID, keyID = w.addAPI("of keys", byKey).GetAppId(), iam.NewID()
	w.write(addAppKeyRow(appID, keyID))
	return appID, keyID
}

func TestAPIApps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := w.in(w.alpha)
	made := w.addAPI("Gateway", 0)
	if !keyring.LooksLikeClientSecret(made.GetClientSecret()) || made.GetClientId() == made.GetAppId() || made.GetDetails().GetResourceOwner() != w.alpha {
		t.Errorf("made %v", made)
	}
	want := &app.App{
		Id: made.GetAppId(), Details: made.GetDetails(), State: app.AppState_APP_STATE_ACTIVE, Name: "Gateway",
		Config: &app.App_ApiConfig{ApiConfig: &app.APIConfig{ClientId: made.GetClientId()}},
	}
	if got := w.getApp(made.GetAppId()); !proto.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if keyed := w.addAPI("Keyed", byKey); keyed.GetClientSecret() != "" || w.getApp(keyed.GetAppId()).GetApiConfig().GetAuthMethodType() != byKey {
		t.Errorf("by a key: %v", keyed)
	}
	id, other := made.GetAppId(), w.addProject(w.alpha, "Other")
	update := func(name string) *mgmt.UpdateAppRequest {
		return &mgmt.UpdateAppRequest{ProjectId: w.project, AppId: id, Name: name}
	}
	config := func(m app.APIAuthMethodType) *mgmt.UpdateAPIAppConfigRequest {
		return &mgmt.UpdateAPIAppConfigRequest{ProjectId: w.project, AppId: id, AuthMethodType: m}
	}
	secret := &mgmt.RegenerateAPIClientSecretRequest{ProjectId: w.project, AppId: id}
	walk(t, ctx, []step{
		{"the name is taken", calling(w.AddAPIApp, &mgmt.AddAPIAppRequest{ProjectId: w.project, Name: "gateway"}), iam.AlreadyExists},
		{"but not in another project", calling(w.AddAPIApp, &mgmt.AddAPIAppRequest{ProjectId: other, Name: "gateway"}), success},
		{"no name", calling(w.AddAPIApp, &mgmt.AddAPIAppRequest{ProjectId: w.project}), iam.InvalidArgument},
		{"unknown method", calling(w.AddAPIApp, &mgmt.AddAPIAppRequest{ProjectId: w.project, Name: "x", AuthMethodType: 2}), iam.InvalidArgument},
		{"no project", calling(w.AddAPIApp, &mgmt.AddAPIAppRequest{ProjectId: "1", Name: "x"}), iam.NotFound},
		{"the path names no project", calling(w.GetAppByID, &mgmt.GetAppByIDRequest{AppId: id}), iam.InvalidArgument},
		{"the path names no application", calling(w.GetAppByID, &mgmt.GetAppByIDRequest{ProjectId: w.project}), iam.InvalidArgument},
		{"the path names another project", calling(w.GetAppByID, &mgmt.GetAppByIDRequest{ProjectId: other, AppId: id}), iam.NotFound},
		{"removal by another project", calling(w.RemoveApp, &mgmt.RemoveAppRequest{ProjectId: other, AppId: id}), iam.NotFound},
		{"same name", calling(w.UpdateApp, update("Gateway")), iam.Unchanged},
		{"taken name", calling(w.UpdateApp, update("KEYED")), iam.AlreadyExists},
		{"bad name", calling(w.UpdateApp, update(" ")), iam.InvalidArgument},
		{"name", calling(w.UpdateApp, update("gateway")), success},
		{"same method", calling(w.UpdateAPIAppConfig, config(0)), iam.Unchanged},
		{"OIDC configuration of an API", calling(w.UpdateOIDCAppConfig, &mgmt.UpdateOIDCAppConfigRequest{ProjectId: w.project, AppId: id}), iam.FailedPrecondition},
		{"OIDC secret of an API", calling(w.RegenerateOIDCClientSecret, &mgmt.RegenerateOIDCClientSecretRequest{ProjectId: w.project, AppId: id}), iam.FailedPrecondition},
		{"secret", calling(w.RegenerateAPIClientSecret, secret), success},
		{"method", calling(w.UpdateAPIAppConfig, config(byKey)), success},
		{"secret by a key", calling(w.RegenerateAPIClientSecret, secret), iam.FailedPrecondition},
		{"reactivate the active", calling(w.ReactivateApp, &mgmt.ReactivateAppRequest{ProjectId: w.project, AppId: id}), iam.Unchanged},
		{"deactivate", calling(w.DeactivateApp, &mgmt.DeactivateAppRequest{ProjectId: w.project, AppId: id}), success},
		{"deactivate again", calling(w.DeactivateApp, &mgmt.DeactivateAppRequest{ProjectId: w.project, AppId: id}), iam.Unchanged},
	})
	got := w.getApp(id)
	if got.GetName() != "gateway" || got.GetState() != app.AppState_APP_STATE_INACTIVE || got.GetApiConfig().GetAuthMethodType() != byKey ||
		got.GetApiConfig().GetClientId() != made.GetClientId() {
		t.Errorf("after the changes: %v", got)
	}
	if stored, err := w.db.Read().Application(t.Context(), id); err != nil || stored.Secret != nil {
		t.Errorf("the secret stays: %v", err)
	}
	walk(t, ctx, []step{
		{"remove", calling(w.RemoveApp, &mgmt.RemoveAppRequest{ProjectId: w.project, AppId: id}), success},
		{"remove again", calling(w.RemoveApp, &mgmt.RemoveAppRequest{ProjectId: w.project, AppId: id}), iam.NotFound},
		{"read", calling(w.GetAppByID, &mgmt.GetAppByIDRequest{ProjectId: w.project, AppId: id}), iam.NotFound},
	})
	wantKind(t, "of the internal project", second(w.AddAPIApp(w.as(w.root, w.home), &mgmt.AddAPIAppRequest{ProjectId: w.internal, Name: "x"})), iam.FailedPrecondition)
	wantKind(t, "a user with the name of a client_id", second(w.AddMachineUser(ctx, &mgmt.AddMachineUserRequest{
		UserName: w.addAPI("clash", 0).GetClientId(), Name: "x",
	})), iam.AlreadyExists)
}

// second is the error of a call whose answer does not matter.
func second[R any](_ R, err error) error { return err }

// fullOIDC is a configuration in which everything is set to something.
func fullOIDC(projectID, name string) *mgmt.AddOIDCAppRequest {
	return &mgmt.AddOIDCAppRequest{
		ProjectId: projectID, Name: name, RedirectUris: []string{"http://localhost:8080/cb", "com.example:/cb"},
		ResponseTypes: []app.OIDCResponseType{
			app.OIDCResponseType_OIDC_RESPONSE_TYPE_ID_TOKEN_TOKEN, app.OIDCResponseType_OIDC_RESPONSE_TYPE_CODE, app.OIDCResponseType_OIDC_RESPONSE_TYPE_ID_TOKEN,
		},
		GrantTypes: []app.OIDCGrantType{
			app.OIDCGrantType_OIDC_GRANT_TYPE_TOKEN_EXCHANGE, app.OIDCGrantType_OIDC_GRANT_TYPE_DEVICE_CODE, app.OIDCGrantType_OIDC_GRANT_TYPE_REFRESH_TOKEN,
			app.OIDCGrantType_OIDC_GRANT_TYPE_IMPLICIT, app.OIDCGrantType_OIDC_GRANT_TYPE_AUTHORIZATION_CODE,
		},
		AppType: app.OIDCAppType_OIDC_APP_TYPE_NATIVE, AuthMethodType: app.OIDCAuthMethodType_OIDC_AUTH_METHOD_TYPE_POST,
		PostLogoutRedirectUris: []string{"https://bye.example/#/"}, DevMode: true, AccessTokenType: app.OIDCTokenType_OIDC_TOKEN_TYPE_JWT,
		AccessTokenRoleAssertion: true, IdTokenRoleAssertion: true, IdTokenUserinfoAssertion: true, ClockSkew: durationpb.New(1500 * time.Millisecond),
		AdditionalOrigins: []string{"https://spa.example"}, SkipNativeAppSuccessPage: true, BackChannelLogoutUri: "https://out.example/x",
		LoginVersion: &app.LoginVersion{Version: &app.LoginVersion_LoginV2{LoginV2: &app.LoginV2{BaseUri: new("https://login.example")}}},
	}
}

// TestOIDCApps: what is set reads back as it was, so that nobody sees a drift.
func TestOIDCApps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := w.in(w.alpha)
	in := fullOIDC(w.project, "Full")
	made := must(w.AddOIDCApp(ctx, in))
	if !keyring.LooksLikeClientSecret(made.GetClientSecret()) || !made.GetNoneCompliant() || len(made.GetComplianceProblems()) == 0 {
		t.Errorf("made %v", made)
	}
	want := &app.OIDCConfig{
		RedirectUris: in.RedirectUris, ResponseTypes: in.ResponseTypes, GrantTypes: in.GrantTypes, AppType: in.AppType, ClientId: made.GetClientId(),
		AuthMethodType: in.AuthMethodType, PostLogoutRedirectUris: in.PostLogoutRedirectUris, NoneCompliant: true, ComplianceProblems: made.GetComplianceProblems(),
		DevMode: true, AccessTokenType: in.AccessTokenType, AccessTokenRoleAssertion: true, IdTokenRoleAssertion: true, IdTokenUserinfoAssertion: true,
		ClockSkew: in.ClockSkew, AdditionalOrigins: in.AdditionalOrigins, AllowedOrigins: []string{"http://localhost:8080", "https://spa.example"},
		SkipNativeAppSuccessPage: true, BackChannelLogoutUri: in.BackChannelLogoutUri, LoginVersion: in.LoginVersion,
	}
	if got := w.getApp(made.GetAppId()).GetOidcConfig(); !proto.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	least := must(w.AddOIDCApp(ctx, &mgmt.AddOIDCAppRequest{ProjectId: w.project, Name: "Least"}))
	defaults := w.getApp(least.GetAppId()).GetOidcConfig()
	if !slices.Equal(defaults.GetResponseTypes(), []app.OIDCResponseType{0}) || !slices.Equal(defaults.GetGrantTypes(), []app.OIDCGrantType{0}) ||
		defaults.GetAppType() != 0 || defaults.GetAuthMethodType() != 0 || defaults.GetClockSkew().AsDuration() != 0 || defaults.GetLoginVersion() != nil {
		t.Errorf("defaults: %v", defaults)
	}
	public := must(w.AddOIDCApp(ctx, &mgmt.AddOIDCAppRequest{
		ProjectId: w.project, Name: "Public", RedirectUris: []string{"https://a.example"}, AppType: app.OIDCAppType_OIDC_APP_TYPE_USER_AGENT,
		AuthMethodType: app.OIDCAuthMethodType_OIDC_AUTH_METHOD_TYPE_NONE,
	}))
	if public.GetClientSecret() != "" || public.GetNoneCompliant() || len(public.GetComplianceProblems()) > 0 {
		t.Errorf("public: %v", public)
	}
	id := made.GetAppId()
	same := &mgmt.UpdateOIDCAppConfigRequest{
		ProjectId: w.project, AppId: id, RedirectUris: in.RedirectUris, ResponseTypes: in.ResponseTypes, GrantTypes: in.GrantTypes, AppType: in.AppType,
		AuthMethodType: in.AuthMethodType, PostLogoutRedirectUris: in.PostLogoutRedirectUris, DevMode: true, AccessTokenType: in.AccessTokenType,
		AccessTokenRoleAssertion: true, IdTokenRoleAssertion: true, IdTokenUserinfoAssertion: true, ClockSkew: in.ClockSkew,
		AdditionalOrigins: in.AdditionalOrigins, SkipNativeAppSuccessPage: true, BackChannelLogoutUri: in.BackChannelLogoutUri, LoginVersion: in.LoginVersion,
	}
	bad := func(change func(*mgmt.UpdateOIDCAppConfigRequest)) func(context.Context) error {
		req := proto.CloneOf(same)
		change(req)
		return calling(w.UpdateOIDCAppConfig, req)
	}
	type r = *mgmt.UpdateOIDCAppConfigRequest
	secret := calling(w.RegenerateOIDCClientSecret, &mgmt.RegenerateOIDCClientSecretRequest{ProjectId: w.project, AppId: id})
	walk(t, ctx, []step{
		{"the same", calling(w.UpdateOIDCAppConfig, same), iam.Unchanged},
		{"app type", bad(func(r r) { r.AppType = 3 }), iam.InvalidArgument},
		{"method", bad(func(r r) { r.AuthMethodType = -1 }), iam.InvalidArgument},
		{"response type", bad(func(r r) { r.ResponseTypes = []app.OIDCResponseType{3} }), iam.InvalidArgument},
		{"grant type", bad(func(r r) { r.GrantTypes = []app.OIDCGrantType{5} }), iam.InvalidArgument},
		{"token type", bad(func(r r) { r.AccessTokenType = 2 }), iam.InvalidArgument},
		{"skew", bad(func(r r) { r.ClockSkew = durationpb.New(6 * time.Second) }), iam.InvalidArgument},
		{"impossible skew", bad(func(r r) { r.ClockSkew = &durationpb.Duration{Seconds: 1, Nanos: -1} }), iam.InvalidArgument},
		{"redirect", bad(func(r r) { r.RedirectUris = []string{"nowhere"} }), iam.InvalidArgument},
		{"grants that do not fit", bad(func(r r) { r.GrantTypes = []app.OIDCGrantType{0} }), iam.InvalidArgument},
		{"version", calling(w.AddOIDCApp, &mgmt.AddOIDCAppRequest{ProjectId: w.project, Name: "v", Version: 1}), iam.InvalidArgument},
		{"an API's configuration", calling(w.UpdateAPIAppConfig, &mgmt.UpdateAPIAppConfigRequest{ProjectId: w.project, AppId: id}), iam.FailedPrecondition},
		{"an API's secret", calling(w.RegenerateAPIClientSecret, &mgmt.RegenerateAPIClientSecretRequest{ProjectId: w.project, AppId: id}), iam.FailedPrecondition},
		{"secret", secret, success},
		{"everything away", calling(w.UpdateOIDCAppConfig, &mgmt.UpdateOIDCAppConfigRequest{
			ProjectId: w.project, AppId: id, AuthMethodType: app.OIDCAuthMethodType_OIDC_AUTH_METHOD_TYPE_NONE,
		}), success},
		{"secret of none", secret, iam.FailedPrecondition},
	})
	defaults.ClientId, defaults.AuthMethodType = made.GetClientId(), app.OIDCAuthMethodType_OIDC_AUTH_METHOD_TYPE_NONE
	if got := w.getApp(id).GetOidcConfig(); !proto.Equal(got, defaults) {
		t.Errorf("after everything went: %v", got)
	}
	if text := w.payloads(); strings.Contains(text, made.GetClientSecret()) || !strings.Contains(text, "com.example:/cb") {
		t.Errorf("events: %s", text)
	}
}

// payloads are those of all events.
func (w *world) payloads() string {
	w.t.Helper()
	l := must(w.db.Read().Events(w.t.Context(), iam.Reach{All: true}, iam.Filter{}, iam.Page{Limit: 1000}))
	var text strings.Builder
	for _, e := range l.Items {
		text.Write(e.Payload)
	}
	return text.String()
}

func TestListApps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"beta", "Alpha", "gamma"} {
		w.addAPI(name, 0)
	}
	list := func(queries ...*app.AppQuery) []string {
		l := must(w.ListApps(w.in(w.alpha), &mgmt.ListAppsRequest{ProjectId: w.project, Query: &object.ListQuery{Asc: true, Limit: 2}, Queries: queries}))
		return append(mapSlice(l.GetResult(), func(a *app.App) string { return a.GetName() }), string(rune('0'+l.GetDetails().GetTotalResult())))
	}
	like := &app.AppQuery{Query: &app.AppQuery_NameQuery{NameQuery: &app.AppNameQuery{
		Name: "ALPH", Method: object.TextQueryMethod_TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE,
	}}}
	if got := list(); !slices.Equal(got, []string{"beta", "Alpha", "3"}) {
		t.Errorf("all: %v", got)
	}
	if got := list(like); !slices.Equal(got, []string{"Alpha", "1"}) {
		t.Errorf("by name: %v", got)
	}
	wantKind(t, "empty query", second(w.ListApps(w.in(w.alpha), &mgmt.ListAppsRequest{ProjectId: w.project, Queries: []*app.AppQuery{{}}})), iam.InvalidArgument)
	wantKind(t, "of a project elsewhere", second(w.ListApps(w.in(w.beta), &mgmt.ListAppsRequest{ProjectId: w.project})), iam.NotFound)
}

func TestAppKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := w.in(w.alpha)
	made := w.addAPI("Keyed", byKey)
	id := made.GetAppId()
	add := func(change func(*mgmt.AddAppKeyRequest)) *mgmt.AddAppKeyRequest {
		req := &mgmt.AddAppKeyRequest{ProjectId: w.project, AppId: id, Type: authn.KeyType_KEY_TYPE_JSON}
		change(req)
		return req
	}
	expires := timestamppb.New(time.Now().Add(time.Hour).Truncate(time.Second))
	key := must(w.AddAppKey(ctx, add(func(r *mgmt.AddAppKeyRequest) { r.ExpirationDate = expires })))
	var file map[string]string
	if err := json.Unmarshal(key.GetKeyDetails(), &file); err != nil {
		t.Fatal(err)
	}
	if file["type"] != "application" || file["keyId"] != key.GetId() || file["appId"] != id || file["clientId"] != made.GetClientId() ||
		!strings.HasPrefix(file["key"], "-----BEGIN RSA PRIVATE KEY-----") || file["expirationDate"] != expires.AsTime().Format(time.RFC3339) {
		t.Errorf("the file of the key: %v", file)
	}
	get := func(keyID string) *mgmt.GetAppKeyRequest {
		return &mgmt.GetAppKeyRequest{ProjectId: w.project, AppId: id, KeyId: keyID}
	}
	want := &authn.Key{Id: key.GetId(), Details: key.GetDetails(), Type: authn.KeyType_KEY_TYPE_JSON, ExpirationDate: expires}
	if got := must(w.GetAppKey(ctx, get(key.GetId()))).GetKey(); !proto.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	w.write(addAppKeyRow(id, "500"))
	if got := must(w.GetAppKey(ctx, get("500"))).GetKey().GetExpirationDate().AsTime(); !got.Equal(iam.Never) {
		t.Errorf("never is %v", got)
	}
	l := must(w.ListAppKeys(ctx, &mgmt.ListAppKeysRequest{ProjectId: w.project, AppId: id, Query: &object.ListQuery{Limit: 1, Asc: true}}))
	if l.GetDetails().GetTotalResult() != 2 || len(l.GetResult()) != 1 || !proto.Equal(l.GetResult()[0], want) {
		t.Errorf("list %v", l)
	}
	basic, elsewhere := w.addAPI("Basic", 0).GetAppId(), w.addProject(w.alpha, "Other")
	type r = *mgmt.AddAppKeyRequest
	walk(t, ctx, []step{
		{"no type", calling(w.AddAppKey, add(func(r r) { r.Type = 0 })), iam.InvalidArgument},
		{"the past", calling(w.AddAppKey, add(func(r r) { r.ExpirationDate = timestamppb.New(time.Now().Add(-time.Hour)) })), iam.InvalidArgument},
		{"no time", calling(w.AddAppKey, add(func(r r) { r.ExpirationDate = &timestamppb.Timestamp{Nanos: -1} })), iam.InvalidArgument},
		{"of an API with a secret", calling(w.AddAppKey, add(func(r r) { r.AppId = basic })), iam.FailedPrecondition},
		{"of another project", calling(w.AddAppKey, add(func(r r) { r.ProjectId = elsewhere })), iam.NotFound},
		{"key of another application", calling(w.GetAppKey, &mgmt.GetAppKeyRequest{ProjectId: w.project, AppId: basic, KeyId: "500"}), iam.NotFound},
		{"removal of it", calling(w.RemoveAppKey, &mgmt.RemoveAppKeyRequest{ProjectId: w.project, AppId: basic, KeyId: "500"}), iam.NotFound},
		{"keys by another project", calling(w.ListAppKeys, &mgmt.ListAppKeysRequest{ProjectId: elsewhere, AppId: id}), iam.NotFound},
		{"remove", calling(w.RemoveAppKey, &mgmt.RemoveAppKeyRequest{ProjectId: w.project, AppId: id, KeyId: "500"}), success},
		{"remove again", calling(w.RemoveAppKey, &mgmt.RemoveAppKeyRequest{ProjectId: w.project, AppId: id, KeyId: "500"}), iam.NotFound},
	})
	w.write(addAppKeyRows(id, iam.MaxApplicationKeys-1))
	wantKind(t, "one too many", second(w.AddAppKey(ctx, add(func(r) {}))), iam.ResourceExhausted)
	if text := w.payloads(); strings.Contains(text, "PRIVATE") || !strings.Contains(text, key.GetId()) {
		t.Errorf("events: %s", text)
	}
}

func addAppKeyRow(appID, keyID string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		return tx.AddApplicationKey(&iam.ApplicationKey{ID: keyID, ApplicationID: appID, PublicKey: []byte{1}})
	}
}

func addAppKeyRows(appID string, n int) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		for range n {
			if err := addAppKeyRow(appID, iam.NewID())(tx); err != nil {
				return err
			}
		}
		return nil
	}
}
