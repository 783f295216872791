//go:build browser

package browser

import (
	"slices"
	"strings"
	"testing"
)

// What the first page after sign-in may cost a browser that has seen nothing yet.
const (
	firstPageBytes    = 60 << 10
	firstPageRequests = 10
	firstPageShift    = 0.001
)

// TestFirstPage measures the way to the first page: from opening sign-in with a
// cold cache to the console, and the console's own part of it.
func TestFirstPage(t *testing.T) {
	h := furnished(t)
	own := strings.TrimPrefix(h.n.Issuer, "http://")
	p := chromium.Tab(t)
	signIn(p, h.n, owner, password)
	p.Heading("Meridian Logistics")
	measured(t, p, own, "with the sign-in before it")

	// The same page where nothing is in the cache: the session is there, the
	// browser's files are not.
	p.ClearCache()
	p.ForgetTraffic()
	p.Go(h.n.Issuer + "/ui/console/")
	p.Heading("Meridian Logistics")
	measured(t, p, own, "alone")
}

func measured(t *testing.T, p *Page, own, what string) {
	t.Helper()
	shift := p.LayoutShift()
	traffic := p.Traffic()
	sent := slices.DeleteFunc(slices.Clone(traffic.Requests), func(r Request) bool { return r.Cached })
	t.Logf("the first page %s: %d bytes over the wire in %d requests, layout shift %g", what, traffic.Bytes, len(sent), shift)
	for _, r := range sent {
		t.Logf("  %6d %s %s", r.Bytes, r.Kind, r.URL)
	}
	if traffic.Bytes > firstPageBytes || len(sent) > firstPageRequests {
		t.Errorf("it may take %d bytes in %d requests", firstPageBytes, firstPageRequests)
	}
	if shift >= firstPageShift {
		t.Error("the page moves by itself")
	}
	if !slices.Equal(traffic.Hosts, []string{own}) {
		t.Errorf("it asks %q", traffic.Hosts)
	}
}
