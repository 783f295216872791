//go:build race

package api_test

// sampled: with the race detector a call takes twenty times as long, so the
// tests that make thousands of them make some. `make test` runs them whole
// without it.
const sampled = true
