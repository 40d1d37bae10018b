package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/service"
)

// A piece of work that may take longer than somebody waits for a page, since it judges
// the whole record, goes on by itself: whoever asked for it is sent to a page that says
// how far it is, and becomes what came of it. To close that page stops nothing.

// work is such a piece of work.
type work struct {
	ticket, account string
	place, title    string        // of the page: in the rail, and the key of its words
	may             access.Action // without which nobody sees what came of it
	begun           time.Time
	done            chan struct{} // closed once there is a result
	result          answer

	mu    sync.Mutex
	share float64
}

func (w *work) tell(share float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.share = max(w.share, share)
}

// percent is how much is done.
func (w *work) percent() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return min(1, w.share)
}

// value is the same as a page's bar has it.
func (w *work) value() string { return strconv.FormatFloat(w.percent(), 'f', 3, 64) }

// over says whether there is a result.
func (w *work) over() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

const (
	// patience is how long a request waits before it is sent to the page of progress.
	patience = 700 * time.Millisecond
	// keptFor is how long a result stays.
	keptFor = 15 * time.Minute
)

// works are all those that go on or whose results are kept.
type works struct {
	mu   sync.Mutex
	list []*work
}

// begin adds one, unless the account has one under way: then it is that.
func (ws *works) begin(w *work) (is *work, fresh bool) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	kept := ws.list[:0]
	for _, old := range ws.list {
		if !old.over() || w.begun.Sub(old.begun) < keptFor {
			kept = append(kept, old)
		}
	}
	clear(ws.list[len(kept):])
	ws.list = kept
	for _, old := range ws.list {
		if old.account == w.account && !old.over() {
			return old, false
		}
	}
	ws.list = append(ws.list, w)
	return w, true
}

// of is an account's own; nil where it has none by this ticket.
func (ws *works) of(ticket, account string) *work {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, w := range ws.list {
		if w.ticket == ticket && w.account == account {
			return w
		}
	}
	return nil
}

// awaited answers with what run gives: at once where that is soon, else on a page of
// its own. What run is given isn't over with the request. An account does one at a
// time: who asks for another is sent to the first.
func (p *Pages) awaited(v *view, title string, may access.Action, run func(ctx context.Context) answer) (templ.Component, error) {
	w := &work{ticket: rand.Text(), account: v.who.Account, place: v.place, title: title, may: may, begun: time.Now(), done: make(chan struct{})}
	w, fresh := p.works.begin(w)
	if fresh {
		ctx := service.WithProgress(context.WithoutCancel(v.r.Context()), w.tell)
		go func() {
			defer close(w.done)
			defer func() { // nobody else catches it here, and the service is to live on
				if fault := recover(); fault != nil {
					err := fmt.Errorf("%v\n%s", fault, debug.Stack())
					w.result = func(*view) (templ.Component, error) { return nil, err }
				}
			}()
			w.result = run(ctx)
		}()
		select {
		case <-w.done:
			return w.result(v)
		case <-time.After(patience):
		}
	}
	return nil, redirect("/work/" + w.ticket)
}

// workPage says how far a piece of work is, or what came of it.
func (p *Pages) workPage(v *view) (templ.Component, error) {
	w := p.works.of(v.r.PathValue("ticket"), v.who.Account)
	if w == nil {
		return nil, errNone
	}
	if err := v.mustAtAll(w.may); err != nil {
		return nil, err
	}
	v.place, v.title = w.place, v.T(w.title)
	if !w.over() {
		return waitPage(v, w), nil
	}
	return w.result(v)
}
