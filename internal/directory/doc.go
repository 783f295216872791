// Package directory holds the operations of management: what may be done to
// organizations, projects, roles, project grants, users, credentials,
// authorizations and memberships, and by whom.
//
// Every operation takes the caller as an argument and does four things in
// order: authorise, validate, act, and record the event, the last two in one
// transaction with the reads that they rest on. The doors (package api) decode
// one request, call one operation and encode its result.
//
// Kinds of errors that every operation may return: Unauthenticated (nobody),
// PermissionDenied and NotFound (see [iam.Caller.Authorise]), InvalidArgument.
// Operations that change something return Unchanged, with the object, when it
// already is as asked. Further kinds are named at the operation.
package directory
