package api

import (
	"net/http"
	"time"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	applicationv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/application/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	authorizationv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	authorizationbeta "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2beta"
	featurev2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/feature/v2"
	instancev2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"
	permissionv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	permissionbeta "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2beta"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	orgv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	projectv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	projectbeta "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2beta"
	settingsv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/settings/v2"
	userv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	webkeyv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2"
	webkeybeta "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2beta"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"github.com/latchkey-iam/latchkey/internal/api/edge"
	v1 "github.com/latchkey-iam/latchkey/internal/api/v1"
	v2 "github.com/latchkey-iam/latchkey/internal/api/v2"
	"github.com/latchkey-iam/latchkey/internal/api/v2beta"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/tokens"
)

// Server is the management API.
type Server struct {
	Directory *directory.Directory
	Tokens    *tokens.Issuer
	Now       func() time.Time
}

// maxMessage bounds one request of the API in bytes.
const maxMessage = 1 << 20

// GRPC returns the gRPC server with all services.
func (s *Server) GRPC() *grpc.Server {
	g := grpc.NewServer(
		grpc.ForceServerCodecV2(lenient{encoding.GetCodecV2(proto.Name)}),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.UnaryInterceptor(s.unary),
		grpc.StreamInterceptor(s.stream),
	)
	s.register(g)
	healthpb.RegisterHealthServer(g, health.NewServer())
	reflection.Register(g)
	return g
}

// register registers the services of the API. This is the whole surface.
func (s *Server) register(g grpc.ServiceRegistrar) {
	d, now := s.Directory, s.Now
	projects := &v2.Projects{Directory: d, Now: now}
	authorizations := &v2.Authorizations{Directory: d, Now: now}
	administrators := &v2.Administrators{Directory: d, Now: now}
	webKeys := &v2.WebKeys{Directory: d}
	management.RegisterManagementServiceServer(g, &v1.Management{Directory: d, Now: now})
	admin.RegisterAdminServiceServer(g, &v1.Admin{Directory: d, Now: now})
	auth.RegisterAuthServiceServer(g, &v1.Auth{Directory: d, Now: now})
	userv2.RegisterUserServiceServer(g, &v2.Users{Directory: d, Now: now})
	orgv2.RegisterOrganizationServiceServer(g, &v2.Organizations{Directory: d, Now: now})
	projectv2.RegisterProjectServiceServer(g, projects)
	authorizationv2.RegisterAuthorizationServiceServer(g, authorizations)
	permissionv2.RegisterInternalPermissionServiceServer(g, administrators)
	applicationv2.RegisterApplicationServiceServer(g, &v2.Applications{Directory: d, Now: now})
	webkeyv2.RegisterWebKeyServiceServer(g, webKeys)
	settingsv2.RegisterSettingsServiceServer(g, &v2.Settings{Directory: d})
	featurev2.RegisterFeatureServiceServer(g, &v2.Features{Directory: d})
	instancev2.RegisterInstanceServiceServer(g, &v2.Instances{Directory: d, Now: now})
	projectbeta.RegisterProjectServiceServer(g, &v2beta.Projects{V2: projects})
	authorizationbeta.RegisterAuthorizationServiceServer(g, &v2beta.Authorizations{V2: authorizations, Directory: d})
	permissionbeta.RegisterInternalPermissionServiceServer(g, &v2beta.Administrators{V2: administrators, Directory: d})
	webkeybeta.RegisterWebKeyServiceServer(g, &v2beta.WebKeys{V2: webKeys})
}

// Handler answers the API in all its protocols.
func (s *Server) Handler() (http.Handler, error) {
	h, err := edge.New(s.GRPC(), edge.Config{MaxRequestBytes: maxMessage})
	if err != nil {
		return nil, err
	}
	return s.admit(h), nil
}

// Public is the literal list of methods that need no caller.
func Public() []string {
	return []string{
		"/zitadel.management.v1.ManagementService/Healthz",
		"/zitadel.admin.v1.AdminService/Healthz",
		"/zitadel.auth.v1.AuthService/Healthz",
		"/grpc.health.v1.Health/Check",
		"/grpc.health.v1.Health/List",
		"/grpc.health.v1.Health/Watch",
		"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
		"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
	}
}
