package keyring

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"strings"
)

const (
	base62Digits    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	crockfordDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // no I, L, O, U: they are misread or misspelt
	checksumSize    = 6                                  // 62^6 > 2^32

	clientSecretPrefix = "LKS"
	clientSecretRandom = 55 // with prefix and checksum 64 letters and digits, as Zitadel's clients expect
	patPrefix          = "lkp_"
	sessionTokenPrefix = "lks_"
	deviceTokenPrefix  = "lkd_"
	invitationPrefix   = "lki_"
	random256          = 43 // digits: 43 * log2(62) > 256 bits

	setupCodeSize  = 20 // of 5 bits each
	setupCodeGroup = 5
)

// redacted gives the type that embeds it one face in fmt, log/slog, encoding/json, YAML and templates.
type redacted struct{}

const redaction = "[redacted]"

// String returns "[redacted]".
func (redacted) String() string { return redaction }

// Format writes "[redacted]" for every verb and flag.
func (redacted) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redaction) }

// MarshalText returns "[redacted]"; encoding/json uses it too.
func (redacted) MarshalText() ([]byte, error) { return []byte(redaction), nil }

// LogValue returns "[redacted]".
func (redacted) LogValue() slog.Value { return slog.StringValue(redaction) }

// hidden keeps a value out of fmt's sight. fmt follows unexported fields past every method, and a pointer too when the
// verb is wrong (%s of a struct); of a function it knows the address alone.
type hidden[T any] func() T

func hide[T any](value T) hidden[T] { return func() T { return value } }

// Secret is a text that prints as [redacted] wherever it is formatted, logged or marshalled; Reveal is the only way
// to read it. Secrets are compared by their Hash; == does not compile.
type Secret struct {
	redacted
	text hidden[string]
}

// Conceal makes a Secret of a text that came from elsewhere.
func Conceal(text string) Secret { return Secret{text: hide(text)} }

// Reveal returns the text itself: for the one answer that shows it, and for hashing.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return s.text()
}

// NewClientSecret draws a client secret: "LKS", 55 random base62 digits (327 bits) and a checksum, 64 letters and
// digits in all, which neither percent-encoding nor HTTP Basic changes.
func NewClientSecret() Secret { return Conceal(newChecked(clientSecretPrefix, clientSecretRandom)) }

// NewPAT draws a personal access token: "lkp_", 43 random base62 digits (256 bits) and a checksum, 53 characters.
func NewPAT() Secret { return Conceal(newChecked(patPrefix, random256)) }

// NewSessionToken draws what a browser shows to be recognised: "lks_" and the form of [NewPAT].
func NewSessionToken() Secret { return Conceal(newChecked(sessionTokenPrefix, random256)) }

// NewDeviceToken draws what a browser shows to be known again at the next sign-in: "lkd_" and the form of [NewPAT].
func NewDeviceToken() Secret { return Conceal(newChecked(deviceTokenPrefix, random256)) }

// NewInvitationCode draws the code of an invitation, made to be pasted: "lki_" and the form of [NewPAT].
func NewInvitationCode() Secret { return Conceal(newChecked(invitationPrefix, random256)) }

// LooksLikeClientSecret tells whether s has the form of NewClientSecret, checksum included. Scanners use it to find
// leaked secrets; it proves nothing about s.
func LooksLikeClientSecret(s string) bool {
	return looksChecked(s, clientSecretPrefix, clientSecretRandom)
}

// LooksLikePAT tells whether s has the form of NewPAT, checksum included: what fails here needs no database read to
// be refused. It proves nothing about s.
func LooksLikePAT(s string) bool { return looksChecked(s, patPrefix, random256) }

// LooksLikeSessionToken is [LooksLikePAT] for session tokens.
func LooksLikeSessionToken(s string) bool { return looksChecked(s, sessionTokenPrefix, random256) }

// LooksLikeDeviceToken is [LooksLikePAT] for tokens of devices.
func LooksLikeDeviceToken(s string) bool { return looksChecked(s, deviceTokenPrefix, random256) }

// LooksLikeInvitationCode is [LooksLikePAT] for codes of invitations.
func LooksLikeInvitationCode(s string) bool { return looksChecked(s, invitationPrefix, random256) }

func newChecked(prefix string, random int) string {
	text := make([]byte, 0, len(prefix)+random+checksumSize)
	text = append(text, prefix...)
	text = appendRandom(text, base62Digits, random)
	return string(appendChecksum(text, crc32.ChecksumIEEE(text)))
}

func looksChecked(s, prefix string, random int) bool {
	if len(s) != len(prefix)+random+checksumSize || !strings.HasPrefix(s, prefix) {
		return false
	}
	for i := len(prefix); i < len(s); i++ {
		if c := s[i] | 0x20; (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	body := len(s) - checksumSize
	var buffer [checksumSize]byte
	return s[body:] == string(appendChecksum(buffer[:0], crc32.ChecksumIEEE([]byte(s[:body]))))
}

// appendChecksum appends sum as base62 digits, most significant first.
func appendChecksum(dst []byte, sum uint32) []byte {
	var digits [checksumSize]byte
	for i := range digits {
		digits[len(digits)-1-i] = base62Digits[sum%62]
		sum /= 62
	}
	return append(dst, digits[:]...)
}

// appendRandom appends n digits of the alphabet, each equally likely: random bytes beyond the largest multiple of the
// alphabet's size are thrown away, since a plain remainder would favour the first digits.
func appendRandom(dst []byte, alphabet string, n int) []byte {
	limit := 256 - 256%len(alphabet)
	var buffer [64]byte
	for n > 0 {
		rand.Read(buffer[:]) // never fails: the runtime ends the process first
		for _, b := range buffer {
			if n > 0 && int(b) < limit {
				dst = append(dst, alphabet[int(b)%len(alphabet)])
				n--
			}
		}
	}
	return dst
}

// NewSetupCode draws a code to be read from one screen and typed on another: 20 digits of Crockford's base32
// (100 bits) in groups of five, such as 7ZK4M-0Q2XW-9D8NB-H3TRC.
func NewSetupCode() Secret {
	return Conceal(groupSetupCode(appendRandom(nil, crockfordDigits, setupCodeSize)))
}

func groupSetupCode(digits []byte) string {
	var code strings.Builder
	for i, digit := range digits {
		if i > 0 && i%setupCodeGroup == 0 {
			code.WriteByte('-')
		}
		code.WriteByte(digit)
	}
	return code.String()
}

// ParseSetupCode brings a typed setup code into the form of NewSetupCode: case, spaces and dashes do not count, O is
// read as 0, I and L as 1. It reports whether typed is a code at all; only the result is to be hashed.
func ParseSetupCode(typed string) (Secret, bool) {
	var digits []byte
	for _, c := range []byte(strings.ToUpper(typed)) {
		switch c {
		case '-', ' ':
			continue
		case 'O':
			c = '0'
		case 'I', 'L':
			c = '1'
		}
		if strings.IndexByte(crockfordDigits, c) < 0 || len(digits) == setupCodeSize {
			return Secret{}, false
		}
		digits = append(digits, c)
	}
	if len(digits) != setupCodeSize {
		return Secret{}, false
	}
	return Conceal(groupSetupCode(digits)), true
}

// Hash is the SHA-256 of a generated secret, the form in which it is stored. It is for secrets of 100 random bits and
// more; what a person thought up needs HashPassword.
func Hash(secret string) [sha256.Size]byte { return sha256.Sum256([]byte(secret)) }

// Equal compares two hashes in constant time.
func Equal(a, b [sha256.Size]byte) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }
