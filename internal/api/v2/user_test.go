package v2

import (
	"slices"
	"strings"
	"testing"

	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	metadata "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/metadata/v2"
	object "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	"google.golang.org/protobuf/proto"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func newMachine(name string) *user.CreateUserRequest {
	return &user.CreateUserRequest{OrganizationId: alpha, Username: new(name), UserType: &user.CreateUserRequest_Machine_{
		Machine: &user.CreateUserRequest_Machine{
			Name: "The " + name, Description: new("made by a test"), AccessTokenType: user.AccessTokenType_ACCESS_TOKEN_TYPE_JWT,
		},
	}}
}

func newPerson(email string) *user.AddHumanUserRequest {
	return &user.AddHumanUserRequest{
		Profile: &user.SetHumanProfile{GivenName: "Grace", FamilyName: "Hopper", Gender: new(user.Gender_GENDER_FEMALE)},
		Email:   &user.SetHumanEmail{Email: email, Verification: &user.SetHumanEmail_IsVerified{IsVerified: true}},
		Phone:   &user.SetHumanPhone{Phone: "+41791234567"},
	}
}

func inUsers(ids ...string) *user.SearchQuery {
	return &user.SearchQuery{Query: &user.SearchQuery_InUserIdsQuery{InUserIdsQuery: &user.InUserIDQuery{UserIds: ids}}}
}

func (w *world) user(id string) *user.User {
	w.t.Helper()
	return must(w.users.GetUserByID(w.as(rootID), &user.GetUserByIDRequest{UserId: id})).GetUser()
}

func TestCreateMachine(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(ownerID)
	made := must(w.users.CreateUser(ctx, newMachine("pipeline")))
	got := w.user(made.GetId())
	want := &user.User{
		UserId: made.GetId(), State: user.UserState_USER_STATE_ACTIVE, Username: "pipeline", LoginNames: []string{"pipeline"},
		PreferredLoginName: "pipeline", Details: got.GetDetails(), Type: &user.User_Machine{Machine: &user.MachineUser{
			Name: "The pipeline", Description: "made by a test", AccessTokenType: user.AccessTokenType_ACCESS_TOKEN_TYPE_JWT,
		}},
	}
	if !proto.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if d := got.GetDetails(); d.GetResourceOwner() != alpha || !d.GetCreationDate().AsTime().Equal(made.GetCreationDate().AsTime()) {
		t.Errorf("details %v, created %v", d, made.GetCreationDate())
	}

	nameless := newMachine("nameless")
	nameless.Username = nil
	id := must(w.users.CreateUser(ctx, nameless)).GetId()
	if got := w.user(id); got.GetUsername() != id {
		t.Errorf("user name %q, want the id %q", got.GetUsername(), id)
	}
	chosen := newMachine("chosen")
	chosen.UserId = new("my-robot.1")
	if id := must(w.users.CreateUser(ctx, chosen)).GetId(); id != "my-robot.1" {
		t.Errorf("id %q, want the chosen one", id)
	}
}

func TestCreateUserErrors(t *testing.T) {
	w := newWorld(t)
	with := func(change func(*user.CreateUserRequest)) *user.CreateUserRequest {
		req := newMachine("new")
		change(req)
		return req
	}
	for _, tt := range []struct {
		name string
		req  *user.CreateUserRequest
		want iam.Kind
	}{
		{"user name of another case", newMachine("ROBOT"), iam.AlreadyExists},
		{"unknown organization", with(func(r *user.CreateUserRequest) { r.OrganizationId = unknown }), iam.NotFound},
		{"another organization", with(func(r *user.CreateUserRequest) { r.OrganizationId = gamma }), iam.PermissionDenied},
		{"no organization", with(func(r *user.CreateUserRequest) { r.OrganizationId = "" }), iam.InvalidArgument},
		{"no type", with(func(r *user.CreateUserRequest) { r.UserType = nil }), iam.InvalidArgument},
		{"no machine", with(func(r *user.CreateUserRequest) { r.UserType = &user.CreateUserRequest_Machine_{} }), iam.InvalidArgument},
		{"no human", with(func(r *user.CreateUserRequest) { r.UserType = &user.CreateUserRequest_Human_{} }), iam.InvalidArgument},
		{"taken id", with(func(r *user.CreateUserRequest) { r.UserId = new(guest) }), iam.AlreadyExists},
		{"bad id", with(func(r *user.CreateUserRequest) { r.UserId = new("a/b") }), iam.InvalidArgument},
		{"metadata without a key", with(func(r *user.CreateUserRequest) { r.Metadata = []*user.Metadata{{Value: []byte("v")}} }), iam.InvalidArgument},
		{"unknown token type", with(func(r *user.CreateUserRequest) { r.GetMachine().AccessTokenType = 7 }), iam.InvalidArgument},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.users.CreateUser(w.as(ownerID), tt.req)
			wantKind(t, "create", err, tt.want)
		})
	}
}

func TestHumans(t *testing.T) {
	w := newWorld(t)
	req := newPerson("grace@example.com")
	req.Organization = &object.Organization{Org: &object.Organization_OrgDomain{OrgDomain: "alpha.id.example.com"}}
	req.PasswordType = &user.AddHumanUserRequest_Password{Password: &user.Password{Password: "correct horse", ChangeRequired: true}}
	made := must(w.users.AddHumanUser(w.as(ownerID), req))
	if made.GetDetails().GetResourceOwner() != alpha {
		t.Errorf("made in %s, want alpha", made.GetDetails().GetResourceOwner())
	}
	h := w.user(made.GetUserId()).GetHuman()
	if h.GetUsername() != "grace@example.com" || h.GetProfile().GetDisplayName() != "Grace Hopper" || !h.GetEmail().GetIsVerified() ||
		h.GetProfile().GetGender() != user.Gender_GENDER_FEMALE || h.GetPhone().GetIsVerified() || !h.GetPasswordChangeRequired() {
		t.Errorf("human is %v", h)
	}
	if own := must(w.users.AddHumanUser(w.as(strangerID), newPerson("own@example.com"))); own.GetDetails().GetResourceOwner() != gamma {
		t.Errorf("without an organization: made in %s, want the caller's", own.GetDetails().GetResourceOwner())
	}
	for name, tt := range map[string]struct {
		change func(*user.AddHumanUserRequest)
		want   iam.Kind
	}{
		"taken e-mail as user name":   {func(*user.AddHumanUserRequest) {}, iam.AlreadyExists},
		"no profile":                  {func(r *user.AddHumanUserRequest) { r.Profile = nil }, iam.InvalidArgument},
		"no e-mail":                   {func(r *user.AddHumanUserRequest) { r.Email = nil }, iam.InvalidArgument},
		"unknown gender":              {func(r *user.AddHumanUserRequest) { r.Profile.Gender = new(user.Gender(9)) }, iam.InvalidArgument},
		"another organization":        {func(r *user.AddHumanUserRequest) { r.Organization = ofOrgID(gamma) }, iam.PermissionDenied},
		"another organization's name": {func(r *user.AddHumanUserRequest) { r.Organization = ofDomain("gamma.id.example.com") }, iam.NotFound},
		"a code by mail": {func(r *user.AddHumanUserRequest) {
			r.Email.Verification = &user.SetHumanEmail_ReturnCode{}
		}, iam.Unimplemented},
		"a hash of another form": {func(r *user.AddHumanUserRequest) {
			r.PasswordType = &user.AddHumanUserRequest_HashedPassword{HashedPassword: &user.HashedPassword{Hash: "x"}}
		}, iam.InvalidArgument},
		"an empty hash": {func(r *user.AddHumanUserRequest) {
			r.PasswordType = &user.AddHumanUserRequest_HashedPassword{HashedPassword: &user.HashedPassword{}}
		}, iam.InvalidArgument},
		"an empty password": {func(r *user.AddHumanUserRequest) {
			r.PasswordType = &user.AddHumanUserRequest_Password{Password: &user.Password{}}
		}, iam.InvalidArgument},
		"an identity provider": {func(r *user.AddHumanUserRequest) { r.IdpLinks = []*user.IDPLink{{}} }, iam.Unimplemented},
		"a TOTP secret":        {func(r *user.AddHumanUserRequest) { r.TotpSecret = new("x") }, iam.Unimplemented},
		"a national number":    {func(r *user.AddHumanUserRequest) { r.Phone.Phone = "079 123 45 67" }, iam.InvalidArgument},
		"a long language":      {func(r *user.AddHumanUserRequest) { r.Profile.PreferredLanguage = new("de-CH-1996-x") }, iam.InvalidArgument},
		"a short password": {func(r *user.AddHumanUserRequest) {
			r.PasswordType = &user.AddHumanUserRequest_Password{Password: &user.Password{Password: "short"}}
		}, iam.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			req := newPerson("grace@example.com")
			tt.change(req)
			_, err := w.users.AddHumanUser(w.as(ownerID), req)
			wantKind(t, "add", err, tt.want)
		})
	}
}

func TestCreateHuman(t *testing.T) {
	w := newWorld(t)
	person := newPerson("grace@example.com")
	req := &user.CreateUserRequest{OrganizationId: alpha, Username: new("grace"), UserType: &user.CreateUserRequest_Human_{
		Human: &user.CreateUserRequest_Human{Profile: person.GetProfile(), Email: person.GetEmail(), Phone: person.GetPhone()},
	}}
	id := must(w.users.CreateUser(w.as(ownerID), req)).GetId()
	if h := w.user(id).GetHuman(); h.GetUsername() != "grace" || !h.GetEmail().GetIsVerified() || h.GetPhone().GetPhone() != "+41791234567" {
		t.Errorf("human is %v", h)
	}
	req.GetHuman().Metadata = []*user.Metadata{{Key: "k"}}
	req.Username = new("both")
	req.Metadata = req.GetHuman().Metadata
	wantKind(t, "metadata named in both places", second(w.users.CreateUser(w.as(ownerID), req)), iam.InvalidArgument)
}

func ofOrgID(id string) *object.Organization {
	return &object.Organization{Org: &object.Organization_OrgId{OrgId: id}}
}

func ofDomain(domain string) *object.Organization {
	return &object.Organization{Org: &object.Organization_OrgDomain{OrgDomain: domain}}
}

func updateHuman(h *user.UpdateUserRequest_Human) *user.UpdateUserRequest {
	return &user.UpdateUserRequest{UserId: human, UserType: &user.UpdateUserRequest_Human_{Human: h}}
}

func TestUpdateHuman(t *testing.T) {
	w := newWorld(t)
	claim := &user.SetHumanEmail{Email: "lady@example.com", Verification: &user.SetHumanEmail_IsVerified{IsVerified: true}}
	_, err := w.users.UpdateUser(w.as(human), updateHuman(&user.UpdateUserRequest_Human{Email: claim}))
	wantKind(t, "vouching for one's own address", err, iam.PermissionDenied)
	must(w.users.UpdateUser(w.as(human), updateHuman(&user.UpdateUserRequest_Human{
		Profile: &user.UpdateUserRequest_Human_Profile{NickName: new("Countess"), Gender: new(user.Gender_GENDER_FEMALE)},
		Email:   &user.SetHumanEmail{Email: "lady@example.com"},
	})))
	if h := w.user(human).GetHuman(); h.GetProfile().GetNickName() != "Countess" || h.GetProfile().GetGivenName() != "Ada" ||
		h.GetEmail().GetEmail() != "lady@example.com" || h.GetEmail().GetIsVerified() {
		t.Errorf("after the human's own change: %v", h)
	}
	must(w.users.UpdateUser(w.as(ownerID), updateHuman(&user.UpdateUserRequest_Human{Email: claim})))
	if h := w.user(human).GetHuman(); !h.GetEmail().GetIsVerified() {
		t.Errorf("after the owner's word: %v", h)
	}
	for name, tt := range map[string]struct {
		human *user.UpdateUserRequest_Human
		want  iam.Kind
	}{
		"nothing":     {nil, success},
		"no e-mail":   {&user.UpdateUserRequest_Human{Email: &user.SetHumanEmail{}}, iam.InvalidArgument},
		"no password": {&user.UpdateUserRequest_Human{Password: &user.SetPassword{}}, iam.InvalidArgument},
		"bad gender":  {&user.UpdateUserRequest_Human{Profile: &user.UpdateUserRequest_Human_Profile{Gender: new(user.Gender(-1))}}, iam.InvalidArgument},
		"a SMS code":  {&user.UpdateUserRequest_Human{Phone: &user.SetHumanPhone{Verification: &user.SetHumanPhone_SendCode{}}}, iam.Unimplemented},
		"first name ": {&user.UpdateUserRequest_Human{Profile: &user.UpdateUserRequest_Human_Profile{GivenName: new("")}}, iam.InvalidArgument},
	} {
		_, err := w.users.UpdateUser(w.as(ownerID), updateHuman(tt.human))
		wantKind(t, name, err, tt.want)
	}
}

func TestUpdateMachine(t *testing.T) {
	w := newWorld(t)
	update := func(id, by string, name *string, m *user.UpdateUserRequest_Machine) (*user.UpdateUserResponse, error) {
		return w.users.UpdateUser(w.as(by), &user.UpdateUserRequest{
			UserId: id, Username: name, UserType: &user.UpdateUserRequest_Machine_{Machine: m},
		})
	}
	jwt := user.AccessTokenType_ACCESS_TOKEN_TYPE_JWT
	must(update(robot, ownerID, new("R2"), &user.UpdateUserRequest_Machine{Description: new("beeps"), AccessTokenType: &jwt}))
	got := w.user(robot)
	if m := got.GetMachine(); got.GetUsername() != "R2" || m.GetName() != "The Robot" || m.GetDescription() != "beeps" || m.GetAccessTokenType() != jwt {
		t.Errorf("robot is %v", got)
	}
	before, events := got.GetDetails().GetChangeDate(), w.events()
	same := must(update(robot, ownerID, new("R2"), &user.UpdateUserRequest_Machine{Description: new("beeps")}))
	if !proto.Equal(same.GetChangeDate(), before) || w.events() != events {
		t.Errorf("a change of nothing: date %v, want %v; %d events", same.GetChangeDate(), before, w.events()-events)
	}
	must(w.users.UpdateUser(w.as(robot), &user.UpdateUserRequest{UserId: robot, Username: new("R3")}))
	must(w.users.UpdateUser(w.as(robot), &user.UpdateUserRequest{UserId: robot, Username: new("R3")}))

	for _, tt := range []struct {
		name string
		err  error
		want iam.Kind
	}{
		{"unknown user", second(update(unknown, ownerID, nil, nil)), iam.NotFound},
		{"of another organization", second(update(guest, ownerID, nil, nil)), iam.PermissionDenied},
		{"a human", second(update(human, ownerID, nil, nil)), iam.FailedPrecondition},
		{"taken user name", second(update(robot, ownerID, new("Guest"), nil)), iam.AlreadyExists},
		{"bad token type", second(update(robot, ownerID, nil, &user.UpdateUserRequest_Machine{AccessTokenType: new(user.AccessTokenType(2))})), iam.InvalidArgument},
		{"nothing at all", second(w.users.UpdateUser(w.as(ownerID), &user.UpdateUserRequest{UserId: robot})), iam.InvalidArgument},
		{"metadata without a key", second(w.users.UpdateUser(w.as(ownerID), &user.UpdateUserRequest{UserId: robot, Metadata: []*user.Metadata{{}}})), iam.InvalidArgument},
	} {
		wantKind(t, tt.name, tt.err, tt.want)
	}
}

// second is the error of a call whose response does not matter.
func second[R any](_ R, err error) error { return err }

func TestUserStates(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(ownerID)
	for _, step := range []struct {
		what string
		call caller
		want iam.Kind
		then user.UserState
	}{
		{"unlock an active user", calling(w.users.UnlockUser, &user.UnlockUserRequest{UserId: robot}), iam.FailedPrecondition, user.UserState_USER_STATE_ACTIVE},
		{"lock", calling(w.users.LockUser, &user.LockUserRequest{UserId: robot}), success, user.UserState_USER_STATE_LOCKED},
		{"lock again", calling(w.users.LockUser, &user.LockUserRequest{UserId: robot}), iam.FailedPrecondition, user.UserState_USER_STATE_LOCKED},
		{"unlock", calling(w.users.UnlockUser, &user.UnlockUserRequest{UserId: robot}), success, user.UserState_USER_STATE_ACTIVE},
		{"deactivate", calling(w.users.DeactivateUser, &user.DeactivateUserRequest{UserId: robot}), success, user.UserState_USER_STATE_INACTIVE},
		{"deactivate again", calling(w.users.DeactivateUser, &user.DeactivateUserRequest{UserId: robot}), iam.FailedPrecondition, user.UserState_USER_STATE_INACTIVE},
		{"reactivate", calling(w.users.ReactivateUser, &user.ReactivateUserRequest{UserId: robot}), success, user.UserState_USER_STATE_ACTIVE},
	} {
		wantKind(t, step.what, step.call(ctx), step.want)
		if got := w.user(robot).GetState(); got != step.then {
			t.Errorf("%s: state %v, want %v", step.what, got, step.then)
		}
	}
	_, err := w.users.DeactivateUser(w.as(robot), &user.DeactivateUserRequest{UserId: robot})
	wantKind(t, "deactivate oneself", err, iam.PermissionDenied)
	if d := must(w.users.DeleteUser(ctx, &user.DeleteUserRequest{UserId: robot})).GetDetails(); d.GetResourceOwner() != alpha || d.GetChangeDate() == nil {
		t.Errorf("details of the deletion: %v", d)
	}
	wantKind(t, "delete again", second(w.users.DeleteUser(ctx, &user.DeleteUserRequest{UserId: robot})), iam.NotFound)
	wantKind(t, "read what is gone", second(w.users.GetUserByID(ctx, &user.GetUserByIDRequest{UserId: robot})), iam.NotFound)
	wantKind(t, "read elsewhere", second(w.users.GetUserByID(ctx, &user.GetUserByIDRequest{UserId: guest})), iam.NotFound)
	wantKind(t, "read oneself", second(w.users.GetUserByID(w.as(guest), &user.GetUserByIDRequest{UserId: guest})), success)
	wantKind(t, "delete the last IAM_OWNER", second(w.users.DeleteUser(w.as(rootID), &user.DeleteUserRequest{UserId: rootID})), iam.FailedPrecondition)
}

func TestListUsers(t *testing.T) {
	w := newWorld(t)
	must(w.users.LockUser(w.as(ownerID), &user.LockUserRequest{UserId: viewerID}))
	text := object.TextQueryMethod_TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE
	either := func(qs ...*user.SearchQuery) *user.SearchQuery {
		return &user.SearchQuery{Query: &user.SearchQuery_OrQuery{OrQuery: &user.OrQuery{Queries: qs}}}
	}
	both := func(qs ...*user.SearchQuery) *user.SearchQuery {
		return &user.SearchQuery{Query: &user.SearchQuery_AndQuery{AndQuery: &user.AndQuery{Queries: qs}}}
	}
	not := func(of *user.SearchQuery) *user.SearchQuery {
		return &user.SearchQuery{Query: &user.SearchQuery_NotQuery{NotQuery: &user.NotQuery{Query: of}}}
	}
	humans := &user.SearchQuery{Query: &user.SearchQuery_TypeQuery{TypeQuery: &user.TypeQuery{Type: user.Type_TYPE_HUMAN}}}
	inAlpha := &user.SearchQuery{Query: &user.SearchQuery_OrganizationIdQuery{OrganizationIdQuery: &user.OrganizationIdQuery{OrganizationId: alpha}}}
	inState := func(s user.UserState) *user.SearchQuery {
		return &user.SearchQuery{Query: &user.SearchQuery_StateQuery{StateQuery: &user.StateQuery{State: s}}}
	}
	for _, tt := range []struct {
		name  string
		by    string
		query *user.SearchQuery
		want  []string // sorted by user name
	}{
		{"everything", rootID, both(), []string{human, guest, ownerID, receiverID, robot, rootID, strangerID, viewerID}},
		{"one's own organization", ownerID, both(), []string{human, ownerID, robot, viewerID}},
		{"only oneself", guest, both(), []string{guest}},
		{"no alternative", rootID, either(), nil},
		{"organization", rootID, inAlpha, []string{human, ownerID, robot, viewerID}},
		{"humans", rootID, humans, []string{human}},
		{"not humans in alpha", rootID, both(inAlpha, not(humans)), []string{ownerID, robot, viewerID}},
		{"either", rootID, either(humans, inUsers(guest, unknown)), []string{human, guest}},
		{"locked", rootID, inState(user.UserState_USER_STATE_LOCKED), []string{viewerID}},
		{"deleted", rootID, inState(user.UserState_USER_STATE_DELETED), nil},
		{"user name", rootID, &user.SearchQuery{Query: &user.SearchQuery_UserNameQuery{UserNameQuery: &user.UserNameQuery{UserName: "robot"}}}, nil},
		{"user name of any case", rootID, &user.SearchQuery{Query: &user.SearchQuery_UserNameQuery{UserNameQuery: &user.UserNameQuery{
			UserName: "robot", Method: object.TextQueryMethod_TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE,
		}}}, []string{robot}},
		{"login name", rootID, &user.SearchQuery{Query: &user.SearchQuery_LoginNameQuery{LoginNameQuery: &user.LoginNameQuery{LoginName: "Robot"}}}, []string{robot}},
		{"display name", rootID, &user.SearchQuery{Query: &user.SearchQuery_DisplayNameQuery{DisplayNameQuery: &user.DisplayNameQuery{DisplayName: "ROB", Method: text}}}, []string{robot}},
		{"first name", rootID, &user.SearchQuery{Query: &user.SearchQuery_FirstNameQuery{FirstNameQuery: &user.FirstNameQuery{FirstName: "Ada"}}}, []string{human}},
		{"last name", rootID, &user.SearchQuery{Query: &user.SearchQuery_LastNameQuery{LastNameQuery: &user.LastNameQuery{LastName: "LOVE", Method: text}}}, []string{human}},
		{"nick name", rootID, &user.SearchQuery{Query: &user.SearchQuery_NickNameQuery{NickNameQuery: &user.NickNameQuery{NickName: "x"}}}, nil},
		{"phone", rootID, &user.SearchQuery{Query: &user.SearchQuery_PhoneQuery{PhoneQuery: &user.PhoneQuery{Number: "+4"}}}, nil},
		{"e-mail", rootID, &user.SearchQuery{Query: &user.SearchQuery_EmailQuery{EmailQuery: &user.EmailQuery{EmailAddress: "@EXAMPLE", Method: text}}}, []string{human}},
		{"e-mails", rootID, &user.SearchQuery{Query: &user.SearchQuery_InUserEmailsQuery{InUserEmailsQuery: &user.InUserEmailsQuery{UserEmails: []string{"ada@example.com"}}}}, []string{human}},
	} {
		l, err := w.users.ListUsers(w.as(tt.by), &user.ListUsersRequest{
			Query: &object.ListQuery{Asc: true}, SortingColumn: user.UserFieldName_USER_FIELD_NAME_USER_NAME, Queries: []*user.SearchQuery{tt.query},
		})
		wantKind(t, tt.name, err, success)
		var got []string
		for _, u := range l.GetResult() {
			got = append(got, u.GetUserId())
		}
		if !slices.Equal(got, tt.want) || l.GetDetails().GetTotalResult() != uint64(len(tt.want)) {
			t.Errorf("%s: got %v (of %d), want %v", tt.name, got, l.GetDetails().GetTotalResult(), tt.want)
		}
	}
}

func TestListUsersByMetadata(t *testing.T) {
	w := newWorld(t)
	set := func(id string, pairs ...string) {
		for i := 0; i < len(pairs); i += 2 {
			must(w.users.SetUserMetadata(w.as(rootID), &user.SetUserMetadataRequest{UserId: id, Metadata: []*user.Metadata{{Key: pairs[i], Value: []byte(pairs[i+1])}}}))
		}
	}
	set(robot, "team", "red\xff", "cost", "1")
	set(human, "Team", "blue", "cost", "red\xff")
	key := func(text string, m filter.TextFilterMethod) *user.SearchQuery {
		return &user.SearchQuery{Query: &user.SearchQuery_MetadataKeyFilter{MetadataKeyFilter: &metadata.MetadataKeyFilter{Key: text, Method: m}}}
	}
	value := func(text string, m filter.ByteFilterMethod) *user.SearchQuery {
		return &user.SearchQuery{Query: &user.SearchQuery_MetadataValueFilter{MetadataValueFilter: &metadata.MetadataValueFilter{Value: []byte(text), Method: m}}}
	}
	const equals, differs = filter.ByteFilterMethod_BYTE_FILTER_METHOD_EQUALS, filter.ByteFilterMethod_BYTE_FILTER_METHOD_NOT_EQUALS
	for _, tt := range []struct {
		name    string
		queries []*user.SearchQuery
		want    []string
	}{
		{"a key", []*user.SearchQuery{key("team", 0)}, []string{robot}},
		{"a key in any case", []*user.SearchQuery{key("TEAM", 1)}, []string{robot, human}},
		{"a part of a key", []*user.SearchQuery{key("os", filter.TextFilterMethod_TEXT_FILTER_METHOD_CONTAINS)}, []string{robot, human}},
		{"no such key", []*user.SearchQuery{key("tea", 0)}, nil},
		{"a value", []*user.SearchQuery{value("red\xff", equals)}, []string{robot, human}},
		{"another value than one", []*user.SearchQuery{value("blue", differs)}, []string{robot, human}},
		{"no such value", []*user.SearchQuery{value("red", equals)}, nil},
		{"key and value of one entry", []*user.SearchQuery{value("red\xff", equals), key("cost", 0)}, []string{human}},
		{"key and another value", []*user.SearchQuery{key("cost", 0), value("1", differs)}, []string{human}},
		{"of two entries", []*user.SearchQuery{key("cost", 0), value("1", equals), key("team", 1), value("red\xff", equals)}, []string{robot}},
		{"one or the other", []*user.SearchQuery{{Query: &user.SearchQuery_OrQuery{OrQuery: &user.OrQuery{
			Queries: []*user.SearchQuery{key("Team", 0), value("1", equals)},
		}}}}, []string{robot, human}},
		{"both, further down", []*user.SearchQuery{{Query: &user.SearchQuery_AndQuery{AndQuery: &user.AndQuery{
			Queries: []*user.SearchQuery{key("team", 1), value("blue", equals)},
		}}}}, []string{human}},
		{"not", []*user.SearchQuery{inUsers(robot, human), {Query: &user.SearchQuery_NotQuery{NotQuery: &user.NotQuery{Query: key("team", 0)}}}}, []string{human}},
	} {
		l, err := w.users.ListUsers(w.as(rootID), &user.ListUsersRequest{Query: &object.ListQuery{Asc: true}, Queries: tt.queries})
		wantKind(t, tt.name, err, success)
		var got []string
		for _, u := range l.GetResult() {
			got = append(got, u.GetUserId())
		}
		slices.Sort(got)
		if !slices.Equal(got, tt.want) || l.GetDetails().GetTotalResult() != uint64(len(tt.want)) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	for name, q := range map[string]*user.SearchQuery{
		"nothing": {Query: &user.SearchQuery_MetadataValueFilter{}}, "a comparison that is none": value("x", 9),
		"a long value": value(strings.Repeat("x", 201), equals), "a key compared by nothing": key("x", 99),
	} {
		_, err := w.users.ListUsers(w.as(rootID), &user.ListUsersRequest{Queries: []*user.SearchQuery{q}})
		wantKind(t, name, err, iam.InvalidArgument)
	}
}

func TestListUsersErrors(t *testing.T) {
	w := newWorld(t)
	deep := inUsers(robot)
	for range iam.MaxFilterDepth {
		deep = &user.SearchQuery{Query: &user.SearchQuery_NotQuery{NotQuery: &user.NotQuery{Query: deep}}}
	}
	for name, req := range map[string]*user.ListUsersRequest{
		"above the limit":    {Query: &object.ListQuery{Limit: 1001}},
		"unknown column":     {SortingColumn: 99},
		"nil query":          {Queries: []*user.SearchQuery{nil}},
		"empty query":        {Queries: []*user.SearchQuery{{}}},
		"not of nothing":     {Queries: []*user.SearchQuery{{Query: &user.SearchQuery_NotQuery{}}}},
		"unspecified state":  {Queries: []*user.SearchQuery{{Query: &user.SearchQuery_StateQuery{}}}},
		"unknown type":       {Queries: []*user.SearchQuery{{Query: &user.SearchQuery_TypeQuery{TypeQuery: &user.TypeQuery{Type: 5}}}}},
		"unknown comparison": {Queries: []*user.SearchQuery{{Query: &user.SearchQuery_UserNameQuery{UserNameQuery: &user.UserNameQuery{Method: 8}}}}},
		"metadata":           {Queries: []*user.SearchQuery{{Query: &user.SearchQuery_MetadataKeyFilter{}}}},
		"too deep":           {Queries: []*user.SearchQuery{deep}},
		"too many":           {Queries: slices.Repeat([]*user.SearchQuery{inUsers(robot)}, 201)},
	} {
		_, err := w.users.ListUsers(w.as(rootID), req)
		wantKind(t, name, err, iam.InvalidArgument)
	}
	for _, limit := range []uint32{0, 1000} {
		l := must(w.users.ListUsers(w.as(rootID), &user.ListUsersRequest{Query: &object.ListQuery{Limit: limit}}))
		if len(l.GetResult()) != 8 {
			t.Errorf("limit %d: %d users, want all 8", limit, len(l.GetResult()))
		}
	}
	l := must(w.users.ListUsers(w.as(rootID), &user.ListUsersRequest{Query: &object.ListQuery{Offset: 7, Limit: 5}}))
	if len(l.GetResult()) != 1 || l.GetDetails().GetTotalResult() != 8 {
		t.Errorf("the last page has %d of %d users", len(l.GetResult()), l.GetDetails().GetTotalResult())
	}
}
