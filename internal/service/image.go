package service

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"plumbline/internal/event"
	"plumbline/internal/image"
	"plumbline/internal/monitor"
)

// An image keeps the engine beside the record, so that a start folds only what came
// after it. It is a cache: one that is damaged, of other rules or of another record
// is left aside, and the record is folded anew.
//
// Images are made beside the judge, from the image before and the segments since, so
// that nothing waits for one; where the whole record was folded anew, which holds the
// judge up for longer, what was folded is written at once.

// imageForm changes with what the service itself puts into an image.
const imageForm = 2

const (
	imageAfter     = 200_000 // events since the last image
	imageShare     = 40      // or this part of the record
	imageSegments  = 100_000 // or segments, each of which costs a start some time
	imageOverdue   = 4       // how many times that where it is never quiet
	imageFolded    = 16_384  // events that are folded at a time
	imageBeside    = 512     // the same beside the judge
	imageSynced    = 4 << 20
	imageBytes     = 128 // that an event takes, about
	imageTemporary = ".new"
)

// imageHead is what an image holds besides the engine.
type imageHead struct {
	Form, Engine int
	Rules        [32]byte // what decides how events are judged
	Segment      int64    // the last one that was folded
	Last         [32]byte // of that segment
	Rows         int      // of the index of objects
	Erasures     int      // that there had been
}

// folded is an engine with its place in the record.
type folded struct {
	live    *monitor.Live
	objects objectIndex
	segment int64
	file    *image.File // which its tables may lie in
}

// imaged is how far the newest image goes.
type imaged struct {
	events  int
	segment int64
}

// judgedBy is a digest of all that decides what the engine makes of events: the
// rules, the zone and the engine itself.
func (s *Service) judgedBy() [32]byte {
	h := sha256.New()
	say := func(parts ...any) {
		for _, p := range parts {
			fmt.Fprintf(h, "%q\n", fmt.Sprint(p))
		}
	}
	say(imageForm, monitor.ImageForm, engine(), s.opt.Zone.Name())
	for _, p := range s.packs {
		say(p.PackInForce.Name, p.PackInForce.Version, p.RulesFile, p.From, p.HasFrom, p.To, p.HasTo)
		for _, name := range slices.Sorted(maps.Keys(p.PackInForce.Files)) {
			say(name, p.PackInForce.Files[name])
		}
	}
	return [32]byte(h.Sum(nil))
}

// lastOf is a digest of one segment: records that have the same are the same so far.
func (s *Service) lastOf(ctx context.Context, number int64) ([32]byte, error) {
	var sum [32]byte
	err := s.store.Segments(ctx, number-1, func(seg *Segment) error {
		b := binary.BigEndian.AppendUint64(nil, uint64(seg.Received))
		sum = sha256.Sum256(append(b, seg.Body...))
		return errEnough
	})
	if err == errEnough {
		err = nil
	}
	return sum, err
}

// fromImage is the engine as the image has it, nil where there is none that can be
// used; the reason is logged.
func (s *Service) fromImage(ctx context.Context, pos Position) *folded {
	if s.opt.Image == "" || pos.Segment == 0 {
		return nil
	}
	f, err := s.openImage(ctx, pos)
	switch {
	case err == nil:
		return f
	case errors.Is(err, errErased):
		s.dropImage()
		s.log.Info("the image held what was erased since, and is removed; the record is folded anew", "image", s.opt.Image)
	case !errors.Is(err, fs.ErrNotExist):
		s.log.Warn("the image can't be used; the record is folded anew", "image", s.opt.Image, "reason", err)
	}
	return nil
}

var errErased = errors.New("it holds what was erased since")

func (s *Service) openImage(ctx context.Context, pos Position) (*folded, error) {
	var giveWay func()
	if s.beside != nil {
		giveWay = func() { s.beside.giveWay(ctx) }
	}
	im, err := image.Open(s.opt.Image, giveWay)
	if err != nil {
		return nil, err
	}
	f, err := s.readImage(ctx, im, pos)
	if err != nil {
		return nil, errors.Join(err, im.Close())
	}
	return f, nil
}

func (s *Service) readImage(ctx context.Context, im *image.File, pos Position) (*folded, error) {
	var h imageHead
	if image.Get(im, "service", &h); im.Err() != nil {
		return nil, im.Err()
	}
	switch {
	case h.Form != imageForm || h.Engine != monitor.ImageForm:
		return nil, errors.New("it is of another form")
	case h.Erasures != len(s.gone.At):
		return nil, errErased
	case h.Rules != s.judgedBy():
		return nil, errors.New("it was made by other rules, or by another engine")
	case h.Segment > pos.Segment:
		return nil, fmt.Errorf("it is ahead of the record: segment %d of %d", h.Segment, pos.Segment)
	}
	if last, err := s.lastOf(ctx, h.Segment); err != nil {
		return nil, err
	} else if last != h.Last {
		return nil, errors.New("it is of another record")
	}
	live, err := monitor.LoadLive(im, s.rules, s.liveOptions())
	if err != nil {
		return nil, err
	}
	if live.Now() > pos.Now || live.W() > pos.W {
		return nil, errors.New("it is ahead of the record's time")
	}
	f := &folded{live: live, segment: h.Segment, file: im}
	f.objects = objectIndex{head: image.Section[uint32](im, "object heads"), ties: image.Section[tie](im, "object ties"), rows: h.Rows}
	return f, im.Err()
}

// advance folds the segments up to a position, many at a time, while the next ones
// are decoded. T goes with them; W waits for the end.
func (s *Service) advance(ctx context.Context, f *folded, to Position, names map[int64]string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type chunk struct {
		events []event.Event
		last   Segment
	}
	chunks, failed := make(chan chunk, 1), error(nil)
	go func() {
		defer close(chunks)
		var c chunk
		send := func() error {
			select {
			case chunks <- c:
				c = chunk{events: make([]event.Event, 0, len(c.events)+len(c.events)/8)}
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		failed = s.store.Segments(ctx, f.segment, func(seg *Segment) error {
			if seg.Number > to.Segment {
				return errEnough
			}
			events, err := decoded(seg, names)
			if err != nil {
				return err
			}
			c.events, c.last = append(c.events, events...), *seg
			c.last.Body = nil
			if n := len(c.events); n < imageBeside || n < imageFolded && s.beside == nil {
				return nil
			}
			return send()
		})
		if failed == nil || failed == errEnough {
			failed = send()
		}
	}()
	var err error
	for c := range chunks {
		if err == nil && len(c.events) > 0 {
			if err = f.fold(c.events, &c.last, to); err != nil {
				cancel()
			}
			s.beside.giveWay(ctx)
		}
	}
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	f.live.Quietly(func() {
		if to.Now != 0 {
			f.live.Resume(to.Now, to.W)
		}
	})
	return nil
}

// fold takes events of segments, the last of which is given.
func (f *folded) fold(events []event.Event, last *Segment, to Position) (err error) {
	f.live.Quietly(func() {
		now, w := min(last.Now, to.Now), f.live.W()
		if f.live.Log().Rows() == 0 {
			w = min(now, to.W)
		}
		f.live.Resume(now, w)
		receipts, _ := f.live.Apply(events)
		for i, r := range receipts {
			if r.Outcome == monitor.Refused && err == nil {
				err = fmt.Errorf("segment %d or one before it, event %q: %w", last.Number, events[i].ID, r.Err)
			}
		}
	})
	f.objects.follow(f.live.Log())
	f.segment = last.Number
	return err
}

// wantImage asks for a new image where a start would otherwise fold for long.
func (s *Service) wantImage() {
	if s.opt.Image == "" || s.broken.Load() != nil {
		return
	}
	s.mu.RLock()
	events, segments := s.live.Log().Rows()-s.imaged.events, s.pos.Segment-s.imaged.segment
	need := max(s.opt.ImageAfter, s.live.Log().Rows()/imageShare)
	s.mu.RUnlock()
	quiet := !s.hurry.is() && s.waiting.Load() == 0
	if quiet && (events >= need || segments >= imageSegments) || events >= imageOverdue*need || segments >= imageOverdue*imageSegments {
		select {
		case s.wanted <- struct{}{}:
		default: // one is being made
		}
	}
}

// imager makes images beside the judge.
func (s *Service) imager(ctx context.Context) {
	defer close(s.imagerDone)
	for {
		select {
		case <-s.wanted:
			s.making.Lock()
			c, cancel := context.WithCancel(ctx)
			s.unmake.Store(&cancel)
			err := s.makeImage(c)
			cancel()
			s.making.Unlock()
			if err != nil && ctx.Err() == nil {
				s.log.Warn("no new image was made; the next start takes longer", "image", s.opt.Image, "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// makeImage goes on from the image that is there, in an engine of its own.
func (s *Service) makeImage(ctx context.Context) error {
	pos, err := s.store.Position(ctx)
	if err != nil || pos.Segment == 0 { // the first is still being written
		return err
	}
	s.mu.Lock()
	other := &Service{opt: s.opt, store: s.store, log: s.log, packs: s.packs, rules: s.rules, gone: s.gone, beside: &s.hurry}
	names := s.names()
	s.imaged = imaged{s.live.Log().Rows(), pos.Segment} // also where it fails: not again at once
	s.mu.Unlock()
	f := other.fromImage(ctx, pos)
	if f == nil {
		f = &folded{live: other.newLive()}
	}
	if err = other.advance(ctx, f, pos, names); err == nil {
		err = other.writeImage(ctx, f)
	}
	if f.file != nil {
		err = errors.Join(err, f.file.Close())
	}
	return err
}

// keepFolded writes what was just folded from the beginning, where that took long:
// nobody is to wait for it again. It is called between two steps of the judge.
func (s *Service) keepFolded(ctx context.Context) {
	if s.opt.Image == "" || !s.anew || s.broken.Load() != nil || s.live.Now() != s.pos.Now { // T of a quiet tick is committed within the minute
		return
	}
	if s.landAll() != nil {
		return
	}
	s.anew = false
	if s.live.Log().Rows() < s.opt.ImageAfter {
		return
	}
	if cancel := s.unmake.Load(); cancel != nil {
		(*cancel)() // what is being made is of the rules of before
	}
	s.making.Lock()
	defer s.making.Unlock()
	err := s.writeImage(ctx, &folded{live: s.live, objects: s.objects, segment: s.pos.Segment}) // only the judge changes them
	if err != nil && ctx.Err() == nil {
		s.log.Warn("no image was made; the next start takes longer", "image", s.opt.Image, "error", err)
	}
	var f *folded
	if err == nil {
		f = s.fromImage(ctx, s.pos)
	}
	s.mu.Lock()
	s.imaged = imaged{s.live.Log().Rows(), s.pos.Segment}
	if f != nil {
		s.engine(f) // from here on only what is looked at takes memory
	}
	s.mu.Unlock()
	debug.FreeOSMemory()
}

// writeImage writes an engine to a file beside the image, then puts it in its place.
func (s *Service) writeImage(ctx context.Context, f *folded) error {
	h := imageHead{Form: imageForm, Engine: monitor.ImageForm, Rules: s.judgedBy(), Segment: f.segment, Rows: f.objects.rows, Erasures: len(s.gone.At)}
	var err error
	if h.Last, err = s.lastOf(ctx, f.segment); err != nil {
		return err
	}
	if free, need := image.Free(filepath.Dir(s.opt.Image)), 2*imageBytes*int64(f.live.Log().Rows()); free < need {
		return fmt.Errorf("%d MB are free on the disk; the room is left to the record unless there are %d", free>>20, need>>20)
	}
	temporary := s.opt.Image + imageTemporary
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	to := bufio.NewWriterSize(&steadily{ctx: ctx, f: file, beside: s.beside}, 1<<20)
	w := image.NewWriter(to)
	f.live.Save(w)
	image.Slice(w, "object heads", f.objects.head, true)
	image.Slice(w, "object ties", f.objects.ties, true)
	image.Value(w, "service", h)
	if err = w.Finish(); err == nil {
		err = to.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(temporary, s.opt.Image)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	if dir, err := os.Open(filepath.Dir(s.opt.Image)); err == nil { // a name that is lost in a power cut is the image before
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}

// steadily writes to a file and has it synced every now and then: gigabytes that
// wait for the disk would keep a commit waiting behind them.
type steadily struct {
	ctx    context.Context
	f      *os.File
	since  int
	beside *hurry
}

// Write ends when the service does.
func (w *steadily) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		if err := w.ctx.Err(); err != nil {
			return n, err
		}
		w.beside.giveWay(w.ctx)
		m, err := w.f.Write(b[:min(len(b), 1<<20)])
		n, b, w.since = n+m, b[m:], w.since+m
		if err == nil && w.since >= imageSynced {
			w.since, err = 0, w.f.Sync()
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
