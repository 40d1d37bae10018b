package event

import (
	"fmt"

	"plumbline/internal/clock"
)

// ConflictError is an id that came again with other content.
type ConflictError struct {
	ID, Source  string
	First, Then uint32 // rows
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("event id %q stands twice with different content (events %d and %d of the log); "+
		"expected one content for one id: send a correction with \"corrects\": %q instead", e.ID, e.First+1, e.Then+1, e.ID)
}

// Finish settles repetitions, corrections and voidings (spec §1) and gives out
// the log. What arrived later never wins by that alone: of several corrections
// the one greatest in (seq, id) stands.
func (b *Builder) Finish() (*Log, error) {
	l := b.log
	byID, err := b.repeats()
	if err != nil {
		return nil, err
	}
	b.repeatsByContent()
	if len(b.corrections) == 0 {
		return l, nil
	}
	for r := range uint32(l.Rows()) { // an id from content can be named too
		if l.idView(r) == "" && !l.Dead.Has(r) {
			byID[idKey{l.sourceCode(r), l.ID(r)}] = r
		}
	}
	b.correct(byID)
	return l, nil
}

func (b *Builder) correct(byID map[idKey]uint32) {
	l := b.log
	isCorrection := map[uint32]bool{}
	for _, c := range b.corrections {
		isCorrection[c.row] = true
	}
	best := map[uint32]correction{}
	for _, c := range b.corrections {
		if l.Dead.Has(c.row) {
			continue // a repetition of the same correction
		}
		mark(&l.Dead, c.row)
		row, ok := byID[idKey{l.sourceCode(c.row), c.corrects + c.voids}]
		switch {
		case !ok:
			b.wait(c, "no such event")
		case isCorrection[row]:
			b.wait(c, "it is a correction itself; name the original event")
		default:
			if have, ok := best[row]; !ok || b.laterCorrection(have.row, c.row) {
				best[row] = c
			}
		}
	}
	for row, c := range best {
		mark(&l.Dead, row)
		if c.corrects != "" {
			b.StandFor(c.row, row)
		}
	}
}

type idKey struct {
	source uint32
	id     string
}

func (l *Log) sourceCode(row uint32) uint32 {
	if l.Source == nil {
		return 0
	}
	return l.Source[row]
}

// repeats finds ids that came more than once: the same content is one event,
// other content is refused.
func (b *Builder) repeats() (map[idKey]uint32, error) {
	l := b.log
	if l.idOff == nil {
		return map[idKey]uint32{}, nil
	}
	byID := make(map[idKey]uint32, l.Rows())
	names := map[uint32]correction{}
	for _, c := range b.corrections {
		names[c.row] = c
	}
	for r := range uint32(l.Rows()) {
		id := l.idView(r)
		if id == "" {
			continue
		}
		k := idKey{l.sourceCode(r), id}
		first, ok := byID[k]
		if !ok {
			byID[k] = r
			continue
		}
		was, is := l.Event(first), l.Event(r)
		was.Corrects, was.Voids = names[first].corrects, names[first].voids
		is.Corrects, is.Voids = names[r].corrects, names[r].voids
		if !Same(&was, &is) {
			return nil, &ConflictError{id, l.SourceOf(r), first, r}
		}
		b.repeat(r)
	}
	return byID, nil
}

// repeatsByContent does the same for events without an id, whose id is their
// content, seq included: two can only be one where seq is given, or where two
// files have them at the same position.
func (b *Builder) repeatsByContent() {
	l := b.log
	if l.Seq == nil {
		return
	}
	type place struct {
		at     clock.Instant
		seq    int64
		source uint32
		typ    uint16
	}
	first := make(map[place]uint32, l.Rows())
	next := map[uint32]uint32{} // further events of the same place with other content
	for r := range uint32(l.Rows()) {
		if l.idView(r) != "" || l.Dead.Has(r) {
			continue
		}
		p := place{l.Time[r], l.Seq[r], l.sourceCode(r), l.Type[r]}
		have, ok := first[p]
		if !ok {
			first[p] = r
			continue
		}
		id := l.ID(r)
		for l.ID(have) != id {
			n, ok := next[have]
			if !ok {
				next[have] = r
				break
			}
			have = n
		}
		if l.ID(have) == id {
			b.repeat(r)
		}
	}
}

func (b *Builder) repeat(row uint32) {
	mark(&b.log.Dead, row)
	b.log.Repeated++
}

func (b *Builder) laterCorrection(a, c uint32) bool {
	l := b.log
	if sa, sc := l.SeqOf(a), l.SeqOf(c); sa != sc {
		return sa < sc
	}
	return l.ID(a) < l.ID(c)
}

// StandFor puts a correction's row in the original's place, under the
// original's id and seq.
func (b *Builder) StandFor(by, original uint32) {
	l := b.log
	b.needSeq()
	l.Seq[by] = l.Seq[original]
	if l.alias == nil {
		l.alias = map[uint32]uint32{}
	}
	l.alias[by] = original
	l.Dead.remove(by)
}

// Kill takes a row out of the log: a live event that was corrected or voided.
func (b *Builder) Kill(row uint32) { mark(&b.log.Dead, row) }

func (b *Builder) wait(c correction, why string) {
	b.log.Waiting = append(b.log.Waiting, Waiting{ID: b.log.GivenID(c.row), Names: c.corrects + c.voids, Why: why})
}
