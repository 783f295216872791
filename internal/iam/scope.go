package iam

// Scopes that a client may ask for: OpenID Connect Core 1.0 section 5.4, and Zitadel's reserved ones.
const (
	ScopeOpenID        = "openid"
	ScopeProfile       = "profile"
	ScopeEmail         = "email"
	ScopePhone         = "phone"
	ScopeAddress       = "address"
	ScopeOfflineAccess = "offline_access"

	ScopeRolePrefix          = "urn:zitadel:iam:org:project:role:"          // + role key
	ScopeProjectsRoles       = "urn:zitadel:iam:org:projects:roles"         // all roles on the audience
	ScopeOrgIDPrefix         = "urn:zitadel:iam:org:id:"                    // + organization id
	ScopeOrgDomainPrefix     = "urn:zitadel:iam:org:domain:primary:"        // + domain
	ScopeOrgRolesPrefix      = "urn:zitadel:iam:org:roles:id:"              // + organization id
	ScopeProjectIDPrefix     = "urn:zitadel:iam:org:project:id:"            // + project id + ScopeAudienceSuffix
	ScopeAudienceSuffix      = ":aud"                                       //
	ScopeInternalAudience    = "urn:zitadel:iam:org:project:id:zitadel:aud" // Latchkey's own API
	ScopeMetadata            = "urn:zitadel:iam:user:metadata"
	ScopeResourceOwner       = "urn:zitadel:iam:user:resourceowner"
	ScopeIdentityProviderPre = "urn:zitadel:iam:org:idp:id:" // login hint, without effect here
)

// Claims of access tokens: RFC 7519 section 4.1, RFC 8693 section 4.3, and Zitadel's reserved ones.
const (
	ClaimIssuer    = "iss"
	ClaimSubject   = "sub"
	ClaimAudience  = "aud"
	ClaimExpires   = "exp"
	ClaimNotBefore = "nbf"
	ClaimIssuedAt  = "iat"
	ClaimTokenID   = "jti"
	ClaimClientID  = "client_id"

	ClaimOrgID                      = "urn:zitadel:iam:org:id"
	ClaimOrgDomain                  = "urn:zitadel:iam:org:domain:primary"
	ClaimMetadata                   = "urn:zitadel:iam:user:metadata" // key to base64url without padding
	ClaimResourceOwnerID            = "urn:zitadel:iam:user:resourceowner:id"
	ClaimResourceOwnerName          = "urn:zitadel:iam:user:resourceowner:name"
	ClaimResourceOwnerPrimaryDomain = "urn:zitadel:iam:user:resourceowner:primary_domain"
	ClaimProjectRolesPrefix         = "urn:zitadel:iam:org:project:" // + project id + ClaimProjectRolesSuffix
	ClaimProjectRolesSuffix         = ":roles"
)
