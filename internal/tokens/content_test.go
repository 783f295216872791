package tokens

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

func FuzzContent(f *testing.F) {
	f.Add(int64(1772366400), int64(1772409600), "500000000000000001", "chat-backend", "openid email", "300000000000000001", "600000000000000001", int64(3))
	f.Add(int64(0), int64(-1), "", "", "", "", "0", int64(-1))
	f.Add(int64(1)<<62, int64(1), "Jürgen\x00", "\xff", "a\u00a0b", strings.Repeat("x", 300), "c", int64(0))
	f.Fuzz(func(t *testing.T, issued, expires int64, subject, client, scope, aud, credential string, generation int64) {
		if credential == "" || strings.Contains(credential, ".") {
			return // ids of credentials are digits
		}
		c := content{
			id: id{credential, generation},
			claims: claims{
				subject: subject, clientID: client, issuedAt: issued, expires: expires, audience: []string{aud, "42"},
				scopes: &Scopes{},
			},
		}
		for s := range strings.SplitSeq(scope, " ") {
			if s != "" {
				c.scopes.Granted = append(c.scopes.Granted, s)
			}
		}
		c.tokenID = c.id.draw()
		sealed := c.seal()
		got, err := unseal(sealed)
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Fatalf("came back as %+v, %v; want %+v", got, err, c)
		}
		if _, err := unseal(append(sealed, 0)); err == nil {
			t.Error("a byte too many is not noticed")
		}
		for n := range sealed {
			if _, err := unseal(sealed[:n]); err == nil {
				t.Fatalf("the first %d of %d bytes pass", n, len(sealed))
			}
		}
	})
}

func FuzzUnseal(f *testing.F) {
	whole := content{id: id{"6", 0}, claims: claims{tokenID: "r.6.0", subject: "s", audience: []string{"a"}, scopes: &Scopes{}}}
	f.Add(whole.seal())
	f.Add([]byte{})
	f.Add([]byte{contentVersion})
	f.Add([]byte{contentVersion + 1, 0, 0})
	f.Add([]byte("\x01\x02\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := unseal(b)
		if err != nil {
			return
		}
		again, err := unseal(c.seal())
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("sealed again: %+v, %v; want %+v", again, err, c)
		}
	})
}

func FuzzParseClaims(f *testing.F) {
	f.Add([]byte(`{"iss":"i","sub":"s","aud":["a"],"exp":2,"iat":1,"jti":"r.6.0","client_id":"c"}`))
	f.Add([]byte(`{"jti":"r.6"}`))
	f.Add([]byte(`{"aud":"a","jti":"r.6.0"}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, err := parseClaims(payload)
		if err == nil && (c.id.credentialID == "" || c.scopes == nil) {
			t.Errorf("%s: %+v", payload, c)
		}
	})
}

func TestTokenIDs(t *testing.T) {
	form := regexp.MustCompile(`^[A-Za-z0-9_-]{22}\.600000000000000001\.7$`)
	from := id{"600000000000000001", 7}
	seen := map[string]bool{}
	for range 1000 {
		drawn := from.draw()
		if !form.MatchString(drawn) || seen[drawn] {
			t.Fatalf("drawn %q, before: %v", drawn, seen[drawn])
		}
		seen[drawn] = true
		if back, err := parseTokenID(drawn); err != nil || back != from {
			t.Fatalf("%q came back as %+v, %v", drawn, back, err)
		}
	}
	for _, bad := range []string{"", ".", "..", "a.b", "a.b.", "a.b.x", ".b.1", "a..1", "a.b.1.c", "a.b.99999999999999999999"} {
		if got, err := parseTokenID(bad); err == nil {
			t.Errorf("%q passes as %+v", bad, got)
		}
	}
}

// Whatever is issued can be read again: here the largest content that scopes may ask for.
func TestTokensAreReadableOrRefused(t *testing.T) {
	w := newWorld(t, keyring.ES256)
	m := w.machine(w.instance.DefaultOrgID, "m", "opaque")
	j := w.machine(w.instance.DefaultOrgID, "j", "jwt")
	for _, scope := range []string{
		strings.Repeat("openid ", maxScopes),
		manyAudiences(10), manyAudiences(maxScopes),
	} {
		for _, who := range []machine{m, j} {
			token, err := w.issue(who, scope)
			if err != nil {
				continue // refused with a reason, which the door shows
			}
			if _, err := w.issuer.read(t.Context(), token, w.now); err != nil {
				t.Errorf("a token of %d bytes for %d bytes of scope cannot be read: %v", len(token), len(scope), err)
			}
		}
	}
	for _, who := range []machine{m, j} {
		if _, err := w.issue(who, manyAudiences(10)); err != nil {
			t.Errorf("10 audiences: %v", err)
		}
		_, err := w.issue(who, manyAudiences(maxScopes))
		wantKind(t, "more than a token can hold", err, iam.InvalidArgument)
	}
}

func manyAudiences(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(audience(strings.Repeat("x", 700)+strconv.Itoa(i)) + " ")
	}
	return b.String()
}
