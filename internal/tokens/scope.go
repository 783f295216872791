package tokens

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// Scopes is what a client asks for, read from the scope parameter (RFC 6749
// section 3.3). What is unknown, or is not the client's to ask, is dropped.
type Scopes struct {
	Granted       []string // as asked, without repetition
	Audience      []string // project ids, without repetition; the internal project's is filled in
	AllRoles      bool     // all roles on the audience
	Roles         []string // these roles on the audience
	RolesOfOrgs   []string // only roles that these organizations gave; empty: all
	ResourceOwner bool
	Metadata      bool   // the client's metadata
	OrgID         string // claims of the client's own organization
	OrgDomain     string
}

const (
	maxScopes    = 200
	maxScopeSize = 4 * iam.MaxName
)

// ParseScopes reads the scopes that a client of an organization asks for.
// Kind: InvalidArgument for too many or too long ones, and for characters that
// RFC 6749 appendix A.4 excludes; letters beyond ASCII pass, since role keys
// may hold them.
func ParseScopes(text string, org iam.Org, internalProjectID string) (Scopes, error) {
	var s Scopes
	n := 0
	for scope := range strings.SplitSeq(text, " ") {
		if scope == "" {
			continue
		}
		if n++; n > maxScopes || len(scope) > maxScopeSize {
			return s, iam.Errorf(iam.InvalidArgument, "SCOPE-max1x",
				"scope has too many parts, or one that is too long: at most %d parts of %d bytes", maxScopes, maxScopeSize)
		}
		if !utf8.ValidString(scope) || strings.ContainsFunc(scope, excluded) {
			return s, iam.Errorf(iam.InvalidArgument, "SCOPE-chr1x",
				"scope holds a control character, a quote, a backslash or bytes that are not UTF-8")
		}
		if slices.Contains(s.Granted, scope) {
			continue
		}
		if s.take(scope, org, internalProjectID) {
			s.Granted = append(s.Granted, scope)
		}
	}
	return s, nil
}

func excluded(r rune) bool { return r <= ' ' || r == '"' || r == '\\' || r == 0x7f }

// take notes what one scope asks for, and whether it is granted.
func (s *Scopes) take(scope string, org iam.Org, internalProjectID string) bool {
	switch scope {
	case iam.ScopeOpenID, iam.ScopeProfile, iam.ScopeEmail, iam.ScopePhone, iam.ScopeAddress,
		iam.ScopeOfflineAccess:
		return true // nothing in an access token
	case iam.ScopeMetadata:
		s.Metadata = true
		return true
	case iam.ScopeProjectsRoles:
		s.AllRoles = true
		return true
	case iam.ScopeResourceOwner:
		s.ResourceOwner = true
		return true
	case iam.ScopeInternalAudience:
		s.addAudience(internalProjectID)
		return true
	}
	if rest, ok := strings.CutPrefix(scope, iam.ScopeProjectIDPrefix); ok {
		id, ok := strings.CutSuffix(rest, iam.ScopeAudienceSuffix)
		if !ok || id == "" {
			return false
		}
		s.addAudience(id)
		return true
	}
	if key, ok := strings.CutPrefix(scope, iam.ScopeRolePrefix); ok && key != "" {
		s.Roles = append(s.Roles, key)
		return true
	}
	if id, ok := strings.CutPrefix(scope, iam.ScopeOrgRolesPrefix); ok && id != "" {
		s.RolesOfOrgs = append(s.RolesOfOrgs, id)
		return true
	}
	if id, ok := strings.CutPrefix(scope, iam.ScopeOrgIDPrefix); ok && id == org.ID {
		s.OrgID, s.ResourceOwner = id, true
		return true
	}
	if domain, ok := strings.CutPrefix(scope, iam.ScopeOrgDomainPrefix); ok && domain == org.PrimaryDomain {
		s.OrgDomain = domain
		return true
	}
	return strings.HasPrefix(scope, iam.ScopeIdentityProviderPre)
}

func (s *Scopes) addAudience(id string) {
	if !slices.Contains(s.Audience, id) {
		s.Audience = append(s.Audience, id)
	}
}

// wantsRoles reports whether any role is asked for.
func (s *Scopes) wantsRoles() bool {
	return len(s.Audience) > 0 && (s.AllRoles || len(s.Roles) > 0)
}

// wantsRole reports whether one role is asked for.
func (s *Scopes) wantsRole(key string) bool { return s.AllRoles || slices.Contains(s.Roles, key) }

// wantsRolesOf reports whether roles that an organization gave are asked for.
func (s *Scopes) wantsRolesOf(orgID string) bool {
	return len(s.RolesOfOrgs) == 0 || slices.Contains(s.RolesOfOrgs, orgID)
}
