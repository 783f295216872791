package v1

import (
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

func TestTooManyQueries(t *testing.T) {
	read := func(string) (iam.Filter, error) { return iam.FieldUserID.Is("x"), nil }
	_, err := filterOf(make([]string, iam.MaxFilterNodes), read)
	wantKind(t, "as many as may be", err, success)
	_, err = filterOf(make([]string, iam.MaxFilterNodes+1), read)
	wantKind(t, "one more", err, iam.InvalidArgument)
}
