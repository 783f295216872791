package directory_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// dns answers what a test wants, and notes what was asked.
type dns struct {
	asked string
	texts []string
	err   error
	while func() // runs during the lookup
}

func (d *dns) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if _, ok := ctx.Deadline(); !ok {
		return nil, errors.New("no deadline")
	}
	d.asked = name
	if d.while != nil {
		d.while()
	}
	return d.texts, d.err
}

// domains shows the domains of an organization: verified ones with a plus, the
// primary one with a star.
func (w *world) domains(orgID string) string {
	w.t.Helper()
	l, err := w.OrgDomains(w.t.Context(), w.root, orgID, iam.Filter{}, iam.Page{SortBy: iam.FieldDomain, Asc: true})
	w.ok(err)
	out := make([]string, len(l.Items))
	for i, d := range l.Items {
		out[i] = d.Domain
		if d.Verified {
			out[i] += "+"
		}
		if d.Primary {
			out[i] += "*"
		}
	}
	return strings.Join(out, " ")
}

// TestDomainOfName stays and is always there to choose, whichever is primary.
func TestDomainOfName(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	primary := func(domain string) func() error {
		return func() error { return errOf(w.SetPrimaryOrgDomain(ctx, w.root, "a", domain)) }
	}
	rename := func(name string) func() error {
		return func() error { return errOf(w.RenameOrg(ctx, w.root, "a", name, 0)) }
	}
	remove := func(domain string) func() error {
		return func() error { return errOf(w.RemoveOrgDomain(ctx, w.root, "a", domain)) }
	}
	for i, step := range []struct {
		run  func() error
		kind iam.Kind // Internal: success
		want string
	}{
		{rename("First"), iam.Internal, "first.id.example.test+*"},
		{func() error { return errOf(w.AddOrgDomain(ctx, w.root, "a", "a.example.com")) }, iam.Internal, "a.example.com+ first.id.example.test+*"},
		{rename("Second"), iam.Internal, "a.example.com+ second.id.example.test+*"},
		{remove("second.id.example.test"), iam.FailedPrecondition, "a.example.com+ second.id.example.test+*"},
		{primary("A.Example.com"), iam.Internal, "a.example.com+* second.id.example.test+"},
		{primary("a.example.com"), iam.Unchanged, "a.example.com+* second.id.example.test+"},
		{remove("second.id.example.test"), iam.FailedPrecondition, "a.example.com+* second.id.example.test+"},
		{remove("a.example.com"), iam.FailedPrecondition, "a.example.com+* second.id.example.test+"},
		{rename("second!"), iam.Internal, "a.example.com+* second.id.example.test+"},
		{rename("Third"), iam.Internal, "a.example.com+* third.id.example.test+"},
		{rename("Org b"), iam.AlreadyExists, "a.example.com+* third.id.example.test+"},
		{rename("org-B"), iam.AlreadyExists, "a.example.com+* third.id.example.test+"}, // another name, but its domain
		{primary("third.id.example.test"), iam.Internal, "a.example.com+ third.id.example.test+*"},
		{rename("Fourth"), iam.Internal, "a.example.com+ fourth.id.example.test+*"},
		{remove("a.example.com"), iam.Internal, "fourth.id.example.test+*"},
	} {
		err := step.run()
		if step.kind == iam.Internal && err != nil || step.kind != iam.Internal && !iam.Is(err, step.kind) {
			t.Errorf("step %d: %v", i, err)
		}
		if got := w.domains("a"); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
	// While another domain is primary, that of the name is taken all the same.
	w.ok(errOf(w.AddOrgDomain(ctx, w.root, "a", "a.example.com")))
	w.ok(primary("a.example.com")())
	_, _, err := w.CreateOrg(ctx, w.root, directory.NewOrg{Name: "fourth!"})
	w.want(iam.AlreadyExists, "another organization with that domain", err)
	for _, domain := range []string{"a.example.com", "fourth.id.example.test"} {
		o, err := w.OrgByDomain(ctx, w.root, domain)
		if err != nil || o.ID != "a" {
			t.Errorf("by %s: %+v, %v", domain, o, err)
		}
		free, err := w.OrgUnique(ctx, w.root, "", domain)
		if err != nil || free {
			t.Errorf("%s is free: %v", domain, err)
		}
	}
}

// TestDomainProof is by DNS, unless whoever adds the domain may write the instance.
func TestDomainProof(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, a, b := t.Context(), w.callers["owner-a"], w.callers["owner-b"]
	resolver := &dns{}
	w.DNS = resolver
	const domain, record = "shared.example.com", "_zitadel-challenge.shared.example.com."
	verify := func(c iam.Caller, org string) error { return errOf(w.VerifyOrgDomain(ctx, c, org, domain)) }
	challenge := func(c iam.Caller, org string) string {
		t.Helper()
		d, err := w.ChallengeOrgDomain(ctx, c, org, domain)
		w.ok(err)
		return d.Challenge
	}
	w.want(iam.NotFound, "verify what is not there", verify(a, "a"))
	for org, c := range map[string]iam.Caller{"a": a, "b": b} {
		w.ok(errOf(w.AddOrgDomain(ctx, c, org, domain)))
		w.want(iam.FailedPrecondition, "primary before the proof", errOf(w.SetPrimaryOrgDomain(ctx, c, org, domain)))
		w.want(iam.FailedPrecondition, "verify without a token", verify(c, org))
	}
	old := challenge(a, "a")
	token, other := challenge(a, "a"), challenge(b, "b")
	if old == token || token == other || len(token) < 20 {
		t.Errorf("tokens %s, %s, %s", old, token, other)
	}
	for _, test := range []struct {
		name  string
		texts []string
		err   error
		while func()
		want  iam.Kind
	}{
		{"no record", nil, &net.DNSError{IsNotFound: true}, nil, iam.FailedPrecondition},
		{"no text", nil, nil, nil, iam.FailedPrecondition},
		{"other texts", []string{"", "x" + token, old, other}, nil, nil, iam.FailedPrecondition},
		{"DNS fails", []string{token}, &net.DNSError{IsTimeout: true}, nil, iam.Unavailable},
		{"DNS is broken", []string{token}, errors.New("x"), nil, iam.Unavailable},
		{"another token meanwhile", []string{token}, nil, func() { token = challenge(a, "a") }, iam.Aborted},
		{"removed meanwhile", []string{token}, nil, func() { w.ok(errOf(w.RemoveOrgDomain(ctx, a, "a", domain))) }, iam.NotFound},
	} {
		resolver.texts, resolver.err, resolver.while = test.texts, test.err, test.while
		if test.texts != nil && test.texts[0] != "" {
			resolver.texts = []string{token}
		}
		w.want(test.want, test.name, verify(a, "a"))
	}
	w.ok(errOf(w.AddOrgDomain(ctx, a, "a", domain)))
	token = challenge(a, "a")
	*resolver = dns{texts: []string{"spf", token, other}}
	w.want(iam.PermissionDenied, "verify by a viewer", verify(w.callers["viewer-a"], "a"))
	w.want(iam.PermissionDenied, "verify by a stranger", verify(b, "a"))
	w.ok(verify(a, "a"))
	if resolver.asked != record {
		t.Errorf("asked for %s", resolver.asked)
	}
	w.want(iam.FailedPrecondition, "verify again", verify(a, "a"))
	w.want(iam.FailedPrecondition, "another token", errOf(w.ChallengeOrgDomain(ctx, a, "a", domain)))
	w.want(iam.AlreadyExists, "the other's, with its record", verify(b, "b"))
	w.ok(errOf(w.SetPrimaryOrgDomain(ctx, a, "a", domain)))
	w.want(iam.AlreadyExists, "the other's, with its record, of a primary domain", verify(b, "b"))
	w.want(iam.AlreadyExists, "added by the instance's owner", errOf(w.AddOrgDomain(ctx, w.root, w.home.ID, domain)))
	l, err := w.OrgEvents(ctx, a, "a", iam.Filter{}, iam.Page{Limit: 100})
	w.ok(err)
	for _, e := range l.Items {
		if strings.Contains(string(e.Payload), token) {
			t.Errorf("%s shows the token: %s", e.Type, e.Payload)
		}
	}
}

// TestDomainsProvedAtOnce are four; others are told to come again.
func TestDomainsProvedAtOnce(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, a := t.Context(), w.callers["owner-a"]
	in, release := make(chan struct{}), make(chan struct{})
	w.DNS = lookup(func() { in <- struct{}{}; <-release })
	domain := func(i int) string { return fmt.Sprintf("d%d.example.com", i) }
	var proofs sync.WaitGroup
	for i := range 5 {
		w.ok(errOf(w.AddOrgDomain(ctx, a, "a", domain(i))))
		w.ok(errOf(w.ChallengeOrgDomain(ctx, a, "a", domain(i))))
	}
	for i := range 4 {
		proofs.Go(func() {
			w.want(iam.FailedPrecondition, "without a record", errOf(w.VerifyOrgDomain(ctx, a, "a", domain(i))))
		})
		<-in
	}
	hurried, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	w.want(iam.Unavailable, "a fifth", errOf(w.VerifyOrgDomain(hurried, a, "a", domain(4))))
	close(release)
	proofs.Wait()
}

// lookup finds nothing.
type lookup func()

func (l lookup) LookupTXT(context.Context, string) ([]string, error) {
	l()
	return nil, nil
}

// TestAddDomain refuses what is not to be had.
func TestAddDomain(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, a := t.Context(), w.callers["owner-a"]
	add := func(c iam.Caller, domain string) error { return errOf(w.AddOrgDomain(ctx, c, "a", domain)) }
	w.want(iam.Unauthenticated, "by nobody", add(iam.Caller{}, "a.example.com"))
	w.want(iam.PermissionDenied, "by a viewer", add(w.callers["viewer-a"], "a.example.com"))
	w.want(iam.PermissionDenied, "by a stranger", add(w.callers["owner-b"], "a.example.com"))
	w.want(iam.InvalidArgument, "no host name", add(a, "a"))
	for _, c := range []iam.Caller{a, w.root} {
		w.want(iam.AlreadyExists, "that of the name", add(c, "ORG-A.id.example.test"))
		w.want(iam.InvalidArgument, "that of another name", add(c, "org-b.id.example.test"))
		w.want(iam.InvalidArgument, "under the host", add(c, "x.org-a.id.example.test"))
		w.want(iam.InvalidArgument, "the host", add(c, "id.example.test"))
	}
	w.ok(add(a, "open.example.com"))
	w.ok(errOf(w.AddOrgDomain(ctx, w.root.In("a"), "a", "closed.example.com")))
	if got := w.domains("a"); got != "closed.example.com+ open.example.com org-a.id.example.test+*" {
		t.Errorf("domains %s", got)
	}
	for i := range iam.MaxOrgDomains - 2 {
		w.ok(add(a, fmt.Sprintf("%d.example.com", i)))
	}
	w.want(iam.FailedPrecondition, "one too many", add(a, "last.example.com"))
	made, _, err := w.CreateOrg(ctx, w.root, directory.NewOrg{Name: "With", Domain: "with.example.com"})
	w.ok(err)
	if got := w.domains(made.ID); got != "with.example.com+ with.id.example.test+*" {
		t.Errorf("domains %s", got)
	}
	_, _, err = w.CreateOrg(ctx, w.root, directory.NewOrg{Name: "Without", Domain: "with.example.com"})
	w.want(iam.AlreadyExists, "create with a domain that is taken", err)
}
