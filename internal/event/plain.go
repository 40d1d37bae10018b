package event

import (
	"math"
	"slices"

	"plumbline/internal/clock"
)

// Most events that come live are plain: a type, a time, one object, an actor. Many
// of them are made rows together. What needs their order, the codes of names that
// are new, is done one after the other ([Builder.Plain]) and touches little of each;
// the columns are filled on all cores ([Builder.FillPlain]).

// The columns that a plain event may fill.
const (
	hasSeq uint8 = 1 << iota
	hasRecorded
	hasReceived
	hasActor
	hasUnit
)

// seePlain notes whether an event is plain, and what it fills.
func (k *Known) seePlain(e *Event) {
	k.plain = e.ID != "" && len(e.ID) <= math.MaxUint16 && e.Type != "" && e.Time.Kind == Time &&
		e.Recorded.Kind != Day && e.Received.Kind != Day && e.Corrects == "" && e.Voids == "" &&
		len(e.Attrs) == 0 && len(e.Objects) == 1 && e.Objects[0].Qualifier == "" && len(e.Objects[0].Attrs) == 0
	k.idLen = uint32(len(e.ID))
	if e.HasSeq {
		k.has |= hasSeq
	}
	if e.Recorded.Kind != Absent {
		k.has |= hasRecorded
	}
	if e.Received.Kind != Absent {
		k.has |= hasReceived
	}
	if e.Actor.OK {
		k.has |= hasActor
	}
	if e.Unit.OK {
		k.has |= hasUnit
	}
}

// promised is what [Builder.Plain] took and is still to become rows.
type promised struct{ rows, ids int }

// plainRows are the rows that plain events are to become: the columns as far as they
// will reach.
type plainRows struct {
	base                     int
	time, recorded, received []clock.Instant
	typ                      []uint16
	object                   []ObjectID
	actor, unit, source      []uint32
	seq                      []int64
	ids                      []uint32 // where each id begins, and where the last ends
	idBytes                  []byte
}

// Plain gives the names of an event that is to be a row the codes that they still
// lack. It answers false, and changes nothing, where the event isn't plain, the log
// not one of plain events, or a column is still missing; [Builder.AddAs] takes it then.
func (b *Builder) Plain(e *Event, k *Known) (bool, error) {
	l := b.log
	if !k.plain || l.offsets != nil || b.opt.Rename != nil || k.has&b.columnsMissing() != 0 {
		return false, nil
	}
	if l.Source == nil && e.Source != "" && e.Source != l.Origin {
		return false, nil
	}
	if k.lacks {
		b.nameLacking(e, k)
	}
	if int(k.typ) > b.most.types {
		return true, ErrTooMany
	}
	if k.Object == 0 { // new, or named earlier in the same batch
		o := &e.Objects[0]
		if k.kind == 0 {
			if k.kind = b.objectType(o.Type); k.kind == 0 {
				return true, ErrObjectTypes
			}
			k.hash = objectHash(k.kind, stringBytes(o.ID))
		}
		k.Object = l.Objects.code(k.hash, k.kind, stringBytes(o.ID))
	}
	if l.Source != nil && k.source == 0 {
		k.source = b.sourceCode(e.Source)
	}
	if err := b.room(b.due.rows+1, b.due.ids+int(k.idLen), b.due.rows+1); err != nil {
		return true, err
	}
	b.due.rows++
	b.due.ids += int(k.idLen)
	return true, nil
}

func (b *Builder) nameLacking(e *Event, k *Known) {
	if k.typ == 0 {
		k.typ = b.log.Types.Code(e.Type)
	}
	if e.Actor.OK && k.actor == 0 {
		k.actor = b.log.Strings.Code(e.Actor.Value)
	}
	if e.Unit.OK && k.unit == 0 {
		k.unit = b.log.Strings.Code(e.Unit.Value)
	}
}

func (b *Builder) sourceCode(source string) uint32 {
	if source == "" {
		source = b.log.Origin
	}
	return b.log.Strings.Code(source)
}

// columnsMissing are those that no row needed so far.
func (b *Builder) columnsMissing() (missing uint8) {
	l := b.log
	if l.Seq == nil {
		missing |= hasSeq
	}
	if l.Recorded == nil {
		missing |= hasRecorded
	}
	if l.Received == nil {
		missing |= hasReceived
	}
	if l.Actor == nil {
		missing |= hasActor
	}
	if l.Unit == nil {
		missing |= hasUnit
	}
	return missing
}

// OpenPlain makes room for the rows of events that [Builder.Plain] took or will take,
// one after the other. [Builder.FillPlain] may then be called for those that it took,
// and [Builder.ClosePlain] must be before anything else is done with the log.
func (b *Builder) OpenPlain(known []Known) {
	l, p := b.log, &b.plain
	base, n := len(l.Time), len(known)
	if l.idOff == nil {
		l.idOff = make([]uint32, base+1, cap(l.Time)+1)
	}
	p.base = base
	p.time, p.typ, p.object = longer(l.Time, n), longer(l.Type, n), longer(l.single, n)
	p.actor, p.unit, p.source = there(l.Actor, n), there(l.Unit, n), there(l.Source, n)
	p.recorded, p.received, p.seq = there(l.Recorded, n), there(l.Received, n), there(l.Seq, n)
	p.ids = longer(l.idOff, n)
	at := uint32(len(l.idBytes))
	for i := range known {
		at += known[i].idLen
		p.ids[base+1+i] = at
	}
	p.idBytes = longer(l.idBytes, int(at)-len(l.idBytes))
}

// ClosePlain makes the first n events rows of the log, for which [Builder.Plain] and
// [Builder.FillPlain] were called.
func (b *Builder) ClosePlain(n int) {
	l, p := b.log, &b.plain
	to := p.base + n
	l.Time, l.Type, l.single = p.time[:to], p.typ[:to], p.object[:to]
	l.Actor, l.Unit, l.Source = upTo(p.actor, to), upTo(p.unit, to), upTo(p.source, to)
	l.Recorded, l.Received, l.Seq = upTo(p.recorded, to), upTo(p.received, to), upTo(p.seq, to)
	l.idOff = p.ids[:to+1]
	l.idBytes = p.idBytes[:l.idOff[to]]
	b.plain, b.due = plainRows{}, promised{}
}

// FillPlain writes what the columns say of plain events, of which the first is number
// `at` since [Builder.OpenPlain]. It may run in several goroutines at once, and while
// another goes on with [Builder.Plain].
func (b *Builder) FillPlain(at int, events []Event, known []Known) {
	p := &b.plain
	for i := range events {
		e, k, row := &events[i], &known[i], p.base+at+i
		p.time[row], p.typ[row], p.object[row] = e.Time.At, uint16(k.typ), k.Object
		if p.actor != nil {
			p.actor[row] = k.actor
		}
		if p.unit != nil {
			p.unit[row] = k.unit
		}
		if p.recorded != nil {
			p.recorded[row] = e.Recorded.orNoTime()
		}
		if p.received != nil {
			p.received[row] = e.Received.orNoTime()
		}
		if p.seq != nil {
			if p.seq[row] = e.Seq; !e.HasSeq {
				p.seq[row] = int64(row-b.base) + 1
			}
		}
		if p.source != nil {
			p.source[row] = k.source
		}
		copy(p.idBytes[p.ids[row]:], e.ID)
	}
}

func (s Stamp) orNoTime() clock.Instant {
	if s.Kind == Absent {
		return NoTime
	}
	return s.At
}

// longer is a column with n rows more, whatever they say.
func longer[T any](col []T, n int) []T { return slices.Grow(col, n)[:len(col)+n] }

// there is longer for a column that may not be there.
func there[T any](col []T, n int) []T {
	if col == nil {
		return nil
	}
	return longer(col, n)
}

func upTo[T any](col []T, n int) []T {
	if col == nil {
		return nil
	}
	return col[:n]
}
