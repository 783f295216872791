package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
)

// signer makes the JWS signature (RFC 7518 section 3, RFC 8037) of a signing input.
type signer func(input []byte) ([]byte, error)

// newSigner makes a fresh key for the algorithm and returns its public half too.
func newSigner(algorithm string) (signer, crypto.PublicKey, error) {
	switch algorithm {
	case "RS256":
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, nil, err
		}
		return rs256(key), key.Public(), nil
	case "ES256":
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		return es256(key), key.Public(), nil
	case "EdDSA":
		public, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		return edDSA(key), public, nil
	default:
		return nil, nil, fmt.Errorf("unknown algorithm %q", algorithm)
	}
}

func rs256(key *rsa.PrivateKey) signer {
	return func(input []byte) ([]byte, error) {
		digest := sha256.Sum256(input)
		return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	}
}

func es256(key *ecdsa.PrivateKey) signer {
	return func(input []byte) ([]byte, error) {
		digest := sha256.Sum256(input)
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			return nil, err
		}
		signature := make([]byte, 64)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		return signature, nil
	}
}

func edDSA(key ed25519.PrivateKey) signer {
	return func(input []byte) ([]byte, error) {
		return ed25519.Sign(key, input), nil
	}
}
