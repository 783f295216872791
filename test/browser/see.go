//go:build browser

package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// seenText is the text that is drawn: of display, visibility and opacity only
// what shows, and nothing that is clipped to a point for screen readers.
const seenText = `function() {
	const root = this.nodeType === 1 ? this : document.body;
	let out = '', last;
	for (const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT); walk.nextNode();) {
		const node = walk.currentNode, parent = node.parentElement;
		if (!parent || !parent.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
		const range = document.createRange();
		range.selectNodeContents(node);
		const box = parent.getBoundingClientRect();
		if (node.data.trim() && (!range.getClientRects().length || box.width <= 1 && box.height <= 1)) continue;
		let block = parent;
		while (block !== root && /^(inline|contents)$/.test(getComputedStyle(block).display)) block = block.parentElement;
		if (last && block !== last) out += ' ';
		last = block;
		out += node.data;
	}
	return out;
}`

// Text is what can be read on the page, with one blank between words.
func (p *Page) Text() (text string) {
	p.t.Helper()
	p.until(func(ctx context.Context) (reason string) {
		text, reason = p.read(ctx)
		return reason
	})
	return text
}

func (p *Page) read(ctx context.Context) (text, reason string) {
	e, reason := p.part(ctx)
	if reason != "" {
		return "", reason
	}
	text, err := scriptIn[string](ctx, p, seenText, e)
	if err != nil {
		return "", err.Error()
	}
	return tidy(text), ""
}

// See waits until a text can be read.
func (p *Page) See(text string) {
	p.t.Helper()
	p.until(func(ctx context.Context) string {
		got, reason := p.read(ctx)
		if reason == "" && !strings.Contains(got, tidy(text)) {
			reason = fmt.Sprintf("%q is not in the text: %s", text, got)
		}
		return reason
	})
}

// NotSee waits until a text cannot be read.
func (p *Page) NotSee(text string) {
	p.t.Helper()
	p.until(func(ctx context.Context) string {
		got, reason := p.read(ctx)
		if reason == "" && strings.Contains(got, tidy(text)) {
			reason = fmt.Sprintf("%q is in the text: %s", text, got)
		}
		return reason
	})
}

// Find waits until there is exactly one element of a role and a name; an empty
// name is any.
func (p *Page) Find(role, name string) {
	p.t.Helper()
	p.until(func(ctx context.Context) string {
		_, reason := p.one(ctx, named(name, role))
		return reason
	})
}

// Lack waits until there is no element of a role and a name.
func (p *Page) Lack(role, name string) {
	p.t.Helper()
	p.until(func(ctx context.Context) string {
		e, reason := p.part(ctx)
		if reason == "" && len(e.all(named(name, role))) > 0 {
			reason = "there is " + named(name, role).what
		}
		return reason
	})
}

// Heading waits for a heading.
func (p *Page) Heading(name string) {
	p.t.Helper()
	p.Find("heading", name)
}

// In is the part of the page within a dialog, a region, a table ...
func (p *Page) In(role, name string) *Page { return p.within(named(name, role)) }

// Row is the row of a table, or the entry of a list, that says all of the texts.
func (p *Page) Row(texts ...string) *Page {
	return p.within(sought{fmt.Sprintf("row with %q", texts), func(e *element) bool {
		if e.role != "row" && e.role != "listitem" {
			return false
		}
		said := e.words()
		for _, text := range texts {
			if !strings.Contains(said, tidy(text)) {
				return false
			}
		}
		return true
	}})
}

func (p *Page) within(s sought) *Page {
	other := *p
	other.scope = append(slices.Clip(p.scope), s)
	return &other
}

// Count is how many elements of a role and a name there are now.
func (p *Page) Count(role, name string) (n int) {
	p.t.Helper()
	p.until(func(ctx context.Context) string {
		e, reason := p.part(ctx)
		if reason == "" {
			n = len(e.all(named(name, role)))
		}
		return reason
	})
	return n
}

// Value is what a field holds; of a select, the words of the chosen option.
func (p *Page) Value(label string) (value string) {
	p.t.Helper()
	p.until(func(ctx context.Context) string {
		e, reason := p.one(ctx, field(label))
		if reason != "" {
			return reason
		}
		var err error
		value, err = scriptIn[string](ctx, p, "function() { return this.selectedOptions?.[0]?.label.trim() ?? this.value ?? this.textContent }", e)
		if err != nil {
			return err.Error()
		}
		return ""
	})
	return value
}

// Checked tells whether a box or a radio button is ticked.
func (p *Page) Checked(name string) (yes bool) {
	p.t.Helper()
	p.until(func(ctx context.Context) string {
		e, reason := p.one(ctx, named(name, "checkbox", "switch", "radio"))
		if reason == "" {
			yes = e.states["checked"] == "true"
		}
		return reason
	})
	return yes
}

// Faulty waits until a field is marked as invalid and described by a sentence.
func (p *Page) Faulty(label, sentence string) {
	p.t.Helper()
	p.until(func(ctx context.Context) string {
		s := field(label)
		s.match = func(match func(*element) bool) func(*element) bool {
			return func(e *element) bool {
				return match(e) || e.name == label && strings.Contains("checkbox radiogroup group listbox", e.role)
			}
		}(s.match)
		e, reason := p.one(ctx, s)
		switch {
		case reason != "":
		case e.states["invalid"] != "true":
			reason = fmt.Sprintf("%s is not marked as invalid", e)
		case !strings.Contains(e.description, tidy(sentence)):
			reason = fmt.Sprintf("%s is described by %q", e, e.description)
		}
		return reason
	})
}
