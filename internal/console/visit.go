package console

import (
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/session"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// visit is one request and who makes it.
type visit struct {
	h *Handler
	w http.ResponseWriter
	r *http.Request
	// signed is who is signed in; empty on pages for anyone.
	signed session.Signed
	// caller is the same as a caller; in the organization's context where there is one.
	caller iam.Caller
	org    iam.Org
}

// maxForm bounds a posted form: some hundred roles pasted at once.
const maxForm = 256 << 10

// enter finds out who comes and where to, as far as the route asks.
func (v *visit) enter(a access) error {
	if err := v.parse(); err != nil {
		return err
	}
	if a == anyone {
		return nil
	}
	token, err := v.cookie()
	if err != nil {
		return err
	}
	if v.signed, err = v.h.Sessions.Resume(v.r.Context(), token.Reveal()); err != nil {
		return err
	}
	v.caller = v.signed.Caller
	weblog.From(v.r.Context()).Set("user", v.signed.User.ID)
	if v.signed.MustChange && v.r.URL.Path != accountPath {
		return errMustChange
	}
	if a == signedIn {
		return nil
	}
	if v.org, err = v.h.Directory.Context(v.r.Context(), v.caller, v.r.PathValue("org")); err != nil {
		return err
	}
	v.caller = v.caller.In(v.org.ID)
	return nil
}

// parse reads the form. Forms are short and of one kind; files are not taken.
func (v *visit) parse() error {
	if !v.posts() {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return iam.Errorf(iam.InvalidArgument, "CONSOLE-kind1", "a form is sent as application/x-www-form-urlencoded")
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	if err := v.r.ParseForm(); err != nil {
		return &iam.Error{Kind: iam.InvalidArgument, ID: "CONSOLE-form", Message: "it could not be decoded, or has more than 256 KB", Err: err}
	}
	return nil
}

func (v *visit) posts() bool { return v.r.Method == http.MethodPost }

// value is a posted field without white space around it, or a parameter of the
// address.
func (v *visit) value(name string) string {
	if v.posts() {
		return strings.TrimSpace(v.r.PostForm.Get(name))
	}
	return strings.TrimSpace(v.r.URL.Query().Get(name))
}

// secret is a posted field as it is, for passwords and secrets.
func (v *visit) secret(name string) keyring.Secret { return keyring.Conceal(v.r.PostForm.Get(name)) }

// id is a part of the path.
func (v *visit) id(name string) string { return v.r.PathValue(name) }

// base is where the organization's pages begin.
func (v *visit) base() string { return orgPath(v.org.ID) }

func orgPath(id string) string { return "/ui/console/orgs/" + url.PathEscape(id) }

// may reports whether the caller may do p to something of this organization.
func (v *visit) may(p iam.Permission) bool { return v.caller.Can(p, iam.Target{OrgID: v.org.ID}) }

// mayAnywhere reports whether the caller may do p to anything in this
// organization, such as one project of it.
func (v *visit) mayAnywhere(p iam.Permission) bool { return !v.caller.Reach(p).Empty() }

// require is the check before a form is shown whose act asks for p; the act asks again.
func (v *visit) require(p iam.Permission) error {
	return v.caller.Require(p, iam.Target{OrgID: v.org.ID})
}

// goTo ends a post that succeeded: the browser fetches another page, which says
// in a line what was done. done is the key of that text, or empty.
func (v *visit) goTo(path, done string) error {
	if done != "" {
		http.SetCookie(v.w, v.flashCookie(done, 60))
	}
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// flash takes what the page before left to be said, once.
func (v *visit) flash() string {
	c, err := v.r.Cookie(v.flashName())
	if err != nil || v.posts() {
		return ""
	}
	http.SetCookie(v.w, v.flashCookie("", -1))
	return v.h.texts.or("done." + c.Value)
}

// here is the page to come back to after sign-in: this one, or for an act
// without a page of its own the next page above it.
func (v *visit) here() string {
	if !v.posts() {
		return v.r.URL.RequestURI()
	}
	for at := v.r.URL.Path; at != "/"; at = path.Dir(at) {
		probe := v.r.Clone(v.r.Context())
		probe.Method, probe.URL = http.MethodGet, &url.URL{Path: at}
		if _, pattern := v.h.mux.Handler(probe); strings.HasPrefix(pattern, "GET ") {
			return (&url.URL{Path: at, RawQuery: v.r.URL.RawQuery}).RequestURI()
		}
	}
	return "/ui/console/"
}
