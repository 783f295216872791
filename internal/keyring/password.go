package keyring

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// Cost of new password hashes (RFC 9106 section 3.1): 19 MiB, two passes, one lane, a setting that OWASP's password
// storage advice lists for servers that cannot spare more.
const (
	passwordMemory   = 19 << 10 // KiB
	passwordTime     = 2
	passwordLanes    = 1
	passwordSaltSize = 16
	passwordTagSize  = 32
)

// Bounds of what a stored hash may ask for. A hash comes from our own database or an import, yet one of absurd cost
// must not stop the server. Those of an import are lower, since one organization's dear hashes take the slots of all;
// what was imported before they were lowered stays good.
const (
	maxPasswordMemory = 256 << 10 // KiB
	maxPasswordWork   = 1 << 20   // KiB times passes: one GiB written in all
	maxImportMemory   = 64 << 10
	maxImportWork     = 128 << 10
	maxPasswordLanes  = 16
	maxPasswordBytes  = 64 // salt, tag
	minPasswordSalt   = 8
	minPasswordTag    = 16
	minBcryptCost     = 4  // the form knows no lower one
	maxBcryptCost     = 14 // about a second
	maxImportBcrypt   = 12 // about a quarter
	bcryptSize        = 60 // characters: prefix, cost, salt and hash
)

// HashPassword returns the Argon2id hash (RFC 9106) of pw under a random salt, as a PHC string such as
// $argon2id$v=19$m=19456,t=2,p=1$salt$tag. It takes some 30 ms and 19 MiB; servers use a PasswordHasher.
func HashPassword(pw string) string {
	h := passwordHash{memory: passwordMemory, time: passwordTime, lanes: passwordLanes, salt: make([]byte, passwordSaltSize)}
	rand.Read(h.salt) // never fails: the runtime ends the process first
	h.tag = h.compute(pw, passwordTagSize)
	return h.String()
}

// VerifyPassword tells whether hash is an Argon2id or bcrypt hash of pw, with the cost that it names. Any other string, and
// one of absurd cost, matches nothing.
func VerifyPassword(hash, pw string) bool {
	if bcryptCost(hash) > 0 {
		return bcrypt.CompareHashAndPassword([]byte(hash), []byte(pw)) == nil
	}
	h, err := parsePasswordHash(hash)
	if err != nil {
		return false
	}
	return subtle.ConstantTimeCompare(h.tag, h.compute(pw, uint32(len(h.tag)))) == 1
}

// CheckPasswordHash tells why a hash that was made elsewhere cannot be imported; nil when it can. It can be an Argon2id
// hash as a PHC string, of at most 64 MiB, and 128 MiB in all passes, or a bcrypt hash ($2a$, $2b$, $2y$) of a cost up
// to 12. The error repeats nothing of it.
func CheckPasswordHash(hash string) error {
	if cost := bcryptCost(hash); cost > maxImportBcrypt {
		return errors.New("password hash: cost out of bounds")
	} else if cost > 0 {
		return nil
	}
	h, err := parsePasswordHash(hash)
	if err == nil && (h.memory > maxImportMemory || uint64(h.memory)*uint64(h.time) > maxImportWork) {
		err = errors.New("password hash: cost out of bounds")
	}
	return err
}

// IsForeignHash tells whether hash is one of a form, or of a cost, in which no password is hashed here, so that it is
// better replaced once the password is known. Bcrypt sees no more of a password than its first 72 bytes.
func IsForeignHash(hash string) bool {
	if bcryptCost(hash) > 0 {
		return true
	}
	h, err := parsePasswordHash(hash)
	return err == nil && (h.memory != passwordMemory || h.time != passwordTime || h.lanes != passwordLanes)
}

// bcryptCost is the cost of a whole bcrypt hash, if it is in bounds; 0 of everything else.
func bcryptCost(s string) int {
	if len(s) != bcryptSize || s[:2] != "$2" || strings.IndexByte("aby", s[2]) < 0 || s[3] != '$' || s[6] != '$' {
		return 0
	}
	for _, c := range []byte(s[7:]) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '.' || c == '/') {
			return 0
		}
	}
	cost, err := strconv.ParseUint(s[4:6], 10, 8)
	if err != nil || cost < minBcryptCost || cost > maxBcryptCost {
		return 0
	}
	return int(cost)
}

type passwordHash struct {
	memory, time uint32
	lanes        uint8
	salt, tag    []byte
}

func (h passwordHash) compute(pw string, size uint32) []byte {
	return argon2.IDKey([]byte(pw), h.salt, h.time, h.memory, h.lanes, size)
}

// String is the PHC form.
func (h passwordHash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.lanes, encode(h.salt), encode(h.tag))
}

func parsePasswordHash(phc string) (passwordHash, error) {
	fail := func(reason string) (passwordHash, error) {
		return passwordHash{}, fmt.Errorf("password hash: %s", reason)
	}
	parts := strings.Split(phc, "$")
	if len(parts) != 6 {
		return fail("expected $argon2id$v=19$m=,t=,p=$salt$tag")
	}
	var h passwordHash
	var costs [3]uint32
	for i, cost := range strings.Split(parts[3], ",") {
		if i == len(costs) {
			return fail("expected three costs")
		}
		_, digits, _ := strings.Cut(cost, "=")
		value, err := strconv.ParseUint(digits, 10, 32)
		if err != nil {
			return fail("a cost is not a number")
		}
		costs[i] = uint32(value)
	}
	memory, time, lanes := costs[0], costs[1], costs[2]
	if lanes < 1 || lanes > maxPasswordLanes || memory < 8*lanes || memory > maxPasswordMemory ||
		time < 1 || uint64(memory)*uint64(time) > maxPasswordWork {
		return fail("cost out of bounds")
	}
	h.memory, h.time, h.lanes = memory, time, uint8(lanes)
	var err error
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(h.salt) < minPasswordSalt || len(h.salt) > maxPasswordBytes {
		return fail("salt out of bounds")
	}
	if h.tag, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(h.tag) < minPasswordTag || len(h.tag) > maxPasswordBytes {
		return fail("tag out of bounds")
	}
	// Writing it again catches every other spelling: names, order, version, leading zeros, line breaks.
	if h.String() != phc {
		return fail("not in canonical form")
	}
	return h, nil
}

// PasswordHasher hashes and verifies with a bound on how many run at once: each takes 19 MiB and a core, so a flood of
// sign-ins must queue instead of taking the machine.
type PasswordHasher struct {
	slots chan struct{}
}

// NewPasswordHasher allows concurrency hashes at once, at least one.
func NewPasswordHasher(concurrency int) *PasswordHasher {
	return &PasswordHasher{slots: make(chan struct{}, max(concurrency, 1))}
}

// Hash is HashPassword after a free slot. Its only error is that of ctx.
func (p *PasswordHasher) Hash(ctx context.Context, pw string) (string, error) {
	if err := p.acquire(ctx); err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	defer p.release()
	return HashPassword(pw), nil
}

// Verify is VerifyPassword after a free slot. Its only error is that of ctx.
func (p *PasswordHasher) Verify(ctx context.Context, hash, pw string) (bool, error) {
	if err := p.acquire(ctx); err != nil {
		return false, fmt.Errorf("verify password: %w", err)
	}
	defer p.release()
	return VerifyPassword(hash, pw), nil
}

// nobodyHash is the hash of a random text that nobody has kept, with the cost of new hashes.
const nobodyHash = "$argon2id$v=19$m=19456,t=2,p=1$EbzYPbSuXerHNBEl1JPZlA$G1MkWtrHobs9Tl/qCGSggvZyPg2tvbIm0IZZ+6gg9Is"

// VerifyNobody does the work of Verify where there is no hash, and matches nothing: for names that no user has, which
// must not be told by the time that a refusal takes. Its only error is that of ctx.
func (p *PasswordHasher) VerifyNobody(ctx context.Context, pw string) error {
	_, err := p.Verify(ctx, nobodyHash, pw)
	return err
}

func (p *PasswordHasher) acquire(ctx context.Context) error {
	// A select chooses at random among what is ready; one who has already left must not get a slot.
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *PasswordHasher) release() { <-p.slots }
