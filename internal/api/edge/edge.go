package edge

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// DefaultMaxRequestBytes bounds the body of a REST, Connect or gRPC-Web request when [Config] names no limit.
const DefaultMaxRequestBytes = 1 << 20

// Config is what may be chosen about the edge; its zero value is good.
type Config struct {
	// MaxRequestBytes bounds the body of a REST, Connect or gRPC-Web request; 0 means
	// [DefaultMaxRequestBytes]. For gRPC, set grpc.MaxRecvMsgSize on the server.
	MaxRequestBytes int64
}

// pathPrefixes are the beginnings of all paths that belong to the edge: REST, then procedures.
var pathPrefixes = []string{
	"/management/v1/", "/admin/v1/", "/auth/v1/", "/v2/", "/v2beta/",
	"/zitadel.", "/latchkey.", "/grpc.health.", "/grpc.reflection.",
}

// restPrefixes are the mount points of the services whose annotations are relative to one. Zitadel keeps
// them outside its descriptors.
var restPrefixes = map[protoreflect.FullName]string{
	"zitadel.management.v1.ManagementService": "/management/v1",
	"zitadel.admin.v1.AdminService":           "/admin/v1",
	"zitadel.auth.v1.AuthService":             "/auth/v1",
}

// Handles reports whether a request is for the edge. Ask it before [http.ServeMux] does, which redirects paths with
// empty or dotted segments; in a role key they are legitimate.
func Handles(r *http.Request) bool {
	return isGRPC(r) || slices.ContainsFunc(pathPrefixes, func(prefix string) bool {
		return strings.HasPrefix(r.URL.Path, prefix)
	})
}

// New returns the handler for all services that are registered on server by now. It fails when a service's
// descriptor is not linked in, when two methods claim one REST route, or when a route's pattern is not understood.
//
// Shut down the HTTP server first, which waits for calls in flight; both Stop and GracefulStop of server cut off calls
// that arrive through a handler.
func New(server *grpc.Server, config Config) (http.Handler, error) {
	e := &edge{
		server:     server,
		limit:      config.MaxRequestBytes,
		procedures: map[string]*procedure{},
	}
	if e.limit == 0 {
		e.limit = DefaultMaxRequestBytes
	}
	for name := range server.GetServiceInfo() {
		if err := e.register(protoreflect.FullName(name)); err != nil {
			return nil, fmt.Errorf("service %s: %w", name, err)
		}
	}
	return e, nil
}

// edge is the handler; nothing in it changes after New.
type edge struct {
	server     http.Handler
	limit      int64
	procedures map[string]*procedure // by path, "/package.Service/Method"
	routes     node
}

// procedure is one RPC method.
type procedure struct {
	path      string
	input     protoreflect.MessageType
	output    protoreflect.MessageType
	streaming bool
	translate http.Handler // answers Connect and gRPC-Web
}

func (e *edge) register(name protoreflect.FullName) error {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return err
	}
	service, ok := found.(protoreflect.ServiceDescriptor)
	if !ok {
		return errors.New("its descriptor is not a service")
	}
	translate, err := newTranscoder(service, e.server)
	if err != nil {
		return err
	}
	for i := range service.Methods().Len() {
		method := service.Methods().Get(i)
		input, err := protoregistry.GlobalTypes.FindMessageByName(method.Input().FullName())
		if err != nil {
			return err
		}
		output, err := protoregistry.GlobalTypes.FindMessageByName(method.Output().FullName())
		if err != nil {
			return err
		}
		p := &procedure{
			path:      fmt.Sprintf("/%s/%s", name, method.Name()),
			input:     input,
			output:    output,
			streaming: method.IsStreamingClient() || method.IsStreamingServer(),
			translate: translate,
		}
		e.procedures[p.path] = p
		if err := e.routes.addMethod(method, p); err != nil {
			return fmt.Errorf("method %s: %w", method.Name(), err)
		}
	}
	return nil
}

// ServeHTTP implements [http.Handler].
func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	w.Header().Set("Expires", time.Now().UTC().Format(http.TimeFormat)) // at once, for caches of HTTP/1.0
	if isGRPC(r) {
		e.server.ServeHTTP(w, r)
		return
	}
	if p := e.procedures[r.URL.Path]; p != nil {
		e.serveProcedure(w, r, p)
		return
	}
	route, vars, allowed := e.routes.find(r.Method, r.URL.EscapedPath())
	switch {
	case route != nil:
		e.serveREST(w, r, route, vars)
	case len(allowed) > 0:
		refuseVerb(w, allowed)
	default:
		writeStatus(w, http.StatusNotFound, failure(codes.NotFound, "Not Found"))
	}
}

// refuseVerb answers a known path with a method that it does not have.
func refuseVerb(w http.ResponseWriter, allowed []string) {
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	writeStatus(w, http.StatusMethodNotAllowed, failure(codes.Unimplemented, "Method Not Allowed"))
}

// mediaType is the content type of a request in lower case and without parameters.
func mediaType(r *http.Request) string {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return media
}

func isGRPC(r *http.Request) bool {
	media := mediaType(r)
	return media == "application/grpc" || strings.HasPrefix(media, "application/grpc+")
}

func isGRPCWeb(media string) bool {
	return strings.HasPrefix(media, "application/grpc-web")
}
