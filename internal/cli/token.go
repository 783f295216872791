package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/latchkey-iam/latchkey/internal/server"
)

// Variables of the client commands.
const (
	varURL          = "LATCHKEY_URL"
	varClientID     = "LATCHKEY_CLIENT_ID"
	varClientSecret = "LATCHKEY_CLIENT_SECRET"
)

func clientVariables() []string { return []string{varURL, varClientID, varClientSecret} }

// guideScopes is what a service user that calls a backend asks for, before the project.
const guideScopes = "openid profile email urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles"

// token asks a server for an access token.
func token(ctx context.Context, env Env, args []string) error {
	vars := environment(env.Environ)
	f := newFlags(env, "token", "ask a server for an access token and print it")
	base := f.String("url", or(vars[varURL], "http://localhost:8080"), "the server's `address` ("+varURL+")")
	id := f.String("client-id", vars[varClientID], "the service user's client id, which is its user name ("+varClientID+")")
	secretFile := f.String("client-secret-file", "", "`file` that holds the client secret (or set "+varClientSecret+")")
	project := f.String("project", "", "`id` of the project that the token is for; adds the scopes that a backend needs")
	scope := f.String("scope", "", "scopes, separated by spaces; instead of --project, or besides it")
	decode := f.Bool("decode", false, "print header and claims instead of the token")
	if err := parse(f, args); err != nil {
		return err
	}
	secret := vars[varClientSecret]
	if *secretFile != "" {
		var err error
		if secret, err = server.ReadSecretFile(*secretFile); err != nil {
			return fmt.Errorf("client secret: %w", err)
		}
	}
	if *id == "" || secret == "" {
		return usageError{"the client id or the client secret is missing", "give --client-id and --client-secret-file, or set " + varClientID + " and " + varClientSecret}
	}
	scopes := *scope
	if *project != "" {
		scopes = strings.TrimSpace(guideScopes + " urn:zitadel:iam:org:project:id:" + *project + ":aud " + scopes)
	}
	access, err := requestToken(ctx, strings.TrimSuffix(*base, "/"), *id, secret, scopes)
	if err != nil {
		return err
	}
	if *decode {
		return printDecoded(env.Stdout, access)
	}
	_, err = fmt.Fprintln(env.Stdout, access)
	return err
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// requestToken makes the client_credentials request of RFC 6749 section 4.4.2.
func requestToken(ctx context.Context, base, id, secret, scope string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	form := url.Values{"grant_type": {"client_credentials"}}
	if scope != "" { // without one the server says which there are
		form.Set("scope", scope)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/oauth/v2/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", usageError{"the server's address is not valid", "give --url such as http://localhost:8080"}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("%w\nis the server running, and is --url right?", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", err
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", fmt.Errorf("%s answered %s, not JSON: is it a Latchkey server?", base, resp.Status)
	}
	if answer.AccessToken == "" {
		return "", fmt.Errorf("%s: %s: %s", resp.Status, answer.Error, answer.Description)
	}
	return answer.AccessToken, nil
}

// printDecoded prints a JWT's header and claims. It verifies nothing: whoever
// holds the token has just got it from its issuer.
func printDecoded(w io.Writer, jwt string) error {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return errors.New("the token is opaque and cannot be decoded: set the service user's access token type to JWT")
	}
	for _, part := range parts[:2] {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return fmt.Errorf("decode the token: %w", err)
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, raw, "", "  "); err != nil {
			return fmt.Errorf("decode the token: %w", err)
		}
		if _, err := fmt.Fprintln(w, pretty.String()); err != nil {
			return err
		}
	}
	return nil
}
