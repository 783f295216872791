package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// queryer is a pool or a transaction.
type queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Reader finds and lists. Inside a write transaction it sees that transaction.
type Reader struct {
	q queryer
	d dialect
}

// Read returns a reader outside of any transaction.
func (db *DB) Read() Reader { return Reader{q: db.read, d: db.dialect} }

// Told returns a reader that tells every query before it runs it: for
// measurements, and for tests of how a database answers.
func (r Reader) Told(tell func(query string, args []any)) Reader {
	r.q = told{r.q, tell}
	return r
}

type told struct {
	queryer
	tell func(query string, args []any)
}

func (t told) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	t.tell(query, args)
	return t.queryer.QueryContext(ctx, query, args...)
}

func (t told) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	t.tell(query, args)
	return t.queryer.QueryRowContext(ctx, query, args...)
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// one scans a single row. Kind: NotFound.
func one[T any](row *sql.Row, what string, scan func(scanner) (T, error)) (T, error) {
	v, err := scan(row)
	if errors.Is(err, sql.ErrNoRows) || isUnstorable(err) {
		return v, missing(what)
	}
	return v, fault("read "+what, err)
}

// many scans all rows.
func many[T any](ctx context.Context, q queryer, what string, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fault("list "+what, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fault("list "+what, err)
		}
		out = append(out, v)
	}
	return out, fault("list "+what, rows.Err())
}

// scanText scans a single text.
func scanText(s scanner) (string, error) {
	var text string
	err := s.Scan(&text)
	return text, err
}

// List is one page of a list, and how many there are on all pages.
type List[T any] struct {
	Items []T
	Total uint64
}

// column is how a field of a list is found in SQL.
type column struct {
	expr   string
	folded string // where the folded copy is kept; empty where case does not matter
	time   bool
	joined bool // it is of another table than the list's own
	// exists wraps a condition on expr, put in place of its "?", for fields of many values.
	exists string
	// condition is how the field is compared where no other way fits.
	condition func(*query, iam.Filter) (string, error)
}

// listing is what one list selects from.
type listing struct {
	columns string
	from    string
	// own and joins are the two parts of from, where the rows that are wanted can be found
	// in the list's own table: what they are joined with is then read for those alone.
	own, joins string
	fields     map[iam.Field]column
	created    string // default order
	id         string // tie-break
	reach      reachColumns
	most       int // how far is counted; 0: to the end
}

// reachColumns says by which columns a caller's reach is applied; empty ones
// cannot be reached that way.
type reachColumns struct{ org, project, grant, user string }

// query collects conditions and their arguments.
type query struct {
	d      dialect
	where  []string
	args   []any
	joined bool // a condition asks about another table than the list's own
}

func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
}

func (q *query) and(condition string) { q.where = append(q.where, condition) }

func (q *query) conditions() string {
	if len(q.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(q.where, " AND ")
}

// oneOf is the condition that expr is one of the values. No value, no match.
func (q *query) oneOf(expr string, values []string) string {
	if len(values) == 0 {
		return "1 = 0"
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = q.arg(v)
	}
	return expr + " IN (" + strings.Join(marks, ", ") + ")"
}

// within limits the query to a caller's reach.
func (q *query) within(r iam.Reach, c reachColumns) {
	if r.All {
		return
	}
	var ways []string
	for _, x := range []struct {
		column string
		values []string
	}{{c.org, r.OrgIDs}, {c.project, r.ProjectIDs}, {c.grant, r.GrantIDs}} {
		if x.column != "" && len(x.values) > 0 {
			ways = append(ways, q.oneOf(x.column, x.values))
		}
	}
	if c.user != "" && r.UserID != "" {
		ways = append(ways, c.user+" = "+q.arg(r.UserID))
	}
	if len(ways) == 0 {
		q.and("1 = 0")
		return
	}
	q.and("(" + strings.Join(ways, " OR ") + ")")
}

// filter turns a filter into a condition. Kind: InvalidArgument for a field
// that the list does not have, or that cannot be compared so.
func (q *query) filter(f iam.Filter, fields map[iam.Field]column) (string, error) {
	switch {
	case f.Not != nil:
		c, err := q.filter(*f.Not, fields)
		return "NOT (" + c + ")", err
	case f.All != nil:
		return q.combine(f.All, " AND ", "1 = 1", fields)
	case f.Any != nil:
		return q.combine(f.Any, " OR ", "1 = 0", fields)
	case f.Field == "":
		return "1 = 1", nil
	}
	c, ok := fields[f.Field]
	if !ok {
		return "", iam.Errorf(iam.InvalidArgument, "LIST-fld1x", "this list cannot be filtered by %q", string(f.Field))
	}
	if c.condition != nil && f.Match >= iam.Equals && f.Match < iam.OneOf {
		return c.condition(q, f)
	}
	if timed := f.Match >= iam.Before; timed != c.time || c.condition != nil || f.Match < iam.Equals || f.Match > iam.IsTime {
		return "", iam.Errorf(iam.InvalidArgument, "LIST-cmp1x", "%q cannot be compared in this way", string(f.Field))
	}
	if c.time != (f.Match >= iam.Before) {
		return "", iam.Errorf(iam.InvalidArgument, "LIST-cmp1x", "%q cannot be compared in this way", string(f.Field))
	}
	q.joined = q.joined || c.joined
	condition := q.compare(f, c)
	if c.exists != "" {
		condition = strings.ReplaceAll(c.exists, "?", condition)
	}
	return condition, nil
}

func (q *query) combine(filters []iam.Filter, joint, none string, fields map[iam.Field]column) (string, error) {
	if len(filters) == 0 {
		return none, nil
	}
	parts := make([]string, len(filters))
	for i, f := range filters {
		c, err := q.filter(f, fields)
		if err != nil {
			return "", err
		}
		parts[i] = c
	}
	return "(" + strings.Join(parts, joint) + ")", nil
}

func (q *query) compare(f iam.Filter, c column) string {
	expr, text := c.expr, f.Text
	switch f.Match {
	case iam.EqualsFold, iam.StartsWithFold, iam.ContainsFold, iam.EndsWithFold:
		if c.folded != "" {
			expr, text = c.folded, iam.Fold(text)
		}
	}
	switch f.Match {
	case iam.StartsWith, iam.StartsWithFold:
		return q.prefix(expr, text)
	case iam.Contains, iam.ContainsFold:
		return q.d.textMatch(q.d.contains, expr, q.arg(text))
	case iam.EndsWith, iam.EndsWithFold:
		return q.d.textMatch(q.d.endsWith, expr, q.arg(text))
	case iam.OneOf:
		return q.oneOf(expr, f.Values)
	case iam.Before:
		return expr + " < " + q.arg(f.Time)
	case iam.AtMost:
		return expr + " <= " + q.arg(f.Time)
	case iam.After:
		return expr + " > " + q.arg(f.Time)
	case iam.AtLeast:
		return expr + " >= " + q.arg(f.Time)
	case iam.IsTime:
		return expr + " = " + q.arg(f.Time)
	}
	return expr + " = " + q.arg(text)
}

// prefix is a range, which an index can serve on both databases.
func (q *query) prefix(expr, text string) string {
	if text == "" {
		return "1 = 1"
	}
	condition := expr + " >= " + q.arg(text)
	if end, ok := successor(text); ok {
		condition += " AND " + expr + " < " + q.arg(end)
	}
	return "(" + condition + ")"
}

// successor returns the least text above every text that begins with prefix.
func successor(prefix string) (string, bool) {
	runes := []rune(prefix)
	for i, rune := range slices.Backward(runes) {
		r := rune + 1
		if r >= 0xD800 && r <= 0xDFFF { // no characters there
			r = 0xE000
		}
		if r <= 0x10FFFF {
			return string(append(runes[:i], r)), true
		}
	}
	return "", false
}

// where begins the query of a list. Kind: InvalidArgument for unknown fields.
func (r Reader) where(l listing, reach iam.Reach, f iam.Filter) (query, error) {
	q := query{d: r.d}
	if err := f.Check(); err != nil {
		return q, err
	}
	q.within(reach, l.reach)
	condition, err := q.filter(f, l.fields)
	q.and(condition)
	return q, err
}

// count counts what a list holds. Kind: InvalidArgument for unknown fields.
func (r Reader) count(ctx context.Context, what string, l listing, reach iam.Reach, f iam.Filter) (uint64, error) {
	if reach.Empty() {
		return 0, nil
	}
	q, err := r.where(l, reach, f)
	if err != nil {
		return 0, err
	}
	from := l.from
	if l.own != "" && !q.joined {
		from = l.own
	}
	text := "SELECT count(*) FROM " + from + q.conditions()
	if l.most > 0 {
		text = "SELECT count(*) FROM (SELECT 1 AS one FROM " + from + q.conditions() + " LIMIT " + q.arg(l.most) + ") counted"
	}
	var n uint64
	err = r.q.QueryRowContext(ctx, text, q.args...).Scan(&n)
	return n, fault("count "+what, err)
}

// list runs one page of a list. Kind: InvalidArgument for unknown fields.
func list[T any](ctx context.Context, r Reader, what string, l listing, reach iam.Reach, f iam.Filter, page iam.Page, scan func(scanner) (T, error)) (List[T], error) {
	var out List[T]
	if reach.Empty() {
		return out, nil
	}
	q, err := r.where(l, reach, f)
	if err != nil {
		return out, err
	}
	order, joined := l.created, q.joined
	if page.SortBy != "" {
		c, ok := l.fields[page.SortBy]
		if !ok || c.exists != "" || c.condition != nil {
			return out, iam.Errorf(iam.InvalidArgument, "LIST-srt1x", "this list cannot be sorted by %q", string(page.SortBy))
		}
		joined = joined || c.joined
		order = c.expr
		if c.folded != "" {
			order = c.folded
		}
	}
	direction := " DESC"
	if page.Asc {
		direction = " ASC"
	}
	if out.Total, err = r.count(ctx, what, l, reach, f); err != nil {
		return out, err
	}
	by := " ORDER BY " + order + direction + ", " + l.id + direction
	part := by + " LIMIT " + q.arg(int64(page.Limit)) + " OFFSET " + q.arg(int64(page.Offset))
	text := "SELECT " + l.columns + " FROM " + l.from + q.conditions() + part
	if l.own != "" && !joined {
		alias := l.own[strings.LastIndexByte(l.own, ' ')+1:]
		text = "SELECT " + l.columns + " FROM (SELECT * FROM " + l.own + q.conditions() + part + ") " + alias + " " + l.joins + by
	}
	out.Items, err = many(ctx, r.q, what, scan, text, q.args...)
	return out, err
}

// micros is a time as it is stored; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros is the reverse of micros.
func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// metaScan receives an object's Meta.
type metaScan struct{ created, changed, seq int64 }

func (m *metaScan) meta() iam.Meta {
	return iam.Meta{Created: fromMicros(m.created), Changed: fromMicros(m.changed), Sequence: m.seq}
}

// words splits what string_agg joined.
func words(s sql.NullString) []string { return strings.Fields(s.String) }
