package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

//go:embed static
var static embed.FS

// asset is a file that pages load, under a name that holds its hash: it may be
// kept for ever, since another content has another name.
type asset struct {
	kind   string
	plain  []byte
	packed func() (br, gz []byte) // once somebody asks; nil of what is packed already
}

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2"}

// assets are the files by the names under which they are served, and those names
// by the files' own.
type assets struct {
	files map[string]*asset
	names map[string]string
}

func newAssets() (*assets, error) {
	a := &assets{files: map[string]*asset{}, names: map[string]string{}}
	list, err := static.ReadDir("static")
	if err != nil {
		return nil, err
	}
	var styles []string
	for _, e := range list {
		switch path.Ext(e.Name()) {
		case ".css":
			styles = append(styles, e.Name()) // after what they load
		case ".js", ".svg", ".woff2":
			body, err := static.ReadFile("static/" + e.Name())
			if err != nil {
				return nil, err
			}
			a.add(e.Name(), body)
		}
	}
	for _, name := range styles {
		body, err := static.ReadFile("static/" + name)
		if err != nil {
			return nil, err
		}
		for file, served := range a.names {
			body = bytes.ReplaceAll(body, []byte(`url("`+file+`")`), []byte(`url("`+path.Base(served)+`")`))
		}
		a.add(name, body)
	}
	return a, nil
}

func (a *assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	served := "/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext
	f := &asset{kind: kinds[ext], plain: body}
	if ext != ".woff2" {
		f.packed = sync.OnceValues(func() ([]byte, []byte) { return squeeze(body) })
	}
	a.files[served], a.names[name] = f, served
}

func squeeze(body []byte) (br, gz []byte) {
	var b, g bytes.Buffer
	bw := brotli.NewWriterLevel(&b, 9)
	gw, _ := gzip.NewWriterLevel(&g, 9) // the level is one that there is
	for _, w := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{bw, gw} {
		_, _ = w.Write(body) // into memory
		_ = w.Close()
	}
	return b.Bytes(), g.Bytes()
}

// ServeHTTP answers with the file, packed as the browser can have it.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := a.files[r.URL.Path]
	if f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	body := f.plain
	if f.packed != nil {
		br, gz := f.packed()
		switch h.Add("Vary", "Accept-Encoding"); {
		case accepts(r, "br"):
			h.Set("Content-Encoding", "br")
			body = br
		case accepts(r, "gzip"):
			h.Set("Content-Encoding", "gzip")
			body = gz
		}
	}
	_, _ = w.Write(body) // a reader that is gone is no fault
}

// accepts says whether the browser unpacks an encoding.
func accepts(r *http.Request, encoding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == encoding && !strings.HasSuffix(strings.ReplaceAll(q, " ", ""), "q=0") {
			return true
		}
	}
	return false
}
