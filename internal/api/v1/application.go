package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/app"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// GetAppByID finds an application.
func (s *Management) GetAppByID(ctx context.Context, req *management.GetAppByIDRequest) (*management.GetAppByIDResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	a, err := s.Directory.Application(ctx, call.Caller(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &management.GetAppByIDResponse{App: appOf(a)}, nil
}

// ListApps lists the applications of a project.
func (s *Management) ListApps(ctx context.Context, req *management.ListAppsRequest) (*management.ListAppsResponse, error) {
	f, err := filterOf(req.GetQueries(), func(q *app.AppQuery) (iam.Filter, error) {
		if q, ok := q.GetQuery().(*app.AppQuery_NameQuery); ok {
			return textFilter(iam.FieldName, q.NameQuery.GetName(), q.NameQuery.GetMethod())
		}
		return iam.Filter{}, unknownQuery()
	})
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.ProjectApplications(ctx, call.Caller(ctx), req.GetProjectId(), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListAppsResponse{Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, appOf)}, nil
}

// AddAPIApp creates an API. Its client secret, if it is to have one, is shown this once.
func (s *Management) AddAPIApp(ctx context.Context, req *management.AddAPIAppRequest) (*management.AddAPIAppResponse, error) {
	method, err := apiMethod(req.GetAuthMethodType())
	if err != nil {
		return nil, err
	}
	a, secret, err := s.Directory.CreateApplication(ctx, call.Caller(ctx), directory.NewApplication{
		ProjectID: req.GetProjectId(), Name: req.GetName(), Type: iam.API, AuthMethod: method,
	})
	if err != nil {
		return nil, err
	}
	return &management.AddAPIAppResponse{
		AppId: a.ID, Details: details(a.Meta, a.OrgID), ClientId: a.ClientID, ClientSecret: secret.Reveal(),
	}, nil
}

// AddOIDCApp creates an OIDC client. Its client secret, if it is to have one, is shown this once.
func (s *Management) AddOIDCApp(ctx context.Context, req *management.AddOIDCAppRequest) (*management.AddOIDCAppResponse, error) {
	if req.GetVersion() != app.OIDCVersion_OIDC_VERSION_1_0 {
		return nil, unknownEnum("the version of OpenID Connect")
	}
	config, method, err := oidcConfig(req)
	if err != nil {
		return nil, err
	}
	a, secret, err := s.Directory.CreateApplication(ctx, call.Caller(ctx), directory.NewApplication{
		ProjectID: req.GetProjectId(), Name: req.GetName(), Type: iam.OIDC, AuthMethod: method, OIDC: config,
	})
	if err != nil {
		return nil, err
	}
	compliant, problems := a.OIDC.Compliance(a.AuthMethod)
	return &management.AddOIDCAppResponse{
		AppId: a.ID, Details: details(a.Meta, a.OrgID), ClientId: a.ClientID, ClientSecret: secret.Reveal(),
		NoneCompliant: !compliant, ComplianceProblems: mapSlice(problems, problemOf),
	}, nil
}

// UpdateApp renames an application.
func (s *Management) UpdateApp(ctx context.Context, req *management.UpdateAppRequest) (*management.UpdateAppResponse, error) {
	a, err := s.updateApp(ctx, req, directory.ApplicationChange{Name: new(req.GetName())})
	if err != nil {
		return nil, err
	}
	return &management.UpdateAppResponse{Details: details(a.Meta, a.OrgID)}, nil
}

// UpdateAPIAppConfig replaces how an API authenticates.
func (s *Management) UpdateAPIAppConfig(ctx context.Context, req *management.UpdateAPIAppConfigRequest) (*management.UpdateAPIAppConfigResponse, error) {
	method, err := apiMethod(req.GetAuthMethodType())
	if err != nil {
		return nil, err
	}
	a, err := s.updateApp(ctx, req, directory.ApplicationChange{AuthMethod: &method, Type: iam.API})
	if err != nil {
		return nil, err
	}
	return &management.UpdateAPIAppConfigResponse{Details: details(a.Meta, a.OrgID)}, nil
}

// UpdateOIDCAppConfig replaces the configuration of an OIDC client.
func (s *Management) UpdateOIDCAppConfig(ctx context.Context, req *management.UpdateOIDCAppConfigRequest) (*management.UpdateOIDCAppConfigResponse, error) {
	config, method, err := oidcConfig(req)
	if err != nil {
		return nil, err
	}
	a, err := s.updateApp(ctx, req, directory.ApplicationChange{
		AuthMethod: &method, OIDC: func(c *iam.OIDCConfig) { *c = config }, Type: iam.OIDC,
	})
	if err != nil {
		return nil, err
	}
	return &management.UpdateOIDCAppConfigResponse{Details: details(a.Meta, a.OrgID)}, nil
}

func (s *Management) updateApp(ctx context.Context, req appRequest, in directory.ApplicationChange) (iam.Application, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return iam.Application{}, err
	}
	return s.Directory.UpdateApplication(ctx, call.Caller(ctx), ref, in)
}

// DeactivateApp switches an application off.
func (s *Management) DeactivateApp(ctx context.Context, req *management.DeactivateAppRequest) (*management.DeactivateAppResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	a, err := s.Directory.DeactivateApplication(ctx, call.Caller(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &management.DeactivateAppResponse{Details: details(a.Meta, a.OrgID)}, nil
}

// ReactivateApp switches an application on again.
func (s *Management) ReactivateApp(ctx context.Context, req *management.ReactivateAppRequest) (*management.ReactivateAppResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	a, err := s.Directory.ReactivateApplication(ctx, call.Caller(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &management.ReactivateAppResponse{Details: details(a.Meta, a.OrgID)}, nil
}

// RemoveApp removes an application with its keys.
func (s *Management) RemoveApp(ctx context.Context, req *management.RemoveAppRequest) (*management.RemoveAppResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	a, err := s.Directory.RemoveApplication(ctx, call.Caller(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &management.RemoveAppResponse{Details: details(a.Meta, a.OrgID)}, nil
}

// RegenerateAPIClientSecret gives an API a fresh client secret, which is shown this once.
func (s *Management) RegenerateAPIClientSecret(ctx context.Context, req *management.RegenerateAPIClientSecretRequest) (*management.RegenerateAPIClientSecretResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	a, secret, err := s.Directory.GenerateApplicationSecret(ctx, call.Caller(ctx), ref, iam.API)
	if err != nil {
		return nil, err
	}
	return &management.RegenerateAPIClientSecretResponse{ClientSecret: secret.Reveal(), Details: details(a.Meta, a.OrgID)}, nil
}

// RegenerateOIDCClientSecret gives an OIDC client a fresh client secret, which is shown this once.
func (s *Management) RegenerateOIDCClientSecret(ctx context.Context, req *management.RegenerateOIDCClientSecretRequest) (*management.RegenerateOIDCClientSecretResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	a, secret, err := s.Directory.GenerateApplicationSecret(ctx, call.Caller(ctx), ref, iam.OIDC)
	if err != nil {
		return nil, err
	}
	return &management.RegenerateOIDCClientSecretResponse{ClientSecret: secret.Reveal(), Details: details(a.Meta, a.OrgID)}, nil
}
