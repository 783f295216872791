package v1

import (
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/member"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// memberOf is a membership seen from its resource.
func memberOf(m iam.Membership) *member.Member {
	return &member.Member{
		UserId:             m.UserID,
		Details:            memberDetails(m),
		Roles:              roleNames(m.Roles),
		PreferredLoginName: m.UserName,
		Email:              m.Email,
		FirstName:          m.FirstName,
		LastName:           m.LastName,
		DisplayName:        m.UserLabel,
		UserType:           memberType(m.UserType),
		UserResourceOwner:  m.UserOrgID,
	}
}

// memberDetails name the owner of the resource, which for the instance is the
// instance itself.
func memberDetails(m iam.Membership) *object.ObjectDetails {
	if m.Level == iam.LevelInstance {
		return details(m.Meta, m.ResourceID)
	}
	return details(m.Meta, m.OrgID)
}

func memberType(t iam.UserType) user.Type {
	if t == iam.Machine {
		return user.Type_TYPE_MACHINE
	}
	return user.Type_TYPE_HUMAN
}

// roleNames are manager roles on the wire.
func roleNames(roles []iam.ManagerRole) []string {
	return mapSlice(roles, func(r iam.ManagerRole) string { return string(r) })
}

// memberFilter reads the queries of every list of members.
func memberFilter(queries []*member.SearchQuery) (iam.Filter, error) {
	return filterOf(queries, func(q *member.SearchQuery) (iam.Filter, error) {
		switch q := q.GetQuery().(type) {
		case *member.SearchQuery_FirstNameQuery:
			return textFilter(iam.FieldFirstName, q.FirstNameQuery.GetFirstName(), q.FirstNameQuery.GetMethod())
		case *member.SearchQuery_LastNameQuery:
			return textFilter(iam.FieldLastName, q.LastNameQuery.GetLastName(), q.LastNameQuery.GetMethod())
		case *member.SearchQuery_EmailQuery:
			return textFilter(iam.FieldEmail, q.EmailQuery.GetEmail(), q.EmailQuery.GetMethod())
		case *member.SearchQuery_UserIdQuery:
			return iam.FieldUserID.Is(q.UserIdQuery.GetUserId()), nil
		}
		return iam.Filter{}, unknownQuery()
	})
}
