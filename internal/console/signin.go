package console

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/session"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// inputs of the pages before sign-in.
const (
	inputUserName = string(iam.FieldUserName)
	inputPassword = string(iam.FieldPassword)
	inputAgain    = "again"
	inputCode     = "code"
	inputReturn   = "return"
)

// signInPage is what templates/login.html shows.
type signInPage struct {
	*form
	Return string
	SetUp  bool // the first set-up is open
}

// signInPath is the address of sign-in from where the way leads on to a page.
func signInPath(back string) string {
	if back = returnPath(back); back == "/ui/console/" {
		return "/ui/login"
	}
	return "/ui/login?" + url.Values{inputReturn: {back}}.Encode()
}

// returnPath is where to go after sign-in: a page of the console, whatever was
// asked for. Other sites, and what only looks like a path, are not followed.
func returnPath(asked string) string {
	const home = "/ui/console/"
	u, err := url.Parse(asked)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || strings.ContainsAny(asked, "\\\x00\r\n\t") ||
		!strings.HasPrefix(u.Path, home) || !strings.HasPrefix(path.Clean(u.Path)+"/", home) {
		return home
	}
	return u.RequestURI()
}

// from says where a sign-in comes from.
func (v *visit) from() session.From {
	f := session.From{Address: weblog.From(v.r.Context()).Address, Agent: v.r.UserAgent()}
	if c, err := v.r.Cookie(v.cookieName(deviceCookie)); err == nil {
		f.Device = c.Value
	}
	return f
}

// signIn asks for user name and password and begins a session.
func signIn(v *visit) error {
	p := signInPage{form: v.newForm(nil), Return: returnPath(v.value(inputReturn))}
	if err := v.refuseForeignHost(); err != nil {
		return err
	}
	if v.posts() {
		began, err := v.h.Sessions.SignIn(v.r.Context(), v.value(inputUserName), v.secret(inputPassword), v.from())
		if err == nil {
			return v.begin(began, p.Return)
		}
		if !p.refuseSignIn(v, err) {
			return err
		}
	}
	if token, err := v.cookie(); err == nil && !v.posts() {
		if _, err := v.h.Sessions.Resume(v.r.Context(), token.Reveal()); err == nil {
			return v.goTo(p.Return, "")
		}
	}
	open, err := v.h.Sessions.SetUpOpen(v.r.Context())
	if err != nil {
		return err
	}
	p.SetUp = open
	return v.show(p.status, "login", v.text("login.title"), p)
}

// refuseSignIn shows why nobody was signed in.
func (f *form) refuseSignIn(v *visit, err error) bool {
	if k := iam.KindOf(err); k != iam.Unauthenticated && k != iam.Unavailable {
		return f.refuse(err, inputPassword)
	}
	weblog.From(v.r.Context()).Fail(err)
	f.Problem, f.status = sentence(message(err)), problemOf(iam.KindOf(err)).status
	return true
}

// begin gives the browser the session's cookie and leads on. The session that it
// had ends: nobody's old session goes on under another name.
func (v *visit) begin(began session.Begun, to string) error {
	if old, err := v.cookie(); err == nil {
		if err := v.h.Sessions.SignOut(v.r.Context(), old.Reveal()); err != nil {
			return err
		}
	}
	v.keep(began)
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// signOut ends the session.
func signOut(v *visit) error {
	if token, err := v.cookie(); err == nil {
		if err := v.h.Sessions.SignOut(v.r.Context(), token.Reveal()); err != nil {
			return err
		}
	}
	v.forget()
	return v.goTo("/ui/login", "signout")
}

// newPasswordPage is what templates/setup.html and invitation.html show.
type newPasswordPage struct {
	*form
	UserName string
}

// setUp gives the first administrator a password, for the one-time code. The
// page is there only while such a code is.
func setUp(v *visit) error {
	open, err := v.h.Sessions.SetUpOpen(v.r.Context())
	if err != nil {
		return err
	}
	if !open {
		return errNoPage()
	}
	return v.takeCode("setup", v.h.Sessions.SetUp)
}

// acceptInvitation lets an invited human choose a password. Fetching the page
// changes nothing.
func acceptInvitation(v *visit) error {
	return v.takeCode("invitation", v.h.Sessions.AcceptInvitation)
}

// takeCode is what set-up and invitation share: a code and a new password.
func (v *visit) takeCode(page string, take func(ctx context.Context, code, password keyring.Secret, from session.From) (session.Begun, error)) error {
	if err := v.refuseForeignHost(); err != nil {
		return err
	}
	p := newPasswordPage{form: v.newForm(nil)}
	if v.posts() && v.typedTwice(p.form) {
		began, err := take(v.r.Context(), v.secret(inputCode), v.secret(inputPassword), v.from())
		if err == nil {
			return v.begin(began, "/ui/console/")
		}
		if iam.Is(err, iam.NotFound) || iam.Is(err, iam.Unauthenticated) {
			weblog.From(v.r.Context()).Fail(err)
			p.wrong(inputCode, sentence(message(err)))
		} else if !p.refuse(err, inputPassword, inputCode) {
			return err
		}
	}
	// The code that was typed is in the page, for the next try: like what is shown once.
	return v.render(p.status, page, v.text(page+".title"), p, false)
}

// typedTwice holds a new password against its repetition.
func (v *visit) typedTwice(f *form) bool {
	if v.secret(inputPassword).Reveal() != v.secret(inputAgain).Reveal() {
		f.wrong(inputAgain, v.text("password.differ"))
		return false
	}
	return true
}
