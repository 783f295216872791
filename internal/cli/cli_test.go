package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/latchkey-iam/latchkey/internal/server"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"latchkey": func() {
			os.Exit(Run(context.Background(), Env{
				Args: os.Args[1:], Environ: os.Environ(), Stdout: os.Stdout, Stderr: os.Stderr, Version: "v1.2.3",
			}))
		},
	})
}

// TestScripts runs the command as a shell would. Scripts find a running server
// at $SERVER, on $DATA_DIR, with the service users jwt and opaque, a project $PROJECT, and
// the users' secrets in $JWT_SECRET and $OPAQUE_SECRET.
func TestScripts(t *testing.T) {
	vars := runServer(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, vars...)
			return nil
		},
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		RequireExplicitExec: true,
	})
}

// exits runs a command that must end with a code: exits 2 latchkey serve ...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code command [arguments]")
	}
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if want, err := strconv.Atoi(args[0]); err != nil || got != want {
		ts.Fatalf("it ended with code %d, want %s", got, args[0])
	}
}

// runServer serves until the test ends, and returns the variables of the scripts.
func runServer(t *testing.T) []string {
	dir := t.TempDir()
	cfg, err := server.Load(func(s server.Setting) (string, bool) {
		value, ok := map[string]string{
			"LISTEN": "127.0.0.1:0", "OPS_LISTEN": "off", "DATA_DIR": dir, "FIRST_INSTANCE_SIGNING_ALGORITHM": "EdDSA",
		}[s.Name]
		return value, ok
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	address, served := make(chan net.Addr, 1), make(chan error, 1)
	go func() { served <- s.Serve(ctx, new(bytes.Buffer), func(a net.Addr) { address <- a }) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-served, s.Close()); err != nil {
			t.Error(err)
		}
	})
	base := "http://" + (<-address).String()
	pat, err := os.ReadFile(cfg.First.MachinePATPath)
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, path string, body any) (answer struct{ ID, UserID, ClientSecret string }) {
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), method, base+"/management/v1"+path, bytes.NewReader(encoded))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(pat)))
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %s %v", method, path, resp.Status, err)
		}
		return answer
	}
	project := call(http.MethodPost, "/projects", map[string]any{"name": "chat"}).ID
	call(http.MethodPost, "/projects/"+project+"/roles", map[string]any{"roleKey": "chat.admin.all", "displayName": "Admin"})
	vars := []string{"SERVER=" + base, "DATA_DIR=" + dir, "PROJECT=" + project}
	for name, kind := range map[string]string{"jwt": "ACCESS_TOKEN_TYPE_JWT", "opaque": "ACCESS_TOKEN_TYPE_BEARER"} {
		user := call(http.MethodPost, "/users/machine", map[string]any{"userName": name, "name": name, "accessTokenType": kind}).UserID
		call(http.MethodPost, "/users/"+user+"/grants", map[string]any{"projectId": project, "roleKeys": []string{"chat.admin.all"}})
		secret := call(http.MethodPut, "/users/"+user+"/secret", map[string]any{}).ClientSecret
		vars = append(vars, strings.ToUpper(name)+"_SECRET="+secret)
	}
	return vars
}
