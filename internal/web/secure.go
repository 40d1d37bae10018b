package web

import (
	"io"
	"log/slog"
	"net/http"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// policy lets a page load what this host serves and nothing else, and run or style
// nothing that stands within it.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// elsewhere is what another site's form is answered; in which language its reader
// would have it, that site decides.
const elsewhere = "This form comes from another site's page. Open this service itself, and do it there.\n此表单来自其他网站的页面。请打开本系统后在其中操作。\n"

// secure adds what goes with every answer, and refuses forms that another site
// sends, with a line in the log. Whose session goes with one nobody looks up.
func secure(next *http.ServeMux, log *slog.Logger) http.Handler {
	ours := http.NewCrossOriginProtection()
	ours.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, route := next.Handler(r)
		log.Warn("refused", "rule", "sent from another site's page", "route", route)
		h := w.Header()
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, elsewhere) // a reader that is gone is no fault
	}))
	return ours.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		next.ServeHTTP(w, r)
	}))
}

// write sends a page, packed where the browser can have it. Pages hold personal
// data of officials and are not for caches.
func write(w http.ResponseWriter, r *http.Request, status int, page []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Encoding, Accept-Language, Cookie")
	if len(page) < 1000 || !accepts(r, "gzip") {
		w.WriteHeader(status)
		_, _ = w.Write(page) // a reader that is gone is no fault
		return
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z, ok := packers.Get().(*gzip.Writer)
	if ok {
		z.Reset(w)
	} else {
		z, _ = gzip.NewWriterLevel(w, 4) // the level is one that there is
	}
	_, _ = z.Write(page)
	_ = z.Close()
	z.Reset(nil) // it keeps nobody's answer
	packers.Put(z)
}

// packers wait for the next page: a new one takes a megabyte.
var packers sync.Pool
