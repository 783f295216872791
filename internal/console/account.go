package console

import (
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// accountPage is what templates/account.html shows.
type accountPage struct {
	*form
	User        iam.User
	Memberships []iam.Membership
	MustChange  bool
}

// accountPath is the page where a password is changed.
const accountPath = "/ui/console/account"

// inputCurrent is the present password.
const inputCurrent = string(iam.FieldCurrentPassword)

// account shows who is signed in, and changes the password.
func account(v *visit) error {
	p := accountPage{form: v.newForm(nil), User: v.signed.User, MustChange: v.signed.MustChange}
	if v.posts() && v.typedTwice(p.form) {
		began, err := v.h.Sessions.ChangePassword(v.r.Context(), v.signed, v.secret(inputCurrent), v.secret(inputPassword), v.from())
		switch {
		case err == nil:
			v.keep(began)
			return v.goTo(accountPath, "password")
		case !p.refuse(err, inputPassword, inputCurrent):
			return err
		}
	}
	if !p.MustChange {
		l, err := v.h.Directory.MembershipsOf(v.r.Context(), v.caller, p.User.ID, iam.Filter{}, iam.Page{Limit: iam.MaxLimit})
		if err != nil {
			return err
		}
		p.Memberships = l.Items
	}
	return v.show(p.status, "account", v.text("account.title"), p)
}

// sessionsPage is what templates/sessions.html shows.
type sessionsPage struct {
	Sessions []iam.Session
	Here     string // the session of this browser
}

// inputSession names a session to be ended; empty for all others.
const inputSession = "session"

// sessions lists where the caller is signed in, and ends sessions.
func sessions(v *visit) error {
	ctx, own := v.r.Context(), v.signed.Session.ID
	if v.posts() {
		id := v.value(inputSession)
		if id == own {
			return signOut(v)
		}
		err := error(nil)
		if id == "" {
			err = v.h.Sessions.EndOthers(ctx, v.caller, own)
		} else {
			err = v.h.Sessions.End(ctx, v.caller, id)
		}
		if err != nil && !iam.Is(err, iam.NotFound) {
			return err
		}
		return v.goTo("/ui/console/account/sessions", "session")
	}
	list, err := v.h.Sessions.Sessions(ctx, v.caller)
	if err != nil {
		return err
	}
	return v.show(200, "sessions", v.text("sessions.title"), sessionsPage{Sessions: list, Here: own})
}
