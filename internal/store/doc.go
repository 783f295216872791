// Package store keeps the nouns in a database: SQLite for one node, PostgreSQL
// for one or many. There is one SQL text for both; what differs is in dialect.go.
//
// A management write takes its place in the feed first (see [DB.Write]), so
// writes are serial and every change is recorded as an event in commit order.
// The feed tells the caches of all nodes what changed (see [DB.Follow]).
//
// The package knows how things are kept and not who may touch them: that is
// decided in package directory. Kinds of errors: NotFound and AlreadyExists
// where a method says so, everything else is internal.
package store
