package v1

import (
	"context"
	"slices"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/policy"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/settings"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// GetOIDCSettings says how long tokens are good.
func (s *Admin) GetOIDCSettings(ctx context.Context, _ *admin.GetOIDCSettingsRequest) (*admin.GetOIDCSettingsResponse, error) {
	i, err := s.Directory.Lifetimes(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	l := i.Lifetimes()
	return &admin.GetOIDCSettingsResponse{Settings: &settings.OIDCSettings{
		Details:                    details(i.Meta, i.ID),
		AccessTokenLifetime:        durationpb.New(l.AccessToken),
		IdTokenLifetime:            durationpb.New(l.IDToken),
		RefreshTokenIdleExpiration: durationpb.New(l.RefreshTokenIdle),
		RefreshTokenExpiration:     durationpb.New(l.RefreshToken),
	}}, nil
}

// AddOIDCSettings is answered by AlreadyExists: there are settings from the beginning.
func (s *Admin) AddOIDCSettings(ctx context.Context, _ *admin.AddOIDCSettingsRequest) (*admin.AddOIDCSettingsResponse, error) {
	return nil, s.Directory.AddLifetimes(call.Caller(ctx))
}

// UpdateOIDCSettings changes how long tokens are good that are issued from now on.
func (s *Admin) UpdateOIDCSettings(ctx context.Context, req *admin.UpdateOIDCSettingsRequest) (*admin.UpdateOIDCSettingsResponse, error) {
	var l iam.Lifetimes
	var errs [4]error
	l.AccessToken, errs[0] = call.FromDuration(iam.FieldAccessTokenLifetime, req.GetAccessTokenLifetime())
	l.IDToken, errs[1] = call.FromDuration(iam.FieldIDTokenLifetime, req.GetIdTokenLifetime())
	l.RefreshTokenIdle, errs[2] = call.FromDuration(iam.FieldRefreshTokenIdle, req.GetRefreshTokenIdleExpiration())
	l.RefreshToken, errs[3] = call.FromDuration(iam.FieldRefreshTokenLifetime, req.GetRefreshTokenExpiration())
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	i, err := s.Directory.SetLifetimes(ctx, call.Caller(ctx), l)
	if err != nil {
		return nil, err
	}
	return &admin.UpdateOIDCSettingsResponse{Details: details(i.Meta, i.ID)}, nil
}

// GetSecurityPolicy says how the instance protects its users.
func (s *Admin) GetSecurityPolicy(ctx context.Context, _ *admin.GetSecurityPolicyRequest) (*admin.GetSecurityPolicyResponse, error) {
	p, m, err := s.Directory.Security(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return &admin.GetSecurityPolicyResponse{Policy: &settings.SecurityPolicy{
		Details: details(m.Meta, m.InstanceID), EnableIframeEmbedding: p.EmbeddedIframe, AllowedOrigins: p.AllowedOrigins, EnableImpersonation: p.Impersonation,
	}}, nil
}

// GetDomainPolicy says what domains mean in the organization of the context.
func (s *Management) GetDomainPolicy(ctx context.Context, _ *management.GetDomainPolicyRequest) (*management.GetDomainPolicyResponse, error) {
	c := call.Caller(ctx)
	i, err := s.Directory.Policies(ctx, c, c.Context())
	if err != nil {
		return nil, err
	}
	return &management.GetDomainPolicyResponse{Policy: domainPolicyOf(i, c)}, nil
}

// GetDomainPolicy says what domains mean in every organization.
func (s *Admin) GetDomainPolicy(ctx context.Context, _ *admin.GetDomainPolicyRequest) (*admin.GetDomainPolicyResponse, error) {
	c := call.Caller(ctx)
	i, err := s.Directory.Policies(ctx, c, "")
	if err != nil {
		return nil, err
	}
	return &admin.GetDomainPolicyResponse{Policy: domainPolicyOf(i, c)}, nil
}

// domainPolicyOf is the one policy that there is, as far as it bears on the caller.
func domainPolicyOf(i iam.Instance, c iam.Caller) *policy.DomainPolicy {
	return &policy.DomainPolicy{
		Details: details(iam.Meta{Created: i.Created, Changed: i.Created}, i.ID), IsDefault: true,
		ValidateOrgDomains: directory.MustProveDomains(c),
	}
}

// SetSecurityPolicy changes how the instance protects its users, as a whole.
func (s *Admin) SetSecurityPolicy(ctx context.Context, req *admin.SetSecurityPolicyRequest) (*admin.SetSecurityPolicyResponse, error) {
	m, err := s.Directory.SetSecurity(ctx, call.Caller(ctx), iam.Security{
		EmbeddedIframe: req.GetEnableIframeEmbedding(), AllowedOrigins: req.GetAllowedOrigins(), Impersonation: req.GetEnableImpersonation(),
	})
	if err != nil {
		return nil, err
	}
	return &admin.SetSecurityPolicyResponse{Details: details(m.Meta, m.InstanceID)}, nil
}

// readGenerator reads the type of a secret generator: the numbers are the
// places in [iam.SecretGeneratorTypes]. Kind: InvalidArgument.
func readGenerator(t settings.SecretGeneratorType) (iam.SecretGeneratorType, error) {
	if types := iam.SecretGeneratorTypes(); t >= 1 && int(t) <= len(types) {
		return types[t-1], nil
	}
	return "", unknownEnum("the type of the secret generator")
}

func generatorOf(g directory.SecretGenerator) *settings.SecretGenerator {
	return &settings.SecretGenerator{
		GeneratorType: settings.SecretGeneratorType(slices.Index(iam.SecretGeneratorTypes(), g.Type) + 1),
		Details:       details(g.Meta, g.InstanceID),
		Length:        uint32(max(0, g.Length)), Expiry: durationpb.New(g.Expiry),
		IncludeLowerLetters: g.Lower, IncludeUpperLetters: g.Upper, IncludeDigits: g.Digits, IncludeSymbols: g.Symbols,
	}
}

// ListSecretGenerators lists the secret generators by their types.
func (s *Admin) ListSecretGenerators(ctx context.Context, req *admin.ListSecretGeneratorsRequest) (*admin.ListSecretGeneratorsResponse, error) {
	f, err := filterOf(req.GetQueries(), func(q *settings.SecretGeneratorQuery) (iam.Filter, error) {
		if q.GetTypeQuery() == nil {
			return iam.Filter{}, unknownQuery()
		}
		t, err := readGenerator(q.GetTypeQuery().GetGeneratorType())
		return iam.FieldName.Is(string(t)), err
	})
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.SecretGenerators(ctx, call.Caller(ctx), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &admin.ListSecretGeneratorsResponse{
		Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, generatorOf),
	}, nil
}

// GetSecretGenerator finds a secret generator.
func (s *Admin) GetSecretGenerator(ctx context.Context, req *admin.GetSecretGeneratorRequest) (*admin.GetSecretGeneratorResponse, error) {
	t, err := readGenerator(req.GetGeneratorType())
	if err != nil {
		return nil, err
	}
	g, err := s.Directory.SecretGenerator(ctx, call.Caller(ctx), t)
	if err != nil {
		return nil, err
	}
	return &admin.GetSecretGeneratorResponse{SecretGenerator: generatorOf(g)}, nil
}

// UpdateSecretGenerator changes a secret generator, as a whole.
func (s *Admin) UpdateSecretGenerator(ctx context.Context, req *admin.UpdateSecretGeneratorRequest) (*admin.UpdateSecretGeneratorResponse, error) {
	t, err := readGenerator(req.GetGeneratorType())
	if err != nil {
		return nil, err
	}
	expiry, err := call.FromDuration(iam.FieldExpires, req.GetExpiry())
	if err != nil {
		return nil, err
	}
	m, err := s.Directory.SetSecretGenerator(ctx, call.Caller(ctx), t, iam.SecretGenerator{
		Length: int(req.GetLength()), Expiry: expiry,
		Lower: req.GetIncludeLowerLetters(), Upper: req.GetIncludeUpperLetters(), Digits: req.GetIncludeDigits(), Symbols: req.GetIncludeSymbols(),
	})
	if err != nil {
		return nil, err
	}
	return &admin.UpdateSecretGeneratorResponse{Details: details(m.Meta, m.InstanceID)}, nil
}
