package verify

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	strict "github.com/go-jose/go-jose/v4/json"
)

// Claims that Zitadel's clients and Latchkey agree on.
const (
	claimOwnerID     = "urn:zitadel:iam:user:resourceowner:id"
	claimOwnerName   = "urn:zitadel:iam:user:resourceowner:name"
	claimOwnerDomain = "urn:zitadel:iam:user:resourceowner:primary_domain"
	claimRolesBefore = "urn:zitadel:iam:org:project:"
	claimRolesAfter  = ":roles"
)

// maxNumericDate is the last second of the year 9999, the largest date that
// RFC 3339 can write.
const maxNumericDate = 253402300799

// claims holds the payload of a token by exact claim name.
type claims map[string]json.RawMessage

// parseClaims reads the payload. Its decoder refuses an object that has the
// same name twice, so no two readers can disagree about a claim.
func parseClaims(payload []byte) (claims, error) {
	var loose map[string]any
	if err := strict.Unmarshal(payload, &loose); err != nil || loose == nil {
		return nil, fmt.Errorf("%w: its payload is not a JSON object with distinct names", ErrMalformed)
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, fmt.Errorf("%w: its payload is not a JSON object", ErrMalformed)
	}
	return c, nil
}

// text returns a claim that is a string.
func (c claims) text(name string) (string, bool) {
	var text *string
	if err := json.Unmarshal(c[name], &text); err != nil || text == nil {
		return "", false
	}
	return *text, true
}

// texts returns a claim that is a string or an array of strings (RFC 7519
// section 4.1.3).
func (c claims) texts(name string) ([]string, error) {
	if one, ok := c.text(name); ok {
		return []string{one}, nil
	}
	var several []*string
	if err := json.Unmarshal(c[name], &several); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrClaims, name)
	}
	texts := make([]string, 0, len(several))
	for _, text := range several {
		if text == nil {
			return nil, fmt.Errorf("%w: %s", ErrClaims, name)
		}
		texts = append(texts, *text)
	}
	return texts, nil
}

// time returns a claim that is a NumericDate: seconds since 1970, perhaps with
// a fraction (RFC 7519 section 2).
func (c claims) time(name string) (time.Time, error) {
	var seconds *float64
	err := json.Unmarshal(c[name], &seconds)
	if err != nil || seconds == nil || *seconds < 0 || *seconds > maxNumericDate {
		return time.Time{}, fmt.Errorf("%w: %s", ErrClaims, name)
	}
	whole, fraction := math.Modf(*seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), nil
}

// roles returns role key -> organization id -> primary domain for a project;
// nothing when the token says nothing about it.
func (c claims) roles(project string) (map[string]map[string]string, error) {
	name := claimRolesBefore + project + claimRolesAfter
	raw, present := c[name]
	if !present {
		return nil, nil
	}
	var roles map[string]map[string]string
	if err := json.Unmarshal(raw, &roles); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrClaims, name)
	}
	delete(roles, "")
	return roles, nil
}
