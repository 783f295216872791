package test

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"slices"
	"testing"

	zclient "github.com/zitadel/zitadel-go/v3/pkg/client"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authn"
	instances "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// TestTerraform plays what Zitadel's provider for Terraform does with each of
// its resources and data sources.
func TestTerraform(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		t.Parallel()
		n := start(t, options{Database: open(t)})
		p := newProvider(t, n, zclient.PAT(n.PAT))
		own, err := p.AdminService().GetDefaultOrg(t.Context(), &admin.GetDefaultOrgRequest{})
		if err != nil {
			t.Fatal(err)
		}
		instance, err := p.InstanceServiceV2().GetInstance(t.Context(), &instances.GetInstanceRequest{})
		if err != nil {
			t.Fatal(err)
		}
		fresh := func(p *provider) *terraform {
			return &terraform{p, state{
				"data.zitadel_org.own":      {id: own.GetOrg().GetId()},
				"data.zitadel_instance.own": {id: instance.GetInstance().GetId()},
			}}
		}
		c := terraformConfiguration()
		for _, r := range c {
			t.Run(r.address(), func(t *testing.T) { lifecycle(t, fresh(p), c.only(r.address())) })
		}
		t.Run("default organization", func(t *testing.T) { defaultOrg(t, fresh(p)) })
		t.Run("own organization", func(t *testing.T) { ownOrganization(t, fresh(p)) })
		t.Run("whole graph", func(t *testing.T) { wholeGraph(t, fresh(p), c) })
		t.Run("drift", func(t *testing.T) { drifts(t, fresh(p), c) })
		t.Run("ephemeral", func(t *testing.T) { ephemeral(t, n, fresh(p), c) })
		old := newProvider(t, n, zclient.PAT(n.PAT))
		old.old = true
		for _, r := range oldConfiguration() {
			t.Run("first generation "+r.address(), func(t *testing.T) { lifecycle(t, fresh(old), oldConfiguration().only(r.address())) })
		}
		t.Run("first generation data sources", func(t *testing.T) { oldSources(t, fresh(old)) })
		for _, method := range p.missing(terraformCalls()) {
			t.Errorf("%s was not called", method)
		}
		for _, method := range old.missing(terraformOldCalls()) {
			t.Errorf("%s was not called for want of the second generation", method)
		}
	})
}

// lifecycle makes what an object needs, leads it from its creation to its end,
// and removes the rest.
func lifecycle(t *testing.T, tf *terraform, part configuration) {
	defer tf.clear(part)
	for _, r := range part {
		tf.apply(t, r)
	}
	r := part[len(part)-1]
	if r.kind.update != nil {
		tf.change(t, r)
	}
	tf.adopt(t, r, false)
	if r.kind.alone && !tf.p.old {
		tf.adopt(t, r, true)
	}
	for _, r := range slices.Backward(part) {
		tf.destroy(t, r)
	}
}

// ownOrganization imports objects of the caller's organization without naming it.
func ownOrganization(t *testing.T, tf *terraform) {
	c := ownConfiguration()
	defer tf.clear(c)
	for _, r := range c {
		tf.apply(t, r)
	}
	for _, r := range c {
		tf.adopt(t, r, r.kind.imports[0] == "id" && r.kind.name != "zitadel_personal_access_token")
	}
	for _, r := range slices.Backward(c) {
		tf.destroy(t, r)
	}
}

// defaultOrg makes an organization the default one, and the old one again,
// before the first can go.
func defaultOrg(t *testing.T, tf *terraform) {
	for _, r := range (configuration{
		{kind: orgKind(), label: "made", wanted: attributes{"name": "Default", "is_default": true}},
		{kind: orgKind(), label: "changed", wanted: attributes{"name": "Default later"}, changes: []attributes{{"is_default": true}}},
	}) {
		tf.apply(t, r)
		tf.change(t, r)
		again := *tf.state[r.address()]
		if err := r.kind.remove(tf.p, &again); status.Code(err) != codes.FailedPrecondition {
			t.Errorf("the default organization is removed: %v", err)
		}
		invoke(t, tf.p.AdminService().SetDefaultOrg, "", &admin.SetDefaultOrgRequest{OrgId: tf.state["data.zitadel_org.own"].id})
		tf.destroy(t, r)
	}
}

// wholeGraph makes everything in one run, with the ids that it asks for, reads
// it again, looks at it through data sources, and removes it.
func wholeGraph(t *testing.T, tf *terraform, c configuration) {
	defer tf.clear(c)
	for _, r := range c {
		tf.apply(t, r)
	}
	// What one object makes of another, as a domain of its organization, shows now.
	if gone := tf.gone(t, c); len(gone) > 0 {
		t.Errorf("when all was made there was no %v", gone)
	}
	for _, r := range c {
		tf.refresh(t, r)
		tf.plan(t, r, r.wanted)
	}
	for _, l := range terraformSources() {
		tf.look(t, l)
	}
	for address, id := range map[string]string{
		"zitadel_project_v2.second": "100000000000000001", "zitadel_machine_user.customer": "100000000000000002",
	} {
		if got := tf.state[address].id; got != id {
			t.Errorf("%s has the id %s, want %s", address, got, id)
		}
	}
	for _, r := range slices.Backward(c) {
		tf.destroy(t, r)
	}
}

// oldSources looks at users through data sources where there is no second generation.
func oldSources(t *testing.T, tf *terraform) {
	c := oldConfiguration()
	defer tf.clear(c)
	for _, r := range c {
		tf.apply(t, r)
	}
	for _, l := range oldLookups() {
		tf.look(t, l)
	}
}

// drifts removes things behind Terraform's back: reads say what is gone, and
// the next run makes it again.
func drifts(t *testing.T, tf *terraform, c configuration) {
	defer tf.clear(c)
	for _, r := range c {
		tf.apply(t, r)
	}
	for _, d := range terraformDrift() {
		for _, r := range c {
			if r.address() == d.removed {
				behind := *tf.state[d.removed]
				if err := r.kind.remove(tf.p, &behind); err != nil {
					t.Fatalf("remove %s: %v", d.removed, err)
				}
			}
		}
		got := tf.gone(t, c)
		if want := append([]string{d.removed}, d.gone...); !same(set(got), set(want)) {
			t.Errorf("without %s there is no %v, want no %v", d.removed, got, want)
		}
		for _, r := range c {
			if tf.state[r.address()] == nil {
				tf.apply(t, r)
			}
		}
	}
	tf.orgDrift(t, c)
}

// orgDrift removes an organization behind Terraform's back. What is read in its
// context gets the error that Zitadel gives; the rest is known to be gone.
func (tf *terraform) orgDrift(t *testing.T, c configuration) {
	org := tf.state["zitadel_organization.customer"].id
	invoke(t, tf.p.AdminService().RemoveOrg, "", &admin.RemoveOrgRequest{OrgId: org})
	var gone []string
	for _, r := range c {
		d := tf.state[r.address()]
		err := r.kind.read(tf.p, d)
		switch in := d.text("org_id") == org; {
		case in && status.Code(err) != codes.PermissionDenied:
			t.Errorf("%s is read in the context of an organization that is gone: %v", r.address(), err)
		case !in && err != nil:
			t.Errorf("read %s: %v", r.address(), err)
		}
		if d.id == "" {
			gone = append(gone, r.address())
		}
		if d.id == "" || d.text("org_id") == org {
			delete(tf.state, r.address())
		}
	}
	if want := (set{
		"zitadel_organization.customer", "zitadel_project_grant.customer", "zitadel_project_grant_member.owner",
		"zitadel_organization_metadata.region",
	}); !same(set(gone), want) {
		t.Errorf("without an organization there is no %v, want no %v", gone, want)
	}
	for _, r := range slices.Backward(c) {
		if tf.state[r.address()] != nil {
			tf.destroy(t, r)
		}
	}
}

// ephemeral opens what is not kept in a state, uses it, and closes it.
func ephemeral(t *testing.T, n *node, tf *terraform, c configuration) {
	part := c.only("zitadel_machine_user.ingest")
	defer tf.clear(part)
	for _, r := range part {
		tf.apply(t, r)
	}
	user := tf.state["zitadel_machine_user.ingest"]
	secret := invoke(t, tf.p.ManagementService().GenerateMachineSecret, user.text("org_id"),
		&management.GenerateMachineSecretRequest{UserId: user.id})
	wantMyUser(t, n, token(t, n, credentials{secret.GetClientId(), secret.GetClientSecret()}, internalScope), user.id)
	wantRefused(t, n, credentials{user.text("client_id"), user.text("client_secret")})

	key := invoke(t, tf.p.ManagementService().AddMachineKey, user.text("org_id"),
		&management.AddMachineKeyRequest{UserId: user.id, Type: authn.KeyType_KEY_TYPE_JSON})
	var file zclient.KeyFile
	if err := json.Unmarshal(key.GetKeyDetails(), &file); err != nil || file.UserID != user.id || file.KeyID != key.GetKeyId() {
		t.Errorf("the key file of %s is of %s: %v", user.id, file.UserID, err)
	}
	if block, _ := pem.Decode(file.Key); block == nil {
		t.Error("the key file has no key in PEM")
	}
	invoke(t, tf.p.ManagementService().RemoveMachineKey, user.text("org_id"),
		&management.RemoveMachineKeyRequest{UserId: user.id, KeyId: key.GetKeyId()})

	pat := invoke(t, tf.p.ManagementService().AddPersonalAccessToken, user.text("org_id"),
		&management.AddPersonalAccessTokenRequest{UserId: user.id})
	wantMyUser(t, n, pat.GetToken(), user.id)
	invoke(t, tf.p.ManagementService().RemovePersonalAccessToken, user.text("org_id"),
		&management.RemovePersonalAccessTokenRequest{UserId: user.id, TokenId: pat.GetTokenId()})
	if status := myUser(t, n, pat.GetToken()).status; status != http.StatusUnauthorized {
		t.Errorf("a closed token gets %d", status)
	}
	for _, r := range slices.Backward(part) {
		tf.destroy(t, r)
	}
}
