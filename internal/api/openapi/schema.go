package openapi

import (
	"fmt"
	"strings"

	"github.com/envoyproxy/protoc-gen-validate/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// object is a part of the document.
type object = map[string]any

// schemas collects the messages and enums that the document refers to.
type schemas struct {
	object
	todo []protoreflect.Descriptor
}

// ref refers to the schema of a message or an enum.
func (s *schemas) ref(d protoreflect.Descriptor) object {
	name := string(d.FullName())
	if _, known := s.object[name]; !known {
		s.object[name] = nil
		s.todo = append(s.todo, d)
	}
	return object{"$ref": "#/components/schemas/" + name}
}

// finish adds everything that was referred to, and what that refers to.
func (s *schemas) finish() {
	for len(s.todo) > 0 {
		d := s.todo[0]
		s.todo = s.todo[1:]
		switch d := d.(type) {
		case protoreflect.EnumDescriptor:
			s.object[string(d.FullName())] = enumSchema(d)
		case protoreflect.MessageDescriptor:
			s.object[string(d.FullName())] = s.message(fieldsOf(d))
		}
	}
}

func fieldsOf(m protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	out := make([]protoreflect.FieldDescriptor, m.Fields().Len())
	for i := range out {
		out[i] = m.Fields().Get(i)
	}
	return out
}

func enumSchema(e protoreflect.EnumDescriptor) object {
	names := make([]string, e.Values().Len())
	for i := range names {
		names[i] = string(e.Values().Get(i).Name())
	}
	return object{"type": "string", "enum": names}
}

// message is the schema of an object with these fields.
func (s *schemas) message(fields []protoreflect.FieldDescriptor) object {
	properties := object{}
	for _, field := range fields {
		properties[field.JSONName()] = s.field(field)
	}
	out := object{"type": "object"}
	if len(properties) > 0 {
		out["properties"] = properties
	}
	if text := alternatives(fields); text != "" {
		out["description"] = text
	}
	return out
}

// alternatives says which of the fields exclude each other.
func alternatives(fields []protoreflect.FieldDescriptor) string {
	var sentences []string
	seen := map[protoreflect.Name]bool{}
	for _, field := range fields {
		one := field.ContainingOneof()
		if one == nil || one.IsSynthetic() || seen[one.Name()] || one.Fields().Len() < 2 {
			continue
		}
		seen[one.Name()] = true
		var names []string
		for i := range one.Fields().Len() {
			names = append(names, one.Fields().Get(i).JSONName())
		}
		sentences = append(sentences, "At most one of "+strings.Join(names, ", ")+".")
	}
	return strings.Join(sentences, " ")
}

// field is the schema of a field, with its limits.
func (s *schemas) field(field protoreflect.FieldDescriptor) object {
	var out object
	rules, _ := proto.GetExtension(field.Options(), validate.E_Rules).(*validate.FieldRules)
	switch {
	case field.IsMap():
		out = object{"type": "object", "additionalProperties": s.value(field.MapValue(), nil)}
	case field.IsList():
		out = object{"type": "array", "items": s.value(field, rules.GetRepeated().GetItems())}
		if r := rules.GetRepeated(); r != nil {
			limit(out, "minItems", r.MinItems)
			limit(out, "maxItems", r.MaxItems)
		}
	default:
		out = s.value(field, rules)
	}
	if text := describe(field); text != "" {
		out["description"] = text
	}
	return out
}

// limit sets a bound that a rule names.
func limit(out object, name string, bound *uint64) {
	if bound != nil {
		out[name] = *bound
	}
}

// value is the schema of one value of a field, as protobuf's JSON form has it.
func (s *schemas) value(field protoreflect.FieldDescriptor, rules *validate.FieldRules) object {
	switch field.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if known := wellKnown(field.Message().FullName()); known != nil {
			return known
		}
		return s.ref(field.Message())
	case protoreflect.EnumKind:
		return s.ref(field.Enum())
	case protoreflect.StringKind:
		out := object{"type": "string"}
		if r := rules.GetString_(); r != nil {
			limit(out, "minLength", r.MinLen)
			limit(out, "maxLength", r.MaxLen)
		}
		return out
	case protoreflect.BytesKind:
		return object{"type": "string", "contentEncoding": "base64"}
	case protoreflect.BoolKind:
		return object{"type": "boolean"}
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return object{"type": "number", "format": field.Kind().String()}
	case protoreflect.Int64Kind, protoreflect.Uint64Kind, protoreflect.Sint64Kind, protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return object{"type": "string", "format": strings.TrimPrefix(field.Kind().String(), "s")} // JSON numbers have 53 bits
	}
	return object{"type": "integer", "format": field.Kind().String()}
}

// wellKnown is the schema of a message with a JSON form of its own, or nil.
func wellKnown(name protoreflect.FullName) object {
	switch name {
	case "google.protobuf.Timestamp":
		return object{"type": "string", "format": "date-time"}
	case "google.protobuf.Duration":
		return object{"type": "string", "pattern": `^-?[0-9]+(\.[0-9]{1,9})?s$`}
	case "google.protobuf.FieldMask", "google.protobuf.StringValue":
		return object{"type": "string"}
	case "google.protobuf.BoolValue":
		return object{"type": "boolean"}
	case "google.protobuf.Struct", "google.protobuf.Empty":
		return object{"type": "object"}
	case "google.protobuf.ListValue":
		return object{"type": "array", "items": object{}}
	case "google.protobuf.Value":
		return object{}
	case "google.protobuf.Any":
		return object{"type": "object", "properties": object{"@type": object{"type": "string"}}}
	}
	return nil
}

// words names the type of a field for people: "list of text", "zitadel.v1.ListQuery".
func words(field protoreflect.FieldDescriptor) string {
	var name string
	switch field.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		switch schema := wellKnown(field.Message().FullName()); {
		case schema == nil:
			name = string(field.Message().FullName())
		case schema["format"] == "date-time":
			name = "time"
		case schema["pattern"] != nil:
			name = "duration"
		default:
			name = fmt.Sprint(schema["type"])
		}
	case protoreflect.EnumKind:
		name = string(field.Enum().FullName())
	case protoreflect.StringKind:
		name = "text"
	case protoreflect.BytesKind:
		name = "base64"
	case protoreflect.BoolKind:
		name = "true or false"
	default:
		name = "number"
	}
	return name
}
