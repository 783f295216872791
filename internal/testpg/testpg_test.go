package testpg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// victimVariable turns the test binary into a program that starts a cluster,
// prints the postmaster's process id and its directory, and waits to be killed.
const victimVariable = "TESTPG_VICTIM"

func TestMain(m *testing.M) {
	if os.Getenv(victimVariable) != "" {
		c, err := Start(context.Background(), Options{})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(c.PID(), c.dir)
		select {}
	}
	os.Exit(m.Run())
}

func start(t *testing.T, options Options) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// query runs a statement that returns one value.
func query[T any](t *testing.T, url, statement string) (value T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), statement).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

func TestLocale(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		options Options
		lower   string // what LOWER makes of 'ÄB'
		before  bool   // whether 'a' sorts before 'B'
	}{
		{"default", Options{}, "Äb", false},
		{"C", Options{Locale: "C"}, "Äb", false},
		{"ICU", Options{ICULocale: "en-US"}, "äb", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, test.options)
			if err := c.CreateDatabase(t.Context(), "locale"); err != nil {
				t.Fatal(err)
			}
			if got := query[string](t, c.URL("locale"), "SELECT LOWER('ÄB')"); got != test.lower {
				t.Errorf("LOWER('ÄB') = %q, want %q", got, test.lower)
			}
			if got := query[bool](t, c.URL("locale"), "SELECT 'a' < 'B'"); got != test.before {
				t.Errorf("'a' < 'B' is %v, want %v", got, test.before)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		options            Options
		fsync, isolation   string
		synchronousCommits string
	}{
		{Options{}, "off", "read committed", "on"},
		{Options{Fsync: true, Settings: map[string]string{"default_transaction_isolation": "serializable"}}, "on", "serializable", "on"},
	} {
		c := start(t, test.options)
		for setting, want := range map[string]string{
			"fsync": test.fsync, "default_transaction_isolation": test.isolation, "synchronous_commit": test.synchronousCommits,
		} {
			if got := query[string](t, c.URL("postgres"), "SHOW "+setting); got != want {
				t.Errorf("%+v: %s is %q, want %q", test.options, setting, got, want)
			}
		}
	}
}

func TestDatabases(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	if err := c.CreateDatabase(t.Context(), "model"); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), c.URL("model"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE thing (id INT); INSERT INTO thing VALUES (7)"); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			name := fmt.Sprintf(`copy "%d"`, i)
			if err := c.CopyDatabase(t.Context(), "model", name); err != nil {
				t.Error(err)
				return
			}
			if got := query[int](t, c.URL(name), "SELECT id FROM thing"); got != 7 {
				t.Errorf("%s holds %d, want 7", name, got)
			}
		})
	}
	group.Wait()

	if err := c.CreateDatabase(t.Context(), "model"); err == nil {
		t.Error("a second database of one name was created")
	}
	if err := c.CopyDatabase(t.Context(), "nowhere", "other"); err == nil {
		t.Error("a copy of a database that does not exist was created")
	}
	if err := c.DropDatabase(t.Context(), "model"); err != nil {
		t.Error(err)
	}
	if conn, err := pgx.Connect(t.Context(), c.URL("model")); err == nil {
		t.Error("a dropped database was opened", conn.Close(t.Context()))
	}
}

func TestKillAndRestart(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	url, first := c.URL("postgres"), c.PID()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept (id INT)"); err != nil {
		t.Fatal(err)
	}
	// A busy session does not notice that its parent died: it must be killed too.
	busy := make(chan error, 1)
	go func() {
		other, err := pgx.Connect(t.Context(), url)
		if err != nil {
			busy <- err
			return
		}
		_, err = other.Exec(t.Context(), "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$")
		busy <- err
	}()
	for query[int](t, url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %'") == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	for i := range 20 {
		if _, err := conn.Exec(t.Context(), "INSERT INTO kept VALUES ("+strconv.Itoa(i)+")"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-busy; err == nil {
		t.Error("the busy session ended without an error")
	}
	if c.PID() != 0 || running(first) {
		t.Error("the postmaster runs after Kill")
	}
	if err := c.Kill(); err != nil {
		t.Errorf("a second Kill: %v", err)
	}
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("a session answers after Kill")
	}

	for _, how := range []string{"after a kill", "while it runs"} {
		before := c.PID()
		if err := c.Restart(t.Context()); err != nil {
			t.Fatalf("Restart %s: %v", how, err)
		}
		if c.PID() == before || c.PID() == 0 {
			t.Errorf("Restart %s: process %d before and %d after", how, before, c.PID())
		}
		if got := query[int](t, url, "SELECT count(*) FROM kept"); got != 20 {
			t.Errorf("Restart %s: %d rows, want 20", how, got)
		}
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	pid := c.PID()
	for range 2 {
		if err := c.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if running(pid) {
		t.Error("the postmaster runs after Stop")
	}
	if _, err := os.Stat(c.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is there after Stop: %v", err)
	}
	if err := c.Restart(t.Context()); err == nil {
		t.Error("a stopped cluster was restarted")
	}
}

func TestStartFails(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name    string
		ctx     context.Context
		options Options
		want    string
	}{
		{"unknown locale", t.Context(), Options{Locale: "xx_NOWHERE"}, "invalid locale"},
		{"unknown setting", t.Context(), Options{Settings: map[string]string{"no_such_setting": "1"}}, "no_such_setting"},
		{"context ended", ended, Options{}, "context canceled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			temp := t.TempDir()
			// The server's account must get through.
			for dir := temp; dir != filepath.Clean(os.TempDir()); dir = filepath.Dir(dir) {
				if err := os.Chmod(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("TMPDIR", temp)
			if c, err := Start(test.ctx, test.options); err == nil {
				t.Fatal("started", c.Stop())
			} else if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

// TestParentKilled kills a process that has a cluster, as go test does with a
// binary that takes too long, and sees the cluster end.
func TestParentKilled(t *testing.T) {
	t.Parallel()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimVariable+"=1")
	victim.Stderr = os.Stderr
	output, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line, readErr := bufio.NewReader(output).ReadString('\n')
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // it was killed
	if readErr != nil {
		t.Fatalf("the victim said %q: %v", line, readErr)
	}
	number, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	pid, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); running(pid); {
		if time.Now().After(deadline) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the postmaster outlived the process that started it")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestVersion(t *testing.T) {
	for path, want := range map[string]float64{
		"/usr/lib/postgresql/15/bin/initdb":  15,
		"/usr/lib/postgresql/9.6/bin/initdb": 9.6,
		"/usr/local/bin/initdb":              0,
		"initdb":                             0,
	} {
		if got := version(path); got != want {
			t.Errorf("version(%q) = %v, want %v", path, got, want)
		}
	}
}
