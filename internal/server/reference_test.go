package server

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the reference into the manual")

const (
	referenceBegin = "<!-- settings:begin -->\n"
	referenceEnd   = "<!-- settings:end -->\n"
)

// TestReference compares the manual with the settings that there are.
func TestReference(t *testing.T) {
	for _, s := range Settings() {
		if !strings.Contains(Reference(), "| `"+s.Env()+"`") || s.Help == "" {
			t.Errorf("%s is not explained", s.Name)
		}
	}
	path := filepath.Join("..", "..", "docs", "operations.md")
	manual, err := os.ReadFile(path)
	if *update && errors.Is(err, os.ErrNotExist) {
		manual, err = []byte("# Operations\n\n## Settings\n\n"+referenceBegin+referenceEnd), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(manual), referenceBegin)
	written, after, ok2 := strings.Cut(rest, referenceEnd)
	if !ok1 || !ok2 {
		t.Fatalf("%s does not hold the lines %q and %q", path, referenceBegin, referenceEnd)
	}
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(before+referenceBegin+Reference()+referenceEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if written != Reference() {
		t.Errorf("%s is not up to date: go test ./internal/server -run Reference -update", path)
	}
}
