package tokens

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Cache keeps what issuing a token needs. A cached yes is bounded by the feed:
// every event that touches an entry removes it, also one that is being loaded.
// A cached no is never final (see [Cache.Authenticate]), and absence is not
// cached at all.
type Cache struct {
	db       *store.DB
	staleMax time.Duration
	reads    *strangers

	ids      *table[string]         // by folded user name
	subjects *table[*store.Subject] // by user id
	metadata *table[[]byte]         // by user id, as the claim; only of those who ask for it
	orgs     *table[*iam.Org]
	projects *table[*project]
	grants   *table[*grant]
}

// project is what a token needs of a project.
type project struct {
	orgID  string
	newest int64 // number of the event that last changed it or one of its roles
	active bool
	roles  map[string]bool
}

// grant is what a token needs of a project grant.
type grant struct {
	grantedOrgID string
	newest       int64
	active       bool
	roles        map[string]bool
}

const (
	// maxSubjects bounds the cache: about 1 KB each.
	maxSubjects = 100_000
	maxOthers   = 20_000
	maxMetadata = 5_000 // up to 6 KB each

	// feedGrace is how old the feed's last answer gets while all is well: the poll interval and a
	// slow answer. Who wants nothing stale gets the interval alone.
	feedGrace    = 2 * time.Second
	feedInterval = 500 * time.Millisecond
)

// NewCache returns an empty cache that follows the store's feed. staleMax is
// how long it is trusted after the feed was last heard.
func NewCache(db *store.DB, staleMax time.Duration) *Cache {
	c := &Cache{db: db, staleMax: staleMax, reads: newStrangers()}
	c.ids = newTable(maxSubjects, func(ctx context.Context, name string) (string, error) {
		return db.Read().UserIDByName(ctx, name)
	})
	c.subjects = newTable(maxSubjects, func(ctx context.Context, id string) (*store.Subject, error) {
		s, err := db.Read().Subject(ctx, id)
		return &s, err
	})
	c.metadata = newTable(maxMetadata, func(ctx context.Context, id string) ([]byte, error) {
		entries, err := db.Read().ClaimedMetadata(ctx, id)
		return appendMetadata(nil, entries), err
	})
	c.orgs = newTable(maxOthers, func(ctx context.Context, id string) (*iam.Org, error) {
		o, err := db.Read().Org(ctx, id)
		return &o, err
	})
	c.projects = newTable(maxOthers, c.loadProject)
	c.grants = newTable(maxOthers, c.loadGrant)
	db.Subscribe(c.forget)
	return c
}

func (c *Cache) loadProject(ctx context.Context, id string) (*project, error) {
	p, keys, err := c.db.Read().ProjectForTokens(ctx, id)
	return &project{orgID: p.OrgID, newest: p.Sequence, active: p.State == iam.Active, roles: set(keys)}, err
}

func (c *Cache) loadGrant(ctx context.Context, id string) (*grant, error) {
	g, err := c.db.Read().ProjectGrant(ctx, id)
	return &grant{grantedOrgID: g.GrantedOrgID, newest: g.Sequence, active: g.State == iam.Active, roles: set(g.RoleKeys)}, err
}

func set(keys []string) map[string]bool {
	m := make(map[string]bool, len(keys))
	for _, k := range keys {
		m[k] = true
	}
	return m
}

// claimed returns a user's metadata as a claim, or nothing. Kinds:
// InvalidArgument for more than a token can hold; Unavailable.
func (c *Cache) claimed(ctx context.Context, userID string) ([]byte, error) {
	claim, err := lookup(ctx, c, c.metadata, userID)
	if iam.Is(err, iam.FailedPrecondition) {
		return nil, iam.Errorf(iam.InvalidArgument, "SCOPE-meta1",
			"scope asks for the client's metadata, which is more than a token can hold: at most %d bytes", iam.MaxClaimedMetadata)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return claim, nil
}

// forget removes what events touch.
func (c *Cache) forget(events []iam.Event) {
	for _, e := range events {
		if e.Type == iam.OrgRemoved {
			c.subjects.clear() // its users went with it
			c.metadata.clear()
		}
		if e.UserID != "" {
			c.subjects.forget(e.UserID)
			c.metadata.forget(e.UserID)
		}
		if e.Aggregate == iam.AggregateOrg {
			c.orgs.forget(e.OrgID)
		}
		if e.ProjectID != "" {
			c.projects.forget(e.ProjectID)
		}
		if e.GrantID != "" {
			c.grants.forget(e.GrantID)
		}
	}
}

// stale reports that the feed has not been heard for too long to trust the
// cache; then everything is read from the store, and fails if that is gone.
func (c *Cache) stale() bool {
	if c.staleMax == 0 {
		return c.db.Age() > feedInterval
	}
	return c.db.Age() > c.staleMax+feedGrace
}

// table is one cache. Its keys hold an epoch, so that clear also discards what
// is being loaded while it runs.
type table[V any] struct {
	entries *otter.Cache[tableKey, V]
	epoch   atomic.Uint64
	load    func(ctx context.Context, id string) (V, error)
}

type tableKey struct {
	epoch uint64
	id    string
}

func newTable[V any](size int, load func(context.Context, string) (V, error)) *table[V] {
	return &table[V]{
		entries: otter.Must(&otter.Options[tableKey, V]{MaximumSize: size}),
		load:    load,
	}
}

// cached returns an entry that is there.
func (t *table[V]) cached(id string) (V, bool) {
	return t.entries.GetIfPresent(tableKey{t.epoch.Load(), id})
}

// get returns an entry, loading it if it is not there. Kind: NotFound.
func (t *table[V]) get(ctx context.Context, id string) (V, error) {
	key := tableKey{t.epoch.Load(), id}
	if v, ok := t.entries.GetIfPresent(key); ok {
		return v, nil
	}
	v, err := t.entries.Get(ctx, key, otter.LoaderFunc[tableKey, V](func(ctx context.Context, k tableKey) (V, error) {
		v, err := t.load(ctx, k.id)
		if iam.Is(err, iam.NotFound) {
			return v, otter.ErrNotFound
		}
		return v, err
	}))
	if errors.Is(err, otter.ErrNotFound) {
		return v, iam.Errorf(iam.NotFound, "TOKEN-nf01x", "not found")
	}
	return v, err
}

func (t *table[V]) forget(id string) { t.entries.Invalidate(tableKey{t.epoch.Load(), id}) }

func (t *table[V]) clear() {
	t.epoch.Add(1)
	t.entries.InvalidateAll()
}

// lookup is get, past the cache when it is stale.
func lookup[V any](ctx context.Context, c *Cache, t *table[V], id string) (V, error) {
	if c.stale() {
		return t.load(ctx, id)
	}
	return t.get(ctx, id)
}
