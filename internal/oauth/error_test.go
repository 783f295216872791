package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/weblog"
)

func TestEveryKindHasAnAnswer(t *testing.T) {
	type answer struct {
		status int
		code   Code
		shown  bool
	}
	want := map[iam.Kind]answer{
		iam.Internal:           {500, ServerError, false},
		iam.InvalidArgument:    {400, InvalidRequest, true},
		iam.Unauthenticated:    {400, InvalidClient, true},
		iam.PermissionDenied:   {400, UnauthorizedClient, true},
		iam.NotFound:           {400, InvalidRequest, true},
		iam.AlreadyExists:      {400, InvalidRequest, true},
		iam.FailedPrecondition: {400, InvalidRequest, true},
		iam.Unchanged:          {400, InvalidRequest, true},
		iam.Aborted:            {400, InvalidRequest, true},
		iam.ResourceExhausted:  {429, InvalidRequest, true},
		iam.Unavailable:        {503, TemporarilyUnavailable, true},
		iam.Unimplemented:      {400, InvalidRequest, true},
	}
	for _, kind := range append(iam.Kinds(), iam.Kind(1000)) {
		w, ok := want[kind]
		if !ok {
			if kind != 1000 {
				t.Errorf("kind %d is not in the table", kind)
			}
			w = want[iam.Internal]
		}
		err := fmt.Errorf("around: %w", &iam.Error{Kind: kind, ID: "ID", Message: "a sentence", Err: errors.New("the cause")})
		got := translate(err)
		if got.status != w.status || got.code != w.code || (got.description == "a sentence") != w.shown {
			t.Errorf("kind %d: %d %s %q", kind, got.status, got.code, got.description)
		}
		line := new(weblog.Line)
		out := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, PathToken, nil)
		writeError(out, r.WithContext(weblog.With(r.Context(), line)), err)
		if out.Code != w.status || strings.Contains(out.Body.String(), "cause") || strings.Contains(out.Body.String(), "around") {
			t.Errorf("kind %d: %d %s", kind, out.Code, out.Body)
		}
		if !strings.Contains(fmt.Sprint(line.Attrs()), "the cause") {
			t.Errorf("kind %d: the log line lacks the cause: %v", kind, line.Attrs())
		}
		if retry := out.Header().Get("Retry-After"); (retry != "") != (w.status == 429 || w.status == 503) {
			t.Errorf("kind %d: Retry-After %q", kind, retry)
		}
	}
}

func TestUnknownErrorsShowNothing(t *testing.T) {
	for _, err := range []error{errors.New("dial tcp 10.0.0.1"), context.Canceled, fmt.Errorf("scan: %w", errors.New("secret"))} {
		out := httptest.NewRecorder()
		writeError(out, httptest.NewRequest(http.MethodPost, PathToken, nil), err)
		if out.Code != 500 || out.Body.String() != `{"error":"server_error","error_description":"the server failed; its log says why"}` {
			t.Errorf("%v: %d %s", err, out.Code, out.Body)
		}
	}
}

// Only a failed authentication by HTTP Basic is challenged.
func TestChallenge(t *testing.T) {
	for _, c := range []struct {
		p      protocolError
		status int
	}{
		{protocolError{status: 400, code: InvalidClient, basic: true}, 401},
		{protocolError{status: 400, code: InvalidClient}, 400},
		{protocolError{status: 400, code: InvalidRequest, basic: true}, 400},
		{protocolError{status: 503, code: TemporarilyUnavailable, basic: true}, 503},
	} {
		out := httptest.NewRecorder()
		writeError(out, httptest.NewRequest(http.MethodPost, PathToken, nil), &c.p)
		if out.Code != c.status || (out.Header().Get("WWW-Authenticate") != "") != (c.status == 401) {
			t.Errorf("%+v: %d %v", c.p, out.Code, out.Header())
		}
	}
}
