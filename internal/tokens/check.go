package tokens

import (
	"context"
	"strings"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// errToken is the one answer for every token that is not good.
func errToken(cause error) error {
	return &iam.Error{
		Kind: iam.Unauthenticated, ID: "AUTH-7fs1e",
		Message: "the access token is missing, expired, ended, or not for this API", Err: cause,
	}
}

// Caller proves who calls the management API: by a personal access token, or by
// an access token whose audience holds the internal project. It reads the
// store each time and is never stale. Kind: Unauthenticated.
func (i *Issuer) Caller(ctx context.Context, bearer string) (iam.Caller, error) {
	now := i.Now()
	db := i.Cache.db.Read()
	if keyring.LooksLikePAT(bearer) {
		if err := i.Cache.reads.wait(ctx); err != nil {
			return iam.Caller{}, err
		}
		hash := keyring.Hash(bearer)
		cred, err := db.UserOfPAT(ctx, hash[:])
		if err != nil {
			return iam.Caller{}, refused(err)
		}
		return i.caller(ctx, cred.UserID, id{credentialID: cred.ID, generation: -1}, now)
	}
	c, err := i.read(ctx, bearer, now)
	if iam.Is(err, iam.Unavailable) {
		return iam.Caller{}, err
	}
	if err != nil {
		return iam.Caller{}, errToken(err)
	}
	if !c.holds(i.InternalProjectID) {
		return iam.Caller{}, errToken(nil)
	}
	return i.caller(ctx, c.subject, c.id, now)
}

// read opens a token of either form and checks what it says of itself:
// signature or seal, issuer, times.
func (i *Issuer) read(ctx context.Context, token string, now time.Time) (content, error) {
	var c content
	if strings.HasPrefix(token, keyring.OpaqueTokenPrefix) {
		plain, err := i.Sealer.Open(token)
		if err != nil {
			return c, err
		}
		if c, err = unseal(plain); err != nil {
			return c, err
		}
	} else {
		header, input, payload, signature, err := keyring.ParseCompact(token)
		if err != nil {
			return c, err
		}
		key, err := i.Keys.find(ctx, header.Kid, i.Cache.reads)
		if err != nil {
			return c, err
		}
		if key.Algorithm != header.Alg || header.Typ != "JWT" {
			return c, errContent
		}
		if err := key.Verify(input, signature); err != nil {
			return c, err
		}
		if i.Cache.stale() { // then nobody told this node that the key was deleted
			if _, err := i.Keys.stored(ctx, header.Kid); err != nil {
				return c, err
			}
		}
		if c, err = parseClaims(payload); err != nil {
			return c, err
		}
		if c.issuer != i.URL {
			return c, errContent
		}
	}
	if now.Unix() >= c.expires || now.Unix() < c.issuedAt-maxSkew {
		return c, errContent
	}
	return c, nil
}

// maxSkew is how far apart the clocks of two nodes may be, in seconds.
const maxSkew = 60

// caller makes the caller of a proved token if nothing has ended it. A negative
// generation is that of a credential used as it is, which has none.
func (i *Issuer) caller(ctx context.Context, userID string, from id, now time.Time) (iam.Caller, error) {
	db := i.Cache.db.Read()
	s, err := db.Subject(ctx, userID)
	if err != nil {
		return iam.Caller{}, refused(err)
	}
	if s.State != iam.Active || from.generation >= 0 && from.generation != s.Generation || !holdsCredential(&s, from.credentialID, now) {
		return iam.Caller{}, errToken(nil)
	}
	org, err := db.Org(ctx, s.OrgID)
	if err != nil {
		return iam.Caller{}, refused(err)
	}
	if org.State != iam.Active {
		return iam.Caller{}, errToken(nil)
	}
	memberships, err := db.MembershipsOf(ctx, s.UserID)
	if err != nil {
		return iam.Caller{}, unavailable(err)
	}
	return iam.NewCaller(s.UserID, s.OrgID, memberships), nil
}

func holdsCredential(s *store.Subject, credentialID string, now time.Time) bool {
	for _, c := range s.Credentials {
		if c.ID == credentialID {
			return c.Expires == 0 || c.Expires > now.UnixMicro()
		}
	}
	return false
}

// refused tells a credential or user that is gone from a store that fails.
func refused(err error) error {
	if iam.Is(err, iam.NotFound) {
		return errToken(err)
	}
	return unavailable(err)
}
