package tokens

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// content is what a token says, whatever its form.
type content struct {
	claims
	id id
}

// errContent is the only reason that is given for a token that cannot be read.
var errContent = errors.New("the token's content cannot be read")

const contentVersion = 1

// seal returns what an opaque token holds: a version, three numbers, then
// strings with their lengths before them.
func (c *content) seal() []byte {
	b := make([]byte, 0, 512)
	b = append(b, contentVersion)
	b = binary.AppendVarint(b, c.issuedAt)
	b = binary.AppendVarint(b, c.expires)
	b = appendText(b, c.tokenID)
	b = appendText(b, c.subject)
	b = appendText(b, c.clientID)
	b = appendText(b, strings.Join(c.scopes.Granted, " "))
	b = binary.AppendUvarint(b, uint64(len(c.audience)))
	for _, a := range c.audience {
		b = appendText(b, a)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// unseal is the reverse of seal.
func unseal(b []byte) (content, error) {
	r := bytes.NewReader(b)
	var c content
	version, err := r.ReadByte()
	if err != nil || version != contentVersion {
		return c, errContent
	}
	var errs [6]error
	c.issuedAt, errs[0] = binary.ReadVarint(r)
	c.expires, errs[1] = binary.ReadVarint(r)
	c.tokenID, errs[2] = readText(r)
	c.subject, errs[3] = readText(r)
	c.clientID, errs[4] = readText(r)
	granted, err := readText(r)
	errs[5] = err
	for _, err := range errs {
		if err != nil {
			return c, errContent
		}
	}
	c.scopes = &Scopes{}
	if granted != "" {
		c.scopes.Granted = strings.Split(granted, " ")
	}
	n, err := binary.ReadUvarint(r)
	if err != nil || n > uint64(len(b)) {
		return c, errContent
	}
	for range n {
		a, err := readText(r)
		if err != nil {
			return c, errContent
		}
		c.audience = append(c.audience, a)
	}
	if r.Len() != 0 {
		return c, errContent
	}
	c.id, err = parseTokenID(c.tokenID)
	return c, err
}

func readText(r *bytes.Reader) (string, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil || n > uint64(r.Len()) {
		return "", errContent
	}
	b := make([]byte, n)
	_, err = r.Read(b)
	if n == 0 {
		err = nil
	}
	return string(b), err
}

// parseTokenID is the reverse of id.draw.
func parseTokenID(s string) (id, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" {
		return id{}, errContent
	}
	generation, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return id{}, errContent
	}
	return id{parts[1], generation}, nil
}

// parseClaims reads the payload of a JWT of ours whose signature was verified.
func parseClaims(payload []byte) (content, error) {
	var wire struct {
		Issuer   string   `json:"iss"`
		Subject  string   `json:"sub"`
		Audience []string `json:"aud"`
		Expires  int64    `json:"exp"`
		IssuedAt int64    `json:"iat"`
		TokenID  string   `json:"jti"`
		ClientID string   `json:"client_id"`
	}
	if err := json.Unmarshal(payload, &wire); err != nil {
		return content{}, errContent
	}
	c := content{claims: claims{
		issuer: wire.Issuer, subject: wire.Subject, audience: wire.Audience, issuedAt: wire.IssuedAt,
		expires: wire.Expires, tokenID: wire.TokenID, clientID: wire.ClientID, scopes: &Scopes{},
	}}
	var err error
	c.id, err = parseTokenID(c.tokenID)
	return c, err
}

// holds reports whether the token is for an audience.
func (c *content) holds(audience string) bool {
	for _, a := range c.audience {
		if a == audience && a != "" {
			return true
		}
	}
	return false
}
