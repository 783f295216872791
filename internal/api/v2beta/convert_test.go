package v2beta

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	authorizationv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2"
	authorization "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2beta"
	permissionv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2"
	permission "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/internal_permission/v2beta"
	projectv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2"
	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2beta"
	webkeyv2 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2"
	webkey "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2beta"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// services are the twins: a file of this generation and one of the final.
func services() map[protoreflect.ServiceDescriptor]protoreflect.ServiceDescriptor {
	out := map[protoreflect.ServiceDescriptor]protoreflect.ServiceDescriptor{}
	for beta, final := range map[protoreflect.FileDescriptor]protoreflect.FileDescriptor{
		project.File_zitadel_project_v2beta_project_service_proto:                            projectv2.File_zitadel_project_v2_project_service_proto,
		authorization.File_zitadel_authorization_v2beta_authorization_service_proto:          authorizationv2.File_zitadel_authorization_v2_authorization_service_proto,
		permission.File_zitadel_internal_permission_v2beta_internal_permission_service_proto: permissionv2.File_zitadel_internal_permission_v2_internal_permission_service_proto,
		webkey.File_zitadel_webkey_v2beta_webkey_service_proto:                               webkeyv2.File_zitadel_webkey_v2_webkey_service_proto,
	} {
		out[beta.Services().Get(0)] = final.Services().Get(0)
	}
	return out
}

// Differences that are right as they are, each with its reason.
var (
	// loosened may be left out here and not there, where leaving out and zero are the same.
	loosened = map[protoreflect.FullName]string{
		"zitadel.authorization.v2beta.ListAuthorizationsRequest.sorting_column":       "zero is the default column",
		"zitadel.internal_permission.v2beta.ListAdministratorsRequest.sorting_column": "zero is the default column",
		"zitadel.authorization.v2beta.CreateAuthorizationRequest.organization_id":     "empty is the project's organization",
	}
	// reworded are the values of enums with another name and the same number and meaning.
	reworded = map[protoreflect.Name]protoreflect.Name{
		"TIMESTAMP_FILTER_METHOD_GREATER":           "TIMESTAMP_FILTER_METHOD_AFTER",
		"TIMESTAMP_FILTER_METHOD_GREATER_OR_EQUALS": "TIMESTAMP_FILTER_METHOD_AFTER_OR_EQUALS",
		"TIMESTAMP_FILTER_METHOD_LESS":              "TIMESTAMP_FILTER_METHOD_BEFORE",
		"TIMESTAMP_FILTER_METHOD_LESS_OR_EQUALS":    "TIMESTAMP_FILTER_METHOD_BEFORE_OR_EQUALS",
	}
	// finalOnly are fields there that nothing here becomes by name.
	finalOnly = map[protoreflect.FullName]string{
		"zitadel.project.v2.ProjectSearchFilter.organization_id_filter": "three conditions become it by hand",
		"zitadel.internal_permission.v2.ResourceFilter.project_grant":   "project_grant_id becomes it by hand",
	}
	// byCode are messages that a function converts; a test of its own walks them.
	byCode = map[protoreflect.FullName]string{
		"zitadel.authorization.v2beta.Authorization": "toAuthorization",
	}
)

// walker compares messages of two generations.
type walker struct {
	t    *testing.T
	seen map[protoreflect.FullName]bool // messages, fields and values that were met
}

// TestTwins proves that nothing that can be set in a request is lost, and that
// nothing of an answer is: every field of every message has a counterpart of
// the same form, or stands in a table with a reason.
func TestTwins(t *testing.T) {
	w := &walker{t: t, seen: map[protoreflect.FullName]bool{}}
	methods := 0
	for beta, final := range services() {
		if beta.Methods().Len() != final.Methods().Len() {
			t.Errorf("%s has %d methods, its twin %d", beta.FullName(), beta.Methods().Len(), final.Methods().Len())
		}
		for i := range beta.Methods().Len() {
			m := beta.Methods().Get(i)
			twin := final.Methods().ByName(m.Name())
			if twin == nil {
				t.Errorf("%s has no twin", m.FullName())
				continue
			}
			methods++
			w.messages(m.Input(), twin.Input(), true)
			w.messages(m.Output(), twin.Output(), false)
		}
	}
	if methods != 31 {
		t.Errorf("%d methods were compared", methods)
	}
	for _, table := range [][]protoreflect.FullName{
		slices.Collect(maps.Keys(renames)), slices.Collect(maps.Keys(byHand)), slices.Collect(maps.Keys(loosened)),
		slices.Collect(maps.Keys(finalOnly)), slices.Collect(maps.Keys(byCode)),
	} {
		for _, name := range table {
			if !w.seen[name] {
				t.Errorf("a table names %s, which is met nowhere", name)
			}
		}
	}
	for name := range reworded {
		if !w.seen[protoreflect.FullName(name)] {
			t.Errorf("a table names %s, which is met nowhere", name)
		}
	}
}

func (w *walker) messages(beta, final protoreflect.MessageDescriptor, request bool) {
	if beta == final || w.seen[beta.FullName()] {
		return
	}
	w.seen[beta.FullName()] = true
	if byCode[beta.FullName()] != "" {
		return
	}
	reached := map[protoreflect.Name]bool{}
	for i := range beta.Fields().Len() {
		field := beta.Fields().Get(i)
		if _, ok := byHand[field.FullName()]; ok && request {
			w.seen[field.FullName()] = true
			continue
		}
		if _, ok := renames[field.FullName()]; ok {
			w.seen[field.FullName()] = true
		}
		twin := twinOf(field, final)
		if twin == nil {
			w.t.Errorf("%s has no counterpart in %s", field.FullName(), final.FullName())
			continue
		}
		reached[twin.Name()] = true
		w.fields(field, twin, request)
	}
	for i := range final.Fields().Len() {
		field := final.Fields().Get(i)
		if reached[field.Name()] {
			continue
		}
		w.seen[field.FullName()] = true
		if finalOnly[field.FullName()] == "" {
			w.t.Errorf("nothing in %s becomes %s", beta.FullName(), field.FullName())
		}
	}
}

func (w *walker) fields(beta, final protoreflect.FieldDescriptor, request bool) {
	if beta.Kind() != final.Kind() || beta.Cardinality() != final.Cardinality() || beta.IsMap() || final.IsMap() {
		w.t.Errorf("%s and %s have different forms", beta.FullName(), final.FullName())
		return
	}
	if beta.HasPresence() != final.HasPresence() {
		w.seen[beta.FullName()] = true
		if !request || final.HasPresence() || loosened[beta.FullName()] == "" {
			w.t.Errorf("%s and %s differ in whether they can be left out", beta.FullName(), final.FullName())
		}
	}
	if a, b := oneof(beta), oneof(final); a != b {
		w.t.Errorf("%s is in oneof %q, %s in %q", beta.FullName(), a, final.FullName(), b)
	}
	if beta.Message() != nil {
		w.messages(beta.Message(), final.Message(), request)
	}
	if beta.Enum() != nil {
		w.enums(beta.Enum(), final.Enum())
	}
}

func oneof(f protoreflect.FieldDescriptor) protoreflect.Name {
	if one := f.ContainingOneof(); one != nil && !one.IsSynthetic() {
		return one.Name()
	}
	return ""
}

func (w *walker) enums(beta, final protoreflect.EnumDescriptor) {
	if beta.Values().Len() != final.Values().Len() {
		w.t.Errorf("%s and %s have different numbers of values", beta.FullName(), final.FullName())
	}
	for i := range beta.Values().Len() {
		value := beta.Values().Get(i)
		name := value.Name()
		if other, ok := reworded[name]; ok {
			w.seen[protoreflect.FullName(name)] = true
			name = other
		}
		if twin := final.Values().ByName(name); twin == nil || twin.Number() != value.Number() {
			w.t.Errorf("%s.%s = %d means something else in %s", beta.FullName(), value.Name(), value.Number(), final.FullName())
		}
	}
}

// fill sets every field of a message, and of oneofs the alternative that the variant names.
func fill(m protoreflect.Message, variant, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if _, ok := byHand[field.FullName()]; ok {
			continue
		}
		if one := field.ContainingOneof(); one != nil && !one.IsSynthetic() && one.Fields().Get(variant%one.Fields().Len()) != field {
			continue
		}
		if field.Kind() == protoreflect.MessageKind && depth > 6 {
			continue
		}
		switch {
		case field.IsList() && field.Kind() == protoreflect.MessageKind:
			for range 2 {
				fill(m.Mutable(field).List().AppendMutable().Message(), variant, depth+1)
			}
		case field.IsList():
			m.Mutable(field).List().Append(scalar(field))
		case field.Kind() == protoreflect.MessageKind:
			fill(m.Mutable(field).Message(), variant, depth+1)
		default:
			m.Set(field, scalar(field))
		}
	}
}

func scalar(field protoreflect.FieldDescriptor) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("the " + string(field.Name()))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(1)
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(uint64(field.Number()))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(field.Number()))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(int64(field.Number()))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(field.Number()))
	}
	panic("no value for " + field.FullName())
}

func newMessage(d protoreflect.MessageDescriptor) protoreflect.Message {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic(err)
	}
	return kind.New()
}

// What was converted there and back again is what it was.
func TestThereAndBack(t *testing.T) {
	for beta, final := range services() {
		for i := range beta.Methods().Len() {
			m := beta.Methods().Get(i)
			twin := final.Methods().ByName(m.Name())
			for variant := range 12 {
				in := newMessage(m.Input())
				fill(in, variant, 0)
				there, back := newMessage(twin.Input()), newMessage(m.Input())
				if err := ascend(in, there); err != nil {
					t.Fatalf("%s: %v", m.FullName(), err)
				}
				descend(there, back)
				if !proto.Equal(in.Interface(), back.Interface()) {
					t.Errorf("%s: %s became %s", m.FullName(), protojson.Format(in.Interface()), protojson.Format(back.Interface()))
				}
				if m.Name() == "ListAuthorizations" {
					continue // TestAuthorizationOfBeta
				}
				out := newMessage(twin.Output())
				fill(out, variant, 0)
				back, there = newMessage(m.Output()), newMessage(out.Descriptor())
				descend(out, back)
				if err := ascend(back, there); err != nil {
					t.Fatalf("%s: %v", twin.FullName(), err)
				}
				if !proto.Equal(out.Interface(), there.Interface()) {
					t.Errorf("%s: %s became %s", m.FullName(), protojson.Format(out.Interface()), protojson.Format(there.Interface()))
				}
			}
		}
	}
}

// Every field of an authorization is filled from one with all fields.
func TestAuthorizationOfBeta(t *testing.T) {
	in := &authorizationv2.Authorization{}
	fill(in.ProtoReflect(), 0, 0)
	in.Organization.Id = "another"
	out := toAuthorization(in, "the grant").ProtoReflect()
	for i := range out.Descriptor().Fields().Len() {
		if field := out.Descriptor().Fields().Get(i); !out.Has(field) {
			t.Errorf("%s is not filled", field.Name())
		}
	}
	for i := range authorization.State(0).Descriptor().Values().Len() {
		a, b := authorization.State(i).String(), authorizationv2.State(i).String()
		if a != b {
			t.Errorf("%s is not %s", a, b)
		}
	}
}

func TestFieldsByHand(t *testing.T) {
	for name, tt := range map[string]struct{ in, into, want string }{
		"owner":           {`{"projectResourceOwnerFilter":{"id":"1"}}`, "project.%s.ProjectSearchFilter", `{"organizationIdFilter":{"organizationId":"1","type":"OWNED"}}`},
		"receiver":        {`{"projectGrantResourceOwnerFilter":{"id":"1"}}`, "project.%s.ProjectSearchFilter", `{"organizationIdFilter":{"organizationId":"1","type":"GRANTED"}}`},
		"either":          {`{"projectOrganizationIdFilter":{"id":"1"}}`, "project.%s.ProjectSearchFilter", `{"organizationIdFilter":{"organizationId":"1","type":"OWNED_OR_GRANTED"}}`},
		"user":            {`{"userId":{"id":"1"}}`, "authorization.%s.AuthorizationsSearchFilter", `{"inUserIds":{"ids":["1"]}}`},
		"no user":         {`{"userId":{}}`, "authorization.%s.AuthorizationsSearchFilter", `{"inUserIds":{"ids":[""]}}`},
		"project grant":   {`{"projectGrantId":"1"}`, "internal_permission.%s.ResourceFilter", `{"projectGrant":{"organizationId":"1"}}`},
		"owner of grants": {`{"projectResourceOwnerFilter":{"id":"1"}}`, "project.%s.ProjectGrantSearchFilter", `{"organizationIdFilter":{"id":"1"}}`},
		"admins":          {`{"name":"x","admins":[{"userId":"1"}]}`, "project.%s.CreateProjectRequest", `{"name":"x"}`},
	} {
		in, got, want := named(tt.into, "v2beta"), named(tt.into, "v2"), named(tt.into, "v2")
		for text, into := range map[string]proto.Message{tt.in: in, tt.want: want} {
			if err := protojson.Unmarshal([]byte(text), into); err != nil {
				t.Fatal(err)
			}
		}
		if err := ascend(in.ProtoReflect(), got.ProtoReflect()); err != nil || !proto.Equal(got, want) {
			t.Errorf("%s: %s, %v", name, protojson.Format(got), err)
		}
	}
}

func named(pattern, generation string) proto.Message {
	name := protoreflect.FullName("zitadel." + fmt.Sprintf(pattern, generation))
	d, err := protoregistry.GlobalTypes.FindMessageByName(name)
	if err != nil {
		panic(err)
	}
	return d.New().Interface()
}

// A field that the twin does not have is refused, not lost.
func TestFieldWithoutTwin(t *testing.T) {
	in := &project.CreateProjectRequest{Name: "x", OrganizationId: "1"}
	err := ascend(in.ProtoReflect(), (&projectv2.DeleteProjectRequest{}).ProtoReflect())
	if !iam.Is(err, iam.Unimplemented) {
		t.Errorf("got %v", err)
	}
	if _, err := request[*projectv2.GetProjectRequest](&project.GetProjectRequest{}); !iam.Is(err, iam.InvalidArgument) {
		t.Errorf("without an id: %v", err)
	}
}
