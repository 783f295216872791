package verify_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/latchkey-iam/latchkey/verify"
)

func TestRotation(t *testing.T) {
	first, second, c := newKey(t, "k1", "ES256"), newKey(t, "k2", "EdDSA"), newClock()
	i := newIssuer(t, first)
	v := newVerifier(t, i, c, nil)
	check := func(k key, want error, fetches int) {
		t.Helper()
		_, err := v.Verify(t.Context(), k.sign(t, nil, i.claims(c.Now(), nil)))
		only(t, err, want)
		if i.fetches() != fetches {
			t.Fatalf("the keys were fetched %d times, want %d", i.fetches(), fetches)
		}
	}
	check(first, nil, 1)
	i.publish(first, second)
	c.advance(10 * time.Second)
	check(second, nil, 2) // an unknown key causes a fetch
	i.publish(second)
	check(first, nil, 2) // the cache still counts
	c.advance(10 * time.Minute)
	check(first, verify.ErrSignature, 3) // and then the withdrawn key is gone
	check(second, nil, 3)
}

func TestUnknownKeysAreBounded(t *testing.T) {
	k, c := newKey(t, "k1", "EdDSA"), newClock()
	i := newIssuer(t, k)
	v := newVerifier(t, i, c, nil)
	stranger := func(n int) {
		t.Helper()
		for one := range n {
			_, err := v.Verify(t.Context(), k.sign(t, map[string]any{"kid": fmt.Sprint("x", one)}, i.claims(c.Now(), nil)))
			only(t, err, verify.ErrSignature)
		}
	}
	stranger(50)
	if i.fetches() != 1 {
		t.Fatalf("strangers caused %d fetches, want 1", i.fetches())
	}
	c.advance(10*time.Second - 1)
	stranger(50)
	if i.fetches() != 1 {
		t.Fatalf("strangers caused %d fetches within ten seconds, want 1", i.fetches())
	}
	c.advance(1)
	stranger(50)
	if i.fetches() != 2 {
		t.Fatalf("strangers caused %d fetches, want 2", i.fetches())
	}
}

func TestTokensOfOtherIssuersCauseNoFetch(t *testing.T) {
	k, c := newKey(t, "k1", "EdDSA"), newClock()
	i := newIssuer(t, k)
	_, err := newVerifier(t, i, c, nil).Verify(t.Context(), k.sign(t, nil, i.claims(c.Now(), map[string]any{"iss": "https://other.example.com"})))
	only(t, err, verify.ErrIssuer)
	if i.fetches() != 0 || i.discovered != 0 {
		t.Fatal("the issuer was asked")
	}
}

func TestOutage(t *testing.T) {
	k, later, c := newKey(t, "k1", "EdDSA"), newKey(t, "k2", "EdDSA"), newClock()
	i := newIssuer(t, k)
	v := newVerifier(t, i, c, nil)
	check := func(k key, want error) {
		t.Helper()
		_, err := v.Verify(t.Context(), k.sign(t, nil, i.claims(c.Now(), nil)))
		only(t, err, want)
	}
	down := func(status int) { i.update(func() { i.status = status }) }

	down(http.StatusInternalServerError)
	check(k, verify.ErrKeysUnavailable)
	if err := v.Ready(t.Context()); !errors.Is(err, verify.ErrKeysUnavailable) {
		t.Fatalf("ready says %v", err)
	}
	down(http.StatusOK)
	c.advance(time.Second) // without any keys it tries again soon
	if err := v.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(k, nil)

	down(http.StatusBadGateway)
	c.advance(11 * time.Minute)
	check(k, nil)                           // old keys go on
	check(later, verify.ErrKeysUnavailable) // what is unknown now may be known to the issuer
	c.advance(24*time.Hour - 2*time.Minute)
	check(k, nil)
	c.advance(2 * time.Minute)
	check(k, verify.ErrKeysUnavailable) // but not for ever

	down(http.StatusOK)
	i.publish(later)
	c.advance(10 * time.Second)
	check(later, nil)
	check(k, verify.ErrSignature)
}

func TestHangingIssuerDelaysOnlyOnce(t *testing.T) {
	k, c := newKey(t, "k1", "EdDSA"), newClock()
	i := newIssuer(t, k)
	v := newVerifier(t, i, c, nil)
	raw := k.sign(t, nil, i.claims(c.Now(), nil))
	if _, err := v.Verify(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	// The first refresh fails, the second hangs: nobody waits for that one.
	i.update(func() { i.status = http.StatusBadGateway })
	c.advance(11 * time.Minute)
	if _, err := v.Verify(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	hang := make(chan struct{})
	defer close(hang)
	i.update(func() { i.status, i.hang = http.StatusOK, hang })
	c.advance(10 * time.Second)
	for range 10 {
		if _, err := v.Verify(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCallerMayLeaveWhileKeysAreFetched(t *testing.T) {
	k, c := newKey(t, "k1", "EdDSA"), newClock()
	i := newIssuer(t, k)
	hang := make(chan struct{})
	i.update(func() { i.hang = hang })
	v := newVerifier(t, i, c, nil)
	raw := k.sign(t, nil, i.claims(c.Now(), nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := v.Verify(ctx, raw)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, verify.ErrKeysUnavailable) {
		t.Fatalf("error is %v", err)
	}
	close(hang) // its fetch goes on for the others
	if _, err := v.Verify(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	if i.fetches() != 1 {
		t.Fatalf("the keys were fetched %d times", i.fetches())
	}
}

func TestCacheControl(t *testing.T) {
	for _, test := range []struct {
		header string
		fresh  time.Duration
	}{
		{"", 10 * time.Minute},
		{"public", 10 * time.Minute},
		{"public, max-age=120", 2 * time.Minute},
		{`Max-Age="120"`, 2 * time.Minute},
		{"max-age=1", time.Minute},
		{"max-age=99999999", time.Hour},
		{"max-age=99999999999999999999", time.Minute},
		{"max-age=-1", time.Minute},
		{"max-age=600, no-store", time.Minute},
		{"no-cache", time.Minute},
	} {
		t.Run(test.header, func(t *testing.T) {
			k, c := newKey(t, "k1", "EdDSA"), newClock()
			i := newIssuer(t, k)
			i.header = map[string]string{"Cache-Control": test.header}
			v := newVerifier(t, i, c, nil)
			for _, step := range []struct {
				wait    time.Duration
				fetches int
			}{{0, 1}, {test.fresh - 1, 1}, {1, 2}} {
				c.advance(step.wait)
				if _, err := v.Verify(t.Context(), k.sign(t, nil, i.claims(c.Now(), nil))); err != nil {
					t.Fatal(err)
				}
				if i.fetches() != step.fetches {
					t.Fatalf("after %v: %d fetches, want %d", step.wait, i.fetches(), step.fetches)
				}
			}
		})
	}
}

func TestBadDiscovery(t *testing.T) {
	k := newKey(t, "k1", "EdDSA")
	for _, test := range []struct {
		name   string
		change func(*issuer)
	}{
		{"other issuer", func(i *issuer) { i.document["issuer"] = i.URL + "/" }},
		{"no issuer", func(i *issuer) { delete(i.document, "issuer") }},
		{"no key address", func(i *issuer) { delete(i.document, "jwks_uri") }},
		{"key address on plain http elsewhere", func(i *issuer) { i.document["jwks_uri"] = "http://keys.example.com/" }},
		{"key address of another scheme", func(i *issuer) { i.document["jwks_uri"] = "file:///etc/passwd" }},
		{"large document", func(i *issuer) { i.document["more"] = strings.Repeat("x", 300<<10) }},
		{"large key set", func(i *issuer) { i.set["more"] = strings.Repeat("x", 300<<10) }},
		{"no keys", func(i *issuer) { i.set = map[string]any{"keys": []any{}} }},
		{"keys of another form", func(i *issuer) { i.set = map[string]any{"keys": "k"} }},
		{"too many keys", func(i *issuer) {
			var keys []any
			for range 101 {
				keys = append(keys, k.public())
			}
			i.set = map[string]any{"keys": keys}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClock()
			i := newIssuer(t, k)
			i.update(func() { test.change(i) })
			_, err := newVerifier(t, i, c, nil).Verify(t.Context(), k.sign(t, nil, i.claims(c.Now(), nil)))
			only(t, err, verify.ErrKeysUnavailable)
		})
	}
}

func TestSecureIssuerNeverLeadsToPlainHTTP(t *testing.T) {
	k, c := newKey(t, "k1", "EdDSA"), newClock()
	plain := newIssuer(t, k)
	secure := httptest.NewTLSServer(nil)
	defer secure.Close()
	secure.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, secure.URL, plain.URL+"/oauth/v2/keys")
	})
	v := newVerifier(t, plain, c, func(config *verify.Config) {
		config.Issuer, config.Client, config.AllowHTTP = secure.URL, secure.Client(), true
	})
	if err := v.Ready(t.Context()); !errors.Is(err, verify.ErrKeysUnavailable) || !strings.Contains(err.Error(), "https") {
		t.Fatalf("error is %v", err)
	}
	if plain.fetches() != 0 {
		t.Fatal("the keys were read over plain http")
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	k, c := newKey(t, "k1", "EdDSA"), newClock()
	i := newIssuer(t, k)
	detour := httptest.NewServer(http.RedirectHandler(i.URL+"/oauth/v2/keys", http.StatusFound))
	defer detour.Close()
	v := newVerifier(t, i, c, func(config *verify.Config) { config.JWKSURL = detour.URL })
	if err := v.Ready(t.Context()); !errors.Is(err, verify.ErrKeysUnavailable) {
		t.Fatalf("error is %v", err)
	}
	if i.fetches() != 0 {
		t.Fatal("the redirect was followed")
	}
}

func TestKeyAddressWithoutDiscovery(t *testing.T) {
	k, c := newKey(t, "k1", "EdDSA"), newClock()
	i := newIssuer(t, k)
	v := newVerifier(t, i, c, func(config *verify.Config) {
		config.Issuer, config.JWKSURL = "https://id.example.com", i.URL+"/oauth/v2/keys"
	})
	_, err := v.Verify(t.Context(), k.sign(t, nil, i.claims(c.Now(), map[string]any{"iss": "https://id.example.com"})))
	only(t, err, nil)
	if i.discovered != 0 {
		t.Error("the discovery document was read")
	}
}

func TestUnusableKeys(t *testing.T) {
	good, c := newKey(t, "good", "EdDSA"), newClock()
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	plain, rs := newKey(t, "plain", "ES256"), newKey(t, "rs", "RS256")
	secret := map[string]any{"kty": "oct", "k": "c2VjcmV0", "kid": "oct"}
	i := newIssuer(t)
	i.set = map[string]any{"keys": []any{
		map[string]any{"kty": "FUTURE", "kid": "f"},
		secret, 7,
		jose.JSONWebKey{Key: short.Public(), KeyID: "short"},
		jose.JSONWebKey{Key: wide.Public(), KeyID: "wide"},
		jose.JSONWebKey{Key: newKey(t, "", "EdDSA").signer.Public()},
		jose.JSONWebKey{Key: rs.signer.Public(), KeyID: "enc", Use: "enc"},
		jose.JSONWebKey{Key: rs.signer.Public(), KeyID: "ps", Algorithm: "PS256"},
		jose.JSONWebKey{Key: rs.signer, KeyID: "private"},
		jose.JSONWebKey{Key: plain.signer.Public(), KeyID: "plain"}, // neither alg nor use
		newKey(t, "good", "EdDSA").public(),                         // the same id twice
		good.public(),
	}}
	v := newVerifier(t, i, c, nil)
	for _, test := range []struct {
		name string
		key  key
		want error
	}{
		{"good", good, nil},
		{"plain", plain, nil},
		{"short", key{"short", "RS256", short}, verify.ErrSignature},
		{"wide", key{"wide", "ES256", plain.signer}, verify.ErrSignature},
		{"for encryption", key{"enc", "RS256", rs.signer}, verify.ErrSignature},
		{"for another algorithm", key{"ps", "RS256", rs.signer}, verify.ErrSignature},
		{"published with its private half", key{"private", "RS256", rs.signer}, verify.ErrSignature},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := v.Verify(t.Context(), test.key.sign(t, nil, i.claims(c.Now(), nil)))
			only(t, err, test.want)
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	k, stranger, c := newKey(t, "k1", "EdDSA"), newKey(t, "x", "EdDSA"), newClock()
	i := newIssuer(t, k)
	v := newVerifier(t, i, c, nil)
	good := k.sign(t, nil, i.claims(c.Now(), nil))
	bad := stranger.sign(t, nil, i.claims(c.Now(), nil))
	var group sync.WaitGroup
	var wrong atomic.Int64
	for range 32 {
		group.Go(func() {
			for n := range 5 {
				if _, err := v.Verify(t.Context(), good); err != nil {
					wrong.Add(1)
				}
				if _, err := v.Verify(t.Context(), bad); !errors.Is(err, verify.ErrSignature) {
					wrong.Add(1)
				}
				if n == 2 {
					c.advance(time.Millisecond)
				}
			}
		})
	}
	group.Wait()
	if wrong.Load() != 0 || i.fetches() != 1 {
		t.Fatalf("%d wrong answers, %d fetches", wrong.Load(), i.fetches())
	}
}
