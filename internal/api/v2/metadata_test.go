package v2

import (
	"strings"
	"testing"

	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	metadata "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/metadata/v2"
	org "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func setOfUser(id, key, value string) *user.SetUserMetadataRequest {
	return &user.SetUserMetadataRequest{UserId: id, Metadata: []*user.Metadata{{Key: key, Value: []byte(value)}}}
}

func setOfOrg(key, value string) *org.SetOrganizationMetadataRequest {
	return &org.SetOrganizationMetadataRequest{OrganizationId: alpha, Metadata: []*org.Metadata{{Key: key, Value: []byte(value)}}}
}

func metadataAccess() []access {
	return []access{
		{method: "SetUserMetadata", call: func(w *world) caller {
			return calling(w.users.SetUserMetadata, setOfUser(robot, "k", "v"))
		}},
		{method: "ListUserMetadata", stranger: iam.NotFound, viewer: success, call: func(w *world) caller {
			return calling(w.users.ListUserMetadata, &user.ListUserMetadataRequest{UserId: robot})
		}},
		{method: "DeleteUserMetadata", call: func(w *world) caller {
			must(w.users.SetUserMetadata(w.as(ownerID), setOfUser(robot, "k", "v")))
			return calling(w.users.DeleteUserMetadata, &user.DeleteUserMetadataRequest{UserId: robot, Keys: []string{"k"}})
		}},
		{method: "SetOrganizationMetadata", call: func(w *world) caller {
			return calling(w.orgs.SetOrganizationMetadata, setOfOrg("k", "v"))
		}},
		{method: "ListOrganizationMetadata", stranger: iam.NotFound, viewer: success, call: func(w *world) caller {
			return calling(w.orgs.ListOrganizationMetadata, &org.ListOrganizationMetadataRequest{OrganizationId: alpha})
		}},
		{method: "DeleteOrganizationMetadata", call: func(w *world) caller {
			must(w.orgs.SetOrganizationMetadata(w.as(ownerID), setOfOrg("k", "v")))
			return calling(w.orgs.DeleteOrganizationMetadata, &org.DeleteOrganizationMetadataRequest{OrganizationId: alpha, Keys: []string{"k"}})
		}},
	}
}

func TestMetadata(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(ownerID)
	list := func(key string, method filter.TextFilterMethod, p *filter.PaginationRequest) (string, uint64) {
		t.Helper()
		req := &user.ListUserMetadataRequest{UserId: robot, Pagination: p}
		if key != "" {
			req.Filters = []*metadata.MetadataSearchFilter{{Filter: &metadata.MetadataSearchFilter_KeyFilter{
				KeyFilter: &metadata.MetadataKeyFilter{Key: key, Method: method},
			}}}
		}
		resp := must(w.users.ListUserMetadata(ctx, req))
		var out []string
		for _, m := range resp.GetMetadata() {
			if m.GetCreationDate() == nil || m.GetChangeDate() == nil {
				t.Errorf("without dates: %v", m)
			}
			out = append(out, m.GetKey()+"="+string(m.GetValue()))
		}
		return strings.Join(out, " "), resp.GetPagination().GetTotalResult()
	}
	first := must(w.users.SetUserMetadata(ctx, setOfUser(robot, "Color", "red")))
	again := must(w.users.SetUserMetadata(ctx, setOfUser(robot, "Color", "red")))
	if first.GetSetDate() == nil || !again.GetSetDate().AsTime().Equal(first.GetSetDate().AsTime()) {
		t.Errorf("set at %v, and the same again at %v", first.GetSetDate(), again.GetSetDate())
	}
	must(w.users.UpdateUser(ctx, &user.UpdateUserRequest{UserId: robot, Metadata: []*user.Metadata{{Key: "size", Value: []byte("xl")}}}))
	for _, test := range []struct {
		key    string
		method filter.TextFilterMethod
		page   *filter.PaginationRequest
		want   string
		total  uint64
	}{
		{"", 0, &filter.PaginationRequest{Asc: true}, "Color=red size=xl", 2},
		{"", 0, nil, "size=xl Color=red", 2},
		{"", 0, &filter.PaginationRequest{Limit: 1, Offset: 1}, "Color=red", 2},
		{"Color", filter.TextFilterMethod_TEXT_FILTER_METHOD_EQUALS, nil, "Color=red", 1},
		{"color", filter.TextFilterMethod_TEXT_FILTER_METHOD_EQUALS, nil, "", 0},
		{"COLOR", filter.TextFilterMethod_TEXT_FILTER_METHOD_EQUALS_IGNORE_CASE, nil, "Color=red", 1},
		{"co", filter.TextFilterMethod_TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE, nil, "Color=red", 1},
	} {
		if got, total := list(test.key, test.method, test.page); got != test.want || total != test.total {
			t.Errorf("%q by %s: %s (total %d)", test.key, test.method, got, total)
		}
	}
	must(w.users.SetUserMetadata(ctx, setOfUser(robot, "Color", "")))
	if got, _ := list("", 0, nil); got != "size=xl" {
		t.Errorf("after an empty value: %s", got)
	}
	must(w.users.SetUserMetadata(ctx, setOfUser(robot, "none", "")))
	created := must(w.users.CreateUser(ctx, func() *user.CreateUserRequest {
		req := newMachine("with-metadata")
		req.Metadata = []*user.Metadata{{Key: "k", Value: []byte("v")}}
		return req
	}()))
	mine := must(w.users.ListUserMetadata(w.as(created.GetId()), &user.ListUserMetadataRequest{UserId: created.GetId()}))
	if len(mine.GetMetadata()) != 1 {
		t.Errorf("its own: %v", mine)
	}
	person := newPerson("with@example.com")
	person.Organization, person.Metadata = ofOrgID(alpha), []*user.SetMetadataEntry{{Key: "k", Value: []byte("v")}}
	id := must(w.users.AddHumanUser(ctx, person)).GetUserId()
	if l := must(w.users.ListUserMetadata(ctx, &user.ListUserMetadataRequest{UserId: id})); len(l.GetMetadata()) != 1 {
		t.Errorf("of a human: %v", l)
	}
}

func TestMetadataErrors(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(ownerID)
	unknownMethod := []*metadata.MetadataSearchFilter{{Filter: &metadata.MetadataSearchFilter_KeyFilter{
		KeyFilter: &metadata.MetadataKeyFilter{Key: "k", Method: 99},
	}}}
	must(w.orgs.SetOrganizationMetadata(ctx, setOfOrg("k", "v")))
	for _, test := range []struct {
		name string
		call caller
		want iam.Kind
	}{
		{"set nothing", calling(w.users.SetUserMetadata, &user.SetUserMetadataRequest{UserId: robot}), iam.InvalidArgument},
		{"set of an unknown user", calling(w.users.SetUserMetadata, setOfUser(unknown, "k", "v")), iam.NotFound},
		{"long", calling(w.users.SetUserMetadata, setOfUser(robot, "k", strings.Repeat("x", 500_001))), iam.InvalidArgument},
		{"of itself", calling(w.users.SetUserMetadata, setOfUser(ownerID, "k", "v")), success}, // it manages its organization
		{"empty filter", calling(w.users.ListUserMetadata, &user.ListUserMetadataRequest{
			UserId: robot, Filters: []*metadata.MetadataSearchFilter{{}},
		}), iam.InvalidArgument},
		{"unknown method", calling(w.orgs.ListOrganizationMetadata, &org.ListOrganizationMetadataRequest{
			OrganizationId: alpha, Filters: unknownMethod,
		}), iam.InvalidArgument},
		{"too many", calling(w.orgs.ListOrganizationMetadata, &org.ListOrganizationMetadataRequest{
			OrganizationId: alpha, Pagination: &filter.PaginationRequest{Limit: iam.MaxLimit + 1},
		}), iam.InvalidArgument},
		{"delete what is not there", calling(w.users.DeleteUserMetadata, &user.DeleteUserMetadataRequest{UserId: robot, Keys: []string{"k"}}), iam.NotFound},
		{"delete nothing", calling(w.orgs.DeleteOrganizationMetadata, &org.DeleteOrganizationMetadataRequest{OrganizationId: alpha}), iam.InvalidArgument},
		{"delete, one not there", calling(w.orgs.DeleteOrganizationMetadata, &org.DeleteOrganizationMetadataRequest{
			OrganizationId: alpha, Keys: []string{"k", "none"},
		}), iam.NotFound},
		{"delete", calling(w.orgs.DeleteOrganizationMetadata, &org.DeleteOrganizationMetadataRequest{OrganizationId: alpha, Keys: []string{"k"}}), success},
	} {
		wantKind(t, test.name, test.call(ctx), test.want)
	}
	wantKind(t, "of itself, without a role", calling(w.users.SetUserMetadata, setOfUser(robot, "k", "v"))(w.as(robot)), iam.PermissionDenied)
}
