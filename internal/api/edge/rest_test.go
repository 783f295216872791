package edge

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

// do sends a request and returns the answer with its body.
func do(t testing.TB, verb, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(verb, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// assertJSON checks the status and the body of an answer, and what all answers have in common.
func assertJSON(t *testing.T, response *http.Response, got string, status int, want string) {
	t.Helper()
	if response.StatusCode != status || got != want {
		t.Errorf("answer %d %s, want %d %s", response.StatusCode, got, status, want)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache",
	} {
		if got := response.Header.Get(name); got != value {
			t.Errorf("header %s is %q, want %q", name, got, value)
		}
	}
	if at, err := http.ParseTime(response.Header.Get("Expires")); err != nil || at.After(time.Now()) {
		t.Errorf("header Expires is %q", response.Header.Get("Expires"))
	}
}

// TestRESTRequests checks which method a request finds and what message it becomes.
func TestRESTRequests(t *testing.T) {
	f := newFixture(t)
	const m = "/management/v1"
	for _, c := range []struct{ name, verb, path, body, method, request string }{
		{"variable", "GET", m + "/users/17", "", "GetUserByID", `{"id":"17"}`},
		{"literal before variable", "GET", m + "/users/_is_unique?userName=gigi&email=a%40b", "", "IsUserUnique", `{"userName":"gigi","email":"a@b"}`},
		{"snake case in a query", "GET", m + "/users/_is_unique?user_name=gigi", "", "IsUserUnique", `{"userName":"gigi"}`},
		{"unknown query parameter", "GET", m + "/users/17?whatever=1&a.b.c=2", "", "GetUserByID", `{"id":"17"}`},
		{"path before query", "GET", m + "/users/17?id=18", "", "GetUserByID", `{"id":"17"}`},
		{"nested and oneof in a query", "GET", "/v2/settings/login?ctx.orgId=o1", "", "GetLoginSettings", `{"ctx":{"orgId":"o1"}}`},
		{"bool in a query", "GET", "/v2/settings/login?ctx.instance=true", "", "GetLoginSettings", `{"ctx":{"instance":true}}`},
		{"delete with a body", "DELETE", m + "/users/17/metadata/_bulk", `{"keys":["a"]}`, "BulkRemoveUserMetadata", `{"id":"17","keys":["a"]}`},
		{"delete, variable beside a literal", "DELETE", m + "/users/17/metadata/a%2Fb", "", "RemoveUserMetadata", `{"id":"17","key":"a/b"}`},
		{"post, literal beside a variable", "POST", m + "/users/17/metadata/_bulk", `{}`, "BulkSetUserMetadata", `{"id":"17"}`},
		{"verb that only the variable has", "GET", m + "/users/17/metadata/_bulk", "", "GetUserMetadata", `{"id":"17","key":"_bulk"}`},
		{"v2 literal", "POST", "/v2/users/human", `{"username":"g"}`, "AddHumanUser", `{"username":"g"}`},
		{"v2 variable", "GET", "/v2/users/human", "", "GetUserByID", `{"userId":"human"}`},
		{"role key", "PUT", m + "/projects/1/roles/reader", `{"displayName":"R"}`, "UpdateProjectRole", `{"projectId":"1","roleKey":"reader","displayName":"R"}`},
		{"role key with an escaped slash", "PUT", m + "/projects/1/roles/a%2Fb", `{}`, "UpdateProjectRole", `{"projectId":"1","roleKey":"a/b"}`},
		{"role key with a slash", "PUT", m + "/projects/1/roles/a/b", `{}`, "UpdateProjectRole", `{"projectId":"1","roleKey":"a/b"}`},
		{"role key of all sorts", "DELETE", m + "/projects/1/roles/a:b%20%25%C3%BC%2F/c", "", "RemoveProjectRole", `{"projectId":"1","roleKey":"a:b %ü//c"}`},
		{"colon in a variable", "GET", m + "/users/17/metadata/urn:x", "", "GetUserMetadata", `{"id":"17","key":"urn:x"}`},
		{"roles in bulk", "POST", m + "/projects/1/roles/_bulk", `{"roles":[{"key":"a"}]}`, "BulkAddProjectRoles", `{"projectId":"1","roles":[{"key":"a"}]}`},
		{"no body where the rule has none", "POST", m + "/orgs/members/roles/_search", "", "ListOrgMemberRoles", `{}`},
		{"empty object where the rule has none", "POST", m + "/orgs/members/roles/_search", "{}", "ListOrgMemberRoles", `{}`},
		{"instance member roles", "POST", "/admin/v1/members/roles/_search", "{}", "ListIAMMemberRoles", `{}`},
		{"health of management", "GET", m + "/healthz", "", "Healthz", `{}`},
		{"health of admin", "GET", "/admin/v1/healthz", "", "Healthz", `{}`},
		{"health of auth", "GET", "/auth/v1/healthz", "", "Healthz", `{}`},
		{"additional binding", "GET", "/admin/v1/text/default/message/passwordreset/de", "", "GetDefaultPasswordResetMessageText", `{"language":"de"}`},
		{"no body at all", "POST", m + "/users/_search", "", "ListUsers", `{}`},
		{"white space", "POST", m + "/users/_search", " \n", "ListUsers", `{}`},
		{"snake case, numbers as text, enum by number", "POST", m + "/users/_search", `{"query":{"offset":"5","limit":10},"sorting_column":1}`, "ListUsers", `{"query":{"offset":"5","limit":10},"sortingColumn":"USER_FIELD_NAME_USER_NAME"}`},
		{"unknown fields", "POST", m + "/users/_search", `{"nope":{"a":[1,null]},"query":{"asc":true,"x":1}}`, "ListUsers", `{"query":{"asc":true}}`},
		{"null field", "POST", m + "/users/_search", `{"query":null}`, "ListUsers", `{}`},
		{"plus in a path", "GET", m + "/users/17/metadata/a+b", "", "GetUserMetadata", `{"id":"17","key":"a+b"}`},
		{"plus in a query", "GET", m + "/users/_is_unique?userName=a+b", "", "IsUserUnique", `{"userName":"a b"}`},
		{"role key with dots", "PUT", m + "/projects/1/roles/team.a/../b", `{}`, "UpdateProjectRole", `{"projectId":"1","roleKey":"team.a/../b"}`},
		{"delete with a repeated parameter", "DELETE", "/v2/users/17/metadata?keys=a&keys=b%26", "", "DeleteUserMetadata", `{"userId":"17","keys":["a","b&"]}`},
		{"delete ignores a body", "DELETE", "/v2/users/17/metadata?keys=a", `{"keys":["b"]}`, "DeleteUserMetadata", `{"userId":"17","keys":["a"]}`},
		{"enum in a path", "DELETE", m + "/policies/login/second_factors/SECOND_FACTOR_TYPE_OTP", "", "RemoveSecondFactorFromLoginPolicy", `{"type":"SECOND_FACTOR_TYPE_OTP"}`},
		{"enum in a path by number", "DELETE", m + "/policies/login/second_factors/1", "", "RemoveSecondFactorFromLoginPolicy", `{"type":"SECOND_FACTOR_TYPE_OTP"}`},
		{"uint64 in a path", "DELETE", "/admin/v1/failedevents/db/view/18446744073709551615", "", "RemoveFailedEvent", `{"database":"db","viewName":"view","failedSequence":"18446744073709551615"}`},
		{"query where a post has no body", "POST", "/v2beta/projects/1/roles/search?pagination.limit=5&pagination.asc=1&sorting_column=PROJECT_ROLE_FIELD_NAME_KEY", "", "ListProjectRoles", `{"projectId":"1","pagination":{"limit":5,"asc":true},"sortingColumn":"PROJECT_ROLE_FIELD_NAME_KEY"}`},
		{"conditions where the rule has no body", "POST", "/v2beta/projects/1/roles/search?pagination.limit=5", "\n {\"projectId\":\"2\",\"pagination\":{\"asc\":true}}", "ListProjectRoles", `{"projectId":"1","pagination":{"limit":5,"asc":true}}`},
		{"something else where the rule has no body", "POST", "/v2beta/projects/1/roles/search", "hello", "ListProjectRoles", `{"projectId":"1"}`},
		{"numbers of all sorts", "POST", m + "/users/_search", `{"query":{"offset":5,"limit":1e1}}`, "ListUsers", `{"query":{"offset":"5","limit":10}}`},
		{"unknown number of an enum", "POST", m + "/users/_search", `{"sortingColumn":99}`, "ListUsers", `{"sortingColumn":99}`},
		{"time", "POST", m + "/users/17/keys", `{"expirationDate":"2030-01-02T03:04:05.123456789+02:00"}`, "AddMachineKey", `{"userId":"17","expirationDate":"2030-01-02T01:04:05.123456789Z"}`},
		{"duration", "POST", m + "/policies/login", `{"passwordCheckLifetime":"1.5s","mfaInitSkipLifetime":"43200s"}`, "AddCustomLoginPolicy", `{"passwordCheckLifetime":"1.500s","mfaInitSkipLifetime":"43200s"}`},
		{"bytes", "POST", m + "/users/17/metadata/k", `{"value":"+/8="}`, "SetUserMetadata", `{"id":"17","key":"k","value":"+/8="}`},
		{"bytes without padding", "POST", m + "/users/17/metadata/k", `{"value":"+/8"}`, "SetUserMetadata", `{"id":"17","key":"k","value":"+/8="}`},
		{"bytes for URLs", "POST", m + "/users/17/metadata/k", `{"value":"-_8="}`, "SetUserMetadata", `{"id":"17","key":"k","value":"+/8="}`},
		{"bytes for URLs without padding", "POST", m + "/users/17/metadata/k", `{"value":"-_8"}`, "SetUserMetadata", `{"id":"17","key":"k","value":"+/8="}`},
		{"path before body", "PUT", m + "/users/17/machine", `{"userId":"18","name":"n"}`, "UpdateMachine", `{"userId":"17","name":"n"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			response, body := do(t, c.verb, f.url+c.path, c.body)
			calls, method, request, _ := f.seen()
			if calls != 1 || method != c.method || request != c.request {
				t.Errorf("%d calls, %s %s, want %s %s; answer %d %s", calls, method, request, c.method, c.request, response.StatusCode, body)
			}
		})
	}
}

// TestRESTRefusals checks requests that must not become a call.
func TestRESTRefusals(t *testing.T) {
	f := newFixture(t)
	const m, secret = "/management/v1", "hunter2"
	bad := func(message string) string { return `{"code":3,"message":"` + message + `"}` }
	for _, c := range []struct {
		name, verb, path, body string
		status                 int
		want                   string
	}{
		{"unknown path", "GET", "/nowhere", "", 404, `{"code":5,"message":"Not Found"}`},
		{"unknown path below a service", "GET", m + "/nowhere/17", "", 404, `{"code":5,"message":"Not Found"}`},
		{"unknown procedure", "POST", "/zitadel.user.v2.UserService/Nope", "{}", 404, `{"code":5,"message":"Not Found"}`},
		{"empty variable", "GET", m + "/users/", "", 404, `{"code":5,"message":"Not Found"}`},
		{"unknown verb", "PATCH", m + "/users/17", "", 405, `{"code":12,"message":"Method Not Allowed"}`},
		{"wrong verb of a procedure", "GET", "/zitadel.user.v2.UserService/GetUserByID", "", 405, `{"code":12,"message":"Method Not Allowed"}`},
		{"no JSON", "POST", m + "/users/_search", secret, 400, bad("invalid JSON body at line 1, column 1")},
		{"half of JSON", "POST", m + "/users/_search", `{"query":{`, 400, bad("invalid JSON body: it ends too early")},
		{"null", "POST", m + "/users/_search", `null`, 400, bad("invalid JSON body at line 1, column 1: unexpected token")},
		{"array", "POST", m + "/users/_search", `["hunter2"]`, 400, bad("invalid JSON body at line 1, column 1: unexpected token")},
		{"two values", "POST", m + "/users/_search", `{} "hunter2"`, 400, bad("invalid JSON body at line 1, column 4: unexpected token")},
		{"number for text", "POST", m + "/users/machine", `{"userName":1234567}`, 400, bad("invalid JSON body at line 1, column 13: invalid value for string field userName")},
		{"text for a number", "POST", m + "/users/_search", "{\n\"query\":{\"limit\":\"hunter2\"}}", 400, bad("invalid JSON body at line 2, column 18: invalid value for uint32 field limit")},
		{"text for an object", "POST", m + "/users/_search", `{"query":"hunter2"}`, 400, bad("invalid JSON body at line 1, column 10: unexpected token")},
		{"bad time", "POST", m + "/users/17/keys", `{"expirationDate":"hunter2"}`, 400, bad("invalid JSON body at line 1, column 19: invalid google.protobuf.Timestamp")},
		{"time out of range", "POST", m + "/users/17/keys", `{"expirationDate":"0000-01-01T00:00:00Z"}`, 400, bad("invalid JSON body at line 1, column 19: google.protobuf.Timestamp out of range")},
		{"field twice", "POST", m + "/users/machine", `{"name":"a","name":"hunter2"}`, 400, bad("invalid JSON body at line 1, column 13: duplicate field")},
		{"oneof twice", "POST", "/v2/organizations", `{"admins":[{"userId":"a","human":{}}]}`, 400, bad("invalid JSON body at line 1, column 26: more than one value for zitadel.org.v2.AddOrganizationRequest.Admin.user_type")},
		{"not UTF-8", "POST", m + "/users/machine", "{\"name\":\"hunter2\xff\"}", 400, bad("invalid JSON body at line 1, column 9: invalid UTF-8")},
		{"deep", "POST", m + "/users/_search", strings.Repeat(`{"x":`, 5000), 400, bad("invalid JSON body: nested too deeply")},
		{"deep arrays", "POST", m + "/users/_search", `{"queries":` + strings.Repeat(`[`, 500000), 400, bad("invalid JSON body at line 1, column 13: unexpected token")},
		{"deep unknown arrays", "POST", m + "/users/_search", `{"x":` + strings.Repeat(`[`, 500000), 400, bad("invalid JSON body: nested too deeply")},
		{"too large", "POST", m + "/users/_search", `{"x":"` + strings.Repeat("a", DefaultMaxRequestBytes) + `"}`, 413, `{"code":8,"message":"the request body has more than 1048576 bytes"}`},
		{"unknown name of an enum", "POST", m + "/users/machine", `{"accessTokenType":"hunter2"}`, 400, bad("invalid JSON body at line 1, column 20: invalid value for enum field accessTokenType")},
		{"the same after an unknown field", "POST", m + "/users/machine", `{"x":1,"access_token_type":"hunter2"}`, 400, bad("invalid JSON body: invalid value for enum field accessTokenType")},
		{"the same in a list", "POST", m + "/users/_search", `{"x":1,"queries":[{"userNameQuery":{"userName":"a","method":"hunter2"}}]}`, 400, bad("invalid JSON body: invalid value for enum field method")},
		{"bad enum in a path", "DELETE", m + "/policies/login/second_factors/hunter2", "", 400, bad("path parameter type: it is not a valid enum")},
		{"bad enum in a query", "POST", "/v2beta/projects/1/roles/search?sortingColumn=hunter2", "", 400, bad("query parameter sortingColumn: it is not a valid enum")},
		{"bad duration", "POST", m + "/policies/login", `{"passwordCheckLifetime":"hunter2"}`, 400, bad("invalid JSON body at line 1, column 26: invalid google.protobuf.Duration")},
		{"bad bytes", "POST", m + "/users/17/metadata/k", `{"value":"hunter2!"}`, 400, bad("invalid JSON body at line 1, column 10: invalid value for bytes field value")},
		{"slash at the end", "GET", m + "/users/17/", "", 404, `{"code":5,"message":"Not Found"}`},
		{"options", "OPTIONS", m + "/users/17", "", 405, `{"code":12,"message":"Method Not Allowed"}`},
		{"head", "HEAD", m + "/users/17", "", 405, ``},
		{"bad number in a query", "GET", "/v2/settings/login?ctx.instance=hunter2", "", 400, bad("query parameter ctx.instance: it is not a valid bool")},
		{"object in a query", "GET", "/v2/settings/login?ctx=hunter2", "", 400, bad("query parameter ctx: it is not a valid zitadel.object.v2.RequestContext")},
		{"two values in a query", "GET", "/v2/settings/login?ctx.orgId=hunter2&ctx.orgId=b", "", 400, bad("query parameter ctx.orgId: it may have only one value")},
		{"bad escape in a query", "GET", "/v2/settings/login?ctx.orgId=hunter2%zz", "", 400, bad("the query string is malformed")},
		{"query that is not UTF-8", "GET", "/v2/settings/login?ctx.orgId=hunter2%ff", "", 400, bad("query parameter ctx.orgId: it is not valid UTF-8")},
		{"path that is not UTF-8", "GET", m + "/users/hunter2%ff", "", 400, bad("path parameter id: it is not valid UTF-8")},
		{"not implemented", "GET", m + "/orgs/me", "", 501, `{"code":12,"message":"method GetMyOrg not implemented"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			response, body := do(t, c.verb, f.url+c.path, c.body)
			assertJSON(t, response, body, c.status, c.want)
			if calls, method, _, _ := f.seen(); calls != 0 && c.status != 501 {
				t.Errorf("it reached %s", method)
			}
		})
	}
	response, _ := do(t, "PATCH", f.url+m+"/users/_search", "")
	if allow := response.Header.Get("Allow"); allow != "GET, POST" && allow != "DELETE, GET, POST" {
		t.Errorf("Allow is %q", allow)
	}
	response, body := do(t, "POST", f.url+m+"/users/_search", "\x1f\x8b", "Content-Encoding", "gzip")
	assertJSON(t, response, body, 415, `{"code":12,"message":"compressed requests are not supported"}`)
	response, body = do(t, "GET", f.url+m+"/users/17", "", "X-Test-Bin", "hunter2!")
	assertJSON(t, response, body, 400, bad("the header X-Test-Bin is not base64"))
}

func TestRESTContentTypes(t *testing.T) {
	f := newFixture(t)
	for _, contentType := range []string{"", "application/json", "application/json; charset=UTF-8", "application/x-www-form-urlencoded", "text/plain"} {
		response, body := do(t, "POST", f.url+"/management/v1/projects/1/roles/_search", `{"query":{"limit":1}}`, "Content-Type", contentType)
		assertJSON(t, response, body, 200,
			`{"details":{"totalResult":"2"},"result":[{"key":"a/b","displayName":"<A & B>"},{"key":"reader"}]}`)
	}
}

func TestRESTAnswers(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		name, verb, path, body string
		status                 int
		want                   string
	}{
		{
			"uint64 is text, an enum a name, nothing without value", "GET", "/management/v1/users/17", "", 200,
			`{"user":{"id":"17","details":{"sequence":"18446744073709551615"},"state":"USER_STATE_ACTIVE","userName":"gigi@example.com"}}`,
		},
		{"empty list and zero total", "POST", "/management/v1/users/_search", "{}", 200, `{"details":{}}`},
		{"created", "POST", "/v2/organizations", `{"name":"A"}`, 201, `{"organizationId":"123456789012345678"}`},
		{"error without details", "GET", "/management/v1/users/plain", "", 404, `{"code":5,"message":"größer als 100%\n"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			response, body := do(t, c.verb, f.url+c.path, c.body)
			assertJSON(t, response, body, c.status, c.want)
		})
	}
}

func TestRESTErrorCodes(t *testing.T) {
	f := newFixture(t)
	for code, want := range map[codes.Code]int{
		codes.Canceled: 499, codes.Unknown: 500, codes.InvalidArgument: 400, codes.DeadlineExceeded: 504,
		codes.NotFound: 404, codes.AlreadyExists: 409, codes.PermissionDenied: 403, codes.ResourceExhausted: 429,
		codes.FailedPrecondition: 400, codes.Aborted: 409, codes.OutOfRange: 400, codes.Unimplemented: 501,
		codes.Internal: 500, codes.Unavailable: 503, codes.DataLoss: 500, codes.Unauthenticated: 401,
	} {
		t.Run(code.String(), func(t *testing.T) {
			response, body := do(t, "GET", f.url+"/management/v1/users/"+code.String(), "")
			assertJSON(t, response, body, want, fmt.Sprintf(`{"code":%d,"message":"käput: 100%% (TEST-0001)",`+
				`"details":[{"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"TEST-0001","message":"käput: 100%%"}]}`, code))
		})
	}
}

// TestStoppedServer checks the answer of a server that takes no calls any more.
func TestStoppedServer(t *testing.T) {
	f := newFixture(t)
	f.grpc.Stop()
	response, body := do(t, "GET", f.url+"/management/v1/users/17", "")
	assertJSON(t, response, body, 503, `{"code":14,"message":"the server is stopping"}`)
}
