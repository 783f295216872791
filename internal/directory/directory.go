package directory

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Directory is the operations over one store.
type Directory struct {
	Store *store.DB
	// Host is the host of the issuer, under which primary domains are made.
	Host      string
	Passwords *keyring.PasswordHasher
	Keys      *keyring.KeyMaker
	// Prove compares a human's current password, no more often than anybody may
	// guess (see session.Service.Prove). Where there is none, none can be proved.
	Prove  func(ctx context.Context, u iam.User, password keyring.Secret) error
	Master keyring.MasterKey // seals the signing keys
	DNS    TXTResolver       // proves domains; without it they cannot be
	Now    func() time.Time

	lookups slots // of DNS
}

// slotWait is how long slow work waits until there is room for it.
const slotWait = 3 * time.Second

// slots bounds how many do something at once. The zero value lets four.
type slots struct {
	once sync.Once
	free chan struct{}
}

// take waits for a slot until ctx ends, but no longer than slotWait. The error is that of the wait.
func (s *slots) take(ctx context.Context) (leave func(), err error) {
	s.once.Do(func() { s.free = make(chan struct{}, 4) })
	ctx, cancel := context.WithTimeout(ctx, slotWait)
	defer cancel()
	select {
	case s.free <- struct{}{}:
		return func() { <-s.free }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// busy says that there was no room in time; every other error stays. Kind: Unavailable.
func busy(err error, id, message string) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &iam.Error{Kind: iam.Unavailable, ID: id, Message: message + "; try again in a moment", Err: err}
}

// write runs one management write as the caller.
func (d *Directory) write(ctx context.Context, c iam.Caller, fn func(*store.Tx) error) error {
	if c.Nobody() {
		return nobody()
	}
	return d.Store.Write(ctx, c.UserID(), fn)
}

// newKeyPair generates the key pair of a client, before any transaction: it is slow.
// It waits for slotWait at most. Kind: Unavailable when too many are being made.
func (d *Directory) newKeyPair(ctx context.Context, c iam.Caller) (keyring.KeyPair, error) {
	ctx, cancel := context.WithTimeout(ctx, slotWait)
	defer cancel()
	pair, err := d.Keys.Generate(ctx, c.UserID())
	return pair, busy(err, "KEY-busy1", "too many keys are being made at once")
}

func nobody() error {
	return iam.Errorf(iam.Unauthenticated, "AUTH-7fs1e", "no caller")
}

// mayChange is what every update asks before it writes: whether anything would
// differ, and whether the object is still as its editor saw it. Who asks for
// what is so already (a form sent twice) is told so, whatever was seen.
// Kinds: Unchanged, Aborted.
func mayChange(changed bool, seen iam.Version, now iam.Meta, what string) error {
	if !changed {
		return unchanged(what)
	}
	return seen.Check(now, what)
}

func unchanged(what string) error {
	return iam.Errorf(iam.Unchanged, "COMMAND-same1", "nothing to change: the %s already is as asked", what)
}

// taken names the input that must be unique, where the store found that it is not.
func taken(err error, f iam.Field, id, message string) error {
	if !iam.Is(err, iam.AlreadyExists) {
		return err
	}
	return &iam.Error{Kind: iam.AlreadyExists, ID: id, Message: message, Field: f, Err: err}
}

// found turns the store's NotFound into the answer that this caller may have.
func found(c iam.Caller, p iam.Permission, what string, err error) error {
	if iam.Is(err, iam.NotFound) {
		return c.Missing(p, what)
	}
	return err
}

// newID returns the id that the client chose, or a fresh one. Kind: InvalidArgument.
func newID(chosen string) (string, error) {
	if chosen == "" {
		return iam.NewID(), nil
	}
	return chosen, iam.CheckChosenID(chosen)
}

// listArgs checks what part of a list is asked for, and how far the caller sees.
func listArgs(c iam.Caller, p iam.Permission, page iam.Page) (iam.Reach, iam.Page, error) {
	if c.Nobody() {
		return iam.Reach{}, page, nobody()
	}
	page, err := page.Check()
	if err != nil {
		return iam.Reach{}, page, err
	}
	reach := c.Reach(p)
	if c.Context() != "" && reach.Empty() {
		return reach, page, c.Require(p, iam.Target{OrgID: c.Context()})
	}
	return reach, page, nil
}

// both joins a list's own condition with what the client asked.
func both(own, asked iam.Filter) iam.Filter {
	return iam.Filter{All: []iam.Filter{own, asked}}
}

// switchState is what activating and deactivating share: set is called when the
// state differs, otherwise the object is unchanged.
func switchState(what string, state *iam.State, to iam.State, set func() error) error {
	if *state == to {
		return unchanged(what)
	}
	*state = to
	return set()
}

// patch overwrites a value that was given.
func patch[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}
