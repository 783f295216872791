package directory_test

import (
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// instanceSteps change the instance itself: all are in no organization.
func (w *world) instanceSteps() []step {
	ctx, d := w.t.Context(), w.Directory
	first, err := d.ListSigningKeys(ctx, w.root)
	w.ok(err)
	var made directory.SigningKey
	return []step{
		{
			"rename the instance", "root", func(c iam.Caller) error { return errOf(d.RenameInstance(ctx, c, "", "Other")) },
			`instance.changed instance/# {"before":{"name":"Home"},"after":{"name":"Other"}}`,
		},
		{"set the lifetimes", "root", func(c iam.Caller) error {
			l := iam.DefaultLifetimes()
			l.AccessToken, l.RefreshToken = time.Hour, 90*time.Minute
			return errOf(d.SetLifetimes(ctx, c, l))
		}, `instance.oidc.settings.changed instance/# {"before":{"accessTokenLifetime":"12h0m0s","refreshTokenExpiration":"2160h0m0s"},"after":{"accessTokenLifetime":"1h0m0s","refreshTokenExpiration":"1h30m0s"}}`},
		{"set the security", "root", func(c iam.Caller) error {
			return errOf(d.SetSecurity(ctx, c, iam.Security{Impersonation: true, AllowedOrigins: []string{"a.example"}}))
		}, `instance.policy.security.set instance/# {"before":{"allowedOrigins":[],"impersonation":false},"after":{"allowedOrigins":["a.example"],"impersonation":true}}`},
		{"set a secret generator", "root", func(c iam.Caller) error {
			g := iam.OTPSMSGenerator.Default()
			g.Length = 12
			return errOf(d.SetSecretGenerator(ctx, c, iam.OTPSMSGenerator, g))
		}, `instance.secret.generator.changed instance/# {"before":{"length":8,"type":"otp_sms"},"after":{"length":12,"type":"otp_sms"}}`},
		{"set features", "root", func(c iam.Caller) error {
			return errOf(d.SetFeatures(ctx, c, iam.Features{Flags: map[iam.Feature]bool{iam.FeatureUserSchema: true}}))
		}, `feature.instance.set instance/# {"before":{"user_schema":null},"after":{"user_schema":true}}`},
		{
			"reset features", "root", func(c iam.Caller) error { return errOf(d.ResetFeatures(ctx, c)) },
			`feature.instance.reset instance/# {"before":{"user_schema":true}}`,
		},
		{
			"trust a domain", "root", func(c iam.Caller) error { return errOf(d.AddTrustedDomain(ctx, c, "", "WWW.Example.com")) },
			`instance.trusted_domain.added instance/# {"after":{"domain":"www.example.com"}}`,
		},
		{
			"trust it no more", "root", func(c iam.Caller) error { return errOf(d.RemoveTrustedDomain(ctx, c, "", "www.EXAMPLE.com")) },
			`instance.trusted_domain.removed instance/# {"before":{"domain":"www.example.com"}}`,
		},
		{"make a web key", "root", func(c iam.Caller) (err error) {
			made, err = d.CreateSigningKey(ctx, c, keyring.ES384, 0)
			return err
		}, `web_key.added instance/# {"after":{"algorithm":"ES384","keyId":"#"}}`},
		{"activate a web key", "root", func(c iam.Caller) error { return errOf(d.ActivateSigningKey(ctx, c, made.ID)) }, `web_key.deactivated instance/# {"before":{"keyId":"#","state":"active"},"after":{"keyId":"#","state":"inactive"}}
web_key.activated instance/# {"before":{"keyId":"#","state":"initial"},"after":{"keyId":"#","state":"active"}}`},
		{
			"delete a web key", "root", func(c iam.Caller) error { return errOf(d.DeleteSigningKey(ctx, c, first[0].ID)) },
			`web_key.removed instance/# {"before":{"algorithm":"EdDSA","keyId":"#"}}`,
		},
	}
}
