package session

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const right = "correct horse"

// cheap is a hash that takes no time to compare with.
func cheap(password string) string {
	encode := base64.RawStdEncoding.EncodeToString
	salt := []byte("saltsalt")
	return fmt.Sprintf("$argon2id$v=19$m=8,t=1,p=1$%s$%s", encode(salt), encode(argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)))
}

// world is a service on a store with a clock that the test turns. Org "on" has
// the humans ann, bob (who has no password yet), ivy (deactivated) and lou
// (locked), and the service user robot; org "off" is deactivated and has otto.
// Ann owns the org on, and root, a human of it, the instance, which has codes made.
type world struct {
	*Service
	t     *testing.T
	clock atomic.Pointer[time.Time]
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	start := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	w.clock.Store(&start)
	return w.on(storetest.NewAt(t, w.now))
}

func (w *world) on(db *store.DB) *world {
	w.t.Helper()
	w.Service = &Service{Store: db, Passwords: keyring.NewPasswordHasher(4), Now: w.now}
	w.write(func(tx *store.Tx) error {
		for id, state := range map[string]iam.State{"on": iam.Active, "off": iam.Inactive} {
			if err := tx.AddOrg(&iam.Org{ID: id, Name: id, State: state, PrimaryDomain: id}); err != nil {
				return err
			}
		}
		for _, u := range []iam.User{
			{ID: "ann"},
			{ID: "bob"},
			{ID: "ivy", State: iam.Inactive},
			{ID: "lou", State: iam.Locked},
			{ID: "otto", OrgID: "off"},
			{ID: "root"},
			{ID: "robot", Type: iam.Machine, AccessTokenType: iam.JWTToken},
		} {
			u.UserName = strings.ToUpper(u.ID[:1]) + u.ID[1:]
			if u.OrgID == "" {
				u.OrgID = "on"
			}
			if u.State == "" {
				u.State = iam.Active
			}
			if u.Type == "" {
				u.Type = iam.Human
			}
			if u.ID != "bob" { // the service user's is there so that its type alone can refuse it
				u.PasswordHash = cheap(right)
			}
			if err := tx.AddUser(&u); err != nil {
				return err
			}
		}
		if err := tx.AddProject(&iam.Project{ID: "internal", OrgID: "on", Name: "internal", Internal: true, State: iam.Active}); err != nil {
			return err
		}
		if err := tx.AddInstance(&iam.Instance{ID: "i", Name: "i", DefaultOrgID: "on", InternalProjectID: "internal", MasterKeyCheck: []byte("m"), TokenKey: []byte("t")}); err != nil {
			return err
		}
		return tx.AddMembership(&iam.Membership{UserID: "ann", Level: iam.LevelOrg, ResourceID: "on", Roles: []iam.ManagerRole{iam.OrgOwner}})
	})
	w.own("root")
	return w
}

// own makes users owners of the instance.
func (w *world) own(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		w.write(func(tx *store.Tx) error {
			return tx.AddMembership(&iam.Membership{UserID: id, Level: iam.LevelInstance, ResourceID: "i", Roles: []iam.ManagerRole{iam.IAMOwner}})
		})
	}
}

func (w *world) now() time.Time { return *w.clock.Load() }

// pass turns the clock.
func (w *world) pass(d time.Duration) {
	next := w.now().Add(d)
	w.clock.Store(&next)
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// want checks the kind of an error.
func (w *world) want(kind iam.Kind, what string, err error) {
	w.t.Helper()
	if !iam.Is(err, kind) {
		w.t.Errorf("%s: error %v, want kind %d", what, err, kind)
	}
}

func (w *world) write(fn func(*store.Tx) error) {
	w.t.Helper()
	w.writeAs("editor", fn)
}

func (w *world) writeAs(editor string, fn func(*store.Tx) error) {
	w.t.Helper()
	w.ok(w.Store.Write(w.t.Context(), editor, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(iam.Event{Type: "test.done", Aggregate: "test", AggregateID: "1"})
	}))
}

// change writes a user.
func (w *world) change(id string, fn func(*iam.User)) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		u, err := tx.User(w.t.Context(), id)
		if err != nil {
			return err
		}
		fn(&u)
		return tx.SetUser(&u)
	})
}

// setOrg switches an organization on or off.
func (w *world) setOrg(id string, state iam.State) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		o, err := tx.Org(w.t.Context(), id)
		if err != nil {
			return err
		}
		o.State = state
		return tx.SetOrg(&o)
	})
}

func at(address string) From { return From{Address: address, Agent: "Browser"} }

var home = at("192.0.2.1")

// try signs in and returns the error.
func (w *world) try(name, password string, from From) error {
	w.t.Helper()
	_, err := w.SignIn(w.t.Context(), name, keyring.Conceal(password), from)
	return err
}

// signIn signs in as ann.
func (w *world) signIn(from From) (token string, s Signed) {
	w.t.Helper()
	begun, err := w.SignIn(w.t.Context(), "ann", keyring.Conceal(right), from)
	w.ok(err)
	return begun.Token.Reveal(), w.resume(begun)
}

// resume is a session that must be good.
func (w *world) resume(b Begun) Signed {
	w.t.Helper()
	s, err := w.Resume(w.t.Context(), b.Token.Reveal())
	w.ok(err)
	return s
}

// in is a place with the device of a session.
func (b Begun) in(from From) From {
	from.Device = b.Device.Reveal()
	return from
}

// resumes reports whether a token is good; if not it must be refused as every other.
func (w *world) resumes(token string) bool {
	w.t.Helper()
	_, err := w.Resume(w.t.Context(), token)
	if e, ok := errors.AsType[*iam.Error](err); err != nil && (!ok || e.Kind != iam.Unauthenticated || e.ID != "SESSION-gone1") {
		w.t.Errorf("resume: %v", err)
	}
	return err == nil
}

// events lists those that are not of the test's own.
func (w *world) events() (out []iam.Event) {
	w.t.Helper()
	l, err := w.Store.Read().Events(w.t.Context(), iam.Reach{All: true}, iam.Filter{}, iam.Page{Limit: 1000, Asc: true})
	w.ok(err)
	for _, e := range l.Items {
		if e.Type != "test.done" {
			out = append(out, e)
		}
	}
	return out
}
