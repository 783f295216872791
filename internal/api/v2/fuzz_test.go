package v2

import (
	"testing"

	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	user "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	"google.golang.org/protobuf/proto"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// FuzzLists sends the two lists whose conditions can be nested whatever bytes
// are messages at all: a strange query is refused or answered, never a fault.
func FuzzLists(f *testing.F) {
	w := newWorld(f)
	ctx := w.as(rootID)
	for _, m := range []proto.Message{
		&user.ListUsersRequest{}, &permission.ListAdministratorsRequest{},
		&user.ListUsersRequest{SortingColumn: 3, Queries: []*user.SearchQuery{inUsers(robot, ""), {Query: &user.SearchQuery_NotQuery{
			NotQuery: &user.NotQuery{Query: &user.SearchQuery{Query: &user.SearchQuery_OrQuery{OrQuery: &user.OrQuery{}}}},
		}}}},
		&permission.ListAdministratorsRequest{Filters: []*adminFilter{noneOf(anyOf(allOf()))}},
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var users user.ListUsersRequest
		if proto.Unmarshal(b, &users) == nil {
			_, err := w.users.ListUsers(ctx, &users)
			refusedOrAnswered(t, err)
		}
		var administrators permission.ListAdministratorsRequest
		if proto.Unmarshal(b, &administrators) == nil {
			_, err := w.administrators.ListAdministrators(ctx, &administrators)
			refusedOrAnswered(t, err)
		}
	})
}

func refusedOrAnswered(t *testing.T, err error) {
	t.Helper()
	if k := kindOf(err); k != success && k != iam.InvalidArgument {
		t.Errorf("kind %d (error: %v)", k, err)
	}
}
