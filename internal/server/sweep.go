package server

import (
	"context"
	"time"
)

// sweepEvery is how often what is of no use any more is removed: ended
// sessions, dead codes, old attempts.
const sweepEvery = time.Hour

// sweep cleans up at once and then every hour until ctx ends. Each node does;
// that two do it at once harms nothing.
func (s *Server) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		s.sweepOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Server) sweepOnce(ctx context.Context) {
	if err := s.db.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
		s.log.Warn("old sessions, codes and attempts could not be removed", "error", err)
	}
}
