package api

import (
	"bytes"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// lenient decodes requests for the server. gRPC calls bytes that are no message
// the server's failure (Internal), before anybody asked who calls. They are the
// caller's: lenient hands them on as an empty message with a mark, which the
// interceptor finds in its turn.
type lenient struct{ encoding.CodecV2 }

// Unmarshal implements [encoding.CodecV2].
func (l lenient) Unmarshal(data mem.BufferSlice, v any) error {
	err := l.CodecV2.Unmarshal(data, v)
	if m, ok := v.(proto.Message); ok && err != nil {
		proto.Reset(m)
		m.ProtoReflect().SetUnknown(undecoded())
		return nil
	}
	return err
}

// undecoded is the mark: the last field number there is, which no message has.
func undecoded() []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, protowire.MaxValidNumber, protowire.VarintType), 0)
}

// checkDecoded refuses what lenient could not decode. Kind: InvalidArgument.
func checkDecoded(request any) error {
	if m, ok := request.(proto.Message); ok && bytes.Equal(m.ProtoReflect().GetUnknown(), undecoded()) {
		return iam.Errorf(iam.InvalidArgument, "WIRE-proto", "the request is not a message of this method")
	}
	return nil
}
