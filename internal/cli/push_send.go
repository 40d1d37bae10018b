package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"

	"plumbline/internal/errs"
)

// sender sends events in batches and tries again while there is hope. That is
// harmless: an event that the service has already is a repetition.
type sender struct {
	c        *call
	url      string // "": nothing is sent
	token    string
	most     int // events of a batch
	patience time.Duration
	pause    func(time.Duration)
	show     func(events int) // may be nil

	client   http.Client
	batch    [][]byte
	bytes    int
	events   int // answered
	requests int
	counts   map[string]int
	told     int // of those that were not taken
}

// batchBytes bounds a request where events are long.
const batchBytes = 4 << 20

// add takes a line into the batch.
func (s *sender) add(line []byte) error {
	s.batch = append(s.batch, bytes.Clone(line))
	if s.bytes += len(line); len(s.batch) < s.most && s.bytes < batchBytes {
		return nil
	}
	return s.flush()
}

// flush sends the batch.
func (s *sender) flush() error {
	batch := s.batch
	s.batch, s.bytes = nil, 0
	if len(batch) == 0 {
		return nil
	}
	if s.url == "" {
		s.requests++
		s.events += len(batch)
		return nil
	}
	return s.send(batch)
}

// send sends until all of a batch is answered.
func (s *sender) send(batch [][]byte) error {
	const first, longest = 500 * time.Millisecond, 30 * time.Second
	lost, wait := time.Duration(0), first // lost: time in which nothing got through
	for {
		began := time.Now()
		a, err := s.post(batch)
		s.requests++
		s.answered(a.Outcomes)
		if err == nil {
			return nil
		}
		if n := len(a.Outcomes); n > 0 { // it got on, and the rest is to be sent
			batch, lost, wait = batch[n:], 0, first
		}
		switch {
		case len(batch) == 0:
			return nil
		case a.status == http.StatusRequestEntityTooLarge && len(batch) > 1:
			if err := s.send(batch[:len(batch)/2]); err != nil {
				return err
			}
			return s.send(batch[len(batch)/2:])
		case !a.again || lost >= s.patience:
			return s.failed(a, err)
		}
		pause := max(a.after, wait/2+rand.N(wait/2)) // not all that were turned away come back at once
		s.pause(pause)
		lost += time.Since(began) + pause
		wait = min(2*wait, longest)
	}
}

// reply is what a service answered.
type reply struct {
	Code     string
	Detail   string
	Next     string
	Outcomes []struct{ ID, Outcome, Code, Why string }

	status int
	after  time.Duration // Retry-After
	again  bool          // another try may help
}

// post sends a batch once. The error says what went wrong; reply.again whether it
// may pass.
func (s *sender) post(batch [][]byte) (reply, error) {
	a := reply{again: true}
	var body bytes.Buffer
	z, err := gzip.NewWriterLevel(&body, gzip.BestSpeed)
	if err != nil {
		return reply{}, err
	}
	for _, line := range batch {
		if _, err := z.Write(line); err != nil {
			return reply{}, err
		}
	}
	if err := z.Close(); err != nil {
		return reply{}, err
	}
	r, err := http.NewRequest(http.MethodPost, s.url, &body)
	if err != nil {
		return reply{}, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.Header.Set("Content-Encoding", "gzip")
	r.Header.Set("Accept-Language", string(s.c.lang))
	w, err := s.client.Do(r)
	if err != nil {
		return a, err
	}
	defer w.Body.Close()
	a.status = w.StatusCode
	a.again = w.StatusCode == http.StatusTooManyRequests || w.StatusCode == http.StatusRequestTimeout || w.StatusCode >= 500
	if n, err := strconv.Atoi(w.Header.Get("Retry-After")); err == nil && n > 0 {
		a.after = min(time.Duration(n)*time.Second, time.Minute)
	}
	text, err := io.ReadAll(io.LimitReader(w.Body, 256<<20))
	if err != nil {
		a.again = true
		return a, fmt.Errorf("reading the answer: %w", err)
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return a, fmt.Errorf("%s answered with something else than JSON", w.Status)
	}
	if len(a.Outcomes) > len(batch) || w.StatusCode == http.StatusOK && len(a.Outcomes) < len(batch) {
		a.Outcomes = nil
		return a, errors.New("it answered for another number of events than were sent")
	}
	if w.StatusCode != http.StatusOK {
		return a, fmt.Errorf("%s: %s", w.Status, a.Detail)
	}
	return a, nil
}

// answered counts what became of events, and says of the first that were not
// taken why.
func (s *sender) answered(list []struct{ ID, Outcome, Code, Why string }) {
	const most = 20
	s.events += len(list)
	for _, o := range list {
		s.counts[o.Outcome]++
		if o.Outcome != "quarantined" && o.Outcome != "refused" {
			continue
		}
		if s.told++; s.told <= most {
			s.c.warn(fmt.Sprintf("%s: %s", o.ID, o.Why))
		}
		if s.told == most+1 {
			s.c.warn(s.c.say("more weren't taken; GET /api/v1/quarantine lists what waits", "还有更多未接收；可用 GET /api/v1/quarantine 查看"))
		}
	}
	if s.show != nil && len(list) > 0 {
		s.show(len(list))
	}
}

// failed is why sending ended. What was answered stays; to push the same again
// goes on from there.
func (s *sender) failed(a reply, err error) error {
	e := &errs.Error{Code: errs.Internal, Err: err, Place: errs.Place{File: s.url},
		What: errs.Tf("the events don't get through: %v", "事件无法送达：%v", err),
		Next: errs.T("push the same again later: what was taken counts once", "请稍后重新发送相同内容：已接收的不会重复计入")}
	switch {
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		e.Code, e.What, e.Next = errs.Usage, errs.T(a.Detail, a.Detail), errs.T(a.Next, a.Next)
	case a.status == http.StatusNotFound || a.status == http.StatusOK:
		e.Code, e.Next = errs.Usage, errs.T("check --url: is this the service?", "请检查 --url：是否为准绳服务？")
	case a.status != 0 && !a.again && a.Detail != "":
		e.What, e.Next = errs.T(a.Detail, a.Detail), errs.T(a.Next, a.Next)
	}
	return e
}
