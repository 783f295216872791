package test

import (
	"context"
	"net"
	"testing"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	clientadmin "github.com/zitadel/zitadel-go/v3/pkg/client/admin"
	clientapplication "github.com/zitadel/zitadel-go/v3/pkg/client/application/v2"
	clientauth "github.com/zitadel/zitadel-go/v3/pkg/client/auth"
	clientauthorization "github.com/zitadel/zitadel-go/v3/pkg/client/authorization/v2"
	clientmanagement "github.com/zitadel/zitadel-go/v3/pkg/client/management"
	clientorg "github.com/zitadel/zitadel-go/v3/pkg/client/org/v2"
	clientproject "github.com/zitadel/zitadel-go/v3/pkg/client/project/v2"
	clientuser "github.com/zitadel/zitadel-go/v3/pkg/client/user/v2"
	clientzitadel "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	applications "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/application/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	authorizations "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	orgs "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	projects "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	users "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	"golang.org/x/oauth2"
)

// TestClientPackages connects with each of Zitadel's older client packages,
// one for each service, which its provider for Terraform is built on.
func TestClientPackages(t *testing.T) {
	n := start(t, options{})
	org := restDoor{newHTTPDoor(n)}.createOrg(t, "Of another")
	_, port, err := net.SplitHostPort(n.Address)
	if err != nil {
		t.Fatal(err)
	}
	address, scopes := "localhost:"+port, []string{oidc.ScopeOpenID, clientzitadel.ScopeZitadelAPI()}
	with := []clientzitadel.Option{
		clientzitadel.WithInsecure(),
		clientzitadel.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: n.PAT, TokenType: oidc.BearerToken})),
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for name, call := range map[string]func() (*clientzitadel.Connection, error){
		"management": func() (*clientzitadel.Connection, error) {
			c, err := clientmanagement.NewClient(ctx, n.Issuer, address, scopes, append(with, clientzitadel.WithOrgID(org))...)
			if err != nil {
				return nil, err
			}
			answer, err := c.GetMyOrg(ctx, &management.GetMyOrgRequest{})
			if answer.GetOrg().GetId() != org {
				t.Errorf("in the context of %s there is %v", org, answer)
			}
			return c.Connection, err
		},
		"admin": func() (*clientzitadel.Connection, error) {
			c, err := clientadmin.NewClient(ctx, n.Issuer, address, scopes, with...)
			if err != nil {
				return nil, err
			}
			_, err = c.GetDefaultOrg(ctx, &admin.GetDefaultOrgRequest{})
			return c.Connection, err
		},
		"auth": func() (*clientzitadel.Connection, error) {
			c, err := clientauth.NewClient(ctx, n.Issuer, address, scopes, with...)
			if err != nil {
				return nil, err
			}
			_, err = c.GetMyUser(ctx, &auth.GetMyUserRequest{})
			return c.Connection, err
		},
		"user v2": func() (*clientzitadel.Connection, error) {
			c, err := clientuser.NewClient(ctx, n.Issuer, address, scopes, with...)
			if err != nil {
				return nil, err
			}
			_, err = c.ListUsers(ctx, &users.ListUsersRequest{})
			return c.Connection, err
		},
		"organization v2": func() (*clientzitadel.Connection, error) {
			c, err := clientorg.NewClient(ctx, n.Issuer, address, scopes, with...)
			if err != nil {
				return nil, err
			}
			_, err = c.ListOrganizations(ctx, &orgs.ListOrganizationsRequest{})
			return c.Connection, err
		},
		"project v2": func() (*clientzitadel.Connection, error) {
			c, err := clientproject.NewClient(ctx, n.Issuer, address, scopes, with...)
			if err != nil {
				return nil, err
			}
			_, err = c.ListProjects(ctx, &projects.ListProjectsRequest{})
			return c.Connection, err
		},
		"authorization v2": func() (*clientzitadel.Connection, error) {
			c, err := clientauthorization.NewClient(ctx, n.Issuer, address, scopes, with...)
			if err != nil {
				return nil, err
			}
			_, err = c.ListAuthorizations(ctx, &authorizations.ListAuthorizationsRequest{})
			return c.Connection, err
		},
		"application v2": func() (*clientzitadel.Connection, error) {
			c, err := clientapplication.NewClient(ctx, n.Issuer, address, scopes, with...)
			if err != nil {
				return nil, err
			}
			_, err = c.ListApplications(ctx, &applications.ListApplicationsRequest{})
			return c.Connection, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			connection, err := call()
			if err != nil {
				t.Fatal(err)
			}
			if err := connection.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
