package test

import (
	"strings"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/member"
)

// memberOf asks a list of members for the object's user.
func memberOf(d *data) []*member.SearchQuery {
	return []*member.SearchQuery{{Query: &member.SearchQuery_UserIdQuery{
		UserIdQuery: &member.UserIDQuery{UserId: d.text("user_id")},
	}}}
}

// members is what the lists of members answer with.
type members interface{ GetResult() []*member.Member }

// memberKind is a membership. The id is made of parts, the user's last.
func memberKind(
	name string, parts []string,
	list func(*provider, *data) (members, error), add, update, remove func(*provider, *data) error,
) kind {
	id := func(d *data) string {
		var values []string
		for _, part := range parts {
			values = append(values, d.text(part))
		}
		return strings.Join(values, "_")
	}
	k := kind{
		name: name, update: update, remove: remove,
		create: func(p *provider, d *data) error {
			d.id = id(d)
			return add(p, d)
		},
		read: func(p *provider, d *data) error {
			answer, err := list(p, d)
			if lost(err) || err == nil && len(answer.GetResult()) != 1 {
				return d.gone()
			}
			if err != nil {
				return err
			}
			found := answer.GetResult()[0]
			read := attributes{"user_id": found.GetUserId(), "roles": set(found.GetRoles())}
			switch name {
			case "zitadel_org_member", "zitadel_project_member":
				read["org_id"] = found.GetDetails().GetResourceOwner()
			case "zitadel_instance_member":
				read["instance"] = found.GetDetails().GetResourceOwner()
			}
			if err := d.found("", read); err != nil {
				return err
			}
			d.id = id(d)
			return nil
		},
	}
	for _, part := range parts {
		switch part {
		case "org_id":
			k.optional = []string{part}
		case "instance":
			k.computed = []string{part}
		default:
			k.imports = append(k.imports, part)
		}
	}
	return k
}

func orgMemberKind() kind {
	return memberKind("zitadel_org_member", []string{"org_id", "user_id"},
		func(p *provider, d *data) (members, error) {
			return p.ManagementService().ListOrgMembers(p.of(d), &management.ListOrgMembersRequest{Queries: memberOf(d)})
		}, func(p *provider, d *data) error {
			_, err := p.ManagementService().AddOrgMember(p.of(d), &management.AddOrgMemberRequest{
				UserId: d.text("user_id"), Roles: d.texts("roles"),
			})
			return err
		}, func(p *provider, d *data) error {
			_, err := p.ManagementService().UpdateOrgMember(p.of(d), &management.UpdateOrgMemberRequest{
				UserId: d.text("user_id"), Roles: d.texts("roles"),
			})
			return err
		}, func(p *provider, d *data) error {
			_, err := p.ManagementService().RemoveOrgMember(p.of(d), &management.RemoveOrgMemberRequest{UserId: d.text("user_id")})
			return err
		})
}

func projectMemberKind() kind {
	return memberKind("zitadel_project_member", []string{"org_id", "project_id", "user_id"},
		func(p *provider, d *data) (members, error) {
			return p.ManagementService().ListProjectMembers(p.of(d), &management.ListProjectMembersRequest{
				ProjectId: d.text("project_id"), Queries: memberOf(d),
			})
		}, func(p *provider, d *data) error {
			_, err := p.ManagementService().AddProjectMember(p.of(d), &management.AddProjectMemberRequest{
				ProjectId: d.text("project_id"), UserId: d.text("user_id"), Roles: d.texts("roles"),
			})
			return err
		}, func(p *provider, d *data) error {
			_, err := p.ManagementService().UpdateProjectMember(p.of(d), &management.UpdateProjectMemberRequest{
				ProjectId: d.text("project_id"), UserId: d.text("user_id"), Roles: d.texts("roles"),
			})
			return err
		}, func(p *provider, d *data) error {
			_, err := p.ManagementService().RemoveProjectMember(p.of(d), &management.RemoveProjectMemberRequest{
				ProjectId: d.text("project_id"), UserId: d.text("user_id"),
			})
			return err
		})
}

func projectGrantMemberKind() kind {
	return memberKind("zitadel_project_grant_member", []string{"org_id", "project_id", "grant_id", "user_id"},
		func(p *provider, d *data) (members, error) {
			return p.ManagementService().ListProjectGrantMembers(p.of(d), &management.ListProjectGrantMembersRequest{
				ProjectId: d.text("project_id"), GrantId: d.text("grant_id"), Queries: memberOf(d),
			})
		}, func(p *provider, d *data) error {
			_, err := p.ManagementService().AddProjectGrantMember(p.of(d), &management.AddProjectGrantMemberRequest{
				ProjectId: d.text("project_id"), GrantId: d.text("grant_id"), UserId: d.text("user_id"), Roles: d.texts("roles"),
			})
			return err
		}, func(p *provider, d *data) error {
			_, err := p.ManagementService().UpdateProjectGrantMember(p.of(d), &management.UpdateProjectGrantMemberRequest{
				ProjectId: d.text("project_id"), GrantId: d.text("grant_id"), UserId: d.text("user_id"), Roles: d.texts("roles"),
			})
			return err
		}, func(p *provider, d *data) error {
			_, err := p.ManagementService().RemoveProjectGrantMember(p.of(d), &management.RemoveProjectGrantMemberRequest{
				ProjectId: d.text("project_id"), GrantId: d.text("grant_id"), UserId: d.text("user_id"),
			})
			return err
		})
}

func instanceMemberKind() kind {
	return memberKind("zitadel_instance_member", []string{"instance", "user_id"},
		func(p *provider, d *data) (members, error) {
			return p.AdminService().ListIAMMembers(p.base, &admin.ListIAMMembersRequest{Queries: memberOf(d)})
		}, func(p *provider, d *data) error {
			answer, err := p.AdminService().AddIAMMember(p.base, &admin.AddIAMMemberRequest{
				UserId: d.text("user_id"), Roles: d.texts("roles"),
			})
			d.now["instance"] = answer.GetDetails().GetResourceOwner()
			d.id = d.text("instance") + "_" + d.text("user_id")
			return err
		}, func(p *provider, d *data) error {
			_, err := p.AdminService().UpdateIAMMember(p.base, &admin.UpdateIAMMemberRequest{
				UserId: d.text("user_id"), Roles: d.texts("roles"),
			})
			return err
		}, func(p *provider, d *data) error {
			_, err := p.AdminService().RemoveIAMMember(p.base, &admin.RemoveIAMMemberRequest{UserId: d.text("user_id")})
			return err
		})
}
