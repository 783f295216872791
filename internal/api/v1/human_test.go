package v1

import (
	"testing"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// bcryptHash is a hash of "correct horse", of the least cost.
const bcryptHash = "$2a$04$1e49vLI6PMimyxyI2/OUVOjHfbpyAh9ONdXhUrn/sfrj01ZIW7FhO"

func TestHumanPhone(t *testing.T) {
	w := newWorld(t)
	ctx, id := w.in(w.alpha), w.human("minnie")
	must(w.UpdateHumanPhone(ctx, &mgmt.UpdateHumanPhoneRequest{UserId: id, Phone: "+41 79 000 00 00", IsPhoneVerified: true}))
	wantJSON(t, must(w.GetHumanPhone(ctx, &mgmt.GetHumanPhoneRequest{UserId: id})).GetPhone(), &user.Phone{},
		`{"phone": "+41 79 000 00 00", "isPhoneVerified": true}`)
	_, err := w.UpdateHumanPhone(ctx, &mgmt.UpdateHumanPhoneRequest{UserId: id, Phone: "+41 79 000 00 00", IsPhoneVerified: true})
	wantKind(t, "as it is", err, iam.Unchanged)
	must(w.RemoveHumanPhone(ctx, &mgmt.RemoveHumanPhoneRequest{UserId: id}))
	wantJSON(t, must(w.GetHumanPhone(ctx, &mgmt.GetHumanPhoneRequest{UserId: id})).GetPhone(), &user.Phone{}, `{}`)
	_, err = w.RemoveHumanPhone(ctx, &mgmt.RemoveHumanPhoneRequest{UserId: id})
	wantKind(t, "remove none", err, iam.Unchanged)
}

// TestSetHumanPassword: who manages a human sets its password; unless that is not
// required, the human changes it.
func TestSetHumanPassword(t *testing.T) {
	w := newWorld(t)
	ctx, id := w.in(w.alpha), w.human("minnie")
	for i, no := range []bool{false, true} {
		must(w.SetHumanPassword(ctx, &mgmt.SetHumanPasswordRequest{UserId: id, Password: "correct horse", NoChangeRequired: no}))
		u := must(w.db.Read().User(t.Context(), id))
		if u.PasswordChange == no || u.Generation != int64(i+1) || !keyring.VerifyPassword(u.PasswordHash, "correct horse") {
			t.Errorf("no change required %v: change %v, generation %d", no, u.PasswordChange, u.Generation)
		}
	}
}

func TestImportHashedPassword(t *testing.T) {
	w := newWorld(t)
	id := must(w.ImportHumanUser(w.in(w.alpha), &mgmt.ImportHumanUserRequest{
		UserName: "new", Profile: &mgmt.ImportHumanUserRequest_Profile{FirstName: "N", LastName: "E"},
		Email:          &mgmt.ImportHumanUserRequest_Email{Email: "n@example.com"},
		HashedPassword: &mgmt.ImportHumanUserRequest_HashedPassword{Value: bcryptHash}, PasswordChangeRequired: true,
	})).GetUserId()
	if u := must(w.db.Read().User(t.Context(), id)); u.PasswordHash != bcryptHash || !u.PasswordChange {
		t.Errorf("hash %q, change %v", u.PasswordHash, u.PasswordChange)
	}
}
