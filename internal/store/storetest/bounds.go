package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// crowd makes two organizations with users of all kinds, who hold roles on the
// projects of both, on one of them also through a grant.
func crowd(t testing.TB, db *store.DB, users int) {
	t.Helper()
	populate(t, db)
	states := []iam.State{iam.Active, iam.Inactive, iam.Locked}
	write(t, db, func(tx *store.Tx) error {
		for i := range users {
			id, org := fmt.Sprintf("u%04d", i), []string{"A", "B"}[i%2]
			u := iam.User{ID: id, OrgID: org, State: states[i%3], UserName: fmt.Sprintf("Name-%d", i*7919%1009), Name: fmt.Sprintf("Label %d", i%10)}
			if i%4 == 0 {
				u.Type, u.Profile = iam.Human, iam.Profile{FirstName: fmt.Sprintf("First %d", i%5), LastName: "Last", Email: fmt.Sprintf("%d@x.example", i)}
			}
			steps := []func(*store.Tx) error{addUser(u), addCredential(iam.Credential{ID: "c" + id, UserID: id})}
			if i%5 > 0 {
				steps = append(steps, addAuthorization(iam.Authorization{ID: "a" + id, UserID: id, ProjectID: "pa", OrgID: "A", RoleKeys: []string{"r1", "r2"}[i%2:]}))
			}
			if i%3 > 0 {
				steps = append(steps, addAuthorization(iam.Authorization{ID: "g" + id, UserID: id, ProjectID: "pa", GrantID: "g", OrgID: "B", RoleKeys: []string{"r1"}}))
			}
			if i%6 == 0 {
				steps = append(steps, addMembership(iam.Membership{UserID: id, Level: iam.LevelProject, ResourceID: "pa", Roles: []iam.ManagerRole{iam.ProjectOwner}}))
			}
			steps = append(steps, func(tx *store.Tx) error {
				return tx.Record(iam.Event{Type: iam.EventType([]string{"one", "two"}[i%2]), Aggregate: "user", AggregateID: id, OrgID: org, UserID: id, ProjectID: "pa"})
			})
			if err := all(steps...)(tx); err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
		}
		return nil
	})
}

// bounds of what is few change how lists are found, and nothing else: every list
// is the same however it is found, for each reach, filter, order and page.
func bounds(t *testing.T, db *store.DB) {
	crowd(t, db, 30)
	text := func(f iam.Field, m iam.Match, s string) iam.Filter { return iam.Filter{Field: f, Match: m, Text: s} }
	every := func(fs ...iam.Filter) iam.Filter { return iam.Filter{All: fs} }
	name := text(iam.FieldUserName, iam.StartsWithFold, "name-1")
	first := text(iam.FieldFirstName, iam.ContainsFold, "RST 1")
	filters := []iam.Filter{
		{},
		name, first, text(iam.FieldUserName, iam.EndsWith, "7"), text(iam.FieldDisplayName, iam.EqualsFold, "label 3"),
		{Not: &name},
		{Not: &first},
		{Any: []iam.Filter{name, iam.FieldState.Is("locked")}},
		every(iam.FieldOrgID.Is("A"), name), every(iam.FieldProjectID.Is("pa"), name),
		text(iam.FieldEmail, iam.StartsWithFold, "1"), text(iam.FieldEmail, iam.ContainsFold, ""), iam.FieldState.Is("active"), iam.FieldUserType.Is("human"),
		iam.FieldOrgID.Is("B"), iam.FieldOrgID.In([]string{"A", "B"}), iam.FieldGrantID.Is("g"), every(iam.FieldGrantID.Is("g"), iam.FieldRoleKey.Is("r1")),
		iam.FieldRoleKey.Is("r2"), text(iam.FieldRoleKey, iam.StartsWith, "r"), every(iam.FieldUserID.Is("u0001"), iam.FieldRoleKey.Is("r2")),
		{Not: &iam.Filter{Field: iam.FieldGrantID, Text: "g"}},
		iam.FieldUserOrgID.Is("A"), every(iam.FieldProjectID.Is("pa"), iam.FieldUserOrgID.Is("B")),
		iam.FieldName.Is("one"), every(iam.FieldName.Is("two"), iam.FieldID.Is("u0001")), iam.FieldName.In([]string{"one", "none"}),
		{Field: iam.FieldCreated, Match: iam.AtLeast, Time: 1},
		text(iam.FieldProjectName, iam.ContainsFold, "PA"), iam.FieldResourceID.Is("pa"),
	}
	reaches := []iam.Reach{
		everything,
		{OrgIDs: []string{"A"}},
		{OrgIDs: []string{"B"}, UserID: "u0002"},
		{OrgIDs: []string{"A", "B", "A"}, UserID: "u0002"},
		{ProjectIDs: []string{"pa"}, UserID: "u0001"},
		{GrantIDs: []string{"g"}, ProjectIDs: []string{"pa"}},
		{OrgIDs: []string{"A"}, GrantIDs: []string{"g"}, UserID: "ub"},
	}
	pages := []iam.Page{
		{Limit: 7, Asc: true},
		{Limit: 100},
		{Limit: 5, Offset: 8, SortBy: iam.FieldUserName},
		{Limit: 5, Offset: 2, SortBy: iam.FieldState, Asc: true},
		{Limit: 4, Offset: 3, SortBy: iam.FieldUserOrgID},
		{Limit: 4, SortBy: iam.FieldID},
	}
	usual := lists(t.Context(), db.Read())
	asked, n := 0, 0
	for _, b := range []store.Bounds{{}, {Others: 1000, Related: 1000}, {Others: 1000}, {Rows: 1000, Found: 1000}, {Rows: 6, Found: 6, Related: 6, Others: 6}} {
		for list, run := range lists(t.Context(), db.Read().Bounded(b)) {
			for _, f := range filters {
				for range 2 { // of all combinations a part, another one for each list
					n++
					page, reach := pages[n%len(pages)], reaches[n/len(pages)%len(reaches)]
					want, ids, err := usual[list](reach, f, page)
					if iam.Is(err, iam.InvalidArgument) {
						continue // not a field of this list
					}
					asked++
					total, got, gotErr := run(reach, f, page)
					if err != nil || gotErr != nil || total != want || !slices.Equal(got, ids) {
						t.Errorf("%s with %+v, filter %+v, page %+v, bounds %+v: %v of %d, %v; usually %v of %d, %v", list, reach, f, page, b, got, total, gotErr, ids, want, err)
					}
				}
			}
		}
	}
	if asked < 800 {
		t.Errorf("%d lists were compared", asked)
	}
}

// plans are how the lists find their rows: not by reading a whole table.
func plans(t *testing.T, cfg store.Config) {
	db := Open(t, cfg)
	crowd(t, db, 30)
	conn, err := raw(t, cfg).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	explain, bad := "EXPLAIN QUERY PLAN ", func(line string) bool { // of a table, which has one letter here
		words := strings.Fields(line)
		return words[0] == "SCAN" && len(words) == 2 && (len(words[1]) == 1 || words[1] == "events")
	}
	if cfg.URL != "" {
		explain, bad = "EXPLAIN ", func(line string) bool { return strings.Contains(line, "Seq Scan") }
		// Where there is an index, it is taken although the tables are small.
		if _, err := conn.ExecContext(t.Context(), "SET enable_seqscan = off"); err != nil {
			t.Fatal(err)
		}
	}
	look := func(what string, query string, args []any) {
		rows, err := conn.QueryContext(t.Context(), explain+query, args...)
		if err != nil {
			t.Fatalf("%s: %v in %s", what, err, query)
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			var a, b, c int
			into := []any{&a, &b, &c, &line}
			if cfg.URL != "" {
				into = into[3:]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			if bad(strings.TrimSpace(line)) {
				t.Errorf("%s: %s in %s", what, line, query)
			}
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
	}
	type asking struct {
		list   string
		filter iam.Filter
		sort   iam.Field
	}
	is, begins := iam.Field.Is, func(f iam.Field, s string) iam.Filter {
		return iam.Filter{Field: f, Match: iam.StartsWithFold, Text: s}
	}
	for _, ask := range []asking{
		{list: "users"},
		{list: "users", sort: iam.FieldUserName},
		{list: "users", sort: iam.FieldDisplayName},
		{list: "users", filter: is(iam.FieldUserType, "human")},
		{list: "users", filter: is(iam.FieldState, "active")},
		{list: "users", filter: begins(iam.FieldUserName, "n")},
		{list: "users", filter: begins(iam.FieldDisplayName, "l")},
		{list: "users", filter: begins(iam.FieldEmail, "1")},
		{list: "users", filter: begins(iam.FieldFirstName, "f")},
		{list: "users", filter: begins(iam.FieldLastName, "l")},
		{list: "authorizations"},
		{list: "authorizations", filter: is(iam.FieldUserID, "u0001")},
		{list: "authorizations", filter: is(iam.FieldProjectID, "pa")},
		{list: "authorizations", filter: is(iam.FieldGrantID, "g")},
		{list: "authorizations", filter: is(iam.FieldOrgID, "A")},
		{list: "authorizations", filter: is(iam.FieldState, "active")},
		{list: "authorizations", filter: is(iam.FieldRoleKey, "r1")},
		{list: "authorizations", filter: begins(iam.FieldUserName, "n")},
		{list: "authorizations", filter: begins(iam.FieldProjectName, "p")},
		{list: "authorizations", filter: is(iam.FieldUserOrgID, "A")},
		{list: "credentials"},
		{list: "credentials", filter: is(iam.FieldUserID, "u0001")},
		{list: "memberships"},
		{list: "memberships", filter: is(iam.FieldUserID, "u0006")},
		{list: "events"},
		{list: "events", filter: is(iam.FieldID, "u0001")},
		{list: "events", filter: is(iam.FieldEditorID, "editor")},
		{list: "events", filter: is(iam.FieldName, "one")},
		{list: "events", filter: is(iam.FieldAggregate, "user")},
		{list: "events", filter: iam.Filter{Field: iam.FieldCreated, Match: iam.After, Time: 1}},
	} {
		for _, reach := range []iam.Reach{everything, {OrgIDs: []string{"A"}, UserID: "u0002"}} {
			if ask.list == "events" && !reach.All {
				continue // there, a reach narrows what a filter finds, and has no index
			}
			for how, b := range map[string]store.Bounds{"few": {Rows: 1000, Found: 1000, Related: 1000, Others: 1000}, "many": {}} {
				what := fmt.Sprintf("%s of %s by %s%s for %+v", how, ask.list, ask.filter.Field, ask.sort, reach)
				var queries []string
				var arguments [][]any
				told := db.Read().Bounded(b).Told(func(query string, args []any) {
					queries, arguments = append(queries, query), append(arguments, args)
				})
				if total, _, err := lists(t.Context(), told)[ask.list](reach, ask.filter, iam.Page{Limit: 3, SortBy: ask.sort}); err != nil || total == 0 && reach.All {
					t.Errorf("%s: %d, %v", what, total, err)
				}
				for i, query := range queries {
					look(what, query, arguments[i])
				}
			}
		}
	}
}
