package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
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

// nameLimit bounds the guesses at one user from all places together from which
// it has not signed in lately. Its window is short: a victim that comes from a
// new place waits no longer than that.
func nameLimit(userName string) limit {
	return limit{key("name", iam.Fold(userName), ""), 20, time.Minute}
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

// knownFor is how long a place is known after a session from there.
const knownFor = 30 * 24 * time.Hour

// knows reports whether a user has signed in from a place lately. Of nobody
// the store is asked too, so that it takes as long.
func (s *Service) knows(ctx context.Context, userID, address string, now time.Time) (bool, error) {
	addresses, err := s.Store.Read().SessionAddresses(ctx, userID, now.Add(-knownFor))
	here := place(address)
	return slices.ContainsFunc(addresses, func(a string) bool { return place(a) == here }), err
}

// take takes one attempt of each limit, or none when one has none left. Kind:
// ResourceExhausted, with how long to wait.
func (s *Service) take(ctx context.Context, now time.Time, limits ...limit) ([]store.Attempt, error) {
	var taken []store.Attempt
	for _, l := range limits {
		a, err := s.Store.TakeAttempt(ctx, l.key, l.n, l.window, now)
		if err == nil && a.Wait > 0 {
			err = iam.Errorf(iam.ResourceExhausted, "SESSION-many1", "too many attempts; try again in %s", minutes(a.Wait))
		}
		if err != nil {
			s.giveBack(ctx, taken)
			return nil, err
		}
		taken = append(taken, a)
	}
	return taken, nil
}

// giveBack undoes take where nothing was learned by the attempt.
func (s *Service) giveBack(ctx context.Context, taken []store.Attempt) {
	for _, a := range taken {
		quietly(ctx, func(ctx context.Context) error { return s.Store.GiveBackAttempt(ctx, a) })
	}
}

// forgive is giveBack after the proof that it was the user itself: mistakes
// from the same place before it are forgotten.
func (s *Service) forgive(ctx context.Context, pair limit, taken []store.Attempt) {
	for _, a := range taken {
		quietly(ctx, func(ctx context.Context) error {
			if a.Key == pair.key {
				return s.Store.ForgetAttempts(ctx, a.Key)
			}
			return s.Store.GiveBackAttempt(ctx, a)
		})
	}
}

// minutes says how long to wait, rounded up.
func minutes(d time.Duration) string {
	n := int(math.Ceil(d.Minutes()))
	if n <= 1 {
		return "1 minute"
	}
	return fmt.Sprintf("%d minutes", n)
}
