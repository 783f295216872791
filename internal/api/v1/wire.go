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

// filterOf reads the queries of a list request, all of which must hold.
// Kind: InvalidArgument for more than a filter may have.
func filterOf[Q any](queries []Q, read func(Q) (iam.Filter, error)) (iam.Filter, error) {
	if len(queries) > iam.MaxFilterNodes {
		return iam.Filter{}, iam.Errorf(iam.InvalidArgument, "WIRE-many1", "at most %d queries can be combined", iam.MaxFilterNodes)
	}
	filters := make([]iam.Filter, len(queries))
	for i, q := range queries {
		var err error
		if filters[i], err = read(q); err != nil {
			return iam.Filter{}, err
		}
	}
	return all(filters), nil
}

// textFilter compares a field with text as a query says. Kind: InvalidArgument
// for a way to compare that does not exist.
func textFilter(field iam.Field, text string, method object.TextQueryMethod) (iam.Filter, error) {
	if _, ok := object.TextQueryMethod_name[int32(method)]; !ok {
		return iam.Filter{}, unknownEnum("the method of a query")
	}
	return call.Text(field, text, method), nil
}

// required refuses a request that leaves out a text. Kind: InvalidArgument.
func required(f iam.Field, what, text string) error {
	if text == "" {
		return iam.Errorf(iam.InvalidArgument, "WIRE-need1", "%s must not be empty", what).At(f)
	}
	return nil
}

// unknownEnum is the error for a number or value that means nothing here.
func unknownEnum(what string) error {
	return iam.Errorf(iam.InvalidArgument, "WIRE-enum1", "%s is not one that is known here", what)
}

// unknownQuery is the error for an empty query, or one of a kind that a newer client knows.
func unknownQuery() error {
	return iam.Errorf(iam.InvalidArgument, "WIRE-qry1x", "a query is empty, or of a kind that is not known here")
}
