// Package htmx embeds htmx, which the console serves to browsers. README.md says
// which version it is and where it came from.
package htmx

import _ "embed"

// Script is htmx.min.js.
//
//go:embed htmx.min.js
var Script []byte
