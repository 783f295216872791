package tokens

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// refusedAs checks that an authentication fails: with the one answer for all,
// or, where the secret was right, with a reason.
func refusedAs(t *testing.T, what string, err error, reason string) {
	t.Helper()
	wantKind(t, what, err, iam.Unauthenticated)
	if err == nil {
		return
	}
	if reason == "" {
		reason = errClient().Error()
	}
	if !strings.Contains(err.Error(), reason) {
		t.Errorf("%s: %q, want %q in it", what, err, reason)
	}
}

func TestAuthenticate(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	org := w.org("Tenant")
	m := w.machine(org.ID, "Jürgen+A@b%c", iam.JWTToken)
	other := w.machine(org.ID, "other", iam.JWTToken)
	bare := must(w.dir.CreateMachine(t.Context(), w.root, directory.NewMachine{OrgID: org.ID, UserName: "bare", Name: "bare"}))
	_, pat, err := w.dir.AddPAT(t.Context(), w.root, m.ID, directory.NewPAT{})
	if err != nil {
		t.Fatal(err)
	}
	for round, state := range []string{"cold", "warm"} {
		for _, c := range []struct{ name, user, secret string }{
			{"nobody", "", ""},
			{"unknown", "stranger", m.secret},
			{"no secret", m.UserName, ""},
			{"wrong secret", m.UserName, "wrong"},
			{"another user's secret", m.UserName, other.secret},
			{"secret with a space", m.UserName, m.secret + " "},
			{"half a secret", m.UserName, m.secret[:32]},
			{"its personal access token", m.UserName, pat.Reveal()},
			{"its user id", m.ID, m.secret},
			{"user without a secret", bare.UserName, ""},
			{"human", "admin", ""},
			{"NUL", m.UserName + "\x00", m.secret},
			{"not UTF-8", "\xff\xfe", m.secret},
			{"very long name", strings.Repeat("x", 100_000), m.secret},
			{"very long secret", m.UserName, strings.Repeat("x", 100_000)},
		} {
			_, err := w.issuer.Cache.Authenticate(t.Context(), []Reading{{Name: c.user, Secret: c.secret}}, w.now)
			refusedAs(t, state+": "+c.name, err, "")
		}
		for _, name := range []string{m.UserName, "JÜRGEN+a@B%C", "jürgen+a@b%c"} {
			client, err := w.issuer.Cache.Authenticate(t.Context(), []Reading{{Name: name, Secret: m.secret}}, w.now)
			if err != nil {
				t.Fatalf("%s, round %d: %q: %v", state, round, name, err)
			}
			if client.UserID() != m.ID || client.UserName() != m.UserName || client.OrgID() != org.ID || client.CredentialID() != m.credentialID {
				t.Errorf("%s: another client: %+v", state, client)
			}
		}
	}
}

// A secret that a human has got somehow does not make it a client.
func TestHumansAreNoClients(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	human := must(w.dir.UserByName(t.Context(), w.root, "admin"))
	hash := keyring.Hash("a secret")
	err := w.db.Write(t.Context(), iam.SystemEditor, func(tx *store.Tx) error {
		cred := iam.Credential{ID: iam.NewID(), UserID: human.ID, OrgID: human.OrgID, Kind: iam.ClientSecret, Verifier: hash[:]}
		if err := tx.AddCredential(&cred); err != nil {
			return err
		}
		return tx.Record(iam.Event{Type: iam.MachineSecretSet, Aggregate: iam.AggregateUser, AggregateID: human.ID, UserID: human.ID})
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.issuer.Cache.Authenticate(t.Context(), []Reading{{Name: "admin", Secret: "a secret"}}, w.now)
	refusedAs(t, "human", err, "")
}

func TestAuthenticateFollowsStates(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	ctx := t.Context()
	org := w.org("Tenant")
	m := w.machine(org.ID, "robot", iam.JWTToken)
	good := func(what string) {
		t.Helper()
		for range 2 { // from the store, then from the cache
			if _, err := w.authenticate(m); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	off := func(what string, err error, reason string) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for range 2 {
			_, err = w.authenticate(m)
			refusedAs(t, what, err, reason)
		}
		_, err = w.issuer.Cache.Authenticate(ctx, []Reading{{Name: m.UserName, Secret: "wrong"}}, w.now)
		refusedAs(t, what+", wrong secret", err, "")
	}
	good("at first")
	off("deactivated", second(w.dir.DeactivateUser(ctx, w.root, m.ID)), "the service user is inactive")
	must(w.dir.ReactivateUser(ctx, w.root, m.ID))
	good("reactivated")
	off("locked", second(w.dir.LockUser(ctx, w.root, m.ID)), "the service user is locked")
	must(w.dir.UnlockUser(ctx, w.root, m.ID))
	good("unlocked")
	off("organization off", second(w.dir.DeactivateOrg(ctx, w.root, org.ID)), "the service user's organization is inactive")
	must(w.dir.ReactivateOrg(ctx, w.root, org.ID))
	good("organization on")
	off("secret removed", second(w.dir.RemoveSecret(ctx, w.root, m.ID)), "")
	w.newSecret(&m)
	good("new secret")
	before := m.secret
	w.newSecret(&m)
	good("secret replaced")
	_, err := w.issuer.Cache.Authenticate(ctx, []Reading{{Name: m.UserName, Secret: before}}, w.now)
	refusedAs(t, "the secret before", err, "")
	off("removed", second(w.dir.RemoveUser(ctx, w.root, m.ID)), "")

	m = w.machine(org.ID, "robot", iam.JWTToken)
	good("another user of the same name")
	off("organization removed", second(w.dir.RemoveOrg(ctx, w.root, org.ID)), "")
}

func TestExpiredSecret(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	hash := keyring.Hash("short-lived")
	err := w.db.Write(t.Context(), iam.SystemEditor, func(tx *store.Tx) error {
		cred := iam.Credential{
			ID: iam.NewID(), UserID: m.ID, OrgID: m.OrgID, Kind: iam.ClientSecret, Verifier: hash[:], Expires: w.now.Add(time.Hour),
		}
		if err := tx.AddCredential(&cred); err != nil {
			return err
		}
		return tx.Record(iam.Event{Type: iam.MachineSecretSet, Aggregate: iam.AggregateUser, AggregateID: m.ID, UserID: m.ID})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after  time.Duration
		reason string
	}{
		{0, ""}, {time.Hour - time.Second, ""}, {time.Hour, "the client secret expired at 2026-03-01T13:00:00Z"}, {1000 * time.Hour, "expired"},
	} {
		_, err := w.issuer.Cache.Authenticate(t.Context(), []Reading{{Name: m.UserName, Secret: "short-lived"}}, w.now.Add(c.after))
		if c.reason == "" && err != nil {
			t.Errorf("after %s: %v", c.after, err)
		} else if c.reason != "" {
			refusedAs(t, c.after.String(), err, c.reason)
		}
	}
}

func TestRename(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	ctx := t.Context()
	m := w.machine(w.instance.DefaultOrgID, "old", iam.JWTToken)
	as := func(name, secret string) error {
		_, err := w.issuer.Cache.Authenticate(ctx, []Reading{{Name: name, Secret: secret}}, w.now)
		return err
	}
	if err := as("old", m.secret); err != nil {
		t.Fatal(err)
	}
	must(w.dir.RenameUser(ctx, w.root, m.ID, "new"))
	refusedAs(t, "the name before", as("old", m.secret), "")
	for range 2 {
		if err := as("new", m.secret); err != nil {
			t.Errorf("the new name: %v", err)
		}
	}
	refusedAs(t, "the name before, once the new one is cached", as("old", m.secret), "")

	heir := w.machine(w.instance.DefaultOrgID, "old", iam.JWTToken)
	for range 2 {
		if err := as("old", heir.secret); err != nil {
			t.Errorf("the heir of the name: %v", err)
		}
		refusedAs(t, "its former holder", as("old", m.secret), "")
		refusedAs(t, "the heir by the other's name", as("new", heir.secret), "")
		if err := as("new", m.secret); err != nil {
			t.Errorf("the former holder by its own name: %v", err)
		}
	}
	token := decodeClaims(t, must(w.issue(machine{User: iam.User{UserName: "new"}, secret: m.secret}, "openid")))
	if token["client_id"] != "new" || token["sub"] != m.ID {
		t.Errorf("claims %v", token)
	}
}

// What another node has just allowed is not refused here, even before the feed
// tells; what it has just ended ends here with the feed.
func TestOtherNode(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	ctx := t.Context()
	org := w.org("Tenant")
	m := w.machine(org.ID, "robot", iam.JWTToken)
	db := storetest.Open(t, w.config)
	node := w.node(db)
	there := func(what string) {
		t.Helper()
		if _, err := node.Cache.Authenticate(ctx, []Reading{{Name: m.UserName, Secret: m.secret}}, w.now); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	refusedThere := func(what string) {
		t.Helper()
		if _, err := node.Cache.Authenticate(ctx, []Reading{{Name: m.UserName, Secret: m.secret}}, w.now); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	there("cold")
	w.newSecret(&m)
	there("fresh secret, the one before cached")
	w.newSecret(&m)
	there("and once more")

	node.Cache.subjects.forget(m.ID)
	must(w.dir.DeactivateUser(ctx, w.root, m.ID))
	refusedThere("inactive")
	_, _ = node.Cache.subjects.get(ctx, m.ID) // the no lies in the cache
	must(w.dir.ReactivateUser(ctx, w.root, m.ID))
	there("active again")

	node.Cache.orgs.forget(org.ID)
	must(w.dir.DeactivateOrg(ctx, w.root, org.ID))
	refusedThere("organization inactive")
	must(w.dir.ReactivateOrg(ctx, w.root, org.ID))
	there("organization active again")

	late := machine{User: iam.User{UserName: "late"}, secret: "?"}
	if _, err := node.Cache.Authenticate(ctx, []Reading{{Name: late.UserName, Secret: late.secret}}, w.now); err == nil {
		t.Error("a user that does not exist is accepted")
	}
	late = w.machine(org.ID, "late", iam.JWTToken)
	if _, err := node.Cache.Authenticate(ctx, []Reading{{Name: late.UserName, Secret: late.secret}}, w.now); err != nil {
		t.Errorf("a user that was asked for before it was made: %v", err)
	}
}

func TestOtherNodeFollowsTheFeed(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	ctx := t.Context()
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	db := storetest.Open(t, w.config)
	node := w.node(db)
	following, stop := context.WithCancel(ctx)
	var follower sync.WaitGroup
	defer follower.Wait()
	defer stop()
	follower.Go(func() { db.Follow(following) })
	if _, err := node.Cache.Authenticate(ctx, []Reading{{Name: m.UserName, Secret: m.secret}}, w.now); err != nil {
		t.Fatal(err)
	}
	must(w.dir.DeactivateUser(ctx, w.root, m.ID))
	for { // until the feed has told; the test's own time limit ends a feed that never does
		if _, err := node.Cache.Authenticate(ctx, []Reading{{Name: m.UserName, Secret: m.secret}}, w.now); err != nil {
			refusedAs(t, "deactivated on the other node", err, "the service user is inactive")
			return
		}
		time.Sleep(time.Millisecond)
	}
}
