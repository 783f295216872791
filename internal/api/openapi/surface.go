package openapi

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-openapiv2/options"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authoption"
	protocgen "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/protoc/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// surface is what is described: services in order, each with its operations.
type surface struct {
	services []service
}

type service struct {
	descriptor protoreflect.ServiceDescriptor
	title      string
	operations []operation
}

// operation is an [Operation] with its path as OpenAPI writes it.
type operation struct {
	Operation
	id        string
	rpc       bool // there is no REST path: the verb and the path are Connect's
	path      string
	variables []variable
	fields    []protoreflect.FieldDescriptor // of the request that the path does not fill
}

// variable is a part of a path. Where two methods name it differently at one
// place it has the first one's name: to OpenAPI these are one path.
type variable struct {
	name  string
	field protoreflect.FieldDescriptor
	rest  bool // may hold slashes
}

var pathVariable = regexp.MustCompile(`\{([^}=]*)(=\*\*)?\}`)

func newSurface(operations []Operation) *surface {
	operations = slices.Clone(operations)
	slices.SortStableFunc(operations, func(a, b Operation) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Verb, b.Verb))
	})
	paths, ids, found := map[string][]string{}, map[string]int{}, map[protoreflect.FullName]*service{}
	for _, o := range operations {
		op := operation{Operation: o, id: string(o.Method.FullName())}
		if op.rpc = o.Verb == ""; op.rpc {
			op.Verb, op.Path, op.HasBody, op.Success = http.MethodPost, op.procedure(), true, http.StatusOK
		}
		if ids[op.id]++; ids[op.id] > 1 {
			op.id += "." + strings.ToLower(o.Verb) + strings.Repeat("_", ids[op.id]-1)
		}
		op.place(paths)
		parent := o.Method.Parent().(protoreflect.ServiceDescriptor)
		s := found[parent.FullName()]
		if s == nil {
			s = &service{descriptor: parent, title: titleOf(parent)}
			found[parent.FullName()] = s
		}
		s.operations = append(s.operations, op)
	}
	s := &surface{}
	for _, one := range found {
		s.services = append(s.services, *one)
	}
	slices.SortFunc(s.services, func(a, b service) int {
		return cmp.Or(generation(a)-generation(b), strings.Compare(a.title, b.title))
	})
	return s
}

// place finds the variables of the path, and what the path leaves of the request.
func (o *operation) place(paths map[string][]string) {
	shape := pathVariable.ReplaceAllString(o.Path, "{}")
	names, known := paths[shape]
	filled := map[protoreflect.Name]bool{}
	for i, match := range pathVariable.FindAllStringSubmatch(o.Path, -1) {
		field := fieldAt(o.Method.Input(), match[1])
		if !known {
			names = append(names, match[1])
		}
		o.variables = append(o.variables, variable{names[i], field, match[2] != ""})
		filled[field.Name()] = field.Parent() == o.Method.Input()
	}
	paths[shape] = names
	next := 0
	o.path = pathVariable.ReplaceAllStringFunc(o.Path, func(string) string {
		next++
		return "{" + names[next-1] + "}"
	})
	for i := range o.Method.Input().Fields().Len() {
		if field := o.Method.Input().Fields().Get(i); !filled[field.Name()] {
			o.fields = append(o.fields, field)
		}
	}
}

// procedure is the path of a method in all protocols but REST.
func (o *operation) procedure() string {
	return fmt.Sprintf("/%s/%s", o.Method.Parent().FullName(), o.Method.Name())
}

// fieldAt finds the field that a variable names, which may lie in another message.
func fieldAt(message protoreflect.MessageDescriptor, path string) protoreflect.FieldDescriptor {
	name, deeper, more := strings.Cut(path, ".")
	field := message.Fields().ByName(protoreflect.Name(name))
	if more {
		return fieldAt(field.Message(), deeper)
	}
	return field
}

// generation orders services: the second generation, its beta, the first.
func generation(s service) int {
	switch name := string(s.descriptor.FullName()); {
	case strings.Contains(name, ".v2."):
		return 0
	case strings.Contains(name, ".v2beta."):
		return 1
	}
	return 2
}

// titleOf names a service as people do: "Administrators v2beta".
func titleOf(s protoreflect.ServiceDescriptor) string {
	parts := strings.Split(string(s.FullName()), ".")
	if len(parts) < 3 {
		return string(s.Name())
	}
	name, plural := parts[len(parts)-3], map[string]string{
		"org": "organizations", "user": "users", "project": "projects", "authorization": "authorizations", "feature": "features",
		"internal_permission": "administrators", "webkey": "web keys", "application": "applications", "instance": "instances",
	}
	name = cmp.Or(plural[name], name)
	return strings.ToUpper(name[:1]) + name[1:] + " " + parts[len(parts)-2]
}

var wordEnd = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

// summary says in a few words what an operation does.
func (o *operation) summary() string {
	if annotated, _ := proto.GetExtension(o.Method.Options(), options.E_Openapiv2Operation).(*options.Operation); annotated.GetSummary() != "" {
		return strings.TrimSpace(annotated.GetSummary())
	}
	words := wordEnd.ReplaceAllString(string(o.Method.Name()), "$1$3 $2$4")
	for i, word := range strings.Fields(words) {
		if i > 0 && strings.ToUpper(word) != word {
			words = strings.Replace(words, " "+word, " "+strings.ToLower(word), 1)
		}
	}
	return words
}

// permission is what the descriptor asks for; "authenticated" where who may call
// depends on what the request is about.
func (o *operation) permission() string {
	if o.Public {
		return ""
	}
	if v1, _ := proto.GetExtension(o.Method.Options(), authoption.E_AuthOption).(*authoption.AuthOption); v1.GetPermission() != "" {
		return v1.GetPermission()
	}
	v2, _ := proto.GetExtension(o.Method.Options(), protocgen.E_Options).(*protocgen.Options)
	return cmp.Or(v2.GetAuthOption().GetPermission(), "authenticated")
}

// describe is what a field's descriptor says about it in words.
func describe(field protoreflect.FieldDescriptor) string {
	annotated, _ := proto.GetExtension(field.Options(), options.E_Openapiv2Field).(*options.JSONSchema)
	return strings.Trim(strings.TrimSpace(annotated.GetDescription()), `"`)
}
