package session

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// TestImportedHash: who was imported with a bcrypt hash, or one of another cost, signs
// in with it, after which the hash is one of ours. Nothing else changes, and nothing is recorded.
func TestImportedHash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{t: t}
		start := time.Now()
		w.clock.Store(&start)
		w.on(db)
		made, err := bcrypt.GenerateFromPassword([]byte(right), bcrypt.MinCost)
		w.ok(err)
		w.change("ann", func(u *iam.User) { u.PasswordHash = string(made) })
		before, err := db.Read().User(t.Context(), "ann")
		w.ok(err)
		w.want(iam.Unauthenticated, "a wrong password", w.try("ann", "wrong horse", home))
		if now, err := db.Read().User(t.Context(), "ann"); err != nil || now.PasswordHash != string(made) {
			t.Errorf("after a wrong password: %s, %v", now.PasswordHash, err)
		}
		token, _ := w.signIn(home)
		after, err := db.Read().User(t.Context(), "ann")
		w.ok(err)
		if !strings.HasPrefix(after.PasswordHash, "$argon2id$") || !keyring.VerifyPassword(after.PasswordHash, right) {
			t.Errorf("the hash is %s", after.PasswordHash)
		}
		after.PasswordHash = before.PasswordHash
		if after != before || !w.resumes(token) || len(w.events()) != 0 {
			t.Errorf("more has changed: %+v, before %+v, events %v", after, before, w.events())
		}
		w.signIn(home)
		dear := "$argon2id$v=19$m=1024,t=1,p=2$c2FsdHNhbHQ$" + base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(right), []byte("saltsalt"), 1, 1024, 2, 32))
		w.change("ann", func(u *iam.User) { u.PasswordHash = dear })
		w.signIn(home)
		if now, err := db.Read().User(t.Context(), "ann"); err != nil || keyring.IsForeignHash(now.PasswordHash) || !keyring.VerifyPassword(now.PasswordHash, right) {
			t.Errorf("an Argon2id hash of another cost became %s, %v", now.PasswordHash, err)
		}
		// A hash of another password than the one that was verified is not touched.
		w.ok(db.ReplacePasswordHash(t.Context(), "ann", string(made), "other"))
		w.ok(db.ReplacePasswordHash(t.Context(), "nemo", "", "other"))
		if now, err := db.Read().User(t.Context(), "ann"); err != nil || !keyring.VerifyPassword(now.PasswordHash, right) {
			t.Errorf("replaced by %s, %v", now.PasswordHash, err)
		}
	})
}

// TestProve is bounded for each user, wherever the guesses come from, and by
// nothing else.
func TestProve(t *testing.T) {
	w := newWorld(t)
	prove := func(id, password string) error {
		u, err := w.Store.Read().User(t.Context(), id)
		w.ok(err)
		return w.Prove(t.Context(), u, keyring.Conceal(password))
	}
	for range 10 {
		w.ok(prove("ann", right)) // is no guess
	}
	for range 5 {
		w.want(iam.InvalidArgument, "a wrong one", prove("ann", "wrong"))
	}
	w.want(iam.ResourceExhausted, "a sixth one", prove("ann", right))
	w.want(iam.InvalidArgument, "where there is none", prove("bob", ""))
	w.ok(prove("root", right))
	w.ok(w.try("ann", right, home)) // signing in is counted elsewhere
}
