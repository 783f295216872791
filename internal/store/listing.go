package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// List is one page of a list, and how many there are on all pages.
type List[T any] struct {
	Items []T
	Total uint64
}

// listing is what one list selects from.
//
// Where there are keys, a page is found in two steps: first the keys of its rows
// in from alone, then those rows with what they are joined with for display.
type listing struct {
	columns string
	from    string
	keys    []string // what tells the rows of from, which is one table, apart
	joins   string   // what is read with each row that was found; it neither adds nor drops one
	fields  map[iam.Field]column
	created string // default order
	id      string // tie-break
	reach   reachColumns
	walking *reachColumns // the same for walking in the order of creation, where that differs
	byTime  bool          // where times bound it, it is in their order, which is nearly the default
	most    int           // how far is counted; 0: to the end
}

// reachColumns says by which columns a caller's reach is applied; empty ones
// cannot be reached that way. One that holds a "?" is a condition, which stands
// for "is one of these" there.
type reachColumns struct {
	org, project, grant, user string
	orgs                      []string // further ones by which organizations are reached
}

// list runs one page of a list. Kind: InvalidArgument for unknown fields.
//
// What is few is found by the conditions, and sorted: total and page at once. Of
// what is many, the first in order are soon found by walking in that order and
// looking at each row; the total is counted by the conditions.
func list[T any](ctx context.Context, r Reader, what string, l listing, reach iam.Reach, f iam.Filter, page iam.Page, scan func(scanner) (T, error)) (List[T], error) {
	var out List[T]
	order, err := l.order(page.SortBy, f)
	if err != nil || reach.Empty() {
		return out, err
	}
	if err := f.Check(); err != nil {
		return out, err
	}
	how := counting
	related, narrow := l.looks(f)
	if l.keys != nil && !f.IsZero() {
		keys, over, err := r.few(ctx, what, l, reach, f, order, page.Asc)
		switch {
		case err != nil:
			return out, err
		case over == enough:
			out.Total = uint64(len(keys))
			out.Items, err = byKeys(ctx, r, what, l, part(keys, page), order, page, scan)
			return out, err
		case over == tooManyOthers && (narrow || !reach.All):
			how = walking
		}
	}
	if out.Total, err = r.countBy(ctx, what, l, reach, f, how); err != nil {
		return out, err
	}
	if out.Total == 0 || out.Total <= page.Offset && l.most == 0 {
		return out, nil
	}
	q := query{d: r.d, how: how}
	q.look(l, f)
	walk := order.indexed && (!related || how == walking || out.Total > r.bounds.Related)
	if walk && !(l.walking != nil && f.IsZero() && out.Total <= uint64(r.bounds.Rows)) {
		q.how, q.order = walking, &order
	} else {
		order.expr = hidden(order.expr, order.number)
	}
	filter, err := q.filter(f, l.fields)
	if err != nil {
		return out, err
	}
	text := q.page(l, q.arms(reach, l), filter, order, page)
	out.Items, err = many(ctx, r.q, what, scan, text, q.args...)
	return out, err
}

// looks looks at the conditions that must all hold: whether one is about another
// table, and whether one finds a part of the own table by an index.
func (l listing) looks(f iam.Filter) (related, narrow bool) {
	for _, part := range f.All {
		r, n := l.looks(part)
		related, narrow = related || r, narrow || n
	}
	if c, ok := l.fields[f.Field]; ok {
		related = related || c.of != nil
		narrow = narrow || c.of == nil && f.Match.IsEqual() && (c.index == sorts || c.index == groups || c.index == picks || c.index == narrows)
	}
	return related, narrow
}

// timed reports whether one of the conditions that must all hold bounds the time of creation.
func (l listing) timed(f iam.Filter) bool {
	return f.Field == iam.FieldCreated || slices.ContainsFunc(f.All, l.timed)
}

// look finds the highest rank among the conditions that must all hold.
func (q *query) look(l listing, f iam.Filter) {
	for _, part := range f.All {
		q.look(l, part)
	}
	if c, ok := l.fields[f.Field]; ok && f.Match.IsEqual() {
		q.best = max(q.best, c.rank)
	}
}

// picked reports whether one of the conditions that must all hold finds few rows
// of the own table by an index: what else is asked is looked up for those.
func (l listing) picked(f iam.Filter) bool {
	if slices.ContainsFunc(f.All, l.picked) {
		return true
	}
	c, ok := l.fields[f.Field]
	return ok && c.of == nil && f.Match.IsEqual() && (c.index == sorts || c.index == picks)
}

// part is the part of all keys that the page shows.
func part(keys [][]any, page iam.Page) [][]any {
	from := min(page.Offset, uint64(len(keys)))
	return keys[from:min(from+page.Limit, uint64(len(keys)))]
}

// count counts what a list holds. Kind: InvalidArgument for unknown fields.
func (r Reader) count(ctx context.Context, what string, l listing, reach iam.Reach, f iam.Filter) (uint64, error) {
	if err := f.Check(); err != nil || reach.Empty() {
		return 0, err
	}
	return r.countBy(ctx, what, l, reach, f, counting)
}

func (r Reader) countBy(ctx context.Context, what string, l listing, reach iam.Reach, f iam.Filter, how how) (uint64, error) {
	q := query{d: r.d, how: how}
	q.look(l, f)
	filter, err := q.filter(f, l.fields)
	if err != nil {
		return 0, err
	}
	arms := q.arms(reach, l)
	if l.most > 0 && len(arms) > 1 {
		arms = []string{either(arms)}
	}
	parts := make([]string, len(arms))
	for i, arm := range arms {
		from := l.from + conditions(arm, filter)
		if l.most > 0 {
			from = "(SELECT 1 AS one FROM " + from + " LIMIT " + strconv.Itoa(l.most) + ") counted"
		}
		parts[i] = "SELECT count(*) FROM " + from
	}
	var text string
	switch len(parts) {
	case 0: // nothing here can be reached in this way
		return 0, nil
	case 1:
		text = parts[0]
	default:
		text = "SELECT (" + strings.Join(parts, ") + (") + ")"
	}
	var n uint64
	err = r.q.QueryRowContext(ctx, text, q.args...).Scan(&n)
	return n, fault("count "+what, err)
}

// ordering is what a list is sorted by.
type ordering struct {
	by      iam.Field // empty: creation
	expr    string
	number  bool
	indexed bool
}

// order finds by what a list is sorted. Kind: InvalidArgument.
func (l listing) order(by iam.Field, f iam.Filter) (ordering, error) {
	if by == "" || by == iam.FieldCreated && l.fields[by].expr == l.created {
		if l.byTime && l.timed(f) {
			return ordering{iam.FieldCreated, l.fields[iam.FieldCreated].expr, true, true}, nil
		}
		return ordering{expr: l.created, number: true, indexed: true}, nil
	}
	c, ok := l.fields[by]
	if !ok || c.exists != "" || c.several || c.condition != nil {
		return ordering{}, iam.Errorf(iam.InvalidArgument, "LIST-srt1x", "this list cannot be sorted by %q", string(by))
	}
	expr := c.expr
	if c.folded != "" {
		expr = c.folded
	}
	if c.of != nil {
		expr = c.of.lookUp(expr)
	}
	return ordering{by, expr, c.time, c.index == sorts}, nil
}

// arms are the conditions of a caller's reach, no two of which hold for one row:
// together they are the reach, and each has an index to go by. Where rows are walked
// through in order, several organizations are an arm each, up to maxArms.
func (q *query) arms(r iam.Reach, l listing) []string {
	if r.All {
		return []string{""}
	}
	c := l.reach
	if (q.order != nil || q.found) && l.walking != nil {
		c = *l.walking
	}
	if q.found { // by an index of its own, which is to be taken
		c.org, c.project, c.grant = aside(c.org), aside(c.project), aside(c.grant)
	}
	type way struct {
		column string
		values []string
	}
	orgs := slices.Compact(slices.Sorted(slices.Values(r.OrgIDs)))
	ways := []way{{c.org, orgs}}
	if q.order != nil && l.keys != nil && len(orgs) <= maxArms {
		ways = ways[:0]
		for _, id := range orgs {
			ways = append(ways, way{c.org, []string{id}})
		}
	}
	for _, column := range c.orgs {
		ways = append(ways, way{column, orgs})
	}
	ways = append(ways, way{c.project, r.ProjectIDs}, way{c.grant, r.GrantIDs})
	if r.UserID != "" {
		ways = append(ways, way{c.user, []string{r.UserID}})
	}
	var arms, before []string
	for _, w := range ways {
		if w.column == "" || len(w.values) == 0 {
			continue
		}
		condition := q.oneOf(w.column, w.values)
		arms = append(arms, strings.Join(append([]string{condition}, before...), " AND "))
		before = append(before, "NOT coalesce("+condition+", FALSE)")
	}
	return arms
}

const maxArms = 8

// aside hides a plain column of a reach.
func aside(column string) string {
	if column == "" || strings.Contains(column, "?") {
		return column
	}
	return hidden(column, false)
}

// conditions are the WHERE clause of one arm.
func conditions(arm, filter string) string {
	switch {
	case arm == "" && filter == always:
		return ""
	case arm == "":
		return " WHERE " + filter
	case filter == always:
		return " WHERE " + arm
	}
	return " WHERE " + arm + " AND " + filter
}

// either is the condition that one of the arms holds.
func either(arms []string) string {
	switch len(arms) {
	case 0:
		return "1 = 0"
	case 1:
		return arms[0]
	}
	return "((" + strings.Join(arms, ") OR (") + "))"
}

// hidden is a value as an expression for which there is no index.
func hidden(expr string, number bool) string {
	if number {
		return "(" + expr + " + 0)"
	}
	return "coalesce(" + expr + ", '')"
}
