package console

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// problem is how a kind of error looks on a page of its own.
type problem struct {
	status int
	key    string // of the texts error.KEY.title and error.KEY.text
}

// problemOf is the one table from kinds to pages.
func problemOf(k iam.Kind) problem {
	switch k {
	case iam.InvalidArgument:
		return problem{http.StatusBadRequest, "invalid"}
	case iam.Unauthenticated:
		return problem{http.StatusUnauthorized, "signin"}
	case iam.PermissionDenied:
		return problem{http.StatusForbidden, "denied"}
	case iam.NotFound:
		return problem{http.StatusNotFound, "gone"}
	case iam.AlreadyExists, iam.Aborted:
		return problem{http.StatusConflict, "conflict"}
	case iam.FailedPrecondition, iam.Unchanged:
		return problem{http.StatusConflict, "state"}
	case iam.ResourceExhausted:
		return problem{http.StatusTooManyRequests, "slow"}
	case iam.Unavailable:
		return problem{http.StatusServiceUnavailable, "busy"}
	case iam.Unimplemented:
		return problem{http.StatusNotImplemented, "missing"}
	}
	return problem{http.StatusInternalServerError, "internal"}
}

// problemPage is what templates/problem.html shows.
type problemPage struct {
	Title, Text, Detail, Back string
}

// fail shows an error as a page, and logs it. Who is not signed in is led to
// sign-in and back.
func (v *visit) fail(err error) {
	if errors.Is(err, errMustChange) {
		http.Redirect(v.w, v.r, accountPath, http.StatusSeeOther)
		return
	}
	weblog.From(v.r.Context()).Fail(err)
	if iam.Is(err, iam.Unauthenticated) {
		v.leadToSignIn()
		return
	}
	p := problemOf(iam.KindOf(err))
	switch {
	case errors.Is(err, errHost):
		p = problem{http.StatusMisdirectedRequest, "address"}
	case errors.Is(err, errSite):
		p = problem{http.StatusForbidden, "foreign"}
	}
	data := problemPage{
		Title: v.h.texts.or("error." + p.key + ".title"),
		Text:  v.h.texts.or("error." + p.key + ".text"),
		Back:  "/ui/console/",
	}
	if e, ok := errors.AsType[*iam.Error](err); ok && p.status != http.StatusInternalServerError && e.Kind != iam.NotFound {
		data.Detail = sentence(e.Message)
	}
	if v.org.ID != "" {
		data.Back = v.base()
	}
	if err := v.show(p.status, "problem", data.Title, data); err != nil {
		// Not even the page about the error can be shown.
		weblog.From(v.r.Context()).Fail(err)
		http.Error(v.w, "The server failed; its log says why.", http.StatusInternalServerError)
	}
}

// leadToSignIn sends to sign-in, from where the way leads back here. htmx
// follows no redirect to another page by itself, so it is told.
func (v *visit) leadToSignIn() {
	back := v.here()
	if v.r.Header.Get("HX-Request") == "true" {
		if u, err := url.Parse(v.r.Header.Get("HX-Current-URL")); err == nil {
			back = u.RequestURI()
		}
		v.w.Header().Set("HX-Redirect", signInPath(back))
		v.w.WriteHeader(http.StatusUnauthorized)
		return
	}
	http.Redirect(v.w, v.r, signInPath(back), http.StatusSeeOther)
}

// errMustChange leads to the account page, the only one that is there until a
// password that somebody else chose was changed.
var errMustChange = errors.New("the password must be changed first")

func errNoPage() error { return iam.Errorf(iam.NotFound, "CONSOLE-page1", "there is no such page") }

// errSite is the cause of an answer that a request came from another site.
var errSite = errors.New("another site's page sent it")

func errForeign(cause error) error {
	return &iam.Error{Kind: iam.PermissionDenied, ID: "CONSOLE-orig1", Err: errors.Join(errSite, cause)}
}
