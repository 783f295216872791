package server

import "strings"

// Reference is a Markdown table of every setting, for the operator's manual.
func Reference() string {
	var b strings.Builder
	b.WriteString("| variable | flag, and key in a file | default | meaning |\n|---|---|---|---|\n")
	for _, s := range Settings() {
		variables, flags := code(s.Env()), code("--"+s.Flag())
		if s.Secret {
			variables += "<br>" + code(s.Env()+"_FILE")
			flags += "<br>" + code("--"+s.Flag()+"-file")
		}
		fallback := "none"
		if s.Default != "" {
			fallback = code(s.Default)
		}
		b.WriteString("| " + variables + " | " + flags + " | " + fallback + " | " + strings.ReplaceAll(s.Help, "|", `\|`) + " |\n")
	}
	return b.String()
}

func code(s string) string { return "`" + s + "`" }
