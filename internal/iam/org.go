package iam

import (
	"strings"
	"unicode"
)

// State of an object that can be switched off and on again. Removed objects are gone.
type State string

// The states.
const (
	Active   State = "active"
	Inactive State = "inactive"
	Locked   State = "locked" // users only
)

// Org is a tenant: it owns users and projects.
type Org struct {
	ID            string
	Name          string
	State         State
	PrimaryDomain string
	Meta
}

// CheckOrgName says whether an organization may be called so. Kind: InvalidArgument.
func CheckOrgName(name string) error {
	if err := checkName(FieldName, "the organization's name", name); err != nil {
		return err
	}
	if slug(name) == "" {
		return Errorf(InvalidArgument, "ORG-name1", "the organization's name must hold a letter or a digit").At(FieldName)
	}
	return nil
}

// PrimaryDomain derives an organization's primary domain from its name and the
// host of the issuer: ZITADEL on localhost gets zitadel.localhost. The domain is
// folded (see [Fold]) already.
func PrimaryDomain(name, host string) string { return slug(name) + "." + Fold(host) }

// slug keeps letters and digits of any script, folded, and joins them by
// single dashes, at most 63 bytes: one DNS label, by eye if not by IDNA.
func slug(name string) string {
	var b strings.Builder
	dash := false
	for _, r := range Fold(name) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			dash = b.Len() > 0
			continue
		}
		if b.Len()+len(string(r))+1 > 63 {
			break
		}
		if dash {
			b.WriteByte('-')
			dash = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
