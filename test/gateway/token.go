package gateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
)

// token is a JWT that could be read; nothing in it is believed yet.
type token struct {
	alg       string
	claims    map[string]any
	signed    string
	signature []byte
}

// parse is rule 2. It reads what the gateway's parser reads: three parts, a
// type of JWT if there is any, an algorithm, claims and a signature.
func parse(raw string) (token, error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return token{}, errors.New("invalid JSON web token")
	}
	header, err := object(parts[0])
	if err != nil {
		return token{}, errors.New("invalid header")
	}
	if typ, present := header["typ"]; present {
		if text, ok := typ.(string); !ok || strings.ToUpper(text) != "JWT" {
			return token{}, errors.New("invalid typ")
		}
	}
	alg, ok := header["alg"].(string)
	if !ok {
		return token{}, errors.New("invalid alg")
	}
	claims, err := object(parts[1])
	if err != nil {
		return token{}, errors.New("invalid claims")
	}
	signature, err := decode(parts[2])
	if err != nil || len(signature) == 0 {
		return token{}, errors.New("invalid signature")
	}
	return token{alg: alg, claims: claims, signed: parts[0] + "." + parts[1], signature: signature}, nil
}

func object(part string) (map[string]any, error) {
	text, err := decode(part)
	if err != nil {
		return nil, err
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, err
	}
	if members == nil {
		return nil, errors.New("not an object")
	}
	return members, nil
}

// decode reads base64url with or without padding.
func decode(part string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
}
