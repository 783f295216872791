package test

import (
	"maps"
	"slices"
	"testing"
)

// terraform runs configurations against a server through the provider.
type terraform struct {
	p     *provider
	state state
}

// clear removes what a run that failed has left, so that others do not fail for it.
func (tf *terraform) clear(c configuration) {
	for _, r := range slices.Backward(c) {
		if d := tf.state[r.address()]; d != nil {
			_ = r.kind.remove(tf.p, d) // what made the run fail is told already
		}
	}
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
// Secrets, which no read returns, come with the id; not every read returns the
// organization.
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
		_, known := imported.now[name]
		return slices.Contains(r.kind.unread, name) && (short || !slices.Contains(r.kind.optional, name)) ||
			name == "org_id" && short && !known
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
	if r.kind.always {
		return
	}
	if err := r.kind.read(tf.p, d); err != nil || d.id != "" {
		t.Fatalf("%s is %q after it was destroyed: %v", r.address(), d.id, err)
	}
	if err := unchanged(r.kind.remove(tf.p, &again)); err != nil && !lost(err) {
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
