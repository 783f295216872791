package test

import (
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	orgs "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
)

func orgKind() kind {
	return kind{
		name: "zitadel_org", alone: true, computed: []string{"primary_domain", "state"}, imports: []string{"id"},
		create: func(p *provider, d *data) error {
			err := either(func() error {
				answer, err := p.OrganizationServiceV2().AddOrganization(p.base, &orgs.AddOrganizationRequest{Name: d.text("name")})
				d.id = answer.GetOrganizationId()
				return err
			}, func() error {
				answer, err := p.ManagementService().AddOrg(p.base, &management.AddOrgRequest{Name: d.text("name")})
				d.id = answer.GetId()
				return err
			})
			if err != nil || !d.flag("is_default") {
				return err
			}
			_, err = p.AdminService().SetDefaultOrg(p.base, &admin.SetDefaultOrgRequest{OrgId: d.id})
			return err
		},
		read: func(p *provider, d *data) error {
			answer, err := p.AdminService().GetOrgByID(p.base, &admin.GetOrgByIDRequest{Id: d.id})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			standard, err := p.AdminService().GetDefaultOrg(p.base, &admin.GetDefaultOrgRequest{})
			if err != nil {
				return err
			}
			org := answer.GetOrg()
			return d.found(org.GetId(), attributes{
				"name": org.GetName(), "primary_domain": org.GetPrimaryDomain(), "state": org.GetState().String(),
				"is_default": standard.GetOrg().GetId() == org.GetId(),
			})
		},
		update: func(p *provider, d *data) error {
			if d.changed("name") {
				if err := either(func() error {
					_, err := p.OrganizationServiceV2().UpdateOrganization(p.base, &orgs.UpdateOrganizationRequest{
						OrganizationId: d.id, Name: d.text("name"),
					})
					return err
				}, func() error {
					_, err := p.ManagementService().UpdateOrg(p.in(d.id), &management.UpdateOrgRequest{Name: d.text("name")})
					return err
				}); err != nil {
					return err
				}
			}
			if !d.changed("is_default") || !d.flag("is_default") {
				return nil
			}
			_, err := p.AdminService().SetDefaultOrg(p.base, &admin.SetDefaultOrgRequest{OrgId: d.id})
			return err
		},
		remove: func(p *provider, d *data) error {
			return either(func() error {
				_, err := p.OrganizationServiceV2().DeleteOrganization(p.base, &orgs.DeleteOrganizationRequest{OrganizationId: d.id})
				return err
			}, func() error {
				_, err := p.AdminService().RemoveOrg(p.base, &admin.RemoveOrgRequest{OrgId: d.id})
				return err
			})
		},
	}
}

func organizationKind() kind {
	return kind{
		name: "zitadel_organization", alone: true, computed: []string{"primary_domain", "state"}, unread: []string{"admin"},
		imports: []string{"id"},
		create: func(p *provider, d *data) error {
			request := &orgs.AddOrganizationRequest{Name: d.text("name")}
			if user := d.text("admin"); user != "" {
				request.Admins = append(request.Admins, &orgs.AddOrganizationRequest_Admin{
					UserType: &orgs.AddOrganizationRequest_Admin_UserId{UserId: user}, Roles: []string{"ORG_OWNER"},
				})
			}
			answer, err := p.OrganizationServiceV2().AddOrganization(p.base, request)
			d.id = answer.GetOrganizationId()
			return err
		},
		read: func(p *provider, d *data) error {
			answer, err := p.OrganizationServiceV2().ListOrganizations(p.base, &orgs.ListOrganizationsRequest{
				Queries: []*orgs.SearchQuery{{Query: &orgs.SearchQuery_IdQuery{IdQuery: &orgs.OrganizationIDQuery{Id: d.id}}}},
			})
			if lost(err) || err == nil && len(answer.GetResult()) == 0 {
				return d.gone()
			}
			if err != nil {
				return err
			}
			org := answer.GetResult()[0]
			return d.found(org.GetId(), attributes{
				"name": org.GetName(), "primary_domain": org.GetPrimaryDomain(), "state": org.GetState().String(),
			})
		},
		update: func(p *provider, d *data) error {
			_, err := p.OrganizationServiceV2().UpdateOrganization(p.base, &orgs.UpdateOrganizationRequest{
				OrganizationId: d.id, Name: d.text("name"),
			})
			return err
		},
		remove: func(p *provider, d *data) error {
			_, err := p.OrganizationServiceV2().DeleteOrganization(p.base, &orgs.DeleteOrganizationRequest{OrganizationId: d.id})
			return err
		},
	}
}
