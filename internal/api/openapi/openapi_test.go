package openapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2beta"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func methodOf(file protoreflect.FileDescriptor, name protoreflect.Name) protoreflect.MethodDescriptor {
	return file.Services().Get(0).Methods().ByName(name)
}

func v1(name protoreflect.Name) protoreflect.MethodDescriptor {
	return methodOf(management.File_zitadel_management_proto, name)
}

// sample is a surface with one of each kind.
func sample() []Operation {
	beta := func(name protoreflect.Name) protoreflect.MethodDescriptor {
		return methodOf(permission.File_zitadel_internal_permission_v2beta_internal_permission_service_proto, name)
	}
	return []Operation{
		{Method: v1("Healthz"), Verb: "GET", Path: "/management/v1/healthz", Success: 200, Public: true},
		{Method: v1("RemoveUser"), Verb: "DELETE", Path: "/management/v1/users/{id}", Success: 200, InOrg: true},
		{Method: v1("UpdateUserName"), Verb: "PUT", Path: "/management/v1/users/{user_id}", HasBody: true, Success: 200, InOrg: true},
		{Method: v1("UpdateProjectRole"), Verb: "PUT", Path: "/projects/{project_id}/roles/{role_key=**}", HasBody: true, Success: 201},
		{Method: v1("ListUsers"), Verb: "POST", Path: "/management/v1/users/_search", HasBody: true, Success: 200},
		{Method: v1("ListUsers"), Verb: "POST", Path: "/users", HasBody: true, Success: 200},
		{Method: beta("DeleteAdministrator"), Verb: "DELETE", Path: "/v2beta/administrators/{user_id}", Success: 200},
		{Method: beta("ListAdministrators")},
	}
}

func TestDocument(t *testing.T) {
	text, err := newSurface(sample()).document()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Parameters  []struct{ Name, In, Description string }
			RequestBody *struct {
				Content map[string]struct {
					Schema struct {
						Ref        string `json:"$ref"`
						Properties map[string]struct{ MaxLength int }
					}
				}
			}
			Responses map[string]any
			Security  *[]any
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	user := d.Paths["/management/v1/users/{id}"]
	if len(d.Paths) != 6 || len(user) != 2 || d.Paths["/management/v1/users/{user_id}"] != nil {
		t.Errorf("one path has two names: %v", d.Paths)
	}
	put := user["put"]
	if schema := put.RequestBody.Content["application/json"].Schema; len(schema.Properties) != 1 || schema.Properties["userName"].MaxLength != 200 {
		t.Errorf("the body without what the path says: %+v", schema)
	}
	if put.Parameters[0].Name != "id" || put.Parameters[1].Name != "" {
		t.Errorf("the parameters are %+v", put.Parameters)
	}
	role := d.Paths["/projects/{project_id}/roles/{role_key}"]["put"]
	if role.Responses["201"] == nil || !strings.Contains(role.Parameters[1].Description, "slashes") {
		t.Errorf("the role is %+v", role)
	}
	if health := d.Paths["/management/v1/healthz"]["get"]; health.Security == nil || len(*health.Security) != 0 || health.RequestBody != nil {
		t.Errorf("what is public: %+v", health)
	}
	a, b := d.Paths["/users"]["post"], d.Paths["/management/v1/users/_search"]["post"]
	if a.OperationID == b.OperationID || a.RequestBody.Content["application/json"].Schema.Ref != "#/components/schemas/zitadel.management.v1.ListUsersRequest" {
		t.Errorf("two paths of one method: %+v, %+v", a, b)
	}
	var names []string
	for _, p := range d.Paths["/v2beta/administrators/{user_id}"]["delete"].Parameters {
		names = append(names, p.In+" "+p.Name)
	}
	want := []string{
		"path user_id", "query resource.instance", "query resource.organizationId", "query resource.projectId",
		"query resource.projectGrant.projectId", "query resource.projectGrant.organizationId",
	}
	if !slices.Equal(names, want) {
		t.Errorf("the query is %v", names)
	}
}

func TestWords(t *testing.T) {
	s := newSurface(sample())
	if s.services[0].title != "Administrators v2beta" || s.services[1].title != "Management v1" {
		t.Errorf("the services are %q and %q", s.services[0].title, s.services[1].title)
	}
	for name, want := range map[protoreflect.Name]string{
		"GetUserByID": "Get user by ID", "AddOIDCApp": "Add OIDC app", "BulkAddProjectRoles": "Bulk add project roles",
	} {
		o := &operation{Operation: Operation{Method: v1(name)}}
		if got := o.summary(); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, one := range s.services {
		for _, o := range one.operations {
			if o.rpc && (o.path != "/zitadel.internal_permission.v2beta.InternalPermissionService/ListAdministrators" || !o.takesBody()) {
				t.Errorf("without a REST path: %+v", o)
			}
		}
	}
}

func TestPage(t *testing.T) {
	w := httptest.NewRecorder()
	Handler(sample()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/openapi/zitadel.management.v1.ManagementService", nil))
	for _, want := range []string{
		`curl -H &#34;Authorization: Bearer $TOKEN&#34; -X DELETE &#34;$LATCHKEY_URL/management/v1/users/$id&#34;`,
		`id="zitadel.user.v1.SearchQuery"`, "At most one of userNameQuery,", "at most 200 characters", "USER_STATE_LOCKED", "everyone", "x-zitadel-orgid",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}
