package directory_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

const (
	next       = "correct horse"
	nextHash   = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	nextBcrypt = "$2a$04$1e49vLI6PMimyxyI2/OUVOjHfbpyAh9ONdXhUrn/sfrj01ZIW7FhO"
)

// TestSetPasswordRefuses whoever may not, and passwords that cannot be; nothing is written.
func TestSetPasswordRefuses(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, owner := t.Context(), w.callers["owner-a"]
	w.human("h", "a")
	w.human("boss", "a")
	_, err := w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelInstance}, "boss", []string{string(iam.IAMOwnerViewer)})
	w.ok(err)
	boss := w.caller("boss")
	before, err := w.db.Read().User(ctx, "h")
	w.ok(err)
	empty, wrong := "", "wrong"
	for _, test := range []struct {
		name string
		by   iam.Caller
		id   string
		in   directory.NewPassword
		want iam.Kind
	}{
		{"nobody", iam.Caller{}, "h", directory.NewPassword{Password: next}, iam.Unauthenticated},
		{"who may look", w.callers["viewer-a"], "h", directory.NewPassword{Password: next}, iam.PermissionDenied},
		{"another's owner", w.callers["owner-b"], "h", directory.NewPassword{Password: next}, iam.PermissionDenied},
		{"who is outranked", owner, "boss", directory.NewPassword{Password: next}, iam.PermissionDenied},
		{"who is outranked, with a proof", owner, "boss", directory.NewPassword{Password: next, Current: &wrong}, iam.PermissionDenied},
		{"itself without a proof", boss, "boss", directory.NewPassword{Password: next}, iam.InvalidArgument},
		{"itself with a code", boss, "boss", directory.NewPassword{Password: next, Code: &wrong}, iam.InvalidArgument},
		{"itself where nothing can be proved", boss, "boss", directory.NewPassword{Password: next, Current: &empty}, iam.Unavailable},
		{"an unknown user", owner, "nemo", directory.NewPassword{Password: next}, iam.NotFound},
		{"a service user", owner, "plain-a", directory.NewPassword{Password: next}, iam.FailedPrecondition},
		{"nothing", owner, "h", directory.NewPassword{}, iam.InvalidArgument},
		{"too short", owner, "h", directory.NewPassword{Password: "short"}, iam.InvalidArgument},
		{"both", owner, "h", directory.NewPassword{Password: next, Hash: nextHash}, iam.InvalidArgument},
		{"a hash of another form", owner, "h", directory.NewPassword{Hash: "$1$salt$hash"}, iam.InvalidArgument},
		{"two proofs", owner, "h", directory.NewPassword{Password: next, Current: &wrong, Code: &wrong}, iam.InvalidArgument},
		{"a code that is none", owner, "h", directory.NewPassword{Password: next, Code: &wrong}, iam.FailedPrecondition},
		{"an empty code", owner, "h", directory.NewPassword{Password: next, Code: &empty}, iam.FailedPrecondition},
	} {
		_, err := w.SetPassword(ctx, test.by, test.id, test.in)
		w.want(test.want, test.name, err)
	}
	if after, err := w.db.Read().User(ctx, "h"); err != nil || after != before {
		t.Errorf("written all the same: %+v, %v", after, err)
	}
}

// TestSetPassword: what ends with the password of before, what is recorded, and what is not.
func TestSetPassword(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, owner := t.Context(), w.callers["owner-a"]
	w.human("h", "a")
	w.human("k", "a")
	now := time.Now().UTC()
	for _, test := range []struct {
		name string
		in   directory.NewPassword
	}{
		{"a password", directory.NewPassword{Password: next, Change: true}},
		{"a hash", directory.NewPassword{Hash: nextHash}},
		{"a bcrypt hash", directory.NewPassword{Hash: nextBcrypt, Change: true}},
	} {
		before, err := w.db.Read().User(ctx, "h")
		w.ok(err)
		_, code, err := w.Invite(ctx, owner, "h", nil)
		w.ok(err)
		_, err = w.db.BeginSession(ctx, store.NewSession{
			Session: iam.Session{ID: test.name, UserID: "h", Generation: before.Generation, Created: now, LastSeen: now, Expires: now.Add(time.Hour)},
			Token:   []byte(test.name), Device: []byte(test.name),
		})
		w.ok(err)
		u, err := w.SetPassword(ctx, owner, "h", test.in)
		w.ok(err)
		if u.Generation != before.Generation+1 || u.PasswordChange != test.in.Change || !test.in.Change && u.PasswordHash != nextHash {
			t.Errorf("%s: generation %d after %d, change %v", test.name, u.Generation, before.Generation, u.PasswordChange)
		}
		if known, err := w.db.Read().HasDevice(ctx, "h", []byte(test.name), now); err != nil || known {
			t.Errorf("%s: the device is known still, %v", test.name, err)
		}
		if _, err := w.db.Read().SessionByToken(ctx, []byte(test.name)); !iam.Is(err, iam.NotFound) || w.holder(iam.InvitationCode, code, time.Now()) != "" {
			t.Errorf("%s: session or invitation are there still, %v", test.name, err)
		}
	}

	_, code, err := w.Invite(ctx, owner, "h", nil)
	w.ok(err)
	revealed := code.Reveal()
	_, err = w.SetPassword(ctx, owner, "k", directory.NewPassword{Password: next, Code: &revealed})
	w.want(iam.FailedPrecondition, "another's code", err)
	_, err = w.SetPassword(ctx, owner, "h", directory.NewPassword{Password: next, Code: &revealed})
	w.ok(err)
	_, err = w.SetPassword(ctx, owner, "h", directory.NewPassword{Password: next, Code: &revealed})
	w.want(iam.FailedPrecondition, "a code that was used", err)

	l, err := w.UserEvents(ctx, owner, "h", iam.FieldName.Is(string(iam.HumanPasswordSet)), iam.Page{})
	w.ok(err)
	if l.Total != 4 || !strings.Contains(string(l.Items[0].Payload), "invitation") {
		t.Errorf("recorded %v", l.Items)
	}
	for _, e := range l.Items {
		if strings.Contains(string(e.Payload), "$") || strings.Contains(string(e.Payload), "horse") {
			t.Errorf("the record says %s", e.Payload)
		}
	}
}

// TestChangePasswordMeanwhile: a proof is one of the password that is replaced.
func TestChangePasswordMeanwhile(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, owner, current := t.Context(), w.callers["owner-a"], "battery staple"
	w.human("h", "a")
	_, err := w.SetPassword(ctx, owner, "h", directory.NewPassword{Hash: nextHash})
	w.ok(err)
	w.Prove = func(context.Context, iam.User, keyring.Secret) error {
		_, err := w.SetPassword(ctx, owner, "h", directory.NewPassword{Hash: nextBcrypt})
		return err
	}
	_, err = w.SetPassword(ctx, w.caller("h"), "h", directory.NewPassword{Password: next, Current: &current})
	w.want(iam.FailedPrecondition, "changed meanwhile", err)
	w.Prove = func(context.Context, iam.User, keyring.Secret) error { return nil }
	_, err = w.SetPassword(ctx, w.caller("h"), "h", directory.NewPassword{Password: current, Current: &current})
	w.want(iam.InvalidArgument, "the same", err)
	_, err = w.SetPassword(ctx, w.caller("h"), "h", directory.NewPassword{Password: next, Current: &current})
	w.ok(err)
}

// TestHumanEvents: what Zitadel has an event of its own for has one here too.
func TestHumanEvents(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, owner := t.Context(), w.callers["owner-a"]
	w.human("h", "a")
	_, err := w.UpdateHuman(ctx, owner, "h", directory.HumanChange{
		UserName: new("hh"), NickName: new("n"), Email: new("n@x.example"), Phone: new("+49 123"), Password: &directory.NewPassword{Hash: nextHash},
	})
	w.ok(err)
	l, err := w.UserEvents(ctx, owner, "h", iam.Filter{}, iam.Page{Asc: true})
	w.ok(err)
	var got []string
	for _, e := range l.Items[1:] {
		got = append(got, string(e.Type)+string(e.Payload))
	}
	const want = `user.username.changed{"before":{"userName":"h"},"after":{"userName":"hh"}}
user.human.profile.changed{"before":{"nickName":""},"after":{"nickName":"n"}}
user.human.email.changed{"before":{"email":""},"after":{"email":"n@x.example"}}
user.human.phone.changed{"before":{"phone":""},"after":{"phone":"+49 123"}}
user.human.password.changed{}`
	if strings.Join(got, "\n") != want {
		t.Errorf("recorded %s", strings.Join(got, "\n"))
	}
}
