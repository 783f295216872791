package edge

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"connectrpc.com/connect"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
)

// httpCodes are the HTTP statuses of calls that fail (google.rpc.Code; as grpc-gateway has them).
var httpCodes = map[codes.Code]int{
	codes.Canceled:           499,
	codes.InvalidArgument:    http.StatusBadRequest,
	codes.DeadlineExceeded:   http.StatusGatewayTimeout,
	codes.NotFound:           http.StatusNotFound,
	codes.AlreadyExists:      http.StatusConflict,
	codes.PermissionDenied:   http.StatusForbidden,
	codes.ResourceExhausted:  http.StatusTooManyRequests,
	codes.FailedPrecondition: http.StatusBadRequest,
	codes.Aborted:            http.StatusConflict,
	codes.OutOfRange:         http.StatusBadRequest,
	codes.Unimplemented:      http.StatusNotImplemented,
	codes.Unavailable:        http.StatusServiceUnavailable,
	codes.Unauthenticated:    http.StatusUnauthorized,
}

func httpCode(code codes.Code) int {
	if status, ok := httpCodes[code]; ok {
		return status
	}
	return http.StatusInternalServerError
}

func failure(code codes.Code, message string) *spb.Status {
	return &spb.Status{Code: int32(code), Message: strings.ToValidUTF8(message, "\uFFFD")}
}

// writeStatus answers REST with a failure.
func writeStatus(w http.ResponseWriter, httpStatus int, status *spb.Status) {
	text, err := encodeJSON(nil, status)
	if err != nil { // a detail of a type that is not linked in
		text, _ = encodeJSON(nil, failure(codes.Code(status.GetCode()), status.GetMessage()))
	}
	writeJSON(w, httpStatus, text)
}

func writeJSON(w http.ResponseWriter, httpStatus int, text []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(httpStatus)
	_, _ = w.Write(text)
}

// writeConnectRefusal answers Connect in its own form of errors.
func writeConnectRefusal(w http.ResponseWriter, r *refusal) {
	text, err := json.Marshal(map[string]string{"code": connect.Code(r.code).String(), "message": r.message})
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	writeJSON(w, r.http, text)
}

// writeGRPCWebRefusal answers gRPC-Web with a status alone, which it carries in the header.
func writeGRPCWebRefusal(w http.ResponseWriter, r *refusal) {
	w.Header().Set("Content-Type", "application/grpc-web+proto")
	w.Header().Set("Grpc-Status", strconv.Itoa(int(r.code)))
	w.Header().Set("Grpc-Message", url.PathEscape(r.message))
	w.WriteHeader(http.StatusOK)
}
