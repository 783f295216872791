package v2

import (
	"testing"

	webkey "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2"
	"google.golang.org/protobuf/proto"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func webKeyAccess() []access {
	return []access{
		{method: "CreateWebKey", right: rootID, call: func(w *world) caller {
			return calling(w.webKeys.CreateWebKey, edwards())
		}},
		{method: "ActivateWebKey", right: rootID, call: func(w *world) caller {
			return calling(w.webKeys.ActivateWebKey, &webkey.ActivateWebKeyRequest{Id: w.webKey(edwards())})
		}},
		{method: "DeleteWebKey", right: rootID, call: func(w *world) caller {
			return calling(w.webKeys.DeleteWebKey, &webkey.DeleteWebKeyRequest{Id: w.webKey(edwards())})
		}},
		{method: "ListWebKeys", right: rootID, call: func(w *world) caller {
			return calling(w.webKeys.ListWebKeys, &webkey.ListWebKeysRequest{})
		}},
	}
}

func edwards() *webkey.CreateWebKeyRequest {
	return &webkey.CreateWebKeyRequest{Key: &webkey.CreateWebKeyRequest_Ed25519{Ed25519: &webkey.ED25519{}}}
}

func ecdsaOn(curve webkey.ECDSACurve) *webkey.CreateWebKeyRequest {
	return &webkey.CreateWebKeyRequest{Key: &webkey.CreateWebKeyRequest_Ecdsa{Ecdsa: &webkey.ECDSA{Curve: curve}}}
}

func rsaOf(bits webkey.RSABits, hasher webkey.RSAHasher) *webkey.CreateWebKeyRequest {
	return &webkey.CreateWebKeyRequest{Key: &webkey.CreateWebKeyRequest_Rsa{Rsa: &webkey.RSA{Bits: bits, Hasher: hasher}}}
}

func (w *world) webKey(req *webkey.CreateWebKeyRequest) string {
	w.t.Helper()
	return must(w.webKeys.CreateWebKey(w.as(rootID), req)).GetId()
}

// keyStates are the states of all web keys by id.
func (w *world) keyStates() map[string]webkey.State {
	w.t.Helper()
	states := map[string]webkey.State{}
	for _, k := range must(w.webKeys.ListWebKeys(w.as(rootID), nil)).GetWebKeys() {
		states[k.GetId()] = k.GetState()
	}
	return states
}

// Every kind of key that can be asked for is made and listed as it was asked for.
func TestKindsOfWebKeys(t *testing.T) {
	w := newWorld(t)
	for _, req := range []*webkey.CreateWebKeyRequest{
		{}, rsaOf(2, 2), rsaOf(1, 3), ecdsaOn(1), ecdsaOn(2), ecdsaOn(3), edwards(),
	} {
		made := must(w.webKeys.CreateWebKey(w.as(rootID), req))
		if req.Key == nil { // Zitadel's default
			req = rsaOf(webkey.RSABits_RSA_BITS_2048, webkey.RSAHasher_RSA_HASHER_SHA256)
		}
		keys := must(w.webKeys.ListWebKeys(w.as(rootID), nil)).GetWebKeys()
		k := keys[len(keys)-1]
		want := &webkey.WebKey{
			Id: made.GetId(), CreationDate: made.GetCreationDate(), ChangeDate: made.GetCreationDate(), State: webkey.State_STATE_INITIAL,
		}
		switch kind := req.GetKey().(type) {
		case *webkey.CreateWebKeyRequest_Rsa:
			want.Key = &webkey.WebKey_Rsa{Rsa: kind.Rsa}
		case *webkey.CreateWebKeyRequest_Ecdsa:
			want.Key = &webkey.WebKey_Ecdsa{Ecdsa: kind.Ecdsa}
		case *webkey.CreateWebKeyRequest_Ed25519:
			want.Key = &webkey.WebKey_Ed25519{Ed25519: kind.Ed25519}
		}
		if made.GetCreationDate() == nil || !proto.Equal(k, want) {
			t.Errorf("asked for %v, listed %v", req, k)
		}
	}
	before := w.events()
	for _, req := range []*webkey.CreateWebKeyRequest{
		rsaOf(0, 1), rsaOf(1, 0), rsaOf(4, 1), rsaOf(1, 4), rsaOf(-1, 1), ecdsaOn(0), ecdsaOn(4),
		{Key: &webkey.CreateWebKeyRequest_Rsa{}},
		{Key: &webkey.CreateWebKeyRequest_Ecdsa{}},
	} {
		_, err := w.webKeys.CreateWebKey(w.as(rootID), req)
		wantKind(t, req.String(), err, iam.InvalidArgument)
	}
	if w.events() != before {
		t.Error("a refused key was recorded")
	}
}

// A key is published, signs, only verifies, and is gone.
func TestLifeOfWebKeys(t *testing.T) {
	w := newWorld(t)
	root := w.as(rootID)
	const initial, active, inactive = webkey.State_STATE_INITIAL, webkey.State_STATE_ACTIVE, webkey.State_STATE_INACTIVE
	activate := func(id string) (*webkey.ActivateWebKeyResponse, error) {
		return w.webKeys.ActivateWebKey(root, &webkey.ActivateWebKeyRequest{Id: id})
	}
	remove := func(id string) (*webkey.DeleteWebKeyResponse, error) {
		return w.webKeys.DeleteWebKey(root, &webkey.DeleteWebKeyRequest{Id: id})
	}
	states := func(when string, want map[string]webkey.State) {
		t.Helper()
		got := w.keyStates()
		same := len(got) == len(want)
		for id, s := range want {
			same = same && got[id] == s
		}
		if !same {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	a, b := w.webKey(edwards()), w.webKey(ecdsaOn(1))
	states("made", map[string]webkey.State{a: initial, b: initial})
	first := must(activate(a))
	states("activated", map[string]webkey.State{a: active, b: initial})
	before := w.events()
	if again := must(activate(a)); first.GetChangeDate() == nil || !proto.Equal(first, again) || w.events() != before {
		t.Errorf("activated again: %v, then %v", first, again)
	}
	must(activate(b))
	states("another activated", map[string]webkey.State{a: inactive, b: active})
	_, err := remove(b)
	wantKind(t, "delete the key that signs", err, iam.FailedPrecondition)
	if must(remove(a)).GetDeletionDate() == nil {
		t.Error("deleted without a date")
	}
	states("deleted", map[string]webkey.State{b: active})
	before = w.events()
	for _, id := range []string{a, unknown} {
		if resp, err := remove(id); err != nil || resp.GetDeletionDate() != nil {
			t.Errorf("delete what is not there: %v, %v", resp, err)
		}
		_, err := activate(id)
		wantKind(t, "activate what is not there", err, iam.NotFound)
	}
	_, err = activate("")
	wantKind(t, "activate without an id", err, iam.InvalidArgument)
	_, err = remove("")
	wantKind(t, "delete without an id", err, iam.InvalidArgument)
	if w.events() != before {
		t.Error("refusals were recorded")
	}
	for len(w.keyStates()) < iam.MaxSigningKeys {
		w.webKey(edwards())
	}
	_, err = w.webKeys.CreateWebKey(root, edwards())
	wantKind(t, "one more than there may be", err, iam.ResourceExhausted)
}
