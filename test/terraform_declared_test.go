package test

import "maps"

// farDate is the date of the provider's documentation.
const farDate = "2519-04-01T08:45:00Z"

// metadataConfiguration hangs metadata and domains on what is declared already.
func metadataConfiguration() configuration {
	return configuration{
		{
			kind: userMetadataKind(), label: "team", wanted: attributes{"org_id": orgA, "user_id": clientA, "key": "team", "value": "search"},
			changes: []attributes{{"value": "suche & finde ü"}},
		},
		{
			kind: orgMetadataKind(), label: "tier", wanted: attributes{"org_id": orgA, "key": "tier", "value": "gold"},
			changes: []attributes{{"value": "silver"}},
		},
		{
			kind: organizationMetadataKind(), label: "region", wanted: attributes{"organization_id": orgB, "key": "region", "value": "eu"},
			changes: []attributes{{"value": "ch"}},
		},
	}
}

// oidcApplication is the example of the provider's documentation.
func oidcApplication() attributes {
	return attributes{
		"org_id": orgA, "project_id": platform, "redirect_uris": list{"https://localhost.com"},
		"response_types": list{"OIDC_RESPONSE_TYPE_CODE"}, "grant_types": list{"OIDC_GRANT_TYPE_AUTHORIZATION_CODE"},
		"post_logout_redirect_uris": list{"https://localhost.com"}, "app_type": "OIDC_APP_TYPE_WEB",
		"auth_method_type": "OIDC_AUTH_METHOD_TYPE_BASIC", "version": "OIDC_VERSION_1_0", "clock_skew": "0s", "dev_mode": true,
		"access_token_type": "OIDC_TOKEN_TYPE_BEARER", "access_token_role_assertion": false, "id_token_role_assertion": false,
		"id_token_userinfo_assertion": false, "additional_origins": list{}, "skip_native_app_success_page": false,
	}
}

// oidcChanges change each attribute that may change. That no list becomes empty
// is for the second generation, where an empty list means no change.
func oidcChanges() []attributes {
	return []attributes{
		{"name": "Console, renamed"},
		{"redirect_uris": list{"https://b.example.com/cb", "https://a.example.com/cb"}},
		{"grant_types": list{"OIDC_GRANT_TYPE_AUTHORIZATION_CODE", "OIDC_GRANT_TYPE_REFRESH_TOKEN", "OIDC_GRANT_TYPE_IMPLICIT"}},
		{"response_types": list{"OIDC_RESPONSE_TYPE_CODE", "OIDC_RESPONSE_TYPE_ID_TOKEN"}},
		{"app_type": "OIDC_APP_TYPE_USER_AGENT", "auth_method_type": "OIDC_AUTH_METHOD_TYPE_NONE"},
		{"post_logout_redirect_uris": list{"https://a.example.com/bye"}, "dev_mode": false},
		{"access_token_type": "OIDC_TOKEN_TYPE_JWT", "access_token_role_assertion": true},
		{"id_token_role_assertion": true, "id_token_userinfo_assertion": true},
		{"clock_skew": "5s"},
		{"additional_origins": list{"https://b.example.com", "https://a.example.com"}},
		{"skip_native_app_success_page": true, "back_channel_logout_uri": "https://a.example.com/logout"},
		{"login_version": "v1"},
		{"login_version": "v2 https://login.example.com"},
	}
}

// with adds attributes.
func with(a attributes, more attributes) attributes {
	maps.Copy(a, more)
	return a
}

func applicationConfiguration() configuration {
	return configuration{
		{
			kind: applicationOIDCKind(), label: "console", wanted: with(oidcApplication(), attributes{"name": "Console"}),
			changes: append(oidcChanges(), attributes{"post_logout_redirect_uris": list{}, "additional_origins": list{}}),
		},
		{
			kind: applicationAPIKind(), label: "backend", wanted: attributes{
				"org_id": orgA, "project_id": platform, "name": "Backend", "auth_method_type": "API_AUTH_METHOD_TYPE_BASIC",
			},
			changes: []attributes{{"name": "Backend 2"}, {"auth_method_type": "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT"}},
		},
		{
			kind: applicationAPIKind(), label: "keyed", wanted: attributes{
				"org_id": orgA, "project_id": platform, "name": "Keyed", "auth_method_type": "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT",
			},
		},
		{
			kind: applicationKeyKind(), label: "keyed", wanted: attributes{
				"org_id": orgA, "project_id": platform, "app_id": ref("zitadel_application_api.keyed.id"), "key_type": "KEY_TYPE_JSON",
				"expiration_date": farDate,
			},
		},
		{
			kind: applicationV2Kind(), label: "console", wanted: with(oidcApplication(), attributes{"name": "Console v2", "block": "oidc"}),
			changes: oidcChanges(),
		},
		{
			kind: applicationV2Kind(), label: "backend", wanted: attributes{
				"org_id": orgA, "project_id": platform, "name": "Backend v2", "block": "api", "auth_method_type": "API_AUTH_METHOD_TYPE_BASIC",
			},
			changes: []attributes{
				{"name": "Backend v2, renamed"},
				{"auth_method_type": "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT"},
				{"name": "Backend v2", "auth_method_type": "API_AUTH_METHOD_TYPE_BASIC"},
			},
		},
	}
}

// keyConfiguration are keys of a service user.
func keyConfiguration() configuration {
	return configuration{
		{
			kind: machineKeyKind(), label: "dated", wanted: attributes{
				"org_id": orgA, "user_id": clientA, "key_type": "KEY_TYPE_JSON", "expiration_date": farDate,
			},
		},
		{kind: machineKeyKind(), label: "undated", wanted: attributes{"org_id": orgA, "user_id": clientA, "key_type": "KEY_TYPE_JSON"}},
	}
}

// humanConfiguration are users with a password, as text or hashed, and one without.
func humanConfiguration(org ref) configuration {
	return configuration{
		{
			kind: humanUserKind(), label: "full", wanted: attributes{
				"org_id": org, "user_name": "humanfull@localhost.com", "first_name": "firstname", "last_name": "lastname",
				"nick_name": "nickname", "display_name": "displayname", "preferred_language": "de", "gender": "GENDER_MALE",
				"phone": "+41799999999", "is_phone_verified": true, "email": "test@zitadel.com", "is_email_verified": true,
				"initial_password": "Password1!",
			},
			changes: []attributes{
				{"user_name": "renamed@localhost.com"},
				{"first_name": "Erika"},
				{"last_name": "Mustermann", "display_name": "Frau Mustermann"},
				{"nick_name": "Eri"},
				{"preferred_language": "en", "gender": "GENDER_FEMALE"},
				{"email": "erika@example.com"},
				{"phone": "+41799999998"},
			},
		},
		{
			kind: humanUserKind(), label: "plain", wanted: attributes{
				"org_id": org, "user_name": "plain@localhost.com", "first_name": "Plain", "last_name": "Human",
				"preferred_language": "und", "gender": "GENDER_UNSPECIFIED", "email": "plain@zitadel.com", "is_email_verified": true,
			},
		},
		{
			kind: humanUserKind(), label: "moved", wanted: attributes{
				"org_id": org, "user_name": "moved@localhost.com", "first_name": "Moved", "last_name": "Human",
				"preferred_language": "und", "gender": "GENDER_DIVERSE", "email": "moved@zitadel.com", "is_email_verified": true,
				"initial_hashed_password": "$2a$04$Wz1Ew4.3IXZJfLnbXvrLIu0oAq8qgZcbVLxWAeoBjwiV8cMhXBLXu",
			},
		},
	}
}

// metadataLookups, and those below, look for what is declared here.
func metadataLookups() []looked {
	team, region := ref("zitadel_user_metadata.team.value"), ref("zitadel_organization_metadata.region.value")
	return []looked{
		{"zitadel_user_metadatas", userMetadataSource, attributes{"org_id": orgA, "user_id": clientA}, false, []ref{team}},
		{"zitadel_user_metadatas", userMetadataSource, attributes{"org_id": orgA, "user_id": clientA, "key": "team"}, false, []ref{team}},
		{"zitadel_user_metadatas", userMetadataSource, attributes{"org_id": orgA, "user_id": clientA, "key": "tea"}, false, nil},
		{"zitadel_organization_metadatas", organizationMetadataSource, attributes{"organization_id": orgB}, false, []ref{region}},
		{"zitadel_organization_metadatas", organizationMetadataSource, attributes{"organization_id": orgB, "key": "region"}, false, []ref{region}},
		{"zitadel_organization_metadatas", organizationMetadataSource, attributes{"organization_id": orgB, "key": "tier"}, false, nil},
	}
}

func applicationLookups() []looked {
	in := func(more attributes) attributes {
		return with(attributes{"org_id": orgA, "project_id": platform}, more)
	}
	console, backend, keyed := ref("zitadel_application_oidc.console.id"), ref("zitadel_application_api.backend.id"), ref("zitadel_application_api.keyed.id")
	console2, backend2 := ref("zitadel_application_v2.console.id"), ref("zitadel_application_v2.backend.id")
	const starts = "TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE"
	return []looked{
		{"zitadel_application_apis", apiApplicationsSource(), in(nil), false, []ref{backend, keyed, backend2}},
		{"zitadel_application_apis", apiApplicationsSource(), in(attributes{"name": "backend", "name_method": starts}), false, []ref{backend, backend2}},
		{"zitadel_application_oidcs", oidcApplicationsSource(), in(nil), false, []ref{console, console2}},
		{"zitadel_application_oidcs", oidcApplicationsSource(), in(attributes{"name": "console"}), false, []ref{console}},
		{"zitadel_applications_v2", applicationsV2Source, in(nil), false, []ref{console, backend, keyed, console2, backend2}},
		{"zitadel_applications_v2", applicationsV2Source, in(attributes{"name": "Console v2"}), false, []ref{console2}},
	}
}

func humanLookups() []looked {
	full, plain, moved := ref("zitadel_human_user.full.id"), ref("zitadel_human_user.plain.id"), ref("zitadel_human_user.moved.id")
	in := func(name, text, method string) attributes {
		return attributes{"org_id": orgA, name: text, name + "_method": method}
	}
	const ends, equals = "TEXT_QUERY_METHOD_ENDS_WITH", ""
	return []looked{
		{"zitadel_human_users", humanUsersSource, in("user_name", "@localhost.com", ends), false, []ref{full, plain, moved}},
		{"zitadel_human_users", humanUsersSource, in("first_name", "FIRSTNAME", equals), false, []ref{full}},
		{"zitadel_human_users", humanUsersSource, in("last_name", "human", equals), false, []ref{plain, moved}},
		{"zitadel_human_users", humanUsersSource, in("nick_name", "nickname", equals), false, []ref{full}},
		{"zitadel_human_users", humanUsersSource, in("display_name", "plain human", equals), false, []ref{plain}},
		{"zitadel_human_users", humanUsersSource, in("email", "moved@zitadel.com", equals), false, []ref{moved}},
		{"zitadel_human_users", humanUsersSource, in("login_name", "plain@localhost.com", equals), false, []ref{plain}},
	}
}

// oldLookups are in the context of one organization, as lists of the first generation are.
func oldLookups() []looked {
	const org, machine, full = ref("zitadel_org.old.id"), ref("zitadel_machine_user.old.id"), ref("zitadel_human_user.full.id")
	return []looked{
		{"zitadel_machine_users", machineUsersSource, attributes{"org_id": org}, false, []ref{machine}},
		{"zitadel_machine_users", machineUsersSource, attributes{"org_id": org, "user_name": "OLD"}, false, []ref{machine}},
		{"zitadel_machine_users", machineUsersSource, attributes{"org_id": org, "login_name": "old"}, false, []ref{machine}},
		{"zitadel_human_users", humanUsersSource, attributes{"org_id": org, "first_name": "firstname", "nick_name": "nickname"}, false, []ref{full}},
		{"zitadel_human_users", humanUsersSource, attributes{
			"org_id": org, "email": "test@zitadel.com", "last_name": "last", "last_name_method": "TEXT_QUERY_METHOD_STARTS_WITH",
			"display_name": "displayname", "user_name": "humanfull@localhost.com", "login_name": "humanfull@localhost.com",
		}, false, []ref{full}},
	}
}
