package tokens

import (
	"context"
	"hash/maphash"
	"time"

	"golang.org/x/time/rate"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// strangers bounds the reads of the store that can be caused without proving
// anything: of names that are not cached, to confirm a no, of tokens that look
// like personal access tokens. One address can use up its own share, not that
// of the others.
type strangers struct {
	seed    maphash.Seed
	all     *rate.Limiter
	address [1024]*rate.Limiter // by hash; who shares a place shares its rate
}

const (
	readsOfAll       = 4000 // a second
	readsOfOne       = 500
	burstOfAll       = 8000
	burstOfOne       = 2000
	longestReadQueue = 2 * time.Second
)

func newStrangers() *strangers {
	s := &strangers{seed: maphash.MakeSeed(), all: rate.NewLimiter(readsOfAll, burstOfAll)}
	for i := range s.address {
		s.address[i] = rate.NewLimiter(readsOfOne, burstOfOne)
	}
	return s
}

// wait waits its turn. Kind: Unavailable.
func (s *strangers) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, longestReadQueue)
	defer cancel()
	place := maphash.String(s.seed, weblog.From(ctx).Address) % uint64(len(s.address))
	err := s.address[place].Wait(ctx)
	if err == nil {
		err = s.all.Wait(ctx)
	}
	if err != nil {
		return &iam.Error{Kind: iam.Unavailable, ID: "TOKEN-busy1", Message: "the server is busy; try again in a moment", Err: err}
	}
	return nil
}
