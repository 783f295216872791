// Package edge lets one [google.golang.org/grpc.Server] answer gRPC, gRPC-Web, Connect and REST on one
// HTTP handler, from the descriptors of the services that are registered on it.
//
// It owns how a call looks on the wire and nothing else: who calls, what is allowed and what happens is
// decided behind it, by the server's interceptors and services. Every protocol reaches the same
// [google.golang.org/grpc.Server.ServeHTTP], so an interceptor sees each call exactly once.
//
// # Who does what
//
//   - gRPC goes to the server untouched. The size of its messages is the server's setting (grpc.MaxRecvMsgSize).
//   - Connect and gRPC-Web, unary calls only, are translated by [connectrpc.com/vanguard]; rpc.go mends what
//     goes in. Streaming methods (reflection, health watching) are for gRPC alone.
//   - REST is our own: route.go finds the method for a path, param.go and json.go build its message,
//     backend.go calls the server in memory, reply.go writes the answer. It follows grpc-gateway, which
//     is what Zitadel's clients meet, in all but one point: a JSON object counts where the rule of a POST names no
//     body, since the conditions of a list must not be ignored.
//
// # Why REST is not left to vanguard
//
// Its router and its decoder are not open to change from outside, and these points cannot be reached without
// replacing both:
//
//   - A path is matched decoded, so "%2F" is taken for a separator, ":" (usual in role keys) for a verb,
//     and "%" is decoded twice; a "**" variable, on the other hand, keeps "%2F" as it is.
//   - A literal segment hides a variable beside it even when it has no method for the request.
//   - A body where the rule names none (the old ".../roles/_search" lists) is an error; so is an unknown
//     query parameter. Both answer 500, and errors of parameters repeat the value.
//   - Unknown paths, wrong methods and unknown content types answer text/plain; a missing content type is refused.
//   - Success is always 200: the status in the option zitadel.protoc_gen_zitadel.v2.options is not known.
//   - The four v1 services are annotated relative to a prefix and repeat each other's paths.
//   - One limit holds for requests and responses, and exceeding it is 429 rather than 413.
//
// # What is mended for Connect and gRPC-Web
//
//   - Connect-Protocol-Version and Content-Type may be missing; JSON is assumed. (vanguard: 404, 415)
//   - Bad JSON is invalid_argument, not unknown or internal, and the message names the place and the
//     field, never the value, since it may be a secret. The same for bytes that are not the message. (vanguard: 500)
//   - An empty JSON body is an empty message, as it is in REST. (vanguard: the server reports a missing message)
//   - JSON omits what has no value, ignores unknown fields and has no random white space. (vanguard: emits all)
//   - The body is read before the call, up to the limit. (vanguard: no limit but the one shared with responses)
//   - Compressed requests are refused: a few kilobytes must not become a gigabyte. (vanguard: inflates without limit)
//   - What vanguard refuses as text/plain (wrong verb, content type, timeout) is refused here first, in
//     the form of the protocol.
//   - Each service has a transcoder of its own, because REST paths of the v1 services would collide in one.
//
// # For every protocol
//
// Responses are not to be stored by caches. Errors of REST and Connect are JSON.
package edge
