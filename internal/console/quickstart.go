package console

import (
	"bytes"
	"embed"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/tokens"
)

//go:embed snippets
var snippetFiles embed.FS

// snippet is the same request in one language.
type snippet struct {
	Name, ID, Code string
}

// snippetValues are what a snippet is filled with; all of them quoted for it.
type snippetValues struct {
	Endpoint, ClientID, Scope string
}

// snippets writes the guide's request in every language. The client secret is
// read from the environment: a snippet ends up in a repository.
func snippets(issuer, clientID, projectID string) ([]snippet, error) {
	var out []snippet
	for _, s := range []struct{ name, file string }{
		{"curl", "curl.sh"}, {"Go", "go.go"}, {"Python", "python.py"}, {"Node.js", "node.mjs"}, {"Java", "java.java"}, {".NET", "dotnet.cs"},
	} {
		quote := quoteC
		if s.file == "curl.sh" {
			quote = quoteShell
		}
		t, err := template.ParseFS(snippetFiles, "snippets/"+s.file+".tmpl")
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		v := snippetValues{Endpoint: quote(issuer + "/oauth/v2/token"), ClientID: quote(clientID), Scope: quote(scope(projectID))}
		if err := t.Execute(&b, v); err != nil {
			return nil, err
		}
		out = append(out, snippet{Name: s.name, ID: "code-" + strings.SplitN(s.file, ".", 2)[0], Code: strings.TrimSpace(b.String())})
	}
	return out, nil
}

// quickStartPage is what templates/quickstart.html shows.
type quickStartPage struct {
	userHead
	*form
	Projects []choice
	Project  string
	Snippets []snippet
	Token    *fetchedToken
}

// quickStart shows how a service user gets a token, and gets one when it is
// given the client secret.
func quickStart(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	if !head.Machine() {
		return errNoPage()
	}
	p := quickStartPage{userHead: head, form: v.newForm(nil)}
	if p.Projects, p.Project, err = v.projectsFor(head, v.value(inputProject)); err != nil {
		return err
	}
	if p.Snippets, err = snippets(v.h.Tokens.URL, head.UserName, p.Project); err != nil {
		return err
	}
	if v.posts() {
		if p.Token, err = v.fetchToken(head, v.secret(inputSecret), p.Project); err != nil && !p.refuse(err, inputSecret) {
			return err
		}
	}
	if p.Token != nil {
		return v.showOnce("quickstart", head.Label(), p)
	}
	return v.show(p.status, "quickstart", head.Label(), p)
}

// projectsFor lists the projects on which a user holds roles, and chooses one.
func (v *visit) projectsFor(head userHead, asked string) ([]choice, string, error) {
	if !v.may(iam.AuthorizationRead) {
		return nil, "", nil
	}
	l, err := v.h.Directory.Authorizations(v.r.Context(), v.caller, iam.FieldUserID.Is(head.ID), iam.Page{Limit: iam.MaxLimit, Asc: true})
	if err != nil {
		return nil, "", err
	}
	var out []choice
	chosen := ""
	for _, a := range l.Items {
		if asked == a.ProjectID || chosen == "" {
			chosen = a.ProjectID
		}
		out = append(out, choice{Value: a.ProjectID, Label: a.ProjectName})
	}
	for i := range out {
		out[i].Chosen = out[i].Value == chosen
	}
	return out, chosen, nil
}

// fetchedToken is an access token taken apart.
type fetchedToken struct {
	Token     string
	ExpiresIn int64
	Opaque    bool
	Header    []claim
	Claims    []claim
}

// Hours is how long the token is good, rounded to tenths.
func (t fetchedToken) Hours() string {
	return strconv.FormatFloat(math.Round(float64(t.ExpiresIn)/360)/10, 'f', -1, 64)
}

// claim is one member of a token's header or payload and what it means.
type claim struct {
	Name, Value, Meaning string
}

// fetchToken does what the client will do: it proves the client secret and takes
// a token for the guide's scope. Kinds: InvalidArgument for a wrong secret;
// FailedPrecondition where the user or its organization is switched off.
func (v *visit) fetchToken(head userHead, secret keyring.Secret, projectID string) (*fetchedToken, error) {
	if err := v.require(iam.UserWrite); err != nil {
		return nil, err
	}
	issuer := v.h.Tokens
	readings := []tokens.Reading{{Name: head.UserName, Secret: secret.Reveal()}}
	client, err := issuer.Cache.Authenticate(v.r.Context(), readings, v.h.Now())
	if iam.Is(err, iam.Unauthenticated) {
		return nil, &iam.Error{
			Kind: iam.InvalidArgument, ID: "CONSOLE-scrt2", Field: inputSecret, Message: v.text("quickstart.wrong"), Err: err,
		}
	}
	if err != nil {
		return nil, err
	}
	t, err := issuer.Issue(v.r.Context(), client, scope(projectID))
	if err != nil {
		return nil, err
	}
	f := &fetchedToken{Token: string(t.Access), ExpiresIn: t.ExpiresIn, Opaque: t.Opaque}
	if !t.Opaque {
		f.Header, f.Claims, err = v.takeApart(f.Token)
	}
	return f, err
}

// takeApart decodes a JWT that this server has just made.
func (v *visit) takeApart(token string) (header, payload []claim, err error) {
	parts := strings.Split(token, ".")
	for i, out := range []*[]claim{&header, &payload} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return nil, nil, err
		}
		if *out, err = v.claims(b); err != nil {
			return nil, nil, err
		}
	}
	return header, payload, nil
}

// claims lists the members of a JSON object in their order.
func (v *visit) claims(object []byte) ([]claim, error) {
	var out []claim
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		c := claim{Name: name.(string), Value: pretty(raw)}
		c.Meaning = v.meaning(c.Name)
		switch c.Name {
		case iam.ClaimExpires, iam.ClaimIssuedAt, iam.ClaimNotBefore:
			var n int64
			if json.Unmarshal(raw, &n) == nil {
				c.Value += " (" + when(time.Unix(n, 0)) + " UTC)"
			}
		}
		out = append(out, c)
	}
	return out, nil
}

func pretty(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}

// meaning says what a claim means. Those that name a project share one text.
func (v *visit) meaning(name string) string {
	if strings.HasPrefix(name, iam.ClaimProjectRolesPrefix) && strings.HasSuffix(name, iam.ClaimProjectRolesSuffix) {
		name = "roles"
	}
	return v.h.texts.or("claim." + name)
}
