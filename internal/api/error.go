package api

import (
	"context"
	"errors"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/message"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// code is the one table from kinds to gRPC codes.
func code(k iam.Kind) codes.Code {
	switch k {
	case iam.InvalidArgument:
		return codes.InvalidArgument
	case iam.Unauthenticated:
		return codes.Unauthenticated
	case iam.PermissionDenied:
		return codes.PermissionDenied
	case iam.NotFound:
		return codes.NotFound
	case iam.AlreadyExists:
		return codes.AlreadyExists
	case iam.FailedPrecondition, iam.Unchanged:
		return codes.FailedPrecondition
	case iam.Aborted:
		return codes.Aborted
	case iam.ResourceExhausted:
		return codes.ResourceExhausted
	case iam.Unavailable:
		return codes.Unavailable
	case iam.Unimplemented:
		return codes.Unimplemented
	}
	return codes.Internal
}

// status turns an error into what the caller sees: the message, its id in
// brackets, and both again as a zitadel.v1.ErrorDetail. Internal errors show nothing.
func status(err error) error {
	var e *iam.Error
	if !errors.As(err, &e) {
		if s, ok := grpcstatus.FromError(err); ok { // of a method that is not implemented
			return s.Err()
		}
		switch {
		case errors.Is(err, context.Canceled):
			return grpcstatus.Error(codes.Canceled, "the call was cancelled")
		case errors.Is(err, context.DeadlineExceeded):
			return grpcstatus.Error(codes.DeadlineExceeded, "the call took too long")
		}
		e = &iam.Error{}
	}
	if code(e.Kind) == codes.Internal {
		return grpcstatus.Error(codes.Internal, "the server failed; its log says why")
	}
	if e.ID == "" {
		return grpcstatus.Error(code(e.Kind), e.Message)
	}
	s := grpcstatus.New(code(e.Kind), e.Message+" ("+e.ID+")")
	if detailed, err := s.WithDetails(&message.ErrorDetail{Id: e.ID, Message: e.Message}); err == nil {
		s = detailed
	}
	return s.Err()
}
