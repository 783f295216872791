package server

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
)

// Config is everything that an operator can choose.
type Config struct {
	Listen         string
	OpsListen      string
	ExternalURL    string
	TLSCert        string
	TLSKey         string
	TrustedProxies []netip.Prefix
	DataDir        string
	DatabaseURL    string
	MasterKey      string
	First          FirstInstance
	StaleMax       time.Duration
}

// FirstInstance is what the first start makes.
type FirstInstance struct {
	OrgName          string
	AdminUserName    string
	AdminPassword    string
	MachineUserName  string
	MachinePATPath   string
	SigningAlgorithm keyring.Algorithm
}

// Setting is one key of the configuration: as an environment variable
// LATCHKEY_ plus Name, as a flag and in a file the name in lower case with dashes.
type Setting struct {
	Name    string
	Default string
	Help    string
	// Secret settings can also be read from a file: the name of the variable then ends in _FILE.
	Secret bool
	set    func(*Config, string) error
}

// Flag is the setting's name as a flag and in a configuration file.
func (s Setting) Flag() string { return strings.ReplaceAll(strings.ToLower(s.Name), "_", "-") }

// Env is the setting's name in the environment.
func (s Setting) Env() string { return "LATCHKEY_" + s.Name }

// Settings lists every key.
func Settings() []Setting {
	return []Setting{
		{Name: "LISTEN", Default: "127.0.0.1:8080", Help: "address of the one public port", set: address(func(c *Config) *string { return &c.Listen })},
		{Name: "OPS_LISTEN", Default: "127.0.0.1:8081", Help: "address for metrics and pprof; off for none", set: opsAddress},
		{Name: "EXTERNAL_URL", Default: "http://localhost:8080", Help: "the issuer, exactly as clients see it: scheme, host and port, no path", set: externalURL},
		{Name: "TLS_CERT", Help: "PEM file with the certificate chain; read again when it changes", set: text(func(c *Config) *string { return &c.TLSCert })},
		{Name: "TLS_KEY", Help: "PEM file with the certificate's key; read again when it changes", set: text(func(c *Config) *string { return &c.TLSKey })},
		{Name: "TRUSTED_PROXIES", Help: "networks in CIDR form, separated by commas, whose X-Forwarded-For is believed", set: proxies},
		{Name: "DATA_DIR", Default: "./data", Help: "directory of the SQLite database and the keys", set: required(func(c *Config) *string { return &c.DataDir })},
		{Name: "DATABASE_URL", Help: "postgres://... ; empty for SQLite in the data directory", Secret: true, set: databaseURL},
		{Name: "MASTER_KEY", Help: "32 characters, or base64: and 44; made in the data directory with SQLite, required with PostgreSQL", Secret: true, set: masterKey},
		{Name: "FIRST_INSTANCE_ORG_NAME", Default: "Latchkey", Help: "name of the first organization", set: orgName},
		{Name: "FIRST_INSTANCE_ADMIN_USERNAME", Default: "admin", Help: "user name of the first human, who owns the instance", set: userName(func(c *Config) *string { return &c.First.AdminUserName })},
		{Name: "FIRST_INSTANCE_ADMIN_PASSWORD", Help: "the first human's password, 8 to 200 characters; empty for none yet", Secret: true, set: password},
		{Name: "FIRST_INSTANCE_MACHINE_USERNAME", Default: "latchkey-admin", Help: "user name of the first service user, who owns the instance", set: userName(func(c *Config) *string { return &c.First.MachineUserName })},
		{Name: "FIRST_INSTANCE_MACHINE_PAT_PATH", Help: "file for the first service user's personal access token; admin.pat in the data directory with SQLite, none with PostgreSQL", set: text(func(c *Config) *string { return &c.First.MachinePATPath })},
		{Name: "FIRST_INSTANCE_SIGNING_ALGORITHM", Default: "RS256", Help: "RS256 (RSA-2048), RS384, RS512, ES256, ES384, ES512 or EdDSA", set: algorithm},
		{Name: "STALE_MAX", Default: "5m", Help: "how long cached answers are trusted while the database cannot be heard; 0 for not at all", set: staleMax},
	}
}

// Faults are everything that is wrong with a configuration, together.
type Faults []string

func (f Faults) Error() string {
	return "the configuration has faults:\n  " + strings.Join(f, "\n  ")
}

// Load builds the configuration. lookup returns what was given for a setting,
// by its Name, and whether anything was. The error is [Faults], all at once.
func Load(lookup func(Setting) (string, bool)) (Config, error) {
	var c Config
	var faults Faults
	for _, s := range Settings() {
		value, ok := lookup(s)
		if !ok {
			value = s.Default
		}
		if err := s.set(&c, value); err != nil {
			faults = append(faults, s.Env()+": "+err.Error())
		}
	}
	faults = append(faults, c.together()...)
	if len(faults) > 0 {
		return c, faults
	}
	return c, nil
}

// together checks settings against each other.
func (c *Config) together() Faults {
	var f Faults
	if (c.TLSCert == "") != (c.TLSKey == "") {
		f = append(f, "LATCHKEY_TLS_CERT: expected together with LATCHKEY_TLS_KEY, or neither")
	}
	if c.TLSCert != "" && strings.HasPrefix(c.ExternalURL, "http://") {
		f = append(f, "LATCHKEY_EXTERNAL_URL: expected to begin with https:// when TLS is on")
	}
	if c.DatabaseURL != "" && c.MasterKey == "" {
		f = append(f, "LATCHKEY_MASTER_KEY: expected with PostgreSQL: 32 characters, or base64: and 44 (or LATCHKEY_MASTER_KEY_FILE)")
	}
	if c.First.AdminUserName != "" && iam.Fold(c.First.AdminUserName) == iam.Fold(c.First.MachineUserName) {
		f = append(f, "LATCHKEY_FIRST_INSTANCE_MACHINE_USERNAME: expected another name than LATCHKEY_FIRST_INSTANCE_ADMIN_USERNAME")
	}
	if c.DatabaseURL == "" && c.First.MachinePATPath == "" && c.DataDir != "" {
		c.First.MachinePATPath = filepath.Join(c.DataDir, "admin.pat")
	}
	return f
}

// ReadSecretFile reads a setting that is kept in a file, without its last line break.
func ReadSecretFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("expected a file that can be read: %w", err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// Host is the host of the issuer, without the port.
func (c *Config) Host() string {
	u, err := url.Parse(c.ExternalURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, s string) error {
		*field(c) = s
		return nil
	}
}

func required(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, s string) error {
		if *field(c) = s; s == "" {
			return errors.New("expected something")
		}
		return nil
	}
}

func address(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, s string) error {
		_, port, err := net.SplitHostPort(s)
		if err != nil || !isPort(port) {
			return fmt.Errorf("expected host:port such as 127.0.0.1:8080, got %q", s)
		}
		*field(c) = s
		return nil
	}
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

func opsAddress(c *Config, s string) error {
	if s == "off" {
		c.OpsListen = ""
		return nil
	}
	return address(func(c *Config) *string { return &c.OpsListen })(c, s)
}

func externalURL(c *Config, s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil, !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://"), u.Hostname() == "":
		return errors.New("expected http:// or https:// and a host") // not shown: it may hold a password
	case u.User != nil:
		return errors.New("expected no user name and no password")
	case strings.HasSuffix(u.Host, ":") || u.Port() != "" && !isPort(u.Port()):
		return fmt.Errorf("expected a port between 0 and 65535 or none, got %q", s)
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(s, "?#"):
		return fmt.Errorf("expected no path, not even a slash at the end, and no query, got %q", s)
	case u.Host != strings.ToLower(u.Host):
		return fmt.Errorf("expected the host in lower case, got %q", s)
	}
	c.ExternalURL = s
	return nil
}

func proxies(c *Config, s string) error {
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return fmt.Errorf("expected networks in CIDR form such as 10.0.0.0/8, separated by commas, got %q", part)
		}
		if p.Addr().Is4In6() && p.Bits() >= 96 { // addresses are compared in their IPv4 form
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		c.TrustedProxies = append(c.TrustedProxies, p.Masked())
	}
	return nil
}

func databaseURL(c *Config, s string) error {
	if s != "" && !strings.HasPrefix(s, "postgres://") && !strings.HasPrefix(s, "postgresql://") {
		return errors.New("expected an address that begins with postgres://") // not shown: it may hold a password
	}
	c.DatabaseURL = s
	return nil
}

func masterKey(c *Config, s string) error {
	if s == "" {
		return nil
	}
	if _, err := keyring.ParseMasterKey(s); err != nil {
		return err
	}
	c.MasterKey = s
	return nil
}

func orgName(c *Config, s string) error {
	c.First.OrgName = s
	return sentence(iam.CheckOrgName(s))
}

func userName(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, s string) error {
		*field(c) = s
		return sentence(iam.CheckUserName(s))
	}
}

func password(c *Config, s string) error {
	if s != "" && iam.CheckPassword(s) != nil {
		return fmt.Errorf("expected %d to %d characters, or none", iam.MinPassword, iam.MaxPassword)
	}
	c.First.AdminPassword = s
	return nil
}

func algorithm(c *Config, s string) error {
	a, err := keyring.ParseAlgorithm(s)
	c.First.SigningAlgorithm = a
	return err
}

func staleMax(c *Config, s string) error {
	d, err := time.ParseDuration(s)
	if s == "0" {
		d, err = 0, nil
	}
	if err != nil || d < 0 || d > 24*time.Hour {
		return fmt.Errorf("expected a time between 0 and 24h such as 5m, got %q", s)
	}
	c.StaleMax = d
	return nil
}

// sentence is an error's message without its id.
func sentence(err error) error {
	if e, ok := errors.AsType[*iam.Error](err); ok {
		return errors.New(e.Message)
	}
	return err
}
