package xes

import (
	"errors"
	"io"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// Read adds the events of a XES log, plain or gzip, to b; it doesn't call
// Finish. opt.Map renames the parts case (of a trace), type, time, actor, unit,
// recorded, seq and id, and object.<type>[/<qualifier>] makes an attribute of
// an event an object of it.
//
// An event or an attribute of a trace that can't be taken goes to opt.Bad;
// broken XML ends reading. opt.Progress is called from another goroutine, which
// has ended when Read returns. Errors are *[errs.Error] of code Input, or Limit for
// a file made to exhaust the reader.
func Read(r io.Reader, b *event.Builder, opt eventio.Read) error {
	f := newFeed(r, opt.Progress)
	defer f.close()
	return newReader(b, opt).log(&scanner{feed: f, file: opt.File, hold: -1, most: maxToken})
}

// reader turns tags into rows.
type reader struct {
	b        *event.Builder
	opt      eventio.Read
	keys     *keys
	caseType string
	trace    trace

	// the pending event
	event  int64 // its number, to see an attribute twice
	links  []tie
	listed bool        // the trace's own object is among links
	fault  *errs.Error // the first thing wrong with it

	path     []byte        // the name of an attribute within an attribute
	from     clock.Instant // plumbline:from of the attribute being read
	setEvent setter        // gives the pending event an attribute
}

// tie is an object of the pending event.
type tie struct {
	obj       event.ObjectID
	qualifier string
}

// trace is what is known of the trace being read.
type trace struct {
	named bool
	name  []byte
	obj   event.ObjectID // 0 until an event needs it
	first int64          // the row of its earliest event; −1 none yet
	attrs []setting      // of the case, put in force once the earliest event is known
	early early
	seen  int64 // its number among the reader's elements, to see an attribute twice
}

type setting struct {
	col int
	val event.Value
}

func newReader(b *event.Builder, opt eventio.Read) *reader {
	x := &reader{b: b, opt: opt, keys: newKeys(opt.Map, b.Wants), caseType: "case"}
	x.trace.early.most = maxEarly
	x.setEvent = func(k *key, v event.Value) { b.Set(x.column(k), v) }
	return x
}

// log reads the document.
func (x *reader) log(s *scanner) error {
	if err := s.next(); err != nil {
		return err
	}
	if s.elem != elLog {
		local := clip(s.name)
		e := s.fail(s.at, errs.Tf("the document is <%s>; expected <log>, as XES begins", "文档的根元素是 <%s>；XES 应以 <log> 开头", local))
		e.Next = errs.T("see whether the file is XES, and not another kind of XML", "请确认文件是 XES，而不是其他 XML")
		return e
	}
	for empty := s.tok == tokEmpty; !empty; {
		if err := s.next(); err != nil {
			return err
		}
		if s.tok == tokEnd {
			break
		}
		if err := x.child(s); err != nil {
			return err
		}
	}
	return s.next() // nothing may follow but white space and comments
}

// child reads one element directly in the log.
func (x *reader) child(s *scanner) error {
	switch {
	case s.elem == elTrace:
		return x.readTrace(s)
	case s.elem == elEvent:
		x.trace = trace{first: -1, attrs: x.trace.attrs[:0], name: x.trace.name[:0], early: x.trace.early.reset()}
		return x.readEvent(s)
	case s.elem <= elID && string(s.key) == keyPer && len(s.value) > 0:
		x.caseType = string(s.value)
	case s.elem == elList && string(s.key) == keyObjects:
		return x.datedObjects(s)
	case s.elem == elOther:
		if err := x.unknown(s, "log"); err != nil {
			return err
		}
	}
	return x.pass(s)
}

// pass goes past the element that the scanner stands on.
func (x *reader) pass(s *scanner) error {
	if s.tok != tokOpen {
		return nil
	}
	depth := len(s.depth)
	for len(s.depth) >= depth {
		if err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

var elements = []string{"log", "trace", "event", "string", "date", "int", "float", "boolean", "id", "list", "container"}

// unknown sets an element aside that XES doesn't know: it may be a misspelt
// <event>, and what it says would be lost in silence.
func (x *reader) unknown(s *scanner, within string) error {
	name := clip(s.name)
	return x.opt.Bad.Add(&errs.Error{Code: errs.Input, Place: s.place(s.at),
		What: errs.Tf("<%s> in <%s> is no element of XES", "<%s> 出现在 <%s> 中，不是 XES 元素", name, within),
		Next: errs.DidYouMean(name, elements)}, string(s.w[s.at:s.pos]))
}

// readTrace reads a trace: its attributes and its events, in any order.
func (x *reader) readTrace(s *scanner) error {
	x.event++
	x.trace = trace{first: -1, attrs: x.trace.attrs[:0], name: x.trace.name[:0], early: x.trace.early.reset(), seen: x.event}
	t := &x.trace
	for empty := s.tok == tokEmpty; !empty; {
		if err := s.next(); err != nil {
			return err
		}
		if s.tok == tokEnd {
			break
		}
		var err error
		switch {
		case s.elem == elEvent && t.named:
			err = x.readEvent(s)
		case s.elem == elEvent:
			err = t.early.keep(s)
		case s.elem <= elContainer:
			err = x.traceAttr(s)
		case s.elem == elOther:
			if err = x.unknown(s, "trace"); err == nil {
				err = x.pass(s)
			}
		default:
			err = x.misplaced(s, "trace")
		}
		if err != nil {
			return err
		}
	}
	if err := x.readEarly(s.file); err != nil {
		return err
	}
	if t.first >= 0 && t.named {
		for _, a := range t.attrs {
			x.b.SetObjectFrom(x.caseOf(), a.col, a.val, uint32(t.first))
		}
	}
	return nil
}

// misplaced is an element of XES where it can't be.
func (x *reader) misplaced(s *scanner, within string) error {
	e := s.fail(s.at, errs.Tf("<%s> can't stand in <%s>", "<%s> 不能出现在 <%s> 中", clip(s.name), within))
	e.Next = errs.T("a log holds traces, a trace events, and an event attributes", "日志包含 trace，trace 包含 event，event 包含属性")
	return e
}

// traceAttr reads an attribute of the trace: its name, or one of the case.
func (x *reader) traceAttr(s *scanner) error {
	t := &x.trace
	if s.key == nil {
		return x.setAside(s, noKey())
	}
	if string(s.key) == keyAttributes && s.elem >= elList {
		return x.children(s, func() error { return x.caseAttr(s, x.keys.find(s.key)) })
	}
	k := x.keys.find(s.key)
	if k.traceName && s.elem <= elID {
		if t.named {
			return x.setAside(s, twice(s.key, "trace"))
		}
		if t.named = len(s.value) > 0; t.named {
			t.name = append(t.name[:0], s.value...)
		}
		if s.tok == tokOpen {
			if err := x.nested(s, k, &event.Value{}, x.setCase); err != nil {
				return err
			}
		}
		return x.readEarly(s.file)
	}
	return x.caseAttr(s, k)
}

// caseAttr keeps an attribute of the case until the trace's earliest event is
// known.
func (x *reader) caseAttr(s *scanner, k *key) error {
	t := &x.trace
	if k.seen == t.seen {
		return x.setAside(s, twice(s.key, "trace"))
	}
	k.seen = t.seen
	return x.attribute(s, k, x.setCase)
}

// setCase keeps a value of the case.
func (x *reader) setCase(k *key, v event.Value) {
	if v.Kind == event.String {
		l := x.b.Log() // the value must outlive the tag
		v.Str = l.Strings.Name(l.Strings.Code(v.Str))
	}
	x.trace.attrs = append(x.trace.attrs, setting{x.column(k), v})
}

// setAside hands over an element that can't be taken, and goes past it.
func (x *reader) setAside(s *scanner, what errs.Text) error {
	e := &errs.Error{Code: errs.Input, Place: s.place(s.at), What: what}
	if err := x.opt.Bad.Add(e, string(s.w[s.at:s.pos])); err != nil {
		return err
	}
	return x.pass(s)
}

func twice(key []byte, where string) errs.Text {
	return errs.Tf("the attribute %q stands twice in one <%s>; expected once", "属性 %q 在同一 <%s> 中出现两次；应只有一次", clip(key), where)
}

// readEvent reads an event and makes a row of it.
func (x *reader) readEvent(s *scanner) error {
	x.b.Begin()
	x.event++
	x.links, x.listed, x.fault = x.links[:0], false, nil
	s.holdHere()
	if s.tok == tokOpen {
		for {
			if err := s.next(); err != nil {
				return err
			}
			if s.tok == tokEnd {
				break
			}
			if err := x.eventAttr(s); err != nil {
				return err
			}
		}
	}
	err := x.commit(s)
	s.hold = -1
	if err == nil && len(x.keys.byName) > maxNames {
		return s.limit(s.pos, errs.Tf("more than %d different attributes; are values used as keys?", "不同的属性超过 %d 个；是否把值写成了 key？", maxNames))
	}
	return err
}

func (x *reader) eventAttr(s *scanner) error {
	if s.elem > elContainer {
		if s.elem != elOther {
			return x.misplaced(s, "event")
		}
		if x.fault == nil {
			name := clip(s.name)
			x.fault = &errs.Error{What: errs.Tf("<%s> in <event> is no element of XES", "<%s> 出现在 <event> 中，不是 XES 元素", name),
				Next: errs.DidYouMean(name, elements)}
		}
		return x.pass(s)
	}
	if s.key == nil {
		x.blame(noKey(), errs.Text{})
		return x.pass(s)
	}
	k := x.keys.find(s.key)
	if k.seen == x.event {
		x.blame(twice(s.key, "event"), errs.Text{})
		return x.pass(s)
	}
	k.seen = x.event
	switch {
	case k.part != partNone:
		return x.eventPart(s, k)
	case s.tok == tokOpen || s.elem >= elList:
		return x.attribute(s, k, x.setEvent)
	case k.wanted:
		if v := x.scalar(s, k); v.Kind != event.Absent {
			x.b.Set(x.column(k), v)
		}
	}
	return nil
}

// column is the attribute's column, made when its first value comes.
func (x *reader) column(k *key) int {
	if k.col < 0 {
		k.col = x.b.Column(k.name)
	}
	return k.col
}

// blame remembers the first thing wrong with the pending event.
func (x *reader) blame(what, next errs.Text) {
	if x.fault == nil {
		x.fault = &errs.Error{What: what, Next: next}
	}
}

// commit ties the pending event to its objects and makes it a row, or sets it
// aside.
func (x *reader) commit(s *scanner) error {
	t := &x.trace
	if x.fault == nil {
		if t.named && !x.listed {
			x.b.Link(x.caseOf(), "")
		}
		for _, l := range x.links {
			x.b.Link(l.obj, l.qualifier)
		}
		row, err := x.b.Commit()
		if err == nil {
			if t.first < 0 || x.b.Log().Before(row, uint32(t.first)) {
				t.first = int64(row)
			}
			return nil
		}
		if full := event.Full(err, errs.Place{File: s.file, Line: s.heldLine()}); full != nil {
			return full
		}
		x.lacks(err)
	}
	x.fault.Code = errs.Input
	x.fault.Place = errs.Place{File: s.file, Line: s.heldLine()}
	return x.opt.Bad.Add(x.fault, s.held())
}

// caseOf is the trace's object.
func (x *reader) caseOf() event.ObjectID {
	if x.trace.obj == 0 {
		x.trace.obj = x.b.Object(x.caseType, x.trace.name)
	}
	return x.trace.obj
}

// lacks says what the pending event lacks.
func (x *reader) lacks(err error) {
	name := func(part, usual string) string {
		if n := x.opt.Map[part]; n != "" {
			return n
		}
		return usual
	}
	switch {
	case errors.Is(err, event.ErrNoType):
		k := name("type", keyName)
		x.blame(errs.Tf("an event without a type; expected the attribute %q", "事件没有类型；应有属性 %q", k),
			errs.T("if another attribute names the activity, use --map type=…", "若活动名称在其他属性中，请用 --map type=…"))
	case errors.Is(err, event.ErrNoTime):
		k := name("time", keyTime)
		x.blame(errs.Tf("an event without a time; expected the attribute %q", "事件没有时间；应有属性 %q", k),
			errs.T("if another attribute says when it happened, use --map time=…", "若发生时间在其他属性中，请用 --map time=…"))
	case errors.Is(err, event.ErrNoObject):
		k := name("case", keyName)
		x.blame(errs.Tf("an event without a case; expected it in a <trace> with the attribute %q", "事件没有案件；它应在带有属性 %q 的 <trace> 中", k),
			errs.T("if another attribute of the trace names the case, use --map case=…", "若案件编号在 trace 的其他属性中，请用 --map case=…"))
	}
}
