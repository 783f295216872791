package v2beta

import (
	"testing"

	permissionv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2beta"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// FuzzConvert converts any list request, the deepest message that there is:
// what has no part that is done by hand comes back as it was.
func FuzzConvert(f *testing.F) {
	for variant := range 10 {
		seed := &permission.ListAdministratorsRequest{}
		fill(seed.ProtoReflect(), variant, 0)
		bytes, err := proto.Marshal(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes)
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		in := &permission.ListAdministratorsRequest{}
		options := proto.UnmarshalOptions{DiscardUnknown: true}
		if options.Unmarshal(bytes, in) != nil {
			return
		}
		there, err := request[*permissionv2.ListAdministratorsRequest](in)
		if err != nil {
			t.Fatal(err)
		}
		back := response[*permission.ListAdministratorsRequest](there)
		if !touched(in.ProtoReflect()) && !proto.Equal(in, back) {
			t.Errorf("%v became %v", in, back)
		}
	})
}

// touched says whether a part of a message is done by hand, or loses only
// whether it was left out.
func touched(m protoreflect.Message) (found bool) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		_, hand := byHand[field.FullName()]
		found = found || hand || loosened[field.FullName()] != ""
		switch {
		case found || field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				found = found || touched(value.List().Get(i).Message())
			}
		default:
			found = touched(value.Message())
		}
		return !found
	})
	return found
}
