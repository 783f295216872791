package iam

import (
	"crypto/rand"
	"encoding/binary"
	"strconv"
)

const (
	lowestID = 100_000_000_000_000_000
	idSpan   = 900_000_000_000_000_000
)

// NewID draws a random id: 18 decimal digits, the first not 0. Ids say nothing
// about order; the primary key proves that one is unique.
func NewID() string {
	// Rejection keeps the draw uniform: the highest multiple of the span below 2^64.
	const limit = (1<<64 - 1) / idSpan * idSpan
	var b [8]byte
	for {
		_, _ = rand.Read(b[:]) // crypto/rand.Read never fails (Go 1.24)
		if n := binary.LittleEndian.Uint64(b[:]); n < limit {
			return strconv.FormatUint(lowestID+n%idSpan, 10)
		}
	}
}

// maxChosenID bounds ids that a client chooses itself, as Zitadel allows.
const maxChosenID = 200

// CheckChosenID says whether a client may choose id for a new object: 1 to 200
// letters, digits, '-', '_' and '.', and not the name under which the server
// itself is recorded. Kind: InvalidArgument.
func CheckChosenID(id string) error {
	if id == "" || len(id) > maxChosenID {
		return Errorf(InvalidArgument, "ID-len1x", "an id has 1 to %d characters", maxChosenID).At(FieldID)
	}
	if id == SystemEditor {
		return Errorf(InvalidArgument, "ID-sys1x", "the id %q is taken by the server itself", id).At(FieldID)
	}
	for i := range len(id) {
		c := id[i]
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || c == '_' || c == '.') {
			return Errorf(InvalidArgument, "ID-chr1x", "an id has only letters, digits, '-', '_' and '.'").At(FieldID)
		}
	}
	return nil
}
