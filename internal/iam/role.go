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
	if err := checkKey(FieldKey, r.Key); err != nil {
		return err
	}
	if err := checkText(FieldDisplayName, "the role's display name", r.DisplayName, true, MaxName); err != nil {
		return err
	}
	return checkText(FieldGroup, "the role's group", r.Group, true, MaxName)
}

func checkKey(f Field, key string) error {
	if err := checkName(f, "the role's key", key); err != nil {
		return err
	}
	if strings.ContainsFunc(key, unicode.IsSpace) {
		return Errorf(InvalidArgument, "ROLE-spc1x", "the role's key must not hold white space").At(f)
	}
	return nil
}

// maxRoles bounds how many roles one request may name.
const maxRoles = 500

// RoleKeys returns keys sorted and without repetition. Kind: InvalidArgument
// for keys that no role can have or too many.
func RoleKeys(keys []string) ([]string, error) {
	if len(keys) > maxRoles {
		return nil, Errorf(InvalidArgument, "ROLE-max1x", "at most %d roles can be named at once", maxRoles).At(FieldRoleKey)
	}
	keys = append([]string{}, keys...) // never nil, which would differ from none in an event
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for _, k := range keys {
		if err := checkKey(FieldRoleKey, k); err != nil {
			return nil, err
		}
	}
	return keys, nil
}
