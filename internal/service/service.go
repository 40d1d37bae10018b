package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/image"
	"plumbline/internal/monitor"
	"plumbline/internal/pack"
	"plumbline/internal/reconcile"
	"plumbline/internal/rule"
	"plumbline/internal/segment"
)

// Options configure a Service.
type Options struct {
	Store Store
	Packs []*pack.Pack // in force from the beginning, where the record has none yet
	Zone  *clock.Zone
	// Now is the wall's clock and the monotonic one, in µs: how long it really
	// was since the last look shows whether the wall's was set.
	Now     func() (wall clock.Instant, mono int64)
	Log     *slog.Logger
	Version string // of the program, for documents
	Waiting int    // how many events may wait for the judge; 0: 200,000
	Cores   int    // that events are judged on; 0: as many as there are
	Garbage uint64 // bytes that may wait to be collected while much comes in; 0: 256 MB
	// Image is the file that keeps the engine between two starts; "" for none. It is
	// made anew after so many events (0: 200,000), or a part of a long record.
	Image      string
	ImageAfter int
	// LoadPack finds a pack that a caller names; paths of its choosing are not for
	// callers over the network.
	LoadPack func(name string) ([]*pack.Pack, error)
	// Refused says whether a field is about the public and never held.
	Refused func(field string) (what, whatZH string, refused bool)
	// Stamp writes into an event what the organisation says of its actor and unit
	// (org.Organisation.Stamp); nil where no organisation is known.
	Stamp func(*event.Event)
	// DropFile removes a file of the ledger, by its hash, that was erased; nil where
	// there are none.
	DropFile func(hash string) error
	// Reconcile are the comparisons of sources that the agency declares.
	Reconcile []reconcile.Rule
}

// Service takes events in and judges them. Its methods may be called from many
// goroutines.
type Service struct {
	opt   Options
	store Store
	packs []inForce
	rules []*rule.Rule
	log   *slog.Logger

	asks    chan *ask
	waiting atomic.Int64 // events that wait for the judge
	hurry   hurry
	stop    chan struct{}
	done    chan struct{}
	closing atomic.Bool
	broken  atomic.Pointer[error] // why nothing can be taken, until it is mended
	ahead   bool                  // the judge's: the engine may not say what the record says
	flights flights               // what is decided and not yet written

	cancel     context.CancelFunc // of the making of images
	wanted     chan struct{}      // that one is made
	imagerDone chan struct{}
	making     sync.Mutex                         // held while one is made
	unmake     atomic.Pointer[context.CancelFunc] // of the one that is being made
	beside     *hurry                             // of the judge beside whom this one makes an image; nil: it is the judge
	anew       bool                               // the judge's: the record was folded from its beginning, and that isn't kept yet

	mu      sync.RWMutex // what readers share with the judge
	live    *monitor.Live
	objects objectIndex
	book    *reconcile.Book // totals of sources, of the events that stand
	near    risks
	pos     Position
	sources map[int64]*sourceState
	// byToken are the sources as they stand. Who sends is looked up without waiting for
	// the judge, which has mu most of the time while much comes in.
	byToken atomic.Pointer[map[[32]byte]*Source]
	clock   steady
	file    *image.File // in which the engine's tables lie; nil where they don't
	imaged  imaged
	gone    Gone // what was erased

	cases caseIndex
	open  openFindings
}

// ask is what a face wants of the judge: events to take.
type ask struct {
	source *Source
	in     []Arrival
	part   bool // of a request of many
	out    []Outcome
	err    error
	judged chan struct{}                      // closed once it has its place in the record, written or not
	done   chan struct{}                      // closed once it is written, or can't be
	also   func(c *Commit, now clock.Instant) // what else is committed with it
	item   int64                              // the quarantined thing that it settles, 0 for none
	held   *Quarantined                       // as it lies there
	gone   bool                               // that was settled by another
	// change says which packs are to be in force from those that are; nil where an
	// ask is of something else.
	change func(have []inForce, now clock.Instant) ([]inForce, error)
	erase  *erasing // what is to be erased; nil where an ask is of something else
}

// judge notes that an ask has its place.
func (a *ask) judge() {
	select {
	case <-a.judged:
	default:
		close(a.judged)
	}
}

// short says that somebody waits for a few events and for nothing else.
func (a *ask) short() bool { return !a.part && len(a.in) <= lines }

// alone says whether an ask is judged by itself.
func (a *ask) alone() bool { return a.change != nil || a.erase != nil }

// Start folds the record into a live engine and starts the judge.
func Start(ctx context.Context, opt Options) (*Service, error) {
	if opt.Waiting == 0 {
		opt.Waiting = 200_000
	}
	s := &Service{opt: opt, store: opt.Store, log: opt.Log, asks: make(chan *ask, 1024), stop: make(chan struct{}), done: make(chan struct{}),
		sources: map[int64]*sourceState{}, wanted: make(chan struct{}, 1), imagerDone: make(chan struct{}), hurry: hurry{room: opt.Garbage}}
	if s.opt.DropFile == nil {
		s.opt.DropFile = func(string) error { return nil }
	}
	if s.opt.ImageAfter == 0 {
		s.opt.ImageAfter = imageAfter
	}
	if err := s.loadPacks(ctx); err != nil {
		return nil, err
	}
	if err := s.fold(ctx); err != nil {
		return nil, err
	}
	images, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go s.judge(images)
	go s.imager(images)
	go s.lookAtPages()
	return s, nil
}

// Close lets what waits be judged, then stops. Whatever was not answered by then
// was not taken.
func (s *Service) Close(ctx context.Context) error {
	if s.closing.CompareAndSwap(false, true) {
		s.cancel()
		close(s.stop)
	}
	select {
	case <-s.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-s.imagerDone:
	case <-ctx.Done(): // the image before stays, and nothing is lost
	}
	return nil
}

// lookAtPages looks now and then at all that is on disk: a page that went bad is
// told before somebody needs it, and nothing more is written.
func (s *Service) lookAtPages() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	for next := firstLook; ; next = nextLook {
		timer := time.NewTimer(next)
		select {
		case <-s.stop:
			timer.Stop()
			return
		case <-timer.C:
		}
		err := s.store.CheckPages(ctx)
		if err == nil {
			err = s.checkSegments(ctx)
		}
		if errors.Is(err, ErrDamaged) {
			_ = s.unusable(err)
			return
		} else if err != nil && ctx.Err() == nil {
			s.log.Warn("the pages of the record couldn't be looked at", "error", err)
		}
	}
}

// checkSegments looks at every segment: a start reads only those after the image.
func (s *Service) checkSegments(ctx context.Context) error {
	return s.store.Segments(ctx, 0, func(seg *Segment) error {
		if err := segment.Check(seg.Body); err != nil {
			return seg.Damaged(err)
		}
		return ctx.Err()
	})
}

// When the pages are looked at: once what follows a start is over, and daily.
const (
	firstLook = 10 * time.Minute
	nextLook  = 24 * time.Hour
)

// Gauges are the figures that are watched.
func (s *Service) Gauges(ctx context.Context) (Gauges, error) {
	s.mu.RLock()
	g := Gauges{Queue: int(s.waiting.Load()), Segments: s.pos.Segment}
	s.mu.RUnlock()
	var err error
	g.Findings, err = s.store.FindingCounts(ctx)
	return g, err
}

// Ready says whether events are taken; the error is for whoever looks after the
// machine.
func (s *Service) Ready() error {
	if p := s.broken.Load(); p != nil {
		return *p
	}
	if s.closing.Load() {
		return ErrClosing
	}
	return nil
}

// Take hands events of one source to the judge and waits until they are
// committed. Each has an outcome, in their order. The error says that nothing
// was taken, or that nobody knows: then they can be sent again, since what was
// taken already is only counted as a repetition.
func (s *Service) Take(ctx context.Context, source *Source, in []Arrival) ([]Outcome, error) {
	written, err := s.Hand(ctx, source, in, false)
	if err != nil {
		return nil, err
	}
	return written(ctx)
}

// Written waits until what was handed over is committed, and gives what became of it.
type Written func(context.Context) ([]Outcome, error)

// Hand hands events to the judge and waits until they are judged: what is handed over
// next comes after them, and can be while they are written. Only what it gives says
// whether they were, as [Service.Take] does. A part is one of several of the same request:
// however few its events are, nobody waits for them alone.
func (s *Service) Hand(ctx context.Context, source *Source, in []Arrival, part bool) (Written, error) {
	a := &ask{source: source, in: in, part: part}
	if err := s.hand(ctx, a); err != nil {
		return nil, err
	}
	written := func(ctx context.Context) ([]Outcome, error) {
		if err := s.written(ctx, a); err != nil {
			return nil, err // the judge may still be writing a.out
		}
		return a.out, nil
	}
	return written, s.until(ctx, a, a.judged)
}

// Brief says that somebody sends single events, or did a short while ago: who has many to
// hand over then hands over few at once.
func (s *Service) Brief() bool { return s.flights.brief() }

// ask hands something to the judge and waits until it is committed.
func (s *Service) ask(ctx context.Context, a *ask) error {
	if err := s.hand(ctx, a); err != nil {
		return err
	}
	return s.written(ctx, a)
}

// written waits until an ask is committed, or can't be.
func (s *Service) written(ctx context.Context, a *ask) error {
	if err := s.until(ctx, a, a.done); err != nil {
		return err
	}
	return a.err
}

// until waits for what the judge does with an ask.
func (s *Service) until(ctx context.Context, a *ask, event <-chan struct{}) error {
	select {
	case <-event:
		return nil
	case <-s.done:
		select {
		case <-a.done: // it was the last
			return nil
		default:
			return ErrClosing
		}
	case <-ctx.Done():
		return fmt.Errorf("the answer came too late to be waited for; it may have been done: %w", ctx.Err())
	}
}

// hand gives something to the judge.
func (s *Service) hand(ctx context.Context, a *ask) error {
	if err := s.Ready(); err != nil {
		return err
	}
	a.judged, a.done = make(chan struct{}), make(chan struct{})
	n := int64(len(a.in))
	// One that alone is more than may wait is taken where nothing else waits.
	if all := s.waiting.Add(n); all > int64(s.opt.Waiting) && all > n {
		s.waiting.Add(-n)
		return ErrBusy
	}
	select {
	case s.asks <- a:
		return nil
	case <-s.stop:
		s.waiting.Add(-n)
		return ErrClosing
	case <-ctx.Done():
		s.waiting.Add(-n)
		return ctx.Err()
	}
}

// newLive makes an engine for the rules in force.
func (s *Service) newLive() *monitor.Live {
	return monitor.NewLive(s.rules, s.liveOptions())
}

func (s *Service) liveOptions() monitor.LiveOptions {
	return monitor.LiveOptions{Zone: s.opt.Zone, Schema: s.schema(), Same: sameAsSent, Figures: true, Workers: s.opt.Cores}
}

// tickEvery is how often the clock moves where no event does it.
const tickEvery = time.Second
