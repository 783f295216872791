package test

import "testing"

func TestStart(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		n := start(t, options{database: open(t)})
		n.stop(t)
		n.restart(t)
		n.stop(t)
	})
}
