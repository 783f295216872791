// Package cli is the latchkey command. Data goes to standard output, talk to
// standard error. Exit codes: 0 done, 1 failed, 2 wrong use or configuration.
package cli
