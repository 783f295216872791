//go:build browser

package browser

// userViews are lists of users and the pages of one.
func userViews() []view {
	return []view{
		{name: "users", who: owner, at: "{org}/users", sees: "Lea Baumgartner"},
		{name: "users-empty", who: owner, at: "{new}/users", sees: "No users yet"},
		{name: "service-users", who: owner, at: "{org}/users?type=machine", sees: "SharePoint connector"},
		{name: "service-users-last-page", variation: true, who: owner, at: "{org}/users?type=machine&page=2", sees: "Previous"},
		{name: "service-users-inactive", variation: true, who: owner, at: "{org}/users?type=machine&filter=inactive&sort=name", sees: "Billing export (old)"},
		{name: "service-users-nothing", who: owner, at: "{org}/users?type=machine&q=nothing+of+this+name", sees: "Nothing matches."},
		{name: "service-users-beyond", variation: true, who: owner, at: "{org}/users?type=machine&page=99", sees: "There is nothing on this page any more."},
		{name: "service-users-empty", who: owner, at: "{new}/users?type=machine", sees: "No service users yet"},
		{name: "service-user", who: owner, at: "{org}/users/{connector}", sees: "Service User Details", phone: true},
		{name: "service-user-actions", who: owner, at: "{org}/users/{connector}", then: click("button", "Actions"), sees: "Remove Client Secret", phone: true},
		{name: "service-user-without-anything", who: owner, at: "{org}/users/{bare}", sees: "Not set"},
		{name: "service-user-inactive", variation: true, who: owner, at: "{org}/users/{off}", then: click("button", "Actions"), sees: "Reactivate"},
		{name: "service-user-locked", variation: true, who: owner, at: "{org}/users/{locked}", then: click("button", "Actions"), sees: "Unlock User"},
		{name: "service-user-deactivate", variation: true, who: owner, at: "{org}/users/{connector}/deactivate", sees: "To go on, type"},
		{at: "{org}/users/{connector}/reactivate", who: owner},
		{at: "{org}/users/{connector}/unlock", who: owner},
		{name: "service-user-delete", who: owner, at: "{org}/users/{connector}/delete", sees: "This cannot be undone.", phone: true},
		{name: "service-user-memberships-empty", who: owner, at: "{org}/users/{connector}/memberships", sees: "Manages nothing"},
		{name: "service-user-activity", who: owner, at: "{org}/users/{connector}/activity", sees: "Client secret generated"},
		{name: "user", who: owner, at: "{org}/users/{long}", sees: "User Details"},
		{name: "user-actions", variation: true, who: owner, at: "{org}/users/{long}", then: click("button", "Actions"), sees: "Create invitation link"},
		{name: "user-memberships", who: owner, at: "{org}/users/{long}/memberships", sees: "Org User Manager"},
		{name: "user-invite", who: owner, at: "{org}/users/{newcomer}/invitation"},
		{name: "user-deactivate", variation: true, who: owner, at: "{org}/users/{long}/deactivate", sees: "To go on, type"},
	}
}

// formViews are the forms of users and their authorizations.
func formViews() []view {
	overtaken := func(p *Page) {
		p.t.Helper()
		other := p.NewTab()
		defer other.Close()
		other.Go(p.URL())
		text := "Copies secrets between vaults, at night."
		if other.Value("Description optional") == text {
			text = "Copies secrets between vaults."
		}
		other.Fill("Description optional", text)
		other.Click("button", "Save")
		p.Fill("Name", "Vault synchronization")
		p.Click("button", "Save")
	}
	connector := "{org}/users/{connector}/authorizations"
	return []view{
		{name: "service-user-new", who: owner, at: "{org}/users/new-service-user", sees: "Create a new Service User", phone: true},
		{
			name: "service-user-new-wrong", who: owner, at: "{org}/users/new-service-user",
			then: all(fill("User Name", "sharepoint-connector"), fill("Name", "SharePoint"), click("button", "Create")), sees: "Please check the marked fields.",
		},
		{name: "service-user-overtaken", who: owner, at: "{org}/users/{bare}", then: overtaken, sees: "Somebody else changed this"},
		{name: "user-new", who: owner, at: "{org}/users/new", sees: "How will they get in?"},
		{name: "user-new-wrong", variation: true, who: owner, at: "{org}/users/new", then: all(fill("First Name", "Lea"), fill("Last Name", "Baumgartner"),
			fill("E-mail optional", "lea.baumgartner@meridian.example"), func(p *Page) {
				p.Choose("How will they get in?", "Initial password You choose it below and tell it to them. The first sign-in asks for another one.")
			}, fill("Initial password optional", "short"), click("button", "Create"))},
		{name: "authorizations", who: owner, at: connector, sees: "demand-forecast", phone: true},
		{name: "authorizations-empty", who: owner, at: "{org}/users/{bare}/authorizations", sees: "Give it roles"},
		{name: "authorization-choose-project", who: owner, at: connector + "/new", sees: "Choose a project"},
		{name: "authorization-choose-no-project", variation: true, who: owner, at: "{quiet}/users/{there}/authorizations/new", sees: "There is no project yet"},
		{name: "authorization-new", who: owner, at: "{org}/users/{bare}/authorizations/new?project_id={chat}", sees: "Roles on chat-backend", phone: true},
		{name: "authorization-new-wrong", variation: true, who: owner, at: "{org}/users/{bare}/authorizations/new?project_id={chat}", then: click("button", "Save"), sees: "Choose at least one role."},
		{name: "authorization-new-no-roles", variation: true, who: owner, at: "{org}/users/{bare}/authorizations/new?project_id={notify}", sees: "This project has no roles yet"},
		{name: "authorization", who: owner, at: connector + "/{authorization}"},
		{name: "authorization-delete", variation: true, who: owner, at: connector + "/{authorization}/delete", sees: "To go on, type"},
	}
}

// credentialViews are about client secrets and tokens.
func credentialViews() []view {
	return []view{
		{name: "secret-replace", who: owner, at: "{org}/users/{connector}/secret", sees: "The current client secret stops working at once."},
		{
			name: "secret-replace-wrong", variation: true, who: owner, at: "{org}/users/{connector}/secret",
			then: all(fill("To go on, type sharepoint-connector", "something"), click("button", "Generate Client Secret")), sees: "This is not the name.",
		},
		{name: "secret-delete", variation: true, who: owner, at: "{org}/users/{connector}/secret/delete", sees: "To go on, type"},
		{name: "tokens", who: owner, at: "{org}/users/{connector}/tokens", sees: "2100-01-01"},
		{name: "tokens-empty", who: owner, at: "{org}/users/{bare}/tokens", sees: "No personal access tokens"},
		{name: "token-new", who: owner, at: "{org}/users/{connector}/tokens/new"},
		{name: "token-delete", who: owner, at: "{org}/users/{connector}/tokens/{token}/delete", sees: "It stops working at once"},
		{name: "quickstart", who: owner, at: "{org}/users/{connector}/quickstart", sees: "The same request in your language", brackets: true},
		{
			name: "quickstart-wrong", variation: true, who: owner, at: "{org}/users/{connector}/quickstart",
			then: all(fill("Client Secret", "wrong"), click("button", "Fetch a token now")), sees: "not the current client secret", brackets: true,
		},
		{name: "quickstart-no-roles", variation: true, who: owner, at: "{org}/users/{bare}/quickstart", sees: "It holds no roles on a project yet", brackets: true},
	}
}

// generate makes another client secret, whether there is one or not.
func generate(name string) func(*Page) {
	return func(p *Page) {
		p.t.Helper()
		if p.Count("textbox", "To go on, type "+name) > 0 {
			p.Fill("To go on, type "+name, name)
		}
		p.Click("button", "Generate Client Secret")
	}
}

// shownViews are what is shown once. Each makes it anew.
func shownViews() []view {
	return []view{
		{name: "secret-shown-no-roles", variation: true, who: owner, at: "{org}/users/{locked}/secret", then: generate("tracking-relay"), sees: "It holds no roles on a project yet"},
		{name: "secret-shown", who: owner, at: "{org}/users/{connector}/secret", then: generate("sharepoint-connector"), sees: "The request for a token", phone: true},
		{
			name: "secret-shown-question", who: owner, at: "{org}/users/{connector}/secret",
			then: all(generate("sharepoint-connector"), click("link", "Close")), sees: "Close without keeping it?", phone: true,
		},
		{name: "secret-shown-token", who: owner, at: "{org}/users/{connector}/secret", then: func(p *Page) {
			generate("sharepoint-connector")(p)
			p.Click("button", "Fetch a token now")
		}, sees: "Backends compare it letter for letter.", brackets: true, phone: true},
		{name: "quickstart-token", who: owner, at: "{org}/users/{nightly}/secret", then: func(p *Page) {
			generate("nightly-billing")(p)
			p.In("dialog", "Client Secret").Click("button", "Copy: Client Secret")
			secret := p.Clipboard()
			p.Click("link", "Close")
			p.In("navigation", "Sections").Click("link", "Quick start")
			p.Fill("Client Secret", secret)
			p.Click("button", "Fetch a token now")
		}, sees: "Backends compare it letter for letter.", brackets: true},
		{name: "token-shown", who: owner, at: "{org}/users/{connector}/tokens/new", then: click("button", "Add"), sees: "Try it"},
		{name: "invitation-shown", who: owner, at: "{org}/users/{newcomer}/invitation", then: click("button", "Create invitation link"), sees: "It is shown only now."},
	}
}

// viewerViews are what those see who may change nothing, or only little.
func viewerViews() []view {
	return []view{
		{name: "viewer-home", who: viewer, at: "{org}"},
		{name: "viewer-projects", variation: true, who: viewer, at: "{org}/projects"},
		{name: "viewer-project", variation: true, who: viewer, at: "{org}/projects/{chat}"},
		{name: "viewer-roles", who: viewer, at: "{org}/projects/{chat}/roles"},
		{name: "viewer-grants", variation: true, who: viewer, at: "{org}/projects/{chat}/grants"},
		{name: "viewer-grant", variation: true, who: viewer, at: "{org}/projects/{chat}/grants/{grant}"},
		{name: "viewer-service-users", variation: true, who: viewer, at: "{org}/users?type=machine"},
		{name: "viewer-service-user", who: viewer, at: "{org}/users/{connector}"},
		{name: "viewer-authorizations", variation: true, who: viewer, at: "{org}/users/{connector}/authorizations"},
		{name: "viewer-authorizations-empty", variation: true, who: viewer, at: "{org}/users/{bare}/authorizations"},
		{name: "viewer-authorization", variation: true, who: viewer, at: "{org}/users/{connector}/authorizations/{authorization}"},
		{name: "viewer-tokens", variation: true, who: viewer, at: "{org}/users/{connector}/tokens"},
		{name: "viewer-quickstart", variation: true, who: viewer, at: "{org}/users/{connector}/quickstart", brackets: true},
		{name: "viewer-managers", variation: true, who: viewer, at: "{org}/managers"},
		{name: "viewer-manager", variation: true, who: viewer, at: "{org}/managers/{long}"},
		{name: "viewer-denied", who: viewer, at: "{org}/users/new", sees: "You may not do that"},
		{name: "member-home", who: member, at: "/ui/console/"},
		{name: "member-projects", variation: true, who: member, at: "{org}/projects", sees: "chat-backend"},
		{name: "member-account", variation: true, who: member, at: "/ui/console/account", sees: "What you manage"},
	}
}
