// Package weblog writes one structured line a request: the server opens it,
// whoever learns something about the request adds a field, the server writes
// it at the end. Fields never hold a secret.
package weblog

import (
	"context"
	"log/slog"
	"sync"
)

// Line collects what one request's log line says.
type Line struct {
	// Address is who asks; set before the request is handled.
	Address string

	mu    sync.Mutex
	attrs []slog.Attr
	err   error
}

type key struct{}

// With returns ctx carrying the line.
func With(ctx context.Context, l *Line) context.Context {
	return context.WithValue(ctx, key{}, l)
}

// From returns the request's line; outside of a request a line that is never written.
func From(ctx context.Context) *Line {
	if l, ok := ctx.Value(key{}).(*Line); ok {
		return l
	}
	return &Line{}
}

// Set adds a field.
func (l *Line) Set(name, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attrs = append(l.attrs, slog.String(name, value))
}

// Fail notes the error that ended the request, with its causes.
func (l *Line) Fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// Attrs returns the fields, and the error if there was one.
func (l *Line) Attrs() []slog.Attr {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return append(l.attrs, slog.String("error", l.err.Error()))
	}
	return l.attrs
}
