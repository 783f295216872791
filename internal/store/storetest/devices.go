package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// devices are known to one user, for a time, and so many.
func devices(t *testing.T, cfg store.Config) {
	cfg.Now = func() time.Time { return page2030 }
	db := Open(t, cfg)
	populate(t, db)
	ctx, now, n := t.Context(), page2030, 0
	begin := func(user, shown string, at time.Time) (id string, known bool) {
		t.Helper()
		n++
		id = fmt.Sprintf("s%02d", n)
		known, err := db.BeginSession(ctx, newSession(iam.Session{ID: id, UserID: user, Created: at, LastSeen: at, Expires: at.Add(hour)}, shown))
		if err != nil {
			t.Fatal(err)
		}
		return id, known
	}
	want := func(what, user, id string, at time.Time, want bool) {
		t.Helper()
		if got, err := db.Read().HasDevice(ctx, user, []byte("device of "+id), at); err != nil || got != want {
			t.Errorf("%s: known %v, %v", what, got, err)
		}
	}
	first, known := begin("ua", "", now)
	if known {
		t.Error("a device is known at first")
	}
	want("its own", "ua", first, now, true)
	want("another's", "ub", first, now, false)
	want("nobody's", "", first, now, false)
	want("unknown", "ua", "x", now, false)
	want("for its life", "ua", first, now.Add(iam.DeviceLifetime-time.Microsecond), true)
	want("after its life", "ua", first, now.Add(iam.DeviceLifetime), false)
	if _, known := begin("ub", first, now); known {
		t.Error("another user's device is known")
	}
	if id, known := begin("ua", first, now.Add(hour)); !known {
		t.Error("its own device is not known")
	} else {
		want("the one not needed", "ua", id, now, false)
	}
	want("renewed", "ua", first, now.Add(iam.DeviceLifetime+hour-time.Microsecond), true)
	if _, known := begin("ua", first, now.Add(iam.DeviceLifetime+hour)); known {
		t.Error("a device that was forgotten is known")
	}

	// Of too many the oldest are forgotten, and of as old ones never the new one.
	var ids []string
	for range iam.MaxDevices + 2 {
		id, _ := begin("ua", "", now.Add(200*24*hour))
		want("the newest", "ua", id, now.Add(200*24*hour), true)
		ids = append(ids, id)
	}
	count := 0
	for _, id := range ids {
		if there, err := db.Read().HasDevice(ctx, "ua", []byte("device of "+id), now); err != nil {
			t.Fatal(err)
		} else if there {
			count++
		}
	}
	if count != iam.MaxDevices {
		t.Errorf("%d devices are known, want %d", count, iam.MaxDevices)
	}
	kept, _ := begin("ua", "", now.Add(201*24*hour))
	of := []byte("device of " + kept)
	write(t, db, func(tx *store.Tx) error { return tx.EndDevices("ua", of) })
	want("all but one ended", "ua", kept, now, true)
	want("all but one ended: another", "ua", ids[len(ids)-1], now, false)
	want("all but one ended: another user's", "ub", "s02", now, true)
	write(t, db, func(tx *store.Tx) error { return tx.EndDevices("ua", nil) })
	want("all ended", "ua", kept, now, false)
	write(t, db, func(tx *store.Tx) error { return tx.RemoveUser("ub") })
	want("of a removed user", "ub", "s02", now, false)
}
