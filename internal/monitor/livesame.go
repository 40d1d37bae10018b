package monitor

import (
	"math"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// Has says whether an event of this id was taken, whatever became of it.
func (v *Live) Has(source, id string) bool {
	own := v.ids.of(source, id)
	_, ok := v.ids.find(v, &own)
	return ok
}

// same says whether an event that came again says what it said before, as far as
// the log could hold it then.
func (v *Live) same(row uint32, e *event.Event) bool {
	was := v.l.Event(row)
	if n, ok := v.names[row]; ok {
		if n.voids {
			was.Voids = n.id
		} else {
			was.Corrects = n.id
		}
	}
	is := *e
	is.Source = was.Source
	is.Attrs = v.asKept(e.Attrs)
	is.Objects = append([]event.Object(nil), e.Objects...)
	for i := range is.Objects {
		is.Objects[i].Attrs = v.asKept(is.Objects[i].Attrs)
	}
	if is.Voids != "" && is.Type == "" { // a voiding needs nothing but a name, and was given the rest
		is.Type = was.Type
	}
	if is.Voids != "" && is.Time.Kind == event.Absent {
		is.Time = was.Time
	}
	return v.sameSaid(&was, &is)
}

// asKept is a list of attributes as the log gives it back: a time that came as a
// text is a time, what isn't of its declared type isn't there.
func (v *Live) asKept(attrs []event.Attr) []event.Attr {
	var out []event.Attr
	for _, a := range attrs {
		declared := event.Absent
		if c := v.l.Attr(a.Name); c != nil {
			declared = c.Declared
		}
		is := &a.Value
		if declared == event.Time && is.Kind == event.String {
			if t, day, err := clock.ParseInstant(is.Str, v.l.Zone); err == nil {
				*is = event.At(t)
				if day {
					*is = event.OnDay(t)
				}
			}
		}
		fits := declared == event.Absent || declared == is.Kind || declared == event.Time && is.Kind == event.Day
		if is.Kind == event.Absent || !fits || is.Kind == event.Number && (math.IsNaN(is.Num) || math.IsInf(is.Num, 0)) {
			continue
		}
		out = append(out, a)
	}
	return out
}
