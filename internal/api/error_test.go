package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/message"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func TestEveryKindHasACode(t *testing.T) {
	want := map[iam.Kind]codes.Code{
		iam.Internal:           codes.Internal,
		iam.InvalidArgument:    codes.InvalidArgument,
		iam.Unauthenticated:    codes.Unauthenticated,
		iam.PermissionDenied:   codes.PermissionDenied,
		iam.NotFound:           codes.NotFound,
		iam.AlreadyExists:      codes.AlreadyExists,
		iam.FailedPrecondition: codes.FailedPrecondition,
		iam.Unchanged:          codes.FailedPrecondition,
		iam.Aborted:            codes.Aborted,
		iam.ResourceExhausted:  codes.ResourceExhausted,
		iam.Unavailable:        codes.Unavailable,
		iam.Unimplemented:      codes.Unimplemented,
	}
	for _, kind := range iam.Kinds() {
		code, ok := want[kind]
		if !ok {
			t.Errorf("kind %d is not in the table", kind)
		}
		err := fmt.Errorf("around: %w", &iam.Error{Kind: kind, ID: "ID-12345", Message: "A sentence", Err: errors.New("the cause")})
		got, ok := grpcstatus.FromError(status(err))
		if !ok || got.Code() != code {
			t.Errorf("kind %d: %v, want %v", kind, got, code)
		}
		if strings.Contains(got.String(), "cause") || strings.Contains(got.String(), "around") {
			t.Errorf("kind %d shows its cause: %v", kind, got)
		}
		if kind == iam.Internal {
			if got.Message() != "the server failed; its log says why" || len(got.Details()) != 0 {
				t.Errorf("internal shows %v", got)
			}
			continue
		}
		details := got.Details()
		if got.Message() != "A sentence (ID-12345)" || len(details) != 1 ||
			!proto.Equal(details[0].(proto.Message), &message.ErrorDetail{Id: "ID-12345", Message: "A sentence"}) {
			t.Errorf("kind %d: %q, %v", kind, got.Message(), details)
		}
	}
}

func TestStatusOfOtherErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		code codes.Code
		text string
	}{
		{"without an id", iam.Errorf(iam.NotFound, "", "gone"), codes.NotFound, "gone"},
		{"unknown kind", iam.Errorf(iam.Kind(1000), "X-1", "unknown"), codes.Internal, "the server failed; its log says why"},
		{"any error", errors.New("dial tcp 10.0.0.1"), codes.Internal, "the server failed; its log says why"},
		{"of a method that is not there", grpcstatus.Error(codes.Unimplemented, "method X not implemented"), codes.Unimplemented, "method X not implemented"},
		{"cancelled", fmt.Errorf("query: %w", context.Canceled), codes.Canceled, "the call was cancelled"},
		{"too late", fmt.Errorf("query: %w", context.DeadlineExceeded), codes.DeadlineExceeded, "the call took too long"},
		{"cancelled, while the store was asked", &iam.Error{Kind: iam.Unavailable, Message: "no database", Err: context.Canceled}, codes.Unavailable, "no database"},
	} {
		got, _ := grpcstatus.FromError(status(c.err))
		if got.Code() != c.code || got.Message() != c.text || len(got.Details()) != 0 {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
