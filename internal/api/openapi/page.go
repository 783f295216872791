package openapi

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/envoyproxy/protoc-gen-validate/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

//go:embed page.html static
var pageFiles embed.FS

// page is what page.html shows: all services in short, or one at length.
type page struct {
	Title    string
	Intro    bool
	Services []link
	Groups   []group
	Types    []typeText
}

type link struct {
	Path, Text string
	Current    bool
	Count      int
}

// group are the operations of one service.
type group struct {
	Name, Title, Path string
	Operations        []operationText
}

type operationText struct {
	ID, Verb, Path, Summary  string
	Procedure, Permission    string
	Success                  int
	InOrg                    bool
	Parameters, Body, Answer fieldTexts
	Curl                     string
}

// fieldTexts are the fields of a message or the parameters of a call.
type fieldTexts struct {
	Fields []fieldText
	Note   string // which of them exclude each other
	Words  bool   // some have a meaning in words
}

func (f *fieldTexts) add(field fieldText) {
	f.Fields = append(f.Fields, field)
	f.Words = f.Words || field.Text != ""
}

// fieldText is a field, or a parameter with its place.
type fieldText struct {
	Name, Place, Type, Link, Text string
	List                          bool
}

type typeText struct {
	Name   string
	Fields fieldTexts
	Values []string
}

// addPages adds the page of all services, one for each, and what they look like.
func (s *surface) addPages(mux *http.ServeMux) {
	layout := template.Must(template.ParseFS(pageFiles, "page.html"))
	html := func(p func() page) file {
		return newFile("text/html; charset=utf-8", func() ([]byte, error) {
			var out bytes.Buffer
			err := layout.Execute(&out, p())
			return out.Bytes(), err
		})
	}
	mux.Handle("GET "+PagesPath+"{$}", html(s.all))
	for i := range s.services {
		one := &s.services[i]
		mux.Handle("GET "+one.path(), html(func() page { return s.one(one) }))
	}
	for name, kind := range map[string]string{"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"} {
		mux.Handle("GET "+PagesPath+name, newFile(kind, func() ([]byte, error) { return pageFiles.ReadFile("static/" + name) }))
	}
}

func (s *service) path() string { return PagesPath + string(s.descriptor.FullName()) }

func (s *surface) links(current *service) []link {
	out := make([]link, len(s.services))
	for i := range s.services {
		one := &s.services[i]
		out[i] = link{one.path(), one.title, one == current, len(one.operations)}
	}
	return out
}

// all lists every operation.
func (s *surface) all() page {
	p := page{Title: "API", Intro: true, Services: s.links(nil)}
	for i := range s.services {
		one := &s.services[i]
		g := group{Name: string(one.descriptor.FullName()), Title: one.title, Path: one.path()}
		for j := range one.operations {
			o := &one.operations[j]
			g.Operations = append(g.Operations, operationText{ID: o.id, Verb: o.Verb, Path: o.path, Summary: o.summary()})
		}
		p.Groups = append(p.Groups, g)
	}
	return p
}

// one describes the operations of a service and the types that they use.
func (s *surface) one(service *service) page {
	p := page{Title: service.title, Services: s.links(service)}
	g := group{Name: string(service.descriptor.FullName()), Title: service.title}
	types := &schemas{object: object{}}
	for i := range service.operations {
		g.Operations = append(g.Operations, service.operations[i].text(types))
	}
	p.Groups = []group{g}
	p.Types = types.texts()
	return p
}

func (o *operation) text(types *schemas) operationText {
	out := operationText{
		ID: o.id, Verb: o.Verb, Path: o.path, Summary: o.summary(), Permission: o.permission(), Success: o.Success, InOrg: o.InOrg,
		Procedure: o.procedure(),
	}
	for _, v := range o.variables {
		f := types.text(v.field)
		f.Name, f.Place = v.name, "path"
		out.Parameters.add(f)
	}
	for _, q := range o.query() {
		f := types.text(q.field)
		f.Name, f.Place = q.name, "query"
		out.Parameters.add(f)
	}
	if o.takesBody() {
		out.Body = types.fields(o.fields)
	}
	out.Answer = types.fields(fieldsOf(o.Method.Output()))
	out.Curl = o.curl()
	return out
}

// fields describes the fields of a message.
func (s *schemas) fields(fields []protoreflect.FieldDescriptor) fieldTexts {
	out := fieldTexts{Note: alternatives(fields)}
	for _, field := range fields {
		out.add(s.text(field))
	}
	return out
}

// curl is the call as one types it, with the variables of the shell for what is unknown.
func (o *operation) curl() string {
	next := -1
	path := pathVariable.ReplaceAllStringFunc(o.path, func(string) string {
		next++
		return "$" + strings.ReplaceAll(o.variables[next].name, ".", "_")
	})
	var out strings.Builder
	out.WriteString("curl")
	if !o.Public {
		out.WriteString(` -H "Authorization: Bearer $TOKEN"`)
	}
	if o.Verb != http.MethodGet {
		out.WriteString(" -X " + o.Verb)
	}
	out.WriteString(` "$LATCHKEY_URL` + path + `"`)
	if o.takesBody() {
		out.WriteString(" -d '{…}'")
	}
	return out.String()
}

// text describes a field, and has its type described.
func (s *schemas) text(field protoreflect.FieldDescriptor) fieldText {
	out := fieldText{Name: field.JSONName(), Text: describe(field), List: field.IsList()}
	shown := field
	if field.IsMap() {
		shown = field.MapValue()
		out.Text = strings.TrimSpace("Values by name. " + out.Text)
	}
	out.Type = words(shown)
	switch {
	case shown.Enum() != nil:
		s.ref(shown.Enum())
		out.Link, out.Type = "#"+out.Type, string(shown.Enum().Name())
	case shown.Message() != nil && wellKnown(shown.Message().FullName()) == nil:
		s.ref(shown.Message())
		out.Link, out.Type = "#"+out.Type, string(shown.Message().Name())
	}
	if bounds := bounds(field); bounds != "" {
		out.Type += ", " + bounds
	}
	return out
}

// bounds are the limits of a field in words.
func bounds(field protoreflect.FieldDescriptor) string {
	rules, _ := proto.GetExtension(field.Options(), validate.E_Rules).(*validate.FieldRules)
	least, most := rules.GetString_().GetMinLen(), rules.GetString_().GetMaxLen()
	switch {
	case most > 0 && least == 0:
		return "at most " + strconv.FormatUint(most, 10) + " characters"
	case most > 0:
		return strconv.FormatUint(least, 10) + " to " + strconv.FormatUint(most, 10) + " characters"
	case least > 0:
		return "not empty"
	}
	return ""
}

// texts describes everything that was referred to, and what that refers to, by name.
func (s *schemas) texts() []typeText {
	var out []typeText
	for len(s.todo) > 0 {
		d := s.todo[0]
		s.todo = s.todo[1:]
		text := typeText{Name: string(d.FullName())}
		switch d := d.(type) {
		case protoreflect.EnumDescriptor:
			text.Values = enumSchema(d)["enum"].([]string)
		case protoreflect.MessageDescriptor:
			text.Fields = s.fields(fieldsOf(d))
		}
		out = append(out, text)
	}
	slices.SortFunc(out, func(a, b typeText) int { return strings.Compare(a.Name, b.Name) })
	return out
}
