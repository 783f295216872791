package tokens

import (
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// A changed lifetime counts for the next token, in either form.
func TestLifetimesFollowTheSettings(t *testing.T) {
	w := newWorld(t, keyring.ES256)
	jwt, opaque := w.machine(w.instance.DefaultOrgID, "jwt", iam.JWTToken), w.machine(w.instance.DefaultOrgID, "opaque", iam.OpaqueToken)
	want := func(when string, lifetime time.Duration) {
		t.Helper()
		claims := w.claims(jwt, apiScope)
		if got := claims["exp"].(float64) - claims["iat"].(float64); got != lifetime.Seconds() {
			t.Errorf("%s: a token is good for %v seconds, want %v", when, got, lifetime.Seconds())
		}
		for _, m := range []machine{jwt, opaque} {
			token, err := w.issuer.Issue(t.Context(), must(w.authenticate(m)), apiScope)
			if err != nil || token.ExpiresIn != int64(lifetime.Seconds())-1 {
				t.Errorf("%s: %s expires in %d, %v", when, m.UserName, token.ExpiresIn, err)
			}
		}
	}
	want("at first", iam.DefaultAccessTokenLifetime)
	before := must(w.issue(opaque, apiScope))
	l := iam.DefaultLifetimes()
	l.AccessToken = 90 * time.Second
	must(w.dir.SetLifetimes(t.Context(), w.root, l))
	want("after a change", 90*time.Second)
	after := must(w.issue(opaque, apiScope))
	w.now = w.now.Add(2 * time.Minute)
	if _, err := w.issuer.Caller(t.Context(), before); err != nil {
		t.Errorf("a token of before the change ended early: %v", err)
	}
	_, err := w.issuer.Caller(t.Context(), after)
	wantKind(t, "a token of after the change, when it is over", err, iam.Unauthenticated)
}
