// Package keyring owns everything that must stay secret or proves identity: the master key and what it seals,
// generated secrets and their hashes, passwords, signing keys with their public documents, and opaque tokens.
// It knows no database and no network; callers store what it returns.
package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

const (
	masterKeySize     = 32
	masterKeyIDSize   = 4
	masterKeyBase64   = "base64:"
	masterKeyFileSize = 1024 // more than any well-formed file holds
)

var errMasterKeyForm = errors.New("a master key is exactly 32 characters, or base64: followed by 44 characters of standard base64")

// MasterKey is the root of everything that is sealed at rest. What seals, identifies and checks is derived from it
// with HKDF-SHA256 (RFC 5869), one purpose each; the key itself encrypts nothing. It prints as [redacted]; the only
// way to see it is Encode. The zero MasterKey holds no key: it seals, opens and recognises nothing.
type MasterKey struct {
	redacted
	keys hidden[*masterKeys]
}

type masterKeys struct {
	root  [masterKeySize]byte
	id    [masterKeyIDSize]byte
	check [sha256.Size]byte
	aead  cipher.AEAD
}

// ParseMasterKey reads a master key from configuration or a file: exactly 32 characters taken as they are (bytes,
// not runes), or "base64:" and 44 characters of standard base64 that decode to 32 bytes. One trailing newline is
// ignored. Errors never hold any part of s.
func ParseMasterKey(s string) (MasterKey, error) {
	s = strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r")
	var root [masterKeySize]byte
	encoded, isBase64 := strings.CutPrefix(s, masterKeyBase64)
	if !isBase64 {
		if len(s) != masterKeySize {
			return MasterKey{}, fmt.Errorf("%w; got %d", errMasterKeyForm, len(s))
		}
		copy(root[:], s)
		return deriveMasterKey(root)
	}
	if want := base64.StdEncoding.EncodedLen(masterKeySize); len(encoded) != want {
		return MasterKey{}, fmt.Errorf("%w; got %d after base64:", errMasterKeyForm, len(encoded))
	}
	// The cause is left out: a base64 error names an offset into the key.
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(raw) != masterKeySize {
		return MasterKey{}, fmt.Errorf("%w; what follows base64: is not that", errMasterKeyForm)
	}
	copy(root[:], raw)
	return deriveMasterKey(root)
}

// NewMasterKey draws a master key from the system's random source.
func NewMasterKey() (MasterKey, error) {
	var root [masterKeySize]byte
	rand.Read(root[:]) // never fails: the runtime ends the process first
	return deriveMasterKey(root)
}

func deriveMasterKey(root [masterKeySize]byte) (MasterKey, error) {
	keys := &masterKeys{root: root}
	prk, err := hkdf.Extract(sha256.New, root[:], []byte("latchkey master key"))
	if err != nil {
		return MasterKey{}, fmt.Errorf("derive from master key: %w", err)
	}
	sealing := make([]byte, 32)
	for _, purpose := range []struct {
		info string
		out  []byte
	}{
		{"seal v1", sealing},
		{"id v1", keys.id[:]},
		{"check v1", keys.check[:]},
	} {
		derived, err := hkdf.Expand(sha256.New, prk, purpose.info, len(purpose.out))
		if err != nil {
			return MasterKey{}, fmt.Errorf("derive from master key: %w", err)
		}
		copy(purpose.out, derived)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return MasterKey{}, fmt.Errorf("derive from master key: %w", err)
	}
	if keys.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return MasterKey{}, fmt.Errorf("derive from master key: %w", err)
	}
	return MasterKey{keys: hide(keys)}, nil
}

// Encode returns the key in the base64: form that ParseMasterKey reads. The result is the secret itself.
func (k MasterKey) Encode() string {
	if k.keys == nil {
		return ""
	}
	return masterKeyBase64 + base64.StdEncoding.EncodeToString(k.keys().root[:])
}

// ID is a short name of the key, 8 hexadecimal digits, that reveals nothing about it. Everything sealed carries it.
func (k MasterKey) ID() string {
	if k.keys == nil {
		return ""
	}
	return hex.EncodeToString(k.keys().id[:])
}

// CheckValue is 32 bytes to be kept beside the sealed data, so that a start with another key is noticed before
// anything is written. It reveals nothing about a random key.
func (k MasterKey) CheckValue() []byte {
	if k.keys == nil {
		return nil
	}
	return append([]byte(nil), k.keys().check[:]...)
}

// Recognises tells in constant time whether check is this key's CheckValue.
func (k MasterKey) Recognises(check []byte) bool {
	return k.keys != nil && subtle.ConstantTimeCompare(k.keys().check[:], check) == 1
}

// MasterKeyFile is a master key and what is known of the file it came from.
type MasterKeyFile struct {
	Key     MasterKey
	Created bool // this call made the file
	Exposed bool // group or others may read the file: worth a warning
}

// ReadMasterKeyFile reads a file that holds a master key in a form of ParseMasterKey. A missing file is fs.ErrNotExist.
func ReadMasterKeyFile(path string) (MasterKeyFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return MasterKeyFile{}, fmt.Errorf("read master key: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return MasterKeyFile{}, fmt.Errorf("read master key: %w", err)
	}
	content, err := io.ReadAll(io.LimitReader(file, masterKeyFileSize))
	if err != nil {
		return MasterKeyFile{}, fmt.Errorf("read master key: %w", err)
	}
	if len(content) == 0 {
		return MasterKeyFile{}, fmt.Errorf("master key file %s is empty: put the key back, or remove the file if nothing was ever sealed with it", path)
	}
	key, err := ParseMasterKey(string(content))
	if err != nil {
		return MasterKeyFile{}, fmt.Errorf("master key file %s: %w", path, err)
	}
	return MasterKeyFile{Key: key, Exposed: info.Mode().Perm()&0o044 != 0}, nil
}

// LoadOrCreateMasterKeyFile reads the master key at path, or makes a new one there, readable by its owner only.
// A new key has reached the disk, and so has its directory entry, when this returns. The directory must exist.
func LoadOrCreateMasterKeyFile(path string) (MasterKeyFile, error) {
	found, err := ReadMasterKeyFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	key, err := NewMasterKey()
	if err != nil {
		return MasterKeyFile{}, err
	}
	switch err := WriteNewFile(path, key.Encode()+"\n"); {
	case errors.Is(err, fs.ErrExist): // of two processes that start at once, one makes the key
		return ReadMasterKeyFile(path)
	case err != nil:
		return MasterKeyFile{}, fmt.Errorf("create master key: %w", err)
	}
	return MasterKeyFile{Key: key, Created: true}, nil
}
