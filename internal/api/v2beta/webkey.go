package v2beta

import (
	"context"

	webkey "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2beta"
)

// CreateWebKey makes a signing key.
func (s *WebKeys) CreateWebKey(ctx context.Context, req *webkey.CreateWebKeyRequest) (*webkey.CreateWebKeyResponse, error) {
	return relay[*webkey.CreateWebKeyResponse](ctx, req, s.V2.CreateWebKey)
}

// ActivateWebKey lets a signing key sign from now on.
func (s *WebKeys) ActivateWebKey(ctx context.Context, req *webkey.ActivateWebKeyRequest) (*webkey.ActivateWebKeyResponse, error) {
	return relay[*webkey.ActivateWebKeyResponse](ctx, req, s.V2.ActivateWebKey)
}

// DeleteWebKey removes a signing key that does not sign.
func (s *WebKeys) DeleteWebKey(ctx context.Context, req *webkey.DeleteWebKeyRequest) (*webkey.DeleteWebKeyResponse, error) {
	return relay[*webkey.DeleteWebKeyResponse](ctx, req, s.V2.DeleteWebKey)
}

// ListWebKeys lists the signing keys.
func (s *WebKeys) ListWebKeys(ctx context.Context, req *webkey.ListWebKeysRequest) (*webkey.ListWebKeysResponse, error) {
	return relay[*webkey.ListWebKeysResponse](ctx, req, s.V2.ListWebKeys)
}
