package test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// rounds is how often a test repeats what may go wrong by chance: more often
// when LATCHKEY_TEST_CHAOS is set.
func rounds(usual, chaos int) int {
	if os.Getenv("LATCHKEY_TEST_CHAOS") != "" {
		return chaos
	}
	return usual
}

// manager calls a node's management API over REST.
type manager struct{ base, token, org string }

func manage(n *node) manager { return manager{base: n.Base, token: n.PAT} }

// in returns the manager in another organization's context.
func (m manager) in(org string) manager {
	m.org = org
	return m
}

// reply holds what the tests read from any answer of the API.
type reply struct {
	ID            string `json:"id"`
	UserID        string `json:"userId"`
	UserGrantID   string `json:"userGrantId"`
	GrantID       string `json:"grantId"`
	ClientID      string `json:"clientId"`
	ClientSecret  string `json:"clientSecret"`
	Token         string `json:"token"`
	Code          any    `json:"code"` // a number in REST, a word in Connect
	Message       string `json:"message"`
	AccessToken   string `json:"access_token"`
	Error         string `json:"error"`
	AuthorizedOrg struct {
		ID string `json:"id"`
	} `json:"org"`
}

// send sends one request and returns status and answer, or that none came.
func (m manager) send(ctx context.Context, method, path string, body any) (int, reply, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return 0, reply{}, err
	}
	r, err := http.NewRequestWithContext(ctx, method, m.base+path, bytes.NewReader(encoded))
	if err != nil {
		return 0, reply{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+m.token)
	if m.org != "" {
		r.Header.Set("x-zitadel-orgid", m.org)
	}
	return receive(r)
}

// call is send for what must work; the path is below /management/v1.
func (m manager) call(t testing.TB, method, path string, body any) reply {
	t.Helper()
	status, a, err := m.send(t.Context(), method, "/management/v1"+path, body)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%s %s: status %d, %+v, %v", method, path, status, a, err)
	}
	return a
}

func receive(r *http.Request) (int, reply, error) {
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, reply{}, err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, reply{}, err
	}
	var a reply
	if err := json.Unmarshal(content, &a); err != nil {
		return 0, a, fmt.Errorf("status %d, %q: %w", resp.StatusCode, content, err)
	}
	return resp.StatusCode, a, nil
}

// project makes a project with roles.
func (m manager) project(t testing.TB, name string, roles ...string) string {
	t.Helper()
	id := m.call(t, http.MethodPost, "/projects", map[string]any{"name": name}).ID
	for _, role := range roles {
		m.call(t, http.MethodPost, "/projects/"+id+"/roles", map[string]any{"roleKey": role, "displayName": role})
	}
	return id
}

// serviceUser is one with a secret and an authorization.
type serviceUser struct{ id, name, secret, project, authorization string }

// client makes a service user that holds roles on a project, by a project
// grant unless that is "".
func (m manager) client(t testing.TB, name, project, grant string, roles ...string) serviceUser {
	t.Helper()
	c, err := m.makeClient(t.Context(), name, project, grant, roles...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (m manager) makeClient(ctx context.Context, name, project, grant string, roles ...string) (serviceUser, error) {
	c := serviceUser{name: name, project: project}
	for _, step := range []struct {
		method string
		path   func() string
		body   map[string]any
		read   func(reply)
	}{
		{
			http.MethodPost, func() string { return "/users/machine" },
			map[string]any{"userName": name, "name": name, "accessTokenType": "ACCESS_TOKEN_TYPE_JWT"},
			func(a reply) { c.id = a.UserID },
		},
		{
			http.MethodPost, func() string { return "/users/" + c.id + "/grants" },
			map[string]any{"projectId": project, "projectGrantId": grant, "roleKeys": roles},
			func(a reply) { c.authorization = a.UserGrantID },
		},
		{
			http.MethodPut, func() string { return "/users/" + c.id + "/secret" },
			map[string]any{},
			func(a reply) { c.secret = a.ClientSecret },
		},
	} {
		status, a, err := m.send(ctx, step.method, "/management/v1"+step.path(), step.body)
		if err != nil {
			return c, err
		}
		if status != http.StatusOK {
			return c, fmt.Errorf("%s %s: status %d: %s", step.method, step.path(), status, a.Message)
		}
		step.read(a)
	}
	return c, nil
}

// askNode asks a node for a token with the client's roles.
func askNode(ctx context.Context, base string, c serviceUser) (int, reply, error) {
	form := url.Values{
		"grant_type": {"client_credentials"},
		"scope": {"openid profile email urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles " +
			"urn:zitadel:iam:org:project:id:" + c.project + ":aud"},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/oauth/v2/token", strings.NewReader(form.Encode()))
	if err != nil {
		return 0, reply{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(c.name), url.QueryEscape(c.secret))
	return receive(r)
}

// seen is what a client gets from a node: its roles, joined by commas, or the error.
func seen(t testing.TB, n *node, c serviceUser) string {
	t.Helper()
	status, a, err := askNode(t.Context(), n.Base, c)
	if err != nil {
		t.Fatal(err)
	}
	if status != http.StatusOK {
		return a.Error
	}
	return strings.Join(rolesIn(t, a.AccessToken, c.project), ",")
}

// rolesIn reads the roles on a project from a JWT's claims.
func rolesIn(t testing.TB, token, project string) []string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT: %d parts", len(parts))
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]json.RawMessage
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	var roles map[string]json.RawMessage
	if list, ok := claims["urn:zitadel:iam:org:project:"+project+":roles"]; ok {
		if err := json.Unmarshal(list, &roles); err != nil {
			t.Fatal(err)
		}
	}
	return slices.Sorted(maps.Keys(roles))
}

// soon is eventually with a bound that a feed which polls keeps easily and a
// cache that waits for something else does not. It returns how long it took.
func soon(t testing.TB, what string, holds func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !holds() {
		if time.Since(began) > 5*time.Second {
			t.Fatalf("it did not come to pass soon: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(began)
}
