package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

func TestSignIn(t *testing.T) {
	h := newHouse(t)
	h.machine("connector")
	h.human("off", h.orgID, directory.Resource{})
	off := must(h.db.Read().UserByName(t.Context(), "off"))
	must(h.dir.DeactivateUser(t.Context(), h.root, off.ID))
	var first string
	for _, test := range []struct {
		name, user, password string
		status               int
		says                 string
	}{
		{"nobody", "", "", http.StatusUnauthorized, "wrong"},
		{"unknown", "somebody", password, http.StatusUnauthorized, "wrong"},
		{"a service user", "connector", password, http.StatusUnauthorized, "wrong"},
		{"wrong password", "admin", "correct horse", http.StatusUnauthorized, "wrong"},
		{"inactive, wrong password", "off", "correct horse", http.StatusUnauthorized, "wrong"},
		{"inactive, right password", "off", password, http.StatusUnauthorized, "deactivated"},
		{"right", "admin", password, http.StatusSeeOther, ""},
		{"right, other case", "ADMIN", password, http.StatusSeeOther, ""},
	} {
		b := h.browser()
		b.address = "192.0.2." + test.name[:1]
		a := b.post("/ui/login", "user_name", test.user, "password", test.password)
		if a.Code != test.status || !strings.Contains(a.problem(), test.says) {
			t.Errorf("%s: %d %q", test.name, a.Code, a.problem())
		}
		if test.says == "wrong" {
			text := strings.Replace(a.text, `type="text" value="`+test.user+`"`, "", 1)
			if first == "" {
				first = text
			}
			if text != first {
				t.Errorf("%s: another page than for an unknown user", test.name)
			}
		}
		if (b.cookies["latchkey"] != "") != (test.status == http.StatusSeeOther) {
			t.Errorf("%s: cookies %v", test.name, b.cookies)
		}
		if strings.Contains(a.text, test.password) && test.password != "" {
			t.Errorf("%s: the password is in the page", test.name)
		}
		if strings.Contains(b.log.String(), password) || strings.Contains(b.log.String(), "correct horse") {
			t.Errorf("%s: the password is in the log", test.name)
		}
	}
}

func TestCookies(t *testing.T) {
	for _, test := range []struct {
		issuer, host, name string
		secure             bool
		status             int
	}{
		{"http://localhost:8080", "localhost:8080", "latchkey", false, http.StatusSeeOther},
		{"http://localhost:8080", "127.0.0.1:8080", "latchkey", false, http.StatusSeeOther},
		{"http://localhost:8080", "[::1]:8080", "latchkey", false, http.StatusSeeOther},
		{"http://localhost:8080", "10.0.0.1:8080", "", false, http.StatusMisdirectedRequest},
		{"http://localhost:8080", "localhost.example.com", "", false, http.StatusMisdirectedRequest},
		{"http://id.example.test", "id.example.test", "", false, http.StatusMisdirectedRequest},
		{"http://id.example.test", "localhost", "", false, http.StatusMisdirectedRequest},
		{"https://id.example.test", "id.example.test", "__Host-latchkey", true, http.StatusSeeOther},
		{"https://id.example.test", "id.example.test:443", "__Host-latchkey", true, http.StatusSeeOther},
		{"https://id.example.test", "10.0.0.1:8080", "", true, http.StatusMisdirectedRequest},
	} {
		h := newHouseAt(t, test.issuer)
		b := h.browser()
		b.host = test.host
		a := b.post("/ui/login", "user_name", "admin", "password", password)
		if a.Code != test.status {
			t.Errorf("%+v: %d %s", test, a.Code, a.problem())
			continue
		}
		for _, c := range a.Result().Cookies() {
			if c.Name != test.name && c.Name != test.name+"-device" || c.Secure != test.secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%+v: %v", test, c)
			}
		}
		if (test.name == "") != (len(a.Result().Cookies()) == 0) {
			t.Errorf("%+v: %d cookies", test, len(a.Result().Cookies()))
		}
	}
}

func TestSessionsOnlyWithTheRightCookie(t *testing.T) {
	h := newHouseAt(t, "https://id.example.test")
	b := h.browser()
	b.host = "id.example.test"
	b.post("/ui/login", "user_name", "admin", "password", password).wants(t, http.StatusSeeOther, "/ui/console/")
	token := b.cookies["__Host-latchkey"]
	b.get("/ui/console/account").wants(t, http.StatusOK, "")
	b.cookies = map[string]string{"latchkey": token} // one that a page without TLS could have set
	b.get("/ui/console/account").wants(t, http.StatusSeeOther, "/ui/login?return=%2Fui%2Fconsole%2Faccount")
}

func TestSignOutAndRotation(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	old := b.cookies["latchkey"]
	b.post("/ui/login", "user_name", "admin", "password", password).wants(t, http.StatusSeeOther, "/ui/console/")
	if b.cookies["latchkey"] == old {
		t.Error("the session was not rotated")
	}
	stolen := h.browser()
	stolen.cookies["latchkey"] = old
	stolen.get("/ui/console/account").wants(t, http.StatusSeeOther, "")
	kept := b.cookies["latchkey"]
	b.post("/ui/logout").wants(t, http.StatusSeeOther, "/ui/login")
	b.get("/ui/login").says(t, "You are signed out.")
	stolen.cookies["latchkey"] = kept
	stolen.get("/ui/console/account").wants(t, http.StatusSeeOther, "")
}

func TestSessionsEnd(t *testing.T) {
	h := newHouse(t)
	u := h.human("amy", h.orgID, directory.Resource{Level: iam.LevelOrg, ID: h.orgID}, string(iam.OrgOwner))
	page := "/ui/console/orgs/" + h.orgID + "/projects"
	back := "/ui/login?return=" + url.QueryEscape(page)
	t.Run("idle", func(t *testing.T) {
		b := h.as("amy")
		h.pass(iam.SessionIdle - time.Minute)
		b.get(page).wants(t, http.StatusOK, "")
		h.pass(iam.SessionIdle - time.Minute)
		b.get(page).wants(t, http.StatusOK, "")
		h.pass(iam.SessionIdle + time.Minute)
		b.get(page).wants(t, http.StatusSeeOther, back)
		a := b.post("/ui/login", "user_name", "amy", "password", password, "return", page)
		a.wants(t, http.StatusSeeOther, page)
	})
	t.Run("another one ends it", func(t *testing.T) {
		one, other := h.as("amy"), h.as("amy")
		id := must(h.handler.Sessions.Resume(t.Context(), one.cookies["latchkey"])).Session.ID
		other.get("/ui/console/account/sessions").says(t, "Test Browser", "192.0.2.7")
		other.post("/ui/console/account/sessions", "session", id).wants(t, http.StatusSeeOther, "/ui/console/account/sessions")
		one.get(page).wants(t, http.StatusSeeOther, back)
		other.get(page).wants(t, http.StatusOK, "")
		third := h.as("amy")
		other.post("/ui/console/account/sessions").wants(t, http.StatusSeeOther, "")
		third.get(page).wants(t, http.StatusSeeOther, back)
		other.get(page).wants(t, http.StatusOK, "")
	})
	t.Run("not somebody else's", func(t *testing.T) {
		victim, thief := h.as("admin"), h.as("amy")
		id := must(h.handler.Sessions.Resume(t.Context(), victim.cookies["latchkey"])).Session.ID
		thief.post("/ui/console/account/sessions", "session", id)
		victim.get("/ui/console/account").wants(t, http.StatusOK, "")
	})
	t.Run("password change", func(t *testing.T) {
		one, other := h.as("amy"), h.as("amy")
		const next = "another horse battery"
		one.post("/ui/console/account", "current_password", "wrong", "password", next, "again", next).wants(t, http.StatusUnprocessableEntity, "")
		one.post("/ui/console/account", "current_password", password, "password", next, "again", "x").wants(t, http.StatusUnprocessableEntity, "")
		one.post("/ui/console/account", "current_password", password, "password", "short", "again", "short").wants(t, http.StatusUnprocessableEntity, "")
		other.get(page).wants(t, http.StatusOK, "")
		one.post("/ui/console/account", "current_password", password, "password", next, "again", next).wants(t, http.StatusSeeOther, "/ui/console/account")
		one.get("/ui/console/account").says(t, "Your password was changed")
		other.get(page).wants(t, http.StatusSeeOther, back)
		one.post("/ui/console/account", "current_password", next, "password", password, "again", password).wants(t, http.StatusSeeOther, "")
	})
	t.Run("deactivated", func(t *testing.T) {
		b := h.as("amy")
		must(h.dir.DeactivateUser(t.Context(), h.root, u.ID))
		b.get(page).wants(t, http.StatusSeeOther, back)
		must(h.dir.ReactivateUser(t.Context(), h.root, u.ID))
		b.get(page).wants(t, http.StatusSeeOther, back)
	})
}

func TestInitialPasswordMustBeChanged(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	at := "/ui/console/orgs/" + h.orgID + "/users"
	a := b.post(at+"/new", "id", iam.NewID(), "first_name", "Eve", "last_name", "Test", "email", "eve@example.test", "entry", "password", "password", "first password")
	a.wants(t, http.StatusSeeOther, "")
	eve := h.browser()
	eve.post("/ui/login", "user_name", "eve@example.test", "password", "first password").wants(t, http.StatusSeeOther, "/ui/console/")
	for _, path := range []string{"/ui/console/", "/ui/console/orgs", at, "/ui/console/account/sessions"} {
		eve.get(path).wants(t, http.StatusSeeOther, "/ui/console/account")
	}
	eve.get("/ui/console/account").says(t, "Somebody else chose your password")
	eve.post("/ui/console/account", "current_password", "first password", "password", "second password", "again", "second password").wants(t, http.StatusSeeOther, "")
	eve.get("/ui/console/orgs").wants(t, http.StatusOK, "")
}

func TestInvitation(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	at := "/ui/console/orgs/" + h.orgID + "/users"
	a := b.post(at+"/new", "id", iam.NewID(), "first_name", "Eve", "last_name", "Test", "email", "eve@example.test", "entry", "invitation")
	a.wants(t, http.StatusOK, "")
	link := between(a.text, "data-copy=\""+issuer+"/ui/invitation#", "\"")
	if link == "" || a.Header().Get("Content-Encoding") != "" || strings.Contains(b.log.String(), link) {
		t.Fatalf("the page of the invitation: %q", link)
	}
	guest := h.browser()
	for range 2 { // fetching the page changes nothing
		guest.get("/ui/invitation").wants(t, http.StatusOK, "")
	}
	post := func(code, one, other string) answer {
		return guest.post("/ui/invitation", "code", code, "password", one, "again", other)
	}
	post("", "new password", "new password").wants(t, http.StatusUnprocessableEntity, "")
	post(link+"x", "new password", "new password").wants(t, http.StatusUnprocessableEntity, "")
	post(link, "new password", "other password").wants(t, http.StatusUnprocessableEntity, "")
	post(link, "short", "short").wants(t, http.StatusUnprocessableEntity, "")
	post(link, "new password", "new password").wants(t, http.StatusSeeOther, "/ui/console/")
	guest.get("/ui/console/account").wants(t, http.StatusOK, "")
	h.browser().post("/ui/invitation", "code", link, "password", "third password", "again", "third password").wants(t, http.StatusUnprocessableEntity, "")
}

// TestInvitationIsNotEndedByAccident: a form that is sent again ends no link that
// was handed over.
func TestInvitationIsNotEndedByAccident(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	at := "/ui/console/orgs/" + h.orgID + "/users"
	id := iam.NewID()
	form := []string{"id", id, "first_name", "Eve", "last_name", "Test", "email", "eve@example.test", "entry", "invitation"}
	link := between(b.post(at+"/new", form...).text, "data-copy=\""+issuer+"/ui/invitation#", `"`)
	a := b.post(at+"/new", form...) // a reload
	a.wants(t, http.StatusConflict, "")
	a.says(t, "There is an invitation already")
	a = b.post(at+"/"+id+"/invitation", "replaces", "0")
	a.wants(t, http.StatusConflict, "")
	guest := h.browser()
	guest.post("/ui/invitation", "code", link, "password", "new password", "again", "new password").wants(t, http.StatusSeeOther, "")
	a = b.get(at + "/" + id + "/invitation") // it was used: a new one may be made
	a = b.post(at+"/"+id+"/invitation", "replaces", a.field("replaces"))
	second := between(a.text, "data-copy=\""+issuer+"/ui/invitation#", `"`)
	a = b.get(at + "/" + id + "/invitation")
	a.says(t, "There is a link already")
	third := between(b.post(at+"/"+id+"/invitation", "replaces", a.field("replaces")).text, "data-copy=\""+issuer+"/ui/invitation#", `"`)
	if second == "" || third == "" || second == third {
		t.Errorf("%q, %q", second, third)
	}
	guest.post("/ui/invitation", "code", second, "password", "new password", "again", "new password").wants(t, http.StatusUnprocessableEntity, "")
	// The same form with an initial password does not claim to have set it.
	again := []string{"id", id, "first_name", "Eve", "last_name", "Test", "email", "eve@example.test", "entry", "password", "password", "other password"}
	b.post(at+"/new", again...).wants(t, http.StatusSeeOther, at+"/"+id)
	b.get(at+"/"+id).says(t, "The initial password is the one that was sent first.")
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}

func TestSetUp(t *testing.T) {
	h := newHouse(t)
	h.browser().get("/ui/setup").wants(t, http.StatusNotFound, "")
	h.browser().post("/ui/setup", "code", "x", "password", password, "again", password).wants(t, http.StatusNotFound, "")
	code, _, err := h.dir.NewSetupCode(t.Context(), "admin", true)
	if err != nil {
		t.Fatal(err)
	}
	b := h.browser()
	b.get("/ui/login").says(t, "/ui/setup")
	b.post("/ui/setup", "code", "00000-00000-00000-00000", "password", "new password", "again", "new password").wants(t, http.StatusUnprocessableEntity, "")
	typed := strings.ToLower(strings.ReplaceAll(code.Reveal(), "-", " "))
	b.post("/ui/setup", "code", typed, "password", "new password", "again", "new password").wants(t, http.StatusSeeOther, "/ui/console/")
	b.get("/ui/console/account").wants(t, http.StatusOK, "")
	b.get("/ui/setup").wants(t, http.StatusNotFound, "")
	if strings.Contains(b.log.String(), "new password") || strings.Contains(b.log.String(), typed) {
		t.Error("a secret is in the log")
	}
}

func TestCrossSiteIsRefused(t *testing.T) {
	h := newHouse(t)
	for _, site := range []string{"cross-site", "same-site"} {
		b := h.as("admin")
		b.site = site
		at := "/ui/console/orgs/" + h.orgID
		for _, path := range []string{"/ui/login", "/ui/logout", "/ui/setup", at + "/projects/new", at + "/delete", "/ui/console/account"} {
			a := b.post(path, "name", "x", "typed", "Home")
			a.wants(t, http.StatusForbidden, "")
			checkPage(t, path, a)
		}
		b.get("/ui/console/account").wants(t, http.StatusOK, "") // a link from elsewhere works
	}
}

func TestReturnPath(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "/ui/console/",
		"/ui/console/orgs/1/users?type=x":  "/ui/console/orgs/1/users?type=x",
		"/ui/console/account":              "/ui/console/account",
		"//evil.example":                   "/ui/console/",
		`/\evil.example`:                   "/ui/console/",
		`/ui/console/\..\..\evil`:          "/ui/console/",
		"https://evil.example/ui/console/": "/ui/console/",
		"/ui/console/../../evil":           "/ui/console/",
		"/ui/console/..%2f..%2fevil":       "/ui/console/",
		"/ui/logout":                       "/ui/console/",
		"/ui/console/\r\nSet-Cookie: x=y":  "/ui/console/",
		"javascript:alert(1)":              "/ui/console/",
		"/ui/console":                      "/ui/console/",
	} {
		if got := returnPath(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzReturnPath(f *testing.F) {
	for _, s := range []string{"/ui/console/account", "//x", `/\x`, "https://x/ui/console/", "/ui/console/%2e%2e/%2e%2e/x", "/ui/console/?a=b#c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := returnPath(s)
		u, err := url.Parse(got)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(got, "/ui/console/") || strings.ContainsAny(got, "\\\r\n\t\x00") {
			t.Errorf("%q leads to %q", s, got)
		}
		if again := returnPath(got); again != got {
			t.Errorf("%q: %q and then %q", s, got, again)
		}
	})
}
