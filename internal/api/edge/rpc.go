package edge

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"

	"connectrpc.com/vanguard"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// newTranscoder translates Connect and gRPC-Web to gRPC for one service.
func newTranscoder(service protoreflect.ServiceDescriptor, server http.Handler) (http.Handler, error) {
	return vanguard.NewTranscoder(
		[]*vanguard.Service{vanguard.NewServiceWithSchema(service, server)},
		vanguard.WithCodec(newJSONCodec),
		vanguard.WithDefaultServiceOptions(
			vanguard.WithTargetProtocols(vanguard.ProtocolGRPC),
			vanguard.WithTargetCodecs(vanguard.CodecProto),
			// This holds for responses too. Requests are bounded before.
			vanguard.WithMaxMessageBufferBytes(math.MaxInt32),
		),
	)
}

// serveProcedure answers Connect and gRPC-Web.
func (e *edge) serveProcedure(w http.ResponseWriter, r *http.Request, p *procedure) {
	if r.Method != http.MethodPost {
		refuseVerb(w, []string{http.MethodPost})
		return
	}
	media, refuse := mediaType(r), writeConnectRefusal
	if isGRPCWeb(media) {
		refuse = writeGRPCWebRefusal
	}
	header, refusal := rpcHeader(r, p, media)
	if refusal != nil {
		refuse(w, refusal)
		return
	}
	body, refusal := e.readBody(w, r)
	if refusal != nil {
		refuse(w, refusal)
		return
	}
	switch header.Get("Content-Type") {
	case "application/json":
		if len(bytes.TrimSpace(body)) == 0 {
			body = []byte("{}")
		}
	case "application/proto":
		// The server would call it an internal error.
		if err := proto.Unmarshal(body, p.input.New().Interface()); err != nil {
			refuse(w, badRequest(errors.New("the request body is not a message of the right type")))
			return
		}
	}
	call := r.Clone(r.Context())
	call.Header = header
	call.Body, call.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	call.TransferEncoding = nil
	p.translate.ServeHTTP(w, call)
}

// rpcHeader returns the header that vanguard understands, or why there is no such call.
func rpcHeader(r *http.Request, p *procedure, media string) (http.Header, *refusal) {
	if p.streaming {
		return nil, &refusal{http.StatusNotImplemented, codes.Unimplemented, "this method is available through gRPC only"}
	}
	header := r.Header.Clone()
	switch media {
	case "application/grpc-web", "application/grpc-web+proto":
		header.Set("Content-Type", "application/grpc-web+proto")
		header.Del("Cookie")
	case "application/proto", "application/json":
		header = callHeader(r.Header)
		header.Set("Content-Type", media)
		header.Set("Connect-Protocol-Version", "1")
	default:
		if r.Header.Get("Content-Type") != "" {
			return nil, &refusal{
				http.StatusUnsupportedMediaType, codes.InvalidArgument,
				"the content type must be application/json or application/proto",
			}
		}
		header = callHeader(r.Header)
		header.Set("Content-Type", "application/json")
		header.Set("Connect-Protocol-Version", "1")
	}
	if err := checkHeader(header); err != nil {
		return nil, badRequest(err)
	}
	return header, nil
}
