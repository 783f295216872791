package iam

import (
	"slices"
	"strings"
)

// Level says what a membership is of, and so how far its roles reach.
type Level string

// The levels.
const (
	LevelInstance     Level = "instance"
	LevelOrg          Level = "org"
	LevelProject      Level = "project"
	LevelProjectGrant Level = "project_grant"
)

// ManagerRole is a role on Latchkey itself, as opposed to one that a project defines.
type ManagerRole string

// The manager roles that can be given.
const (
	IAMOwner                   ManagerRole = "IAM_OWNER"
	IAMOwnerViewer             ManagerRole = "IAM_OWNER_VIEWER"
	IAMOrgManager              ManagerRole = "IAM_ORG_MANAGER"
	IAMUserManager             ManagerRole = "IAM_USER_MANAGER"
	IAMAdminImpersonator       ManagerRole = "IAM_ADMIN_IMPERSONATOR"
	IAMEndUserImpersonator     ManagerRole = "IAM_END_USER_IMPERSONATOR"
	IAMLoginClient             ManagerRole = "IAM_LOGIN_CLIENT"
	OrgOwner                   ManagerRole = "ORG_OWNER"
	OrgOwnerViewer             ManagerRole = "ORG_OWNER_VIEWER"
	OrgUserManager             ManagerRole = "ORG_USER_MANAGER"
	OrgSettingsManager         ManagerRole = "ORG_SETTINGS_MANAGER"
	OrgUserPermissionEditor    ManagerRole = "ORG_USER_PERMISSION_EDITOR"
	OrgProjectPermissionEditor ManagerRole = "ORG_PROJECT_PERMISSION_EDITOR"
	OrgProjectCreator          ManagerRole = "ORG_PROJECT_CREATOR"
	OrgAdminImpersonator       ManagerRole = "ORG_ADMIN_IMPERSONATOR"
	OrgEndUserImpersonator     ManagerRole = "ORG_END_USER_IMPERSONATOR"
	OrgUserSelfManager         ManagerRole = "ORG_USER_SELF_MANAGER"
	ProjectOwner               ManagerRole = "PROJECT_OWNER"
	ProjectOwnerViewer         ManagerRole = "PROJECT_OWNER_VIEWER"
	ProjectOwnerGlobal         ManagerRole = "PROJECT_OWNER_GLOBAL"
	ProjectOwnerViewerGlobal   ManagerRole = "PROJECT_OWNER_VIEWER_GLOBAL"
	ProjectGrantOwner          ManagerRole = "PROJECT_GRANT_OWNER"
	ProjectGrantOwnerViewer    ManagerRole = "PROJECT_GRANT_OWNER_VIEWER"
)

// ManagerRoles lists the roles that can be given at a level, in a stable order.
func ManagerRoles(level Level) []ManagerRole {
	switch level {
	case LevelInstance:
		return []ManagerRole{
			IAMOwner, IAMOwnerViewer, IAMOrgManager, IAMUserManager,
			IAMAdminImpersonator, IAMEndUserImpersonator, IAMLoginClient,
		}
	case LevelOrg:
		return []ManagerRole{
			OrgOwner, OrgOwnerViewer, OrgUserManager, OrgSettingsManager, OrgUserPermissionEditor,
			OrgProjectPermissionEditor, OrgProjectCreator, OrgAdminImpersonator, OrgEndUserImpersonator, OrgUserSelfManager,
		}
	case LevelProject:
		return []ManagerRole{ProjectOwner, ProjectOwnerViewer, ProjectOwnerGlobal, ProjectOwnerViewerGlobal}
	case LevelProjectGrant:
		return []ManagerRole{ProjectGrantOwner, ProjectGrantOwnerViewer}
	}
	return nil
}

// Membership says which manager roles a user holds on one resource.
type Membership struct {
	UserID     string
	Level      Level
	ResourceID string // instance, organization, project or project grant id
	Roles      []ManagerRole
	// OrgID owns the resource: for a project its organization, for a project grant the
	// organization that it was granted to; empty for the instance.
	OrgID string
	// ProjectID is the project's id at the project and project grant levels.
	ProjectID string
	Meta

	// Of the joined objects, for display.
	UserName     string
	UserOrgID    string
	UserType     UserType
	UserLabel    string
	FirstName    string
	LastName     string
	Email        string
	ResourceName string
}

// CheckManagerRoles returns roles sorted and without repetition if every one can
// be given at the level and there is at least one. Kind: InvalidArgument.
func CheckManagerRoles(level Level, roles []string) ([]ManagerRole, error) {
	if len(roles) == 0 {
		return nil, Errorf(InvalidArgument, "MEMBER-no1", "at least one role must be named").At(FieldRoles)
	}
	if len(roles) > maxRoles {
		return nil, Errorf(InvalidArgument, "MEMBER-mx1", "at most %d roles can be named at once", maxRoles).At(FieldRoles)
	}
	known := ManagerRoles(level)
	out := make([]ManagerRole, 0, len(roles))
	for _, r := range roles {
		if !slices.Contains(known, ManagerRole(r)) {
			names := make([]string, len(known))
			for i, k := range known {
				names[i] = string(k)
			}
			return nil, Errorf(InvalidArgument, "MEMBER-un1",
				"a role that was named cannot be given here; these can: %s", strings.Join(names, ", ")).At(FieldRoles)
		}
		out = append(out, ManagerRole(r))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
