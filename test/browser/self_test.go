//go:build browser

package browser

import (
	"context"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/test/nodes"
)

// site serves small pages: path to body. The body stands in a page with a title
// and the content security policy of the console.
func site(t *testing.T, pages map[string]string) string {
	t.Helper()
	mux := http.NewServeMux()
	for path, body := range pages {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			switch filepath.Ext(path) {
			case ".js":
				w.Header().Set("Content-Type", "text/javascript")
			case ".css":
				w.Header().Set("Content-Type", "text/css")
			default:
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
				body = `<!doctype html><html lang="en"><head><title>A page</title><link rel="icon" href="/site.svg">` +
					`<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/site.css"><script src="/site.js" defer></script></head><body><main>` + body + `</main></body></html>`
			}
			_, _ = fmt.Fprint(w, body)
		})
	}
	for path, kind := range map[string]string{"/site.css": "text/css", "/site.js": "text/javascript", "/site.svg": "image/svg+xml"} {
		if _, ok := pages[path]; !ok {
			mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", kind) })
		}
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

// open opens a page of one site of its own.
func open(t *testing.T, body, css, js string) *Page {
	t.Helper()
	p := chromium.Tab(t)
	p.Go(site(t, map[string]string{"/{$}": body, "/site.css": css, "/site.js": js}) + "/")
	return p
}

// trial is a test that may fail without harm.
type trial struct {
	testing.TB
	said []string
}

func (r *trial) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}
func (r *trial) Error(args ...any)                 { r.said = append(r.said, fmt.Sprint(args...)) }
func (r *trial) Fatal(args ...any)                 { r.Error(args...); runtime.Goexit() }
func (r *trial) Fatalf(format string, args ...any) { r.Errorf(format, args...); runtime.Goexit() }

// fails wants a step to fail, with words that say why. The picture is removed.
func fails(t *testing.T, p *Page, words string, step func(*Page)) {
	t.Helper()
	r := &trial{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		hasty := p.With(r)
		hasty.patience = time.Second
		step(hasty)
	}()
	<-done
	said := strings.Join(r.said, "\n")
	if !strings.Contains(said, words) {
		t.Errorf("it should fail with %q, and says:\n%s", words, said)
	}
	if _, file, ok := strings.Cut(said, "seen in "); ok {
		if info, err := os.Stat(file); err != nil || info.Size() < 100 {
			t.Errorf("the picture: %v", err)
		}
		_ = os.Remove(file)
	}
}

const form = `<h1>New service user</h1>
<form method="post" action="/made">
<label for=a>User Name</label><input id=a name=a aria-describedby=ae aria-invalid=true><p id=ae>This name is taken.</p>
<label for=d>Description</label><textarea id=d name=d>old</textarea>
<label for=k>Access Token Type</label><select id=k name=k><option>Bearer<option>JWT<option>Other</select>
<fieldset><legend>Kind</legend><label><input type=radio name=r value=1 checked>First</label><label><input type=radio name=r value=2>Second</label></fieldset>
<label><input type=checkbox name=c value=admin>chat.admin.all</label>
<label for=e>Expires</label><input type=date id=e name=e>
<label for=m>Ends</label><input type=datetime-local id=m name=m>
<button>Create</button></form>`

func TestForm(t *testing.T) {
	var got map[string][]string
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<!doctype html><title>t</title><link rel=icon href=/icon.svg><meta charset=utf-8>"+form)
	})
	mux.HandleFunc("POST /made", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		got = r.PostForm
		http.Redirect(w, r, "/done", http.StatusSeeOther)
	})
	mux.HandleFunc("/done", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<!doctype html><title>t</title><link rel=icon href=/icon.svg><h1>Done</h1>")
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	p := chromium.Tab(t)
	p.Go(s.URL)
	p.Heading("New service user")
	p.Faulty("User Name", "is taken")
	fails(t, p, `is described by "This name is taken."`, func(p *Page) { p.Faulty("User Name", "too long") })
	fails(t, p, "not marked as invalid", func(p *Page) { p.Faulty("Description", "x") })
	p.Fill("User Name", "connector-ä 1")
	p.Fill("Description", "one\ntwo")
	p.Choose("Access Token Type", "JWT")
	fails(t, p, `has no option "Opaque"`, func(p *Page) { p.Choose("Access Token Type", "Opaque") })
	p.Choose("Access Token Type", "JWT")
	p.Choose("Kind", "Second")
	p.Check("chat.admin.all")
	p.Fill("Expires", "2031-02-28")
	p.Fill("Ends", "2031-02-28T15:04")
	if v := p.Value("Access Token Type"); v != "JWT" || !p.Checked("chat.admin.all") || p.Checked("First") {
		t.Errorf("the form holds %q", v)
	}
	p.Click("button", "Create")
	p.Heading("Done")
	want := map[string][]string{
		"a": {"connector-ä 1"}, "d": {"one\r\ntwo"}, "k": {"JWT"}, "r": {"2"}, "c": {"admin"}, "e": {"2031-02-28"}, "m": {"2031-02-28T15:04"},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the form sent %v, want %v", got, want)
	}
	p.Back()
	p.Heading("New service user")
}

func TestClicksMeetWhatIsSeen(t *testing.T) {
	p := open(t, `<button hidden>Hidden</button><button class=none>None</button><button aria-hidden=true tabindex=-1>Silent</button>
		<button class=faint>Faint</button><div class=box><button>Covered</button><div class=cover></div></div>
		<button>Two</button><button>Two</button><button disabled>Disabled</button><div class=tall></div>
		<section aria-label=Left><button>Two</button></section>
		<label class=drawn><input type=checkbox class=gone>Drawn by its label</label>
		<button id=b>Press</button><p role=status></p><div class=bar>bar</div>`,
		`.none{visibility:hidden}.faint{opacity:0}.box{position:relative}.cover{position:absolute;inset:0}.tall{height:3000px}
		.gone{position:absolute;opacity:0;width:1px;height:1px}body{padding-bottom:99px}.bar{position:fixed;bottom:0;left:0;right:0;height:60px;background:#eee}`,
		`b.onclick = e => document.querySelector('[role=status]').textContent = 'pressed ' + e.isTrusted`)
	for name, why := range map[string]string{
		"Hidden": `no button "Hidden"`, "None": `no button "None"`, "Silent": `no button "Silent"`, "Faint": "cannot be seen",
		"Covered": "is covered by <div class=cover>", "Two": "there are 3 of", "Disabled": "is disabled", "Nowhere": `no button "Nowhere"`,
	} {
		t.Run(name, func(t *testing.T) {
			fails(t, p, why, func(p *Page) { p.Click("button", name) })
		})
	}
	t.Run("good", func(t *testing.T) {
		p := p.With(t)
		p.In("region", "Left").Click("button", "Two")
		p.Check("Drawn by its label")
		p.Click("button", "Press")
		p.In("status", "").See("pressed true")
		if n := p.Count("button", "Two"); n != 3 {
			t.Errorf("%d buttons", n)
		}
	})
}

func TestSeeing(t *testing.T) {
	p := open(t, `<h2>Users</h2><p>He<b>llo</b> <span hidden>secret</span><span class=faint>faint</span><span class=sr>for readers</span></p>
		<table><tr><th>Name<th>State<tr><td>connector<td>Active<td><button>Delete</button><tr><td>pipeline<td>Active<td><button>Delete</button></table>
		<button id=o>Open</button><dialog aria-labelledby=t><h2 id=t>Client Secret</h2><p>LKS123</p><button id=x>Close</button></dialog><p id=late></p>`,
		`.faint{opacity:0}.sr{position:absolute;width:1px;height:1px;overflow:hidden}`,
		`const d = document.querySelector('dialog'); o.onclick = () => d.showModal(); x.onclick = () => d.close();
		setTimeout(() => late.textContent = 'It came late', 700)`)
	p.See("Hello")
	p.See("It came late")
	for _, unseen := range []string{"secret", "faint", "for readers", "LKS123"} {
		p.NotSee(unseen)
	}
	p.Row("connector", "Active").Find("button", "Delete")
	p.Find("button", "Open")
	p.Lack("dialog", "Client Secret")
	p.Click("button", "Open")
	p.In("dialog", "Client Secret").See("LKS123")
	p.Lack("button", "Open") // the dialog is modal
	p.In("dialog", "Client Secret").Click("button", "Close")
	p.Find("button", "Open")
	t.Run("fails", func(t *testing.T) {
		for name, c := range map[string]struct {
			why  string
			step func(*Page)
		}{
			"see":     {`"Goodbye" is not in the text: Users Hello`, func(p *Page) { p.See("Goodbye") }},
			"unsee":   {`"Hello" is in the text`, func(p *Page) { p.NotSee("Hello") }},
			"rows":    {`there are 2 of: row with ["Active"]`, func(p *Page) { p.Row("Active").See("x") }},
			"lack":    {`there is button "Open"`, func(p *Page) { p.Lack("button", "Open") }},
			"heading": {`no heading "Projects"`, func(p *Page) { p.Heading("Projects") }},
			"list":    {`heading "Users"`, func(p *Page) { p.Heading("Projects") }},
			"part":    {`in dialog "Client Secret": there are 0 of`, func(p *Page) { p.In("dialog", "Client Secret").See("x") }},
		} {
			t.Run(name, func(t *testing.T) {
				fails(t, p, c.why, c.step)
			})
		}
	})
}

func TestKeys(t *testing.T) {
	p := open(t, `<a href="/#">Home</a><input aria-label=Name><button class=blind>Blind</button><button id=b>Last</button><p id=out></p>`,
		`.blind{outline:none}.blind:focus{box-shadow:none}`, `b.onclick = () => out.textContent = 'pressed'`)
	p.TabTo("link", "Home")
	p.Tab()
	if role, name := p.Focused(); role != "textbox" || name != "Name" {
		t.Errorf("the focus is on %s %q", role, name)
	}
	p.Type("abc")
	if got := p.Value("Name"); got != "abc" {
		t.Errorf("typed %q", got)
	}
	fails(t, p, `button "Blind" does not show its focus`, func(p *Page) { p.TabTo("button", "Last") })
	p.TabTo("button", "Last")
	p.Press("Enter")
	p.See("pressed")
	fails(t, p, `"Blind" does not show its focus`, func(p *Page) { p.BackTab() })
	p.BackTab()
	if role, name := p.Focused(); role != "textbox" || name != "Name" {
		t.Errorf("the focus is on %s %q", role, name)
	}
	plain := open(t, `<button>One</button><button>Two</button>`, "", "")
	fails(t, plain, `Tab does not lead to button "Three", but to button "One", button "Two"`, func(p *Page) { p.TabTo("button", "Three") })
}

func TestAxe(t *testing.T) {
	good := `<h1>Users</h1><label>Name <input></label>`
	p := open(t, good, `body{color:#000;background:#fff}`, "")
	p.Axe(t)
	bad := open(t, `<h1>Users</h1><input>`, "", "")
	fails(t, bad, "label (critical)", func(p *Page) { p.Axe(p.t) })
	dark := open(t, good, `body{color:#000;background:#fff;transition:all 5s}@media(prefers-color-scheme:dark){body{color:#333;background:#222}}`, "")
	fails(t, dark, "axe, dark scheme", func(p *Page) { p.Axe(p.t) })
	r := &trial{TB: t}
	dark.Axe(r)
	if strings.Contains(strings.Join(r.said, ""), "light scheme") {
		t.Errorf("in the light: %v", r.said)
	}
}

func TestNarrow(t *testing.T) {
	p := open(t, `<p>Short</p><div class=box><pre class=wide>x</pre></div>`, `.wide{width:900px}.box{overflow:auto}`, "")
	p.Narrow(360)
	bad := open(t, `<p>Short</p><table class=wide><tr><td>x</table>`, `.wide{width:900px}`, "")
	fails(t, bad, `<table class="wide">`, func(p *Page) { p.Narrow(360) })
	file := filepath.Join(t.TempDir(), "a", "b.png")
	bad.Screenshot(file, "dark", 700)
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if c, err := png.DecodeConfig(f); err != nil || c.Width < 700 || c.Height < 400 {
		t.Errorf("the picture is %d by %d: %v", c.Width, c.Height, err)
	}
}

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct{ body, js, want string }{
		"nothing":   {"<p>fine</p>", "", ""},
		"console":   {"", `console.error('broken', 1)`, "console: broken 1"},
		"exception": {"", `undefinedThing()`, "undefinedThing is not defined"},
		"policy":    {`<script>1</script>`, "", "violates the following Content Security Policy"},
		"style":     {`<p style="color:red">x</p>`, "", "violates the following Content Security Policy"},
		"missing":   {`<img alt="" src="/none.png">`, "", "/none.png: status 404"},
		"no answer": {`<img alt="" src="http://localhost:1/x.png">`, "", "Content Security Policy"},
		"dialog":    {"", `alert('hello')`, "a script asks: hello"},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, c.body, "", c.js)
			p.Traffic()
			got := strings.Join(p.Errors(), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("the errors are %q", got)
			}
			if c.want != "" {
				p.Expect(c.want)
			}
			p.Expect("csp") // the browser tells some twice
			if name == "no answer" {
				p.Expect("localhost:1")
			}
			if left := p.Errors(); len(left) > 0 {
				t.Errorf("still there: %q", left)
			}
		})
	}
}

func TestTraffic(t *testing.T) {
	address := site(t, map[string]string{"/{$}": `<h1>A</h1><a href="/b">On</a>`, "/b": strings.Repeat("<p>many words</p>", 5000)})
	p := chromium.Tab(t)
	p.Go(address)
	first := p.Traffic()
	if len(first.Requests) < 3 || len(first.Requests) > 4 || // the icon comes when it likes
		first.Bytes < 500 || first.Bytes > 5000 || len(first.Hosts) != 1 || "http://"+first.Hosts[0] != address {
		t.Errorf("the record is %+v", first)
	}
	p.ForgetTraffic()
	p.Click("link", "On")
	p.See("many words")
	second := p.Traffic()
	isPage := func(r Request) bool {
		return r.Kind == "Document" && r.Status == 200 && r.URL == address+"/b" && r.Bytes > 80000
	}
	if second.Bytes < 80000 || !slices.ContainsFunc(second.Requests, isPage) {
		t.Errorf("the record is %+v", second)
	}
}

func TestLayoutShift(t *testing.T) {
	still := open(t, `<h1>Still</h1><p>words</p>`, "", "")
	if got := still.LayoutShift(); got != 0 {
		t.Errorf("a still page moves by %f", got)
	}
	moving := open(t, `<div id=d></div><h1>Moving</h1><p>words</p>`, `.tall{height:300px}`, `setTimeout(() => d.className = 'tall', 300)`)
	moving.until(func(context.Context) string {
		if moving.LayoutShift() < 0.01 {
			return "nothing moves"
		}
		return ""
	})
}

func TestClipboard(t *testing.T) {
	p := open(t, `<button id=b>Copy</button><p id=out></p>`, "",
		`b.onclick = () => navigator.clipboard.writeText('LKS-1').then(() => out.textContent = 'Copied', e => out.textContent = e)`)
	p.Click("button", "Copy")
	p.See("Copied")
	if got := p.Clipboard(); got != "LKS-1" {
		t.Errorf("the clipboard holds %q", got)
	}
}

func TestDownload(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<!doctype html><title>t</title><link rel=icon href=/icon.svg><form method=post><button>Save</button></form><button>Other</button>")
	})
	mux.HandleFunc("POST /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="client.env"`)
		_, _ = fmt.Fprint(w, "CLIENT_ID=connector\n")
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	p := chromium.Tab(t)
	p.Go(s.URL)
	name, content := p.Download(func() { p.Click("button", "Save") })
	if name != "client.env" || string(content) != "CLIENT_ID=connector\n" {
		t.Errorf("saved %s: %q", name, content)
	}
	p.Find("button", "Save")
	fails(t, p, "no file was saved", func(p *Page) { p.Download(func() { p.Click("button", "Other") }) })
}

func TestWithoutScripts(t *testing.T) {
	address := site(t, map[string]string{"/{$}": `<noscript>Plain</noscript><p id=out></p><form action="/b"><button>Go</button></form>`, "/site.js": `out.textContent = 'Script'`, "/b": "<h1>There</h1>"})
	p := chromium.Tab(t)
	p.Go(address)
	p.See("Script")
	p.NotSee("Plain")
	p.WithoutScripts()
	p.Go(address)
	p.See("Plain")
	p.NotSee("Script")
	p.Click("button", "Go")
	p.Heading("There")
}

// TestCookies: a tab has its own, and shares them with its new tabs.
func TestCookies(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		who := "nobody"
		if c, err := r.Cookie("who"); err == nil {
			who = c.Value
		}
		http.SetCookie(w, &http.Cookie{Name: "who", Value: "known"})
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, "<!doctype html><title>t</title><link rel=icon href=/icon.svg><meta charset=utf-8><p>You are %s", who)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	one, two := chromium.Tab(t), chromium.Tab(t)
	one.Go(s.URL)
	one.See("You are nobody")
	two.Go(s.URL)
	two.See("You are nobody")
	beside := one.NewTab()
	beside.Go(s.URL)
	beside.See("You are known")
}

// TestNode starts the built program and looks at what it says to browsers.
func TestNode(t *testing.T) {
	kit.EachDatabase(t, func(t *testing.T, open func(testing.TB) nodes.Database) {
		n := kit.Start(t, nodes.Options{Database: open(t)})
		p := chromium.Tab(t)
		p.Expect("/favicon.ico")
		p.Go(n.Issuer + "/debug/healthz")
		p.See("ok")
	})
}
