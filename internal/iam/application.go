package iam

import "slices"

// ApplicationType tells the kinds of application apart.
type ApplicationType string

// The types.
const (
	API  ApplicationType = "api"  // introspects tokens
	OIDC ApplicationType = "oidc" // signs humans in
)

// AuthMethod is how an application proves at our endpoints which one it is. The
// names are those of token_endpoint_auth_method (OpenID Connect Core 1.0 section 9).
type AuthMethod string

// The methods.
const (
	AuthBasic         AuthMethod = "client_secret_basic"
	AuthPost          AuthMethod = "client_secret_post" // OIDC only
	AuthNone          AuthMethod = "none"               // OIDC only
	AuthPrivateKeyJWT AuthMethod = "private_key_jwt"
)

// HasSecret reports whether the method is a client secret.
func (m AuthMethod) HasSecret() bool { return m == AuthBasic || m == AuthPost }

// AuthMethods lists the methods that applications of a type can have.
func (t ApplicationType) AuthMethods() []AuthMethod {
	if t == API {
		return []AuthMethod{AuthBasic, AuthPrivateKeyJWT}
	}
	return []AuthMethod{AuthBasic, AuthPost, AuthNone, AuthPrivateKeyJWT}
}

// Application is a client of a project: an API that introspects tokens, or an
// OIDC client. Its client_id is unique among applications, and no user name equals
// it, since those are client_ids too.
type Application struct {
	ID         string
	ProjectID  string
	OrgID      string // the project's organization
	Name       string
	State      State
	Type       ApplicationType
	ClientID   string
	AuthMethod AuthMethod
	Secret     []byte     // SHA-256 of the client secret; nil where there is none
	OIDC       OIDCConfig // of OIDC applications
	Meta
}

// CheckApplication says whether an application may look so. Kind: InvalidArgument.
func CheckApplication(a Application) error {
	if err := checkName(FieldName, "the application's name", a.Name); err != nil {
		return err
	}
	if a.Type != API && a.Type != OIDC {
		return Errorf(InvalidArgument, "APP-type1x", "an application is an API or an OIDC client").At(FieldApplicationType)
	}
	if !slices.Contains(a.Type.AuthMethods(), a.AuthMethod) {
		return Errorf(InvalidArgument, "APP-auth1x", "an application of this type cannot authenticate in this way").At(FieldAuthMethod)
	}
	if a.Type == OIDC {
		return a.OIDC.check()
	}
	return nil
}
