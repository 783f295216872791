package v1

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"testing"
	"time"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authn"
	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const keyJSON = authn.KeyType_KEY_TYPE_JSON

// publicKey is a public key in PEM, which takes less time than an RSA key of our own.
func publicKey(t testing.TB) []byte {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(public))})
}

// key adds a key to alpha's member and returns its id.
func (w *world) key() string {
	w.t.Helper()
	return must(w.AddMachineKey(w.in(w.alpha), &mgmt.AddMachineKeyRequest{UserId: w.member, Type: keyJSON, PublicKey: publicKey(w.t)})).GetKeyId()
}

func TestMachineKeys(t *testing.T) {
	w := newWorld(t)
	ctx := w.in(w.alpha)
	later := time.Now().Add(time.Hour).Truncate(time.Second)
	made := must(w.AddMachineKey(ctx, &mgmt.AddMachineKeyRequest{UserId: w.member, Type: keyJSON, ExpirationDate: timestamppb.New(later)}))
	var file struct{ Type, KeyID, Key, UserID, ExpirationDate string }
	if err := json.Unmarshal(made.GetKeyDetails(), &file); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(file.Key))
	if block == nil {
		t.Fatalf("the key file holds no PEM")
	}
	private := must(x509.ParsePKCS1PrivateKey(block.Bytes))
	kept := must(w.db.Read().Credential(t.Context(), w.member, made.GetKeyId()))
	if file.Type != "serviceaccount" || file.KeyID != made.GetKeyId() || file.UserID != w.member ||
		file.ExpirationDate != later.UTC().Format(time.RFC3339) || private.N.BitLen() != 2048 ||
		string(kept.PublicKey) != string(must(x509.MarshalPKIXPublicKey(&private.PublicKey))) || len(kept.Verifier) != 32 {
		t.Errorf("the file is of %s %s %s until %s; kept %+v", file.Type, file.KeyID, file.UserID, file.ExpirationDate, kept)
	}

	own := must(w.AddMachineKey(ctx, &mgmt.AddMachineKeyRequest{UserId: w.member, Type: keyJSON, PublicKey: publicKey(t)}))
	if len(own.GetKeyDetails()) != 0 || own.GetDetails().GetResourceOwner() != w.alpha {
		t.Errorf("the client's own key: %v", own)
	}
	got := must(w.GetMachineKeyByIDs(ctx, &mgmt.GetMachineKeyByIDsRequest{UserId: w.member, KeyId: own.GetKeyId()})).GetKey()
	if got.GetId() != own.GetKeyId() || got.GetType() != keyJSON || !got.GetExpirationDate().AsTime().Equal(iam.Never) || got.GetDetails().GetSequence() == 0 {
		t.Errorf("GetMachineKeyByIDs = %v", got)
	}
	w.pat() // is no key
	known := map[string]string{made.GetKeyId(): "made", own.GetKeyId(): "own"}
	list := must(w.ListMachineKeys(ctx, &mgmt.ListMachineKeysRequest{UserId: w.member}))
	if found := listed(list.GetResult(), (*authn.Key).GetId, known); found != "made own" && found != "own made" || list.GetDetails().GetTotalResult() != 2 {
		t.Errorf("ListMachineKeys = %v", list)
	}
	must(w.RemoveMachineKey(ctx, &mgmt.RemoveMachineKeyRequest{UserId: w.member, KeyId: own.GetKeyId()}))
	must(w.RemoveUser(ctx, &mgmt.RemoveUserRequest{Id: w.member}))
	if _, err := w.db.Read().Credential(t.Context(), w.member, made.GetKeyId()); !iam.Is(err, iam.NotFound) {
		t.Errorf("the key of a user that is gone: %v", err)
	}
}

func TestMachineKeyErrors(t *testing.T) {
	w := newWorld(t)
	pat, key, human := w.pat(), w.key(), w.human("minnie")
	add := func(req *mgmt.AddMachineKeyRequest) error {
		if req.PublicKey == nil {
			req.PublicKey = publicKey(t)
		}
		return calling(w.AddMachineKey, req)(w.in(w.alpha))
	}
	for _, test := range []struct {
		name string
		err  error
		want iam.Kind
	}{
		{"no type", add(&mgmt.AddMachineKeyRequest{UserId: w.member}), iam.InvalidArgument},
		{"unknown type", add(&mgmt.AddMachineKeyRequest{UserId: w.member, Type: 2}), iam.InvalidArgument},
		{"in the past", add(&mgmt.AddMachineKeyRequest{UserId: w.member, Type: keyJSON, ExpirationDate: timestamppb.New(time.Unix(1, 0))}), iam.InvalidArgument},
		{"out of range", add(&mgmt.AddMachineKeyRequest{UserId: w.member, Type: keyJSON, ExpirationDate: &timestamppb.Timestamp{Seconds: 1 << 60}}), iam.InvalidArgument},
		{"no public key", add(&mgmt.AddMachineKeyRequest{UserId: w.member, Type: keyJSON, PublicKey: []byte("x")}), iam.InvalidArgument},
		{"of a human", add(&mgmt.AddMachineKeyRequest{UserId: human, Type: keyJSON}), iam.FailedPrecondition},
		{"of nobody", add(&mgmt.AddMachineKeyRequest{Type: keyJSON}), iam.NotFound},
		{"read a token as a key", calling(w.GetMachineKeyByIDs, &mgmt.GetMachineKeyByIDsRequest{UserId: w.member, KeyId: pat})(w.in(w.alpha)), iam.NotFound},
		{"remove a token as a key", calling(w.RemoveMachineKey, &mgmt.RemoveMachineKeyRequest{UserId: w.member, KeyId: pat})(w.in(w.alpha)), iam.NotFound},
		{"remove a key as a token", calling(w.RemovePersonalAccessToken, &mgmt.RemovePersonalAccessTokenRequest{UserId: w.member, TokenId: key})(w.in(w.alpha)), iam.NotFound},
		{"read another's", calling(w.GetMachineKeyByIDs, &mgmt.GetMachineKeyByIDsRequest{UserId: w.owner[w.alpha], KeyId: key})(w.in(w.alpha)), iam.NotFound},
		{"list in another organization", calling(w.ListMachineKeys, &mgmt.ListMachineKeysRequest{UserId: w.member})(w.in(w.beta)), iam.NotFound},
		{"list another organization's user's", calling(w.ListMachineKeys, &mgmt.ListMachineKeysRequest{UserId: w.guest})(w.in(w.alpha)), iam.NotFound},
		{"list an unknown user's", calling(w.ListMachineKeys, &mgmt.ListMachineKeysRequest{UserId: "none"})(w.in(w.alpha)), iam.NotFound},
		{"remove another's", calling(w.RemoveMachineKey, &mgmt.RemoveMachineKeyRequest{UserId: w.owner[w.alpha], KeyId: key})(w.in(w.alpha)), iam.NotFound},
	} {
		wantKind(t, test.name, test.err, test.want)
	}
	for range iam.MaxKeys - 1 {
		w.key()
	}
	wantKind(t, "one too many", add(&mgmt.AddMachineKeyRequest{UserId: w.member, Type: keyJSON}), iam.FailedPrecondition)
}
