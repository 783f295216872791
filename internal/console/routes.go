package console

// What a route takes: a page is fetched, an act is posted, a form is shown and
// posted at one address.
const (
	isPage = "GET"
	isAct  = "POST"
	isForm = "GET POST"
)

const (
	orgAt     = "/ui/console/orgs/{org}"
	projectAt = orgAt + "/projects/{project}"
	userAt    = orgAt + "/users/{user}"
)

// routes is every page and every act of the console.
func (h *Handler) routes() []route {
	return []route{
		{isPage, "/ui/{$}", anyone, toConsole},
		{isForm, "/ui/setup", anyone, setUp},
		{isForm, "/ui/login", anyone, signIn},
		{isAct, "/ui/logout", anyone, signOut},
		{isForm, "/ui/invitation", anyone, acceptInvitation},

		{isPage, "/ui/console/{$}", signedIn, start},
		{isForm, accountPath, signedIn, account},
		{isForm, accountPath + "/sessions", signedIn, sessions},
		{isPage, "/ui/console/instance", signedIn, instance},
		{isPage, "/ui/console/instance/activity", signedIn, instanceActivity},
		{isPage, "/ui/console/instance/managers", signedIn, managers},
		{isForm, "/ui/console/instance/managers/new", signedIn, newManager},
		{isForm, "/ui/console/instance/managers/{user}", signedIn, manager},
		{isForm, "/ui/console/instance/managers/{user}/delete", signedIn, deleteManager},
		{isPage, "/ui/console/orgs", signedIn, orgs},
		{isForm, "/ui/console/orgs/new", signedIn, newOrg},

		{isPage, orgAt, inOrg, orgHome},
		{isForm, orgAt + "/edit", inOrg, renameOrg},
		{isForm, orgAt + "/deactivate", inOrg, deactivateOrg},
		{isForm, orgAt + "/reactivate", inOrg, reactivateOrg},
		{isForm, orgAt + "/delete", inOrg, deleteOrg},
		{isPage, orgAt + "/activity", inOrg, orgActivity},
		{isPage, orgAt + "/authorizations", inOrg, orgAuthorizations},
		{isPage, orgAt + "/managers", inOrg, managers},
		{isForm, orgAt + "/managers/new", inOrg, newManager},
		{isForm, orgAt + "/managers/{user}", inOrg, manager},
		{isForm, orgAt + "/managers/{user}/delete", inOrg, deleteManager},

		{isPage, orgAt + "/projects", inOrg, projects},
		{isForm, orgAt + "/projects/new", inOrg, newProject},
		{isForm, projectAt, inOrg, project},
		{isForm, projectAt + "/deactivate", inOrg, deactivateProject},
		{isForm, projectAt + "/reactivate", inOrg, reactivateProject},
		{isForm, projectAt + "/delete", inOrg, deleteProject},
		{isPage, projectAt + "/roles", inOrg, roles},
		{isForm, projectAt + "/roles/new", inOrg, newRole},
		{isForm, projectAt + "/roles/several", inOrg, newRoles},
		{isForm, projectAt + "/roles/edit", inOrg, editRole},
		{isForm, projectAt + "/roles/delete", inOrg, deleteRole},
		{isPage, projectAt + "/grants", inOrg, projectGrants},
		{isForm, projectAt + "/grants/new", inOrg, newProjectGrant},
		{isForm, projectAt + "/grants/{grant}", inOrg, projectGrant},
		{isForm, projectAt + "/grants/{grant}/delete", inOrg, deleteProjectGrant},
		{isPage, projectAt + "/authorizations", inOrg, projectAuthorizations},
		{isPage, projectAt + "/activity", inOrg, projectActivity},
		{isPage, projectAt + "/managers", inOrg, managers},
		{isForm, projectAt + "/managers/new", inOrg, newManager},
		{isForm, projectAt + "/managers/{user}", inOrg, manager},
		{isForm, projectAt + "/managers/{user}/delete", inOrg, deleteManager},
		{isPage, orgAt + "/granted/{grant}", inOrg, grantedProject},

		{isPage, orgAt + "/users", inOrg, users},
		{isForm, orgAt + "/users/new", inOrg, newHuman},
		{isForm, orgAt + "/users/new-service-user", inOrg, newMachine},
		{isForm, userAt, inOrg, user},
		{isForm, userAt + "/deactivate", inOrg, deactivateUser},
		{isForm, userAt + "/reactivate", inOrg, reactivateUser},
		{isForm, userAt + "/unlock", inOrg, unlockUser},
		{isForm, userAt + "/delete", inOrg, deleteUser},
		{isForm, userAt + "/invitation", inOrg, inviteUser},
		{isForm, userAt + "/secret", inOrg, generateSecret},
		{isForm, userAt + "/secret/delete", inOrg, deleteSecret},
		{isAct, userAt + "/secret/shown", inOrg, secretShown},
		{isAct, userAt + "/secret/file", inOrg, secretFile},
		{isForm, userAt + "/quickstart", inOrg, quickStart},
		{isPage, userAt + "/authorizations", inOrg, userAuthorizations},
		{isForm, userAt + "/authorizations/new", inOrg, newAuthorization},
		{isForm, userAt + "/authorizations/{authorization}", inOrg, authorization},
		{isForm, userAt + "/authorizations/{authorization}/delete", inOrg, deleteAuthorization},
		{isPage, userAt + "/tokens", inOrg, tokensOf},
		{isForm, userAt + "/tokens/new", inOrg, newPAT},
		{isForm, userAt + "/tokens/{token}/delete", inOrg, deletePAT},
		{isPage, userAt + "/memberships", inOrg, membershipsOf},
		{isPage, userAt + "/activity", inOrg, userActivity},
	}
}
