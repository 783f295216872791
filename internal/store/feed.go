package store

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const (
	pollInterval = 250 * time.Millisecond
	feedBatch    = 1000
)

// feed is where this node stands in the events of all nodes.
type feed struct {
	mu    sync.Mutex
	seq   int64              // everything up to here has been delivered
	index int                // and of the next transaction, everything below this
	local map[int64]struct{} // delivered by this node at commit, still to be skipped in the feed
	subs  []func([]iam.Event)
	heard atomic.Pointer[time.Time] // when the database was last asked and answered, by the real clock
}

func (f *feed) hear(t time.Time) { f.heard.Store(&t) }

// Subscribe has fn called with every event, of this node before the write
// returns, of others soon after. Events may come twice or out of order; fn must
// be quick. Call it before [DB.Follow] and before the first write.
func (db *DB) Subscribe(fn func([]iam.Event)) {
	db.feed.mu.Lock()
	defer db.feed.mu.Unlock()
	db.feed.subs = append(db.feed.subs, fn)
}

// Age is how long this node has not heard from its feed. The monotonic clock
// stands still while the machine sleeps and the wall clock can be set back, so
// the longer of their times counts.
func (db *DB) Age() time.Duration {
	now, heard := time.Now(), *db.feed.heard.Load()
	return max(0, now.Sub(heard), now.Round(0).Sub(heard.Round(0)))
}

func (f *feed) deliverLocal(events []iam.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.local == nil {
		f.local = make(map[int64]struct{})
	}
	if seq := events[0].Sequence; seq > f.seq {
		f.local[seq] = struct{}{}
	}
	for _, fn := range f.subs {
		fn(events)
	}
}

// startFeed sets where following begins: caches are empty, so the past is of no interest.
func (db *DB) startFeed(ctx context.Context) error {
	var seq int64
	if err := db.read.QueryRowContext(ctx, `SELECT seq FROM feed WHERE id = 1`).Scan(&seq); err != nil {
		return fault("read the feed", err)
	}
	db.feed.mu.Lock()
	defer db.feed.mu.Unlock()
	db.feed.seq, db.feed.index = seq, math.MaxInt32
	db.feed.hear(time.Now())
	return nil
}

// Follow hands the events of other nodes to the subscribers until ctx ends. It
// polls; where the database can notify, a notification only wakes it early.
func (db *DB) Follow(ctx context.Context) {
	wake := make(chan struct{}, 1)
	if db.listen != nil {
		var listener sync.WaitGroup
		listener.Go(func() { db.listenForever(ctx, wake) })
		defer listener.Wait()
	}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	failing := false
	for {
		if err := db.poll(ctx); err != nil {
			if ctx.Err() != nil {
				return
			}
			if !failing {
				db.log.Warn("the feed cannot be read; cached answers age", "error", err)
			}
			failing = true
		} else if failing {
			db.log.Info("the feed is read again")
			failing = false
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-wake:
		}
	}
}

// poll reads what is new in the feed. The time of the question counts as the
// time heard, not the time of the answer.
func (db *DB) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for {
		asked := time.Now()
		db.feed.mu.Lock()
		seq, index := db.feed.seq, db.feed.index
		db.feed.mu.Unlock()
		events, err := db.Read().eventsAfter(ctx, seq, index, feedBatch)
		if err != nil {
			return err
		}
		db.feed.deliverRemote(events)
		if len(events) < feedBatch {
			db.feed.hear(asked)
			return nil
		}
	}
}

func (f *feed) deliverRemote(events []iam.Event) {
	if len(events) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	fresh := events[:0:0]
	for _, e := range events {
		if _, known := f.local[e.Sequence]; !known {
			fresh = append(fresh, e)
		}
	}
	last := events[len(events)-1]
	// The next poll asks for what comes after (seq, index): more of the same
	// transaction, in case the batch ended within it, or later ones.
	f.seq, f.index = last.Sequence, last.Index+1
	for seq := range f.local {
		if seq < f.seq {
			delete(f.local, seq)
		}
	}
	if len(fresh) > 0 {
		for _, fn := range f.subs {
			fn(fresh)
		}
	}
}

// listenForever keeps one connection of its own that listens, and wakes Follow.
func (db *DB) listenForever(ctx context.Context, wake chan<- struct{}) {
	for ctx.Err() == nil {
		if conn, err := pgx.ConnectConfig(ctx, db.listen); err == nil {
			db.listenOn(ctx, conn, wake)
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			_ = conn.Close(closing)
			cancel()
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second):
		}
	}
}

func (db *DB) listenOn(ctx context.Context, conn *pgx.Conn, wake chan<- struct{}) {
	if _, err := conn.Exec(ctx, "LISTEN "+feedChannel); err != nil {
		return
	}
	for {
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return
		}
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}
