package test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"
)

// door is one way into the management API. Each does the same for its caller
// and fails the test when it is refused. All act as the instance's owner.
type door interface {
	createOrg(t testing.TB, name string) (id string)
	createProject(t testing.TB, org, name string) (id string)
	addRole(t testing.TB, org, project, key string)
	addRoles(t testing.TB, org, project string, keys ...string)
	grantProject(t testing.TB, org, project, toOrg string, roles ...string) (id string)
	createUser(t testing.TB, org, name string, form tokenForm) (id string)
	// authorize gives roles of a project, through a project grant where there is one.
	authorize(t testing.TB, org, user, project, grant string, roles ...string)
	generateSecret(t testing.TB, org, user string) credentials
	addPAT(t testing.TB, org, user string, expires time.Time) string
	changeUser(t testing.TB, org, user string, how transition)
	changeOrg(t testing.TB, org string, how transition)
}

// tokenForm is what access tokens of a service user look like.
type tokenForm string

const (
	jwtForm    tokenForm = "ACCESS_TOKEN_TYPE_JWT"
	opaqueForm tokenForm = "ACCESS_TOKEN_TYPE_BEARER"
)

// transition is a change of the state of a user or an organization.
type transition string

const (
	deactivate transition = "deactivate"
	reactivate transition = "reactivate"
	lock       transition = "lock"
	unlock     transition = "unlock"
	remove     transition = "remove"
)

// credentials are what a service user asks for tokens with.
type credentials struct{ id, secret string }

// httpDoor makes calls with JSON.
type httpDoor struct {
	base   string
	pat    string
	client *http.Client
}

func newHTTPDoor(n *node) httpDoor { return httpDoor{n.Base, n.PAT, http.DefaultClient} }

// object is a JSON object.
type object map[string]any

// text is a member that is a string; "" if there is none.
func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

// send makes a call in the context of an organization ("" for the caller's own).
func (d httpDoor) send(t testing.TB, method, path, org string, body object) (status int, answer object) {
	t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, d.base+path, bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+d.pat)
	if org != "" {
		request.Header.Set("x-zitadel-orgid", org)
	}
	response, err := d.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatalf("%s %s answers %s, which is not JSON: %v", method, path, response.Status, err)
	}
	return response.StatusCode, answer
}

// call is send for what must succeed.
func (d httpDoor) call(t testing.TB, method, path, org string, body object) object {
	t.Helper()
	status, answer := d.send(t, method, path, org, body)
	if status != http.StatusOK {
		t.Fatalf("%s %s answers %d %v", method, path, status, answer)
	}
	return answer
}

// restDoor is REST of the first generation.
type restDoor struct{ httpDoor }

const rest = "/management/v1"

func (d restDoor) createOrg(t testing.TB, name string) string {
	t.Helper()
	return d.call(t, "POST", rest+"/orgs", "", object{"name": name}).text("id")
}

func (d restDoor) createProject(t testing.TB, org, name string) string {
	t.Helper()
	return d.call(t, "POST", rest+"/projects", org, object{"name": name}).text("id")
}

func (d restDoor) addRole(t testing.TB, org, project, key string) {
	t.Helper()
	d.call(t, "POST", rest+"/projects/"+project+"/roles", org, object{"roleKey": key, "displayName": key, "group": "g"})
}

func (d restDoor) addRoles(t testing.TB, org, project string, keys ...string) {
	t.Helper()
	var roles []object
	for _, key := range keys {
		roles = append(roles, object{"key": key, "displayName": key})
	}
	d.call(t, "POST", rest+"/projects/"+project+"/roles/_bulk", org, object{"roles": roles})
}

func (d restDoor) grantProject(t testing.TB, org, project, toOrg string, roles ...string) string {
	t.Helper()
	return d.call(t, "POST", rest+"/projects/"+project+"/grants", org, object{"grantedOrgId": toOrg, "roleKeys": roles}).text("grantId")
}

func (d restDoor) createUser(t testing.TB, org, name string, form tokenForm) string {
	t.Helper()
	return d.call(t, "POST", rest+"/users/machine", org, object{"userName": name, "name": name, "accessTokenType": form}).text("userId")
}

func (d restDoor) authorize(t testing.TB, org, user, project, grant string, roles ...string) {
	t.Helper()
	d.call(t, "POST", rest+"/users/"+user+"/grants", org, object{"projectId": project, "projectGrantId": grant, "roleKeys": roles})
}

func (d restDoor) generateSecret(t testing.TB, org, user string) credentials {
	t.Helper()
	answer := d.call(t, "PUT", rest+"/users/"+user+"/secret", org, object{})
	return credentials{answer.text("clientId"), answer.text("clientSecret")}
}

func (d restDoor) addPAT(t testing.TB, org, user string, expires time.Time) string {
	t.Helper()
	return d.call(t, "POST", rest+"/users/"+user+"/pats", org, object{"expirationDate": expires.Format(time.RFC3339)}).text("token")
}

func (d restDoor) changeUser(t testing.TB, org, user string, how transition) {
	t.Helper()
	if how == remove {
		d.call(t, "DELETE", rest+"/users/"+user, org, nil)
		return
	}
	d.call(t, "POST", rest+"/users/"+user+"/_"+string(how), org, object{})
}

func (d restDoor) changeOrg(t testing.TB, org string, how transition) {
	t.Helper()
	d.call(t, "POST", rest+"/orgs/me/_"+string(how), org, object{})
}

// connectDoor is the Connect protocol's JSON of the second generation.
type connectDoor struct{ httpDoor }

func (d connectDoor) rpc(t testing.TB, method string, body object) object {
	t.Helper()
	return d.call(t, "POST", "/zitadel."+method, "", body)
}

func (d connectDoor) createOrg(t testing.TB, name string) string {
	t.Helper()
	return d.rpc(t, "org.v2.OrganizationService/AddOrganization", object{"name": name}).text("organizationId")
}

func (d connectDoor) createProject(t testing.TB, org, name string) string {
	t.Helper()
	return d.rpc(t, "project.v2.ProjectService/CreateProject", object{"organizationId": org, "name": name}).text("projectId")
}

func (d connectDoor) addRole(t testing.TB, _, project, key string) {
	t.Helper()
	d.rpc(t, "project.v2.ProjectService/AddProjectRole", object{"projectId": project, "roleKey": key, "displayName": key})
}

// addRoles adds one after another: this generation has no call for many.
func (d connectDoor) addRoles(t testing.TB, org, project string, keys ...string) {
	t.Helper()
	for _, key := range keys {
		d.addRole(t, org, project, key)
	}
}

// grantProject has no id: this generation names a grant by its two ends.
func (d connectDoor) grantProject(t testing.TB, _, project, toOrg string, roles ...string) string {
	t.Helper()
	d.rpc(t, "project.v2.ProjectService/CreateProjectGrant", object{"projectId": project, "grantedOrganizationId": toOrg, "roleKeys": roles})
	return ""
}

func (d connectDoor) createUser(t testing.TB, org, name string, form tokenForm) string {
	t.Helper()
	return d.rpc(t, "user.v2.UserService/CreateUser", object{
		"organizationId": org, "username": name, "machine": object{"name": name, "accessTokenType": form},
	}).text("id")
}

func (d connectDoor) authorize(t testing.TB, org, user, project, _ string, roles ...string) {
	t.Helper()
	d.rpc(t, "authorization.v2.AuthorizationService/CreateAuthorization", object{
		"userId": user, "projectId": project, "organizationId": org, "roleKeys": roles,
	})
}

// generateSecret reads the client id, which is the user name: the call answers with the secret only.
func (d connectDoor) generateSecret(t testing.TB, _, user string) credentials {
	t.Helper()
	secret := d.rpc(t, "user.v2.UserService/AddSecret", object{"userId": user}).text("clientSecret")
	found, _ := d.rpc(t, "user.v2.UserService/GetUserByID", object{"userId": user})["user"].(map[string]any)
	return credentials{object(found).text("username"), secret}
}

func (d connectDoor) addPAT(t testing.TB, _, user string, expires time.Time) string {
	t.Helper()
	return d.rpc(t, "user.v2.UserService/AddPersonalAccessToken", object{
		"userId": user, "expirationDate": expires.Format(time.RFC3339),
	}).text("token")
}

func (d connectDoor) changeUser(t testing.TB, _, user string, how transition) {
	t.Helper()
	method := map[transition]string{
		deactivate: "DeactivateUser", reactivate: "ReactivateUser", lock: "LockUser", unlock: "UnlockUser", remove: "DeleteUser",
	}[how]
	d.rpc(t, "user.v2.UserService/"+method, object{"userId": user})
}

func (d connectDoor) changeOrg(t testing.TB, org string, how transition) {
	t.Helper()
	method := map[transition]string{deactivate: "DeactivateOrganization", reactivate: "ActivateOrganization"}[how]
	d.rpc(t, "org.v2.OrganizationService/"+method, object{"organizationId": org})
}
