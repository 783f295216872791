package storetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// eventParts are the record, read so that no part ends within a transaction:
// forwards and backwards, whatever is filtered.
func eventParts(t *testing.T, db *store.DB) {
	ctx := t.Context()
	sizes := []int{1, 3, 1, 5, 2, 1, 4} // of transactions; their last event is about B
	for n, size := range sizes {
		err := db.Write(ctx, fmt.Sprint("editor", n%2), func(tx *store.Tx) error {
			for i := range size {
				e := iam.Event{Type: "t.odd", Aggregate: "x", AggregateID: fmt.Sprint(n), OrgID: "A", UserID: "u", GrantID: "g"}
				if i%2 == 0 {
					e.Type = "t.even"
				}
				if i == size-1 {
					e.OrgID = "B"
				}
				if err := tx.Record(e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	every, err := db.Read().EventsFrom(ctx, everything, iam.Filter{}, iam.EventPage{Limit: 1000, Asc: true})
	if err != nil || len(every) != 17 {
		t.Fatalf("all: %d, %v", len(every), err)
	}
	for name, f := range map[string]struct {
		reach iam.Reach
		f     iam.Filter
		has   func(iam.Event) bool
	}{
		"all":       {everything, iam.Filter{}, func(iam.Event) bool { return true }},
		"nothing":   {iam.Reach{}, iam.Filter{}, func(iam.Event) bool { return false }},
		"one org":   {iam.Reach{OrgIDs: []string{"A"}}, iam.Filter{}, func(e iam.Event) bool { return e.OrgID == "A" }},
		"a type":    {everything, iam.FieldName.In([]string{"t.even", "none"}), func(e iam.Event) bool { return e.Type == "t.even" }},
		"no type":   {everything, iam.FieldName.Is("none"), func(iam.Event) bool { return false }},
		"an editor": {everything, iam.FieldEditorID.Is("editor1"), func(e iam.Event) bool { return e.EditorID == "editor1" }},
		"a grant":   {everything, iam.FieldGrantID.Is("g"), func(e iam.Event) bool { return e.GrantID == "g" }},
		"a time": {
			everything,
			iam.Filter{Field: iam.FieldCreated, Match: iam.After, Time: every[4].Created.UnixMicro()},
			func(e iam.Event) bool { return e.Created.After(every[4].Created) },
		},
	} {
		for _, asc := range []bool{true, false} {
			var want []iam.Event
			for i := range every {
				e := every[i]
				if !asc {
					e = every[len(every)-1-i]
				}
				if f.has(e) {
					want = append(want, e)
				}
			}
			for limit := uint64(1); limit < 19; limit++ {
				var got []iam.Event
				page := iam.EventPage{Limit: limit, Asc: asc}
				for range len(every) + 1 {
					part, err := db.Read().EventsFrom(ctx, f.reach, f.f, page)
					if err != nil {
						t.Fatal(err)
					}
					if uint64(len(part)) < limit && len(got)+len(part) != len(want) {
						t.Errorf("%s, ascending %v by %d: %d after %d look like the end", name, asc, limit, len(part), len(got))
					}
					if len(part) == 0 {
						break
					}
					got = append(got, part...)
					page.Sequence = uint64(part[len(part)-1].Sequence)
				}
				wantEqual(t, fmt.Sprintf("%s, ascending %v by %d", name, asc, limit), got, want, nil)
			}
		}
	}
	for sequence, want := range map[uint64]int{0: 17, 1: 16, uint64(every[16].Sequence): 0, math.MaxInt64: 0} {
		got, err := db.Read().EventsFrom(ctx, everything, iam.Filter{}, iam.EventPage{Sequence: sequence, Limit: 100, Asc: true})
		if err != nil || len(got) != want {
			t.Errorf("after %d: %d, %v; want %d", sequence, len(got), err, want)
		}
	}
	if _, err := db.Read().EventsFrom(ctx, everything, iam.FieldRoleKey.Is("x"), iam.EventPage{Limit: 1}); !iam.Is(err, iam.InvalidArgument) {
		t.Errorf("a field that events do not have: %v", err)
	}
}
