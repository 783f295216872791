package cli

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/server"
)

// loadConfig reads a configuration from flags, environment and file. A file
// of "" is none.
func loadConfig(t *testing.T, args, environ []string, file string) (server.Config, error) {
	t.Helper()
	if file != "" {
		path := filepath.Join(t.TempDir(), "latchkey.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"--config", path}, args...)
	}
	f := newFlags(Env{}, "test", "")
	flags := newConfigFlags(f)
	if err := parse(f, args); err != nil {
		t.Fatal(err)
	}
	return flags.load(environ)
}

func faults(t *testing.T, err error) server.Faults {
	t.Helper()
	var f server.Faults
	if !errors.As(err, &f) {
		t.Fatalf("the error %v is not faults", err)
	}
	return f
}

// another returns a good value that differs from the default, and what it
// needs beside it.
func another(t *testing.T, s server.Setting) (value string, beside []string) {
	t.Helper()
	const masterKey = "an-example-of-thirty-two-letters"
	switch s.Name {
	case "LISTEN", "OPS_LISTEN":
		return "127.0.0.1:9999", nil
	case "EXTERNAL_URL":
		return "https://id.example.test", nil
	case "TLS_CERT":
		return "cert.pem", []string{"LATCHKEY_TLS_KEY=key.pem", "LATCHKEY_EXTERNAL_URL=https://id.example.test"}
	case "TLS_KEY":
		return "key.pem", []string{"LATCHKEY_TLS_CERT=cert.pem", "LATCHKEY_EXTERNAL_URL=https://id.example.test"}
	case "TRUSTED_PROXIES":
		return "10.0.0.0/8,192.168.0.0/16", nil
	case "DATA_DIR":
		return "/srv/latchkey", nil
	case "DATABASE_URL":
		return "postgres://db.example.test/latchkey", []string{"LATCHKEY_MASTER_KEY=" + masterKey}
	case "MASTER_KEY":
		return masterKey, nil
	case "FIRST_INSTANCE_SIGNING_ALGORITHM":
		return "ES256", nil
	case "STALE_MAX":
		return "0", nil
	}
	return "something else", nil
}

// TestThreeWays sets every setting by flag, by variable and by file, and
// secrets by a file of their own too; all give the same.
func TestThreeWays(t *testing.T) {
	for _, s := range server.Settings() {
		value, beside := another(t, s)
		fallback, err := loadConfig(t, nil, beside, "")
		if err != nil && s.Name != "TLS_CERT" && s.Name != "TLS_KEY" {
			t.Fatal(err)
		}
		want, err := loadConfig(t, []string{"--" + s.Flag(), value}, beside, "")
		if err != nil || reflect.DeepEqual(want, fallback) {
			t.Errorf("--%s: %v: it changes nothing, or fails", s.Flag(), err)
		}
		secret := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(secret, []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		type way struct {
			name, file    string
			args, environ []string
		}
		ways := []way{
			{name: "variable", environ: []string{s.Env() + "=" + value}},
			{name: "file", file: s.Flag() + ": " + value + "\n"},
			{name: "flag=", args: []string{"--" + s.Flag() + "=" + value}},
		}
		if s.Secret {
			ways = append(ways,
				way{name: "secret by variable", environ: []string{s.Env() + "_FILE=" + secret}},
				way{name: "secret by file", file: s.Flag() + "-file: " + secret + "\n"},
				way{name: "secret by flag", args: []string{"--" + s.Flag() + "-file", secret}},
			)
		}
		for _, w := range ways {
			got, err := loadConfig(t, w.args, append(w.environ, beside...), w.file)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s by %s: %v\ngot  %+v\nwant %+v", s.Name, w.name, err, got, want)
			}
		}
	}
}

func TestPrecedence(t *testing.T) {
	flags, environ, file := []string{"--listen", "flag:1"}, []string{"LATCHKEY_LISTEN=variable:2", "PATH=/bin"}, "listen: file:3\n"
	for _, test := range []struct {
		name, want    string
		args, environ []string
		file          string
	}{
		{"default", "127.0.0.1:8080", nil, nil, ""},
		{"file over default", "file:3", nil, nil, file},
		{"variable over file", "variable:2", nil, environ, file},
		{"flag over all", "flag:1", flags, environ, file},
		{"flag with the default's value", "127.0.0.1:8080", []string{"--listen", "127.0.0.1:8080"}, environ, file},
	} {
		got, err := loadConfig(t, test.args, test.environ, test.file)
		if err != nil || got.Listen != test.want {
			t.Errorf("%s: %q, %v; want %q", test.name, got.Listen, err, test.want)
		}
	}
}

// TestFileForms reads values that YAML takes for something else than text.
func TestFileForms(t *testing.T) {
	got, err := loadConfig(t, nil, nil, "# a comment\nops-listen: off\nstale-max: 0\nfirst-instance-org-name: yes\nlisten: \":9\"\ntls-cert:\n")
	if err != nil {
		t.Fatal(err)
	}
	if got.OpsListen != "" || got.StaleMax != 0 || got.First.OrgName != "yes" || got.Listen != ":9" || got.TLSCert != "" {
		t.Errorf("got %+v", got)
	}
	if _, err := loadConfig(t, nil, nil, "---\n"); err != nil {
		t.Errorf("an empty file: %v", err)
	}
}

func TestFaults(t *testing.T) {
	const secret = "hunter2-do-not-repeat"
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name          string
		args, environ []string
		file          string
		want          []string // one for each fault, in order
	}{
		{name: "unknown variable", environ: []string{"LATCHKEY_LISTN=" + secret}, want: []string{"LATCHKEY_LISTN: unknown setting"}},
		{name: "a setting that is no secret has no file", environ: []string{"LATCHKEY_LISTEN_FILE=x"}, want: []string{"LATCHKEY_LISTEN_FILE: unknown setting"}},
		{name: "unknown key", file: "listn: " + secret, want: []string{`unknown setting "listn"`}},
		{name: "a variable's name as key", file: "LATCHKEY_LISTEN: " + secret, want: []string{`unknown setting "LATCHKEY_LISTEN"`}},
		{name: "nested file", file: "master-key:\n  value: " + secret, want: []string{"expected lines such as"}},
		{name: "a list", file: "- " + secret, want: []string{"expected lines such as"}},
		{name: "no YAML", file: "master-key: [" + secret, want: []string{"expected lines such as"}},
		{name: "a key twice", file: "listen: \":1\"\nlisten: \":2\"", want: []string{"expected lines such as"}},
		{name: "missing file", args: []string{"--config", "/not/there.yaml"}, want: []string{"/not/there.yaml"}},
		{name: "missing secret file", environ: []string{"LATCHKEY_MASTER_KEY_FILE=/not/there"}, want: []string{"LATCHKEY_MASTER_KEY_FILE: "}},
		{
			name: "secret and file", args: []string{"--master-key", secret}, environ: []string{"LATCHKEY_MASTER_KEY_FILE=" + file},
			want: []string{"LATCHKEY_MASTER_KEY: expected either", "LATCHKEY_MASTER_KEY: a master key is"},
		},
		{name: "bad secret in a file", environ: []string{"LATCHKEY_MASTER_KEY_FILE=" + file}, want: []string{"LATCHKEY_MASTER_KEY: a master key is"}},
		{
			name: "from all sides at once", args: []string{"--stale-max", "x"}, environ: []string{"LATCHKEY_LISTEN=x", "LATCHKEY_X=1", "LATCHKEY_A=1"},
			file: "data-dir: \"\"\nnothing: x", want: []string{
				"LATCHKEY_A: unknown", "LATCHKEY_X: unknown", `unknown setting "nothing"`, "LATCHKEY_LISTEN: ", "LATCHKEY_DATA_DIR: ", "LATCHKEY_STALE_MAX: ",
			},
		},
	} {
		_, err := loadConfig(t, test.args, test.environ, test.file)
		f := faults(t, err)
		if !slices.EqualFunc(f, test.want, strings.Contains) {
			t.Errorf("%s:\ngot  %q\nwant %q", test.name, f, test.want)
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the fault repeats a secret: %v", test.name, err)
		}
	}
	if _, err := loadConfig(t, nil, []string{varURL + "=x", varClientID + "=x", varClientSecret + "=x"}, ""); err != nil {
		t.Errorf("the client's variables disturb the server: %v", err)
	}
}

// A Service called latchkey gives every pod variables that begin like ours.
func TestVariablesOfKubernetesAreNotSettings(t *testing.T) {
	env := environment([]string{
		"LATCHKEY_PORT=tcp://10.0.0.1:8080", "LATCHKEY_PORT_8080_TCP_ADDR=10.0.0.1", "LATCHKEY_SERVICE_HOST=10.0.0.1",
		"LATCHKEY_PORTS=1", "LATCHKEY_SERVICES=1",
	})
	faults := unknownVariables(env)
	if len(faults) != 2 || faults[0] != "LATCHKEY_PORTS: unknown setting" || faults[1] != "LATCHKEY_SERVICES: unknown setting" {
		t.Errorf("faults: %v", faults)
	}
}
