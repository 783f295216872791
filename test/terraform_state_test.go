package test

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// attributes of an object in Terraform: string, bool, list or set. A missing
// one is the same as an empty one, as in Terraform's SDK.
type attributes map[string]any

// list has an order that counts, set has none.
type (
	list []string
	set  []string
)

// ref is another object's attribute, as zitadel_org.customer.id.
type ref string

// same says whether Terraform sees no difference between two values.
func same(a, b any) bool {
	empty := func(v any) bool {
		value := reflect.ValueOf(v)
		return !value.IsValid() || value.IsZero() || value.Kind() == reflect.Slice && value.Len() == 0
	}
	if empty(a) || empty(b) {
		return empty(a) && empty(b)
	}
	if one, ok := a.(set); ok {
		two, ok := b.(set)
		return ok && slices.Equal(slices.Sorted(slices.Values(one)), slices.Sorted(slices.Values(two)))
	}
	return reflect.DeepEqual(a, b)
}

// difference lists the named attributes in which two states differ.
func difference(a, b attributes, names []string) []string {
	var found []string
	for _, name := range names {
		if !same(a[name], b[name]) {
			found = append(found, fmt.Sprintf("%s: %#v -> %#v", name, a[name], b[name]))
		}
	}
	return found
}

// data is one object while the provider works on it.
type data struct {
	id  string // "": there is none, or no longer
	now attributes
	was attributes // before an update
}

func (d *data) text(name string) string {
	s, _ := d.now[name].(string)
	return s
}

func (d *data) flag(name string) bool {
	b, _ := d.now[name].(bool)
	return b
}

// texts are the elements of a list or set, never nil.
func (d *data) texts(name string) []string {
	switch v := d.now[name].(type) {
	case list:
		return v
	case set:
		return v
	}
	return []string{}
}

// changed says whether an update changes one of the attributes.
func (d *data) changed(names ...string) bool {
	return len(difference(d.was, d.now, names)) > 0
}

// found is what a read ends with.
func (d *data) found(id string, read attributes) error {
	d.id = id
	maps.Copy(d.now, read)
	return nil
}

// gone is what a read ends with when the list has nothing.
func (d *data) gone() error {
	d.id = ""
	return nil
}

// kind is a type of resource: its calls, and how Terraform sees its attributes.
type kind struct {
	name     string
	computed []string // may be unset in a configuration and yet have a value
	unread   []string // known from making it only
	imports  []string // parts of the id to import by; "id" is the object's own; none: the id as it is
	optional []string // more such parts
	always   bool     // the server has one after it is destroyed as well
	alone    bool     // reads need no organization, so the parts that are not optional do

	create, read, remove func(p *provider, d *data) error
	update               func(p *provider, d *data) error // nil: every change replaces
}

// declared is one object of a configuration.
type declared struct {
	kind    kind
	label   string
	wanted  attributes
	changes []attributes // made one after another
}

func (r declared) address() string { return r.kind.name + "." + r.label }

// needs lists the addresses of what an object refers to.
func (r declared) needs() []string {
	var addresses []string
	for _, wanted := range append([]attributes{r.wanted}, r.changes...) {
		for _, value := range wanted {
			if target, ok := value.(ref); ok {
				address, _ := target.split()
				addresses = append(addresses, address)
			}
		}
	}
	return addresses
}

func (r ref) split() (address, attribute string) {
	i := strings.LastIndexByte(string(r), '.')
	return string(r[:i]), string(r[i+1:])
}

// configuration is what one apply makes, in an order in which references point back.
type configuration []declared

// only is the part of a configuration that one object needs, itself last.
func (c configuration) only(address string) configuration {
	needed := map[string]bool{address: true}
	var part configuration
	for _, r := range slices.Backward(c) {
		if needed[r.address()] {
			part = append(part, r)
			for _, address := range r.needs() {
				needed[address] = true
			}
		}
	}
	slices.Reverse(part)
	return part
}

// state is what Terraform remembers: objects by address.
type state map[string]*data

// resolve replaces references by values.
func (s state) resolve(wanted attributes) (attributes, error) {
	resolved := attributes{}
	for name, value := range wanted {
		target, ok := value.(ref)
		if !ok {
			resolved[name] = value
			continue
		}
		address, attribute := target.split()
		d := s[address]
		switch {
		case d == nil:
			return nil, fmt.Errorf("%s is not made yet", target)
		case attribute == "id":
			resolved[name] = d.id
		default:
			resolved[name] = d.text(attribute)
		}
		if resolved[name] == "" {
			return nil, fmt.Errorf("%s is empty", target)
		}
	}
	return resolved, nil
}

// generatedID is what the provider takes for an id of the server in an import.
var generatedID = regexp.MustCompile(`^\d{18}$`)

// importID joins the parts by which an object is imported; short leaves out
// those that are optional.
func (k kind) importID(d *data, short bool) (string, error) {
	if len(k.imports) == 0 {
		return d.id, nil
	}
	names := k.imports
	if !short {
		names = slices.Concat(k.imports, k.optional)
	}
	var parts []string
	for _, name := range names {
		part := d.text(name)
		switch {
		case name == "id":
			part = d.id
		case name == "with_secret":
			part = fmt.Sprint(d.flag(name))
		}
		if (name == "id" || strings.HasSuffix(name, "_id")) && name != "client_id" && !generatedID.MatchString(part) {
			return "", fmt.Errorf("%s: the provider does not import %q as %s", k.name, part, name)
		}
		parts = append(parts, strings.ReplaceAll(part, ":", "__SEMICOLON__"))
	}
	return strings.Join(parts, ":"), nil
}

// imported is the state before the read that completes an import.
func (k kind) imported(id string) *data {
	d := &data{id: "imported", now: attributes{}}
	if len(k.imports) == 0 {
		d.id = id
		return d
	}
	names := slices.Concat(k.imports, k.optional)
	for i, part := range strings.Split(id, ":") {
		part = strings.ReplaceAll(part, "__SEMICOLON__", ":")
		switch name := names[i]; name {
		case "id":
			d.id = part
		case "with_secret":
			d.now[name] = part == "true"
		default:
			d.now[name] = part
		}
	}
	return d
}
