//go:build browser

// Package browser drives a real Chromium as a person does: elements are found
// by their role and their name in the accessibility tree, clicks are mouse
// events at what can be seen, text is typed by keys. What fails says what is on
// the page and leaves a picture of it.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/latchkey-iam/latchkey/test/nodes"
)

// patience bounds every wait.
const patience = 10 * time.Second

// The size of a window that nobody has changed.
const (
	usualWidth  = 1280
	usualHeight = 800
)

// Browser is one Chromium process with a profile of its own.
type Browser struct {
	ctx  context.Context
	stop context.CancelFunc
	log  *nodes.Output
}

// Start starts Chromium. The process ends with Close, or with this one.
func Start() (*Browser, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, fmt.Errorf("no browser: %w", err)
	}
	said := new(nodes.Output)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.CombinedOutput(said),
		chromedp.WindowSize(usualWidth, usualHeight), chromedp.Flag("lang", "en-US"), chromedp.Env("LANGUAGE=en_US"))
	base, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeTab := chromedp.NewContext(base)
	b := &Browser{ctx: ctx, log: said, stop: func() { closeTab(); end() }}
	if err := chromedp.Do(ctx); err != nil {
		b.stop()
		return nil, fmt.Errorf("start %s: %w\n%s", path, err, said)
	}
	return b, nil
}

// Close ends the process and removes its profile.
func (b *Browser) Close() error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	err := chromedp.Cancel(ctx)
	b.stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("close the browser: %w\n%s", err, b.log)
	}
	return nil
}

// Tab opens a tab that shares no cookies and no storage with others. It is
// closed when the test ends, which fails if the page had an error (Page.Errors).
func (b *Browser) Tab(t testing.TB) *Page {
	t.Helper()
	return newPage(t, b.ctx, chromedp.WithNewBrowserContext())
}

// NewTab opens another tab beside this one, with the same cookies.
func (p *Page) NewTab() *Page {
	p.t.Helper()
	return newPage(p.t, p.ctx)
}

func newPage(t testing.TB, parent context.Context, options ...chromedp.ContextOption) *Page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	p := &Page{t: t, patience: patience, tab: &tab{ctx: ctx, requests: map[string]*Request{}}}
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // opens it
		t.Fatalf("open a tab: %v", err)
	}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		t.Fatal(err)
	}
	c := chromedp.FromContext(ctx)
	p.frame = cdp.FrameID(c.Target.TargetID)
	must(t, command(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	must(t, p.media("light"))
	must(t, p.size(usualWidth, usualHeight))
	// A person has clicked when a page copies; the permission needs no question.
	_, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "clipboard-write"}, Setting: browser.PermissionSettingGranted,
		BrowserContextID: c.BrowserContextID,
	})
	must(t, err)
	t.Cleanup(func() {
		for _, e := range p.Errors() {
			t.Errorf("the page had an error: %s", e)
		}
	})
	return p
}

// Close closes the tab before the test ends.
func (p *Page) Close() {
	p.t.Helper()
	must(p.t, chromedp.Cancel(p.ctx))
}

// command runs a command that answers nothing.
func command[P any](ctx context.Context, c cdp.Command[P, cdp.Empty], params P) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := chromedp.Call(ctx, c, params)
	return err
}

// do runs actions.
func (p *Page) do(actions ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, actions...)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
