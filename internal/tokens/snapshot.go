package tokens

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// snapshot is something of the instance that every request needs and that
// changes rarely: read once, and anew after an event about it. Reading it takes
// no lock.
type snapshot[T any] struct {
	what string // for the log
	load func(context.Context) (*T, error)
	now  func() time.Time // of pauses between failures

	current  atomic.Pointer[T]
	outdated atomic.Bool
	paused   atomic.Int64 // no reading before, in nanoseconds since 1970
	loading  sync.Mutex
	failures int // since the last success; only for who holds loading
}

const (
	shortestPause = 250 * time.Millisecond
	longestPause  = 30 * time.Second
)

// follow reads the snapshot, and has it read anew after each event that is
// about it.
func (s *snapshot[T]) follow(ctx context.Context, db *store.DB, about func(iam.Event) bool) error {
	s.now = time.Now
	db.Subscribe(func(events []iam.Event) {
		if slices.ContainsFunc(events, about) {
			s.outdate()
		}
	})
	v, err := s.load(ctx)
	s.current.Store(v)
	return err
}

// outdate has the next request read the snapshot anew.
func (s *snapshot[T]) outdate() {
	s.paused.Store(0) // what failed may be mended
	s.outdated.Store(true)
}

// get returns what there is now. After a change one request reads it anew, and
// those beside it get the old. If that fails, the old stays, and another request
// tries again after a pause.
func (s *snapshot[T]) get(ctx context.Context) *T {
	if s.outdated.Load() && s.now().UnixNano() >= s.paused.Load() && s.loading.TryLock() {
		if s.outdated.Swap(false) {
			s.reload(ctx)
		}
		s.loading.Unlock()
	}
	return s.current.Load()
}

// fresh returns a snapshot that is as wanted, if reading it anew brings one.
func (s *snapshot[T]) fresh(ctx context.Context, wanted func(*T) bool) *T {
	s.loading.Lock()
	defer s.loading.Unlock()
	if !wanted(s.current.Load()) && s.now().UnixNano() >= s.paused.Load() {
		s.outdated.Store(false)
		s.reload(ctx)
	}
	return s.current.Load()
}

func (s *snapshot[T]) reload(ctx context.Context) {
	// The request that found out may end; the snapshot is for all.
	reading, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	v, err := s.load(reading)
	if err == nil {
		s.current.Store(v)
		s.failures = 0
		return
	}
	weblog.From(ctx).Set(s.what, "not read again: "+err.Error())
	pause := min(longestPause, shortestPause<<min(s.failures, 10))
	s.failures++
	s.paused.Store(s.now().Add(pause).UnixNano())
	s.outdated.Store(true)
}
