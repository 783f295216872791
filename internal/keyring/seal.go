package keyring

import (
	"crypto/subtle"
	"errors"
	"fmt"
)

// sealVersion is the first byte of everything a MasterKey seals:
//
//	version (1) | master key id (4) | nonce (12) | ciphertext | tag (16)
const (
	sealVersion    = 1
	sealHeaderSize = 1 + masterKeyIDSize
)

var (
	// ErrOtherMasterKey means that a value was sealed with another master key than this one.
	ErrOtherMasterKey = errors.New("sealed with another master key")
	// ErrNotSealed means that a value is not what Seal returned for that record: damaged, cut short, moved from
	// another record, or of an unknown version.
	ErrNotSealed = errors.New("sealed value is damaged or belongs to another record")
	// ErrNoMasterKey means that the zero MasterKey was used.
	ErrNoMasterKey = errors.New("no master key")
)

// Seal encrypts plaintext with AES-256-GCM (NIST SP 800-38D) under a random nonce. record names the place where the
// result is kept, such as "signing_key/123"; it is authenticated but not stored, so that a sealed value opens nowhere
// else. Random nonces bound one master key to 2^32 sealed values: it is for keys at rest, not for tokens.
func (k MasterKey) Seal(record string, plaintext []byte) ([]byte, error) {
	if k.keys == nil {
		return nil, fmt.Errorf("seal %s: %w", record, ErrNoMasterKey)
	}
	keys := k.keys()
	sealed := make([]byte, 0, sealHeaderSize+len(plaintext)+keys.aead.Overhead())
	sealed = append(sealed, sealVersion)
	sealed = append(sealed, keys.id[:]...)
	return keys.aead.Seal(sealed, nil, plaintext, additionalData(sealed, record)), nil //nolint:gosec // the cipher draws its own nonce
}

// Open returns what Seal encrypted for the same record. Errors are ErrOtherMasterKey, ErrNotSealed or ErrNoMasterKey,
// with the record's name.
func (k MasterKey) Open(record string, sealed []byte) ([]byte, error) {
	if k.keys == nil {
		return nil, fmt.Errorf("open %s: %w", record, ErrNoMasterKey)
	}
	keys := k.keys()
	if len(sealed) < sealHeaderSize+keys.aead.Overhead() || sealed[0] != sealVersion {
		return nil, fmt.Errorf("open %s: %w", record, ErrNotSealed)
	}
	header, ciphertext := sealed[:sealHeaderSize], sealed[sealHeaderSize:]
	if subtle.ConstantTimeCompare(header[1:], keys.id[:]) != 1 {
		return nil, fmt.Errorf("open %s: %w", record, ErrOtherMasterKey)
	}
	plaintext, err := keys.aead.Open(nil, nil, ciphertext, additionalData(header, record))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", record, ErrNotSealed)
	}
	return plaintext, nil
}

// additionalData joins header and record; the header's fixed length keeps the two apart.
func additionalData(header []byte, record string) []byte {
	data := make([]byte, 0, len(header)+len(record))
	return append(append(data, header...), record...)
}

// SigningKeyRecord names a signing key's record to Seal and Open.
func SigningKeyRecord(id string) string { return "signing_key/" + id }
