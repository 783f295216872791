package api

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authoption"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// Names of request metadata.
const (
	headerAuthorization = "authorization"
	headerOrg           = "x-zitadel-orgid"
)

const (
	managementService = "/zitadel.management.v1.ManagementService/"
	adminService      = "/zitadel.admin.v1.AdminService/"
)

// unary surrounds every method: it proves the caller, turns errors into
// statuses and panics into errors.
func (s *Server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		if err != nil {
			weblog.From(ctx).Fail(err)
			resp, err = nil, status(err)
		}
	}()
	if slices.Contains(Public(), info.FullMethod) {
		return handler(ctx, req)
	}
	caller, err := s.caller(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	if err := checkDecoded(req); err != nil {
		return nil, err
	}
	return handler(call.With(ctx, caller), req)
}

// stream lets public streams pass and no others: the API has none.
func (s *Server) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if !slices.Contains(Public(), info.FullMethod) {
		return status(iam.Errorf(iam.Unimplemented, "", "streams are not part of this API"))
	}
	return handler(srv, ss)
}

// caller proves who calls, and in which organization's context.
func (s *Server) caller(ctx context.Context, method string) (iam.Caller, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	c, err := s.prove(ctx, md.Get(headerAuthorization))
	if err != nil {
		return iam.Caller{}, err
	}
	line := weblog.From(ctx)
	line.Set("user", c.UserID())
	line.Set("org", c.OrgID())

	org, err := s.contextOrg(ctx, c, md.Get(headerOrg))
	if err != nil {
		return iam.Caller{}, err
	}
	switch {
	case strings.HasPrefix(method, managementService):
		return c.In(org), nil
	case strings.HasPrefix(method, adminService):
		return c, c.Require(instancePermission(method), iam.Target{})
	}
	return c, nil
}

// contextOrg is the organization that the request names, or the caller's own.
func (s *Server) contextOrg(ctx context.Context, c iam.Caller, header []string) (string, error) {
	if len(header) == 0 || header[0] == "" {
		return c.OrgID(), nil
	}
	if len(header) > 1 {
		return "", iam.Errorf(iam.InvalidArgument, "AUTH-org1x", "more than one organization in the %s header", headerOrg)
	}
	return header[0], s.Directory.CheckOrg(ctx, header[0])
}

// bearerToken reads the authorization header (RFC 6750 section 2.1). Kind: Unauthenticated.
func bearerToken(values []string) (string, error) {
	if len(values) == 0 {
		return "", iam.Errorf(iam.Unauthenticated, "", "auth header missing")
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "bearer") || token == "" {
		return "", iam.Errorf(iam.Unauthenticated, "", "the authorization header must be one bearer token")
	}
	return strings.TrimSpace(token), nil
}

// instancePermission is what the descriptor of an Admin method asks for. Where
// that is nothing known here, only those who may do everything get as far as to
// learn that the method is not offered.
func instancePermission(method string) iam.Permission {
	service, name, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + "." + name))
	if err != nil {
		return ""
	}
	option, _ := proto.GetExtension(d.Options(), authoption.E_AuthOption).(*authoption.AuthOption)
	if p := iam.Permission(option.GetPermission()); iam.IAMOwner.Allows(p) {
		return p
	}
	return iam.InstanceSet
}
