package htmx

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestChecksumIsTheDocumentedOne(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if sum := fmt.Sprintf("`%x`", sha256.Sum256(Script)); !strings.Contains(string(readme), sum) {
		t.Errorf("README.md does not name the checksum %s", sum)
	}
}
