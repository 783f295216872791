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

	current    atomic.Pointer[T]
	outdated   atomic.Bool
	generation atomic.Int64 // how often there was an event about it
	paused     atomic.Pointer[pause]
	loading    sync.Mutex
	failures   int // since the last success; only for who holds loading
}

// pause is that after a failure. It ends early with an event, which may tell of
// what mends the failure, also while the reading that fails is under way.
type pause struct {
	generation int64 // when the reading began
	until      time.Time
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
	s.generation.Add(1) // what failed may be mended
	s.outdated.Store(true)
}

func (s *snapshot[T]) pausing() bool {
	p := s.paused.Load()
	return p != nil && p.generation == s.generation.Load() && s.now().Before(p.until)
}

// get returns what there is now. After a change one request reads it anew, and
// those beside it get the old. If that fails, the old stays, and another request
// tries again after a pause.
func (s *snapshot[T]) get(ctx context.Context) *T {
	if s.outdated.Load() && !s.pausing() && s.loading.TryLock() {
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
	if !wanted(s.current.Load()) && !s.pausing() {
		s.outdated.Store(false)
		s.reload(ctx)
	}
	return s.current.Load()
}

func (s *snapshot[T]) reload(ctx context.Context) {
	// The request that found out may end; the snapshot is for all.
	reading, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	generation := s.generation.Load()
	v, err := s.load(reading)
	if err == nil {
		s.current.Store(v)
		s.failures = 0
		return
	}
	weblog.From(ctx).Set(s.what, "not read again: "+err.Error())
	length := min(longestPause, shortestPause<<min(s.failures, 10))
	s.failures++
	s.paused.Store(&pause{generation: generation, until: s.now().Add(length)})
	s.outdated.Store(true)
}
