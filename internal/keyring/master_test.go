package keyring

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const rawMasterKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

func mustMasterKey(t testing.TB, s string) MasterKey {
	t.Helper()
	key, err := ParseMasterKey(s)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestParseMasterKey(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(rawMasterKey))
	binary := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\xff\xfe", 16)))
	for name, test := range map[string]struct {
		in string
		ok bool
	}{
		"nothing":                      {"", false},
		"only a newline":               {"\n", false},
		"raw":                          {rawMasterKey, true},
		"raw and newline":              {rawMasterKey + "\n", true},
		"raw and CRLF":                 {rawMasterKey + "\r\n", true},
		"raw and two newlines":         {rawMasterKey + "\n\n", false},
		"31 characters":                {rawMasterKey[1:], false},
		"31 characters and newline":    {rawMasterKey[1:] + "\n", false},
		"33 characters":                {rawMasterKey + "6", false},
		"32 bytes of 16 umlauts":       {strings.Repeat("ä", 16), true},
		"32 umlauts":                   {strings.Repeat("ä", 32), false},
		"base64":                       {"base64:" + encoded, true},
		"base64 and newline":           {"base64:" + encoded + "\n", true},
		"base64 of any bytes":          {"base64:" + binary, true},
		"base64 without its word":      {encoded, false},
		"base64 unpadded":              {"base64:" + strings.TrimRight(encoded, "="), false},
		"base64 of 31 bytes":           {"base64:" + base64.StdEncoding.EncodeToString([]byte(rawMasterKey[1:])), false},
		"base64 of 33 bytes":           {"base64:" + base64.StdEncoding.EncodeToString([]byte(rawMasterKey+"6")), false},
		"URL alphabet":                 {"base64:" + strings.NewReplacer("+", "-", "/", "_").Replace(binary), false},
		"line break inside":            {"base64:" + encoded[:20] + "\n" + encoded[21:], false},
		"stray bits at the end":        {"base64:" + encoded[:42] + "V=", false},
		"32 characters, base64: first": {"base64:" + rawMasterKey[:25], false},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := ParseMasterKey(test.in)
			if (err == nil) != test.ok {
				t.Fatalf("error = %v, want ok = %v", err, test.ok)
			}
			if err == nil {
				if again := mustMasterKey(t, key.Encode()); again.ID() != key.ID() || !again.Recognises(key.CheckValue()) {
					t.Error("Encode does not give the same key back")
				}
				return
			}
			if !strings.Contains(err.Error(), "exactly 32 characters, or base64:") {
				t.Errorf("error does not say what is expected: %v", err)
			}
			for i := 0; i+6 <= len(test.in); i++ {
				if part := test.in[i : i+6]; !strings.Contains("base64:", part) && strings.Contains(err.Error(), part) {
					t.Fatalf("error holds %q of the input: %v", part, err)
				}
			}
		})
	}
	if raw, coded := mustMasterKey(t, rawMasterKey), mustMasterKey(t, "base64:"+encoded); raw.ID() != coded.ID() {
		t.Error("the two forms of one key differ")
	}
}

// The derivations are part of every existing database: they must never change. The values were computed with another
// implementation of HKDF.
func TestMasterKeyDerivations(t *testing.T) {
	key := mustMasterKey(t, rawMasterKey)
	if key.ID() != "b35c9cd2" {
		t.Errorf("ID = %s", key.ID())
	}
	if got := hex.EncodeToString(key.CheckValue()); got != "1a2a553bc59cd89cce6d2854aef7a04b85e68c03e10cce1a6dc90a5257c6dd84" {
		t.Errorf("CheckValue = %s", got)
	}
}

func TestMasterKeyRecognises(t *testing.T) {
	key := mustMasterKey(t, rawMasterKey)
	other, err := NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		key   MasterKey
		check []byte
		want  bool
	}{
		"nothing":           {key, nil, false},
		"zero key, nothing": {MasterKey{}, nil, false},
		"zero key":          {MasterKey{}, key.CheckValue(), false},
		"another's":         {key, other.CheckValue(), false},
		"cut short":         {key, key.CheckValue()[:31], false},
		"too long":          {key, append(key.CheckValue(), 0), false},
		"its own":           {key, key.CheckValue(), true},
	} {
		if got := test.key.Recognises(test.check); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	key.CheckValue()[0]++
	if !key.Recognises(key.CheckValue()) {
		t.Error("a caller can change the key's check value")
	}
	if zero := (MasterKey{}); zero.ID() != "" || zero.Encode() != "" || zero.CheckValue() != nil {
		t.Error("the zero key has content")
	}
}

func TestLoadOrCreateMasterKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	first, err := LoadOrCreateMasterKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !first.Created || first.Exposed {
		t.Errorf("first: created %v, exposed %v", first.Created, first.Exposed)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	second, err := LoadOrCreateMasterKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if second.Created || second.Exposed || !second.Key.Recognises(first.Key.CheckValue()) {
		t.Errorf("second: created %v, exposed %v, or another key", second.Created, second.Exposed)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if found, err := LoadOrCreateMasterKeyFile(path); err != nil || !found.Exposed {
			t.Errorf("mode %o: exposed %v, error %v", mode, found.Exposed, err)
		}
	}
}

func TestMasterKeyFileRefusals(t *testing.T) {
	directory := t.TempDir()
	for name, content := range map[string]string{
		"empty":    "",
		"short":    "not a key of thirty-two",
		"too long": strings.Repeat("x", 1<<20),
	} {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadOrCreateMasterKeyFile(path)
		if err == nil || !strings.Contains(err.Error(), path) || (content != "" && strings.Contains(err.Error(), content)) {
			t.Errorf("%s: error %v", name, err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != content {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if _, err := LoadOrCreateMasterKeyFile(directory); err == nil {
		t.Error("a directory was accepted")
	}
	missing := filepath.Join(directory, "missing", "master.key")
	if _, err := LoadOrCreateMasterKeyFile(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing directory: %v", err)
	}
	if _, err := ReadMasterKeyFile(filepath.Join(directory, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// Of many that start at once one makes the key; the others read it, or find it half made and say so, but never
// replace it.
func TestMasterKeyFileIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	results := make([]MasterKeyFile, 16)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			if found, err := LoadOrCreateMasterKeyFile(path); err == nil {
				results[i] = found
			}
		})
	}
	group.Wait()
	final, err := ReadMasterKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	created := 0
	for _, found := range results {
		if found.Created {
			created++
		}
		if id := found.Key.ID(); id != "" && id != final.Key.ID() {
			t.Errorf("key %s was given out, %s is on disk", id, final.Key.ID())
		}
	}
	if created != 1 {
		t.Errorf("%d made the key", created)
	}
}
