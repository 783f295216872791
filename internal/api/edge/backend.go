package edge

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// frameHeader is the length of what precedes a message in gRPC: one byte of flags, four of length.
const frameHeader = 5

// invoke makes a unary gRPC call to the server in memory, on behalf of r, and returns its answer.
func (e *edge) invoke(r *http.Request, path string, header http.Header, message []byte) *answer {
	frame := make([]byte, frameHeader, frameHeader+len(message))
	binary.BigEndian.PutUint32(frame[1:], uint32(len(message)))
	frame = append(frame, message...)

	header.Set("Content-Type", "application/grpc")
	header.Set("Te", "trailers")
	header.Del("Content-Length")
	call := (&http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: path},
		Proto: "HTTP/2.0", ProtoMajor: 2,
		Header: header, Body: io.NopCloser(bytes.NewReader(frame)),
		Host: r.Host, RemoteAddr: r.RemoteAddr, TLS: r.TLS,
	}).WithContext(r.Context())
	a := &answer{fields: http.Header{}}
	e.server.ServeHTTP(a, call)
	return a
}

// answer is the response of a call in memory. It implements [http.ResponseWriter] and [http.Flusher] for the server.
type answer struct {
	fields http.Header // headers and, once the body began, trailers
	header http.Header // the fields at the time when the body began
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (a *answer) Header() http.Header { return a.fields }

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(int) { a.Flush() }

// Write implements [http.ResponseWriter].
func (a *answer) Write(p []byte) (int, error) {
	a.Flush()
	return a.body.Write(p)
}

// Flush implements [http.Flusher].
func (a *answer) Flush() {
	if a.header == nil {
		a.header = a.fields.Clone()
	}
}

// status is how the call ended; nil means well.
func (a *answer) status() *spb.Status {
	if a.fields.Get("Grpc-Status") == "" {
		return failure(codes.Unavailable, "the server is stopping") // it takes no call and writes nothing
	}
	code, err := strconv.ParseUint(a.fields.Get("Grpc-Status"), 10, 32)
	if err != nil {
		return failure(codes.Internal, "the call ended without a status")
	}
	if codes.Code(code) == codes.OK {
		return nil
	}
	if text := a.fields.Get("Grpc-Status-Details-Bin"); text != "" {
		status := &spb.Status{}
		bin, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
		if err == nil && proto.Unmarshal(bin, status) == nil {
			return status
		}
	}
	message, err := url.PathUnescape(a.fields.Get("Grpc-Message"))
	if err != nil {
		message = a.fields.Get("Grpc-Message")
	}
	return failure(codes.Code(code), message)
}

// message decodes the one message of a call that ended well.
func (a *answer) message(into proto.Message) *spb.Status {
	frame := a.body.Bytes()
	if len(frame) < frameHeader || frame[0] != 0 || int64(binary.BigEndian.Uint32(frame[1:])) != int64(len(frame)-frameHeader) {
		return failure(codes.Internal, "the call did not answer with one message")
	}
	if err := proto.Unmarshal(frame[frameHeader:], into); err != nil {
		return failure(codes.Internal, "the call's answer cannot be read")
	}
	return nil
}

// metadata is the header that the service itself set.
func (a *answer) metadata() http.Header {
	own := http.Header{}
	for name, values := range a.header {
		if !isReserved(name) && name != "Date" && !strings.HasPrefix(name, http.TrailerPrefix) {
			own[name] = values
		}
	}
	return own
}
