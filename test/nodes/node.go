package nodes

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for something that takes milliseconds.
const patience = 60 * time.Second

// Options of a node. The zero value is a node on a new SQLite database.
type Options struct {
	Database Database
	Issuer   string   // http://localhost:PORT when empty
	Cert     string   // files of the certificate and its key: the node then speaks TLS
	Key      string   //
	Env      []string // more settings, as NAME=value
}

// Node is a running server.
type Node struct {
	Address string // host:port of the public port
	Base    string // http(s)://address
	Issuer  string // what the node calls itself
	Ops     string // http://host:port for operators
	DB      Database
	PAT     string // of the first service user, who owns the instance
	Stdout  *Output
	Stderr  *Output // one JSON object a line

	Env     []string         // settings of its process and of commands beside it
	Process *os.Process      // the last one that was launched
	Ended   chan struct{}    // closed when the process was reaped
	State   *os.ProcessState // once it has ended
	binary  string
}

// Start starts a node on free ports and waits until it is ready. It ends with the test.
func (k *Kit) Start(t testing.TB, o Options) *Node {
	t.Helper()
	if o.Database.Dir == "" {
		o.Database = k.OpenSQLite(t)
	}
	for attempt := 1; ; attempt++ {
		n := k.New(t, o)
		n.Launch(t)
		err := n.Wait(t.Context())
		if err == nil {
			return n
		}
		// Another process may take a port between the look and the bind.
		if attempt == 5 || !strings.Contains(n.Stderr.String(), "address already in use") {
			t.Fatalf("the node did not start: %v\n%s", err, n.Stderr)
		}
	}
}

// New describes a node without starting it.
func (k *Kit) New(t testing.TB, o Options) *Node {
	t.Helper()
	port, opsPort := k.FreePort(t), k.FreePort(t)
	n := &Node{
		binary:  k.Binary,
		Address: "127.0.0.1:" + port, Base: "http://127.0.0.1:" + port, Ops: "http://127.0.0.1:" + opsPort,
		Issuer: o.Issuer, DB: o.Database, Stdout: new(Output), Stderr: new(Output),
	}
	if n.Issuer == "" {
		n.Issuer = "http://localhost:" + port
	}
	n.Env = []string{
		"LATCHKEY_LISTEN=" + n.Address,
		"LATCHKEY_OPS_LISTEN=127.0.0.1:" + opsPort,
		"LATCHKEY_EXTERNAL_URL=" + n.Issuer,
		"LATCHKEY_DATA_DIR=" + n.DB.Dir,
		"LATCHKEY_FIRST_INSTANCE_MACHINE_PAT_PATH=" + n.DB.PATFile(),
	}
	if n.DB.URL != "" {
		n.Env = append(n.Env, "LATCHKEY_DATABASE_URL="+n.DB.URL)
	}
	if n.DB.MasterKey != "" {
		n.Env = append(n.Env, "LATCHKEY_MASTER_KEY="+n.DB.MasterKey)
	}
	if o.Cert != "" {
		n.Base = "https://" + n.Address
		n.Env = append(n.Env, "LATCHKEY_TLS_CERT="+o.Cert, "LATCHKEY_TLS_KEY="+o.Key)
	}
	n.Env = append(n.Env, o.Env...)
	return n
}

// Launch starts the process. It is killed when the test ends, or with the
// process of the tests, however that ends.
func (n *Node) Launch(t testing.TB) {
	t.Helper()
	cmd := exec.Command(n.binary, "serve")
	cmd.Env = n.Env
	cmd.Dir = n.DB.Dir
	cmd.Stdout, cmd.Stderr = n.Stdout, n.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	ended, started := make(chan struct{}), make(chan error, 1)
	go func() {
		// The signal at the parent's death follows the thread that forked: keep it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		n.Process = cmd.Process
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended stands in the state
			n.State = cmd.ProcessState
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	n.Ended = ended
	process := n.Process
	t.Cleanup(func() {
		_ = process.Kill() // it may have ended
		<-ended
		if t.Failed() {
			t.Logf("the node on %s said:\n%s%s", n.Address, n.Stdout, tail(n.Stderr.String(), 6000))
		}
	})
}

// Wait returns when the node is ready, and reads its first credential.
func (n *Node) Wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// Whether the certificate is right is a question for the tests.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Base+"/debug/ready", nil)
		if err != nil {
			return err
		}
		if answer, err := client.Do(request); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				break
			}
		}
		select {
		case <-n.Ended:
			return fmt.Errorf("it ended: %v", n.State)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	// A second node on a database finds the first one's.
	pat, err := os.ReadFile(n.DB.PATFile())
	n.PAT = strings.TrimSpace(string(pat))
	return err
}

// Stop asks the node to end and returns when it has; it must end well.
func (n *Node) Stop(t testing.TB) {
	t.Helper()
	if err := n.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-n.Ended:
	case <-time.After(patience):
		t.Fatal("the node did not end on SIGTERM")
	}
	if !n.State.Success() {
		t.Fatalf("the node ended with %v", n.State)
	}
}

// Kill ends the node as a crash would and returns when it is gone.
func (n *Node) Kill(t testing.TB) {
	t.Helper()
	if err := n.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-n.Ended
}

// Restart starts an ended node again, on the same ports and data.
func (n *Node) Restart(t testing.TB) {
	t.Helper()
	n.Launch(t)
	if err := n.Wait(t.Context()); err != nil {
		t.Fatalf("the node did not start again: %v\n%s", err, n.Stderr)
	}
}

// Run runs another command of the program on the node's settings.
func (n *Node) Run(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return Command(t, n.Env, n.binary, args...)
}
