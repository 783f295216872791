package test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// userNames are names that forms, HTTP Basic and JSON each write differently.
func userNames() []string {
	return []string{
		"ingest@acme.test", "a+b", "a b", "a%2Bb", "a%20b", "100%", "%", "%41", "%zz", "%C3", "A",
		"MixedCase", "Jürgen Straße", "ÄÖÜ", "日本語", "Ωmega", `"quoted"`, "it's", "a/b", "../admin", `back\slash`,
		"a&b=c", "a;b", "a=b", "a,b", "a?b#c", "<b>", "{json}", "🔑", "👩‍💻 dev", strings.Repeat("ü", 200),
	}
}

// TestUserNames takes names from creation to a token in every form of client
// authentication that there is.
func TestUserNames(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		n := start(t, options{Database: open(t)})
		for door, d := range map[string]door{"rest": restDoor{newHTTPDoor(n)}, "connect": connectDoor{newHTTPDoor(n)}} {
			t.Run(door, func(t *testing.T) {
				org := d.createOrg(t, "Names "+door)
				// All exist at once before the first asks.
				users, clients := map[string]string{}, map[string]credentials{}
				for _, name := range userNames() {
					users[name] = d.createUser(t, org, name, jwtForm)
					clients[name] = d.generateSecret(t, org, users[name])
				}
				for _, name := range userNames() {
					t.Run(name, func(t *testing.T) { everyForm(t, n, name, users[name], clients[name]) })
				}
				for _, user := range users { // names are unique in the instance: the next door wants them
					d.changeUser(t, org, user, remove)
				}
			})
		}
	})
}

// ways lists how a client can say who it is: the Authorization header, and
// what is added to the form.
func ways(c credentials) map[string]struct{ header, form string } {
	everyByte := func(s string) string {
		var out strings.Builder
		for i := range len(s) {
			out.WriteString("%" + string("0123456789abcdef"[s[i]>>4]) + string("0123456789ABCDEF"[s[i]&15]))
		}
		return out.String()
	}
	return map[string]struct{ header, form string }{
		"raw Basic":     {header: rawBasic(c)},
		"encoded Basic": {header: encodedBasic(c)},
		"Basic with %20": {header: rawBasic(credentials{
			strings.ReplaceAll(url.QueryEscape(c.id), "+", "%20"), url.QueryEscape(c.secret),
		})},
		"Basic with every byte encoded": {header: rawBasic(credentials{everyByte(c.id), everyByte(c.secret)})},
		"form":                          {form: "&" + url.Values{"client_id": {c.id}, "client_secret": {c.secret}}.Encode()},
		"raw Basic and client_id":       {rawBasic(c), "&" + url.Values{"client_id": {c.id}}.Encode()},
		"encoded Basic and client_id":   {encodedBasic(c), "&" + url.Values{"client_id": {c.id}}.Encode()},
	}
}

func everyForm(t *testing.T, n *node, name, user string, c credentials) {
	if c.id != name {
		t.Fatalf("the client id of %q is %q", name, c.id)
	}
	for way, sent := range ways(c) {
		checkSubject(t, postToken(t, n, sent.header, form("openid")+sent.form), user)
		if t.Failed() {
			t.Fatalf("by %s", way)
		}
	}
	checkSubject(t, postToken(t, n, rawBasic(credentials{swapCase(c.id), c.secret}), form("openid")), user)
	// A wrong secret is refused in every way, with one and the same description.
	said := map[string]bool{}
	for way, sent := range ways(credentials{c.id, c.secret + "x"}) {
		a := postToken(t, n, sent.header, form("openid")+sent.form)
		want := http.StatusUnauthorized
		if sent.header == "" {
			want = http.StatusBadRequest // RFC 6749 section 5.2: 401 answers those who used the header
		}
		if a.status != want || a.body.text("error") != "invalid_client" {
			t.Errorf("by %s a wrong secret gets %d %v", way, a.status, a.body)
		}
		said[a.body.text("error_description")] = true
	}
	if len(said) != 1 {
		t.Errorf("wrong secrets are answered with %v", said)
	}
}

// swapCase turns capitals into small letters and the other way round, where
// each has just one counterpart.
func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("abcdefghijklmnopqrstuvwxyzäöü", r):
			return []rune(strings.ToUpper(string(r)))[0]
		case strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜΩ", r):
			return []rune(strings.ToLower(string(r)))[0]
		}
		return r
	}, s)
}

// TestLikeNames holds that users whose names can be read as each other's get
// their own tokens and nobody else's.
func TestLikeNames(t *testing.T) {
	n := start(t, options{})
	d := restDoor{newHTTPDoor(n)}
	org := d.createOrg(t, "Likeness")
	// Each is what another becomes when it is encoded or decoded once more.
	names := []string{"a+b", "a b", "a%2Bb", "a%20b", "a%252Bb", "a%2520b"}
	users, clients := map[string]string{}, map[string]credentials{}
	for _, name := range names {
		users[name] = d.createUser(t, org, name, jwtForm)
		clients[name] = d.generateSecret(t, org, users[name])
	}
	for _, name := range names {
		everyForm(t, n, name, users[name], clients[name])
		for _, other := range names {
			if other == name {
				continue
			}
			for way, sent := range ways(credentials{name, clients[other].secret}) {
				if a := postToken(t, n, sent.header, form("openid")+sent.form); a.status != http.StatusOK {
					continue
				} else if _, claims := claimsOf(t, a.body.text("access_token")); claims.text("sub") != users[other] || sent.header == "" {
					// The header alone can be read as the other's name; whose secret it is decides.
					t.Errorf("by %s %q gets a token of user %s with the secret of %q", way, name, claims.text("sub"), other)
				}
			}
		}
	}
}

// TestSameNames holds that a name is one user's, whatever its case.
func TestSameNames(t *testing.T) {
	n := start(t, options{})
	d := restDoor{newHTTPDoor(n)}
	for _, pair := range [][2]string{{"Ingest", "iNGEST"}, {"ÄRGER", "ärger"}, {"Kelvin", "\u212Aelvin"}, {"σ", "ς"}} {
		d.createUser(t, "", pair[0], jwtForm)
		status, body := d.send(t, http.MethodPost, rest+"/users/machine", "", object{"userName": pair[1], "name": "x"})
		if status != http.StatusConflict {
			t.Errorf("%q beside %q gets %d %v", pair[1], pair[0], status, body)
		}
	}
	// What no client could send in HTTP Basic, or nobody could see, is no name.
	for _, name := range []string{"", " ", "a:b", " a", "a ", "a\nb", "a\x00b", strings.Repeat("x", 201)} {
		status, body := d.send(t, http.MethodPost, rest+"/users/machine", "", object{"userName": name, "name": "x"})
		if status != http.StatusBadRequest {
			t.Errorf("the name %q gets %d %v", name, status, body)
		}
	}
}
