package console

import (
	"bytes"
	"encoding/json"
	"strings"
)

// kept is a client secret as files hold it.
type kept struct {
	Issuer, UserID, ClientID, Secret, ProjectID string
}

// scope is the guide's scope for a project.
func scope(projectID string) string {
	s := "openid profile email urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles"
	if projectID != "" {
		s += " urn:zitadel:iam:org:project:id:" + projectID + ":aud"
	}
	return s
}

func (k kept) pairs() [][2]string {
	return [][2]string{
		{"LATCHKEY_URL", k.Issuer},
		{"LATCHKEY_CLIENT_ID", k.ClientID},
		{"LATCHKEY_CLIENT_SECRET", k.Secret},
		{"LATCHKEY_PROJECT_ID", k.ProjectID},
		{"LATCHKEY_SCOPE", scope(k.ProjectID)},
	}
}

// env is for shells (set -a; . file) and for what reads .env files.
func (k kept) env() string {
	var b strings.Builder
	for _, p := range k.pairs() {
		if p[1] != "" {
			b.WriteString(p[0] + "=" + quoteShell(p[1]) + "\n")
		}
	}
	return b.String()
}

// json is one object, with the names of RFC 6749 where it has them.
func (k kept) json() string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(struct { //nolint:gosec // the secret is what the file is for; strings alone cannot fail
		Issuer    string `json:"issuer"`
		Endpoint  string `json:"token_endpoint"`
		UserID    string `json:"user_id"`
		ClientID  string `json:"client_id"`
		Secret    string `json:"client_secret"`
		ProjectID string `json:"project_id,omitempty"`
		Scope     string `json:"scope"`
	}{k.Issuer, k.Issuer + "/oauth/v2/token", k.UserID, k.ClientID, k.Secret, k.ProjectID, scope(k.ProjectID)})
	return b.String()
}

// kubernetes is a manifest of a Secret. A string of JSON is one of YAML.
func (k kept) kubernetes() string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: Secret\nmetadata:\n  name: " + quoteC(strings.TrimRight("latchkey-"+kubernetesName(k.UserID), "-")) + "\ntype: Opaque\nstringData:\n")
	for _, p := range k.pairs() {
		if p[1] != "" {
			b.WriteString("  " + p[0] + ": " + quoteC(p[1]) + "\n")
		}
	}
	return b.String()
}

// kubernetesName keeps what the name of an object may hold (RFC 1123 labels).
func kubernetesName(id string) string {
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(id))
	return strings.Trim(name[:min(len(name), 50)], "-")
}

// quoteShell makes one word of a shell's command line: nothing in single quotes
// means anything but itself.
func quoteShell(s string) string {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.:/@+=,", r))
	}) < 0
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// quoteC makes a string literal that JSON, YAML, Go, Python, JavaScript, Java
// and C# read alike: names hold no control characters, so backslash and quote
// are all that needs an escape.
func quoteC(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\u2028", `\u2028`, "\u2029", `\u2029`, "\u0085", `\u0085`, "\ufeff", `\ufeff`).Replace(s) + `"`
}

// guideCurl is the guide's request, ready to paste.
func guideCurl(issuer, basicAuth, projectID string) string {
	return "curl --location " + quoteShell(issuer+"/oauth/v2/token") + ` \
  --header 'Content-Type: application/x-www-form-urlencoded' \
  --header ` + quoteShell("Authorization: Basic "+basicAuth) + ` \
  --data-urlencode 'grant_type=client_credentials' \
  --data-urlencode ` + quoteShell("scope="+scope(projectID))
}

// patCurl asks Latchkey's own API who the token belongs to.
func patCurl(issuer, token string) string {
	return "curl --header " + quoteShell("Authorization: Bearer "+token) + " " + quoteShell(issuer+"/auth/v1/users/me")
}
