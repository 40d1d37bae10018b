package api

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"plumbline/internal/errs"
)

// Serve answers on l until ctx ends, then lets what is under way end within
// Limits.Drain and cuts off the rest: whatever was not answered was not taken
// for certain, and can be sent again. It closes l.
func (a *API) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: a.handler, ReadHeaderTimeout: a.limits.Grace, ReadTimeout: a.limits.Grace, // body.go extends it
		IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug)}
	ended := make(chan error, 1)
	server.ConnState = (&crowd{most: a.limits.Connections, open: map[net.Conn]*list.Element{}}).state
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving HTTP: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.Background(), a.limits.Drain)
	defer cancel()
	if err := server.Shutdown(drain); errors.Is(err, context.DeadlineExceeded) {
		_ = server.Close() // they had their time
	}
	<-ended
	return nil
}

// route finds who answers. What nobody does is a problem like others, in place
// of the mux's own words and redirections.
func (a *API) route(w http.ResponseWriter, r *http.Request) {
	escaped := r.URL.EscapedPath()
	if clean := path.Clean("/" + escaped); clean != escaped {
		nothing().write(w, r)
		return
	}
	if _, pattern := a.mux.Handler(r); pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	if allowed := a.methods(r); len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		p := &problem{status: http.StatusMethodNotAllowed, code: "method", what: errs.Tf("%s isn't done here; expected %s", "此处不支持 %s；应为 %s", r.Method, strings.Join(allowed, ", ")),
			next: errs.T("/openapi.json lists what there is", "可用的接口见 /openapi.json")}
		p.write(w, r)
		return
	}
	if a.pages != nil && !strings.HasPrefix(r.URL.Path, "/api/") {
		a.pages.ServeHTTP(w, r)
		return
	}
	nothing().write(w, r)
}

// methods are those that the path of a request has.
func (a *API) methods(r *http.Request) (out []string) {
	for _, m := range []string{http.MethodGet, http.MethodPost} {
		other := *r
		other.Method = m
		if _, pattern := a.mux.Handler(&other); pattern != "" && m != r.Method {
			out = append(out, m)
		}
	}
	return out
}

// answerTime is how long a caller may take to fetch an answer.
const answerTime = 60 * time.Second

// answer watches what is answered: for the log, and for callers that don't fetch
// it.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader is http.ResponseWriter's.
func (w *answer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(answerTime)) // a writer of a test has none
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		if h.Get("Cache-Control") == "" {
			h.Set("Cache-Control", "no-store") // personal data of officials has no place in a cache
		}
		h.Add("Vary", "Accept-Language")
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write is io.Writer's.
func (w *answer) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *answer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// logged writes a line for each request: its route, not its path, since that may
// hold the number of a case. What panics is answered as a fault of the program.
func (a *API) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ctx, seen := withSeen(r.Context())
		r = r.WithContext(ctx)
		out := &answer{ResponseWriter: w}
		if r.Body == http.NoBody { // nothing more to read: the deadline of reading isn't one of answering
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
		}
		defer func() {
			if fault := recover(); fault != nil {
				a.log.Error("a request met a fault of the program", "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
				if out.status == 0 {
					a.problemOf(fmt.Errorf("%v", fault)).write(out, r)
				}
			}
			route := r.Pattern
			if route == "" {
				route = "none"
			}
			if out.status == 0 {
				out.status = http.StatusOK
			}
			a.metrics.answered(route, out.status)
			level := slog.LevelInfo
			if slices.Contains([]string{"GET /healthz", "GET /readyz", "GET /metrics"}, route) {
				level = slog.LevelDebug
			}
			a.log.Log(ctx, level, "request", "route", route, "status", out.status, "bytes", out.bytes,
				"ms", time.Since(began).Milliseconds(), "by", nameInLog(seen.who), "events", seen.events)
		}()
		next.ServeHTTP(out, r)
	})
}
