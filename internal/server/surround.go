package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/latchkey-iam/latchkey/internal/weblog"
)

// surround gives every request its log line, counts it, and ends panics.
func (s *Server) surround(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		line := &weblog.Line{Address: s.clientAddress(r)}
		ctx, cancel := context.WithTimeout(weblog.With(r.Context(), line), requestTime)
		defer cancel()
		out := &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				line.Fail(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
				if out.status != 0 {
					// Half an answer must not look like a whole one: the connection is cut.
					defer panic(http.ErrAbortHandler)
				} else {
					plain(out, http.StatusInternalServerError, "the server failed; its log says why")
				}
			}
			s.finish(r, out, line, time.Since(start))
		}()
		next.ServeHTTP(out, r.WithContext(ctx))
	})
}

// finish counts a request and writes its line. Health checks are too many to tell.
func (s *Server) finish(r *http.Request, out *recorder, line *weblog.Line, took time.Duration) {
	if out.status == 0 {
		out.status = http.StatusOK
	}
	route := routeOf(r.URL.Path)
	s.metrics.observe(route, out.status, took)
	if route == "health" {
		return
	}
	level := slog.LevelInfo
	if out.status >= http.StatusInternalServerError && out.status != http.StatusNotImplemented { // which anybody can ask for
		level = slog.LevelError
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("method", r.Method),
		slog.String("path", r.URL.Path),
		slog.Int("status", out.status),
		slog.Int64("bytes", out.bytes),
		slog.Int64("micros", took.Microseconds()),
		slog.String("from", line.Address),
	)
	s.log.LogAttrs(r.Context(), level, "request", append(attrs, line.Attrs()...)...)
}

// routeOf names what a path belongs to, for metrics: few values, no ids.
func routeOf(path string) string {
	switch {
	case path == "/oauth/v2/token":
		return "token"
	case path == "/oauth/v2/keys":
		return "keys"
	case strings.HasPrefix(path, "/.well-known/"):
		return "discovery"
	case path == "/debug/healthz" || path == "/debug/ready":
		return "health"
	case path == "/ui" || strings.HasPrefix(path, "/ui/"):
		return "console"
	case strings.HasPrefix(path, "/zitadel.") || strings.HasPrefix(path, "/grpc."):
		return "rpc"
	case strings.HasPrefix(path, "/management/") || strings.HasPrefix(path, "/admin/") ||
		strings.HasPrefix(path, "/auth/") || strings.HasPrefix(path, "/v2/") || strings.HasPrefix(path, "/v2beta/"):
		return "rest"
	}
	return "other"
}

// clientAddress is who asks. X-Forwarded-For is believed only as far as
// trusted proxies wrote it: from right to left to the first that is not one.
func (s *Server) clientAddress(r *http.Request) string {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	from := remote.Addr().Unmap()
	if len(s.cfg.TrustedProxies) == 0 {
		return from.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(from); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break // what is left of it was written by nobody who is trusted
		}
		from = hop.Unmap()
	}
	return from.String()
}

func (s *Server) trusted(a netip.Addr) bool {
	for _, p := range s.cfg.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Flush is needed by gRPC over net/http.
func (r *recorder) Flush() {
	if f, ok := r.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
