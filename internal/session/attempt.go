package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// limit is how often one thing may be tried in a window.
type limit struct {
	key    string
	n      int
	window time.Duration
}

// pairLimit bounds the guesses at one user from one place: whoever mistypes
// waits for himself and for nobody else.
func pairLimit(userName, address string) limit {
	return limit{key("pair", iam.Fold(userName), place(address)), 5, 5 * time.Minute}
}

// addressLimit bounds what one place may try, whoever it says it is.
func addressLimit(address string) limit {
	return limit{key("address", "", place(address)), 30, 15 * time.Minute}
}

// nameLimit bounds the guesses at one user from all places together. Its window
// is short: whom they are at waits no longer than that in a browser of which
// nothing is known.
func nameLimit(userName string) limit {
	return limit{key("name", iam.Fold(userName), ""), 20, time.Minute}
}

// deviceLimit bounds the guesses in one browser in which the user has signed in
// before. Nobody else's count there.
func deviceLimit(token string) limit {
	return limit{key("device", token, ""), 5, 5 * time.Minute}
}

// againLimit bounds the guesses at the current password of a user who is signed
// in, from wherever: only its own sessions count there.
func againLimit(userID string) limit {
	return limit{key("again", userID, ""), 5, 5 * time.Minute}
}

// limits are those of a sign-in as a user, whose id is empty where there is
// none by that name. The store is asked for the device of nobody too, so that it
// takes as long.
func (s *Service) limits(ctx context.Context, userID, userName string, from From, now time.Time) ([]limit, error) {
	if from.Device != "" {
		known, err := s.Store.Read().HasDevice(ctx, userID, from.device(), now)
		if err != nil {
			return nil, err
		}
		if known {
			return []limit{deviceLimit(from.Device)}, nil
		}
	}
	return []limit{addressLimit(from.Address), pairLimit(userName, from.Address), nameLimit(userName)}, nil
}

// key names a limit. It is a hash, since what is typed as a user name may be a password.
func key(kind, name, place string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %q %q", kind, name, place))
	return hex.EncodeToString(sum[:])
}

// place is what of an address counts as one place: of IPv6 the network, in
// which a customer may choose any of 2^64 addresses.
func place(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a, 64).Masked().String()
}

// take takes one attempt of each limit, or none when one has none left. It
// looks first: who is refused writes nothing. Kind: ResourceExhausted, with how
// long to wait.
func (s *Service) take(ctx context.Context, now time.Time, limits ...limit) ([]store.Attempt, error) {
	for _, l := range limits {
		wait, err := s.Store.Read().AttemptWait(ctx, l.key, l.n, l.window, now)
		if err == nil {
			err = exhausted(wait)
		}
		if err != nil {
			return nil, err
		}
	}
	var taken []store.Attempt
	for _, l := range limits {
		a, err := s.Store.TakeAttempt(ctx, l.key, l.n, l.window, now)
		if err == nil {
			err = exhausted(a.Wait)
		}
		if err != nil {
			s.giveBack(ctx, taken)
			return nil, err
		}
		taken = append(taken, a)
	}
	return taken, nil
}

func exhausted(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return iam.Errorf(iam.ResourceExhausted, "SESSION-many1", "too many attempts; try again in %s", minutes(wait))
}

// giveBack undoes take where the attempt was no guess. What others have taken
// stays taken.
func (s *Service) giveBack(ctx context.Context, taken []store.Attempt) {
	if len(taken) > 0 {
		quietly(ctx, 2*time.Second, func(ctx context.Context) error { return s.Store.GiveBackAttempts(ctx, taken) })
	}
}

// prove compares a password with a user's. An attempt of each limit is taken
// before, and given back unless the password is wrong. Kinds:
// ResourceExhausted, Unavailable.
func (s *Service) prove(ctx context.Context, u iam.User, password keyring.Secret, now time.Time, limits []limit) (bool, error) {
	taken, err := s.take(ctx, now, limits...)
	if err != nil {
		return false, err
	}
	ok, err := s.verify(ctx, u.PasswordHash, password)
	if ok || err != nil {
		s.giveBack(ctx, taken)
	}
	return ok, err
}

// minutes says how long to wait, rounded up.
func minutes(d time.Duration) string {
	n := int(math.Ceil(d.Minutes()))
	if n <= 1 {
		return "1 minute"
	}
	return fmt.Sprintf("%d minutes", n)
}
