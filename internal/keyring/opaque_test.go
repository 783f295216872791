package keyring

import (
	"bytes"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"testing"
)

func mustSealer(t testing.TB, first byte) *TokenSealer {
	t.Helper()
	key := make([]byte, TokenKeySize)
	for i := range key {
		key[i] = first + byte(i)
	}
	sealer, err := NewTokenSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func TestNewTokenSealerWantsItsKeySize(t *testing.T) {
	for _, size := range []int{0, 16, 31, 33} {
		if _, err := NewTokenSealer(make([]byte, size)); err == nil {
			t.Errorf("%d bytes accepted", size)
		}
	}
}

func TestTokenSealOpen(t *testing.T) {
	sealer := mustSealer(t, 0)
	form := regexp.MustCompile(`^lko_[0-9A-Za-z_-]+$`)
	for name, plaintext := range map[string][]byte{
		"empty": {}, "one byte": {7}, "text": []byte("some content"), "long": bytes.Repeat([]byte("c"), 3000),
	} {
		token := string(sealer.Seal([]byte("before "), plaintext))
		token, found := strings.CutPrefix(token, "before ")
		if !found || !form.MatchString(token) {
			t.Errorf("%s: bad form %s", name, token)
		}
		if got, err := sealer.Open(token); err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if again := string(sealer.Seal(nil, plaintext)); again == token {
			t.Errorf("%s: the same token twice", name)
		}
	}
}

func TestTokenOpenRefuses(t *testing.T) {
	sealer := mustSealer(t, 0)
	token := string(sealer.Seal(nil, []byte("some content")))
	raw, err := base64.RawURLEncoding.DecodeString(token[4:])
	if err != nil {
		t.Fatal(err)
	}
	// Well sealed, but of a version that is not known yet.
	nonce := raw[1:opaqueHeaderSize]
	rawVersion2 := sealer.aead().Seal(append([]byte{2}, nonce...), nonce, []byte("some content"), []byte{2})
	version2 := OpaqueTokenPrefix + base64.RawURLEncoding.EncodeToString(rawVersion2)
	for name, test := range map[string]struct {
		sealer *TokenSealer
		token  string
		ok     bool
	}{
		"nothing":         {sealer, "", false},
		"prefix only":     {sealer, "lko_", false},
		"no prefix":       {sealer, token[4:], false},
		"other prefix":    {sealer, "lkp_" + token[4:], false},
		"other sealer":    {mustSealer(t, 1), token, false},
		"cut short":       {sealer, token[:len(token)-4], false},
		"nonce only":      {sealer, token[:4+34], false},
		"longer":          {sealer, token + "AAAA", false},
		"padded":          {sealer, token + "=", false},
		"line break":      {sealer, token[:9] + "\n" + token[9:], false},
		"version 2":       {sealer, version2, false},
		"beyond the size": {sealer, string(sealer.Seal(nil, make([]byte, MaxTokenSize))), false},
		"right":           {sealer, token, true},
	} {
		got, err := test.sealer.Open(test.token)
		if test.ok != (err == nil) || !test.ok && (!errors.Is(err, ErrOpaqueToken) || got != nil) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 0x08
		if _, err := sealer.Open(OpaqueTokenPrefix + base64.RawURLEncoding.EncodeToString(changed)); err == nil {
			t.Errorf("byte %d changed: still opens", i)
		}
	}
}

// knownToken was made by another implementation of the format.
const knownToken = "lko_AWRlZmdoaWprbG1ub3BxcnN0dXZ3eHl6ex8cl8SaQP2i6Fa9XoYb0qI-1emtqrkDK7bCLAp76JWUBl4"

func TestTokenOpenKnownValue(t *testing.T) {
	got, err := mustSealer(t, 0).Open(knownToken)
	if err != nil || string(got) != "content of a token" {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzTokenOpen(f *testing.F) {
	sealer := mustSealer(f, 0)
	f.Add(knownToken) // a fixed one: each fuzzing process must know the same
	f.Add("lko_")
	f.Add(knownToken + "\n")
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := sealer.Open(s); err == nil && s != knownToken {
			t.Fatalf("opened a forgery: %q -> %q", s, got)
		}
		resealed, err := sealer.Open(string(sealer.Seal(nil, []byte(s))))
		if err != nil || string(resealed) != s {
			t.Fatalf("%q does not come back: %q, %v", s, resealed, err)
		}
	})
}

func BenchmarkTokenSeal(b *testing.B) {
	sealer := mustSealer(b, 0)
	plaintext := bytes.Repeat([]byte("c"), 300)
	buffer := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		sealer.Seal(buffer, plaintext)
	}
}

func BenchmarkTokenOpen(b *testing.B) {
	sealer := mustSealer(b, 0)
	token := string(sealer.Seal(nil, bytes.Repeat([]byte("c"), 300)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sealer.Open(token); err != nil {
			b.Fatal(err)
		}
	}
}
