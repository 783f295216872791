// Package api is the management API: Zitadel's services of both generations,
// and what they share - who calls, how errors look, how panics end.
//
// The services themselves are in the packages v1 and v2, the protocols on the
// wire (gRPC, gRPC-Web, Connect, REST) in package edge.
package api
