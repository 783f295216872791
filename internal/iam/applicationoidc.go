package iam

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ResponseType is what an authorization request asks for (OAuth 2.0 Multiple
// Response Type Encoding Practices).
type ResponseType string

// The response types.
const (
	ResponseCode         ResponseType = "code"
	ResponseIDToken      ResponseType = "id_token"
	ResponseIDTokenToken ResponseType = "id_token token"
)

// GrantType is by what an application may ask for tokens (RFC 6749, 8628 and 8693).
type GrantType string

// The grant types.
const (
	GrantAuthorizationCode GrantType = "authorization_code"
	GrantImplicit          GrantType = "implicit"
	GrantRefreshToken      GrantType = "refresh_token"
	GrantDeviceCode        GrantType = "urn:ietf:params:oauth:grant-type:device_code"
	GrantTokenExchange     GrantType = "urn:ietf:params:oauth:grant-type:token-exchange"
)

// ClientProfile is where an OIDC application runs (RFC 6749 section 2.1).
type ClientProfile string

// The profiles.
const (
	WebApplication       ClientProfile = "web"
	UserAgentApplication ClientProfile = "user_agent"
	NativeApplication    ClientProfile = "native"
)

// LoginVersion is which sign-in pages an application prefers. It is kept for clients that set it.
type LoginVersion string

// The versions; the zero value leaves it to the instance.
const (
	LoginUnspecified LoginVersion = ""
	Login1           LoginVersion = "1"
	Login2           LoginVersion = "2"
)

// OIDCConfig is the configuration of an OIDC application. Its JSON is the form in which it is kept.
type OIDCConfig struct {
	RedirectURIs             []string        `json:"redirectUris,omitempty"`
	ResponseTypes            []ResponseType  `json:"responseTypes,omitempty"`
	GrantTypes               []GrantType     `json:"grantTypes,omitempty"`
	Profile                  ClientProfile   `json:"profile,omitempty"`
	PostLogoutURIs           []string        `json:"postLogoutUris,omitempty"`
	DevMode                  bool            `json:"devMode,omitempty"`
	AccessTokenType          AccessTokenType `json:"accessTokenType,omitempty"`
	AccessTokenRoleAssertion bool            `json:"accessTokenRoleAssertion,omitempty"`
	IDTokenRoleAssertion     bool            `json:"idTokenRoleAssertion,omitempty"`
	IDTokenUserinfoAssertion bool            `json:"idTokenUserinfoAssertion,omitempty"`
	ClockSkew                time.Duration   `json:"clockSkew,omitempty"` // nanoseconds
	AdditionalOrigins        []string        `json:"additionalOrigins,omitempty"`
	SkipNativeSuccessPage    bool            `json:"skipNativeSuccessPage,omitempty"`
	BackChannelLogoutURI     string          `json:"backChannelLogoutUri,omitempty"`
	LoginVersion             LoginVersion    `json:"loginVersion,omitempty"`
	LoginBaseURI             string          `json:"loginBaseUri,omitempty"` // of Login2 alone
}

// WithDefaults fills in what every configuration has: without anything else an
// application of the web that uses the authorization code. Empty lists become nil,
// so that they are alike.
func (c OIDCConfig) WithDefaults() OIDCConfig {
	for _, list := range []*[]string{&c.RedirectURIs, &c.PostLogoutURIs, &c.AdditionalOrigins} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	if len(c.ResponseTypes) == 0 {
		c.ResponseTypes = []ResponseType{ResponseCode}
	}
	if len(c.GrantTypes) == 0 {
		c.GrantTypes = []GrantType{GrantAuthorizationCode}
	}
	if c.Profile == "" {
		c.Profile = WebApplication
	}
	if c.AccessTokenType == "" {
		c.AccessTokenType = OpaqueToken
	}
	return c
}

// Fields are the configuration as an event tells it.
func (c OIDCConfig) Fields() Fields {
	return Fields{
		"redirectUris": c.RedirectURIs, "responseTypes": c.ResponseTypes, "grantTypes": c.GrantTypes, "profile": c.Profile,
		"postLogoutUris": c.PostLogoutURIs, "devMode": c.DevMode, "accessTokenType": c.AccessTokenType,
		"accessTokenRoleAssertion": c.AccessTokenRoleAssertion, "idTokenRoleAssertion": c.IDTokenRoleAssertion,
		"idTokenUserinfoAssertion": c.IDTokenUserinfoAssertion, "clockSkew": c.ClockSkew.String(),
		"additionalOrigins": c.AdditionalOrigins, "skipNativeSuccessPage": c.SkipNativeSuccessPage,
		"backChannelLogoutUri": c.BackChannelLogoutURI, "loginVersion": c.LoginVersion, "loginBaseUri": c.LoginBaseURI,
	}
}

// Bounds of an OIDC configuration.
const (
	maxClockSkew = 5 * time.Second
	maxURIs      = 100      // in each list
	maxURI       = 2048     // bytes
	maxURIText   = 64 << 10 // bytes of all together
	maxTypes     = 10       // of response and of grant types
)

// check says whether an application may be configured so. Kind: InvalidArgument.
func (c OIDCConfig) check() error {
	if c.ClockSkew < 0 || c.ClockSkew > maxClockSkew {
		return Errorf(InvalidArgument, "OIDC-skew1", "the clock skew must be between 0 and 5 seconds").At(FieldClockSkew)
	}
	if err := c.checkTypes(); err != nil {
		return err
	}
	text := 0
	for _, list := range []struct {
		field Field
		what  string
		uris  []string
		check func(string) string
	}{
		{FieldRedirectURIs, "redirect URI", c.RedirectURIs, redirectFault},
		{FieldPostLogoutURIs, "post logout redirect URI", c.PostLogoutURIs, uriFault},
		{FieldAdditionalOrigins, "additional origin", c.AdditionalOrigins, originFault},
	} {
		if len(list.uris) > maxURIs {
			return Errorf(InvalidArgument, "OIDC-many1", "there can be at most %d of each kind of URI", maxURIs).At(list.field)
		}
		for i, uri := range list.uris {
			if fault := list.check(uri); fault != "" {
				return Errorf(InvalidArgument, "OIDC-uri1x", "%s %d %s", list.what, i+1, fault).At(list.field)
			}
			if text += len(uri); text > maxURIText {
				return Errorf(InvalidArgument, "OIDC-size1", "the URIs are too long together").At(list.field)
			}
		}
	}
	if uri := c.BackChannelLogoutURI; uri != "" {
		if fault := webFault(uri); fault != "" {
			return Errorf(InvalidArgument, "OIDC-uri2x", "the back channel logout URI %s", fault).At(FieldBackChannelLogoutURI)
		}
	}
	if uri := c.LoginBaseURI; uri != "" {
		if fault := webFault(uri); fault != "" {
			return Errorf(InvalidArgument, "OIDC-uri3x", "the base URI of the login %s", fault).At(FieldLoginVersion)
		}
	}
	return nil
}

// checkTypes asks that every response type can be granted.
func (c OIDCConfig) checkTypes() error {
	if len(c.ResponseTypes) > maxTypes || len(c.GrantTypes) > maxTypes {
		return Errorf(InvalidArgument, "OIDC-type1", "too many response or grant types").At(FieldGrantTypes)
	}
	for _, r := range c.ResponseTypes {
		granted := c.grants(GrantImplicit)
		if r == ResponseCode {
			// A device has no redirect, and yet its clients say code.
			granted = c.grants(GrantAuthorizationCode) || c.grants(GrantDeviceCode)
		}
		if !granted {
			return Errorf(InvalidArgument, "OIDC-grnt1",
				"the response type %q needs the grant type implicit, or for code authorization_code or device_code", string(r)).At(FieldGrantTypes)
		}
	}
	return nil
}

func (c OIDCConfig) grants(g GrantType) bool { return slices.Contains(c.GrantTypes, g) }

// uriFault says in the words of a message what is wrong with an absolute URI.
func uriFault(uri string) string {
	_, fault := parseURI(uri)
	return fault
}

// redirectFault is uriFault for what an answer is sent to: its fragment is the
// answer's own (RFC 6749 section 3.1.2).
func redirectFault(uri string) string {
	_, fault := parseURI(uri)
	if fault == "" && strings.Contains(uri, "#") {
		return "must not hold a fragment"
	}
	return fault
}

// webFault is redirectFault for what the server itself calls or sends browsers to.
func webFault(uri string) string {
	u, fault := parseURI(uri)
	switch {
	case fault != "":
		return fault
	case u.Scheme != "http" && u.Scheme != "https":
		return "must begin with https:// or http://"
	case strings.Contains(uri, "#"):
		return "must not hold a fragment"
	}
	return ""
}

// originFault is uriFault for origins (RFC 6454 section 6.2).
func originFault(origin string) string {
	u, fault := parseURI(origin)
	if fault == "" && (u.Host == "" || origin != u.Scheme+"://"+u.Host) {
		return "must be an origin, such as https://app.example.com, and nothing more"
	}
	return fault
}

func parseURI(uri string) (*url.URL, string) {
	isBad := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || turnsText(r) }
	switch {
	case len(uri) > maxURI:
		return nil, "is too long"
	case !utf8.ValidString(uri) || strings.ContainsFunc(uri, isBad):
		return nil, "must not hold spaces or control characters"
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "":
		return nil, "must be an absolute URI"
	case slices.Contains([]string{"javascript", "data", "vbscript"}, u.Scheme):
		return nil, "must not be a script"
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host == "":
		return nil, "must name a host"
	}
	return u, ""
}

// AllowedOrigins are where an application may run in a browser: the origins of
// its redirect URIs, and those that were added.
func (c OIDCConfig) AllowedOrigins() []string {
	var origins []string
	for _, uri := range c.RedirectURIs {
		if u, fault := parseURI(uri); fault == "" && u.Host != "" {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	var once []string
	for _, o := range append(origins, c.AdditionalOrigins...) {
		if !slices.Contains(once, o) {
			once = append(once, o)
		}
	}
	return once
}

// Problem is why an OIDC configuration is not as the specifications advise. The
// key is Zitadel's.
type Problem struct {
	Key  string
	Text string
}

// Compliance tells whether the configuration, with the application's method of
// authentication, is as the specifications advise, and what to know about it.
// Nothing is refused for it.
func (c OIDCConfig) Compliance(m AuthMethod) (compliant bool, problems []Problem) {
	code, implicit, device := c.grants(GrantAuthorizationCode), c.grants(GrantImplicit), c.grants(GrantDeviceCode)
	native, agent := c.Profile == NativeApplication, c.Profile == UserAgentApplication
	http, custom, remote := redirects(c.RedirectURIs)
	both, onlyImplicit, onlyCode := code && implicit, implicit && !code, code && !implicit
	for _, p := range []struct {
		applies bool
		Problem
	}{
		{len(c.RedirectURIs) == 0 && (code || !device), Problem{"NoRedirectUris", "There is no redirect URI."}},
		{c.grants(GrantRefreshToken) && !code && !device, Problem{"GrantType.Refresh.NoAuthCode", "Refresh tokens come with an authorization code alone."}},
		{custom && (onlyImplicit || both && !native), Problem{"Implicit.RedirectUris.CustomNotAllowed", "The implicit grant does not go with redirect URIs of a scheme of their own."}},
		{custom && onlyCode && !native, Problem{"Code.RedirectUris.CustomOnlyForNative", "Only native applications have redirect URIs of a scheme of their own."}},
		{http && onlyImplicit && !native, Problem{"Implicit.RedirectUris.HttpNotAllowed", "The implicit grant does not go with redirect URIs that begin with http://."}},
		{http && code && agent, Problem{"Code.RedirectUris.HttpOnlyForWeb", "Only web applications may have redirect URIs that begin with http://."}},
		{remote && native && (code || implicit), Problem{"Native.RedirectUris.MustBeHttpLocalhost", "Redirect URIs of native applications may begin with http:// only on the same machine: localhost, 127.0.0.1 or [::1]."}},
		{native && m != AuthNone, Problem{"Native.AuthMethodType.NotNone", "Native applications cannot keep a secret: their authentication method is none."}},
		{agent && m != AuthNone, Problem{"UserAgent.AuthMethodType.NotNone", "Applications in a browser cannot keep a secret: their authentication method is none."}},
	} {
		if p.applies {
			problems = append(problems, Problem{complianceKey + p.Key, p.Text})
		}
	}
	if len(problems) > 0 {
		return false, append([]Problem{{complianceKey + "NotCompliant", "The configuration is not as the specifications advise."}}, problems...)
	}
	if both && (http || custom) {
		problems = []Problem{{complianceKey + "NotAllCombinationsAreAllowed", "Not every redirect URI goes with every grant type."}}
	}
	return true, problems
}

const complianceKey = "Application.OIDC.V1."

// redirects tells whether any URI begins with http://, has a scheme of its own, or
// begins with http:// and is of another machine.
func redirects(uris []string) (http, custom, remote bool) {
	for _, uri := range uris {
		u, fault := parseURI(uri)
		switch {
		case fault != "" || u.Scheme == "https":
		case u.Scheme != "http":
			custom = true
		default:
			http = true
			address, err := netip.ParseAddr(u.Hostname())
			remote = remote || u.Hostname() != "localhost" && (err != nil || !address.IsLoopback())
		}
	}
	return http, custom, remote
}
