package main

import (
	"context"
	"fmt"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// writes says how many users and authorizations are created a second, each in a
// transaction of its own with its event, one after the other, in an organization
// that is removed again. What the indexes of the lists cost shows here.
func writes(ctx context.Context, db *store.DB, n int) (users, authorizations float64, err error) {
	o := iam.Org{ID: iam.NewID(), Name: "Writes", PrimaryDomain: "writes", State: iam.Active}
	p := iam.Project{ID: iam.NewID(), OrgID: o.ID, Name: "Writes", State: iam.Active}
	r := iam.Role{ProjectID: p.ID, Key: "role"}
	record := func(tx *store.Tx, t iam.EventType, a iam.Aggregate, id string) error {
		return tx.Record(iam.Event{Type: t, Aggregate: a, AggregateID: id, OrgID: o.ID, Payload: iam.Change(nil, iam.Fields{"name": "something"})})
	}
	write := func(do ...func(*store.Tx) error) error {
		return db.Write(ctx, "190000000000000000", func(tx *store.Tx) error {
			for _, fn := range do {
				if err := fn(tx); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err = write(
		func(tx *store.Tx) error { return tx.AddOrg(&o) }, func(tx *store.Tx) error { return tx.AddProject(&p) },
		func(tx *store.Tx) error { return tx.AddRole(&r) }, func(tx *store.Tx) error { return record(tx, iam.OrgAdded, iam.AggregateOrg, o.ID) },
	)
	if err != nil {
		return 0, 0, err
	}
	ids := make([]string, n)
	each := func(do func(tx *store.Tx, i int) error) (float64, error) {
		start := time.Now()
		for i := range n {
			if err := write(func(tx *store.Tx) error { return do(tx, i) }); err != nil {
				return 0, err
			}
		}
		return float64(n) / time.Since(start).Seconds(), nil
	}
	users, err = each(func(tx *store.Tx, i int) error {
		ids[i] = iam.NewID()
		name := fmt.Sprintf("w-%d-%s", i*7919%n, ids[i])
		u := iam.User{ID: ids[i], OrgID: o.ID, Type: iam.Machine, State: iam.Active, UserName: name, Name: name, AccessTokenType: iam.JWTToken}
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		return record(tx, iam.MachineAdded, iam.AggregateUser, u.ID)
	})
	if err != nil {
		return 0, 0, err
	}
	authorizations, err = each(func(tx *store.Tx, i int) error {
		a := iam.Authorization{ID: iam.NewID(), UserID: ids[i], ProjectID: p.ID, OrgID: o.ID, State: iam.Active, RoleKeys: []string{r.Key}}
		if err := tx.AddAuthorization(&a); err != nil {
			return err
		}
		return record(tx, iam.AuthorizationAdded, iam.AggregateUserAuth, a.ID)
	})
	if err != nil {
		return 0, 0, err
	}
	err = write(
		func(tx *store.Tx) error { return tx.RemoveOrg(o.ID) },
		func(tx *store.Tx) error { return record(tx, iam.OrgRemoved, iam.AggregateOrg, o.ID) },
	)
	return users, authorizations, err
}
