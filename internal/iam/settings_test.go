package iam

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReadHost(t *testing.T) {
	long := strings.Repeat("a.", 126) + "a" // 253
	for in, want := range map[string]string{
		"": "", ".": "", "a.": "", ".a": "", "a..b": "", "-a.b": "", "a-.b": "", "a_b": "", "a b": "", "ä.example": "", "a/b": "", "a:1": "",
		"*.a": "", "a\x00": "", strings.Repeat("a", 64): "", long + "a": "",
		"localhost": "localhost", "WWW.Example.com": "www.example.com", "xn--4ca.example": "xn--4ca.example", "1.2.3.4": "1.2.3.4",
		strings.Repeat("a", 63): strings.Repeat("a", 63), long: long,
	} {
		if got, err := ReadHost(in); got != want || (err == nil) != (want != "") || err != nil && (KindOf(err) != InvalidArgument || FieldOf(err) != FieldDomain) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func TestSecurityCheck(t *testing.T) {
	for origin, ok := range map[string]bool{
		"https://www.example.com": true, "http://localhost:8080": true, "example.com": true, "*.example.com": true, "https://*.example.com:*": true,
		"": false, "*": false, "https://": false, "https://a.example/": false, "https://a.example/path": false, "ftp://a.example": false,
		"javascript:alert(1)": false, "a.example:": false, "a.example:123456": false, "a.example:x": false, "https://a@b.example": false,
		"a.example; script-src *": false, "a.example b.example": false, "'self'": false, "https://a.*.example": false,
	} {
		err := Security{AllowedOrigins: []string{"a.example", origin}}.Check()
		if (err == nil) != ok || err != nil && (KindOf(err) != InvalidArgument || FieldOf(err) != FieldAllowedOrigins) {
			t.Errorf("%q: %v", origin, err)
		}
	}
	if err := (Security{AllowedOrigins: slices.Repeat([]string{"a.example"}, MaxOrigins+1)}).Check(); KindOf(err) != InvalidArgument {
		t.Errorf("too many: %v", err)
	}
}

func TestSecretGenerators(t *testing.T) {
	names := map[SettingName]bool{}
	for _, kind := range SecretGeneratorTypes() {
		names[kind.Setting()] = true
		if err := kind.Default().Check(); err != nil {
			t.Errorf("the default of %s: %v", kind, err)
		}
	}
	if len(names) != 8 || names[SecuritySetting] || names[FeaturesSetting] {
		t.Errorf("the settings are %v", names)
	}
	good := SecretGenerator{Length: 8, Digits: true}
	for name, test := range map[string]struct {
		change func(*SecretGenerator)
		ok     bool
	}{
		"as it is":       {func(*SecretGenerator) {}, true},
		"shortest":       {func(g *SecretGenerator) { g.Length = MinSecretLength }, true},
		"too short":      {func(g *SecretGenerator) { g.Length = MinSecretLength - 1 }, false},
		"no length":      {func(g *SecretGenerator) { g.Length = 0 }, false},
		"negative":       {func(g *SecretGenerator) { g.Length = -8 }, false},
		"longest":        {func(g *SecretGenerator) { g.Length = MaxSecretLength }, true},
		"too long":       {func(g *SecretGenerator) { g.Length = MaxSecretLength + 1 }, false},
		"expired before": {func(g *SecretGenerator) { g.Expiry = -1 }, false},
		"longest life":   {func(g *SecretGenerator) { g.Expiry = MaxLifetime }, true},
		"too long lived": {func(g *SecretGenerator) { g.Expiry = MaxLifetime + 1 }, false},
		"no characters":  {func(g *SecretGenerator) { g.Digits = false }, false},
		"only symbols":   {func(g *SecretGenerator) { g.Digits, g.Symbols = false, true }, true},
	} {
		g := good
		test.change(&g)
		if err := g.Check(); (err == nil) != test.ok || err != nil && KindOf(err) != InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLifetimes(t *testing.T) {
	var i Instance
	i.SetLifetimes(DefaultLifetimes())
	if i.Lifetimes() != DefaultLifetimes() || i.Lifetimes().Check() != nil {
		t.Errorf("the defaults: %+v, %v", i.Lifetimes(), i.Lifetimes().Check())
	}
	for field, set := range map[Field]func(*Lifetimes, time.Duration){
		FieldAccessTokenLifetime:  func(l *Lifetimes, d time.Duration) { l.AccessToken = d },
		FieldIDTokenLifetime:      func(l *Lifetimes, d time.Duration) { l.IDToken = d },
		FieldRefreshTokenIdle:     func(l *Lifetimes, d time.Duration) { l.RefreshTokenIdle = d },
		FieldRefreshTokenLifetime: func(l *Lifetimes, d time.Duration) { l.RefreshToken = d },
	} {
		for d, ok := range map[time.Duration]bool{
			0: false, -time.Hour: false, time.Minute - time.Second: false, time.Minute: true, time.Minute + time.Millisecond: false,
			time.Minute + time.Second: true, MaxLifetime: true, MaxLifetime + time.Second: false,
		} {
			l := DefaultLifetimes()
			set(&l, d)
			if err := l.Check(); (err == nil) != ok || err != nil && (KindOf(err) != InvalidArgument || FieldOf(err) != field) {
				t.Errorf("%s of %s: %v", field, d, err)
			}
		}
	}
}

func TestFeatures(t *testing.T) {
	var none Features
	if !none.Empty() || (Features{Flags: map[Feature]bool{FeatureUserSchema: false}}).Empty() {
		t.Error("which features are empty")
	}
	first := none.With(Features{Flags: map[Feature]bool{FeatureUserSchema: true}, LoginV2: &LoginV2{Required: true}})
	second := first.With(Features{Flags: map[Feature]bool{FeatureUserSchema: false, FeatureLoginDefaultOrg: true}, ImprovedPerformance: []string{"p"}})
	if !first.Flags[FeatureUserSchema] || len(first.Flags) != 1 || second.Flags[FeatureUserSchema] || !second.Flags[FeatureLoginDefaultOrg] ||
		!second.LoginV2.Required || len(second.ImprovedPerformance) != 1 || len(second.Fields()) != 5 {
		t.Errorf("first %+v, second %+v", first, second)
	}
	for uri, ok := range map[string]bool{
		"": true, "https://login.example.com/ui": true, "/login": true,
		"javascript:alert(1)": false, "https://": false, "ftp://a.example": false, "https://u:p@a.example": false, "%": false,
		"https://a.example/" + strings.Repeat("a", 500): false,
	} {
		if err := (Features{LoginV2: &LoginV2{BaseURI: uri}}).Check(); (err == nil) != ok || err != nil && KindOf(err) != InvalidArgument {
			t.Errorf("base URI %.50q: %v", uri, err)
		}
	}
	if err := (Features{ImprovedPerformance: []string{"p", "q", "p"}}).Check(); KindOf(err) != InvalidArgument {
		t.Errorf("named twice: %v", err)
	}
}

func TestFilterAccepts(t *testing.T) {
	have := func(f Field) (string, bool) { return "Äb.Example", f == FieldDomain }
	text := func(m Match, s string) Filter { return Filter{Field: FieldDomain, Match: m, Text: s} }
	yes, no := text(Equals, "Äb.Example"), text(Equals, "äb.example")
	for name, test := range map[string]struct {
		f    Filter
		want bool
	}{
		"everything": {Filter{}, true}, "all of none": {Filter{All: []Filter{}}, true}, "any of none": {Filter{Any: []Filter{}}, false},
		"equal": {yes, true}, "other case": {no, false}, "folded": {text(EqualsFold, "äB.example"), true},
		"begins": {text(StartsWith, "Äb"), true}, "begins otherwise": {text(StartsWith, "äb"), false}, "begins folded": {text(StartsWithFold, "äb"), true},
		"contains": {text(Contains, "b.E"), true}, "contains no": {text(Contains, "x.E"), false}, "contains folded": {text(ContainsFold, "B.e"), true},
		"ends": {text(EndsWith, "ple"), true}, "ends otherwise": {text(EndsWith, "PLE"), false}, "ends folded": {text(EndsWithFold, "PLE"), true},
		"one of": {FieldDomain.In([]string{"x", "Äb.Example"}), true}, "one of none": {FieldDomain.In(nil), false},
		"not": {Filter{Not: &yes}, false}, "all": {Filter{All: []Filter{yes, yes}}, true}, "not all": {Filter{All: []Filter{yes, no}}, false},
		"any": {Filter{Any: []Filter{no, yes}}, true}, "not any": {Filter{Any: []Filter{no, no}}, false},
	} {
		if got, err := test.f.Accepts(have); err != nil || got != test.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	unknown := FieldName.Is("x")
	for name, f := range map[string]Filter{
		"another field": unknown, "beneath not": {Not: &unknown}, "beneath all": {All: []Filter{no, unknown}}, "beneath any": {Any: []Filter{yes, unknown}},
		"a time": {Field: FieldDomain, Match: Before}, "an unknown comparison": text(Match(99), ""), "negative": text(Match(-1), ""),
		"NUL": text(Equals, "\x00"), "too many": {All: slices.Repeat([]Filter{yes}, MaxFilterNodes+1)},
	} {
		if _, err := f.Accepts(have); KindOf(err) != InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
}
