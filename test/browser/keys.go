//go:build browser

package browser

import (
	"context"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keys are the names of keys that write nothing.
func keys() map[string]string {
	return map[string]string{
		"Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
		"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
		"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
	}
}

// Press presses a key, by its name, and waits for the page that it leads to.
func (p *Page) Press(key string) {
	p.t.Helper()
	code, ok := keys()[key]
	if !ok {
		p.t.Fatalf("there is no key %q", key)
	}
	p.acting(func() error {
		if key == "Enter" {
			return p.enter()
		}
		return p.do(chromedp.KeyEvent(code))
	})
}

// enter presses the key Enter as keyboards do, the key before its sign: where the
// key has done something, such as to open a dialog, browsers drop the sign, which
// else would press what has the focus then.
func (p *Page) enter() error {
	key := input.DispatchKeyEventParams{Type: kb.KeyRawDown, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13}
	if err := command(p.ctx, input.DispatchKeyEvent, key); err != nil {
		return err
	}
	sign := key
	sign.Type, sign.Text, sign.UnmodifiedText = kb.KeyChar, "\r", "\r"
	if err := command(p.ctx, input.DispatchKeyEvent, sign); err != nil {
		return err
	}
	key.Type = kb.KeyUp
	return command(p.ctx, input.DispatchKeyEvent, key)
}

// Type types a text where the focus is.
func (p *Page) Type(text string) {
	p.t.Helper()
	must(p.t, p.do(chromedp.KeyEvent(text)))
}

// rings notes how everything is framed, so that the frame of a focus shows.
const rings = `() => {
	globalThis.ring = e => {
		const s = getComputedStyle(e), drawn = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0;
		return (drawn ? s.outline : '') + '/' + (s.boxShadow === 'none' ? '' : s.boxShadow);
	};
	globalThis.was = document.activeElement;
	globalThis.before = new Map([...document.querySelectorAll('*')].map(e => [e, ring(e)]));
	return true;
}`

// ringed tells what is wrong with the focus that a person should see. The frame
// may be drawn by the label, the neighbour or the parent of an input.
const ringed = `() => {
	const el = document.activeElement;
	if (!el || el === document.body || !globalThis.before) return '';
	const r = el.getBoundingClientRect();
	if (r.bottom <= 0 || r.right <= 0 || r.top >= innerHeight || r.left >= innerWidth) return 'is outside of the window';
	const around = [el, ...(el.labels ?? []), el.nextElementSibling, el.parentElement].filter(Boolean);
	// Between the parts of one field, such as a date, the frame stays.
	const seen = around.some(e => ring(e) !== '/' && (el === globalThis.was || ring(e) !== before.get(e)));
	return seen ? '' : 'does not show its focus';
}`

// Tab presses the key Tab and fails when what has the focus then does not show it.
func (p *Page) Tab() {
	p.t.Helper()
	p.tab1(0)
}

// BackTab presses Shift and Tab.
func (p *Page) BackTab() {
	p.t.Helper()
	p.tab1(kb.ModifierShift)
}

func (p *Page) tab1(with kb.Modifier) {
	p.t.Helper()
	_, err := script[bool](p, rings, nil)
	must(p.t, err)
	key := input.DispatchKeyEventParams{
		Type: kb.KeyRawDown, Modifiers: with.Int64(), Key: "Tab", Code: "Tab", WindowsVirtualKeyCode: 9, NativeVirtualKeyCode: 9,
	}
	must(p.t, command(p.ctx, input.DispatchKeyEvent, key))
	key.Type = kb.KeyUp
	must(p.t, command(p.ctx, input.DispatchKeyEvent, key))
	wrong, err := script[string](p, ringed, nil)
	must(p.t, err)
	if wrong != "" {
		role, name := p.Focused()
		p.fail("%s %q %s", role, name, wrong)
	}
}

// Focused is the role and the name of what has the focus.
func (p *Page) Focused() (role, name string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	world, err := p.world(ctx)
	must(p.t, err)
	answer, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement", ContextID: world})
	must(p.t, err)
	node, err := chromedp.Call(ctx, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: answer.Result.ObjectID})
	must(p.t, err)
	no := false
	partial, err := chromedp.Call(ctx, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{
		BackendNodeID: node.Node.BackendNodeID, FetchRelatives: &no,
	})
	must(p.t, err)
	for _, n := range partial.Nodes {
		role, name = text(n.Role), tidy(text(n.Name))
		if strings.HasPrefix(role, "DisclosureTriangle") {
			role = "button"
		}
	}
	return role, name
}

// TabTo presses Tab until an element has the focus. Every stop on the way must
// show it.
func (p *Page) TabTo(role, name string) {
	p.t.Helper()
	var stops []string
	for rounds := 0; rounds < 2 && len(stops) < 150; p.Tab() {
		switch r, n := p.Focused(); {
		case r == role && n == name:
			return
		case r != "none" && r != "RootWebArea":
			stops = append(stops, fmt.Sprintf("%s %q", r, n))
		case len(stops) > 0: // past the end: the next stop is the first one
			rounds++
		}
	}
	p.fail("Tab does not lead to %s %q, but to %s", role, name, strings.Join(stops, ", "))
}
