//go:build !race

// What calls every method thousands of times looks at answers, not at races, and
// the detector makes it twenty times as long: `make test` runs it without.

package api_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// reads reports whether a method only looks.
func reads(method string) bool {
	name := method[strings.LastIndex(method, "/")+1:]
	return slices.ContainsFunc([]string{"Get", "List", "Is", "Healthz", "Search"}, func(with string) bool {
		return strings.HasPrefix(name, with)
	})
}

// idempotent are the methods that succeed here although their object is as asked
// already, or gone: they change nothing, and nothing is recorded.
func idempotent() []string {
	return []string{
		"UpdateAuthorization", "UpdateOrganization", "ActivateOrganization", "RemoveProjectRole", "DeleteProjectGrant",
		"DeleteWebKey", "ResetInstanceFeatures", "RevokeAllMyRefreshTokens",
	}
}

// TestEverythingIsRecorded calls every method there is as the instance's owner.
// What writes records an event, what reads or fails does not; and no event holds
// a secret that came back from any of them.
func TestEverythingIsRecorded(t *testing.T) {
	w := newWorld(t)
	token := w.rootToken(t)
	secrets, wrote := map[string]string{}, 0
	for _, method := range w.methods(t) {
		worked, recorded := false, false
		for n := 0; n < 2*variants && !recorded && (!worked || !reads(method)); n++ {
			tenant := []*tenant{w.them, w.us}[n/variants] // where one generation has removed an object, the other's turn is at the second
			in, out := messages(t, method)
			filler{tenant, n % variants}.fill(in.ProtoReflect(), 0)
			md := metadata.Pairs("authorization", "Bearer "+token)
			if n%2 == 1 {
				md.Set("x-zitadel-orgid", tenant.org.ID)
			}
			before := w.recorded(t)
			err := w.conn.Invoke(metadata.NewOutgoingContext(t.Context(), md), method, in, out)
			if recorded = w.recorded(t) > before; recorded && (err != nil || reads(method)) {
				t.Errorf("%s: %v, and an event was recorded", method, err)
			}
			if err != nil && (n == variants-1 && !worked || strings.Contains(err.Error(), " not implemented")) {
				break // it does not work for the other tenant either
			}
			if err == nil {
				worked = true
				secretsIn(out.ProtoReflect(), func(s string) { secrets[s] = method })
			}
		}
		switch name := method[strings.LastIndex(method, "/")+1:]; {
		case recorded:
			wrote++
		case worked && !reads(method) && !slices.Contains(idempotent(), name):
			t.Errorf("%s worked, and nothing was recorded", method)
		}
	}
	t.Logf("%d methods wrote; %d secrets came back", wrote, len(secrets))
	if wrote < 50 || len(secrets) < 4 {
		t.Errorf("%d methods wrote, %d secrets came back: the requests reach nothing", wrote, len(secrets))
	}
	w.noSecrets(t, secrets)
}

// recorded is the number of the last event.
func (w *world) recorded(t *testing.T) int64 {
	t.Helper()
	events := must[[]iam.Event](t)(w.db.Read().EventsFrom(t.Context(), iam.Reach{All: true}, iam.Filter{}, iam.EventPage{Limit: 1}))
	return events[0].Sequence
}

// secretsIn finds what a response gives away once.
func secretsIn(m protoreflect.Message, found func(string)) {
	names := []string{"client_secret", "secret", "token", "key_details", "key_content", "invite_code", "verification_code", "code", "private_key"}
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		secret := slices.Contains(names, string(field.Name())) && !field.IsList()
		switch {
		case field.Kind() == protoreflect.MessageKind && !field.IsList() && !field.IsMap():
			secretsIn(v.Message(), found)
		case secret && field.Kind() == protoreflect.StringKind && len(v.String()) >= 6:
			found(v.String())
		case secret && field.Kind() == protoreflect.BytesKind && len(v.Bytes()) >= 6:
			found(string(v.Bytes()))
		}
		return true
	})
}

// noSecrets looks for secrets, and for what is one by its looks, in all that was recorded.
func (w *world) noSecrets(t *testing.T, secrets map[string]string) {
	t.Helper()
	page := iam.EventPage{Limit: iam.MaxLimit, Asc: true}
	for {
		events := must[[]iam.Event](t)(w.db.Read().EventsFrom(t.Context(), iam.Reach{All: true}, iam.Filter{}, page))
		if len(events) == 0 {
			return
		}
		page.Sequence = uint64(events[len(events)-1].Sequence)
		for _, e := range events {
			for secret, method := range secrets {
				if strings.Contains(string(e.Payload), secret) {
					t.Errorf("event %d, %s, holds what %s gave", e.Sequence, e.Type, method)
				}
			}
			text := strings.ReplaceAll(string(e.Payload), `"passwordChange":`, "") // whether, not what
			for _, word := range []string{"argon2", "verifier", "hash", "password", "private key", "privatekey", "begin ", "LKS", "lkp_", "lki_", "lks_", "lkd_"} {
				if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
					t.Errorf("event %d, %s, holds %q: %s", e.Sequence, e.Type, word, e.Payload)
				}
			}
			var sides map[string]map[string]any
			if err := json.Unmarshal(e.Payload, &sides); err != nil {
				t.Errorf("event %d, %s: %v: %s", e.Sequence, e.Type, err, e.Payload)
			}
			for side, fields := range sides {
				_, value := fields["value"]
				if metadata := e.Type == iam.UserMetadataSet || e.Type == iam.OrgMetadataSet; side != "before" && side != "after" || metadata && value {
					t.Errorf("event %d, %s, has %s: %s", e.Sequence, e.Type, side, e.Payload)
				}
			}
		}
	}
}

// rootToken is that of a new owner of the instance.
func (w *world) rootToken(t *testing.T) string {
	t.Helper()
	ctx := t.Context()
	d := &directory.Directory{Store: w.db, Host: "localhost", Now: time.Now}
	admin := must[iam.User](t)(w.db.Read().UserByName(ctx, "admin"))
	root := iam.NewCaller(admin.ID, admin.OrgID, must[[]iam.Membership](t)(w.db.Read().MembershipsOf(ctx, admin.ID)))
	u := must[iam.User](t)(d.CreateMachine(ctx, root, directory.NewMachine{OrgID: admin.OrgID, UserName: "auditor", Name: "Root"}))
	must[iam.Membership](t)(d.AddMember(ctx, root, directory.Resource{Level: iam.LevelInstance}, u.ID, []string{"IAM_OWNER"}))
	_, secret, err := d.AddPAT(ctx, root, u.ID, directory.NewPAT{})
	if err != nil {
		t.Fatal(err)
	}
	return secret.Reveal()
}
