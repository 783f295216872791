package tokens

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Client is an authenticated service user: only [Cache.Authenticate] makes one
// that is not empty. Grants take it as proof.
type Client struct {
	subject      *store.Subject
	org          *iam.Org
	credentialID string
}

// UserName is the client's user name, which is its client_id.
func (c Client) UserName() string { return c.subject.UserName }

// UserID is the client's user id.
func (c Client) UserID() string { return c.subject.UserID }

// OrgID is the client's organization.
func (c Client) OrgID() string { return c.subject.OrgID }

// CredentialID says by which credential the client proved itself.
func (c Client) CredentialID() string { return c.credentialID }

// errClient is the one answer for every failed authentication whose secret was not proved.
func errClient() error {
	return iam.Errorf(iam.Unauthenticated, "CLIENT-auth", "client authentication failed")
}

// Reading is one way to read what a client sent: HTTP Basic may or may not be
// percent-encoded.
type Reading struct{ Name, Secret string }

// Authenticate proves a service user by its user name and client secret (RFC
// 6749 section 2.3.1), by the first reading that is right. Kinds:
// Unauthenticated, with a reason only when the secret was right; Unavailable.
//
// The cache is asked for all readings first. Unknown names and wrong secrets
// cost the same: one hash, one comparison and one read of the store a reading,
// which also lets a secret work on this node that another has just made.
func (c *Cache) Authenticate(ctx context.Context, readings []Reading, now time.Time) (Client, error) {
	if !c.stale() {
		for _, r := range readings {
			if client, err := c.remember(ctx, r, now); err == nil {
				return client, nil
			}
		}
	}
	failed := errClient()
	for _, r := range readings {
		client, err := c.confirm(ctx, r, now)
		if err == nil {
			return client, nil
		}
		failed = worse(failed, err)
	}
	return Client{}, failed
}

// worse chooses what is answered when no reading was right: a fault before a
// reason, and a reason before the answer that says nothing.
func worse(a, b error) error {
	if iam.Is(b, iam.Unauthenticated) && (!iam.Is(a, iam.Unauthenticated) || b.Error() == errClient().Error()) {
		return a
	}
	return b
}

// remember authenticates from the cache alone. Its no means nothing.
func (c *Cache) remember(ctx context.Context, r Reading, now time.Time) (Client, error) {
	s, ok := c.cachedSubject(iam.Fold(r.Name))
	if !ok {
		return Client{}, errClient()
	}
	return c.judge(ctx, s, keyring.Hash(r.Secret), now, false)
}

// confirm authenticates by one read of the store.
func (c *Cache) confirm(ctx context.Context, r Reading, now time.Time) (Client, error) {
	hash := keyring.Hash(r.Secret)
	if len(r.Name) == 0 || len(r.Name) > 4*iam.MaxName || !utf8.ValidString(r.Name) || strings.ContainsRune(r.Name, 0) {
		return Client{}, errClient() // nobody can be called so
	}
	if err := c.reads.wait(ctx); err != nil {
		return Client{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	folded := iam.Fold(r.Name)
	fresh, err := c.db.Read().SubjectByName(ctx, folded)
	if err != nil && !iam.Is(err, iam.NotFound) {
		return Client{}, unavailable(err)
	}
	client, err := c.judge(ctx, &fresh, hash, now, true)
	if err == nil {
		c.warm(ctx, folded, fresh.UserID)
	}
	return client, err
}

// storeTime bounds what a token request waits for the store.
const storeTime = 5 * time.Second

// warm leaves a subject in the cache, by the cache's own loader so that an
// event in between discards it. What was cached before has just proved wrong.
func (c *Cache) warm(ctx context.Context, folded, userID string) {
	if c.stale() {
		return
	}
	c.ids.forget(folded)
	c.subjects.forget(userID)
	// Errors do not matter: the next request reads the store again.
	_, _ = c.ids.get(ctx, folded)
	_, _ = c.subjects.get(ctx, userID)
}

// cachedSubject finds a subject by name without the store. The name's entry is
// not told by events; it is right only if the subject still bears the name.
func (c *Cache) cachedSubject(folded string) (*store.Subject, bool) {
	id, ok := c.ids.cached(folded)
	if !ok {
		return nil, false
	}
	s, ok := c.subjects.cached(id)
	if !ok || iam.Fold(s.UserName) != folded {
		return nil, false
	}
	return s, true
}

// judge decides on one version of a subject. With confirm, a no is not taken
// from the cache.
func (c *Cache) judge(ctx context.Context, s *store.Subject, hash [sha256.Size]byte, now time.Time, confirm bool) (Client, error) {
	var proved *store.SubjectCredential
	var none [sha256.Size]byte
	compared := false
	for i := range s.Credentials {
		cred := &s.Credentials[i]
		if cred.Kind != iam.ClientSecret {
			continue
		}
		compared = true
		if keyring.Equal(hash, [sha256.Size]byte(cred.Verifier)) {
			proved = cred
		}
	}
	if !compared { // pay what a wrong secret pays
		_ = keyring.Equal(hash, none)
	}
	if proved == nil || s.Type != iam.Machine {
		return Client{}, errClient()
	}
	if proved.Expires != 0 && proved.Expires <= now.UnixMicro() {
		return Client{}, iam.Errorf(iam.Unauthenticated, "CLIENT-exp1",
			"the client secret expired at %s", time.UnixMicro(proved.Expires).UTC().Format(time.RFC3339))
	}
	if s.State != iam.Active {
		return Client{}, iam.Errorf(iam.Unauthenticated, "CLIENT-off1", "the service user is %s", s.State)
	}
	org, err := lookup(ctx, c, c.orgs, s.OrgID)
	if err == nil && org.State != iam.Active && confirm {
		c.orgs.forget(s.OrgID)
		org, err = lookup(ctx, c, c.orgs, s.OrgID)
	}
	if iam.Is(err, iam.NotFound) {
		return Client{}, errClient()
	}
	if err != nil {
		return Client{}, unavailable(err)
	}
	if org.State != iam.Active {
		return Client{}, iam.Errorf(iam.Unauthenticated, "CLIENT-off2", "the service user's organization is %s", org.State)
	}
	return Client{subject: s, org: org, credentialID: proved.ID}, nil
}

// unavailable is how the loss of the store looks to a client.
func unavailable(err error) error {
	return &iam.Error{
		Kind: iam.Unavailable, ID: "TOKEN-db001", Message: "the server cannot reach its database; try again in a moment", Err: err,
	}
}
