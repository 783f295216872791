package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/latchkey-iam/latchkey/third_party/htmx"
)

//go:embed static
var staticFiles embed.FS

const assetPath = "/ui/assets/"

// asset is a file that never changes under its address.
type asset struct {
	hash, kind     string
	plain, gzipped []byte
}

// assets are the style, the scripts and the pictures, by name.
type assets map[string]asset

func loadAssets() (assets, error) {
	a := assets{}
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := staticFiles.ReadFile(name)
		if err != nil {
			return err
		}
		return a.add(path.Base(name), b)
	})
	if err != nil {
		return nil, err
	}
	return a, a.add("htmx.js", htmx.Script)
}

func (a assets) add(name string, content []byte) error {
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		return fmt.Errorf("asset %s: no content type is known", name)
	}
	sum := sha256.Sum256(content)
	var zipped bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(content); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	a[name] = asset{hash: hex.EncodeToString(sum[:8]), kind: kind, plain: content, gzipped: zipped.Bytes()}
	return nil
}

// path is the address of a file, which changes with its content.
func (a assets) path(name string) (string, error) {
	f, ok := a[name]
	if !ok {
		return "", fmt.Errorf("no asset %q", name)
	}
	return assetPath + f.hash + "/" + name, nil
}

func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	f, ok := a[r.PathValue("name")]
	if !ok || f.hash != r.PathValue("hash") {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = f.gzipped
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if strings.TrimSpace(coding) == "gzip" && strings.ReplaceAll(weight, " ", "") != "q=0" {
			return true
		}
	}
	return false
}
