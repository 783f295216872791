package console

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/session"
)

// Names of the cookies. With TLS they carry the prefix that browsers hold to
// Secure, this host and the path / (RFC 6265bis section 4.1.3.2).
const (
	sessionCookie = "latchkey"
	flashCookie   = "latchkey-done"
	deviceCookie  = "latchkey-device" // recognises a browser from which a user signed in before
	hostPrefix    = "__Host-"
)

// secure reports whether the console is used over TLS, which the issuer says.
func (v *visit) secure() bool { return strings.HasPrefix(v.h.Tokens.URL, "https://") }

// plainAllowed reports whether a cookie may travel without TLS: only where both
// the issuer and the address in the browser are this machine.
func (v *visit) plainAllowed() bool {
	u, err := url.Parse(v.h.Tokens.URL)
	return err == nil && loopback(u.Host) && loopback(v.r.Host)
}

func loopback(hostport string) bool {
	host := strings.ToLower(hostport)
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}

// refuseForeignHost says that passwords are not taken at this address. With TLS
// it must be the issuer's own: a node that is reached past its proxy would take
// them in the clear. Kind: FailedPrecondition, of [errHost].
func (v *visit) refuseForeignHost() error {
	if v.secure() {
		if u, err := url.Parse(v.h.Tokens.URL); err == nil && strings.TrimSuffix(strings.ToLower(v.r.Host), ":443") != strings.TrimSuffix(u.Host, ":443") {
			return hostError(v.text("error.host", v.h.Tokens.URL+"/ui/"))
		}
		return nil
	}
	if v.plainAllowed() {
		return nil
	}
	return hostError(v.text("error.tls"))
}

// errHost is the cause of an answer that the address is the wrong one.
var errHost = errors.New("the request names another host than the console's, or lacks TLS")

func hostError(text string) error {
	return &iam.Error{Kind: iam.FailedPrecondition, ID: "CONSOLE-host1", Message: text, Err: errHost}
}

func (v *visit) cookieName(name string) string {
	if v.secure() {
		return hostPrefix + name
	}
	return name
}

func (v *visit) newCookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever there is TLS
		Name: v.cookieName(name), Value: value, Path: "/", MaxAge: maxAge,
		Secure: v.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// cookie is the session's token. Kind: Unauthenticated where there is none.
func (v *visit) cookie() (keyring.Secret, error) {
	if !v.secure() && !v.plainAllowed() {
		return keyring.Secret{}, errSignIn()
	}
	c, err := v.r.Cookie(v.cookieName(sessionCookie))
	if err != nil || c.Value == "" {
		return keyring.Secret{}, errSignIn()
	}
	return keyring.Conceal(c.Value), nil
}

// keep gives the browser a session that has just begun.
func (v *visit) keep(b session.Begun) {
	http.SetCookie(v.w, v.newCookie(sessionCookie, b.Token.Reveal(), 0))
	http.SetCookie(v.w, v.newCookie(deviceCookie, b.Device.Reveal(), int(iam.DeviceLifetime/time.Second)))
}

func (v *visit) forget() { http.SetCookie(v.w, v.newCookie(sessionCookie, "", -1)) }

func (v *visit) flashName() string { return v.cookieName(flashCookie) }

func (v *visit) flashCookie(done string, maxAge int) *http.Cookie {
	return v.newCookie(flashCookie, done, maxAge)
}

func errSignIn() error {
	return iam.Errorf(iam.Unauthenticated, "CONSOLE-in001", "nobody is signed in")
}
