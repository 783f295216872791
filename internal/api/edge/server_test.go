package edge

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	authorization "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	instance "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"
	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/message"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	org "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project"
	projectv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	projectbeta "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2beta"
	settings "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/settings/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"
	userv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	webkey "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// fixture is a real HTTP server over a real gRPC server, which remembers the last call that reached it.
type fixture struct {
	url, addr string
	grpc      *grpc.Server

	mu       sync.Mutex
	calls    int
	method   string
	request  string // as JSON
	metadata metadata.MD
}

func (f *fixture) record(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	text, err := encodeJSON(nil, req.(proto.Message))
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.calls++
	f.method, f.request = info.FullMethod[strings.LastIndex(info.FullMethod, "/")+1:], string(text)
	f.metadata, _ = metadata.FromIncomingContext(ctx)
	f.mu.Unlock()
	if err := grpc.SetHeader(ctx, metadata.Pairs("x-served-by", info.FullMethod)); err != nil {
		return nil, err
	}
	return next(ctx, req)
}

// seen returns the calls that arrived since the last question, with the last one's method and request.
func (f *fixture) seen() (calls int, method, request string, md metadata.MD) {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls = f.calls
	f.calls = 0
	return calls, f.method, f.request, f.metadata
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{}
	f.grpc = grpc.NewServer(grpc.UnaryInterceptor(f.record))
	management.RegisterManagementServiceServer(f.grpc, managementServer{})
	admin.RegisterAdminServiceServer(f.grpc, admin.UnimplementedAdminServiceServer{})
	auth.RegisterAuthServiceServer(f.grpc, auth.UnimplementedAuthServiceServer{})
	userv2.RegisterUserServiceServer(f.grpc, userv2.UnimplementedUserServiceServer{})
	org.RegisterOrganizationServiceServer(f.grpc, orgServer{})
	projectv2.RegisterProjectServiceServer(f.grpc, projectServer{})
	projectbeta.RegisterProjectServiceServer(f.grpc, projectbeta.UnimplementedProjectServiceServer{})
	authorization.RegisterAuthorizationServiceServer(f.grpc, authorization.UnimplementedAuthorizationServiceServer{})
	permission.RegisterInternalPermissionServiceServer(f.grpc, permission.UnimplementedInternalPermissionServiceServer{})
	instance.RegisterInstanceServiceServer(f.grpc, instance.UnimplementedInstanceServiceServer{})
	webkey.RegisterWebKeyServiceServer(f.grpc, webkey.UnimplementedWebKeyServiceServer{})
	settings.RegisterSettingsServiceServer(f.grpc, settings.UnimplementedSettingsServiceServer{})
	grpc_health_v1.RegisterHealthServer(f.grpc, health.NewServer())
	reflection.Register(f.grpc)
	t.Cleanup(f.grpc.Stop)

	handler, err := New(f.grpc, Config{})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, Protocols: &http.Protocols{}}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = server.Serve(listener) }() // ends with the test
	t.Cleanup(func() { _ = server.Close() })
	f.addr = listener.Addr().String()
	f.url = "http://" + f.addr
	return f
}

// managementServer answers a few methods; the others are Unimplemented.
type managementServer struct {
	management.UnimplementedManagementServiceServer
}

// GetUserByID fails with the code that the id names, and has a user for any other id.
func (managementServer) GetUserByID(_ context.Context, r *management.GetUserByIDRequest) (*management.GetUserByIDResponse, error) {
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		if r.GetId() != code.String() {
			continue
		}
		failed, err := status.New(code, "käput: 100% (TEST-0001)").WithDetails(&message.ErrorDetail{Id: "TEST-0001", Message: "käput: 100%"})
		if err != nil {
			return nil, err
		}
		return nil, failed.Err()
	}
	if r.GetId() == "plain" {
		return nil, status.Error(codes.NotFound, "größer als 100%\n")
	}
	return &management.GetUserByIDResponse{User: &user.User{
		Id: r.GetId(), UserName: "gigi@example.com", State: user.UserState_USER_STATE_ACTIVE,
		Details: &object.ObjectDetails{Sequence: 1<<64 - 1},
	}}, nil
}

func (managementServer) ListProjectRoles(context.Context, *management.ListProjectRolesRequest) (*management.ListProjectRolesResponse, error) {
	return &management.ListProjectRolesResponse{
		Details: &object.ListDetails{TotalResult: 2},
		Result:  []*project.Role{{Key: "a/b", DisplayName: "<A & B>"}, {Key: "reader"}},
	}, nil
}

func (managementServer) ListUsers(context.Context, *management.ListUsersRequest) (*management.ListUsersResponse, error) {
	return &management.ListUsersResponse{Details: &object.ListDetails{}}, nil
}

type orgServer struct {
	org.UnimplementedOrganizationServiceServer
}

func (orgServer) AddOrganization(context.Context, *org.AddOrganizationRequest) (*org.AddOrganizationResponse, error) {
	return &org.AddOrganizationResponse{OrganizationId: "123456789012345678"}, nil
}

type projectServer struct {
	projectv2.UnimplementedProjectServiceServer
}

// CreateProject fails without a name and repeats it otherwise.
func (projectServer) CreateProject(_ context.Context, r *projectv2.CreateProjectRequest) (*projectv2.CreateProjectResponse, error) {
	if r.GetName() == "" {
		failed, err := status.New(codes.NotFound, "no name (TEST-0002)").WithDetails(&message.ErrorDetail{Id: "TEST-0002", Message: "no name"})
		if err != nil {
			return nil, err
		}
		return nil, failed.Err()
	}
	return &projectv2.CreateProjectResponse{ProjectId: r.GetName()}, nil
}
