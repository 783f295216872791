// Package call is what the services of both API generations share: who is
// calling, and how times, pages and comparisons travel.
package call

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

type callerKey struct{}

// With returns ctx carrying the caller of the request.
func With(ctx context.Context, c iam.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// Caller is the caller of the request: nobody if there is none.
func Caller(ctx context.Context) iam.Caller {
	c, _ := ctx.Value(callerKey{}).(iam.Caller)
	return c
}

// Time is a time on the wire; the zero time is absent.
func Time(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// Expiry is when something expires, on the wire; the zero time is [iam.Never].
func Expiry(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		t = iam.Never
	}
	return timestamppb.New(t)
}

// FromTime reads a time from the wire; absent is the zero time. Kind:
// InvalidArgument outside of years 1 to 9999.
func FromTime(t *timestamppb.Timestamp) (time.Time, error) {
	if t == nil {
		return time.Time{}, nil
	}
	if err := t.CheckValid(); err != nil {
		return time.Time{}, iam.Errorf(iam.InvalidArgument, "CALL-time1", "a timestamp is out of range")
	}
	return t.AsTime(), nil
}

// FromDuration reads a duration from the wire; absent is 0. Kind:
// InvalidArgument, about f, for one that is none or is longer than 290 years.
func FromDuration(f iam.Field, d *durationpb.Duration) (time.Duration, error) {
	if d == nil {
		return 0, nil
	}
	if err := d.CheckValid(); err != nil || durationpb.New(d.AsDuration()).GetSeconds() != d.GetSeconds() {
		return 0, iam.Errorf(iam.InvalidArgument, "CALL-dura1", "%s is out of range", f).At(f)
	}
	return d.AsDuration(), nil
}

// Match is a text comparison: Zitadel's text query and text filter methods of
// all generations have the numbers of iam.Match. Unknown numbers compare for equality.
func Match[E ~int32](method E) iam.Match {
	if m := iam.Match(method); m >= iam.Equals && m <= iam.EndsWithFold {
		return m
	}
	return iam.Equals
}

// Text is the filter that compares a field with text by a method.
func Text[E ~int32](field iam.Field, text string, method E) iam.Filter {
	return iam.Filter{Field: field, Match: Match(method), Text: text}
}

// Unless returns nil for an error that says only that nothing had to be
// changed: the second API generation answers it as success.
func Unless(err error) error {
	if iam.Is(err, iam.Unchanged) {
		return nil
	}
	return err
}
