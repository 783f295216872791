// Package gateway is a test double of an API gateway with a token plugin, as
// it stands before the backends that Latchkey's tokens are made for. Backends
// behind it never see a claim, only the headers that it derives.
//
// It is the double of a program that is not ours, so it is as strict and as
// peculiar as that one, and better in nothing. It shares no code with the server or
// with package verify: a fault there cannot hide here.
//
//   - RS256 is the only algorithm and RSA the only kind of key.
//   - The key id is ignored: every key is tried.
//   - The issuer must be in a list, letter for letter.
//   - The audience is not looked at.
//   - exp and nbf must be there as numbers, with no tolerance for clocks.
//   - The three resource owner claims must be there, or the request fails with
//     status 500, because a header is set to nothing.
//   - Keys are fetched again only when a signature does not fit and the keys
//     at hand are older than a grace period. A withdrawn key therefore stays
//     good until then.
package gateway
