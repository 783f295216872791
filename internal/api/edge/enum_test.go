package edge

import (
	"strings"
	"testing"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"
)

// A misspelled enum is refused without being repeated, while unknown fields are ignored.
func TestEnumNames(t *testing.T) {
	for body, ok := range map[string]bool{
		`{"accessTokenType":"ACCESS_TOKEN_TYPE_JWT"}`:               true,
		`{"accessTokenType":1}`:                                     true,
		`{"nothing":"x","accessTokenType":"ACCESS_TOKEN_TYPE_JWT"}`: true,
		`{"accessTokenType":"JWT-secret"}`:                          false,
		`{"accessTokenType":"JWT-secret","nothing":"x"}`:            false,
	} {
		in := &management.AddMachineUserRequest{}
		err := decodeJSON([]byte(body), in)
		if (err == nil) != ok {
			t.Errorf("%s: %v", body, err)
		}
		if ok && in.GetAccessTokenType() != user.AccessTokenType_ACCESS_TOKEN_TYPE_JWT {
			t.Errorf("%s became %v", body, in.GetAccessTokenType())
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error repeats the value: %v", err)
		}
	}
}
