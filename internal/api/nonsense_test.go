//go:build !race

// What calls every method thousands of times looks at answers, not at races, and
// the detector makes it twenty times as long: `make test` runs it without.

package api_test

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// raw sends and receives bytes as they are.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error)   { return *v.(*[]byte), nil }
func (raw) Unmarshal(b []byte, v any) error { *v.(*[]byte) = b; return nil }
func (raw) Name() string                    { return "proto" }

// spoil fills a message with what nobody means: every field at its worst.
func spoil(m protoreflect.Message, text string, many, depth int) {
	if depth > 4 {
		return
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		switch {
		case field.IsMap():
		case field.IsList():
			list := m.Mutable(field).List()
			for range many {
				if field.Kind() == protoreflect.MessageKind {
					spoil(list.AppendMutable().Message(), text, 1, depth+1)
				} else {
					list.Append(worst(field, text))
				}
			}
		case field.Kind() == protoreflect.MessageKind:
			spoil(m.Mutable(field).Message(), text, min(many, 3), depth+1)
		default:
			m.Set(field, worst(field, text))
		}
	}
}

func worst(field protoreflect.FieldDescriptor, text string) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text)
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(text))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(math.MaxInt32)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(math.MinInt32)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(math.MaxInt64)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(math.MaxUint32)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(math.MaxUint64)
	}
	return field.Default()
}

// nonsense are requests that no method is glad of.
func nonsense(t testing.TB, method string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{
		"empty":   {},
		"garbage": []byte("\xff\xff\xff\xff not a message \x00"),
		"cut off": {0x0a, 0x7f, 'x'},
	}
	for name, how := range map[string]struct {
		text string
		many int
	}{
		"long":    {strings.Repeat("ä", 2000), 2},
		"many":    {"x", 300},
		"strange": {"a\x00b\u202e\u0007/../%00'\";--", 3},
		"blank":   {" ", 1},
	} {
		in, _ := messages(t, method)
		spoil(in.ProtoReflect(), how.text, how.many, 0)
		b, err := proto.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) < 1<<20 {
			out[name] = b
		}
	}
	return out
}

// TestNonsense sends every method what it cannot want, as a user that manages
// nothing, as an organization's owner and as the owner of the instance. There is
// always an answer, and it is never that the server failed.
func TestNonsense(t *testing.T) {
	w := newWorld(t)
	callers := map[string]string{"nobody": "", "user": w.plain, "owner": w.us.token, "root": w.root}
	tried := 0
	for _, method := range w.methods(t) {
		requests := nonsense(t, method)
		for _, name := range slices.Sorted(maps.Keys(requests)) {
			request := requests[name]
			for who, token := range callers {
				if who == "nobody" && name != "empty" && name != "garbage" {
					continue // refused before the request is looked at
				}
				tried++
				if code := w.raw(t, method, token, request); code == codes.Internal || code == codes.Unknown {
					t.Errorf("%s with %s as %s: %s", method, name, who, code)
				}
			}
		}
	}
	if tried < 8_000 {
		t.Errorf("only %d calls", tried)
	}
}

func (w *world) raw(t testing.TB, method, token string, request []byte) codes.Code {
	ctx := t.Context()
	if token != "" {
		ctx = metadata.NewOutgoingContext(ctx, metadata.Pairs("authorization", "Bearer "+token))
	}
	var answer []byte
	err := w.conn.Invoke(ctx, method, &request, &answer, grpc.ForceCodec(raw{}))
	if status.Code(err) == codes.Internal {
		t.Log(err)
	}
	return status.Code(err)
}

// FuzzEveryMethod sends whatever bytes to whatever method, as the owner of the
// instance: a fault or a panic would be an answer with the code Internal.
func FuzzEveryMethod(f *testing.F) {
	w := newWorld(f)
	methods, token := w.methods(f), w.root
	for i, method := range methods {
		if i%7 == 0 {
			for _, request := range nonsense(f, method) {
				f.Add(uint16(i), request)
			}
		}
	}
	f.Fuzz(func(t *testing.T, i uint16, request []byte) {
		method := methods[int(i)%len(methods)]
		if violence(method) == ownOrg {
			return // ends the caller
		}
		code := status.Code(w.conn.Invoke(metadata.NewOutgoingContext(context.Background(), metadata.Pairs("authorization", "Bearer "+token)),
			method, &request, new([]byte), grpc.ForceCodec(raw{})))
		if code == codes.Internal || code == codes.Unknown || code == codes.Unauthenticated {
			t.Errorf("%s: %s", method, code)
		}
	})
}
