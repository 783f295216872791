package gateway

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// keys is what the gateway remembers of one issuer.
type keys struct {
	public  []*rsa.PublicKey
	fetched time.Time
}

// checkSignature is rule 5: every key is tried, and once more after a fetch if
// the keys at hand are older than the grace period.
func (g *Gateway) checkSignature(ctx context.Context, issuer string, token token) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	known, ok := g.keys[issuer]
	if !ok {
		var err error
		if known, err = g.fetchKeys(ctx, issuer); err != nil {
			return err
		}
	}
	if known.fit(token) {
		return nil
	}
	if g.config.Now().Sub(known.fetched) > g.config.Grace {
		known, err := g.fetchKeys(ctx, issuer)
		if err != nil {
			return err
		}
		if known.fit(token) {
			return nil
		}
	}
	return fail(http.StatusUnauthorized, "Invalid token signature")
}

func (k keys) fit(token token) bool {
	digest := sha256.Sum256([]byte(token.signed))
	return slices.ContainsFunc(k.public, func(key *rsa.PublicKey) bool {
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], token.signature) == nil
	})
}

// fetchKeys replaces what is known of an issuer; when it fails, the old keys
// stay. The mutex is held, so there is one fetch at a time.
func (g *Gateway) fetchKeys(ctx context.Context, issuer string) (keys, error) {
	public, err := g.download(ctx, issuer)
	if errors.Is(err, errOtherKey) {
		return keys{}, err // the old version breaks down; ServeHTTP makes it a 500
	}
	if err != nil {
		return keys{}, fail(http.StatusForbidden, "Unable to get public key for issuer: %v", err)
	}
	known := keys{public: public, fetched: g.config.Now()}
	g.keys[issuer] = known
	return known, nil
}

var errOtherKey = errors.New("a key that is not RSA")

func (g *Gateway) download(ctx context.Context, issuer string) ([]*rsa.PublicKey, error) {
	address := g.config.JWKSURI
	if address == "" {
		document, err := g.discover(ctx, issuer)
		if err != nil {
			return nil, err
		}
		address = document.JWKSURI
	}
	var set struct {
		Keys []struct{ Kty, N, E string }
	}
	if err := g.get(ctx, address, &set); err != nil {
		return nil, err
	}
	var public []*rsa.PublicKey
	for _, key := range set.Keys {
		if key.Kty != "RSA" || key.N == "" || key.E == "" {
			if g.config.Old {
				return nil, errOtherKey
			}
			continue
		}
		n, err := decode(key.N)
		if err != nil {
			return nil, fmt.Errorf("modulus: %w", err)
		}
		e, err := decode(key.E)
		if err != nil || len(e) > 4 {
			return nil, errors.New("exponent is not a small number")
		}
		public = append(public, &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())})
	}
	return public, nil
}

// discovery holds the members of the discovery document that are read. The
// gateway does not compare its issuer.
type discovery struct {
	JWKSURI               string `json:"jwks_uri"`
	IntrospectionEndpoint string `json:"introspection_endpoint"`
}

func (g *Gateway) discover(ctx context.Context, issuer string) (discovery, error) {
	var document discovery
	err := g.get(ctx, issuer+"/.well-known/openid-configuration", &document)
	return document, err
}

func (g *Gateway) get(ctx context.Context, address string, into any) error {
	if err := g.checkScheme(address); err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return g.do(request, into)
}

// do makes a request and reads the JSON of an answer with status 200.
func (g *Gateway) do(request *http.Request, into any) error {
	response, err := g.config.Client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(into)
}

// checkScheme demands https, for discovered addresses as well.
func (g *Gateway) checkScheme(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return errors.New("not an address")
	case u.Scheme == "https", u.Scheme == "http" && g.config.SkipTLS:
		return nil
	}
	return errors.New("https is required")
}

// introspect is rule 9 (RFC 7662). The answer is asked for anew every time.
// The first allowed issuer is the one that is asked.
func (g *Gateway) introspect(ctx context.Context, raw string) (map[string]any, error) {
	refused := fail(http.StatusUnauthorized, "Token introspection failed")
	if len(g.config.AllowedIssuers) == 0 {
		return nil, refused
	}
	document, err := g.discover(ctx, g.config.AllowedIssuers[0])
	if err != nil || g.checkScheme(document.IntrospectionEndpoint) != nil {
		return nil, refused
	}
	form := url.Values{"token": {raw}, "token_type_hint": {"access_token"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, document.IntrospectionEndpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, refused
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// The two parts are not percent-encoded, against RFC 6749 section 2.3.1.
	credentials := g.config.Introspection.ClientID + ":" + g.config.Introspection.ClientSecret
	request.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(credentials)))

	var claims map[string]any
	if err := g.do(request, &claims); err != nil {
		return nil, refused
	}
	if active, _ := claims["active"].(bool); !active {
		return nil, refused
	}
	if subject, _ := claims["sub"].(string); subject == "" {
		return nil, refused
	}
	if issuer, present := claims["iss"]; present {
		if text, ok := issuer.(string); !ok || !slices.Contains(g.config.AllowedIssuers, text) {
			return nil, fail(http.StatusUnauthorized, "Token issuer not allowed")
		}
	}
	return claims, nil
}
