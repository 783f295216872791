package test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// answered is what a call came to, its body as JSON.
type answered struct {
	code codes.Code
	body string
}

// transport calls a method with JSON. Where the protocol has no form for the
// method it takes another, and says that it did not carry it.
type transport func(t *testing.T, method, request, token, org string) (a answered, carried bool)

const (
	overGRPC    = "gRPC"
	overREST    = "REST"
	overConnect = "Connect"
)

func transports() map[string]func(*testing.T, *node) transport {
	return map[string]func(*testing.T, *node) transport{
		overGRPC: dialGRPC, overConnect: dialConnect, overREST: dialREST,
	}
}

func descriptorOf(t *testing.T, method string) protoreflect.MethodDescriptor {
	t.Helper()
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(method, "/", ".")))
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return d.(protoreflect.MethodDescriptor)
}

func newMessage(t *testing.T, d protoreflect.MessageDescriptor) proto.Message {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		t.Fatal(err)
	}
	return kind.New().Interface()
}

func dialGRPC(t *testing.T, n *node) transport {
	conn, err := grpc.NewClient(n.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return func(t *testing.T, method, request, token, org string) (answered, bool) {
		t.Helper()
		d := descriptorOf(t, method)
		in, out := newMessage(t, d.Input()), newMessage(t, d.Output())
		if err := protojson.Unmarshal([]byte(request), in); err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		md := metadata.MD{}
		if token != "" {
			md.Set("authorization", "Bearer "+token)
		}
		if org != "" {
			md.Set("x-zitadel-orgid", org)
		}
		err := conn.Invoke(metadata.NewOutgoingContext(t.Context(), md), "/"+method, in, out)
		if err != nil {
			return answered{status.Code(err), status.Convert(err).Message()}, true
		}
		return answered{codes.OK, protojson.Format(out)}, true
	}
}

func dialConnect(_ *testing.T, n *node) transport {
	return func(t *testing.T, method, request, token, org string) (answered, bool) {
		t.Helper()
		return send(t, http.MethodPost, n.Base+"/"+method, request, token, org), true
	}
}

func dialREST(t *testing.T, n *node) transport {
	connect := dialConnect(t, n)
	return func(t *testing.T, method, request, token, org string) (answered, bool) {
		t.Helper()
		rule := restRule(method)
		if rule == nil {
			a, _ := connect(t, method, request, token, org)
			return a, false
		}
		verb, path, body := restForm(t, method, rule, request)
		return send(t, verb, n.Base+path, body, token, org), true
	}
}

// restRule is the annotation of a method for REST, or nil.
func restRule(method string) *annotations.HttpRule {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(method, "/", ".")))
	if err != nil {
		return nil
	}
	rule, _ := proto.GetExtension(d.Options(), annotations.E_Http).(*annotations.HttpRule)
	return rule
}

var pathVariable = regexp.MustCompile(`\{([\w.]+)(=[^}]*)?\}`)

// restForm is a request in REST: what the path names leaves the body; where no
// body is taken the rest goes into the query.
func restForm(t *testing.T, method string, rule *annotations.HttpRule, request string) (verb, path, body string) {
	t.Helper()
	for v, p := range map[string]string{
		http.MethodGet: rule.GetGet(), http.MethodPut: rule.GetPut(), http.MethodPost: rule.GetPost(),
		http.MethodDelete: rule.GetDelete(), http.MethodPatch: rule.GetPatch(),
	} {
		if p != "" {
			verb, path = v, p
		}
	}
	prefix := map[string]string{
		"zitadel.management.v1.ManagementService": "/management/v1",
		"zitadel.admin.v1.AdminService":           "/admin/v1",
		"zitadel.auth.v1.AuthService":             "/auth/v1",
	}[method[:strings.IndexByte(method, '/')]]
	var fields map[string]any
	if err := json.Unmarshal([]byte(request), &fields); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	input := descriptorOf(t, method).Input()
	path = prefix + pathVariable.ReplaceAllStringFunc(path, func(v string) string {
		name := pathVariable.FindStringSubmatch(v)[1]
		key := input.Fields().ByName(protoreflect.Name(name)).JSONName()
		value, _ := fields[key].(string)
		delete(fields, key)
		return url.PathEscape(value)
	})
	if rule.GetBody() != "" {
		text, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		return verb, path, string(text)
	}
	query := url.Values{}
	flatten(query, "", fields)
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return verb, path, ""
}

// flatten writes JSON as query parameters with dotted names.
func flatten(query url.Values, name string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			flatten(query, strings.TrimPrefix(name+"."+key, "."), inner)
		}
	case []any:
		for _, inner := range v {
			flatten(query, name, inner)
		}
	case string:
		query.Add(name, v)
	default:
		text, _ := json.Marshal(v)
		query.Add(name, string(text))
	}
}

func send(t *testing.T, verb, address, body, token, org string) answered {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), verb, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if org != "" {
		r.Header.Set("X-Zitadel-Orgid", org)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode/100 == 2 {
		return answered{codes.OK, string(text)}
	}
	var fault struct{ Code json.RawMessage }
	a := answered{codes.Unknown, string(text)}
	if json.Unmarshal(text, &fault) == nil {
		// REST has the number, Connect the name.
		_ = a.code.UnmarshalJSON([]byte(strings.ToUpper(string(fault.Code))))
	}
	return a
}
