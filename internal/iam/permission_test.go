package iam

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func levels() []Level {
	return []Level{LevelInstance, LevelOrg, LevelProject, LevelProjectGrant}
}

// TestPermissions spells out in a file what each role opens. A change there is
// a change of who may do what.
func TestPermissions(t *testing.T) {
	var text strings.Builder
	for _, level := range levels() {
		for _, role := range ManagerRoles(level) {
			fmt.Fprintf(&text, "%s (%s)\n", role, level)
			for _, p := range slices.Compact(slices.Sorted(slices.Values(role.permissions()))) {
				fmt.Fprintf(&text, "\t%s\n", p)
			}
		}
	}
	const path = "testdata/permissions.txt"
	if *update {
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("%s is not what the roles open; after looking at the difference: go test ./internal/iam -run TestPermissions -update", path)
	}
}

// TestRolesAgree holds what must be so whatever the table says.
func TestRolesAgree(t *testing.T) {
	for _, level := range append(levels(), "none") {
		for _, role := range ManagerRoles(level) {
			permissions := role.permissions()
			for _, p := range permissions {
				if !role.Allows(p) {
					t.Errorf("%s does not allow %s", role, p)
				}
				if p != UserSelfDelete && !IAMOwner.Allows(p) {
					t.Errorf("%s allows %s, which IAM_OWNER does not", role, p)
				}
				if strings.HasSuffix(string(role), "_VIEWER") && !p.Reads() {
					t.Errorf("%s allows %s, which does more than look", role, p)
				}
			}
			for _, p := range []Permission{"", "x"} {
				if role.Allows(p) {
					t.Errorf("%s allows %q", role, p)
				}
			}
		}
	}
	for _, role := range []ManagerRole{"", "ROOT", IAMLoginClient, IAMAdminImpersonator} {
		if len(role.permissions()) > 0 {
			t.Errorf("%q opens something", role)
		}
	}
	for p, want := range map[Permission]bool{OrgRead: true, UserMembershipRead: true, OrgWrite: false, ProjectCreate: false, ".read": false, "": false} {
		if got := p.Reads(); got != want {
			t.Errorf("%q reads: %v", p, got)
		}
	}
}
