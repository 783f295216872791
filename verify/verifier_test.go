package verify_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/verify"
)

// only fails unless err is want and no other refusal.
func only(t *testing.T, err, want error) {
	t.Helper()
	for _, one := range []error{
		verify.ErrMalformed, verify.ErrAlgorithm, verify.ErrType, verify.ErrIssuer, verify.ErrSignature, verify.ErrAudience,
		verify.ErrExpired, verify.ErrNotYetValid, verify.ErrClaims, verify.ErrKeysUnavailable,
	} {
		if errors.Is(err, one) != errors.Is(one, want) {
			t.Fatalf("error is %v, want only %v", err, want)
		}
	}
	if (err == nil) != (want == nil) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func TestVerifyAcceptsEveryKindOfKey(t *testing.T) {
	for _, alg := range []string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"} {
		k, c := newKey(t, "k1", alg), newClock()
		i := newIssuer(t, k)
		for _, typ := range []string{"JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "application/JWT"} {
			t.Run(alg+" "+typ, func(t *testing.T) {
				raw := k.sign(t, map[string]any{"typ": typ}, i.claims(c.Now(), nil))
				if _, err := newVerifier(t, i, c, nil).Verify(t.Context(), raw); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

func TestTokenSaysWhatItHolds(t *testing.T) {
	k, c := newKey(t, "k1", "ES256"), newClock()
	i := newIssuer(t, k)
	token, err := newVerifier(t, i, c, nil).Verify(t.Context(), k.sign(t, nil, i.claims(c.Now(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	var nothing []string
	for _, check := range []struct{ name, got, want any }{
		{"subject", token.Subject(), user},
		{"client", token.ClientID(), "ingest-connector"},
		{"id", token.ID(), "t-1"},
		{"audience", token.Audience(), []string{"1", project}},
		{"expiry", token.Expiry().Unix(), c.Now().Add(12 * time.Hour).Unix()},
		{"roles", token.Roles(), []string{"chat.admin.all", "chat.knowledge.write"}},
		{"has role", token.HasRole("chat.admin.all"), true},
		{"lacks role", token.HasRole("chat.debug.read"), false},
		{"role of another project", token.HasRole("viewer"), false},
		{"empty role", token.HasRole(""), false},
		{"roles elsewhere", token.RolesOf("1"), []string{"viewer"}},
		{"roles nowhere", token.RolesOf("2"), nothing},
		{"role orgs", token.RoleOrgs("chat.admin.all"), map[string]string{org: "acme.example.com", "9": "other.example.com"}},
		{"owner", token.ResourceOwner(), verify.ResourceOwner{ID: org, Name: "Acme", PrimaryDomain: "acme.example.com"}},
	} {
		if !reflect.DeepEqual(check.got, check.want) {
			t.Errorf("%s is %v, want %v", check.name, check.got, check.want)
		}
	}
	token.Audience()[0] = "changed"
	token.RoleOrgs("chat.admin.all")["8"] = "changed"
	if slices.Contains(token.Audience(), "changed") || len(token.RoleOrgs("chat.admin.all")) != 2 {
		t.Error("a caller can change the token")
	}

	var issued int64
	if ok, err := token.Claim("iat", &issued); !ok || err != nil || issued != c.Now().Unix() {
		t.Errorf("claim iat is %d, %v, %v", issued, ok, err)
	}
	if ok, err := token.Claim("absent", &issued); ok || err != nil {
		t.Errorf("an absent claim gives %v, %v", ok, err)
	}
	if ok, err := token.Claim("sub", &issued); !ok || err == nil {
		t.Errorf("a claim of another type gives %v, %v", ok, err)
	}
}

func TestVerifyRefusesClaims(t *testing.T) {
	k, c := newKey(t, "k1", "EdDSA"), newClock()
	i := newIssuer(t, k)
	v := newVerifier(t, i, c, nil)
	now := c.Now().Unix()
	roles := "urn:zitadel:iam:org:project:" + project + ":roles"
	for _, test := range []struct {
		name   string
		change map[string]any
		want   error
	}{
		{"as issued", nil, nil},
		{"no issuer", map[string]any{"iss": nil}, verify.ErrIssuer},
		{"other issuer", map[string]any{"iss": "https://id.example.com"}, verify.ErrIssuer},
		{"issuer with a slash", map[string]any{"iss": i.URL + "/"}, verify.ErrIssuer},
		{"issuer in capitals", map[string]any{"iss": strings.ToUpper(i.URL)}, verify.ErrIssuer},
		{"issuer in a list", map[string]any{"iss": []string{i.URL}}, verify.ErrIssuer},
		{"issuer under a name of another case", map[string]any{"iss": nil, "ISS": i.URL}, verify.ErrIssuer},

		{"no audience", map[string]any{"aud": nil}, verify.ErrClaims},
		{"empty audience", map[string]any{"aud": []string{}}, verify.ErrAudience},
		{"other audience", map[string]any{"aud": []string{"1"}}, verify.ErrAudience},
		{"audience that begins alike", map[string]any{"aud": project + "0"}, verify.ErrAudience},
		{"audience as one string", map[string]any{"aud": project}, nil},
		{"audience as a number", map[string]any{"aud": 310486392841297925}, verify.ErrClaims},
		{"audience with a null", map[string]any{"aud": []any{project, nil}}, verify.ErrClaims},

		{"no expiry", map[string]any{"exp": nil}, verify.ErrClaims},
		{"expiry as text", map[string]any{"exp": fmt.Sprint(now + 100)}, verify.ErrClaims},
		{"expiry beyond all dates", map[string]any{"exp": 1e300}, verify.ErrClaims},
		{"negative expiry", map[string]any{"exp": -1}, verify.ErrClaims},
		{"expired just now", map[string]any{"exp": now - 9}, nil},
		{"expired by the leeway", map[string]any{"exp": now - 10}, verify.ErrExpired},
		{"expired by a fraction less", map[string]any{"exp": float64(now) - 9.5}, nil},
		{"year 9999", map[string]any{"exp": 253402300799}, nil},
		{"no nbf", map[string]any{"nbf": nil}, nil},
		{"nbf as text", map[string]any{"nbf": "0"}, verify.ErrClaims},
		{"nbf within the leeway", map[string]any{"nbf": now + 10}, nil},
		{"nbf beyond the leeway", map[string]any{"nbf": now + 11}, verify.ErrNotYetValid},

		{"no subject", map[string]any{"sub": nil}, verify.ErrClaims},
		{"empty subject", map[string]any{"sub": ""}, verify.ErrClaims},
		{"no token id", map[string]any{"jti": nil}, verify.ErrClaims},
		{"no client", map[string]any{"client_id": nil}, verify.ErrClaims},
		{"subject that is its client", map[string]any{"client_id": user}, nil},
		{"assertion", map[string]any{"sub": i.URL}, verify.ErrType},
		{"nonce", map[string]any{"nonce": "n"}, verify.ErrType},
		{"azp", map[string]any{"azp": "a"}, verify.ErrType},
		{"at_hash", map[string]any{"at_hash": "h"}, verify.ErrType},
		{"c_hash", map[string]any{"c_hash": "h"}, verify.ErrType},
		{"s_hash", map[string]any{"s_hash": "h"}, verify.ErrType},
		{"auth_time", map[string]any{"auth_time": now}, verify.ErrType},
		{"logout token", map[string]any{"events": map[string]any{}}, verify.ErrType},
		{"bound to a key", map[string]any{"cnf": map[string]any{"jkt": "x"}}, verify.ErrType},

		{"no roles", map[string]any{roles: nil}, nil},
		{"roles as a list", map[string]any{roles: []string{"chat.admin.all"}}, verify.ErrClaims},
		{"role without its organizations", map[string]any{roles: map[string]any{"a": true}}, verify.ErrClaims},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := v.Verify(t.Context(), k.sign(t, nil, i.claims(c.Now(), test.change)))
			only(t, err, test.want)
		})
	}
	if i.fetches() != 1 {
		t.Errorf("the keys were fetched %d times", i.fetches())
	}
}

func TestVerifyRefusesHeaders(t *testing.T) {
	k, c := newKey(t, "k1", "RS256"), newClock()
	i := newIssuer(t, k)
	v := newVerifier(t, i, c, nil)
	for _, test := range []struct {
		name   string
		header map[string]any
		want   error
	}{
		{"as issued", nil, nil},
		{"no type", map[string]any{"typ": nil}, verify.ErrType},
		{"type that is a number", map[string]any{"typ": 1}, verify.ErrType},
		{"logout token", map[string]any{"typ": "logout+jwt"}, verify.ErrType},
		{"DPoP proof", map[string]any{"typ": "dpop+jwt"}, verify.ErrType},
		{"introspection answer", map[string]any{"typ": "token-introspection+jwt"}, verify.ErrType},
		{"no key id", map[string]any{"kid": nil}, verify.ErrMalformed},
		{"unknown key id", map[string]any{"kid": "k2"}, verify.ErrSignature},
		{"none", map[string]any{"alg": "none"}, verify.ErrAlgorithm},
		{"HS256", map[string]any{"alg": "HS256"}, verify.ErrAlgorithm},
		{"PS256", map[string]any{"alg": "PS256"}, verify.ErrAlgorithm},
		{"no algorithm", map[string]any{"alg": nil}, verify.ErrAlgorithm},
		{"algorithm of another kind of key", map[string]any{"alg": "ES256"}, verify.ErrSignature},
		{"extension", map[string]any{"crit": []string{"exp"}, "exp": 1}, verify.ErrMalformed},
		{"unencoded payload", map[string]any{"crit": []string{"b64"}, "b64": true}, verify.ErrMalformed},
		{"a key of its own is not used", map[string]any{"jwk": newKey(t, "k1", "ES256").public(), "kid": "k1"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := v.Verify(t.Context(), k.sign(t, test.header, i.claims(c.Now(), nil)))
			only(t, err, test.want)
		})
	}
}

func TestAuthTimeBelongsToExplicitAccessTokens(t *testing.T) {
	k, c := newKey(t, "k1", "EdDSA"), newClock()
	i := newIssuer(t, k)
	claims := i.claims(c.Now(), map[string]any{"auth_time": c.Now().Unix()})
	_, err := newVerifier(t, i, c, nil).Verify(t.Context(), k.sign(t, map[string]any{"typ": "at+jwt"}, claims))
	only(t, err, nil)
}

func TestVerifyRefusesForgeries(t *testing.T) {
	k, c := newKey(t, "k1", "EdDSA"), newClock()
	stranger := newKey(t, "k1", "EdDSA")
	i := newIssuer(t, k)
	v := newVerifier(t, i, c, nil)
	good := k.sign(t, nil, i.claims(c.Now(), nil))
	part := strings.Split(good, ".")
	payload := base64.RawURLEncoding.EncodeToString
	for _, test := range []struct {
		name, raw string
		want      error
	}{
		{"nothing", "", verify.ErrMalformed},
		{"opaque", "lkp_0123456789", verify.ErrMalformed},
		{"two parts", part[0] + "." + part[1], verify.ErrMalformed},
		{"five parts", good + ".x.y", verify.ErrMalformed},
		{"surrounding space", " " + good, verify.ErrMalformed},
		{"line break inside", part[0] + "." + part[1] + "\n." + part[2], verify.ErrMalformed},
		{"padding", part[0] + "." + part[1] + "=." + part[2], verify.ErrMalformed},
		{"JSON serialization", `{"payload":"` + part[1] + `"}`, verify.ErrMalformed},
		{"too long", part[0] + "." + strings.Repeat("A", verify.MaxTokenBytes) + "." + part[2], verify.ErrMalformed},
		{"no signature", part[0] + "." + part[1] + ".", verify.ErrSignature},
		{"other signature", part[0] + "." + part[1] + "." + payload(bytes.Repeat([]byte{1}, 64)), verify.ErrSignature},
		{"other payload", part[0] + "." + payload(encode(t, i.claims(c.Now(), map[string]any{"sub": "1"}))) + "." + part[2], verify.ErrSignature},
		{"signed by a stranger", stranger.sign(t, nil, i.claims(c.Now(), nil)), verify.ErrSignature},
		{"payload null", k.signRaw(t, []byte(`{"alg":"EdDSA","kid":"k1","typ":"JWT"}`), []byte(`null`)), verify.ErrMalformed},
		{"payload list", k.signRaw(t, []byte(`{"alg":"EdDSA","kid":"k1","typ":"JWT"}`), []byte(`[]`)), verify.ErrMalformed},
		{"claim twice", k.signRaw(t, []byte(`{"alg":"EdDSA","kid":"k1","typ":"JWT"}`), []byte(`{"iss":"`+i.URL+`","sub":"1","sub":"2"}`)), verify.ErrMalformed},
		{"header twice", k.signRaw(t, []byte(`{"alg":"EdDSA","kid":"k1","typ":"JWT","typ":"x"}`), []byte(`{}`)), verify.ErrMalformed},
		{"header list", k.signRaw(t, []byte(`[]`), []byte(`{}`)), verify.ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := v.Verify(t.Context(), test.raw)
			only(t, err, test.want)
			if test.raw != "" && strings.Contains(err.Error(), part[2]) {
				t.Error("the error repeats the token")
			}
		})
	}
}

func TestConfiguredAlgorithmsOnly(t *testing.T) {
	rs, ed, c := newKey(t, "k1", "RS256"), newKey(t, "k2", "EdDSA"), newClock()
	i := newIssuer(t, rs, ed)
	v := newVerifier(t, i, c, func(config *verify.Config) { config.Algorithms = []string{"RS256"} })
	_, err := v.Verify(t.Context(), rs.sign(t, nil, i.claims(c.Now(), nil)))
	only(t, err, nil)
	_, err = v.Verify(t.Context(), ed.sign(t, nil, i.claims(c.Now(), nil)))
	only(t, err, verify.ErrAlgorithm)
}

func TestNewReportsEveryFault(t *testing.T) {
	good := verify.Config{Issuer: "https://id.example.com", Audience: project}
	for _, test := range []struct {
		name   string
		change func(*verify.Config)
		want   []string
	}{
		{"nothing set", func(c *verify.Config) { *c = verify.Config{} }, []string{"issuer is missing", "audience is missing"}},
		{"slash", func(c *verify.Config) { c.Issuer += "/" }, []string{"slash"}},
		{"query", func(c *verify.Config) { c.Issuer += "?a=b" }, []string{"query"}},
		{"no scheme", func(c *verify.Config) { c.Issuer = "id.example.com" }, []string{"absolute"}},
		{"other scheme", func(c *verify.Config) { c.Issuer = "ftp://id.example.com" }, []string{"absolute"}},
		{"quote", func(c *verify.Config) { c.Issuer = `https://id.example.com/"x` }, []string{"absolute"}},
		{"plain http", func(c *verify.Config) { c.Issuer = "http://id.example.com" }, []string{"https"}},
		{"plain keys", func(c *verify.Config) { c.JWKSURL = "http://keys.example.com" }, []string{"key address", "https"}},
		{"algorithm", func(c *verify.Config) { c.Algorithms = []string{"RS256", "HS256", "none"} }, []string{"HS256", "none"}},
		{"good", func(*verify.Config) {}, nil},
		{"good, this machine", func(c *verify.Config) { c.Issuer = "http://localhost:8080" }, nil},
		{"good, plain http on purpose", func(c *verify.Config) { c.Issuer, c.AllowHTTP = "http://id.example.com", true }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := good
			test.change(&config)
			_, err := verify.New(config)
			if (err == nil) != (test.want == nil) {
				t.Fatalf("error is %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// FuzzVerify holds that no input panics, that every refusal is one of the
// documented errors, and that only what the key signed is accepted.
func FuzzVerify(f *testing.F) {
	k, c := newKey(f, "k1", "EdDSA"), newClock()
	i := newIssuer(f, k)
	v := newVerifier(f, i, c, nil)
	good := k.sign(f, nil, i.claims(c.Now(), nil))
	header, payload, _ := strings.Cut(good, ".")
	f.Add(good)
	f.Add("")
	f.Add("..")
	f.Add(header + ".e30.")
	f.Add("eyJhbGciOiJub25lIn0." + payload)
	if err := v.Ready(f.Context()); err != nil { // before, so that each input runs the same code
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		token, err := v.Verify(t.Context(), raw)
		if (token == nil) == (err == nil) {
			t.Fatalf("token %v, error %v", token, err)
		}
		if err == nil {
			// The last character of the signature carries four unused bits.
			if raw[:len(raw)-1] != good[:len(good)-1] {
				t.Fatalf("accepted %q", raw)
			}
			return
		}
		known := []error{verify.ErrMalformed, verify.ErrAlgorithm, verify.ErrType, verify.ErrIssuer, verify.ErrSignature}
		if !slices.ContainsFunc(known, func(one error) bool { return errors.Is(err, one) }) {
			t.Fatalf("unexpected error %v", err)
		}
	})
}

// FuzzClaims signs whatever comes as a payload: reading it never panics.
func FuzzClaims(f *testing.F) {
	k, c := newKey(f, "k1", "EdDSA"), newClock()
	i := newIssuer(f, k)
	// A fixed issuer, so that the corpus means the same in every run.
	v := newVerifier(f, i, c, func(config *verify.Config) {
		config.Issuer, config.JWKSURL = "https://id.example.com", i.URL+"/oauth/v2/keys"
	})
	claims := i.claims(c.Now(), map[string]any{"iss": "https://id.example.com"})
	f.Add(encode(f, claims))
	half := maps.Clone(claims)
	half["aud"], half["nbf"] = project, 1.5
	f.Add(encode(f, half))
	f.Add([]byte(`{"iss":"https://id.example.com","aud":[null],"exp":1e400}`))
	if err := v.Ready(f.Context()); err != nil { // before, so that each input runs the same code
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		token, err := v.Verify(t.Context(), k.signRaw(t, []byte(`{"alg":"EdDSA","kid":"k1","typ":"JWT"}`), payload))
		if err != nil {
			return
		}
		if token.Subject() == "" || token.ID() == "" || token.ClientID() == "" || !slices.Contains(token.Audience(), project) {
			t.Fatalf("accepted %s", payload)
		}
		for _, role := range token.Roles() {
			if !token.HasRole(role) {
				t.Fatalf("role %q is listed and not held", role)
			}
		}
	})
}
