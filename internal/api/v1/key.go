package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authn"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// AddMachineKey gives a service user a further key. The file with its private
// half is shown this once; there is none for a public key that the client made.
func (s *Management) AddMachineKey(ctx context.Context, req *management.AddMachineKeyRequest) (*management.AddMachineKeyResponse, error) {
	if req.GetType() != authn.KeyType_KEY_TYPE_JSON {
		return nil, unknownEnum("the type of the key")
	}
	expires, err := call.FromTime(req.GetExpirationDate())
	if err != nil {
		return nil, err
	}
	cred, file, err := s.Directory.AddMachineKey(ctx, call.Caller(ctx), req.GetUserId(), directory.NewMachineKey{PublicKey: req.GetPublicKey(), Expires: expires})
	if err != nil {
		return nil, err
	}
	return &management.AddMachineKeyResponse{
		KeyId: cred.ID, KeyDetails: []byte(file.Reveal()), Details: details(cred.Meta, cred.OrgID),
	}, nil
}

// GetMachineKeyByIDs finds one of a service user's keys.
func (s *Management) GetMachineKeyByIDs(ctx context.Context, req *management.GetMachineKeyByIDsRequest) (*management.GetMachineKeyByIDsResponse, error) {
	cred, err := s.Directory.MachineKey(ctx, call.Caller(ctx), req.GetUserId(), req.GetKeyId())
	if err != nil {
		return nil, err
	}
	return &management.GetMachineKeyByIDsResponse{Key: keyOf(cred)}, nil
}

// ListMachineKeys lists a service user's keys.
func (s *Management) ListMachineKeys(ctx context.Context, req *management.ListMachineKeysRequest) (*management.ListMachineKeysResponse, error) {
	l, err := s.Directory.KeysOfMachine(ctx, call.Caller(ctx), req.GetUserId(), page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListMachineKeysResponse{Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, keyOf)}, nil
}

// RemoveMachineKey removes one of a service user's keys.
func (s *Management) RemoveMachineKey(ctx context.Context, req *management.RemoveMachineKeyRequest) (*management.RemoveMachineKeyResponse, error) {
	cred, err := s.Directory.RemoveMachineKey(ctx, call.Caller(ctx), req.GetUserId(), req.GetKeyId())
	if err != nil {
		return nil, err
	}
	return &management.RemoveMachineKeyResponse{Details: details(cred.Meta, cred.OrgID)}, nil
}

// keyOf is a key on the wire, without either half.
func keyOf(c iam.Credential) *authn.Key {
	return &authn.Key{
		Id: c.ID, Details: details(c.Meta, c.OrgID), Type: authn.KeyType_KEY_TYPE_JSON, ExpirationDate: call.Expiry(c.Expires),
	}
}
