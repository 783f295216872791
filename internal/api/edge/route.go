package edge

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	protocgen "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/protoc/v2"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// route is one REST binding of a procedure.
type route struct {
	*procedure
	variables [][]protoreflect.FieldDescriptor // the request's fields that the path fills, in order
	hasBody   bool                             // the body is the request; otherwise the query is
	writes    bool                             // its verb is one that has bodies
	success   int                              // HTTP status of success
}

// node is a place in the tree of paths. Below a node, a literal segment is tried before a variable, and a
// variable before the rest of the path.
type node struct {
	literals map[string]*node
	variable *node
	rest     *node
	routes   map[string]*route // by HTTP method
}

// Binding is one REST path of a method.
type Binding struct {
	Verb    string // of HTTP
	Path    string // with the mount point of the service: "/management/v1/users/{id}"
	HasBody bool   // the body is the request; otherwise the query is
	Success int    // HTTP status of success
}

// Bindings are the REST paths of a method, if it has any (google.api.http).
func Bindings(method protoreflect.MethodDescriptor) ([]Binding, error) {
	rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule == nil {
		return nil, nil
	}
	options, _ := proto.GetExtension(method.Options(), protocgen.E_Options).(*protocgen.Options)
	success := int(options.GetHttpResponse().GetSuccessCode())
	if success == 0 {
		success = http.StatusOK
	}
	var out []Binding
	for _, binding := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		if body := binding.GetBody(); (body != "" && body != "*") || binding.GetResponseBody() != "" {
			return nil, errors.New("a REST body that is one field of the message is not supported")
		}
		verb, pattern := bindingPattern(binding)
		if verb == "" {
			return nil, errors.New("its REST binding names no HTTP method that is supported")
		}
		prefix := restPrefixes[method.Parent().FullName()]
		out = append(out, Binding{Verb: verb, Path: prefix + pattern, HasBody: binding.GetBody() == "*", Success: success})
	}
	return out, nil
}

// addMethod adds the REST paths of a method.
func (n *node) addMethod(method protoreflect.MethodDescriptor, p *procedure) error {
	bindings, err := Bindings(method)
	if err != nil {
		return err
	}
	for _, b := range bindings {
		writes := b.Verb != http.MethodGet && b.Verb != http.MethodDelete
		if err := n.add(b.Verb, b.Path, &route{procedure: p, hasBody: b.HasBody, writes: writes, success: b.Success}); err != nil {
			return fmt.Errorf("%s %s: %w", b.Verb, b.Path, err)
		}
	}
	return nil
}

func bindingPattern(rule *annotations.HttpRule) (verb, pattern string) {
	switch binding := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return http.MethodGet, binding.Get
	case *annotations.HttpRule_Put:
		return http.MethodPut, binding.Put
	case *annotations.HttpRule_Post:
		return http.MethodPost, binding.Post
	case *annotations.HttpRule_Delete:
		return http.MethodDelete, binding.Delete
	case *annotations.HttpRule_Patch:
		return http.MethodPatch, binding.Patch
	}
	return "", ""
}

// add puts a route at a pattern of literal segments, variables "{field}" and, at the end, "{field=**}".
func (n *node) add(verb, pattern string, r *route) error {
	pattern, ok := strings.CutPrefix(pattern, "/")
	if !ok {
		return errors.New("the pattern does not begin with a slash")
	}
	for pattern, more := pattern, true; more; {
		var segment string
		segment, pattern, more = strings.Cut(pattern, "/")
		name, isVariable := strings.CutPrefix(segment, "{")
		if !isVariable {
			if segment == "" || strings.ContainsAny(segment, "{}*:=%") {
				return fmt.Errorf("the segment %q is not supported", segment)
			}
			n = child(&n.literals, segment)
			continue
		}
		name, rest := strings.CutSuffix(strings.TrimSuffix(name, "}"), "=**")
		field := fieldPath(r.input.Descriptor(), name)
		if field == nil || (rest && more) {
			return fmt.Errorf("the variable %q is not supported", segment)
		}
		r.variables = append(r.variables, field)
		next := &n.variable
		if rest {
			next = &n.rest
		}
		if *next == nil {
			*next = &node{}
		}
		n = *next
	}
	if other := n.routes[verb]; other != nil {
		return fmt.Errorf("the route already belongs to %s", other.path)
	}
	if n.routes == nil {
		n.routes = map[string]*route{}
	}
	n.routes[verb] = r
	return nil
}

func child(children *map[string]*node, segment string) *node {
	if *children == nil {
		*children = map[string]*node{}
	}
	if (*children)[segment] == nil {
		(*children)[segment] = &node{}
	}
	return (*children)[segment]
}

// find returns the route for an HTTP method and a path in its escaped form, with the decoded values of the
// path's variables. Where the path is known but the method is not, it returns the methods that are.
func (n *node) find(verb, escapedPath string) (r *route, vars, allowed []string) {
	path, ok := strings.CutPrefix(escapedPath, "/")
	if !ok {
		return nil, nil, nil
	}
	methods := map[string]bool{}
	r, vars = n.match(verb, path, true, nil, methods)
	return r, vars, slices.Sorted(maps.Keys(methods))
}

// match walks down with what is left of the path, going back where a branch ends without the method.
func (n *node) match(verb, path string, more bool, vars []string, allowed map[string]bool) (*route, []string) {
	if !more {
		for method := range n.routes {
			allowed[method] = true
		}
		return n.routes[verb], vars
	}
	segment, left, more := strings.Cut(path, "/")
	value, err := url.PathUnescape(segment)
	if err != nil {
		return nil, nil
	}
	if next := n.literals[value]; next != nil {
		if r, found := next.match(verb, left, more, vars, allowed); r != nil {
			return r, found
		}
	}
	if n.variable != nil && value != "" {
		if r, found := n.variable.match(verb, left, more, append(slices.Clip(vars), value), allowed); r != nil {
			return r, found
		}
	}
	if n.rest != nil && path != "" {
		value, err := url.PathUnescape(path)
		if err != nil {
			return nil, nil
		}
		return n.rest.match(verb, "", false, append(slices.Clip(vars), value), allowed)
	}
	return nil, nil
}
