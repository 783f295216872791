package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/latchkey-iam/latchkey/internal/api/edge"
)

// described is the document, as far as the tests look at it.
type described struct {
	OpenAPI    string                                `json:"openapi"`
	Paths      map[string]map[string]operation       `json:"paths"`
	Components map[string]map[string]json.RawMessage `json:"components"`
}

type operation struct {
	OperationID string   `json:"operationId"`
	Tags        []string `json:"tags"`
	Parameters  []struct {
		Name, In, Ref string
		Required      bool
	} `json:"parameters"`
	Responses  map[string]json.RawMessage `json:"responses"`
	Security   *[]json.RawMessage         `json:"security"`
	Permission string                     `json:"x-permission"`
	Method     string                     `json:"x-grpc-method"`
}

// fetch asks the description for a path.
func fetch(t *testing.T, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// The document lists every REST path that leads to something, and no other.
func TestDescriptionIsWhole(t *testing.T) {
	h := newHouse(t)
	w := fetch(t, must(h.server.Description()), "/openapi.json")
	var d described
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || w.Code != http.StatusOK || d.OpenAPI != "3.1.0" {
		t.Fatalf("%d %v: %.200s", w.Code, err, w.Body)
	}
	ids, there := map[string]bool{}, map[string]operation{}
	for path, verbs := range d.Paths {
		for verb, o := range verbs {
			there[strings.ToUpper(verb)+" "+variable.ReplaceAllString(path, "{}")] = o
			if ids[o.OperationID] {
				t.Errorf("%s is there twice", o.OperationID)
			}
			ids[o.OperationID] = true
			o.check(t, verb, path)
		}
	}
	want := 0
	for _, m := range h.server.offered() {
		bindings := must(edge.Bindings(m))
		for _, b := range bindings {
			want++
			o := there[b.Verb+" "+variable.ReplaceAllString(b.Path, "{}")]
			if o.Method != fullName(m) || o.Responses[fmt.Sprint(b.Success)] == nil {
				t.Errorf("%s %s is described as %+v", b.Verb, b.Path, o)
			}
		}
	}
	if len(there) != want || want < 150 {
		t.Errorf("%d operations are described, %d are there", len(there), want)
	}
	for _, ref := range regexp.MustCompile(`"\$ref":"#/components/(\w+)/([^"]*)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		if d.Components[ref[1]][ref[2]] == nil {
			t.Errorf("%s leads nowhere", ref[0])
		}
	}
	for name, schema := range d.Components["schemas"] {
		if string(schema) == "null" || !strings.Contains(w.Body.String(), `"#/components/schemas/`+name+`"`) {
			t.Errorf("the schema %s is empty, or nothing refers to it", name)
		}
	}
}

// check holds what every operation has.
func (o operation) check(t *testing.T, verb, path string) {
	t.Helper()
	var inPath []string
	for _, p := range o.Parameters {
		if p.In == "path" {
			inPath = append(inPath, "{"+p.Name+"}")
			if !p.Required {
				t.Errorf("%s %s: %s is not required", verb, path, p.Name)
			}
		}
	}
	if variables := variable.FindAllString(path, -1); !slices.Equal(variables, inPath) {
		t.Errorf("%s %s describes the variables %v", verb, path, inPath)
	}
	if len(o.Tags) != 1 || o.OperationID == "" || o.Responses["default"] == nil || len(o.Responses) != 2 {
		t.Errorf("%s %s: %+v", verb, path, o)
	}
	public := slices.Contains(Public(), o.Method)
	if public != (o.Security != nil) || public == (o.Permission != "") {
		t.Errorf("%s %s: public %t, permission %q", verb, path, public, o.Permission)
	}
}

// What counts as offered is what answers otherwise than a stub does.
func TestOfferedIsWhatAnswers(t *testing.T) {
	h := newHouse(t)
	_, conn := h.serve()
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+h.rootToken)
	offered := map[string]bool{}
	for _, m := range h.server.offered() {
		offered[fullName(m)] = true
	}
	for _, m := range h.methods() {
		name := fullName(m)
		if !strings.HasPrefix(name, "/zitadel.") {
			continue
		}
		if slices.Contains([]string{"RemoveOrg", "RemoveMyUser", "DeactivateOrg"}, string(m.Name())) {
			continue // of the caller itself
		}
		in := dynamicpb.NewMessage(m.Input())
		if id := m.Input().Fields().ByName("id"); id != nil && id.Kind() == protoreflect.StringKind && !id.IsList() {
			in.Set(id, protoreflect.ValueOfString("unknown")) // the beta asks for one before it relays
		}
		err := conn.Invoke(ctx, name, in, dynamicpb.NewMessage(m.Output()))
		stub := strings.HasPrefix(grpcstatus.Convert(err).Message(), "method "+string(m.Name())+" not implemented")
		if stub == offered[name] {
			t.Errorf("%s: offered %t, but it answers %v", name, offered[name], err)
		}
	}
}

func TestDescriptionPages(t *testing.T) {
	h := must((&Server{}).Description())
	w := fetch(t, h, "/openapi/")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "/management/v1/users/machine") ||
		!strings.Contains(w.Body.String(), "/zitadel.project.v2.ProjectService/CreateProject") {
		t.Fatalf("%d: %.300s", w.Code, w.Body)
	}
	csp := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("the policy is %q", csp)
	}
	links := regexp.MustCompile(`(?:href|src)="([^"#]*)(?:#([^"]*))?"`).FindAllStringSubmatch(w.Body.String(), -1)
	pages := map[string]string{}
	for _, link := range links {
		if strings.HasPrefix(link[1], "/openapi/zitadel.") && pages[link[1]] == "" {
			page := fetch(t, h, link[1])
			if page.Code != http.StatusOK {
				t.Fatalf("%s: %d", link[1], page.Code)
			}
			pages[link[1]] = page.Body.String()
		}
	}
	for _, link := range links {
		switch page, ok := pages[link[1]]; {
		case link[1] == "": // within the page
		case !strings.HasPrefix(link[1], "/"):
			t.Errorf("%q leads elsewhere", link[0])
		case ok && link[2] != "" && !strings.Contains(page, `id="`+link[2]+`"`):
			t.Errorf("%s leads nowhere", link[0])
		case !ok && fetch(t, h, link[1]).Code != http.StatusOK:
			t.Errorf("%s leads nowhere", link[0])
		}
	}
	for path, page := range pages {
		for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if !strings.Contains(page, `id="`+link[1]+`"`) {
				t.Errorf("%s: %s leads nowhere", path, link[0])
			}
		}
		if strings.Contains(page, "<no value>") || regexp.MustCompile(`(href|src)="[^/#]`).MatchString(page) {
			t.Errorf("%s has no value somewhere, or leads elsewhere", path)
		}
	}
	if len(pages) < 12 {
		t.Errorf("there are %d pages", len(pages))
	}
}

func TestDescriptionIsFetchedOnce(t *testing.T) {
	h := must((&Server{}).Description())
	first := fetch(t, h, "/openapi.json", "Accept-Encoding", "gzip")
	tag := first.Header().Get("ETag")
	if first.Header().Get("Content-Encoding") != "gzip" || tag == "" || first.Body.Len() > 200_000 {
		t.Errorf("%v, %d bytes", first.Header(), first.Body.Len())
	}
	if again := fetch(t, h, "/openapi.json", "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("again: %d", again.Code)
	}
	if w := fetch(t, h, "/openapi/v2/swagger"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/openapi.json" {
		t.Errorf("Zitadel's place: %d %v", w.Code, w.Header())
	}
	for _, path := range []string{"/openapi/nothing", "/openapi/page.txt", "/openapi/v2/"} {
		if w := fetch(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
