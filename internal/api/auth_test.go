package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

const (
	getMyOrg    = managementService + "GetMyOrg"
	getOrgByID  = adminService + "GetOrgByID"
	listMembers = adminService + "ListIAMMembers"
	getUserV2   = "/zitadel.user.v2.UserService/GetUserByID"
)

// intercept runs one call through the interceptor; do is the method.
func (h *house) intercept(method string, do grpc.UnaryHandler, pairs ...string) (context.Context, error) {
	ctx, _ := incoming(h.t, pairs...)
	var seen context.Context
	_, err := h.server.unary(ctx, nil, &grpc.UnaryServerInfo{FullMethod: method}, func(ctx context.Context, req any) (any, error) {
		seen = ctx
		if do == nil {
			return "done", nil
		}
		return do(ctx, req)
	})
	return seen, err
}

// wantStatus checks code and message of a refusal.
func wantStatus(t *testing.T, what string, err error, code codes.Code, text string) {
	t.Helper()
	got, _ := grpcstatus.FromError(err)
	if got.Code() != code || !strings.Contains(got.Message(), text) {
		t.Errorf("%s: %v %q, want %v %q", what, got.Code(), got.Message(), code, text)
	}
}

func TestCallersAreProved(t *testing.T) {
	h := newHouse(t)
	good := "Bearer " + h.rootToken
	for _, c := range []struct {
		name  string
		pairs []string
		text  string
	}{
		{"nobody", nil, "auth header missing"},
		{"empty header", []string{"authorization", ""}, "one bearer token"},
		{"no token", []string{"authorization", "Bearer"}, "one bearer token"},
		{"no token but a space", []string{"authorization", "Bearer "}, "one bearer token"},
		{"another scheme", []string{"authorization", "Basic " + h.rootToken}, "one bearer token"},
		{"the token alone", []string{"authorization", h.rootToken}, "one bearer token"},
		{"two headers", []string{"authorization", good, "authorization", good}, "one bearer token"},
		{"garbage", []string{"authorization", "Bearer garbage"}, "(AUTH-7fs1e)"},
		{"spaces for a token", []string{"authorization", "Bearer    "}, "(AUTH-7fs1e)"},
		{"another token", []string{"authorization", good + "x"}, "(AUTH-7fs1e)"},
		{"two tokens", []string{"authorization", good + " " + h.rootToken}, "(AUTH-7fs1e)"},
		{"token in another header", []string{"x-authorization", good}, "auth header missing"},
	} {
		for _, method := range []string{getMyOrg, getOrgByID, getUserV2, "/zitadel.auth.v1.AuthService/GetMyUser", "/no.Such/Method", ""} {
			seen, err := h.intercept(method, nil, c.pairs...)
			wantStatus(t, c.name+" at "+method, err, codes.Unauthenticated, c.text)
			if seen != nil {
				t.Errorf("%s: the method is called", c.name)
			}
			if strings.Contains(fmt.Sprint(err), h.rootToken) {
				t.Errorf("%s: the answer repeats the token", c.name)
			}
		}
		for _, method := range Public() {
			if seen, err := h.intercept(method, nil, c.pairs...); err != nil || seen == nil || !call.Caller(seen).Nobody() {
				t.Errorf("%s: public %s: %v", c.name, method, err)
			}
		}
	}
	for _, header := range []string{good, "bearer " + h.rootToken, "BEARER " + h.rootToken, good + " "} {
		if _, err := h.intercept(getMyOrg, nil, "authorization", header); err != nil {
			t.Errorf("%.8q...: %v", header, err)
		}
	}
}

func TestContextOrganization(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		name, token string
		header      []string
		context     string // of a v1 management call
		code        codes.Code
		text        string
	}{
		{"none named: the caller's own", h.ownerToken, nil, h.alpha, codes.OK, ""},
		{"empty: the caller's own", h.ownerToken, []string{""}, h.alpha, codes.OK, ""},
		{"its own", h.ownerToken, []string{h.alpha}, h.alpha, codes.OK, ""},
		{"another's, decided by the operation", h.ownerToken, []string{h.beta}, h.beta, codes.OK, ""},
		{"any, by the instance's owner", h.rootToken, []string{h.beta}, h.beta, codes.OK, ""},
		{"unknown", h.rootToken, []string{"999999999999999999"}, "", codes.PermissionDenied, "Organisation doesn't exist (AUTH-Bs7Ds)"},
		{"no id at all", h.ownerToken, []string{"\x00' OR 1=1"}, "", codes.PermissionDenied, "Organisation doesn't exist (AUTH-Bs7Ds)"},
		{"two", h.rootToken, []string{h.alpha, h.beta}, "", codes.InvalidArgument, "(AUTH-org1x)"},
	} {
		pairs := []string{"authorization", "Bearer " + c.token}
		for _, v := range c.header {
			pairs = append(pairs, headerOrg, v)
		}
		for _, method := range []string{getMyOrg, getUserV2} {
			seen, err := h.intercept(method, nil, pairs...)
			if c.code != codes.OK {
				wantStatus(t, c.name, err, c.code, c.text)
				continue
			}
			want := c.context
			if method == getUserV2 {
				want = "" // the second generation names organizations in its requests
			}
			if err != nil || call.Caller(seen).Context() != want {
				t.Errorf("%s at %s: context %q, %v", c.name, method, call.Caller(seen).Context(), err)
			}
		}
	}
}

// What an operation answers to a caller without permission, in the words that clients know.
func TestForeignOrganization(t *testing.T) {
	h := newHouse(t)
	ctx := func(token, org string) context.Context {
		seen, err := h.intercept(getMyOrg, nil, "authorization", "Bearer "+token, headerOrg, org)
		if err != nil {
			t.Fatal(err)
		}
		return seen
	}
	read := func(ctx context.Context) error {
		c := call.Caller(ctx)
		_, err := h.dir.Org(ctx, c, c.Context())
		if err != nil {
			err = status(err)
		}
		return err
	}
	if err := read(ctx(h.ownerToken, h.alpha)); err != nil {
		t.Errorf("its own: %v", err)
	}
	if err := read(ctx(h.rootToken, h.beta)); err != nil {
		t.Errorf("the instance's owner: %v", err)
	}
	wantStatus(t, "owner of another", read(ctx(h.ownerToken, h.beta)), codes.PermissionDenied, "membership not found (AUTHZ-cdgFk)")
	wantStatus(t, "manager of nothing", read(ctx(h.plainToken, h.alpha)), codes.PermissionDenied, "membership not found (AUTHZ-cdgFk)")
	wantStatus(t, "manager of nothing, elsewhere", read(ctx(h.plainToken, h.beta)), codes.PermissionDenied, "membership not found (AUTHZ-cdgFk)")
	c := call.Caller(ctx(h.ownerToken, h.alpha))
	wantStatus(t, "a member without the permission", status(c.Require(iam.InstanceSet, iam.Target{OrgID: h.alpha})),
		codes.PermissionDenied, "No matching permissions found (AUTH-5mWD2)")
}

// Admin methods are for managers of the instance, each for those with its permission.
func TestAdminMethodsNeedTheInstance(t *testing.T) {
	h := newHouse(t)
	viewer, viewerToken := h.machine(h.home, "viewer")
	instance := must(h.db.Read().Instance(t.Context()))
	must(h.dir.AddMember(t.Context(), h.root, directory.Resource{Level: iam.LevelInstance, ID: instance.ID}, viewer, []string{string(iam.IAMOwnerViewer)}))
	for _, c := range []struct {
		method              string
		owner, viewer, root bool
	}{
		{listMembers, false, true, true},
		{adminService + "AddIAMMember", false, false, true},
		{adminService + "RemoveIAMMember", false, false, true},
		{adminService + "GetOrgByID", false, true, true},
		{adminService + "NoSuchMethod", false, false, false},
	} {
		for token, allowed := range map[string]bool{h.ownerToken: c.owner, h.plainToken: false, viewerToken: c.viewer, h.rootToken: c.root} {
			seen, err := h.intercept(c.method, nil, "authorization", "Bearer "+token, headerOrg, h.alpha)
			if allowed && err != nil {
				t.Errorf("%s: %v", c.method, err)
			}
			if !allowed {
				wantStatus(t, c.method, err, codes.PermissionDenied, "(AUTH")
				if seen != nil {
					t.Errorf("%s is called", c.method)
				}
			}
		}
	}
}

func TestPanicsAndFaultsShowNothing(t *testing.T) {
	h := newHouse(t)
	for name, do := range map[string]grpc.UnaryHandler{
		"panic":             func(context.Context, any) (any, error) { panic("the secret is in the panic") },
		"panic of an error": func(context.Context, any) (any, error) { panic(iam.Errorf(iam.NotFound, "X-1", "the secret")) },
		"nil map": func(context.Context, any) (any, error) {
			var m map[string]int
			m["secret"] = 1 //nolint:staticcheck // the panic is the point
			return m, nil
		},
		"error": func(context.Context, any) (any, error) { return "half", errors.New("the secret is in the error") },
	} {
		for _, method := range []string{getMyOrg, Public()[0]} {
			ctx, line := incoming(t, "authorization", "Bearer "+h.rootToken)
			resp, err := h.server.unary(ctx, nil, &grpc.UnaryServerInfo{FullMethod: method}, do)
			if got := grpcstatus.Convert(err); got.Code() != codes.Internal || got.Message() != "the server failed; its log says why" || len(got.Details()) > 0 {
				t.Errorf("%s: %v", name, err)
			}
			if resp != nil {
				t.Errorf("%s: an answer comes with the error: %v", name, resp)
			}
			if log := fmt.Sprint(line.Attrs()); !strings.Contains(log, "secret") && !strings.Contains(log, "nil map") {
				t.Errorf("%s: the log does not say why: %s", name, log)
			}
		}
	}
}

// The log line says who called, and never by which token.
func TestLogLineOfACall(t *testing.T) {
	h := newHouse(t)
	ctx, line := incoming(t, "authorization", "Bearer "+h.ownerToken)
	if _, err := h.server.caller(ctx, getMyOrg); err != nil {
		t.Fatal(err)
	}
	if log := fmt.Sprint(line.Attrs()); !strings.Contains(log, "user=") || !strings.Contains(log, "org="+h.alpha) || strings.Contains(log, h.ownerToken) {
		t.Errorf("the line is %s", log)
	}
}

func TestInstancePermission(t *testing.T) {
	for method, want := range map[string]iam.Permission{
		adminService + "ListIAMMembers": iam.InstanceMemberRead,
		adminService + "SetDefaultOrg":  iam.InstanceSet,
		adminService + "NoSuchMethod":   "",
		"/no.such.Service/Method":       "",
		"":                              "",
		"/":                             "",
		"//":                            "",
		"/zitadel.admin.v1.AddIAMMemberRequest/x": "",
	} {
		if got := instancePermission(method); got != want {
			t.Errorf("%q: %q, want %q", method, got, want)
		}
	}
}
