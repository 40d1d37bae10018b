package rule

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Example is one of a pack's tests: events, and what its rules must say of
// them (spec §10).
type Example struct {
	Name     string
	Pos      Pos
	Events   []event.Event // each with an id (its own, else t1, t2 … by line) and a seq
	AsOf     clock.Instant // with HasAsOf; else the last event's time
	HasAsOf  bool
	Complete bool
	Want     map[string]Want // by rule id
}

// Want is what a test expects of one rule. Counts has the counts that the test
// names, by the names of [CountNames], and of those that follow from them
// (violations, at_risk …).
type Want struct {
	Pos    Pos
	Counts map[string]int
	Due    clock.Instant // with HasDue; of the first activation
	HasDue bool
}

// CountNames are the counts that partition a rule's activations, and
// when_unknown. Those that a test doesn't name must be zero.
func CountNames() []string { return slices.Clone(countNames) }

var (
	countNames = []string{"met", "met_late", "breached", "running", "moot", "not_evaluable", "when_unknown"}
	// Counts that follow from others or stand beside them are compared only where a test names them.
	derivedNames = []string{"activations", "violations", "episodes", "at_risk"}
	wantKeys     = append(append(slices.Clone(countNames), derivedNames...), "due")
)

// checkTests checks the pack's tests.
func (c *checker) checkTests(nodes []*testNode) {
	names := map[string]span{}
	for _, n := range nodes {
		for _, k := range []string{"name", "events", "want"} {
			c.missing(n.keys, n.at, k, errs.T("a test has name, events and want", "测试须有 name、events 和 want"))
		}
		x := Example{Pos: c.pos(n.at), Name: c.text(n.name), Complete: c.flag(n.complete), Want: map[string]Want{}}
		if n.name != nil {
			if at, again := names[x.Name]; again {
				c.fail(n.name.at, errs.Tf("a test with this name stands on line %d already", "第 %d 行已有同名测试", at.line), errs.T("give each test a name of its own", "请给每个测试各自的名称"))
			}
			names[x.Name] = n.name.at
		}
		if n.asOf != nil {
			x.AsOf, x.HasAsOf = c.instant(n.asOf)
		}
		if n.events != nil {
			x.Events = c.eventLines(n.events)
		}
		for _, w := range n.want {
			c.want(x.Want, w)
		}
		c.pack.Tests = append(c.pack.Tests, x)
	}
}

func (c *checker) instant(s *scalar) (clock.Instant, bool) {
	t, _, err := clock.ParseInstant(s.text, c.pack.Log.Zone)
	if err != nil {
		c.fail(s.at, errs.Tf("%s is not a time", "%s 不是时间", quote(s.text)), timeHint)
	}
	return t, err == nil
}

var timeHint = errs.T("write 2026-03-01T09:10, local time of the pack's zone, or a date alone", "请写 2026-03-01T09:10（规则包时区的本地时间），或只写日期")

func (c *checker) want(into map[string]Want, n wantNode) {
	var ids []string
	for _, r := range c.pack.Rules {
		ids = append(ids, r.ID)
	}
	if !contains(ids, n.rule.text) {
		c.fail(n.rule.at, errs.Tf("the pack has no rule %s", "规则包中没有规则 %s", quote(n.rule.text)), errs.DidYouMean(n.rule.text, ids))
	}
	w := Want{Pos: c.pos(n.rule.at), Counts: map[string]int{}}
	for _, p := range n.counts {
		if p.key.text == "due" {
			w.Due, w.HasDue = c.instant(p.value)
			continue
		}
		k, err := strconv.Atoi(p.value.text)
		if err != nil || k < 0 {
			c.fail(p.value.at, errs.Tf("%s is not a count", "%s 不是计数", quote(p.value.text)), errs.T("write a whole number, 0 or more", "请写不小于 0 的整数"))
		}
		w.Counts[p.key.text] = k
	}
	into[n.rule.text] = w
}

// eventLines reads the events of a test, a line each.
func (c *checker) eventLines(s *scalar) []event.Event {
	spans := c.locate(s)
	objects := c.objectTypes()
	var out []event.Event
	offset, number := 0, 0
	for line := range strings.SplitSeq(s.text, "\n") {
		l := &eventLine{checker: c, text: line, spans: spans[offset:], objects: objects}
		offset += utf8.RuneCountInString(line) + 1
		offset = min(offset, len(spans)-1)
		if t := strings.TrimSpace(line); t == "" || t[0] == '#' {
			continue
		}
		number++
		e := event.Event{ID: "t" + strconv.Itoa(number), Seq: int64(number), HasSeq: true}
		if l.read(&e) {
			out = append(out, e)
		}
	}
	if number == 0 {
		c.fail(s.at, errs.T("no events", "没有事件"), errs.T("write one a line: 2026-03-01T09:10 Create Fine  case=A1 amount=80", "每行写一个：2026-03-01T09:10 Create Fine  case=A1 amount=80"))
	}
	return out
}

// objectTypes are the names that mean an object in a test's line: what the
// pack and its rules correlate by.
func (c *checker) objectTypes() map[string]bool {
	types := map[string]bool{c.pack.Log.Per.Name: true}
	for _, r := range c.pack.Rules {
		for _, k := range r.Per {
			if k.Kind == KeyObject {
				types[k.Name] = true
			}
		}
	}
	return types
}

// eventLine is one line of a test: time, type, two spaces or more, key=value …
// The keys id, seq, actor, unit and recorded are the event's own; a type of
// object that the pack or one of its rules correlates by (also with a
// qualifier: person/suspect), or object:<type>, ties the event to an object;
// <type>.attr.<name> gives that object an attribute from here on; any other
// key, or attr.<name>, is an attribute of the event.
type eventLine struct {
	*checker
	text    string
	spans   []span
	at      int // in bytes of text
	objects map[string]bool
}

func (l *eventLine) failHere(at int, what, next errs.Text) bool {
	n := min(utf8.RuneCountInString(l.text[:at]), len(l.spans)-1)
	l.fail(l.spans[n], what, next)
	return false
}

func (l *eventLine) read(e *event.Event) bool {
	l.skip()
	start := l.at
	when := l.until(" \t")
	// A time may have a space between date and clock.
	if rest := strings.TrimPrefix(l.text[l.at:], " "); len(when) == 10 && len(rest) > 5 && rest[2] == ':' && rest[0] >= '0' && rest[0] <= '2' {
		l.at++
		when += " " + l.until(" \t")
	}
	t, day, err := clock.ParseInstant(when, l.pack.Log.Zone)
	if err != nil {
		return l.failHere(start, errs.Tf("%s is not a time", "%s 不是时间", quote(when)), timeHint)
	}
	e.Time = event.Stamp{At: t, Kind: event.Time}
	if day {
		e.Time.Kind = event.Day
	}
	l.skip()
	start = l.at
	rest := l.text[l.at:]
	e.Type = rest
	if i := strings.Index(strings.ReplaceAll(rest, "\t", "  "), "  "); i >= 0 {
		if j := strings.IndexByte(rest, '\t'); j >= 0 {
			i = min(i, j)
		}
		e.Type = rest[:i]
	}
	l.at += len(e.Type)
	switch e.Type = strings.TrimRight(e.Type, " \t"); {
	case e.Type == "":
		return l.failHere(start, errs.T("the event has no type", "事件没有类型"), lineHint)
	case strings.Contains(e.Type, "="):
		return l.failHere(start, errs.Tf("%s can't be an event type here", "%s 在此不能作事件类型", quote(e.Type)),
			errs.T("leave two spaces or more between the type and the first key=value", "类型与第一个 key=value 之间须空两格或以上"))
	}
	for l.skip(); l.at < len(l.text); l.skip() {
		if !l.pair(e) {
			return false
		}
	}
	if len(e.Objects) == 0 {
		return l.failHere(start, errs.T("the event is about no object", "事件未关联任何对象"), errs.Tf("write %s=A1 after two spaces", "请在两个空格后写 %s=A1", l.pack.Log.Per.Name))
	}
	return true
}

var lineHint = errs.T("a line is: time, type, two spaces, key=value …", "每行为：时间、类型、两个空格、key=value …")

func (l *eventLine) skip() {
	for l.at < len(l.text) && (l.text[l.at] == ' ' || l.text[l.at] == '\t') {
		l.at++
	}
}

func (l *eventLine) until(ends string) string {
	i := strings.IndexAny(l.text[l.at:], ends)
	if i < 0 {
		i = len(l.text) - l.at
	}
	s := l.text[l.at : l.at+i]
	l.at += i
	return s
}

// pair reads one key=value.
func (l *eventLine) pair(e *event.Event) bool {
	start := l.at
	key, ok := l.word("=")
	if !ok {
		return false
	}
	if l.at >= len(l.text) || l.text[l.at] != '=' || key == "" {
		return l.failHere(start, errs.Tf("%s is not key=value", "%s 不是 key=value", quote(key)), errs.T(`a value with spaces wants quotes: reason="two words"`, `含空格的值需加引号：reason="two words"`))
	}
	l.at++
	valueAt := l.at
	value, ok := l.word(" \t")
	if !ok {
		return false
	}
	return l.set(e, key, value, start, valueAt)
}

// word reads a word that ends before one of ends, or a quoted text, in which a
// backslash takes the next character as it is.
func (l *eventLine) word(ends string) (string, bool) {
	if l.at >= len(l.text) || l.text[l.at] != '"' && l.text[l.at] != '\'' {
		return l.until(ends + " \t"), true
	}
	start, quote := l.at, l.text[l.at]
	var b strings.Builder
	for l.at++; l.at < len(l.text); l.at++ {
		switch ch := l.text[l.at]; {
		case ch == quote:
			l.at++
			return b.String(), true
		case ch == '\\' && l.at+1 < len(l.text):
			l.at++
			b.WriteByte(l.text[l.at])
		default:
			b.WriteByte(ch)
		}
	}
	return "", l.failHere(start, errs.T("a quote that isn't closed", "引号没有闭合"), errs.Text{})
}

func (l *eventLine) set(e *event.Event, key, value string, at, valueAt int) bool {
	switch key {
	case "id":
		e.ID = value
		return true
	case "actor":
		e.Actor = event.Some(value)
		return true
	case "unit":
		e.Unit = event.Some(value)
		return true
	case "seq":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return l.failHere(valueAt, errs.Tf("%s is not a seq", "%s 不是 seq", quote(value)), errs.T("write a whole number", "请写整数"))
		}
		e.Seq = n
		return true
	case "recorded":
		v, ok := l.value(event.Time, value, valueAt)
		e.Recorded = event.Stamp{At: v.At, Kind: v.Kind}
		return ok
	}
	named, explicit := strings.CutPrefix(key, "object:")
	typ, qualifier, _ := strings.Cut(named, "/")
	if explicit || l.objects[typ] {
		o := event.Object{Type: typ, ID: value, Qualifier: qualifier}
		if typ == "" || value == "" {
			return l.failHere(at, errs.T("an object has a type and an id", "对象须有类型和编号"), errs.T("write case=A1", "请写 case=A1"))
		}
		e.Objects = append(e.Objects, o)
		return true
	}
	if typ, name, ok := strings.Cut(key, ".attr."); ok && l.objects[typ] {
		return l.setOfObject(e, typ, name, value, at, valueAt)
	}
	name := strings.TrimPrefix(key, "attr.")
	v, ok := l.value(l.pack.Log.Attributes[name], value, valueAt)
	e.Attrs = append(e.Attrs, event.Attr{Name: name, Value: v})
	return ok
}

// setOfObject gives an attribute to the object of a type that stands before it
// on the line.
func (l *eventLine) setOfObject(e *event.Event, typ, name, value string, at, valueAt int) bool {
	v, ok := l.value(l.pack.Log.Attributes[name], value, valueAt)
	for i := range e.Objects {
		if o := &e.Objects[i]; o.Type == typ {
			o.Attrs = append(o.Attrs, event.Attr{Name: name, Value: v})
			return ok
		}
	}
	return l.failHere(at, errs.Tf("the line names no %s before its attribute", "该行在属性之前没有写明 %s", typ), errs.Tf("write %[1]s=A1 %[1]s.attr.%[2]s=…", "请写 %[1]s=A1 %[1]s.attr.%[2]s=…", typ, name))
}

func (l *eventLine) value(k event.Kind, text string, at int) (event.Value, bool) {
	v, ok := event.ParseText(k, text, l.pack.Log.Zone)
	if !ok {
		return v, l.failHere(at, errs.Tf("%s is not a %s, as the attribute is declared", "%s 不是声明的类型 %s", quote(text), k), errs.T("to leave a value absent, leave the key out", "若要缺值，请删去该键"))
	}
	return v, true
}
