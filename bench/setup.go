//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

const tokenPath = "/oauth/v2/token"

// setupWorkers send the requests that make the users. More do not help: writes
// are serial, and the server has one core.
const setupWorkers = 4

// population is what a load needs to know of the users.
type population struct {
	projectID   string
	credentials []credential
}

type credential struct{ id, secret string }

// management is a client of the management API over REST.
type management struct {
	client *http.Client
	url    string
	token  string
}

// populate makes a project with two roles and service users that hold both and
// have a secret each.
func populate(ctx context.Context, s *server, users int, tokenType string) (population, error) {
	token, err := s.personalAccessToken()
	if err != nil {
		return population{}, err
	}
	m := &management{
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: setupWorkers}},
		url:    s.url + "/management/v1",
		token:  token,
	}
	defer m.client.CloseIdleConnections()
	var project struct {
		ID string `json:"id"`
	}
	if err := m.call(ctx, http.MethodPost, "/projects", map[string]any{"name": "bench"}, &project); err != nil {
		return population{}, err
	}
	roles := []string{"chat.admin.all", "chat.knowledge.write"}
	for _, role := range roles {
		body := map[string]any{"roleKey": role, "displayName": role}
		if err := m.call(ctx, http.MethodPost, "/projects/"+url.PathEscape(project.ID)+"/roles", body, &struct{}{}); err != nil {
			return population{}, err
		}
	}
	p := population{projectID: project.ID, credentials: make([]credential, users)}
	return p, m.makeUsers(ctx, p, roles, tokenType)
}

// makeUsers fills the credentials of the population.
func (m *management) makeUsers(ctx context.Context, p population, roles []string, tokenType string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next, made atomic.Int64
	var group sync.WaitGroup
	for range setupWorkers {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(p.credentials) || ctx.Err() != nil {
					return
				}
				var err error
				if p.credentials[i], err = m.makeUser(ctx, fmt.Sprintf("bench-%04d", i), p.projectID, roles, tokenType); err != nil {
					cancel(err)
					return
				}
				if n := made.Add(1); n%250 == 0 {
					progress("  %d of %d service users", n, len(p.credentials))
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

func (m *management) makeUser(ctx context.Context, name, projectID string, roles []string, tokenType string) (credential, error) {
	var user struct {
		ID string `json:"userId"`
	}
	body := map[string]any{"userName": name, "name": name, "accessTokenType": tokenType}
	if err := m.call(ctx, http.MethodPost, "/users/machine", body, &user); err != nil {
		return credential{}, err
	}
	path := "/users/" + url.PathEscape(user.ID)
	body = map[string]any{"projectId": projectID, "roleKeys": roles}
	if err := m.call(ctx, http.MethodPost, path+"/grants", body, &struct{}{}); err != nil {
		return credential{}, err
	}
	var secret struct {
		ClientID     string `json:"clientId"`
		ClientSecret string `json:"clientSecret"`
	}
	if err := m.call(ctx, http.MethodPut, path+"/secret", map[string]any{}, &secret); err != nil {
		return credential{}, err
	}
	if secret.ClientID == "" || secret.ClientSecret == "" {
		return credential{}, fmt.Errorf("the secret of %s came without id or secret", name)
	}
	return credential{secret.ClientID, secret.ClientSecret}, nil
}

// call sends one request and decodes its answer.
func (m *management) call(ctx context.Context, method, path string, body, result any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, m.url+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+m.token)
	content, err := send(m.client, request)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, result); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// send returns the body of an answer of status 200.
func send(client *http.Client, request *http.Request) ([]byte, error) {
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: status %s: %s", request.Method, request.URL.Path, response.Status, content)
	}
	return content, nil
}

// askToken asks for the token of one user, for the project and with its roles,
// and returns the answer's body.
func askToken(ctx context.Context, base, projectID string, c credential) ([]byte, error) {
	form := url.Values{
		"grant_type": {"client_credentials"},
		"scope": {"openid profile email urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles " +
			"urn:zitadel:iam:org:project:id:" + projectID + ":aud"},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+tokenPath, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(c.id), url.QueryEscape(c.secret))
	return send(http.DefaultClient, request)
}

// write makes the file that the load generator and the floor read.
func (p population) write(path string) error {
	var lines strings.Builder
	for _, c := range p.credentials {
		fmt.Fprintf(&lines, "%s\t%s\n", c.id, c.secret)
	}
	return os.WriteFile(path, []byte(lines.String()), 0o600)
}
