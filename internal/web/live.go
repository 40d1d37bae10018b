package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"plumbline/internal/access"
)

// liveEvery is how often an open page is told what has changed; a stream ends after
// liveFor, and the page begins another.
const (
	liveEvery = 5 * time.Second
	liveFor   = 10 * time.Minute
)

// news is what a page shows anew while it is open. Lists don't move under whoever
// reads them: they are told that there is more.
type news struct {
	AsOf     string `json:"asof"`
	Findings string `json:"findings,omitempty"` // beside the place in the rail
	Count    int64  `json:"count"`              // of those, as a number
}

// live tells an open page what has changed, as server-sent events.
func (p *Pages) live(w http.ResponseWriter, r *http.Request) {
	v := p.view(w, r)
	if v.fault != nil || v.who == nil || unfit(v.who) {
		w.WriteHeader(http.StatusNoContent) // tells the page to ask no more
		return
	}
	control := http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	tick := time.NewTicker(liveEvery)
	defer tick.Stop()
	end := time.NewTimer(liveFor)
	defer end.Stop()
	last := ""
	for {
		text, err := p.news(v)
		if err != nil {
			return // the next page that is opened says what is wrong
		}
		if text != last {
			last = text
			_ = control.SetWriteDeadline(time.Now().Add(2 * liveEvery)) // a writer of a test has none
			if _, err := fmt.Fprintf(w, "data: %s\n\n", text); err != nil || control.Flush() != nil {
				return
			}
		}
		select {
		case <-tick.C:
		case <-end.C:
			return
		case <-r.Context().Done():
			return
		case <-p.Stop:
			return
		}
		v = p.view(w, r) // the session may have ended
		if v.fault != nil || v.who == nil {
			return
		}
	}
}

func (p *Pages) news(v *view) (string, error) {
	n := news{AsOf: v.at(v.now)}
	if v.may(access.FindingRead) {
		states, err := v.states()
		if err != nil {
			return "", err
		}
		n.Count = sum(states)
		n.Findings = v.count("findings")
	}
	text, err := json.Marshal(n)
	return string(text), err
}
