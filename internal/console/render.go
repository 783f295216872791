package console

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

//go:embed templates
var templateFiles embed.FS

// pages are the parsed templates in one set: each file beside layout.html and
// parts.html is one page, whose content the layout surrounds. In the file it is called
// content; in the set it bears the page's name, since names are unique there.
type pages struct{ set *template.Template }

const contentName = `{{define "content"}}`

func loadPages(t texts, a assets) (pages, error) {
	funcs := template.FuncMap{
		"t":     t.get,
		"asset": a.path,
		"input": func(f *form, name, key string, more ...string) input { return newInput(t, f, name, key, more) },
		"when":  when, "iso": func(at time.Time) string { return at.UTC().Format(time.RFC3339) },
		"state":   func(s iam.State) (string, error) { return t.get("state." + string(s)) },
		"manager": func(r iam.ManagerRole) string { return managerName(t, r) },
		"managerHelp": func(r iam.ManagerRole) (string, error) {
			return t.get("manager." + string(r) + ".text")
		},
		"args": func(pairs ...any) (map[string]any, error) { return dict(pairs) },
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return pages{}, err
	}
	set := template.New("").Funcs(funcs)
	for _, file := range names {
		content, err := templateFiles.ReadFile(file)
		if err != nil {
			return pages{}, err
		}
		name := strings.TrimSuffix(path.Base(file), ".html")
		named := strings.Replace(string(content), contentName, `{{define "page/`+name+`"}}`, 1)
		if _, err := set.New(path.Base(file)).Parse(named); err != nil {
			return pages{}, err
		}
	}
	return pages{set}, nil
}

func dict(pairs []any) (map[string]any, error) {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("args: %v is no name", pairs[i])
		}
		out[key] = pairs[i+1]
	}
	return out, nil
}

// when is a time as pages show it: in UTC, to the minute.
func when(at time.Time) string { return at.UTC().Format("2006-01-02 15:04") }

// managerName is a manager role as people read it: ORG_OWNER is "Org Owner".
func managerName(t texts, r iam.ManagerRole) string {
	if name := t.or("manager." + string(r)); name != "" {
		return name
	}
	return string(r)
}

// frame is what the layout needs around a page's own data.
type frame struct {
	Title string
	Page  string // name of the template, for the body's class
	Flash string
	User  iam.User // who is signed in
	Org   iam.Org  // the organization of the page, if any
	Orgs  []iam.Org
	More  bool // there are more organizations than Orgs
	Nav   []navItem
	Data  any
	// Content is the page itself, once it is rendered.
	Content template.HTML
}

// show renders a page. What was rendered is sent only when all of it was.
func (v *visit) show(status int, name, title string, data any) error {
	return v.render(status, name, title, data, true)
}

// showOnce renders a page that holds a secret: it is neither stored nor
// compressed, since the length of a compressed page would tell of its content.
func (v *visit) showOnce(name, title string, data any) error {
	return v.render(http.StatusOK, name, title, data, false)
}

func (v *visit) render(status int, name, title string, data any, compress bool) error {
	switch status {
	case http.StatusServiceUnavailable:
		v.w.Header().Set("Retry-After", "5")
	case http.StatusTooManyRequests:
		v.w.Header().Set("Retry-After", "60")
	}
	f := frame{Title: title, Page: name, Flash: v.flash(), User: v.signed.User, Org: v.org, Data: data}
	if v.signed.User.ID != "" {
		if err := v.frame(&f); err != nil {
			return err
		}
	}
	var content, body bytes.Buffer
	if err := v.h.pages.set.ExecuteTemplate(&content, "page/"+name, f); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	f.Content = template.HTML(content.String()) //nolint:gosec // a template of this set has just escaped it
	if err := v.h.pages.set.ExecuteTemplate(&body, "layout.html", f); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	header := v.w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	if !compress || !takesGzip(v.r) {
		v.w.WriteHeader(status)
		_, _ = body.WriteTo(v.w) // a reader that went away cannot be told
		return nil
	}
	header.Set("Content-Encoding", "gzip")
	header.Add("Vary", "Accept-Encoding")
	v.w.WriteHeader(status)
	zip(v.w, body.Bytes())
	return nil
}

var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func zip(w http.ResponseWriter, body []byte) {
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(w)
	_, _ = z.Write(body)
	_ = z.Close()
}
