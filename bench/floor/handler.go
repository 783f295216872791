package main

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// client is one service user.
type client struct {
	userID     string
	secretHash [sha256.Size]byte
}

// tokenHandler answers client_credentials requests (RFC 6749 section 4.4).
type tokenHandler struct {
	clients map[string]client
	sign    signer
	header  string // JOSE header, base64url, and a dot
	// fixed are the claims that are the same in every token, as JSON members.
	fixed string
}

func newTokenHandler(algorithm string, sign signer, clients map[string]client, issuer, projectID string) *tokenHandler {
	const orgID, domain = "200000000000000000", "latchkey.127.0.0.1"
	header := fmt.Sprintf(`{"alg":%q,"kid":"100000000000000000","typ":"JWT"}`, algorithm)
	fixed := fmt.Sprintf(`"iss":%q,"aud":[%q],`+
		`"urn:zitadel:iam:user:resourceowner:id":%q,`+
		`"urn:zitadel:iam:user:resourceowner:name":"Latchkey",`+
		`"urn:zitadel:iam:user:resourceowner:primary_domain":%q,`+
		`"urn:zitadel:iam:org:project:%s:roles":{"chat.admin.all":{%q:%q},"chat.knowledge.write":{%q:%q}}`,
		issuer, projectID, orgID, domain, projectID, orgID, domain, orgID, domain)
	return &tokenHandler{
		clients: clients,
		sign:    sign,
		header:  base64.RawURLEncoding.EncodeToString([]byte(header)) + ".",
		fixed:   fixed,
	}
}

func (h *tokenHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, "invalid_request", err)
		return
	}
	if r.PostForm.Get("grant_type") != "client_credentials" || !strings.HasPrefix(r.PostForm.Get("scope"), "openid ") {
		refuse(w, "invalid_request", errors.New("not the request of the guide"))
		return
	}
	id, c, err := h.authenticate(r)
	if err != nil {
		refuse(w, "invalid_client", err)
		return
	}
	token, err := h.token(id, c)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	body := make([]byte, 0, len(token)+80)
	body = append(body, `{"access_token":"`...)
	body = append(body, token...)
	body = append(body, `","token_type":"Bearer","expires_in":43199}`...)
	answer(w, body)
}

// authenticate finds the client of the Basic header, whose two parts are
// percent-encoded (RFC 6749 section 2.3.1).
func (h *tokenHandler) authenticate(r *http.Request) (string, client, error) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		return "", client{}, errors.New("no Basic header")
	}
	id, err := url.QueryUnescape(id)
	if err != nil {
		return "", client{}, err
	}
	secret, err = url.QueryUnescape(secret)
	if err != nil {
		return "", client{}, err
	}
	c, known := h.clients[id]
	hash := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(hash[:], c.secretHash[:]) != 1 || !known {
		return "", client{}, errors.New("unknown client or wrong secret")
	}
	return id, c, nil
}

// token is the signed JWT. It is put together by hand, since a floor that
// spends time on reflection would flatter the server.
func (h *tokenHandler) token(id string, c client) ([]byte, error) {
	quotedID, err := json.Marshal(id)
	if err != nil {
		return nil, err
	}
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	now := time.Now().Unix()

	claims := make([]byte, 0, 1024)
	claims = append(claims, '{')
	claims = append(claims, h.fixed...)
	claims = append(claims, `,"sub":"`...)
	claims = append(claims, c.userID...)
	claims = append(claims, `","iat":`...)
	claims = strconv.AppendInt(claims, now, 10)
	claims = append(claims, `,"nbf":`...)
	claims = strconv.AppendInt(claims, now, 10)
	claims = append(claims, `,"exp":`...)
	claims = strconv.AppendInt(claims, now+43200, 10)
	claims = append(claims, `,"jti":"`...)
	claims = base64.RawURLEncoding.AppendEncode(claims, random[:])
	claims = append(claims, `","client_id":`...)
	claims = append(claims, quotedID...)
	claims = append(claims, '}')

	token := make([]byte, 0, 2048)
	token = append(token, h.header...)
	token = base64.RawURLEncoding.AppendEncode(token, claims)
	signature, err := h.sign(token)
	if err != nil {
		return nil, err
	}
	token = append(token, '.')
	return base64.RawURLEncoding.AppendEncode(token, signature), nil
}

// newBareHandler writes the same body of that size to everyone. It has the form
// of an opaque token's answer, so that the load generator can check it.
func newBareHandler(size int) (http.Handler, error) {
	const before, after = `{"access_token":"lko_`, `","token_type":"Bearer","expires_in":43199}`
	filler := size - len(before) - len(after)
	if filler < 1 {
		return nil, fmt.Errorf("a body of %d bytes holds no token", size)
	}
	body := []byte(before + strings.Repeat("x", filler) + after)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, body) }), nil
}

// answer writes a body with the headers of a token answer (RFC 6749 section 5.1).
func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	_, _ = w.Write(body) // a client that has gone needs no answer
}

func refuse(w http.ResponseWriter, code string, err error) {
	http.Error(w, code+": "+err.Error(), http.StatusBadRequest)
}
