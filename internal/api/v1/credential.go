package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// GenerateMachineSecret gives a service user a fresh client secret, which is
// shown this once. Its client_id is its user name.
func (s *Management) GenerateMachineSecret(ctx context.Context, req *management.GenerateMachineSecretRequest) (*management.GenerateMachineSecretResponse, error) {
	u, _, secret, err := s.Directory.GenerateSecret(ctx, call.Caller(ctx), req.GetUserId(), nil)
	if err != nil {
		return nil, err
	}
	return &management.GenerateMachineSecretResponse{
		ClientId: u.UserName, ClientSecret: secret.Reveal(), Details: details(u.Meta, u.OrgID),
	}, nil
}

// RemoveMachineSecret removes a service user's client secret.
func (s *Management) RemoveMachineSecret(ctx context.Context, req *management.RemoveMachineSecretRequest) (*management.RemoveMachineSecretResponse, error) {
	u, err := s.Directory.RemoveSecret(ctx, call.Caller(ctx), req.GetUserId())
	if err != nil {
		return nil, err
	}
	return &management.RemoveMachineSecretResponse{Details: details(u.Meta, u.OrgID)}, nil
}

// AddPersonalAccessToken gives a service user a further token, which is shown this once.
func (s *Management) AddPersonalAccessToken(ctx context.Context, req *management.AddPersonalAccessTokenRequest) (*management.AddPersonalAccessTokenResponse, error) {
	expires, err := call.FromTime(req.GetExpirationDate())
	if err != nil {
		return nil, err
	}
	cred, token, err := s.Directory.AddPAT(ctx, call.Caller(ctx), req.GetUserId(), directory.NewPAT{Expires: expires})
	if err != nil {
		return nil, err
	}
	return &management.AddPersonalAccessTokenResponse{
		TokenId: cred.ID, Token: token.Reveal(), Details: details(cred.Meta, cred.OrgID),
	}, nil
}

// GetPersonalAccessTokenByIDs finds one of a service user's tokens, without the token itself.
func (s *Management) GetPersonalAccessTokenByIDs(ctx context.Context, req *management.GetPersonalAccessTokenByIDsRequest) (*management.GetPersonalAccessTokenByIDsResponse, error) {
	cred, err := s.Directory.PAT(ctx, call.Caller(ctx), req.GetUserId(), req.GetTokenId())
	if err != nil {
		return nil, err
	}
	return &management.GetPersonalAccessTokenByIDsResponse{Token: patOf(cred)}, nil
}

// ListPersonalAccessTokens lists a service user's tokens, without the tokens themselves.
func (s *Management) ListPersonalAccessTokens(ctx context.Context, req *management.ListPersonalAccessTokensRequest) (*management.ListPersonalAccessTokensResponse, error) {
	l, err := s.Directory.PATsOf(ctx, call.Caller(ctx), req.GetUserId(), page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListPersonalAccessTokensResponse{
		Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, patOf),
	}, nil
}

// RemovePersonalAccessToken removes one of a service user's tokens.
func (s *Management) RemovePersonalAccessToken(ctx context.Context, req *management.RemovePersonalAccessTokenRequest) (*management.RemovePersonalAccessTokenResponse, error) {
	cred, err := s.Directory.RemovePAT(ctx, call.Caller(ctx), req.GetUserId(), req.GetTokenId())
	if err != nil {
		return nil, err
	}
	return &management.RemovePersonalAccessTokenResponse{Details: details(cred.Meta, cred.OrgID)}, nil
}

// patOf is a personal access token on the wire. Zitadel gives all of them the
// same scopes.
func patOf(c iam.Credential) *user.PersonalAccessToken {
	return &user.PersonalAccessToken{
		Id:             c.ID,
		Details:        details(c.Meta, c.OrgID),
		ExpirationDate: call.Expiry(c.Expires),
		Scopes:         []string{iam.ScopeOpenID, iam.ScopeProfile, iam.ScopeMetadata, iam.ScopeResourceOwner},
	}
}
