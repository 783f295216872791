package verify

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	fetchTimeout  = 5 * time.Second  // for discovery document and keys together
	retryInterval = 10 * time.Second // at most one fetch in this time, whatever strangers send
	firstInterval = time.Second      // the same while there are no keys at all

	freshDefault = 10 * time.Minute // without a Cache-Control header
	freshMin     = time.Minute
	freshMax     = time.Hour

	// staleMax bounds the use of keys that could not be refreshed. By then an
	// issuer that is down has no living token left at the usual lifetimes.
	staleMax = 24 * time.Hour

	maxDocument = 256 << 10 // bytes of a discovery document or key set
	maxKeys     = 100
	minRSABits  = 2048 // RFC 7518 section 3.3
)

// keySet is the cache of the issuer's public keys. It has no goroutine of its
// own: the first caller who needs newer keys starts a fetch, the others wait
// for the same one.
type keySet struct {
	config Config

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time     // of the last success; zero: never
	fresh   time.Duration // how long that success counts
	tried   time.Time     // of the last attempt
	failed  error         // of the last attempt
	flight  chan struct{} // closed when the running fetch ends; nil: none runs
}

// find returns the keys that a token with this key id and algorithm may have
// been signed with.
func (s *keySet) find(ctx context.Context, kid, alg string) ([]jose.JSONWebKey, error) {
	s.mu.Lock()
	found, _, fresh := s.lookup(kid, alg)
	if len(found) > 0 && fresh {
		s.mu.Unlock()
		return found, nil
	}
	failing := s.failed != nil
	flight := s.refresh(ctx)
	s.mu.Unlock()

	// After a failure the old keys go on while the next attempt runs, so that
	// a hanging issuer costs the backend one timeout and not one per request.
	if flight != nil && (!failing || len(found) == 0) {
		select {
		case <-flight:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrKeysUnavailable, ctx.Err())
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	found, usable, _ := s.lookup(kid, alg)
	switch {
	case len(found) > 0:
		return found, nil
	case s.failed != nil:
		return nil, fmt.Errorf("%w: %w", ErrKeysUnavailable, s.failed)
	case !usable:
		return nil, ErrKeysUnavailable
	}
	return nil, fmt.Errorf("%w: the issuer has no such %s key", ErrSignature, alg)
}

// lookup reads the cache: the keys that fit, whether the cache may be used at
// all, and whether it is still fresh.
func (s *keySet) lookup(kid, alg string) (found []jose.JSONWebKey, usable, fresh bool) {
	age := s.config.Now().Sub(s.fetched)
	if s.fetched.IsZero() || age >= s.fresh+staleMax {
		return nil, false, false
	}
	for _, key := range s.keys {
		if key.KeyID == kid && agrees(key, alg) {
			found = append(found, key)
		}
	}
	return found, true, age < s.fresh
}

// refresh joins the running fetch or starts one; nil means that it is too
// early for another. The mutex is held.
func (s *keySet) refresh(ctx context.Context) <-chan struct{} {
	if s.flight != nil {
		return s.flight
	}
	interval := retryInterval
	if s.fetched.IsZero() {
		interval = firstInterval
	}
	now := s.config.Now()
	if !s.tried.IsZero() && now.Sub(s.tried) < interval {
		return nil
	}
	s.tried = now
	done := make(chan struct{})
	s.flight = done
	// The fetch belongs to all who wait, so it outlives the request that began it.
	go s.fetch(context.WithoutCancel(ctx), done)
	return done
}

// fetch asks the issuer once and keeps what it had before when that fails.
func (s *keySet) fetch(ctx context.Context, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	keys, fresh, err := s.config.fetchKeys(ctx)
	if err != nil {
		s.config.Logger.WarnContext(ctx, "fetching the issuer's keys failed", "issuer", s.config.Issuer, "error", err)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed, s.flight = err, nil
	if err == nil {
		s.keys, s.fresh, s.fetched = keys, fresh, s.config.Now()
	}
	close(done)
}

// ready fetches keys unless there are some already.
func (s *keySet) ready(ctx context.Context) error {
	s.mu.Lock()
	_, usable, _ := s.lookup("", "")
	s.mu.Unlock()
	if usable {
		return nil // looking for a key would fetch again, at every probe
	}
	_, err := s.find(ctx, "", "")
	if errors.Is(err, ErrKeysUnavailable) {
		return err
	}
	return nil
}

// fetchKeys reads the address of the keys from the discovery document (OpenID
// Connect Discovery 1.0 section 4), then the keys. The address is learned anew
// every time, so an issuer may move it.
func (c Config) fetchKeys(ctx context.Context) ([]jose.JSONWebKey, time.Duration, error) {
	address := c.JWKSURL
	if address == "" {
		var document struct {
			Issuer  string `json:"issuer"`
			JWKSURI string `json:"jwks_uri"`
		}
		if _, err := c.get(ctx, c.Issuer+"/.well-known/openid-configuration", &document); err != nil {
			return nil, 0, fmt.Errorf("discovery document: %w", err)
		}
		if document.Issuer != c.Issuer {
			return nil, 0, fmt.Errorf("discovery document: it is of issuer %q", document.Issuer)
		}
		if err := c.checkKeyAddress(document.JWKSURI); err != nil {
			return nil, 0, fmt.Errorf("discovery document: %w", err)
		}
		address = document.JWKSURI
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	header, err := c.get(ctx, address, &set)
	if err != nil {
		return nil, 0, fmt.Errorf("key set: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, 0, fmt.Errorf("key set: more than %d keys", maxKeys)
	}
	keys := usableKeys(set.Keys)
	if len(keys) == 0 {
		return nil, 0, errors.New("key set: no key that can check a signature")
	}
	return keys, freshness(header), nil
}

// checkKeyAddress holds a discovered jwks_uri to the issuer's own standard: an
// https issuer does not send its readers to plain http, not even when
// AllowHTTP is set.
func (c Config) checkKeyAddress(address string) error {
	if err := c.checkURL("jwks_uri", address); err != nil {
		return err
	}
	if strings.HasPrefix(c.Issuer, "https:") && !strings.HasPrefix(address, "https:") {
		return errors.New("jwks_uri must use https, as its issuer does")
	}
	return nil
}

// get reads one bounded JSON document.
func (c Config) get(ctx context.Context, address string, into any) (http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := c.Client.Do(request)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // without repeating the address
		}
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the issuer answered with status %d", response.StatusCode)
	case len(body) > maxDocument:
		return nil, fmt.Errorf("the answer is larger than %d bytes", maxDocument)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return nil, fmt.Errorf("the answer is not the expected JSON: %w", err)
	}
	return response.Header, nil
}

// usableKeys leaves out every key that is not for signatures, or of a kind
// unknown here: a newer issuer may publish more than this package can read.
func usableKeys(raw []json.RawMessage) []jose.JSONWebKey {
	var keys []jose.JSONWebKey
	for _, one := range raw {
		var key jose.JSONWebKey
		if err := json.Unmarshal(one, &key); err != nil || !key.IsPublic() || key.KeyID == "" {
			continue
		}
		if key.Use != "" && key.Use != "sig" {
			continue
		}
		if slices.ContainsFunc(supported(), func(alg string) bool { return agrees(key, alg) }) {
			keys = append(keys, key)
		}
	}
	return keys
}

// agrees reports whether a key may be used with an algorithm: the kind of the
// key decides, never the token alone, and the key's own "alg" must not object
// (RFC 8725 section 3.1).
func agrees(key jose.JSONWebKey, alg string) bool {
	if key.Algorithm != "" && key.Algorithm != alg {
		return false
	}
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return slices.Contains([]string{string(jose.RS256), string(jose.RS384), string(jose.RS512)}, alg) && public.N.BitLen() >= minRSABits
	case *ecdsa.PublicKey:
		curve := map[string]elliptic.Curve{
			string(jose.ES256): elliptic.P256(), string(jose.ES384): elliptic.P384(), string(jose.ES512): elliptic.P521(),
		}[alg]
		return curve != nil && public.Curve == curve
	case ed25519.PublicKey:
		return alg == string(jose.EdDSA)
	}
	return false
}

// freshness reads how long an answer may be kept (RFC 9111 section 5.2.2),
// within bounds: a withdrawn key must disappear, and the issuer must not be
// asked all the time.
func freshness(header http.Header) time.Duration {
	fresh := freshDefault
	for directive := range strings.SplitSeq(strings.ToLower(strings.Join(header.Values("Cache-Control"), ",")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch name {
		case "no-store", "no-cache":
			return freshMin
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 32)
			if err != nil {
				return freshMin
			}
			fresh = time.Duration(seconds) * time.Second
		}
	}
	return min(max(fresh, freshMin), freshMax)
}
