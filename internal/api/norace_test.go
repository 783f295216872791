//go:build !race

package api_test

const sampled = false
