package v1

import (
	"context"
	"slices"
	"strings"
	"testing"

	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// wantJSON compares a message with its JSON form.
func wantJSON[M proto.Message](t testing.TB, got, empty M, want string) {
	t.Helper()
	if err := protojson.Unmarshal([]byte(want), empty); err != nil {
		t.Fatalf("the test's own message: %v", err)
	}
	if !proto.Equal(got, empty) {
		t.Errorf("got %v\nwant %v", got, empty)
	}
}

func (w *world) getUser(id string) *user.User {
	w.t.Helper()
	return must(w.GetUserByID(w.in(w.alpha), &mgmt.GetUserByIDRequest{Id: id})).GetUser()
}

func TestMachineUser(t *testing.T) {
	w := newWorld(t)
	ctx := w.in(w.alpha)
	added := must(w.AddMachineUser(ctx, &mgmt.AddMachineUserRequest{
		UserName: "Import.Bot", Name: "Import", Description: "nightly", UserId: new("bot-1"),
		AccessTokenType: user.AccessTokenType_ACCESS_TOKEN_TYPE_JWT,
	}))
	u := w.getUser(added.GetUserId())
	if d := u.GetDetails(); d.GetResourceOwner() != w.alpha || !proto.Equal(d, added.GetDetails()) || d.GetSequence() == 0 {
		t.Errorf("details %v, when added %v", d, added.GetDetails())
	}
	u.Details = nil
	wantJSON(t, u, &user.User{}, `{"id": "bot-1", "state": "USER_STATE_ACTIVE", "userName": "Import.Bot", "loginNames": ["Import.Bot"],
		"preferredLoginName": "Import.Bot",
		"machine": {"name": "Import", "description": "nightly", "accessTokenType": "ACCESS_TOKEN_TYPE_JWT"}}`)

	must(w.UpdateMachine(ctx, &mgmt.UpdateMachineRequest{UserId: "bot-1", Name: "Importer"}))
	changed := must(w.UpdateUserName(ctx, &mgmt.UpdateUserNameRequest{UserId: "bot-1", UserName: "importer"}))
	must(w.GenerateMachineSecret(ctx, &mgmt.GenerateMachineSecretRequest{UserId: "bot-1"}))
	u = w.getUser("bot-1")
	if s := changed.GetDetails().GetSequence(); s <= added.GetDetails().GetSequence() {
		t.Errorf("the change has the sequence %d", s)
	}
	u.Details = nil
	wantJSON(t, u, &user.User{}, `{"id": "bot-1", "state": "USER_STATE_ACTIVE", "userName": "importer", "loginNames": ["importer"],
		"preferredLoginName": "importer", "machine": {"name": "Importer", "hasSecret": true}}`)
}

func TestHumanUser(t *testing.T) {
	w := newWorld(t)
	ctx := w.in(w.alpha)
	id := must(w.ImportHumanUser(ctx, &mgmt.ImportHumanUserRequest{
		UserName: "minnie", Password: "correct horse",
		Profile: &mgmt.ImportHumanUserRequest_Profile{
			FirstName: "Minnie", LastName: "Mouse", NickName: "Min", PreferredLanguage: "de", Gender: user.Gender_GENDER_FEMALE,
		},
		Email: &mgmt.ImportHumanUserRequest_Email{Email: "minnie@example.com", IsEmailVerified: true},
		Phone: &mgmt.ImportHumanUserRequest_Phone{Phone: "+41 79 000 00 00"},
	})).GetUserId()
	u := w.getUser(id)
	u.Id, u.Details = "", nil
	wantJSON(t, u, &user.User{}, `{"state": "USER_STATE_ACTIVE", "userName": "minnie", "loginNames": ["minnie"],
		"preferredLoginName": "minnie", "human": {
		"profile": {"firstName": "Minnie", "lastName": "Mouse", "nickName": "Min", "displayName": "Minnie Mouse",
			"preferredLanguage": "de", "gender": "GENDER_FEMALE"},
		"email": {"email": "minnie@example.com", "isEmailVerified": true}, "phone": {"phone": "+41 79 000 00 00"}}}`)
	if must(w.db.Read().User(t.Context(), id)).PasswordHash == "" {
		t.Error("the password was not kept")
	}

	must(w.UpdateHumanProfile(ctx, &mgmt.UpdateHumanProfileRequest{
		UserId: id, FirstName: "M.", LastName: "Mouse", Gender: user.Gender_GENDER_DIVERSE,
	}))
	profile := must(w.GetHumanProfile(ctx, &mgmt.GetHumanProfileRequest{UserId: id})).GetProfile()
	wantJSON(t, profile, &user.Profile{}, `{"firstName": "M.", "lastName": "Mouse", "displayName": "M. Mouse", "gender": "GENDER_DIVERSE"}`)
	must(w.UpdateHumanEmail(ctx, &mgmt.UpdateHumanEmailRequest{UserId: id, Email: "m@example.com"}))
	email := must(w.GetHumanEmail(ctx, &mgmt.GetHumanEmailRequest{UserId: id})).GetEmail()
	wantJSON(t, email, &user.Email{}, `{"email": "m@example.com"}`)
}

func TestUserState(t *testing.T) {
	w := newWorld(t)
	ctx, id := w.in(w.alpha), w.member
	deactivate := calling(w.DeactivateUser, &mgmt.DeactivateUserRequest{Id: id})
	reactivate := calling(w.ReactivateUser, &mgmt.ReactivateUserRequest{Id: id})
	lock := calling(w.LockUser, &mgmt.LockUserRequest{Id: id})
	unlock := calling(w.UnlockUser, &mgmt.UnlockUserRequest{Id: id})
	for i, step := range []struct {
		call  func(context.Context) error
		want  iam.Kind
		state user.UserState
	}{
		{reactivate, iam.FailedPrecondition, user.UserState_USER_STATE_ACTIVE},
		{unlock, iam.FailedPrecondition, user.UserState_USER_STATE_ACTIVE},
		{deactivate, success, user.UserState_USER_STATE_INACTIVE},
		{deactivate, iam.FailedPrecondition, user.UserState_USER_STATE_INACTIVE},
		{lock, iam.FailedPrecondition, user.UserState_USER_STATE_INACTIVE},
		{reactivate, success, user.UserState_USER_STATE_ACTIVE},
		{lock, success, user.UserState_USER_STATE_LOCKED},
		{lock, iam.FailedPrecondition, user.UserState_USER_STATE_LOCKED},
		{unlock, success, user.UserState_USER_STATE_ACTIVE},
	} {
		if err := step.call(ctx); kind(err) != step.want {
			t.Errorf("step %d: %v, want %s", i, err, kindName(step.want))
		}
		if got := w.getUser(id).GetState(); got != step.state {
			t.Errorf("step %d: state %s, want %s", i, got, step.state)
		}
	}
	must(w.RemoveUser(ctx, &mgmt.RemoveUserRequest{Id: id}))
	wantKind(t, "a removed user", deactivate(ctx), iam.NotFound)
}

func TestUserErrors(t *testing.T) {
	w := newWorld(t)
	human := w.human("minnie")
	must(w.AddMachineUser(w.in(w.alpha), &mgmt.AddMachineUserRequest{UserName: "bot", Name: "Bot", UserId: new("bot-1")}))
	addMachine := func(req *mgmt.AddMachineUserRequest) func(context.Context) error {
		return calling(w.AddMachineUser, req)
	}
	importHuman := func(change func(*mgmt.ImportHumanUserRequest)) func(context.Context) error {
		req := &mgmt.ImportHumanUserRequest{
			UserName: "new", Profile: &mgmt.ImportHumanUserRequest_Profile{FirstName: "N", LastName: "E"},
			Email: &mgmt.ImportHumanUserRequest_Email{Email: "n@example.com"},
		}
		change(req)
		return calling(w.ImportHumanUser, req)
	}
	for _, test := range []struct {
		name string
		call func(context.Context) error
		want iam.Kind
	}{
		{"machine without anything", addMachine(&mgmt.AddMachineUserRequest{}), iam.InvalidArgument},
		{"machine without user name", addMachine(&mgmt.AddMachineUserRequest{Name: "N"}), iam.InvalidArgument},
		{"machine without name", addMachine(&mgmt.AddMachineUserRequest{UserName: "n"}), iam.InvalidArgument},
		{"machine with a colon", addMachine(&mgmt.AddMachineUserRequest{UserName: "a:b", Name: "N"}), iam.InvalidArgument},
		{"machine with an unknown token type", addMachine(&mgmt.AddMachineUserRequest{UserName: "n", Name: "N", AccessTokenType: 2}), iam.InvalidArgument},
		{"machine with a bad id", addMachine(&mgmt.AddMachineUserRequest{UserName: "n", Name: "N", UserId: new("a b")}), iam.InvalidArgument},
		{"user name taken", addMachine(&mgmt.AddMachineUserRequest{UserName: "BOT", Name: "N"}), iam.AlreadyExists},
		{"id taken", addMachine(&mgmt.AddMachineUserRequest{UserName: "n", Name: "N", UserId: new("bot-1")}), iam.AlreadyExists},
		{"human without profile", calling(w.AddHumanUser, &mgmt.AddHumanUserRequest{UserName: "n"}), iam.InvalidArgument},
		{"human without user name", calling(w.AddHumanUser, &mgmt.AddHumanUserRequest{}), iam.InvalidArgument},
		{"human of an unknown gender", calling(w.AddHumanUser, &mgmt.AddHumanUserRequest{
			UserName: "n", Profile: &mgmt.AddHumanUserRequest_Profile{FirstName: "N", LastName: "E", Gender: 4},
		}), iam.InvalidArgument},
		{"import without profile", calling(w.ImportHumanUser, &mgmt.ImportHumanUserRequest{UserName: "n"}), iam.InvalidArgument},
		{"import, short password", importHuman(func(r *mgmt.ImportHumanUserRequest) { r.Password = "short" }), iam.InvalidArgument},
		{"import, bad e-mail address", importHuman(func(r *mgmt.ImportHumanUserRequest) {
			r.Email = &mgmt.ImportHumanUserRequest_Email{Email: "nobody"}
		}), iam.InvalidArgument},
		{"import, user name taken", importHuman(func(r *mgmt.ImportHumanUserRequest) { r.UserName = "Minnie" }), iam.AlreadyExists},
		{"import, empty hash", importHuman(func(r *mgmt.ImportHumanUserRequest) {
			r.HashedPassword = &mgmt.ImportHumanUserRequest_HashedPassword{}
		}), iam.InvalidArgument},
		{"import, hash of another form", importHuman(func(r *mgmt.ImportHumanUserRequest) {
			r.HashedPassword = &mgmt.ImportHumanUserRequest_HashedPassword{Value: "$pbkdf2-sha256$i=1,l=32$AAAA$AAAA"}
		}), iam.InvalidArgument},
		{"import, password and hash", importHuman(func(r *mgmt.ImportHumanUserRequest) {
			r.Password, r.HashedPassword = "correct horse", &mgmt.ImportHumanUserRequest_HashedPassword{Value: bcryptHash}
		}), iam.InvalidArgument},
		{"import, no e-mail address", importHuman(func(r *mgmt.ImportHumanUserRequest) { r.Email = nil }), iam.InvalidArgument},
		{"import, national phone number", importHuman(func(r *mgmt.ImportHumanUserRequest) {
			r.Phone = &mgmt.ImportHumanUserRequest_Phone{Phone: "079 000 00 00"}
		}), iam.InvalidArgument},
		{"import, passkey", importHuman(func(r *mgmt.ImportHumanUserRequest) { r.RequestPasswordlessRegistration = true }), iam.Unimplemented},
		{"import, one-time password", importHuman(func(r *mgmt.ImportHumanUserRequest) { r.OtpCode = "1" }), iam.Unimplemented},
		{"import, identity provider", importHuman(func(r *mgmt.ImportHumanUserRequest) {
			r.Idps = []*mgmt.ImportHumanUserRequest_IDP{{}}
		}), iam.Unimplemented},
		{"import, recovery code", importHuman(func(r *mgmt.ImportHumanUserRequest) {
			r.RecoveryCodes = []*mgmt.ImportHumanUserRequest_RecoveryCode{{}}
		}), iam.Unimplemented},
		{"update a machine as it is", calling(w.UpdateMachine, &mgmt.UpdateMachineRequest{UserId: "bot-1", Name: "Bot"}), iam.Unchanged},
		{"update a machine to nothing", calling(w.UpdateMachine, &mgmt.UpdateMachineRequest{UserId: "bot-1"}), iam.InvalidArgument},
		{"update a machine, unknown token type", calling(w.UpdateMachine, &mgmt.UpdateMachineRequest{UserId: "bot-1", Name: "B", AccessTokenType: -1}), iam.InvalidArgument},
		{"update a human as a machine", calling(w.UpdateMachine, &mgmt.UpdateMachineRequest{UserId: human, Name: "B"}), iam.FailedPrecondition},
		{"rename as it is", calling(w.UpdateUserName, &mgmt.UpdateUserNameRequest{UserId: "bot-1", UserName: "bot"}), iam.Unchanged},
		{"rename to a taken name", calling(w.UpdateUserName, &mgmt.UpdateUserNameRequest{UserId: "bot-1", UserName: "MINNIE"}), iam.AlreadyExists},
		{"profile as it is", calling(w.UpdateHumanProfile, &mgmt.UpdateHumanProfileRequest{UserId: human, FirstName: "Minnie", LastName: "Mouse"}), iam.Unchanged},
		{"profile, unknown gender", calling(w.UpdateHumanProfile, &mgmt.UpdateHumanProfileRequest{UserId: human, Gender: 9}), iam.InvalidArgument},
		{"profile of a machine", calling(w.UpdateHumanProfile, &mgmt.UpdateHumanProfileRequest{UserId: "bot-1"}), iam.FailedPrecondition},
		{"read the profile of a machine", calling(w.GetHumanProfile, &mgmt.GetHumanProfileRequest{UserId: "bot-1"}), iam.FailedPrecondition},
		{"read the e-mail address of a machine", calling(w.GetHumanEmail, &mgmt.GetHumanEmailRequest{UserId: "bot-1"}), iam.FailedPrecondition},
		{"e-mail address as it is", calling(w.UpdateHumanEmail, &mgmt.UpdateHumanEmailRequest{UserId: human, Email: "minnie@example.com"}), iam.Unchanged},
		{"no e-mail address", calling(w.UpdateHumanEmail, &mgmt.UpdateHumanEmailRequest{UserId: human}), iam.InvalidArgument},
		{"no phone number", calling(w.UpdateHumanPhone, &mgmt.UpdateHumanPhoneRequest{UserId: human}), iam.InvalidArgument},
		{"a password of a machine", calling(w.SetHumanPassword, &mgmt.SetHumanPasswordRequest{UserId: "bot-1", Password: "correct horse"}), iam.FailedPrecondition},
		{"a short password", calling(w.SetHumanPassword, &mgmt.SetHumanPasswordRequest{UserId: human, Password: "short"}), iam.InvalidArgument},
		{"a password of nobody", calling(w.SetHumanPassword, &mgmt.SetHumanPasswordRequest{Password: "correct horse"}), iam.NotFound},
		{"unknown user", calling(w.GetUserByID, &mgmt.GetUserByIDRequest{Id: "none"}), iam.NotFound},
		{"no user", calling(w.RemoveUser, &mgmt.RemoveUserRequest{}), iam.NotFound},
	} {
		wantKind(t, test.name, test.call(w.in(w.alpha)), test.want)
	}
}

// TestPasswordsToChange: an initial password is changed by the human, an imported
// one where that is asked.
func TestPasswordsToChange(t *testing.T) {
	w := newWorld(t)
	ctx := w.in(w.alpha)
	add := func(name, password string) string {
		return must(w.AddHumanUser(ctx, &mgmt.AddHumanUserRequest{
			UserName: name, InitialPassword: password, Profile: &mgmt.AddHumanUserRequest_Profile{FirstName: "N", LastName: "E"},
			Email: &mgmt.AddHumanUserRequest_Email{Email: "n@example.com"},
		})).GetUserId()
	}
	imports := func(name, password string, change bool) string {
		return must(w.ImportHumanUser(ctx, &mgmt.ImportHumanUserRequest{
			UserName: name, Password: password, PasswordChangeRequired: change,
			Profile: &mgmt.ImportHumanUserRequest_Profile{FirstName: "N", LastName: "E"},
			Email:   &mgmt.ImportHumanUserRequest_Email{Email: "n@example.com"},
		})).GetUserId()
	}
	for _, test := range []struct {
		what, id string
		want     bool
	}{
		{"an initial password", add("a", "correct horse"), true},
		{"no initial password", add("b", ""), false},
		{"an imported password", imports("c", "correct horse", false), false},
		{"an imported password to change", imports("d", "correct horse", true), true},
		{"a change of nothing", imports("e", "", true), false},
	} {
		u, err := w.Directory.Store.Read().User(t.Context(), test.id)
		if err != nil || u.PasswordChange != test.want {
			t.Errorf("%s: must change %v, %v", test.what, u.PasswordChange, err)
		}
	}
}

func TestIsUserUnique(t *testing.T) {
	w := newWorld(t)
	w.human("minnie")
	for _, test := range []struct {
		org, name, email string
		want             bool
	}{
		{w.alpha, "", "", true},
		{w.alpha, "mickey", "mickey@example.com", true},
		{w.alpha, "MINNIE", "", false},
		{w.beta, "minnie", "", false}, // user names are unique in the instance
		{w.alpha, "mickey", "Minnie@example.com", false},
		{w.beta, "mickey", "minnie@example.com", true}, // whose addresses others know is theirs to know
	} {
		got, err := w.IsUserUnique(w.in(test.org), &mgmt.IsUserUniqueRequest{UserName: test.name, Email: test.email})
		if err != nil || got.GetIsUnique() != test.want {
			t.Errorf("IsUserUnique(%q, %q) = %v, %v, want %v", test.name, test.email, got.GetIsUnique(), err, test.want)
		}
	}
}

// listed names what a list found of what the test knows; everything else is "other".
func listed[T any](items []T, id func(T) string, known map[string]string) string {
	var names []string
	for _, item := range items {
		name := known[id(item)]
		if name == "" {
			name = "other"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

func TestListUsers(t *testing.T) {
	w := newWorld(t)
	w.human("Minnie")
	bot := must(w.AddMachineUser(w.in(w.alpha), &mgmt.AddMachineUserRequest{UserName: "Import.Bot", Name: "Importer"})).GetUserId()
	must(w.LockUser(w.in(w.alpha), &mgmt.LockUserRequest{Id: bot}))
	name := func(text string, m object.TextQueryMethod) *user.SearchQuery {
		return &user.SearchQuery{Query: &user.SearchQuery_UserNameQuery{UserNameQuery: &user.UserNameQuery{UserName: text, Method: m}}}
	}
	isBot := name("import.bot", object.TextQueryMethod_TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE)
	isHuman := name("Min", object.TextQueryMethod_TEXT_QUERY_METHOD_STARTS_WITH)
	either := &user.SearchQuery{Query: &user.SearchQuery_OrQuery{OrQuery: &user.OrQuery{Queries: []*user.SearchQuery{isBot, isHuman}}}}
	not := func(q *user.SearchQuery) *user.SearchQuery {
		return &user.SearchQuery{Query: &user.SearchQuery_NotQuery{NotQuery: &user.NotQuery{Query: q}}}
	}
	known := map[string]string{bot: "bot"}
	for _, u := range must(w.ListUsers(w.in(w.alpha), &mgmt.ListUsersRequest{Queries: []*user.SearchQuery{isHuman}})).GetResult() {
		known[u.GetId()] = "human"
	}
	for _, test := range []struct {
		name    string
		queries []*user.SearchQuery
		want    string
	}{
		{"everyone", nil, "bot human other"},
		{"user name in another case", []*user.SearchQuery{name("import.bot", 0)}, ""},
		{"both at once", []*user.SearchQuery{isBot, isHuman}, ""},
		{"either", []*user.SearchQuery{either}, "bot human"},
		{"neither", []*user.SearchQuery{not(either)}, "other"},
		{"and", []*user.SearchQuery{{Query: &user.SearchQuery_AndQuery{AndQuery: &user.AndQuery{Queries: []*user.SearchQuery{either, isBot}}}}}, "bot"},
		{"empty and", []*user.SearchQuery{{Query: &user.SearchQuery_AndQuery{}}}, "bot human other"},
		{"empty or", []*user.SearchQuery{{Query: &user.SearchQuery_OrQuery{}}}, ""},
		{"first name", []*user.SearchQuery{{Query: &user.SearchQuery_FirstNameQuery{FirstNameQuery: &user.FirstNameQuery{FirstName: "Minnie"}}}}, "human"},
		{"last name", []*user.SearchQuery{{Query: &user.SearchQuery_LastNameQuery{LastNameQuery: &user.LastNameQuery{LastName: "OUS", Method: 5}}}}, "human"},
		{"nick name", []*user.SearchQuery{{Query: &user.SearchQuery_NickNameQuery{NickNameQuery: &user.NickNameQuery{NickName: "x", Method: 6}}}}, ""},
		{"display name", []*user.SearchQuery{{Query: &user.SearchQuery_DisplayNameQuery{DisplayNameQuery: &user.DisplayNameQuery{DisplayName: "importer", Method: 1}}}}, "bot"},
		{"e-mail address", []*user.SearchQuery{{Query: &user.SearchQuery_EmailQuery{EmailQuery: &user.EmailQuery{EmailAddress: "@example.com", Method: 6}}}}, "human"},
		{"login name", []*user.SearchQuery{{Query: &user.SearchQuery_LoginNameQuery{LoginNameQuery: &user.LoginNameQuery{LoginName: "Bot", Method: 6}}}}, "bot"},
		{"locked", []*user.SearchQuery{{Query: &user.SearchQuery_StateQuery{StateQuery: &user.StateQuery{State: 4}}}}, "bot"},
		{"active", []*user.SearchQuery{{Query: &user.SearchQuery_StateQuery{StateQuery: &user.StateQuery{State: 1}}}}, "human other"},
		{"inactive", []*user.SearchQuery{{Query: &user.SearchQuery_StateQuery{StateQuery: &user.StateQuery{State: 2}}}}, ""},
		{"initial", []*user.SearchQuery{{Query: &user.SearchQuery_StateQuery{StateQuery: &user.StateQuery{State: 6}}}}, ""},
		{"humans", []*user.SearchQuery{{Query: &user.SearchQuery_TypeQuery{TypeQuery: &user.TypeQuery{Type: 1}}}}, "human"},
		{"machines", []*user.SearchQuery{{Query: &user.SearchQuery_TypeQuery{TypeQuery: &user.TypeQuery{Type: 2}}}}, "bot other"},
		{"ids", []*user.SearchQuery{{Query: &user.SearchQuery_InUserIdsQuery{InUserIdsQuery: &user.InUserIDQuery{UserIds: []string{bot, w.guest}}}}}, "bot"},
		{"no ids", []*user.SearchQuery{{Query: &user.SearchQuery_InUserIdsQuery{}}}, ""},
		{"e-mail addresses", []*user.SearchQuery{{Query: &user.SearchQuery_InUserEmailsQuery{InUserEmailsQuery: &user.InUserEmailsQuery{UserEmails: []string{"minnie@example.com"}}}}}, "human"},
	} {
		got, err := w.ListUsers(w.in(w.alpha), &mgmt.ListUsersRequest{Queries: test.queries})
		if found := listed(got.GetResult(), (*user.User).GetId, known); err != nil || found != test.want {
			t.Errorf("%s: found %q, %v, want %q", test.name, found, err, test.want)
		}
	}
	page := must(w.ListUsers(w.in(w.alpha), &mgmt.ListUsersRequest{
		Query: &object.ListQuery{Offset: 1, Limit: 1, Asc: true}, SortingColumn: user.UserFieldName_USER_FIELD_NAME_USER_NAME,
	}))
	if d := page.GetDetails(); d.GetTotalResult() != 5 || d.GetViewTimestamp() == nil || page.GetSortingColumn() != 1 {
		t.Errorf("the page says %v", page)
	}
	if len(page.GetResult()) != 1 || page.GetResult()[0].GetUserName() != "Minnie" {
		t.Errorf("the second user by name is %v", page.GetResult())
	}
}

func TestListUsersErrors(t *testing.T) {
	w := newWorld(t)
	deep := &user.SearchQuery{Query: &user.SearchQuery_InUserIdsQuery{}}
	for range 2 * iam.MaxFilterDepth {
		deep = &user.SearchQuery{Query: &user.SearchQuery_NotQuery{NotQuery: &user.NotQuery{Query: deep}}}
	}
	for _, test := range []struct {
		name string
		req  *mgmt.ListUsersRequest
		want iam.Kind
	}{
		{"limit 0", &mgmt.ListUsersRequest{Query: &object.ListQuery{Limit: 0}}, success},
		{"limit 1000", &mgmt.ListUsersRequest{Query: &object.ListQuery{Limit: 1000}}, success},
		{"limit 1001", &mgmt.ListUsersRequest{Query: &object.ListQuery{Limit: 1001}}, iam.InvalidArgument},
		{"offset out of range", &mgmt.ListUsersRequest{Query: &object.ListQuery{Offset: 1 << 60}}, iam.InvalidArgument},
		{"nil query", &mgmt.ListUsersRequest{Queries: []*user.SearchQuery{nil}}, iam.InvalidArgument},
		{"empty query", &mgmt.ListUsersRequest{Queries: []*user.SearchQuery{{}}}, iam.InvalidArgument},
		{"empty not", &mgmt.ListUsersRequest{Queries: []*user.SearchQuery{{Query: &user.SearchQuery_NotQuery{}}}}, iam.InvalidArgument},
		{"unknown method", &mgmt.ListUsersRequest{Queries: []*user.SearchQuery{{Query: &user.SearchQuery_EmailQuery{
			EmailQuery: &user.EmailQuery{Method: 8},
		}}}}, iam.InvalidArgument},
		{"unspecified state", &mgmt.ListUsersRequest{Queries: []*user.SearchQuery{{Query: &user.SearchQuery_StateQuery{}}}}, iam.InvalidArgument},
		{"unspecified type", &mgmt.ListUsersRequest{Queries: []*user.SearchQuery{{Query: &user.SearchQuery_TypeQuery{}}}}, iam.InvalidArgument},
		{"too deep", &mgmt.ListUsersRequest{Queries: []*user.SearchQuery{deep}}, iam.InvalidArgument},
		{"unknown column", &mgmt.ListUsersRequest{SortingColumn: 10}, iam.InvalidArgument},
	} {
		_, err := w.ListUsers(w.in(w.alpha), test.req)
		wantKind(t, test.name, err, test.want)
	}
	for column := range user.UserFieldName_name {
		_, err := w.ListUsers(w.in(w.alpha), &mgmt.ListUsersRequest{SortingColumn: user.UserFieldName(column)})
		wantKind(t, user.UserFieldName(column).String(), err, success)
	}
}
