package tokens

import (
	"fmt"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

func BenchmarkIssueRS256(b *testing.B)  { benchmarkIssue(b, keyring.RS256, iam.JWTToken) }
func BenchmarkIssueES256(b *testing.B)  { benchmarkIssue(b, keyring.ES256, iam.JWTToken) }
func BenchmarkIssueEdDSA(b *testing.B)  { benchmarkIssue(b, keyring.EdDSA, iam.JWTToken) }
func BenchmarkIssueOpaque(b *testing.B) { benchmarkIssue(b, keyring.EdDSA, iam.OpaqueToken) }

// benchmarkIssue authenticates service users in turn and issues each a token
// with roles, from warm caches.
func benchmarkIssue(b *testing.B, alg keyring.Algorithm, form iam.AccessTokenType) {
	w := newWorld(b, alg)
	p := w.project(w.instance.DefaultOrgID, "Chat", "chat.admin.all", "chat.reader")
	scope := "openid profile email " + iam.ScopeResourceOwner + " " + iam.ScopeProjectsRoles + " " + audience(p.ID)
	machines := make([]machine, 20)
	for i := range machines {
		machines[i] = w.machine(w.instance.DefaultOrgID, fmt.Sprintf("service-%d", i), form)
		w.authorize(machines[i].ID, p.ID, p.OrgID, "chat.admin.all", "chat.reader")
		must(w.issue(machines[i], scope))
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		m := &machines[n%len(machines)]
		client, err := w.issuer.Cache.Authenticate(b.Context(), []Reading{{Name: m.UserName, Secret: m.secret}}, w.now)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.issuer.Issue(b.Context(), client, scope); err != nil {
			b.Fatal(err)
		}
	}
}
