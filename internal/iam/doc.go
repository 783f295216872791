// Package iam holds the nouns of Latchkey: organizations, projects, roles,
// users, authorizations, memberships, credentials, signing keys and events,
// with their limits, the rules that need no database, the permissions of the
// manager roles, and the names of scopes and claims.
//
// It imports the standard library only and knows neither SQL nor wire formats.
// What happens to the nouns is decided in package directory, how they are kept
// in package store, how they travel in the doors (oauth, api).
package iam
