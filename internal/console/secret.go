package console

import (
	"encoding/base64"
	"mime"
	"net/http"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// inputs of the pages that hold a client secret.
const (
	inputSecret  = "client_secret"
	inputProject = string(iam.FieldProjectID)
	inputFormat  = "format"
	inputDo      = "do"
	inputKept    = "kept"
)

// secretPage is what templates/shown-secret.html shows. It is drawn from what
// the server has just made or the browser has just sent, and kept nowhere.
type secretPage struct {
	userHead
	*form
	Kept     bool // it was copied or downloaded already, as the page says that draws it again
	ClientID string
	Secret   string
	Projects []choice
	Project  string
	Curl     string
	Token    *fetchedToken
}

// showSecret shows a client secret with all that is done with it.
func (v *visit) showSecret(head userHead, secret keyring.Secret, fetch bool) error {
	head, err := v.userHead(head.User)
	if err != nil {
		return err
	}
	head.HasSecret = true
	p := secretPage{userHead: head, form: v.newForm(nil), Kept: v.value(inputKept) != "", ClientID: head.UserName, Secret: secret.Reveal()}
	if p.Projects, p.Project, err = v.projectsFor(head, v.value(inputProject)); err != nil {
		return err
	}
	p.Curl = guideCurl(v.h.Tokens.URL, basicAuth(p.ClientID, p.Secret), p.Project)
	if fetch {
		p.Token, err = v.fetchToken(head, secret, p.Project)
		if err != nil && !p.refuse(err) {
			return err
		}
	}
	return v.showOnce("shown-secret", v.text("secret.shown.title"), p)
}

// secretShown draws the page once more: for another project, or with a token
// that was fetched now.
func secretShown(v *visit) error {
	head, err := v.secretHolder()
	if err != nil {
		return err
	}
	return v.showSecret(head, v.secret(inputSecret), v.value(inputDo) == "fetch")
}

// secretHolder is the service user, for those who may make its secrets.
func (v *visit) secretHolder() (userHead, error) {
	head, err := v.userAt()
	if err == nil {
		err = v.require(iam.UserWrite)
	}
	if err == nil && !keyring.LooksLikeClientSecret(v.secret(inputSecret).Reveal()) {
		err = iam.Errorf(iam.InvalidArgument, "CONSOLE-scrt1", "this is not a client secret")
	}
	return head, err
}

func basicAuth(id, secret string) string {
	return base64.StdEncoding.EncodeToString([]byte(id + ":" + secret))
}

// secretFile sends back the client secret as a file to keep.
func secretFile(v *visit) error {
	head, err := v.secretHolder()
	if err != nil {
		return err
	}
	k := kept{
		Issuer: v.h.Tokens.URL, UserID: head.ID, ClientID: head.UserName, Secret: v.secret(inputSecret).Reveal(), ProjectID: v.value(inputProject),
	}
	if iam.CheckChosenID(k.ProjectID) != nil {
		k.ProjectID = ""
	}
	var body, name, kind string
	switch v.value(inputFormat) {
	case "env":
		body, name, kind = k.env(), "latchkey-"+head.ID+".env", "text/plain; charset=utf-8"
	case "json":
		body, name, kind = k.json(), "latchkey-"+head.ID+".json", "application/json"
	case "kubernetes":
		body, name, kind = k.kubernetes(), "latchkey-"+head.ID+".yaml", "application/yaml"
	default:
		return iam.Errorf(iam.InvalidArgument, "CONSOLE-file1", "there is no such kind of file")
	}
	h := v.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "no-store")
	v.w.WriteHeader(http.StatusOK)
	_, _ = strings.NewReader(body).WriteTo(v.w)
	return nil
}
