package v2

import (
	"context"
	"fmt"
	"strings"
	"testing"

	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	org "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const chatDomain = "chat.example.com"

func domainAccess() []access {
	add := func(w *world, caller string) {
		must(w.orgs.AddOrganizationDomain(w.as(caller), &org.AddOrganizationDomainRequest{OrganizationId: alpha, Domain: chatDomain}))
	}
	generate := &org.GenerateOrganizationDomainValidationRequest{
		OrganizationId: alpha, Domain: chatDomain, Type: org.DomainValidationType_DOMAIN_VALIDATION_TYPE_DNS,
	}
	return []access{
		{method: "AddOrganizationDomain", call: func(w *world) caller {
			return calling(w.orgs.AddOrganizationDomain, &org.AddOrganizationDomainRequest{OrganizationId: alpha, Domain: chatDomain})
		}},
		{method: "ListOrganizationDomains", stranger: iam.NotFound, viewer: success, call: func(w *world) caller {
			return calling(w.orgs.ListOrganizationDomains, &org.ListOrganizationDomainsRequest{OrganizationId: alpha})
		}},
		{method: "DeleteOrganizationDomain", call: func(w *world) caller {
			add(w, rootID)
			return calling(w.orgs.DeleteOrganizationDomain, &org.DeleteOrganizationDomainRequest{OrganizationId: alpha, Domain: chatDomain})
		}},
		{method: "GenerateOrganizationDomainValidation", call: func(w *world) caller {
			add(w, ownerID)
			return calling(w.orgs.GenerateOrganizationDomainValidation, generate)
		}},
		{method: "VerifyOrganizationDomain", call: func(w *world) caller {
			add(w, ownerID)
			w.orgs.Directory.DNS = zone{must(w.orgs.GenerateOrganizationDomainValidation(w.as(ownerID), generate)).GetToken()}
			return calling(w.orgs.VerifyOrganizationDomain, &org.VerifyOrganizationDomainRequest{OrganizationId: alpha, Domain: chatDomain})
		}},
	}
}

// zone is a DNS with the same TXT records everywhere.
type zone []string

func (z zone) LookupTXT(context.Context, string) ([]string, error) { return z, nil }

func TestDomains(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(ownerID)
	shown := func(p *filter.PaginationRequest, by org.DomainFieldName, domain string) string {
		t.Helper()
		req := &org.ListOrganizationDomainsRequest{OrganizationId: alpha, Pagination: p, SortingColumn: by}
		if domain != "" {
			req.Filters = []*org.DomainSearchFilter{{Filter: &org.DomainSearchFilter_DomainFilter{
				DomainFilter: &org.OrganizationDomainQuery{Domain: domain},
			}}}
		}
		resp := must(w.orgs.ListOrganizationDomains(ctx, req))
		out := mapSlice(resp.GetDomains(), func(d *org.Domain) string {
			return fmt.Sprintf("%s %t %t %d", d.GetDomain(), d.GetIsVerified(), d.GetIsPrimary(), d.GetValidationType())
		})
		return fmt.Sprintf("%s of %d", strings.Join(out, ", "), resp.GetPagination().GetTotalResult())
	}
	add := &org.AddOrganizationDomainRequest{OrganizationId: alpha, Domain: "Chat.example.com"}
	if must(w.orgs.AddOrganizationDomain(ctx, add)).GetCreationDate() == nil {
		t.Error("no creation date")
	}
	generated := must(w.orgs.GenerateOrganizationDomainValidation(ctx, &org.GenerateOrganizationDomainValidationRequest{
		OrganizationId: alpha, Domain: chatDomain, Type: org.DomainValidationType_DOMAIN_VALIDATION_TYPE_DNS,
	}))
	if generated.GetUrl() != "_zitadel-challenge.chat.example.com" || len(generated.GetToken()) < 20 {
		t.Errorf("generated %v", generated)
	}
	if got := shown(nil, 0, chatDomain); got != "chat.example.com false false 2 of 1" {
		t.Errorf("unproved: %s", got)
	}
	verify := calling(w.orgs.VerifyOrganizationDomain, &org.VerifyOrganizationDomainRequest{OrganizationId: alpha, Domain: chatDomain})
	wantKind(t, "without DNS", verify(ctx), iam.Unimplemented)
	w.orgs.Directory.DNS = zone{"other"}
	wantKind(t, "with another record", verify(ctx), iam.FailedPrecondition)
	w.orgs.Directory.DNS = zone{"other", generated.GetToken()}
	wantKind(t, "verify", verify(ctx), success)
	wantKind(t, "verify again", verify(ctx), iam.FailedPrecondition)
	for _, test := range []struct {
		page *filter.PaginationRequest
		by   org.DomainFieldName
		want string
	}{
		{&filter.PaginationRequest{Asc: true}, org.DomainFieldName_DOMAIN_FIELD_NAME_NAME, "alpha.id.example.com true true 0, chat.example.com true false 0 of 2"},
		{nil, org.DomainFieldName_DOMAIN_FIELD_NAME_CREATION_DATE, "chat.example.com true false 0, alpha.id.example.com true true 0 of 2"},
		{&filter.PaginationRequest{Limit: 1, Offset: 1}, org.DomainFieldName_DOMAIN_FIELD_NAME_NAME, "alpha.id.example.com true true 0 of 2"},
	} {
		if got := shown(test.page, test.by, ""); got != test.want {
			t.Errorf("by %s: %s", test.by, got)
		}
	}
	list := func(change func(*org.ListOrganizationDomainsRequest)) caller {
		req := &org.ListOrganizationDomainsRequest{OrganizationId: alpha}
		change(req)
		return calling(w.orgs.ListOrganizationDomains, req)
	}
	remove := calling(w.orgs.DeleteOrganizationDomain, &org.DeleteOrganizationDomainRequest{OrganizationId: alpha, Domain: chatDomain})
	for _, test := range []struct {
		name string
		call caller
		want iam.Kind
	}{
		{"add twice", calling(w.orgs.AddOrganizationDomain, add), iam.AlreadyExists},
		{"add to an unknown one", calling(w.orgs.AddOrganizationDomain, &org.AddOrganizationDomainRequest{OrganizationId: unknown, Domain: chatDomain}), iam.NotFound},
		{"add no domain", calling(w.orgs.AddOrganizationDomain, &org.AddOrganizationDomainRequest{OrganizationId: alpha}), iam.InvalidArgument},
		{"unknown column", list(func(r *org.ListOrganizationDomainsRequest) { r.SortingColumn = 9 }), iam.InvalidArgument},
		{"empty filter", list(func(r *org.ListOrganizationDomainsRequest) { r.Filters = []*org.DomainSearchFilter{{}} }), iam.InvalidArgument},
		{"of an unknown one", list(func(r *org.ListOrganizationDomainsRequest) { r.OrganizationId = unknown }), iam.NotFound},
		{"HTTP", calling(w.orgs.GenerateOrganizationDomainValidation, &org.GenerateOrganizationDomainValidationRequest{
			OrganizationId: alpha, Domain: chatDomain, Type: org.DomainValidationType_DOMAIN_VALIDATION_TYPE_HTTP,
		}), iam.Unimplemented},
		{"no type", calling(w.orgs.GenerateOrganizationDomainValidation, &org.GenerateOrganizationDomainValidationRequest{
			OrganizationId: alpha, Domain: chatDomain,
		}), iam.InvalidArgument},
		{"remove", remove, success},
		{"remove again", remove, iam.NotFound},
	} {
		wantKind(t, test.name, test.call(ctx), test.want)
	}
}
