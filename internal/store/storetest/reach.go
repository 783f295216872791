package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// reach lists each noun for callers that reach some of it. What no row here
// names, that reach does not show.
func reach(t *testing.T, db *store.DB) {
	populate(t, db)
	write(t, db, all(
		addCredential(iam.Credential{ID: "secret", UserID: "ua", Kind: iam.ClientSecret}),
		addMetadata(iam.Metadata{Level: iam.MetadataOfUser, OwnerID: "ua", Key: "k"}),
		addMetadata(iam.Metadata{Level: iam.MetadataOfOrg, OwnerID: "A", Key: "k"}),
		addDomain(iam.OrgDomain{OrgID: "B", Domain: "b.example.com"}),
		addApplication(iam.Application{ID: "qa", ProjectID: "pa"}), addApplicationKey(iam.ApplicationKey{ID: "ka", ApplicationID: "qa"}),
		addApplication(iam.Application{ID: "qb", ProjectID: "pb"}), addApplicationKey(iam.ApplicationKey{ID: "kb", ApplicationID: "qb"}),
		func(tx *store.Tx) error {
			return tx.Record(iam.Event{Type: "of.a", Aggregate: "x", AggregateID: "A", OrgID: "A", UserID: "ua"})
		},
	))
	rows := []struct {
		name  string
		reach iam.Reach
		want  map[string][]string
	}{
		{"nothing", iam.Reach{}, nil},
		{"empty lists", iam.Reach{OrgIDs: []string{}, ProjectIDs: []string{}}, nil},
		{"what does not exist", iam.Reach{OrgIDs: []string{"none", "a"}, ProjectIDs: []string{"A"}, GrantIDs: []string{"pa"}, UserID: "none"}, nil},
		{"org A", iam.Reach{OrgIDs: []string{"A"}}, map[string][]string{
			"orgs": {"A"}, "projects": {"pa"}, "roles": {"r1", "r2"}, "users": {"ua"}, "credentials": {"ca"},
			"project grants": {"g"}, "authorizations": {"aa"}, "memberships": {"ua org"}, "events": {"of.a"},
			"metadata": {"A k", "ua k"}, "domains": {"A.example"},
			"applications": {"qa"}, "application keys": {"ka"},
		}},
		{"org B", iam.Reach{OrgIDs: []string{"B"}}, map[string][]string{
			"orgs": {"B"}, "projects": {"pb"}, "roles": {"r3"}, "users": {"ub"}, "credentials": {"cb"},
			"granted projects": {"g"}, "authorizations": {"ab"}, "memberships": {"ub project", "ub project_grant"},
			"domains":      {"B.example", "b.example.com"},
			"applications": {"qb"}, "application keys": {"kb"},
		}},
		{"project pa", iam.Reach{ProjectIDs: []string{"pa"}}, map[string][]string{
			"projects": {"pa"}, "roles": {"r1", "r2"}, "project grants": {"g"}, "authorizations": {"aa"},
			"applications": {"qa"}, "application keys": {"ka"},
		}},
		{"project pb", iam.Reach{ProjectIDs: []string{"pb"}}, map[string][]string{
			"projects": {"pb"}, "roles": {"r3"}, "memberships": {"ub project"},
			"applications": {"qb"}, "application keys": {"kb"},
		}},
		{"grant", iam.Reach{GrantIDs: []string{"g"}}, map[string][]string{
			"project grants": {"g"}, "granted projects": {"g"}, "authorizations": {"ab"}, "memberships": {"ub project_grant"},
		}},
		{"user ua", iam.Reach{UserID: "ua"}, map[string][]string{
			"users": {"ua"}, "credentials": {"ca"}, "authorizations": {"aa"},
			"memberships": {"ua instance", "ua org"}, "events": {"of.a"}, "metadata": {"ua k"},
		}},
		{"several", iam.Reach{OrgIDs: []string{"A"}, GrantIDs: []string{"g"}, UserID: "ub"}, map[string][]string{
			"orgs": {"A"}, "projects": {"pa"}, "roles": {"r1", "r2"}, "users": {"ua", "ub"}, "credentials": {"ca", "cb"},
			"project grants": {"g"}, "granted projects": {"g"}, "authorizations": {"aa", "ab"},
			"memberships": {"ua org", "ub project", "ub project_grant"}, "events": {"of.a"},
			"metadata": {"A k", "ua k"}, "domains": {"A.example"},
			"applications": {"qa"}, "application keys": {"ka"},
		}},
		{"all", iam.Reach{All: true}, map[string][]string{
			"orgs": {"A", "B"}, "projects": {"pa", "pb"}, "roles": {"r1", "r2", "r3"}, "users": {"ua", "ub"}, "credentials": {"ca", "cb"},
			"project grants": {"g"}, "granted projects": {"g"}, "authorizations": {"aa", "ab"},
			"memberships": {"ua instance", "ua org", "ub project", "ub project_grant"}, "events": {"of.a", "test.done", "test.done"},
			"metadata": {"A k", "ua k"}, "domains": {"A.example", "B.example", "b.example.com"},
			"applications": {"qa", "qb"}, "application keys": {"ka", "kb"},
		}},
	}
	for name, run := range lists(t.Context(), db.Read()) {
		for _, row := range rows {
			total, got, err := run(row.reach, iam.Filter{}, page)
			slices.Sort(got)
			if want := row.want[name]; err != nil || !slices.Equal(got, want) || total != uint64(len(want)) {
				t.Errorf("%s with %s: %v (total %d), %v; want %v", name, row.name, got, total, err, want)
			}
			// A filter narrows a reach and never widens it.
			total, got, err = run(row.reach, iam.Filter{Any: []iam.Filter{{}, {Any: []iam.Filter{}}}}, page)
			if want := row.want[name]; err != nil || total != uint64(len(want)) || len(got) != len(want) {
				t.Errorf("%s with %s and a filter for everything: %v (total %d), %v; want %v", name, row.name, got, total, err, want)
			}
		}
	}
}

// everyField filters and sorts each list by every field that it knows: a
// mistake in the SQL of one would be a fault. Who knows it not refuses it.
func everyField(t *testing.T, db *store.DB) {
	populate(t, db)
	fields := []iam.Field{
		iam.FieldCreated, iam.FieldChanged, iam.FieldExpires, iam.FieldID, iam.FieldName, iam.FieldDomain, iam.FieldState,
		iam.FieldOrgID, iam.FieldGrantedOrgID, iam.FieldOrgName, iam.FieldOrgDomain, iam.FieldUserID, iam.FieldUserName,
		iam.FieldUserOrgID, iam.FieldUserType, iam.FieldFirstName, iam.FieldLastName, iam.FieldNickName, iam.FieldDisplayName,
		iam.FieldEmail, iam.FieldPhone, iam.FieldKey, iam.FieldGroup, iam.FieldRoleKey, iam.FieldProjectID, iam.FieldProjectName,
		iam.FieldProjectOrgID, iam.FieldGrantID, iam.FieldLevel, iam.FieldResourceID, iam.FieldResourceOrgID,
		iam.FieldAggregate, iam.FieldEditorID, iam.FieldGrantedOrgName,
		iam.FieldApplicationID, iam.FieldApplicationType, iam.FieldClientID,
	}
	known := map[string]int{
		"orgs": 5, "projects": 6, "roles": 6, "users": 13, "credentials": 7, "project grants": 10, "granted projects": 10,
		"authorizations": 20, "memberships": 17, "events": 9, "metadata": 5, "domains": 3, "applications": 9, "application keys": 7,
	}
	for name, run := range lists(t.Context(), db.Read()) {
		count := 0
		for _, field := range fields {
			_, _, text := run(everything, iam.Filter{Field: field, Match: iam.ContainsFold, Text: "x"}, page)
			_, _, timed := run(everything, iam.Filter{Field: field, Match: iam.After, Time: 1}, page)
			_, _, sorted := run(everything, iam.Filter{}, iam.Page{Limit: 10, SortBy: field})
			for how, err := range map[string]error{"text": text, "time": timed, "sort": sorted} {
				if err != nil && !iam.Is(err, iam.InvalidArgument) {
					t.Errorf("%s by %s, %s: %v", name, field, how, err)
				}
			}
			if text == nil && timed == nil {
				t.Errorf("%s: %s is both a text and a time", name, field)
			}
			if text == nil || timed == nil {
				count++
			} else if sorted == nil {
				t.Errorf("%s: %s sorts but does not filter", name, field)
			}
		}
		if count != known[name] {
			t.Errorf("%s knows %d fields, want %d", name, count, known[name])
		}
	}
	r, ctx := db.Read(), t.Context()
	for what, list := range map[string]func() (uint64, error){
		"authorizations": func() (uint64, error) {
			return counted(r.Authorizations(ctx, everything, iam.FieldRoleKey.Is("r2"), page))
		},
		"project grants": func() (uint64, error) {
			return counted(r.ProjectGrants(ctx, everything, iam.FieldRoleKey.Is("r1"), page))
		},
	} {
		if n, err := list(); err != nil || n != 1 {
			t.Errorf("%s by a role: %d, %v; want 1", what, n, err)
		}
	}
}

// clock is a time that tests move.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

// times filters by creation, to the microsecond.
func times(t *testing.T, cfg store.Config) {
	c := &clock{page2030}
	cfg.Now = c.now
	db := Open(t, cfg)
	write(t, db, addOrg(iam.Org{ID: "A"}))
	for i := range 3 {
		c.Time = page2030.Add(time.Duration(i) * time.Microsecond)
		write(t, db, addUser(iam.User{ID: fmt.Sprint(i), OrgID: "A"}))
	}
	at := page2030.UnixMicro() + 1
	for match, want := range map[iam.Match][]string{
		iam.Before: {"0"}, iam.AtMost: {"0", "1"}, iam.IsTime: {"1"}, iam.AtLeast: {"1", "2"}, iam.After: {"2"},
	} {
		if got := users(t, db, iam.Filter{Field: iam.FieldCreated, Match: match, Time: at}, page); !slices.Equal(got, want) {
			t.Errorf("match %d: %v, want %v", match, got, want)
		}
	}
	c.Time = page2030.Add(time.Hour + 999*time.Nanosecond)
	write(t, db, func(tx *store.Tx) error {
		u, err := tx.User(t.Context(), "0")
		if err != nil {
			return err
		}
		return tx.SetUser(&u)
	})
	u, err := db.Read().User(t.Context(), "0")
	if err != nil || !u.Created.Equal(page2030) || !u.Changed.Equal(page2030.Add(time.Hour)) || u.Sequence != 5 {
		t.Errorf("after a change: created %v, changed %v, sequence %d, %v", u.Created, u.Changed, u.Sequence, err)
	}
}

// paging cuts a list into pages that together are the list, in both directions.
func paging(t *testing.T, cfg store.Config) {
	c := &clock{page2030}
	cfg.Now = c.now
	db := Open(t, cfg)
	write(t, db, addOrg(iam.Org{ID: "A"}))
	var want []string
	for i := range 25 {
		c.Time = page2030.Add(time.Duration(i/5) * time.Second) // five of each time, told apart by id
		want = append(want, fmt.Sprintf("%02d", i))
		write(t, db, addUser(iam.User{ID: want[i], OrgID: "A"}))
	}
	backwards := slices.Clone(want)
	slices.Reverse(backwards)
	for asc, want := range map[bool][]string{true: want, false: backwards} {
		for _, limit := range []int{1, 7, 24, 25, 26} {
			var got []string
			for offset := 0; offset < 30; offset += limit {
				l, err := db.Read().Users(t.Context(), everything, iam.Filter{}, iam.Page{Offset: uint64(offset), Limit: uint64(limit), Asc: asc})
				if err != nil || l.Total != 25 || len(l.Items) > limit {
					t.Fatalf("offset %d, limit %d: %d of %d, %v", offset, limit, len(l.Items), l.Total, err)
				}
				for _, u := range l.Items {
					got = append(got, u.ID)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("in pages of %d, ascending %v: %v, want %v", limit, asc, got, want)
			}
		}
	}
	l, err := db.Read().Users(t.Context(), everything, iam.FieldID.In(want[:3]), iam.Page{Offset: 1 << 53, Limit: 5})
	if err != nil || l.Total != 3 || len(l.Items) != 0 {
		t.Errorf("far beyond the end: %d of %d, %v", len(l.Items), l.Total, err)
	}
}
