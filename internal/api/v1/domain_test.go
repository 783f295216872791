package v1

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func domainAccess() []access {
	type call = func(context.Context) error
	const domain = "chat.example.com"
	with := func(w *world) *world { // a verified domain
		must(w.AddOrgDomain(w.as(w.root, w.alpha), &mgmt.AddOrgDomainRequest{Domain: domain}))
		return w
	}
	return []access{
		{name: "AddOrgDomain", writes: true, call: func(w *world) call {
			return calling(w.AddOrgDomain, &mgmt.AddOrgDomainRequest{Domain: domain})
		}},
		{name: "RemoveOrgDomain", writes: true, call: func(w *world) call {
			return calling(with(w).RemoveOrgDomain, &mgmt.RemoveOrgDomainRequest{Domain: domain})
		}},
		{name: "SetPrimaryOrgDomain", writes: true, call: func(w *world) call {
			return calling(with(w).SetPrimaryOrgDomain, &mgmt.SetPrimaryOrgDomainRequest{Domain: domain})
		}},
		{name: "GenerateOrgDomainValidation", writes: true, call: func(w *world) call {
			must(w.AddOrgDomain(w.in(w.alpha), &mgmt.AddOrgDomainRequest{Domain: domain}))
			return calling(w.GenerateOrgDomainValidation, &mgmt.GenerateOrgDomainValidationRequest{
				Domain: domain, Type: org.DomainValidationType_DOMAIN_VALIDATION_TYPE_DNS,
			})
		}},
		{name: "ValidateOrgDomain", writes: true, call: func(w *world) call {
			must(w.AddOrgDomain(w.in(w.alpha), &mgmt.AddOrgDomainRequest{Domain: domain}))
			token := must(w.GenerateOrgDomainValidation(w.in(w.alpha), &mgmt.GenerateOrgDomainValidationRequest{
				Domain: domain, Type: org.DomainValidationType_DOMAIN_VALIDATION_TYPE_DNS,
			})).GetToken()
			w.Directory.DNS = zone{iam.ChallengeRecord(domain) + ".": token}
			return calling(w.ValidateOrgDomain, &mgmt.ValidateOrgDomainRequest{Domain: domain})
		}},
	}
}

// zone is a DNS of one TXT record for each name.
type zone map[string]string

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	return []string{z[name]}, nil
}

// TestOrgDomains is what Terraform's provider does with a domain: add, make
// primary, make another one primary, remove.
func TestOrgDomains(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(w.root, w.alpha)
	shown := func() string {
		t.Helper()
		l := must(w.ListOrgDomains(w.in(w.alpha), &mgmt.ListOrgDomainsRequest{}))
		out := mapSlice(l.GetResult(), func(d *org.Domain) string {
			if d.GetOrgId() != w.alpha || d.GetDetails().GetResourceOwner() != w.alpha {
				t.Errorf("domain %v", d)
			}
			return fmt.Sprintf("%s %t %t %d", d.GetDomainName(), d.GetIsVerified(), d.GetIsPrimary(), d.GetValidationType())
		})
		return strings.Join(out, ", ")
	}
	must(w.AddOrgDomain(ctx, &mgmt.AddOrgDomainRequest{Domain: "Chat.Example.com"}))
	must(w.AddOrgDomain(w.in(w.alpha), &mgmt.AddOrgDomainRequest{Domain: "open.example.com"}))
	must(w.GenerateOrgDomainValidation(w.in(w.alpha), &mgmt.GenerateOrgDomainValidationRequest{Domain: "open.example.com", Type: 2}))
	must(w.SetPrimaryOrgDomain(ctx, &mgmt.SetPrimaryOrgDomainRequest{Domain: "chat.example.com"}))
	if got := shown(); got != "open.example.com false false 2, chat.example.com true true 0, alpha.id.example.com true false 0" {
		t.Errorf("with another primary: %s", got)
	}
	if o := must(w.GetMyOrg(w.in(w.alpha), &mgmt.GetMyOrgRequest{})).GetOrg(); o.GetPrimaryDomain() != "chat.example.com" {
		t.Errorf("organization %v", o)
	}
	for _, domain := range []string{"chat.example.com", "ALPHA.id.example.com"} {
		if o := must(w.GetOrgByDomainGlobal(ctx, &mgmt.GetOrgByDomainGlobalRequest{Domain: domain})); o.GetOrg().GetId() != w.alpha {
			t.Errorf("by %s: %v", domain, o)
		}
		unique := must(w.admin.IsOrgUnique(w.as(w.root, ""), &admin.IsOrgUniqueRequest{Domain: domain}))
		if unique.GetIsUnique() {
			t.Errorf("%s is free", domain)
		}
	}
	for _, test := range []struct {
		name string
		call func(context.Context) error
		want iam.Kind
	}{
		{"by an unverified domain", calling(w.GetOrgByDomainGlobal, &mgmt.GetOrgByDomainGlobalRequest{Domain: "open.example.com"}), iam.NotFound},
		{"add twice", calling(w.AddOrgDomain, &mgmt.AddOrgDomainRequest{Domain: "chat.example.com"}), iam.AlreadyExists},
		{"add no host name", calling(w.AddOrgDomain, &mgmt.AddOrgDomainRequest{Domain: "a b"}), iam.InvalidArgument},
		{"remove the primary", calling(w.RemoveOrgDomain, &mgmt.RemoveOrgDomainRequest{Domain: "chat.example.com"}), iam.FailedPrecondition},
		{"remove an unknown one", calling(w.RemoveOrgDomain, &mgmt.RemoveOrgDomainRequest{Domain: "none.example.com"}), iam.NotFound},
		{"primary already", calling(w.SetPrimaryOrgDomain, &mgmt.SetPrimaryOrgDomainRequest{Domain: "chat.example.com"}), iam.Unchanged},
		{"primary, not verified", calling(w.SetPrimaryOrgDomain, &mgmt.SetPrimaryOrgDomainRequest{Domain: "open.example.com"}), iam.FailedPrecondition},
		{"primary, unknown", calling(w.SetPrimaryOrgDomain, &mgmt.SetPrimaryOrgDomainRequest{Domain: "none.example.com"}), iam.NotFound},
		{"HTTP", calling(w.GenerateOrgDomainValidation, &mgmt.GenerateOrgDomainValidationRequest{Domain: "open.example.com", Type: 1}), iam.Unimplemented},
		{"no type", calling(w.GenerateOrgDomainValidation, &mgmt.GenerateOrgDomainValidationRequest{Domain: "open.example.com"}), iam.InvalidArgument},
		{"unknown type", calling(w.GenerateOrgDomainValidation, &mgmt.GenerateOrgDomainValidationRequest{Domain: "open.example.com", Type: 9}), iam.InvalidArgument},
		{"of a verified one", calling(w.GenerateOrgDomainValidation, &mgmt.GenerateOrgDomainValidationRequest{Domain: "chat.example.com", Type: 2}), iam.FailedPrecondition},
		{"back", calling(w.SetPrimaryOrgDomain, &mgmt.SetPrimaryOrgDomainRequest{Domain: "alpha.id.example.com"}), success},
		{"remove", calling(w.RemoveOrgDomain, &mgmt.RemoveOrgDomainRequest{Domain: "chat.example.com"}), success},
		{"remove an unverified one", calling(w.RemoveOrgDomain, &mgmt.RemoveOrgDomainRequest{Domain: "open.example.com"}), success},
		{"remove that of the name", calling(w.RemoveOrgDomain, &mgmt.RemoveOrgDomainRequest{Domain: "alpha.id.example.com"}), iam.FailedPrecondition},
	} {
		wantKind(t, test.name, test.call(ctx), test.want)
	}
	if got := shown(); got != "alpha.id.example.com true true 0" {
		t.Errorf("in the end: %s", got)
	}
	made := setUp("Delta", "delta")
	made.Org.Domain = "delta.example.com"
	id := must(w.admin.SetUpOrg(w.as(w.root, ""), made)).GetOrgId()
	if o := must(w.GetOrgByDomainGlobal(ctx, &mgmt.GetOrgByDomainGlobalRequest{Domain: "delta.example.com"})).GetOrg(); o.GetId() != id ||
		o.GetPrimaryDomain() != "delta.id.example.com" {
		t.Errorf("set up with a domain: %v", o)
	}
}
