package v2

import (
	"context"

	application "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/application/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// CreateApplication creates an API or an OIDC client. Its client secret, if it is
// to have one, is shown this once.
func (s *Applications) CreateApplication(ctx context.Context, req *application.CreateApplicationRequest) (*application.CreateApplicationResponse, error) {
	if err := required("project_id", req.GetProjectId(), "name", req.GetName()); err != nil {
		return nil, err
	}
	in := directory.NewApplication{ID: req.GetApplicationId(), ProjectID: req.GetProjectId(), Name: req.GetName()}
	var err error
	switch t := req.GetApplicationType().(type) {
	case *application.CreateApplicationRequest_ApiConfiguration:
		in.Type = iam.API
		in.AuthMethod, err = lookup("authentication method", apiMethods(), t.ApiConfiguration.GetAuthMethodType())
	case *application.CreateApplicationRequest_OidcConfiguration:
		in.Type = iam.OIDC
		in.OIDC, in.AuthMethod, err = fromOIDC(t.OidcConfiguration)
	case *application.CreateApplicationRequest_SamlConfiguration:
		err = noSAML()
	default:
		err = iam.Errorf(iam.InvalidArgument, "V2-apptype", "one of oidc_configuration and api_configuration must be set").At(iam.FieldApplicationType)
	}
	if err != nil {
		return nil, err
	}
	a, secret, err := s.Directory.CreateApplication(ctx, call.Caller(ctx), in)
	if err != nil {
		return nil, err
	}
	out := &application.CreateApplicationResponse{ApplicationId: a.ID, CreationDate: call.Time(a.Created)}
	if a.Type == iam.API {
		out.ApplicationType = &application.CreateApplicationResponse_ApiConfiguration{ApiConfiguration: &application.CreateAPIApplicationResponse{
			ClientId: a.ClientID, ClientSecret: secret.Reveal(),
		}}
		return out, nil
	}
	compliant, problems := a.OIDC.Compliance(a.AuthMethod)
	out.ApplicationType = &application.CreateApplicationResponse_OidcConfiguration{OidcConfiguration: &application.CreateOIDCApplicationResponse{
		ClientId: a.ClientID, ClientSecret: secret.Reveal(), NonCompliant: !compliant, ComplianceProblems: mapSlice(problems, toProblem),
	}}
	return out, nil
}

// UpdateApplication changes what is given of an application.
func (s *Applications) UpdateApplication(ctx context.Context, req *application.UpdateApplicationRequest) (*application.UpdateApplicationResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	in := directory.ApplicationChange{Name: pointer(req.GetName())}
	switch t := req.GetApplicationType().(type) {
	case *application.UpdateApplicationRequest_ApiConfiguration:
		method, err := lookup("authentication method", apiMethods(), t.ApiConfiguration.GetAuthMethodType())
		if err != nil {
			return nil, err
		}
		in.Type, in.AuthMethod = iam.API, &method
	case *application.UpdateApplicationRequest_OidcConfiguration:
		in.Type = iam.OIDC
		if in.OIDC, in.AuthMethod, err = oidcChange(t.OidcConfiguration); err != nil {
			return nil, err
		}
	case *application.UpdateApplicationRequest_SamlConfiguration:
		return nil, noSAML()
	}
	a, err := s.Directory.UpdateApplication(ctx, call.Caller(ctx), ref, in)
	date, err := changed(a.Meta, err)
	if err != nil {
		return nil, err
	}
	return &application.UpdateApplicationResponse{ChangeDate: date}, nil
}

// GetApplication finds an application.
func (s *Applications) GetApplication(ctx context.Context, req *application.GetApplicationRequest) (*application.GetApplicationResponse, error) {
	if err := required("application_id", req.GetApplicationId()); err != nil {
		return nil, err
	}
	a, err := s.Directory.Application(ctx, call.Caller(ctx), directory.ApplicationRef{ID: req.GetApplicationId()})
	if err != nil {
		return nil, err
	}
	return &application.GetApplicationResponse{Application: toApplication(a)}, nil
}

// DeleteApplication removes an application with its keys. One that is not there
// is an error, as in Zitadel.
func (s *Applications) DeleteApplication(ctx context.Context, req *application.DeleteApplicationRequest) (*application.DeleteApplicationResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	a, err := s.Directory.RemoveApplication(ctx, call.Caller(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &application.DeleteApplicationResponse{DeletionDate: call.Time(a.Changed)}, nil
}

// DeactivateApplication switches an application off.
func (s *Applications) DeactivateApplication(ctx context.Context, req *application.DeactivateApplicationRequest) (*application.DeactivateApplicationResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	a, err := s.Directory.DeactivateApplication(ctx, call.Caller(ctx), ref)
	date, err := changed(a.Meta, err)
	if err != nil {
		return nil, err
	}
	return &application.DeactivateApplicationResponse{DeactivationDate: date}, nil
}

// ReactivateApplication switches an application on again.
func (s *Applications) ReactivateApplication(ctx context.Context, req *application.ReactivateApplicationRequest) (*application.ReactivateApplicationResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	a, err := s.Directory.ReactivateApplication(ctx, call.Caller(ctx), ref)
	date, err := changed(a.Meta, err)
	if err != nil {
		return nil, err
	}
	return &application.ReactivateApplicationResponse{ReactivationDate: date}, nil
}

// GenerateClientSecret gives an application a fresh client secret, which replaces
// the one before and is shown this once.
func (s *Applications) GenerateClientSecret(ctx context.Context, req *application.GenerateClientSecretRequest) (*application.GenerateClientSecretResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	a, secret, err := s.Directory.GenerateApplicationSecret(ctx, call.Caller(ctx), ref, "")
	if err != nil {
		return nil, err
	}
	return &application.GenerateClientSecretResponse{ClientSecret: secret.Reveal(), CreationDate: call.Time(a.Changed)}, nil
}

// ListApplications lists the applications that the caller may see.
func (s *Applications) ListApplications(ctx context.Context, req *application.ListApplicationsRequest) (*application.ListApplicationsResponse, error) {
	p, err := page(req.GetPagination(), map[application.ApplicationSorting]iam.Field{
		application.ApplicationSorting_APPLICATION_SORT_BY_ID:            iam.FieldID,
		application.ApplicationSorting_APPLICATION_SORT_BY_NAME:          iam.FieldName,
		application.ApplicationSorting_APPLICATION_SORT_BY_STATE:         iam.FieldState,
		application.ApplicationSorting_APPLICATION_SORT_BY_CREATION_DATE: iam.FieldCreated,
		application.ApplicationSorting_APPLICATION_SORT_BY_CHANGE_DATE:   iam.FieldChanged,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	f, err := all(req.GetFilters(), applicationQuery)
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.Applications(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &application.ListApplicationsResponse{Pagination: pagination(l.Total, p), Applications: mapSlice(l.Items, toApplication)}, nil
}

func applicationQuery(f *application.ApplicationSearchFilter) (iam.Filter, error) {
	switch f := f.GetFilter().(type) {
	case *application.ApplicationSearchFilter_ProjectIdFilter:
		return iam.FieldProjectID.Is(f.ProjectIdFilter.GetProjectId()), nil
	case *application.ApplicationSearchFilter_NameFilter:
		return text(iam.FieldName, f.NameFilter.GetName(), f.NameFilter.GetMethod())
	case *application.ApplicationSearchFilter_StateFilter:
		return lookup("state", map[application.ApplicationState]iam.Filter{
			application.ApplicationState_APPLICATION_STATE_ACTIVE:   iam.FieldState.Is(string(iam.Active)),
			application.ApplicationState_APPLICATION_STATE_INACTIVE: iam.FieldState.Is(string(iam.Inactive)),
			application.ApplicationState_APPLICATION_STATE_REMOVED:  nothing(),
		}, f.StateFilter)
	case *application.ApplicationSearchFilter_TypeFilter:
		return lookup("type of application", map[application.ApplicationType]iam.Filter{
			application.ApplicationType_APPLICATION_TYPE_OIDC: iam.FieldApplicationType.Is(string(iam.OIDC)),
			application.ApplicationType_APPLICATION_TYPE_API:  iam.FieldApplicationType.Is(string(iam.API)),
			application.ApplicationType_APPLICATION_TYPE_SAML: nothing(),
		}, f.TypeFilter)
	case *application.ApplicationSearchFilter_ClientIdFilter:
		return iam.FieldClientID.Is(f.ClientIdFilter.GetClientId()), nil
	case *application.ApplicationSearchFilter_EntityIdFilter:
		return nothing(), nil // which SAML applications have
	}
	return iam.Filter{}, noQuery()
}
