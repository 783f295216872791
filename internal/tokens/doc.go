// Package tokens decides what a token holds and whether it is still good:
// scopes become audience, roles and claims; a client is authenticated; a token
// is issued, or checked again with everything that may have ended it.
//
// Issuing reads the store through caches that the feed keeps true (see
// [Cache]). Checking a caller of the management API reads the store itself and
// is never stale.
package tokens
