package api

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2beta"
	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2beta"
	"google.golang.org/grpc/metadata"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

var update = flag.Bool("update", false, "write the golden files anew")

// betaCalls is the life of a project, its grant, an authorization and a manager
// through the REST paths of the beta. In a path and a body, the names in
// brackets stand for ids.
const betaCalls = `
POST /v2beta/projects {"organizationId":"<alpha>","id":"mail","name":"Mail","authorizationRequired":true,"privateLabelingSetting":"PRIVATE_LABELING_SETTING_ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY","admins":[{"userId":"<plain>"}]}
POST /v2beta/projects {"organizationId":"<alpha>","name":"mail"}
POST /v2beta/projects {"organizationId":"<alpha>","id":"chat","name":"Chat","admins":[{"userId":"<plain>","roles":["ORG_OWNER"]}]}
GET /v2beta/projects/mail
POST /v2beta/projects/mail {"name":"Post","projectRoleCheck":false,"hasProjectCheck":true}
POST /v2beta/projects/mail {"name":"Post"}
POST /v2beta/projects/mail/deactivate
GET /v2beta/projects/mail
POST /v2beta/projects/mail/activate
POST /v2beta/projects/mail/roles {"roleKey":"team/a.reader","displayName":"Reads","group":"people"}
POST /v2beta/projects/mail/roles {"roleKey":"writer"}
POST /v2beta/projects/mail/roles {"roleKey":"writer"}
POST /v2beta/projects/mail/roles/team%2Fa.reader {"displayName":"May read"}
POST /v2beta/projects/mail/roles/search {"filters":[{"roleKeyFilter":{"key":"team","method":"TEXT_FILTER_METHOD_STARTS_WITH"}}]}
POST /v2beta/projects/mail/grants {"grantedOrganizationId":"<beta>","roleKeys":["writer"]}
POST /v2beta/projects/mail/grants/<beta> {"roleKeys":["team/a.reader","writer"]}
POST /v2beta/projects/mail/grants/<beta>/deactivate
POST /v2beta/projects/mail/grants/<beta>/activate
POST /v2beta/projects/grants/search {"filters":[{"projectResourceOwnerFilter":{"id":"<alpha>"}},{"projectGrantResourceOwnerFilter":{"id":"<beta>"}}]}
POST /v2beta/projects/search {"sortingColumn":"PROJECT_FIELD_NAME_NAME","filters":[{"projectResourceOwnerFilter":{"id":"<alpha>"}},{"projectNameFilter":{"projectName":"POST","method":"TEXT_FILTER_METHOD_EQUALS_IGNORE_CASE"}}]}
POST /v2beta/projects/search {"filters":[{"projectGrantResourceOwnerFilter":{"id":"<beta>"}}],"pagination":{"limit":5,"asc":true}}
POST /v2beta/authorizations {"userId":"<plain>","projectId":"mail","roleKeys":["writer"]}
POST /v2beta/authorizations {"userId":"<guest>","projectId":"mail","organizationId":"<beta>","roleKeys":["team/a.reader"]}
POST /v2beta/authorizations/search {"pagination":{"asc":true},"filters":[{"projectId":{"id":"mail"}}]}
POST /v2beta/authorizations/search {"filters":[{"userId":{"id":"<guest>"}}]}
POST /v2beta/authorizations/search {"filters":[{"inUserIds":{"ids":["<plain>"]}},{"state":{"state":"STATE_ACTIVE"}}]}
PATCH /v2beta/authorizations/<auth> {"roleKeys":["team/a.reader","writer"]}
POST /v2beta/authorizations/<auth>/deactivate
POST /v2beta/authorizations/<auth>/activate
POST /v2beta/administrators {"userId":"<plain>","resource":{"organizationId":"<alpha>"},"roles":["ORG_USER_MANAGER"]}
POST /v2beta/administrators {"userId":"<guest>","resource":{"projectGrant":{"projectId":"mail","organizationId":"<beta>"}},"roles":["PROJECT_GRANT_OWNER"]}
POST /v2beta/administrators/<plain> {"resource":{"projectId":"mail"},"roles":["PROJECT_OWNER_VIEWER"]}
POST /v2beta/administrators/search {"pagination":{"asc":true},"filters":[{"inUserIdsFilter":{"ids":["<plain>","<guest>"]}}]}
POST /v2beta/administrators/search {"filters":[{"resource":{"projectGrantId":"<grant>"}}]}
POST /v2beta/administrators/search {"filters":[{"or":{"queries":[{"resource":{"projectGrantId":"none"}},{"not":{"query":{"resource":{"projectGrantId":"none"}}}}]}},{"inUserIdsFilter":{"ids":["<guest>"]}},{"creationDate":{"timestamp":"2020-01-01T00:00:00Z","method":"TIMESTAMP_FILTER_METHOD_GREATER"}}]}
POST /v2beta/administrators/search {"filters":[{"resource":{"projectGrantId":"none"}}]}
POST /v2beta/administrators/search {"filters":[{"resource":{"projectGrantId":""}}]}
DELETE /v2beta/administrators/<plain>?resource.organizationId=<alpha>
DELETE /v2beta/administrators/<plain>?resource.organizationId=<alpha>
DELETE /v2beta/authorizations/<auth>
DELETE /v2beta/authorizations/<auth>
DELETE /v2beta/projects/mail/grants/<beta>
DELETE /v2beta/projects/mail/roles/team%2Fa.reader
DELETE /v2beta/projects/mail
DELETE /v2beta/projects/mail
GET /v2beta/projects/mail
POST /v2beta/projects {"organizationId":"<alpha>","name":"X","privateLabelingSetting":9}
POST /v2beta/projects {"name":"X"}
POST /v2beta/projects/search {"filters":[{}]}
POST /v2beta/projects/search {"pagination":{"limit":1001}}
POST /v2beta/web_keys {"ecdsa":{"curve":"ECDSA_CURVE_P384"}}
GET /v2beta/web_keys
POST /v2beta/web_keys/<key>/activate
POST /v2beta/web_keys/<key>/activate
DELETE /v2beta/web_keys/<key>
DELETE /v2beta/web_keys/unknown
POST /v2beta/web_keys {"rsa":{"bits":7}}
`

var (
	instant = regexp.MustCompile(`20\d\d-\d\d-\d\dT[\d:.]+Z`)
	someID  = regexp.MustCompile(`\b\d{18}\b`)
)

func TestBetaOverREST(t *testing.T) {
	h := newHouse(t)
	address, _ := h.serve()
	plain, guest := h.userNamed("plain"), must(h.machineOf(h.beta, "guest"))
	ids := []string{"<alpha>", h.alpha, "<beta>", h.beta, "<plain>", plain, "<guest>", guest}
	var got strings.Builder
	for line := range strings.Lines(strings.TrimSpace(betaCalls)) {
		line = strings.TrimSpace(line)
		for name, find := range map[string]func() string{"<auth>": func() string { return h.authorizationOf(plain) }, "<grant>": h.grantOfMail, "<key>": h.newestKey} {
			if strings.Contains(line, name) && !slices.Contains(ids, name) {
				ids = append(ids, name, find())
			}
		}
		filled := strings.NewReplacer(ids...).Replace(line)
		verb, rest, _ := strings.Cut(filled, " ")
		path, body, _ := strings.Cut(rest, " ")
		status, answer := h.ask(address, verb, path, body, h.rootToken)
		back := make([]string, 0, len(ids))
		for i := 0; i < len(ids); i += 2 {
			back = append(back, ids[i+1], ids[i])
		}
		answer = instant.ReplaceAllString(strings.NewReplacer(back...).Replace(answer), "<time>")
		answer = someID.ReplaceAllString(answer, "<id>")
		fmt.Fprintf(&got, "%s\n%d %s\n\n", line, status, answer)
	}
	compareGolden(t, "testdata/v2beta.txt", got.String())
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := strings.Split(string(must(os.ReadFile(path))), "\n")
	lines := strings.Split(got, "\n")
	for i := range max(len(want), len(lines)) {
		if i >= len(want) || i >= len(lines) || want[i] != lines[i] {
			t.Fatalf("%s differs from line %d on:\n%s", path, i+1, strings.Join(lines[min(i, len(lines)):], "\n"))
		}
	}
}

// machineOf is a service user with nothing.
func (h *house) machineOf(orgID, name string) (string, error) {
	u, err := h.dir.CreateMachine(h.t.Context(), h.root, directory.NewMachine{OrgID: orgID, UserName: name, Name: name})
	return u.ID, err
}

func (h *house) userNamed(name string) string {
	return must(h.db.Read().UserByName(h.t.Context(), name)).ID
}

func (h *house) authorizationOf(userID string) string {
	l := must(h.dir.Authorizations(h.t.Context(), h.root, iam.FieldUserID.Is(userID), iam.Page{}))
	return l.Items[0].ID
}

func (h *house) grantOfMail() string {
	return must(h.db.Read().ProjectGrantTo(h.t.Context(), "mail", h.beta)).ID
}

func (h *house) newestKey() string {
	keys := must(h.db.Read().SigningKeys(h.t.Context()))
	return slices.MaxFunc(keys, func(a, b iam.SigningKey) int { return a.Created.Compare(b.Created) }).ID
}

// ask sends a REST request with a token as curl does.
func (h *house) ask(address, verb, path, body, token string) (int, string) {
	h.t.Helper()
	r := must(http.NewRequestWithContext(h.t.Context(), verb, address+path, strings.NewReader(body)))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer := must(http.DefaultClient.Do(r))
	defer func() { _ = answer.Body.Close() }()
	return answer.StatusCode, string(must(io.ReadAll(answer.Body)))
}

// Who may do what through the beta is what the final generation says.
func TestBetaCallers(t *testing.T) {
	h := newHouse(t)
	address, conn := h.serve()
	must(h.dir.CreateProject(t.Context(), h.root, directory.NewProject{ID: "mail", OrgID: h.alpha, Name: "Mail"}))
	plain := h.userNamed("plain")
	_, stranger := h.machine(h.beta, "stranger")
	must(h.dir.AddMember(t.Context(), h.root, directory.Resource{Level: iam.LevelOrg, ID: h.beta}, h.userNamed("stranger"), []string{string(iam.OrgOwner)}))
	for _, tt := range []struct {
		call                         string
		nobody, plain, stranger, own int
	}{
		{`GET /v2beta/projects/mail`, 401, 404, 404, 200},
		{`POST /v2beta/projects {"organizationId":"` + h.alpha + `","name":"New"}`, 401, 403, 403, 200},
		{`POST /v2beta/projects/mail {"name":"Post"}`, 401, 403, 403, 200},
		{`POST /v2beta/projects/mail/roles {"roleKey":"reader"}`, 401, 403, 403, 200},
		{`POST /v2beta/projects/mail/roles/search`, 401, 404, 404, 200},
		{`POST /v2beta/authorizations {"userId":"` + plain + `","projectId":"mail","roleKeys":["reader"]}`, 401, 403, 403, 200},
		{`POST /v2beta/administrators {"userId":"` + plain + `","resource":{"projectId":"mail"},"roles":["PROJECT_OWNER"]}`, 401, 403, 403, 200},
		{`DELETE /v2beta/administrators/` + plain + `?resource.project_id=mail`, 401, 200, 403, 200},
		{`POST /v2beta/administrators {"userId":"` + plain + `","resource":{"instance":true},"roles":["IAM_OWNER"]}`, 401, 403, 403, 403},
		{`DELETE /v2beta/projects/mail`, 401, 403, 403, 200},
	} {
		verb, rest, _ := strings.Cut(tt.call, " ")
		path, body, _ := strings.Cut(rest, " ")
		for i, token := range []string{"", h.plainToken, stranger, h.ownerToken} {
			want := []int{tt.nobody, tt.plain, tt.stranger, tt.own}[i]
			if got, answer := h.ask(address, verb, path, body, token); got != want {
				t.Errorf("%s as caller %d: %d %s, want %d", tt.call, i, got, answer, want)
			}
		}
	}

	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+h.ownerToken)
	projects := project.NewProjectServiceClient(conn)
	made := must(projects.CreateProject(ctx, &project.CreateProjectRequest{OrganizationId: h.alpha, Name: "Over gRPC", Admins: []*project.CreateProjectRequest_Admin{{UserId: plain}}}))
	got := must(projects.GetProject(ctx, &project.GetProjectRequest{Id: made.GetId()})).GetProject()
	if got.GetName() != "Over gRPC" || got.GetId() != made.GetId() || got.GetOrganizationId() != h.alpha || got.GetState() != project.ProjectState_PROJECT_STATE_ACTIVE {
		t.Errorf("got %v", got)
	}
	managers := must(permission.NewInternalPermissionServiceClient(conn).ListAdministrators(ctx, &permission.ListAdministratorsRequest{
		Filters: []*permission.AdministratorSearchFilter{{Filter: &permission.AdministratorSearchFilter_Resource{
			Resource: &permission.ResourceFilter{Resource: &permission.ResourceFilter_ProjectId{ProjectId: made.GetId()}},
		}}},
	})).GetAdministrators()
	if len(managers) != 1 || managers[0].GetUser().GetId() != plain || managers[0].GetRoles()[0] != "PROJECT_OWNER" {
		t.Errorf("the managers are %v", managers)
	}
}
