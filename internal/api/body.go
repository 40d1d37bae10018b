package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"

	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// budget is what all bodies together may hold while they are read.
type budget struct {
	most int64
	used atomic.Int64
}

// body reads a request's body: no longer than it may be, no slower than it must
// come, and charged to the budget until it is released.
type body struct {
	a       *API
	from    io.Reader // unpacked
	control *http.ResponseController
	start   time.Time
	raw     int64 // bytes that came, packed
	read    int64 // bytes given out
	held    int64 // of the budget
	extend  int64 // raw up to which the deadline is set
}

var errTooLong = errors.New("the body is longer than it may be")

// newBody reads the body of r, unpacking it if it says that it is packed.
func (a *API) newBody(w http.ResponseWriter, r *http.Request) (*body, *problem) {
	b := &body{a: a, control: http.NewResponseController(w), start: time.Now()}
	if r.ContentLength > a.limits.Body {
		return nil, tooLong(a.limits.Body)
	}
	switch coding := r.Header.Get("Content-Encoding"); coding {
	case "", "identity":
		b.from = paced{b, r.Body}
	case "gzip":
		z, err := gzip.NewReader(paced{b, r.Body})
		if err != nil {
			return nil, a.unreadable(err)
		}
		b.from = z
	default:
		return nil, &problem{status: http.StatusUnsupportedMediaType, code: "encoding", what: errs.Tf("the body is encoded as %q; expected gzip, or not encoded", "请求内容编码为 %q；应为 gzip 或不编码", coding),
			next: errs.T("leave Content-Encoding out, or send gzip", "请去掉 Content-Encoding，或使用 gzip")}
	}
	return b, nil
}

// paced sets the deadline of what comes over the line by what has come.
type paced struct {
	b    *body
	from io.Reader
}

// Read is io.Reader's.
func (p paced) Read(to []byte) (int, error) {
	b := p.b
	if b.raw >= b.extend { // not before each read: setting a deadline costs more than reading
		limits := &b.a.limits
		b.extend = b.raw + min(32<<10, max(1, limits.Rate*int64(limits.Grace/time.Second)/4))
		until := b.start.Add(limits.Grace + time.Duration(b.extend)*time.Second/time.Duration(limits.Rate))
		if err := b.control.SetReadDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return 0, err
		}
	}
	n, err := p.from.Read(to)
	b.raw += int64(n)
	if errors.Is(err, io.EOF) { // else the deadline would end the answering, too
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// paused takes time in which the body wasn't asked for out of the reckoning.
func (b *body) paused(d time.Duration) {
	b.start = b.start.Add(d)
	b.extend = b.raw
}

// Read is io.Reader's.
func (b *body) Read(to []byte) (int, error) {
	n, err := b.from.Read(to)
	b.read += int64(n)
	b.held += int64(n)
	if used := b.a.memory.used.Add(int64(n)); used > b.a.memory.most && b.held < used {
		return n, service.ErrBusy // one that is alone may go on; it has a limit of its own
	}
	if b.read > b.a.limits.Body {
		return n, errTooLong
	}
	return n, err
}

// release gives the budget back but for what is still kept.
func (b *body) release(kept int) {
	b.a.memory.used.Add(int64(kept) - b.held)
	b.held = int64(kept)
}

func tooLong(most int64) *problem {
	return &problem{status: http.StatusRequestEntityTooLarge, code: "too_long", what: errs.Tf("the body is longer than %d bytes, unpacked", "请求内容解压后超过 %d 字节", most),
		next: errs.T("send it in several requests", "请分多次发送")}
}

// unreadable says why a body can't be read to its end.
func (a *API) unreadable(err error) *problem {
	if told := (*errs.Error)(nil); errors.As(err, &told) {
		return &problem{status: http.StatusBadRequest, code: "unreadable", what: told.What, next: told.Next}
	}
	timeout := net.Error(nil)
	switch {
	case errors.Is(err, errTooLong):
		return tooLong(a.limits.Body)
	case errors.Is(err, service.ErrBusy):
		return a.problemOf(err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return &problem{status: http.StatusRequestTimeout, code: "slow", what: errs.Tf("the body came at less than %d bytes a second", "请求内容的速度低于每秒 %d 字节", a.limits.Rate),
			next: errs.T("send fewer events in one request", "请减少一次发送的事件数")}
	case errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum):
		return &problem{status: http.StatusBadRequest, code: "unreadable", what: errs.T("the body says that it is gzip, and isn't or is damaged", "请求内容标明为 gzip，但不是或已损坏"),
			next: errs.T("pack it again, or send it unpacked without Content-Encoding", "请重新压缩，或不压缩并去掉 Content-Encoding")}
	}
	return &problem{status: http.StatusBadRequest, code: "cut_off", what: errs.T("the body can't be read to its end", "请求内容无法读完"),
		next: errs.T("send it again, whole", "请完整重发")}
}

// mediaType is that of the body, without parameters, if it is one of those
// expected.
func mediaType(r *http.Request, expected ...string) (string, *problem) {
	given := r.Header.Get("Content-Type")
	got, _, err := mime.ParseMediaType(given)
	if err == nil {
		for _, e := range expected {
			if got == e {
				return got, nil
			}
		}
	}
	list := ""
	for i, e := range expected {
		if i > 0 {
			list += ", "
		}
		list += e
	}
	return "", &problem{status: http.StatusUnsupportedMediaType, code: "content_type", what: errs.Tf("the body is said to be %q; expected %s", "请求内容标明为 %q；应为 %s", given, list),
		next: errs.T("set the header Content-Type to what the body is", "请把标头 Content-Type 设为实际类型")}
}

// readWhole reads the small body of an operation before huma does, which would
// call one that was cut off a fault of the server.
func (a *API) readWhole(w http.ResponseWriter, r *http.Request) *problem {
	if _, p := mediaType(r, "application/json"); p != nil {
		return p
	}
	text, p := a.small(w, r)
	r.Body = io.NopCloser(bytes.NewReader(text))
	return p
}

// small reads a body that holds no more than an event.
func (a *API) small(w http.ResponseWriter, r *http.Request) ([]byte, *problem) {
	b, p := a.newBody(w, r)
	if p != nil {
		return nil, p
	}
	defer b.release(0)
	text, err := io.ReadAll(io.LimitReader(b, int64(a.limits.Event)+1))
	if err != nil {
		return nil, a.unreadable(err)
	}
	if len(text) > a.limits.Event {
		return nil, tooLong(int64(a.limits.Event))
	}
	return text, nil
}
