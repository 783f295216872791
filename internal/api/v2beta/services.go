// Package v2beta answers the beta of Zitadel's second API generation for
// projects, authorizations, administrators and web keys. Unlike the final
// services they have REST paths.
//
// Each method is the twin of one of the final generation: the request becomes
// the twin's, the twin does it, and its answer becomes this generation's. Fields
// are matched by name (convert.go); names that changed stand in one table
// (table.go). What has no counterpart is done by hand, beside its method.
package v2beta

import (
	"context"

	authorizationv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	authorization "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2beta"
	permissionv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2beta"
	projectv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2beta"
	webkeyv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2"
	webkey "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2beta"

	"github.com/latchkey-iam/latchkey/internal/directory"
)

// Projects is zitadel.project.v2beta.ProjectService.
type Projects struct {
	project.UnimplementedProjectServiceServer
	V2 ProjectsV2
}

// ProjectsV2 is the final service of projects, and what only the beta can ask of it.
type ProjectsV2 interface {
	projectv2.ProjectServiceServer
	// CreateProjectWith is CreateProject with the first managers of the project.
	CreateProjectWith(context.Context, *projectv2.CreateProjectRequest, []directory.NewProjectAdmin) (*projectv2.CreateProjectResponse, error)
}

// Authorizations is zitadel.authorization.v2beta.AuthorizationService.
type Authorizations struct {
	authorization.UnimplementedAuthorizationServiceServer
	V2        authorizationv2.AuthorizationServiceServer
	Directory *directory.Directory
}

// Administrators is zitadel.internal_permission.v2beta.InternalPermissionService.
type Administrators struct {
	permission.UnimplementedInternalPermissionServiceServer
	V2        permissionv2.InternalPermissionServiceServer
	Directory *directory.Directory
}

// WebKeys is zitadel.webkey.v2beta.WebKeyService.
type WebKeys struct {
	webkey.UnimplementedWebKeyServiceServer
	V2 webkeyv2.WebKeyServiceServer
}
