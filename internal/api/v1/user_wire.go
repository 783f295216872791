package v1

import (
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// userOf is a user on the wire. Its one login name is its user name.
func userOf(u iam.User) *user.User {
	out := &user.User{
		Id:                 u.ID,
		Details:            details(u.Meta, u.OrgID),
		State:              userState(u.State),
		UserName:           u.UserName,
		LoginNames:         []string{u.UserName},
		PreferredLoginName: u.UserName,
	}
	if u.Type == iam.Machine {
		out.Type = &user.User_Machine{Machine: &user.Machine{
			Name:            u.Name,
			Description:     u.Description,
			HasSecret:       u.HasSecret,
			AccessTokenType: accessTokenType(u.AccessTokenType),
		}}
		return out
	}
	out.Type = &user.User_Human{Human: &user.Human{
		Profile: profileOf(u.Profile),
		Email:   emailOf(u.Profile),
		Phone:   phoneOf(u.Profile),
	}}
	return out
}

func userState(s iam.State) user.UserState {
	switch s {
	case iam.Active:
		return user.UserState_USER_STATE_ACTIVE
	case iam.Locked:
		return user.UserState_USER_STATE_LOCKED
	}
	return user.UserState_USER_STATE_INACTIVE
}

func accessTokenType(t iam.AccessTokenType) user.AccessTokenType {
	if t == iam.JWTToken {
		return user.AccessTokenType_ACCESS_TOKEN_TYPE_JWT
	}
	return user.AccessTokenType_ACCESS_TOKEN_TYPE_BEARER
}

func readAccessTokenType(t user.AccessTokenType) (iam.AccessTokenType, error) {
	switch t {
	case user.AccessTokenType_ACCESS_TOKEN_TYPE_BEARER:
		return iam.OpaqueToken, nil
	case user.AccessTokenType_ACCESS_TOKEN_TYPE_JWT:
		return iam.JWTToken, nil
	}
	return "", unknownEnum("the access token type")
}

func profileOf(p iam.Profile) *user.Profile {
	return &user.Profile{
		FirstName:         p.FirstName,
		LastName:          p.LastName,
		NickName:          p.NickName,
		DisplayName:       p.DisplayName,
		PreferredLanguage: p.PreferredLanguage,
		Gender:            gender(p.Gender),
	}
}

func emailOf(p iam.Profile) *user.Email {
	return &user.Email{Email: p.Email, IsEmailVerified: p.EmailVerified}
}

func phoneOf(p iam.Profile) *user.Phone {
	return &user.Phone{Phone: p.Phone, IsPhoneVerified: p.PhoneVerified}
}

func gender(g string) user.Gender {
	switch g {
	case "female":
		return user.Gender_GENDER_FEMALE
	case "male":
		return user.Gender_GENDER_MALE
	case "diverse":
		return user.Gender_GENDER_DIVERSE
	}
	return user.Gender_GENDER_UNSPECIFIED
}

func readGender(g user.Gender) (string, error) {
	switch g {
	case user.Gender_GENDER_UNSPECIFIED:
		return "", nil
	case user.Gender_GENDER_FEMALE:
		return "female", nil
	case user.Gender_GENDER_MALE:
		return "male", nil
	case user.Gender_GENDER_DIVERSE:
		return "diverse", nil
	}
	return "", unknownEnum("the gender")
}

// Zitadel's requests that create a human have messages of their own for the
// same three things.
type (
	profileMessage interface {
		GetFirstName() string
		GetLastName() string
		GetNickName() string
		GetDisplayName() string
		GetPreferredLanguage() string
		GetGender() user.Gender
	}
	emailMessage interface {
		GetEmail() string
		GetIsEmailVerified() bool
	}
	phoneMessage interface {
		GetPhone() string
		GetIsPhoneVerified() bool
	}
)

func readProfile(p profileMessage, e emailMessage, ph phoneMessage) (iam.Profile, error) {
	g, err := readGender(p.GetGender())
	return iam.Profile{
		FirstName:         p.GetFirstName(),
		LastName:          p.GetLastName(),
		NickName:          p.GetNickName(),
		DisplayName:       p.GetDisplayName(),
		PreferredLanguage: p.GetPreferredLanguage(),
		Gender:            g,
		Email:             e.GetEmail(),
		EmailVerified:     e.GetIsEmailVerified(),
		Phone:             ph.GetPhone(),
		PhoneVerified:     ph.GetIsPhoneVerified(),
	}, err
}

// userFilter reads the queries of a list of users.
func userFilter(queries []*user.SearchQuery) (iam.Filter, error) {
	return filterOf(queries, userCondition)
}

func userCondition(q *user.SearchQuery) (iam.Filter, error) {
	switch q := q.GetQuery().(type) {
	case *user.SearchQuery_UserNameQuery:
		return textFilter(iam.FieldUserName, q.UserNameQuery.GetUserName(), q.UserNameQuery.GetMethod())
	case *user.SearchQuery_FirstNameQuery:
		return textFilter(iam.FieldFirstName, q.FirstNameQuery.GetFirstName(), q.FirstNameQuery.GetMethod())
	case *user.SearchQuery_LastNameQuery:
		return textFilter(iam.FieldLastName, q.LastNameQuery.GetLastName(), q.LastNameQuery.GetMethod())
	case *user.SearchQuery_NickNameQuery:
		return textFilter(iam.FieldNickName, q.NickNameQuery.GetNickName(), q.NickNameQuery.GetMethod())
	case *user.SearchQuery_DisplayNameQuery:
		return textFilter(iam.FieldDisplayName, q.DisplayNameQuery.GetDisplayName(), q.DisplayNameQuery.GetMethod())
	case *user.SearchQuery_EmailQuery:
		return textFilter(iam.FieldEmail, q.EmailQuery.GetEmailAddress(), q.EmailQuery.GetMethod())
	case *user.SearchQuery_LoginNameQuery:
		return textFilter(iam.FieldUserName, q.LoginNameQuery.GetLoginName(), q.LoginNameQuery.GetMethod())
	case *user.SearchQuery_StateQuery:
		return userStateFilter(q.StateQuery.GetState())
	case *user.SearchQuery_TypeQuery:
		return userTypeFilter(q.TypeQuery.GetType())
	case *user.SearchQuery_InUserIdsQuery:
		return iam.FieldID.In(q.InUserIdsQuery.GetUserIds()), nil
	case *user.SearchQuery_InUserEmailsQuery:
		return iam.FieldEmail.In(q.InUserEmailsQuery.GetUserEmails()), nil
	case *user.SearchQuery_AndQuery:
		return userFilter(q.AndQuery.GetQueries())
	case *user.SearchQuery_OrQuery:
		f, err := userFilter(q.OrQuery.GetQueries())
		return iam.Filter{Any: f.All}, err
	case *user.SearchQuery_NotQuery:
		f, err := userCondition(q.NotQuery.GetQuery())
		return iam.Filter{Not: &f}, err
	}
	return iam.Filter{}, unknownQuery()
}

func userStateFilter(s user.UserState) (iam.Filter, error) {
	switch s {
	case user.UserState_USER_STATE_ACTIVE:
		return iam.FieldState.Is(string(iam.Active)), nil
	case user.UserState_USER_STATE_INACTIVE:
		return iam.FieldState.Is(string(iam.Inactive)), nil
	case user.UserState_USER_STATE_LOCKED:
		return iam.FieldState.Is(string(iam.Locked)), nil
	case user.UserState_USER_STATE_DELETED, user.UserState_USER_STATE_SUSPEND, user.UserState_USER_STATE_INITIAL:
		return iam.FieldState.In(nil), nil // no user here is ever in these
	}
	return iam.Filter{}, unknownEnum("the state of a query")
}

func userTypeFilter(t user.Type) (iam.Filter, error) {
	switch t {
	case user.Type_TYPE_HUMAN:
		return iam.FieldUserType.Is(string(iam.Human)), nil
	case user.Type_TYPE_MACHINE:
		return iam.FieldUserType.Is(string(iam.Machine)), nil
	}
	return iam.Filter{}, unknownEnum("the user type of a query")
}

// userSorting reads by what a list of users is sorted.
func userSorting(column user.UserFieldName) (iam.Field, error) {
	switch column {
	case user.UserFieldName_USER_FIELD_NAME_UNSPECIFIED, user.UserFieldName_USER_FIELD_NAME_CREATION_DATE:
		return iam.FieldCreated, nil
	case user.UserFieldName_USER_FIELD_NAME_USER_NAME:
		return iam.FieldUserName, nil
	case user.UserFieldName_USER_FIELD_NAME_FIRST_NAME:
		return iam.FieldFirstName, nil
	case user.UserFieldName_USER_FIELD_NAME_LAST_NAME:
		return iam.FieldLastName, nil
	case user.UserFieldName_USER_FIELD_NAME_NICK_NAME:
		return iam.FieldNickName, nil
	case user.UserFieldName_USER_FIELD_NAME_DISPLAY_NAME:
		return iam.FieldDisplayName, nil
	case user.UserFieldName_USER_FIELD_NAME_EMAIL:
		return iam.FieldEmail, nil
	case user.UserFieldName_USER_FIELD_NAME_STATE:
		return iam.FieldState, nil
	case user.UserFieldName_USER_FIELD_NAME_TYPE:
		return iam.FieldUserType, nil
	}
	return "", unknownEnum("the sorting column")
}

// userMembershipOf is a membership seen from its user: the display name is the
// resource's.
func userMembershipOf(m iam.Membership) *user.Membership {
	out := &user.Membership{
		UserId:      m.UserID,
		Details:     memberDetails(m),
		Roles:       roleNames(m.Roles),
		DisplayName: m.ResourceName,
	}
	switch m.Level {
	case iam.LevelInstance:
		out.Type = &user.Membership_Iam{Iam: true}
	case iam.LevelOrg:
		out.Type = &user.Membership_OrgId{OrgId: m.ResourceID}
	case iam.LevelProject:
		out.Type = &user.Membership_ProjectId{ProjectId: m.ResourceID}
	case iam.LevelProjectGrant:
		out.Type = &user.Membership_ProjectGrantId{ProjectGrantId: m.ResourceID}
	}
	return out
}

// userMembershipFilter reads the queries of a list of one user's memberships.
func userMembershipFilter(queries []*user.MembershipQuery) (iam.Filter, error) {
	return filterOf(queries, func(q *user.MembershipQuery) (iam.Filter, error) {
		switch q := q.GetQuery().(type) {
		case *user.MembershipQuery_OrgQuery:
			return membershipOn(iam.LevelOrg, q.OrgQuery.GetOrgId()), nil
		case *user.MembershipQuery_ProjectQuery:
			return membershipOn(iam.LevelProject, q.ProjectQuery.GetProjectId()), nil
		case *user.MembershipQuery_ProjectGrantQuery:
			return membershipOn(iam.LevelProjectGrant, q.ProjectGrantQuery.GetProjectGrantId()), nil
		case *user.MembershipQuery_IamQuery:
			onInstance := iam.FieldLevel.Is(string(iam.LevelInstance))
			if q.IamQuery.GetIam() {
				return onInstance, nil
			}
			return iam.Filter{Not: &onInstance}, nil
		}
		return iam.Filter{}, unknownQuery()
	})
}

func membershipOn(level iam.Level, id string) iam.Filter {
	return all([]iam.Filter{iam.FieldLevel.Is(string(level)), iam.FieldResourceID.Is(id)})
}
