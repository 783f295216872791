package v2

import (
	"context"

	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// AddSecret gives a service user a fresh client secret, which replaces the one before.
func (s *Users) AddSecret(ctx context.Context, req *user.AddSecretRequest) (*user.AddSecretResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	_, cred, secret, err := s.Directory.GenerateSecret(ctx, call.Caller(ctx), req.GetUserId(), nil)
	if err != nil {
		return nil, err
	}
	return &user.AddSecretResponse{CreationDate: call.Time(cred.Created), ClientSecret: secret.Reveal()}, nil
}

// RemoveSecret removes a service user's client secret. None is an error, as in Zitadel.
func (s *Users) RemoveSecret(ctx context.Context, req *user.RemoveSecretRequest) (*user.RemoveSecretResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	u, err := s.Directory.RemoveSecret(ctx, call.Caller(ctx), req.GetUserId())
	if err != nil {
		return nil, err
	}
	return &user.RemoveSecretResponse{DeletionDate: call.Time(u.Changed)}, nil
}

// AddPersonalAccessToken gives a service user a further personal access token.
// Without an expiration date it does not expire.
func (s *Users) AddPersonalAccessToken(ctx context.Context, req *user.AddPersonalAccessTokenRequest) (*user.AddPersonalAccessTokenResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	expires, err := call.FromTime(req.GetExpirationDate())
	if err != nil {
		return nil, err
	}
	cred, token, err := s.Directory.AddPAT(ctx, call.Caller(ctx), req.GetUserId(), directory.NewPAT{Expires: expires})
	if err != nil {
		return nil, err
	}
	return &user.AddPersonalAccessTokenResponse{
		CreationDate: call.Time(cred.Created), TokenId: cred.ID, Token: token.Reveal(),
	}, nil
}

// RemovePersonalAccessToken removes a personal access token. One that is not
// there is an error, as in Zitadel.
func (s *Users) RemovePersonalAccessToken(ctx context.Context, req *user.RemovePersonalAccessTokenRequest) (*user.RemovePersonalAccessTokenResponse, error) {
	if err := required("user_id", req.GetUserId(), "token_id", req.GetTokenId()); err != nil {
		return nil, err
	}
	cred, err := s.Directory.RemovePAT(ctx, call.Caller(ctx), req.GetUserId(), req.GetTokenId())
	if err != nil {
		return nil, err
	}
	return &user.RemovePersonalAccessTokenResponse{DeletionDate: call.Time(cred.Changed)}, nil
}

// ListPersonalAccessTokens lists the tokens that the caller may see, its own among them.
func (s *Users) ListPersonalAccessTokens(ctx context.Context, req *user.ListPersonalAccessTokensRequest) (*user.ListPersonalAccessTokensResponse, error) {
	p, err := page(req.GetPagination(), map[user.PersonalAccessTokenFieldName]iam.Field{
		user.PersonalAccessTokenFieldName_PERSONAL_ACCESS_TOKEN_FIELD_NAME_UNSPECIFIED:     iam.FieldCreated,
		user.PersonalAccessTokenFieldName_PERSONAL_ACCESS_TOKEN_FIELD_NAME_CREATED_DATE:    iam.FieldCreated,
		user.PersonalAccessTokenFieldName_PERSONAL_ACCESS_TOKEN_FIELD_NAME_ID:              iam.FieldID,
		user.PersonalAccessTokenFieldName_PERSONAL_ACCESS_TOKEN_FIELD_NAME_USER_ID:         iam.FieldUserID,
		user.PersonalAccessTokenFieldName_PERSONAL_ACCESS_TOKEN_FIELD_NAME_ORGANIZATION_ID: iam.FieldOrgID,
		user.PersonalAccessTokenFieldName_PERSONAL_ACCESS_TOKEN_FIELD_NAME_EXPIRATION_DATE: iam.FieldExpires,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	f, err := all(req.GetFilters(), tokenQuery)
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.PATs(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &user.ListPersonalAccessTokensResponse{Pagination: pagination(l.Total, p), Result: mapSlice(l.Items, toToken)}, nil
}

func tokenQuery(f *user.PersonalAccessTokensSearchFilter) (iam.Filter, error) {
	switch f := f.GetFilter().(type) {
	case *user.PersonalAccessTokensSearchFilter_TokenIdFilter:
		return iam.FieldID.Is(f.TokenIdFilter.GetId()), nil
	case *user.PersonalAccessTokensSearchFilter_UserIdFilter:
		return iam.FieldUserID.Is(f.UserIdFilter.GetId()), nil
	case *user.PersonalAccessTokensSearchFilter_OrganizationIdFilter:
		return iam.FieldOrgID.Is(f.OrganizationIdFilter.GetId()), nil
	case *user.PersonalAccessTokensSearchFilter_CreatedDateFilter:
		return at(iam.FieldCreated, f.CreatedDateFilter)
	case *user.PersonalAccessTokensSearchFilter_ExpirationDateFilter:
		return expiryQuery(f.ExpirationDateFilter)
	}
	return iam.Filter{}, noQuery()
}

// expiryQuery compares expiration dates. A token that does not expire is kept
// with the time 0 and shown with [iam.Never], so it counts as later than all others.
func expiryQuery(t *filter.TimestampFilter) (iam.Filter, error) {
	f, err := at(iam.FieldExpires, t)
	if err != nil {
		return f, err
	}
	never := iam.Filter{Field: iam.FieldExpires, Match: iam.IsTime}
	ever := iam.Filter{Not: &never}
	isNever := f.Time >= iam.Never.UnixMicro()
	switch {
	case isNever && f.Match == iam.AtMost:
		return iam.Filter{}, nil
	case isNever && (f.Match == iam.IsTime || f.Match == iam.AtLeast):
		return never, nil
	case isNever && f.Match == iam.After:
		return nothing(), nil
	case f.Match == iam.After || f.Match == iam.AtLeast:
		return iam.Filter{Any: []iam.Filter{f, never}}, nil
	}
	return iam.Filter{All: []iam.Filter{f, ever}}, nil
}

func toToken(c iam.Credential) *user.PersonalAccessToken {
	return &user.PersonalAccessToken{
		CreationDate: call.Time(c.Created), ChangeDate: call.Time(c.Changed), Id: c.ID, UserId: c.UserID,
		OrganizationId: c.OrgID, ExpirationDate: call.Expiry(c.Expires),
	}
}
