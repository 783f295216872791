package iam

import "slices"

// Permission is one thing that a manager role allows. The names are Zitadel's.
type Permission string

// The permissions.
const (
	InstanceRead Permission = "iam.read"
	InstanceSet  Permission = "iam.write"
	EventsRead   Permission = "events.read"

	InstancePolicyRead  Permission = "iam.policy.read"
	InstancePolicyWrite Permission = "iam.policy.write"
	FeatureRead         Permission = "iam.feature.read"
	FeatureWrite        Permission = "iam.feature.write"
	FeatureDelete       Permission = "iam.feature.delete"
	WebKeyRead          Permission = "iam.web_key.read"
	WebKeyWrite         Permission = "iam.web_key.write"
	WebKeyDelete        Permission = "iam.web_key.delete"
	PolicyRead          Permission = "policy.read"

	OrgRead       Permission = "org.read"
	OrgGlobalRead Permission = "org.global.read"
	OrgCreate     Permission = "org.create"
	OrgWrite      Permission = "org.write"
	OrgDelete     Permission = "org.delete"

	UserRead            Permission = "user.read"
	UserGlobalRead      Permission = "user.global.read"
	UserWrite           Permission = "user.write"
	UserDelete          Permission = "user.delete"
	UserSelfDelete      Permission = "user.self.delete"
	UserMembershipRead  Permission = "user.membership.read"
	UserCredentialWrite Permission = "user.credential.write"

	AuthorizationRead   Permission = "user.grant.read"
	AuthorizationWrite  Permission = "user.grant.write"
	AuthorizationDelete Permission = "user.grant.delete"

	ProjectRead   Permission = "project.read"
	ProjectCreate Permission = "project.create"
	ProjectWrite  Permission = "project.write"
	ProjectDelete Permission = "project.delete"

	RoleRead   Permission = "project.role.read"
	RoleWrite  Permission = "project.role.write"
	RoleDelete Permission = "project.role.delete"

	ApplicationRead   Permission = "project.app.read"
	ApplicationWrite  Permission = "project.app.write"
	ApplicationDelete Permission = "project.app.delete"

	ProjectGrantRead   Permission = "project.grant.read"
	ProjectGrantWrite  Permission = "project.grant.write"
	ProjectGrantDelete Permission = "project.grant.delete"

	InstanceMemberRead       Permission = "iam.member.read"
	InstanceMemberWrite      Permission = "iam.member.write"
	InstanceMemberDelete     Permission = "iam.member.delete"
	OrgMemberRead            Permission = "org.member.read"
	OrgMemberWrite           Permission = "org.member.write"
	OrgMemberDelete          Permission = "org.member.delete"
	ProjectMemberRead        Permission = "project.member.read"
	ProjectMemberWrite       Permission = "project.member.write"
	ProjectMemberDelete      Permission = "project.member.delete"
	ProjectGrantMemberRead   Permission = "project.grant.member.read"
	ProjectGrantMemberWrite  Permission = "project.grant.member.write"
	ProjectGrantMemberDelete Permission = "project.grant.member.delete"
)

// Reads reports whether the permission only looks.
func (p Permission) Reads() bool {
	const suffix = ".read"
	return len(p) > len(suffix) && p[len(p)-len(suffix):] == suffix
}

// permissions lists what each manager role allows within its reach.
func (r ManagerRole) permissions() []Permission {
	var (
		instanceReads = []Permission{InstanceRead, EventsRead, InstanceMemberRead, InstancePolicyRead, FeatureRead, WebKeyRead}
		instanceAll   = slices.Concat(instanceReads, []Permission{
			InstanceSet, InstanceMemberWrite, InstanceMemberDelete, InstancePolicyWrite,
			FeatureWrite, FeatureDelete, WebKeyWrite, WebKeyDelete,
		})
		globalReads  = []Permission{OrgGlobalRead, UserGlobalRead}
		userReads    = []Permission{UserRead, UserGlobalRead, UserMembershipRead}
		userAll      = slices.Concat(userReads, []Permission{UserWrite, UserDelete, UserCredentialWrite})
		authAll      = []Permission{AuthorizationRead, AuthorizationWrite, AuthorizationDelete}
		projectReads = []Permission{ProjectRead, RoleRead, ProjectGrantRead, ApplicationRead}
		grantAll     = []Permission{ProjectGrantRead, ProjectGrantWrite, ProjectGrantDelete}
		projectAll   = slices.Concat(projectReads, grantAll, []Permission{
			ProjectWrite, ProjectDelete, RoleWrite, RoleDelete, ApplicationWrite, ApplicationDelete,
		})
		projectMembers = []Permission{ProjectMemberRead, ProjectMemberWrite, ProjectMemberDelete}
		grantMembers   = []Permission{ProjectGrantMemberRead, ProjectGrantMemberWrite, ProjectGrantMemberDelete}
		orgMembers     = []Permission{OrgMemberRead, OrgMemberWrite, OrgMemberDelete}
		memberReads    = []Permission{OrgMemberRead, ProjectMemberRead, ProjectGrantMemberRead}
		orgAll         = slices.Concat([]Permission{OrgRead, OrgWrite, OrgDelete, ProjectCreate, PolicyRead},
			globalReads, userAll, authAll, projectAll, orgMembers, projectMembers, grantMembers)
		reads = slices.Concat([]Permission{OrgRead, PolicyRead, AuthorizationRead}, userReads, projectReads, memberReads)
	)
	switch r {
	case IAMOwner:
		return slices.Concat([]Permission{OrgCreate}, instanceAll, orgAll)
	case IAMOwnerViewer:
		return slices.Concat(instanceReads, []Permission{OrgGlobalRead}, reads)
	case IAMOrgManager:
		return slices.Concat([]Permission{OrgCreate}, orgAll)
	case IAMUserManager:
		return slices.Concat([]Permission{OrgRead, OrgGlobalRead, OrgMemberRead, OrgMemberDelete, ProjectMemberRead, ProjectGrantMemberRead},
			userAll, authAll, projectReads, grantAll)
	case OrgOwner:
		return orgAll
	case OrgOwnerViewer:
		return reads
	case OrgUserManager:
		return slices.Concat([]Permission{OrgRead, ProjectRead, RoleRead}, userAll, authAll)
	case OrgSettingsManager:
		return []Permission{OrgRead, OrgWrite, OrgMemberRead, PolicyRead}
	case OrgUserPermissionEditor:
		return slices.Concat([]Permission{OrgRead, UserRead, UserGlobalRead}, authAll, projectReads, memberReads)
	case OrgProjectPermissionEditor:
		return slices.Concat([]Permission{OrgRead, UserRead, UserGlobalRead}, authAll, projectReads, grantAll, memberReads)
	case OrgProjectCreator:
		return []Permission{ProjectCreate, UserGlobalRead}
	case OrgUserSelfManager:
		return []Permission{UserSelfDelete}
	case ProjectOwner, ProjectOwnerGlobal:
		return slices.Concat(globalReads, authAll, projectAll, projectMembers)
	case ProjectOwnerViewer, ProjectOwnerViewerGlobal:
		return slices.Concat([]Permission{UserGlobalRead, AuthorizationRead, ProjectMemberRead}, projectReads)
	case ProjectGrantOwner:
		return slices.Concat(globalReads, []Permission{ProjectRead, RoleRead, ProjectGrantRead}, authAll, grantMembers)
	case ProjectGrantOwnerViewer:
		return []Permission{ProjectRead, RoleRead, ProjectGrantRead, AuthorizationRead, ProjectGrantMemberRead}
	}
	return nil // impersonation and login-client roles open nothing in this API yet
}

// Allows reports whether the role has the permission within its reach.
func (r ManagerRole) Allows(p Permission) bool { return slices.Contains(r.permissions(), p) }
