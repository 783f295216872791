package v1

import (
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/app"
	message "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/message"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// appRequest is what requests about one application have in common.
type appRequest interface {
	GetProjectId() string
	GetAppId() string
}

// applicationRef reads which application a request is about. Kind:
// InvalidArgument where it does not say so.
func applicationRef(req appRequest) (directory.ApplicationRef, error) {
	ref := directory.ApplicationRef{ProjectID: req.GetProjectId(), ID: req.GetAppId()}
	if ref.ProjectID == "" {
		return ref, iam.Errorf(iam.InvalidArgument, "WIRE-noproj", "project_id must not be empty").At(iam.FieldProjectID)
	}
	if ref.ID == "" {
		return ref, iam.Errorf(iam.InvalidArgument, "WIRE-noapp", "app_id must not be empty").At(iam.FieldApplicationID)
	}
	return ref, nil
}

func apiMethod(m app.APIAuthMethodType) (iam.AuthMethod, error) {
	switch m {
	case app.APIAuthMethodType_API_AUTH_METHOD_TYPE_BASIC:
		return iam.AuthBasic, nil
	case app.APIAuthMethodType_API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT:
		return iam.AuthPrivateKeyJWT, nil
	}
	return "", unknownEnum("the authentication method")
}

// The values of this generation's enums are the places in these lists.

func oidcMethods() []iam.AuthMethod {
	return []iam.AuthMethod{iam.AuthBasic, iam.AuthPost, iam.AuthNone, iam.AuthPrivateKeyJWT}
}

func responseTypes() []iam.ResponseType {
	return []iam.ResponseType{iam.ResponseCode, iam.ResponseIDToken, iam.ResponseIDTokenToken}
}

func grantTypes() []iam.GrantType {
	return []iam.GrantType{
		iam.GrantAuthorizationCode, iam.GrantImplicit, iam.GrantRefreshToken, iam.GrantDeviceCode, iam.GrantTokenExchange,
	}
}

func profiles() []iam.ClientProfile {
	return []iam.ClientProfile{iam.WebApplication, iam.UserAgentApplication, iam.NativeApplication}
}

func tokenTypes() []iam.AccessTokenType {
	return []iam.AccessTokenType{iam.OpaqueToken, iam.JWTToken}
}

// oidcRequest is what creating an OIDC client and replacing its configuration have in common.
type oidcRequest interface {
	GetRedirectUris() []string
	GetResponseTypes() []app.OIDCResponseType
	GetGrantTypes() []app.OIDCGrantType
	GetAppType() app.OIDCAppType
	GetAuthMethodType() app.OIDCAuthMethodType
	GetPostLogoutRedirectUris() []string
	GetDevMode() bool
	GetAccessTokenType() app.OIDCTokenType
	GetAccessTokenRoleAssertion() bool
	GetIdTokenRoleAssertion() bool
	GetIdTokenUserinfoAssertion() bool
	GetClockSkew() *durationpb.Duration
	GetAdditionalOrigins() []string
	GetSkipNativeAppSuccessPage() bool
	GetBackChannelLogoutUri() string
	GetLoginVersion() *app.LoginVersion
}

// oidcConfig reads the configuration of an OIDC client. Kind: InvalidArgument.
func oidcConfig(req oidcRequest) (c iam.OIDCConfig, m iam.AuthMethod, err error) {
	c = iam.OIDCConfig{
		RedirectURIs: req.GetRedirectUris(), PostLogoutURIs: req.GetPostLogoutRedirectUris(), DevMode: req.GetDevMode(),
		AccessTokenRoleAssertion: req.GetAccessTokenRoleAssertion(), IDTokenRoleAssertion: req.GetIdTokenRoleAssertion(),
		IDTokenUserinfoAssertion: req.GetIdTokenUserinfoAssertion(), AdditionalOrigins: req.GetAdditionalOrigins(),
		SkipNativeSuccessPage: req.GetSkipNativeAppSuccessPage(), BackChannelLogoutURI: req.GetBackChannelLogoutUri(),
	}
	if c.ResponseTypes, err = enums("a response type", responseTypes(), req.GetResponseTypes()); err != nil {
		return c, m, err
	}
	if c.GrantTypes, err = enums("a grant type", grantTypes(), req.GetGrantTypes()); err != nil {
		return c, m, err
	}
	if c.Profile, err = enum("the type of the application", profiles(), req.GetAppType()); err != nil {
		return c, m, err
	}
	if c.AccessTokenType, err = enum("the access token type", tokenTypes(), req.GetAccessTokenType()); err != nil {
		return c, m, err
	}
	if m, err = enum("the authentication method", oidcMethods(), req.GetAuthMethodType()); err != nil {
		return c, m, err
	}
	if c.ClockSkew, err = call.FromDuration(iam.FieldClockSkew, req.GetClockSkew()); err != nil {
		return c, m, err
	}
	switch v := req.GetLoginVersion().GetVersion().(type) {
	case *app.LoginVersion_LoginV1:
		c.LoginVersion = iam.Login1
	case *app.LoginVersion_LoginV2:
		c.LoginVersion, c.LoginBaseURI = iam.Login2, v.LoginV2.GetBaseUri()
	}
	return c, m, nil
}

// enum reads an enum whose values are the places in a list. Kind: InvalidArgument.
func enum[T any, E ~int32](what string, values []T, e E) (T, error) {
	if e < 0 || int(e) >= len(values) {
		var none T
		return none, unknownEnum(what)
	}
	return values[e], nil
}

func enums[T any, E ~int32](what string, values []T, es []E) ([]T, error) {
	out := make([]T, len(es))
	for i, e := range es {
		var err error
		if out[i], err = enum(what, values, e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// place is the reverse of enum.
func place[E ~int32, T comparable](values []T, v T) E {
	for i, known := range values {
		if known == v {
			return E(i)
		}
	}
	return 0
}

// appOf is an application on the wire.
func appOf(a iam.Application) *app.App {
	out := &app.App{Id: a.ID, Details: details(a.Meta, a.OrgID), State: app.AppState_APP_STATE_INACTIVE, Name: a.Name}
	if a.State == iam.Active {
		out.State = app.AppState_APP_STATE_ACTIVE
	}
	if a.Type == iam.OIDC {
		out.Config = &app.App_OidcConfig{OidcConfig: oidcOf(a)}
		return out
	}
	api := &app.APIConfig{ClientId: a.ClientID, AuthMethodType: app.APIAuthMethodType_API_AUTH_METHOD_TYPE_BASIC}
	if a.AuthMethod == iam.AuthPrivateKeyJWT {
		api.AuthMethodType = app.APIAuthMethodType_API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT
	}
	out.Config = &app.App_ApiConfig{ApiConfig: api}
	return out
}

func oidcOf(a iam.Application) *app.OIDCConfig {
	c := a.OIDC
	compliant, problems := c.Compliance(a.AuthMethod)
	return &app.OIDCConfig{
		RedirectUris: c.RedirectURIs,
		ResponseTypes: mapSlice(c.ResponseTypes, func(t iam.ResponseType) app.OIDCResponseType {
			return place[app.OIDCResponseType](responseTypes(), t)
		}),
		GrantTypes: mapSlice(c.GrantTypes, func(t iam.GrantType) app.OIDCGrantType {
			return place[app.OIDCGrantType](grantTypes(), t)
		}),
		AppType: place[app.OIDCAppType](profiles(), c.Profile), ClientId: a.ClientID,
		AuthMethodType: place[app.OIDCAuthMethodType](oidcMethods(), a.AuthMethod), PostLogoutRedirectUris: c.PostLogoutURIs,
		NoneCompliant: !compliant, ComplianceProblems: mapSlice(problems, problemOf), DevMode: c.DevMode,
		AccessTokenType: place[app.OIDCTokenType](tokenTypes(), c.AccessTokenType), AccessTokenRoleAssertion: c.AccessTokenRoleAssertion,
		IdTokenRoleAssertion: c.IDTokenRoleAssertion, IdTokenUserinfoAssertion: c.IDTokenUserinfoAssertion,
		ClockSkew: durationpb.New(c.ClockSkew), AdditionalOrigins: c.AdditionalOrigins, AllowedOrigins: c.AllowedOrigins(),
		SkipNativeAppSuccessPage: c.SkipNativeSuccessPage, BackChannelLogoutUri: c.BackChannelLogoutURI,
		LoginVersion: loginOf(c),
	}
}

func problemOf(p iam.Problem) *message.LocalizedMessage {
	return &message.LocalizedMessage{Key: p.Key, LocalizedMessage: p.Text}
}

func loginOf(c iam.OIDCConfig) *app.LoginVersion {
	switch c.LoginVersion {
	case iam.Login1:
		return &app.LoginVersion{Version: &app.LoginVersion_LoginV1{LoginV1: &app.LoginV1{}}}
	case iam.Login2:
		two := &app.LoginV2{}
		if c.LoginBaseURI != "" {
			two.BaseUri = &c.LoginBaseURI
		}
		return &app.LoginVersion{Version: &app.LoginVersion_LoginV2{LoginV2: two}}
	}
	return nil
}
