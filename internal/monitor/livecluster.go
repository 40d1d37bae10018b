package monitor

import (
	"slices"

	"plumbline/internal/event"
)

// waiting is a trace whose verdicts are compared once a change is complete.
type waiting struct {
	trace uint32 // number
	was   verdicts
}

// beforeChange notes what is said of the traces of objects that are about to
// be described anew.
func (s *liveSet) beforeChange(objects []event.ObjectID) {
	if !s.usesCase {
		return
	}
	for _, o := range objects {
		code := uint32(o)
		if s.set.over {
			code = s.union.find(code)
		}
		n := s.number(code)
		if n == 0 || s.traces[n-1].key != code || s.waiting(&s.traces[n-1]) {
			continue
		}
		w := waiting{trace: n - 1}
		s.all(&s.traces[w.trace], &w.was, -1)
		s.waits = append(s.waits, w)
	}
}

func (s *liveSet) waiting(t *trace) bool {
	n := s.number(t.key)
	return slices.ContainsFunc(s.waits, func(w waiting) bool { return w.trace == n-1 })
}

// afterChange compares what is said of those traces now.
func (s *liveSet) afterChange() {
	for _, w := range s.waits {
		t := &s.traces[w.trace]
		s.forget(t)
		s.was = w.was
		s.all(t, &s.is, 1)
		s.store(t)
		s.settle()
		s.schedule(t, true)
	}
	s.waits = s.waits[:0]
}

// keysOf are the keys of a row under `over`. They never change, so that an image
// goes without them.
func (s *liveSet) keysOf(row uint32) []uint32 {
	codes, ok := s.keys[row]
	if !ok {
		codes = s.keyer.keys(row, nil)
		s.keys[row] = codes
	}
	return codes
}

// insertCluster adds an event to the cluster of its keys, which it may join
// from several.
func (s *liveSet) insertCluster(r rec) {
	codes := slices.Clone(s.keyBuf)
	s.keys[r.row] = codes
	var parts []uint32
	for _, c := range codes {
		if root := s.union.find(c); !slices.Contains(parts, root) {
			parts = append(parts, root)
		}
	}
	if len(parts) == 1 {
		s.insertInto(s.traceOf(parts[0]), r)
		return
	}
	s.was.reset()
	var merged []rec
	for _, p := range parts {
		var part verdicts
		t := s.traceOf(p)
		if i := slices.IndexFunc(s.waits, func(w waiting) bool { return w.trace == s.number(p)-1 }); i >= 0 {
			part = s.waits[i].was
			s.waits = slices.Delete(s.waits, i, i+1)
		} else {
			s.all(t, &part, -1)
		}
		s.was.list = append(s.was.list, part.list...)
		merged = append(merged, s.recs.of(t.recs)...)
		s.recs.resize(&t.recs, 0)
		s.forget(t)
		s.union.join(parts[0], p)
	}
	t := s.traceOf(s.union.find(parts[0]))
	merged = append(merged, r)
	slices.SortFunc(merged, func(a, b rec) int {
		if s.before(a, b) {
			return -1
		}
		return 1
	})
	s.recs.set(&t.recs, merged)
	s.all(t, &s.is, 1)
	s.store(t)
	s.settle()
	s.schedule(t, true)
}
