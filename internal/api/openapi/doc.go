// Package openapi describes the REST surface of the management API: an OpenAPI
// 3.1 document, and pages of our own to read it. Both are made from the
// descriptors of the operations that they are given, at their first request.
//
// The words are those of Zitadel's descriptors, whose API it is. The pages need
// no scripts and nothing from elsewhere.
package openapi

import (
	"net/http"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Operation is one method at one REST path, or without one: then the pages show
// how Connect calls it, and the document, which is of REST, leaves it out.
type Operation struct {
	Method  protoreflect.MethodDescriptor
	Verb    string // of HTTP; empty without a REST path
	Path    string // with variables as in google.api.http: "/users/{id}", "/roles/{key=**}"
	HasBody bool   // the body is the request; otherwise the query is
	Success int    // HTTP status of success
	Public  bool   // needs no caller
	InOrg   bool   // works in the context of an organization that a header may name
}

// Where the document and the pages are.
const (
	DocumentPath = "/openapi.json"
	PagesPath    = "/openapi/"
)

// Handler answers [DocumentPath] and everything below [PagesPath] for a surface.
func Handler(operations []Operation) http.Handler {
	s := newSurface(operations)
	mux := http.NewServeMux()
	document := newFile("application/json", func() ([]byte, error) { return s.document() })
	mux.Handle("GET "+DocumentPath, document)
	mux.Handle("GET "+PagesPath+"v2/swagger", http.RedirectHandler(DocumentPath, http.StatusSeeOther)) // Zitadel's place for it
	s.addPages(mux)
	return mux
}
