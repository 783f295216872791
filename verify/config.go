package verify

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Config says whose tokens are accepted, and for what.
type Config struct {
	// Issuer is the origin of the Latchkey instance, exactly as its tokens
	// name it: "https://id.example.com", no slash at the end. Required.
	Issuer string

	// Audience is the id of the project that this backend belongs to. A token
	// for other projects only is refused. Required.
	Audience string

	// Algorithms that a signature may use, out of RS256, RS384, RS512, ES256,
	// ES384, ES512 and EdDSA (RFC 7518 section 3.1, RFC 8037). Empty means all.
	Algorithms []string

	// JWKSURL fetches the keys from this address instead of asking the
	// issuer's discovery document, for a backend that reaches the issuer by
	// another name than its clients do. Usually empty.
	JWKSURL string

	// AllowHTTP permits plain http to hosts other than this machine. Whoever
	// sits on that path can replace the keys, and so write tokens.
	AllowHTTP bool

	// Client fetches discovery document and keys. Redirects are never
	// followed. Nil means a client of its own.
	Client *http.Client

	// Now is the clock. Nil means time.Now.
	Now func() time.Time

	// Logger hears when a refresh of the keys fails. Nil means silence.
	Logger *slog.Logger
}

// supported lists the algorithms this package can check; each belongs to one
// kind of key (see agrees).
func supported() []string {
	return []string{
		string(jose.RS256), string(jose.RS384), string(jose.RS512),
		string(jose.ES256), string(jose.ES384), string(jose.ES512), string(jose.EdDSA),
	}
}

// complete returns the configuration with its defaults filled in, or all its
// faults at once.
func (c Config) complete() (Config, error) {
	var faults []error
	if err := c.checkURL("issuer", c.Issuer); err != nil {
		faults = append(faults, err)
	} else if u, _ := url.Parse(c.Issuer); strings.HasSuffix(c.Issuer, "/") || u.RawQuery != "" || u.Fragment != "" {
		faults = append(faults, errors.New("issuer must not have a slash at the end, a query or a fragment"))
	}
	if c.Audience == "" {
		faults = append(faults, errors.New("audience is missing: set it to the project id"))
	}
	if c.JWKSURL != "" {
		if err := c.checkURL("key address", c.JWKSURL); err != nil {
			faults = append(faults, err)
		}
	}
	for _, alg := range c.Algorithms {
		if !slices.Contains(supported(), alg) {
			faults = append(faults, fmt.Errorf("algorithm %q is not one of %s", alg, strings.Join(supported(), ", ")))
		}
	}
	if len(faults) > 0 {
		return Config{}, fmt.Errorf("verify: %w", errors.Join(faults...))
	}

	if len(c.Algorithms) == 0 {
		c.Algorithms = supported()
	}
	client := http.Client{}
	if c.Client != nil {
		client = *c.Client
	}
	// A redirect could lead from https to http, or to an address that nobody configured.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.Client = &client
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// checkURL refuses addresses from which keys must not come. It is asked again
// about the jwks_uri that the issuer names.
func (c Config) checkURL(name, raw string) error {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return fmt.Errorf("%s is missing", name)
	case err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(raw, "\"\\ "):
		return fmt.Errorf("%s is not an absolute http or https address", name)
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return fmt.Errorf("%s is not an absolute http or https address", name)
	case !c.AllowHTTP && !loopback(u.Hostname()):
		return fmt.Errorf("%s must use https (AllowHTTP permits plain http)", name)
	}
	return nil
}

// loopback reports whether a host name means this machine.
func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
