package storetest_test

import (
	"testing"

	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestEach(t *testing.T) {
	kinds := map[string]int{}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		kinds[db.Kind()]++
	})
	if kinds["sqlite"] != 1 || kinds["postgres"] != 2 {
		t.Errorf("the subtests ran on %v", kinds)
	}
}
