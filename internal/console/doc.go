// Package console is the web console and the sign-in of humans: pages rendered
// on the server, under /ui/.
//
// A page lives under an organization, /ui/console/orgs/{org}/..., and works in
// that organization's context, as Zitadel's first API does: what lies elsewhere
// does not exist. Each handler decodes, calls one operation of package
// directory or session, and renders; it decides nothing. Every form posts to the
// address that it is shown at. Success is a redirect, failure the same form with
// what was entered and the reason beside its field. What is shown once is the
// answer to the post itself and is never stored.
//
// Everything works without JavaScript except for copying; static/app.js and htmx
// make it quicker. Texts are in texts/en.txt.
package console
