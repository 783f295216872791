//go:build browser

package browser

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// Request is one exchange with a server.
type Request struct {
	Method string
	URL    string
	Kind   string // Document, Stylesheet, Script, Fetch ...
	Status int    // 0 when there was no answer
	Bytes  int    // received, with headers and as compressed; 0 from the cache
	Cached bool
	Error  string // why there was no answer

	over bool
}

// Traffic is what a tab has loaded.
type Traffic struct {
	Requests []Request
	Bytes    int
	Hosts    []string // with ports, sorted
}

// Traffic returns what was loaded since the tab was opened, or since
// ForgetTraffic. It waits until nothing is under way.
func (p *Page) Traffic() (all Traffic) {
	p.t.Helper()
	p.until(func(context.Context) string {
		all = Traffic{}
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, r := range p.order {
			// Of the icon, which comes when it likes, the browser does not always tell the end.
			if !r.over && !strings.HasSuffix(r.URL, "/icon.svg") {
				return "still loading " + r.URL
			}
			all.Requests = append(all.Requests, *r)
			all.Bytes += r.Bytes
			if u, err := url.Parse(r.URL); err == nil && u.Host != "" && !slices.Contains(all.Hosts, u.Host) {
				all.Hosts = append(all.Hosts, u.Host)
			}
		}
		return ""
	})
	slices.Sort(all.Hosts)
	return all
}

// ForgetTraffic begins a new record.
func (p *Page) ForgetTraffic() {
	p.t.Helper()
	p.Traffic() // what is under way belongs to the old one
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order = nil
}

// Errors returns what went wrong on the page and was not expected: errors on
// the console, exceptions, breaches of the content security policy, requests
// without an answer, subresources that were refused, dialogs of scripts. The
// status of a document is no error: what it shows is for the test to judge.
func (p *Page) Errors() (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.errors {
		if !slices.ContainsFunc(p.expected, func(part string) bool { return strings.Contains(e, part) }) {
			out = append(out, e)
		}
	}
	return out
}

// Expect says that an error with these words is no surprise.
func (p *Page) Expect(words string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, words)
}

// hear notes an event. It runs where the browser's messages are read, so it
// must not wait.
func (t *tab) hear(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *page.EventFrameRequestedNavigation, *page.EventFrameStartedNavigating, *page.EventFrameStartedLoading,
		*page.EventFrameStoppedLoading, *page.EventNavigatedWithinDocument:
		t.hearMove(event)
	case *network.EventRequestWillBeSent, *network.EventResponseReceived, *network.EventLoadingFinished,
		*network.EventLoadingFailed, *network.EventRequestServedFromCache:
		t.hearRequest(event)
	case *runtime.EventExceptionThrown:
		t.wrong("exception: %s (%s)", exception(e.ExceptionDetails), e.ExceptionDetails.URL)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var said []string
			for _, a := range e.Args {
				said = append(said, strings.Trim(string(a.Value), `"`)+a.Description)
			}
			t.wrong("console: %s", strings.Join(said, " "))
		}
	case *cdplog.EventEntryAdded:
		// Of the network there is better knowledge.
		if e.Entry.Level == cdplog.EntryLevelError && e.Entry.Source != cdplog.EntrySourceNetwork {
			t.wrong("%s: %s", e.Entry.Source, e.Entry.Text)
		}
	case *page.EventJavascriptDialogOpening:
		t.wrong("a script asks: %s", e.Message)
		accept := page.HandleJavaScriptDialogParams{Accept: e.Type == page.DialogTypeBeforeunload}
		go func() { _ = command(t.ctx, page.HandleJavaScriptDialog, accept) }() // it fails when the tab is gone
	}
}

func (t *tab) wrong(format string, args ...any) {
	t.errors = append(t.errors, fmt.Sprintf(format, args...))
}

// hearMove keeps whether the tab is on its way to another document.
func (t *tab) hearMove(event any) {
	switch e := event.(type) {
	case *page.EventFrameRequestedNavigation:
		if e.FrameID == t.frame && e.Disposition == page.ClientNavigationDispositionCurrentTab {
			t.moves++
			t.asked = time.Now()
		}
	case *page.EventFrameStartedNavigating:
		if e.FrameID == t.frame && e.NavigationType != page.FrameStartedNavigatingNavigationTypeSameDocument {
			t.moves++
			t.asked, t.loading = time.Time{}, true
		}
	case *page.EventFrameStartedLoading:
		if e.FrameID == t.frame {
			t.asked, t.loading = time.Time{}, true
		}
	case *page.EventFrameStoppedLoading:
		if e.FrameID == t.frame {
			t.loading = false
		}
	case *page.EventNavigatedWithinDocument:
		t.asked = time.Time{}
	}
}

// hearRequest keeps the record of exchanges.
func (t *tab) hearRequest(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		id := string(e.RequestID)
		if before := t.requests[id]; before != nil && e.RedirectResponse != nil {
			before.Status, before.Bytes, before.over = int(e.RedirectResponse.Status), int(e.RedirectResponse.EncodedDataLength), true
		}
		if strings.HasPrefix(e.Request.URL, "data:") {
			return // nothing travels
		}
		r := &Request{Method: e.Request.Method, URL: e.Request.URL, Kind: string(e.Type)}
		t.requests[id] = r
		t.order = append(t.order, r)
	case *network.EventResponseReceived:
		if r := t.requests[string(e.RequestID)]; r != nil {
			r.Status, r.Cached = int(e.Response.Status), r.Cached || e.Response.FromDiskCache
			if r.Status >= 400 && e.Type != network.ResourceTypeDocument {
				t.wrong("%s %s: status %d", r.Method, r.URL, r.Status)
			}
		}
	case *network.EventRequestServedFromCache:
		if r := t.requests[string(e.RequestID)]; r != nil {
			r.Cached = true
		}
	case *network.EventLoadingFinished:
		if r := t.requests[string(e.RequestID)]; r != nil {
			r.over = true
			if !r.Cached {
				r.Bytes = int(e.EncodedDataLength)
			}
		}
	case *network.EventLoadingFailed:
		if r := t.requests[string(e.RequestID)]; r != nil {
			r.over, r.Error = true, e.ErrorText
			if !e.Canceled {
				t.wrong("%s %s: %s %s", r.Method, r.URL, e.ErrorText, e.BlockedReason)
			}
		}
	}
}
