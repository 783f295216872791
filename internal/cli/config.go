package cli

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/latchkey-iam/latchkey/internal/server"
)

const (
	envPrefix  = "LATCHKEY_"
	fileSuffix = "_FILE"
)

// configFlags defines a flag for every setting, and --config.
type configFlags struct {
	flags  *flag.FlagSet
	values map[string]*string // by flag
	file   *string
}

func newConfigFlags(f *flag.FlagSet) configFlags {
	c := configFlags{flags: f, values: map[string]*string{}}
	c.file = f.String("config", "", "YAML `file` with settings, named like these flags")
	for _, s := range server.Settings() {
		c.values[s.Flag()] = f.String(s.Flag(), s.Default, s.Help+" ("+s.Env()+")")
		if s.Secret {
			name := s.Flag() + "-file"
			c.values[name] = f.String(name, "", "`file` that holds --"+s.Flag()+" ("+s.Env()+fileSuffix+")")
		}
	}
	return c
}

// load reads the configuration after the flags were parsed. A flag wins over
// the environment, that over the file, that over the default. All faults are
// reported at once.
func (c configFlags) load(environ []string) (server.Config, error) {
	var faults server.Faults
	set := map[string]bool{}
	c.flags.Visit(func(f *flag.Flag) { set[f.Name] = true })
	env := environment(environ)
	faults = append(faults, unknownVariables(env)...)
	file, err := readConfigFile(*c.file)
	if err != nil {
		faults = append(faults, err.Error())
	}
	for _, name := range sortedKeys(file) {
		if _, ok := c.values[name]; !ok {
			faults = append(faults, fmt.Sprintf("%s: unknown setting %q", *c.file, name))
		}
	}
	given := func(flagName, envName string) (string, bool) {
		if set[flagName] {
			return *c.values[flagName], true
		}
		if v, ok := env[envName]; ok {
			return v, true
		}
		v, ok := file[flagName]
		return v, ok
	}
	config, err := server.Load(func(s server.Setting) (string, bool) {
		value, ok := given(s.Flag(), s.Env())
		if !s.Secret {
			return value, ok
		}
		path, inFile := given(s.Flag()+"-file", s.Env()+fileSuffix)
		if !inFile || path == "" {
			return value, ok
		}
		if ok && value != "" {
			faults = append(faults, s.Env()+": expected either this or "+s.Env()+fileSuffix+", not both")
			return value, ok
		}
		value, err := server.ReadSecretFile(path)
		if err != nil {
			faults = append(faults, s.Env()+fileSuffix+": "+err.Error())
			return "", false
		}
		return value, true
	})
	if more, ok := errors.AsType[server.Faults](err); ok {
		faults = append(faults, more...)
	} else if err != nil {
		return config, err
	}
	if len(faults) > 0 {
		return config, faults
	}
	return config, nil
}

// environment returns the variables that are ours.
func environment(environ []string) map[string]string {
	env := map[string]string{}
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, envPrefix) {
			env[name] = value
		}
	}
	return env
}

// unknownVariables finds misspelled variables. Those of the client commands are known too.
func unknownVariables(env map[string]string) server.Faults {
	known := clientVariables()
	for _, s := range server.Settings() {
		known = append(known, s.Env())
		if s.Secret {
			known = append(known, s.Env()+fileSuffix)
		}
	}
	var faults server.Faults
	for _, name := range sortedKeys(env) {
		if !slices.Contains(known, name) && !fromKubernetes(name) {
			faults = append(faults, name+": unknown setting")
		}
	}
	return faults
}

// fromKubernetes reports variables that a cluster sets for every pod beside a
// Service called latchkey. They are nobody's misspelling.
func fromKubernetes(name string) bool {
	rest := strings.TrimPrefix(name, envPrefix)
	return rest == "PORT" || strings.HasPrefix(rest, "PORT_") || strings.HasPrefix(rest, "SERVICE_")
}

// readConfigFile reads a flat YAML file of settings.
func readConfigFile(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the configuration file cannot be read: %w", err)
	}
	var values map[string]string
	if err := yaml.Unmarshal(b, &values); err != nil {
		return nil, fmt.Errorf("%s: expected lines such as `listen: 127.0.0.1:8080`", path) // the cause may quote a secret
	}
	return values, nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
