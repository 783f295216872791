package test

import (
	"fmt"
	"strings"
	"time"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/app"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authn"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"google.golang.org/protobuf/types/known/durationpb"
)

// texts and numbers convert lists of enumerations.
func texts[E fmt.Stringer](elements []E) list { return keys(elements, E.String) }

func numbers[E ~int32](values map[string]int32, names []string) []E {
	found := []E{}
	for _, name := range names {
		found = append(found, enum[E](values, name))
	}
	return found
}

// duration is one of a configuration; one that is none ends in the state.
func duration(text string) *durationpb.Duration {
	d, _ := time.ParseDuration(text)
	return durationpb.New(d)
}

// Attributes of an OIDC application, but for those of every application.
func oidcComputed() []string {
	return []string{"client_id", "client_secret", "none_compliant", "compliance_problems", "back_channel_logout_uri", "login_version"}
}

func oidcChanging() []string {
	return []string{
		"redirect_uris", "response_types", "grant_types", "app_type", "auth_method_type", "post_logout_redirect_uris", "dev_mode",
		"access_token_type", "access_token_role_assertion", "id_token_role_assertion", "id_token_userinfo_assertion", "clock_skew",
		"additional_origins", "skip_native_app_success_page", "back_channel_logout_uri", "login_version",
	}
}

func applicationOIDCKind() kind {
	return kind{
		name: "zitadel_application_oidc", computed: oidcComputed(), unread: []string{"client_secret"},
		imports: []string{"id", "project_id"}, optional: []string{"org_id", "client_id", "client_secret"},
		create: func(p *provider, d *data) error {
			answer, err := p.ManagementService().AddOIDCApp(p.of(d), &management.AddOIDCAppRequest{
				ProjectId: d.text("project_id"), Name: d.text("name"), RedirectUris: d.texts("redirect_uris"),
				ResponseTypes:          numbers[app.OIDCResponseType](app.OIDCResponseType_value, d.texts("response_types")),
				GrantTypes:             numbers[app.OIDCGrantType](app.OIDCGrantType_value, d.texts("grant_types")),
				AppType:                enum[app.OIDCAppType](app.OIDCAppType_value, d.text("app_type")),
				AuthMethodType:         enum[app.OIDCAuthMethodType](app.OIDCAuthMethodType_value, d.text("auth_method_type")),
				PostLogoutRedirectUris: d.texts("post_logout_redirect_uris"), DevMode: d.flag("dev_mode"),
				Version:                  enum[app.OIDCVersion](app.OIDCVersion_value, d.text("version")),
				AccessTokenType:          enum[app.OIDCTokenType](app.OIDCTokenType_value, d.text("access_token_type")),
				AccessTokenRoleAssertion: d.flag("access_token_role_assertion"), IdTokenRoleAssertion: d.flag("id_token_role_assertion"),
				IdTokenUserinfoAssertion: d.flag("id_token_userinfo_assertion"), ClockSkew: duration(d.text("clock_skew")),
				AdditionalOrigins: d.texts("additional_origins"), SkipNativeAppSuccessPage: d.flag("skip_native_app_success_page"),
				BackChannelLogoutUri: d.text("back_channel_logout_uri"), LoginVersion: loginVersion1(d.text("login_version")),
			})
			d.id, d.now["client_id"], d.now["client_secret"] = answer.GetAppId(), answer.GetClientId(), answer.GetClientSecret()
			return err
		},
		read: readApplication(func(d *data, a *app.App) attributes {
			c := a.GetOidcConfig()
			read := attributes{
				"org_id": a.GetDetails().GetResourceOwner(), "name": a.GetName(), "redirect_uris": list(c.GetRedirectUris()),
				"response_types": texts(c.GetResponseTypes()), "grant_types": texts(c.GetGrantTypes()), "app_type": c.GetAppType().String(),
				"auth_method_type": c.GetAuthMethodType().String(), "post_logout_redirect_uris": list(c.GetPostLogoutRedirectUris()),
				"version": c.GetVersion().String(), "dev_mode": c.GetDevMode(), "access_token_type": c.GetAccessTokenType().String(),
				"access_token_role_assertion": c.GetAccessTokenRoleAssertion(), "id_token_role_assertion": c.GetIdTokenRoleAssertion(),
				"id_token_userinfo_assertion": c.GetIdTokenUserinfoAssertion(), "clock_skew": c.GetClockSkew().AsDuration().String(),
				"additional_origins": list(c.GetAdditionalOrigins()), "client_id": c.GetClientId(),
				"skip_native_app_success_page": c.GetSkipNativeAppSuccessPage(), "none_compliant": c.GetNoneCompliant(),
				"back_channel_logout_uri": c.GetBackChannelLogoutUri(),
			}
			problems := list{}
			for _, problem := range c.GetComplianceProblems() {
				problems = append(problems, problem.GetKey())
			}
			read["compliance_problems"] = problems
			if version := loginText1(c.GetLoginVersion()); version != "" {
				read["login_version"] = version
			}
			return read
		}),
		update: func(p *provider, d *data) error {
			if err := renameApplication(p, d); err != nil || !d.changed(oidcChanging()...) {
				return err
			}
			_, err := p.ManagementService().UpdateOIDCAppConfig(p.of(d), &management.UpdateOIDCAppConfigRequest{
				ProjectId: d.text("project_id"), AppId: d.id, RedirectUris: d.texts("redirect_uris"),
				ResponseTypes:          numbers[app.OIDCResponseType](app.OIDCResponseType_value, d.texts("response_types")),
				GrantTypes:             numbers[app.OIDCGrantType](app.OIDCGrantType_value, d.texts("grant_types")),
				AppType:                enum[app.OIDCAppType](app.OIDCAppType_value, d.text("app_type")),
				AuthMethodType:         enum[app.OIDCAuthMethodType](app.OIDCAuthMethodType_value, d.text("auth_method_type")),
				PostLogoutRedirectUris: d.texts("post_logout_redirect_uris"), DevMode: d.flag("dev_mode"),
				AccessTokenType:          enum[app.OIDCTokenType](app.OIDCTokenType_value, d.text("access_token_type")),
				AccessTokenRoleAssertion: d.flag("access_token_role_assertion"), IdTokenRoleAssertion: d.flag("id_token_role_assertion"),
				IdTokenUserinfoAssertion: d.flag("id_token_userinfo_assertion"), ClockSkew: duration(d.text("clock_skew")),
				AdditionalOrigins: d.texts("additional_origins"), SkipNativeAppSuccessPage: d.flag("skip_native_app_success_page"),
				BackChannelLogoutUri: d.text("back_channel_logout_uri"), LoginVersion: loginVersion1(d.text("login_version")),
			})
			return err
		},
		remove: removeApplication,
	}
}

// login is the choice of a login that a text makes: "", "v1", "v2" or "v2 ADDRESS".
func login[V any](text string, first V, second func(address *string) V) V {
	version, address, _ := strings.Cut(text, " ")
	switch {
	case version == "v1":
		return first
	case version == "v2" && address != "":
		return second(&address)
	case version == "v2":
		return second(nil)
	}
	var none V
	return none
}

// loginText is the text that makes a choice of a login.
func loginText(first, second bool, address string) string {
	switch {
	case first:
		return "v1"
	case second:
		return strings.TrimSpace("v2 " + address)
	}
	return ""
}

func loginVersion1(text string) *app.LoginVersion {
	return login(text, &app.LoginVersion{Version: &app.LoginVersion_LoginV1{LoginV1: &app.LoginV1{}}}, func(address *string) *app.LoginVersion {
		return &app.LoginVersion{Version: &app.LoginVersion_LoginV2{LoginV2: &app.LoginV2{BaseUri: address}}}
	})
}

func loginText1(v *app.LoginVersion) string {
	return loginText(v.GetLoginV1() != nil, v.GetLoginV2() != nil, v.GetLoginV2().GetBaseUri())
}

func readApplication(read func(*data, *app.App) attributes) func(*provider, *data) error {
	return func(p *provider, d *data) error {
		answer, err := p.ManagementService().GetAppByID(p.of(d), &management.GetAppByIDRequest{ProjectId: d.text("project_id"), AppId: d.id})
		if lost(err) {
			return d.gone()
		}
		if err != nil {
			return err
		}
		return d.found(answer.GetApp().GetId(), read(d, answer.GetApp()))
	}
}

func renameApplication(p *provider, d *data) error {
	if !d.changed("name") {
		return nil
	}
	_, err := p.ManagementService().UpdateApp(p.of(d), &management.UpdateAppRequest{
		ProjectId: d.text("project_id"), AppId: d.id, Name: d.text("name"),
	})
	return err
}

func removeApplication(p *provider, d *data) error {
	_, err := p.ManagementService().RemoveApp(p.of(d), &management.RemoveAppRequest{ProjectId: d.text("project_id"), AppId: d.id})
	return err
}

func applicationAPIKind() kind {
	auth := func(d *data) app.APIAuthMethodType {
		return enum[app.APIAuthMethodType](app.APIAuthMethodType_value, d.text("auth_method_type"))
	}
	return kind{
		name: "zitadel_application_api", computed: []string{"client_id", "client_secret"}, unread: []string{"client_secret"},
		imports: []string{"id", "project_id"}, optional: []string{"org_id", "client_id", "client_secret"},
		create: func(p *provider, d *data) error {
			answer, err := p.ManagementService().AddAPIApp(p.of(d), &management.AddAPIAppRequest{
				ProjectId: d.text("project_id"), Name: d.text("name"), AuthMethodType: auth(d),
			})
			d.id, d.now["client_id"], d.now["client_secret"] = answer.GetAppId(), answer.GetClientId(), answer.GetClientSecret()
			return err
		},
		read: readApplication(func(_ *data, a *app.App) attributes {
			return attributes{
				"org_id": a.GetDetails().GetResourceOwner(), "name": a.GetName(), "client_id": a.GetApiConfig().GetClientId(),
				"auth_method_type": a.GetApiConfig().GetAuthMethodType().String(),
			}
		}),
		update: func(p *provider, d *data) error {
			if err := renameApplication(p, d); err != nil || !d.changed("auth_method_type") {
				return err
			}
			_, err := p.ManagementService().UpdateAPIAppConfig(p.of(d), &management.UpdateAPIAppConfigRequest{
				ProjectId: d.text("project_id"), AppId: d.id, AuthMethodType: auth(d),
			})
			return err
		},
		remove: removeApplication,
	}
}

func applicationKeyKind() kind {
	return kind{
		name: "zitadel_application_key", computed: []string{"key_details"}, unread: []string{"key_details"},
		imports: []string{"id", "project_id", "app_id"}, optional: []string{"org_id", "key_details"},
		create: func(p *provider, d *data) error {
			date, err := expiration(d)
			if err != nil {
				return err
			}
			answer, err := p.ManagementService().AddAppKey(p.of(d), &management.AddAppKeyRequest{
				ProjectId: d.text("project_id"), AppId: d.text("app_id"), ExpirationDate: date,
				Type: enum[authn.KeyType](authn.KeyType_value, d.text("key_type")),
			})
			d.id, d.now["key_details"] = answer.GetId(), string(answer.GetKeyDetails())
			return err
		},
		read: func(p *provider, d *data) error {
			answer, err := p.ManagementService().GetAppKey(p.of(d), &management.GetAppKeyRequest{
				ProjectId: d.text("project_id"), AppId: d.text("app_id"), KeyId: d.id,
			})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			return d.found(answer.GetKey().GetId(), attributes{
				"expiration_date": dateText(answer.GetKey().GetExpirationDate()), "key_type": answer.GetKey().GetType().String(),
			})
		},
		remove: func(p *provider, d *data) error {
			_, err := p.ManagementService().RemoveAppKey(p.of(d), &management.RemoveAppKeyRequest{
				ProjectId: d.text("project_id"), AppId: d.text("app_id"), KeyId: d.id,
			})
			return err
		},
	}
}

func machineKeyKind() kind {
	return kind{
		name: "zitadel_machine_key", computed: []string{"key_details", "expiration_date"}, unread: []string{"key_details", "public_key"},
		imports: []string{"id", "user_id"}, optional: []string{"org_id", "key_details"},
		create: func(p *provider, d *data) error {
			date, err := expiration(d)
			if err != nil {
				return err
			}
			answer, err := p.ManagementService().AddMachineKey(p.of(d), &management.AddMachineKeyRequest{
				UserId: d.text("user_id"), ExpirationDate: date, Type: enum[authn.KeyType](authn.KeyType_value, d.text("key_type")),
				PublicKey: []byte(d.text("public_key")),
			})
			d.id, d.now["key_details"] = answer.GetKeyId(), string(answer.GetKeyDetails())
			return err
		},
		read: func(p *provider, d *data) error {
			answer, err := p.ManagementService().GetMachineKeyByIDs(p.of(d), &management.GetMachineKeyByIDsRequest{
				UserId: d.text("user_id"), KeyId: d.id,
			})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			return d.found(answer.GetKey().GetId(), attributes{
				"expiration_date": dateText(answer.GetKey().GetExpirationDate()), "key_type": answer.GetKey().GetType().String(),
			})
		},
		remove: func(p *provider, d *data) error {
			_, err := p.ManagementService().RemoveMachineKey(p.of(d), &management.RemoveMachineKeyRequest{
				UserId: d.text("user_id"), KeyId: d.id,
			})
			return err
		},
	}
}
