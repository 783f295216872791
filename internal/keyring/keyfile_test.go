package keyring

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func TestKeyMaker(t *testing.T) {
	maker := NewKeyMaker(0) // at least one
	pair, err := maker.Generate(t.Context(), "u")
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v", pair, pair); strings.Contains(text, "BEGIN") {
		t.Errorf("the private key prints: %s", text)
	}
	block, rest := pem.Decode([]byte(pair.Private.Reveal()))
	if block == nil || block.Type != "RSA PRIVATE KEY" || len(rest) > 0 {
		t.Fatalf("not one PEM block of PKCS #1")
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(pair.Public)
	if err != nil || !key.PublicKey.Equal(public) || key.N.BitLen() != 2048 {
		t.Errorf("the halves do not belong together: %v", err)
	}

	maker.slots <- struct{}{} // taken
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	for range 2 {
		if _, err := maker.Generate(ctx, "u"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without a slot: %v", err)
		}
	}
}

// publicPEM writes a key as PKIX under a label.
func publicPEM(t testing.TB, label string, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
}

// rsaPublic is a number of so many bits that passes for a modulus.
func rsaPublic(bits, exponent int) *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return &rsa.PublicKey{N: n.SetBit(n, 0, 1), E: exponent}
}

func ecdsaPublic(t testing.TB, curve elliptic.Curve) *ecdsa.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &key.PublicKey
}

func TestParseKeyPEM(t *testing.T) {
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	montgomery, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := publicPEM(t, "PUBLIC KEY", edwards)
	even := rsaPublic(2048, 65537)
	even.N.SetBit(even.N, 0, 0)
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(rsaPublic(2048, 65537))})
	for _, test := range []struct {
		name string
		text []byte
		good bool
	}{
		{"nothing", nil, false},
		{"no PEM", []byte("ssh-ed25519 AAAA"), false},
		{"Ed25519", good, true},
		{"white space around it", append([]byte("\n  "), append(good, "\r\n \n"...)...), true},
		{"text before it", append([]byte("mine:\n"), good...), false},
		{"two keys", append(bytes.Clone(good), good...), false},
		{"headers", bytes.Replace(good, []byte("-----\n"), []byte("-----\nComment: x\n\n"), 1), false},
		{"too large", append(bytes.Repeat([]byte("\n"), maxKeyPEM), good...), false},
		{"P-256", publicPEM(t, "PUBLIC KEY", ecdsaPublic(t, elliptic.P256())), true},
		{"P-384", publicPEM(t, "PUBLIC KEY", ecdsaPublic(t, elliptic.P384())), true},
		{"P-521", publicPEM(t, "PUBLIC KEY", ecdsaPublic(t, elliptic.P521())), true},
		{"P-224", publicPEM(t, "PUBLIC KEY", ecdsaPublic(t, elliptic.P224())), false},
		{"X25519", publicPEM(t, "PUBLIC KEY", montgomery.PublicKey()), false},
		{"RSA 2048", publicPEM(t, "PUBLIC KEY", rsaPublic(2048, 65537)), true},
		{"RSA 4096", publicPEM(t, "PUBLIC KEY", rsaPublic(4096, 3)), true},
		{"RSA 2047", publicPEM(t, "PUBLIC KEY", rsaPublic(2047, 65537)), false},
		{"RSA 4097", publicPEM(t, "PUBLIC KEY", rsaPublic(4097, 65537)), false},
		{"RSA with exponent 1", publicPEM(t, "PUBLIC KEY", rsaPublic(2048, 1)), false},
		{"RSA with an even exponent", publicPEM(t, "PUBLIC KEY", rsaPublic(2048, 4)), false},
		{"RSA with an even modulus", publicPEM(t, "PUBLIC KEY", even), false},
		{"Zitadel's label", publicPEM(t, "RSA PUBLIC KEY", rsaPublic(2048, 65537)), true},
		{"PKCS #1", pkcs1, true},
		{"PKCS #1 under the label of PKIX", bytes.ReplaceAll(pkcs1, []byte("RSA PUBLIC"), []byte("PUBLIC")), false},
		{"a private key", publicPEM(t, "EC PRIVATE KEY", edwards), false},
		{"a certificate", publicPEM(t, "CERTIFICATE", edwards), false},
	} {
		public, err := ParseKeyPEM(test.text)
		if test.good != (err == nil) || err != nil && (iam.KindOf(err) != iam.InvalidArgument || iam.FieldOf(err) != iam.FieldKey) {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil {
			if _, err := x509.ParsePKIXPublicKey(public); err != nil {
				t.Errorf("%s: what is kept is not PKIX: %v", test.name, err)
			}
		}
	}
}

func FuzzParseKeyPEM(f *testing.F) {
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(publicPEM(f, "PUBLIC KEY", edwards))
	f.Add(publicPEM(f, "RSA PUBLIC KEY", rsaPublic(2048, 65537)))
	f.Add(publicPEM(f, "PUBLIC KEY", ecdsaPublic(f, elliptic.P521())))
	f.Fuzz(func(t *testing.T, text []byte) {
		public, err := ParseKeyPEM(text)
		if err != nil {
			return
		}
		again, err := ParseKeyPEM(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
		if err != nil || !bytes.Equal(public, again) {
			t.Errorf("what is kept is not read back: %v", err)
		}
	})
}

func TestKeyFiles(t *testing.T) {
	user, err := ServiceAccountKeyFile("1", "2", Conceal("pem\n"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"serviceaccount","keyId":"1","key":"pem\n","expirationDate":"9999-12-31T23:59:59Z","userId":"2"}`
	if user.Reveal() != want {
		t.Errorf("service user:\n got %s\nwant %s", user.Reveal(), want)
	}
	expires := time.Date(2030, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	app, err := ApplicationKeyFile("1", "2", "3", Conceal("pem"), expires)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(app.Reveal()), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 6 || got["type"] != "application" || got["appId"] != "2" || got["clientId"] != "3" || got["expirationDate"] != "2030-01-02T02:04:05Z" {
		t.Errorf("application: %v", got)
	}
}
