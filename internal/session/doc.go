// Package session is where humans prove who they are: by a password, which
// begins a session; by the session's token, at each request that follows; by a
// one-time code, which sets a password. It decides how often that may be tried.
//
// Sign-ins, what is seen of sessions and their ends are no management writes:
// they take no place in the feed and record no event. Changed passwords do.
package session
