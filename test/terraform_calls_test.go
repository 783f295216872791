package test

// terraformCalls are the methods that the provider calls for the resources and
// data sources that a server of service users needs. The test calls each.
func terraformCalls() []string {
	return []string{
		"org.v2.AddOrganization", "org.v2.UpdateOrganization", "org.v2.DeleteOrganization", "org.v2.ListOrganizations",
		"admin.v1.GetOrgByID", "admin.v1.GetDefaultOrg", "admin.v1.SetDefaultOrg", "admin.v1.ListOrgs",
		"management.v1.AddProject", "management.v1.GetProjectByID", "management.v1.UpdateProject", "management.v1.RemoveProject",
		"management.v1.ListProjects",
		"project.v2.CreateProject", "project.v2.GetProject", "project.v2.UpdateProject", "project.v2.DeleteProject",
		"project.v2.ListProjects",
		"management.v1.AddProjectRole", "management.v1.ListProjectRoles", "management.v1.UpdateProjectRole",
		"management.v1.RemoveProjectRole",
		"management.v1.AddProjectGrant", "management.v1.GetProjectGrantByID", "management.v1.UpdateProjectGrant",
		"management.v1.RemoveProjectGrant",
		"user.v2.CreateUser", "user.v2.GetUserByID", "user.v2.UpdateUser", "user.v2.DeleteUser", "user.v2.ListUsers",
		"management.v1.UpdateMachine", "management.v1.GenerateMachineSecret", "management.v1.RemoveMachineSecret",
		"management.v1.AddPersonalAccessToken", "management.v1.GetPersonalAccessTokenByIDs",
		"management.v1.RemovePersonalAccessToken",
		"management.v1.AddUserGrant", "management.v1.GetUserGrantByID", "management.v1.UpdateUserGrant",
		"management.v1.RemoveUserGrant", "management.v1.ListUserGrants",
		"management.v1.AddOrgMember", "management.v1.ListOrgMembers", "management.v1.UpdateOrgMember", "management.v1.RemoveOrgMember",
		"management.v1.AddProjectMember", "management.v1.ListProjectMembers", "management.v1.UpdateProjectMember",
		"management.v1.RemoveProjectMember",
		"management.v1.AddProjectGrantMember", "management.v1.ListProjectGrantMembers", "management.v1.UpdateProjectGrantMember",
		"management.v1.RemoveProjectGrantMember",
		"admin.v1.AddIAMMember", "admin.v1.ListIAMMembers", "admin.v1.UpdateIAMMember", "admin.v1.RemoveIAMMember",
		"management.v1.SetUserMetadata", "management.v1.GetUserMetadata", "management.v1.RemoveUserMetadata", "management.v1.ListUserMetadata",
		"management.v1.SetOrgMetadata", "management.v1.GetOrgMetadata", "management.v1.RemoveOrgMetadata",
		"org.v2.SetOrganizationMetadata", "org.v2.ListOrganizationMetadata", "org.v2.DeleteOrganizationMetadata",
		"management.v1.AddAPIApp", "management.v1.AddOIDCApp", "management.v1.GetAppByID", "management.v1.UpdateApp",
		"management.v1.UpdateAPIAppConfig", "management.v1.UpdateOIDCAppConfig", "management.v1.RemoveApp", "management.v1.ListApps",
		"management.v1.AddAppKey", "management.v1.GetAppKey", "management.v1.RemoveAppKey",
		"application.v2.CreateApplication", "application.v2.GetApplication", "application.v2.UpdateApplication",
		"application.v2.DeleteApplication", "application.v2.ListApplications",
		"management.v1.AddMachineKey", "management.v1.GetMachineKeyByIDs", "management.v1.RemoveMachineKey",
		"management.v1.AddOrgDomain", "management.v1.ListOrgDomains", "management.v1.SetPrimaryOrgDomain", "management.v1.RemoveOrgDomain",
		"admin.v1.GetOIDCSettings", "admin.v1.UpdateOIDCSettings", "admin.v1.GetSecretGenerator", "admin.v1.UpdateSecretGenerator",
		"settings.v2.GetSecuritySettings", "settings.v2.SetSecuritySettings",
		"instance.v2.GetInstance", "instance.v2.ListTrustedDomains", "instance.v2.AddTrustedDomain", "instance.v2.RemoveTrustedDomain",
		"webkey.v2beta.CreateWebKey", "webkey.v2beta.ListWebKeys", "webkey.v2beta.ActivateWebKey", "webkey.v2beta.DeleteWebKey",
	}
}

// terraformOldCalls are those that the provider falls back to.
func terraformOldCalls() []string {
	return []string{
		"management.v1.AddOrg", "management.v1.UpdateOrg", "admin.v1.RemoveOrg",
		"management.v1.AddMachineUser", "management.v1.GetUserByID", "management.v1.UpdateUserName", "management.v1.RemoveUser",
		"management.v1.ListUsers",
		"management.v1.ImportHumanUser", "management.v1.UpdateHumanProfile", "management.v1.UpdateHumanEmail",
		"management.v1.UpdateHumanPhone",
	}
}
