package openapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// file is something that is made at its first request and stays as it is.
type file struct {
	kind string // its content type
	make func() (content, error)
}

type content struct {
	plain, gzipped []byte
	tag            string
}

func newFile(kind string, text func() ([]byte, error)) file {
	return file{kind, sync.OnceValues(func() (content, error) {
		plain, err := text()
		if err != nil {
			return content{}, err
		}
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		if _, err := z.Write(plain); err != nil {
			return content{}, err
		}
		if err := z.Close(); err != nil {
			return content{}, err
		}
		sum := sha256.Sum256(plain)
		return content{plain, zipped.Bytes(), `"` + hex.EncodeToString(sum[:8]) + `"`}, nil
	})}
}

// ServeHTTP implements [http.Handler].
func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := f.make()
	if err != nil {
		http.Error(w, "the description cannot be made", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache") // ask whether it changed
	h.Set("ETag", c.tag)
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Access-Control-Allow-Origin", "*") // it is the same for everyone
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	if r.Header.Get("If-None-Match") == c.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := c.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = c.gzipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}
