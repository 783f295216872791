package directory_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// applicationSteps are the lives of an API and an OIDC client of project p.
func (w *world) applicationSteps(secrets *[]string) []step {
	ctx, d := w.t.Context(), w.Directory
	api, oidc := directory.ApplicationRef{ProjectID: "p", ID: "api"}, directory.ApplicationRef{ID: "oidc"}
	keep := func(s keyring.Secret, err error) error {
		if err == nil {
			*secrets = append(*secrets, s.Reveal())
		}
		return err
	}
	const at = ` project/p org=a project=p `
	return []step{
		{"create an API", "owner-a", func(c iam.Caller) error {
			_, secret, err := d.CreateApplication(ctx, c, directory.NewApplication{ID: "api", ProjectID: "p", Name: "A", Type: iam.API, AuthMethod: iam.AuthBasic})
			return keep(secret, err)
		}, `project.application.added` + at + `{"after":{"applicationId":"api","name":"A"}}
project.application.config.api.added` + at + `{"after":{"applicationId":"api","authMethod":"client_secret_basic","clientId":"#"}}`},
		{"generate an API's secret", "owner-a", func(c iam.Caller) error {
			_, secret, err := d.GenerateApplicationSecret(ctx, c, api, iam.API)
			return keep(secret, err)
		}, `project.application.config.api.secret.changed` + at + `{"after":{"applicationId":"api"}}`},
		{"update an API", "owner-a", func(c iam.Caller) error {
			return errOf(d.UpdateApplication(ctx, c, api, directory.ApplicationChange{Name: new("B"), AuthMethod: new(iam.AuthPrivateKeyJWT)}))
		}, `project.application.changed` + at + `{"before":{"applicationId":"api","name":"A"},"after":{"applicationId":"api","name":"B"}}
project.application.config.api.changed` + at + `{"before":{"applicationId":"api","authMethod":"client_secret_basic"},"after":{"applicationId":"api","authMethod":"private_key_jwt"}}`},
		{"add a key to an API", "owner-a", func(c iam.Caller) error {
			_, file, err := d.AddApplicationKey(ctx, c, api, time.Now().Add(time.Hour))
			return keep(file, err)
		}, `project.application.oidc.key.added` + at + `{"after":{"applicationId":"api","expires":"#","keyId":"#"}}`},
		{"deactivate an API", "owner-a", func(c iam.Caller) error {
			return errOf(d.DeactivateApplication(ctx, c, api))
		}, `project.application.deactivated` + at + `{"after":{"applicationId":"api"}}`},
		{"reactivate an API", "owner-a", func(c iam.Caller) error {
			return errOf(d.ReactivateApplication(ctx, c, api))
		}, `project.application.reactivated` + at + `{"after":{"applicationId":"api"}}`},
		{"remove the API's keys", "owner-a", func(c iam.Caller) error {
			keys, err := w.db.Read().ApplicationKeys(ctx, iam.Reach{All: true}, iam.FieldApplicationID.Is("api"), page)
			if err != nil {
				return err
			}
			return errOf(d.RemoveApplicationKey(ctx, c, directory.ApplicationKeyRef{ID: keys.Items[0].ID}))
		}, `project.application.oidc.key.removed` + at + `{"before":{"applicationId":"api","keyId":"#"}}`},
		{"create an OIDC client", "owner-a", func(c iam.Caller) error {
			_, secret, err := d.CreateApplication(ctx, c, directory.NewApplication{
				ID: "oidc", ProjectID: "p", Name: "O", Type: iam.OIDC, AuthMethod: iam.AuthPost, OIDC: iam.OIDCConfig{RedirectURIs: []string{"a:/b"}},
			})
			return keep(secret, err)
		}, `project.application.added` + at + `{"after":{"applicationId":"oidc","name":"O"}}
project.application.config.oidc.added` + at + `{"after":{"accessTokenRoleAssertion":false,"accessTokenType":"opaque","additionalOrigins":null,"applicationId":"oidc","authMethod":"client_secret_post","backChannelLogoutUri":"","clientId":"#","clockSkew":"0s","devMode":false,"grantTypes":["authorization_code"],"idTokenRoleAssertion":false,"idTokenUserinfoAssertion":false,"loginBaseUri":"","loginVersion":"","postLogoutUris":null,"profile":"web","redirectUris":["a:/b"],"responseTypes":["code"],"skipNativeSuccessPage":false}}`},
		{"update an OIDC client", "owner-a", func(c iam.Caller) error {
			return errOf(d.UpdateApplication(ctx, c, oidc, directory.ApplicationChange{OIDC: func(c *iam.OIDCConfig) { c.DevMode = true }}))
		}, `project.application.config.oidc.changed` + at + `{"before":{"applicationId":"oidc","devMode":false},"after":{"applicationId":"oidc","devMode":true}}`},
		{"generate an OIDC client's secret", "owner-a", func(c iam.Caller) error {
			_, secret, err := d.GenerateApplicationSecret(ctx, c, oidc, "")
			return keep(secret, err)
		}, `project.application.config.oidc.secret.changed` + at + `{"after":{"applicationId":"oidc"}}`},
		{"remove an OIDC client", "owner-a", func(c iam.Caller) error {
			return errOf(d.RemoveApplication(ctx, c, oidc))
		}, `project.application.removed` + at + `{"before":{"applicationId":"oidc","clientId":"#","name":"O"}}`},
	}
}

// TestApplicationsOfAProject are its owner's, and go with it.
func TestApplicationsOfAProject(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("p", "a")
	w.project("q", "a")
	_, err := w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelProject, ID: "p"}, "plain-a", []string{"PROJECT_OWNER"})
	w.ok(err)
	owner := w.caller("plain-a")
	create := func(c iam.Caller, id, project string) error {
		_, _, err := w.CreateApplication(ctx, c, directory.NewApplication{ID: id, ProjectID: project, Name: id, Type: iam.API, AuthMethod: iam.AuthPrivateKeyJWT})
		return err
	}
	w.ok(create(owner, "of-p", "p"))
	w.ok(create(owner.In("a"), "also-of-p", "p"))
	w.want(iam.PermissionDenied, "in another project", create(owner, "of-q", "q"))
	w.ok(create(w.root, "of-q", "q"))
	w.want(iam.PermissionDenied, "removal elsewhere", errOf(w.RemoveApplication(ctx, owner, directory.ApplicationRef{ID: "of-q"})))
	w.want(iam.PermissionDenied, "removal by way of the own project", errOf(w.RemoveApplication(ctx, owner, directory.ApplicationRef{ProjectID: "p", ID: "of-q"})))
	for context, c := range map[string]iam.Caller{"": owner, "a": owner.In("a")} {
		l, err := w.Applications(ctx, c, iam.Filter{}, iam.Page{Asc: true, SortBy: iam.FieldID})
		w.ok(err)
		if len(l.Items) != 2 || l.Total != 2 || l.Items[0].ID != "also-of-p" || l.Items[1].ID != "of-p" {
			t.Errorf("in %q: %+v", context, l)
		}
	}
	for _, method := range []iam.AuthMethod{iam.AuthBasic, iam.AuthPrivateKeyJWT} {
		a, err := w.UpdateApplication(ctx, owner, directory.ApplicationRef{ID: "of-p"}, directory.ApplicationChange{AuthMethod: &method})
		if w.ok(err); a.Secret != nil {
			t.Error("a change of the method makes a secret that nobody has seen")
		}
	}
	held, err := w.ProjectHoldings(ctx, w.callers["owner-a"], "p")
	if w.ok(err); held.Applications != 2 {
		t.Errorf("with the project go %+v", held)
	}
	w.ok(errOf(w.RemoveProject(ctx, w.root, "p")))
	w.want(iam.NotFound, "after the project", errOf(w.Application(ctx, w.root, directory.ApplicationRef{ID: "of-p"})))
	w.ok(errOf(w.Application(ctx, w.root, directory.ApplicationRef{ID: "of-q"})))
}

// TestClientIDs: a user name is a client_id too, and no two clients have one.
func TestClientIDs(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("p", "a")
	a, _, err := w.CreateApplication(ctx, w.root, directory.NewApplication{ProjectID: "p", Name: "A", Type: iam.API, AuthMethod: iam.AuthBasic})
	w.ok(err)
	name := a.ClientID
	w.want(iam.AlreadyExists, "a service user", errOf(w.CreateMachine(ctx, w.root, directory.NewMachine{OrgID: "b", UserName: name, Name: "x"})))
	w.want(iam.AlreadyExists, "a service user by its id", errOf(w.CreateMachine(ctx, w.root, directory.NewMachine{ID: name, OrgID: "b", Name: "x"})))
	w.want(iam.AlreadyExists, "a human", errOf(w.CreateHuman(ctx, w.root, "b", directory.NewHuman{UserName: name, Profile: iam.Profile{FirstName: "F", LastName: "L"}})))
	renamed := errOf(w.RenameUser(ctx, w.root, "plain-b", name))
	w.want(iam.AlreadyExists, "a new name", renamed)
	if iam.FieldOf(renamed) != iam.FieldUserName {
		t.Errorf("the error is about %q", iam.FieldOf(renamed))
	}
	w.ok(errOf(w.RemoveApplication(ctx, w.root, directory.ApplicationRef{ID: a.ID})))
	w.ok(errOf(w.RenameUser(ctx, w.root, "plain-b", name)))
}

// TestKeysAreMadeForWhoMay: a key costs a core for a while, so nothing is made for others.
func TestKeysAreMadeForWhoMay(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	w.project("p", "a")
	_, _, err := w.CreateApplication(ctx, w.root, directory.NewApplication{ID: "x", ProjectID: "p", Name: "A", Type: iam.API, AuthMethod: iam.AuthPrivateKeyJWT})
	w.ok(err)
	w.Keys = nil // making one would panic
	ref := directory.ApplicationRef{ID: "x"}
	for _, who := range []string{"viewer-a", "owner-b"} {
		_, _, err := w.AddApplicationKey(ctx, w.callers[who], ref, time.Time{})
		w.want(iam.PermissionDenied, who, err)
	}
	_, _, err = w.AddApplicationKey(ctx, w.root, ref, time.Now().Add(-time.Minute))
	w.want(iam.InvalidArgument, "a key that is over", err)
	w.ok(w.db.Write(ctx, iam.SystemEditor, func(tx *store.Tx) error {
		for range iam.MaxApplicationKeys {
			if err := tx.AddApplicationKey(&iam.ApplicationKey{ID: iam.NewID(), ApplicationID: "x", PublicKey: []byte{1}}); err != nil {
				return err
			}
		}
		return tx.Record(iam.Event{Type: iam.ApplicationKeyAdded, Aggregate: iam.AggregateProject})
	}))
	_, _, err = w.AddApplicationKey(ctx, w.root, ref, time.Time{})
	w.want(iam.ResourceExhausted, "one too many", err)
	if slices.ContainsFunc(w.events(), func(e iam.Event) bool { return strings.Contains(string(e.Payload), "BEGIN") }) {
		t.Error("an event holds a key")
	}
}
