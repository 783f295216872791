package iam

import (
	"slices"
	"strings"
	"unicode"
)

// Role is a key such as chat.admin.all that a project defines.
type Role struct {
	ProjectID   string
	Key         string
	DisplayName string
	Group       string
	OrgID       string // the project's organization
	Meta
}

// CheckRole says whether a role may look so. A key has no white space, since
// scopes that name roles are separated by it. Kind: InvalidArgument.
func CheckRole(r Role) error {
	if err := checkName("the role's key", r.Key); err != nil {
		return err
	}
	if strings.ContainsFunc(r.Key, unicode.IsSpace) {
		return Errorf(InvalidArgument, "ROLE-spc1x", "the role's key must not hold white space")
	}
	if err := checkText("the role's display name", r.DisplayName, true, MaxName); err != nil {
		return err
	}
	return checkText("the role's group", r.Group, true, MaxName)
}

// maxRoles bounds how many roles one request may name.
const maxRoles = 500

// RoleKeys returns keys sorted and without repetition. Kind: InvalidArgument
// for empty keys or too many.
func RoleKeys(keys []string) ([]string, error) {
	if len(keys) > maxRoles {
		return nil, Errorf(InvalidArgument, "ROLE-max1x", "at most %d roles can be named at once", maxRoles)
	}
	keys = append([]string{}, keys...) // never nil, which would differ from none in an event
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for _, k := range keys {
		if err := CheckRole(Role{Key: k}); err != nil {
			return nil, err
		}
	}
	return keys, nil
}
