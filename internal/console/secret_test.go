package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

func TestSecretFiles(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	u := h.machine("connector")
	at := "/ui/console/orgs/" + h.orgID + "/users/" + u.ID
	secret := b.post(at+"/secret", "replaces", "none").field("client_secret")
	for format, ending := range map[string]string{"env": ".env", "json": ".json", "kubernetes": ".yaml"} {
		a := b.post(at+"/secret/file", "client_secret", secret, "project_id", "123", "format", format)
		a.wants(t, http.StatusOK, "")
		if d := a.Header().Get("Content-Disposition"); d != "attachment; filename=latchkey-"+u.ID+ending || !strings.Contains(a.text, secret) || a.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %q %v", format, d, a.Header())
		}
	}
	b.post(at+"/secret/file", "client_secret", secret, "format", "exe").wants(t, http.StatusBadRequest, "")
	b.post(at+"/secret/file", "client_secret", "<script>", "format", "env").wants(t, http.StatusBadRequest, "")
	b.post(at+"/secret/file", "client_secret", secret, "project_id", "1\nEVIL=1", "format", "env").wants(t, http.StatusOK, "")
}

func TestSecretIsReplacedOnlyKnowingly(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	u := h.machine("connector")
	at := "/ui/console/orgs/" + h.orgID + "/users/" + u.ID
	first := b.post(at+"/secret", "replaces", "none").field("client_secret")
	// The same form once more: a reload of the dialog, a second click.
	a := b.post(at+"/secret", "replaces", "none")
	a.wants(t, http.StatusConflict, "")
	if a.field("client_secret") != "" {
		t.Error("a second submit showed another secret")
	}
	if _, err := h.handler.Tokens.Cache.Authenticate(t.Context(), reading("connector", first), h.now()); err != nil {
		t.Errorf("the first secret stopped working: %v", err)
	}
	page := b.get(at + "/secret")
	page.says(t, "The current client secret stops working at once")
	b.post(at+"/secret", "replaces", page.field("replaces"), "typed", "another").wants(t, http.StatusUnprocessableEntity, "")
	second := b.post(at+"/secret", "replaces", page.field("replaces"), "typed", "connector").field("client_secret")
	if second == "" || second == first {
		t.Errorf("%q after %q", second, first)
	}
	b.post(at+"/secret/delete", "typed", "x").wants(t, http.StatusUnprocessableEntity, "")
	b.post(at+"/secret/delete", "typed", "connector").wants(t, http.StatusSeeOther, at)
	b.get(at).says(t, "Not set", "The client secret was removed.")
}

// TestConfirmationNamesOneSecret: what was confirmed is the end of the secret that
// the form knew of, also after the name was mistyped.
func TestConfirmationNamesOneSecret(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	u := h.machine("connector")
	at := "/ui/console/orgs/" + h.orgID + "/users/" + u.ID + "/secret"
	b.post(at, "replaces", "none")
	page := b.get(at)
	_, _, fresh, err := h.dir.GenerateSecret(t.Context(), h.root, u.ID, nil) // by somebody else
	if err != nil {
		t.Fatal(err)
	}
	page = b.post(at, "replaces", page.field("replaces"), "typed", "conector")
	page.wants(t, http.StatusUnprocessableEntity, "")
	page = b.post(at, "replaces", page.field("replaces"), "typed", "connector")
	page.wants(t, http.StatusConflict, "")
	if _, err := h.handler.Tokens.Cache.Authenticate(t.Context(), reading("connector", fresh.Reveal()), h.now()); err != nil {
		t.Errorf("the other one's secret was replaced: %v", err)
	}
	b.post(at, "replaces", page.field("replaces"), "typed", "connector").says(t, "Copy both to a safe place")
	b.post(at, "typed", "connector").wants(t, http.StatusConflict, "") // no form of ours
}

// TestKeptIsWhatThePageSays: only copying or a download counts as kept.
func TestKeptIsWhatThePageSays(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	at := "/ui/console/orgs/" + h.orgID + "/users/" + h.machine("connector").ID + "/secret"
	secret := b.post(at, "replaces", "none").field("client_secret")
	if a := b.post(at+"/shown", "client_secret", secret, "do", "fetch"); strings.Contains(a.text, `data-once="kept"`) {
		t.Error("fetching a token counts as keeping the secret")
	}
	b.post(at+"/shown", "client_secret", secret, "kept", "yes").says(t, `data-once="kept"`)
}

func TestPAT(t *testing.T) {
	h := newHouse(t)
	b := h.as("admin")
	u := h.machine("connector")
	at := "/ui/console/orgs/" + h.orgID + "/users/" + u.ID + "/tokens"
	b.get(at).says(t, "No personal access tokens", "New")
	form := b.get(at + "/new")
	form.says(t, "Expiration Date", "Add", "optional")
	for _, day := range []string{"2026-02-28", "yesterday", "2026-13-01", "1970-01-01"} {
		a := b.post(at+"/new", "id", form.field("id"), "expires", day)
		a.wants(t, http.StatusUnprocessableEntity, "")
		a.says(t, `value="`+day+`"`, `id="expires-error"`)
	}
	b.post(at+"/new").wants(t, http.StatusUnprocessableEntity, "") // not the form
	if list := b.get(at); !strings.Contains(list.text, "No personal access tokens") {
		t.Error("a refused form made a token")
	}
	a := b.post(at+"/new", "id", form.field("id"), "expires", "2026-03-31")
	a.wants(t, http.StatusOK, "")
	token := between(a.text, `data-copy="lkp_`, `"`)
	if !keyring.LooksLikePAT("lkp_" + token) {
		t.Fatalf("no token in the dialog")
	}
	a.says(t, "2026-04-01 00:00 UTC", "/auth/v1/users/me")
	b.post(at+"/new", "id", form.field("id"), "expires", "2026-03-31").wants(t, http.StatusSeeOther, at)
	list := b.get(at)
	list.says(t, "This form was sent before")
	if strings.Contains(list.text, token) || strings.Count(list.text, at+"/"+form.field("id")+"/delete") != 1 || strings.Count(list.text, at+"/") != 2 {
		t.Errorf("the list after a double submit: %d links", strings.Count(list.text, at+"/"))
	}
	if _, err := h.handler.Tokens.Caller(t.Context(), "lkp_"+token); err != nil {
		t.Error(err)
	}
	id := form.field("id")
	b.get(at+"/"+id+"/delete").says(t, "It stops working at once", "type")
	b.post(at+"/"+id+"/delete", "typed", "connector").wants(t, http.StatusSeeOther, at)
	if _, err := h.handler.Tokens.Caller(t.Context(), "lkp_"+token); !iam.Is(err, iam.Unauthenticated) {
		t.Errorf("the token still works: %v", err)
	}
	b.get(at+"/"+id+"/delete").wants(t, http.StatusNotFound, "")
}
