package edge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"connectrpc.com/connect"
	"connectrpc.com/vanguard"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// maxDepth bounds how deep a JSON body may be nested. The deepest message of the API has about ten levels.
const maxDepth = 100

// decodeJSON reads a JSON body; an empty one is an empty message. Its error says where and what, and
// repeats nothing of the body.
func decodeJSON(body []byte, message proto.Message) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	options := protojson.UnmarshalOptions{RecursionLimit: maxDepth}
	err := options.Unmarshal(body, message)
	if err != nil && !enumFault.MatchString(err.Error()) {
		// Unknown fields do not matter. To discard them also discards unknown names of enums, which do: a misspelled
		// token type must not become the default one.
		options.DiscardUnknown = true
		proto.Reset(message)
		if err = options.Unmarshal(body, message); err == nil {
			return checkEnums(body, message)
		}
	}
	if err != nil {
		return explainJSON(err)
	}
	return nil
}

// enumFault is how protojson speaks of a value that an enum does not have.
var enumFault = regexp.MustCompile(`invalid value for enum`)

// encodeJSON appends a message's JSON without fields that have no value.
func encodeJSON(base []byte, message proto.Message) ([]byte, error) {
	text, err := protojson.Marshal(message)
	if err != nil {
		return nil, err
	}
	// protojson puts in spaces that differ from build to build.
	compact := bytes.NewBuffer(base)
	if err := json.Compact(compact, text); err != nil {
		return nil, err
	}
	return compact.Bytes(), nil
}

var (
	jsonPlace = regexp.MustCompile(`\(line (\d+):(\d+)\): `)
	// jsonFaults are the faults that say nothing but words of the schema in their first group.
	jsonFaults = []struct {
		pattern *regexp.Regexp
		says    string
	}{
		{regexp.MustCompile(`^(invalid value for \w+ field \w+): `), "%s"},
		{regexp.MustCompile(`^(invalid google\.protobuf\.\w+) `), "%s"},
		{regexp.MustCompile(`^(google\.protobuf\.\w+) value out of range: `), "%s out of range"},
		{regexp.MustCompile(`, oneof ([\w.]+) is already set$`), "more than one value for %s"},
		{regexp.MustCompile(`^(duplicate field) "`), "%s"},
		{regexp.MustCompile(`^(duplicate map key) "`), "%s"},
		{regexp.MustCompile(`^(unexpected token) `), "%s"},
		{regexp.MustCompile(`^(invalid UTF-8) in string$`), "%s"},
		{regexp.MustCompile(`(exceeded max recursion depth)$`), "nested too deeply"},
		{regexp.MustCompile(`(unexpected EOF)$`), "it ends too early"},
	}
)

// explainJSON turns an error of protojson, which repeats values, into one that does not.
func explainJSON(err error) error {
	text := strings.TrimLeft(strings.TrimPrefix(err.Error(), "proto:"), " \u00a0")
	place := ""
	if at := jsonPlace.FindStringSubmatchIndex(text); at != nil {
		place = fmt.Sprintf(" at line %s, column %s", text[at[2]:at[3]], text[at[4]:at[5]])
		text = text[at[1]:]
	}
	for _, fault := range jsonFaults {
		if words := fault.pattern.FindStringSubmatch(text); words != nil {
			says := strings.Replace(fault.says, "%s", words[1], 1)
			return fmt.Errorf("invalid JSON body%s: %s", place, says)
		}
	}
	return fmt.Errorf("invalid JSON body%s", place)
}

// jsonCodec is the JSON of the edge for vanguard.
type jsonCodec struct{}

func newJSONCodec(vanguard.TypeResolver) vanguard.Codec { return jsonCodec{} }

// Name implements [vanguard.Codec].
func (jsonCodec) Name() string { return vanguard.CodecJSON }

// MarshalAppend implements [vanguard.Codec].
func (jsonCodec) MarshalAppend(base []byte, message proto.Message) ([]byte, error) {
	return encodeJSON(base, message)
}

// Unmarshal implements [vanguard.Codec]. A plain error would be reported as the server's fault.
func (jsonCodec) Unmarshal(body []byte, message proto.Message) error {
	if err := decodeJSON(body, message); err != nil {
		return connect.NewError(connect.CodeInvalidArgument, err)
	}
	return nil
}
