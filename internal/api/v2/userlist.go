package v2

import (
	"context"
	"slices"

	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	metadata "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/metadata/v2"
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
	f, err := allUserQueries(req.GetQueries())
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

// allUserQueries joins conditions of the list. Those on the key and on the value of
// metadata are about the same entry.
func allUserQueries(queries []*user.SearchQuery) (iam.Filter, error) {
	conditions, err := conditions(queries, userQuery)
	if err != nil {
		return iam.Filter{}, err
	}
	return iam.Filter{All: sameEntry(conditions)}, nil
}

// sameEntry makes one condition of each pair of a key and a value of metadata.
func sameEntry(conditions []iam.Filter) []iam.Filter {
	half := func(f iam.Filter, value bool) bool {
		return f.Field == iam.FieldMetadata && (len(f.Values) > 0) == value && (!value || f.Text == "")
	}
	for i := 0; i < len(conditions); i++ {
		if !half(conditions[i], true) {
			continue
		}
		key := slices.IndexFunc(conditions, func(f iam.Filter) bool { return half(f, false) })
		if key < 0 {
			break
		}
		conditions[key].Values = conditions[i].Values
		conditions = slices.Delete(conditions, i, i+1)
		i--
	}
	return conditions
}

// metadataValueQuery reads a condition on the value of any entry of metadata.
func metadataValueQuery(f *metadata.MetadataValueFilter) (iam.Filter, error) {
	differs, err := lookup("byte comparison", map[filter.ByteFilterMethod]bool{
		filter.ByteFilterMethod_BYTE_FILTER_METHOD_EQUALS: false, filter.ByteFilterMethod_BYTE_FILTER_METHOD_NOT_EQUALS: true,
	}, f.GetMethod())
	if err != nil {
		return iam.Filter{}, err
	}
	const most = 200
	if len(f.GetValue()) > most {
		return iam.Filter{}, iam.Errorf(iam.InvalidArgument, "V2-mval1", "a value of metadata to look for has at most %d bytes", most).At(iam.FieldValue)
	}
	return iam.WithMetadata(iam.StartsWith, "", append([]byte{}, f.GetValue()...), differs), nil
}

// userMetadataQuery reads a condition on metadata.
func userMetadataQuery(q *user.SearchQuery) (iam.Filter, error) {
	switch q := q.GetQuery().(type) {
	case *user.SearchQuery_MetadataKeyFilter:
		if q.MetadataKeyFilter != nil {
			return text(iam.FieldMetadata, q.MetadataKeyFilter.GetKey(), q.MetadataKeyFilter.GetMethod())
		}
	case *user.SearchQuery_MetadataValueFilter:
		if q.MetadataValueFilter != nil {
			return metadataValueQuery(q.MetadataValueFilter)
		}
	}
	return iam.Filter{}, noQuery()
}

// userQuery reads a condition of the list, which may be a combination of others.
func userQuery(q *user.SearchQuery) (iam.Filter, error) {
	switch q := q.GetQuery().(type) {
	case *user.SearchQuery_AndQuery:
		return allUserQueries(q.AndQuery.GetQueries())
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
	return userMetadataQuery(q)
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
