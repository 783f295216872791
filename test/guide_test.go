package test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	zclient "github.com/zitadel/zitadel-go/v3/pkg/client"
)

// doors lists every way into a node's management API.
func doors(t testing.TB, n *node) map[string]door {
	t.Helper()
	c := connect(t, n, zclient.PAT(n.PAT))
	return map[string]door{
		"rest":    restDoor{newHTTPDoor(n)},
		"connect": connectDoor{newHTTPDoor(n)},
		"grpc v1": grpcV1Door{c.ManagementService()},
		"grpc v2": grpcV2Door{c},
	}
}

// literal sends the guide's request as the guide has it, with curl, to base
// (which is https://id.<baseUrl> in the guide); more are curl's own options.
func literal(t testing.TB, base, basicAuth, project string, more ...string) tokenAnswer {
	t.Helper()
	stdout, stderr, code := command(t, nil, "curl", append(more, "--silent", "--show-error", "--write-out", `\n%{http_code}`,
		"--location", base+"/oauth/v2/token",
		"--header", "Content-Type: application/x-www-form-urlencoded",
		"--header", "Authorization: Basic "+basicAuth,
		"--data-urlencode", "grant_type=client_credentials",
		"--data-urlencode", "scope=openid profile email urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles urn:zitadel:iam:org:project:id:"+project+":aud",
	)...)
	if code != 0 {
		t.Fatalf("curl ended with %d: %s", code, stderr)
	}
	text, status, _ := strings.Cut(stdout, "\n")
	if status != "200" {
		t.Fatalf("the token endpoint answers %s %s", status, text)
	}
	a := tokenAnswer{status: http.StatusOK}
	if err := json.Unmarshal([]byte(text), &a.body); err != nil {
		t.Fatal(err)
	}
	return a
}

// basicAuth is the guide's value of that name.
func basicAuth(c credentials) string { return strings.TrimPrefix(rawBasic(c), "Basic ") }

// TestGuide follows the guide through every door on both databases.
func TestGuide(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		n := start(t, options{Database: open(t)})
		for name, d := range doors(t, n) {
			t.Run(name, func(t *testing.T) {
				w := follow(t, n, d, name)
				t.Run("own project", func(t *testing.T) { ownProject(t, n, w) })
				t.Run("granted project", func(t *testing.T) { grantedProject(t, n, w) })
				t.Run("personal access token", func(t *testing.T) { personalToken(t, n, w) })
				t.Run("states", func(t *testing.T) { states(t, n, w) })
			})
		}
	})
}

// world is what an operator has made by the guide.
type world struct {
	door         door
	name         string // of the organization
	host         string // of the issuer
	org, project string
	backend      backend
	user         string
	client       credentials
	pat          string
}

// follow does what the guide says: a project with roles, a service user whose
// tokens are JWTs, an authorization, a secret and a personal access token.
func follow(t *testing.T, n *node, d door, name string) world {
	t.Helper()
	issuer, err := url.Parse(n.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	w := world{door: d, name: "Cluster " + name, host: issuer.Hostname()}
	w.org = d.createOrg(t, w.name)
	w.project = d.createProject(t, w.org, "platform")
	d.addRole(t, w.org, w.project, "chat.admin.all")
	d.addRoles(t, w.org, w.project, "chat.knowledge.write", "chat.knowledge.read", "chat.debug.read")
	w.user = d.createUser(t, w.org, "Ingest "+name, jwtForm)
	d.authorize(t, w.org, w.user, w.project, "", "chat.knowledge.write", "chat.admin.all")
	w.client = d.generateSecret(t, w.org, w.user)
	w.pat = d.addPAT(t, w.org, w.user, time.Now().Add(time.Hour))
	w.backend = newBackend(t, n.Issuer, w.project, http.DefaultClient)
	if w.client.id != "Ingest "+name {
		t.Fatalf("the client id is %q", w.client.id)
	}
	return w
}

// domain is the primary domain of an organization.
func (w world) domain(org string) string {
	return strings.ToLower(strings.ReplaceAll(org, " ", "-")) + "." + w.host
}

// identity is what the guide's user is to a backend.
func (w world) identity() identity {
	return identity{
		user: w.user, orgID: w.org, orgName: w.name, orgDomain: w.domain(w.name),
		roles: []string{"chat.admin.all", "chat.knowledge.write"},
	}
}

func ownProject(t *testing.T, n *node, w world) {
	a := literal(t, n.Issuer, basicAuth(w.client), w.project)
	checkAnswer(t, a)
	accessToken := a.body.text("access_token")
	w.backend.wantAccepted(t, accessToken, w.identity())

	header, claims := claimsOf(t, accessToken)
	if header.text("alg") != "RS256" || header.text("typ") != "JWT" || header.text("kid") == "" {
		t.Errorf("the token's header is %v", header)
	}
	if claims.text("iss") != n.Issuer || claims.text("client_id") != w.client.id {
		t.Errorf("the token says issuer %q and client %q", claims.text("iss"), claims.text("client_id"))
	}
	audience, _ := claims["aud"].([]any)
	if !slices.Contains(audience, any(w.project)) {
		t.Errorf("the audience is %v", audience)
	}
	if other := newBackend(t, n.Issuer, "1"+w.project, http.DefaultClient); !refuses(t, other, accessToken) {
		t.Error("verify accepts a token for another project")
	}
	wantRefused(t, n, credentials{"nobody " + w.client.id, w.client.secret})
	wantRefused(t, n, credentials{w.client.id, w.client.secret + "x"})

	// Who asks for no project has no roles.
	plain := token(t, n, w.client, "openid urn:zitadel:iam:user:resourceowner")
	if status, got := w.backend.pass(t, plain); status != http.StatusOK || got.Get("x-user-roles") != "" {
		t.Errorf("without the project the gateway answers %d with roles %q", status, got.Get("x-user-roles"))
	}
	// Without the resource owner the gateway breaks down, which the guide's scope prevents.
	if status, _ := w.backend.pass(t, token(t, n, w.client, "openid")); status != http.StatusInternalServerError {
		t.Errorf("without the resource owner the gateway answers %d", status)
	}
}

func refuses(t *testing.T, b backend, accessToken string) bool {
	t.Helper()
	_, err := b.verifier.Verify(t.Context(), accessToken)
	return err != nil
}

// grantedProject is the case of a customer: the project belongs to one
// organization, the service user to another.
func grantedProject(t *testing.T, n *node, w world) {
	customer := identity{orgName: strings.Replace(w.name, "Cluster", "Customer", 1), roles: []string{"chat.knowledge.read"}}
	customer.orgDomain = w.domain(customer.orgName)
	customer.orgID = w.door.createOrg(t, customer.orgName)
	grant := w.door.grantProject(t, w.org, w.project, customer.orgID, "chat.knowledge.read", "chat.debug.read")
	customer.user = w.door.createUser(t, customer.orgID, customer.orgName+" client", jwtForm)
	w.door.authorize(t, customer.orgID, customer.user, w.project, grant, customer.roles...)
	client := w.door.generateSecret(t, customer.orgID, customer.user)

	a := literal(t, n.Issuer, basicAuth(client), w.project)
	checkAnswer(t, a)
	w.backend.wantAccepted(t, a.body.text("access_token"), customer)

	// The roles are the customer's, from the customer's organization.
	_, claims := claimsOf(t, a.body.text("access_token"))
	roles, _ := claims["urn:zitadel:iam:org:project:"+w.project+":roles"].(map[string]any)
	from, _ := roles["chat.knowledge.read"].(map[string]any)
	if len(roles) != 1 || len(from) != 1 || from[customer.orgID] != customer.orgDomain {
		t.Errorf("the roles are %v", roles)
	}
}

// personalToken holds that a personal access token works at our API and not at the gateway.
func personalToken(t *testing.T, n *node, w world) {
	wantMyUser(t, n, w.pat, w.user)
	if status, _ := w.backend.pass(t, w.pat); status != http.StatusUnauthorized {
		t.Errorf("the gateway answers a personal access token with %d", status)
	}
	if !refuses(t, w.backend, w.pat) {
		t.Error("verify accepts a personal access token")
	}
	// The guide's token is not for our API.
	if status := myUser(t, n, token(t, n, w.client, guideScope(w.project))).status; status != http.StatusUnauthorized {
		t.Errorf("a token for another project gets %d at the API", status)
	}
}

// myUser asks the API who the bearer is.
func myUser(t testing.TB, n *node, bearer string) tokenAnswer {
	t.Helper()
	d := newHTTPDoor(n)
	d.pat = bearer
	status, body := d.send(t, http.MethodGet, "/auth/v1/users/me", "", nil)
	return tokenAnswer{status: status, body: body}
}

// wantMyUser holds that the bearer is known as a user.
func wantMyUser(t testing.TB, n *node, bearer, user string) {
	t.Helper()
	a := myUser(t, n, bearer)
	found, _ := a.body["user"].(map[string]any)
	if a.status != http.StatusOK || found["id"] != user {
		t.Fatalf("the API answers %d %v, want user %s", a.status, a.body, user)
	}
}

// states ends a service user in every way there is: the next request is refused.
func states(t *testing.T, n *node, w world) {
	own := token(t, n, w.client, internalScope)
	works := func(t *testing.T, bearer string) {
		t.Helper()
		checkAnswer(t, postToken(t, n, rawBasic(w.client), form(guideScope(w.project))))
		wantMyUser(t, n, bearer, w.user)
	}
	works(t, w.pat)
	works(t, own)
	for _, c := range []struct {
		name     string
		end, ret func()
	}{
		{
			"inactive",
			func() { w.door.changeUser(t, w.org, w.user, deactivate) },
			func() { w.door.changeUser(t, w.org, w.user, reactivate) },
		},
		{
			"locked",
			func() { w.door.changeUser(t, w.org, w.user, lock) },
			func() { w.door.changeUser(t, w.org, w.user, unlock) },
		},
		{
			"organization inactive",
			func() { w.door.changeOrg(t, w.org, deactivate) },
			func() { w.door.changeOrg(t, w.org, reactivate) },
		},
		{"removed", func() { w.door.changeUser(t, w.org, w.user, remove) }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.end()
			wantRefused(t, n, w.client)
			for what, bearer := range map[string]string{"personal access token": w.pat, "access token": own} {
				if status := myUser(t, n, bearer).status; status != http.StatusUnauthorized {
					t.Errorf("the %s of an ended user gets %d", what, status)
				}
			}
			if c.ret == nil {
				return
			}
			c.ret()
			works(t, w.pat)
			own = token(t, n, w.client, internalScope) // the old one may have ended for good
			works(t, own)
		})
	}
}

// TestSecretReplaced holds that a new secret ends the old one at once.
func TestSecretReplaced(t *testing.T) {
	n := start(t, options{})
	w := follow(t, n, restDoor{newHTTPDoor(n)}, "secrets")
	checkAnswer(t, postToken(t, n, rawBasic(w.client), form("openid")))
	renewed := w.door.generateSecret(t, w.org, w.user)
	if renewed.secret == w.client.secret {
		t.Fatal("the new secret is the old one")
	}
	wantRefused(t, n, w.client)
	checkAnswer(t, postToken(t, n, rawBasic(renewed), form("openid")))
}
