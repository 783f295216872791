package v1

import (
	"context"
	"strings"
	"testing"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/metadata"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func setOfUser(id, key, value string) *mgmt.SetUserMetadataRequest {
	return &mgmt.SetUserMetadataRequest{Id: id, Key: key, Value: []byte(value)}
}

func metadataAccess() []access {
	type call = func(context.Context) error
	with := func(w *world) *world { // metadata of the member and the organization
		must(w.SetUserMetadata(w.in(w.alpha), setOfUser(w.member, "k", "v")))
		must(w.SetOrgMetadata(w.in(w.alpha), &mgmt.SetOrgMetadataRequest{Key: "k", Value: []byte("v")}))
		return w
	}
	keys := []string{"k"}
	return []access{
		{name: "SetUserMetadata", writes: true, object: true, call: func(w *world) call {
			return calling(w.SetUserMetadata, setOfUser(w.member, "k", "v"))
		}},
		{name: "BulkSetUserMetadata", writes: true, object: true, call: func(w *world) call {
			return calling(w.BulkSetUserMetadata, &mgmt.BulkSetUserMetadataRequest{
				Id: w.member, Metadata: []*mgmt.BulkSetUserMetadataRequest_Metadata{{Key: "k", Value: []byte("v")}},
			})
		}},
		{name: "ListUserMetadata", object: true, call: func(w *world) call {
			return calling(w.ListUserMetadata, &mgmt.ListUserMetadataRequest{Id: w.member})
		}},
		{name: "GetUserMetadata", object: true, call: func(w *world) call {
			return calling(with(w).GetUserMetadata, &mgmt.GetUserMetadataRequest{Id: w.member, Key: "k"})
		}},
		{name: "RemoveUserMetadata", writes: true, object: true, call: func(w *world) call {
			return calling(with(w).RemoveUserMetadata, &mgmt.RemoveUserMetadataRequest{Id: w.member, Key: "k"})
		}},
		{name: "BulkRemoveUserMetadata", writes: true, object: true, call: func(w *world) call {
			return calling(with(w).BulkRemoveUserMetadata, &mgmt.BulkRemoveUserMetadataRequest{Id: w.member, Keys: keys})
		}},
		{name: "SetOrgMetadata", writes: true, call: func(w *world) call {
			return calling(w.SetOrgMetadata, &mgmt.SetOrgMetadataRequest{Key: "k", Value: []byte("v")})
		}},
		{name: "BulkSetOrgMetadata", writes: true, call: func(w *world) call {
			return calling(w.BulkSetOrgMetadata, &mgmt.BulkSetOrgMetadataRequest{
				Metadata: []*mgmt.BulkSetOrgMetadataRequest_Metadata{{Key: "k", Value: []byte("v")}},
			})
		}},
		{name: "ListOrgMetadata", call: func(w *world) call {
			return calling(w.ListOrgMetadata, &mgmt.ListOrgMetadataRequest{})
		}},
		{name: "GetOrgMetadata", call: func(w *world) call {
			return calling(with(w).GetOrgMetadata, &mgmt.GetOrgMetadataRequest{Key: "k"})
		}},
		{name: "RemoveOrgMetadata", writes: true, call: func(w *world) call {
			return calling(with(w).RemoveOrgMetadata, &mgmt.RemoveOrgMetadataRequest{Key: "k"})
		}},
		{name: "BulkRemoveOrgMetadata", writes: true, call: func(w *world) call {
			return calling(with(w).BulkRemoveOrgMetadata, &mgmt.BulkRemoveOrgMetadataRequest{Keys: keys})
		}},
	}
}

func keyQuery(key string, method object.TextQueryMethod) []*metadata.MetadataQuery {
	return []*metadata.MetadataQuery{{Query: &metadata.MetadataQuery_KeyQuery{
		KeyQuery: &metadata.MetadataKeyQuery{Key: key, Method: method},
	}}}
}

// TestMetadata is the life of an entry as Terraform's provider leads it: set,
// read back at once, set again, removed, and gone.
func TestMetadata(t *testing.T) {
	w := newWorld(t)
	ctx := w.in(w.alpha)
	for _, value := range []string{"v", "v", "\x00\xff"} {
		set := must(w.SetUserMetadata(ctx, setOfUser(w.member, "my key", value)))
		got := must(w.GetUserMetadata(ctx, &mgmt.GetUserMetadataRequest{Id: w.member, Key: "my key"})).GetMetadata()
		if set.GetId() != w.member || set.GetDetails().GetResourceOwner() != w.alpha || string(got.GetValue()) != value ||
			got.GetDetails().GetSequence() != set.GetDetails().GetSequence() {
			t.Errorf("set %v, got %v", set, got)
		}
	}
	must(w.BulkSetUserMetadata(ctx, &mgmt.BulkSetUserMetadataRequest{
		Id: w.member, Metadata: []*mgmt.BulkSetUserMetadataRequest_Metadata{{Key: "My Other", Value: []byte("x")}},
	}))
	for method, want := range map[object.TextQueryMethod]string{
		object.TextQueryMethod_TEXT_QUERY_METHOD_STARTS_WITH:             "my key",
		object.TextQueryMethod_TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE: "My Other my key",
		object.TextQueryMethod_TEXT_QUERY_METHOD_EQUALS:                  "",
	} {
		l := must(w.ListUserMetadata(ctx, &mgmt.ListUserMetadataRequest{Id: w.member, Queries: keyQuery("my", method)}))
		mine := must(w.auth.ListMyMetadata(w.as(w.member, ""), &auth.ListMyMetadataRequest{Queries: keyQuery("my", method)}))
		for _, l := range [][]*metadata.Metadata{l.GetResult(), mine.GetResult()} {
			if got := strings.Join(mapSlice(l, (*metadata.Metadata).GetKey), " "); got != want {
				t.Errorf("by %s: %s", method, got)
			}
		}
	}
	if m := must(w.auth.GetMyMetadata(w.as(w.member, ""), &auth.GetMyMetadataRequest{Key: "My Other"})); string(m.GetMetadata().GetValue()) != "x" {
		t.Errorf("my own: %v", m)
	}
	remove := calling(w.RemoveUserMetadata, &mgmt.RemoveUserMetadataRequest{Id: w.member, Key: "my key"})
	wantKind(t, "remove", remove(ctx), success)
	wantKind(t, "remove again", remove(ctx), iam.NotFound)
	for _, test := range []struct {
		name string
		err  func(context.Context) error
		want iam.Kind
	}{
		{"gone", calling(w.GetUserMetadata, &mgmt.GetUserMetadataRequest{Id: w.member, Key: "my key"}), iam.NotFound},
		{"of an unknown user", calling(w.GetUserMetadata, &mgmt.GetUserMetadataRequest{Id: "none", Key: "my key"}), iam.NotFound},
		{"of no user", calling(w.SetUserMetadata, setOfUser("", "k", "v")), iam.NotFound},
		{"no key", calling(w.SetUserMetadata, setOfUser(w.member, "", "v")), iam.InvalidArgument},
		{"no value", calling(w.SetUserMetadata, setOfUser(w.member, "k", "")), iam.InvalidArgument},
		{"no entries", calling(w.BulkSetOrgMetadata, &mgmt.BulkSetOrgMetadataRequest{}), iam.InvalidArgument},
		{"no keys", calling(w.BulkRemoveUserMetadata, &mgmt.BulkRemoveUserMetadataRequest{Id: w.member}), iam.InvalidArgument},
		{"unknown keys", calling(w.BulkRemoveOrgMetadata, &mgmt.BulkRemoveOrgMetadataRequest{Keys: []string{"k"}}), iam.NotFound},
		{"unknown method", calling(w.ListOrgMetadata, &mgmt.ListOrgMetadataRequest{Queries: keyQuery("k", 99)}), iam.InvalidArgument},
		{"empty query", calling(w.ListOrgMetadata, &mgmt.ListOrgMetadataRequest{Queries: []*metadata.MetadataQuery{{}}}), iam.InvalidArgument},
		{"my own, in a context", calling(w.auth.GetMyMetadata, &auth.GetMyMetadataRequest{Key: "k"}), iam.NotFound},
	} {
		wantKind(t, test.name, test.err(ctx), test.want)
	}
	wantKind(t, "nobody's own", calling(w.auth.ListMyMetadata, &auth.ListMyMetadataRequest{})(w.as("", "")), iam.Unauthenticated)
}
