package iam

import (
	"maps"
	"net/url"
	"slices"
)

// Feature is a switch that Zitadel knows, by its name there. They
// are kept for clients that set and read them, and have no effect yet.
type Feature string

// The features that are on or off.
const (
	FeatureLoginDefaultOrg     Feature = "login_default_org"
	FeatureUserSchema          Feature = "user_schema"
	FeatureTokenExchange       Feature = "oidc_token_exchange"
	FeatureDebugParentError    Feature = "debug_oidc_parent_error"
	FeatureSingleV1Termination Feature = "oidc_single_v1_session_termination"
	FeatureBackChannelLogout   Feature = "enable_back_channel_logout"
	FeaturePermissionCheckV2   Feature = "permission_check_v2"
	FeatureConsoleV2UserAPI    Feature = "console_use_v2_user_api"
)

// Features are the switches as far as they were set, without an effect yet. The zero Features is that
// of a new instance, where everything is off.
type Features struct {
	Flags               map[Feature]bool `json:"flags,omitempty"`
	ImprovedPerformance []string         `json:"improvedPerformance,omitempty"`
	LoginV2             *LoginV2         `json:"loginV2,omitempty"`
}

// LoginV2 is where another login page is, if one is to be used.
type LoginV2 struct {
	Required bool   `json:"required"`
	BaseURI  string `json:"baseUri,omitempty"`
}

// Empty reports that nothing is set.
func (f Features) Empty() bool {
	return len(f.Flags) == 0 && len(f.ImprovedPerformance) == 0 && f.LoginV2 == nil
}

// With returns f with what is set in other set as there.
func (f Features) With(other Features) Features {
	flags := make(map[Feature]bool, len(f.Flags)+len(other.Flags))
	maps.Copy(flags, f.Flags)
	maps.Copy(flags, other.Flags)
	f.Flags = flags
	if len(other.ImprovedPerformance) > 0 {
		f.ImprovedPerformance = other.ImprovedPerformance
	}
	if other.LoginV2 != nil {
		f.LoginV2 = other.LoginV2
	}
	return f
}

// Check checks what is not only on or off. Kind: InvalidArgument.
func (f Features) Check() error {
	seen := make(map[string]bool)
	for _, path := range f.ImprovedPerformance {
		if seen[path] {
			return Errorf(InvalidArgument, "FEAT-twice", "improved_performance names %s twice", path)
		}
		seen[path] = true
	}
	if f.LoginV2 == nil || f.LoginV2.BaseURI == "" {
		return nil
	}
	u, err := url.Parse(f.LoginV2.BaseURI)
	if err != nil || len(f.LoginV2.BaseURI) > MaxDescription || !slices.Contains([]string{"", "http", "https"}, u.Scheme) || u.User != nil ||
		u.Scheme != "" && u.Host == "" {
		return Errorf(InvalidArgument, "FEAT-uri1x", "the base URI of login_v2 must be a web address or a path")
	}
	return nil
}

// Fields is what an event records of the switches.
func (f Features) Fields() Fields {
	out := Fields{}
	for name, on := range f.Flags {
		out[string(name)] = on
	}
	if len(f.ImprovedPerformance) > 0 {
		out["improved_performance"] = f.ImprovedPerformance
	}
	if f.LoginV2 != nil {
		out["login_v2.required"] = f.LoginV2.Required
		out["login_v2.base_uri"] = f.LoginV2.BaseURI
	}
	return out
}
