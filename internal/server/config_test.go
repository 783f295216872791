package server

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/keyring"
)

const aMasterKey = "an-example-of-thirty-two-letters"

// load builds a configuration from values by name.
func load(values map[string]string) (Config, error) {
	return Load(func(s Setting) (string, bool) {
		v, ok := values[s.Name]
		return v, ok
	})
}

// faultsOf is what is wrong with these values.
func faultsOf(t *testing.T, values map[string]string) Faults {
	t.Helper()
	_, err := load(values)
	var faults Faults
	if err != nil && !errors.As(err, &faults) {
		t.Fatalf("%v: the error %v is not faults", values, err)
	}
	return faults
}

func TestDefaults(t *testing.T) {
	got, err := load(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Listen: "127.0.0.1:8080", OpsListen: "127.0.0.1:8081", ExternalURL: "http://localhost:8080",
		DataDir: "./data", StaleMax: 5 * time.Minute,
		First: FirstInstance{
			OrgName: "Latchkey", AdminUserName: "admin", MachineUserName: "latchkey-admin",
			MachinePATPath: filepath.Join("data", "admin.pat"), SigningAlgorithm: keyring.RS256,
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got.Host() != "localhost" {
		t.Errorf("host %q", got.Host())
	}
}

// TestValues walks every setting with values that are taken and values that are not.
func TestValues(t *testing.T) {
	const secret = "hunter2-do-not-repeat"
	tests := map[string]struct{ good, bad []string }{
		"LISTEN": {
			[]string{":8080", "0.0.0.0:0", "[::1]:8080", "localhost:65535"},
			[]string{"", "8080", "localhost", "localhost:", "localhost:http", "localhost:65536", "localhost:-1", "::1:8080", "http://localhost:80"},
		},
		"OPS_LISTEN": {[]string{"off", ":1"}, []string{"", "on", "localhost:x"}},
		"EXTERNAL_URL": {
			[]string{"http://localhost:8080", "https://id.example.test", "https://[2001:db8::1]:8443"},
			[]string{
				"", "localhost:8080", "id.example.test", "ftp://id.example.test", "http://", "https://:8080", "HTTPS://id.example.test",
				"https://id.example.test/", "https://id.example.test/path", "https://id.example.test?", "https://id.example.test#",
				"https://id.example.test?q=1", "https://ID.example.test", "https://id.example.test:", "https://id.example.test:70000",
				"https://id.example.test:http", "https://user:" + secret + "@id.example.test", "https://user:" + secret + "@%zz", "https://a b", "https://%zz",
			},
		},
		"TLS_CERT": {[]string{""}, nil}, // goes with its key: see TestTogether
		"TLS_KEY":  {[]string{""}, nil},
		"TRUSTED_PROXIES": {
			[]string{"", "10.0.0.0/8", " 10.0.0.0/8 , 2001:db8::/32,", "::ffff:10.0.0.0/104"},
			[]string{"10.0.0.1", "10.0.0.0/33", "proxy.example.test", "10.0.0.0/8;192.168.0.0/16", "10.0.0.0/8 192.168.0.0/16"},
		},
		"DATA_DIR":     {[]string{"/var/lib/latchkey", "."}, []string{""}},
		"DATABASE_URL": {[]string{""}, []string{"mysql://u:" + secret + "@db", "latchkey.db", "host=db password=" + secret, "postgres://db/latchkey"}}, // the last without a master key
		"MASTER_KEY": {
			[]string{"", aMasterKey, "base64:YW4tZXhhbXBsZS1vZi10aGlydHktdHdvLWxldHRlcnM="},
			[]string{secret, aMasterKey + "x", "base64:" + secret, "base64:YW4tZXhhbXBsZS1vZi10aGlydHktdHdvLWxldHRlcn!="},
		},
		"FIRST_INSTANCE_ORG_NAME":         {[]string{"ZITADEL", "Ärzte & Co"}, []string{"", "  ", "!!!", "a\x00b", strings.Repeat("x", 201)}},
		"FIRST_INSTANCE_ADMIN_USERNAME":   {[]string{"root", "admin@example.test"}, []string{"", " ", strings.Repeat("x", 201), "latchkey-admin"}},
		"FIRST_INSTANCE_ADMIN_PASSWORD":   {[]string{"", "12345678", strings.Repeat("ä", 200)}, []string{"hunter2", strings.Repeat("x", 201)}},
		"FIRST_INSTANCE_MACHINE_USERNAME": {[]string{"machine"}, []string{"", strings.Repeat("x", 201), "admin", "ADMIN"}},
		"FIRST_INSTANCE_MACHINE_PAT_PATH": {[]string{"", "/run/secrets/pat"}, nil},
		"FIRST_INSTANCE_SIGNING_ALGORITHM": {
			[]string{"RS256", "ES256", "EdDSA"}, []string{"", "rs256", "HS256", "none", "PS256"},
		},
		"STALE_MAX": {[]string{"0", "0s", "90s", "24h"}, []string{"", "5", "-1s", "25h", "five minutes", "1d"}},
	}
	for _, s := range Settings() {
		test, ok := tests[s.Name]
		if !ok {
			t.Errorf("%s: no values to try", s.Name)
		}
		delete(tests, s.Name)
		for _, value := range test.good {
			if f := faultsOf(t, map[string]string{s.Name: value}); len(f) > 0 {
				t.Errorf("%s=%q: %v", s.Name, value, f)
			}
		}
		for _, value := range test.bad {
			f := faultsOf(t, map[string]string{s.Name: value})
			if len(f) != 1 {
				t.Errorf("%s=%q: faults %q, want one", s.Name, value, f)
				continue
			}
			if !strings.HasPrefix(f[0], "LATCHKEY_") || !strings.Contains(f[0], s.Env()) && !strings.Contains(f[0], "LATCHKEY_MASTER_KEY") {
				t.Errorf("%s=%q: the fault %q does not name the key", s.Name, value, f[0])
			}
			if strings.Contains(f[0], secret) || s.Secret && value != "" && strings.Contains(f[0], value) {
				t.Errorf("%s: the fault repeats a secret: %s", s.Name, f[0])
			}
		}
	}
	for name := range tests {
		t.Errorf("%s is not a setting", name)
	}
}

// TestAllFaultsAtOnce sets everything wrongly together.
func TestAllFaultsAtOnce(t *testing.T) {
	faults := faultsOf(t, map[string]string{
		"LISTEN": "x", "OPS_LISTEN": "x", "EXTERNAL_URL": "x", "TLS_CERT": "cert.pem", "TRUSTED_PROXIES": "x", "DATA_DIR": "",
		"DATABASE_URL": "x", "MASTER_KEY": "x", "FIRST_INSTANCE_ORG_NAME": "", "FIRST_INSTANCE_ADMIN_USERNAME": "",
		"FIRST_INSTANCE_ADMIN_PASSWORD": "x", "FIRST_INSTANCE_MACHINE_USERNAME": "",
		"FIRST_INSTANCE_SIGNING_ALGORITHM": "x", "STALE_MAX": "x",
	})
	if len(faults) != 14 {
		t.Errorf("%d faults, want 14: %q", len(faults), faults)
	}
	for _, s := range Settings() {
		if s.Name == "FIRST_INSTANCE_MACHINE_PAT_PATH" { // takes every text
			continue
		}
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, s.Env()) }) {
			t.Errorf("no fault names %s", s.Env())
		}
	}
}

// TestTogether is about settings that depend on each other.
func TestTogether(t *testing.T) {
	for _, half := range []string{"TLS_CERT", "TLS_KEY"} {
		f := faultsOf(t, map[string]string{half: "file.pem", "EXTERNAL_URL": "https://localhost:8080"})
		if len(f) != 1 || !strings.Contains(f[0], "LATCHKEY_TLS_CERT") || !strings.Contains(f[0], "LATCHKEY_TLS_KEY") {
			t.Errorf("%s alone: %q", half, f)
		}
	}
	tls := map[string]string{"TLS_CERT": "c", "TLS_KEY": "k"}
	if f := faultsOf(t, tls); len(f) != 1 || !strings.HasPrefix(f[0], "LATCHKEY_EXTERNAL_URL: ") {
		t.Errorf("TLS with an issuer of http: %q", f)
	}
	tls["EXTERNAL_URL"] = "https://localhost:8080"
	if f := faultsOf(t, tls); len(f) != 0 {
		t.Errorf("TLS: %q", f)
	}
	postgres := map[string]string{"DATABASE_URL": "postgres://db/latchkey", "MASTER_KEY": aMasterKey}
	c, err := load(postgres)
	if err != nil {
		t.Error(err)
	}
	if c.First.MachinePATPath != "" {
		t.Errorf("with PostgreSQL the first token goes to %q unasked", c.First.MachinePATPath)
	}
	c, err = load(map[string]string{"TRUSTED_PROXIES": "10.1.2.3/8, ::ffff:192.168.0.0/112"})
	if err != nil || len(c.TrustedProxies) != 2 || c.TrustedProxies[0].String() != "10.0.0.0/8" || c.TrustedProxies[1].String() != "192.168.0.0/16" {
		t.Errorf("proxies %v, %v", c.TrustedProxies, err)
	}
}

func TestReadSecretFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for _, test := range []struct{ content, want string }{
		{"secret", "secret"}, {"secret\n", "secret"}, {"secret\r\n", "secret"}, {" secret \n", " secret "}, {"", ""},
	} {
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadSecretFile(path); got != test.want || err != nil {
			t.Errorf("%q: got %q, %v", test.content, got, err)
		}
	}
	if _, err := ReadSecretFile(path + "-not-there"); err == nil {
		t.Error("a missing file was read")
	}
}
