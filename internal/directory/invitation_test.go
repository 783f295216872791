package directory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// holder is whose live code of a kind it is; empty for nobody's.
func (w *world) holder(kind iam.CodeKind, code keyring.Secret, now time.Time) string {
	w.t.Helper()
	hash := keyring.Hash(code.Reveal())
	found, err := w.db.Read().CodeOf(w.t.Context(), kind, hash[:], now)
	if err != nil && !iam.Is(err, iam.NotFound) {
		w.t.Fatal(err)
	}
	return found.UserID
}

// TestInviter is kept beside the invitation: the caller.
func TestInviter(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	w.human("h", "a")
	_, code, err := w.Invite(t.Context(), w.callers["owner-a"], "h", nil)
	w.ok(err)
	hash := keyring.Hash(code.Reveal())
	if found, err := w.db.Read().CodeOf(t.Context(), iam.InvitationCode, hash[:], time.Now()); err != nil || found.InviterID != "owner-a" {
		t.Errorf("invited by %+v, %v", found, err)
	}
}

// TestInvite: what is made, for whom, and for whom not.
func TestInvite(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, c := t.Context(), w.callers["owner-a"]
	w.human("h", "a")
	refused := func(kind iam.Kind, what string, c iam.Caller, id string) {
		t.Helper()
		_, code, err := w.Invite(ctx, c, id, nil)
		if w.want(kind, what, err); code.Reveal() != "" {
			t.Errorf("%s: a code was made", what)
		}
	}
	refused(iam.Unauthenticated, "by nobody", iam.Caller{}, "h")
	refused(iam.PermissionDenied, "by who may look", w.callers["viewer-a"], "h")
	refused(iam.PermissionDenied, "by another's owner", w.callers["owner-b"], "h")
	refused(iam.NotFound, "an unknown user", c, "nemo")
	refused(iam.FailedPrecondition, "a service user", c, "plain-a")

	first, before := keyring.Secret{}, time.Now()
	for range 2 {
		u, code, err := w.Invite(ctx, c, "h", nil)
		w.ok(err)
		if u.ID != "h" || !keyring.LooksLikeInvitationCode(code.Reveal()) {
			t.Errorf("%s, %+v", code.Reveal(), u)
		}
		if w.holder(iam.InvitationCode, code, before.Add(24*time.Hour-time.Second)) != "h" || w.holder(iam.InvitationCode, code, time.Now().Add(24*time.Hour)) != "" {
			t.Error("the code is not good for a day")
		}
		if w.holder(iam.InvitationCode, first, before) != "" {
			t.Error("the invitation of before is still good")
		}
		first = code
	}
	_, err := w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelOrg, ID: "a"}, "h", []string{"ORG_OWNER"})
	w.ok(err)
	refused(iam.PermissionDenied, "by the human itself, from elsewhere", w.caller("h").In("b"), "h")
	refused(iam.FailedPrecondition, "by the human itself, who need not know the password then", w.caller("h"), "h")
	_, err = w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelInstance}, "h", []string{"IAM_OWNER"})
	w.ok(err)
	refused(iam.PermissionDenied, "a manager of more than the caller's", c, "h")
	_, _, err = w.Invite(ctx, w.root, "h", nil)
	w.ok(err)
	for _, off := range []func() error{
		func() error { return errOf(w.LockUser(ctx, w.root, "h")) },
		func() error {
			return errOf(w.UnlockUser(ctx, w.root, "h"))
		},
		func() error { return errOf(w.DeactivateUser(ctx, w.root, "h")) },
	} {
		w.ok(off())
		u, err := w.db.Read().User(ctx, "h")
		if w.ok(err); u.State != iam.Active {
			refused(iam.FailedPrecondition, "a human that is "+string(u.State), w.root, "h")
		}
	}
}

// TestNewSetupCode is for the first administrator alone.
func TestNewSetupCode(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.human("h", "a")
	refused := func(kind iam.Kind, what, name string, reset bool, says string) {
		t.Helper()
		before := len(w.events())
		code, _, err := w.NewSetupCode(ctx, name, reset)
		if w.want(kind, what, err); code.Reveal() != "" || err == nil || !strings.Contains(err.Error(), says) || len(w.events()) != before {
			t.Errorf("%s: code %q, error %v", what, code.Reveal(), err)
		}
	}
	refused(iam.NotFound, "nobody", "nemo", true, "there is no user")
	refused(iam.FailedPrecondition, "a service user that owns the instance", "root", true, "service user")
	refused(iam.FailedPrecondition, "a human who owns nothing", "h", true, "does not own the instance")

	admin, err := w.db.Read().UserByName(ctx, "admin")
	w.ok(err)
	var codes []keyring.Secret
	for range 2 {
		code, expires, err := w.NewSetupCode(ctx, "Admin", false)
		w.ok(err)
		if left := time.Until(expires); left <= 59*time.Minute || left > time.Hour {
			t.Errorf("it ends in %v", left)
		}
		codes = append(codes, code)
		last := w.events()[len(w.events())-1]
		if last.Type != iam.SetupCodeAdded || last.EditorID != "system" || last.UserID != admin.ID || strings.Contains(string(last.Payload), code.Reveal()) {
			t.Errorf("event %s", describe(last))
		}
	}
	for i, want := range []string{"", admin.ID} { // the second has replaced the first
		if got := w.holder(iam.SetupCode, codes[i], time.Now()); got != want {
			t.Errorf("code %d is of %q, want %q", i, got, want)
		}
	}
	waits := func(name string, want bool) {
		t.Helper()
		if got, err := w.AwaitsSetUp(ctx, name); err != nil || got != want {
			t.Errorf("%s awaits a set-up: %v, %v", name, got, err)
		}
	}
	waits("admin", true)
	waits("nemo", false)
	waits("root", false)
	waits("h", false)
	w.ok(w.db.Write(ctx, "editor", func(tx *store.Tx) error {
		admin.PasswordHash = "some hash"
		if err := tx.SetUser(&admin); err != nil {
			return err
		}
		return tx.Record(iam.Event{Type: "test.done", Aggregate: "test", AggregateID: "1"})
	}))
	waits("admin", false)
	refused(iam.FailedPrecondition, "one with a password", "admin", false, "has a password already")
	_, _, err = w.NewSetupCode(ctx, "admin", true)
	w.ok(err)
	_, err = w.LockUser(ctx, w.root, admin.ID)
	w.ok(err)
	refused(iam.FailedPrecondition, "one that is locked", "admin", false, "locked")
	_, _, err = w.NewSetupCode(ctx, "admin", true) // the way back in
	w.ok(err)
	if now, err := w.db.Read().User(ctx, admin.ID); err != nil || now.State != iam.Active {
		t.Errorf("after a reset: %s, %v", now.State, err)
	}

	empty := &directory.Directory{Store: storetest.New(t)}
	if _, _, err := empty.NewSetupCode(ctx, "admin", false); !iam.Is(err, iam.FailedPrecondition) {
		t.Errorf("before the first start: %v", err)
	}
}
