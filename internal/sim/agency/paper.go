package agency

import (
	"cmp"
	"slices"
	"strconv"
)

// Entry is what somebody typed in about an event, or took back.
type Entry struct {
	Arrives int64 // in the central system
	Event   *Event
	Kind    EntryKind
}

// EntryKind is what an entry does.
type EntryKind uint8

// Plain is an event as it was; Wrong one that Correction puts right later;
// Mistaken one that never was, which Voiding takes back.
const (
	Plain EntryKind = iota
	Wrong
	Correction
	Mistaken
	Voiding
)

var marks = [...]string{Plain: "", Wrong: "", Correction: "c", Mistaken: "x", Voiding: "v"}

// ID is the entry's id.
func (e *Entry) ID() string { return e.Event.eventID() + marks[e.Kind] }

// Corrects and Voids are the ids of the entries that this one puts right or
// takes back, "" if none.
func (e *Entry) Corrects() string {
	if e.Kind == Correction {
		return e.Event.eventID()
	}
	return ""
}

// Voids is the id of the entry that this one takes back.
func (e *Entry) Voids() string {
	if e.Kind == Voiding {
		return e.Event.eventID() + marks[Mistaken]
	}
	return ""
}

func (e *Event) eventID() string {
	b := append(make([]byte, 0, len(e.course)+8), e.course...)
	return string(strconv.AppendInt(append(b, '-'), int64(e.Seq), 10))
}

// How paper is kept: shares of all events.
const (
	entersAtOnce = 0.75  // within a quarter of an hour
	byNight      = 0.1   // the unit's system sends once a night
	isRepeated   = 0.004 // sent twice
	isWrong      = 0.003 // and corrected within the day
	isMistaken   = 0.001 // and taken back
)

// enter types in the events of a course.
func (g *generation) enter(c *course, events []*Event) {
	nightly := c.chance(byNight)
	for _, e := range events {
		latest := e.At + day
		if e.At%day == 0 {
			latest += day // nothing but its date may have been known
		}
		switch {
		case c.breaks("step-entered-within-24-hours"):
			e.Entered = latest + 1 + c.r.Int64N(5*day)
			if c.chance(0.2) {
				e.Entered = latest + 1
			}
		case c.breaks("step-not-entered-before-it-happened"):
			e.Entered = e.At - 121 - c.r.Int64N(2*day)
			if c.chance(0.2) {
				e.Entered = e.At - 121
			}
		case c.chance(0.02):
			e.Entered = e.At - 120 // clocks that don't agree
		case c.chance(entersAtOnce):
			e.Entered = e.At + c.r.Int64N(900)
		case c.chance(0.05):
			e.Entered = latest
		default:
			e.Entered = e.At + c.r.Int64N(20*hour)
		}
		arrives := e.Entered + c.r.Int64N(120)
		if nightly {
			arrives = startOf(dayOf(e.Entered, china)+1) + 2*hour
		}
		g.send(c, e, arrives)
	}
}

// send gives an event to the central system, once as a rule.
func (g *generation) send(c *course, e *Event, arrives int64) {
	switch x := c.r.Float64(); {
	case x < isRepeated:
		g.at(Entry{arrives, e, Plain})
		g.at(Entry{arrives + c.r.Int64N(3*day), e, Plain})
	case x < isRepeated+isWrong:
		wrong := *e
		wrong.At -= c.r.Int64N(2 * day)
		wrong.Actor = 1 + c.r.Int32N(g.staff.count)
		if c.chance(0.5) {
			wrong.Attrs = nil
		}
		g.at(Entry{arrives, &wrong, Wrong})
		g.at(Entry{arrives + c.r.Int64N(10*hour), e, Correction})
	case x < isRepeated+isWrong+isMistaken:
		g.at(Entry{arrives, e, Plain})
		again := *e
		again.At += 600
		g.at(Entry{arrives + 60, &again, Mistaken})
		g.at(Entry{arrives + hour + c.r.Int64N(day), &again, Voiding})
	default:
		g.at(Entry{arrives, e, Plain})
	}
}

// at puts an entry among those of its day.
func (g *generation) at(e Entry) {
	d := min(max(g.over+1, int(dayOf(e.Arrives, china)-firstDay)), len(g.days)-1)
	g.days[d] = append(g.days[d], e)
}

// handOver gives a day's entries in the order of their arrival.
func handOver(entries []Entry, emit func(*Entry) error) error {
	slices.SortFunc(entries, func(a, b Entry) int {
		if a.Arrives != b.Arrives {
			return cmp.Compare(a.Arrives, b.Arrives)
		}
		return cmp.Or(cmp.Compare(a.Event.course, b.Event.course), cmp.Compare(a.Event.Seq, b.Event.Seq), cmp.Compare(a.Kind, b.Kind))
	})
	for i := range entries {
		if err := emit(&entries[i]); err != nil {
			return err
		}
	}
	return nil
}
