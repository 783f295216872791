package storetest

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

var page2030 = time.Date(2030, 1, 1, 0, 0, 0, 1000, time.UTC)

func wantEqual[T any](t testing.TB, what string, got, want T, err error) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s, error %v:\n got %+v\nwant %+v", what, err, got, want)
	}
}

// oddNames are texts on which databases, collations and patterns trip.
var oddNames = []string{
	"a", "A", "ab", "aB", "Äb", "äB", "A\u0308b", "a%", "a_b", "axb", `a"b`, "a'b", `a\b`, "a b", "a*b", "a?b", "a[b]",
	"\ud7ff", "\ud7ffx", "\ue000", "\ue000x", "\U0010ffff", "\U0010ffffz", "a\U0010ffff", "a\U0010ffffb", "a\ud7ff", "a\ud7ffq",
	"a\ue000", "\uffff", "b", "\u212a", "k", "Kelvin", "straße", "STRA\u1e9eE", "strasse", "\u0131", "i", "I", "\u0130",
	"z", "Z", "~", "é", "e\u0301", "10", "9", "-", " ", "$1", "\U0001f511 key",
}

// users lists the ids of users.
func users(t testing.TB, db *store.DB, f iam.Filter, p iam.Page) []string {
	t.Helper()
	l, err := db.Read().Users(t.Context(), everything, f, p)
	if err != nil {
		t.Fatalf("%+v: %v", f, err)
	}
	ids := make([]string, len(l.Items))
	for i, u := range l.Items {
		ids[i] = u.ID
	}
	return ids
}

// addOddUsers makes a user per odd name, whose id is the name's number.
func addOddUsers(t testing.TB, db *store.DB) {
	t.Helper()
	write(t, db, func(tx *store.Tx) error {
		if err := addOrg(iam.Org{ID: "A"})(tx); err != nil {
			return err
		}
		for i, name := range oddNames {
			id := fmt.Sprintf("%03d", i)
			u := iam.User{ID: id, OrgID: "A", Type: iam.Human, Profile: iam.Profile{FirstName: name, Phone: name}}
			if err := addUser(u)(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// textMatches compares every way to compare texts with what Go says, for a
// field with a folded copy and one without.
func textMatches(t *testing.T, db *store.DB) {
	addOddUsers(t, db)
	same := func(s string) string { return s }
	ways := map[iam.Match]func(have, text string) bool{
		iam.Equals: func(h, n string) bool { return h == n }, iam.StartsWith: strings.HasPrefix,
		iam.Contains: strings.Contains, iam.EndsWith: strings.HasSuffix,
	}
	folded := map[iam.Match]iam.Match{
		iam.EqualsFold: iam.Equals, iam.StartsWithFold: iam.StartsWith, iam.ContainsFold: iam.Contains, iam.EndsWithFold: iam.EndsWith,
	}
	byID := iam.Page{Limit: 100, Asc: true, SortBy: iam.FieldID}
	for match := iam.Equals; match <= iam.EndsWithFold; match++ {
		way, fold := ways[match], same
		if plain, ok := folded[match]; ok {
			way, fold = ways[plain], iam.Fold
		}
		prefixes := match == iam.StartsWith || match == iam.StartsWithFold
		for n, text := range append([]string{"", "none", "a\U0010ffffbc"}, oddNames...) {
			if !prefixes && n%5 != int(match)%5 && text != "" {
				continue // prefixes, made of ranges, are the delicate ones; of the others a part will do
			}
			for field, fold := range map[iam.Field]func(string) string{iam.FieldFirstName: fold, iam.FieldPhone: same} {
				if n%5 != 0 && (field == iam.FieldPhone) == (match%2 == 1) {
					continue // folding is of the names, exactness of the phone numbers; of the rest a part will do
				}
				var want, others []string
				for i, name := range oddNames {
					id := fmt.Sprintf("%03d", i)
					if way(fold(name), fold(text)) {
						want = append(want, id)
					} else {
						others = append(others, id)
					}
				}
				f := iam.Filter{Field: field, Match: match, Text: text}
				if got := users(t, db, f, byID); !slices.Equal(got, want) {
					t.Errorf("match %d of %s with %q: %v, want %v", match, field, text, got, want)
				}
				if match == iam.StartsWith {
					if got := users(t, db, iam.Filter{Not: &f}, byID); !slices.Equal(got, others) {
						t.Errorf("not match %d of %s with %q: %v, want %v", match, field, text, got, others)
					}
				}
			}
		}
	}
	for _, values := range [][]string{nil, {"none"}, {"a", "none", "b", "a'b"}, oddNames} {
		var want []string
		for i, name := range oddNames {
			if slices.Contains(values, name) {
				want = append(want, fmt.Sprintf("%03d", i))
			}
		}
		if got := users(t, db, iam.FieldFirstName.In(values), byID); !slices.Equal(got, want) {
			t.Errorf("one of %q: %v, want %v", values, got, want)
		}
	}
}

// sorting goes byte by byte, without regard to case where there is a folded
// copy, and by id among equals.
func sorting(t *testing.T, db *store.DB) {
	addOddUsers(t, db)
	for field, key := range map[iam.Field]func(string) string{
		iam.FieldFirstName: iam.Fold, iam.FieldPhone: func(s string) string { return s },
	} {
		want := make([]string, len(oddNames))
		for i := range want {
			want[i] = fmt.Sprintf("%03d", i)
		}
		name := func(id string) string {
			var i int
			_, _ = fmt.Sscan(strings.TrimLeft(id[:2], "0")+id[2:], &i)
			return key(oddNames[i])
		}
		slices.SortFunc(want, func(a, b string) int {
			if c := strings.Compare(name(a), name(b)); c != 0 {
				return c
			}
			return strings.Compare(a, b)
		})
		if got := users(t, db, iam.Filter{}, iam.Page{Limit: 100, Asc: true, SortBy: field}); !slices.Equal(got, want) {
			t.Errorf("by %s, ascending:\n got %v\nwant %v", field, got, want)
		}
		slices.Reverse(want)
		if got := users(t, db, iam.Filter{}, iam.Page{Limit: 100, SortBy: field}); !slices.Equal(got, want) {
			t.Errorf("by %s, descending:\n got %v\nwant %v", field, got, want)
		}
	}
}

// combinations of filters, compared with what Go says.
func combinations(t *testing.T, db *store.DB) {
	write(t, db, addOrg(iam.Org{ID: "A"}))
	states, types := []iam.State{iam.Active, iam.Inactive, iam.Locked}, []iam.UserType{iam.Human, iam.Machine}
	var ids []string
	for i := range 12 {
		id := fmt.Sprintf("%d%d%02d", i%3, i%2, i)
		ids = append(ids, id)
		write(t, db, addUser(iam.User{ID: id, OrgID: "A", State: states[i%3], Type: types[i%2]}))
	}
	slices.Sort(ids)
	active, human := iam.FieldState.Is("active"), iam.FieldUserType.Is("human")
	isActive, isHuman := func(id string) bool { return id[0] == '0' }, func(id string) bool { return id[1] == '0' }
	notActive := iam.Filter{Not: &active}
	notBoth := iam.Filter{Not: &iam.Filter{All: []iam.Filter{active, human}}}
	deep := active
	for range iam.MaxFilterDepth {
		inner := deep
		deep = iam.Filter{Not: &inner}
	}
	for _, test := range []struct {
		name   string
		filter iam.Filter
		want   func(id string) bool
	}{
		{"zero", iam.Filter{}, func(string) bool { return true }},
		{"all of nothing", iam.Filter{All: []iam.Filter{}}, func(string) bool { return true }},
		{"any of nothing", iam.Filter{Any: []iam.Filter{}}, func(string) bool { return false }},
		{"one", active, isActive},
		{"not", notActive, func(id string) bool { return !isActive(id) }},
		{"not any of nothing", iam.Filter{Not: &iam.Filter{Any: []iam.Filter{}}}, func(string) bool { return true }},
		{"all", iam.Filter{All: []iam.Filter{active, human}}, func(id string) bool { return isActive(id) && isHuman(id) }},
		{"any", iam.Filter{Any: []iam.Filter{active, human}}, func(id string) bool { return isActive(id) || isHuman(id) }},
		{"not all", notBoth, func(id string) bool { return !(isActive(id) && isHuman(id)) }},
		{
			"all of any",
			iam.Filter{All: []iam.Filter{{Any: []iam.Filter{active, human}}, notBoth}},
			func(id string) bool { return isActive(id) != isHuman(id) },
		},
		{
			"any of all",
			iam.Filter{Any: []iam.Filter{{All: []iam.Filter{active, human}}, {All: []iam.Filter{notActive, iam.FieldID.In(ids[11:])}}}},
			func(id string) bool { return isActive(id) && isHuman(id) || !isActive(id) && id == ids[11] },
		},
		{"deep", deep, isActive},
	} {
		var want []string
		for _, id := range ids {
			if test.want(id) {
				want = append(want, id)
			}
		}
		if got := users(t, db, test.filter, iam.Page{Limit: 100, Asc: true, SortBy: iam.FieldID}); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", test.name, got, want)
		}
	}
}

// refusedLists are those whose filter or order makes no sense.
func refusedLists(t *testing.T, db *store.DB) {
	populate(t, db)
	deep := iam.Filter{}
	for range iam.MaxFilterDepth + 1 {
		inner := deep
		deep = iam.Filter{Not: &inner}
	}
	for name, f := range map[string]iam.Filter{
		"unknown field":            iam.Field("password_hash").Is("x"),
		"field of another list":    iam.FieldRoleKey.Is("x"),
		"unknown field, nested":    {Any: []iam.Filter{{Not: &iam.Filter{Field: "1; DROP TABLE users"}}}},
		"text of a time":           iam.FieldCreated.Is("2020"),
		"several of a time":        iam.FieldCreated.In([]string{"1"}),
		"time of a text":           {Field: iam.FieldUserName, Match: iam.Before, Time: 5},
		"unknown match":            {Field: iam.FieldUserName, Match: iam.IsTime + 1},
		"negative match":           {Field: iam.FieldCreated, Match: -1},
		"too deep":                 deep,
		"too wide":                 {Any: make([]iam.Filter, iam.MaxFilterNodes)},
		"too many values":          iam.FieldID.In(make([]string, iam.MaxLimit+1)),
		"too long":                 iam.FieldID.Is(strings.Repeat("x", 4*iam.MaxName+1)),
		"NUL in a nested value":    {All: []iam.Filter{iam.FieldID.In([]string{"\x00"})}},
		"not UTF-8 in nested text": {Not: &iam.Filter{Field: iam.FieldID, Text: "\xff"}},
	} {
		_, err := db.Read().Users(t.Context(), everything, f, page)
		wantKind(t, name, err, iam.InvalidArgument)
	}
	for name, sort := range map[string]iam.Field{"unknown": "u.id; --", "of another list": iam.FieldLevel} {
		_, err := db.Read().Users(t.Context(), everything, iam.Filter{}, iam.Page{Limit: 1, SortBy: sort})
		wantKind(t, "sort by "+name, err, iam.InvalidArgument)
	}
	_, err := db.Read().Authorizations(t.Context(), everything, iam.Filter{}, iam.Page{Limit: 1, SortBy: iam.FieldRoleKey})
	wantKind(t, "sort by a field of many values", err, iam.InvalidArgument)
	if l, err := db.Read().Users(t.Context(), everything, iam.Filter{Field: iam.FieldCreated, Match: iam.AtMost, Time: math.MaxInt64}, page); err != nil || l.Total != 2 {
		t.Errorf("before the end of time: %d, %v", l.Total, err)
	}
}

// lists are all lists, as functions that count.
func lists(ctx context.Context, r store.Reader) map[string]func(iam.Reach, iam.Filter, iam.Page) (uint64, []string, error) {
	return map[string]func(iam.Reach, iam.Filter, iam.Page) (uint64, []string, error){
		"orgs": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.Orgs(ctx, w, f, p)
			return l.Total, ids(l.Items, func(o iam.Org) string { return o.ID }), err
		},
		"projects": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.Projects(ctx, w, f, p)
			return l.Total, ids(l.Items, func(o iam.Project) string { return o.ID }), err
		},
		"roles": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.Roles(ctx, w, f, p)
			return l.Total, ids(l.Items, func(o iam.Role) string { return o.Key }), err
		},
		"users": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.Users(ctx, w, f, p)
			return l.Total, ids(l.Items, func(o iam.User) string { return o.ID }), err
		},
		"credentials": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.Credentials(ctx, iam.PersonalAccessToken, w, f, p)
			return l.Total, ids(l.Items, func(o iam.Credential) string { return o.ID }), err
		},
		"project grants": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.ProjectGrants(ctx, w, f, p)
			return l.Total, ids(l.Items, func(o iam.ProjectGrant) string { return o.ID }), err
		},
		"granted projects": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.GrantedProjects(ctx, w, f, p)
			return l.Total, ids(l.Items, func(o iam.ProjectGrant) string { return o.ID }), err
		},
		"authorizations": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.Authorizations(ctx, w, f, p)
			return l.Total, ids(l.Items, func(o iam.Authorization) string { return o.ID }), err
		},
		"memberships": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.Memberships(ctx, w, f, p)
			return l.Total, ids(l.Items, func(o iam.Membership) string { return o.UserID + " " + string(o.Level) }), err
		},
		"metadata": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.MetadataEntries(ctx, w, f, p)
			return l.Total, ids(l.Items, func(m iam.Metadata) string { return m.OwnerID + " " + m.Key }), err
		},
		"domains": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.OrgDomains(ctx, w, f, p)
			return l.Total, ids(l.Items, func(d iam.OrgDomain) string { return d.Domain }), err
		},
		"applications": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.Applications(ctx, w, f, p)
			return l.Total, ids(l.Items, func(o iam.Application) string { return o.ID }), err
		},
		"application keys": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.ApplicationKeys(ctx, w, f, p)
			return l.Total, ids(l.Items, func(o iam.ApplicationKey) string { return o.ID }), err
		},
		"events": func(w iam.Reach, f iam.Filter, p iam.Page) (uint64, []string, error) {
			l, err := r.Events(ctx, w, f, p)
			return l.Total, ids(l.Items, func(o iam.Event) string { return string(o.Type) }), err
		},
	}
}

func ids[T any](items []T, id func(T) string) []string {
	var out []string
	for _, item := range items {
		out = append(out, id(item))
	}
	return out
}
