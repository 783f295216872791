package storetest

import (
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Exercise runs the suite that every database must pass. fresh names an empty
// database, another one at each call.
func Exercise(t *testing.T, fresh func(t testing.TB) store.Config) {
	for name, test := range map[string]func(*testing.T, *store.DB){
		"Nouns": nouns, "Instance": instance, "Settings": settings, "TrustedDomains": trustedDomains, "Unique": unique, "Cascades": cascades, "Folding": folding,
		"Unstorable": unstorable, "TextMatches": textMatches, "Sorting": sorting, "Combinations": combinations,
		"EventParts":   eventParts,
		"RefusedLists": refusedLists, "Fields": everyField, "Reach": reach, "Bounds": bounds, "Subjects": subjects,
		"Counts": counts, "Groups": groups, "Sequences": sequences, "LongHistory": longHistory, "Holdings": holdings, "ClientSecrets": clientSecrets,
		"Metadata": metadata, "Domains": domains,
		"Applications": applications,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, Open(t, fresh(t)))
		})
	}
	run(t, fresh, map[string]func(*testing.T, store.Config){
		"Times": times, "Plans": plans, "Paging": paging, "Migrate": migrate, "Newer": newer, "Upgrade": upgrade,
		"Sessions": sessions, "Devices": devices, "Codes": codes,
		"FeedBatches": feedBatches, "FeedOwnEvents": feedOwnEvents, "FeedOutage": feedOutage,
	})
	ExerciseWrites(t, fresh)
}

// ExerciseWrites runs the part of the suite on which the database's isolation
// of transactions bears.
func ExerciseWrites(t *testing.T, fresh func(t testing.TB) store.Config) {
	run(t, fresh, map[string]func(*testing.T, store.Config){
		"Transactions": transactions, "Contention": contention, "Feed": feed, "Attempts": attempts,
	})
}

func run(t *testing.T, fresh func(t testing.TB) store.Config, tests map[string]func(*testing.T, store.Config)) {
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, fresh(t))
		})
	}
}

// try writes and records an event.
func try(t testing.TB, db *store.DB, fn func(*store.Tx) error) error {
	t.Helper()
	return db.Write(t.Context(), "editor", func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(iam.Event{Type: "test.done", Aggregate: "test", AggregateID: "1"})
	})
}

// write is try where nothing may fail.
func write(t testing.TB, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := try(t, db, fn); err != nil {
		t.Fatal(err)
	}
}

// all runs steps until one fails.
func all(steps ...func(*store.Tx) error) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		for _, step := range steps {
			if err := step(tx); err != nil {
				return err
			}
		}
		return nil
	}
}

func addOrg(o iam.Org) func(*store.Tx) error {
	if o.PrimaryDomain == "" {
		o.PrimaryDomain = o.ID + ".example"
	}
	if o.Name == "" {
		o.Name = "Org " + o.ID
	}
	if o.State == "" {
		o.State = iam.Active
	}
	return func(tx *store.Tx) error { return tx.AddOrg(&o) }
}

func addProject(p iam.Project) func(*store.Tx) error {
	if p.Name == "" {
		p.Name = "Project " + p.ID
	}
	p.State = iam.Active
	return func(tx *store.Tx) error { return tx.AddProject(&p) }
}

func addRoles(projectID string, keys ...string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		for _, k := range keys {
			if err := tx.AddRole(&iam.Role{ProjectID: projectID, Key: k, DisplayName: "The " + k, Group: "g"}); err != nil {
				return err
			}
		}
		return nil
	}
}

func addUser(u iam.User) func(*store.Tx) error {
	if u.UserName == "" {
		u.UserName = u.ID
	}
	if u.Type == "" {
		u.Type, u.AccessTokenType = iam.Machine, iam.JWTToken
	}
	if u.State == "" {
		u.State = iam.Active
	}
	return func(tx *store.Tx) error { return tx.AddUser(&u) }
}

func addGrant(g iam.ProjectGrant) func(*store.Tx) error {
	g.State = iam.Active
	return func(tx *store.Tx) error { return tx.AddProjectGrant(&g) }
}

func addAuthorization(a iam.Authorization) func(*store.Tx) error {
	if a.State == "" {
		a.State = iam.Active
	}
	return func(tx *store.Tx) error { return tx.AddAuthorization(&a) }
}

func addMembership(m iam.Membership) func(*store.Tx) error {
	return func(tx *store.Tx) error { return tx.AddMembership(&m) }
}

func addCredential(c iam.Credential) func(*store.Tx) error {
	if c.Kind == "" {
		c.Kind = iam.PersonalAccessToken
	}
	if c.Verifier == nil {
		c.Verifier = []byte("verifier of " + c.ID)
	}
	return func(tx *store.Tx) error { return tx.AddCredential(&c) }
}

// populate makes two organizations. A owns project pa with the roles r1 and r2,
// of which it lends r1 to B; B owns project pb. Each has a service user with a
// token, and B's user is authorized on pa through the grant.
func populate(t testing.TB, db *store.DB) {
	t.Helper()
	write(t, db, all(
		addOrg(iam.Org{ID: "A"}), addOrg(iam.Org{ID: "B"}),
		addProject(iam.Project{ID: "pa", OrgID: "A"}), addProject(iam.Project{ID: "pb", OrgID: "B"}),
		addProject(iam.Project{ID: "internal", OrgID: "A", Internal: true}),
		addRoles("pa", "r1", "r2"), addRoles("pb", "r3"),
		addGrant(iam.ProjectGrant{ID: "g", ProjectID: "pa", GrantedOrgID: "B", RoleKeys: []string{"r1"}}),
		addUser(iam.User{ID: "ua", OrgID: "A", Name: "Machine A"}),
		addUser(iam.User{ID: "ub", OrgID: "B", Name: "Machine B"}),
		addCredential(iam.Credential{ID: "ca", UserID: "ua"}), addCredential(iam.Credential{ID: "cb", UserID: "ub"}),
		addAuthorization(iam.Authorization{ID: "aa", UserID: "ua", ProjectID: "pa", OrgID: "A", RoleKeys: []string{"r1", "r2"}}),
		addAuthorization(iam.Authorization{ID: "ab", UserID: "ub", ProjectID: "pa", GrantID: "g", OrgID: "B", RoleKeys: []string{"r1"}}),
		addMembership(iam.Membership{UserID: "ua", Level: iam.LevelInstance, ResourceID: "i", Roles: []iam.ManagerRole{iam.IAMOwner}}),
		addMembership(iam.Membership{UserID: "ua", Level: iam.LevelOrg, ResourceID: "A", Roles: []iam.ManagerRole{iam.OrgOwner}}),
		addMembership(iam.Membership{UserID: "ub", Level: iam.LevelProject, ResourceID: "pb", Roles: []iam.ManagerRole{iam.ProjectOwner}}),
		addMembership(iam.Membership{UserID: "ub", Level: iam.LevelProjectGrant, ResourceID: "g", Roles: []iam.ManagerRole{iam.ProjectGrantOwner}}),
	))
}

// wantKind checks an error's kind.
func wantKind(t testing.TB, what string, err error, kind iam.Kind) {
	t.Helper()
	if !iam.Is(err, kind) {
		t.Errorf("%s: error %v, want kind %d", what, err, kind)
	}
}

var everything = iam.Reach{All: true}

// page is the first hundred, oldest first.
var page = iam.Page{Limit: 100, Asc: true}
