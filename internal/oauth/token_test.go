package oauth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", name, got, want)
	}
}

const (
	grantCC = "grant_type=client_credentials"
	wrong   = "S3cretThatIsWrong"
)

// described is the characters that RFC 6749 section 5.2 lets error_description hold.
var described = regexp.MustCompile(`^[\x20-\x21\x23-\x5b\x5d-\x7e]+$`)

// Every request that is refused, with the whole answer as golden file.
func TestTokenRefuses(t *testing.T) {
	h := newHouse(t, keyring.ES256)
	_, secret := h.machine("robot", iam.JWTToken)
	off, offSecret := h.machine("off", iam.JWTToken)
	must(h.dir.DeactivateUser(t.Context(), h.root, off))
	locked, lockedSecret := h.machine("locked", iam.JWTToken)
	must(h.dir.LockUser(t.Context(), h.root, locked))
	h.secrets = append(h.secrets, wrong)

	post := func(pairs ...string) string { return grantCC + "&" + form(pairs...) }
	posted := post("scope", "openid", "client_id", "robot", "client_secret", secret)
	raw := func(credentials string) http.Header {
		return http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(credentials))}}
	}
	authorization := func(values ...string) http.Header { return http.Header{"Authorization": values} }
	contentType := func(t string) http.Header { return http.Header{"Content-Type": {t}} }
	var got bytes.Buffer
	for _, c := range []struct {
		name string
		request
	}{
		{"nobody", request{body: grantCC + "&scope=openid"}},
		{"nothing", request{}},
		{"unknown client, Basic", request{header: basic("stranger", wrong), body: post("scope", "openid")}},
		{"wrong secret, Basic", request{header: basic("robot", wrong), body: post("scope", "openid")}},
		{"unknown client, form", request{body: post("scope", "openid", "client_id", "stranger", "client_secret", wrong)}},
		{"wrong secret, form", request{body: post("scope", "openid", "client_id", "robot", "client_secret", wrong)}},
		{"human, Basic", request{header: basic("admin", wrong), body: post("scope", "openid")}},
		{"empty secret, Basic", request{header: basic("robot", ""), body: post("scope", "openid")}},
		{"empty secret, form", request{body: post("scope", "openid", "client_id", "robot", "client_secret", "")}},
		{"empty name, Basic", request{header: basic("", secret), body: post("scope", "openid")}},
		{"missing secret", request{body: post("scope", "openid", "client_id", "robot")}},
		{"missing name", request{body: post("scope", "openid", "client_secret", secret)}},
		{"inactive", request{header: basic("off", offSecret), body: post("scope", "openid")}},
		{"inactive, wrong secret", request{header: basic("off", wrong), body: post("scope", "openid")}},
		{"locked, form", request{body: post("scope", "openid", "client_id", "locked", "client_secret", lockedSecret)}},
		{"very long name", request{header: basic(strings.Repeat("x", 20_000), wrong), body: post("scope", "openid")}},
		{"very long secret", request{header: basic("robot", strings.Repeat(wrong, 1000)), body: post("scope", "openid")}},
		{"NUL in the name, Basic", request{header: basic("robot\x00", secret), body: post("scope", "openid")}},
		{"NUL in the name, form", request{body: post("scope", "openid", "client_id", "robot\x00", "client_secret", secret)}},
		{"name is not UTF-8", request{header: basic("\xff\xfe", secret), body: post("scope", "openid")}},
		{"secret is not UTF-8", request{body: post("scope", "openid", "client_id", "robot", "client_secret", "\xff"+secret)}},

		{"Basic and form", request{header: basic("robot", secret), body: posted}},
		{"Basic and an empty form secret", request{header: basic("robot", secret), body: post("scope", "openid", "client_secret", "")}},
		{"two Authorization headers", request{header: authorization(append(basic("robot", secret)["Authorization"], "Basic x")...), body: post("scope", "openid")}},
		{"client_id of another", request{header: basic("robot", secret), body: post("scope", "openid", "client_id", "other")}},
		{"empty Authorization header", request{header: authorization(""), body: post("scope", "openid")}},
		{"empty Authorization header and form", request{header: authorization(""), body: posted}},
		{"bearer instead of Basic", request{header: authorization("Bearer " + secret), body: post("scope", "openid")}},
		{"scheme alone", request{header: authorization("Basic"), body: post("scope", "openid")}},
		{"broken base64", request{header: authorization("Basic !!!" + wrong), body: post("scope", "openid")}},
		{"no colon in Basic", request{header: raw("robot" + secret), body: post("scope", "openid")}},
		{"bad percent-encoding in Basic", request{header: basic("ro%zzbot", wrong), body: post("scope", "openid")}},
		{"half percent-encoding in Basic", request{header: basic("robot%", wrong+"%4"), body: post("scope", "openid")}},
		{"assertion", request{body: post("scope", "openid", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", "a.b.c")}},

		{"missing scope", request{header: basic("robot", secret), body: grantCC}},
		{"scope with a quote", request{header: basic("robot", secret), body: post("scope", `open"id`)}},
		{"scope with NUL", request{header: basic("robot", secret), body: post("scope", "open\x00id")}},
		{"scope is not UTF-8", request{header: basic("robot", secret), body: post("scope", "open\xffid")}},
		{"very long scope", request{header: basic("robot", secret), body: post("scope", strings.Repeat("x", 1000))}},
		{"too many scopes", request{header: basic("robot", secret), body: post("scope", strings.Repeat("x ", 1000))}},

		{"missing grant_type", request{header: basic("robot", secret), body: "scope=openid"}},
		{"empty grant_type", request{header: basic("robot", secret), body: "grant_type=&scope=openid"}},
		{"unsupported grant_type", request{header: basic("robot", secret), body: form("grant_type", "password", "scope", "openid", "password", wrong)}},
		{"grant_type in capitals", request{header: basic("robot", secret), body: "grant_type=CLIENT_CREDENTIALS&scope=openid"}},
		{"secret as grant_type", request{body: form("grant_type", wrong)}},

		{"bad percent-encoding in the body", request{body: grantCC + "&scope=openid&client_id=robot&client_secret=%zz" + wrong}},
		{"semicolons in the body", request{body: grantCC + ";client_secret=" + wrong}},
		{"a megabyte", request{body: grantCC + "&client_secret=" + strings.Repeat(wrong, 1<<20/len(wrong))}},
		{"a megabyte of unknown length", request{body: grantCC + "&client_secret=" + strings.Repeat(wrong, 1<<20/len(wrong)), length: -1}},
		{"grant_type twice", request{header: basic("robot", secret), body: grantCC + "&" + grantCC + "&scope=openid"}},
		{"scope twice", request{header: basic("robot", secret), body: grantCC + "&scope=openid&scope=email"}},
		{"client_id twice", request{body: posted + "&client_id=robot"}},
		{"client_secret twice", request{body: posted + "&client_secret=" + wrong}},
		{"JSON", request{header: contentType("application/json"), body: `{"grant_type":"client_credentials","client_secret":"` + wrong + `"}`}},
		{"multipart", request{header: contentType("multipart/form-data; boundary=x"), body: posted}},
		{"broken content type", request{header: contentType("application/x-www-form-urlencoded; =" + wrong), body: posted}},
		{"credentials in the address", request{target: PathToken + "?" + posted, body: "x=y"}},
		{"GET", request{method: http.MethodGet, target: PathToken + "?" + posted}},
		{"PUT", request{method: http.MethodPut, body: posted}},
		{"DELETE", request{method: http.MethodDelete}},
	} {
		a := h.do(c.request)
		fmt.Fprintf(&got, "# %s\n%s\n", c.name, a)
		h.wantNoSecret(t, a)
		h.wantNoStore(t, c.name, a)
		var e struct{ Error, ErrorDescription string }
		if err := json.Unmarshal(a.Body.Bytes(), &struct {
			Error       *string `json:"error"`
			Description *string `json:"error_description"`
		}{&e.Error, &e.ErrorDescription}); err != nil || a.Code < 400 || a.Code >= 500 {
			t.Errorf("%s: status %d, body %q: %v", c.name, a.Code, a.Body, err)
		}
		if strings.Contains(a.Body.String(), `\u`) {
			t.Errorf("%s: escaped where a person reads: %s", c.name, a.Body)
		}
		if !described.MatchString(e.ErrorDescription) {
			t.Errorf("%s: the description has characters that it may not have: %q", c.name, e.ErrorDescription)
		}
		if !strings.Contains(a.line, "oauth_error="+e.Error) {
			t.Errorf("%s: the log line does not say so: %s", c.name, a.line)
		}
	}
	golden(t, "refused.golden", got.Bytes())
}

func (h *house) wantNoStore(t *testing.T, what string, a answer) {
	t.Helper()
	header := a.Header()
	if header.Get("Cache-Control") != "no-store" || header.Get("Pragma") != "no-cache" || header.Get("Content-Type") != "application/json" ||
		header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%s: headers %v", what, header)
	}
}

// Whatever was wrong before the secret was proved: one answer, byte for byte.
func TestTokenGivesOneAnswer(t *testing.T) {
	h := newHouse(t, keyring.ES256)
	_, secret := h.machine("robot", iam.JWTToken)
	off, _ := h.machine("off", iam.JWTToken)
	must(h.dir.DeactivateUser(t.Context(), h.root, off))
	for _, by := range []struct {
		name   string
		status int
		send   func(id, secret string) request
	}{
		{"Basic", http.StatusUnauthorized, func(id, secret string) request {
			return request{header: basic(id, secret), body: grantCC + "&scope=openid"}
		}},
		{"Basic, percent-encoded", http.StatusUnauthorized, func(id, secret string) request {
			return request{header: basic(url.QueryEscape(id), url.QueryEscape(secret)), body: grantCC + "&scope=openid"}
		}},
		{"form", http.StatusBadRequest, func(id, secret string) request {
			return request{body: grantCC + "&" + form("scope", "openid", "client_id", id, "client_secret", secret)}
		}},
	} {
		want := h.do(by.send("stranger", wrong))
		challenge := want.Header().Get("WWW-Authenticate")
		if want.Code != by.status || (challenge != "") != (by.status == http.StatusUnauthorized) {
			t.Errorf("%s: status %d, challenge %q", by.name, want.Code, challenge)
		}
		for range 2 {
			for _, c := range [][2]string{
				{"robot", wrong},
				{"ROBOT", ""},
				{"robot", secret[1:]},
				{"off", wrong},
				{"admin", wrong},
				{"root", wrong},
				{"", ""},
				{"robot\x00", secret},
				{"\xff", secret},
				{"a+b %", "%+ &="},
				{strings.Repeat("ü", 5000), secret},
			} {
				if got := h.do(by.send(c[0], c[1])); got.String() != want.String() {
					t.Errorf("%s: %.20q gets another answer:\n%s\n%s", by.name, c[0], got, want)
				}
			}
			if got := h.do(by.send("robot", secret)); got.Code != http.StatusOK { // and warms the cache for the second round
				t.Errorf("%s: %s", by.name, got)
			}
		}
	}
}

func TestTokenAccepts(t *testing.T) {
	h := newHouse(t, keyring.ES256)
	// Names that a client may send raw or percent-encoded, and be understood either way.
	for _, name := range []string{"robot", "Robot@Example.com", "a+b", "50%", "a%2Bb", "Jürgen Große", "日本", "x&y=z", "%zz", "a b"} {
		id, secret := h.machine(name, iam.JWTToken)
		for by, r := range map[string]request{
			"form":                        {body: grantCC + "&" + form("scope", "openid", "client_id", name, "client_secret", secret)},
			"form, another content type":  {header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=UTF-8"}}, body: grantCC + "&" + form("scope", "openid", "client_id", name, "client_secret", secret)},
			"form without a content type": {header: http.Header{"Content-Type": nil}, body: grantCC + "&" + form("scope", "openid", "client_id", name, "client_secret", secret)},
			"raw Basic":                   {header: basic(name, secret), body: grantCC + "&scope=openid"},
			"encoded Basic":               {header: basic(url.QueryEscape(name), url.QueryEscape(secret)), body: grantCC + "&scope=openid"},
			"encoded Basic, %20":          {header: basic(url.PathEscape(name), secret), body: grantCC + "&scope=openid"},
			"Basic and client_id":         {header: basic(name, secret), body: grantCC + "&" + form("scope", "openid", "client_id", name)},
			"basic in small letters":      {header: http.Header{"Authorization": {strings.ToLower("Basic ") + strings.TrimPrefix(basic(name, secret).Get("Authorization"), "Basic ")}}, body: grantCC + "&scope=openid"},
			"empty scope":                 {header: basic(name, secret), body: grantCC + "&scope="},
			"unknown scope and parameter": {header: basic(name, secret), body: grantCC + "&scope=nonsense&resource=a&resource=b&audience=x"},
		} {
			a := h.do(r)
			claims := h.wantToken(t, name+" by "+by, a)
			if claims["client_id"] != name || claims["sub"] != id {
				t.Errorf("%s by %s: claims %v", name, by, claims)
			}
		}
	}
}

// wantToken checks an answer in everything and returns the claims of its JWT.
func (h *house) wantToken(t *testing.T, what string, a answer) map[string]any {
	t.Helper()
	h.wantNoSecret(t, a)
	h.wantNoStore(t, what, a)
	var fields map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &fields); err != nil || a.Code != http.StatusOK {
		t.Fatalf("%s: status %d, body %q: %v", what, a.Code, a.Body, err)
	}
	if names := slices.Sorted(maps.Keys(fields)); !slices.Equal(names, []string{"access_token", "expires_in", "token_type"}) {
		t.Errorf("%s: fields %v", what, names)
	}
	if fields["token_type"] != "Bearer" || fields["expires_in"] != 43199.0 {
		t.Errorf("%s: %v", what, fields)
	}
	token := fields["access_token"].(string)
	if strings.HasPrefix(token, keyring.OpaqueTokenPrefix) {
		return nil
	}
	_, _, payload, _, err := keyring.ParseCompact(token)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// The answer as it is on the wire, but for what is random.
func TestTokenGolden(t *testing.T) {
	h := newHouse(t, keyring.EdDSA)
	_, secret := h.machine("robot", iam.JWTToken)
	_, opaqueSecret := h.machine("opaque", iam.OpaqueToken)
	guide := form("scope", "openid profile email "+iam.ScopeResourceOwner+" "+iam.ScopeProjectsRoles+" "+iam.ScopeProjectIDPrefix+h.project+":aud")
	jwt := regexp.MustCompile(`"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"`)
	opaque := regexp.MustCompile(`"lko_[A-Za-z0-9_-]+"`)
	length := regexp.MustCompile(`Content-Length: [0-9]+`)
	var got bytes.Buffer
	a := h.do(request{header: basic("robot", secret), body: grantCC + "&" + guide})
	claims := h.wantToken(t, "jwt", a)
	got.WriteString(jwt.ReplaceAllString(length.ReplaceAllString(a.String(), "Content-Length: N"), `"JWT"`) + "\n")
	if claims[iam.ClaimProjectRolesPrefix+h.project+iam.ClaimProjectRolesSuffix] == nil || !strings.Contains(a.line, "token=jwt") {
		t.Errorf("claims %v, line %s", claims, a.line)
	}
	a = h.do(request{header: basic("opaque", opaqueSecret), body: grantCC + "&" + guide})
	h.wantToken(t, "opaque", a)
	if !strings.Contains(a.line, "token=opaque") || !strings.Contains(a.line, "credential=") {
		t.Errorf("line %s", a.line)
	}
	got.WriteString(opaque.ReplaceAllString(length.ReplaceAllString(a.String(), "Content-Length: N"), `"OPAQUE"`))
	golden(t, "accepted.golden", got.Bytes())
}

// The store's loss is told as such, not as a wrong secret.
func TestTokenWithoutStore(t *testing.T) {
	h := newHouse(t, keyring.EdDSA)
	_, secret := h.machine("robot", iam.JWTToken)
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
	a := h.do(request{header: basic("robot", secret), body: grantCC + "&scope=openid"})
	h.wantNoSecret(t, a)
	golden(t, "unavailable.golden", []byte(a.String()))
}

// Over a real connection too: the answer to HEAD has no body, and a body that
// never comes to its end is no reason to fail.
func TestTokenOverHTTP(t *testing.T) {
	h := newHouse(t, keyring.EdDSA)
	_, secret := h.machine("robot", iam.JWTToken)
	server := httptest.NewServer(h.mux)
	defer server.Close()
	r := must(http.NewRequest(http.MethodHead, server.URL+PathToken, nil))
	answer := must(server.Client().Do(r))
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("HEAD: %d, %v", answer.StatusCode, answer.Header)
	}
	r = must(http.NewRequest(http.MethodPost, server.URL+PathToken, strings.NewReader(grantCC+"&scope=openid")))
	r.Header.Set("Content-Type", formType)
	r.SetBasicAuth("robot", secret)
	answer = must(server.Client().Do(r))
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.ContentLength <= 0 {
		t.Errorf("POST: %d, %d bytes", answer.StatusCode, answer.ContentLength)
	}
	// outside of the server's middleware there is no log line, and none is missed
	if line := weblog.From(r.Context()); line == nil {
		t.Error("no line")
	}
}
