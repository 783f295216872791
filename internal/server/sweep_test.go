package server

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestSweep cleans up at once, and says so when it cannot.
func TestSweep(t *testing.T) {
	s, log := open(t)
	now := time.Now()
	if _, err := s.db.TakeAttempt(t.Context(), "old", 1, time.Minute, now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	swept := make(chan struct{})
	go func() { s.sweep(ctx); close(swept) }()
	for taken := true; taken; { // until the attempt can be taken in its own old window again
		a, err := s.db.TakeAttempt(t.Context(), "old", 1, time.Minute, now.Add(-2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		taken = a.Wait > 0
	}
	stop()
	<-swept
	if log.String() != "" {
		t.Errorf("the log says %s", log)
	}
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	s.sweepOnce(t.Context())
	if !strings.Contains(log.String(), "could not be removed") {
		t.Errorf("the log says %s", log)
	}
}
