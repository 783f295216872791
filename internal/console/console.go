package console

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/session"
	"github.com/latchkey-iam/latchkey/internal/tokens"
)

// Config is what the console needs.
type Config struct {
	Directory *directory.Directory
	Sessions  *session.Service
	Tokens    *tokens.Issuer // its URL is the issuer, which decides how cookies are kept
	Now       func() time.Time
}

// Handler answers everything under /ui.
type Handler struct {
	Config
	texts  texts
	pages  pages
	assets assets
	guard  *http.CrossOriginProtection
	mux    *http.ServeMux
}

// New builds the console. It fails only if what is embedded is broken.
func New(cfg Config) (*Handler, error) {
	h := &Handler{Config: cfg, guard: http.NewCrossOriginProtection(), mux: http.NewServeMux()}
	var err error
	if h.texts, err = loadTexts(); err != nil {
		return nil, err
	}
	if h.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if h.pages, err = loadPages(h.texts, h.assets); err != nil {
		return nil, err
	}
	if err := h.guard.AddTrustedOrigin(cfg.Tokens.URL); err != nil {
		return nil, err
	}
	for _, r := range h.routes() {
		for method := range strings.FieldsSeq(r.methods) {
			h.mux.Handle(method+" "+r.path, h.answer(r))
		}
	}
	h.mux.HandleFunc("GET "+assetPath+"{hash}/{name}", h.assets.serve)
	h.mux.Handle("/ui/", h.answer(route{access: anyone, handle: noSuchPage}))
	return h, nil
}

// ServeHTTP answers one request. Writes that another site's page caused are
// refused before anything is looked at.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	if err := h.foreign(r); err != nil {
		v := &visit{h: h, w: w, r: r}
		v.fail(errForeign(err))
		return
	}
	h.mux.ServeHTTP(w, r)
}

// foreign refuses a write that another site's page may have caused: by what the
// browser says of where it comes from, which it must say.
func (h *Handler) foreign(r *http.Request) error {
	if r.Method == http.MethodPost && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
		return errors.New("neither Sec-Fetch-Site nor Origin")
	}
	return h.guard.Check(r)
}

// protect sets the headers that every answer carries.
func protect(header http.Header) {
	header.Set("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	header.Set("X-Frame-Options", "DENY")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
}

// access says what a route asks of who comes.
type access int

const (
	anyone   access = iota
	signedIn        // a session; otherwise the way leads to sign-in and back
	inOrg           // a session, and the organization named in the path is one that the caller works in
)

// route is one page or act.
type route struct {
	methods string
	path    string
	access  access
	handle  func(*visit) error
}

// answer turns a route into a handler: it finds out who comes, and shows what
// the route's own handler refuses.
func (h *Handler) answer(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{h: h, w: w, r: r}
		err := v.enter(route.access)
		if err == nil {
			err = route.handle(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

func noSuchPage(*visit) error { return errNoPage() }
