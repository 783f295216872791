package edge

import (
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	projectv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const createProject = "/zitadel.project.v2.ProjectService/CreateProject"

func dial(t *testing.T, f *fixture) *grpc.ClientConn {
	t.Helper()
	connection, err := grpc.NewClient(f.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

func encode(t *testing.T, message proto.Message) string {
	t.Helper()
	bin, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return string(bin)
}

func frame(message string) string {
	return string(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))) + message
}

func TestGRPC(t *testing.T) {
	f := newFixture(t)
	connection := dial(t, f)
	client := projectv2.NewProjectServiceClient(connection)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer t", "x-zitadel-orgid", "17")

	var header metadata.MD
	response, err := client.CreateProject(ctx, &projectv2.CreateProjectRequest{Name: "p"}, grpc.Header(&header))
	if err != nil || response.GetProjectId() != "p" {
		t.Fatal(response, err)
	}
	if got := strings.Join(append(header.Get("cache-control"), header.Get("pragma")...), " "); got != "no-store no-cache" {
		t.Errorf("caching: %s", got)
	}
	if at, err := http.ParseTime(strings.Join(header.Get("expires"), ",")); err != nil || at.After(time.Now()) {
		t.Errorf("expires: %q", header.Get("expires"))
	}
	_, _, _, md := f.seen()
	if got := strings.Join(append(md.Get("authorization"), md.Get("x-zitadel-orgid")...), "|"); got != "Bearer t|17" {
		t.Errorf("metadata: %s", got)
	}
	_, err = client.CreateProject(ctx, &projectv2.CreateProjectRequest{})
	if s := status.Convert(err); s.Code() != codes.NotFound || s.Message() != "no name (TEST-0002)" || len(s.Details()) != 1 {
		t.Errorf("error: %v %v", s, s.Details())
	}
	err = connection.Invoke(ctx, "/zitadel.nothing.v2.NothingService/Get", &projectv2.CreateProjectRequest{}, &projectv2.CreateProjectResponse{})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("unknown service: %v", err)
	}
	health, err := grpc_health_v1.NewHealthClient(connection).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err != nil || health.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("health: %v %v", health, err)
	}
}

func TestReflection(t *testing.T) {
	f := newFixture(t)
	connection := dial(t, f)
	v1, err := grpc_reflection_v1.NewServerReflectionClient(connection).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := v1.Send(&grpc_reflection_v1.ServerReflectionRequest{MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	if answer, err := v1.Recv(); err != nil || len(answer.GetListServicesResponse().GetService()) != len(f.grpc.GetServiceInfo()) {
		t.Errorf("v1: %v %v", answer, err)
	}
	alpha, err := grpc_reflection_v1alpha.NewServerReflectionClient(connection).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := alpha.Send(&grpc_reflection_v1alpha.ServerReflectionRequest{MessageRequest: &grpc_reflection_v1alpha.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	if answer, err := alpha.Recv(); err != nil || len(answer.GetListServicesResponse().GetService()) == 0 {
		t.Errorf("v1alpha: %v %v", answer, err)
	}
	response, body := do(t, "POST", f.url+"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "{}")
	assertJSON(t, response, body, 501, `{"code":"unimplemented","message":"this method is available through gRPC only"}`)
}

func TestConnectJSON(t *testing.T) {
	f := newFixture(t)
	url := f.url + createProject
	for _, header := range [][]string{
		nil,
		{"Content-Type", "application/json"},
		{"Content-Type", "application/json; charset=UTF-8"},
		{"Content-Type", "application/json", "Connect-Protocol-Version", "1"},
		{"Connect-Protocol-Version", "1", "Connect-Timeout-Ms", "5000"},
	} {
		response, body := do(t, "POST", url, `{"name":"p","organization_id":"o","unknown":1}`, header...)
		assertJSON(t, response, body, 200, `{"projectId":"p"}`)
		if _, _, request, _ := f.seen(); request != `{"organizationId":"o","name":"p"}` {
			t.Errorf("%v: request %s", header, request)
		}
	}
	for _, body := range []string{"", " ", "{}"} {
		response, got := do(t, "POST", url, body)
		assertJSON(t, response, got, 404, `{"code":"not_found","message":"no name (TEST-0002)","details":[{"type":"zitadel.v1.ErrorDetail",`+
			`"value":"`+base64.RawStdEncoding.EncodeToString([]byte("\n\x09TEST-0002\x12\x07no name"))+`","debug":{"id":"TEST-0002","message":"no name"}}]}`)
	}
	response, body := do(t, "POST", f.url+"/zitadel.management.v1.ManagementService/ListUsers", `{}`)
	assertJSON(t, response, body, 200, `{"details":{}}`)
}

func TestConnectProto(t *testing.T) {
	f := newFixture(t)
	response, body := do(t, "POST", f.url+createProject, encode(t, &projectv2.CreateProjectRequest{Name: "p"}), "Content-Type", "application/proto")
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "application/proto" ||
		body != encode(t, &projectv2.CreateProjectResponse{ProjectId: "p"}) {
		t.Errorf("answer %d %q", response.StatusCode, body)
	}
	response, body = do(t, "POST", f.url+createProject, "", "Content-Type", "application/proto")
	if response.StatusCode != 404 || !strings.HasPrefix(body, `{"code":"not_found",`) {
		t.Errorf("empty message: answer %d %s", response.StatusCode, body)
	}
	response, body = do(t, "POST", f.url+createProject, "\xff\xff", "Content-Type", "application/proto")
	assertJSON(t, response, body, 400, `{"code":"invalid_argument","message":"the request body is not a message of the right type"}`)
}

func TestConnectRefusals(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		name, body string
		header     []string
		status     int
		want       string
	}{
		{"no JSON", "hunter2", nil, 400, `{"code":"invalid_argument","message":"invalid JSON body at line 1, column 1"}`},
		{"null", "null", nil, 400, `{"code":"invalid_argument","message":"invalid JSON body at line 1, column 1: unexpected token"}`},
		{"wrong type", `{"name":["hunter2"]}`, nil, 400, `{"code":"invalid_argument","message":"invalid JSON body at line 1, column 9: invalid value for string field name"}`},
		{"trailing garbage", `{}hunter2`, nil, 400, `{"code":"invalid_argument","message":"invalid JSON body at line 1, column 3"}`},
		{"not UTF-8", "{\"name\":\"\xff\"}", nil, 400, `{"code":"invalid_argument","message":"invalid JSON body at line 1, column 9: invalid UTF-8"}`},
		{"deep", strings.Repeat(`{"x":`, 5000), nil, 400, `{"code":"invalid_argument","message":"invalid JSON body: nested too deeply"}`},
		{"too large", strings.Repeat(" ", DefaultMaxRequestBytes+1), nil, 413, `{"code":"resource_exhausted","message":"the request body has more than 1048576 bytes"}`},
		{"content type", "name=p", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, `{"code":"invalid_argument","message":"the content type must be application/json or application/proto"}`},
		{"streaming form", "", []string{"Content-Type", "application/connect+json"}, 415, `{"code":"invalid_argument","message":"the content type must be application/json or application/proto"}`},
		{"compressed", "\x1f\x8b", []string{"Content-Encoding", "gzip"}, 415, `{"code":"unimplemented","message":"compressed requests are not supported"}`},
		{"timeout", "{}", []string{"Connect-Timeout-Ms", "hunter2"}, 400, `{"code":"invalid_argument","message":"the header Connect-Timeout-Ms is not a number of at most ten digits"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			response, body := do(t, "POST", f.url+createProject, c.body, c.header...)
			assertJSON(t, response, body, c.status, c.want)
			if calls, _, _, _ := f.seen(); calls != 0 && response.StatusCode == 200 {
				t.Error("it was done")
			}
		})
	}
}

func TestGRPCWeb(t *testing.T) {
	f := newFixture(t)
	for _, contentType := range []string{"application/grpc-web", "application/grpc-web+proto"} {
		response, body := do(t, "POST", f.url+createProject, frame(encode(t, &projectv2.CreateProjectRequest{Name: "p"})),
			"Content-Type", contentType, "X-Grpc-Web", "1", "Authorization", "Bearer t", "X-Zitadel-Orgid", "17")
		want := frame(encode(t, &projectv2.CreateProjectResponse{ProjectId: "p"}))
		trailer, ok := strings.CutPrefix(body, want+"\x80")
		if response.StatusCode != 200 || !ok || !strings.Contains(strings.ToLower(trailer), "grpc-status: 0\r\n") {
			t.Errorf("%s: answer %d %q", contentType, response.StatusCode, body)
		}
		if response.Header.Get("Cache-Control") != "no-store" {
			t.Error("it may be cached")
		}
		_, _, _, md := f.seen()
		if got := strings.Join(append(md.Get("authorization"), md.Get("x-zitadel-orgid")...), "|"); got != "Bearer t|17" {
			t.Errorf("metadata: %s", got)
		}
	}
	response, body := do(t, "POST", f.url+createProject, frame(""), "Content-Type", "application/grpc-web+proto")
	// Without a message the status comes in the header.
	if h := response.Header; response.StatusCode != 200 || body != "" || h.Get("Grpc-Status") != "5" ||
		h.Get("Grpc-Message") != "no name (TEST-0002)" || h.Get("Grpc-Status-Details-Bin") == "" {
		t.Errorf("error: answer %d %q %v", response.StatusCode, body, response.Header)
	}
	for name, c := range map[string]struct {
		body   string
		header []string
		status string
	}{
		"too large":  {strings.Repeat("a", DefaultMaxRequestBytes+1), nil, "8"},
		"compressed": {"", []string{"Grpc-Encoding", "gzip"}, "12"},
		"timeout":    {frame(""), []string{"Grpc-Timeout", "soon"}, "3"},
	} {
		response, body := do(t, "POST", f.url+createProject, c.body, append(c.header, "Content-Type", "application/grpc-web+proto")...)
		if response.StatusCode != 200 || response.Header.Get("Grpc-Status") != c.status || body != "" {
			t.Errorf("%s: answer %d %v %q", name, response.StatusCode, response.Header, body)
		}
	}
}

// TestMetadata checks which headers reach the service as metadata, in the protocols that are not gRPC.
func TestMetadata(t *testing.T) {
	f := newFixture(t)
	for name, send := range map[string]func(header ...string) *http.Response{
		"REST": func(header ...string) *http.Response {
			response, _ := do(t, "GET", f.url+"/management/v1/users/17", "", header...)
			return response
		},
		"Connect": func(header ...string) *http.Response {
			response, _ := do(t, "POST", f.url+"/zitadel.management.v1.ManagementService/GetUserByID", `{"id":"17"}`, header...)
			return response
		},
	} {
		for _, c := range []struct {
			name   string
			header []string
			key    string
			want   string
		}{
			{"nothing", nil, "authorization", ""},
			{"authorization", []string{"Authorization", "Bearer t"}, "authorization", "Bearer t"},
			{"prefixed authorization", []string{"Grpc-Metadata-Authorization", "Bearer t"}, "authorization", "Bearer t"},
			{"both", []string{"Grpc-Metadata-Authorization", "Bearer other", "Authorization", "Bearer t"}, "authorization", "Bearer t"},
			{"prefixed twice", []string{"Grpc-Metadata-Authorization", "Bearer t", "Grpc-Metadata-Authorization", "Bearer u"}, "authorization", "Bearer t"},
			{"organization", []string{"x-zitadel-orgid", "17"}, "x-zitadel-orgid", "17"},
			{"any of Zitadel's", []string{"x-zitadel-whatever", "a"}, "x-zitadel-whatever", "a"},
			{"prefixed organization", []string{"Grpc-Metadata-X-Zitadel-Orgid", "17"}, "x-zitadel-orgid", "17"},
			{"language", []string{"Accept-Language", "de"}, "accept-language", "de"},
			{"binary", []string{"Grpc-Metadata-Test-Bin", "AAE"}, "test-bin", "\x00\x01"},
			{"cookie", []string{"Cookie", "a=b"}, "cookie", ""},
			{"forwarded by a stranger", []string{"Grpc-Metadata-X-Forwarded-For", "10.0.0.1"}, "x-forwarded-for", ""},
			{"prefixed content type", []string{"Grpc-Metadata-Content-Type", "text/plain"}, "content-type", "application/grpc"},
			{"prefixed timeout", []string{"Grpc-Metadata-Grpc-Timeout", "1n"}, "grpc-timeout", ""},
			{"bad timeout", []string{"Grpc-Timeout", "soon"}, "grpc-timeout", ""},
		} {
			response := send(c.header...)
			calls, _, _, md := f.seen()
			got := strings.TrimSuffix(strings.Join(md.Get(c.key), "|"), "+proto")
			if calls != 1 || got != c.want || response.StatusCode != 200 {
				t.Errorf("%s, %s: %d calls with %q, want %q; answer %d", name, c.name, calls, got, c.want, response.StatusCode)
			}
		}
	}
	response, _ := do(t, "GET", f.url+"/management/v1/users/17", "")
	if got := response.Header.Get("Grpc-Metadata-X-Served-By"); got != "/zitadel.management.v1.ManagementService/GetUserByID" {
		t.Errorf("metadata of the answer: %q in %v", got, response.Header)
	}
}

// TestHTTP2 checks that REST is there over HTTP/2 without TLS too.
func TestHTTP2(t *testing.T) {
	f := newFixture(t)
	transport := &http.Transport{Protocols: &http.Protocols{}}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get(f.url + "/management/v1/users/17")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.ProtoMajor != 2 || response.StatusCode != 200 || !strings.HasPrefix(string(body), `{"user":`) {
		t.Errorf("answer %s %d %s %v", response.Proto, response.StatusCode, body, err)
	}
}
