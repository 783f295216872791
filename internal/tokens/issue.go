package tokens

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"sync"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// Issuer makes access tokens.
type Issuer struct {
	URL               string // "iss", exactly
	InternalProjectID string
	Cache             *Cache
	Keys              *Keys
	Lifetimes         *Lifetimes
	Sealer            *keyring.TokenSealer
	Now               func() time.Time
}

// Token is an issued access token and what the answer says about it.
type Token struct {
	Access    []byte
	ExpiresIn int64 // whole seconds that remain, rounded down
	Opaque    bool
}

// buffers are reused from token to token.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// Issue makes an access token for an authenticated client. Kinds:
// InvalidArgument for a scope that cannot be read; Unavailable.
func (i *Issuer) Issue(ctx context.Context, client Client, scope string) (Token, error) {
	scopes, err := ParseScopes(scope, *client.org, i.InternalProjectID)
	if err != nil {
		return Token{}, err
	}
	s := client.subject
	stale := i.Cache.stale()
	validity, err := i.Lifetimes.accessToken(ctx, stale)
	if err != nil {
		return Token{}, err
	}
	now, lifetime := i.Now(), int64(validity/time.Second)
	c := content{
		id: id{client.credentialID, s.Generation},
		claims: claims{
			issuer:   i.URL,
			subject:  s.UserID,
			audience: scopes.Audience,
			issuedAt: now.Unix(),
			expires:  now.Unix() + lifetime,
			clientID: s.UserName,
			org:      client.org,
			scopes:   &scopes,
		},
	}
	if len(c.audience) == 0 {
		c.audience = []string{s.UserName}
	}
	c.tokenID = c.id.draw()
	// The current second has begun, so less than the whole lifetime remains.
	t := Token{ExpiresIn: lifetime - 1, Opaque: s.AccessTokenType != iam.JWTToken}
	if t.Opaque {
		t.Access = i.Sealer.Seal(nil, c.seal())
	} else {
		if c.roleLists, err = i.Cache.roles(ctx, s, &scopes); err != nil {
			return Token{}, err
		}
		if scopes.Metadata {
			if c.metadata, err = i.Cache.claimed(ctx, s.UserID); err != nil {
				return Token{}, err
			}
		}
		signer, err := i.Keys.signer(ctx, stale)
		if err != nil {
			return Token{}, err
		}
		if t.Access, err = sign(signer, &c.claims); err != nil {
			return Token{}, err
		}
	}
	if len(t.Access) > keyring.MaxTokenSize {
		return Token{}, iam.Errorf(iam.InvalidArgument, "SCOPE-big1x",
			"scope asks for more than a token can hold: at most %d bytes", keyring.MaxTokenSize)
	}
	return t, nil
}

// sign assembles a compact JWS (RFC 7515 section 7.1).
func sign(signer *keyring.Signer, c *claims) ([]byte, error) {
	pooled := buffers.Get().(*[]byte)
	defer buffers.Put(pooled)
	payload := c.appendJSON((*pooled)[:0])
	*pooled = payload

	header := signer.Header()
	const signatureSize = 343 // RSA-2048 in base64url and the dot
	size := len(header) + 1 + base64.RawURLEncoding.EncodedLen(len(payload))
	jwt := make([]byte, 0, size+signatureSize)
	jwt = append(jwt, header...)
	jwt = append(jwt, '.')
	jwt = base64.RawURLEncoding.AppendEncode(jwt, payload)
	input := jwt
	jwt = append(jwt, '.')
	jwt, err := signer.Sign(jwt, input)
	return jwt, iam.Fault("sign a token", err)
}

// id names what a token came from: the credential, and the generation of its
// user. Both end it.
type id struct {
	credentialID string
	generation   int64
}

// draw returns a fresh token id that names both: 128 random bits in base64url,
// the credential and the generation, joined by dots.
func (i id) draw() string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	b := make([]byte, 0, 64)
	b = base64.RawURLEncoding.AppendEncode(b, random[:])
	b = append(b, '.')
	b = append(b, i.credentialID...)
	b = append(b, '.')
	return string(strconv.AppendInt(b, i.generation, 10))
}
