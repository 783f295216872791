package tokens

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// Once warm, a token needs nothing of the store: here it is closed.
func TestWarmNeedsNoStore(t *testing.T) {
	s := newShop(t)
	scope := allRoles + " " + audience(s.chat.ID) + " " + iam.ScopeResourceOwner
	opaque := s.machine(s.taker.ID, "opaque", iam.OpaqueToken)
	want := s.claims(s.m, scope)
	must(s.issue(opaque, scope))
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		got := s.claims(s.m, scope)
		for _, c := range []map[string]any{got, want} {
			delete(c, iam.ClaimTokenID)
		}
		if string(must(json.Marshal(got))) != string(must(json.Marshal(want))) {
			t.Errorf("claims %v, want %v", got, want)
		}
		must(s.issue(opaque, scope))
	}

	_, err := s.issuer.Cache.Authenticate(t.Context(), []Reading{{Name: s.m.UserName, Secret: "wrong"}}, s.now)
	wantKind(t, "wrong secret, which the store is asked to confirm", err, iam.Unavailable)
	_, err = s.issuer.Cache.Authenticate(t.Context(), []Reading{{Name: "stranger", Secret: "wrong"}}, s.now)
	wantKind(t, "unknown name", err, iam.Unavailable)
	client := must(s.authenticate(s.m))
	_, err = s.issuer.Issue(t.Context(), client, allRoles+" "+audience(s.mail.ID))
	wantKind(t, "a project that is not cached", err, iam.Unavailable)

	s.issuer.Cache.staleMax = -feedGrace // the feed has been silent for longer than this
	_, err = s.authenticate(s.m)
	wantKind(t, "stale", err, iam.Unavailable)
	_, err = s.issuer.Issue(t.Context(), client, scope)
	wantKind(t, "stale, client authenticated before", err, iam.Unavailable)
	_, err = s.issuer.Caller(t.Context(), s.rootPAT)
	wantKind(t, "the management API is never answered from a cache", err, iam.Unavailable)
}

// A node that does not hear from its feed reads everything from the store when
// the cache is too old to trust, and only then.
func TestStale(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	node := w.node(w.otherStore())
	authenticate := func() error {
		_, err := node.Cache.Authenticate(t.Context(), []Reading{{Name: m.UserName, Secret: m.secret}}, w.now)
		return err
	}
	if err := authenticate(); err != nil {
		t.Fatal(err)
	}
	must(w.dir.DeactivateUser(t.Context(), w.root, m.ID))
	if err := authenticate(); err != nil {
		t.Errorf("within the time that the cache is trusted: %v", err)
	}
	node.Cache.staleMax = -feedGrace
	refusedAs(t, "too old", authenticate(), "the service user is inactive")
	must(w.dir.ReactivateUser(t.Context(), w.root, m.ID))
	if err := authenticate(); err != nil {
		t.Errorf("too old, and active again: %v", err)
	}
}

func TestAbsenceIsNotCached(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	c := w.node(w.otherStore()).Cache // hears nothing of what is made
	ctx := t.Context()
	org := iam.NewID()
	for range 2 {
		_, err := c.orgs.get(ctx, org)
		wantKind(t, "organization", err, iam.NotFound)
		_, err = c.projects.get(ctx, "777")
		wantKind(t, "project", err, iam.NotFound)
		_, err = c.subjects.get(ctx, "888")
		wantKind(t, "user", err, iam.NotFound)
		_, err = c.ids.get(ctx, "robot")
		wantKind(t, "name", err, iam.NotFound)
		_, err = c.grants.get(ctx, "999")
		wantKind(t, "grant", err, iam.NotFound)
	}
	if _, _, err := w.dir.CreateOrg(ctx, w.root, directory.NewOrg{ID: org, Name: "Late"}); err != nil {
		t.Fatal(err)
	}
	must(w.dir.CreateProject(ctx, w.root, directory.NewProject{ID: "777", OrgID: org, Name: "Late"}))
	must(w.dir.CreateMachine(ctx, w.root, directory.NewMachine{ID: "888", OrgID: org, UserName: "Robot", Name: "Robot"}))
	must(c.orgs.get(ctx, org))
	must(c.projects.get(ctx, "777"))
	must(c.subjects.get(ctx, "888"))
	must(c.ids.get(ctx, "robot"))
}

// Strangers can make the server read only so much; clients that are cached do not notice.
func TestStrangersReads(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	must(w.authenticate(m))
	for i := range w.issuer.Cache.reads.address {
		w.issuer.Cache.reads.address[i] = rate.NewLimiter(0, 2)
	}
	for range 2 {
		_, err := w.issuer.Cache.Authenticate(t.Context(), []Reading{{Name: "stranger", Secret: "x"}}, w.now)
		refusedAs(t, "stranger", err, "")
	}
	_, err := w.issuer.Cache.Authenticate(t.Context(), []Reading{{Name: "stranger", Secret: "x"}}, w.now)
	wantKind(t, "one stranger too many", err, iam.Unavailable)
	_, err = w.issuer.Cache.Authenticate(t.Context(), []Reading{{Name: m.UserName, Secret: "x"}}, w.now)
	wantKind(t, "a wrong secret too many", err, iam.Unavailable)
	must(w.authenticate(m))

	// Another address has a share of its own: at least one of these is in another place.
	served := 0
	for i := range 8 {
		ctx := weblog.With(t.Context(), &weblog.Line{Address: fmt.Sprint("192.0.2.", i)})
		_, err := w.issuer.Cache.Authenticate(ctx, []Reading{{Name: "stranger", Secret: "x"}}, w.now)
		if iam.Is(err, iam.Unauthenticated) {
			served++
		}
	}
	if served == 0 {
		t.Error("one address used up the share of all")
	}
}

// Of what is loaded while an event arrives, nothing stays, and who asks after
// the event does not join the load that began before it.
func TestEventsDuringALoad(t *testing.T) {
	for name, forget := range map[string]func(*table[string]){
		"one": func(tb *table[string]) { tb.forget("u") },
		"all": func(tb *table[string]) { tb.clear() },
	} {
		t.Run(name, func(t *testing.T) {
			loading, told := make(chan struct{}), make(chan struct{})
			var loads atomic.Int32
			values := newTable(10, func(context.Context, string) (string, error) {
				if loads.Add(1) == 1 {
					close(loading)
					<-told
					return "old", nil
				}
				return "new", nil
			})
			var first sync.WaitGroup
			first.Go(func() { must(values.get(t.Context(), "u")) })
			<-loading
			forget(values)
			if got := must(values.get(t.Context(), "u")); got != "new" {
				t.Errorf("asked after the event: %q", got)
			}
			close(told)
			first.Wait()
			if got := must(values.get(t.Context(), "u")); got != "new" || loads.Load() != 2 {
				t.Errorf("asked after the load of before has ended: %q, %d loads", got, loads.Load())
			}
		})
	}
}

// outcome is what a token request shows of the state: refused, or the roles
// with the organization's domain.
type outcome struct {
	refused bool
	domain  string
	roles   []string
}

// After a write has returned, no request that starts later sees the state
// before it, whatever loads were under way.
func TestNoRequestSeesThePast(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	org := w.org("Tenant 0")
	p := w.project(org.ID, "Chat", "a", "b")
	m := w.machine(org.ID, "robot", iam.JWTToken)
	w.authorize(m.ID, p.ID, org.ID, "a", "b")
	h := &history{world: w, m: m, org: org, project: p}
	h.states = []outcome{{domain: org.PrimaryDomain, roles: []string{"a", "b"}}}

	stop := make(chan struct{})
	var requests sync.WaitGroup
	for range 4 {
		requests.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					h.request(t)
				}
			}
		})
	}
	for round := range 12 {
		h.round(t, round)
	}
	close(stop)
	requests.Wait()
	if h.checked.Load() < 100 {
		t.Errorf("only %d requests were checked", h.checked.Load())
	}
}

// history is the states that the writes led through. state[n] holds from some
// time while write n runs; when it has returned, nothing before it does.
type history struct {
	*world
	m       machine
	org     iam.Org
	project iam.Project

	mu       sync.Mutex
	states   []outcome
	returned int // the state that the last write to return made
	checked  atomic.Int64
}

// write runs one write that leads to another state.
func (h *history) write(t *testing.T, what string, change func(*outcome), run func() error) {
	t.Helper()
	h.mu.Lock()
	next := h.states[len(h.states)-1]
	next.roles = slices.Clone(next.roles)
	change(&next)
	h.states = append(h.states, next)
	h.mu.Unlock()
	if err := run(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	h.mu.Lock()
	h.returned = len(h.states) - 1
	h.mu.Unlock()
}

func (h *history) round(t *testing.T, n int) {
	ctx := t.Context()
	refused := func(o *outcome) { o.refused = true }
	accepted := func(o *outcome) { o.refused = false }
	roles := func(keys ...string) func(*outcome) { return func(o *outcome) { o.roles = keys } }
	authorization := must(h.db.Read().Subject(ctx, h.m.ID)).Authorizations[0].ID
	name := fmt.Sprintf("Tenant %d", n+1)

	h.write(t, "deactivate", refused, func() error { return second(h.dir.DeactivateUser(ctx, h.root, h.m.ID)) })
	h.write(t, "reactivate", accepted, func() error { return second(h.dir.ReactivateUser(ctx, h.root, h.m.ID)) })
	h.write(t, "remove a role", roles("b"), func() error { return second(h.dir.RemoveRole(ctx, h.root, h.project.ID, "a")) })
	h.write(t, "add it again", roles("b"), func() error {
		return second(h.dir.AddRoles(ctx, h.root, h.project.ID, []iam.Role{{Key: "a"}}))
	})
	h.write(t, "give it", roles("a", "b"), func() error {
		return second(h.dir.UpdateAuthorization(ctx, h.root, h.m.ID, authorization, []string{"a", "b"}, 0))
	})
	h.write(t, "rename the organization", func(o *outcome) { o.domain = iam.PrimaryDomain(name, h.dir.Host) }, func() error {
		return second(h.dir.RenameOrg(ctx, h.root, h.org.ID, name, 0))
	})
	h.write(t, "deactivate the project", roles(), func() error { return second(h.dir.DeactivateProject(ctx, h.root, h.project.ID)) })
	h.write(t, "reactivate the project", roles("a", "b"), func() error { return second(h.dir.ReactivateProject(ctx, h.root, h.project.ID)) })
	h.write(t, "deactivate the organization", refused, func() error { return second(h.dir.DeactivateOrg(ctx, h.root, h.org.ID)) })
	h.write(t, "reactivate the organization", accepted, func() error { return second(h.dir.ReactivateOrg(ctx, h.root, h.org.ID)) })
	h.write(t, "deactivate the authorization", roles(), func() error {
		return second(h.dir.DeactivateAuthorization(ctx, h.root, h.m.ID, authorization))
	})
	h.write(t, "reactivate the authorization", roles("a", "b"), func() error {
		return second(h.dir.ReactivateAuthorization(ctx, h.root, h.m.ID, authorization))
	})
}

// request asks for a token and checks what it shows against the states that
// held at some time while it ran, each part on its own.
func (h *history) request(t *testing.T) {
	h.mu.Lock()
	from := h.returned
	h.mu.Unlock()
	token, err := h.issue(h.m, allRoles+" "+iam.ScopeResourceOwner+" "+audience(h.project.ID))
	h.mu.Lock()
	possible := slices.Clone(h.states[from:])
	h.mu.Unlock()
	h.checked.Add(1)

	if err != nil {
		if !iam.Is(err, iam.Unauthenticated) || !slices.ContainsFunc(possible, func(o outcome) bool { return o.refused }) {
			t.Errorf("refused (%v), possible were %+v", err, possible)
		}
		return
	}
	claims := decodeClaims(t, token)
	domain := claims[iam.ClaimResourceOwnerPrimaryDomain]
	held, _ := claims[iam.ClaimProjectRolesPrefix+h.project.ID+iam.ClaimProjectRolesSuffix].(map[string]any)
	roles := slices.Sorted(maps.Keys(held))
	if !slices.ContainsFunc(possible, func(o outcome) bool { return !o.refused }) ||
		!slices.ContainsFunc(possible, func(o outcome) bool { return o.domain == domain }) ||
		!slices.ContainsFunc(possible, func(o outcome) bool {
			// Who is let in just before its organization goes finds none of the roles that it gave.
			return slices.Equal(o.roles, roles) || o.refused && len(roles) == 0
		}) && len(possible) <= 2 {
		t.Errorf("accepted with %v of %v, possible were %+v", roles, domain, possible)
	}
}

func TestFeedGrace(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	for _, c := range []struct {
		staleMax time.Duration
		stale    bool
	}{{time.Hour, false}, {-feedGrace, true}, {-time.Hour, true}} {
		w.issuer.Cache.staleMax = c.staleMax
		if got := w.issuer.Cache.stale(); got != c.stale {
			t.Errorf("trusted for %s: stale %v", c.staleMax, got)
		}
	}
	w.issuer.Cache.staleMax = 0 // nothing stale: no more than the feed's own interval
	for w.db.Age() <= feedInterval {
		time.Sleep(feedInterval / 20)
	}
	if !w.issuer.Cache.stale() {
		t.Error("an interval of silence is trusted by who wants nothing stale")
	}
}

// What the store had to confirm once, the cache knows from then on.
func TestConfirmedIsRemembered(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	db := storetest.OpenOnly(t, w.config)
	node := w.node(db)
	for range 2 {
		must(node.Cache.Authenticate(t.Context(), []Reading{{Name: m.UserName, Secret: m.secret}}, w.now))
		w.newSecret(&m)
	}
	fresh := []Reading{{Name: m.UserName, Secret: m.secret}}
	must(node.Cache.Authenticate(t.Context(), fresh, w.now))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	must(node.Cache.Authenticate(t.Context(), fresh, w.now))
}
