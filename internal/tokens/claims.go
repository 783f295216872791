package tokens

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// claims is what a JWT access token of a service user says (RFC 7519 section
// 4.1, and Zitadel's reserved claims).
type claims struct {
	issuer    string
	subject   string
	audience  []string
	issuedAt  int64 // Unix seconds, also "nbf"
	expires   int64
	tokenID   string
	clientID  string
	org       *iam.Org // the user's organization
	scopes    *Scopes
	metadata  []byte // as a JSON object; empty where there is none, or it was not asked for
	roleLists []projectRoles
}

// appendJSON appends the claims as a JSON object. It is written out by hand
// because it runs once a token, where encoding/json would cost more than
// everything else but the signature.
func (c *claims) appendJSON(b []byte) []byte {
	b = append(b, `{"iss":`...)
	b = appendString(b, c.issuer)
	b = append(b, `,"sub":`...)
	b = appendString(b, c.subject)
	b = append(b, `,"aud":[`...)
	for i, a := range c.audience {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, a)
	}
	b = append(b, `],"exp":`...)
	b = strconv.AppendInt(b, c.expires, 10)
	b = append(b, `,"iat":`...)
	b = strconv.AppendInt(b, c.issuedAt, 10)
	b = append(b, `,"nbf":`...)
	b = strconv.AppendInt(b, c.issuedAt, 10)
	b = appendClaim(b, iam.ClaimTokenID, c.tokenID)
	b = appendClaim(b, iam.ClaimClientID, c.clientID)
	if c.scopes.OrgID != "" {
		b = appendClaim(b, iam.ClaimOrgID, c.scopes.OrgID)
	}
	if c.scopes.OrgDomain != "" {
		b = appendClaim(b, iam.ClaimOrgDomain, c.scopes.OrgDomain)
	}
	if c.scopes.ResourceOwner {
		b = appendClaim(b, iam.ClaimResourceOwnerID, c.org.ID)
		b = appendClaim(b, iam.ClaimResourceOwnerName, c.org.Name)
		b = appendClaim(b, iam.ClaimResourceOwnerPrimaryDomain, c.org.PrimaryDomain)
	}
	if len(c.metadata) > 0 {
		b = append(b, `,"`+iam.ClaimMetadata+`":`...)
		b = append(b, c.metadata...)
	}
	for _, p := range c.roleLists {
		b = append(b, ',')
		b = appendString(b, iam.ClaimProjectRolesPrefix+p.projectID+iam.ClaimProjectRolesSuffix)
		b = append(b, ':')
		b = appendRoles(b, p.roles)
	}
	return append(b, '}')
}

// appendRoles appends {"role": {"organization id": "its primary domain"}}; the
// roles are sorted.
func appendRoles(b []byte, roles []heldRole) []byte {
	b = append(b, '{')
	for i, r := range roles {
		switch {
		case i > 0 && roles[i-1].key == r.key:
			b = append(b, ',')
		case i > 0:
			b = append(b, "},"...)
			fallthrough
		default:
			b = appendString(b, r.key)
			b = append(b, ":{"...)
		}
		b = appendString(b, r.orgID)
		b = append(b, ':')
		b = appendString(b, r.domain)
	}
	if len(roles) > 0 {
		b = append(b, '}')
	}
	return append(b, '}')
}

// appendMetadata appends metadata as a JSON object of base64url without padding,
// or nothing where there is none.
func appendMetadata(b []byte, entries []iam.MetadataEntry) []byte {
	for i, e := range entries {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		b = appendString(append(b, sep), e.Key)
		b = append(b, `:"`...)
		b = base64.RawURLEncoding.AppendEncode(b, e.Value)
		b = append(b, '"')
	}
	if len(entries) > 0 {
		b = append(b, '}')
	}
	return b
}

func appendClaim(b []byte, name, value string) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":`...)
	return appendString(b, value)
}

// appendString appends s as a JSON string (RFC 8259 section 7). Bytes that are
// not UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			b = append(b, s[start:i]...)
			b = append(b, `\ufffd`...)
		} else {
			b = append(b, s[start:i]...)
			if c == '"' || c == '\\' {
				b = append(b, '\\', c)
			} else {
				b = append(b, `\u00`...)
				b = append(b, hex[c>>4], hex[c&15])
			}
		}
		i++
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
