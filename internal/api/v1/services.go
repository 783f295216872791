// Package v1 answers the first generation of Zitadel's API: the Management,
// Admin and Auth services. What lies outside of the calling organization's
// context (the x-zitadel-orgid header, or the caller's own organization) does
// not exist for Management calls.
//
// A method decodes, calls one operation of package directory and encodes. It
// decides nothing; errors are turned into statuses in package api.
package v1

import (
	"time"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"

	"github.com/latchkey-iam/latchkey/internal/directory"
)

// Management is zitadel.management.v1.ManagementService.
type Management struct {
	management.UnimplementedManagementServiceServer
	Directory *directory.Directory
	Now       func() time.Time
}

// Admin is zitadel.admin.v1.AdminService.
type Admin struct {
	admin.UnimplementedAdminServiceServer
	Directory *directory.Directory
	Now       func() time.Time
}

// Auth is zitadel.auth.v1.AuthService.
type Auth struct {
	auth.UnimplementedAuthServiceServer
	Directory *directory.Directory
	Now       func() time.Time
}
