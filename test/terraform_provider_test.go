package test

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	zclient "github.com/zitadel/zitadel-go/v3/pkg/client"
	"github.com/zitadel/zitadel-go/v3/pkg/client/middleware"
	"github.com/zitadel/zitadel-go/v3/pkg/zitadel"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// provider is Zitadel's provider for Terraform as the server sees it: its
// client, its calls and what it takes from the answers.
type provider struct {
	*zclient.Client
	base context.Context
	old  bool // acts as if the server had the first generation only

	mu     sync.Mutex
	called map[string]bool // methods, as management.v1.AddProject
}

// newProvider connects as the provider does with insecure = true and a token.
func newProvider(t testing.TB, n *node, auth zclient.TokenSourceInitializer) *provider {
	t.Helper()
	_, port, err := net.SplitHostPort(n.Address)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{base: t.Context(), called: map[string]bool{}}
	p.Client, err = zclient.New(t.Context(), zitadel.New("localhost", zitadel.WithInsecure(port)),
		zclient.WithAuth(auth), zclient.WithGRPCDialOptions(grpc.WithChainUnaryInterceptor(p.watch)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// watch notes each call; an old server has no second generation.
func (p *provider) watch(
	ctx context.Context, method string, request, answer any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, o ...grpc.CallOption,
) error {
	service, name, _ := strings.Cut(strings.TrimPrefix(method, "/zitadel."), "/")
	service = service[:strings.LastIndexByte(service, '.')]
	if p.old && strings.HasSuffix(service, ".v2") {
		return status.Error(codes.Unimplemented, "unknown service")
	}
	p.mu.Lock()
	p.called[service+"."+name] = true
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return invoke(ctx, method, request, answer, conn, o...)
}

// missing are the methods of a list that were not called.
func (p *provider) missing(methods []string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(methods), func(method string) bool { return p.called[method] })
}

// in is the context of an organization; "" is sent as well, and means the caller's.
func (p *provider) in(org string) context.Context { return middleware.SetOrgID(p.base, org) }

// of is the context of the object's organization.
func (p *provider) of(d *data) context.Context { return p.in(d.text("org_id")) }

// lost says whether an error means that the object does not exist any more.
func lost(err error) bool { return status.Code(err) == codes.NotFound }

// either asks the second generation, and the first if the server has no second.
func either(second, first func() error) error {
	err := second()
	if status.Code(err) == codes.Unimplemented {
		return first()
	}
	return err
}

// enum is the number of an enumeration's name.
func enum[E ~int32](values map[string]int32, name string) E { return E(values[name]) }
