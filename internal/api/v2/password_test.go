package v2

import (
	"context"
	"testing"

	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

const (
	password   = "correct horse"
	argon2Hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	current    = "battery staple"
)

func TestSetPassword(t *testing.T) {
	w := newWorld(t)
	w.users.Directory.Prove = func(_ context.Context, u iam.User, p keyring.Secret) error {
		if u.ID != human || p.Reveal() != current {
			return iam.Errorf(iam.ResourceExhausted, "", "not again")
		}
		return nil
	}
	next := &user.Password{Password: password, ChangeRequired: true}
	with := func(p string) *user.SetPasswordRequest_CurrentPassword {
		return &user.SetPasswordRequest_CurrentPassword{CurrentPassword: p}
	}
	code := &user.SetPasswordRequest_VerificationCode{VerificationCode: "a code"}
	for _, tt := range []struct {
		name, by string
		req      *user.SetPasswordRequest
		want     iam.Kind
	}{
		{"by itself", human, &user.SetPasswordRequest{UserId: human, NewPassword: next}, iam.InvalidArgument},
		{"by itself, with a wrong one", human, &user.SetPasswordRequest{UserId: human, NewPassword: next, Verification: with("wrong")}, iam.ResourceExhausted},
		{"by a stranger who guesses", strangerID, &user.SetPasswordRequest{UserId: human, NewPassword: next, Verification: with(current)}, iam.PermissionDenied},
		{"by a viewer who guesses", viewerID, &user.SetPasswordRequest{UserId: human, NewPassword: next, Verification: with(current)}, iam.PermissionDenied},
		{"by the owner, with a wrong one", ownerID, &user.SetPasswordRequest{UserId: human, NewPassword: next, Verification: with("wrong")}, iam.ResourceExhausted},
		{"with a code that is none", ownerID, &user.SetPasswordRequest{UserId: human, NewPassword: next, Verification: code}, iam.FailedPrecondition},
		{"of a service user", ownerID, &user.SetPasswordRequest{UserId: robot, NewPassword: next}, iam.FailedPrecondition},
		{"nothing", ownerID, &user.SetPasswordRequest{UserId: human}, iam.InvalidArgument},
		{"by the owner", ownerID, &user.SetPasswordRequest{UserId: human, NewPassword: next}, success},
		{"by itself, with the current one", human, &user.SetPasswordRequest{UserId: human, NewPassword: next, Verification: with(current)}, success},
	} {
		before := must(w.db.Read().User(t.Context(), human))
		_, err := w.users.SetPassword(w.as(tt.by), tt.req)
		wantKind(t, tt.name, err, tt.want)
		after := must(w.db.Read().User(t.Context(), human))
		if set := after.PasswordHash != before.PasswordHash; set != (tt.want == success) || set && (!after.PasswordChange || after.Generation != before.Generation+1) {
			t.Errorf("%s: set %v, change required %v, generation %d after %d", tt.name, set, after.PasswordChange, after.Generation, before.Generation)
		}
	}
}

// TestPasswordInUpdates: both updates set a password with the rest, or nothing.
func TestPasswordInUpdates(t *testing.T) {
	w := newWorld(t)
	hashed := &user.SetPassword{PasswordType: &user.SetPassword_HashedPassword{HashedPassword: &user.HashedPassword{Hash: argon2Hash}}}
	must(w.users.UpdateUser(w.as(ownerID), updateHuman(&user.UpdateUserRequest_Human{Password: hashed, Email: &user.SetHumanEmail{Email: "x@example.com"}})))
	if u := must(w.db.Read().User(t.Context(), human)); u.PasswordHash != argon2Hash || u.Email != "x@example.com" {
		t.Errorf("UpdateUser: hash %s, e-mail %s", u.PasswordHash, u.Email)
	}
	plain := &user.SetPassword{PasswordType: &user.SetPassword_Password{Password: &user.Password{Password: password}}}
	_, err := w.users.UpdateHumanUser(w.as(ownerID), &user.UpdateHumanUserRequest{UserId: human, Password: plain, Username: new("a:b")})
	wantKind(t, "with a bad user name", err, iam.InvalidArgument)
	plain.Verification = &user.SetPassword_VerificationCode{VerificationCode: "none"}
	_, err = w.users.UpdateHumanUser(w.as(ownerID), &user.UpdateHumanUserRequest{UserId: human, Password: plain, Username: new("other")})
	wantKind(t, "with a bad code", err, iam.FailedPrecondition)
	if u := must(w.db.Read().User(t.Context(), human)); u.PasswordHash != argon2Hash || u.UserName == "other" {
		t.Errorf("a refused update: %s, %s", u.PasswordHash, u.UserName)
	}
	plain.Verification = nil
	must(w.users.UpdateHumanUser(w.as(ownerID), &user.UpdateHumanUserRequest{
		UserId: human, Password: plain, Username: new("other"), Phone: &user.SetHumanPhone{Phone: "+41790000000"},
		Profile: &user.SetHumanProfile{GivenName: "A", FamilyName: "B", DisplayName: new("A B"), PreferredLanguage: new("de")},
	}))
	u := must(w.db.Read().User(t.Context(), human))
	if u.UserName != "other" || u.Label() != "A B" || u.PreferredLanguage != "de" || u.Phone != "+41790000000" || !keyring.VerifyPassword(u.PasswordHash, password) {
		t.Errorf("UpdateHumanUser: %+v", u.Profile)
	}
	_, err = w.users.UpdateHumanUser(w.as(ownerID), &user.UpdateHumanUserRequest{UserId: human, Profile: &user.SetHumanProfile{GivenName: "A"}})
	wantKind(t, "without a family name", err, iam.InvalidArgument)
	same := must(w.users.UpdateHumanUser(w.as(ownerID), &user.UpdateHumanUserRequest{UserId: human, Username: new("other")}))
	if same.GetDetails().GetSequence() != uint64(u.Sequence) {
		t.Errorf("a change of nothing: %v", same.GetDetails())
	}
}
