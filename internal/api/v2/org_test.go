package v2

import (
	"slices"
	"testing"

	instance "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"
	object "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object/v2"
	org "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/org/v2"
	"google.golang.org/protobuf/proto"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func TestAddOrganization(t *testing.T) {
	w := newWorld(t)
	made := must(w.orgs.AddOrganization(w.as(rootID), &org.AddOrganizationRequest{
		Name: "Delta", OrganizationId: new("delta"), OrgId: new("ignored"),
		Admins: []*org.AddOrganizationRequest_Admin{
			{UserType: &org.AddOrganizationRequest_Admin_UserId{UserId: guest}, Roles: []string{"ORG_OWNER_VIEWER"}},
			{UserType: &org.AddOrganizationRequest_Admin_Human{Human: newPerson("grace@example.com")}},
		},
	}))
	if made.GetOrganizationId() != "delta" || len(made.GetCreatedAdmins()) != 1 || made.GetDetails().GetResourceOwner() != "delta" {
		t.Fatalf("made %v", made)
	}
	for id, want := range map[string]iam.ManagerRole{guest: iam.OrgOwnerViewer, made.GetCreatedAdmins()[0].GetUserId(): iam.OrgOwner} {
		m, err := w.db.Read().Membership(t.Context(), id, iam.LevelOrg, "delta")
		if err != nil || !slices.Equal(m.Roles, []iam.ManagerRole{want}) {
			t.Errorf("user %s: roles %v, want %s (error: %v)", id, m.Roles, want, err)
		}
	}
	for name, tt := range map[string]struct {
		by   string
		req  *org.AddOrganizationRequest
		want iam.Kind
	}{
		"taken name":          {rootID, &org.AddOrganizationRequest{Name: "ALPHA"}, iam.AlreadyExists},
		"no name":             {rootID, &org.AddOrganizationRequest{}, iam.InvalidArgument},
		"owner of another":    {ownerID, &org.AddOrganizationRequest{Name: "Epsilon"}, iam.PermissionDenied},
		"nil admin":           {rootID, &org.AddOrganizationRequest{Name: "Epsilon", Admins: []*org.AddOrganizationRequest_Admin{nil}}, iam.InvalidArgument},
		"unknown admin":       {rootID, epsilon(unknown), iam.NotFound},
		"role of a project":   {rootID, epsilon(guest, "PROJECT_OWNER"), iam.InvalidArgument},
		"admin without an id": {rootID, epsilon(""), iam.InvalidArgument},
	} {
		_, err := w.orgs.AddOrganization(w.as(tt.by), tt.req)
		wantKind(t, name, err, tt.want)
	}
}

func epsilon(admin string, roles ...string) *org.AddOrganizationRequest {
	return &org.AddOrganizationRequest{Name: "Epsilon", Admins: []*org.AddOrganizationRequest_Admin{
		{UserType: &org.AddOrganizationRequest_Admin_UserId{UserId: admin}, Roles: roles},
	}}
}

func TestOrganizations(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(rootID)
	first := must(w.orgs.UpdateOrganization(ctx, &org.UpdateOrganizationRequest{OrganizationId: gamma, Name: "Other"}))
	again := must(w.orgs.UpdateOrganization(ctx, &org.UpdateOrganizationRequest{OrganizationId: gamma, Name: "Other"}))
	if !proto.Equal(first.GetChangeDate(), again.GetChangeDate()) {
		t.Errorf("renaming to the same name changed the date")
	}
	off := must(w.orgs.DeactivateOrganization(ctx, &org.DeactivateOrganizationRequest{OrganizationId: gamma}))
	offAgain := must(w.orgs.DeactivateOrganization(ctx, &org.DeactivateOrganizationRequest{OrganizationId: gamma}))
	if off.GetChangeDate() == nil || !proto.Equal(off, offAgain) {
		t.Errorf("deactivated at %v and %v", off.GetChangeDate(), offAgain.GetChangeDate())
	}
	if date := must(w.orgs.DeleteOrganization(ctx, &org.DeleteOrganizationRequest{OrganizationId: gamma})).GetDeletionDate(); date == nil {
		t.Error("the deletion has no date")
	}
	if date := must(w.orgs.DeleteOrganization(ctx, &org.DeleteOrganizationRequest{OrganizationId: gamma})).GetDeletionDate(); date != nil {
		t.Errorf("deleting again has the date %v", date)
	}
	for name, tt := range map[string]struct {
		err  error
		want iam.Kind
	}{
		"delete the default one": {calling(w.orgs.DeleteOrganization, &org.DeleteOrganizationRequest{OrganizationId: home})(ctx), iam.FailedPrecondition},
		"delete without an id":   {calling(w.orgs.DeleteOrganization, &org.DeleteOrganizationRequest{})(ctx), iam.InvalidArgument},
		"rename to a taken name": {calling(w.orgs.UpdateOrganization, &org.UpdateOrganizationRequest{OrganizationId: alpha, Name: "beta"})(ctx), iam.AlreadyExists},
		"rename to nothing":      {calling(w.orgs.UpdateOrganization, &org.UpdateOrganizationRequest{OrganizationId: alpha})(ctx), iam.InvalidArgument},
		"rename what is unknown": {calling(w.orgs.UpdateOrganization, &org.UpdateOrganizationRequest{OrganizationId: unknown, Name: "x"})(ctx), iam.NotFound},
		"activate the unknown":   {calling(w.orgs.ActivateOrganization, &org.ActivateOrganizationRequest{OrganizationId: unknown})(ctx), iam.NotFound},
	} {
		wantKind(t, name, tt.err, tt.want)
	}
}

func TestListOrganizations(t *testing.T) {
	w := newWorld(t)
	must(w.orgs.DeactivateOrganization(w.as(rootID), &org.DeactivateOrganizationRequest{OrganizationId: gamma}))
	for _, tt := range []struct {
		name  string
		by    string
		query *org.SearchQuery
		want  []string
	}{
		{"all", rootID, nil, []string{alpha, beta, gamma, home}},
		{"one's own", ownerID, nil, []string{alpha}},
		{"none", robot, nil, nil},
		{"name", rootID, &org.SearchQuery{Query: &org.SearchQuery_NameQuery{NameQuery: &org.OrganizationNameQuery{
			Name: "BE", Method: object.TextQueryMethod_TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE,
		}}}, []string{beta}},
		{"domain", rootID, &org.SearchQuery{Query: &org.SearchQuery_DomainQuery{DomainQuery: &org.OrganizationDomainQuery{Domain: "home.id.example.com"}}}, []string{home}},
		{"state", rootID, &org.SearchQuery{Query: &org.SearchQuery_StateQuery{StateQuery: &org.OrganizationStateQuery{State: org.OrganizationState_ORGANIZATION_STATE_INACTIVE}}}, []string{gamma}},
		{"default", rootID, &org.SearchQuery{Query: &org.SearchQuery_DefaultQuery{}}, []string{home}},
		{"default of others", ownerID, &org.SearchQuery{Query: &org.SearchQuery_DefaultQuery{}}, nil},
		{"id", rootID, &org.SearchQuery{Query: &org.SearchQuery_IdQuery{IdQuery: &org.OrganizationIDQuery{Id: beta}}}, []string{beta}},
	} {
		req := &org.ListOrganizationsRequest{Query: &object.ListQuery{Asc: true}, SortingColumn: org.OrganizationFieldName_ORGANIZATION_FIELD_NAME_NAME}
		if tt.query != nil {
			req.Queries = append(req.Queries, tt.query)
		}
		l, err := w.orgs.ListOrganizations(w.as(tt.by), req)
		wantKind(t, tt.name, err, success)
		var got []string
		for _, o := range l.GetResult() {
			got = append(got, o.GetId())
		}
		if !slices.Equal(got, tt.want) || l.GetDetails().GetTotalResult() != uint64(len(tt.want)) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	l := must(w.orgs.ListOrganizations(w.as(strangerID), &org.ListOrganizationsRequest{}))
	if o := l.GetResult()[0]; o.GetName() != "Gamma" || o.GetPrimaryDomain() != "gamma.id.example.com" ||
		o.GetState() != org.OrganizationState_ORGANIZATION_STATE_INACTIVE || l.GetDetails().GetTimestamp() == nil {
		t.Errorf("got %v of %v", o, l.GetDetails())
	}
	for name, req := range map[string]*org.ListOrganizationsRequest{
		"above the limit": {Query: &object.ListQuery{Limit: 1001}},
		"unknown column":  {SortingColumn: 9},
		"empty query":     {Queries: []*org.SearchQuery{{}}},
		"unknown state":   {Queries: []*org.SearchQuery{{Query: &org.SearchQuery_StateQuery{}}}},
	} {
		_, err := w.orgs.ListOrganizations(w.as(rootID), req)
		wantKind(t, name, err, iam.InvalidArgument)
	}
}

func TestGetInstance(t *testing.T) {
	w := newWorld(t)
	i := must(w.instances.GetInstance(w.as(robot), &instance.GetInstanceRequest{InstanceId: instanceID})).GetInstance()
	if i.GetId() != instanceID || i.GetName() != "Test" || i.GetState() != instance.State_STATE_RUNNING ||
		len(i.GetCustomDomains()) != 1 || i.GetCustomDomains()[0].GetDomain() != "id.example.com" {
		t.Errorf("instance is %v", i)
	}
	_, err := w.instances.GetInstance(w.as(rootID), &instance.GetInstanceRequest{InstanceId: unknown})
	wantKind(t, "another instance", err, iam.NotFound)
}
