//go:build browser

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// element is what assistive technology is told about one thing on the page.
type element struct {
	role, name, description string
	states                  map[string]string
	id                      cdp.BackendNodeID
	ignored                 bool // hidden, inert, or without a meaning of its own
	children                []*element
}

// tree reads the page as it is now. What is hidden, or behind a modal dialog,
// is not in it.
func (p *Page) tree(ctx context.Context) (*element, error) {
	full, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		return nil, err
	}
	all := map[accessibility.NodeID]*element{}
	for _, n := range full.Nodes {
		e := &element{
			role: text(n.Role), name: tidy(text(n.Name)), description: tidy(text(n.Description)),
			id: n.BackendDOMNodeID, ignored: n.Ignored, states: map[string]string{},
		}
		if strings.HasPrefix(e.role, "DisclosureTriangle") { // alone, or one of a group
			e.role = "button" // that opens and closes: the summary of details
		}
		for _, property := range n.Properties {
			e.states[string(property.Name)] = text(property.Value)
		}
		all[n.NodeID] = e
	}
	for _, n := range full.Nodes {
		for _, child := range n.ChildIDs {
			if c := all[child]; c != nil {
				all[n.NodeID].children = append(all[n.NodeID].children, c)
			}
		}
	}
	if len(full.Nodes) == 0 {
		return nil, fmt.Errorf("the page is empty")
	}
	return all[full.Nodes[0].NodeID], nil
}

// text is a value of the protocol as text.
func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	if json.Unmarshal(v.Value, &s) == nil {
		return s
	}
	return string(v.Value)
}

// tidy makes one blank of every run of them.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

func (e *element) String() string { return fmt.Sprintf("%s %q", e.role, e.name) }

// outline lists what has a meaning, indented as it is nested.
func (e *element) outline() string {
	var b strings.Builder
	var walk func(e *element, depth int)
	walk = func(e *element, depth int) {
		inline := slices.Contains([]string{"InlineTextBox", "generic", "none", "LineBreak", "ListMarker", "LabelText"}, e.role)
		if !e.ignored && !inline && (e.name != "" || e.role != "StaticText") {
			depth++
			fmt.Fprintf(&b, "%s%s", strings.Repeat("  ", depth), e)
			for _, state := range []string{"disabled", "checked", "selected", "expanded", "focused", "invalid"} {
				if v := e.states[state]; v != "" && v != "false" {
					fmt.Fprintf(&b, " %s=%s", state, v)
				}
			}
			b.WriteByte('\n')
		}
		for _, c := range e.children {
			walk(c, depth)
		}
	}
	walk(e, 0)
	return b.String()
}

// words is everything that is said in an element.
func (e *element) words() string {
	var all []string
	var walk func(e *element)
	walk = func(e *element) {
		if !e.ignored && e.role != "InlineTextBox" && e.role != "row" && e.role != "listitem" {
			all = append(all, e.name)
		}
		for _, c := range e.children {
			walk(c)
		}
	}
	walk(e)
	return tidy(strings.Join(all, " "))
}

// sought describes an element that is looked for.
type sought struct {
	what  string
	match func(*element) bool
}

// named is an element of one of some roles. An empty name is any.
func named(name string, roles ...string) sought {
	what := roles[0]
	if name != "" {
		what = fmt.Sprintf("%s %q", roles[0], name)
	}
	return sought{what, func(e *element) bool {
		return slices.Contains(roles, e.role) && (name == "" || e.name == name)
	}}
}

// all finds every match below an element; of matches in matches, the inner ones.
func (e *element) all(s sought) (found []*element) {
	for _, c := range e.children {
		inner := c.all(s)
		if len(inner) == 0 && !c.ignored && s.match(c) {
			inner = []*element{c}
		}
		found = append(found, inner...)
	}
	return found
}

// part finds the one element that this page is limited to.
func (p *Page) part(ctx context.Context) (*element, string) {
	e, err := p.tree(ctx)
	if err != nil {
		return nil, err.Error()
	}
	for _, s := range p.scope {
		found := e.all(s)
		if len(found) != 1 {
			return nil, fmt.Sprintf("there are %d of: %s", len(found), s.what)
		}
		e = found[0]
	}
	return e, ""
}

// one finds the only match, or says why not.
func (p *Page) one(ctx context.Context, s sought) (*element, string) {
	e, reason := p.part(ctx)
	if reason != "" {
		return nil, reason
	}
	switch found := e.all(s); len(found) {
	case 0:
		return nil, "there is no " + s.what
	case 1:
		return found[0], ""
	default:
		return nil, fmt.Sprintf("there are %d of: %s", len(found), s.what)
	}
}
