package v2

import (
	"context"

	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// AddKey gives a service user a further key. The file with its private half is
// shown this once; there is none for a public key that the client made. Without an
// expiration date it does not expire.
func (s *Users) AddKey(ctx context.Context, req *user.AddKeyRequest) (*user.AddKeyResponse, error) {
	if err := required("user_id", req.GetUserId()); err != nil {
		return nil, err
	}
	expires, err := call.FromTime(req.GetExpirationDate())
	if err != nil {
		return nil, err
	}
	cred, file, err := s.Directory.AddMachineKey(ctx, call.Caller(ctx), req.GetUserId(), directory.NewMachineKey{PublicKey: req.GetPublicKey(), Expires: expires})
	if err != nil {
		return nil, err
	}
	return &user.AddKeyResponse{CreationDate: call.Time(cred.Created), KeyId: cred.ID, KeyContent: []byte(file.Reveal())}, nil
}

// RemoveKey removes a key. One that is not there is an error, as in Zitadel.
func (s *Users) RemoveKey(ctx context.Context, req *user.RemoveKeyRequest) (*user.RemoveKeyResponse, error) {
	if err := required("user_id", req.GetUserId(), "key_id", req.GetKeyId()); err != nil {
		return nil, err
	}
	cred, err := s.Directory.RemoveMachineKey(ctx, call.Caller(ctx), req.GetUserId(), req.GetKeyId())
	if err != nil {
		return nil, err
	}
	return &user.RemoveKeyResponse{DeletionDate: call.Time(cred.Changed)}, nil
}

// ListKeys lists the keys that the caller may see, its own among them.
func (s *Users) ListKeys(ctx context.Context, req *user.ListKeysRequest) (*user.ListKeysResponse, error) {
	p, err := page(req.GetPagination(), map[user.KeyFieldName]iam.Field{
		user.KeyFieldName_KEY_FIELD_NAME_UNSPECIFIED:         iam.FieldCreated,
		user.KeyFieldName_KEY_FIELD_NAME_CREATED_DATE:        iam.FieldCreated,
		user.KeyFieldName_KEY_FIELD_NAME_ID:                  iam.FieldID,
		user.KeyFieldName_KEY_FIELD_NAME_USER_ID:             iam.FieldUserID,
		user.KeyFieldName_KEY_FIELD_NAME_ORGANIZATION_ID:     iam.FieldOrgID,
		user.KeyFieldName_KEY_FIELD_NAME_KEY_EXPIRATION_DATE: iam.FieldExpires,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	f, err := all(req.GetFilters(), keyQuery)
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.MachineKeys(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &user.ListKeysResponse{Pagination: pagination(l.Total, p), Result: mapSlice(l.Items, toKey)}, nil
}

func keyQuery(f *user.KeysSearchFilter) (iam.Filter, error) {
	switch f := f.GetFilter().(type) {
	case *user.KeysSearchFilter_KeyIdFilter:
		return iam.FieldID.Is(f.KeyIdFilter.GetId()), nil
	case *user.KeysSearchFilter_UserIdFilter:
		return iam.FieldUserID.Is(f.UserIdFilter.GetId()), nil
	case *user.KeysSearchFilter_OrganizationIdFilter:
		return iam.FieldOrgID.Is(f.OrganizationIdFilter.GetId()), nil
	case *user.KeysSearchFilter_CreatedDateFilter:
		return at(iam.FieldCreated, f.CreatedDateFilter)
	case *user.KeysSearchFilter_ExpirationDateFilter:
		return expiryQuery(f.ExpirationDateFilter)
	}
	return iam.Filter{}, noQuery()
}

func toKey(c iam.Credential) *user.Key {
	return &user.Key{
		CreationDate: call.Time(c.Created), ChangeDate: call.Time(c.Changed), Id: c.ID, UserId: c.UserID,
		OrganizationId: c.OrgID, ExpirationDate: call.Expiry(c.Expires),
	}
}
