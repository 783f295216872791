package iam

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCheckApplication(t *testing.T) {
	oidc := func(change func(*OIDCConfig)) Application {
		a := Application{Name: "Chat", Type: OIDC, AuthMethod: AuthNone, OIDC: OIDCConfig{}.WithDefaults()}
		change(&a.OIDC)
		return a
	}
	redirect := func(uris ...string) Application { return oidc(func(c *OIDCConfig) { c.RedirectURIs = uris }) }
	origin := func(o string) Application { return oidc(func(c *OIDCConfig) { c.AdditionalOrigins = []string{o} }) }
	types := func(r ResponseType, g ...GrantType) Application {
		return oidc(func(c *OIDCConfig) { c.ResponseTypes, c.GrantTypes = []ResponseType{r}, g })
	}
	for _, test := range []struct {
		name  string
		a     Application
		field Field // that is wrong; empty where nothing is
	}{
		{"API", Application{Name: "a", Type: API, AuthMethod: AuthBasic}, ""},
		{"API with a key", Application{Name: "a", Type: API, AuthMethod: AuthPrivateKeyJWT}, ""},
		{"API without authentication", Application{Name: "a", Type: API, AuthMethod: AuthNone}, FieldAuthMethod},
		{"API by post", Application{Name: "a", Type: API, AuthMethod: AuthPost}, FieldAuthMethod},
		{"no name", Application{Type: API, AuthMethod: AuthBasic}, FieldName},
		{"long name", Application{Name: strings.Repeat("n", 201), Type: API, AuthMethod: AuthBasic}, FieldName},
		{"SAML", Application{Name: "a", Type: "saml", AuthMethod: AuthBasic}, FieldApplicationType},
		{"nothing but defaults", redirect(), ""},
		{"web", redirect("https://a.example/cb?x=1", "http://localhost:8080/cb", "http://[::1]/cb"), ""},
		{"a scheme of its own", redirect("com.example.app:/cb", "com.example.app://cb"), ""},
		{"a wildcard", redirect("https://*.example.com/cb"), ""},
		{"relative", redirect("/cb"), FieldRedirectURIs},
		{"empty", redirect(""), FieldRedirectURIs},
		{"no host", redirect("https:///cb"), FieldRedirectURIs},
		{"fragment", redirect("https://a.example/#/cb"), FieldRedirectURIs},
		{"script", redirect("JavaScript:alert(1)"), FieldRedirectURIs},
		{"space", redirect("https://a.example/c b"), FieldRedirectURIs},
		{"line break", redirect("https://a.example/cb\n"), FieldRedirectURIs},
		{"long", redirect("https://a.example/" + strings.Repeat("x", maxURI)), FieldRedirectURIs},
		{"many", redirect(slices.Repeat([]string{"https://a.example"}, maxURIs+1)...), FieldRedirectURIs},
		{"much", redirect(slices.Repeat([]string{"https://a.example/" + strings.Repeat("x", 2000)}, 40)...), FieldRedirectURIs},
		{"fragment after logout", oidc(func(c *OIDCConfig) { c.PostLogoutURIs = []string{"https://a.example/#/bye"} }), ""},
		{"relative after logout", oidc(func(c *OIDCConfig) { c.PostLogoutURIs = []string{"bye"} }), FieldPostLogoutURIs},
		{"origin", origin("https://a.example:8443"), ""},
		{"origin of its own", origin("capacitor://localhost"), ""},
		{"origin with a path", origin("https://a.example/"), FieldAdditionalOrigins},
		{"origin with a user", origin("https://me@a.example"), FieldAdditionalOrigins},
		{"origin without a host", origin("app:"), FieldAdditionalOrigins},
		{"skew", oidc(func(c *OIDCConfig) { c.ClockSkew = 5 * time.Second }), ""},
		{"too much skew", oidc(func(c *OIDCConfig) { c.ClockSkew = 5*time.Second + 1 }), FieldClockSkew},
		{"negative skew", oidc(func(c *OIDCConfig) { c.ClockSkew = -1 }), FieldClockSkew},
		{"back channel", oidc(func(c *OIDCConfig) { c.BackChannelLogoutURI = "https://a.example/out" }), ""},
		{"back channel of its own", oidc(func(c *OIDCConfig) { c.BackChannelLogoutURI = "app://out" }), FieldBackChannelLogoutURI},
		{"login", oidc(func(c *OIDCConfig) { c.LoginVersion, c.LoginBaseURI = Login2, "/login" }), FieldLoginVersion},
		{"code", types(ResponseCode, GrantAuthorizationCode, GrantRefreshToken), ""},
		{"device", types(ResponseCode, GrantDeviceCode), ""},
		{"code without its grant", types(ResponseCode, GrantImplicit), FieldGrantTypes},
		{"implicit", types(ResponseIDTokenToken, GrantImplicit), ""},
		{"implicit without its grant", types(ResponseIDToken, GrantAuthorizationCode), FieldGrantTypes},
		{"many types", types(ResponseCode, slices.Repeat([]GrantType{GrantAuthorizationCode}, 11)...), FieldGrantTypes},
	} {
		err := CheckApplication(test.a)
		if FieldOf(err) != test.field || (err == nil) != (test.field == "") || err != nil && KindOf(err) != InvalidArgument {
			t.Errorf("%s: %v at %q, want at %q", test.name, err, FieldOf(err), test.field)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("%s: the message repeats what was sent: %v", test.name, err)
		}
	}
}

func TestCompliance(t *testing.T) {
	code, implicit, both := []GrantType{GrantAuthorizationCode}, []GrantType{GrantImplicit}, []GrantType{GrantAuthorizationCode, GrantImplicit}
	const web, agent, native = WebApplication, UserAgentApplication, NativeApplication
	for _, test := range []struct {
		profile ClientProfile
		method  AuthMethod
		grants  []GrantType
		uris    string // separated by spaces
		want    string // keys, separated by spaces
	}{
		{web, AuthBasic, code, "https://a.example", ""},
		{web, AuthBasic, code, "http://a.example", ""},
		{web, AuthBasic, code, "", "NoRedirectUris"},
		{web, AuthBasic, code, "app:/cb", "Code.RedirectUris.CustomOnlyForNative"},
		{web, AuthBasic, implicit, "http://a.example", "Implicit.RedirectUris.HttpNotAllowed"},
		{web, AuthBasic, implicit, "https://a.example app:/cb", "Implicit.RedirectUris.CustomNotAllowed"},
		{web, AuthBasic, both, "https://a.example", ""},
		{web, AuthBasic, both, "http://a.example", "+NotAllCombinationsAreAllowed"},
		{web, AuthBasic, both, "app:/cb", "Implicit.RedirectUris.CustomNotAllowed"},
		{web, AuthBasic, []GrantType{GrantDeviceCode}, "", ""},
		{web, AuthBasic, []GrantType{GrantDeviceCode, GrantAuthorizationCode}, "", "NoRedirectUris"},
		{web, AuthBasic, []GrantType{GrantDeviceCode, GrantRefreshToken}, "", ""},
		{web, AuthBasic, []GrantType{GrantImplicit, GrantRefreshToken}, "https://a.example", "GrantType.Refresh.NoAuthCode"},
		{agent, AuthNone, code, "https://a.example", ""},
		{agent, AuthNone, code, "http://localhost", "Code.RedirectUris.HttpOnlyForWeb"},
		{agent, AuthBasic, code, "https://a.example", "UserAgent.AuthMethodType.NotNone"},
		{native, AuthNone, code, "app:/cb http://localhost:1234/cb http://127.0.0.1 http://[::1]:9/cb", ""},
		{native, AuthNone, code, "http://a.example", "Native.RedirectUris.MustBeHttpLocalhost"},
		{native, AuthNone, code, "http://localhost.a.example", "Native.RedirectUris.MustBeHttpLocalhost"},
		{native, AuthPost, implicit, "http://a.example", "Native.RedirectUris.MustBeHttpLocalhost Native.AuthMethodType.NotNone"},
		{native, AuthNone, both, "app:/cb", "+NotAllCombinationsAreAllowed"},
	} {
		c := OIDCConfig{Profile: test.profile, GrantTypes: test.grants, RedirectURIs: strings.Fields(test.uris)}
		compliant, problems := c.Compliance(test.method)
		var keys []string
		for _, p := range problems {
			if p.Text == "" {
				t.Errorf("%s has no text", p.Key)
			}
			keys = append(keys, strings.TrimPrefix(p.Key, "Application.OIDC.V1."))
		}
		want, note := strings.CutPrefix(test.want, "+")
		if want != "" && !note {
			want = "NotCompliant " + want
		}
		if got := strings.Join(keys, " "); got != want || compliant != (test.want == "" || note) {
			t.Errorf("%+v: compliant %v: %s", test, compliant, got)
		}
	}
}

func TestAllowedOrigins(t *testing.T) {
	c := OIDCConfig{
		RedirectURIs:      []string{"https://a.example/cb", "https://a.example/other", "http://localhost:8080/cb", "app:/cb"},
		AdditionalOrigins: []string{"https://a.example", "capacitor://localhost"},
	}
	want := []string{"https://a.example", "http://localhost:8080", "capacitor://localhost"}
	if got := c.AllowedOrigins(); !slices.Equal(got, want) {
		t.Errorf("origins %v, want %v", got, want)
	}
}

func FuzzRedirectURI(f *testing.F) {
	for _, uri := range []string{"https://a.example/cb", "http://[::1]:8080", "app:/cb", "https://*.a.example", "javascript:1", "https://%zz", "//a"} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		c := OIDCConfig{RedirectURIs: []string{uri}}.WithDefaults()
		if c.check() != nil {
			return
		}
		c.Compliance(AuthNone)
		for _, origin := range c.AllowedOrigins() {
			if fault := originFault(origin); fault != "" {
				t.Errorf("%q has the origin %q, which %s", uri, origin, fault)
			}
		}
	})
}
