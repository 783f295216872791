package iam

import (
	"errors"
	"fmt"
)

// Kind classifies an [Error]. Each door has one table from kinds to its own codes.
type Kind int

// The kinds. The zero kind is an internal fault, of which strangers learn nothing.
const (
	Internal           Kind = iota
	InvalidArgument         // the request is wrong in itself
	Unauthenticated         // no caller, or one that is no longer good
	PermissionDenied        // a caller, but not allowed to do this
	NotFound                // no such thing, or none that the caller may see
	AlreadyExists           // a unique name or pair is taken
	FailedPrecondition      // right in itself, but not in the present state
	Unchanged               // nothing to do: the object already is as asked
	ResourceExhausted       // too much or too many
	Unavailable             // try again later
	Unimplemented           // known, but not offered
	Aborted                 // another change came first: look again, and decide again
)

// Kinds lists every kind once, for tests that walk all of them through a door.
func Kinds() []Kind {
	return []Kind{
		Internal, InvalidArgument, Unauthenticated, PermissionDenied, NotFound, AlreadyExists,
		FailedPrecondition, Unchanged, ResourceExhausted, Unavailable, Unimplemented, Aborted,
	}
}

// Error is the one error type that crosses package borders.
//
// Message is a sentence for the reader and always safe to show; ID is a short
// stable name of the place that made it, for searching; Err is the cause and
// is only ever logged. Field names the input that is wrong, for doors that have
// a place beside it to say so; it is empty where no single one is.
type Error struct {
	Kind    Kind
	ID      string
	Message string
	Field   Field
	Err     error
}

// Error returns the full text, with the cause. It is meant for logs.
func (e *Error) Error() string {
	s := e.Message
	if e.ID != "" {
		s += " (" + e.ID + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an [Error] without a cause.
func Errorf(kind Kind, id, format string, args ...any) *Error {
	return &Error{Kind: kind, ID: id, Message: fmt.Sprintf(format, args...)}
}

// At says which input the error is about, and returns the error.
func (e *Error) At(f Field) *Error {
	e.Field = f
	return e
}

// Fault wraps an unexpected error. what says for the log what was being done.
func Fault(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// KindOf returns the kind of err: [Internal] for every error that is not an [Error].
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// FieldOf returns the input that err is about, or "".
func FieldOf(err error) Field {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Field
	}
	return ""
}

// Is reports whether err is an [Error] of that kind.
func Is(err error, kind Kind) bool {
	return err != nil && KindOf(err) == kind
}
