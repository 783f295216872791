package openapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// documentVersion is the version of the description; the paths name the
// generations of the API.
const documentVersion = "1"

// orgHeader names the organization in whose context a call works.
const orgHeader = "x-zitadel-orgid"

// document is the OpenAPI document, as JSON.
func (s *surface) document() ([]byte, error) {
	all := &schemas{object: object{}}
	paths, tags := object{}, []object{}
	for _, service := range s.services {
		name, known := string(service.descriptor.FullName()), len(paths)
		for i := range service.operations {
			o := &service.operations[i]
			if o.rpc {
				continue
			}
			path, _ := paths[o.path].(object)
			if path == nil {
				path = object{}
				paths[o.path] = path
			}
			path[strings.ToLower(o.Verb)] = o.describe(name, all)
		}
		if len(paths) > known {
			tags = append(tags, object{"name": name, "description": service.title})
		}
	}
	all.finish()
	all.object["Error"] = errorSchema()
	return json.Marshal(object{
		"openapi": "3.1.0",
		"info": object{
			"title":   "Latchkey management API",
			"version": documentVersion,
			"description": "The REST paths of Zitadel's API that this server answers. Every method is also there through gRPC, " +
				"gRPC-Web and Connect, and some methods are there through these only. Fields without a value are left out; " +
				"unknown fields are ignored; 64-bit numbers are text.",
			"license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":  []object{{"url": "/"}},
		"security": []object{{"bearer": []string{}}},
		"tags":     tags,
		"paths":    paths,
		"components": object{
			"schemas": all.object,
			"securitySchemes": object{"bearer": object{
				"type": "http", "scheme": "bearer", "description": "A personal access token, or an access token for this server.",
			}},
			"parameters": object{"Organization": object{
				"name": orgHeader, "in": "header", "schema": object{"type": "string"},
				"description": "The id of the organization in whose context the call works; without it the caller's own.",
			}},
			"responses": object{"Error": object{
				"description": "The call failed.",
				"content":     jsonOf(object{"$ref": "#/components/schemas/Error"}),
			}},
		},
	})
}

func jsonOf(schema object) object {
	return object{"application/json": object{"schema": schema}}
}

// errorSchema is google.rpc.Status, as the API fills it.
func errorSchema() object {
	return object{
		"type": "object",
		"properties": object{
			"code":    object{"type": "integer", "format": "int32", "description": "The gRPC code: 3 invalid, 5 not found, 6 exists, 7 denied, 9 precondition, 12 not offered, 16 no valid token."},
			"message": object{"type": "string", "description": "What went wrong, and the id of the place in brackets."},
			"details": object{"type": "array", "items": object{
				"type": "object",
				"properties": object{
					"@type":   object{"type": "string", "examples": []string{"type.googleapis.com/zitadel.v1.ErrorDetail"}},
					"id":      object{"type": "string"},
					"message": object{"type": "string"},
				},
			}},
		},
	}
}

// describe is the operation object.
func (o *operation) describe(tag string, all *schemas) object {
	out := object{
		"operationId": o.id,
		"tags":        []string{tag},
		"summary":     o.summary(),
		"responses": object{
			strconv.Itoa(o.Success): object{
				"description": http.StatusText(o.Success),
				"content":     jsonOf(all.ref(o.Method.Output())),
			},
			"default": object{"$ref": "#/components/responses/Error"},
		},
		"x-grpc-method": o.procedure(),
	}
	if o.Public {
		out["security"] = []object{}
	} else {
		out["x-permission"] = o.permission()
	}
	if parameters := o.parameters(all); len(parameters) > 0 {
		out["parameters"] = parameters
	}
	if o.takesBody() {
		schema := all.message(o.fields)
		if len(o.variables) == 0 {
			schema = all.ref(o.Method.Input())
		}
		out["requestBody"] = object{"content": jsonOf(schema)}
	}
	return out
}

// takesBody says whether a body has anything to say. Where the rule names none,
// writing verbs take one for what a query cannot express.
func (o *operation) takesBody() bool {
	return len(o.fields) > 0 && (o.HasBody || o.Verb != http.MethodGet && o.Verb != http.MethodDelete)
}

func (o *operation) parameters(all *schemas) []object {
	var out []object
	for _, v := range o.variables {
		schema := all.field(v.field)
		p := object{"name": v.name, "in": "path", "required": true, "schema": schema}
		if v.rest {
			p["description"] = "May hold slashes, escaped or not."
		}
		out = append(out, p)
	}
	if o.InOrg {
		out = append(out, object{"$ref": "#/components/parameters/Organization"})
	}
	for _, p := range o.query() {
		out = append(out, object{"name": p.name, "in": "query", "schema": all.field(p.field)})
	}
	return out
}

// parameter is a field that the query may set.
type parameter struct {
	name  string // the path to it, with dots
	field protoreflect.FieldDescriptor
}

// query lists the parameters of the query string.
func (o *operation) query() []parameter {
	if o.HasBody {
		return nil
	}
	return parametersOf("", o.fields, nil)
}

// parametersOf lists what a query can set in fields: all that is not in a list
// of messages. Messages that hold themselves are entered once.
func parametersOf(prefix string, fields []protoreflect.FieldDescriptor, within []protoreflect.FullName) []parameter {
	var out []parameter
	for _, field := range fields {
		name := prefix + field.JSONName()
		if field.Message() == nil || wellKnown(field.Message().FullName()) != nil {
			out = append(out, parameter{name, field})
			continue
		}
		if inner := field.Message().FullName(); !field.IsList() && !field.IsMap() && !slices.Contains(within, inner) {
			out = append(out, parametersOf(name+".", fieldsOf(field.Message()), append(slices.Clip(within), inner))...)
		}
	}
	return out
}
