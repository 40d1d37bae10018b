package agency

import "strconv"

// AppendJSON appends an entry as a line of the log: the words of the event
// language, times by the clocks of China.
func (s *Simulation) AppendJSON(b []byte, n *Entry) []byte {
	e := n.Event
	b = append(b, `{"id":"`...)
	b = e.appendID(b)
	b = append(b, marks[n.Kind]...)
	if n.Kind == Voiding {
		b = append(b, `","voids":"`...)
		b = append(e.appendID(b), marks[Mistaken]...)
		return append(b, "\"}\n"...)
	}
	if n.Kind == Correction {
		b = append(b, `","corrects":"`...)
		b = e.appendID(b)
	}
	b = append(b, `","type":"`...)
	b = append(b, typeNames[e.Type]...)
	b = append(b, `","time":"`...)
	b = appendTime(b, e.At)
	b = append(b, `","seq":`...)
	b = strconv.AppendInt(b, int64(e.Seq), 10)
	b = append(b, `,"recorded":"`...)
	b = appendTime(b, e.Entered)
	if e.Actor != 0 {
		b = append(b, `","actor":"P`...)
		b = strconv.AppendInt(b, int64(e.Actor), 10)
	}
	b = append(b, `","unit":"`...)
	b = append(b, s.staff.unit(e.Unit).id...)
	b = append(b, `","objects":[`...)
	for i := range e.Objects {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, `{"type":"`...), e.Objects[i].Kind...)
		b = append(append(b, `","id":"`...), e.Objects[i].ID...)
		b = append(b, `"}`...)
	}
	b = append(b, ']')
	return append(appendAttrs(b, e.Attrs), "}\n"...)
}

func (e *Event) appendID(b []byte) []byte {
	return strconv.AppendInt(append(append(b, e.course...), '-'), int64(e.Seq), 10)
}

// appendAttrs appends attributes; no text here needs escaping.
func appendAttrs(b []byte, attrs []Attr) []byte {
	if len(attrs) == 0 {
		return b
	}
	b = append(b, `,"attributes":{`...)
	for i := range attrs {
		a := &attrs[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), a.Name...), `":`...)
		switch a.Kind {
		case Number:
			b = strconv.AppendInt(b, a.Num, 10)
		case Bool:
			b = strconv.AppendBool(b, a.Num == 1)
		case Time:
			b = append(appendTime(append(b, '"'), a.Num), '"')
		default:
			b = append(append(append(b, '"'), a.Text...), '"')
		}
	}
	return append(b, '}')
}

// appendTime appends an instant as RFC 3339 by the clocks of China.
func appendTime(b []byte, t int64) []byte {
	d := dayOf(t, china)
	s := t + china - d*day
	b = append(b, date(d)...)
	two := func(b []byte, n int64) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }
	b = two(append(b, 'T'), s/hour)
	b = two(append(b, ':'), s/60%60)
	b = two(append(b, ':'), s%60)
	return append(b, "+08:00"...)
}

// date is a day as text; those that occur are worked out once.
func date(d int64) string {
	if i := d - firstDay; i >= 0 && i < int64(len(dates)) {
		return dates[i]
	}
	return dateText(d)
}
