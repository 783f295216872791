package test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// step is one line of testdata/everymethod.txt: a call, and what to keep of its answer.
type step struct {
	line    int
	method  string // zitadel.x.v1.XService/Method
	request string // JSON with ${names}
	as, in  string // name of the token, and of the organization of the context
	refusal codes.Code
	keep    map[string]string // name -> dotted path into the answer
}

var (
	stepLine = regexp.MustCompile(`^(\w+)(?: (\{.*?\}))?(?: ! (\w+))?(?: > (.*))?$`)
	varName  = regexp.MustCompile(`\$\{(\w+)\}`)
)

// readSteps reads the script. Beside calls it has the directives "service",
// "as" and "in", each good until the next.
func readSteps(t *testing.T, name string) []step {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return parseSteps(t, file)
}

func parseSteps(t *testing.T, script io.Reader) []step {
	t.Helper()
	var steps []step
	var service, as, in string
	scan := bufio.NewScanner(script)
	for n := 1; scan.Scan(); n++ {
		text := strings.TrimSpace(scan.Text())
		directive, value, _ := strings.Cut(text, " ")
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
			continue
		case directive == "service":
			service = value
			continue
		case directive == "as":
			as = value
			continue
		case directive == "in":
			in = value
			continue
		}
		m := stepLine.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("line %d cannot be read", n)
		}
		s := step{line: n, method: "zitadel." + service + "/" + m[1], request: m[2], as: as, in: in, keep: map[string]string{}}
		if s.request == "" {
			s.request = "{}"
		}
		if m[3] != "" {
			if err := s.refusal.UnmarshalJSON([]byte(`"` + m[3] + `"`)); err != nil {
				t.Fatalf("line %d: %v", n, err)
			}
		}
		for pair := range strings.FieldsSeq(m[4]) {
			name, path, _ := strings.Cut(pair, "=")
			s.keep[name] = path
		}
		steps = append(steps, s)
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// played is what one protocol answered to the script.
type played struct {
	tried  map[string]bool  // methods that it can carry and that were called
	shapes map[int][]string // by line: the places of the answer that hold something
}

// play runs the script by one transport against an instance of its own.
func play(t *testing.T, steps []step, dial func(*testing.T, *node) transport) played {
	t.Helper()
	n := start(t, options{})
	p, _ := playOn(t, n, steps, dial(t, n))
	return p
}

// playOn runs a script against an instance, and returns what it kept as well.
func playOn(t *testing.T, n *node, steps []step, call transport) (played, map[string]string) {
	t.Helper()
	vars := map[string]string{"root": n.PAT}
	p := played{tried: map[string]bool{}, shapes: map[int][]string{}}
	run(t, call, steps, vars, &p)
	return p, vars
}

// run calls the steps one by one; vars and p gather what they come to.
func run(t *testing.T, call transport, steps []step, vars map[string]string, p *played) {
	t.Helper()
	for _, s := range steps {
		request, missing := fill(s.request, vars)
		if missing != "" {
			t.Errorf("line %d: nothing kept %s", s.line, missing)
			continue
		}
		answer, carried := call(t, s.method, request, vars[s.as], vars[s.in])
		if carried && p.tried != nil {
			p.tried[s.method] = true
		}
		if answer.code != s.refusal {
			t.Errorf("line %d: %s %s: %s %s, want %s", s.line, s.method, request, answer.code, answer.body, s.refusal)
		}
		if answer.code != codes.OK {
			continue
		}
		var body any
		if err := json.Unmarshal([]byte(answer.body), &body); err != nil {
			t.Fatalf("line %d: %s: %v in %s", s.line, s.method, err, answer.body)
		}
		if p.shapes != nil {
			p.shapes[s.line] = slices.Compact(slices.Sorted(slices.Values(places("", body))))
		}
		for name, path := range s.keep {
			if vars[name] = at(body, path); vars[name] == "" {
				t.Errorf("line %d: %s has no %s: %s", s.line, s.method, path, answer.body)
			}
		}
	}
}

// fill puts what was kept into a request; missing names what was not.
func fill(request string, vars map[string]string) (filled, missing string) {
	filled = varName.ReplaceAllStringFunc(request, func(mark string) string {
		name := mark[2 : len(mark)-1]
		if vars[name] == "" {
			missing = name
		}
		return vars[name]
	})
	return filled, missing
}

// at follows a dotted path into an answer; numbers are places in a list.
func at(body any, path string) string {
	for part := range strings.SplitSeq(path, ".") {
		switch v := body.(type) {
		case map[string]any:
			body = v[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(v) {
				return ""
			}
			body = v[i]
		}
	}
	text, _ := body.(string)
	return text
}

// places lists where an answer holds something: names, with list places as one.
func places(prefix string, body any) []string {
	var out []string
	switch v := body.(type) {
	case map[string]any:
		for name, inner := range v {
			out = append(out, places(prefix+"."+name, inner)...)
		}
	case []any:
		for _, inner := range v {
			out = append(out, places(prefix+"[]", inner)...)
		}
	default:
		out = []string{prefix}
	}
	return out
}

// TestEveryMethod plays one script, in which every method of the contract is
// called with what it takes, through gRPC, REST and Connect. The protocols must
// answer alike, and the report docs/coverage.md says what was called by which.
func TestEveryMethod(t *testing.T) {
	steps := readSteps(t, "everymethod.txt")
	results := map[string]played{}
	t.Run("protocols", func(t *testing.T) {
		for name, dial := range transports() {
			results[name] = played{}
			t.Run(name, func(t *testing.T) { results[name] = play(t, steps, dial) })
		}
	})
	for _, s := range steps {
		for name, p := range results {
			if !slices.Equal(p.shapes[s.line], results[overGRPC].shapes[s.line]) {
				t.Errorf("line %d: %s by %s answers with %v, by gRPC with %v", s.line, s.method, name,
					p.shapes[s.line], results[overGRPC].shapes[s.line])
			}
		}
	}
	report(t, steps, results)
}

// report writes or compares docs/coverage.md.
func report(t *testing.T, steps []step, results map[string]played) {
	t.Helper()
	refused := map[string]codes.Code{} // methods of which every call was refused
	for _, s := range steps {
		if code, seen := refused[s.method]; !seen || code != codes.OK {
			refused[s.method] = s.refusal
		}
	}
	var text strings.Builder
	text.WriteString("# Coverage\n\nEach method that clients of service users are known to call, who is known to call it, and by which protocols\n" +
		"`go test ./test -run EveryMethod` calls it with what it takes. A method without an annotation for REST has no REST form in Zitadel's\n" +
		"descriptors; it can be called as JSON by Connect. Where the last column names a code, the method answers with that and nothing else.\n" +
		"This page is generated: `go test ./test -run EveryMethod -update-methods`.\n")
	total, whole := 0, 0
	contract := readContract(t)
	for _, service := range slices.Sorted(maps.Keys(contract)) {
		fmt.Fprintf(&text, "\n## `%s`\n\n| method | called by | gRPC | REST | Connect | |\n|---|---|---|---|---|---|\n", service)
		for _, m := range contract[service] {
			method := service + "/" + m.name
			total++
			cells := make([]string, 0, 3)
			for _, protocol := range []string{overGRPC, overREST, overConnect} {
				switch {
				case results[protocol].tried[method]:
					cells = append(cells, "yes")
				case protocol == overREST && restRule(method) == nil:
					cells = append(cells, "–")
				default:
					cells = append(cells, "**no**")
					t.Errorf("%s is not called by %s", method, protocol)
				}
			}
			if !slices.Contains(cells, "**no**") {
				whole++
			}
			note := ""
			if code := refused[method]; code != codes.OK {
				note = "`" + code.String() + "`"
			}
			fmt.Fprintf(&text, "| `%s` | %s | %s | %s |\n", m.name, m.callers, strings.Join(cells, " | "), note)
		}
	}
	fmt.Fprintf(&text, "\n%d of %d methods are called by every protocol that they have.\n", whole, total)
	const path = "../docs/coverage.md"
	if *updateMethods {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if written, err := os.ReadFile(path); err != nil || string(written) != text.String() {
		t.Errorf("%s is not up to date (%v): go test ./test -run EveryMethod -update-methods", path, err)
	}
}

type contractMethod struct{ name, callers string }

// readContract reads the methods that are known to be called, by service.
func readContract(t *testing.T) map[string][]contractMethod {
	t.Helper()
	text, err := os.ReadFile("testdata/contract.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]contractMethod{}
	service := ""
	for line := range strings.Lines(string(text)) {
		indented := strings.HasPrefix(line, "\t")
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case !indented:
			service = line
		default:
			name, callers, _ := strings.Cut(line, " ")
			out[service] = append(out[service], contractMethod{name, strings.ReplaceAll(callers, ",", ", ")})
		}
	}
	return out
}
