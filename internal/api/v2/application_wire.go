package v2

import (
	application "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/application/v2"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// ofApplication is what requests about one application have in common.
type ofApplication interface {
	GetApplicationId() string
	GetProjectId() string
}

// applicationRef reads which application a request is about. Kind:
// InvalidArgument where it does not say so.
func applicationRef(req ofApplication) (directory.ApplicationRef, error) {
	err := required("application_id", req.GetApplicationId(), "project_id", req.GetProjectId())
	return directory.ApplicationRef{ProjectID: req.GetProjectId(), ID: req.GetApplicationId()}, err
}

func noSAML() error {
	return iam.Errorf(iam.Unimplemented, "V2-saml", "SAML applications are not offered: create an OIDC or an API application")
}

func apiMethods() map[application.APIAuthMethodType]iam.AuthMethod {
	return map[application.APIAuthMethodType]iam.AuthMethod{
		application.APIAuthMethodType_API_AUTH_METHOD_TYPE_BASIC:           iam.AuthBasic,
		application.APIAuthMethodType_API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT: iam.AuthPrivateKeyJWT,
	}
}

func oidcMethods() map[application.OIDCAuthMethodType]iam.AuthMethod {
	return map[application.OIDCAuthMethodType]iam.AuthMethod{
		application.OIDCAuthMethodType_OIDC_AUTH_METHOD_TYPE_BASIC:           iam.AuthBasic,
		application.OIDCAuthMethodType_OIDC_AUTH_METHOD_TYPE_POST:            iam.AuthPost,
		application.OIDCAuthMethodType_OIDC_AUTH_METHOD_TYPE_NONE:            iam.AuthNone,
		application.OIDCAuthMethodType_OIDC_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT: iam.AuthPrivateKeyJWT,
	}
}

func responseTypes() map[application.OIDCResponseType]iam.ResponseType {
	return map[application.OIDCResponseType]iam.ResponseType{
		application.OIDCResponseType_OIDC_RESPONSE_TYPE_CODE:           iam.ResponseCode,
		application.OIDCResponseType_OIDC_RESPONSE_TYPE_ID_TOKEN:       iam.ResponseIDToken,
		application.OIDCResponseType_OIDC_RESPONSE_TYPE_ID_TOKEN_TOKEN: iam.ResponseIDTokenToken,
	}
}

func grantTypes() map[application.OIDCGrantType]iam.GrantType {
	return map[application.OIDCGrantType]iam.GrantType{
		application.OIDCGrantType_OIDC_GRANT_TYPE_AUTHORIZATION_CODE: iam.GrantAuthorizationCode,
		application.OIDCGrantType_OIDC_GRANT_TYPE_IMPLICIT:           iam.GrantImplicit,
		application.OIDCGrantType_OIDC_GRANT_TYPE_REFRESH_TOKEN:      iam.GrantRefreshToken,
		application.OIDCGrantType_OIDC_GRANT_TYPE_DEVICE_CODE:        iam.GrantDeviceCode,
		application.OIDCGrantType_OIDC_GRANT_TYPE_TOKEN_EXCHANGE:     iam.GrantTokenExchange,
	}
}

func profiles() map[application.OIDCApplicationType]iam.ClientProfile {
	return map[application.OIDCApplicationType]iam.ClientProfile{
		application.OIDCApplicationType_OIDC_APP_TYPE_WEB:        iam.WebApplication,
		application.OIDCApplicationType_OIDC_APP_TYPE_USER_AGENT: iam.UserAgentApplication,
		application.OIDCApplicationType_OIDC_APP_TYPE_NATIVE:     iam.NativeApplication,
	}
}

func oidcTokenTypes() map[application.OIDCTokenType]iam.AccessTokenType {
	return map[application.OIDCTokenType]iam.AccessTokenType{
		application.OIDCTokenType_OIDC_TOKEN_TYPE_BEARER: iam.OpaqueToken,
		application.OIDCTokenType_OIDC_TOKEN_TYPE_JWT:    iam.JWTToken,
	}
}

// lookups is lookup for every element.
func lookups[K comparable, V any](what string, known map[K]V, ks []K) ([]V, error) {
	out := make([]V, len(ks))
	for i, k := range ks {
		var err error
		if out[i], err = lookup(what, known, k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// enumOf is the reverse of lookup.
func enumOf[K, V comparable](known map[K]V, v V) K {
	for k, have := range known {
		if have == v {
			return k
		}
	}
	var none K
	return none
}

// fromOIDC reads the configuration of a new OIDC client.
func fromOIDC(req *application.CreateOIDCApplicationRequest) (iam.OIDCConfig, iam.AuthMethod, error) {
	// All of it is given, and nothing is there yet.
	change, method, err := oidcChange(&application.UpdateOIDCApplicationConfigurationRequest{
		RedirectUris: req.GetRedirectUris(), ResponseTypes: req.GetResponseTypes(), GrantTypes: req.GetGrantTypes(),
		ApplicationType: new(req.GetApplicationType()), AuthMethodType: new(req.GetAuthMethodType()),
		PostLogoutRedirectUris: req.GetPostLogoutRedirectUris(), Version: new(req.GetVersion()),
		DevelopmentMode: new(req.GetDevelopmentMode()), AccessTokenType: new(req.GetAccessTokenType()),
		AccessTokenRoleAssertion: new(req.GetAccessTokenRoleAssertion()), IdTokenRoleAssertion: new(req.GetIdTokenRoleAssertion()),
		IdTokenUserinfoAssertion: new(req.GetIdTokenUserinfoAssertion()), ClockSkew: req.GetClockSkew(),
		AdditionalOrigins: req.GetAdditionalOrigins(), SkipNativeAppSuccessPage: new(req.GetSkipNativeAppSuccessPage()),
		BackChannelLogoutUri: new(req.GetBackChannelLogoutUri()), LoginVersion: req.GetLoginVersion(),
	})
	if err != nil {
		return iam.OIDCConfig{}, "", err
	}
	var c iam.OIDCConfig
	change(&c)
	return c, *method, nil
}

// oidcChange reads what changes of an OIDC client. An empty list leaves the list
// as it is: on the wire there is no difference to one that was not set.
func oidcChange(req *application.UpdateOIDCApplicationConfigurationRequest) (func(*iam.OIDCConfig), *iam.AuthMethod, error) {
	var method *iam.AuthMethod
	if req.AuthMethodType != nil {
		m, err := lookup("authentication method", oidcMethods(), req.GetAuthMethodType())
		if err != nil {
			return nil, nil, err
		}
		method = &m
	}
	if req.GetVersion() != application.OIDCVersion_OIDC_VERSION_1_0 {
		return nil, nil, iam.Errorf(iam.InvalidArgument, "V2-oidcver", "the version of OpenID Connect is unknown")
	}
	responses, err := lookups("response type", responseTypes(), req.GetResponseTypes())
	if err != nil {
		return nil, nil, err
	}
	grants, err := lookups("grant type", grantTypes(), req.GetGrantTypes())
	if err != nil {
		return nil, nil, err
	}
	profile, err := lookup("type of application", profiles(), req.GetApplicationType())
	if err != nil {
		return nil, nil, err
	}
	token, err := lookup("access token type", oidcTokenTypes(), req.GetAccessTokenType())
	if err != nil {
		return nil, nil, err
	}
	skew, err := call.FromDuration(iam.FieldClockSkew, req.GetClockSkew())
	if err != nil {
		return nil, nil, err
	}
	return func(c *iam.OIDCConfig) {
		give(&c.RedirectURIs, req.GetRedirectUris(), len(req.GetRedirectUris()) > 0)
		give(&c.ResponseTypes, responses, len(responses) > 0)
		give(&c.GrantTypes, grants, len(grants) > 0)
		give(&c.Profile, profile, req.ApplicationType != nil)
		give(&c.PostLogoutURIs, req.GetPostLogoutRedirectUris(), len(req.GetPostLogoutRedirectUris()) > 0)
		give(&c.DevMode, req.GetDevelopmentMode(), req.DevelopmentMode != nil)
		give(&c.AccessTokenType, token, req.AccessTokenType != nil)
		give(&c.AccessTokenRoleAssertion, req.GetAccessTokenRoleAssertion(), req.AccessTokenRoleAssertion != nil)
		give(&c.IDTokenRoleAssertion, req.GetIdTokenRoleAssertion(), req.IdTokenRoleAssertion != nil)
		give(&c.IDTokenUserinfoAssertion, req.GetIdTokenUserinfoAssertion(), req.IdTokenUserinfoAssertion != nil)
		give(&c.ClockSkew, skew, req.GetClockSkew() != nil)
		give(&c.AdditionalOrigins, req.GetAdditionalOrigins(), len(req.GetAdditionalOrigins()) > 0)
		give(&c.SkipNativeSuccessPage, req.GetSkipNativeAppSuccessPage(), req.SkipNativeAppSuccessPage != nil)
		give(&c.BackChannelLogoutURI, req.GetBackChannelLogoutUri(), req.BackChannelLogoutUri != nil)
		if v := req.GetLoginVersion(); v != nil {
			c.LoginVersion, c.LoginBaseURI = fromLogin(v)
		}
	}, method, nil
}

// give overwrites what was given.
func give[T any](to *T, v T, given bool) {
	if given {
		*to = v
	}
}

func fromLogin(v *application.LoginVersion) (iam.LoginVersion, string) {
	switch v := v.GetVersion().(type) {
	case *application.LoginVersion_LoginV1:
		return iam.Login1, ""
	case *application.LoginVersion_LoginV2:
		return iam.Login2, v.LoginV2.GetBaseUri()
	}
	return iam.LoginUnspecified, ""
}

func toApplication(a iam.Application) *application.Application {
	out := &application.Application{
		ApplicationId: a.ID, CreationDate: call.Time(a.Created), ChangeDate: call.Time(a.Changed),
		State: application.ApplicationState_APPLICATION_STATE_INACTIVE, Name: a.Name, ProjectId: a.ProjectID,
	}
	if a.State == iam.Active {
		out.State = application.ApplicationState_APPLICATION_STATE_ACTIVE
	}
	if a.Type == iam.OIDC {
		out.Configuration = &application.Application_OidcConfiguration{OidcConfiguration: toOIDC(a)}
		return out
	}
	out.Configuration = &application.Application_ApiConfiguration{ApiConfiguration: &application.APIConfiguration{
		ClientId: a.ClientID, AuthMethodType: enumOf(apiMethods(), a.AuthMethod),
	}}
	return out
}

func toOIDC(a iam.Application) *application.OIDCConfiguration {
	c := a.OIDC
	compliant, problems := c.Compliance(a.AuthMethod)
	return &application.OIDCConfiguration{
		RedirectUris: c.RedirectURIs,
		ResponseTypes: mapSlice(c.ResponseTypes, func(t iam.ResponseType) application.OIDCResponseType {
			return enumOf(responseTypes(), t)
		}),
		GrantTypes: mapSlice(c.GrantTypes, func(t iam.GrantType) application.OIDCGrantType {
			return enumOf(grantTypes(), t)
		}),
		ApplicationType: enumOf(profiles(), c.Profile), ClientId: a.ClientID, AuthMethodType: enumOf(oidcMethods(), a.AuthMethod),
		PostLogoutRedirectUris: c.PostLogoutURIs, NonCompliant: !compliant, ComplianceProblems: mapSlice(problems, toProblem),
		DevelopmentMode: c.DevMode, AccessTokenType: enumOf(oidcTokenTypes(), c.AccessTokenType),
		AccessTokenRoleAssertion: c.AccessTokenRoleAssertion, IdTokenRoleAssertion: c.IDTokenRoleAssertion,
		IdTokenUserinfoAssertion: c.IDTokenUserinfoAssertion, ClockSkew: durationpb.New(c.ClockSkew),
		AdditionalOrigins: c.AdditionalOrigins, AllowedOrigins: c.AllowedOrigins(),
		SkipNativeAppSuccessPage: c.SkipNativeSuccessPage, BackChannelLogoutUri: c.BackChannelLogoutURI, LoginVersion: toLogin(c),
	}
}

func toProblem(p iam.Problem) *application.OIDCLocalizedMessage {
	return &application.OIDCLocalizedMessage{Key: p.Key, LocalizedMessage: p.Text}
}

func toLogin(c iam.OIDCConfig) *application.LoginVersion {
	switch c.LoginVersion {
	case iam.Login1:
		return &application.LoginVersion{Version: &application.LoginVersion_LoginV1{LoginV1: &application.LoginV1{}}}
	case iam.Login2:
		return &application.LoginVersion{Version: &application.LoginVersion_LoginV2{
			LoginV2: &application.LoginV2{BaseUri: pointer(c.LoginBaseURI)},
		}}
	}
	return nil
}
