package xes

import (
	"plumbline/internal/errs"
)

// maxEarly bounds what is kept of a trace whose name comes after its events.
const maxEarly = 64 << 20

// early is the events of a trace whose name isn't known yet, as they stood, to
// be read again once it is.
type early struct {
	raw    []byte
	events []earlyEvent
	again  *scanner
	most   int // bytes that may wait: maxEarly
}

type earlyEvent struct{ at, line int }

func (e early) reset() early { return early{e.raw[:0], e.events[:0], e.again, e.most} }

// keep goes past an event and remembers it.
func (e *early) keep(s *scanner) error {
	s.countLines(s.at)
	e.events = append(e.events, earlyEvent{len(e.raw), s.line})
	e.raw = append(e.raw, s.w[s.at:s.pos]...)
	if s.tok != tokOpen {
		return nil
	}
	for depth := len(s.depth); len(s.depth) >= depth; {
		if err := s.next(); err != nil {
			return err
		}
		e.raw = append(e.raw, s.w[s.at:s.pos]...)
		if len(e.raw) > e.most {
			return &errs.Error{Code: errs.Limit, Place: s.place(s.at),
				What: errs.Tf("a trace with more than %d MB of events before its name", "一个 trace 在名称之前有超过 %d MB 的事件", e.most>>20),
				Next: errs.T("export the log with a trace's attributes before its events", "请重新导出日志，使 trace 的属性位于事件之前")}
		}
	}
	return nil
}

// readEarly reads the events that waited for the trace's name.
func (x *reader) readEarly(file string) error {
	e := &x.trace.early
	for i, ev := range e.events {
		end := len(e.raw)
		if i+1 < len(e.events) {
			end = e.events[i+1].at
		}
		if e.again == nil {
			e.again = &scanner{file: file}
		}
		s := e.again
		*s = scanner{file: file, w: e.raw[ev.at:end], line: ev.line, hold: -1, slid: true, most: maxToken,
			attrs: s.attrs[:0], scratch: s.scratch[:0], names: s.names[:0], depth: s.depth[:0]}
		if err := s.next(); err != nil {
			return err
		}
		if err := x.readEvent(s); err != nil {
			return err
		}
	}
	e.raw, e.events = e.raw[:0], e.events[:0]
	return nil
}
