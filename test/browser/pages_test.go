//go:build browser

package browser

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/test/nodes"
)

// TestPages visits every page of the console in every state: nothing for
// axe-core to find in either colour scheme, nothing that makes a narrow window
// scroll sideways, no error, and no request to anybody else. With -pictures it
// takes the pictures of the documents too.
func TestPages(t *testing.T) {
	h := furnished(t)
	tabs := map[string]*Page{}
	for _, v := range filledViews() {
		p := tabs[v.who]
		switch {
		case v.who == nobody:
			p = chromium.Tab(t)
		case p == nil:
			p = h.signed(t, v.who, v.who == newcomer)
			tabs[v.who] = p
		}
		t.Run(v.String(), func(t *testing.T) { look(p.With(t), h, v) })
	}
	fresh := &house{t: t, n: kit.Start(t, nodes.Options{})}
	for _, v := range setUpViews() {
		t.Run(v.String(), func(t *testing.T) { look(chromium.Tab(t), fresh, v) })
	}
}

// look opens a page in one of its states and examines it.
func look(p *Page, h *house, v view) {
	p.t.Helper()
	p.Expect("a script asks") // whether to leave what is shown once
	p.ForgetTraffic()
	p.Go(h.at(v.at))
	if v.then != nil {
		v.then(p)
	}
	if v.sees != "" {
		p.See(v.sees)
	}
	own := strings.TrimPrefix(h.n.Issuer, "http://")
	if hosts := p.Traffic().Hosts; !slices.Equal(hosts, []string{own}) {
		p.t.Errorf("it asks %q", hosts)
	}
	p.Axe(p.t)
	p.Narrow(360)
	if strings.Contains(p.Text(), "[") && !v.brackets {
		p.t.Errorf("a text is missing: %s", p.Text())
	}
	takePictures(p, v)
	for _, e := range p.takeErrors() {
		p.t.Errorf("the page had an error: %s", e)
	}
}

// takeErrors is Errors, which then are told.
func (p *Page) takeErrors() []string {
	out := p.Errors()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errors = nil
	return out
}

// TestEveryRouteIsVisited holds the views against the console's routes: what can
// be fetched is looked at.
func TestEveryRouteIsVisited(t *testing.T) {
	mux := http.NewServeMux()
	unseen := map[string]bool{}
	for _, pattern := range fetched(t) {
		mux.Handle("GET "+pattern, http.NotFoundHandler())
		unseen["GET "+pattern] = true
	}
	names := map[string]bool{}
	for _, v := range slices.Concat(filledViews(), setUpViews()) {
		if v.name != "" && names[v.name] {
			t.Errorf("two views are called %s", v.name)
		}
		names[v.name] = true
		path := v.at
		for _, name := range orgNames() {
			path = strings.Replace(path, "{"+name+"}", "/ui/console/orgs/"+name, 1)
		}
		path, _, _ = strings.Cut(strings.NewReplacer("{", "", "}", "").Replace(path), "#")
		_, pattern := mux.Handler(httptest.NewRequest(http.MethodGet, path, nil))
		if pattern == "" && !v.lost {
			t.Errorf("%s: there is no route to %s", v, v.at)
		}
		delete(unseen, pattern)
	}
	for pattern := range unseen {
		t.Errorf("%s has no view", pattern)
	}
}
