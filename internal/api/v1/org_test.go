package v1

import (
	"strings"
	"testing"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// TestAddOrg needs a role on the instance and makes the caller the owner.
func TestAddOrg(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := &mgmt.AddOrgRequest{Name: "Gamma"}
	maker := w.manager(w.beta, iam.LevelInstance, w.instance, iam.IAMOrgManager)
	viewer := w.manager(w.home, iam.LevelInstance, w.instance, iam.IAMOwnerViewer)
	wantKind(t, "nobody", calling(w.AddOrg, req)(w.as("", "")), iam.Unauthenticated)
	wantKind(t, "owner of an organization", calling(w.AddOrg, req)(w.in(w.home)), iam.PermissionDenied)
	wantKind(t, "viewer of the instance", calling(w.AddOrg, req)(w.as(viewer, w.home)), iam.PermissionDenied)
	got := must(w.AddOrg(w.as(maker, w.alpha), req))
	if got.GetDetails().GetResourceOwner() != got.GetId() || got.GetId() == "" || got.GetDetails().GetSequence() == 0 {
		t.Errorf("details of the new organization: %v", got)
	}
	members := must(w.ListOrgMembers(w.as(maker, got.GetId()), &mgmt.ListOrgMembersRequest{})).GetResult()
	if len(members) != 1 || members[0].GetUserId() != maker || strings.Join(members[0].GetRoles(), " ") != "ORG_OWNER" {
		t.Errorf("first members: %v, want the caller as ORG_OWNER", members)
	}
	for name, want := range map[string]iam.Kind{
		"gamma": iam.AlreadyExists, "": iam.InvalidArgument, "...": iam.InvalidArgument,
		strings.Repeat("x", iam.MaxName+1): iam.InvalidArgument,
	} {
		wantKind(t, "name "+name, calling(w.AddOrg, &mgmt.AddOrgRequest{Name: name})(w.as(maker, w.alpha)), want)
	}
}

func TestGetOrgByDomainGlobal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := &mgmt.GetOrgByDomainGlobalRequest{Domain: "ALPHA.id.example.com"}
	call := calling(w.GetOrgByDomainGlobal, req)
	wantKind(t, "nobody", call(w.as("", "")), iam.Unauthenticated)
	wantKind(t, "owner of another organization", call(w.in(w.home)), iam.NotFound)
	wantKind(t, "owner of another organization, in its context", call(w.as(w.owner[w.home], w.alpha)), iam.NotFound)
	wantKind(t, "viewer", call(w.as(w.viewer[w.alpha], w.alpha)), success)
	wantKind(t, "no such domain", calling(w.GetOrgByDomainGlobal, &mgmt.GetOrgByDomainGlobalRequest{})(w.in(w.alpha)), iam.NotFound)
	if got := must(w.GetOrgByDomainGlobal(w.as(w.root, w.home), req)); got.GetOrg().GetId() != w.alpha {
		t.Errorf("organization by domain: %v, want alpha", got)
	}
}

func TestOrgLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := w.in(w.alpha)
	before := must(w.GetMyOrg(ctx, &mgmt.GetMyOrgRequest{})).GetOrg()
	if before.GetId() != w.alpha || before.GetName() != "Alpha" || before.GetPrimaryDomain() != "alpha.id.example.com" ||
		before.GetState() != org.OrgState_ORG_STATE_ACTIVE || before.GetDetails().GetResourceOwner() != w.alpha {
		t.Errorf("organization: %v", before)
	}
	walk(t, ctx, []step{
		{"same name", calling(w.UpdateOrg, &mgmt.UpdateOrgRequest{Name: "Alpha"}), iam.Unchanged},
		{"taken name", calling(w.UpdateOrg, &mgmt.UpdateOrgRequest{Name: "BETA"}), iam.AlreadyExists},
		{"bad name", calling(w.UpdateOrg, &mgmt.UpdateOrgRequest{Name: " "}), iam.InvalidArgument},
		{"already on", calling(w.ReactivateOrg, &mgmt.ReactivateOrgRequest{}), iam.Unchanged},
		{"rename", calling(w.UpdateOrg, &mgmt.UpdateOrgRequest{Name: "Alpha Two"}), success},
		{"off", calling(w.DeactivateOrg, &mgmt.DeactivateOrgRequest{}), success},
		{"already off", calling(w.DeactivateOrg, &mgmt.DeactivateOrgRequest{}), iam.Unchanged},
	})
	after := must(w.GetMyOrg(ctx, &mgmt.GetMyOrgRequest{})).GetOrg()
	if after.GetName() != "Alpha Two" || after.GetPrimaryDomain() != "alpha-two.id.example.com" ||
		after.GetState() != org.OrgState_ORG_STATE_INACTIVE || after.GetDetails().GetSequence() <= before.GetDetails().GetSequence() {
		t.Errorf("organization after its changes: %v", after)
	}
	must(w.RemoveOrg(ctx, &mgmt.RemoveOrgRequest{}))
	_, err := w.db.Read().Org(t.Context(), w.alpha)
	wantKind(t, "after the removal", err, iam.NotFound)
	walk(t, w.in(w.home), []step{
		{"default off", calling(w.DeactivateOrg, &mgmt.DeactivateOrgRequest{}), iam.FailedPrecondition},
		{"default gone", calling(w.RemoveOrg, &mgmt.RemoveOrgRequest{}), iam.FailedPrecondition},
	})
}

func TestListOrgDomains(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		name   string
		method object.TextQueryMethod
		want   int
	}{
		{"alpha.id.example.com", object.TextQueryMethod_TEXT_QUERY_METHOD_EQUALS, 1},
		{"ALPHA", object.TextQueryMethod_TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE, 1},
		{"ALPHA", object.TextQueryMethod_TEXT_QUERY_METHOD_STARTS_WITH, 0},
		{"beta", object.TextQueryMethod_TEXT_QUERY_METHOD_CONTAINS, 0},
	} {
		query := &org.DomainSearchQuery{Query: &org.DomainSearchQuery_DomainNameQuery{
			DomainNameQuery: &org.DomainNameQuery{Name: c.name, Method: c.method},
		}}
		got := must(w.ListOrgDomains(w.in(w.alpha), &mgmt.ListOrgDomainsRequest{Queries: []*org.DomainSearchQuery{query}}))
		if len(got.GetResult()) != c.want || got.GetDetails().GetTotalResult() != uint64(c.want) {
			t.Errorf("domains by %q %v: %v, want %d", c.name, c.method, got, c.want)
		}
	}
	// The owner of the instance sees the context's domain only, too.
	got := must(w.ListOrgDomains(w.as(w.root, w.alpha), &mgmt.ListOrgDomainsRequest{})).GetResult()
	if len(got) != 1 || got[0].GetDomainName() != "alpha.id.example.com" || !got[0].GetIsPrimary() || !got[0].GetIsVerified() || got[0].GetOrgId() != w.alpha {
		t.Errorf("domains: %v", got)
	}
	wantKind(t, "domains without a context", calling(w.ListOrgDomains, &mgmt.ListOrgDomainsRequest{})(w.as(w.root, "")), iam.NotFound)
}

// TestOrgQueries applies the queries that the Admin service shares.
func TestOrgQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(w.DeactivateOrg(w.in(w.beta), &mgmt.DeactivateOrgRequest{}))
	state := func(s org.OrgState) *org.OrgQuery {
		return &org.OrgQuery{Query: &org.OrgQuery_StateQuery{StateQuery: &org.OrgStateQuery{State: s}}}
	}
	for _, c := range []struct {
		name  string
		query *org.OrgQuery
		want  string
	}{
		{"active", state(org.OrgState_ORG_STATE_ACTIVE), "Alpha Home"},
		{"inactive", state(org.OrgState_ORG_STATE_INACTIVE), "Beta"},
		{"removed", state(org.OrgState_ORG_STATE_REMOVED), ""},
		{"id", &org.OrgQuery{Query: &org.OrgQuery_IdQuery{IdQuery: &org.OrgIDQuery{Id: w.alpha}}}, "Alpha"},
		{"name", &org.OrgQuery{Query: &org.OrgQuery_NameQuery{NameQuery: &org.OrgNameQuery{
			Name: "HOME", Method: object.TextQueryMethod_TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE,
		}}}, "Home"},
		{"domain", &org.OrgQuery{Query: &org.OrgQuery_DomainQuery{DomainQuery: &org.OrgDomainQuery{
			Domain: "ta.id", Method: object.TextQueryMethod_TEXT_QUERY_METHOD_CONTAINS,
		}}}, "Beta"},
	} {
		f := must(orgFilter([]*org.OrgQuery{c.query}))
		sort := must(orgSorting(org.OrgFieldName_ORG_FIELD_NAME_NAME))
		l := must(w.db.Read().Orgs(t.Context(), iam.Reach{All: true}, f, iam.Page{Limit: 10, Asc: true, SortBy: sort}))
		if got := strings.Join(mapSlice(l.Items, func(o iam.Org) string { return orgOf(o).GetName() }), " "); got != c.want {
			t.Errorf("organizations by %s: %q, want %q", c.name, got, c.want)
		}
	}
}
