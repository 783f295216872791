// Package test drives the built program from outside, as its users do.
package test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/testpg"
)

// binary is the path of the built program.
var binary string

// patience bounds every wait of a test for something that takes milliseconds.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// runTests builds the program and runs the tests. The program itself is built
// without the race detector: it runs in every unit test, here the program of
// the release is on trial.
func runTests(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "latchkey-test-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, shared.stop(), os.RemoveAll(dir)) }()
	binary = filepath.Join(dir, "latchkey")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-X main.version=v0.0.0-test", "-o", binary, "../cmd/latchkey")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build latchkey: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// sharedCluster is the one PostgreSQL of all tests, started when first needed.
type sharedCluster struct {
	once    sync.Once
	cluster *testpg.Cluster
	err     error
}

var shared sharedCluster

func (s *sharedCluster) start() (*testpg.Cluster, error) {
	s.once.Do(func() { s.cluster, s.err = testpg.Start(context.Background(), testpg.Options{}) })
	return s.cluster, s.err
}

func (s *sharedCluster) stop() error {
	if s.cluster == nil {
		return nil
	}
	return s.cluster.Stop()
}

// database is where nodes keep everything. Nodes that share one value share
// the database and the keys.
type database struct {
	dir       string // data directory; the first credential is in it
	url       string // empty for SQLite in dir
	masterKey string // empty for one that the server makes
}

// patFile is where the first start leaves the first credential.
func (d database) patFile() string { return filepath.Join(d.dir, "admin.pat") }

func openSQLite(t testing.TB) database {
	t.Helper()
	return database{dir: t.TempDir()}
}

// openPostgres makes an empty database. Without PostgreSQL the test fails.
func openPostgres(t testing.TB) database {
	t.Helper()
	cluster, err := shared.start()
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := cluster.CreateDatabase(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.DropDatabase(context.WithoutCancel(t.Context()), name); err != nil {
			t.Error(err)
		}
	})
	return database{dir: t.TempDir(), url: cluster.URL(name), masterKey: (rand.Text() + rand.Text())[:32]}
}

// eachDatabase runs a test on SQLite and on PostgreSQL; open makes an empty database.
func eachDatabase(t *testing.T, test func(t *testing.T, open func(testing.TB) database)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, openSQLite) })
	t.Run("postgres", func(t *testing.T) { test(t, openPostgres) })
}

// options of a node. The zero value is a node on a new SQLite database.
type options struct {
	database database
	issuer   string   // http://localhost:PORT when empty
	cert     string   // files of the certificate and its key: the node then speaks TLS
	key      string   //
	env      []string // more settings, as NAME=value
}

// node is a running server.
type node struct {
	address string // host:port of the public port
	base    string // http(s)://address
	issuer  string // what the node calls itself
	ops     string // http://host:port for operators
	db      database
	PAT     string // of the first service user, who owns the instance
	stdout  *output
	stderr  *output // one JSON object a line

	env     []string
	process *os.Process
	ended   chan struct{} // closed when the process was reaped
	state   *os.ProcessState
}

// start starts a node on free ports and waits until it is ready. It ends with the test.
func start(t testing.TB, o options) *node {
	t.Helper()
	if o.database.dir == "" {
		o.database = openSQLite(t)
	}
	for attempt := 1; ; attempt++ {
		n := newNode(t, o)
		n.launch(t)
		err := n.wait(t.Context())
		if err == nil {
			return n
		}
		// Another process may take a port between the look and the bind.
		if attempt == 5 || !strings.Contains(n.stderr.String(), "address already in use") {
			t.Fatalf("the node did not start: %v\n%s", err, n.stderr)
		}
	}
}

// newNode describes a node without starting it.
func newNode(t testing.TB, o options) *node {
	t.Helper()
	port, opsPort := freePort(t), freePort(t)
	n := &node{
		address: "127.0.0.1:" + port, base: "http://127.0.0.1:" + port, ops: "http://127.0.0.1:" + opsPort,
		issuer: o.issuer, db: o.database, stdout: new(output), stderr: new(output),
	}
	if n.issuer == "" {
		n.issuer = "http://localhost:" + port
	}
	n.env = []string{
		"LATCHKEY_LISTEN=" + n.address,
		"LATCHKEY_OPS_LISTEN=127.0.0.1:" + opsPort,
		"LATCHKEY_EXTERNAL_URL=" + n.issuer,
		"LATCHKEY_DATA_DIR=" + n.db.dir,
		"LATCHKEY_FIRST_INSTANCE_MACHINE_PAT_PATH=" + n.db.patFile(),
	}
	if n.db.url != "" {
		n.env = append(n.env, "LATCHKEY_DATABASE_URL="+n.db.url)
	}
	if n.db.masterKey != "" {
		n.env = append(n.env, "LATCHKEY_MASTER_KEY="+n.db.masterKey)
	}
	if o.cert != "" {
		n.base = "https://" + n.address
		n.env = append(n.env, "LATCHKEY_TLS_CERT="+o.cert, "LATCHKEY_TLS_KEY="+o.key)
	}
	n.env = append(n.env, o.env...)
	return n
}

// launch starts the process. It is killed when the test ends, or with the
// process of the tests, however that ends.
func (n *node) launch(t testing.TB) {
	t.Helper()
	cmd := exec.Command(binary, "serve")
	cmd.Env = n.env
	cmd.Dir = n.db.dir
	cmd.Stdout, cmd.Stderr = n.stdout, n.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	ended, started := make(chan struct{}), make(chan error, 1)
	go func() {
		// The signal at the parent's death follows the thread that forked: keep it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		n.process = cmd.Process
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended stands in the state
			n.state = cmd.ProcessState
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	n.ended = ended
	process := n.process
	t.Cleanup(func() {
		_ = process.Kill() // it may have ended
		<-ended
		if t.Failed() {
			t.Logf("the node on %s said:\n%s%s", n.address, n.stdout, tail(n.stderr.String(), 6000))
		}
	})
}

// wait returns when the node is ready, and reads its first credential.
func (n *node) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// Whether the certificate is right is a question for the tests.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.base+"/debug/ready", nil)
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
		case <-n.ended:
			return fmt.Errorf("it ended: %v", n.state)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	// A second node on a database finds the first one's.
	pat, err := os.ReadFile(n.db.patFile())
	n.PAT = strings.TrimSpace(string(pat))
	return err
}

// stop asks the node to end and returns when it has; it must end well.
func (n *node) stop(t testing.TB) {
	t.Helper()
	if err := n.process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-n.ended:
	case <-time.After(patience):
		t.Fatal("the node did not end on SIGTERM")
	}
	if !n.state.Success() {
		t.Fatalf("the node ended with %v", n.state)
	}
}

// kill ends the node as a crash would and returns when it is gone.
func (n *node) kill(t testing.TB) {
	t.Helper()
	if err := n.process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-n.ended
}

// restart starts an ended node again, on the same ports and data.
func (n *node) restart(t testing.TB) {
	t.Helper()
	n.launch(t)
	if err := n.wait(t.Context()); err != nil {
		t.Fatalf("the node did not start again: %v\n%s", err, n.stderr)
	}
}

// run runs another command of the program on the node's settings.
func (n *node) run(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return command(t, n.env, binary, args...)
}

// command runs a program to its end.
func command(t testing.TB, env []string, name string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	cmd.Dir = t.TempDir()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// output collects what a process says.
type output struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// ports are handed out once each, below those that the kernel gives to
// outgoing connections.
var ports struct {
	sync.Mutex
	used map[int]bool
}

func freePort(t testing.TB) string {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	if ports.used == nil {
		ports.used = map[int]bool{}
	}
	for range 1000 {
		var random [2]byte
		_, _ = rand.Read(random[:]) // it never fails
		port := 12000 + (int(random[0])<<8|int(random[1]))%18000
		if ports.used[port] {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		ports.used[port] = true
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(port)
	}
	t.Fatal("no free port")
	return ""
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to pass: %s", what)
		}
	}
}
