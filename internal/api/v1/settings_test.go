package v1

import (
	"context"
	"testing"
	"time"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/settings"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func oidcSettings(access time.Duration) *admin.UpdateOIDCSettingsRequest {
	return &admin.UpdateOIDCSettingsRequest{
		AccessTokenLifetime: durationpb.New(access), IdTokenLifetime: durationpb.New(2 * time.Hour),
		RefreshTokenIdleExpiration: durationpb.New(3 * time.Hour), RefreshTokenExpiration: durationpb.New(4 * time.Hour),
	}
}

func generator(t settings.SecretGeneratorType) *admin.UpdateSecretGeneratorRequest {
	return &admin.UpdateSecretGeneratorRequest{
		GeneratorType: t, Length: 20, Expiry: durationpb.New(90 * time.Minute), IncludeUpperLetters: true, IncludeSymbols: true,
	}
}

// TestSettingsAccess is TestAdminAccess for what is set of the instance, in one world.
func TestSettingsAccess(t *testing.T) {
	const denied = iam.PermissionDenied
	w := newWorld(t)
	viewer := w.manager(w.home, iam.LevelInstance, must(w.db.Read().Instance(t.Context())).ID, iam.IAMOwnerViewer)
	for _, test := range []struct {
		name          string
		viewer, right iam.Kind
		call          func(context.Context) error
	}{
		{"GetOIDCSettings", success, success, calling(w.admin.GetOIDCSettings, &admin.GetOIDCSettingsRequest{})},
		{"AddOIDCSettings", denied, iam.AlreadyExists, calling(w.admin.AddOIDCSettings, &admin.AddOIDCSettingsRequest{})},
		{"UpdateOIDCSettings", denied, success, calling(w.admin.UpdateOIDCSettings, oidcSettings(time.Hour))},
		{"GetSecurityPolicy", success, success, calling(w.admin.GetSecurityPolicy, &admin.GetSecurityPolicyRequest{})},
		{"SetSecurityPolicy", denied, success, calling(w.admin.SetSecurityPolicy, &admin.SetSecurityPolicyRequest{EnableImpersonation: true})},
		{"ListSecretGenerators", success, success, calling(w.admin.ListSecretGenerators, &admin.ListSecretGeneratorsRequest{})},
		{"GetSecretGenerator", success, success, calling(w.admin.GetSecretGenerator, &admin.GetSecretGeneratorRequest{GeneratorType: 1})},
		{"UpdateSecretGenerator", denied, success, calling(w.admin.UpdateSecretGenerator, generator(1))},
		{"ListInstanceDomains", success, success, calling(w.admin.ListInstanceDomains, &admin.ListInstanceDomainsRequest{})},
		{"ListViews", success, success, calling(w.admin.ListViews, &admin.ListViewsRequest{})},
		{"ListFailedEvents", success, success, calling(w.admin.ListFailedEvents, &admin.ListFailedEventsRequest{})},
	} {
		wantKind(t, test.name+" by nobody", test.call(w.as("", "")), iam.Unauthenticated)
		wantKind(t, test.name+" by an organization's owner", test.call(w.as(w.owner[w.beta], "")), denied)
		wantKind(t, test.name+" by a viewer", test.call(w.as(viewer, "")), test.viewer)
		wantKind(t, test.name+" by the owner", test.call(w.as(w.root, "")), test.right)
	}
}

func TestOIDCSettings(t *testing.T) {
	w := newWorld(t)
	root := w.as(w.root, "")
	req := oidcSettings(time.Hour)
	made := must(w.admin.UpdateOIDCSettings(root, req)).GetDetails()
	got := must(w.admin.GetOIDCSettings(root, nil)).GetSettings()
	want := &settings.OIDCSettings{
		Details: made, AccessTokenLifetime: req.GetAccessTokenLifetime(), IdTokenLifetime: req.GetIdTokenLifetime(),
		RefreshTokenIdleExpiration: req.GetRefreshTokenIdleExpiration(), RefreshTokenExpiration: req.GetRefreshTokenExpiration(),
	}
	if !proto.Equal(got, want) || made.GetResourceOwner() != w.instance || made.GetChangeDate() == nil {
		t.Errorf("set %v, got %v", req, got)
	}
	_, err := w.admin.UpdateOIDCSettings(root, req)
	wantKind(t, "the same again", err, iam.Unchanged)
	for name, change := range map[string]func(*admin.UpdateOIDCSettingsRequest){
		"none":      func(r *admin.UpdateOIDCSettingsRequest) { r.IdTokenLifetime = nil },
		"too short": func(r *admin.UpdateOIDCSettingsRequest) { r.AccessTokenLifetime = durationpb.New(59 * time.Second) },
		"too long": func(r *admin.UpdateOIDCSettingsRequest) {
			r.RefreshTokenExpiration = durationpb.New(iam.MaxLifetime + time.Second)
		},
		"a fraction": func(r *admin.UpdateOIDCSettingsRequest) { r.RefreshTokenIdleExpiration.Nanos = 1 },
		"out of range": func(r *admin.UpdateOIDCSettingsRequest) {
			r.AccessTokenLifetime = &durationpb.Duration{Seconds: 1, Nanos: -1}
		},
		"overflowing": func(r *admin.UpdateOIDCSettingsRequest) {
			r.AccessTokenLifetime = &durationpb.Duration{Seconds: 315576000000}
		},
	} {
		bad := oidcSettings(2 * time.Hour)
		change(bad)
		_, err := w.admin.UpdateOIDCSettings(root, bad)
		wantKind(t, name, err, iam.InvalidArgument)
	}
	if again := must(w.admin.GetOIDCSettings(root, nil)).GetSettings(); !proto.Equal(again, want) {
		t.Errorf("after refusals: %v", again)
	}
}

func TestSecurityPolicy(t *testing.T) {
	w := newWorld(t)
	root := w.as(w.root, "")
	if p := must(w.admin.GetSecurityPolicy(root, nil)).GetPolicy(); p.GetEnableIframeEmbedding() || p.GetEnableImpersonation() ||
		len(p.GetAllowedOrigins()) != 0 || p.GetDetails().GetResourceOwner() != w.instance || p.GetDetails().GetCreationDate() == nil {
		t.Errorf("never set: %v", p)
	}
	req := &admin.SetSecurityPolicyRequest{EnableIframeEmbedding: true, AllowedOrigins: []string{"https://b.example", "a.example"}}
	set := must(w.admin.SetSecurityPolicy(root, req)).GetDetails()
	want := &settings.SecurityPolicy{Details: set, EnableIframeEmbedding: true, AllowedOrigins: req.GetAllowedOrigins()}
	if p := must(w.admin.GetSecurityPolicy(root, nil)).GetPolicy(); !proto.Equal(p, want) {
		t.Errorf("set %v, got %v", req, p)
	}
	_, err := w.admin.SetSecurityPolicy(root, req)
	wantKind(t, "the same again", err, iam.Unchanged)
	_, err = w.admin.SetSecurityPolicy(root, &admin.SetSecurityPolicyRequest{AllowedOrigins: []string{"https://a.example/path"}})
	wantKind(t, "no origin", err, iam.InvalidArgument)
	must(w.admin.SetSecurityPolicy(root, &admin.SetSecurityPolicyRequest{}))
	if p := must(w.admin.GetSecurityPolicy(root, nil)).GetPolicy(); p.GetEnableIframeEmbedding() || len(p.GetAllowedOrigins()) != 0 {
		t.Errorf("set to nothing: %v", p)
	}
}

func TestSecretGenerators(t *testing.T) {
	w := newWorld(t)
	root := w.as(w.root, "")
	const app, sms = settings.SecretGeneratorType_SECRET_GENERATOR_TYPE_APP_SECRET, settings.SecretGeneratorType_SECRET_GENERATOR_TYPE_OTP_SMS
	get := func(kind settings.SecretGeneratorType) *settings.SecretGenerator {
		t.Helper()
		return must(w.admin.GetSecretGenerator(root, &admin.GetSecretGeneratorRequest{GeneratorType: kind})).GetSecretGenerator()
	}
	if g := get(app); g.GetGeneratorType() != app || g.GetLength() != 64 || g.GetExpiry().AsDuration() != 0 ||
		!g.GetIncludeLowerLetters() || !g.GetIncludeUpperLetters() || !g.GetIncludeDigits() || g.GetIncludeSymbols() ||
		g.GetDetails().GetResourceOwner() != w.instance {
		t.Errorf("Zitadel's generator: %v", g)
	}
	set := must(w.admin.UpdateSecretGenerator(root, generator(sms))).GetDetails()
	want := &settings.SecretGenerator{
		GeneratorType: sms, Details: set, Length: 20, Expiry: durationpb.New(90 * time.Minute), IncludeUpperLetters: true, IncludeSymbols: true,
	}
	if g := get(sms); !proto.Equal(g, want) {
		t.Errorf("set %v, got %v", want, g)
	}
	_, err := w.admin.UpdateSecretGenerator(root, generator(sms))
	wantKind(t, "the same again", err, iam.Unchanged)

	types := func(req *admin.ListSecretGeneratorsRequest) (out []settings.SecretGeneratorType) {
		t.Helper()
		for _, g := range must(w.admin.ListSecretGenerators(root, req)).GetResult() {
			out = append(out, g.GetGeneratorType())
		}
		return out
	}
	query := func(kind settings.SecretGeneratorType) *settings.SecretGeneratorQuery {
		return &settings.SecretGeneratorQuery{Query: &settings.SecretGeneratorQuery_TypeQuery{TypeQuery: &settings.SecretGeneratorTypeQuery{GeneratorType: kind}}}
	}
	for name, test := range map[string]struct {
		req  *admin.ListSecretGeneratorsRequest
		want []settings.SecretGeneratorType
	}{
		"all":      {&admin.ListSecretGeneratorsRequest{}, []settings.SecretGeneratorType{8, 7, 6, 5, 4, 3, 2, 1}},
		"a page":   {&admin.ListSecretGeneratorsRequest{Query: &object.ListQuery{Asc: true, Offset: 1, Limit: 2}}, []settings.SecretGeneratorType{2, 3}},
		"past all": {&admin.ListSecretGeneratorsRequest{Query: &object.ListQuery{Offset: 9}}, nil},
		"one":      {&admin.ListSecretGeneratorsRequest{Queries: []*settings.SecretGeneratorQuery{query(sms)}}, []settings.SecretGeneratorType{7}},
		"two":      {&admin.ListSecretGeneratorsRequest{Queries: []*settings.SecretGeneratorQuery{query(sms), query(app)}}, nil},
	} {
		got := types(test.req)
		same := len(got) == len(test.want)
		for i := range test.want {
			same = same && got[i] == test.want[i]
		}
		if !same {
			t.Errorf("%s: %v", name, got)
		}
	}
	list := func(q ...*settings.SecretGeneratorQuery) func(context.Context) error {
		return calling(w.admin.ListSecretGenerators, &admin.ListSecretGeneratorsRequest{Queries: q})
	}
	update := func(change func(*admin.UpdateSecretGeneratorRequest)) func(context.Context) error {
		req := generator(app)
		change(req)
		return calling(w.admin.UpdateSecretGenerator, req)
	}
	for name, call := range map[string]func(context.Context) error{
		"get no type":      calling(w.admin.GetSecretGenerator, &admin.GetSecretGeneratorRequest{}),
		"get unknown":      calling(w.admin.GetSecretGenerator, &admin.GetSecretGeneratorRequest{GeneratorType: 9}),
		"get negative":     calling(w.admin.GetSecretGenerator, &admin.GetSecretGeneratorRequest{GeneratorType: -1}),
		"list no query":    list(&settings.SecretGeneratorQuery{}),
		"list no type":     list(query(0)),
		"list unknown":     list(query(9)),
		"list too many":    calling(w.admin.ListSecretGenerators, &admin.ListSecretGeneratorsRequest{Query: &object.ListQuery{Limit: 1001}}),
		"update no type":   update(func(r *admin.UpdateSecretGeneratorRequest) { r.GeneratorType = 0 }),
		"update too short": update(func(r *admin.UpdateSecretGeneratorRequest) { r.Length = 3 }),
		"update huge":      update(func(r *admin.UpdateSecretGeneratorRequest) { r.Length = 1 << 31 }),
		"update no letter": update(func(r *admin.UpdateSecretGeneratorRequest) { r.IncludeUpperLetters, r.IncludeSymbols = false, false }),
		"update back":      update(func(r *admin.UpdateSecretGeneratorRequest) { r.Expiry = durationpb.New(-1) }),
		"update no time":   update(func(r *admin.UpdateSecretGeneratorRequest) { r.Expiry = &durationpb.Duration{Seconds: -1, Nanos: 1} }),
	} {
		wantKind(t, name, call(root), iam.InvalidArgument)
	}
	must(w.admin.UpdateSecretGenerator(root, &admin.UpdateSecretGeneratorRequest{GeneratorType: app, Length: 32, IncludeDigits: true})) // no expiry
	if g := get(app); g.GetExpiry().AsDuration() != 0 || g.GetLength() != 32 {
		t.Errorf("without an expiry: %v", g)
	}
}

func TestInstanceDomains(t *testing.T) {
	w := newWorld(t)
	root := w.as(w.root, "")
	domain := func(text string, method object.TextQueryMethod) *instance.DomainSearchQuery {
		return &instance.DomainSearchQuery{Query: &instance.DomainSearchQuery_DomainQuery{DomainQuery: &instance.DomainQuery{Domain: text, Method: method}}}
	}
	generated := func(is bool) *instance.DomainSearchQuery {
		return &instance.DomainSearchQuery{Query: &instance.DomainSearchQuery_GeneratedQuery{GeneratedQuery: &instance.DomainGeneratedQuery{Generated: is}}}
	}
	primary := func(is bool) *instance.DomainSearchQuery {
		return &instance.DomainSearchQuery{Query: &instance.DomainSearchQuery_PrimaryQuery{PrimaryQuery: &instance.DomainPrimaryQuery{Primary: is}}}
	}
	for name, test := range map[string]struct {
		queries []*instance.DomainSearchQuery
		want    int
	}{
		"all": {nil, 1}, "equal": {[]*instance.DomainSearchQuery{domain("id.example.com", 0)}, 1}, "other": {[]*instance.DomainSearchQuery{domain("ID.example.com", 0)}, 0},
		"folded": {[]*instance.DomainSearchQuery{domain("ID.", 3)}, 1}, "primary": {[]*instance.DomainSearchQuery{primary(true)}, 1},
		"not primary": {[]*instance.DomainSearchQuery{primary(false)}, 0}, "generated": {[]*instance.DomainSearchQuery{generated(true)}, 0},
		"not generated": {[]*instance.DomainSearchQuery{generated(false), primary(true)}, 1},
	} {
		got := must(w.admin.ListInstanceDomains(root, &admin.ListInstanceDomainsRequest{Queries: test.queries, SortingColumn: 1}))
		if len(got.GetResult()) != test.want || got.GetDetails().GetTotalResult() != uint64(test.want) || got.GetSortingColumn() != 1 {
			t.Errorf("%s: %v", name, got)
		}
		for _, d := range got.GetResult() {
			if d.GetDomain() != "id.example.com" || !d.GetPrimary() || d.GetGenerated() || d.GetDetails().GetResourceOwner() != w.instance {
				t.Errorf("%s: %v", name, d)
			}
		}
	}
	for name, req := range map[string]*admin.ListInstanceDomainsRequest{
		"an empty query":     {Queries: []*instance.DomainSearchQuery{{}}},
		"an unknown method":  {Queries: []*instance.DomainSearchQuery{domain("a", 8)}},
		"an unknown sorting": {SortingColumn: 5},
		"too many":           {Query: &object.ListQuery{Limit: 1001}},
	} {
		_, err := w.admin.ListInstanceDomains(root, req)
		wantKind(t, name, err, iam.InvalidArgument)
	}
	if got := must(w.admin.ListInstanceDomains(root, &admin.ListInstanceDomainsRequest{Query: &object.ListQuery{Offset: 1}})); len(got.GetResult()) != 0 || got.GetDetails().GetTotalResult() != 1 {
		t.Errorf("the second page: %v", got)
	}
}
