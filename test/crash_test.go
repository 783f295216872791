package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// writers create clients on a node until stop is closed or a request fails,
// and return those that were acknowledged in every part.
func writers(t *testing.T, n *node, project, prefix string, stop <-chan struct{}) []serviceUser {
	const count = 4
	m := manage(n)
	var mu sync.Mutex
	var made []serviceUser
	var group sync.WaitGroup
	for w := range count {
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				c, err := m.makeClient(context.WithoutCancel(t.Context()), fmt.Sprintf("%s-%d-%d", prefix, w, i), project, "", "a", "b")
				if err != nil {
					return // not acknowledged: it may be there or not
				}
				mu.Lock()
				made = append(made, c)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return made
}

// checkMade sees that everything acknowledged is there: user, authorization
// and secret give a token with both roles, and each has its event.
func checkMade(t *testing.T, n *node, made []serviceUser) {
	t.Helper()
	for _, c := range made {
		got := seen(t, n, c)
		// A connection that died less than a second ago may still be in the pool; the answer says to try again.
		for range 20 {
			if got != "temporarily_unavailable" {
				break
			}
			got = seen(t, n, c)
		}
		if got != "a,b" {
			t.Errorf("%s was acknowledged, and now gets %q", c.name, got)
		}
	}
	recorded := map[string]bool{}
	for _, row := range n.DB.Rows(t, `SELECT type, user_id FROM events`) {
		recorded[row] = true
	}
	for _, c := range made {
		for _, event := range []string{"user.machine.added", "user.grant.added", "user.machine.secret.set"} {
			if !recorded[event+" "+c.id] {
				t.Errorf("%s has no event %s", c.name, event)
			}
		}
	}
	n.DB.CheckFeed(t)
}

// someTime is how long writers run before the crash.
func someTime() time.Duration { return time.Duration(100+rand.IntN(400)) * time.Millisecond }

// TestChaosKilledServer kills the server while it writes.
func TestChaosKilledServer(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		n := start(t, options{Database: open(t)})
		project := manage(n).project(t, "chat", "a", "b")
		var made []serviceUser
		for round := range rounds(3, 20) {
			more := make(chan []serviceUser, 1)
			go func() { more <- writers(t, n, project, fmt.Sprintf("round-%d", round), nil) }()
			time.Sleep(someTime())
			n.Kill(t)
			made = append(made, <-more...)
			n.Restart(t)
			checkMade(t, n, made)
		}
		if len(made) == 0 {
			t.Error("nothing was acknowledged: the test shows nothing")
		}
		t.Logf("%d clients were acknowledged and are there", len(made))
		n.Stop(t)
	})
}

// TestChaosKilledDatabase kills PostgreSQL while a server writes, which goes on
// when PostgreSQL is back.
func TestChaosKilledDatabase(t *testing.T) {
	cluster, db := ownPostgres(t)
	n := start(t, options{Database: db})
	project := manage(n).project(t, "chat", "a", "b")
	var made []serviceUser
	for round := range rounds(3, 20) {
		more := make(chan []serviceUser, 1)
		go func() { more <- writers(t, n, project, fmt.Sprintf("round-%d", round), nil) }()
		time.Sleep(someTime())
		if err := cluster.Kill(); err != nil {
			t.Fatal(err)
		}
		made = append(made, <-more...)
		if err := cluster.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the node is ready again", func() bool { return body(t, n.Base+"/debug/ready") == "ok\n" })
		// Every connection of the pool has learned of it once the node writes again.
		eventually(t, "the node writes again", func() bool {
			_, err := manage(n).makeClient(t.Context(), fmt.Sprintf("again-%d-%d", round, rand.IntN(1<<30)), project, "", "a", "b")
			return err == nil
		})
		checkMade(t, n, made)
	}
	if len(made) == 0 {
		t.Error("nothing was acknowledged: the test shows nothing")
	}
	t.Logf("%d clients were acknowledged and are there", len(made))
	n.Stop(t)
}
