package v2

import (
	"testing"

	feature "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/feature/v2"
	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	instance "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"
	object "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object/v2"
	settings "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/settings/v2"
	"google.golang.org/protobuf/proto"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func settingsOf(id string) *object.RequestContext {
	return &object.RequestContext{ResourceOwner: &object.RequestContext_OrgId{OrgId: id}}
}

func settingsOfAll(is bool) *object.RequestContext {
	return &object.RequestContext{ResourceOwner: &object.RequestContext_Instance{Instance: is}}
}

func settingsAccess() []access {
	const read, none = success, iam.NotFound
	return []access{
		{method: "GetGeneralSettings", stranger: read, viewer: read, call: func(w *world) caller {
			return calling(w.settings.GetGeneralSettings, &settings.GetGeneralSettingsRequest{})
		}},
		{method: "GetLoginSettings", stranger: none, viewer: read, call: func(w *world) caller {
			return calling(w.settings.GetLoginSettings, &settings.GetLoginSettingsRequest{Ctx: settingsOf(alpha)})
		}},
		{method: "GetDomainSettings", stranger: none, viewer: read, call: func(w *world) caller {
			return calling(w.settings.GetDomainSettings, &settings.GetDomainSettingsRequest{Ctx: settingsOf(alpha)})
		}},
		{method: "GetSecuritySettings", right: rootID, call: func(w *world) caller {
			return calling(w.settings.GetSecuritySettings, &settings.GetSecuritySettingsRequest{})
		}},
		{method: "SetSecuritySettings", right: rootID, call: func(w *world) caller {
			return calling(w.settings.SetSecuritySettings, &settings.SetSecuritySettingsRequest{EnableImpersonation: true})
		}},
		{method: "SetInstanceFeatures", right: rootID, call: func(w *world) caller {
			return calling(w.features.SetInstanceFeatures, &feature.SetInstanceFeaturesRequest{UserSchema: new(true)})
		}},
		{method: "ResetInstanceFeatures", right: rootID, call: func(w *world) caller {
			return calling(w.features.ResetInstanceFeatures, &feature.ResetInstanceFeaturesRequest{})
		}},
		{method: "GetInstanceFeatures", stranger: read, viewer: read, call: func(w *world) caller {
			return calling(w.features.GetInstanceFeatures, &feature.GetInstanceFeaturesRequest{})
		}},
	}
}

func instanceAccess() []access {
	return []access{
		{method: "UpdateInstance", right: rootID, call: func(w *world) caller {
			return calling(w.instances.UpdateInstance, &instance.UpdateInstanceRequest{InstanceName: "Other"})
		}},
		{method: "ListCustomDomains", right: rootID, call: func(w *world) caller {
			return calling(w.instances.ListCustomDomains, &instance.ListCustomDomainsRequest{})
		}},
		{method: "AddTrustedDomain", right: rootID, call: func(w *world) caller {
			return calling(w.instances.AddTrustedDomain, &instance.AddTrustedDomainRequest{TrustedDomain: "a.example"})
		}},
		{method: "RemoveTrustedDomain", right: rootID, call: func(w *world) caller {
			must(w.instances.AddTrustedDomain(w.as(rootID), &instance.AddTrustedDomainRequest{TrustedDomain: "a.example"}))
			return calling(w.instances.RemoveTrustedDomain, &instance.RemoveTrustedDomainRequest{TrustedDomain: "a.example"})
		}},
		{method: "ListTrustedDomains", right: rootID, call: func(w *world) caller {
			return calling(w.instances.ListTrustedDomains, &instance.ListTrustedDomainsRequest{})
		}},
	}
}

// systemMethods are those that nobody may call.
func systemMethods() map[string]bool {
	return map[string]bool{"DeleteInstance": true, "ListInstances": true, "AddCustomDomain": true, "RemoveCustomDomain": true}
}

// What needs a user of the system is refused to everybody, once it is known who asks.
func TestSystemUsers(t *testing.T) {
	w := newWorld(t)
	calls := map[string]caller{
		"DeleteInstance":     calling(w.instances.DeleteInstance, &instance.DeleteInstanceRequest{InstanceId: instanceID}),
		"ListInstances":      calling(w.instances.ListInstances, &instance.ListInstancesRequest{}),
		"AddCustomDomain":    calling(w.instances.AddCustomDomain, &instance.AddCustomDomainRequest{InstanceId: instanceID, CustomDomain: "a.example"}),
		"RemoveCustomDomain": calling(w.instances.RemoveCustomDomain, &instance.RemoveCustomDomainRequest{InstanceId: instanceID, CustomDomain: "a.example"}),
	}
	for name := range systemMethods() {
		call := calls[name]
		wantKind(t, name+" by nobody", call(w.as("")), iam.Unauthenticated)
		wantKind(t, name+" by an organization's owner", call(w.as(ownerID)), iam.PermissionDenied)
		wantKind(t, name+" by the instance's owner", call(w.as(rootID)), iam.PermissionDenied)
	}
}

func TestPolicies(t *testing.T) {
	w := newWorld(t)
	g := must(w.settings.GetGeneralSettings(w.as(viewerID), nil))
	if g.GetDefaultOrgId() != home || g.GetDefaultOrganizationId() != home || g.GetDefaultLanguage() != "en" ||
		len(g.GetSupportedLanguages()) != 1 || len(g.GetAllowedLanguages()) != 1 {
		t.Errorf("general settings %v", g)
	}
	login := func(ctx *object.RequestContext) caller {
		return calling(w.settings.GetLoginSettings, &settings.GetLoginSettingsRequest{Ctx: ctx})
	}
	domain := func(ctx *object.RequestContext) caller {
		return calling(w.settings.GetDomainSettings, &settings.GetDomainSettingsRequest{Ctx: ctx})
	}
	for name, test := range map[string]struct {
		user string
		ctx  *object.RequestContext
		want iam.Kind
	}{
		"of the instance":                          {rootID, nil, success},
		"of the instance, said":                    {rootID, settingsOfAll(true), success},
		"of the instance, to a viewer":             {viewerID, settingsOfAll(true), success},
		"of the instance, to a manager of nothing": {robot, nil, iam.PermissionDenied},
		"of an organization":                       {rootID, settingsOf(beta), success},
		"of one's own":                             {viewerID, settingsOf(alpha), success},
		"of another":                               {viewerID, settingsOf(beta), iam.NotFound},
		"of none":                                  {rootID, settingsOf(unknown), iam.NotFound},
		"of the empty one":                         {rootID, settingsOf(""), iam.InvalidArgument},
		"of no instance":                           {rootID, settingsOfAll(false), iam.InvalidArgument},
	} {
		wantKind(t, "login settings "+name, login(test.ctx)(w.as(test.user)), test.want)
		wantKind(t, "domain settings "+name, domain(test.ctx)(w.as(test.user)), test.want)
	}
	l := must(w.settings.GetLoginSettings(w.as(rootID), &settings.GetLoginSettingsRequest{}))
	if s := l.GetSettings(); !s.GetAllowUsernamePassword() || s.GetAllowRegister() || s.GetAllowExternalIdp() || s.GetForceMfa() ||
		s.GetPasswordCheckLifetime().AsDuration() != iam.SessionLifetime || len(s.GetSecondFactors()) != 0 || l.GetDetails().GetResourceOwner() != instanceID {
		t.Errorf("login settings %v", l)
	}
	d := must(w.settings.GetDomainSettings(w.as(rootID), &settings.GetDomainSettingsRequest{})).GetSettings()
	if d.GetLoginNameIncludesDomain() || d.GetRequireOrgDomainVerification() {
		t.Errorf("domain settings %v", d)
	}
	ofOwner := must(w.settings.GetDomainSettings(w.as(ownerID), &settings.GetDomainSettingsRequest{Ctx: settingsOf(alpha)}))
	if !ofOwner.GetSettings().GetRequireOrgDomainVerification() {
		t.Errorf("an organization's owner does not have to prove domains: %v", ofOwner)
	}
}

func TestSecuritySettings(t *testing.T) {
	w := newWorld(t)
	root := w.as(rootID)
	get := func() *settings.GetSecuritySettingsResponse { return must(w.settings.GetSecuritySettings(root, nil)) }
	if s := get(); s.GetSettings().GetEmbeddedIframe().GetEnabled() || s.GetSettings().GetEnableImpersonation() || s.GetDetails().GetResourceOwner() != instanceID {
		t.Errorf("never set: %v", s)
	}
	req := &settings.SetSecuritySettingsRequest{
		EmbeddedIframe:      &settings.EmbeddedIframeSettings{Enabled: true, AllowedOrigins: []string{"foo", "bar"}},
		EnableImpersonation: true,
	}
	set := must(w.settings.SetSecuritySettings(root, req))
	want := &settings.GetSecuritySettingsResponse{
		Details:  set.GetDetails(),
		Settings: &settings.SecuritySettings{EmbeddedIframe: req.GetEmbeddedIframe(), EnableImpersonation: true},
	}
	if s := get(); !proto.Equal(s, want) {
		t.Errorf("set %v, got %v", req, s)
	}
	before := w.events()
	if again := must(w.settings.SetSecuritySettings(root, req)); !proto.Equal(again, set) || w.events() != before {
		t.Errorf("set again: %v", again)
	}
	_, err := w.settings.SetSecuritySettings(root, &settings.SetSecuritySettingsRequest{EmbeddedIframe: &settings.EmbeddedIframeSettings{AllowedOrigins: []string{"'self'"}}})
	wantKind(t, "no origin", err, iam.InvalidArgument)
	must(w.settings.SetSecuritySettings(root, &settings.SetSecuritySettingsRequest{}))
	if s := get().GetSettings(); s.GetEmbeddedIframe().GetEnabled() || len(s.GetEmbeddedIframe().GetAllowedOrigins()) != 0 || s.GetEnableImpersonation() {
		t.Errorf("set to nothing: %v", s)
	}
}

func TestFeatures(t *testing.T) {
	w := newWorld(t)
	root := w.as(rootID)
	const set, usual = feature.Source_SOURCE_INSTANCE, feature.Source_SOURCE_SYSTEM
	get := func(inheritance bool) *feature.GetInstanceFeaturesResponse {
		resp := must(w.features.GetInstanceFeatures(root, &feature.GetInstanceFeaturesRequest{Inheritance: inheritance}))
		if resp.GetDetails().GetResourceOwner() != instanceID {
			t.Errorf("details %v", resp.GetDetails())
		}
		resp.Details = nil
		return resp
	}
	off := func() *feature.FeatureFlag { return &feature.FeatureFlag{Source: usual} }
	all := &feature.GetInstanceFeaturesResponse{
		LoginDefaultOrg: off(), UserSchema: off(), OidcTokenExchange: off(), DebugOidcParentError: off(), OidcSingleV1SessionTermination: off(),
		EnableBackChannelLogout: off(), PermissionCheckV2: off(), ConsoleUseV2UserApi: off(),
		ImprovedPerformance: &feature.ImprovedPerformanceFeatureFlag{Source: usual}, LoginV2: &feature.LoginV2FeatureFlag{Source: usual},
	}
	if f := get(false); !proto.Equal(f, &feature.GetInstanceFeaturesResponse{}) {
		t.Errorf("never set: %v", f)
	}
	if f := get(true); !proto.Equal(f, all) {
		t.Errorf("never set, with inheritance: %v", f)
	}
	must(w.features.SetInstanceFeatures(root, &feature.SetInstanceFeaturesRequest{
		LoginDefaultOrg: new(true), UserSchema: new(false), ImprovedPerformance: []feature.ImprovedPerformance{3, 2},
		LoginV2: &feature.LoginV2{Required: true, BaseUri: new("https://login.example.com")},
	}))
	req := &feature.SetInstanceFeaturesRequest{
		LoginDefaultOrg: new(false), OidcTokenExchange: new(true), DebugOidcParentError: new(true), OidcSingleV1SessionTermination: new(true),
		EnableBackChannelLogout: new(true), PermissionCheckV2: new(true), ConsoleUseV2UserApi: new(true),
	}
	first := must(w.features.SetInstanceFeatures(root, req))
	before := w.events()
	if again := must(w.features.SetInstanceFeatures(root, req)); !proto.Equal(first, again) || w.events() != before {
		t.Errorf("set again: %v, then %v", first, again)
	}
	flag := func(on bool) *feature.FeatureFlag { return &feature.FeatureFlag{Enabled: on, Source: set} }
	want := &feature.GetInstanceFeaturesResponse{
		LoginDefaultOrg: flag(false), UserSchema: flag(false), OidcTokenExchange: flag(true), DebugOidcParentError: flag(true),
		OidcSingleV1SessionTermination: flag(true), EnableBackChannelLogout: flag(true), PermissionCheckV2: flag(true), ConsoleUseV2UserApi: flag(true),
		ImprovedPerformance: &feature.ImprovedPerformanceFeatureFlag{ExecutionPaths: []feature.ImprovedPerformance{3, 2}, Source: set},
		LoginV2:             &feature.LoginV2FeatureFlag{Required: true, BaseUri: new("https://login.example.com"), Source: set},
	}
	for _, inheritance := range []bool{false, true} {
		if f := get(inheritance); !proto.Equal(f, want) {
			t.Errorf("set: %v", f)
		}
	}
	for name, bad := range map[string]*feature.SetInstanceFeaturesRequest{
		"nothing":         {},
		"unknown path":    {ImprovedPerformance: []feature.ImprovedPerformance{99}},
		"no path":         {ImprovedPerformance: []feature.ImprovedPerformance{0}},
		"one path twice":  {ImprovedPerformance: []feature.ImprovedPerformance{2, 2}},
		"a script as URI": {LoginV2: &feature.LoginV2{BaseUri: new("javascript:alert(1)")}},
	} {
		_, err := w.features.SetInstanceFeatures(root, bad)
		wantKind(t, name, err, iam.InvalidArgument)
	}
	must(w.features.ResetInstanceFeatures(root, nil))
	if f := get(true); !proto.Equal(f, all) {
		t.Errorf("after a reset: %v", f)
	}
	before = w.events()
	if must(w.features.ResetInstanceFeatures(root, nil)); w.events() != before {
		t.Error("a second reset was recorded")
	}
}

func TestRenamingTheInstance(t *testing.T) {
	w := newWorld(t)
	rename := func(user, id, name string) (*instance.UpdateInstanceResponse, error) {
		return w.instances.UpdateInstance(w.as(user), &instance.UpdateInstanceRequest{InstanceId: id, InstanceName: name})
	}
	first := must(rename(rootID, instanceID, "Größe"))
	if i := must(w.instances.GetInstance(w.as(robot), nil)).GetInstance(); i.GetName() != "Größe" || !proto.Equal(i.GetChangeDate(), first.GetChangeDate()) {
		t.Errorf("renamed: %v", i)
	}
	if again := must(rename(rootID, "", "Größe")); !proto.Equal(first, again) {
		t.Errorf("renamed again: %v, then %v", first, again)
	}
	for name, test := range map[string]struct {
		id, to string
		want   iam.Kind
	}{
		"another instance": {unknown, "X", iam.PermissionDenied}, "no name": {"", "", iam.InvalidArgument}, "a space": {"", " X", iam.InvalidArgument},
	} {
		_, err := rename(rootID, test.id, test.to)
		wantKind(t, name, err, test.want)
	}
}

func TestTrustedDomains(t *testing.T) {
	w := newWorld(t)
	root := w.as(rootID)
	add := func(id, domain string) error {
		_, err := w.instances.AddTrustedDomain(root, &instance.AddTrustedDomainRequest{InstanceId: id, TrustedDomain: domain})
		return err
	}
	for _, domain := range []string{"b.example", "A.example", "c.test"} {
		wantKind(t, domain, add(instanceID, domain), success)
	}
	for domain, want := range map[string]iam.Kind{
		"": iam.InvalidArgument, "a b": iam.InvalidArgument, "https://a.example": iam.InvalidArgument, "B.example": iam.AlreadyExists,
		"a.example": iam.AlreadyExists, "ID.example.com": iam.AlreadyExists,
	} {
		wantKind(t, "add "+domain, add("", domain), want)
	}
	wantKind(t, "to another instance", add(unknown, "d.example"), iam.PermissionDenied)

	const byDomain = instance.TrustedDomainFieldName_TRUSTED_DOMAIN_FIELD_NAME_DOMAIN
	like := func(text string, method object.TextQueryMethod) []*instance.TrustedDomainFilter {
		return []*instance.TrustedDomainFilter{{Filter: &instance.TrustedDomainFilter_DomainFilter{DomainFilter: &instance.DomainFilter{Domain: text, Method: method}}}}
	}
	for name, test := range map[string]struct {
		req   *instance.ListTrustedDomainsRequest
		want  string
		total uint64
	}{
		"all":       {&instance.ListTrustedDomainsRequest{SortingColumn: byDomain, Pagination: &filter.PaginationRequest{Asc: true}}, "a.example b.example c.test", 3},
		"a page":    {&instance.ListTrustedDomainsRequest{SortingColumn: byDomain, Pagination: &filter.PaginationRequest{Limit: 1, Offset: 1}}, "b.example", 3},
		"by time":   {&instance.ListTrustedDomainsRequest{SortingColumn: 2, Pagination: &filter.PaginationRequest{Asc: true}}, "b.example a.example c.test", 3},
		"one":       {&instance.ListTrustedDomainsRequest{Filters: like("C.TEST", 1)}, "c.test", 1},
		"none":      {&instance.ListTrustedDomainsRequest{Filters: like("C.TEST", 0)}, "", 0},
		"of itself": {&instance.ListTrustedDomainsRequest{InstanceId: instanceID, Filters: like("est", 6)}, "c.test", 1},
	} {
		got := must(w.instances.ListTrustedDomains(root, test.req))
		names := ""
		for _, d := range got.GetTrustedDomain() {
			if names != "" {
				names += " "
			}
			names += d.GetDomain()
			if d.GetInstanceId() != instanceID || d.GetCreationDate() == nil {
				t.Errorf("%s: %v", name, d)
			}
		}
		if names != test.want || got.GetPagination().GetTotalResult() != test.total {
			t.Errorf("%s: %v", name, got)
		}
	}
	for name, test := range map[string]struct {
		req  *instance.ListTrustedDomainsRequest
		want iam.Kind
	}{
		"another instance": {&instance.ListTrustedDomainsRequest{InstanceId: unknown}, iam.NotFound},
		"an empty filter":  {&instance.ListTrustedDomainsRequest{Filters: []*instance.TrustedDomainFilter{{}}}, iam.InvalidArgument},
		"unknown method":   {&instance.ListTrustedDomainsRequest{Filters: like("a", 8)}, iam.InvalidArgument},
		"unknown sorting":  {&instance.ListTrustedDomainsRequest{SortingColumn: 3}, iam.InvalidArgument},
		"too many":         {&instance.ListTrustedDomainsRequest{Pagination: &filter.PaginationRequest{Limit: 1001}}, iam.InvalidArgument},
	} {
		_, err := w.instances.ListTrustedDomains(root, test.req)
		wantKind(t, name, err, test.want)
	}

	remove := func(id, domain string) (*instance.RemoveTrustedDomainResponse, error) {
		return w.instances.RemoveTrustedDomain(root, &instance.RemoveTrustedDomainRequest{InstanceId: id, TrustedDomain: domain})
	}
	_, err := remove(unknown, "b.example")
	wantKind(t, "of another instance", err, iam.PermissionDenied)
	_, err = remove("", "")
	wantKind(t, "none", err, iam.InvalidArgument)
	if must(remove("", "B.example")).GetDeletionDate() == nil {
		t.Error("removed without a date")
	}
	if must(remove("", "B.example")).GetDeletionDate() != nil {
		t.Error("removed twice")
	}
}

func TestCustomDomains(t *testing.T) {
	w := newWorld(t)
	list := func(req *instance.ListCustomDomainsRequest) (*instance.ListCustomDomainsResponse, error) {
		return w.instances.ListCustomDomains(w.as(rootID), req)
	}
	filters := func(f ...*instance.CustomDomainFilter) *instance.ListCustomDomainsRequest {
		return &instance.ListCustomDomainsRequest{InstanceId: instanceID, Filters: f}
	}
	domain := func(text string, method object.TextQueryMethod) *instance.CustomDomainFilter {
		return &instance.CustomDomainFilter{Filter: &instance.CustomDomainFilter_DomainFilter{DomainFilter: &instance.DomainFilter{Domain: text, Method: method}}}
	}
	generated := &instance.CustomDomainFilter{Filter: &instance.CustomDomainFilter_GeneratedFilter{GeneratedFilter: true}}
	primary := &instance.CustomDomainFilter{Filter: &instance.CustomDomainFilter_PrimaryFilter{PrimaryFilter: true}}
	for name, test := range map[string]struct {
		req  *instance.ListCustomDomainsRequest
		want int
	}{
		"all": {filters(), 1}, "primary": {filters(primary), 1}, "generated": {filters(generated), 0},
		"by domain": {filters(primary, domain("EXAMPLE", 5)), 1}, "other": {filters(domain("other", 4)), 0},
	} {
		got := must(list(test.req))
		if len(got.GetDomains()) != test.want || got.GetPagination().GetTotalResult() != uint64(test.want) {
			t.Errorf("%s: %v", name, got)
		}
		for _, d := range got.GetDomains() {
			if d.GetDomain() != "id.example.com" || !d.GetPrimary() || d.GetGenerated() || d.GetInstanceId() != instanceID {
				t.Errorf("%s: %v", name, d)
			}
		}
	}
	for name, test := range map[string]struct {
		req  *instance.ListCustomDomainsRequest
		want iam.Kind
	}{
		"another instance": {&instance.ListCustomDomainsRequest{InstanceId: unknown}, iam.NotFound},
		"an empty filter":  {filters(&instance.CustomDomainFilter{}), iam.InvalidArgument},
		"unknown method":   {filters(domain("a", 8)), iam.InvalidArgument},
		"unknown sorting":  {&instance.ListCustomDomainsRequest{SortingColumn: 5}, iam.InvalidArgument},
		"sorted":           {&instance.ListCustomDomainsRequest{SortingColumn: 3}, success},
	} {
		_, err := list(test.req)
		wantKind(t, name, err, test.want)
	}
}
