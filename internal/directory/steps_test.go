package directory_test

import (
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// errOf drops the result of an operation.
func errOf[T any](_ T, err error) error { return err }

// projectSteps are the life of a project of a, and of its grant to b.
func (w *world) projectSteps() []step {
	ctx, d := w.t.Context(), w.Directory
	grant := directory.GrantRef{ProjectID: "p", GrantedOrgID: "b"}
	return []step{
		{
			"rename the org", "owner-a", func(c iam.Caller) error { return errOf(d.RenameOrg(ctx, c, "a", "Alpha", 0)) },
			`org.changed org/a org=a {"before":{"name":"Org a","primaryDomain":"org-a.id.example.test"},"after":{"name":"Alpha","primaryDomain":"alpha.id.example.test"}}`,
		},
		{"create a project", "owner-a", func(c iam.Caller) error {
			return errOf(d.CreateProject(ctx, c, directory.NewProject{ID: "p", OrgID: "a", Name: "P", Admins: []directory.NewProjectAdmin{{UserID: "plain-a"}}}))
		}, `project.added project/p org=a project=p {"after":{"name":"P","privateLabeling":"","projectCheck":false,"roleAssertion":false,"roleCheck":false}}
project.member.added project/p org=a project=p user=plain-a {"after":{"roles":["PROJECT_OWNER"]}}`},
		{"update a project", "owner-a", func(c iam.Caller) error {
			return errOf(d.UpdateProject(ctx, c, "p", directory.ProjectChange{Name: new("Q"), RoleCheck: new(true), ProjectCheck: new(false)}))
		}, `project.changed project/p org=a project=p {"before":{"name":"P","roleCheck":false},"after":{"name":"Q","roleCheck":true}}`},
		{"deactivate a project", "owner-a", func(c iam.Caller) error { return errOf(d.DeactivateProject(ctx, c, "p")) }, `project.deactivated project/p org=a project=p {}`},
		{"reactivate a project", "owner-a", func(c iam.Caller) error { return errOf(d.ReactivateProject(ctx, c, "p")) }, `project.reactivated project/p org=a project=p {}`},
		{"add roles", "owner-a", func(c iam.Caller) error {
			return errOf(d.AddRoles(ctx, c, "p", []iam.Role{{Key: "r1", DisplayName: "One", Group: "g"}, {Key: "r2"}}))
		}, `project.role.added project/p org=a project=p {"after":{"displayName":"One","group":"g","key":"r1"}}
project.role.added project/p org=a project=p {"after":{"displayName":"","group":"","key":"r2"}}`},
		{
			"update a role", "owner-a", func(c iam.Caller) error {
				return errOf(d.UpdateRole(ctx, c, "p", "r1", directory.RoleChange{DisplayName: new("Uno")}))
			},
			`project.role.changed project/p org=a project=p {"before":{"displayName":"One","key":"r1"},"after":{"displayName":"Uno","key":"r1"}}`,
		},
		{"grant a project", "owner-a", func(c iam.Caller) error {
			return errOf(d.CreateProjectGrant(ctx, c, "p", "b", []string{"r2", "r1", "r1"}))
		}, `project.grant.added project/p org=a project=p grant=# {"after":{"grantedOrgId":"b","roleKeys":["r1","r2"]}}`},
		{
			"update a grant", "owner-a", func(c iam.Caller) error { return errOf(d.UpdateProjectGrant(ctx, c, grant, []string{"r1"}, 0)) },
			`project.grant.changed project/p org=a project=p grant=# {"before":{"roleKeys":["r1","r2"]},"after":{"roleKeys":["r1"]}}`,
		},
		{
			"deactivate a grant", "owner-a", func(c iam.Caller) error { return errOf(d.DeactivateProjectGrant(ctx, c, grant)) },
			`project.grant.deactivated project/p org=a project=p grant=# {}`,
		},
		{
			"reactivate a grant", "owner-a", func(c iam.Caller) error { return errOf(d.ReactivateProjectGrant(ctx, c, grant)) },
			`project.grant.reactivated project/p org=a project=p grant=# {}`,
		},
	}
}

// userSteps are the lives of a service user and a human of a.
func (w *world) userSteps(secrets *[]string) []step {
	ctx, d := w.t.Context(), w.Directory
	var pat iam.Credential
	secret := func(c iam.Caller) error {
		_, _, s, err := d.GenerateSecret(ctx, c, "m", nil)
		if err == nil {
			*secrets = append(*secrets, s.Reveal())
		}
		return err
	}
	const password = "correct horse battery staple"
	return []step{
		{"create a machine", "owner-a", func(c iam.Caller) error {
			return errOf(d.CreateMachine(ctx, c, directory.NewMachine{ID: "m", OrgID: "a", UserName: "bot", Name: "Bot", AccessTokenType: iam.JWTToken}))
		}, `user.machine.added user/m org=a user=m {"after":{"accessTokenType":"jwt","description":"","name":"Bot","userName":"bot"}}`},
		{"update a machine", "owner-a", func(c iam.Caller) error {
			return errOf(d.UpdateMachine(ctx, c, "m", directory.MachineChange{UserName: new("bot2"), Name: new("Bot"), Description: new("D")}))
		}, `user.username.changed user/m org=a user=m {"before":{"userName":"bot"},"after":{"userName":"bot2"}}
user.machine.changed user/m org=a user=m {"before":{"description":""},"after":{"description":"D"}}`},
		{
			"rename a user", "owner-a", func(c iam.Caller) error { return errOf(d.RenameUser(ctx, c, "m", "BOT2")) },
			`user.username.changed user/m org=a user=m {"before":{"userName":"bot2"},"after":{"userName":"BOT2"}}`,
		},
		{"generate a secret", "owner-a", secret, `user.machine.secret.set user/m org=a user=m {"after":{"credentialId":"#"}}`},
		{"replace a secret", "owner-a", secret, `user.machine.secret.set user/m org=a user=m {"before":{"credentialIds":["#"]},"after":{"credentialId":"#"}}`},
		{
			"remove a secret", "owner-a", func(c iam.Caller) error { return errOf(d.RemoveSecret(ctx, c, "m")) },
			`user.machine.secret.removed user/m org=a user=m {"before":{"credentialIds":["#"]}}`,
		},
		{"add a token", "owner-a", func(c iam.Caller) error {
			cred, s, err := d.AddPAT(ctx, c, "m", directory.NewPAT{Expires: time.Date(2199, 1, 2, 3, 4, 5, 6, time.UTC)})
			if err == nil {
				pat = cred
				*secrets = append(*secrets, s.Reveal())
			}
			return err
		}, `user.pat.added user/m org=a user=m {"after":{"expires":"2199-01-02T03:04:05Z","tokenId":"#"}}`},
		{
			"remove a token", "owner-a", func(c iam.Caller) error { return errOf(d.RemovePAT(ctx, c, "m", pat.ID)) },
			`user.pat.removed user/m org=a user=m {"before":{"tokenId":"#"}}`,
		},
		{"create a human", "owner-a", func(c iam.Caller) error {
			_, err := d.CreateHuman(ctx, c, "a", directory.NewHuman{
				ID: "h", Password: password, PasswordChange: true, Profile: iam.Profile{FirstName: "Hanna", LastName: "Z", Email: "h@x.example", EmailVerified: true},
			})
			if err == nil {
				*secrets = append(*secrets, password)
			}
			return err
		}, `user.human.added user/h org=a user=h {"after":{"displayName":"Hanna Z","email":"h@x.example","emailVerified":true,"firstName":"Hanna","gender":"","lastName":"Z","nickName":"","passwordChange":true,"phone":"","phoneVerified":false,"preferredLanguage":"","userName":"h@x.example"}}`},
		{"update a human", "owner-a", func(c iam.Caller) error {
			return errOf(d.UpdateHuman(ctx, c, "h", directory.HumanChange{NickName: new("H"), LastName: new("Z")}))
		}, `user.human.profile.changed user/h org=a user=h {"before":{"nickName":""},"after":{"nickName":"H"}}`},
		{"invite a human", "owner-a", func(c iam.Caller) error {
			_, code, err := d.Invite(ctx, c, "h", nil)
			if err == nil {
				*secrets = append(*secrets, code.Reveal())
			}
			return err
		}, `user.human.invitation.added user/h org=a user=h {"after":{"expires":"#"}}`},
		{"lock a user", "owner-a", func(c iam.Caller) error { return errOf(d.LockUser(ctx, c, "m")) }, `user.locked user/m org=a user=m {}`},
		{"unlock a user", "owner-a", func(c iam.Caller) error { return errOf(d.UnlockUser(ctx, c, "m")) }, `user.unlocked user/m org=a user=m {}`},
		{"deactivate a user", "owner-a", func(c iam.Caller) error { return errOf(d.DeactivateUser(ctx, c, "m")) }, `user.deactivated user/m org=a user=m {}`},
		{"reactivate a user", "owner-a", func(c iam.Caller) error { return errOf(d.ReactivateUser(ctx, c, "m")) }, `user.reactivated user/m org=a user=m {}`},
	}
}

// authorizationSteps authorize m on p, and b's user through the grant.
func (w *world) authorizationSteps() []step {
	ctx, d := w.t.Context(), w.Directory
	var id, other string
	create := func(in directory.NewAuthorization, id *string) func(iam.Caller) error {
		return func(c iam.Caller) error {
			a, err := d.CreateAuthorization(ctx, c, in)
			if err == nil {
				*id = a.ID
			}
			return err
		}
	}
	return []step{
		{
			"authorize a user", "owner-a", create(directory.NewAuthorization{UserID: "m", ProjectID: "p", RoleKeys: []string{"r1", "r2"}}, &id),
			`user.grant.added usergrant/# org=a project=p user=m {"after":{"roleKeys":["r1","r2"]}}`,
		},
		{
			"authorize through the grant", "owner-b", create(directory.NewAuthorization{UserID: "plain-b", ProjectID: "p", OrgID: "b", RoleKeys: []string{"r1"}}, &other),
			`user.grant.added usergrant/# org=b project=p grant=# user=plain-b {"after":{"roleKeys":["r1"]}}`,
		},
		{
			"update an authorization", "owner-a", func(c iam.Caller) error { return errOf(d.UpdateAuthorization(ctx, c, "", id, nil, 0)) },
			`user.grant.changed usergrant/# org=a project=p user=m {"before":{"roleKeys":["r1","r2"]},"after":{"roleKeys":[]}}`,
		},
		{
			"deactivate an authorization", "owner-a", func(c iam.Caller) error { return errOf(d.DeactivateAuthorization(ctx, c, "m", id)) },
			`user.grant.deactivated usergrant/# org=a project=p user=m {}`,
		},
		{
			"reactivate an authorization", "owner-a", func(c iam.Caller) error { return errOf(d.ReactivateAuthorization(ctx, c, "", id)) },
			`user.grant.reactivated usergrant/# org=a project=p user=m {}`,
		},
		{
			"remove an authorization", "owner-a", func(c iam.Caller) error { return errOf(d.RemoveAuthorization(ctx, c, "m", id)) },
			`user.grant.removed usergrant/# org=a project=p user=m {"before":{"roleKeys":[]}}`,
		},
		{
			"remove several authorizations", "owner-b", func(c iam.Caller) error { return d.RemoveAuthorizations(ctx, c, []string{other}) },
			`user.grant.removed usergrant/# org=b project=p grant=# user=plain-b {"before":{"roleKeys":["r1"]}}`,
		},
	}
}

// memberSteps make managers of everything.
func (w *world) memberSteps() []step {
	ctx, d := w.t.Context(), w.Directory
	var steps []step
	for _, level := range []struct {
		name, by, user, one, two string
		res                      directory.Resource
		event, where             string
	}{
		{"instance", "root", "m", "IAM_OWNER_VIEWER", "IAM_USER_MANAGER", directory.Resource{Level: iam.LevelInstance}, "instance", "instance/#"},
		{"org", "owner-a", "m", "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", directory.Resource{Level: iam.LevelOrg, ID: "a"}, "org", "org/a org=a"},
		{"project", "owner-a", "m", "PROJECT_OWNER_VIEWER", "PROJECT_OWNER", directory.Resource{Level: iam.LevelProject, ID: "p"}, "project", "project/p org=a project=p"},
		{
			"grant", "owner-b", "owner-b", "PROJECT_GRANT_OWNER_VIEWER", "PROJECT_GRANT_OWNER",
			directory.Resource{Level: iam.LevelProjectGrant, ProjectID: "p", GrantedOrgID: "b"},
			"project.grant", "project/p org=b project=p grant=#",
		},
	} {
		steps = append(steps,
			step{"add a manager of the " + level.name, level.by, func(c iam.Caller) error {
				return errOf(d.AddMember(ctx, c, level.res, level.user, []string{level.one}))
			}, level.event + `.member.added ` + level.where + ` user=` + level.user + ` {"after":{"roles":["` + level.one + `"]}}`},
			step{"change a manager of the " + level.name, level.by, func(c iam.Caller) error {
				return errOf(d.UpdateMember(ctx, c, level.res, level.user, []string{level.two, level.two}, 0))
			}, level.event + `.member.changed ` + level.where + ` user=` + level.user + ` {"before":{"roles":["` + level.one + `"]},"after":{"roles":["` + level.two + `"]}}`},
			step{"remove a manager of the " + level.name, level.by, func(c iam.Caller) error {
				return errOf(d.RemoveMember(ctx, c, level.res, level.user))
			}, level.event + `.member.removed ` + level.where + ` user=` + level.user + ` {"before":{"roles":["` + level.two + `"]}}`},
		)
	}
	return steps
}

// lastSteps take everything away again, and are those of the instance.
func (w *world) lastSteps() []step {
	ctx, d := w.t.Context(), w.Directory
	return []step{
		{
			"remove a role", "owner-a", func(c iam.Caller) error { return errOf(d.RemoveRole(ctx, c, "p", "r2")) },
			`project.role.removed project/p org=a project=p {"before":{"displayName":"","group":"","key":"r2"}}`,
		},
		{"remove a grant", "owner-a", func(c iam.Caller) error {
			return errOf(d.RemoveProjectGrant(ctx, c, directory.GrantRef{ProjectID: "p", GrantedOrgID: "b"}))
		}, `project.grant.removed project/p org=a project=p grant=# {"before":{"grantedOrgId":"b","roleKeys":["r1"]}}`},
		{
			"remove a project", "owner-a", func(c iam.Caller) error { return errOf(d.RemoveProject(ctx, c, "p")) },
			`project.removed project/p org=a project=p {"before":{"name":"Q"}}`,
		},
		{
			"remove a user", "owner-a", func(c iam.Caller) error { return errOf(d.RemoveUser(ctx, c, "m")) },
			`user.removed user/m org=a user=m {"before":{"type":"machine","userName":"BOT2"}}`,
		},
		{"create an org", "root", func(c iam.Caller) error {
			_, _, err := d.CreateOrg(ctx, c, directory.NewOrg{ID: "o", Name: "New", Admins: []directory.NewOrgAdmin{{UserID: "plain-a", Roles: []string{"ORG_OWNER_VIEWER"}}}})
			return err
		}, `org.added org/o org=o {"after":{"name":"New","primaryDomain":"new.id.example.test"}}
org.member.added org/o org=o user=plain-a {"after":{"roles":["ORG_OWNER_VIEWER"]}}`},
		{
			"set the default org", "root", func(c iam.Caller) error { return errOf(d.SetDefaultOrg(ctx, c, "o")) },
			`instance.default.org.set instance/# org=o {"before":{"orgId":"#"},"after":{"orgId":"o"}}`,
		},
		{"deactivate an org", "owner-a", func(c iam.Caller) error { return errOf(d.DeactivateOrg(ctx, c, "a")) }, `org.deactivated org/a org=a {}`},
		{"reactivate an org", "owner-a", func(c iam.Caller) error { return errOf(d.ReactivateOrg(ctx, c, "a")) }, `org.reactivated org/a org=a {}`},
		{"remove an org", "owner-a", func(c iam.Caller) error { return errOf(d.RemoveOrg(ctx, c, "a")) }, `org.removed org/a org=a {"before":{"name":"Alpha"}}`},
	}
}
