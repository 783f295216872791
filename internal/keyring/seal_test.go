package keyring

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestSealOpen(t *testing.T) {
	key := mustMasterKey(t, rawMasterKey)
	for name, plaintext := range map[string][]byte{
		"empty": {}, "one byte": {0}, "text": []byte("private"), "long": bytes.Repeat([]byte("k"), 5000),
	} {
		sealed, err := key.Seal("signing_key/123", plaintext)
		if err != nil {
			t.Fatal(err)
		}
		if len(plaintext) > 6 && bytes.Contains(sealed, plaintext[:6]) {
			t.Errorf("%s: plaintext shows", name)
		}
		got, err := key.Open("signing_key/123", sealed)
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		again, err := key.Seal("signing_key/123", plaintext)
		if err != nil || bytes.Equal(again, sealed) {
			t.Errorf("%s: sealed twice to the same bytes, or %v", name, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	key := mustMasterKey(t, rawMasterKey)
	other, err := NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := key.Seal("signing_key/123", []byte("private"))
	if err != nil {
		t.Fatal(err)
	}
	renamed := append([]byte{sealVersion}, other.keys().id[:]...)
	renamed = append(renamed, sealed[sealHeaderSize:]...)
	// Well sealed, but of a version that is not known yet.
	header2 := append([]byte{2}, key.keys().id[:]...)
	version2 := key.keys().aead.Seal(bytes.Clone(header2), nil, []byte("private"), additionalData(header2, "signing_key/123"))
	for name, test := range map[string]struct {
		key    MasterKey
		record string
		sealed []byte
		want   error
	}{
		"no key":           {MasterKey{}, "signing_key/123", sealed, ErrNoMasterKey},
		"other key":        {other, "signing_key/123", sealed, ErrOtherMasterKey},
		"other key's name": {other, "signing_key/123", renamed, ErrNotSealed},
		"other record":     {key, "signing_key/124", sealed, ErrNotSealed},
		"empty record":     {key, "", sealed, ErrNotSealed},
		"nothing":          {key, "signing_key/123", nil, ErrNotSealed},
		"cut short":        {key, "signing_key/123", sealed[:len(sealed)-1], ErrNotSealed},
		"header only":      {key, "signing_key/123", sealed[:sealHeaderSize], ErrNotSealed},
		"longer":           {key, "signing_key/123", append(bytes.Clone(sealed), 0), ErrNotSealed},
		"version 2":        {key, "signing_key/123", version2, ErrNotSealed},
		"right":            {key, "signing_key/123", sealed, nil},
	} {
		got, err := test.key.Open(test.record, test.sealed)
		if !errors.Is(err, test.want) || (test.want == nil) != (err == nil) {
			t.Errorf("%s: error %v, want %v", name, err, test.want)
		}
		if err != nil && got != nil {
			t.Errorf("%s: content beside an error", name)
		}
		if err != nil && !strings.Contains(err.Error(), "open "+test.record) {
			t.Errorf("%s: the record is not named: %v", name, err)
		}
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 0x40
		if _, err := key.Open("signing_key/123", changed); err == nil {
			t.Errorf("byte %d changed: still opens", i)
		}
	}
	if _, err := (MasterKey{}).Seal("x", nil); !errors.Is(err, ErrNoMasterKey) {
		t.Errorf("zero key seals: %v", err)
	}
}

// knownSealed is a value that another implementation of the format sealed.
func knownSealed(t testing.TB) []byte {
	t.Helper()
	sealed, err := hex.DecodeString("01b35c9cd2000102030405060708090a0b" +
		"f25fe734fae76f09ab0035509c1603153e24a9da75efdb7a91d849a71147aad1b304306d1fd5")
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// What lies in a database today opens for ever.
func TestOpenKnownValue(t *testing.T) {
	got, err := mustMasterKey(t, rawMasterKey).Open("signing_key/123", knownSealed(t))
	if err != nil || string(got) != "kept since version one" {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzOpenSealed(f *testing.F) {
	key := mustMasterKey(f, rawMasterKey)
	sealed := knownSealed(f) // a fixed one: each fuzzing process must know the same
	f.Add(sealed)
	f.Add(sealed[:sealHeaderSize+28])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := key.Open("signing_key/123", data); err == nil && !bytes.Equal(data, sealed) {
			t.Fatalf("opened a forgery: %x -> %q", data, got)
		}
	})
}
