package testpg

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"syscall"
)

// superuser is the role that owns the cluster, and the account that runs the
// server where the caller is root.
const superuser = "postgres"

// programs are the paths of one installed version.
type programs struct{ initdb, postgres string }

// findPrograms prefers the newest version where Debian puts them, then PATH.
func findPrograms() (programs, error) {
	// The pattern is a constant, so Glob cannot fail.
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	sort.Slice(found, func(i, j int) bool { return version(found[i]) > version(found[j]) })
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	for _, initdb := range found {
		postgres := filepath.Join(filepath.Dir(initdb), "postgres")
		if info, err := os.Stat(postgres); err == nil && !info.IsDir() {
			return programs{initdb: initdb, postgres: postgres}, nil
		}
	}
	return programs{}, errors.New("no PostgreSQL server programs in /usr/lib/postgresql/*/bin or PATH: run apt-get install postgresql")
}

// version reads 15 out of /usr/lib/postgresql/15/bin/initdb; 0 for an odd name.
func version(initdb string) float64 {
	number, err := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(initdb))), 64)
	if err != nil {
		return 0
	}
	return number
}

// initialize makes the data directory.
func (c *Cluster) initialize(ctx context.Context, options Options) error {
	locale := options.Locale
	if locale == "" {
		locale = "C"
	}
	arguments := []string{
		"--pgdata", dataDir(c.dir), "--username", superuser, "--auth", "trust",
		"--encoding", "UTF8", "--locale", locale, "--no-sync", "--no-instructions",
	}
	if options.ICULocale != "" {
		arguments = append(arguments, "--locale-provider", "icu", "--icu-locale", options.ICULocale)
	}
	log := filepath.Join(c.dir, "initdb.log")
	initdb, err := c.owner.start(c.programs.initdb, arguments, c.dir, log, syscall.SIGKILL)
	if err != nil {
		return err
	}
	select {
	case <-initdb.done:
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("initdb did not finish: %w", ctx.Err()), initdb.killTree())
	}
	if !initdb.state.Success() {
		return fmt.Errorf("initdb failed: %v: %s", initdb.state, tail(log))
	}
	return nil
}

func dataDir(dir string) string { return filepath.Join(dir, "data") }

// serverArguments are those of the postgres program but for the port.
func serverArguments(dir string, options Options) []string {
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"unix_socket_directories": dir,
		"max_connections":         "200",
		"fsync":                   "on",
		// In files of the data directory: a killed cluster leaves nothing in /dev/shm.
		"dynamic_shared_memory_type": "mmap",
	}
	if !options.Fsync {
		// synchronous_commit stays on: a commit that was acknowledged before a Kill
		// has left the server's memory.
		settings["fsync"] = "off"
		settings["full_page_writes"] = "off"
	}
	maps.Copy(settings, options.Settings)
	arguments := []string{"-D", dataDir(dir)}
	for name, value := range settings {
		arguments = append(arguments, "-c", name+"="+value)
	}
	return arguments
}
