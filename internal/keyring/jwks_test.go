package keyring

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func TestMarshalJWKS(t *testing.T) {
	if got, err := MarshalJWKS(nil); err != nil || string(got) != `{"keys":[]}` {
		t.Errorf("no keys: %s, %v", got, err)
	}
	var keys []PublicKey
	for _, alg := range algorithms {
		keys = append(keys, mustSigner(t, alg).Public())
	}
	document, err := MarshalJWKS(keys)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(document), `{"keys":[{"use":"sig","kty":"RSA","kid":"key-RS256","alg":"RS256","n":"`) ||
		!strings.Contains(string(document), `","e":"AQAB"},{"use":"sig","kty":"EC","kid":"key-ES256","alg":"ES256","crv":"P-256","x":"`) {
		t.Errorf("form: %s", document)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(document, &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != len(algorithms) {
		t.Fatalf("%d keys", len(set.Keys))
	}
	for i, alg := range algorithms {
		found := set.Keys[i]
		if !found.Valid() || !found.IsPublic() || found.Use != "sig" || found.Algorithm != string(alg) || found.KeyID != keys[i].ID {
			t.Errorf("%s: %+v", alg, found)
		}
		parsed, err := jose.ParseSignedCompact(makeToken(t, mustSigner(t, alg), "{}"), []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parsed.Verify(found.Key); err != nil {
			t.Errorf("%s: the published key does not verify: %v", alg, err)
		}
	}
	if _, err := MarshalJWKS([]PublicKey{{ID: "1", Algorithm: ES256, Key: keys[0].Key}}); err == nil {
		t.Error("an RSA key was published for ES256")
	}
}

// A coordinate with a leading zero byte keeps its 32 bytes (RFC 7518 section 6.2.1.2).
func TestMarshalJWKSKeepsLeadingZeros(t *testing.T) {
	for range 20_000 {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if point[1] != 0 && point[33] != 0 {
			continue
		}
		entry, err := newJWK(PublicKey{ID: "1", Algorithm: ES256, Key: &key.PublicKey})
		if err != nil || len(entry.X) != 43 || len(entry.Y) != 43 {
			t.Errorf("x %q, y %q, %v", entry.X, entry.Y, err)
		}
		return
	}
	t.Fatal("no such key found")
}
