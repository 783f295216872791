package tokens

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// apiScope is what a token for the management API asks for.
const apiScope = iam.ScopeInternalAudience

func (w *world) caller(bearer string) error {
	_, err := w.issuer.Caller(w.t.Context(), bearer)
	return err
}

// wantNoCaller checks for the one answer that every bad token gets.
func (w *world) wantNoCaller(what, bearer string) {
	w.t.Helper()
	c, err := w.issuer.Caller(w.t.Context(), bearer)
	wantKind(w.t, what, err, iam.Unauthenticated)
	if err != nil && !strings.HasPrefix(err.Error(), errToken(nil).Error()) {
		w.t.Errorf("%s: another answer: %v", what, err)
	}
	if !c.Nobody() {
		w.t.Errorf("%s: a caller comes with the error", what)
	}
	if len(bearer) > 20 && err != nil && strings.Contains(err.Error(), bearer[:20]) {
		w.t.Errorf("%s: the error repeats the token", what)
	}
}

func TestCallerByToken(t *testing.T) {
	for _, alg := range []keyring.Algorithm{keyring.RS256, keyring.ES256, keyring.EdDSA} {
		for _, form := range []iam.AccessTokenType{iam.JWTToken, iam.OpaqueToken} {
			t.Run(string(alg)+" "+string(form), func(t *testing.T) {
				w := newWorld(t, alg)
				m := w.machine(w.org("Tenant").ID, "robot", form)
				c, err := w.issuer.Caller(t.Context(), must(w.issue(m, apiScope)))
				if err != nil {
					t.Fatal(err)
				}
				if c.UserID() != m.ID || c.OrgID() != m.OrgID {
					t.Errorf("caller %+v", c)
				}
				if err := w.caller(must(w.issue(m, audience(w.instance.InternalProjectID)))); err != nil {
					t.Errorf("the internal project by its id: %v", err)
				}
				w.wantNoCaller("no audience", must(w.issue(m, "openid")))
				w.wantNoCaller("another audience", must(w.issue(m, audience("123"))))
			})
		}
	}
}

// Of a token and of the personal access token: what ends it, ends it at once.
func TestCallerEnds(t *testing.T) {
	for _, how := range []string{"jwt", "opaque", "pat"} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t, keyring.EdDSA)
			ctx := t.Context()
			org := w.org("Tenant")
			form := iam.JWTToken
			if how == "opaque" {
				form = iam.OpaqueToken
			}
			m := w.machine(org.ID, "robot", form)
			var patID string
			bearer := func() string {
				if how != "pat" {
					return must(w.issue(m, apiScope))
				}
				cred, pat, err := w.dir.AddPAT(ctx, w.root, m.ID, directory.NewPAT{})
				if err != nil {
					t.Fatal(err)
				}
				patID = cred.ID
				return pat.Reveal()
			}
			token := bearer()
			good := func(what string) {
				t.Helper()
				if err := w.caller(token); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
			good("at first")
			for _, c := range []struct {
				name    string
				off, on func() error
				forGood bool // tokens of before do not come back
			}{
				{
					"deactivated", func() error { return second(w.dir.DeactivateUser(ctx, w.root, m.ID)) },
					func() error { return second(w.dir.ReactivateUser(ctx, w.root, m.ID)) }, how != "pat",
				},
				{
					"locked", func() error { return second(w.dir.LockUser(ctx, w.root, m.ID)) },
					func() error { return second(w.dir.UnlockUser(ctx, w.root, m.ID)) }, how != "pat",
				},
				{
					"organization off", func() error { return second(w.dir.DeactivateOrg(ctx, w.root, org.ID)) },
					func() error { return second(w.dir.ReactivateOrg(ctx, w.root, org.ID)) }, false,
				},
			} {
				if err := c.off(); err != nil {
					t.Fatal(err)
				}
				w.wantNoCaller(c.name, token)
				if err := c.on(); err != nil {
					t.Fatal(err)
				}
				if c.forGood {
					w.wantNoCaller(c.name+" and on again", token)
					token = bearer()
				}
				good("after " + c.name)
			}

			must(w.dir.RenameUser(ctx, w.root, m.ID, "renamed"))
			m.UserName = "renamed"
			good("renamed")
			if how == "pat" {
				second := token
				secondID := patID
				token = bearer()
				must(w.dir.RemovePAT(ctx, w.root, m.ID, secondID))
				w.wantNoCaller("removed", second)
				w.newSecret(&m)
				must(w.dir.RemoveSecret(ctx, w.root, m.ID))
				good("another credential removed")
			} else {
				w.newSecret(&m)
				w.wantNoCaller("its credential replaced", token)
				token = bearer()
				good("of the new credential")
				must(w.dir.RemoveSecret(ctx, w.root, m.ID))
				w.wantNoCaller("its credential removed", token)
				w.newSecret(&m)
				token = bearer()
			}
			must(w.dir.RemoveUser(ctx, w.root, m.ID))
			w.wantNoCaller("user removed", token)
		})
	}
}

func TestCallerExpires(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	o := w.machine(w.instance.DefaultOrgID, "opaque", iam.OpaqueToken)
	issued := w.now
	_, pat, err := w.dir.AddPAT(t.Context(), w.root, m.ID, directory.NewPAT{Expires: issued.Add(12 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	jwt, opaque := must(w.issue(m, apiScope)), must(w.issue(o, apiScope))
	for _, c := range []struct {
		at           time.Duration
		token, byPAT bool
	}{
		{-maxSkew*time.Second - time.Second, false, true},
		{-maxSkew * time.Second, true, true},
		{0, true, true},
		{12*time.Hour - time.Second, true, true},
		{12 * time.Hour, false, false},
		{24 * 365 * time.Hour, false, false},
	} {
		w.now = issued.Add(c.at)
		for name, bearer := range map[string]string{"jwt": jwt, "opaque": opaque, "pat": pat.Reveal()} {
			want := c.token
			if name == "pat" {
				want = c.byPAT
			}
			if want {
				if err := w.caller(bearer); err != nil {
					t.Errorf("%s at %s: %v", name, c.at, err)
				}
			} else {
				w.wantNoCaller(name+" at "+c.at.String(), bearer)
			}
		}
	}
}

func TestCallerRefusesForgeries(t *testing.T) {
	w := newWorld(t, keyring.RS256)
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	o := w.machine(w.instance.DefaultOrgID, "opaque", iam.OpaqueToken)
	good, opaque := must(w.issue(m, apiScope)), must(w.issue(o, apiScope))
	keys := w.issuer.Keys.current.Load()
	client := must(w.authenticate(m))

	encode := base64.RawURLEncoding.EncodeToString
	payload := strings.Split(good, ".")[1]
	kid := keys.signer.Public().ID
	hs256 := func(key []byte) string {
		input := encode([]byte(`{"alg":"HS256","kid":"`+kid+`","typ":"JWT"}`)) + "." + payload
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(input))
		return input + "." + encode(mac.Sum(nil))
	}
	other := func(id string, alg keyring.Algorithm) *keyring.Signer {
		private, _, err := keyring.GenerateSigningKey(alg)
		if err != nil {
			t.Fatal(err)
		}
		return must(keyring.NewSigner(id, alg, private))
	}
	// forge signs good claims after a change.
	forge := func(by *keyring.Signer, change func(*claims)) string {
		c := claims{
			issuer: testIssuer, subject: m.ID, audience: []string{w.instance.InternalProjectID}, issuedAt: w.now.Unix(),
			expires: w.now.Unix() + 60, clientID: m.UserName, scopes: &Scopes{}, org: client.org,
			tokenID: id{m.credentialID, 0}.draw(),
		}
		change(&c)
		return string(must(sign(by, &c)))
	}
	unchanged := func(*claims) {}
	// signed is any header over good claims, signed by our key.
	signed := func(header string) string {
		input := encode([]byte(header)) + "." + payload
		return string(must(keys.signer.Sign([]byte(input+"."), []byte(input))))
	}
	if err := w.caller(signed(`{"alg":"RS256","kid":"` + kid + `","typ":"JWT"}`)); err != nil {
		t.Fatalf("the way headers are forged here: %v", err)
	}
	if err := w.caller(forge(keys.signer, unchanged)); err != nil {
		t.Fatalf("the way forgeries are made here: %v", err)
	}
	public := must(w.db.Read().SigningKeys(t.Context()))[0].Public
	for name, bearer := range map[string]string{
		"nothing":                        "",
		"garbage":                        "garbage",
		"dots":                           "..",
		"a header alone":                 strings.Split(good, ".")[0],
		"the prefix of opaque tokens":    keyring.OpaqueTokenPrefix,
		"the prefix of PATs":             "lkp_",
		"a PAT that nobody has":          keyring.NewPAT().Reveal(),
		"a PAT with a wrong checksum":    w.rootPAT[:len(w.rootPAT)-1] + "_",
		"a client secret":                m.secret,
		"another issuer":                 forge(keys.signer, func(c *claims) { c.issuer = "https://id.example.test.evil.test" }),
		"no issuer":                      forge(keys.signer, func(c *claims) { c.issuer = "" }),
		"issuer with a slash":            forge(keys.signer, func(c *claims) { c.issuer += "/" }),
		"another key, unknown kid":       forge(other("123", keyring.RS256), unchanged),
		"another key, our kid":           forge(other(kid, keyring.RS256), unchanged),
		"another algorithm, our kid":     forge(other(kid, keyring.EdDSA), unchanged),
		"HS256 with the public key":      hs256(public),
		"HS256 with the key set":         hs256(keys.jwks),
		"no algorithm":                   encode([]byte(`{"alg":"none","kid":"`+kid+`","typ":"JWT"}`)) + "." + payload + ".",
		"no algorithm, a signature":      encode([]byte(`{"alg":"none","kid":"`+kid+`","typ":"JWT"}`)) + "." + payload + "." + strings.Split(good, ".")[2],
		"ours under another algorithm":   signed(`{"alg":"ES256","kid":"` + kid + `","typ":"JWT"}`),
		"ours of another type":           signed(`{"alg":"RS256","kid":"` + kid + `","typ":"at+jwt"}`),
		"ours of no type":                signed(`{"alg":"RS256","kid":"` + kid + `"}`),
		"ours with a further member":     signed(`{"alg":"RS256","kid":"` + kid + `","typ":"JWT","crit":["x"]}`),
		"expired":                        forge(keys.signer, func(c *claims) { c.expires = w.now.Unix() }),
		"of the future":                  forge(keys.signer, func(c *claims) { c.issuedAt = w.now.Unix() + maxSkew + 1 }),
		"another generation":             forge(keys.signer, func(c *claims) { c.tokenID = id{m.credentialID, 1}.draw() }),
		"a credential that is not there": forge(keys.signer, func(c *claims) { c.tokenID = id{"999", 0}.draw() }),
		"another user's credential":      forge(keys.signer, func(c *claims) { c.tokenID = id{o.credentialID, 0}.draw() }),
		"a user that is not there":       forge(keys.signer, func(c *claims) { c.subject = "999" }),
		"no token id":                    forge(keys.signer, func(c *claims) { c.tokenID = "" }),
		"an empty audience":              forge(keys.signer, func(c *claims) { c.audience = []string{""} }),
		"a sealed something":             string(w.issuer.Sealer.Seal(nil, []byte("something"))),
		"two tokens":                     good + " " + good,
		"a space before":                 " " + good,
		"very long":                      strings.Repeat("a", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.wantNoCaller(name, bearer)
		})
	}
	w.t = t
	for name, bearer := range map[string]string{"jwt": good, "opaque": opaque, "pat": w.rootPAT} {
		for i := 0; i < len(bearer); i += 1 + len(bearer)/64 {
			changed := []byte(bearer)
			if changed[i] ^= 1; changed[i] == '.' {
				continue
			}
			w.wantNoCaller(name+" with one bit changed", string(changed))
		}
		w.wantNoCaller(name+" cut", bearer[:len(bearer)-1])
		w.wantNoCaller(name+" with more", bearer+"A")
		if err := w.caller(bearer); err != nil {
			t.Errorf("%s unchanged: %v", name, err)
		}
	}
}

// A personal access token needs no audience, and says what its user manages now.
func TestCallerByPAT(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	if w.root.Require(iam.InstanceSet, iam.Target{}) != nil {
		t.Error("the first service user does not own the instance")
	}
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	_, pat, err := w.dir.AddPAT(t.Context(), w.root, m.ID, directory.NewPAT{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.issuer.Caller(t.Context(), pat.Reveal())
	if err != nil || c.UserID() != m.ID {
		t.Fatalf("caller %+v, %v", c, err)
	}
	wantKind(t, "permission", c.Require(iam.OrgRead, iam.Target{OrgID: m.OrgID}), iam.PermissionDenied)
}

// The store's failure is not taken for a bad token.
func TestCallerWithoutStore(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	token := must(w.issue(m, apiScope))
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	wantKind(t, "pat", w.caller(w.rootPAT), iam.Unavailable)
	wantKind(t, "jwt", w.caller(token), iam.Unavailable)
	w.wantNoCaller("garbage, for which no store is needed", "garbage")
}
