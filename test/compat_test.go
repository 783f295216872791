package test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	application "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/application/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	authorization "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	authorizationbeta "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2beta"
	feature "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/feature/v2"
	instance "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"
	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	permissionbeta "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2beta"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	org "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	projectbeta "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2beta"
	settings "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/settings/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	webkey "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2"
	webkeybeta "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2beta"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

var updateMethods = flag.Bool("update-methods", false, "write the list of methods into docs/compatibility.md")

const (
	methodsBegin = "<!-- methods:begin -->\n"
	methodsEnd   = "<!-- methods:end -->\n"
)

// services are those of Zitadel's API of which the server has a part.
func services() []string {
	return []string{
		management.ManagementService_ServiceDesc.ServiceName,
		admin.AdminService_ServiceDesc.ServiceName,
		auth.AuthService_ServiceDesc.ServiceName,
		user.UserService_ServiceDesc.ServiceName,
		org.OrganizationService_ServiceDesc.ServiceName,
		project.ProjectService_ServiceDesc.ServiceName,
		authorization.AuthorizationService_ServiceDesc.ServiceName,
		permission.InternalPermissionService_ServiceDesc.ServiceName,
		application.ApplicationService_ServiceDesc.ServiceName,
		webkey.WebKeyService_ServiceDesc.ServiceName,
		settings.SettingsService_ServiceDesc.ServiceName,
		feature.FeatureService_ServiceDesc.ServiceName,
		instance.InstanceService_ServiceDesc.ServiceName,
		projectbeta.ProjectService_ServiceDesc.ServiceName,
		authorizationbeta.AuthorizationService_ServiceDesc.ServiceName,
		permissionbeta.InternalPermissionService_ServiceDesc.ServiceName,
		webkeybeta.WebKeyService_ServiceDesc.ServiceName,
	}
}

// TestCompatibility calls every method of every service as the instance's
// owner, and compares those that are implemented with what the document says.
func TestCompatibility(t *testing.T) {
	n := start(t, options{})
	conn, err := grpc.NewClient(n.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+n.PAT)
	var list strings.Builder
	for _, name := range services() {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			t.Fatal(err)
		}
		methods := found.(protoreflect.ServiceDescriptor).Methods()
		var answering []string
		for i := range methods.Len() {
			if m := methods.Get(i); implemented(ctx, t, conn, name, m) {
				answering = append(answering, string(m.Name()))
			}
		}
		slices.Sort(answering)
		fmt.Fprintf(&list, "\n**`%s`**, %d of %d: `%s`.\n", name, len(answering), methods.Len(), strings.Join(answering, "`, `"))
	}
	list.WriteString("\n")
	compareMethods(t, list.String())
}

// implemented calls a method with an empty request, in the context of an
// organization of its own: some methods end the organization.
func implemented(ctx context.Context, t *testing.T, conn *grpc.ClientConn, service string, m protoreflect.MethodDescriptor) bool {
	t.Helper()
	if strings.HasPrefix(service, "zitadel.management.v1.") {
		made, err := org.NewOrganizationServiceClient(conn).AddOrganization(ctx, &org.AddOrganizationRequest{Name: "of " + string(m.Name())})
		if err != nil {
			t.Fatal(err)
		}
		ctx = metadata.AppendToOutgoingContext(ctx, "x-zitadel-orgid", made.GetOrganizationId())
	}
	own := strings.HasPrefix(service, "zitadel.auth.v1.") // about the caller, whom some of the methods end
	if own {
		ctx = asSomebody(ctx, t, conn)
	}
	input, err := protoregistry.GlobalTypes.FindMessageByName(m.Input().FullName())
	if err != nil {
		t.Fatal(err)
	}
	output, err := protoregistry.GlobalTypes.FindMessageByName(m.Output().FullName())
	if err != nil {
		t.Fatal(err)
	}
	err = conn.Invoke(ctx, fmt.Sprintf("/%s/%s", service, m.Name()), input.New().Interface(), output.New().Interface())
	switch status.Code(err) {
	case codes.Unauthenticated:
		t.Fatalf("%s/%s: the caller is gone: %v", service, m.Name(), err)
	case codes.PermissionDenied:
		return own // who owns the instance may do all that there is
	}
	// The generated stubs answer so; an implemented method may know single requests that it does not take.
	return status.Convert(err).Message() != fmt.Sprintf("method %s not implemented", m.Name())
}

// asSomebody is a context with the token of a fresh service user.
func asSomebody(ctx context.Context, t *testing.T, conn *grpc.ClientConn) context.Context {
	t.Helper()
	client := user.NewUserServiceClient(conn)
	home, err := management.NewManagementServiceClient(conn).GetIAM(ctx, &management.GetIAMRequest{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := client.CreateUser(ctx, &user.CreateUserRequest{
		OrganizationId: home.GetDefaultOrgId(),
		UserType:       &user.CreateUserRequest_Machine_{Machine: &user.CreateUserRequest_Machine{Name: "somebody"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	pat, err := client.AddPersonalAccessToken(ctx, &user.AddPersonalAccessTokenRequest{UserId: made.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	return metadata.NewOutgoingContext(t.Context(), metadata.Pairs("authorization", "Bearer "+pat.GetToken()))
}

func compareMethods(t *testing.T, list string) {
	t.Helper()
	const path = "../docs/compatibility.md"
	document, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(document), methodsBegin)
	written, after, ok2 := strings.Cut(rest, methodsEnd)
	if !ok1 || !ok2 {
		t.Fatalf("%s does not hold the lines %q and %q", path, methodsBegin, methodsEnd)
	}
	if *updateMethods {
		if err := os.WriteFile(path, []byte(before+methodsBegin+list+methodsEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if written != list {
		t.Errorf("%s is not up to date: go test ./test -run Compatibility -update-methods\n%s", path, list)
	}
}
