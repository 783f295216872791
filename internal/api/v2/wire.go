package v2

import (
	"time"

	filter "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/filter/v2"
	object "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/object/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// required refuses a request that leaves out a field: pairs are its name and its value.
func required(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return iam.Errorf(iam.InvalidArgument, "V2-empty", "%s must not be empty", pairs[i])
		}
	}
	return nil
}

// lookup translates an enum. Kind: InvalidArgument for a number that means nothing here.
func lookup[K comparable, V any](what string, known map[K]V, k K) (V, error) {
	v, ok := known[k]
	if !ok {
		return v, iam.Errorf(iam.InvalidArgument, "V2-enum1", "the %s is unknown, or means nothing here", what)
	}
	return v, nil
}

// notOffered is the error for a part of a request that would be ignored otherwise.
func notOffered(what string) error {
	return iam.Errorf(iam.Unimplemented, "V2-later", "%s cannot be set yet", what)
}

// noQuery is the error for a list condition that is empty or that this list does not know.
func noQuery() error {
	return iam.Errorf(iam.InvalidArgument, "V2-query", "a query is empty, or this list cannot be filtered so")
}

// changed is the date of a change that may have been none.
func changed(m iam.Meta, err error) (*timestamppb.Timestamp, error) {
	if err := call.Unless(err); err != nil {
		return nil, err
	}
	return call.Time(m.Changed), nil
}

// deleted is the date of a removal; there is none if the object was not there.
func deleted(m iam.Meta, err error) (*timestamppb.Timestamp, error) {
	if iam.Is(err, iam.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return call.Time(m.Changed), nil
}

// details are what the older messages of this generation carry.
func details(m iam.Meta, orgID string) *object.Details {
	return &object.Details{
		Sequence:      uint64(max(0, m.Sequence)),
		CreationDate:  call.Time(m.Created),
		ChangeDate:    call.Time(m.Changed),
		ResourceOwner: orgID,
	}
}

// paging is what both kinds of page request have in common.
type paging interface {
	GetOffset() uint64
	GetLimit() uint32
	GetAsc() bool
}

// page reads which part of a list is asked for, sorted by the field that a
// column stands for. Kind: InvalidArgument for an unknown column.
func page[C comparable](p paging, columns map[C]iam.Field, by C) (iam.Page, error) {
	field, err := lookup("sorting column", columns, by)
	return iam.Page{Offset: p.GetOffset(), Limit: uint64(p.GetLimit()), Asc: p.GetAsc(), SortBy: field}, err
}

// unsorted reads which part of a list is asked for that is sorted by creation only.
func unsorted(p paging) iam.Page {
	return iam.Page{Offset: p.GetOffset(), Limit: uint64(p.GetLimit()), Asc: p.GetAsc()}
}

// pagination says how many there are on all pages, and how many fit on one.
func pagination(total uint64, p iam.Page) *filter.PaginationResponse {
	if p.Limit == 0 {
		p.Limit = iam.DefaultLimit
	}
	return &filter.PaginationResponse{TotalResult: total, AppliedLimit: p.Limit}
}

// listDetails are the older form of pagination. Lists are never stale.
func listDetails(total uint64, now time.Time) *object.ListDetails {
	return &object.ListDetails{TotalResult: total, Timestamp: call.Time(now)}
}

// conditions reads every condition of a list request. The result is never nil.
// Kind: InvalidArgument for more than a filter may have.
func conditions[Q any](queries []Q, read func(Q) (iam.Filter, error)) ([]iam.Filter, error) {
	if len(queries) > iam.MaxFilterNodes {
		return nil, iam.Errorf(iam.InvalidArgument, "V2-many1", "at most %d queries can be combined", iam.MaxFilterNodes)
	}
	out := make([]iam.Filter, len(queries))
	for i, q := range queries {
		var err error
		if out[i], err = read(q); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// all joins the conditions of a list request.
func all[Q any](queries []Q, read func(Q) (iam.Filter, error)) (iam.Filter, error) {
	f, err := conditions(queries, read)
	return iam.Filter{All: f}, err
}

// nothing is the filter that matches nothing.
func nothing() iam.Filter { return iam.Filter{Any: []iam.Filter{}} }

// text compares a field with text. Kind: InvalidArgument for an unknown method.
func text[E ~int32](field iam.Field, text string, method E) (iam.Filter, error) {
	if m := iam.Match(method); m < iam.Equals || m > iam.EndsWithFold {
		return iam.Filter{}, iam.Errorf(iam.InvalidArgument, "V2-text1", "the text comparison is unknown")
	}
	return call.Text(field, text, method), nil
}

// at compares a time. Kind: InvalidArgument for an unknown method or a time
// that is absent or out of range.
func at(field iam.Field, f *filter.TimestampFilter) (iam.Filter, error) {
	match, err := lookup("timestamp comparison", map[filter.TimestampFilterMethod]iam.Match{
		filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_EQUALS:           iam.IsTime,
		filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_AFTER:            iam.After,
		filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_AFTER_OR_EQUALS:  iam.AtLeast,
		filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_BEFORE:           iam.Before,
		filter.TimestampFilterMethod_TIMESTAMP_FILTER_METHOD_BEFORE_OR_EQUALS: iam.AtMost,
	}, f.GetMethod())
	if err != nil {
		return iam.Filter{}, err
	}
	if f.GetTimestamp() == nil {
		return iam.Filter{}, noQuery()
	}
	t, err := call.FromTime(f.GetTimestamp())
	return iam.Filter{Field: field, Match: match, Time: t.UnixMicro()}, err
}

// mapSlice converts every element.
func mapSlice[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = f(a)
	}
	return out
}

// pointer is nil for the empty string, which is how optional text is left out.
func pointer(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
