// Package v2 answers the second generation of Zitadel's API: users,
// organizations, projects, authorizations, administrators and the instance.
// What an operation is about stands in the request; no organization is implied.
//
// A method decodes, calls one operation of package directory and encodes. It
// decides nothing; errors are turned into statuses in package api. An object
// that already is as asked is a success in this generation, and so is removing
// one that is not there, unless Zitadel's documentation of the call says otherwise.
package v2

import (
	"time"

	application "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/application/v2"
	authorization "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	feature "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/feature/v2"
	instance "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"
	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	org "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	settings "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/settings/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	webkey "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2"

	"github.com/latchkey-iam/latchkey/internal/directory"
)

// Users is zitadel.user.v2.UserService.
type Users struct {
	user.UnimplementedUserServiceServer
	Directory *directory.Directory
	Now       func() time.Time
}

// Organizations is zitadel.org.v2.OrganizationService.
type Organizations struct {
	org.UnimplementedOrganizationServiceServer
	Directory *directory.Directory
	Now       func() time.Time
}

// Projects is zitadel.project.v2.ProjectService.
type Projects struct {
	project.UnimplementedProjectServiceServer
	Directory *directory.Directory
	Now       func() time.Time
}

// Authorizations is zitadel.authorization.v2.AuthorizationService.
type Authorizations struct {
	authorization.UnimplementedAuthorizationServiceServer
	Directory *directory.Directory
	Now       func() time.Time
}

// Administrators is zitadel.internal_permission.v2.InternalPermissionService.
type Administrators struct {
	permission.UnimplementedInternalPermissionServiceServer
	Directory *directory.Directory
	Now       func() time.Time
}

// Applications is zitadel.application.v2.ApplicationService.
type Applications struct {
	application.UnimplementedApplicationServiceServer
	Directory *directory.Directory
	Now       func() time.Time
}

// WebKeys is zitadel.webkey.v2.WebKeyService.
type WebKeys struct {
	webkey.UnimplementedWebKeyServiceServer
	Directory *directory.Directory
}

// Settings is zitadel.settings.v2.SettingsService, as far as settings bear on
// service users.
type Settings struct {
	settings.UnimplementedSettingsServiceServer
	Directory *directory.Directory
}

// Features is zitadel.feature.v2.FeatureService, of the instance.
type Features struct {
	feature.UnimplementedFeatureServiceServer
	Directory *directory.Directory
}

// Instances is zitadel.instance.v2.InstanceService, for the one instance that
// there is.
type Instances struct {
	instance.UnimplementedInstanceServiceServer
	Directory *directory.Directory
	Now       func() time.Time
}
