package test

import "slices"

// The configuration of the tests: what an operator of the guide declares.

const (
	orgA      = ref("zitadel_organization.cluster.id")
	orgB      = ref("zitadel_organization.customer.id")
	platform  = ref("zitadel_project.platform.id")
	clientA   = ref("zitadel_machine_user.ingest.id")
	clientB   = ref("zitadel_machine_user.customer.id")
	lent      = ref("zitadel_project_grant.customer.id")
	unlabeled = "PRIVATE_LABELING_SETTING_UNSPECIFIED"
)

// terraformConfiguration lists every kind of resource, in an order in which
// references point back. Unset attributes have the provider's defaults.
func terraformConfiguration() configuration {
	return slices.Concat(coreConfiguration(), metadataConfiguration(), applicationConfiguration(), keyConfiguration(),
		humanConfiguration(orgA), domainConfiguration(), webKeyConfiguration(), settingsConfiguration())
}

func coreConfiguration() configuration {
	return configuration{
		{
			kind: orgKind(), label: "plain", wanted: attributes{"name": "Plain"},
			changes: []attributes{{"name": "Plain & renamed"}},
		},
		{
			kind: organizationKind(), label: "cluster", wanted: attributes{"name": "Cluster IAM"},
			changes: []attributes{{"name": "Cluster IAM of tests"}},
		},
		{kind: organizationKind(), label: "customer", wanted: attributes{"name": "Customer"}},
		{
			kind: projectKind(), label: "platform",
			wanted: attributes{"org_id": orgA, "name": "Platform", "private_labeling_setting": unlabeled},
			changes: []attributes{
				{"name": "Platform Ü"},
				{"project_role_assertion": true},
				{"project_role_check": true, "has_project_check": true},
				{"private_labeling_setting": "PRIVATE_LABELING_SETTING_ENFORCE_PROJECT_RESOURCE_OWNER_POLICY"},
				{"project_role_assertion": false, "project_role_check": false, "has_project_check": false, "private_labeling_setting": unlabeled},
			},
		},
		{
			kind: projectV2Kind(), label: "second",
			wanted: attributes{
				"org_id": orgA, "name": "Second", "project_role_assertion": true, "private_labeling_setting": unlabeled,
				"project_id": "100000000000000001",
			},
			changes: []attributes{
				{"name": "Second, renamed"},
				{"project_role_assertion": false, "project_role_check": true},
				{"has_project_check": true, "private_labeling_setting": "PRIVATE_LABELING_SETTING_ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY"},
			},
		},
		{
			kind: projectRoleKind(), label: "read", wanted: attributes{
				"org_id": orgA, "project_id": platform, "role_key": "chat.knowledge.read", "display_name": "view knowledge base",
			},
			changes: []attributes{{"display_name": "View"}, {"group": "knowledge-base"}, {"group": ""}},
		},
		{
			kind: projectRoleKind(), label: "write", wanted: attributes{
				"org_id": orgA, "project_id": ref("zitadel_project_role.read.project_id"), "role_key": "chat.knowledge.write",
				"display_name": "upload", "group": "knowledge-base",
			},
		},
		{
			kind: projectGrantKind(), label: "customer",
			wanted: attributes{
				"org_id": orgA, "project_id": ref("zitadel_project_role.write.project_id"), "granted_org_id": orgB,
				"role_keys": set{"chat.knowledge.write", "chat.knowledge.read"},
			},
			changes: []attributes{{"role_keys": set{"chat.knowledge.read"}}, {"role_keys": set{}}},
		},
		{
			kind: machineUserKind(), label: "ingest",
			wanted: attributes{
				"org_id": orgA, "user_name": "Ingest+1@acme.test", "name": "Ingest", "access_token_type": string(jwtForm), "with_secret": true,
			},
			changes: []attributes{
				{"user_name": "ingest"},
				{"name": "Ingestion"},
				{"description": "writes into the knowledge base"},
				{"access_token_type": string(opaqueForm)},
				{"with_secret": false},
				{"with_secret": true, "description": "", "access_token_type": string(jwtForm)},
			},
		},
		{
			kind: machineUserKind(), label: "customer",
			wanted: attributes{
				"org_id": orgB, "user_name": "customer", "name": "Customer", "description": "of the customer",
				"access_token_type": string(opaqueForm), "user_id": "100000000000000002",
			},
		},
		{
			kind: personalAccessTokenKind(), label: "dated",
			wanted: attributes{"org_id": orgA, "user_id": clientA, "expiration_date": "2519-04-01T08:45:00Z"},
		},
		{
			kind: userGrantKind(), label: "own",
			wanted: attributes{
				"org_id": orgA, "user_id": clientA, "project_id": ref("zitadel_project_role.write.project_id"),
				"role_keys": set{"chat.knowledge.write", "chat.knowledge.read"},
			},
			changes: []attributes{{"role_keys": set{"chat.knowledge.read"}}, {"role_keys": set{}}},
		},
		{
			kind: userGrantKind(), label: "lent",
			wanted: attributes{
				"org_id": orgB, "user_id": clientB, "project_id": platform, "project_grant_id": lent,
				"role_keys": set{"chat.knowledge.read"},
			},
			changes: []attributes{{"role_keys": set{"chat.knowledge.read", "chat.knowledge.write"}}},
		},
		{
			kind: organizationKind(), label: "owned",
			wanted: attributes{"name": "Owned", "admin": clientA},
		},
		{
			kind: orgMemberKind(), label: "owner",
			wanted:  attributes{"org_id": orgA, "user_id": clientA, "roles": set{"ORG_OWNER"}},
			changes: []attributes{{"roles": set{"ORG_USER_MANAGER", "ORG_OWNER_VIEWER"}}},
		},
		{
			kind: projectMemberKind(), label: "owner",
			wanted:  attributes{"org_id": orgA, "project_id": platform, "user_id": clientA, "roles": set{"PROJECT_OWNER"}},
			changes: []attributes{{"roles": set{"PROJECT_OWNER_VIEWER"}}},
		},
		{
			kind: projectGrantMemberKind(), label: "owner",
			wanted: attributes{
				"org_id": orgA, "project_id": platform, "grant_id": lent, "user_id": clientB, "roles": set{"PROJECT_GRANT_OWNER"},
			},
			changes: []attributes{{"roles": set{"PROJECT_GRANT_OWNER_VIEWER"}}},
		},
		{
			kind: instanceMemberKind(), label: "viewer",
			wanted:  attributes{"user_id": clientA, "roles": set{"IAM_OWNER_VIEWER", "IAM_USER_MANAGER"}},
			changes: []attributes{{"roles": set{"IAM_OWNER"}}},
		},
	}
}

// terraformSources look for the objects of the configuration.
func terraformSources() []looked {
	return slices.Concat(coreLookups(), metadataLookups(), applicationLookups(), humanLookups(), instanceLookups())
}

func coreLookups() []looked {
	const contains, starts, equals = "TEXT_QUERY_METHOD_CONTAINS", "TEXT_QUERY_METHOD_STARTS_WITH", "TEXT_QUERY_METHOD_EQUALS"
	second, roleRead, roleWrite := ref("zitadel_project_v2.second.id"), ref("zitadel_project_role.read.role_key"), ref("zitadel_project_role.write.role_key")
	own, lentGrant := ref("zitadel_user_grant.own.id"), ref("zitadel_user_grant.lent.id")
	return []looked{
		{"zitadel_orgs", orgsSource, attributes{"name": "cluster iam"}, false, []ref{orgA}},
		{"zitadel_orgs", orgsSource, attributes{"name": "c", "name_method": "TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE"}, false, []ref{orgA, orgB}},
		{"zitadel_orgs", orgsSource, attributes{"domain": ref("zitadel_organization.customer.primary_domain"), "state": "ORG_STATE_ACTIVE"}, false, []ref{orgB}},
		{"zitadel_orgs", orgsSource, attributes{"domain": "localhost", "domain_method": contains}, true, []ref{orgA, orgB}},
		{"zitadel_orgs", orgsSource, attributes{"state": "ORG_STATE_INACTIVE"}, false, nil},
		{"zitadel_organizations", organizationsSource, attributes{"name": "cluster iam"}, false, []ref{orgA}},
		{"zitadel_organizations", organizationsSource, attributes{"name": "cluster iam", "name_method": equals}, false, nil},
		{"zitadel_organizations", organizationsSource, attributes{"state": "ORGANIZATION_STATE_ACTIVE"}, true, []ref{orgA, orgB}},
		{"zitadel_organizations", organizationsSource, attributes{"domain": ref("zitadel_organization.customer.primary_domain")}, false, []ref{orgB}},
		{"zitadel_organizations", organizationsSource, attributes{"is_default": true}, false, []ref{"data.zitadel_org.own.id"}},
		{"zitadel_projects", projectsSource, attributes{"org_id": orgA}, false, []ref{platform, second}},
		{"zitadel_projects", projectsSource, attributes{"org_id": orgA, "name": "platform"}, false, []ref{platform}},
		{"zitadel_projects", projectsSource, attributes{"org_id": orgB}, false, nil},
		{"zitadel_projects_v2", projectsV2Source, attributes{"org_id": orgA}, false, []ref{platform, second}},
		{"zitadel_projects_v2", projectsV2Source, attributes{"org_id": orgA, "name": "Sec", "name_method": starts}, false, []ref{second}},
		{"zitadel_projects_v2", projectsV2Source, attributes{"name": "second"}, false, []ref{second}},
		{"zitadel_project_roles", projectRolesSource, attributes{"org_id": orgA, "project_id": platform}, false, []ref{roleRead, roleWrite}},
		{"zitadel_project_roles", projectRolesSource, attributes{
			"org_id": orgA, "project_id": platform, "role_key": "KNOWLEDGE.W", "role_key_method": "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE",
		}, false, []ref{roleWrite}},
		{"zitadel_project_roles", projectRolesSource, attributes{"org_id": orgA, "project_id": platform, "display_name": "Upload"}, false, []ref{roleWrite}},
		{"zitadel_machine_users", machineUsersSource, attributes{"org_id": orgA}, true, []ref{clientA}},
		{"zitadel_machine_users", machineUsersSource, attributes{"org_id": orgA, "user_name": "INGEST+1@acme.test"}, false, []ref{clientA}},
		{"zitadel_machine_users", machineUsersSource, attributes{
			"org_id": orgB, "login_name": ref("zitadel_machine_user.customer.preferred_login_name"), "login_name_method": equals,
		}, false, []ref{clientB}},
		{"zitadel_user_grants", userGrantsSource, attributes{"org_id": orgA, "user_id": clientA}, false, []ref{own}},
		{"zitadel_user_grants", userGrantsSource, attributes{
			"org_id": orgA, "user_id": clientA, "project_id": platform, "role_key": "chat.knowledge.write",
		}, false, []ref{own}},
		{"zitadel_user_grants", userGrantsSource, attributes{"org_id": orgB, "user_id": clientB, "project_grant_id": lent}, false, []ref{lentGrant}},
		{"zitadel_user_grants", userGrantsSource, attributes{"org_id": orgB, "user_id": clientB, "role_key": "chat.knowledge.write"}, false, nil},
	}
}

// ownConfiguration is in the caller's own organization, whose objects are
// imported by their ids alone.
func ownConfiguration() configuration {
	const org = ref("data.zitadel_org.own.id")
	project, user := ref("zitadel_project.own.id"), ref("zitadel_machine_user.own.id")
	return configuration{
		{kind: projectKind(), label: "own", wanted: attributes{"org_id": org, "name": "Own", "private_labeling_setting": unlabeled}},
		{kind: projectRoleKind(), label: "own", wanted: attributes{"org_id": org, "project_id": project, "role_key": "a:b", "display_name": "A"}},
		{kind: machineUserKind(), label: "own", wanted: attributes{
			"org_id": org, "user_name": "own", "name": "Own", "access_token_type": string(jwtForm),
		}},
		{kind: personalAccessTokenKind(), label: "own", wanted: attributes{
			"org_id": org, "user_id": user, "expiration_date": "9999-12-31T23:59:59Z",
		}},
		{kind: userGrantKind(), label: "own", wanted: attributes{
			"org_id": org, "user_id": user, "project_id": ref("zitadel_project_role.own.project_id"), "role_keys": set{"a:b"},
		}},
		{kind: orgMemberKind(), label: "own", wanted: attributes{"org_id": org, "user_id": user, "roles": set{"ORG_OWNER"}}},
		{kind: projectMemberKind(), label: "own", wanted: attributes{
			"org_id": org, "project_id": project, "user_id": user, "roles": set{"PROJECT_OWNER"},
		}},
	}
}

// oldConfiguration is of the kinds for which the provider knows a server
// without the second generation.
func oldConfiguration() configuration {
	org := ref("zitadel_org.old.id")
	return append(configuration{
		{
			kind: orgKind(), label: "old", wanted: attributes{"name": "Old"},
			changes: []attributes{{"name": "Old, renamed"}},
		},
		{
			kind: machineUserKind(), label: "old", wanted: attributes{
				"org_id": org, "user_name": "old", "name": "Old", "access_token_type": string(jwtForm), "with_secret": true,
			},
			changes: []attributes{{"user_name": "old too"}, {"description": "of old", "access_token_type": string(opaqueForm)}, {"with_secret": false}},
		},
	}, humanConfiguration(org)...)
}

// drift is something that is removed behind Terraform's back, and what is gone with it.
type drift struct {
	removed string
	gone    []string
}

func terraformDrift() []drift {
	return []drift{
		{"zitadel_project.platform", []string{
			"zitadel_project_role.read", "zitadel_project_role.write", "zitadel_project_grant.customer", "zitadel_user_grant.own",
			"zitadel_user_grant.lent", "zitadel_project_member.owner", "zitadel_project_grant_member.owner",
			"zitadel_application_oidc.console", "zitadel_application_api.backend", "zitadel_application_api.keyed",
			"zitadel_application_key.keyed", "zitadel_application_v2.console", "zitadel_application_v2.backend",
		}},
		{"zitadel_project_grant.customer", []string{"zitadel_user_grant.lent", "zitadel_project_grant_member.owner"}},
		{"zitadel_machine_user.ingest", []string{
			"zitadel_personal_access_token.dated", "zitadel_user_grant.own", "zitadel_org_member.owner", "zitadel_project_member.owner",
			"zitadel_instance_member.viewer", "zitadel_user_metadata.team", "zitadel_machine_key.dated", "zitadel_machine_key.undated",
		}},
		{"zitadel_application_api.keyed", []string{"zitadel_application_key.keyed"}},
		{"zitadel_project_role.read", nil},
		{"zitadel_human_user.full", nil},
		{"zitadel_domain.first", nil},
		{"zitadel_instance_trusted_domain.proxy", nil},
		{"zitadel_webkey.ed25519", nil},
		{"zitadel_org.plain", nil},
		{"zitadel_organization.owned", nil},
	}
}
