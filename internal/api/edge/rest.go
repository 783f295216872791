package edge

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// serveREST answers a request for a known route: build the message, call, write the answer.
func (e *edge) serveREST(w http.ResponseWriter, r *http.Request, route *route, vars []string) {
	header := callHeader(r.Header)
	if err := checkHeader(header); err != nil {
		writeStatus(w, http.StatusBadRequest, failure(codes.InvalidArgument, err.Error()))
		return
	}
	request := route.input.New().Interface()
	if refusal := e.readREST(w, r, route, vars, request); refusal != nil {
		writeStatus(w, refusal.http, failure(refusal.code, refusal.message))
		return
	}
	message, err := proto.Marshal(request)
	if err != nil {
		writeStatus(w, http.StatusBadRequest, failure(codes.InvalidArgument, "the request has text that is not valid UTF-8"))
		return
	}
	answer := e.invoke(r, route.path, header, message)
	for name, values := range answer.metadata() {
		w.Header()[metadataPrefix+name] = values
	}
	if status := answer.status(); status != nil {
		writeStatus(w, httpCode(codes.Code(status.GetCode())), status)
		return
	}
	response := route.output.New().Interface()
	if status := answer.message(response); status != nil {
		writeStatus(w, http.StatusInternalServerError, status)
		return
	}
	text, err := encodeJSON(nil, response)
	if err != nil {
		writeStatus(w, http.StatusInternalServerError, failure(codes.Internal, "the answer cannot be written as JSON"))
		return
	}
	writeJSON(w, route.success, text)
}

// readREST fills the message of a route. The path comes last, so that it wins. Where the rule takes the body there are no
// query parameters; where it does not the query is the request, both as in grpc-gateway. The body is JSON
// whatever its content type says: curl calls it a form unless told otherwise.
func (e *edge) readREST(w http.ResponseWriter, r *http.Request, route *route, vars []string, message proto.Message) *refusal {
	if route.hasBody || bringsObject(r, route) {
		body, refusal := e.readBody(w, r)
		if refusal != nil {
			return refusal
		}
		if err := decodeJSON(body, message); err != nil {
			return badRequest(err)
		}
	}
	if !route.hasBody {
		if err := setQuery(message, r.URL.RawQuery); err != nil {
			return badRequest(err)
		}
	}
	for i, value := range vars {
		if err := setField(message, route.variables[i], []string{value}); err != nil {
			return badRequest(fmt.Errorf("path parameter %w", err))
		}
	}
	return nil
}

// bringsObject says whether a request has a JSON object for a body although the rule of a writing verb names none. Some
// lists are annotated so. grpc-gateway ignores their conditions and answers with everything; here they count.
func bringsObject(r *http.Request, route *route) bool {
	if !route.writes || r.Body == nil {
		return false
	}
	const most = 512 // white space before a brace
	body := bufio.NewReaderSize(r.Body, most)
	r.Body = struct {
		io.Reader
		io.Closer
	}{body, r.Body}
	for n := 1; n <= most; n++ {
		start, err := body.Peek(n)
		if err != nil {
			return false
		}
		if !strings.ContainsRune(" \t\r\n", rune(start[n-1])) {
			return start[n-1] == '{'
		}
	}
	return false
}

// refusal is why a request does not become a call.
type refusal struct {
	http    int
	code    codes.Code
	message string
}

func badRequest(err error) *refusal {
	return &refusal{http.StatusBadRequest, codes.InvalidArgument, err.Error()}
}

// readBody reads a request's body up to the limit.
func (e *edge) readBody(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if isCompressed(r.Header) {
		return nil, &refusal{http.StatusUnsupportedMediaType, codes.Unimplemented, "compressed requests are not supported"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, e.limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		text := fmt.Sprintf("the request body has more than %d bytes", e.limit)
		return nil, &refusal{http.StatusRequestEntityTooLarge, codes.ResourceExhausted, text}
	case err != nil:
		return nil, badRequest(errors.New("the request body could not be read"))
	}
	return body, nil
}
