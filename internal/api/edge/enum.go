package edge

import (
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// checkEnums refuses a JSON body that names a value which an enum does not have. The body has been read into the
// message already, without such names and without fields that the message does not have.
func checkEnums(body []byte, message proto.Message) error {
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return explainJSON(err) // never: protobuf's reader is the stricter one
	}
	return checkMessage(value, message.ProtoReflect().Descriptor())
}

func checkMessage(value any, message protoreflect.MessageDescriptor) error {
	object, ok := value.(map[string]any)
	if !ok || strings.HasPrefix(string(message.FullName()), "google.protobuf.") {
		return nil // null, or a message with a form of its own
	}
	for name, value := range object {
		if fields := fieldPath(message, name); len(fields) == 1 {
			if err := checkField(value, fields[0]); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkField(value any, field protoreflect.FieldDescriptor) error {
	if field.IsMap() {
		entries, _ := value.(map[string]any)
		for _, entry := range entries {
			if err := checkField(entry, field.MapValue()); err != nil {
				return err
			}
		}
		return nil
	}
	if list, ok := value.([]any); ok && field.IsList() {
		for _, element := range list {
			if err := checkValue(element, field); err != nil {
				return err
			}
		}
		return nil
	}
	return checkValue(value, field)
}

func checkValue(value any, field protoreflect.FieldDescriptor) error {
	if field.Message() != nil {
		return checkMessage(value, field.Message())
	}
	name, isText := value.(string)
	if field.Enum() == nil || !isText || field.Enum().Values().ByName(protoreflect.Name(name)) != nil {
		return nil
	}
	return fmt.Errorf("invalid JSON body: invalid value for enum field %s", field.JSONName())
}
