//go:build browser

package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axeFile is where make need-axe puts axe-core.
const axeFile = "../../.cache/npm/node_modules/axe-core/axe.min.js"

// still ends what moves and waits for two drawn frames.
const still = `() => {
	document.getAnimations().forEach(a => { try { a.finish() } catch { a.cancel() } });
	return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));
}`

// violation is a rule of axe that the page breaks.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

// Axe fails the test for what axe-core finds, in the light and the dark scheme.
func (p *Page) Axe(t testing.TB) {
	t.Helper()
	p = p.With(t)
	axe, err := os.ReadFile(axeFile)
	if err != nil {
		t.Fatalf("make need-axe installs it: %v", err)
	}
	for _, scheme := range []string{"light", "dark"} {
		must(t, p.media(scheme))
		_, err := script[bool](p, still, nil)
		must(t, err)
		must(t, p.load(string(axe)))
		found, err := script[[]violation](p, `async () => (await axe.run(document, {resultTypes: ['violations']})).violations
			.map(v => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))}))`, nil)
		must(t, err)
		for _, v := range found {
			t.Errorf("axe, %s scheme, at %s: %s", scheme, p.URL(), v)
		}
	}
	must(t, p.media("light"))
}

func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for _, n := range v.Nodes {
		fmt.Fprintf(&b, "\n  %s\n    %s", n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    "))
	}
	return b.String()
}

// load runs a library in our world, once for a document.
func (p *Page) load(source string) error {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	world, err := p.world(ctx)
	if err != nil {
		return err
	}
	answer, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression: "if (typeof axe === 'undefined') {" + source + "}; true", ContextID: world,
	})
	if err == nil && answer.ExceptionDetails != nil {
		err = fmt.Errorf("load a library: %s", exception(answer.ExceptionDetails))
	}
	return err
}

// widest names what is wider than the window, the inner ones first. What
// scrolls within a box of its own is no harm.
const widest = `() => {
	const width = document.documentElement.clientWidth;
	if (document.scrollingElement.scrollWidth <= width) return [];
	const boxed = e => { for (let b = e.parentElement; b && b !== document.body; b = b.parentElement)
		if (/auto|scroll|hidden|clip/.test(getComputedStyle(b).overflowX)) return true; return false };
	return ['the page is ' + document.scrollingElement.scrollWidth + ' wide, the window ' + width].concat(
		[...document.body.querySelectorAll('*')].reverse().map(e => [e, e.getBoundingClientRect().right])
		.filter(([e, right]) => right > width + 0.5 && !boxed(e)).sort((a, b) => b[1] - a[1]).slice(0, 5)
		.map(([e, right]) => Math.round(right) + ': ' + e.outerHTML.slice(0, 120)));
}`

// Narrow fails the test when the page scrolls sideways in a window of this
// width, in CSS pixels, and then goes back to the usual one.
func (p *Page) Narrow(width int) {
	p.t.Helper()
	must(p.t, p.size(int64(width), 740))
	_, err := script[bool](p, still, nil)
	must(p.t, err)
	wide, err := script[[]string](p, widest, nil)
	must(p.t, err)
	if len(wide) > 0 {
		p.fail("at %d pixels: %s", width, strings.Join(wide, "\n  "))
	}
	must(p.t, p.size(usualWidth, usualHeight))
}

// Resize makes the window another size, which stays.
func (p *Page) Resize(width, height int) {
	p.t.Helper()
	must(p.t, p.size(int64(width), int64(height)))
}

// Screenshot writes the whole page as PNG, in a scheme ("light" or "dark") and
// a width.
func (p *Page) Screenshot(path, scheme string, width int) {
	p.t.Helper()
	must(p.t, p.media(scheme))
	must(p.t, p.size(int64(width), usualHeight))
	_, err := script[bool](p, still, nil)
	must(p.t, err)
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	shot, err := p.shoot(ctx)
	must(p.t, err)
	must(p.t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(p.t, os.WriteFile(path, shot, 0o644))
	must(p.t, p.media("light"))
	must(p.t, p.size(usualWidth, usualHeight))
}

// shoot takes a picture of the whole page.
func (p *Page) shoot(ctx context.Context) ([]byte, error) {
	m, err := chromedp.Call(ctx, page.GetLayoutMetrics, struct{}{})
	if err != nil {
		return nil, err
	}
	yes := true
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		CaptureBeyondViewport: &yes,
		Clip:                  &page.Viewport{Width: m.CSSContentSize.Width, Height: m.CSSContentSize.Height, Scale: 1},
	})
	return shot.Data, err
}

// LayoutShift is how far the document has moved by itself since it was opened:
// the sum of all layout shifts that no input explains.
func (p *Page) LayoutShift() float64 {
	p.t.Helper()
	_, err := script[bool](p, still, nil)
	must(p.t, err)
	sum, err := script[float64](p, `() => new Promise(done => {
		let sum = 0;
		const add = list => { for (const e of list) if (!e.hadRecentInput) sum += e.value };
		const observer = new PerformanceObserver(list => add(list.getEntries()));
		observer.observe({type: 'layout-shift', buffered: true});
		setTimeout(() => { add(observer.takeRecords()); done(sum) }, 100);
	})`, nil)
	must(p.t, err)
	return sum
}

// Clipboard is the text that a button has copied. It is pasted in another tab:
// pages may write the clipboard, not read it. Tabs share it.
func (p *Page) Clipboard() string {
	p.t.Helper()
	other := p.NewTab()
	defer other.Close()
	_, err := script[bool](other, `() => { const a = document.createElement('textarea'); document.body.append(a); a.focus(); return true }`, nil)
	must(p.t, err)
	must(p.t, command(other.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{
		Type: kb.KeyRawDown, Modifiers: kb.ModifierCtrl.Int64(), Key: "v", Code: "KeyV", WindowsVirtualKeyCode: 86, Commands: []string{"paste"},
	}))
	copied, err := script[string](other, `() => document.querySelector('textarea').value`, nil)
	must(p.t, err)
	return copied
}

// ClearCache empties the browser's cache, which all tabs of this one share.
func (p *Page) ClearCache() {
	p.t.Helper()
	must(p.t, command(p.ctx, network.ClearBrowserCache, cdp.Empty{}))
}
