package storetest

import (
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// holdings are counted in all organizations, and of nothing else.
func holdings(t *testing.T, db *store.DB) {
	populate(t, db)
	owner := []iam.ManagerRole{iam.ProjectOwner}
	write(t, db, all(
		addUser(iam.User{ID: "uc", OrgID: "B"}), addApplication(iam.Application{ID: "qa", ProjectID: "pa"}),
		addCredential(iam.Credential{ID: "cc", UserID: "ua", Kind: iam.ClientSecret}),
		addAuthorization(iam.Authorization{ID: "ac", UserID: "uc", ProjectID: "pa", GrantID: "g", OrgID: "B"}),
		addAuthorization(iam.Authorization{ID: "ad", UserID: "ua", ProjectID: "pb", OrgID: "B", RoleKeys: []string{"r3"}}),
		addMembership(iam.Membership{UserID: "ub", Level: iam.LevelProject, ResourceID: "pa", Roles: owner}),
		addMembership(iam.Membership{UserID: "uc", Level: iam.LevelProject, ResourceID: "pa", Roles: owner}),
	))
	ctx, r := t.Context(), db.Read()
	for _, test := range []struct {
		name  string
		count func(id string) (store.Holdings, error)
		want  map[string]store.Holdings
	}{
		{"user", func(id string) (store.Holdings, error) { return r.UserHoldings(ctx, id) }, map[string]store.Holdings{
			"ua": {Authorizations: 2, Credentials: 2, Memberships: 2}, "ub": {Authorizations: 1, Credentials: 1, Memberships: 3},
			"uc": {Authorizations: 1, Memberships: 1}, "none": {}, "pa": {},
		}},
		{"project", func(id string) (store.Holdings, error) { return r.ProjectHoldings(ctx, id) }, map[string]store.Holdings{
			"pa": {Authorizations: 3, Grants: 1, Roles: 2, Memberships: 3, Applications: 1}, "pb": {Authorizations: 1, Roles: 1, Memberships: 1},
			"internal": {}, "none": {}, "g": {},
		}},
		{"role of pa", func(key string) (store.Holdings, error) { return r.RoleHoldings(ctx, "pa", key) }, map[string]store.Holdings{
			"r1": {Authorizations: 2, Grants: 1}, "r2": {Authorizations: 1}, "r3": {}, "R1": {},
		}},
		{"role of pb", func(key string) (store.Holdings, error) { return r.RoleHoldings(ctx, "pb", key) }, map[string]store.Holdings{
			"r1": {}, "r3": {Authorizations: 1},
		}},
		{"grant", func(id string) (store.Holdings, error) { return r.GrantHoldings(ctx, id) }, map[string]store.Holdings{
			"g": {Authorizations: 2, Memberships: 1}, "none": {}, "pa": {}, "": {},
		}},
	} {
		for id, want := range test.want {
			if got, err := test.count(id); err != nil || got != want {
				t.Errorf("%s %q: %+v, %v; want %+v", test.name, id, got, err, want)
			}
		}
	}
}

// clientSecrets are found by their user, and nothing else is taken for one.
func clientSecrets(t *testing.T, db *store.DB) {
	populate(t, db)
	ctx := t.Context()
	_, err := db.Read().ClientSecret(ctx, "ua")
	wantKind(t, "of a user with a token", err, iam.NotFound)
	write(t, db, addCredential(iam.Credential{ID: "s", UserID: "ua", Kind: iam.ClientSecret}))
	_, err = db.Read().ClientSecret(ctx, "ub")
	wantKind(t, "of another user", err, iam.NotFound)
	if c, err := db.Read().ClientSecret(ctx, "ua"); err != nil || c.ID != "s" || c.OrgID != "A" || c.Kind != iam.ClientSecret || c.Created.IsZero() {
		t.Errorf("the secret: %+v, %v", c, err)
	}
	write(t, db, func(tx *store.Tx) error {
		if _, err := tx.RemoveSecrets("ua"); err != nil {
			return err
		}
		if c, err := tx.ClientSecret(ctx, "ua"); !iam.Is(err, iam.NotFound) {
			t.Errorf("the same transaction sees %+v, %v", c, err)
		}
		return nil
	})
}
