package test

import (
	"fmt"
	"strings"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	instances "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"
	settingsv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/settings"
	settings "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/settings/v2"
)

// stays is the removal of what a server always has.
func stays(*provider, *data) error { return nil }

func oidcSettingsKind() kind {
	update := func(p *provider, d *data) error {
		answer, err := p.AdminService().UpdateOIDCSettings(p.base, &admin.UpdateOIDCSettingsRequest{
			AccessTokenLifetime: duration(d.text("access_token_lifetime")), IdTokenLifetime: duration(d.text("id_token_lifetime")),
			RefreshTokenIdleExpiration: duration(d.text("refresh_token_idle_expiration")),
			RefreshTokenExpiration:     duration(d.text("refresh_token_expiration")),
		})
		if err := unchanged(err); err != nil {
			return err
		}
		if d.id = answer.GetDetails().GetResourceOwner(); d.id != "" {
			return nil
		}
		current, err := p.AdminService().GetOIDCSettings(p.base, &admin.GetOIDCSettingsRequest{})
		d.id = current.GetSettings().GetDetails().GetResourceOwner()
		return err
	}
	return kind{
		name: "zitadel_default_oidc_settings", create: update, update: update, remove: stays, always: true,
		read: func(p *provider, d *data) error {
			answer, err := p.AdminService().GetOIDCSettings(p.base, &admin.GetOIDCSettingsRequest{})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			s := answer.GetSettings()
			return d.found(s.GetDetails().GetResourceOwner(), attributes{
				"access_token_lifetime":         s.GetAccessTokenLifetime().AsDuration().String(),
				"id_token_lifetime":             s.GetIdTokenLifetime().AsDuration().String(),
				"refresh_token_idle_expiration": s.GetRefreshTokenIdleExpiration().AsDuration().String(),
				"refresh_token_expiration":      s.GetRefreshTokenExpiration().AsDuration().String(),
			})
		},
	}
}

func secretGeneratorKind() kind {
	generator := func(d *data) settingsv1.SecretGeneratorType {
		return enum[settingsv1.SecretGeneratorType](settingsv1.SecretGeneratorType_value, d.text("generator_type"))
	}
	read := func(p *provider, d *data) error {
		answer, err := p.AdminService().GetSecretGenerator(p.base, &admin.GetSecretGeneratorRequest{GeneratorType: generator(d)})
		if lost(err) {
			return d.gone()
		}
		if err != nil {
			return err
		}
		g, expiry := answer.GetSecretGenerator(), ""
		if g.GetExpiry() != nil {
			expiry = g.GetExpiry().AsDuration().String()
		}
		return d.found(d.text("generator_type"), attributes{
			"length": g.GetLength(), "expiry": expiry, "include_lower_letters": g.GetIncludeLowerLetters(),
			"include_upper_letters": g.GetIncludeUpperLetters(), "include_digits": g.GetIncludeDigits(), "include_symbols": g.GetIncludeSymbols(),
		})
	}
	update := func(p *provider, d *data) error {
		current, err := p.AdminService().GetSecretGenerator(p.base, &admin.GetSecretGeneratorRequest{GeneratorType: generator(d)})
		if err != nil {
			return err
		}
		length, _ := d.now["length"].(uint32)
		request := &admin.UpdateSecretGeneratorRequest{
			GeneratorType: generator(d), Length: length, Expiry: current.GetSecretGenerator().GetExpiry(),
			IncludeLowerLetters: d.flag("include_lower_letters"), IncludeUpperLetters: d.flag("include_upper_letters"),
			IncludeDigits: d.flag("include_digits"), IncludeSymbols: d.flag("include_symbols"),
		}
		if expiry := d.text("expiry"); expiry != "" {
			request.Expiry = duration(expiry)
		}
		_, err = p.AdminService().UpdateSecretGenerator(p.base, request)
		return unchanged(err)
	}
	return kind{
		name: "zitadel_instance_secret_generator", imports: []string{"generator_type"}, update: update, read: read, remove: stays, always: true,
		computed: []string{"length", "expiry", "include_lower_letters", "include_upper_letters", "include_digits", "include_symbols"},
		create: func(p *provider, d *data) error {
			d.id = d.text("generator_type")
			if err := update(p, d); err != nil {
				return err
			}
			return read(p, d)
		},
	}
}

func securitySettingsKind() kind {
	update := func(p *provider, d *data) error {
		d.id = "default_security_settings"
		if !d.changed("enable_impersonation", "embedded_iframe_enabled", "embedded_iframe_allowed_origins") {
			return nil
		}
		_, err := p.SettingsServiceV2().SetSecuritySettings(p.base, &settings.SetSecuritySettingsRequest{
			EnableImpersonation: d.flag("enable_impersonation"), EmbeddedIframe: &settings.EmbeddedIframeSettings{
				Enabled: d.flag("embedded_iframe_enabled"), AllowedOrigins: d.texts("embedded_iframe_allowed_origins"),
			},
		})
		return unchanged(err)
	}
	return kind{
		name: "zitadel_default_security_settings", create: update, update: update, remove: stays, always: true,
		read: func(p *provider, d *data) error {
			answer, err := p.SettingsServiceV2().GetSecuritySettings(p.base, &settings.GetSecuritySettingsRequest{})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			s := answer.GetSettings()
			read := attributes{"enable_impersonation": s.GetEnableImpersonation()}
			if frame := s.GetEmbeddedIframe(); frame != nil {
				read["embedded_iframe_enabled"] = frame.GetEnabled()
				read["embedded_iframe_allowed_origins"] = set(frame.GetAllowedOrigins())
			}
			return d.found("default_security_settings", read)
		},
	}
}

func trustedDomainKind() kind {
	read := func(p *provider, d *data) error {
		instance, domain, found := strings.Cut(d.id, "/")
		if !found {
			return fmt.Errorf("the id %q is not an instance and a domain", d.id)
		}
		answer, err := p.InstanceServiceV2().ListTrustedDomains(p.base, &instances.ListTrustedDomainsRequest{InstanceId: instance})
		if err != nil {
			return err
		}
		for _, entry := range answer.GetTrustedDomain() {
			if entry.GetDomain() == domain {
				return d.found(d.id, attributes{"instance_id": instance, "domain": domain})
			}
		}
		return d.gone()
	}
	return kind{
		name: "zitadel_instance_trusted_domain", read: read,
		create: func(p *provider, d *data) error {
			_, err := p.InstanceServiceV2().AddTrustedDomain(p.base, &instances.AddTrustedDomainRequest{
				InstanceId: d.text("instance_id"), TrustedDomain: d.text("domain"),
			})
			if err != nil {
				return err
			}
			d.id = d.text("instance_id") + "/" + d.text("domain")
			return read(p, d)
		},
		remove: func(p *provider, d *data) error {
			_, err := p.InstanceServiceV2().RemoveTrustedDomain(p.base, &instances.RemoveTrustedDomainRequest{
				InstanceId: d.text("instance_id"), TrustedDomain: d.text("domain"),
			})
			return err
		},
	}
}

// instanceSource finds the instance, by its id or as the one there is, with
// its state and its custom and trusted domains: all its texts as one list.
func instanceSource(p *provider, d *data) ([]string, error) {
	answer, err := p.InstanceServiceV2().GetInstance(p.base, &instances.GetInstanceRequest{InstanceId: d.text("instance_id")})
	if err != nil {
		return nil, err
	}
	trusted, err := p.InstanceServiceV2().ListTrustedDomains(p.base, &instances.ListTrustedDomainsRequest{InstanceId: d.text("instance_id")})
	instance := answer.GetInstance()
	found := append(keys(trusted.GetTrustedDomain(), (*instances.TrustedDomain).GetDomain), instance.GetId(), instance.GetState().String())
	return append(found, keys(instance.GetCustomDomains(), (*instances.CustomDomain).GetDomain)...), err
}

// settingsConfiguration are the settings of the instance.
func settingsConfiguration() configuration {
	return configuration{
		{
			kind: oidcSettingsKind(), label: "default", wanted: attributes{
				"access_token_lifetime": "12h0m0s", "id_token_lifetime": "12h0m0s", "refresh_token_idle_expiration": "720h0m0s",
				"refresh_token_expiration": "2160h0m0s",
			},
			changes: []attributes{
				{"access_token_lifetime": "1h0m0s"},
				{"id_token_lifetime": "2h0m0s", "refresh_token_idle_expiration": "24h0m0s", "refresh_token_expiration": "48h0m0s"},
				{
					"access_token_lifetime": "12h0m0s", "id_token_lifetime": "12h0m0s", "refresh_token_idle_expiration": "720h0m0s",
					"refresh_token_expiration": "2160h0m0s",
				},
			},
		},
		{
			kind: securitySettingsKind(), label: "default",
			wanted:  attributes{"embedded_iframe_enabled": true, "embedded_iframe_allowed_origins": set{"https://a.example.com"}},
			changes: []attributes{{"embedded_iframe_enabled": false, "embedded_iframe_allowed_origins": set{}}},
		},
		{
			kind: secretGeneratorKind(), label: "app", wanted: attributes{
				"generator_type": "SECRET_GENERATOR_TYPE_APP_SECRET", "length": uint32(64), "expiry": "1h0m0s", "include_lower_letters": true,
				"include_upper_letters": true, "include_digits": true, "include_symbols": false,
			},
			changes: []attributes{{"length": uint32(32)}, {"expiry": "24h0m0s", "include_symbols": true, "include_upper_letters": false}},
		},
		{
			kind: trustedDomainKind(), label: "proxy",
			wanted: attributes{"instance_id": ref("data.zitadel_instance.own.id"), "domain": "proxy.example.com"},
		},
	}
}

func instanceLookups() []looked {
	instance, trusted := ref("data.zitadel_instance.own.id"), ref("zitadel_instance_trusted_domain.proxy.domain")
	return []looked{
		{"zitadel_instance", instanceSource, attributes{}, true, []ref{instance, trusted}},
		{"zitadel_instance", instanceSource, attributes{"instance_id": instance}, true, []ref{instance, trusted}},
	}
}
