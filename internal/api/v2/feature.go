package v2

import (
	"context"

	feature "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/feature/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// SetInstanceFeatures sets the features that are given, and leaves the others.
func (s *Features) SetInstanceFeatures(ctx context.Context, req *feature.SetInstanceFeaturesRequest) (*feature.SetInstanceFeaturesResponse, error) {
	given := iam.Features{Flags: map[iam.Feature]bool{}}
	for name, on := range map[iam.Feature]*bool{
		iam.FeatureLoginDefaultOrg:     req.LoginDefaultOrg,
		iam.FeatureUserSchema:          req.UserSchema,
		iam.FeatureTokenExchange:       req.OidcTokenExchange, //nolint:staticcheck // deprecated by Zitadel
		iam.FeatureDebugParentError:    req.DebugOidcParentError,
		iam.FeatureSingleV1Termination: req.OidcSingleV1SessionTermination,
		iam.FeatureBackChannelLogout:   req.EnableBackChannelLogout, //nolint:staticcheck // deprecated by Zitadel
		iam.FeaturePermissionCheckV2:   req.PermissionCheckV2,
		iam.FeatureConsoleV2UserAPI:    req.ConsoleUseV2UserApi,
	} {
		if on != nil {
			given.Flags[name] = *on
		}
	}
	for _, path := range req.GetImprovedPerformance() {
		name, known := feature.ImprovedPerformance_name[int32(path)]
		if !known || path == feature.ImprovedPerformance_IMPROVED_PERFORMANCE_UNSPECIFIED {
			return nil, iam.Errorf(iam.InvalidArgument, "V2-enum1", "an improved performance is unknown, or means nothing here")
		}
		given.ImprovedPerformance = append(given.ImprovedPerformance, name)
	}
	if login := req.GetLoginV2(); login != nil {
		given.LoginV2 = &iam.LoginV2{Required: login.GetRequired(), BaseURI: login.GetBaseUri()}
	}
	m, err := s.Directory.SetFeatures(ctx, call.Caller(ctx), given)
	if err := call.Unless(err); err != nil {
		return nil, err
	}
	return &feature.SetInstanceFeaturesResponse{Details: details(m.Meta, m.InstanceID)}, nil
}

// ResetInstanceFeatures forgets all features that were set.
func (s *Features) ResetInstanceFeatures(ctx context.Context, _ *feature.ResetInstanceFeaturesRequest) (*feature.ResetInstanceFeaturesResponse, error) {
	m, err := s.Directory.ResetFeatures(ctx, call.Caller(ctx))
	if err := call.Unless(err); err != nil {
		return nil, err
	}
	return &feature.ResetInstanceFeaturesResponse{Details: details(m.Meta, m.InstanceID)}, nil
}

// GetInstanceFeatures lists the features that were set, and with inheritance
// also the others, which are off.
func (s *Features) GetInstanceFeatures(ctx context.Context, req *feature.GetInstanceFeaturesRequest) (*feature.GetInstanceFeaturesResponse, error) {
	f, m, err := s.Directory.Features(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	source := func(set bool) feature.Source {
		if set {
			return feature.Source_SOURCE_INSTANCE
		}
		return feature.Source_SOURCE_SYSTEM
	}
	flag := func(name iam.Feature) *feature.FeatureFlag {
		on, set := f.Flags[name]
		if !set && !req.GetInheritance() {
			return nil
		}
		return &feature.FeatureFlag{Enabled: on, Source: source(set)}
	}
	out := &feature.GetInstanceFeaturesResponse{
		Details:                        details(m.Meta, m.InstanceID),
		LoginDefaultOrg:                flag(iam.FeatureLoginDefaultOrg),
		UserSchema:                     flag(iam.FeatureUserSchema),
		OidcTokenExchange:              flag(iam.FeatureTokenExchange), //nolint:staticcheck // deprecated by Zitadel
		DebugOidcParentError:           flag(iam.FeatureDebugParentError),
		OidcSingleV1SessionTermination: flag(iam.FeatureSingleV1Termination),
		EnableBackChannelLogout:        flag(iam.FeatureBackChannelLogout), //nolint:staticcheck // deprecated by Zitadel
		PermissionCheckV2:              flag(iam.FeaturePermissionCheckV2),
		ConsoleUseV2UserApi:            flag(iam.FeatureConsoleV2UserAPI),
	}
	if set := len(f.ImprovedPerformance) > 0; set || req.GetInheritance() {
		out.ImprovedPerformance = &feature.ImprovedPerformanceFeatureFlag{Source: source(set)}
		for _, name := range f.ImprovedPerformance {
			path := feature.ImprovedPerformance(feature.ImprovedPerformance_value[name])
			out.ImprovedPerformance.ExecutionPaths = append(out.ImprovedPerformance.ExecutionPaths, path)
		}
	}
	if login := f.LoginV2; login != nil {
		out.LoginV2 = &feature.LoginV2FeatureFlag{Required: login.Required, BaseUri: pointer(login.BaseURI), Source: source(true)}
	} else if req.GetInheritance() {
		out.LoginV2 = &feature.LoginV2FeatureFlag{Source: source(false)}
	}
	return out, nil
}
