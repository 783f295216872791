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
	q      queryer
	d      dialect
	bounds Bounds
}

// Read returns a reader outside of any transaction.
func (db *DB) Read() Reader { return Reader{q: db.read, d: db.dialect, bounds: usualBounds()} }

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

// column is how a field of a list is found in SQL.
type column struct {
	expr   string
	folded string // where the folded copy is kept; empty where case does not matter
	time   bool
	index  indexing
	rank   int    // of several fields with an index each, that with the highest is to be taken
	of     *other // the table that it is in, where that is not the list's own
	// several says that of has any number of rows for one of the list's.
	several bool
	// exists wraps a condition on expr, put in place of its "?", for fields of many values.
	exists string
	// condition is how the field is compared where no other way fits.
	condition func(*query, iam.Filter) (string, error)
}

// indexing is what index there is of a field. It matters where rows are walked
// through in the list's order: a condition on another field is hidden there, lest
// the database takes an index for that and sorts all that it finds.
type indexing int

const (
	plain   indexing = iota
	sorts            // the list is in order there, of the instance
	groups           // each value's rows are in the order of creation there
	narrows          // each value's rows are together there, and can be many
	picks            // each value has few rows
	sparse           // of what is not empty
)

// other is a table that is reached from the list's own.
type other struct {
	table string // with its alias
	key   string // that equals own
	own   string
}

// lookUp is the value of an expression in the row of the other table.
func (o *other) lookUp(expr string) string {
	return "(SELECT " + expr + " FROM " + o.table + " WHERE " + o.key + " = " + o.own + ")"
}

// query collects conditions and their arguments.
type query struct {
	d    dialect
	args []any
	how  how
	// order is what rows are walked through in; nil where they are not.
	order *ordering
	// with are tables that find the rows of other tables that match, no more than others.
	with   []string
	others int
	// found says that a condition finds few rows in the whole instance by its own index,
	// which is better than what a caller's reach has.
	found bool
	// best is the highest rank among the conditions that must all hold.
	best int
	// picked says that it is a condition on the own table.
	picked bool
}

// how a query goes about its conditions.
type how int

const (
	// counting: rows of other tables that match are found first.
	counting how = iota
	// finding: the same, but no more of them than can be used.
	finding
	// walking: rows are looked at one by one, with the row of the other table that each has.
	walking
)

func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
}

// oneOf is the condition that expr is one of the values. No value, no match. In an
// expression with a "?" that stands for "is one of these".
func (q *query) oneOf(expr string, values []string) string {
	if len(values) == 0 {
		return "1 = 0"
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = q.arg(v)
	}
	list := " IN (" + strings.Join(marks, ", ") + ")"
	if len(marks) == 1 {
		list = " = " + marks[0]
	}
	if strings.Contains(expr, "?") {
		return strings.ReplaceAll(expr, "?", list)
	}
	return expr + list
}

// always is the condition that holds for each row.
const always = "1 = 1"

// filter turns a filter into a condition. Kind: InvalidArgument for a field
// that the list does not have, or that cannot be compared so.
func (q *query) filter(f iam.Filter, fields map[iam.Field]column) (string, error) {
	switch {
	case f.Not != nil:
		found := q.found
		c, err := q.filter(*f.Not, fields)
		q.found = found
		return "NOT (" + c + ")", err
	case f.All != nil:
		return q.combine(f.All, " AND ", always, fields)
	case f.Any != nil:
		found := q.found
		c, err := q.combine(f.Any, " OR ", "1 = 0", fields)
		q.found = found
		return c, err
	case f.Field == "":
		return always, nil
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
	condition := q.compare(f, c)
	switch {
	case c.exists != "":
		condition = strings.ReplaceAll(c.exists, "?", condition)
	case c.of == nil:
	case q.how == walking && q.order == nil: // to count; PostgreSQL may join instead
		condition = "EXISTS (SELECT 1 FROM " + c.of.table + " WHERE " + c.of.key + " = " + c.of.own + " AND " + condition + ")"
	case q.how == walking && c.several:
		condition = "(SELECT count(*) FROM " + c.of.table + " WHERE " + c.of.key + " = " + c.of.own + " AND " + condition + ") > 0"
	case q.how == walking:
		condition = c.of.lookUp(condition)
	case q.how == finding:
		name := "other" + strconv.Itoa(len(q.with))
		q.with = append(q.with, name+" AS MATERIALIZED (SELECT "+c.of.key+" AS found FROM "+c.of.table+" WHERE "+condition+
			" LIMIT "+strconv.Itoa(q.others+1)+")")
		condition = c.of.own + " IN (SELECT found FROM " + name + ")"
	default:
		condition = c.of.own + " IN (SELECT " + c.of.key + " FROM " + c.of.table + " WHERE " + condition + ")"
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
	if joint == " AND " {
		parts = slices.DeleteFunc(parts, func(c string) bool { return c == always })
		if len(parts) == 0 {
			return always, nil
		}
	}
	return "(" + strings.Join(parts, joint) + ")", nil
}

// compare is the condition of one field. Where case matters, the folded copy, which
// has the indexes, must match too: folding goes letter by letter.
func (q *query) compare(f iam.Filter, c column) string {
	folded := f
	switch f.Match {
	case iam.Equals, iam.StartsWith, iam.Contains, iam.EndsWith:
		folded.Match++ // see the order of the ways to compare
	case iam.OneOf:
		folded.Values = make([]string, len(f.Values))
		for i, v := range f.Values {
			folded.Values[i] = iam.Fold(v)
		}
	default:
		return q.compareFolded(f, c)
	}
	if c.folded == "" || c.folded == c.expr {
		return q.compareFolded(f, c)
	}
	exact := q.comparison(f, column{expr: c.expr})
	c.expr = c.folded
	return "(" + q.compareFolded(folded, c) + " AND " + exact + ")"
}

func (q *query) compareFolded(f iam.Filter, c column) string {
	switch {
	case q.order != nil && c.of == nil && q.order.by != f.Field && q.order.expr != c.expr && (c.index != groups || q.order.by != "" || f.Match == iam.OneOf && len(f.Values) > 1):
		c.expr = hidden(c.expr, c.time)
		if c.folded != "" {
			c.folded = hidden(c.folded, c.time)
		}
	case c.index == groups && c.rank < q.best:
		c.expr = hidden(c.expr, c.time)
	case q.found && c.of == nil && (c.index == groups || c.index == narrows || !q.picked && c.index == sorts && !f.Match.IsEqual()):
		c.expr = hidden(c.expr, c.time)
	case c.index == sparse && f.Text != "", c.index == sparse && len(f.Values) > 0 && !slices.Contains(f.Values, ""):
		q.found = q.found || c.of == nil
		return "(" + c.folded + " <> '' AND " + q.comparison(f, c) + ")"
	}
	return q.comparison(f, c)
}

func (q *query) comparison(f iam.Filter, c column) string {
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
		return always
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
