package keyring

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
)

// jwk is a public JSON Web Key: RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2.
type jwk struct {
	Use string    `json:"use"`
	Kty string    `json:"kty"`
	Kid string    `json:"kid"`
	Alg Algorithm `json:"alg"`
	N   string    `json:"n,omitempty"`
	E   string    `json:"e,omitempty"`
	Crv string    `json:"crv,omitempty"`
	X   string    `json:"x,omitempty"`
	Y   string    `json:"y,omitempty"`
}

// MarshalJWKS writes keys as a JWK Set (RFC 7517 section 5), in the given order. No keys give an empty list.
func MarshalJWKS(keys []PublicKey) ([]byte, error) {
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: make([]jwk, 0, len(keys))}
	for _, key := range keys {
		entry, err := newJWK(key)
		if err != nil {
			return nil, fmt.Errorf("marshal key set: %w", err)
		}
		set.Keys = append(set.Keys, entry)
	}
	return json.Marshal(set)
}

func newJWK(public PublicKey) (jwk, error) {
	if err := public.validate(); err != nil {
		return jwk{}, err
	}
	encode := base64.RawURLEncoding.EncodeToString
	entry := jwk{Use: "sig", Kid: public.ID, Alg: public.Algorithm}
	switch key := public.Key.(type) {
	case *rsa.PublicKey:
		entry.Kty = "RSA"
		entry.N, entry.E = encode(key.N.Bytes()), encode(big.NewInt(int64(key.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		if err != nil {
			return jwk{}, fmt.Errorf("signing key %q: %w", public.ID, err)
		}
		// point is 0x04 || x || y; coordinates keep their leading zeros (RFC 7518 section 6.2.1.2).
		half := len(point) / 2
		entry.Kty, entry.Crv = "EC", key.Curve.Params().Name // P-256, P-384, P-521
		entry.X, entry.Y = encode(point[1:1+half]), encode(point[1+half:])
	case ed25519.PublicKey:
		entry.Kty, entry.Crv, entry.X = "OKP", "Ed25519", encode(key)
	}
	return entry, nil
}
