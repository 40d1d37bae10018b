package monitor

import (
	"fmt"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/image"
	"plumbline/internal/rule"
)

// ImageForm changes whenever what [Live.Save] writes does, or what follows from the
// same events; an image of another form is of no use.
const ImageForm = 1

// liveHead is what of a Live is no table.
type liveHead struct {
	Now, W, Lateness clock.Instant
	Started          bool
	Step             uint64
	Types, Shards    int
	Unknown          []map[uint32]int
	Series           []seriesHead
	TableN           int
	TableKey         hashKey
	Corrections      map[uint32][]uint32
	Stands           map[uint32]int64
	Names            map[uint32]nameHead
	Waiting          map[string][]uint32
	Held             []uint32
	Keyings          []keyingHead
}

// nameHead is names.
type nameHead struct {
	ID, Source string
	Voids      bool
	OwnID      string
	Seq        int64
}

type seriesHead struct {
	Source, Prefix string
	First          uint64
	Pages          int
	There          []uint32 // which of the pages
	Events, Strays int
}

type keyingHead struct {
	Key  hashKey // of its table of keys
	Sets []setHead
}

type setHead struct {
	Totals []Totals
	Union  []uint32
	Own    []uint32 // room of the blocks that are of one trace
	Timers timersHead
	Near   timersHead
}

type timersHead struct {
	Hours []int64
	Due   []uint32 // how many timers each hour has
}

// figureKept is what is counted of a rule, a unit and a month.
type figureKept struct {
	figureKey
	Counts
}

// nearTold is what was told of an activation at risk.
type nearTold struct {
	nearKey
	Judgement
}

// Save writes all that [LoadLive] needs to go on, as it lies in memory, and changes
// nothing. The states of long traces are left out: they follow from their events.
func (v *Live) Save(w *image.Writer) {
	v.l.Save(w)
	h := liveHead{Now: v.now, W: v.w, Lateness: v.lateness, Started: v.started, Step: v.step, Types: v.types, Shards: v.shards,
		Unknown: v.unknown, TableN: v.ids.table.n, TableKey: v.ids.table.key, Corrections: v.corrections, Stands: v.stands,
		Names: map[uint32]nameHead{}, Waiting: v.waiting}
	for row, n := range v.names {
		h.Names[row] = nameHead{n.id, n.source, n.voids, n.ownID, n.seq}
	}
	for _, r := range v.held {
		h.Held = append(h.Held, r.row)
	}
	h.Series = v.ids.save(w)
	for i, k := range v.keyings {
		kh := keyingHead{Key: k.keyer.codes.key}
		if !k.keyer.direct {
			image.Slice(w, fmt.Sprintf("keying %d keys", i), k.keyer.codes.vals, true)
			image.Slice(w, fmt.Sprintf("keying %d slots", i), k.keyer.codes.slots, false)
		}
		for j, s := range k.shards {
			kh.Sets = append(kh.Sets, s.save(w, fmt.Sprintf("keying %d set %d ", i, j)))
		}
		h.Keyings = append(h.Keyings, kh)
	}
	image.Value(w, "live", h)
}

// LoadLive goes on where [Live.Save] was, under the same rules and options; only the
// number of workers is the image's.
func LoadLive(im *image.File, rules []*rule.Rule, opt LiveOptions) (*Live, error) {
	var h liveHead
	image.Get(im, "live", &h)
	b := event.LoadBuilder(im, logOptions(opt))
	if err := im.Err(); err != nil {
		return nil, err
	}
	opt.Workers, opt.Lateness = h.Shards, int64(h.Lateness)
	v := newLive(b, rules, opt)
	if len(h.Keyings) != len(v.keyings) || len(h.Unknown) != len(v.unknown) {
		return nil, fmt.Errorf("it is of other rules: %d ways of correlating, not %d", len(h.Keyings), len(v.keyings))
	}
	v.now, v.w, v.started, v.step, v.types = h.Now, h.W, h.Started, h.Step, h.Types
	for i, m := range h.Unknown {
		if m != nil {
			v.unknown[i] = m
		}
	}
	v.ids.load(im, &h)
	v.corrections, v.stands, v.waiting = made(h.Corrections), made(h.Stands), made(h.Waiting)
	for row, n := range h.Names {
		v.names[row] = names{n.ID, n.Source, n.Voids, n.OwnID, n.Seq}
	}
	for _, row := range h.Held {
		v.held = append(v.held, heldRow{v.l, row})
	}
	for i, k := range v.keyings {
		kh := h.Keyings[i]
		if t := &k.keyer.codes; !k.keyer.direct {
			t.vals, t.slots, t.key = image.Section[partVal](im, fmt.Sprintf("keying %d keys", i)), image.Section[uint64](im, fmt.Sprintf("keying %d slots", i)), kh.Key
		}
		for j, s := range k.shards {
			s.restore(im, fmt.Sprintf("keying %d set %d ", i, j), &kh.Sets[j])
			s.x.w, s.x.asOf = v.w, v.now
		}
	}
	return v, im.Err()
}

func made[M ~map[K]V, K comparable, V any](m M) M {
	if m == nil {
		return M{}
	}
	return m
}

func (ix *eventIDs) save(w *image.Writer) []seriesHead {
	var heads []seriesHead
	var list []*series
	for _, s := range ix.series {
		h := seriesHead{Source: s.source, Prefix: s.prefix, First: s.first, Pages: len(s.pages), Events: s.events, Strays: s.strays}
		for i, p := range s.pages {
			if p != nil {
				h.There = append(h.There, uint32(i))
			}
		}
		heads, list = append(heads, h), append(list, s)
	}
	image.Slices(w, "pages of ids", func(yield func([]uint32) bool) {
		for _, s := range list {
			for _, p := range s.pages {
				if p != nil && !yield(p[:]) {
					return
				}
			}
		}
	}, false)
	image.Slice(w, "table of ids", ix.table.slots, false)
	return heads
}

func (ix *eventIDs) load(im *image.File, h *liveHead) {
	pages := image.Section[uint32](im, "pages of ids")
	ix.table.slots, ix.table.n, ix.table.key = image.Section[uint64](im, "table of ids"), h.TableN, h.TableKey
	if im.Err() != nil {
		return
	}
	ix.series = map[seriesName]*series{}
	for _, sh := range h.Series {
		s := &series{seriesName: seriesName{sh.Source, sh.Prefix}, first: sh.First, pages: make([]*[pageRows]uint32, sh.Pages),
			made: len(sh.There), events: sh.Events, strays: sh.Strays}
		for _, i := range sh.There {
			s.pages[i] = (*[pageRows]uint32)(pages)
			pages = pages[pageRows:]
		}
		ix.series[s.seriesName] = s
	}
}

func (s *liveSet) save(w *image.Writer, name string) setHead {
	h := setHead{Totals: s.totals, Union: s.union.parent}
	image.Slice(w, name+"index", s.index, true)
	places, own := s.pack()
	for _, i := range own {
		h.Own = append(h.Own, uint32(places[i].room()))
	}
	image.Slices(w, name+"traces", func(yield func([]trace) bool) {
		for from := 0; from < len(s.traces); from += blockRecs {
			part := slices.Clone(s.traces[from:min(from+blockRecs, len(s.traces))])
			for i := range part {
				part[i].recs, part[i].kept = places[from+i], 0
			}
			if !yield(part) {
				return
			}
		}
	}, true)
	image.Slices(w, name+"events", s.packed(places, own), false)
	h.Timers = s.timers.save(w, name+"timers", s.stands) // those that were put off stay behind
	h.Near = s.near.from.save(w, name+"near", func(timer) bool { return true })
	told := make([]nearTold, 0, len(s.near.told))
	for k, j := range s.near.told {
		told = append(told, nearTold{k, j})
	}
	image.Slice(w, name+"told", told, false)
	figures := make([]figureKept, 0, len(s.figures))
	for k, c := range s.figures {
		figures = append(figures, figureKept{k, *c})
	}
	image.Slice(w, name+"figures", figures, false)
	return h
}

func (q *timers) save(w *image.Writer, name string, keep func(timer) bool) timersHead {
	h := timersHead{Hours: q.hours}
	image.Slices(w, name, func(yield func([]timer) bool) {
		for _, hour := range q.hours {
			var list []timer
			for _, t := range q.buckets[hour] {
				if keep(t) {
					list = append(list, t)
				}
			}
			h.Due = append(h.Due, uint32(len(list)))
			if !yield(list) {
				return
			}
		}
	}, false)
	return h
}

func (q *timers) load(im *image.File, name string, h *timersHead) {
	list := image.Section[timer](im, name)
	if im.Err() != nil {
		return
	}
	q.buckets = make(map[int64][]timer, len(h.Hours))
	for i, hour := range h.Hours {
		n := h.Due[i]
		if n == 0 {
			continue
		}
		q.hours = append(q.hours, hour)
		q.buckets[hour] = list[:n:n]
		list = list[n:]
	}
}

// pack gives every trace a place as it would have if no other had been there
// before: blocks of one trace first, then those that traces share in their order.
func (s *liveSet) pack() (places []recList, own []uint32) {
	places = make([]recList, len(s.traces))
	for i := range s.traces {
		p := &places[i]
		if p.n = s.traces[i].recs.n; p.n == 0 {
			continue
		}
		if p.class = classOf(int(p.n)); p.room() > blockRecs/2 {
			p.at = uint32(len(own)) << blockBits
			own = append(own, uint32(i))
		}
	}
	block, used := uint32(len(own)), 0
	for i := range places {
		p := &places[i]
		if p.n == 0 || p.room() > blockRecs/2 {
			continue
		}
		if used+p.room() > blockRecs {
			block, used = block+1, 0
		}
		p.at = block<<blockBits | uint32(used)
		used += p.room()
	}
	return places, own
}

// packed are the blocks that pack makes.
func (s *liveSet) packed(places []recList, own []uint32) func(yield func([]rec) bool) {
	return func(yield func([]rec) bool) {
		for _, i := range own {
			b := make([]rec, places[i].room())
			copy(b, s.recs.of(s.traces[i].recs))
			if !yield(b) {
				return
			}
		}
		b, at, some := make([]rec, blockRecs), uint32(len(own)), false
		for i, p := range places {
			if p.n == 0 || p.room() > blockRecs/2 {
				continue
			}
			if p.at>>blockBits != at {
				if !yield(b) {
					return
				}
				clear(b)
				at = p.at >> blockBits
			}
			copy(b[p.at&(blockRecs-1):], s.recs.of(s.traces[i].recs))
			some = true
		}
		if some {
			yield(b)
		}
	}
}

func (s *liveSet) restore(im *image.File, name string, h *setHead) {
	s.index, s.traces = image.Section[uint32](im, name+"index"), image.Section[trace](im, name+"traces")
	recs := image.Section[rec](im, name+"events")
	if im.Err() != nil {
		return
	}
	copy(s.totals, h.Totals)
	s.union.parent = h.Union
	s.isDays = hasDays(s.v.l)
	for _, n := range h.Own {
		s.recs.blocks = append(s.recs.blocks, recs[:n:n])
		recs = recs[n:]
	}
	for len(recs) > 0 {
		s.recs.blocks = append(s.recs.blocks, recs[:blockRecs:blockRecs])
		recs = recs[blockRecs:]
	}
	s.timers.load(im, name+"timers", &h.Timers)
	s.near.from.load(im, name+"near", &h.Near)
	for _, t := range image.Section[nearTold](im, name+"told") {
		if s.near.told == nil {
			s.near.told = map[nearKey]Judgement{}
		}
		s.near.told[t.nearKey] = t.Judgement
	}
	for _, f := range image.Section[figureKept](im, name+"figures") {
		if s.figures != nil {
			s.figures[f.figureKey] = &f.Counts
		}
	}
}
