package test

import (
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	metadatav2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/metadata/v2"
	orgs "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
)

func userMetadataKind() kind {
	set := func(p *provider, d *data) error {
		_, err := p.ManagementService().SetUserMetadata(p.of(d), &management.SetUserMetadataRequest{
			Id: d.text("user_id"), Key: d.text("key"), Value: []byte(d.text("value")),
		})
		d.id = d.text("user_id") + "_" + d.text("key")
		return err
	}
	return kind{
		name: "zitadel_user_metadata", imports: []string{"user_id", "key"}, optional: []string{"org_id"}, create: set, update: set,
		read: func(p *provider, d *data) error {
			answer, err := p.ManagementService().GetUserMetadata(p.of(d), &management.GetUserMetadataRequest{
				Id: d.text("user_id"), Key: d.text("key"),
			})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			return d.found(d.text("user_id")+"_"+d.text("key"), attributes{"value": string(answer.GetMetadata().GetValue())})
		},
		remove: func(p *provider, d *data) error {
			_, err := p.ManagementService().RemoveUserMetadata(p.of(d), &management.RemoveUserMetadataRequest{
				Id: d.text("user_id"), Key: d.text("key"),
			})
			return err
		},
	}
}

func orgMetadataKind() kind {
	set := func(p *provider, d *data) error {
		_, err := p.ManagementService().SetOrgMetadata(p.of(d), &management.SetOrgMetadataRequest{
			Key: d.text("key"), Value: []byte(d.text("value")),
		})
		d.id = d.text("key")
		return err
	}
	return kind{
		name: "zitadel_org_metadata", imports: []string{"key"}, optional: []string{"org_id"}, create: set, update: set,
		read: func(p *provider, d *data) error {
			answer, err := p.ManagementService().GetOrgMetadata(p.of(d), &management.GetOrgMetadataRequest{Key: d.text("key")})
			if lost(err) {
				return d.gone()
			}
			if err != nil {
				return err
			}
			return d.found(d.text("key"), attributes{"value": string(answer.GetMetadata().GetValue())})
		},
		remove: func(p *provider, d *data) error {
			_, err := p.ManagementService().RemoveOrgMetadata(p.of(d), &management.RemoveOrgMetadataRequest{Key: d.id})
			return err
		},
	}
}

func organizationMetadataKind() kind {
	set := func(p *provider, d *data) error {
		_, err := p.OrganizationServiceV2().SetOrganizationMetadata(p.base, &orgs.SetOrganizationMetadataRequest{
			OrganizationId: d.text("organization_id"), Metadata: []*orgs.Metadata{{Key: d.text("key"), Value: []byte(d.text("value"))}},
		})
		d.id = d.text("key")
		return err
	}
	return kind{
		name: "zitadel_organization_metadata", imports: []string{"organization_id", "key"}, create: set, update: set,
		read: func(p *provider, d *data) error {
			answer, err := p.OrganizationServiceV2().ListOrganizationMetadata(p.base, &orgs.ListOrganizationMetadataRequest{
				OrganizationId: d.text("organization_id"),
				Filters: []*metadatav2.MetadataSearchFilter{{Filter: &metadatav2.MetadataSearchFilter_KeyFilter{
					KeyFilter: &metadatav2.MetadataKeyFilter{Key: d.text("key")},
				}}},
			})
			if lost(err) || err == nil && len(answer.GetMetadata()) == 0 {
				return d.gone()
			}
			if err != nil {
				return err
			}
			return d.found(d.text("key"), attributes{"value": string(answer.GetMetadata()[0].GetValue())})
		},
		remove: func(p *provider, d *data) error {
			_, err := p.OrganizationServiceV2().DeleteOrganizationMetadata(p.base, &orgs.DeleteOrganizationMetadataRequest{
				OrganizationId: d.text("organization_id"), Keys: []string{d.id},
			})
			return err
		},
	}
}
