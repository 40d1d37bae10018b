package event

// Known are the codes that a log has already for the names of an event, 0
// where it has none yet.
type Known struct {
	Object                   ObjectID // the first one
	Asked                    bool     // whether [Log.Know] had to look for it in the log
	plain, lacks             bool     // [Builder.Plain]; whether a name has no code yet
	has                      uint8    // of a plain event, which columns it fills
	kind                     uint16   // of the first object, where it was asked for
	hash                     uint32
	typ, actor, unit, source uint32
	idLen                    uint32
}

// IsPlain says whether an event is one that [Builder.Plain] may take: it acts on no
// other, describes nothing and has no date alone.
func (k *Known) IsPlain() bool { return k.plain }

// Know looks up the names of events and writes what the log has for each to
// out, of the same length, where an Object may stand that somebody knows. It
// changes nothing and may run in many goroutines at once while nobody writes.
func (l *Log) Know(events []Event, out []Known) {
	o := l.Objects
	for i := range events {
		e, k := &events[i], &out[i]
		k.typ = l.Types.Find(e.Type)
		k.lacks = k.typ == 0
		if e.Actor.OK {
			k.actor = l.Strings.Find(e.Actor.Value)
			k.lacks = k.lacks || k.actor == 0
		}
		if e.Unit.OK {
			k.unit = l.Strings.Find(e.Unit.Value)
			k.lacks = k.lacks || k.unit == 0
		}
		if l.Source != nil && e.Source != "" {
			k.source = l.Strings.Find(e.Source)
		}
		k.seePlain(e)
		if k.Object != 0 || len(e.Objects) == 0 {
			continue
		}
		k.Asked = true
		if t := o.Types.Find(e.Objects[0].Type); t != 0 {
			k.kind, k.hash = uint16(t), objectHash(uint16(t), stringBytes(e.Objects[0].ID))
		}
	}
	// The looks at the table of objects are what takes time, each at a place
	// that no cache holds. Made close together, they wait side by side.
	mask := uint32(len(o.slots) - 1)
	var seen uint64
	for i := range out {
		if k := &out[i]; k.kind != 0 {
			seen += o.slots[k.hash&mask]
		}
	}
	for i := range events {
		if k := &out[i]; k.kind != 0 {
			k.Object = o.find(k.hash, k.kind, events[i].Objects[0].ID)
		}
	}
	touched(seen)
}

// touched keeps a sum of what was read from being optimised away.
//
//go:noinline
func touched(uint64) {}
