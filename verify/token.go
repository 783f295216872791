package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Token is an access token that was found good. It does not hold the token's
// text, so it may be logged.
type Token struct {
	claims   claims
	project  string
	subject  string
	clientID string
	id       string
	audience []string
	expiry   time.Time
	roles    map[string]map[string]string
}

// ResourceOwner is the organization that a user belongs to.
type ResourceOwner struct {
	ID            string
	Name          string
	PrimaryDomain string
}

// Subject returns the id of the user the token was issued to (claim sub).
func (t *Token) Subject() string { return t.subject }

// ClientID returns the client that asked for the token (claim client_id, RFC
// 8693 section 4.3): for a service user its user name.
func (t *Token) ClientID() string { return t.clientID }

// ID returns the id of the token itself (claim jti).
func (t *Token) ID() string { return t.id }

// Audience returns whom the token is meant for (claim aud): project ids.
func (t *Token) Audience() []string { return slices.Clone(t.audience) }

// Expiry returns when the token ends (claim exp).
func (t *Token) Expiry() time.Time { return t.expiry }

// Roles returns the keys of the roles that the user holds on the verifier's
// project in any organization, sorted.
func (t *Token) Roles() []string { return slices.Sorted(maps.Keys(t.roles)) }

// HasRole reports whether the user holds a role on the verifier's project, in
// any organization. A backend that serves several organizations asks RoleOrgs.
func (t *Token) HasRole(key string) bool {
	_, ok := t.roles[key]
	return ok
}

// RolesOf returns the keys of the roles on another project, sorted. They are
// there only if the client asked for that project's audience too.
func (t *Token) RolesOf(project string) []string {
	roles, err := t.claims.roles(project)
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(roles))
}

// RoleOrgs returns the organizations in which the user holds a role on the
// verifier's project: primary domain by organization id.
func (t *Token) RoleOrgs(key string) map[string]string { return maps.Clone(t.roles[key]) }

// ResourceOwner returns the user's organization. It is empty unless the client
// asked for the scope urn:zitadel:iam:user:resourceowner.
func (t *Token) ResourceOwner() ResourceOwner {
	var owner ResourceOwner
	owner.ID, _ = t.claims.text(claimOwnerID)
	owner.Name, _ = t.claims.text(claimOwnerName)
	owner.PrimaryDomain, _ = t.claims.text(claimOwnerDomain)
	return owner
}

// Claim decodes any other claim into v, as encoding/json does. It reports
// whether the token has the claim.
func (t *Token) Claim(name string, v any) (bool, error) {
	raw, ok := t.claims[name]
	if !ok {
		return false, nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return true, fmt.Errorf("claim %s: %w", name, err)
	}
	return true, nil
}
