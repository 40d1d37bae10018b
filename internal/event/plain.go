package event

import (
	"math"
	"slices"

	"plumbline/internal/clock"
)

// Most events that come live are plain: a type, a time, one object, an actor. Many
// of them are made rows together. What needs their order, the codes of names that
// are new, is done one after the other ([Builder.Plain]) and touches little of each;
// the columns are then filled on all cores ([Builder.AddPlain]).

// The columns that a plain event may fill.
const (
	hasSeq uint8 = 1 << iota
	hasRecorded
	hasReceived
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
}

// promised is what [Builder.Plain] took and [Builder.AddPlain] is still to add.
type promised struct{ rows, ids int }

// Plain gives the names of an event that is to be a row the codes that they still
// lack. It answers false, and changes nothing, where the event isn't plain or the
// log not one of plain events; [Builder.AddAs] takes it then.
func (b *Builder) Plain(e *Event, k *Known) (bool, error) {
	l := b.log
	if !k.plain || l.offsets != nil || b.opt.Rename != nil {
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

// AddPlain makes events, each of which [Builder.Plain] took, rows of the log. It
// returns a function that fills those of a stretch, to be called for all of them
// before anything else; several may run at once.
func (b *Builder) AddPlain(events []Event, known []Known) (fill func(from, to int)) {
	l, n := b.log, len(events)
	base := len(l.Time)
	b.due = promised{}
	var has uint8
	var actor, unit uint32
	for i := range known {
		k := &known[i]
		has |= k.has
		actor |= k.actor
		unit |= k.unit
	}
	if has&hasSeq != 0 {
		b.needSeq()
	}
	l.Time, l.Type, l.single = longer(l.Time, n), longer(l.Type, n), longer(l.single, n)
	l.Actor = filled(l.Actor, actor != 0, base, n, 0)
	l.Unit = filled(l.Unit, unit != 0, base, n, 0)
	l.Recorded = filled(l.Recorded, has&hasRecorded != 0, base, n, NoTime)
	l.Received = filled(l.Received, has&hasReceived != 0, base, n, NoTime)
	l.Seq = filled(l.Seq, false, base, n, 0)
	l.Source = filled(l.Source, false, base, n, 0)
	if l.idOff == nil {
		l.idOff = make([]uint32, base+1, cap(l.Time)+1)
	}
	at := uint32(len(l.idBytes))
	for i := range known {
		at += known[i].idLen
		l.idOff = append(l.idOff, at)
	}
	l.idBytes = longer(l.idBytes, int(at)-len(l.idBytes))
	return func(from, to int) {
		for i := from; i < to; i++ {
			b.fillPlain(base+i, &events[i], &known[i])
		}
	}
}

// fillPlain writes what the columns say of a plain event.
func (b *Builder) fillPlain(row int, e *Event, k *Known) {
	l := b.log
	l.Time[row], l.Type[row], l.single[row] = e.Time.At, uint16(k.typ), k.Object
	if l.Actor != nil {
		l.Actor[row] = k.actor
	}
	if l.Unit != nil {
		l.Unit[row] = k.unit
	}
	if l.Recorded != nil {
		l.Recorded[row] = e.Recorded.orNoTime()
	}
	if l.Received != nil {
		l.Received[row] = e.Received.orNoTime()
	}
	if l.Seq != nil {
		if l.Seq[row] = e.Seq; !e.HasSeq {
			l.Seq[row] = int64(row-b.base) + 1
		}
	}
	if l.Source != nil {
		l.Source[row] = k.source
	}
	copy(l.idBytes[l.idOff[row]:], e.ID)
}

func (s Stamp) orNoTime() clock.Instant {
	if s.Kind == Absent {
		return NoTime
	}
	return s.At
}

// longer is a column with n rows more, whatever they say.
func longer[T any](col []T, n int) []T { return slices.Grow(col, n)[:len(col)+n] }

// filled is longer for a column that is there from the first row that needs it.
func filled[T any](col []T, needed bool, rows, n int, absent T) []T {
	if col == nil && !needed {
		return nil
	}
	if col == nil {
		col = slices.Repeat([]T{absent}, rows)
	}
	return longer(col, n)
}
