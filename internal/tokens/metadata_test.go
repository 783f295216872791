package tokens

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// setMetadata sets metadata of a service user; an empty value removes it.
func (w *world) setMetadata(m machine, entries ...iam.MetadataEntry) {
	w.t.Helper()
	must(w.dir.SetMetadata(w.t.Context(), w.root, iam.MetadataOfUser, m.ID, entries))
}

// TestMetadataClaim is what a service user's metadata becomes in its tokens, on
// this node and another, as soon as it changes.
func TestMetadataClaim(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	m := w.machine(w.instance.DefaultOrgID, "robot", iam.JWTToken)
	other := w.machine(w.instance.DefaultOrgID, "other", iam.JWTToken)
	const scope = "openid " + iam.ScopeMetadata
	claim := func(scope string) string {
		t.Helper()
		c, ok := w.claims(m, scope)[iam.ClaimMetadata]
		if !ok {
			return "absent"
		}
		return string(must(json.Marshal(c)))
	}
	value := bytes.Repeat([]byte{0xff}, iam.MaxClaimedMetadata-len("ä\"")-len("k")-len("v"))
	for _, step := range []struct {
		name  string
		set   []iam.MetadataEntry
		scope string
		want  string
	}{
		{"none", nil, scope, "absent"},
		{"two", []iam.MetadataEntry{{Key: "k", Value: []byte("v")}, {Key: "ä\"", Value: []byte{0xff, 0xfe, 0}}}, scope, `{"k":"dg","ä\"":"__4A"}`},
		{"not asked for", nil, "openid", "absent"},
		{"another value", []iam.MetadataEntry{{Key: "k", Value: []byte("w")}}, scope, `{"k":"dw","ä\"":"__4A"}`},
		{"one removed", []iam.MetadataEntry{{Key: "ä\""}}, scope, `{"k":"dw"}`},
		{"the most", []iam.MetadataEntry{{Key: "ä\"", Value: value}}, scope, `{"k":"dw","ä\"":"` + base64.RawURLEncoding.EncodeToString(value) + `"}`},
	} {
		if step.set != nil {
			w.setMetadata(m, step.set...)
		}
		for range 2 {
			if got := claim(step.scope); got != step.want {
				t.Errorf("%s: %s, want %s", step.name, got, step.want)
			}
		}
	}
	w.setMetadata(m, iam.MetadataEntry{Key: "k", Value: []byte("ww")})
	for range 2 {
		_, err := w.issue(m, scope)
		wantKind(t, "one byte more", err, iam.InvalidArgument)
	}
	must(w.issue(m, "openid"))
	if _, ok := w.claims(other, scope)[iam.ClaimMetadata]; ok {
		t.Error("another user's metadata")
	}
	must(w.dir.RemoveMetadata(t.Context(), w.root, iam.MetadataOfUser, m.ID, []string{"k", "ä\""}))
	if got := claim(scope); got != "absent" {
		t.Errorf("all removed: %s", got)
	}
}

// TestMetadataCache needs no store once it is warm.
func TestMetadataCache(t *testing.T) {
	w := newWorld(t, keyring.EdDSA)
	m, cold := w.machine(w.instance.DefaultOrgID, "warm", iam.JWTToken), w.machine(w.instance.DefaultOrgID, "cold", iam.JWTToken)
	w.setMetadata(m, iam.MetadataEntry{Key: "k", Value: []byte("v")})
	must(w.issue(m, iam.ScopeMetadata))
	must(w.issue(cold, "openid"))
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := w.claims(m, iam.ScopeMetadata)[iam.ClaimMetadata]; string(must(json.Marshal(got))) != `{"k":"dg"}` {
		t.Errorf("warm: %v", got)
	}
	_, err := w.issue(cold, iam.ScopeMetadata)
	wantKind(t, "cold", err, iam.Unavailable)
	must(w.issue(cold, "openid"))
}
