package test

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	zclient "github.com/zitadel/zitadel-go/v3/pkg/client"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// terraform runs configurations against a server through the provider.
type terraform struct {
	p     *provider
	state state
}

// apply makes an object and holds that the plan after it is empty.
func (tf *terraform) apply(t testing.TB, r declared) {
	t.Helper()
	wanted, err := tf.state.resolve(r.wanted)
	if err != nil {
		t.Fatalf("%s: %v", r.address(), err)
	}
	d := &data{now: maps.Clone(wanted), was: attributes{}}
	if err := r.kind.create(tf.p, d); err != nil {
		t.Fatalf("make %s: %v", r.address(), err)
	}
	if d.id == "" {
		t.Fatalf("%s was made without an id", r.address())
	}
	tf.state[r.address()] = d
	tf.refresh(t, r)
	tf.plan(t, r, r.wanted)
	tf.refresh(t, r)
}

// refresh reads an object and holds that nothing is different from what was known.
func (tf *terraform) refresh(t testing.TB, r declared) {
	t.Helper()
	d := tf.state[r.address()]
	id, known := d.id, maps.Clone(d.now)
	if err := r.kind.read(tf.p, d); err != nil {
		t.Fatalf("read %s: %v", r.address(), err)
	}
	if d.id != id {
		t.Fatalf("%s: the id %q has become %q", r.address(), id, d.id)
	}
	for _, found := range difference(known, d.now, slices.Sorted(maps.Keys(known))) {
		t.Errorf("%s changed by itself: %s", r.address(), found)
	}
}

// plan holds that a configuration asks for no change.
func (tf *terraform) plan(t testing.TB, r declared, wanted attributes) {
	t.Helper()
	wanted, err := tf.state.resolve(wanted)
	if err != nil {
		t.Fatal(err)
	}
	d := tf.state[r.address()]
	names := slices.Collect(maps.Keys(d.now))
	for name := range wanted {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, found := range difference(d.now, wanted, slices.DeleteFunc(names, func(name string) bool {
		_, given := wanted[name]
		return !given && slices.Contains(r.kind.computed, name)
	})) {
		t.Errorf("%s: the plan would change %s", r.address(), found)
	}
}

// change makes every change of an object, one after another.
func (tf *terraform) change(t testing.TB, r declared) {
	t.Helper()
	wanted := maps.Clone(r.wanted)
	for _, change := range r.changes {
		maps.Copy(wanted, change)
		resolved, err := tf.state.resolve(wanted)
		if err != nil {
			t.Fatal(err)
		}
		d := tf.state[r.address()]
		d.was = maps.Clone(d.now)
		maps.Copy(d.now, resolved)
		// What follows from an attribute is unknown until it is read.
		for _, name := range r.kind.computed {
			if _, given := resolved[name]; !given && !slices.Contains(r.kind.unread, name) {
				delete(d.now, name)
			}
		}
		if err := r.kind.update(tf.p, d); err != nil {
			t.Fatalf("change %s: %v: %v", r.address(), change, err)
		}
		tf.refresh(t, r)
		tf.plan(t, r, wanted)
	}
}

// adopt imports an object by its id and holds that the state is the same.
// Secrets, which no read returns, come with the id.
func (tf *terraform) adopt(t testing.TB, r declared, short bool) {
	t.Helper()
	d := tf.state[r.address()]
	id, err := r.kind.importID(d, short)
	if err != nil {
		t.Fatal(err)
	}
	imported := r.kind.imported(id)
	if err := r.kind.read(tf.p, imported); err != nil {
		t.Fatalf("import %s by %s: %v", r.address(), id, err)
	}
	if imported.id != d.id {
		t.Fatalf("%s imported by %s is %q, not %q", r.address(), id, imported.id, d.id)
	}
	for _, found := range difference(d.now, imported.now, slices.DeleteFunc(slices.Sorted(maps.Keys(d.now)), func(name string) bool {
		return slices.Contains(r.kind.unread, name) && (short || !slices.Contains(r.kind.optional, name))
	})) {
		t.Errorf("%s is imported with another %s", r.address(), found)
	}
}

// destroy removes an object and holds that it is gone. A second removal, which
// another client may have been first with, says so or does nothing.
func (tf *terraform) destroy(t testing.TB, r declared) {
	t.Helper()
	d := tf.state[r.address()]
	delete(tf.state, r.address())
	if err := r.kind.remove(tf.p, d); err != nil {
		t.Fatalf("destroy %s: %v", r.address(), err)
	}
	again := *d
	if err := r.kind.read(tf.p, d); err != nil || d.id != "" {
		t.Fatalf("%s is %q after it was destroyed: %v", r.address(), d.id, err)
	}
	if err := r.kind.remove(tf.p, &again); status.Code(err) != codes.OK && !lost(err) {
		t.Errorf("destroy %s again: %v", r.address(), err)
	}
}

// gone reads everything and forgets what the server does not have any more.
func (tf *terraform) gone(t testing.TB, c configuration) []string {
	t.Helper()
	var addresses []string
	for _, r := range c {
		d := tf.state[r.address()]
		if err := r.kind.read(tf.p, d); err != nil {
			t.Fatalf("read %s: %v", r.address(), err)
		}
		if d.id == "" {
			addresses = append(addresses, r.address())
			delete(tf.state, r.address())
		}
	}
	return addresses
}

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
		fresh := func(p *provider) *terraform {
			return &terraform{p, state{"data.zitadel_org.own": {id: own.GetOrg().GetId()}}}
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

// wholeGraph makes everything in one run, reads it again, looks at it through
// data sources, and removes it.
func wholeGraph(t *testing.T, tf *terraform, c configuration) {
	for _, r := range c {
		tf.apply(t, r)
	}
	for _, r := range c {
		tf.refresh(t, r)
		tf.plan(t, r, r.wanted)
	}
	for _, l := range terraformSources() {
		tf.look(t, l)
	}
	for _, r := range slices.Backward(c) {
		tf.destroy(t, r)
	}
}

// drifts removes things behind Terraform's back: reads say what is gone, and
// the next run makes it again.
func drifts(t *testing.T, tf *terraform, c configuration) {
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
	for _, r := range slices.Backward(c) {
		tf.destroy(t, r)
	}
}

// ephemeral opens what is not kept in a state, uses it, and closes it.
func ephemeral(t *testing.T, n *node, tf *terraform, c configuration) {
	part := c.only("zitadel_machine_user.ingest")
	for _, r := range part {
		tf.apply(t, r)
	}
	user := tf.state["zitadel_machine_user.ingest"]
	secret := invoke(t, tf.p.ManagementService().GenerateMachineSecret, user.text("org_id"),
		&management.GenerateMachineSecretRequest{UserId: user.id})
	wantMyUser(t, n, token(t, n, credentials{secret.GetClientId(), secret.GetClientSecret()}, internalScope), user.id)
	wantRefused(t, n, credentials{user.text("client_id"), user.text("client_secret")})

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
