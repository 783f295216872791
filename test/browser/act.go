//go:build browser

package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// spot is where the mouse meets an element.
type spot struct {
	X, Y float64
	Why  string // why it does not
}

// findSpot scrolls an element into view. An input that is drawn by its label
// alone is met at the label.
const findSpot = `function() {
	const el = this.nodeType === 1 ? this : this.parentElement;
	const size = e => e.getClientRects()[0] ?? {width: 0, height: 0};
	const unseen = e => !e.checkVisibility({opacityProperty: true, visibilityProperty: true}) || size(e).width < 3 || size(e).height < 3;
	let shown = el;
	if (unseen(el) && el.labels?.length) shown = el.labels[0];
	if (unseen(shown)) return {Why: 'cannot be seen'};
	const name = e => '<' + e.localName + (e.id ? ' id=' + e.id : '') + (e.className ? ' class=' + e.className : '') + '>';
	let answer;
	for (const block of ['nearest', 'center']) { // at the edge something may lie over it
		shown.scrollIntoView({block, inline: 'nearest', behavior: 'instant'});
		const r = size(shown), X = r.x + r.width / 2, Y = r.y + r.height / 2;
		if (X < 0 || Y < 0 || X > innerWidth || Y > innerHeight) { answer = {Why: 'cannot be scrolled into view'}; continue; }
		const hit = document.elementFromPoint(X, Y);
		if (hit && (shown.contains(hit) || hit.closest('label')?.control === el)) return {X, Y};
		answer = {Why: 'is covered by ' + (hit ? name(hit) : 'nothing that takes clicks')};
	}
	return answer;
}`

// aim waits until there is one such element, in use, and still, and returns
// where the mouse meets it.
func (p *Page) aim(s sought) (e *element, at spot) {
	p.t.Helper()
	p.until(func(ctx context.Context) string {
		var reason string
		if e, reason = p.one(ctx, s); reason != "" {
			return reason
		}
		if e.states["disabled"] == "true" {
			return s.what + " is disabled"
		}
		var before spot
		for range 2 {
			var err error
			before = at
			if at, err = scriptIn[spot](ctx, p, findSpot, e); err != nil {
				return err.Error()
			}
			if at.Why != "" {
				return s.what + " " + at.Why
			}
			time.Sleep(10 * time.Millisecond)
		}
		if at != before {
			return s.what + " does not stand still"
		}
		return ""
	})
	return e, at
}

// mouse moves to a spot and presses.
func (p *Page) mouse(at spot) error {
	return p.do(chromedp.MouseEvent(chromedp.MouseMoved, at.X, at.Y), chromedp.MouseClickXY(at.X, at.Y))
}

// Click presses the mouse on the one element of a role and a name, and waits
// for the page that it leads to.
func (p *Page) Click(role, name string) {
	p.t.Helper()
	_, at := p.aim(named(name, role))
	p.acting(func() error { return p.mouse(at) })
}

// ClickTwice presses the mouse twice within a moment, as the impatient do.
func (p *Page) ClickTwice(role, name string) {
	p.t.Helper()
	_, at := p.aim(named(name, role))
	p.acting(func() error {
		if err := p.mouse(at); err != nil {
			return err
		}
		return p.do(chromedp.MouseClickXY(at.X, at.Y, chromedp.ClickCount(2)))
	})
}

// field is what takes text or a choice, found by its label.
func field(label string) sought {
	return named(label, "textbox", "searchbox", "spinbutton", "Date", "DateTime", "InputTime", "combobox")
}

// Fill replaces what is in a field, found by its label. A date is given as
// 2006-01-02, a date with time as 2006-01-02T15:04.
func (p *Page) Fill(label, value string) {
	p.t.Helper()
	e, at := p.aim(field(label))
	if e.states["readonly"] == "true" {
		p.fail("%s can only be read", e)
	}
	must(p.t, p.mouse(at))
	kind, err := script[string](p, `function() { return document.activeElement === this ? this.type : 'no focus' }`, e)
	must(p.t, err)
	switch kind {
	case "no focus":
		p.fail("a click on %s does not lead into it", e)
	case "date", "datetime-local":
		p.fillTime(kind, value)
	default:
		all := kb.Backspace
		if value != "" {
			all = ""
		}
		must(p.t, p.selectAll())
		must(p.t, p.do(chromedp.KeyEvent(all+value)))
	}
	p.until(func(ctx context.Context) string {
		got, err := scriptIn[string](ctx, p, "function() { return this.value }", e)
		if err != nil {
			return err.Error()
		}
		if strings.ReplaceAll(got, "\r\n", "\n") != value {
			return fmt.Sprintf("%s holds %q, not %q", e, got, value)
		}
		return ""
	})
}

// selectAll presses Ctrl and A.
func (p *Page) selectAll() error {
	key := input.DispatchKeyEventParams{
		Type: kb.KeyRawDown, Modifiers: kb.ModifierCtrl.Int64(), Key: "a", Code: "KeyA",
		WindowsVirtualKeyCode: 65, Commands: []string{"selectAll"},
	}
	if err := command(p.ctx, input.DispatchKeyEvent, key); err != nil {
		return err
	}
	key.Type, key.Commands = kb.KeyUp, nil
	return command(p.ctx, input.DispatchKeyEvent, key)
}

// fillTime types into the parts of a field for times, in the order of en-US.
func (p *Page) fillTime(kind, value string) {
	p.t.Helper()
	layout, order := time.DateOnly, "01022006"
	if kind != "date" {
		// The year takes more digits: the arrow leaves it.
		layout, order = "2006-01-02T15:04", "01022006"+kb.ArrowRight+"0304PM"
	}
	moment, err := time.Parse(layout, value)
	if err != nil {
		p.t.Fatal(err)
	}
	first := strings.Repeat(kb.ArrowLeft, 6)
	must(p.t, p.do(chromedp.KeyEvent(first+moment.Format(order))))
}

// Choose picks an option: of a select, by keys, or of a group of radio buttons.
func (p *Page) Choose(label, option string) {
	p.t.Helper()
	e, _ := p.aim(named(label, "combobox", "listbox", "radiogroup", "group"))
	if e.role == "radiogroup" || e.role == "group" {
		p.In(e.role, label).pick(option)
		return
	}
	const chosen = `function() { this.focus(); return this.selectedOptions[0]?.label.trim() ?? '' }`
	must(p.t, p.do(p.focus(e), chromedp.KeyEvent(kb.Home)))
	for before := "\x00"; ; {
		now, err := script[string](p, chosen, e)
		must(p.t, err)
		if now == option {
			return
		}
		if now == before {
			p.fail("%s has no option %q", e, option)
		}
		before = now
		must(p.t, p.do(chromedp.KeyEvent(kb.ArrowDown)))
	}
}

func (p *Page) focus(e *element) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(context.Context, *chromedp.Target) error {
		_, err := script[bool](p, "function() { this.focus(); return true }", e)
		return err
	})
}

// pick chooses a radio button.
func (p *Page) pick(name string) {
	p.t.Helper()
	p.toggle(named(name, "radio"), "true")
}

// Check ticks a box; it may be ticked already.
func (p *Page) Check(name string) {
	p.t.Helper()
	p.toggle(named(name, "checkbox", "switch"), "true")
}

// Uncheck takes the tick away.
func (p *Page) Uncheck(name string) {
	p.t.Helper()
	p.toggle(named(name, "checkbox", "switch"), "false")
}

func (p *Page) toggle(s sought, want string) {
	p.t.Helper()
	e, at := p.aim(s)
	if e.states["checked"] == want {
		return
	}
	p.acting(func() error { return p.mouse(at) })
	p.until(func(ctx context.Context) string {
		e, reason := p.one(ctx, s)
		if reason == "" && e.states["checked"] != want {
			reason = fmt.Sprintf("checked is %q on %s after a click", e.states["checked"], s.what)
		}
		return reason
	})
}

// Download does something that saves a file, and returns its name and content.
func (p *Page) Download(act func()) (name string, content []byte) {
	p.t.Helper()
	dir := p.t.TempDir()
	_, err := chromedp.CallBrowser(p.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir,
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	})
	must(p.t, err)
	act()
	p.until(func(context.Context) string {
		files, err := os.ReadDir(dir)
		if err != nil {
			return err.Error()
		}
		if len(files) != 1 || strings.HasSuffix(files[0].Name(), ".crdownload") || strings.HasPrefix(files[0].Name(), ".") {
			return fmt.Sprintf("no file was saved, but %v", files)
		}
		name = files[0].Name()
		content, err = os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err.Error()
		}
		return ""
	})
	return name, content
}
