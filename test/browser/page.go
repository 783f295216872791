//go:build browser

package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	jsonv2 "github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Page is what a tab shows, or a part of it (In, Row). Its methods wait for
// what they need, and end the test if it does not come.
type Page struct {
	*tab
	t        testing.TB
	patience time.Duration // how long it waits for something to appear
	scope    []sought      // from the outside to the inside
}

// tab is what all parts of a page share.
type tab struct {
	ctx   context.Context
	frame cdp.FrameID

	mu       sync.Mutex
	moves    int       // navigations that were asked for
	asked    time.Time // when one was asked for that has not begun
	loading  bool
	order    []*Request
	requests map[string]*Request // by the browser's id
	errors   []string
	expected []string
}

// With returns the page for another test, such as a subtest.
func (p *Page) With(t testing.TB) *Page {
	other := *p
	other.t = t
	return &other
}

// Go opens an address and waits until it has loaded.
func (p *Page) Go(address string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	answer, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: address})
	if err == nil && answer.ErrorText != "" {
		err = errors.New(answer.ErrorText)
	}
	if err != nil {
		p.t.Fatalf("open %s: %v", address, err)
	}
	if answer.LoaderID != "" { // else it moved within the document
		p.loaded(ctx)
	}
}

// Reload loads the page again, as the browser's button does.
func (p *Page) Reload() {
	p.t.Helper()
	p.acting(func() error { return command(p.ctx, page.Reload, page.ReloadParams{}) })
}

// Back goes back in the tab's history.
func (p *Page) Back() {
	p.t.Helper()
	history, err := chromedp.Call(p.ctx, page.GetNavigationHistory, cdp.Empty{})
	must(p.t, err)
	if history.CurrentIndex == 0 {
		p.fail("there is no page to go back to")
	}
	before := page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID}
	p.acting(func() error { return command(p.ctx, page.NavigateToHistoryEntry, before) })
}

// URL is the address that the tab shows.
func (p *Page) URL() string {
	p.t.Helper()
	address, err := chromedp.Run(p.ctx, chromedp.Location())
	must(p.t, err)
	return address
}

// Title is the title of the document.
func (p *Page) Title() string {
	p.t.Helper()
	title, err := script[string](p, "() => document.title", nil)
	must(p.t, err)
	return title
}

// WithoutScripts switches the scripts of all pages of this tab off.
func (p *Page) WithoutScripts() {
	p.t.Helper()
	must(p.t, command(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// media sets the colour scheme and asks pages not to move.
func (p *Page) media(scheme string) error {
	return command(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// size sets the size of the window in CSS pixels.
func (p *Page) size(width, height int64) error {
	return command(p.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1,
	})
}

// acting does something that may lead to another document, and waits for it.
func (p *Page) acting(act func() error) {
	p.t.Helper()
	p.mu.Lock()
	before := p.moves
	p.mu.Unlock()
	if err := act(); err != nil {
		p.fail("%v", err)
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for range 3 {
		// What the page does now, it has asked for when its own timer rings.
		_, _ = scriptIn[bool](ctx, p, "() => new Promise(done => setTimeout(() => done(true), 10))", nil)
		p.mu.Lock()
		moved := p.moves > before
		p.mu.Unlock()
		if moved {
			break
		}
		time.Sleep(10 * time.Millisecond) // without scripts no timer rings
	}
	p.loaded(ctx)
}

// loaded waits until the tab loads nothing.
func (p *Page) loaded(ctx context.Context) {
	p.t.Helper()
	for {
		p.mu.Lock()
		// What is refused, such as a form that the policy forbids, never begins.
		busy := p.loading || time.Since(p.asked) < time.Second/2
		p.mu.Unlock()
		if !busy {
			return
		}
		select {
		case <-ctx.Done():
			p.fail("the page did not load: %v", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// until repeats a look at the page until it gives no reason to look again.
func (p *Page) until(look func(ctx context.Context) (reason string)) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.patience)
	defer cancel()
	var reason string
	for {
		if now := look(ctx); now == "" {
			return
		} else if reason == "" || ctx.Err() == nil { // at the end a look is cut short
			reason = now
		}
		select {
		case <-ctx.Done():
			p.fail("%s", reason)
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// fail ends the test with what is there and a picture of it.
func (p *Page) fail(format string, args ...any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	var more strings.Builder
	if address, err := chromedp.Run(ctx, chromedp.Location()); err == nil {
		fmt.Fprintf(&more, "\nat %s", address)
	}
	if root, err := p.tree(ctx); err == nil {
		fmt.Fprintf(&more, " there is:\n%s", root.outline())
	} else {
		fmt.Fprintf(&more, "\nand the page cannot be read: %v", err)
	}
	if file, err := p.picture(ctx); err == nil {
		fmt.Fprintf(&more, "seen in %s", file)
	} else {
		fmt.Fprintf(&more, "without a picture: %v", err)
	}
	var place strings.Builder
	for _, s := range p.scope {
		fmt.Fprintf(&place, "in %s: ", s.what)
	}
	p.t.Fatalf("%s%s%s", &place, fmt.Sprintf(format, args...), more.String())
}

// picture saves what the tab shows where it stays after the test.
func (p *Page) picture(ctx context.Context) (string, error) {
	dir := os.TempDir()
	if f := flag.Lookup("test.artifacts"); f != nil && f.Value.String() == "true" {
		dir = p.t.ArtifactDir()
	}
	name := strings.NewReplacer("/", "-", " ", "-").Replace(p.t.Name())
	file, err := os.CreateTemp(dir, name+"-*.png")
	if err != nil {
		return "", err
	}
	shot, err := p.shoot(ctx)
	if err == nil {
		_, err = file.Write(shot)
	}
	return filepath.Clean(file.Name()), errors.Join(err, file.Close())
}

// world is the context of our own scripts: they see the document, and neither
// the scripts of the page nor its policy.
func (p *Page) world(ctx context.Context) (runtime.ExecutionContextID, error) {
	w, err := chromedp.Call(ctx, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: p.frame, WorldName: "test"})
	return w.ExecutionContextID, err
}

// script calls a function in our world: on an element, if there is one, as this.
func script[T any](p *Page, function string, on *element, args ...any) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return scriptIn[T](ctx, p, function, on, args...)
}

func scriptIn[T any](ctx context.Context, p *Page, function string, on *element, args ...any) (result T, err error) {
	world, err := p.world(ctx)
	if err != nil {
		return result, err
	}
	yes := true
	params := runtime.CallFunctionOnParams{FunctionDeclaration: function, ReturnByValue: &yes, AwaitPromise: &yes}
	if on == nil {
		params.ExecutionContextID = world
	} else {
		object, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: on.id, ExecutionContextID: world})
		if err != nil {
			return result, err
		}
		params.ObjectID = object.Object.ObjectID
	}
	for _, a := range args {
		raw, err := json.Marshal(a)
		if err != nil {
			return result, err
		}
		params.Arguments = append(params.Arguments, &runtime.CallArgument{Value: jsonv2.Value(raw)})
	}
	answer, err := chromedp.Call(ctx, runtime.CallFunctionOn, params)
	if err != nil {
		return result, err
	}
	if e := answer.ExceptionDetails; e != nil {
		return result, fmt.Errorf("script: %s", exception(e))
	}
	if raw := bytes.TrimSpace(answer.Result.Value); len(raw) > 0 {
		err = json.Unmarshal(raw, &result)
	}
	return result, err
}

func exception(e *runtime.ExceptionDetails) string {
	if e.Exception != nil && e.Exception.Description != "" {
		return e.Exception.Description
	}
	return e.Text
}
