package iam

import (
	"strings"
	"time"
)

// SettingName is under which name settings of the instance are kept.
type SettingName string

// The settings, beside one for each [SecretGeneratorType].
const (
	SecuritySetting SettingName = "security"
	FeaturesSetting SettingName = "features"
)

// Security is how the instance protects its users. It is kept for clients that
// set and read it, and has no effect yet. The zero Security is that of a new instance.
type Security struct {
	EmbeddedIframe bool     `json:"embeddedIframe"` // whether pages may be shown within others
	AllowedOrigins []string `json:"allowedOrigins"` // of those others
	Impersonation  bool     `json:"impersonation"`  // whether a user's token may be exchanged for another's
}

// MaxOrigins bounds how many origins may embed pages.
const MaxOrigins = 100

// Check checks the origins. Kind: InvalidArgument.
func (s Security) Check() error {
	if len(s.AllowedOrigins) > MaxOrigins {
		return Errorf(InvalidArgument, "SEC-many1", "there may be at most %d allowed origins", MaxOrigins).At(FieldAllowedOrigins)
	}
	for _, o := range s.AllowedOrigins {
		if !isHostSource(o) {
			return Errorf(InvalidArgument, "SEC-orig1",
				"an allowed origin must be like https://www.example.com, without a path; the scheme and a port are optional, a first label may be *").At(FieldAllowedOrigins)
		}
	}
	return nil
}

// isHostSource reports a host-source without a path, as the header
// Content-Security-Policy takes it (CSP Level 3 section 2.3.1).
func isHostSource(s string) bool {
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		if scheme != "http" && scheme != "https" {
			return false
		}
		s = rest
	}
	host, port, ok := strings.Cut(s, ":")
	if ok && port != "*" && (port == "" || len(port) > 5 || strings.Trim(port, "0123456789") != "") {
		return false
	}
	return isHost(strings.TrimPrefix(host, "*."))
}

// Inputs that can be wrong.
const (
	FieldAllowedOrigins Field = "allowed_origins"
	FieldLength         Field = "length"
)

// SecretGeneratorType is for what a generator makes secrets.
type SecretGeneratorType string

// The types. Their names are Zitadel's, without its prefix.
const (
	InitCodeGenerator          SecretGeneratorType = "init_code"
	VerifyEmailGenerator       SecretGeneratorType = "verify_email_code"
	VerifyPhoneGenerator       SecretGeneratorType = "verify_phone_code"
	PasswordResetGenerator     SecretGeneratorType = "password_reset_code"
	PasswordlessInitGenerator  SecretGeneratorType = "passwordless_init_code"
	ApplicationSecretGenerator SecretGeneratorType = "app_secret"
	OTPSMSGenerator            SecretGeneratorType = "otp_sms"
	OTPEmailGenerator          SecretGeneratorType = "otp_email"
)

// SecretGenerator is how secrets of one type are to be made. Those of Latchkey
// have fixed forms that are at least as strong, so what is said here is kept for
// whoever manages an instance as a whole, and changes nothing that is made.
type SecretGenerator struct {
	Length  int           `json:"length"`
	Expiry  time.Duration `json:"expiry"` // 0: never
	Lower   bool          `json:"lower"`
	Upper   bool          `json:"upper"`
	Digits  bool          `json:"digits"`
	Symbols bool          `json:"symbols"`
}

// SecretGeneratorTypes lists the types in the order of Zitadel's numbers, from 1.
func SecretGeneratorTypes() []SecretGeneratorType {
	return []SecretGeneratorType{
		InitCodeGenerator, VerifyEmailGenerator, VerifyPhoneGenerator, PasswordResetGenerator,
		PasswordlessInitGenerator, ApplicationSecretGenerator, OTPSMSGenerator, OTPEmailGenerator,
	}
}

// Setting is under which name the generator of the type is kept.
func (t SecretGeneratorType) Setting() SettingName {
	return SettingName("secret_generator." + string(t))
}

// Default is the generator of a new instance: Zitadel's.
func (t SecretGeneratorType) Default() SecretGenerator {
	switch t {
	case InitCodeGenerator:
		return SecretGenerator{Length: 6, Expiry: 72 * time.Hour, Upper: true, Digits: true}
	case PasswordlessInitGenerator:
		return SecretGenerator{Length: 12, Expiry: time.Hour, Lower: true, Upper: true, Digits: true}
	case ApplicationSecretGenerator:
		return SecretGenerator{Length: 64, Lower: true, Upper: true, Digits: true}
	case OTPSMSGenerator, OTPEmailGenerator:
		return SecretGenerator{Length: 8, Expiry: 5 * time.Minute, Digits: true}
	}
	return SecretGenerator{Length: 6, Expiry: time.Hour, Upper: true, Digits: true}
}

// Bounds of generated secrets: shorter ones can be guessed, longer ones gain nothing.
const (
	MinSecretLength = 4
	MaxSecretLength = 200
)

// Check checks length, expiry and characters. Kind: InvalidArgument.
func (g SecretGenerator) Check() error {
	switch {
	case g.Length < MinSecretLength || g.Length > MaxSecretLength:
		return Errorf(InvalidArgument, "SECGEN-len1", "the length must be between %d and %d", MinSecretLength, MaxSecretLength).At(FieldLength)
	case g.Expiry < 0 || g.Expiry > MaxLifetime:
		return Errorf(InvalidArgument, "SECGEN-exp1", "the expiry must be between nothing, which is never, and 400 days").At(FieldExpires)
	case !g.Lower && !g.Upper && !g.Digits && !g.Symbols:
		return Errorf(InvalidArgument, "SECGEN-chr1", "a secret needs letters, digits or symbols")
	}
	return nil
}
