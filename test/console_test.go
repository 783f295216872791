package test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// visitor is a browser as far as the console notices, on several nodes: the
// balancer before them decides which one answers.
type visitor struct {
	t      *testing.T
	client *http.Client
	issuer *url.URL
}

func newVisitor(t *testing.T, issuer string) *visitor {
	t.Helper()
	at, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, at}
}

// send asks one node and returns the status and where it leads.
func (v *visitor) send(n *node, path string, form url.Values) (status int, location string) {
	v.t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, n.Base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Host = v.issuer.Host
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range v.client.Jar.Cookies(v.issuer) {
		r.AddCookie(c)
	}
	answer, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	v.client.Jar.SetCookies(v.issuer, answer.Cookies())
	return answer.StatusCode, answer.Header.Get("Location")
}

// TestConsoleOnTwoNodes: a session is one on every node, and so is its end.
func TestConsoleOnTwoNodes(t *testing.T) {
	const password = "correct horse battery"
	db := openPostgres(t)
	one := start(t, options{Database: db, Env: []string{"LATCHKEY_FIRST_INSTANCE_ADMIN_PASSWORD=" + password}})
	other := start(t, options{Database: db, Issuer: one.Issuer})
	signIn := func() *visitor {
		t.Helper()
		v := newVisitor(t, one.Issuer)
		if status, to := v.send(one, "/ui/login", url.Values{"user_name": {"admin"}, "password": {password}}); status != http.StatusSeeOther || to != "/ui/console/" {
			t.Fatalf("sign-in: %d to %q", status, to)
		}
		return v
	}
	const page = "/ui/console/account"
	inside := func(v *visitor, n *node) bool {
		t.Helper()
		status, to := v.send(n, page, nil)
		if status == http.StatusSeeOther && strings.HasPrefix(to, "/ui/login") {
			return false
		}
		if status != http.StatusOK {
			t.Fatalf("the account page: %d to %q", status, to)
		}
		return true
	}
	v, second := signIn(), signIn()
	if !inside(v, other) || !inside(second, other) {
		t.Error("the other node does not know the session")
	}
	if status, _ := v.send(other, "/ui/console/account/sessions", url.Values{}); status != http.StatusSeeOther {
		t.Errorf("ending the other sessions: %d", status)
	}
	if inside(second, one) || !inside(v, one) {
		t.Error("the wrong session ended")
	}
	// An attempt is counted for all nodes together.
	guesser := newVisitor(t, one.Issuer)
	var last int
	for i := range 6 {
		n := []*node{one, other}[i%2]
		last, _ = guesser.send(n, "/ui/login", url.Values{"user_name": {"admin"}, "password": {"wrong"}})
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the sixth guess: %d", last)
	}
	if !inside(v, one) {
		t.Error("who is signed in was disturbed")
	}
	v.send(one, "/ui/logout", url.Values{})
	if inside(v, other) {
		t.Error("the session goes on after signing out")
	}
}
