package v2

import (
	"context"

	webkey "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// CreateWebKey makes a signing key that is published, but does not sign yet:
// RSA of 2048 bits with SHA-256 where the request does not say.
func (s *WebKeys) CreateWebKey(ctx context.Context, req *webkey.CreateWebKeyRequest) (*webkey.CreateWebKeyResponse, error) {
	alg, bits, err := readKeyKind(req)
	if err != nil {
		return nil, err
	}
	k, err := s.Directory.CreateSigningKey(ctx, call.Caller(ctx), alg, bits)
	if err != nil {
		return nil, err
	}
	return &webkey.CreateWebKeyResponse{Id: k.ID, CreationDate: call.Time(k.Created)}, nil
}

// readKeyKind reads what kind of key is asked for. Kind: InvalidArgument.
func readKeyKind(req *webkey.CreateWebKeyRequest) (alg keyring.Algorithm, bits int, err error) {
	switch key := req.GetKey().(type) {
	case nil:
		return keyring.RS256, 2048, nil
	case *webkey.CreateWebKeyRequest_Rsa:
		if alg, err = lookup("RSA hasher", map[webkey.RSAHasher]keyring.Algorithm{
			webkey.RSAHasher_RSA_HASHER_SHA256: keyring.RS256,
			webkey.RSAHasher_RSA_HASHER_SHA384: keyring.RS384,
			webkey.RSAHasher_RSA_HASHER_SHA512: keyring.RS512,
		}, key.Rsa.GetHasher()); err != nil {
			return "", 0, err
		}
		bits, err = lookup("RSA bits", map[webkey.RSABits]int{
			webkey.RSABits_RSA_BITS_2048: 2048, webkey.RSABits_RSA_BITS_3072: 3072, webkey.RSABits_RSA_BITS_4096: 4096,
		}, key.Rsa.GetBits())
		return alg, bits, err
	case *webkey.CreateWebKeyRequest_Ecdsa:
		alg, err = lookup("ECDSA curve", map[webkey.ECDSACurve]keyring.Algorithm{
			webkey.ECDSACurve_ECDSA_CURVE_P256: keyring.ES256,
			webkey.ECDSACurve_ECDSA_CURVE_P384: keyring.ES384,
			webkey.ECDSACurve_ECDSA_CURVE_P512: keyring.ES512, // the curve is P-521
		}, key.Ecdsa.GetCurve())
		return alg, 0, err
	case *webkey.CreateWebKeyRequest_Ed25519:
		return keyring.EdDSA, 0, nil
	}
	return "", 0, notOffered("this kind of web key")
}

// ActivateWebKey lets a key sign instead of the one that did.
func (s *WebKeys) ActivateWebKey(ctx context.Context, req *webkey.ActivateWebKeyRequest) (*webkey.ActivateWebKeyResponse, error) {
	if err := required("id", req.GetId()); err != nil {
		return nil, err
	}
	k, err := s.Directory.ActivateSigningKey(ctx, call.Caller(ctx), req.GetId())
	date, err := changed(k.Meta, err)
	if err != nil {
		return nil, err
	}
	return &webkey.ActivateWebKeyResponse{ChangeDate: date}, nil
}

// DeleteWebKey removes a key that does not sign.
func (s *WebKeys) DeleteWebKey(ctx context.Context, req *webkey.DeleteWebKeyRequest) (*webkey.DeleteWebKeyResponse, error) {
	if err := required("id", req.GetId()); err != nil {
		return nil, err
	}
	k, err := s.Directory.DeleteSigningKey(ctx, call.Caller(ctx), req.GetId())
	date, err := deleted(k.Meta, err)
	if err != nil {
		return nil, err
	}
	return &webkey.DeleteWebKeyResponse{DeletionDate: date}, nil
}

// ListWebKeys lists the keys that are published, oldest first.
func (s *WebKeys) ListWebKeys(ctx context.Context, _ *webkey.ListWebKeysRequest) (*webkey.ListWebKeysResponse, error) {
	keys, err := s.Directory.ListSigningKeys(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return &webkey.ListWebKeysResponse{WebKeys: mapSlice(keys, webKeyOf)}, nil
}

func webKeyOf(k directory.SigningKey) *webkey.WebKey {
	out := &webkey.WebKey{
		Id: k.ID, CreationDate: call.Time(k.Created), ChangeDate: call.Time(k.Changed),
		State: map[iam.SigningKeyState]webkey.State{
			iam.KeyInitial: webkey.State_STATE_INITIAL, iam.KeyActive: webkey.State_STATE_ACTIVE, iam.KeyInactive: webkey.State_STATE_INACTIVE,
		}[k.State],
	}
	rsa := func(h webkey.RSAHasher) {
		bits := map[int]webkey.RSABits{
			2048: webkey.RSABits_RSA_BITS_2048, 3072: webkey.RSABits_RSA_BITS_3072, 4096: webkey.RSABits_RSA_BITS_4096,
		}[k.Bits]
		out.Key = &webkey.WebKey_Rsa{Rsa: &webkey.RSA{Bits: bits, Hasher: h}}
	}
	ecdsa := func(c webkey.ECDSACurve) { out.Key = &webkey.WebKey_Ecdsa{Ecdsa: &webkey.ECDSA{Curve: c}} }
	switch keyring.Algorithm(k.Algorithm) {
	case keyring.RS256:
		rsa(webkey.RSAHasher_RSA_HASHER_SHA256)
	case keyring.RS384:
		rsa(webkey.RSAHasher_RSA_HASHER_SHA384)
	case keyring.RS512:
		rsa(webkey.RSAHasher_RSA_HASHER_SHA512)
	case keyring.ES256:
		ecdsa(webkey.ECDSACurve_ECDSA_CURVE_P256)
	case keyring.ES384:
		ecdsa(webkey.ECDSACurve_ECDSA_CURVE_P384)
	case keyring.ES512:
		ecdsa(webkey.ECDSACurve_ECDSA_CURVE_P512)
	case keyring.EdDSA:
		out.Key = &webkey.WebKey_Ed25519{Ed25519: &webkey.ED25519{}}
	}
	return out
}
