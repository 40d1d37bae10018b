package feed

import (
	"context"
	"errors"
	"slices"
	"time"

	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// Taker takes events in (service.Service).
type Taker interface {
	SourceNamed(name string) *service.Source
	Take(ctx context.Context, source *service.Source, in []service.Arrival) ([]service.Outcome, error)
}

const (
	batchSize  = 1000
	busyAgain  = time.Second // after which a busy service is asked again
	faultsKept = 1000        // how many faults a receipt lists
)

// Fault is an event that was not taken.
type Fault struct {
	Line    int    `json:"line,omitempty"` // of a file where each row has one
	Row     int    `json:"row,omitempty"`  // of a table; else the number among the events
	ID      string `json:"id,omitempty"`
	Outcome string `json:"outcome"`
	Code    string `json:"code"`
	Why     string `json:"why"`
	WhyZH   string `json:"why_zh"`
}

// Tally is what became of the events of a file or of one asking.
type Tally struct {
	Events   int            `json:"events"`
	Outcomes map[string]int `json:"outcomes"`
	Faults   []Fault        `json:"faults,omitempty"`
	More     int            `json:"more_faults,omitempty"` // beyond those listed
}

// giver hands events over in batches.
type giver struct {
	to     Taker
	source *service.Source
	batch  []service.Arrival
	places []errs.Place
	tally  Tally
}

func newGiver(to Taker, name string) (*giver, error) {
	src := to.SourceNamed(name)
	if src == nil {
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("there is no source %q", "没有来源 %q", name),
			Next: errs.Tf("add it: plumbline source add --data DIR %s", "请先添加：plumbline source add --data 目录 %s", name)}
	}
	return &giver{to: to, source: src, tally: Tally{Outcomes: map[string]int{}}}, nil
}

// add hands an event over, with its batch once that is full.
func (g *giver) add(ctx context.Context, in service.Arrival, at errs.Place) error {
	g.batch, g.places = append(g.batch, in), append(g.places, at)
	if len(g.batch) < batchSize {
		return nil
	}
	return g.flush(ctx)
}

// flush hands over what there is and returns once it is committed. A service that
// has as much to do as it may is asked again.
func (g *giver) flush(ctx context.Context) error {
	if len(g.batch) == 0 {
		return nil
	}
	out, err := g.to.Take(ctx, g.source, g.batch)
	for errors.Is(err, service.ErrBusy) {
		if err := pause(ctx, busyAgain); err != nil {
			return err
		}
		out, err = g.to.Take(ctx, g.source, g.batch)
	}
	if err != nil {
		return &notTaken{err}
	}
	if full := slices.IndexFunc(out, func(o service.Outcome) bool { return o.Code == service.CodeQuarantineFull }); full >= 0 {
		return &notTaken{&errs.Error{Code: errs.Input, Place: g.places[full],
			What: errs.Tf("the quarantine of the source %s is full", "来源 %s 的隔离区已满", g.source.Name),
			Next: errs.T("mend or set aside what waits there; reading goes on by itself then", "请改正或搁置其中待处理的内容，之后会自动继续")}}
	}
	for i := range out {
		g.count(&out[i], g.batch[i].Err, g.places[i])
	}
	clear(g.batch)
	g.batch, g.places = g.batch[:0], g.places[:0]
	return nil
}

func (g *giver) count(out *service.Outcome, unread error, at errs.Place) {
	g.tally.Events++
	g.tally.Outcomes[out.Outcome]++
	if out.Outcome != "refused" && out.Outcome != "quarantined" {
		return
	}
	if len(g.tally.Faults) == faultsKept {
		g.tally.More++
		return
	}
	f := Fault{Line: at.Line, Row: at.Row, ID: out.ID, Outcome: out.Outcome, Code: out.Code, Why: out.Why, WhyZH: out.WhyZH}
	if e := (*errs.Error)(nil); errors.As(unread, &e) { // a fault of reading is said in both languages
		f.Why, f.WhyZH = e.What.En, e.What.Zh
	}
	g.tally.Faults = append(g.tally.Faults, f)
}

// notTaken is that the service took nothing: it stops, or can't write. What was to
// be given stays where it is.
type notTaken struct{ err error }

// Error says what the service said.
func (e *notTaken) Error() string { return e.err.Error() }

// Unwrap gives it.
func (e *notTaken) Unwrap() error { return e.err }

// pause waits, or returns the error of a context that ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
