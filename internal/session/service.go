package session

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Service keeps the sessions of one store.
type Service struct {
	Store     *store.DB
	Passwords *keyring.PasswordHasher
	Now       func() time.Time
}

// From is who asks, as far as a request tells before anything is proved.
type From struct {
	Address string // of the client, without a port
	Agent   string // what the browser calls itself
	Device  string // what the browser's device cookie holds, or empty
}

// maxAgent bounds what is kept of a browser's name, in characters.
const maxAgent = 200

// clean makes of a stranger's bytes what can be kept and shown.
func (f From) clean() From {
	if !keyring.LooksLikeDeviceToken(f.Device) {
		f.Device = ""
	}
	return From{Address: visible(f.Address), Agent: visible(f.Agent), Device: f.Device}
}

// device is the hash of the device's token; nil for none.
func (f From) device() []byte {
	if f.Device == "" {
		return nil
	}
	hash := keyring.Hash(f.Device)
	return hash[:]
}

// visible drops what is not UTF-8 and what cannot be seen, control characters
// and those that turn the direction of text among them, and cuts the rest.
func visible(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			continue
		}
		if n++; n > maxAgent {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// slotWait is how long a password waits until there is room to hash it.
const slotWait = 3 * time.Second

// verify compares a password with a hash; an empty one matches nothing, at the
// same cost. Kind: Unavailable when too many are being verified.
func (s *Service) verify(ctx context.Context, hash string, password keyring.Secret) (ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, slotWait)
	defer cancel()
	if hash == "" {
		err = s.Passwords.VerifyNobody(ctx, password.Reveal())
	} else {
		ok, err = s.Passwords.Verify(ctx, hash, password.Reveal())
	}
	return ok, busy(err)
}

// hash hashes a password to be set. Kind: Unavailable when too many are being verified.
func (s *Service) hash(ctx context.Context, password keyring.Secret) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, slotWait)
	defer cancel()
	hash, err := s.Passwords.Hash(ctx, password.Reveal())
	return hash, busy(err)
}

func busy(err error) error {
	if err == nil {
		return nil
	}
	return &iam.Error{
		Kind: iam.Unavailable, ID: "SESSION-busy1",
		Message: "too many passwords are being verified; try again in a moment", Err: err,
	}
}

// barred is why a user may not come in although it proved who it is; nil when it may.
func barred(ctx context.Context, r store.Reader, u iam.User, kind iam.Kind) error {
	switch u.State {
	case iam.Active:
	case iam.Locked:
		return iam.Errorf(kind, "SESSION-lock1", "the user is locked; ask an administrator")
	default:
		return iam.Errorf(kind, "SESSION-off1x", "the user is deactivated; ask an administrator")
	}
	org, err := r.Org(ctx, u.OrgID)
	if err == nil && org.State != iam.Active {
		return iam.Errorf(kind, "SESSION-org1x", "the user's organization is deactivated")
	}
	return err
}

func nobody() error {
	return iam.Errorf(iam.Unauthenticated, "SESSION-none1", "nobody is signed in")
}

// quietly runs what tidies up after an answer that stands already: it may not
// fail the request, and has its own time, since the request's may be over.
func quietly(ctx context.Context, atMost time.Duration, tidy func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), atMost)
	defer cancel()
	_ = tidy(ctx) // what is not tidied ends by itself
}
