package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/eventio/jsonl"
	"plumbline/internal/service"
)

const (
	typeJSON       = "application/json"
	typeLines      = "application/x-ndjson"
	typeCloud      = "application/cloudevents+json"
	typeCloudBatch = "application/cloudevents-batch+json"
)

// A batch is what is handed to the service at once: so much that a commit pays,
// so little that a single event beside it isn't kept waiting. A body that is no longer
// than one comes to one commit, whatever its time; of a longer one there are as many
// events in a batch as are judged in batchTime, which are fewer where they are old and
// in no order, and in a burst's first seconds after a start. While nobody sends single
// events, there are more: what a commit costs besides its events is then shared by
// quietTimes as many.
const (
	batchEvents = 250
	batchLeast  = 65 // fewer count as somebody's single events
	batchBytes  = 1 << 20
	batchTime   = 3500 * time.Microsecond
	quietTimes  = 8
	longBody    = 256 << 10 // bytes from which on a body is more than a batch
)

// nextBatch is how many events the next batch of a long body has, after one of n took
// so long, with others' single events beside it or none.
func nextBatch(before, n int, took time.Duration, brief bool) int {
	most, room := batchEvents, batchTime
	if !brief {
		most, room = most*quietTimes, room*quietTimes
	}
	could := most
	if took > 0 {
		could = min(most, max(batchLeast, int(int64(n)*int64(room)/int64(took))))
	}
	return min(most, (before+could)/2)
}

// receiptBody answers a request whose events were all looked at.
type receiptBody struct {
	Outcomes []outcomeBody  `json:"outcomes" nullable:"false" doc:"What became of each event, in their order"`
	Counts   map[string]int `json:"counts" doc:"How many had each outcome"`
}

// outcomeBody is what became of one event.
type outcomeBody struct {
	ID      string `json:"id,omitempty" doc:"The event's id: the one given, else the one from its content; none where it can't be read"`
	Outcome string `json:"outcome" enum:"taken,repeated,corrected,held,waiting,quarantined,refused" doc:"taken: new, and kept. repeated: the same came before. corrected: it changed another. held: kept, and judged when its time has come: it is dated a little ahead. waiting: a correction whose event isn't there yet. quarantined: kept apart until it is mended. refused: not kept"`
	Code    string `json:"code,omitempty" doc:"Why, for programs, where it was refused or quarantined"`
	Why     string `json:"why,omitempty" doc:"Why, in words"`
}

func outcomeOf(o *service.Outcome, lang errs.Lang) outcomeBody {
	return outcomeBody{ID: o.ID, Outcome: o.Outcome, Code: o.Code, Why: errs.T(o.Why, o.WhyZH).In(lang)}
}

// postEvents takes events in.
func (a *API) postEvents(w http.ResponseWriter, r *http.Request) {
	receipt, p := a.takeEvents(w, r)
	if p != nil {
		p.write(w, r)
		return
	}
	w.Header().Set("Content-Type", typeJSON)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(receipt) // a caller that is gone is no fault, and can send again
}

func (a *API) takeEvents(w http.ResponseWriter, r *http.Request) (*receiptBody, *problem) {
	asks, p := a.caller(r, access.EventSend)
	if p != nil {
		return nil, p
	}
	kind, p := mediaType(r, typeJSON, typeLines, typeCloud, typeCloudBatch)
	if p != nil {
		return nil, p
	}
	if r.Header.Get("Ce-Specversion") != "" {
		return nil, &problem{status: http.StatusUnsupportedMediaType, code: "content_type", what: errs.T("a CloudEvent whose attributes are headers (binary mode)", "属性放在标头中的 CloudEvent（二进制模式）"),
			next: errs.T("send it structured, as "+typeCloud, "请用结构化模式发送："+typeCloud)}
	}
	b, p := a.newBody(w, r)
	if p != nil {
		return nil, p
	}
	defer b.release(0)
	in := &intake{a: a, r: r, account: asks.who.Account, source: asks.source, body: b, split: jsonl.NewSplitter(b, a.limits.Event, kind == typeLines),
		parse: reader{jsonl.NewParser(a.zone), kind == typeCloud || kind == typeCloudBatch}}
	in.most = batchEvents
	if most, ok := a.batches.Load(asks.who.Account); ok && (r.ContentLength < 0 || r.ContentLength > longBody) {
		if in.most = most.(int); a.service.Brief() {
			in.most = min(in.most, batchEvents)
		}
	}
	p = in.run()
	if seen, ok := r.Context().Value(seenKey{}).(*seen); ok {
		seen.events = in.known
	}
	if p != nil {
		p.outcomes = slices.Concat(in.out...)
		return nil, p
	}
	receipt := &receiptBody{Outcomes: make([]outcomeBody, 0, in.known), Counts: map[string]int{}}
	lang := languageOf(r.Header.Get("Accept-Language"))
	for _, out := range in.out {
		for i := range out {
			receipt.Outcomes = append(receipt.Outcomes, outcomeOf(&out[i], lang))
			receipt.Counts[out[i].Outcome]++
		}
	}
	return receipt, nil
}

// intake is the taking in of one request.
type intake struct {
	a       *API
	r       *http.Request
	source  *service.Source
	body    *body
	split   *jsonl.Splitter
	parse   reader
	batch   []service.Arrival
	bytes   int
	most    int                 // events of a batch
	account string              // who sends
	seen    int                 // events of the body so far
	under   []*taking           // the batches before, while this one is read: at most underWay
	out     [][]service.Outcome // batch by batch
	known   int                 // how many they are
}

// taking is a batch that the service has.
type taking struct {
	batch []service.Arrival
	bytes int
	out   []service.Outcome
	err   error
	turn  time.Duration // until it was judged
	spent time.Duration // until it was written
	// judged is closed once what is handed over next comes after it, done once it is
	// written, or can't be.
	judged, done chan struct{}
}

// batches are lists of arrivals that were taken, for those to come: one for each would be
// a tenth of all memory that a burst asks for.
var batches sync.Pool

func newBatch() []service.Arrival {
	if b, ok := batches.Get().(*[]service.Arrival); ok {
		return *b
	}
	return make([]service.Arrival, 0, batchEvents)
}

// keepBatch keeps the room of a list that the service has done with. One that failed, or
// that nobody waited for, isn't given to it: the judge may still read that.
func keepBatch(b []service.Arrival) {
	clear(b)
	b = b[:0]
	batches.Put(&b)
}

// underWay is how many batches of one body the service has at once: some that are
// written, and some that are judged meanwhile.
const underWay = 8

// run takes all events of the body. What was taken before a fault stays so, and
// is in out.
func (in *intake) run() *problem {
	p := in.read()
	var failed *problem
	for len(in.under) > 0 { // all of them, as nothing may go on once it is answered
		if last := in.took(); failed == nil {
			failed = last
		}
	}
	if failed != nil {
		return failed
	}
	return p
}

// read reads the body and hands it over batch by batch.
func (in *intake) read() *problem {
	for {
		text, fault, err := in.split.Next()
		if err != nil {
			if p := in.take(); p != nil { // what came whole isn't lost with what didn't
				return p
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return in.a.unreadable(err)
		}
		if in.seen++; in.seen > in.a.limits.Events {
			if p := in.take(); p != nil {
				return p
			}
			return &problem{status: http.StatusRequestEntityTooLarge, code: "too_many", what: errs.Tf("more than %d events in one request", "一次请求超过 %d 个事件", in.a.limits.Events),
				next: errs.T("send the rest in another request", "请在另一次请求中发送其余事件")}
		}
		text = bytes.Clone(text) // the event's strings are views of it
		arrival := service.Arrival{Raw: text}
		if fault == nil {
			arrival.Event, fault = in.parse.event(text)
		}
		if fault != nil {
			arrival.Err = fault
		}
		if in.batch == nil {
			in.batch = newBatch()
		}
		in.batch = append(in.batch, arrival)
		if in.bytes += len(text); len(in.batch) >= in.most || in.bytes >= batchBytes {
			if p := in.take(); p != nil {
				return p
			}
		}
	}
}

// take hands the batch to the service once that has judged the one before, and doesn't
// wait: the disk writes this one while the next is read.
func (in *intake) take() *problem {
	if p := in.wait(); p != nil || len(in.batch) == 0 {
		return p
	}
	part := len(in.under) > 0 || in.known > 0
	t := &taking{batch: in.batch, bytes: in.bytes, judged: make(chan struct{}), done: make(chan struct{})}
	in.under, in.batch, in.bytes = append(in.under, t), nil, 0
	go func() {
		defer close(t.done)
		began := time.Now()
		written, err := in.a.service.Hand(in.r.Context(), in.source, t.batch, part)
		t.turn = time.Since(began)
		close(t.judged)
		if t.err = err; err == nil {
			t.out, t.err = written(in.r.Context())
		}
		t.spent = time.Since(began)
	}()
	return nil
}

// wait makes room for one batch more among those under way, and waits until all of them
// are judged.
func (in *intake) wait() (p *problem) {
	for p == nil && len(in.under) >= underWay {
		p = in.took()
	}
	if p == nil && len(in.under) > 0 {
		in.pause(in.under[len(in.under)-1].judged)
	}
	return p
}

// pause waits for something that isn't the body's fault.
func (in *intake) pause(event <-chan struct{}) {
	began := time.Now()
	<-event
	in.body.paused(time.Since(began))
}

// took notes what became of the oldest batch that the service has.
func (in *intake) took() *problem {
	t := in.under[0]
	in.under = in.under[1:]
	in.pause(t.done)
	if t.err != nil {
		return in.a.problemOf(t.err)
	}
	in.a.metrics.took(in.source.Name, t.out, t.spent)
	for i := range t.out { // the service keeps reasons in English; a fault of reading has both
		if fault := (*errs.Error)(nil); errors.As(t.batch[i].Err, &fault) {
			t.out[i].Why, t.out[i].WhyZH = fault.In(errs.En), fault.In(errs.Zh)
		}
	}
	in.out, in.known = append(in.out, t.out), in.known+len(t.out)
	if in.seen > batchEvents {
		in.most = nextBatch(in.most, len(t.batch), t.turn, in.a.service.Brief())
		in.a.batches.Store(in.account, in.most)
	}
	keepBatch(t.batch)
	kept := in.split.Buffered() + in.bytes
	for _, t := range in.under {
		kept += t.bytes
	}
	in.body.release(kept)
	return nil
}
