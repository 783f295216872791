package v2

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	application "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/application/v2"
	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

type (
	apiApp  = application.CreateApplicationRequest_ApiConfiguration
	oidcApp = application.CreateApplicationRequest_OidcConfiguration
)

const (
	gateway   = "700000000000000001" // an API of chat with a secret
	verifier  = "700000000000000002" // an API of chat with a key
	keyOfChat = "800000000000000001"
)

// addApplications adds two APIs and a key to a world.
func addApplications(tx *store.Tx) error {
	for _, a := range []iam.Application{
		{ID: gateway, Name: "Gateway", AuthMethod: iam.AuthBasic, Secret: []byte{1}},
		{ID: verifier, Name: "verifier", AuthMethod: iam.AuthPrivateKeyJWT},
	} {
		a.ProjectID, a.Type, a.State, a.ClientID = chat, iam.API, iam.Active, "1"+a.ID
		if err := tx.AddApplication(&a); err != nil {
			return err
		}
	}
	return tx.AddApplicationKey(&iam.ApplicationKey{ID: keyOfChat, ApplicationID: verifier, PublicKey: []byte{1}})
}

func applicationAccess() []access {
	const read, none = success, iam.NotFound
	with := func(call func(*Applications) caller) func(*world) caller {
		return func(w *world) caller {
			w.write(addApplications)
			return call(w.applications)
		}
	}
	return []access{
		{method: "CreateApplication", call: with(func(s *Applications) caller {
			return calling(s.CreateApplication, &application.CreateApplicationRequest{ProjectId: chat, Name: "new", ApplicationType: &apiApp{}})
		})},
		{method: "UpdateApplication", call: with(func(s *Applications) caller {
			return calling(s.UpdateApplication, &application.UpdateApplicationRequest{ProjectId: chat, ApplicationId: gateway, Name: "new"})
		})},
		{method: "GetApplication", stranger: none, viewer: read, call: with(func(s *Applications) caller {
			return calling(s.GetApplication, &application.GetApplicationRequest{ApplicationId: gateway})
		})},
		{method: "DeleteApplication", call: with(func(s *Applications) caller {
			return calling(s.DeleteApplication, &application.DeleteApplicationRequest{ProjectId: chat, ApplicationId: gateway})
		})},
		{method: "DeactivateApplication", call: with(func(s *Applications) caller {
			return calling(s.DeactivateApplication, &application.DeactivateApplicationRequest{ProjectId: chat, ApplicationId: gateway})
		})},
		{method: "ReactivateApplication", call: with(func(s *Applications) caller {
			return calling(s.ReactivateApplication, &application.ReactivateApplicationRequest{ProjectId: chat, ApplicationId: gateway})
		})},
		{method: "GenerateClientSecret", call: with(func(s *Applications) caller {
			return calling(s.GenerateClientSecret, &application.GenerateClientSecretRequest{ProjectId: chat, ApplicationId: gateway})
		})},
		{method: "ListApplications", stranger: none, viewer: read, call: with(func(s *Applications) caller {
			return seeing(s.ListApplications, &application.ListApplicationsRequest{},
				func(r *application.ListApplicationsResponse) uint64 { return r.GetPagination().GetTotalResult() })
		})},
		{method: "CreateApplicationKey", call: with(func(s *Applications) caller {
			return calling(s.CreateApplicationKey, &application.CreateApplicationKeyRequest{ProjectId: chat, ApplicationId: verifier})
		})},
		{method: "DeleteApplicationKey", call: with(func(s *Applications) caller {
			return calling(s.DeleteApplicationKey, &application.DeleteApplicationKeyRequest{ProjectId: chat, ApplicationId: verifier, KeyId: keyOfChat})
		})},
		{method: "GetApplicationKey", stranger: none, viewer: read, call: with(func(s *Applications) caller {
			return calling(s.GetApplicationKey, &application.GetApplicationKeyRequest{KeyId: keyOfChat})
		})},
		{method: "ListApplicationKeys", stranger: none, viewer: read, call: with(func(s *Applications) caller {
			return seeing(s.ListApplicationKeys, &application.ListApplicationKeysRequest{},
				func(r *application.ListApplicationKeysResponse) uint64 { return r.GetPagination().GetTotalResult() })
		})},
	}
}

func TestAPIApplications(t *testing.T) {
	w := newWorld(t)
	ctx, s := w.as(ownerID), w.applications
	made := must(s.CreateApplication(ctx, &application.CreateApplicationRequest{
		ProjectId: chat, ApplicationId: "my-app", Name: "App", ApplicationType: &apiApp{},
	}))
	id, secret := made.GetApplicationId(), made.GetApiConfiguration().GetClientSecret()
	if id != "my-app" || !keyring.LooksLikeClientSecret(secret) {
		t.Errorf("made %v", made)
	}
	get := func() *application.Application {
		return must(s.GetApplication(ctx, &application.GetApplicationRequest{ApplicationId: id})).GetApplication()
	}
	want := &application.Application{
		ApplicationId: id, CreationDate: made.GetCreationDate(), ChangeDate: made.GetCreationDate(), Name: "App", ProjectId: chat,
		State: application.ApplicationState_APPLICATION_STATE_ACTIVE, Configuration: &application.Application_ApiConfiguration{
			ApiConfiguration: &application.APIConfiguration{ClientId: made.GetApiConfiguration().GetClientId()},
		},
	}
	if got := get(); !proto.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	byKey := &application.UpdateApplicationRequest_ApiConfiguration{ApiConfiguration: &application.UpdateAPIApplicationConfigurationRequest{
		AuthMethodType: application.APIAuthMethodType_API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT,
	}}
	fresh := must(s.GenerateClientSecret(ctx, &application.GenerateClientSecretRequest{ProjectId: chat, ApplicationId: id}))
	if !keyring.LooksLikeClientSecret(fresh.GetClientSecret()) || fresh.GetClientSecret() == secret || fresh.GetCreationDate() == nil {
		t.Errorf("a fresh secret: %v", fresh)
	}
	update := &application.UpdateApplicationRequest{ProjectId: chat, ApplicationId: id, Name: "Other", ApplicationType: byKey}
	first, again := must(s.UpdateApplication(ctx, update)), must(s.UpdateApplication(ctx, update))
	if first.GetChangeDate() == nil || !proto.Equal(first, again) {
		t.Errorf("changed at %v and %v", first, again)
	}
	off := must(s.DeactivateApplication(ctx, &application.DeactivateApplicationRequest{ProjectId: chat, ApplicationId: id}))
	if again := must(s.DeactivateApplication(ctx, &application.DeactivateApplicationRequest{ProjectId: chat, ApplicationId: id})); !proto.Equal(off, again) {
		t.Errorf("deactivated at %v and %v", off, again)
	}
	if got := get(); got.GetName() != "Other" || got.GetState() != application.ApplicationState_APPLICATION_STATE_INACTIVE ||
		got.GetApiConfiguration().GetAuthMethodType() != application.APIAuthMethodType_API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT {
		t.Errorf("after the changes: %v", got)
	}
	create := func(projectID, id, name string) *application.CreateApplicationRequest {
		return &application.CreateApplicationRequest{ProjectId: projectID, ApplicationId: id, Name: name, ApplicationType: &apiApp{}}
	}
	ref := func(projectID, id string) *application.UpdateApplicationRequest {
		return &application.UpdateApplicationRequest{ProjectId: projectID, ApplicationId: id, Name: "x"}
	}
	for _, tt := range []struct {
		name string
		err  error
		want iam.Kind
	}{
		{"taken name", second(s.CreateApplication(ctx, create(chat, "", "OTHER"))), iam.AlreadyExists},
		{"taken id", second(s.CreateApplication(ctx, create(chat, "my-app", "y"))), iam.AlreadyExists},
		{"bad id", second(s.CreateApplication(ctx, create(chat, "my app", "y"))), iam.InvalidArgument},
		{"no name", second(s.CreateApplication(ctx, create(chat, "", ""))), iam.InvalidArgument},
		{"no project", second(s.CreateApplication(ctx, create("", "", "y"))), iam.InvalidArgument},
		{"unknown project", second(s.CreateApplication(ctx, create(unknown, "", "y"))), iam.NotFound},
		{"internal project", second(s.CreateApplication(w.as(rootID), create(internalID, "", "y"))), iam.FailedPrecondition},
		{"granted project", second(s.CreateApplication(w.as(receiverID), create(chat, "", "y"))), iam.PermissionDenied},
		{"no type", second(s.CreateApplication(ctx, &application.CreateApplicationRequest{ProjectId: chat, Name: "y"})), iam.InvalidArgument},
		{"SAML", second(s.CreateApplication(ctx, &application.CreateApplicationRequest{ProjectId: chat, Name: "y", ApplicationType: &application.CreateApplicationRequest_SamlConfiguration{}})), iam.Unimplemented},
		{"SAML of it", second(s.UpdateApplication(ctx, &application.UpdateApplicationRequest{ProjectId: chat, ApplicationId: id, ApplicationType: &application.UpdateApplicationRequest_SamlConfiguration{}})), iam.Unimplemented},
		{"OIDC of an API", second(s.UpdateApplication(ctx, &application.UpdateApplicationRequest{ProjectId: chat, ApplicationId: id, ApplicationType: &application.UpdateApplicationRequest_OidcConfiguration{
			OidcConfiguration: &application.UpdateOIDCApplicationConfigurationRequest{},
		}})), iam.FailedPrecondition},
		{"another project", second(s.UpdateApplication(ctx, ref(unknown, id))), iam.NotFound},
		{"unknown", second(s.UpdateApplication(ctx, ref(chat, unknown))), iam.NotFound},
		{"no application", second(s.UpdateApplication(ctx, ref(chat, ""))), iam.InvalidArgument},
		{"delete the unknown", second(s.DeleteApplication(ctx, &application.DeleteApplicationRequest{ProjectId: chat, ApplicationId: unknown})), iam.NotFound},
		{"secret by a key", second(s.GenerateClientSecret(ctx, &application.GenerateClientSecretRequest{ProjectId: chat, ApplicationId: id})), iam.FailedPrecondition},
		{"reactivate", second(s.ReactivateApplication(ctx, &application.ReactivateApplicationRequest{ProjectId: chat, ApplicationId: id})), success},
		{"delete", second(s.DeleteApplication(ctx, &application.DeleteApplicationRequest{ProjectId: chat, ApplicationId: id})), success},
	} {
		wantKind(t, tt.name, tt.err, tt.want)
	}
}

// TestOIDCApplications: what is set reads back as it was, and an update changes
// what it names.
func TestOIDCApplications(t *testing.T) {
	w := newWorld(t)
	ctx, s := w.as(ownerID), w.applications
	in := &application.CreateOIDCApplicationRequest{
		RedirectUris: []string{"https://a.example/cb"}, ResponseTypes: []application.OIDCResponseType{2, 1}, GrantTypes: []application.OIDCGrantType{1, 0, 2, 3, 4},
		ApplicationType: 1, AuthMethodType: 2, PostLogoutRedirectUris: []string{"https://a.example"}, DevelopmentMode: true, AccessTokenType: 1,
		AccessTokenRoleAssertion: true, IdTokenRoleAssertion: true, IdTokenUserinfoAssertion: true, ClockSkew: durationpb.New(5 * time.Second),
		AdditionalOrigins: []string{"https://b.example"}, SkipNativeAppSuccessPage: true, BackChannelLogoutUri: "https://c.example",
		LoginVersion: &application.LoginVersion{Version: &application.LoginVersion_LoginV1{LoginV1: &application.LoginV1{}}},
	}
	create := func(name string, in *application.CreateOIDCApplicationRequest) (*application.CreateApplicationResponse, error) {
		return s.CreateApplication(ctx, &application.CreateApplicationRequest{ProjectId: chat, Name: name, ApplicationType: &oidcApp{OidcConfiguration: in}})
	}
	made := must(create("Full", in))
	id := made.GetApplicationId()
	if o := made.GetOidcConfiguration(); o.GetClientSecret() != "" || o.GetNonCompliant() || len(o.GetComplianceProblems()) > 0 {
		t.Errorf("made %v", made)
	}
	want := &application.OIDCConfiguration{
		RedirectUris: in.RedirectUris, ResponseTypes: in.ResponseTypes, GrantTypes: in.GrantTypes, ApplicationType: 1, ClientId: made.GetOidcConfiguration().GetClientId(),
		AuthMethodType: 2, PostLogoutRedirectUris: in.PostLogoutRedirectUris, DevelopmentMode: true, AccessTokenType: 1, AccessTokenRoleAssertion: true,
		IdTokenRoleAssertion: true, IdTokenUserinfoAssertion: true, ClockSkew: in.ClockSkew, AdditionalOrigins: in.AdditionalOrigins,
		AllowedOrigins: []string{"https://a.example", "https://b.example"}, SkipNativeAppSuccessPage: true, BackChannelLogoutUri: in.BackChannelLogoutUri,
		LoginVersion: in.LoginVersion,
	}
	check := func(when string) {
		t.Helper()
		got := must(s.GetApplication(ctx, &application.GetApplicationRequest{ApplicationId: id})).GetApplication().GetOidcConfiguration()
		if !proto.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", when, got, want)
		}
	}
	check("made")
	update := func(in *application.UpdateOIDCApplicationConfigurationRequest) error {
		return second(s.UpdateApplication(ctx, &application.UpdateApplicationRequest{
			ProjectId: chat, ApplicationId: id, Name: "Full", ApplicationType: &application.UpdateApplicationRequest_OidcConfiguration{OidcConfiguration: in},
		}))
	}
	wantKind(t, "nothing", update(&application.UpdateOIDCApplicationConfigurationRequest{}), success)
	check("nothing changed")
	wantKind(t, "switches", update(&application.UpdateOIDCApplicationConfigurationRequest{
		DevelopmentMode: new(false), IdTokenRoleAssertion: new(false), ClockSkew: durationpb.New(0), AccessTokenType: new(application.OIDCTokenType(0)),
		BackChannelLogoutUri: new(""), LoginVersion: &application.LoginVersion{}, RedirectUris: []string{"https://d.example"},
	}), success)
	want.DevelopmentMode, want.IdTokenRoleAssertion, want.ClockSkew, want.AccessTokenType = false, false, durationpb.New(0), 0
	want.BackChannelLogoutUri, want.LoginVersion, want.RedirectUris = "", nil, []string{"https://d.example"}
	want.AllowedOrigins = []string{"https://d.example", "https://b.example"}
	check("changed")
	type u = application.UpdateOIDCApplicationConfigurationRequest
	for name, in := range map[string]*u{
		"app type":      {ApplicationType: new(application.OIDCApplicationType(3))},
		"method":        {AuthMethodType: new(application.OIDCAuthMethodType(4))},
		"version":       {Version: new(application.OIDCVersion(1))},
		"response type": {ResponseTypes: []application.OIDCResponseType{0}},
		"grant type":    {GrantTypes: []application.OIDCGrantType{5}},
		"token type":    {AccessTokenType: new(application.OIDCTokenType(2))},
		"skew":          {ClockSkew: durationpb.New(-1)},
		"bad skew":      {ClockSkew: &durationpb.Duration{Nanos: 1e9}},
		"grants":        {GrantTypes: []application.OIDCGrantType{0}},
		"origin":        {AdditionalOrigins: []string{"https://a.example/"}},
	} {
		wantKind(t, name, update(in), iam.InvalidArgument)
	}
	check("refused")
	wantKind(t, "bad version at first", second(create("x", &application.CreateOIDCApplicationRequest{Version: 1})), iam.InvalidArgument)
}

func TestListApplications(t *testing.T) {
	w := newWorld(t)
	w.write(addApplications)
	s := w.applications
	must(s.CreateApplication(w.as(ownerID), &application.CreateApplicationRequest{ProjectId: chat, ApplicationId: "oidc", Name: "Web", ApplicationType: &oidcApp{}}))
	must(s.DeactivateApplication(w.as(ownerID), &application.DeactivateApplicationRequest{ProjectId: chat, ApplicationId: gateway}))
	type f = application.ApplicationSearchFilter
	list := func(by string, sort application.ApplicationSorting, fs ...*f) ([]string, uint64) {
		l := must(s.ListApplications(w.as(by), &application.ListApplicationsRequest{
			Filters: fs, SortingColumn: sort, Pagination: &filter.PaginationRequest{Asc: true},
		}))
		return mapSlice(l.GetApplications(), func(a *application.Application) string { return a.GetApplicationId() }), l.GetPagination().GetTotalResult()
	}
	byState := func(s application.ApplicationState) *f {
		return &f{Filter: &application.ApplicationSearchFilter_StateFilter{StateFilter: s}}
	}
	byType := func(t application.ApplicationType) *f {
		return &f{Filter: &application.ApplicationSearchFilter_TypeFilter{TypeFilter: t}}
	}
	inProject := func(id string) *f {
		return &f{Filter: &application.ApplicationSearchFilter_ProjectIdFilter{ProjectIdFilter: &application.ProjectIDFilter{ProjectId: id}}}
	}
	for _, tt := range []struct {
		name string
		by   string
		sort application.ApplicationSorting
		f    []*f
		want []string
	}{
		{"all by id", ownerID, 0, nil, []string{gateway, verifier, "oidc"}},
		{"all by name", ownerID, 1, nil, []string{gateway, verifier, "oidc"}},
		{"all by state", rootID, 2, nil, []string{verifier, "oidc", gateway}},
		{"all by creation", rootID, 3, nil, []string{gateway, verifier, "oidc"}},
		{"all by change", rootID, 4, nil, []string{verifier, "oidc", gateway}},
		{"a stranger's", strangerID, 0, nil, []string{}},
		{"of the receiver of a grant", receiverID, 0, []*f{inProject(chat)}, []string{}},
		{"of a project", ownerID, 0, []*f{inProject(chat)}, []string{gateway, verifier, "oidc"}},
		{"of no project", ownerID, 0, []*f{inProject(unknown)}, []string{}},
		{"inactive", ownerID, 0, []*f{byState(2)}, []string{gateway}},
		{"active APIs", ownerID, 0, []*f{byState(1), byType(2)}, []string{verifier}},
		{"removed", ownerID, 0, []*f{byState(3)}, []string{}},
		{"OIDC", ownerID, 0, []*f{byType(1)}, []string{"oidc"}},
		{"SAML", ownerID, 0, []*f{byType(3)}, []string{}},
		{"client_id", ownerID, 0, []*f{{Filter: &application.ApplicationSearchFilter_ClientIdFilter{ClientIdFilter: &application.ClientIDFilter{ClientId: "1" + verifier}}}}, []string{verifier}},
		{"entity id", ownerID, 0, []*f{{Filter: &application.ApplicationSearchFilter_EntityIdFilter{EntityIdFilter: &application.EntityIDFilter{EntityId: "e"}}}}, []string{}},
		{"name", ownerID, 0, []*f{{Filter: &application.ApplicationSearchFilter_NameFilter{NameFilter: &application.ApplicationNameFilter{Name: "GATE", Method: 3}}}}, []string{gateway}},
	} {
		if got, total := list(tt.by, tt.sort, tt.f...); !slices.Equal(got, tt.want) || total != uint64(len(tt.want)) {
			t.Errorf("%s: %v (total %d), want %v", tt.name, got, total, tt.want)
		}
	}
	for name, req := range map[string]*application.ListApplicationsRequest{
		"no state": {Filters: []*f{byState(0)}}, "strange state": {Filters: []*f{byState(4)}}, "no type": {Filters: []*f{byType(0)}},
		"empty": {Filters: []*f{{}}}, "column": {SortingColumn: 5},
		"method": {Filters: []*f{{Filter: &application.ApplicationSearchFilter_NameFilter{NameFilter: &application.ApplicationNameFilter{Method: 8}}}}},
	} {
		wantKind(t, name, second(s.ListApplications(w.as(ownerID), req)), iam.InvalidArgument)
	}
}

func TestApplicationKeys(t *testing.T) {
	w := newWorld(t)
	w.write(addApplications)
	ctx, s := w.as(ownerID), w.applications
	expires := timestamppb.New(time.Now().Add(time.Hour).Truncate(time.Second))
	made := must(s.CreateApplicationKey(ctx, &application.CreateApplicationKeyRequest{ProjectId: chat, ApplicationId: verifier, ExpirationDate: expires}))
	var file struct{ Type, KeyID, Key, AppID, ClientID string }
	if err := json.Unmarshal(made.GetKeyDetails(), &file); err != nil || file.Type != "application" || file.KeyID != made.GetKeyId() || file.AppID != verifier || file.Key == "" {
		t.Errorf("the file of the key: %+v, %v", file, err)
	}
	got := must(s.GetApplicationKey(ctx, &application.GetApplicationKeyRequest{KeyId: made.GetKeyId()}))
	if want := (&application.GetApplicationKeyResponse{KeyId: made.GetKeyId(), CreationDate: made.GetCreationDate(), ExpirationDate: expires}); !proto.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	type f = application.ApplicationKeySearchFilter
	of := func(projectID string) *f {
		return &f{Filter: &application.ApplicationKeySearchFilter_ProjectIdFilter{ProjectIdFilter: &application.ApplicationKeyProjectIDFilter{ProjectId: projectID}}}
	}
	for sort := range application.ApplicationKeysSorting_name {
		req := &application.ListApplicationKeysRequest{SortingColumn: application.ApplicationKeysSorting(sort), Filters: []*f{
			of(chat),
			{Filter: &application.ApplicationKeySearchFilter_ApplicationIdFilter{ApplicationIdFilter: &application.ApplicationKeyApplicationIDFilter{ApplicationId: verifier}}},
			{Filter: &application.ApplicationKeySearchFilter_OrganizationIdFilter{OrganizationIdFilter: &application.ApplicationKeyOrganizationIDFilter{OrganizationId: alpha}}},
		}}
		l := must(s.ListApplicationKeys(ctx, req))
		if l.GetPagination().GetTotalResult() != 2 || len(l.GetKeys()) != 2 {
			t.Errorf("sorted by %d: %v", sort, l)
		}
		if sort == int32(application.ApplicationKeysSorting_APPLICATION_KEYS_SORT_BY_EXPIRATION) {
			never := l.GetKeys()[0] // descending
			if never.GetKeyId() != keyOfChat || !never.GetExpirationDate().AsTime().Equal(iam.Never) || never.GetOrganizationId() != alpha || never.GetProjectId() != chat {
				t.Errorf("the last to expire: %v", never)
			}
		}
	}
	remove := func(projectID, applicationID string) error {
		return second(s.DeleteApplicationKey(ctx, &application.DeleteApplicationKeyRequest{ProjectId: projectID, ApplicationId: applicationID, KeyId: keyOfChat}))
	}
	for _, tt := range []struct {
		name string
		err  error
		want iam.Kind
	}{
		{"empty filter", second(s.ListApplicationKeys(ctx, &application.ListApplicationKeysRequest{Filters: []*f{{}}})), iam.InvalidArgument},
		{"the past", second(s.CreateApplicationKey(ctx, &application.CreateApplicationKeyRequest{ProjectId: chat, ApplicationId: verifier, ExpirationDate: timestamppb.New(time.Unix(1, 0))})), iam.InvalidArgument},
		{"with a secret", second(s.CreateApplicationKey(ctx, &application.CreateApplicationKeyRequest{ProjectId: chat, ApplicationId: gateway})), iam.FailedPrecondition},
		{"no key", second(s.GetApplicationKey(ctx, &application.GetApplicationKeyRequest{})), iam.InvalidArgument},
		{"of another application", remove(chat, gateway), iam.NotFound},
		{"of another project", remove(unknown, verifier), iam.NotFound},
		{"of no project", remove("", verifier), iam.InvalidArgument},
		{"delete", remove(chat, verifier), success},
		{"delete again", remove(chat, verifier), iam.NotFound},
	} {
		wantKind(t, tt.name, tt.err, tt.want)
	}
	if l := must(s.ListApplicationKeys(ctx, &application.ListApplicationKeysRequest{Filters: []*f{of(internalID)}})); l.GetPagination().GetTotalResult() != 0 {
		t.Errorf("keys of a project without: %v", l)
	}
}
