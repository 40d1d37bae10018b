package rule

import (
	"math"
	"time"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// number compiles what comes to a number.
func (c *compiler) number(e celast.Expr) fn[float64] {
	if v, ok := literal(e).(types.Double); ok {
		f := float64(v)
		return func(uint32, uint32, event.ObjectID) (float64, bool) { return f, true }
	}
	if f, ok := c.field(e); ok && f.kind == event.Number {
		raw := c.raw(f)
		return func(it, when uint32, obj event.ObjectID) (float64, bool) {
			v, k := raw(it, when, obj)
			return math.Float64frombits(v), k == event.Number
		}
	}
	if e.Kind() != celast.CallKind {
		return nil
	}
	args := e.AsCall().Args()
	switch op := e.AsCall().FunctionName(); op {
	case operators.Negate:
		return mapped(c.number(args[0]), func(x float64) (float64, bool) { return -x, true })
	case operators.Conditional:
		return chosen(c.cond(args[0]), c.number(args[1]), c.number(args[2]))
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide:
		return joined(c.number(args[0]), c.number(args[1]), arithmetic[op])
	}
	return nil
}

var arithmetic = map[string]func(x, y float64) (float64, bool){
	operators.Add:      func(x, y float64) (float64, bool) { return x + y, true },
	operators.Subtract: func(x, y float64) (float64, bool) { return x - y, true },
	operators.Multiply: func(x, y float64) (float64, bool) { return x * y, true },
	operators.Divide:   func(x, y float64) (float64, bool) { return x / y, true },
}

// mapped, joined and chosen put parts together; what lacks a part is nil.
func mapped[T, U any](a fn[T], f func(T) (U, bool)) fn[U] {
	if a == nil {
		return nil
	}
	return func(it, when uint32, obj event.ObjectID) (u U, ok bool) {
		x, ok := a(it, when, obj)
		if !ok {
			return u, false
		}
		return f(x)
	}
}

func joined[S, T, U any](a fn[S], b fn[T], f func(S, T) (U, bool)) fn[U] {
	if a == nil || b == nil {
		return nil
	}
	return func(it, when uint32, obj event.ObjectID) (u U, ok bool) {
		x, ok := a(it, when, obj)
		if !ok {
			return u, false
		}
		y, ok := b(it, when, obj)
		if !ok {
			return u, false
		}
		return f(x, y)
	}
}

func chosen[T any](q Test, a, b fn[T]) fn[T] {
	if q == nil || a == nil || b == nil {
		return nil
	}
	return func(it, when uint32, obj event.ObjectID) (v T, ok bool) {
		switch q(it, when, obj) {
		case clock.Yes:
			return a(it, when, obj)
		case clock.No:
			return b(it, when, obj)
		}
		return v, false
	}
}

// The times that CEL can count to: the years 1 to 9999.
const (
	firstInstant = clock.Instant(-62135596800 * 1_000_000)
	lastInstant  = clock.Instant(253402300800*1_000_000 - 1)
	// maxLength is the longest length of time in CEL: as many nanoseconds as
	// fit 64 bits, some 292 years, in microseconds.
	maxLength = math.MaxInt64 / 1000
)

// time compiles what comes to a time. Results beyond what CEL can count have
// no value.
func (c *compiler) time(e celast.Expr) fn[clock.Instant] {
	if f, ok := c.field(e); ok && f.kind == event.Time {
		return c.timeField(f)
	}
	if e.Kind() != celast.CallKind {
		return nil
	}
	args := e.AsCall().Args()
	switch e.AsCall().FunctionName() {
	case operators.Conditional:
		return chosen(c.cond(args[0]), c.time(args[1]), c.time(args[2]))
	case "timestamp":
		text, ok := literal(args[0]).(types.String)
		if !ok {
			return nil
		}
		v, ok := text.ConvertToType(types.TimestampType).(types.Timestamp)
		if !ok || v.Nanosecond()%1000 != 0 {
			return nil
		}
		t := clock.InstantOf(v.Time)
		return func(uint32, uint32, event.ObjectID) (clock.Instant, bool) { return t, true }
	case operators.Add:
		c.exact = false
		if c.e.ast.GetType(args[0].ID()).Kind() == types.DurationKind {
			args = []celast.Expr{args[1], args[0]}
		}
		return joined(c.time(args[0]), c.length(args[1]), func(t clock.Instant, d int64) (clock.Instant, bool) { return within(t + clock.Instant(d)) })
	case operators.Subtract:
		c.exact = false
		return joined(c.time(args[0]), c.length(args[1]), func(t clock.Instant, d int64) (clock.Instant, bool) { return within(t - clock.Instant(d)) })
	}
	return nil
}

func within(t clock.Instant) (clock.Instant, bool) { return t, t >= firstInstant && t <= lastInstant }

func (c *compiler) timeField(f fieldRef) fn[clock.Instant] {
	l, ofWhen := c.log, f.when
	switch {
	case f.of == ofRow && f.name == "time":
		return func(it, when uint32, _ event.ObjectID) (clock.Instant, bool) {
			if ofWhen {
				it = when
			}
			return l.Time[it], true
		}
	case f.of == ofRow:
		return func(it, when uint32, _ event.ObjectID) (clock.Instant, bool) {
			if ofWhen {
				it = when
			}
			return instantAt(l.Recorded, it)
		}
	}
	raw := c.raw(f)
	return func(it, when uint32, obj event.ObjectID) (clock.Instant, bool) {
		v, k := raw(it, when, obj)
		return clock.Instant(v), sameKind(k, event.Time)
	}
}

// length compiles what comes to a length of time, in microseconds.
func (c *compiler) length(e celast.Expr) fn[int64] {
	if e.Kind() != celast.CallKind {
		return nil
	}
	args := e.AsCall().Args()
	switch op := e.AsCall().FunctionName(); op {
	case operators.Conditional:
		return chosen(c.cond(args[0]), c.length(args[1]), c.length(args[2]))
	case "duration":
		d := c.constantLength(e)
		if d == nil {
			return nil
		}
		us := *d
		return func(uint32, uint32, event.ObjectID) (int64, bool) { return us, true }
	case operators.Subtract:
		c.exact = false
		if c.e.ast.GetType(args[0].ID()).Kind() == types.TimestampKind {
			return joined(c.time(args[0]), c.time(args[1]), func(t, u clock.Instant) (int64, bool) { return countable(int64(t - u)) })
		}
		return joined(c.length(args[0]), c.length(args[1]), func(d, f int64) (int64, bool) { return countable(d - f) })
	case operators.Add:
		c.exact = false
		return joined(c.length(args[0]), c.length(args[1]), func(d, f int64) (int64, bool) { return countable(d + f) })
	}
	return nil
}

// constantLength is what duration("…") comes to, in whole microseconds; nil for
// anything else.
func (c *compiler) constantLength(e celast.Expr) *int64 {
	if e.Kind() != celast.CallKind || e.AsCall().FunctionName() != "duration" {
		return nil
	}
	text, ok := literal(e.AsCall().Args()[0]).(types.String)
	d, err := time.ParseDuration(string(text))
	if !ok || err != nil || d%time.Microsecond != 0 {
		return nil
	}
	us := d.Microseconds()
	return &us
}

func countable(d int64) (int64, bool) { return d, d <= maxLength && d >= -maxLength }

// whole compiles what comes to a whole number: a constant, or a part of a time
// on the clock of a zone.
func (c *compiler) whole(e celast.Expr) fn[int64] {
	if v, ok := literal(e).(types.Int); ok {
		n := int64(v)
		return func(uint32, uint32, event.ObjectID) (int64, bool) { return n, true }
	}
	if e.Kind() != celast.CallKind || !e.AsCall().IsMemberFunction() || len(e.AsCall().Args()) != 1 {
		return nil
	}
	call := e.AsCall()
	name, ok := literal(call.Args()[0]).(types.String)
	if !ok || !accessors[call.FunctionName()] || c.e.ast.GetType(call.Target().ID()).Kind() != types.TimestampKind {
		return nil
	}
	z, err := clock.LoadZone(string(name))
	if err != nil {
		return nil
	}
	part := call.FunctionName()
	return mapped(c.time(call.Target()), func(t clock.Instant) (int64, bool) { return partOf(z, t, part), true })
}

// partOf is a part of a time as CEL counts it: months, days of the year and of
// the month from 0, getDate from 1, Sunday is 0.
func partOf(z *clock.Zone, t clock.Instant, part string) int64 {
	const day = 86400 * 1_000_000
	shown := (int64(t) + int64(z.Offset(t))*1_000_000) % day
	if shown < 0 {
		shown += day
	}
	switch part {
	case "getHours":
		return shown / (3600 * 1_000_000)
	case "getMinutes":
		return shown / (60 * 1_000_000) % 60
	case "getSeconds":
		return shown / 1_000_000 % 60
	case "getMilliseconds":
		return shown / 1000 % 1000
	}
	d := z.Date(t)
	y, m, dom := d.Date()
	switch part {
	case "getFullYear":
		return int64(y)
	case "getMonth":
		return int64(m) - 1
	case "getDayOfYear":
		return int64(d - clock.NewDay(y, time.January, 1))
	case "getDayOfMonth":
		return int64(dom) - 1
	case "getDate":
		return int64(dom)
	}
	return int64(d.Weekday())
}

// compileTime compiles `from`. Where it names a field whose value is a date
// alone, the last instant of that day can be asked for.
func compileTime(e *expression, l *event.Log) (get func(when uint32, last bool) (clock.Instant, bool), exact bool) {
	c := newCompiler(e, l)
	at := c.time(e.ast.Expr())
	if at == nil {
		return nil, true
	}
	f, isField := c.field(e.ast.Expr())
	if !isField {
		return func(when uint32, _ bool) (clock.Instant, bool) { return at(when, when, 0) }, c.exact
	}
	onDay := func(row uint32) bool { return l.OnDay.Has(row) }
	switch {
	case f.of == ofEvent:
		col := c.column(f.attr)
		onDay = func(row uint32) bool {
			_, k := col.get(row)
			return k == event.Day
		}
	case f.name == "recorded":
		onDay = func(row uint32) bool { return l.RecordedOnDay.Has(row) }
	}
	zone := e.zone
	return func(when uint32, last bool) (clock.Instant, bool) {
		t, ok := at(when, when, 0)
		if ok && last && onDay(when) {
			t = zone.Last(zone.Date(t))
		}
		return t, ok
	}, true
}

// compileNumber compiles `sum`.
func compileNumber(e *expression, l *event.Log) func(it uint32) (float64, bool) {
	n := newCompiler(e, l).number(e.ast.Expr())
	if n == nil {
		return nil
	}
	return func(it uint32) (float64, bool) {
		v, ok := n(it, it, 0)
		if !ok {
			return 0, false
		}
		return finite(v)
	}
}

// compileValue compiles `distinct` where it names a field: texts have codes of
// the log already.
func compileValue(e *expression, l *event.Log) func(it uint32) (uint64, bool) {
	c := newCompiler(e, l)
	f, ok := c.field(e.ast.Expr())
	if !ok {
		return nil
	}
	switch {
	case f.kind == event.String && f.of == ofRow && f.name == "type":
		return func(it uint32) (uint64, bool) { return uint64(l.Type[it]), true }
	case f.kind == event.String:
		code := c.code(f)
		if code == nil {
			return nil
		}
		return func(it uint32) (uint64, bool) {
			k := code(it, it)
			return uint64(k), k != 0
		}
	case f.kind == event.Time:
		at := c.timeField(f)
		return func(it uint32) (uint64, bool) {
			t, ok := at(it, it, 0)
			return uint64(t), ok
		}
	case f.kind == event.Number:
		n := c.number(e.ast.Expr())
		return func(it uint32) (uint64, bool) {
			v, ok := n(it, it, 0)
			if !ok {
				return 0, false
			}
			return numberCode(v)
		}
	case f.kind == event.Bool:
		raw := c.raw(f)
		return func(it uint32) (uint64, bool) {
			v, k := raw(it, it, 0)
			return v, k == event.Bool
		}
	}
	return nil
}
