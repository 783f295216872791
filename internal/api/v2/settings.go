package v2

import (
	"context"

	object "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object/v2"
	settings "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/settings/v2"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// GetGeneralSettings says which organization is the default, and the language of the pages.
func (s *Settings) GetGeneralSettings(ctx context.Context, _ *settings.GetGeneralSettingsRequest) (*settings.GetGeneralSettingsResponse, error) {
	g, err := s.Directory.General(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return &settings.GetGeneralSettingsResponse{
		DefaultOrgId: g.DefaultOrgID, DefaultOrganizationId: g.DefaultOrgID,
		DefaultLanguage: g.Language, SupportedLanguages: []string{g.Language}, AllowedLanguages: []string{g.Language},
	}, nil
}

// whose reads the organization that settings are asked for; none is the instance. Kind: InvalidArgument.
func whose(ctx *object.RequestContext) (string, error) {
	switch owner := ctx.GetResourceOwner().(type) {
	case *object.RequestContext_OrgId:
		return owner.OrgId, required("ctx.org_id", owner.OrgId)
	case *object.RequestContext_Instance:
		if !owner.Instance {
			return "", iam.Errorf(iam.InvalidArgument, "V2-ctx1x", "ctx.instance can only be true")
		}
	}
	return "", nil
}

// GetLoginSettings says how humans sign in: by user name and password, and no
// other way. It is so for all organizations.
func (s *Settings) GetLoginSettings(ctx context.Context, req *settings.GetLoginSettingsRequest) (*settings.GetLoginSettingsResponse, error) {
	orgID, err := whose(req.GetCtx())
	if err != nil {
		return nil, err
	}
	i, err := s.Directory.Policies(ctx, call.Caller(ctx), orgID)
	if err != nil {
		return nil, err
	}
	return &settings.GetLoginSettingsResponse{
		Details: details(iam.Meta{Created: i.Created, Changed: i.Created}, i.ID),
		Settings: &settings.LoginSettings{
			AllowUsernamePassword:    true, //nolint:staticcheck // deprecated by Zitadel
			AllowLocalAuthentication: true,
			PasskeysType:             settings.PasskeysType_PASSKEYS_TYPE_NOT_ALLOWED,
			HidePasswordReset:        true,
			IgnoreUnknownUsernames:   true, // no answer tells an unknown name from a wrong password
			PasswordCheckLifetime:    durationpb.New(iam.SessionLifetime),
			DisableLoginWithEmail:    true,
			DisableLoginWithPhone:    true,
			ResourceOwnerType:        settings.ResourceOwnerType_RESOURCE_OWNER_TYPE_INSTANCE,
		},
	}, nil
}

// GetDomainSettings says what domains mean: login names are user names, without
// one, and an organization proves that a domain is its own, unless a manager of
// the instance adds it. It is so for all organizations.
func (s *Settings) GetDomainSettings(ctx context.Context, req *settings.GetDomainSettingsRequest) (*settings.GetDomainSettingsResponse, error) {
	orgID, err := whose(req.GetCtx())
	if err != nil {
		return nil, err
	}
	i, err := s.Directory.Policies(ctx, call.Caller(ctx), orgID)
	if err != nil {
		return nil, err
	}
	return &settings.GetDomainSettingsResponse{
		Details: details(iam.Meta{Created: i.Created, Changed: i.Created}, i.ID),
		Settings: &settings.DomainSettings{
			RequireOrgDomainVerification: directory.MustProveDomains(call.Caller(ctx)),
			ResourceOwnerType:            settings.ResourceOwnerType_RESOURCE_OWNER_TYPE_INSTANCE,
		},
	}, nil
}

// GetSecuritySettings says how the instance protects its users.
func (s *Settings) GetSecuritySettings(ctx context.Context, _ *settings.GetSecuritySettingsRequest) (*settings.GetSecuritySettingsResponse, error) {
	p, m, err := s.Directory.Security(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return &settings.GetSecuritySettingsResponse{
		Details: details(m.Meta, m.InstanceID),
		Settings: &settings.SecuritySettings{
			EmbeddedIframe:      &settings.EmbeddedIframeSettings{Enabled: p.EmbeddedIframe, AllowedOrigins: p.AllowedOrigins},
			EnableImpersonation: p.Impersonation,
		},
	}, nil
}

// SetSecuritySettings changes how the instance protects its users, as a whole:
// what is not given is off.
func (s *Settings) SetSecuritySettings(ctx context.Context, req *settings.SetSecuritySettingsRequest) (*settings.SetSecuritySettingsResponse, error) {
	m, err := s.Directory.SetSecurity(ctx, call.Caller(ctx), iam.Security{
		EmbeddedIframe: req.GetEmbeddedIframe().GetEnabled(), AllowedOrigins: req.GetEmbeddedIframe().GetAllowedOrigins(),
		Impersonation: req.GetEnableImpersonation(),
	})
	if err := call.Unless(err); err != nil {
		return nil, err
	}
	return &settings.SetSecuritySettingsResponse{Details: details(m.Meta, m.InstanceID)}, nil
}
