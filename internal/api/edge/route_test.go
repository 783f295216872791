package edge

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	userv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

func newEdge(t testing.TB) *edge {
	t.Helper()
	server := grpc.NewServer()
	management.RegisterManagementServiceServer(server, managementServer{})
	userv2.RegisterUserServiceServer(server, userv2.UnimplementedUserServiceServer{})
	t.Cleanup(server.Stop)
	handler, err := New(server, Config{MaxRequestBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return handler.(*edge)
}

func TestHandles(t *testing.T) {
	e := newEdge(t)
	if len(e.procedures) < 300 {
		t.Fatalf("only %d procedures", len(e.procedures))
	}
	for path := range e.procedures {
		if !Handles(httptest.NewRequest("POST", path, nil)) {
			t.Errorf("%s is not handled", path)
		}
	}
	var walk func(n *node, path string)
	walk = func(n *node, path string) {
		if len(n.routes) > 0 && !Handles(httptest.NewRequest("GET", path, nil)) {
			t.Errorf("%s is not handled", path)
		}
		for segment, next := range n.literals {
			walk(next, path+"/"+segment)
		}
		for _, next := range []*node{n.variable, n.rest} {
			if next != nil {
				walk(next, path+"/x")
			}
		}
	}
	walk(&e.routes, "")
	for path, want := range map[string]bool{
		"/": false, "/oauth/v2/token": false, "/.well-known/openid-configuration": false, "/ui/": false, "/oidc/v1/userinfo": false,
		"/management/v1/projects/1/roles/a//b": true, "/grpc.health.v1.Health/Check": true,
	} {
		if got := Handles(httptest.NewRequest("POST", path, nil)); got != want {
			t.Errorf("%s: handled %t, want %t", path, got, want)
		}
	}
	r := httptest.NewRequest("POST", "/any.Service/Method", nil)
	r.Header.Set("Content-Type", "application/grpc+proto")
	if !Handles(r) {
		t.Error("gRPC is not handled")
	}
}

func TestAddRefusesPatterns(t *testing.T) {
	request := (&management.UpdateProjectRoleRequest{}).ProtoReflect().Type()
	for _, pattern := range []string{"", "roles", "/a//b", "/a:b", "/a/*", "/{nope}", "/{role_key=**}/b", "/{role_key=a/*}", "/{role_key=*}"} {
		if err := new(node).add("GET", pattern, &route{procedure: &procedure{input: request}}); err == nil {
			t.Errorf("%q is taken", pattern)
		}
	}
	var root node
	for i, pattern := range []string{"/a/{role_key}", "/a/{project_id}"} {
		err := root.add("GET", pattern, &route{procedure: &procedure{input: request}})
		if (err != nil) != (i == 1) {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

func TestLimit(t *testing.T) {
	e := newEdge(t)
	for size, want := range map[int]int{998: 200, 999: 413} {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest("POST", "/management/v1/users/_search", strings.NewReader("{}"+strings.Repeat(" ", size))))
		if w.Code != want {
			t.Errorf("body of %d bytes: %d, want %d", size+2, w.Code, want)
		}
	}
}

// FuzzFind checks that a variable of a found route holds what the path says.
func FuzzFind(f *testing.F) {
	e := newEdge(f)
	for _, seed := range []string{"reader", "a/b", "a:b", "%", "..", "ü", "", "_bulk", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		for _, path := range []string{"/management/v1/projects/1/roles/" + url.PathEscape(key), "/management/v1/users/1/metadata/" + url.PathEscape(key)} {
			route, vars, _ := e.routes.find("DELETE", path)
			switch {
			case key == "":
				if route != nil {
					t.Errorf("%s leads to %s", path, route.path)
				}
			case strings.HasSuffix(path, "metadata/_bulk"):
			case route == nil || len(vars) != 2 || vars[1] != key:
				t.Errorf("%s has %q", path, vars)
			}
			e.routes.find("DELETE", "/management/v1/projects/"+key) // any bytes, without a panic
		}
	})
}

// FuzzQuery checks that text in a query becomes the field's value as it is, or is refused for what it is not.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"a b", "a+b", "%", "ü&x=1;", `"\`, "\x00", "\xff", ""} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, value, raw string) {
		in := &userv2.DeleteUserMetadataRequest{}
		err := setQuery(in, url.Values{"userId": {value}, "keys": {"a", value}, value: {"x"}}.Encode())
		switch {
		case !utf8.ValidString(value):
			if err == nil {
				t.Errorf("%q is taken", value)
			}
		case value == "user_id" || value == "userId" || value == "keys": // more values for the same field
		case err != nil || in.GetUserId() != value || len(in.GetKeys()) != 2 || in.GetKeys()[1] != value:
			t.Errorf("%q became %v: %v", value, in, err)
		}
		_ = setQuery(&userv2.ListAuthenticationMethodTypesRequest{}, raw) // any bytes, without a panic
	})
}

// FuzzREST checks that no stranger's bytes are the server's fault, whatever they are.
func FuzzREST(f *testing.F) {
	e := newEdge(f)
	f.Add("query.limit=1&x=2", []byte(`{"query":{"limit":"5"},"queries":[{"userNameQuery":{"userName":"g"}}]}`))
	f.Add("userName=%ff;", []byte(`{"query":`))
	f.Add("", []byte("\"\xff\""))
	f.Fuzz(func(t *testing.T, query string, body []byte) {
		for _, target := range []string{"POST /management/v1/users/_search", "GET /management/v1/users/_is_unique", "POST /zitadel.management.v1.ManagementService/ListUsers"} {
			verb, path, _ := strings.Cut(target, " ")
			r := httptest.NewRequest(verb, path, strings.NewReader(string(body)))
			r.URL.RawQuery = query
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			if w.Code >= 500 && w.Code != 501 || !utf8.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %d %q", target, w.Code, w.Body)
			}
		}
	})
}

// FuzzJSON checks that a body that is taken survives a round trip, and that one that is not is not repeated.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"userName":"g","accessTokenType":"ACCESS_TOKEN_TYPE_JWT"}`))
	f.Add([]byte(`{"userName":12345678}`))
	f.Add([]byte(`{"a":[[{}]]`))
	f.Add([]byte(`{"a":1,"accessTokenType":"ACCESS"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		message := &management.AddMachineUserRequest{}
		if err := decodeJSON(body, message); err != nil {
			for _, word := range strings.FieldsFunc(string(body), func(r rune) bool { return strings.ContainsRune(" \t\r\n{}[]:,\"", r) }) {
				known := message.ProtoReflect().Descriptor().Fields().ByJSONName(word) != nil
				if len(word) > 12 && !known && strings.Contains(err.Error(), word) {
					t.Errorf("the error %q repeats %q", err, word)
				}
			}
			return
		}
		text, err := encodeJSON(nil, message)
		if err != nil {
			t.Fatal(err)
		}
		again := &management.AddMachineUserRequest{}
		if err := decodeJSON(text, again); err != nil || !proto.Equal(message, again) {
			t.Errorf("%s became %v: %v", text, again, err)
		}
	})
}
