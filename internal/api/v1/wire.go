package v1

import (
	"time"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// details are what every object of this generation carries: of which
// organization it is, and when it was changed.
func details(m iam.Meta, orgID string) *object.ObjectDetails {
	return &object.ObjectDetails{
		Sequence:      uint64(max(0, m.Sequence)),
		CreationDate:  call.Time(m.Created),
		ChangeDate:    call.Time(m.Changed),
		ResourceOwner: orgID,
	}
}

// page reads which part of a list is asked for.
func page(q *object.ListQuery) iam.Page {
	return iam.Page{Offset: q.GetOffset(), Limit: uint64(q.GetLimit()), Asc: q.GetAsc()}
}

// listDetails say how many there are on all pages. Lists are never stale.
func listDetails(total uint64, now time.Time) *object.ListDetails {
	return &object.ListDetails{TotalResult: total, ViewTimestamp: call.Time(now)}
}

// all joins the conditions of a list request.
func all(filters []iam.Filter) iam.Filter {
	return iam.Filter{All: append([]iam.Filter{}, filters...)}
}

// mapSlice converts every element.
func mapSlice[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = f(a)
	}
	return out
}
