package edge

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// fieldPath resolves a dotted path of field names, in their proto or JSON form, from a message down. It is nil
// when there is no such field or the way to it leads through a list.
func fieldPath(message protoreflect.MessageDescriptor, path string) []protoreflect.FieldDescriptor {
	var fields []protoreflect.FieldDescriptor
	for name := range strings.SplitSeq(path, ".") {
		if message == nil || (len(fields) > 0 && fields[len(fields)-1].Cardinality() == protoreflect.Repeated) {
			return nil
		}
		field := message.Fields().ByJSONName(name)
		if field == nil {
			field = message.Fields().ByTextName(name)
		}
		if field == nil {
			return nil
		}
		fields = append(fields, field)
		message = field.Message()
	}
	return fields
}

// setQuery fills a message from a query string. Parameters that are no fields are ignored, as grpc-gateway does.
func setQuery(message proto.Message, rawQuery string) error {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return fmt.Errorf("the query string is malformed")
	}
	for name, values := range query {
		if fields := fieldPath(message.ProtoReflect().Descriptor(), name); fields != nil {
			if err := setField(message, fields, values); err != nil {
				return fmt.Errorf("query parameter %w", err)
			}
		}
	}
	return nil
}

// setField sets one field from its textual values, as protobuf's JSON form reads them. Its
// error names the field and not the value.
func setField(message proto.Message, fields []protoreflect.FieldDescriptor, values []string) error {
	var names []string
	for _, field := range fields {
		names = append(names, field.JSONName())
	}
	name, leaf := strings.Join(names, "."), fields[len(fields)-1]
	texts := make([]string, len(values))
	for i, value := range values {
		if !utf8.ValidString(value) {
			return fmt.Errorf("%s: it is not valid UTF-8", name)
		}
		texts[i] = jsonText(leaf, value)
	}
	text := strings.Join(texts, ",")
	if leaf.IsList() {
		text = "[" + text + "]"
	} else if len(values) != 1 {
		return fmt.Errorf("%s: it may have only one value", name)
	}
	for _, name := range slices.Backward(names) {
		text = "{" + quote(name) + ":" + text + "}"
	}
	part := message.ProtoReflect().New().Interface()
	if err := protojson.Unmarshal([]byte(text), part); err != nil {
		return fmt.Errorf("%s: it is not a valid %s", name, kindName(leaf))
	}
	proto.Merge(message, part)
	return nil
}

// jsonText is the JSON of a parameter's value. Numbers, bytes and times may be JSON strings; a boolean and
// the number of an enum may not.
func jsonText(field protoreflect.FieldDescriptor, value string) string {
	switch {
	case field.Kind() == protoreflect.BoolKind || kindName(field) == "google.protobuf.BoolValue":
		if b, err := strconv.ParseBool(value); err == nil {
			return strconv.FormatBool(b)
		}
	case field.Kind() == protoreflect.EnumKind:
		if n, err := strconv.ParseInt(value, 10, 32); err == nil {
			return strconv.FormatInt(n, 10)
		}
	}
	return quote(value)
}

func kindName(field protoreflect.FieldDescriptor) string {
	if message := field.Message(); message != nil {
		return string(message.FullName())
	}
	return field.Kind().String()
}

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(text)
}
