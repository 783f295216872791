package test

import (
	"errors"

	applications "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/application/v2"
)

// applicationV2Kind is an application of the second generation, whose block
// for its type is flat here: the attribute block says oidc or api.
func applicationV2Kind() kind {
	return kind{
		name: "zitadel_application_v2", alone: true, computed: append(oidcComputed(), "state"), unread: []string{"client_secret"},
		imports: []string{"id"}, optional: []string{"org_id", "client_secret"},
		create: createApplicationV2, read: readApplicationV2, update: updateApplicationV2,
		remove: func(p *provider, d *data) error {
			_, err := p.ApplicationServiceV2().DeleteApplication(p.of(d), &applications.DeleteApplicationRequest{
				ApplicationId: d.id, ProjectId: d.text("project_id"),
			})
			return err
		},
	}
}

func createApplicationV2(p *provider, d *data) error {
	request := &applications.CreateApplicationRequest{ProjectId: d.text("project_id"), Name: d.text("name")}
	if d.text("block") == "api" {
		request.ApplicationType = &applications.CreateApplicationRequest_ApiConfiguration{
			ApiConfiguration: &applications.CreateAPIApplicationRequest{
				AuthMethodType: enum[applications.APIAuthMethodType](applications.APIAuthMethodType_value, d.text("auth_method_type")),
			},
		}
	} else {
		request.ApplicationType = &applications.CreateApplicationRequest_OidcConfiguration{
			OidcConfiguration: &applications.CreateOIDCApplicationRequest{
				RedirectUris:           d.texts("redirect_uris"),
				ResponseTypes:          numbers[applications.OIDCResponseType](applications.OIDCResponseType_value, d.texts("response_types")),
				GrantTypes:             numbers[applications.OIDCGrantType](applications.OIDCGrantType_value, d.texts("grant_types")),
				ApplicationType:        enum[applications.OIDCApplicationType](applications.OIDCApplicationType_value, d.text("app_type")),
				AuthMethodType:         enum[applications.OIDCAuthMethodType](applications.OIDCAuthMethodType_value, d.text("auth_method_type")),
				PostLogoutRedirectUris: d.texts("post_logout_redirect_uris"), DevelopmentMode: d.flag("dev_mode"),
				Version:                  enum[applications.OIDCVersion](applications.OIDCVersion_value, d.text("version")),
				AccessTokenType:          enum[applications.OIDCTokenType](applications.OIDCTokenType_value, d.text("access_token_type")),
				AccessTokenRoleAssertion: d.flag("access_token_role_assertion"), IdTokenRoleAssertion: d.flag("id_token_role_assertion"),
				IdTokenUserinfoAssertion: d.flag("id_token_userinfo_assertion"), ClockSkew: duration(d.text("clock_skew")),
				AdditionalOrigins: d.texts("additional_origins"), SkipNativeAppSuccessPage: d.flag("skip_native_app_success_page"),
				BackChannelLogoutUri: d.text("back_channel_logout_uri"), LoginVersion: loginVersion2(d.text("login_version")),
			},
		}
	}
	answer, err := p.ApplicationServiceV2().CreateApplication(p.of(d), request)
	if err != nil {
		return err
	}
	d.id, d.now["state"] = answer.GetApplicationId(), applications.ApplicationState_APPLICATION_STATE_ACTIVE.String()
	if api := answer.GetApiConfiguration(); api != nil {
		d.now["client_id"], d.now["client_secret"] = api.GetClientId(), api.GetClientSecret()
	}
	if oidc := answer.GetOidcConfiguration(); oidc != nil {
		d.now["client_id"], d.now["client_secret"] = oidc.GetClientId(), oidc.GetClientSecret()
		d.now["none_compliant"], d.now["compliance_problems"] = oidc.GetNonCompliant(), problems2(oidc.GetComplianceProblems())
	}
	return nil
}

func problems2(problems []*applications.OIDCLocalizedMessage) list {
	return keys(problems, (*applications.OIDCLocalizedMessage).GetKey)
}

func readApplicationV2(p *provider, d *data) error {
	answer, err := p.ApplicationServiceV2().GetApplication(p.of(d), &applications.GetApplicationRequest{ApplicationId: d.id})
	if lost(err) {
		return d.gone()
	}
	if err != nil {
		return err
	}
	a := answer.GetApplication()
	read := attributes{"name": a.GetName(), "state": a.GetState().String(), "project_id": a.GetProjectId()}
	switch c := a.GetOidcConfiguration(); {
	case a.GetApiConfiguration() != nil:
		read["block"], read["client_id"] = "api", a.GetApiConfiguration().GetClientId()
		read["auth_method_type"] = a.GetApiConfiguration().GetAuthMethodType().String()
	case c != nil:
		read["block"], read["client_id"] = "oidc", c.GetClientId()
		read["redirect_uris"], read["post_logout_redirect_uris"] = list(c.GetRedirectUris()), list(c.GetPostLogoutRedirectUris())
		read["response_types"], read["grant_types"] = texts(c.GetResponseTypes()), texts(c.GetGrantTypes())
		read["app_type"], read["auth_method_type"] = c.GetApplicationType().String(), c.GetAuthMethodType().String()
		read["version"], read["access_token_type"] = c.GetVersion().String(), c.GetAccessTokenType().String()
		read["dev_mode"], read["clock_skew"] = c.GetDevelopmentMode(), c.GetClockSkew().AsDuration().String()
		read["access_token_role_assertion"], read["id_token_role_assertion"] = c.GetAccessTokenRoleAssertion(), c.GetIdTokenRoleAssertion()
		read["id_token_userinfo_assertion"] = c.GetIdTokenUserinfoAssertion()
		read["skip_native_app_success_page"] = c.GetSkipNativeAppSuccessPage()
		read["additional_origins"], read["back_channel_logout_uri"] = list(c.GetAdditionalOrigins()), c.GetBackChannelLogoutUri()
		read["none_compliant"], read["compliance_problems"] = c.GetNonCompliant(), problems2(c.GetComplianceProblems())
		if version := loginText2(c.GetLoginVersion()); version != "" {
			read["login_version"] = version
		}
	default:
		return errors.New("an application without a type")
	}
	return d.found(a.GetApplicationId(), read)
}

// updateApplicationV2 sends the name and the block when each has changed.
func updateApplicationV2(p *provider, d *data) error {
	request := &applications.UpdateApplicationRequest{ApplicationId: d.id, ProjectId: d.text("project_id")}
	if d.changed("name") {
		request.Name = d.text("name")
	}
	switch {
	case d.text("block") == "api" && d.changed("auth_method_type"):
		request.ApplicationType = &applications.UpdateApplicationRequest_ApiConfiguration{
			ApiConfiguration: &applications.UpdateAPIApplicationConfigurationRequest{
				AuthMethodType: enum[applications.APIAuthMethodType](applications.APIAuthMethodType_value, d.text("auth_method_type")),
			},
		}
	case d.text("block") == "oidc" && d.changed(oidcChanging()...):
		appType := enum[applications.OIDCApplicationType](applications.OIDCApplicationType_value, d.text("app_type"))
		auth := enum[applications.OIDCAuthMethodType](applications.OIDCAuthMethodType_value, d.text("auth_method_type"))
		tokenType := enum[applications.OIDCTokenType](applications.OIDCTokenType_value, d.text("access_token_type"))
		development, skip := d.flag("dev_mode"), d.flag("skip_native_app_success_page")
		access, id := d.flag("access_token_role_assertion"), d.flag("id_token_role_assertion")
		userinfo, logout := d.flag("id_token_userinfo_assertion"), d.text("back_channel_logout_uri")
		request.ApplicationType = &applications.UpdateApplicationRequest_OidcConfiguration{
			OidcConfiguration: &applications.UpdateOIDCApplicationConfigurationRequest{
				RedirectUris:    d.texts("redirect_uris"),
				ResponseTypes:   numbers[applications.OIDCResponseType](applications.OIDCResponseType_value, d.texts("response_types")),
				GrantTypes:      numbers[applications.OIDCGrantType](applications.OIDCGrantType_value, d.texts("grant_types")),
				ApplicationType: &appType, AuthMethodType: &auth, PostLogoutRedirectUris: d.texts("post_logout_redirect_uris"),
				DevelopmentMode: &development, AccessTokenType: &tokenType, AccessTokenRoleAssertion: &access, IdTokenRoleAssertion: &id,
				IdTokenUserinfoAssertion: &userinfo, AdditionalOrigins: d.texts("additional_origins"),
				ClockSkew: duration(d.text("clock_skew")), SkipNativeAppSuccessPage: &skip, BackChannelLogoutUri: &logout,
				LoginVersion: loginVersion2(d.text("login_version")),
			},
		}
	case request.GetName() == "":
		return nil
	}
	_, err := p.ApplicationServiceV2().UpdateApplication(p.of(d), request)
	return err
}

func loginVersion2(text string) *applications.LoginVersion {
	first := &applications.LoginVersion{Version: &applications.LoginVersion_LoginV1{LoginV1: &applications.LoginV1{}}}
	return login(text, first, func(address *string) *applications.LoginVersion {
		return &applications.LoginVersion{Version: &applications.LoginVersion_LoginV2{LoginV2: &applications.LoginV2{BaseUri: address}}}
	})
}

func loginText2(v *applications.LoginVersion) string {
	return loginText(v.GetLoginV1() != nil, v.GetLoginV2() != nil, v.GetLoginV2().GetBaseUri())
}
