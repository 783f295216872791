package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authn"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// GetAppKey finds a key of an application, without the key itself.
func (s *Management) GetAppKey(ctx context.Context, req *management.GetAppKeyRequest) (*management.GetAppKeyResponse, error) {
	ref, err := applicationKeyRef(req)
	if err != nil {
		return nil, err
	}
	k, err := s.Directory.ApplicationKey(ctx, call.Caller(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &management.GetAppKeyResponse{Key: appKeyOf(k)}, nil
}

// ListAppKeys lists the keys of an application, without the keys themselves.
func (s *Management) ListAppKeys(ctx context.Context, req *management.ListAppKeysRequest) (*management.ListAppKeysResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.KeysOfApplication(ctx, call.Caller(ctx), ref, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListAppKeysResponse{Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, appKeyOf)}, nil
}

// AddAppKey gives an application a further key, whose file is shown this once.
func (s *Management) AddAppKey(ctx context.Context, req *management.AddAppKeyRequest) (*management.AddAppKeyResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	if req.GetType() != authn.KeyType_KEY_TYPE_JSON {
		return nil, iam.Errorf(iam.InvalidArgument, "WIRE-keyt1", "the type of the key must be KEY_TYPE_JSON").At(iam.FieldKey)
	}
	expires, err := call.FromTime(req.GetExpirationDate())
	if err != nil {
		return nil, err
	}
	k, file, err := s.Directory.AddApplicationKey(ctx, call.Caller(ctx), ref, expires)
	if err != nil {
		return nil, err
	}
	return &management.AddAppKeyResponse{Id: k.ID, Details: details(k.Meta, k.OrgID), KeyDetails: []byte(file.Reveal())}, nil
}

// RemoveAppKey removes a key of an application.
func (s *Management) RemoveAppKey(ctx context.Context, req *management.RemoveAppKeyRequest) (*management.RemoveAppKeyResponse, error) {
	ref, err := applicationKeyRef(req)
	if err != nil {
		return nil, err
	}
	k, err := s.Directory.RemoveApplicationKey(ctx, call.Caller(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &management.RemoveAppKeyResponse{Details: details(k.Meta, k.OrgID)}, nil
}

// applicationKeyRef is [applicationRef] for requests about one key.
func applicationKeyRef(req interface {
	appRequest
	GetKeyId() string
},
) (directory.ApplicationKeyRef, error) {
	ref, err := applicationRef(req)
	return directory.ApplicationKeyRef{ProjectID: ref.ProjectID, ApplicationID: ref.ID, ID: req.GetKeyId()}, err
}

// appKeyOf is a key of an application on the wire.
func appKeyOf(k iam.ApplicationKey) *authn.Key {
	return &authn.Key{
		Id: k.ID, Details: details(k.Meta, k.OrgID), Type: authn.KeyType_KEY_TYPE_JSON, ExpirationDate: call.Expiry(k.Expires),
	}
}
