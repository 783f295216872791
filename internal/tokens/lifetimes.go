package tokens

import (
	"context"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Lifetimes say how long tokens are good, as the instance has it now.
type Lifetimes struct {
	snapshot[iam.Lifetimes]
}

// LoadLifetimes reads the lifetimes and follows their changes.
func LoadLifetimes(ctx context.Context, db *store.DB) (*Lifetimes, error) {
	l := &Lifetimes{}
	l.what = "token_lifetimes"
	l.load = func(ctx context.Context) (*iam.Lifetimes, error) {
		i, err := db.Read().Instance(ctx)
		lifetimes := i.Lifetimes()
		return &lifetimes, err
	}
	return l, l.follow(ctx, db, func(e iam.Event) bool { return e.Type == iam.OIDCSettingsChanged })
}

// accessToken is how long the access tokens are good that are issued now. When
// stale the store says so, as with what [Cache] keeps. Kind: Unavailable.
func (l *Lifetimes) accessToken(ctx context.Context, stale bool) (time.Duration, error) {
	if !stale {
		return l.get(ctx).AccessToken, nil
	}
	lifetimes, err := l.load(ctx)
	if err != nil {
		return 0, unavailable(err)
	}
	return lifetimes.AccessToken, nil
}
