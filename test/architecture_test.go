package test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/latchkey-iam/latchkey/"

// floors is the house from the ground up. A package imports only from floors
// below its own; packages of one floor do not know each other.
func floors() [][]string {
	return [][]string{
		{"internal/iam", "internal/weblog", "third_party/htmx"},
		{"internal/store", "internal/keyring"},
		{"internal/directory", "internal/session", "internal/tokens"},
		{"internal/oauth", "internal/api", "internal/console"},
		{"internal/server"},
		{"internal/cli"},
		{"cmd/latchkey"},
	}
}

// rooms are the parts of a package that is split into several: they belong to
// the floor of the whole, and the whole may import them.
func rooms() map[string]string {
	return map[string]string{
		"internal/api/call":    "internal/api",
		"internal/api/edge":    "internal/api",
		"internal/api/openapi": "internal/api",
		"internal/api/v1":      "internal/api",
		"internal/api/v2":      "internal/api",
		"internal/api/v2beta":  "internal/api",
	}
}

// exceptions are imports across a floor, each with its reason.
func exceptions() map[string]string {
	return map[string]string{
		"internal/api/v1 -> internal/api/call":     "both generations read the caller that the interceptor proved",
		"internal/api/v2 -> internal/api/call":     "the same",
		"internal/api/v2beta -> internal/api/call": "the same",
		"internal/api -> internal/api/call":        "the interceptor leaves the caller there",
		"internal/api -> internal/api/edge":        "the whole mounts its edge",
		"internal/api -> internal/api/openapi":     "the whole says what it offers",
		"internal/api -> internal/api/v1":          "the whole mounts its services",
		"internal/api -> internal/api/v2":          "the same",
		"internal/api -> internal/api/v2beta":      "the same",
		"internal/server -> internal/api/edge":     "the mux asks which requests are the API's",
		"verify -> github.com/go-jose/go-jose/v4":  "backends import verify: one well-kept dependency and no more",
		"internal/keyring -> golang.org/x/crypto/": "ciphers that the standard library lacks",
	}
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

func listPackages(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,Standard"}, args...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// floorOf finds a package's floor; ground is 0, and -1 is outside of the house.
func floorOf(name string) int {
	if whole, ok := rooms()[name]; ok {
		name = whole
	}
	for i, floor := range floors() {
		if slices.Contains(floor, name) {
			return i
		}
	}
	return -1
}

func TestImportsGoDown(t *testing.T) {
	for _, p := range listPackages(t, "./internal/...", "./cmd/...") {
		from := strings.TrimPrefix(p.ImportPath, module)
		if from == "internal/testpg" || strings.HasSuffix(from, "storetest") {
			continue // for tests only; TestNothingForTestsInTheProgram holds it
		}
		floor := floorOf(from)
		if floor < 0 {
			t.Errorf("%s has no floor: give it one in this test and in docs/ARCHITECTURE.md", from)
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module)
			if !ours || exceptions()[from+" -> "+to] != "" {
				continue
			}
			if below := floorOf(to); below < 0 || below >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d)", from, floor, to, below)
			}
		}
	}
}

func TestGroundFloorIsStandardLibrary(t *testing.T) {
	for _, p := range listPackages(t, "./internal/iam", "./internal/weblog") {
		for _, dep := range p.Deps {
			if strings.Contains(strings.Split(dep, "/")[0], ".") && !strings.HasPrefix(dep, "vendor/") {
				t.Errorf("%s depends on %s", p.ImportPath, dep)
			}
		}
	}
}

func TestVerifyDependsOnLittle(t *testing.T) {
	for _, p := range listPackages(t, "./verify") {
		for _, imported := range p.Deps {
			outside := strings.Contains(strings.Split(imported, "/")[0], ".") && !strings.HasPrefix(imported, "vendor/")
			if outside && !strings.HasPrefix(imported, "github.com/go-jose/go-jose/v4") {
				t.Errorf("verify depends on %s", imported)
			}
		}
	}
}

func TestNothingForTestsInTheProgram(t *testing.T) {
	forTests := []string{
		module + "internal/testpg", module + "internal/store/storetest", module + "test/", "testing",
		"github.com/zitadel/oidc", "github.com/coreos/go-oidc", "golang.org/x/oauth2",
		"github.com/chromedp/",
	}
	for _, p := range listPackages(t, "./cmd/latchkey") {
		for _, dep := range p.Deps {
			for _, bad := range forTests {
				if dep == bad || strings.HasPrefix(dep, bad+"/") || strings.HasSuffix(bad, "/") && strings.HasPrefix(dep, bad) {
					t.Errorf("the program contains %s", dep)
				}
			}
		}
	}
}

// TestWhoMakesCallers holds the list of who may turn a user into a caller:
// only what has just checked a credential.
func TestWhoMakesCallers(t *testing.T) {
	allowed := map[string]bool{"internal/tokens/check.go": true, "internal/session/check.go": true}
	set := gotoken.NewFileSet()
	err := filepath.WalkDir("../internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, "../"))
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if ok && s.Sel.Name == "NewCaller" && !allowed[name] {
				t.Errorf("%s makes an iam.Caller", name)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
