package v2

import (
	"context"

	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// ListUsers lists the users that the caller may see, itself among them.
func (s *Users) ListUsers(ctx context.Context, req *user.ListUsersRequest) (*user.ListUsersResponse, error) {
	p, err := page(req.GetQuery(), map[user.UserFieldName]iam.Field{
		user.UserFieldName_USER_FIELD_NAME_UNSPECIFIED:   iam.FieldCreated,
		user.UserFieldName_USER_FIELD_NAME_USER_NAME:     iam.FieldUserName,
		user.UserFieldName_USER_FIELD_NAME_FIRST_NAME:    iam.FieldFirstName,
		user.UserFieldName_USER_FIELD_NAME_LAST_NAME:     iam.FieldLastName,
		user.UserFieldName_USER_FIELD_NAME_NICK_NAME:     iam.FieldNickName,
		user.UserFieldName_USER_FIELD_NAME_DISPLAY_NAME:  iam.FieldDisplayName,
		user.UserFieldName_USER_FIELD_NAME_EMAIL:         iam.FieldEmail,
		user.UserFieldName_USER_FIELD_NAME_STATE:         iam.FieldState,
		user.UserFieldName_USER_FIELD_NAME_TYPE:          iam.FieldUserType,
		user.UserFieldName_USER_FIELD_NAME_CREATION_DATE: iam.FieldCreated,
	}, req.GetSortingColumn())
	if err != nil {
		return nil, err
	}
	f, err := all(req.GetQueries(), userQuery)
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.Users(ctx, call.Caller(ctx), f, p)
	if err != nil {
		return nil, err
	}
	return &user.ListUsersResponse{
		Details: listDetails(l.Total, s.Now()), SortingColumn: req.GetSortingColumn(), Result: mapSlice(l.Items, toUser),
	}, nil
}

// userQuery reads a condition of the list, which may be a combination of others.
func userQuery(q *user.SearchQuery) (iam.Filter, error) {
	switch q := q.GetQuery().(type) {
	case *user.SearchQuery_AndQuery:
		return all(q.AndQuery.GetQueries(), userQuery)
	case *user.SearchQuery_OrQuery:
		either, err := conditions(q.OrQuery.GetQueries(), userQuery)
		return iam.Filter{Any: either}, err
	case *user.SearchQuery_NotQuery:
		not, err := userQuery(q.NotQuery.GetQuery())
		return iam.Filter{Not: &not}, err
	case *user.SearchQuery_InUserIdsQuery:
		return iam.FieldID.In(q.InUserIdsQuery.GetUserIds()), nil
	case *user.SearchQuery_InUserEmailsQuery:
		return iam.FieldEmail.In(q.InUserEmailsQuery.GetUserEmails()), nil
	case *user.SearchQuery_OrganizationIdQuery:
		return iam.FieldOrgID.Is(q.OrganizationIdQuery.GetOrganizationId()), nil
	case *user.SearchQuery_StateQuery:
		return userStateQuery(q.StateQuery.GetState())
	case *user.SearchQuery_TypeQuery:
		return lookup("user type", map[user.Type]iam.Filter{
			user.Type_TYPE_HUMAN:   iam.FieldUserType.Is(string(iam.Human)),
			user.Type_TYPE_MACHINE: iam.FieldUserType.Is(string(iam.Machine)),
		}, q.TypeQuery.GetType())
	}
	return userTextQuery(q)
}

// userTextQuery reads a condition on a name. The login name is the user name.
func userTextQuery(q *user.SearchQuery) (iam.Filter, error) {
	switch q := q.GetQuery().(type) {
	case *user.SearchQuery_UserNameQuery:
		return text(iam.FieldUserName, q.UserNameQuery.GetUserName(), q.UserNameQuery.GetMethod())
	case *user.SearchQuery_LoginNameQuery:
		return text(iam.FieldUserName, q.LoginNameQuery.GetLoginName(), q.LoginNameQuery.GetMethod())
	case *user.SearchQuery_FirstNameQuery:
		return text(iam.FieldFirstName, q.FirstNameQuery.GetFirstName(), q.FirstNameQuery.GetMethod())
	case *user.SearchQuery_LastNameQuery:
		return text(iam.FieldLastName, q.LastNameQuery.GetLastName(), q.LastNameQuery.GetMethod())
	case *user.SearchQuery_NickNameQuery:
		return text(iam.FieldNickName, q.NickNameQuery.GetNickName(), q.NickNameQuery.GetMethod())
	case *user.SearchQuery_DisplayNameQuery:
		return text(iam.FieldDisplayName, q.DisplayNameQuery.GetDisplayName(), q.DisplayNameQuery.GetMethod())
	case *user.SearchQuery_EmailQuery:
		return text(iam.FieldEmail, q.EmailQuery.GetEmailAddress(), q.EmailQuery.GetMethod())
	case *user.SearchQuery_PhoneQuery:
		return text(iam.FieldPhone, q.PhoneQuery.GetNumber(), q.PhoneQuery.GetMethod())
	}
	return iam.Filter{}, noQuery()
}

// userStateQuery knows two states of Zitadel that no user is in here: deleted
// users are gone, and none waits for its first sign-in.
func userStateQuery(s user.UserState) (iam.Filter, error) {
	return lookup("state", map[user.UserState]iam.Filter{
		user.UserState_USER_STATE_ACTIVE:   iam.FieldState.Is(string(iam.Active)),
		user.UserState_USER_STATE_INACTIVE: iam.FieldState.Is(string(iam.Inactive)),
		user.UserState_USER_STATE_LOCKED:   iam.FieldState.Is(string(iam.Locked)),
		user.UserState_USER_STATE_DELETED:  nothing(),
		user.UserState_USER_STATE_INITIAL:  nothing(),
	}, s)
}
