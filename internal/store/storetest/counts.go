package storetest

import (
	"fmt"
	"maps"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// groups are listed in order, each once, and no more than asked for.
func groups(t *testing.T, db *store.DB) {
	populate(t, db)
	for i, group := range []string{"", "z", "Ä", "a b"} {
		role := &iam.Role{ProjectID: "pb", Key: fmt.Sprint("grouped", i), Group: group}
		write(t, db, func(tx *store.Tx) error { return tx.AddRole(role) })
	}
	for limit, want := range map[int]string{10: "[a b g z Ä]", 2: "[a b g]"} {
		got, err := db.Read().RoleGroups(t.Context(), "pb", limit)
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%d groups: %v, %v, want %s", limit, got, err, want)
		}
	}
}

// counts are those of the lists, for every reach.
func counts(t *testing.T, db *store.DB) {
	populate(t, db)
	write(t, db, addUser(iam.User{ID: "h", OrgID: "A", Type: iam.Human}))
	ctx, r := t.Context(), db.Read()
	byType := func(u iam.UserType) iam.Filter { return iam.FieldUserType.Is(string(u)) }
	listed := lists(ctx, r)
	for _, reach := range []iam.Reach{
		{},
		{All: true},
		{OrgIDs: []string{"A"}},
		{OrgIDs: []string{"A", "B"}},
		{OrgIDs: []string{"B"}, ProjectIDs: []string{"pa"}},
		{ProjectIDs: []string{"pa"}},
		{GrantIDs: []string{"g"}},
		{UserID: "ub"},
		{OrgIDs: []string{"none"}},
	} {
		for what, c := range map[string]struct {
			count func() (uint64, error)
			list  string
			f     iam.Filter
		}{
			"humans":           {func() (uint64, error) { return r.CountUsers(ctx, reach, iam.Human) }, "users", byType(iam.Human)},
			"machines":         {func() (uint64, error) { return r.CountUsers(ctx, reach, iam.Machine) }, "users", byType(iam.Machine)},
			"projects":         {func() (uint64, error) { return r.CountProjects(ctx, reach) }, "projects", iam.Filter{}},
			"granted projects": {func() (uint64, error) { return r.CountGrantedProjects(ctx, reach) }, "granted projects", iam.Filter{}},
			"authorizations":   {func() (uint64, error) { return r.CountAuthorizations(ctx, reach) }, "authorizations", iam.Filter{}},
		} {
			want, _, err := listed[c.list](reach, c.f, page)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.count(); err != nil || got != want {
				t.Errorf("%s with %+v: %d, %v; want %d", what, reach, got, err, want)
			}
		}
	}
	if n, err := r.CountUsers(ctx, everything, iam.Human); err != nil || n != 1 {
		t.Errorf("%d humans, %v; want 1", n, err)
	}
	a, b := iam.UserNames{UserName: "ua", Label: "Machine A"}, iam.UserNames{UserName: "ub", Label: "Machine B"}
	for name, c := range map[string]struct {
		reach iam.Reach
		want  map[string]iam.UserNames
	}{
		"nothing": {iam.Reach{}, map[string]iam.UserNames{}}, "org": {iam.Reach{OrgIDs: []string{"A"}}, map[string]iam.UserNames{"ua": a}},
		"itself": {iam.Reach{UserID: "ub"}, map[string]iam.UserNames{"ub": b}},
		"all":    {everything, map[string]iam.UserNames{"ua": a, "ub": b}},
	} {
		if got, err := r.UserNames(ctx, c.reach, []string{"ua", "ub", "none"}); err != nil || !maps.Equal(got, c.want) {
			t.Errorf("names within reach of %s: %v, %v; want %v", name, got, err, c.want)
		}
	}
	activeMembers(t, db)
}

// activeMembers count while they and their organization are active.
func activeMembers(t *testing.T, db *store.DB) {
	ctx := t.Context()
	owners := func(why string, want int) {
		t.Helper()
		if n, err := db.Read().CountActiveMembers(ctx, iam.LevelInstance, "i", iam.IAMOwner); err != nil || n != want {
			t.Errorf("%s: %d owners, %v; want %d", why, n, err, want)
		}
	}
	write(t, db, addMembership(iam.Membership{UserID: "h", Level: iam.LevelInstance, ResourceID: "i", Roles: []iam.ManagerRole{iam.IAMOwnerViewer, iam.IAMOwner}}))
	owners("both active", 2)
	for _, state := range []iam.State{iam.Inactive, iam.Locked, iam.Active} {
		want := 1
		if state == iam.Active {
			want = 2
		}
		write(t, db, func(tx *store.Tx) error {
			u, err := tx.User(ctx, "h")
			if err != nil {
				return err
			}
			u.State = state
			return tx.SetUser(&u)
		})
		owners("one is "+string(state), want)
	}
	write(t, db, func(tx *store.Tx) error {
		o, err := tx.Org(ctx, "A")
		if err != nil {
			return err
		}
		o.State = iam.Inactive
		return tx.SetOrg(&o)
	})
	owners("their organization is off", 0)
}

// sequences of authorizations and grants rise when they lose a role, and only then.
func sequences(t *testing.T, db *store.DB) {
	populate(t, db)
	ctx := t.Context()
	look := func() map[string]iam.Meta {
		t.Helper()
		now := map[string]iam.Meta{}
		for _, id := range []string{"aa", "ab"} {
			a, err := db.Read().Authorization(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			now[id] = a.Meta
		}
		g, err := db.Read().ProjectGrant(ctx, "g")
		if err != nil {
			t.Fatal(err)
		}
		now["g"] = g.Meta
		return now
	}
	grant := func(keys ...string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			g, err := tx.ProjectGrant(ctx, "g")
			if err != nil {
				return err
			}
			g.RoleKeys = keys
			return tx.SetProjectGrant(&g)
		}
	}
	seen := look()
	for _, step := range []struct {
		name  string
		do    func(*store.Tx) error
		rises string
	}{
		{"remove a role of one", func(tx *store.Tx) error { return tx.RemoveRole("pa", "r2") }, "aa"},
		{"remove a role of another project", func(tx *store.Tx) error { return tx.RemoveRole("pb", "r3") }, ""},
		{"define a role", addRoles("pa", "r4"), ""},
		{"lend more", grant("r1", "r4"), "g"},
		{"lend less, that nobody has", grant("r1"), "g"},
		{"lend nothing", grant(), "ab g"},
		{"lend again", grant("r1"), "g"},
		{"remove a role that is lent", func(tx *store.Tx) error { return tx.RemoveRole("pa", "r1") }, "aa g"},
	} {
		write(t, db, step.do)
		now, rose := look(), ""
		for _, id := range []string{"aa", "ab", "g"} {
			switch {
			case now[id].Sequence > seen[id].Sequence:
				rose += " " + id
				if now[id].Changed.Before(seen[id].Changed) || !now[id].Created.Equal(seen[id].Created) {
					t.Errorf("%s: %s was %+v, is %+v", step.name, id, seen[id], now[id])
				}
			case now[id] != seen[id]:
				t.Errorf("%s: %s was %+v, is %+v", step.name, id, seen[id], now[id])
			}
		}
		if want := step.rises; rose != want && rose != " "+want {
			t.Errorf("%s: the sequences of%s rose, want %s", step.name, rose, want)
		}
		seen = now
	}
}

// longHistory is counted up to a bound, and read beyond it.
func longHistory(t *testing.T, db *store.DB) {
	ctx := t.Context()
	for _, n := range []int{store.CountedEvents - 1, 1, 5} {
		for first := 0; first < n; first += iam.MaxLimit { // a write has only so much time
			some(t, db, first, min(n, first+iam.MaxLimit))
		}
	}
	const all = store.CountedEvents + 5
	for name, test := range map[string]struct {
		f     iam.Filter
		total uint64
	}{
		"all": {iam.FieldUserID.Is("u"), store.CountedEvents}, "few": {iam.FieldID.Is("3"), 2}, "none": {iam.FieldUserID.Is("v"), 0},
	} {
		for _, reach := range []iam.Reach{everything, {OrgIDs: []string{"A"}}, {UserID: "u"}} {
			if l, err := db.Read().Events(ctx, reach, test.f, iam.Page{Limit: 3}); err != nil || l.Total != test.total || uint64(len(l.Items)) != min(3, test.total) {
				t.Errorf("%s with %+v: %d of %d, %v; want %d", name, reach, len(l.Items), l.Total, err, test.total)
			}
		}
	}
	l, err := db.Read().Events(ctx, everything, iam.FieldUserID.Is("u"), iam.Page{Limit: 10, Offset: all - 2})
	if err != nil || len(l.Items) != 2 || l.Items[1].AggregateID != "0" {
		t.Errorf("the oldest: %+v, %v", l, err)
	}
}

// some records events about things that are numbered.
func some(t *testing.T, db *store.DB, from, to int) {
	t.Helper()
	write(t, db, func(tx *store.Tx) error {
		for i := from; i < to; i++ {
			e := iam.Event{Type: "test.many", Aggregate: "user", AggregateID: fmt.Sprint(i), OrgID: "A", UserID: "u", ProjectID: "p"}
			if err := tx.Record(e); err != nil {
				return err
			}
		}
		return nil
	})
}
