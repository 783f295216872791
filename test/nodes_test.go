package test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// twoNodes starts two nodes on one PostgreSQL, one after the other.
func twoNodes(t *testing.T) (*node, *node) {
	t.Helper()
	db := openPostgres(t)
	one := start(t, options{Database: db})
	return one, start(t, options{Database: db, Issuer: one.Issuer})
}

func body(t testing.TB, address string) string {
	t.Helper()
	resp, err := http.Get(address) //nolint:noctx // of a node of this test
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestNodesMakeOneInstance starts nodes on one empty database in the same moment.
func TestNodesMakeOneInstance(t *testing.T) {
	for range rounds(1, 10) {
		db := openPostgres(t)
		nodes := make([]*node, 3)
		for i := range nodes {
			nodes[i] = newNode(t, options{Database: db, Issuer: "http://localhost:8080"})
		}
		for _, n := range nodes {
			n.Launch(t)
		}
		var group sync.WaitGroup
		for _, n := range nodes {
			group.Go(func() {
				if err := n.Wait(t.Context()); err != nil {
					t.Errorf("a node did not start: %v\n%s", err, n.Stderr)
				}
			})
		}
		group.Wait()
		if t.Failed() {
			return
		}
		keys, welcomed := body(t, nodes[0].Base+"/oauth/v2/keys"), 0
		org := manage(nodes[0]).call(t, http.MethodGet, "/orgs/me", nil).AuthorizedOrg.ID
		for i, n := range nodes {
			if got := body(t, n.Base+"/oauth/v2/keys"); got != keys {
				t.Errorf("node %d publishes %s, node 0 %s", i, got, keys)
			}
			if got := manage(n).call(t, http.MethodGet, "/orgs/me", nil).AuthorizedOrg.ID; got != org || got == "" {
				t.Errorf("node %d knows organization %q, node 0 %q", i, got, org)
			}
			if strings.Contains(n.Stdout.String(), "Welcome") {
				welcomed++
			}
		}
		if welcomed != 1 {
			t.Errorf("%d nodes say that they made the instance", welcomed)
		}
		for query, want := range map[string]int{
			`SELECT count(*) FROM instance`: 1, `SELECT count(*) FROM signing_keys`: 1, `SELECT count(*) FROM orgs`: 1,
			`SELECT count(*) FROM projects`: 1, `SELECT count(*) FROM users`: 2, `SELECT count(*) FROM credentials`: 1,
			`SELECT count(*) FROM events WHERE type = 'instance.added'`: 1,
			// The one that made the instance tells a set-up code, and records that.
			`SELECT count(*) FROM codes`: 1, `SELECT seq FROM feed`: 2,
		} {
			if got := db.Number(t, query); got != want {
				t.Errorf("%s: %d, want %d", query, got, want)
			}
		}
		db.CheckFeed(t)
		for _, n := range nodes {
			n.Stop(t)
		}
	}
}

// TestChaosSecretWorksAtOnce makes secrets on one node and uses them on the other
// without waiting, where the user is unknown, or known with another secret.
func TestChaosSecretWorksAtOnce(t *testing.T) {
	one, two := twoNodes(t)
	m := manage(one)
	project := m.project(t, "chat", "a")
	for u := range rounds(5, 25) {
		c := m.client(t, fmt.Sprintf("user-%d", u), project, "", "a")
		for i := range rounds(20, 60) {
			if i > 0 {
				c.secret = m.call(t, http.MethodPut, "/users/"+c.id+"/secret", map[string]any{}).ClientSecret
			}
			if got := seen(t, two, c); got != "a" {
				t.Fatalf("secret %d of user %d gives %q on the other node", i, u, got)
			}
		}
		old := c
		c.secret = m.call(t, http.MethodPut, "/users/"+c.id+"/secret", map[string]any{}).ClientSecret
		if got := seen(t, two, c); got != "a" {
			t.Fatalf("the last secret of user %d gives %q", u, got)
		}
		// The read that proved the new one has taken the old one's place in the cache.
		if got := seen(t, two, old); got != "invalid_client" {
			t.Fatalf("a replaced secret gives %q", got)
		}
	}
}

// TestChangesReachTheOtherNode takes something away on one node and sees it
// gone from the tokens of the other, which had them all cached: woken by the
// database, and by looking itself while its listening connection is cut.
func TestChangesReachTheOtherNode(t *testing.T) {
	one, two := twoNodes(t)
	m := manage(one)
	for _, how := range []string{"notified", "cut off"} {
		t.Run(how, func(t *testing.T) {
			if how == "notified" {
				eventually(t, "both nodes listen", func() bool { return listeners(t, one.DB) == 2 })
			}
			var longest time.Duration
			for _, change := range changes() {
				name := strings.ReplaceAll(how+" "+change.name, " ", "-")
				s := newScene(t, m, name)
				c := s.own
				if change.granted {
					c = s.granted
				}
				for _, n := range []*node{one, two} {
					if got := seen(t, n, c); got != "a,b" {
						t.Fatalf("%s: before it there is %q", change.name, got)
					}
				}
				if how == "cut off" {
					cutListeners(t, one.DB)
				}
				change.do(t, s)
				if got := seen(t, one, c); got != change.want {
					t.Errorf("%s: the node itself gives %q, want %q", change.name, got, change.want)
				}
				took := soon(t, change.name, func() bool { return seen(t, two, c) == change.want })
				longest = max(longest, took)
			}
			t.Logf("%s: at most %v until the other node knew", how, longest)
		})
	}
	eventually(t, "the nodes listen again", func() bool { return listeners(t, one.DB) == 2 })
}

// scene is an organization with a project, a client of its own and one of
// another organization that it lent the project to.
type scene struct {
	m                   manager // in the organization's context
	project, grant      string
	lentTo              manager
	own, granted        serviceUser
	organization, other string
}

func newScene(t *testing.T, m manager, name string) scene {
	t.Helper()
	s := scene{organization: m.call(t, http.MethodPost, "/orgs", map[string]any{"name": name}).ID}
	s.other = m.call(t, http.MethodPost, "/orgs", map[string]any{"name": name + " other"}).ID
	s.m, s.lentTo = m.in(s.organization), m.in(s.other)
	s.project = s.m.project(t, "project", "a", "b")
	s.grant = s.m.call(t, http.MethodPost, "/projects/"+s.project+"/grants",
		map[string]any{"grantedOrgId": s.other, "roleKeys": []string{"a", "b"}}).GrantID
	s.own = s.m.client(t, name+"-own", s.project, "", "a", "b")
	s.granted = s.lentTo.client(t, name+"-granted", s.project, s.grant, "a", "b")
	return s
}

type nodeChange struct {
	name    string
	granted bool // the client of the other organization is looked at
	want    string
	do      func(*testing.T, scene)
}

func changes() []nodeChange {
	none := map[string]any{}
	return []nodeChange{
		{"user deactivated", false, "invalid_client", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodPost, "/users/"+s.own.id+"/_deactivate", none)
		}},
		{"user removed", false, "invalid_client", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodDelete, "/users/"+s.own.id, none)
		}},
		{"secret removed", false, "invalid_client", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodDelete, "/users/"+s.own.id+"/secret", none)
		}},
		{"role removed", false, "b", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodDelete, "/projects/"+s.project+"/roles/a", none)
		}},
		{"role removed that was lent", true, "b", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodDelete, "/projects/"+s.project+"/roles/a", none)
		}},
		{"authorization changed", false, "a", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodPut, "/users/"+s.own.id+"/grants/"+s.own.authorization, map[string]any{"roleKeys": []string{"a"}})
		}},
		{"authorization removed", false, "", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodDelete, "/users/"+s.own.id+"/grants/"+s.own.authorization, none)
		}},
		{"project grant changed", true, "a", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodPut, "/projects/"+s.project+"/grants/"+s.grant, map[string]any{"roleKeys": []string{"a"}})
		}},
		{"project grant deactivated", true, "", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodPost, "/projects/"+s.project+"/grants/"+s.grant+"/_deactivate", none)
		}},
		{"project grant removed", true, "", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodDelete, "/projects/"+s.project+"/grants/"+s.grant, none)
		}},
		{"project deactivated", false, "", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodPost, "/projects/"+s.project+"/_deactivate", none)
		}},
		{"organization deactivated", false, "invalid_client", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodPost, "/orgs/me/_deactivate", none)
		}},
		{"granted organization deactivated", true, "invalid_client", func(t *testing.T, s scene) {
			s.lentTo.call(t, http.MethodPost, "/orgs/me/_deactivate", none)
		}},
		{"owning organization deactivated", true, "", func(t *testing.T, s scene) {
			s.m.call(t, http.MethodPost, "/orgs/me/_deactivate", none)
		}},
	}
}

// listeners counts the connections that listen for changes.
func listeners(t testing.TB, db database) int {
	t.Helper()
	return db.Number(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'`)
}

// cutListeners ends every such connection.
func cutListeners(t testing.TB, db database) {
	t.Helper()
	db.Number(t, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN %'`)
}

// TestPersonalAccessTokenEndsAtOnce: the management API trusts no cache.
func TestPersonalAccessTokenEndsAtOnce(t *testing.T) {
	one, two := twoNodes(t)
	m := manage(one)
	for i := range 5 {
		c := m.client(t, fmt.Sprintf("user-%d", i), m.project(t, fmt.Sprintf("project-%d", i), "a"), "", "a")
		pat := m.call(t, http.MethodPost, "/users/"+c.id+"/pats", map[string]any{}).Token
		user := manager{base: two.Base, token: pat}
		if status, a, err := user.send(t.Context(), http.MethodGet, "/auth/v1/users/me", nil); status != http.StatusOK {
			t.Fatalf("a new token on the other node: %d %+v %v", status, a, err)
		}
		m.call(t, http.MethodPost, "/users/"+c.id+"/_deactivate", map[string]any{})
		if status, a, err := user.send(t.Context(), http.MethodGet, "/auth/v1/users/me", nil); status != http.StatusUnauthorized {
			t.Fatalf("the token of a user who was deactivated: %d %+v %v", status, a, err)
		}
	}
}
