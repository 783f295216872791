package console

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// pageSize is how many rows a page of a list has.
const pageSize = 25

// choice is an option of a filter or a select.
type choice struct {
	Value, Label string
	Chosen       bool
}

// sorting is a column by which a list can be sorted.
type sorting struct {
	key   string // in the address
	field iam.Field
	desc  bool // the direction when first chosen
}

// listing is the state of one list, all of which stands in the address.
type listing struct {
	Path   string
	Query  string
	Filter string
	Page   int
	Total  uint64
	// AtLeast says that Total was not counted to its end, and then Rows how many are shown.
	AtLeast bool
	Rows    int
	// Filters are the choices of the filter beside the search, or empty.
	Filters []choice
	sort    sorting
	asc     bool
	sorts   []sorting
	keep    url.Values // what else the address holds
}

// newListing reads a list's state from the address. Nonsense is as good as nothing.
func (v *visit) newListing(path string, keep []string, filters []choice, sorts ...sorting) *listing {
	q := v.r.URL.Query()
	l := &listing{Path: path, Page: 1, Filters: filters, sorts: sorts, keep: url.Values{}}
	if s := q.Get("q"); utf8.ValidString(s) && utf8.RuneCountInString(s) <= iam.MaxName && !slices.Contains([]byte(s), 0) {
		l.Query = s
	}
	for i := range l.Filters {
		if l.Filters[i].Value != "" && l.Filters[i].Value == q.Get("filter") {
			l.Filter, l.Filters[i].Chosen = q.Get("filter"), true
		}
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 && n < 1<<30 {
		l.Page = n
	}
	l.sort, l.asc = sorts[0], !sorts[0].desc
	for _, s := range sorts {
		if q.Get("sort") == s.key {
			l.sort, l.asc = s, !s.desc
			if q.Get("dir") != "" {
				l.asc = q.Get("dir") == "asc"
			}
		}
	}
	for _, name := range keep {
		if q.Get(name) != "" {
			l.keep.Set(name, q.Get(name))
		}
	}
	return l
}

// L is the listing itself, for templates: an embedded field of a type that is not exported
// cannot be named there. So are F, U and Head of the other parts of pages.
func (l *listing) L() *listing { return l }

func (l *listing) page() iam.Page {
	return iam.Page{Offset: uint64(l.Page-1) * pageSize, Limit: pageSize, Asc: l.asc, SortBy: l.sort.field}
}

// search is the filter for what was typed: any of the fields holds it.
func (l *listing) search(fields ...iam.Field) iam.Filter {
	if l.Query == "" {
		return iam.Filter{}
	}
	var any []iam.Filter
	for _, f := range fields {
		any = append(any, iam.Filter{Field: f, Match: iam.ContainsFold, Text: l.Query})
	}
	return iam.Filter{Any: any}
}

// filterIs is the condition that the filter beside the search chooses.
func (l *listing) filterIs(field iam.Field) iam.Filter {
	if l.Filter == "" {
		return iam.Filter{}
	}
	return field.Is(l.Filter)
}

// Narrowed reports whether less than everything is asked for.
func (l *listing) Narrowed() bool { return l.Query != "" || l.Filter != "" }

// Hidden is what a search keeps of the address.
func (l *listing) Hidden() url.Values {
	out := maps.Clone(l.keep)
	if l.sort.key != l.sorts[0].key || l.asc == l.sorts[0].desc {
		out.Set("sort", l.sort.key)
		out.Set("dir", direction(l.asc))
	}
	return out
}

func direction(asc bool) string {
	if asc {
		return "asc"
	}
	return "desc"
}

func (l *listing) address(page int, change func(url.Values)) string {
	q := l.Hidden()
	if l.Query != "" {
		q.Set("q", l.Query)
	}
	if l.Filter != "" {
		q.Set("filter", l.Filter)
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if change != nil {
		change(q)
	}
	if len(q) == 0 {
		return l.Path
	}
	return l.Path + "?" + q.Encode()
}

// Sorted is "ascending", "descending" or empty: how the list is sorted by that column.
func (l *listing) Sorted(key string) string {
	switch {
	case l.sort.key != key:
		return ""
	case l.asc:
		return "ascending"
	}
	return "descending"
}

// SortBy is the address of the list sorted by a column, or the other way round.
func (l *listing) SortBy(key string) string {
	return l.address(1, func(q url.Values) {
		q.Set("sort", key)
		for _, s := range l.sorts {
			if s.key == key {
				q.Set("dir", direction(!s.desc))
			}
		}
		if l.sort.key == key {
			q.Set("dir", direction(!l.asc))
		}
	})
}

// Pages is how many pages there are.
func (l *listing) Pages() int { return int((l.Total + pageSize - 1) / pageSize) }

// First and Last number the rows that are shown.
func (l *listing) First() int { return (l.Page-1)*pageSize + 1 }

// Last is the number of the last row that is shown.
func (l *listing) Last() int {
	if l.AtLeast {
		return l.First() + l.Rows - 1
	}
	return int(min(uint64(l.Page)*pageSize, l.Total))
}

// Previous and Next are addresses, or empty.
func (l *listing) Previous() string {
	if l.Page <= 1 {
		return ""
	}
	return l.address(l.Page-1, nil)
}

// Next is the address of the next page, or empty.
func (l *listing) Next() string {
	if l.AtLeast && l.Rows < pageSize || !l.AtLeast && l.Page >= l.Pages() {
		return ""
	}
	return l.address(l.Page+1, nil)
}

// Beyond reports a page behind the last one, as an old link may name.
func (l *listing) Beyond() bool {
	if l.AtLeast {
		return l.Rows == 0
	}
	return l.Total > 0 && l.Page > l.Pages()
}

// Start is the address of the first page with nothing narrowed.
func (l *listing) Start() string {
	if len(l.keep) == 0 {
		return l.Path
	}
	return l.Path + "?" + l.keep.Encode()
}
