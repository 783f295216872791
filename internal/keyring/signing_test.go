package keyring

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var algorithms = []Algorithm{RS256, RS384, RS512, ES256, ES384, ES512, EdDSA}

// testKeys holds one private key for each algorithm: RSA keys take long to make.
var testKeys = sync.OnceValues(func() (map[Algorithm][]byte, error) {
	keys := make(map[Algorithm][]byte)
	for _, alg := range []Algorithm{RS256, ES256, ES384, ES512, EdDSA} {
		private, _, err := GenerateSigningKey(alg)
		if err != nil {
			return nil, err
		}
		keys[alg] = private
	}
	keys[RS384], keys[RS512] = keys[RS256], keys[RS256]
	return keys, nil
})

func mustSigner(t testing.TB, alg Algorithm) *Signer {
	t.Helper()
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := NewSigner("key-"+string(alg), alg, keys[alg])
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// makeToken assembles a token in one buffer, as the token endpoint does.
func makeToken(t testing.TB, signer *Signer, claims string) string {
	t.Helper()
	buffer := append(append([]byte(nil), signer.Header()...), '.')
	buffer = base64.RawURLEncoding.AppendEncode(buffer, []byte(claims))
	token, err := signer.Sign(append(buffer, '.'), buffer)
	if err != nil {
		t.Fatal(err)
	}
	return string(token)
}

func TestParseAlgorithm(t *testing.T) {
	for in, ok := range map[string]bool{
		"": false, "none": false, "HS256": false, "PS256": false, "ES256K": false, "rs256": false, "EDDSA": false, "RS256 ": false,
		"RS256": true, "RS384": true, "RS512": true, "ES256": true, "ES384": true, "ES512": true, "EdDSA": true,
	} {
		alg, err := ParseAlgorithm(in)
		if (err == nil) != ok || ok && string(alg) != in || !ok && alg != "" {
			t.Errorf("%q: %q, %v", in, alg, err)
		}
	}
	if _, _, err := GenerateSigningKey("none"); err == nil {
		t.Error("a key for none was made")
	}
}

func TestGenerateSigningKeyPairsBelongTogether(t *testing.T) {
	for _, alg := range algorithms {
		private, publicDER, err := GenerateSigningKey(alg)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := NewSigner("1", alg, private)
		if err != nil {
			t.Fatal(err)
		}
		public, err := ParsePublicKey("1", alg, publicDER)
		if err != nil {
			t.Fatal(err)
		}
		if !public.Key.(interface{ Equal(crypto.PublicKey) bool }).Equal(signer.Public().Key) {
			t.Errorf("%s: public and private differ", alg)
		}
		if key, ok := public.Key.(*rsa.PublicKey); ok && (key.N.BitLen() != 2048 || key.E != 65537) {
			t.Errorf("RSA key of %d bits, exponent %d", key.N.BitLen(), key.E)
		}
	}
}

func TestGenerateSigning(t *testing.T) {
	maker := NewKeyMaker(1)
	for _, test := range []struct {
		alg  Algorithm
		bits int
		ok   bool
	}{
		{RS384, 3072, true},
		{ES512, 0, true},
		{EdDSA, 1, true},
		{RS256, 0, false},
		{RS256, 1024, false},
		{RS256, 2049, false},
		{RS512, 8192, false},
		{"none", 2048, false},
	} {
		_, public, err := maker.GenerateSigning(t.Context(), test.alg, test.bits)
		if (err == nil) != test.ok {
			t.Errorf("%s of %d bits: %v", test.alg, test.bits, err)
		}
		if !test.ok {
			continue
		}
		key, err := ParsePublicKey("1", test.alg, public)
		if want := map[Algorithm]int{RS384: 3072}[test.alg]; err != nil || key.Bits() != want {
			t.Errorf("%s: a key of %d bits, want %d; %v", test.alg, key.Bits(), want, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // a slot is free: only the check before the select refuses each time
		if _, _, err := maker.GenerateSigning(gone, RS256, 2048); !errors.Is(err, context.Canceled) {
			t.Fatalf("a caller who is gone: %v", err)
		}
	}
}

func TestSigningKeysAreMadeOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		maker := NewKeyMaker(1)
		maker.signing <- struct{}{} // somebody makes one
		ctx, cancel := context.WithCancel(t.Context())
		made, left := make(chan error, 1), make(chan error, 1)
		go func() {
			_, _, err := maker.GenerateSigning(t.Context(), RS256, 2048)
			made <- err
		}()
		go func() {
			_, _, err := maker.GenerateSigning(ctx, RS256, 2048)
			left <- err
		}()
		synctest.Wait()
		if len(made) != 0 {
			t.Fatal("two keys were made at once")
		}
		for _, alg := range []Algorithm{ES256, EdDSA} { // cost nothing
			if _, _, err := maker.GenerateSigning(t.Context(), alg, 0); err != nil {
				t.Errorf("%s: %v", alg, err)
			}
		}
		if _, err := maker.Generate(t.Context(), "u"); err != nil {
			t.Errorf("a client's key: %v", err)
		}
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("one who leaves the queue: %v", err)
		}
		<-maker.signing
		if err := <-made; err != nil {
			t.Errorf("the queued one: %v", err)
		}
	})
}

// Who asks for many keys has one place in the queue: another comes after one of them.
func TestOnePlaceInTheQueueForEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		maker := NewKeyMaker(1)
		maker.slots <- struct{}{} // somebody makes one
		made := make(chan string, 6)
		ask := func(by string) {
			go func() {
				if _, err := maker.Generate(t.Context(), by); err != nil {
					t.Errorf("%s: %v", by, err)
				}
				made <- by
			}()
			synctest.Wait()
		}
		for range 5 {
			ask("many")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := maker.Generate(ctx, "many"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without a turn: %v", err)
		}
		ask("one")
		<-maker.slots
		synctest.Wait()
		if first, second := <-made, <-made; first != "one" && second != "one" {
			t.Errorf("%s, %s were served first", first, second)
		}
		for range 4 {
			<-made
		}
		for by := range maker.turns.Range {
			t.Errorf("%s is still there", by)
		}
	})
}

func TestKeysAndAlgorithmsMustFit(t *testing.T) {
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384DER, err := x509.MarshalPKCS8PrivateKey(p384)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	smallDER, err := x509.MarshalPKCS8PrivateKey(small)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		id  string
		alg Algorithm
		der []byte
		ok  bool
	}{
		"no key":              {"1", RS256, nil, false},
		"garbage":             {"1", RS256, []byte("garbage"), false},
		"cut short":           {"1", RS256, keys[RS256][:500], false},
		"other algorithm":     {"1", ES256, keys[RS256], false},
		"RSA for EdDSA":       {"1", EdDSA, keys[RS256], false},
		"EC for RS256":        {"1", RS256, keys[ES256], false},
		"Ed25519 for ES256":   {"1", ES256, keys[EdDSA], false},
		"no algorithm":        {"1", "", keys[RS256], false},
		"unknown algorithm":   {"1", "PS256", keys[RS256], false},
		"P-384 for ES256":     {"1", ES256, p384DER, false},
		"P-384 for ES512":     {"1", ES512, p384DER, false},
		"P-384":               {"1", ES384, p384DER, true},
		"P-256 for ES384":     {"1", ES384, keys[ES256], false},
		"P-521":               {"1", ES512, keys[ES512], true},
		"RSA for ES384":       {"1", ES384, keys[RS256], false},
		"EC for RS384":        {"1", RS384, keys[ES384], false},
		"RS512":               {"1", RS512, keys[RS256], true},
		"RSA-1024":            {"1", RS256, smallDER, false},
		"no id":               {"", RS256, keys[RS256], false},
		"id with a quote":     {`1","alg":"none`, RS256, keys[RS256], false},
		"id with a space":     {"1 2", RS256, keys[RS256], false},
		"id with an umlaut":   {"ä", RS256, keys[RS256], false},
		"id of 129":           {strings.Repeat("1", 129), RS256, keys[RS256], false},
		"id of 128":           {strings.Repeat("1", 128), RS256, keys[RS256], true},
		"id of all kinds":     {"aZ09.-_", RS256, keys[RS256], true},
		"RS256":               {"318838541927645187", RS256, keys[RS256], true},
		"ES256":               {"318838541927645187", ES256, keys[ES256], true},
		"EdDSA":               {"318838541927645187", EdDSA, keys[EdDSA], true},
		"unfit for signature": {"1", EdDSA, x25519DER, false},
	} {
		signer, err := NewSigner(test.id, test.alg, test.der)
		if (err == nil) != test.ok || (signer == nil) == test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParsePublicKey("1", RS256, []byte("garbage")); err == nil {
		t.Error("garbage is a public key")
	}
	public, err := x509.MarshalPKIXPublicKey(&p384.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParsePublicKey("1", ES256, public); err == nil {
		t.Error("P-384 fits ES256")
	}
}

// x25519DER is a PKCS #8 key that agrees on secrets and cannot sign.
var x25519DER = append([]byte{0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20}, make([]byte, 32)...)

func TestHeader(t *testing.T) {
	for _, alg := range algorithms {
		signer := mustSigner(t, alg)
		raw, err := base64.RawURLEncoding.DecodeString(string(signer.Header()))
		if want := `{"alg":"` + string(alg) + `","kid":"key-` + string(alg) + `","typ":"JWT"}`; err != nil || string(raw) != want {
			t.Errorf("%s, %v, want %s", raw, err, want)
		}
		_ = append(signer.Header(), "overwritten"...)
		if again := append(signer.Header(), '.'); !bytes.Equal(again[:len(again)-1], signer.Header()) {
			t.Error("appending to the header changed it")
		}
		if cap(signer.Header()) != len(signer.Header()) {
			t.Error("two appends to the header would share memory")
		}
	}
}

// go-jose is the second opinion on every signature.
func TestSignIsVerifiedByGoJose(t *testing.T) {
	const claims = `{"sub":"318838541927645187"}`
	for _, alg := range algorithms {
		t.Run(string(alg), func(t *testing.T) {
			signer := mustSigner(t, alg)
			// ECDSA is random: one in 128 signatures has a half with a leading zero byte.
			rounds := map[Algorithm]int{ES256: 600, ES384: 600, ES512: 10, EdDSA: 20}[alg]
			for range max(rounds, 3) {
				token := makeToken(t, signer, claims)
				parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
				if err != nil {
					t.Fatal(err)
				}
				payload, err := parsed.Verify(signer.Public().Key)
				if err != nil || string(payload) != claims {
					t.Fatalf("%s: %q, %v", token, payload, err)
				}
				if kid := parsed.Signatures[0].Header.KeyID; kid != "key-"+string(alg) {
					t.Fatalf("kid %s", kid)
				}
			}
		})
	}
}

func TestVerifyAcceptsGoJose(t *testing.T) {
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	for _, alg := range algorithms {
		private, err := x509.ParsePKCS8PrivateKey(keys[alg])
		if err != nil {
			t.Fatal(err)
		}
		joseSigner, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: jose.JSONWebKey{Key: private, KeyID: "k"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := joseSigner.Sign([]byte("payload"))
		if err != nil {
			t.Fatal(err)
		}
		token, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		header, input, payload, sig, err := ParseCompact(token)
		if err != nil || header.Alg != alg || header.Kid != "k" || string(payload) != "payload" {
			t.Fatalf("%s: %+v, %q, %v", alg, header, payload, err)
		}
		if err := mustSigner(t, alg).Public().Verify(input, sig); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	for _, alg := range algorithms {
		signer := mustSigner(t, alg)
		_, input, _, sig, err := ParseCompact(makeToken(t, signer, `{"sub":"1"}`))
		if err != nil {
			t.Fatal(err)
		}
		otherDER, _, err := GenerateSigningKey(alg)
		if err != nil {
			t.Fatal(err)
		}
		other, err := NewSigner("other", alg, otherDER)
		if err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			key   PublicKey
			input []byte
			sig   []byte
		}{
			"no signature":      {signer.Public(), input, nil},
			"zero signature":    {signer.Public(), input, make([]byte, len(sig))},
			"other key":         {other.Public(), input, sig},
			"other input":       {signer.Public(), input[1:], sig},
			"no input":          {signer.Public(), nil, sig},
			"cut short":         {signer.Public(), input, sig[:len(sig)-1]},
			"longer":            {signer.Public(), input, append(bytes.Clone(sig), 0)},
			"leading zero":      {signer.Public(), input, append([]byte{0}, sig...)},
			"changed signature": {signer.Public(), input, append([]byte{sig[0] ^ 1}, sig[1:]...)},
		} {
			if err := test.key.Verify(test.input, test.sig); !errors.Is(err, ErrSignature) {
				t.Errorf("%s, %s: %v", alg, name, err)
			}
		}
		for _, wrong := range algorithms {
			public := signer.Public()
			public.Algorithm = wrong
			if err := public.Verify(input, sig); (err == nil) != (wrong == alg) {
				t.Errorf("key for %s under %s: %v", alg, wrong, err)
			}
		}
		if err := (PublicKey{}).Verify(input, sig); err == nil {
			t.Error("no key verifies")
		}
	}
}

// The example of RFC 8037 appendix A.4: Ed25519 signs deterministically.
func TestSignKnownValue(t *testing.T) {
	seed, err := base64.RawURLEncoding.DecodeString("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := NewSigner("1", EdDSA, der)
	if err != nil {
		t.Fatal(err)
	}
	got, err := signer.Sign(nil, []byte("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"))
	if want := "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

func TestFixedSignature(t *testing.T) {
	encode := func(values ...*big.Int) []byte {
		der, err := asn1.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	one, full := big.NewInt(1), new(big.Int).SetBytes(bytes.Repeat([]byte{0xff}, 32))
	high := new(big.Int).Lsh(one, 256)
	for name, test := range map[string]struct {
		der  []byte
		want []byte
	}{
		"nothing":        {nil, nil},
		"one integer":    {encode(one), nil},
		"three integers": {encode(one, one, one), nil},
		"negative":       {encode(big.NewInt(-1), one), nil},
		"33 bytes":       {encode(one, high), nil},
		"trailing byte":  {append(encode(one, one), 0), nil},
		"short halves":   {encode(one, big.NewInt(0x0203)), append(append(make([]byte, 31), 1), append(make([]byte, 30), 2, 3)...)},
		"full halves":    {encode(full, full), bytes.Repeat([]byte{0xff}, 64)},
	} {
		out := make([]byte, 64)
		ok := fixedSignature(out, test.der)
		if ok != (test.want != nil) || ok && !bytes.Equal(out, test.want) {
			t.Errorf("%s: %x, %v", name, out, ok)
		}
	}
}

func TestSignFromManyGoroutines(t *testing.T) {
	for _, alg := range algorithms {
		signer := mustSigner(t, alg)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				buffer := []byte("some.input")
				sig, err := signer.Sign(nil, buffer)
				raw, decodeErr := base64.RawURLEncoding.DecodeString(string(sig))
				if err := errors.Join(err, decodeErr, signer.Public().Verify(buffer, raw)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
}

func benchmarkSign(b *testing.B, alg Algorithm) {
	signer := mustSigner(b, alg)
	buffer := append(make([]byte, 0, 4096), strings.Repeat("x", 900)...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := signer.Sign(append(buffer, '.'), buffer); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignRS256(b *testing.B) { benchmarkSign(b, RS256) }
func BenchmarkSignES256(b *testing.B) { benchmarkSign(b, ES256) }
func BenchmarkSignEdDSA(b *testing.B) { benchmarkSign(b, EdDSA) }

func benchmarkVerify(b *testing.B, alg Algorithm) {
	signer := mustSigner(b, alg)
	token := makeToken(b, signer, `{"sub":"`+strings.Repeat("x", 700)+`"}`)
	public := signer.Public()
	b.ReportAllocs()
	for b.Loop() {
		_, input, _, sig, err := ParseCompact(token)
		if err != nil {
			b.Fatal(err)
		}
		if err := public.Verify(input, sig); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndVerifyRS256(b *testing.B) { benchmarkVerify(b, RS256) }
func BenchmarkParseAndVerifyES256(b *testing.B) { benchmarkVerify(b, ES256) }
func BenchmarkParseAndVerifyEdDSA(b *testing.B) { benchmarkVerify(b, EdDSA) }
