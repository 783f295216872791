package test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/testpg"
)

// ownPostgres starts a PostgreSQL that the test may kill, with an empty database.
func ownPostgres(t *testing.T) (*testpg.Cluster, database) {
	t.Helper()
	cluster, err := testpg.Start(t.Context(), testpg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := cluster.CreateDatabase(t.Context(), "latchkey"); err != nil {
		t.Fatal(err)
	}
	return cluster, database{Dir: t.TempDir(), URL: cluster.URL("latchkey"), MasterKey: (rand.Text() + rand.Text())[:32]}
}

// watch sends requests until stop is closed and counts the statuses; those
// that are not allowed fail the test.
func watch(t *testing.T, stop <-chan struct{}, what string, send func(context.Context, int) (int, reply, error), allowed ...int) map[int]int {
	counts := map[int]int{}
	for i := 0; ; i++ {
		select {
		case <-stop:
			return counts
		default:
		}
		status, a, err := send(t.Context(), i)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return counts
		}
		counts[status]++
		ok := false
		for _, s := range allowed {
			ok = ok || s == status
		}
		if !ok {
			t.Errorf("%s: status %d: %+v", what, status, a)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// TestChaosOutage kills PostgreSQL while two nodes serve and starts it again. One
// trusts its caches for minutes, the other not at all.
func TestChaosOutage(t *testing.T) {
	cluster, db := ownPostgres(t)
	trusting := start(t, options{Database: db})
	strict := start(t, options{Database: db, Issuer: trusting.Issuer, Env: []string{"LATCHKEY_STALE_MAX=0"}})
	m := manage(trusting)
	project := m.project(t, "chat", "a")
	warm := m.client(t, "warm", project, "", "a")
	cold := m.client(t, "cold", project, "", "a")
	for round := range rounds(2, 10) {
		outage(t, cluster, round, trusting, strict, warm, cold)
		db.CheckFeed(t)
	}
}

func outage(t *testing.T, cluster *testpg.Cluster, round int, trusting, strict *node, warm, cold serviceUser) {
	for _, n := range []*node{trusting, strict} {
		if got := seen(t, n, warm); got != "a" {
			t.Fatalf("before the outage there is %q", got)
		}
	}
	stop := make(chan struct{})
	var group sync.WaitGroup
	run := func(what string, send func(context.Context, int) (int, reply, error), allowed ...int) {
		group.Go(func() { t.Logf("%s: %v", what, watch(t, stop, what, send, allowed...)) })
	}
	run("tokens of the node that trusts its cache", func(ctx context.Context, _ int) (int, reply, error) {
		return askNode(ctx, trusting.Base, warm)
	}, http.StatusOK)
	run("tokens of the node that does not", func(ctx context.Context, _ int) (int, reply, error) {
		return askNode(ctx, strict.Base, warm)
	}, http.StatusOK, http.StatusServiceUnavailable)
	for i, n := range []*node{trusting, strict} {
		run(fmt.Sprint("reads of node ", i), func(ctx context.Context, _ int) (int, reply, error) {
			return manage(n).send(ctx, http.MethodGet, "/management/v1/orgs/me", nil)
		}, http.StatusOK, http.StatusServiceUnavailable)
		run(fmt.Sprint("lists of node ", i), func(ctx context.Context, _ int) (int, reply, error) {
			return manage(n).send(ctx, http.MethodPost, "/zitadel.user.v2.UserService/ListUsers", map[string]any{})
		}, http.StatusOK, http.StatusServiceUnavailable)
		run(fmt.Sprint("writes of node ", i), func(ctx context.Context, k int) (int, reply, error) {
			name := fmt.Sprintf("p-%d-%d-%d", round, i, k)
			return manage(n).send(ctx, http.MethodPost, "/management/v1/projects", map[string]any{"name": name})
		}, http.StatusOK, http.StatusServiceUnavailable)
	}
	time.Sleep(300 * time.Millisecond)
	if err := cluster.Kill(); err != nil {
		t.Fatal(err)
	}
	// During the outage.
	for _, n := range []*node{trusting, strict} {
		eventually(t, "management says that the database is away", func() bool {
			status, a, err := manage(n).send(t.Context(), http.MethodGet, "/management/v1/orgs/me", nil)
			return err == nil && status == http.StatusServiceUnavailable && a.Code == 14.0
		})
		eventually(t, "the node is not ready", func() bool {
			return body(t, n.Base+"/debug/ready") != "ok\n"
		})
		if status, a, err := askNode(t.Context(), n.Base, cold); err != nil || status != http.StatusServiceUnavailable || a.Error != "temporarily_unavailable" {
			if round == 0 { // later it is warm
				t.Errorf("a client that is not cached: %d %+v %v", status, a, err)
			}
		}
	}
	eventually(t, "the strict node gives no tokens", func() bool { return seen(t, strict, warm) == "temporarily_unavailable" })
	for range 20 {
		if got := seen(t, trusting, warm); got != "a" {
			t.Errorf("a warm client gets %q while the database is away", got)
		}
		if got := seen(t, strict, warm); got != "temporarily_unavailable" {
			t.Errorf("the strict node gives %q while the database is away", got)
		}
	}
	if err := cluster.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*node{trusting, strict} {
		eventually(t, "the node is ready again", func() bool { return body(t, n.Base+"/debug/ready") == "ok\n" })
		for _, c := range []serviceUser{warm, cold} {
			eventually(t, "clients get tokens again", func() bool { return seen(t, n, c) == "a" })
		}
		eventually(t, "management works again", func() bool {
			status, _, err := manage(n).send(t.Context(), http.MethodGet, "/management/v1/orgs/me", nil)
			return err == nil && status == http.StatusOK
		})
	}
	// What is changed now reaches the other node, as before.
	c := manage(strict).client(t, fmt.Sprintf("after-%d", round), warm.project, "", "a")
	if got := seen(t, trusting, c); got != "a" {
		t.Errorf("a client made after the outage gets %q", got)
	}
	manage(strict).call(t, http.MethodPost, "/users/"+c.id+"/_deactivate", map[string]any{})
	soon(t, "a user is refused after the outage", func() bool { return seen(t, trusting, c) == "invalid_client" })
	close(stop)
	group.Wait()
}
