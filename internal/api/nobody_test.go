package api

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// methods are all methods of all services that the server has.
func (h *house) methods() []protoreflect.MethodDescriptor {
	h.t.Helper()
	var out []protoreflect.MethodDescriptor
	for service, info := range h.server.GRPC().GetServiceInfo() {
		for _, m := range info.Methods {
			d := must(protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + "." + m.Name)))
			out = append(out, d.(protoreflect.MethodDescriptor))
		}
	}
	return out
}

func fullName(m protoreflect.MethodDescriptor) string {
	return "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
}

func TestPublicNamesMethodsThatExist(t *testing.T) {
	h := newHouse(t)
	public := Public()
	for _, m := range h.methods() {
		i := slices.Index(public, fullName(m))
		if i >= 0 {
			public = slices.Delete(public, i, i+1)
		} else if m.IsStreamingClient() || m.IsStreamingServer() {
			t.Errorf("%s is a stream that is not public: the interceptor proves no caller there", m.FullName())
		}
	}
	if len(public) > 0 {
		t.Errorf("public, but not there or named twice: %v", public)
	}
}

// Every method that is not public refuses nobody, and those who send no token
// that is good, in each protocol and at each of its paths.
func TestEveryMethodRefusesNobody(t *testing.T) {
	h := newHouse(t)
	address, conn := h.serve()
	paths := 0
	for _, m := range h.methods() {
		if slices.Contains(Public(), fullName(m)) {
			continue
		}
		err := conn.Invoke(t.Context(), fullName(m), dynamicpb.NewMessage(m.Input()), dynamicpb.NewMessage(m.Output()))
		if grpcstatus.Code(err) != codes.Unauthenticated {
			t.Errorf("gRPC %s: %v", m.FullName(), err)
		}
		for _, token := range []string{"", "Bearer garbage"} {
			h.wantUnauthenticated(address, http.MethodPost, fullName(m), token, `"unauthenticated"`)
			for _, rule := range rules(m) {
				paths++
				h.wantUnauthenticated(address, rule.verb, rule.path, token, `16`)
			}
		}
	}
	if paths < 300 {
		t.Errorf("only %d REST calls were tried", paths)
	}
}

// Public methods answer nobody.
func TestPublicMethodsAnswerNobody(t *testing.T) {
	h := newHouse(t)
	address, conn := h.serve()
	for _, m := range h.methods() {
		if !slices.Contains(Public(), fullName(m)) || m.IsStreamingClient() || m.IsStreamingServer() {
			continue
		}
		if err := conn.Invoke(t.Context(), fullName(m), dynamicpb.NewMessage(m.Input()), dynamicpb.NewMessage(m.Output())); err != nil {
			t.Errorf("gRPC %s: %v", m.FullName(), err)
		}
		for _, rule := range rules(m) {
			if status, body := h.send(address, rule.verb, rule.path, ""); status != http.StatusOK {
				t.Errorf("%s %s: %d %s", rule.verb, rule.path, status, body)
			}
		}
	}
}

type rule struct{ verb, path string }

var variable = regexp.MustCompile(`\{[^}]*\}`)

// rules are the REST paths of a method, with 1 for each variable.
func rules(m protoreflect.MethodDescriptor) []rule {
	first, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	if first == nil {
		return nil
	}
	prefix := map[string]string{
		"zitadel.management.v1.ManagementService": "/management/v1",
		"zitadel.admin.v1.AdminService":           "/admin/v1",
		"zitadel.auth.v1.AuthService":             "/auth/v1",
	}[string(m.Parent().FullName())]
	var out []rule
	for _, r := range append([]*annotations.HttpRule{first}, first.GetAdditionalBindings()...) {
		for verb, pattern := range map[string]string{
			http.MethodGet: r.GetGet(), http.MethodPut: r.GetPut(), http.MethodPost: r.GetPost(),
			http.MethodDelete: r.GetDelete(), http.MethodPatch: r.GetPatch(),
		} {
			if pattern != "" {
				out = append(out, rule{verb, prefix + variable.ReplaceAllString(pattern, "1")})
			}
		}
	}
	return out
}

func (h *house) send(address, verb, path, token string) (int, string) {
	h.t.Helper()
	r := must(http.NewRequestWithContext(h.t.Context(), verb, address+path, strings.NewReader("{}")))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	answer := must(http.DefaultClient.Do(r))
	defer func() { _ = answer.Body.Close() }()
	return answer.StatusCode, string(must(io.ReadAll(answer.Body)))
}

func (h *house) wantUnauthenticated(address, verb, path, token, code string) {
	h.t.Helper()
	status, body := h.send(address, verb, path, token)
	var got struct{ Code json.RawMessage }
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusUnauthorized || string(got.Code) != code {
		h.t.Errorf("%s %s as %q: %d %s", verb, path, token, status, body)
	}
}
