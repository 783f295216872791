package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// DefaultGrace is the age below which keys are not fetched again.
const DefaultGrace = 10 * time.Second

// Config is what an operator of the gateway sets.
type Config struct {
	// AllowedIssuers are compared letter for letter with the claim iss.
	AllowedIssuers []string

	// ProjectID names the role claim that becomes the header x-user-roles.
	ProjectID string

	// Backend receives the requests that pass.
	Backend http.Handler

	// Query and Cookie name the other two places where a token may stand.
	// Empty means that the place is not looked at.
	Query  string
	Cookie string

	// JWKSURI fetches the keys from there, without discovery.
	JWKSURI string

	// SkipTLS stands for ssl_verify=false: plain http is allowed for
	// discovery, keys and introspection.
	SkipTLS bool

	// Old is a version that stumbles over keys that are not RSA.
	Old bool

	// Introspection lets opaque tokens pass on WebSocket upgrades. Nil means
	// a version that cannot do it.
	Introspection *Introspection

	// Grace replaces DefaultGrace.
	Grace time.Duration

	// Client makes the gateway's own requests. Nil means http.DefaultClient.
	Client *http.Client

	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// Introspection holds the credentials of an API application (RFC 7662).
type Introspection struct {
	ClientID     string
	ClientSecret string
}

// Gateway is an http.Handler before a backend.
type Gateway struct {
	config Config

	mu   sync.Mutex
	keys map[string]keys // by issuer
}

// New returns a Gateway without keys; it fetches them for the first token.
func New(config Config) *Gateway {
	if config.Grace == 0 {
		config.Grace = DefaultGrace
	}
	if config.Client == nil {
		config.Client = http.DefaultClient
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Gateway{config: config, keys: map[string]keys{}}
}

// failure is an answer that the gateway gives instead of the backend.
type failure struct {
	status  int
	message string
}

func (f *failure) Error() string { return fmt.Sprintf("%d %s", f.status, f.message) }

func fail(status int, format string, args ...any) error {
	return &failure{status: status, message: fmt.Sprintf(format, args...)}
}

// ServeHTTP passes a request with derived headers, or answers why not.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	forwarded, err := g.admit(r)
	if err == nil {
		g.config.Backend.ServeHTTP(w, forwarded)
		return
	}
	answer := &failure{status: http.StatusInternalServerError, message: "An unexpected error occurred"}
	errors.As(err, &answer)
	w.Header().Set("Content-Type", "application/json")
	if answer.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(answer.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": answer.message})
}

// admit applies the rules in their order and returns the request for the backend.
func (g *Gateway) admit(r *http.Request) (*http.Request, error) {
	raw, err := g.token(r)
	if err != nil {
		return nil, err
	}
	claims, err := g.claims(r, raw)
	if err != nil {
		return nil, err
	}
	forwarded := r.Clone(r.Context())
	if err := g.setHeaders(forwarded.Header, claims); err != nil {
		return nil, err
	}
	return forwarded, nil
}

var bearer = regexp.MustCompile(`^\s*[Bb]earer\s+(.+)$`)

// token is rule 1: one distinct token, wherever it stands.
func (g *Gateway) token(r *http.Request) (string, error) {
	var found []string
	add := func(token string) {
		if token != "" && !slices.Contains(found, token) {
			found = append(found, token)
		}
	}
	for _, header := range r.Header.Values("Authorization") {
		if match := bearer.FindStringSubmatch(header); match != nil {
			add(match[1])
		}
	}
	if g.config.Query != "" {
		for _, token := range r.URL.Query()[g.config.Query] {
			add(token)
		}
	}
	if g.config.Cookie != "" {
		for _, cookie := range r.CookiesNamed(g.config.Cookie) {
			add(cookie.Value)
		}
	}
	switch len(found) {
	case 0:
		return "", fail(http.StatusUnauthorized, "Unauthorized")
	case 1:
		return found[0], nil
	}
	return "", fail(http.StatusUnauthorized, "Multiple tokens provided")
}

// claims is rules 2 to 6, and 9 for an opaque token on an upgrade.
func (g *Gateway) claims(r *http.Request, raw string) (map[string]any, error) {
	token, err := parse(raw)
	if err != nil {
		if g.config.Introspection != nil && upgrade(r) {
			return g.introspect(r.Context(), raw)
		}
		return nil, fail(http.StatusUnauthorized, "Bad token; %v", err)
	}
	issuer, ok := token.claims["iss"].(string)
	if !ok || !slices.Contains(g.config.AllowedIssuers, issuer) { // rule 3
		return nil, fail(http.StatusUnauthorized, "Token issuer not allowed")
	}
	if token.alg != "RS256" { // rule 4
		return nil, fail(http.StatusForbidden, "Invalid algorithm")
	}
	if err := g.checkSignature(r.Context(), issuer, token); err != nil { // rule 5
		return nil, err
	}
	if err := g.checkTimes(token.claims); err != nil { // rule 6
		return nil, err
	}
	return token.claims, nil // rule 8: nobody looks at aud
}

// checkTimes is rule 6: both claims are there, as numbers, and hold to the second.
func (g *Gateway) checkTimes(claims map[string]any) error {
	now := float64(g.config.Now().UnixMilli()) / 1000
	var faults []string
	for _, check := range []struct {
		name, fault string
		good        func(float64) bool
	}{
		{"exp", "token expired", func(at float64) bool { return at > now }},
		{"nbf", "token not valid yet", func(at float64) bool { return at <= now }},
	} {
		at, ok := claims[check.name].(float64)
		switch {
		case !ok:
			faults = append(faults, check.name+" must be a number")
		case !check.good(at):
			faults = append(faults, check.fault)
		}
	}
	if len(faults) > 0 {
		return fail(http.StatusUnauthorized, "Token claims invalid: %s", strings.Join(faults, ", "))
	}
	return nil
}

// setHeaders is rule 7.
func (g *Gateway) setHeaders(header http.Header, claims map[string]any) error {
	const owner = "urn:zitadel:iam:user:resourceowner:"
	// What a client sends under these names must not look as if it were derived.
	for _, name := range []string{"x-user-id", "x-company-id", "x-company-name", "x-company-domain", "x-user-roles"} {
		header.Del(name)
	}
	for _, derived := range []struct{ name, claim string }{
		{"x-user-id", "sub"},
		{"x-company-id", owner + "id"},
		{"x-company-name", owner + "name"},
		{"x-company-domain", owner + "primary_domain"},
	} {
		switch value := claims[derived.claim].(type) {
		case string, float64, bool:
			header.Set(derived.name, fmt.Sprint(value))
		default:
			// The gateway's own set_header raises here, and nobody catches it.
			return fail(http.StatusInternalServerError, "An unexpected error occurred")
		}
	}
	claim, present := claims["urn:zitadel:iam:org:project:"+g.config.ProjectID+":roles"]
	if !present || claim == nil {
		return nil
	}
	roles, ok := claim.(map[string]any)
	if !ok {
		return fail(http.StatusInternalServerError, "An unexpected error occurred")
	}
	keys := make([]string, 0, len(roles))
	for key := range roles {
		keys = append(keys, key)
	}
	slices.Sort(keys) // the original has no order; a test wants one
	header.Set("x-user-roles", strings.Join(keys, ","))
	return nil
}

// upgrade reports whether a request opens a WebSocket (RFC 6455 section 4.2.1).
func upgrade(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") &&
		strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade")
}
