package test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestStart(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		n := start(t, options{Database: open(t)})
		for _, want := range []string{"Welcome", n.Issuer, n.DB.PATFile(), "/management/v1/orgs/me"} {
			if !strings.Contains(n.Stdout.String(), want) {
				t.Errorf("the welcome does not say %q:\n%s", want, n.Stdout)
			}
		}
		// The node writes it before it serves, but through a pipe.
		eventually(t, "the log says how long the first token is good", func() bool {
			return strings.Contains(n.Stderr.String(), `"days_left":90`)
		})
		for query, want := range map[string]int{
			`SELECT count(*) FROM instance`:     1,
			`SELECT count(*) FROM signing_keys`: 1,
			`SELECT count(*) FROM orgs WHERE name = 'Latchkey' AND primary_domain = 'latchkey.localhost'`: 1,
			`SELECT count(*) FROM projects WHERE internal`:                                                1,
			`SELECT count(*) FROM users WHERE user_name = 'admin' AND type = 'human'`:                     1,
			`SELECT count(*) FROM users WHERE user_name = 'latchkey-admin' AND type = 'machine'`:          1,
			`SELECT count(*) FROM memberships WHERE level = 'instance' AND roles LIKE '%IAM_OWNER%'`:      2,
			`SELECT count(*) FROM events WHERE editor_id <> 'system'`:                                     0,
		} {
			if got := n.DB.Number(t, query); got != want {
				t.Errorf("%s: %d, want %d", query, got, want)
			}
		}
		n.Stop(t)
		content, files := n.DB.Content(t), secrets(t, n.DB)

		n.Restart(t)
		manage(n).call(t, http.MethodGet, "/orgs/me", nil)
		n.Stop(t)
		if again := n.DB.Content(t); !maps.Equal(again, content) {
			t.Errorf("a second start changed the database:\n%v\n%v", content, again)
		}
		if again := secrets(t, n.DB); !maps.Equal(again, files) {
			t.Errorf("a second start changed files:\n%v\n%v", files, again)
		}
		if strings.Count(n.Stdout.String(), "Welcome") != 1 {
			t.Errorf("the second start welcomes again:\n%s", n.Stdout)
		}
		for _, said := range []string{n.Stdout.String(), n.Stderr.String()} {
			if strings.Contains(said, n.PAT) || strings.Contains(said, "lkp_") {
				t.Error("the first token was printed")
			}
		}
	})
}

// hashes are the hashes of all files below a directory.
func hashes(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		sum := sha256.Sum256(content)
		files[path] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// secrets are the hashes of the files beside the database.
func secrets(t testing.TB, d database) map[string]string {
	t.Helper()
	files := hashes(t, d.Dir)
	maps.DeleteFunc(files, func(path, _ string) bool { return strings.HasPrefix(filepath.Base(path), "latchkey.db") })
	return files
}

// TestModes sees that only the owner may read what the first start makes,
// whatever the umask lets others do.
func TestModes(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	n := start(t, options{Database: database{Dir: dir}, Env: []string{"LATCHKEY_DATA_DIR=" + data}})
	err := filepath.WalkDir(data, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(n.DB.PATFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token's file: %v %v", info, err)
	}
	for _, name := range []string{"latchkey.db", "master.key"} {
		if _, err := os.Stat(filepath.Join(data, name)); err != nil {
			t.Error(err)
		}
	}
	n.Stop(t)
}

// refused starts a node that must not start, and returns what it says.
func refused(t *testing.T, n *node, code int) string {
	t.Helper()
	stdout, stderr, got := n.Run(t, "serve")
	if got != code {
		t.Errorf("it ended with code %d, want %d: %s", got, code, stderr)
	}
	if stdout != "" {
		t.Errorf("it said on standard output: %s", stdout)
	}
	if strings.Contains(stderr, "lkp_") || n.DB.MasterKey != "" && strings.Contains(stderr, n.DB.MasterKey) {
		t.Errorf("a secret was printed: %s", stderr)
	}
	return stderr
}

// TestRefusals starts on a database that is not this program's to touch, and
// sees that it was not touched.
func TestRefusals(t *testing.T) {
	const otherKey = "another-key-of-thirty-two-letter"
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		for _, test := range []struct {
			name, want string
			before     func(*testing.T, *node)
		}{
			{"other master key", "master key is not the one", func(_ *testing.T, n *node) {
				n.Env = append(n.Env, "LATCHKEY_MASTER_KEY="+otherKey)
			}},
			{"newer version", "newer version", func(t *testing.T, n *node) {
				db := n.DB.SQL(t)
				defer db.Close()
				if _, err := db.ExecContext(t.Context(), `INSERT INTO schema_version (version_id, is_applied) VALUES (99999, TRUE)`); err != nil {
					t.Fatal(err)
				}
			}},
		} {
			t.Run(test.name, func(t *testing.T) {
				n := start(t, options{Database: open(t)})
				manage(n).project(t, "kept", "a")
				n.Stop(t)
				test.before(t, n)
				content := n.DB.Content(t)
				files := hashes(t, n.DB.Dir)
				if said := refused(t, n, 1); !strings.Contains(said, test.want) {
					t.Errorf("it says %q, not %q", said, test.want)
				}
				if again := hashes(t, n.DB.Dir); !maps.Equal(again, files) {
					t.Errorf("files changed:\n%v\n%v", files, again)
				}
				if again := n.DB.Content(t); !maps.Equal(again, content) {
					t.Errorf("the database changed:\n%v\n%v", content, again)
				}
			})
		}
	})
}

func TestMissingMasterKey(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		n := start(t, options{})
		n.Stop(t)
		key := filepath.Join(n.DB.Dir, "master.key")
		if err := os.Rename(key, key+".away"); err != nil {
			t.Fatal(err)
		}
		files := hashes(t, n.DB.Dir)
		if said := refused(t, n, 1); !strings.Contains(said, "master.key is missing") {
			t.Errorf("it says %q", said)
		}
		if again := hashes(t, n.DB.Dir); !maps.Equal(again, files) {
			t.Errorf("files changed:\n%v\n%v", files, again)
		}
		if err := os.Rename(key+".away", key); err != nil {
			t.Fatal(err)
		}
		n.Restart(t)
		n.Stop(t)
	})
	t.Run("postgres", func(t *testing.T) {
		db := openPostgres(t)
		db.MasterKey = ""
		if said := refused(t, newNode(t, options{Database: db}), 2); !strings.Contains(said, "LATCHKEY_MASTER_KEY: ") {
			t.Errorf("it says %q", said)
		}
		if content := db.Content(t); len(content) != 0 {
			t.Errorf("it made %v", content)
		}
	})
}

// TestBadConfiguration: nothing is made, and no secret repeated.
func TestBadConfiguration(t *testing.T) {
	const secret = "hunter2-do-not-repeat"
	db := database{Dir: filepath.Join(t.TempDir(), "data")}
	said := refused(t, newNode(t, options{Database: db, Env: []string{
		"LATCHKEY_MASTER_KEY=" + secret, "LATCHKEY_DATABASE_URL=mysql://root:" + secret + "@db", "LATCHKEY_STALE_MAX=x", "LATCHKEY_LISTN=x",
	}}), 2)
	for _, want := range []string{"LATCHKEY_MASTER_KEY: ", "LATCHKEY_DATABASE_URL: ", "LATCHKEY_STALE_MAX: ", "LATCHKEY_LISTN: "} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
	said += refused(t, newNode(t, options{Database: db, Env: []string{
		"LATCHKEY_DATABASE_URL=postgres://u:" + secret + "@db:port/latchkey", "LATCHKEY_MASTER_KEY=an-example-of-thirty-two-letters",
	}}), 2)
	if strings.Count(said, "LATCHKEY_DATABASE_URL: ") != 2 || strings.Contains(said, secret) {
		t.Errorf("it says %s", said)
	}
	if _, err := os.Stat(db.Dir); err == nil {
		t.Error("the data directory was made")
	}
}

// TestTokenFileIsThere: the first start never writes over a file, and makes no
// instance whose first token nobody has.
func TestTokenFileIsThere(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		n := newNode(t, options{Database: open(t)})
		if err := os.WriteFile(n.DB.PATFile(), []byte("precious\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if said := refused(t, n, 1); !strings.Contains(said, "exists and is not overwritten") {
				t.Errorf("it says %q", said)
			}
		}
		if content, err := os.ReadFile(n.DB.PATFile()); err != nil || string(content) != "precious\n" {
			t.Errorf("the file holds %q, %v", content, err)
		}
		for _, table := range []string{"instance", "events", "orgs", "users", "signing_keys", "credentials"} {
			if got := n.DB.Number(t, `SELECT count(*) FROM `+table); got != 0 {
				t.Errorf("%d rows in %s", got, table)
			}
		}
		if err := os.Remove(n.DB.PATFile()); err != nil {
			t.Fatal(err)
		}
		n.Restart(t)
		n.Stop(t)
		if _, stderr, code := n.Run(t, "serve", "--listen", "nowhere"); code != 2 || !strings.Contains(stderr, "LATCHKEY_LISTEN") {
			t.Errorf("code %d: %s", code, stderr)
		}
	})
}

// TestTokenFileCannotBeWritten: no token without a file, no instance without the token.
func TestTokenFileCannotBeWritten(t *testing.T) {
	n := newNode(t, options{Database: openSQLite(t), Env: []string{"LATCHKEY_FIRST_INSTANCE_MACHINE_PAT_PATH=/not/there/admin.pat"}})
	if said := refused(t, n, 1); !strings.Contains(said, "/not/there") {
		t.Errorf("it says %q", said)
	}
	if got := n.DB.Number(t, `SELECT count(*) FROM instance`); got != 0 {
		t.Error("an instance was made")
	}
}

// TestSetupAdminPAT makes a new first token beside the running server.
func TestSetupAdminPAT(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		n := start(t, options{Database: open(t)})
		path := filepath.Join(t.TempDir(), "new.pat")
		stdout, stderr, code := n.Run(t, "setup", "admin-pat", "--path", path)
		if code != 0 || stdout != path+"\n" || !strings.Contains(stderr, "latchkey-admin") {
			t.Fatalf("code %d, %q, %q", code, stdout, stderr)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		token := strings.TrimSpace(string(content))
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file: %v %v", info, err)
		}
		if strings.Contains(stdout+stderr, token) || token == n.PAT || token == "" {
			t.Error("the token was printed, or is not new")
		}
		for _, pat := range []string{token, n.PAT} { // at once, and the old one still
			manager{base: n.Base, token: pat}.call(t, http.MethodGet, "/orgs/me", nil)
		}
		const recorded = `SELECT count(*) FROM events WHERE type = 'user.pat.added' AND editor_id = 'system'`
		if got := n.DB.Number(t, recorded); got != 2 {
			t.Errorf("%d events", got)
		}
		// Never over a file: neither the one just made nor the default one.
		for _, args := range [][]string{{"--path", path}, nil} {
			before := hashes(t, filepath.Dir(n.DB.PATFile()))[n.DB.PATFile()]
			_, stderr, code := n.Run(t, append([]string{"setup", "admin-pat"}, args...)...)
			if code != 1 || !strings.Contains(stderr, "exists and is not overwritten") {
				t.Errorf("%v: code %d: %s", args, code, stderr)
			}
			now, err := os.ReadFile(path)
			if err != nil || string(now) != string(content) || hashes(t, n.DB.Dir)[n.DB.PATFile()] != before {
				t.Errorf("%v: a file was changed: %v", args, err)
			}
		}
		if got := n.DB.Number(t, recorded); got != 2 {
			t.Errorf("%d events after refusals", got)
		}
		// With another master key it makes nothing.
		n.Env = append(n.Env, "LATCHKEY_MASTER_KEY=another-key-of-thirty-two-letter")
		other := filepath.Join(t.TempDir(), "other.pat")
		if _, stderr, code := n.Run(t, "setup", "admin-pat", "--path", other); code != 1 || !strings.Contains(stderr, "master key is not the one") {
			t.Errorf("with another master key: code %d: %s", code, stderr)
		}
		if _, err := os.Stat(other); err == nil {
			t.Error("with another master key it left a file")
		}
		n.Stop(t)
	})
}

// TestDrain stops a node while a request is on its way.
func TestDrain(t *testing.T) {
	n := start(t, options{})
	conn, err := net.Dial("tcp", n.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const form = "grant_type=client_credentials&client_id=nobody&client_secret=x&scope=openid"
	half := len(form) / 2
	head := "POST /oauth/v2/token HTTP/1.1\r\nHost: localhost\r\n" +
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + strconv.Itoa(len(form)) + "\r\n\r\n"
	if _, err := conn.Write([]byte(head + form[:half])); err != nil {
		t.Fatal(err)
	}
	// The request runs when the node answers one that came after it.
	body(t, n.Base+"/debug/healthz")
	if err := n.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the node stops", func() bool { return strings.Contains(n.Stderr.String(), "stopping") })
	eventually(t, "the node takes no new connections", func() bool {
		other, err := net.Dial("tcp", n.Address)
		if err == nil {
			_ = other.Close()
		}
		return err != nil
	})
	select {
	case <-n.Ended:
		t.Fatal("it did not wait for the request")
	default:
	}
	if _, err := conn.Write([]byte(form[half:])); err != nil {
		t.Fatal(err)
	}
	reply, err := io.ReadAll(conn) // up to the end of the connection
	if err != nil || !strings.HasPrefix(string(reply), "HTTP/1.1 400 ") || !strings.Contains(string(reply), "invalid_client") {
		t.Errorf("the request got %q, %v", reply, err)
	}
	<-n.Ended
	if !n.State.Success() {
		t.Errorf("it ended with %v", n.State)
	}
}
