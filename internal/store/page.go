package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// Bounds say what is few, and so how a list is found. They change how long it
// takes and nothing else.
type Bounds struct {
	// Rows are sorted in a few milliseconds.
	Rows int
	// Found are still sorted in less time than it takes to find them once more, where
	// each text is looked at.
	Found int
	// Related are sorted in less time than it takes to look up the rows of other tables
	// until as many are found as a page has.
	Related uint64
	// Others are rows of other tables, found first, from which a list's are found soon.
	Others int
}

func usualBounds() Bounds { return Bounds{Rows: 2500, Found: 5000, Related: 15_000, Others: 20_000} }

// Bounded returns a reader with other bounds: for tests.
func (r Reader) Bounded(b Bounds) Reader {
	r.bounds = b
	return r
}

// howMany says what few found.
type howMany int

const (
	enough        howMany = iota
	tooMany               // more are in the list than can be sorted at once
	tooManyOthers         // more than Bounds.Others of another table match
)

// few finds the keys of all rows of a list, sorted, where they are few.
func (r Reader) few(ctx context.Context, what string, l listing, reach iam.Reach, f iam.Filter, order ordering, asc bool) ([][]any, howMany, error) {
	related, _ := l.looks(f)
	q := query{d: r.d, how: finding, found: related, others: r.bounds.Others}
	q.look(l, f)
	if l.picked(f) {
		q.how, q.found, q.picked = walking, true, true
	}
	filter, err := q.filter(f, l.fields)
	if err != nil {
		return nil, enough, err
	}
	arms := q.arms(reach, l)
	if len(arms) == 0 {
		return nil, enough, nil
	}
	keys, sorted := make([]string, len(l.keys)), make([]string, len(l.keys))
	for i, key := range l.keys {
		keys[i] = key + " AS k" + strconv.Itoa(i)
		sorted[i] = "page.k" + strconv.Itoa(i)
	}
	for i := range q.with { // else nothing is looked for
		filter += " AND (SELECT count(*) FROM other" + strconv.Itoa(i) + ") <= " + strconv.Itoa(r.bounds.Others)
	}
	parts := make([]string, len(arms))
	for i, arm := range arms {
		parts[i] = "SELECT " + strings.Join(keys, ", ") + " FROM " + l.from + conditions(arm, filter)
	}
	most := r.bounds.Rows
	if f.Scans() {
		most = r.bounds.Found
	}
	// The counts are known also where nothing is found, and nothing is read where they are
	// too high. Keys are found without an order, so that no index is taken for that.
	tables := append(q.with, "found AS MATERIALIZED ("+strings.Join(parts, " UNION ALL ")+" LIMIT "+strconv.Itoa(most+1)+")")
	over := "CASE WHEN (SELECT count(*) FROM found) > " + strconv.Itoa(most) + " THEN 1 ELSE 0 END"
	for i := range q.with {
		over = "CASE WHEN (SELECT count(*) FROM other" + strconv.Itoa(i) + ") > " + strconv.Itoa(r.bounds.Others) + " THEN 2 ELSE " + over + " END"
	}
	d := direction(asc)
	text := "WITH " + strings.Join(tables, ", ") + " SELECT counted.over, " + strings.Join(sorted, ", ") +
		" FROM (SELECT " + over + " AS over) counted LEFT JOIN (SELECT " + strings.Join(keys, ", ") + ", " + hidden(order.expr, order.number) +
		" AS sorted FROM found" + l.again("found") + ") page ON counted.over = 0 ORDER BY page.sorted" + d + ", " + strings.Join(sorted, d+", ") + d
	return r.keysOf(ctx, what, len(keys), text, q.args)
}

// keysOf runs the query of few.
func (r Reader) keysOf(ctx context.Context, what string, width int, text string, args []any) ([][]any, howMany, error) {
	var over howMany
	rows, err := many(ctx, r.q, what, func(s scanner) ([]any, error) {
		key, into := make([]any, width), []any{&over}
		for i := range key {
			into = append(into, &key[i])
		}
		err := s.Scan(into...)
		for i, k := range key {
			switch k := k.(type) {
			case nil:
				return nil, err
			case []byte:
				key[i] = string(k)
			}
		}
		return key, err
	}, text, args...)
	if len(rows) == 1 && rows[0] == nil {
		rows = nil
	}
	return rows, over, err
}

// byKeys reads rows by their keys, in order.
func byKeys[T any](ctx context.Context, r Reader, what string, l listing, keys [][]any, order ordering, page iam.Page, scan func(scanner) (T, error)) ([]T, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	for n := 1; n < 10*len(keys); n *= 10 { // few different statements: the last key is named again
		for len(keys) < n && n < 10*len(keys) {
			keys = append(keys, keys[len(keys)-1])
		}
	}
	q := query{d: r.d}
	rows := make([]string, len(keys))
	for i, key := range keys {
		marks := make([]string, len(key))
		for j, k := range key {
			marks[j] = q.arg(k)
			if _, number := k.(int64); number && len(key) > 1 { // PostgreSQL takes what stands in VALUES for text
				marks[j] = "CAST(" + marks[j] + " AS BIGINT)"
			}
		}
		rows[i] = strings.Join(marks, ", ")
	}
	among := l.keys[0] + " IN (" + strings.Join(rows, ", ") + ")"
	if len(l.keys) > 1 {
		among = "(" + strings.Join(l.keys, ", ") + ") IN (VALUES (" + strings.Join(rows, "), (") + "))"
	}
	text := "SELECT " + l.columns + " FROM " + l.from + strings.TrimSuffix(" "+l.joins, " ") + " WHERE " + among + l.by(order.expr, page.Asc)
	return many(ctx, r.q, what, scan, text, q.args...)
}

// again joins the rows whose keys a query found.
func (l listing) again(found string) string {
	same := make([]string, len(l.keys))
	for i, key := range l.keys {
		same[i] = key + " = " + found + ".k" + strconv.Itoa(i)
	}
	return " JOIN " + l.from + " ON " + strings.Join(same, " AND ")
}

func direction(asc bool) string {
	if asc {
		return " ASC"
	}
	return " DESC"
}

// by is the order of a list.
func (l listing) by(expr string, asc bool) string {
	d := direction(asc)
	tie := strings.TrimPrefix(l.id, expr+", ")
	return " ORDER BY " + expr + d + ", " + strings.ReplaceAll(tie, ",", d+",") + d
}

// page is the query of one page of what is many.
func (q *query) page(l listing, arms []string, filter string, order ordering, page iam.Page) string {
	by := l.by(order.expr, page.Asc)
	part := " LIMIT " + q.arg(int64(page.Limit)) + " OFFSET " + q.arg(int64(page.Offset))
	if l.keys == nil {
		return "SELECT " + l.columns + " FROM " + l.from + conditions(either(arms), filter) + by + part
	}
	keys := make([]string, len(l.keys))
	for i, key := range l.keys {
		keys[i] = key + " AS k" + strconv.Itoa(i)
	}
	found := ""
	if len(arms) == 1 {
		found = "SELECT " + strings.Join(keys, ", ") + " FROM " + l.from + conditions(arms[0], filter) + by + part
	} else {
		all := " LIMIT " + q.arg(int64(page.Limit+page.Offset))
		parts := make([]string, len(arms))
		for i, arm := range arms { // of each no more than can be needed
			parts[i] = "SELECT * FROM (SELECT " + order.expr + " AS sorted, " + strings.Join(keys, ", ") + " FROM " + l.from +
				conditions(arm, filter) + by + all + ") arm" + strconv.Itoa(i)
		}
		d := direction(page.Asc)
		by := []string{"sorted" + d}
		for i := range keys {
			by = append(by, "k"+strconv.Itoa(i)+d)
		}
		found = "SELECT * FROM (" + strings.Join(parts, " UNION ALL ") + ") arms ORDER BY " + strings.Join(by, ", ") + part
	}
	return "SELECT " + l.columns + " FROM (" + found + ") page" + l.again("page") + strings.TrimSuffix(" "+l.joins, " ") + by
}
