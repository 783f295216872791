package v2

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// publicKey is a public key in PEM, which takes less time than an RSA key of our own.
func publicKey(t testing.TB) []byte {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(public))})
}

// key gives the robot a key, which it may do itself, and returns its id.
func (w *world) key(expires *timestamppb.Timestamp) string {
	w.t.Helper()
	return must(w.users.AddKey(w.as(robot), &user.AddKeyRequest{UserId: robot, ExpirationDate: expires, PublicKey: publicKey(w.t)})).GetKeyId()
}

func TestKeys(t *testing.T) {
	w := newWorld(t)
	made := must(w.users.AddKey(w.as(robot), &user.AddKeyRequest{UserId: robot, ExpirationDate: timestamppb.New(time.Now().Add(time.Hour))}))
	if !strings.HasPrefix(string(made.GetKeyContent()), `{"type":"serviceaccount","keyId":"`+made.GetKeyId()) || made.GetCreationDate() == nil {
		t.Errorf("the file of the key has %d bytes, created %v", len(made.GetKeyContent()), made.GetCreationDate())
	}
	a, b, c := made.GetKeyId(), w.key(timestamppb.New(time.Now().Add(48*time.Hour))), w.key(nil)
	must(w.users.AddPersonalAccessToken(w.as(robot), &user.AddPersonalAccessTokenRequest{UserId: robot})) // is no key
	id := func(id string) *filter.IDFilter { return &filter.IDFilter{Id: id} }
	soon := &filter.TimestampFilter{Timestamp: timestamppb.New(time.Now().Add(2 * time.Hour)), Method: filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_AFTER}
	past := &filter.TimestampFilter{Timestamp: timestamppb.New(time.Now().Add(-time.Hour)), Method: filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_BEFORE}
	for _, tt := range []struct {
		name, by string
		filter   *user.KeysSearchFilter
		want     []string
	}{
		{"its own", robot, nil, []string{a, b, c}},
		{"another's", guest, nil, nil},
		{"by id", ownerID, &user.KeysSearchFilter{Filter: &user.KeysSearchFilter_KeyIdFilter{KeyIdFilter: id(b)}}, []string{b}},
		{"by user", ownerID, &user.KeysSearchFilter{Filter: &user.KeysSearchFilter_UserIdFilter{UserIdFilter: id(guest)}}, nil},
		{"by organization", rootID, &user.KeysSearchFilter{Filter: &user.KeysSearchFilter_OrganizationIdFilter{OrganizationIdFilter: id(alpha)}}, []string{a, b, c}},
		{"by creation", rootID, &user.KeysSearchFilter{Filter: &user.KeysSearchFilter_CreatedDateFilter{CreatedDateFilter: past}}, nil},
		{"by expiration", rootID, &user.KeysSearchFilter{Filter: &user.KeysSearchFilter_ExpirationDateFilter{ExpirationDateFilter: soon}}, []string{b, c}},
	} {
		req := &user.ListKeysRequest{Pagination: &filter.PaginationRequest{Asc: true}}
		if tt.filter != nil {
			req.Filters = append(req.Filters, tt.filter)
		}
		l, err := w.users.ListKeys(w.as(tt.by), req)
		wantKind(t, tt.name, err, success)
		var got []string
		for _, k := range l.GetResult() {
			got = append(got, k.GetId())
		}
		if !slices.Equal(got, tt.want) || l.GetPagination().GetTotalResult() != uint64(len(tt.want)) {
			t.Errorf("%s: got %v (%v), want %v", tt.name, got, l.GetPagination(), tt.want)
		}
	}
	for column := range user.KeyFieldName_name {
		l := must(w.users.ListKeys(w.as(robot), &user.ListKeysRequest{SortingColumn: new(user.KeyFieldName(column))}))
		if k := l.GetResult()[0]; len(l.GetResult()) != 3 || k.GetOrganizationId() != alpha || k.GetUserId() != robot || k.GetExpirationDate() == nil {
			t.Errorf("sorted by %d: %v", column, l)
		}
	}
	remove := func(userID, id string) error {
		return calling(w.users.RemoveKey, &user.RemoveKeyRequest{UserId: userID, KeyId: id})(w.as(robot))
	}
	wantKind(t, "remove through another user", remove(guest, c), iam.PermissionDenied)
	wantKind(t, "remove", remove(robot, c), success)
	wantKind(t, "remove again", remove(robot, c), iam.NotFound)
	wantKind(t, "remove without a key", remove(robot, ""), iam.InvalidArgument)
	for name, req := range map[string]*user.ListKeysRequest{
		"above the limit": {Pagination: &filter.PaginationRequest{Limit: 1001}},
		"unknown column":  {SortingColumn: new(user.KeyFieldName(9))},
		"empty filter":    {Filters: []*user.KeysSearchFilter{{}}},
	} {
		_, err := w.users.ListKeys(w.as(robot), req)
		wantKind(t, name, err, iam.InvalidArgument)
	}
	wantKind(t, "for a human", second(w.users.AddKey(w.as(ownerID), &user.AddKeyRequest{UserId: human, PublicKey: publicKey(t)})), iam.FailedPrecondition)
	wantKind(t, "in the past", second(w.users.AddKey(w.as(robot), &user.AddKeyRequest{UserId: robot, ExpirationDate: timestamppb.New(time.Unix(1, 0))})), iam.InvalidArgument)
}
