package keyring

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"sync"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const (
	maxKeyPEM     = 8 << 10 // bytes: ten times what the largest key below takes
	maxRSAKeyBits = 4096    // a signature by a larger key costs more to check than a stranger may ask of us
)

// The labels under which PEM holds a public key (RFC 7468 section 13). Zitadel writes both of its own forms under the second.
const (
	pemPublicKey    = "PUBLIC KEY"
	pemRSAPublicKey = "RSA PUBLIC KEY"
	pemRSAPrivate   = "RSA PRIVATE KEY"
)

// KeyPair is a key by which a client signs assertions: the private half for the client alone, the public one to keep.
type KeyPair struct {
	Private Secret // PKCS #1 in PEM (RFC 8017 appendix A.1.2)
	Public  []byte // PKIX DER (RFC 5280 section 4.1.2.7)
}

// KeyMaker generates key pairs with a bound on how many are made at once: an RSA key takes a core for a good part of a
// second, so a flood of requests must queue instead of taking the machine. The zero value has no slot, and makes none.
type KeyMaker struct {
	slots   chan struct{} // of clients' keys
	signing chan struct{} // of signing keys: they need not queue behind any service user
	turns   sync.Map      // of who has a place in the queue for slots, to a channel that is closed when it leaves
}

// NewKeyMaker allows concurrency key pairs of clients to be made at once, at least one, and one signing key beside them.
func NewKeyMaker(concurrency int) *KeyMaker {
	return &KeyMaker{slots: make(chan struct{}, max(concurrency, 1)), signing: make(chan struct{}, 1)}
}

// Generate makes an RSA key of 2048 bits after a free slot, some 100 ms of work: never inside a transaction. Each by has
// one place in the queue, however many keys it asks for, so that nobody waits behind all of another's. Its only error
// is that of ctx, which counts until there is a slot.
func (m *KeyMaker) Generate(ctx context.Context, by string) (KeyPair, error) {
	leave, err := m.turn(ctx, by)
	if err != nil {
		return KeyPair{}, err
	}
	defer leave()
	if err := acquire(ctx, m.slots); err != nil {
		return KeyPair{}, err
	}
	defer func() { <-m.slots }()
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return KeyPair{}, fmt.Errorf("make a key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return KeyPair{}, fmt.Errorf("make a key: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: pemRSAPrivate, Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return KeyPair{Private: Conceal(string(text)), Public: public}, nil
}

// turn waits until nobody else queues as by.
func (m *KeyMaker) turn(ctx context.Context, by string) (leave func(), err error) {
	mine := make(chan struct{})
	for {
		other, taken := m.turns.LoadOrStore(by, mine)
		if !taken {
			return func() { m.turns.Delete(by); close(mine) }, nil
		}
		select {
		case <-other.(chan struct{}):
		case <-ctx.Done():
			return nil, fmt.Errorf("make a key: %w", ctx.Err())
		}
	}
}

// GenerateSigning is GenerateSigningKey, for RSA after a free slot. bits is the size of an RSA key and counts for no
// other algorithm; a large one takes seconds, the others nothing to speak of. Its errors are those of CheckSigningKey and
// of ctx, which counts until there is a slot.
func (m *KeyMaker) GenerateSigning(ctx context.Context, alg Algorithm, bits int) (private, public []byte, err error) {
	if err := CheckSigningKey(alg, bits); err != nil {
		return nil, nil, err
	}
	if alg.rsa() {
		if err := acquire(ctx, m.signing); err != nil {
			return nil, nil, err
		}
		defer func() { <-m.signing }()
	}
	return generateSigningKey(alg, bits)
}

func acquire(ctx context.Context, slots chan struct{}) error {
	// A select chooses at random among what is ready; one who has already left must not get a slot.
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("make a key: %w", ctx.Err())
	}
}

// ParseKeyPEM reads the one public key that a client made itself, in PEM, and returns it as PKIX DER. It takes RSA of
// 2048 to 4096 bits, ECDSA on P-256, P-384 and P-521, and Ed25519. Kind: InvalidArgument, about [iam.FieldKey].
func ParseKeyPEM(text []byte) ([]byte, error) {
	wrong := func(sentence string) ([]byte, error) {
		return nil, iam.Errorf(iam.InvalidArgument, "KEY-pem1x", "%s", sentence).At(iam.FieldKey)
	}
	if len(text) > maxKeyPEM {
		return wrong("the public key is too large")
	}
	text = bytes.TrimSpace(text)
	block, rest := pem.Decode(text)
	if block == nil || !bytes.HasPrefix(text, []byte("-----BEGIN ")) {
		return wrong("the public key must be in PEM, beginning with -----BEGIN PUBLIC KEY-----")
	}
	if bytes.Contains([]byte(block.Type), []byte("PRIVATE")) {
		return wrong("this is a private key: give the public one, and keep the private one to yourself")
	}
	if block.Type != pemPublicKey && block.Type != pemRSAPublicKey {
		return wrong("the PEM must hold a public key, not a certificate or anything else")
	}
	if len(bytes.TrimSpace(rest)) > 0 || len(block.Headers) > 0 {
		return wrong("the PEM must hold one public key and nothing more")
	}
	key, err := parseKeyDER(block)
	if err != nil || !acceptable(key) {
		return wrong("the public key must be RSA of 2048 to 4096 bits, ECDSA on P-256, P-384 or P-521, or Ed25519")
	}
	public, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return wrong("the public key cannot be kept")
	}
	return public, nil
}

// parseKeyDER reads PKIX, and PKCS #1 where the label allows it.
func parseKeyDER(block *pem.Block) (any, error) {
	if block.Type == pemRSAPublicKey {
		if key, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
			return key, nil
		}
	}
	return x509.ParsePKIXPublicKey(block.Bytes)
}

// acceptable tells whether signatures may be checked with a key that a stranger made.
func acceptable(key any) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		return bits >= rsaBits && bits <= maxRSAKeyBits && key.N.Bit(0) == 1 && key.E >= 3 && key.E&1 == 1
	case *ecdsa.PublicKey:
		return key.Curve == elliptic.P256() || key.Curve == elliptic.P384() || key.Curve == elliptic.P521()
	case ed25519.PublicKey:
		return len(key) == ed25519.PublicKeySize
	}
	return false
}

// keyFile is the JSON file by which Zitadel's clients find a key and what it is of (zitadel-contract section 3).
type keyFile struct {
	Type           string    `json:"type"`
	KeyID          string    `json:"keyId"`
	Key            string    `json:"key"`
	ExpirationDate time.Time `json:"expirationDate"`
	UserID         string    `json:"userId,omitempty"`
	AppID          string    `json:"appId,omitempty"`
	ClientID       string    `json:"clientId,omitempty"`
}

// ServiceAccountKeyFile is the key file of a service user, as Zitadel's clients read it. The zero time means never.
func ServiceAccountKeyFile(keyID, userID string, private Secret, expires time.Time) (Secret, error) {
	return encodeKeyFile(keyFile{Type: "serviceaccount", KeyID: keyID, UserID: userID}, private, expires)
}

// ApplicationKeyFile is the key file of an application, as Zitadel's clients read it. The zero time means never.
func ApplicationKeyFile(keyID, applicationID, clientID string, private Secret, expires time.Time) (Secret, error) {
	return encodeKeyFile(keyFile{Type: "application", KeyID: keyID, AppID: applicationID, ClientID: clientID}, private, expires)
}

func encodeKeyFile(f keyFile, private Secret, expires time.Time) (Secret, error) {
	if expires.IsZero() {
		expires = iam.Never
	}
	f.Key, f.ExpirationDate = private.Reveal(), expires.UTC()
	text, err := json.Marshal(f)
	if err != nil {
		return Secret{}, fmt.Errorf("write a key file: %w", err)
	}
	return Conceal(string(text)), nil
}
