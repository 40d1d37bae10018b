package rule

import (
	"math"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// fn is a compiled part of an expression; ok is false where it has no value.
type fn[T any] func(it, when uint32, obj event.ObjectID) (v T, ok bool)

// compiler turns a checked tree into closures over the columns of a log. What
// it has no shape for it leaves to the interpreter, the whole expression at
// once: each method gives nil then.
type compiler struct {
	e   *expression
	log *event.Log
	// exact is false where a closure may have no value for another reason than
	// absence, which the interpreter is then asked for.
	exact bool
	reads Columns
}

func newCompiler(e *expression, l *event.Log) *compiler { return &compiler{e: e, log: l, exact: true} }

// compileCond gives nil for what it has no shape for; how it went the compiler says.
func compileCond(e *expression, l *event.Log) (Test, *compiler) {
	c := newCompiler(e, l)
	return c.cond(e.ast.Expr()), c
}

func tri(b bool) clock.Tri {
	if b {
		return clock.Yes
	}
	return clock.No
}

// cond compiles what comes to yes or no.
func (c *compiler) cond(e celast.Expr) Test {
	switch e.Kind() {
	case celast.LiteralKind:
		if b, ok := e.AsLiteral().(types.Bool); ok {
			value := tri(bool(b))
			return func(uint32, uint32, event.ObjectID) clock.Tri { return value }
		}
	case celast.SelectKind:
		if e.AsSelect().IsTestOnly() {
			return c.has(e.AsSelect())
		}
		if f, ok := c.field(e); ok && f.kind == event.Bool {
			return c.flag(f)
		}
	case celast.CallKind:
		return c.call(e.AsCall())
	}
	return nil
}

func (c *compiler) call(call celast.CallExpr) Test {
	args := call.Args()
	switch name := call.FunctionName(); name {
	case operators.LogicalAnd, operators.LogicalOr:
		return c.logic(name == operators.LogicalAnd, args[0], args[1])
	case operators.LogicalNot:
		if x := c.cond(args[0]); x != nil {
			return func(it, when uint32, obj event.ObjectID) clock.Tri { return not(x(it, when, obj)) }
		}
	case operators.Conditional:
		return c.choose(args)
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return c.compare(name, args[0], args[1])
	case operators.In:
		return c.in(args[0], args[1])
	case "startsWith", "endsWith", "contains", "matches":
		if call.IsMemberFunction() && len(args) == 1 {
			return c.text(name, call.Target(), args[0])
		}
	}
	return nil
}

func not(t clock.Tri) clock.Tri {
	switch t {
	case clock.Yes:
		return clock.No
	case clock.No:
		return clock.Yes
	}
	return clock.Unknown
}

// logic is CEL's && and ||: one side decides where it can, whatever the other
// side has, and in either order.
func (c *compiler) logic(and bool, a, b celast.Expr) Test {
	x, y := c.cond(a), c.cond(b)
	if x == nil || y == nil {
		return nil
	}
	if and {
		return func(it, when uint32, obj event.ObjectID) clock.Tri {
			s := x(it, when, obj)
			if s == clock.No {
				return s
			}
			if t := y(it, when, obj); s == clock.Yes || t == clock.No {
				return t
			}
			return clock.Unknown
		}
	}
	return func(it, when uint32, obj event.ObjectID) clock.Tri {
		s := x(it, when, obj)
		if s == clock.Yes {
			return s
		}
		if t := y(it, when, obj); s == clock.No || t == clock.Yes {
			return t
		}
		return clock.Unknown
	}
}

func (c *compiler) choose(args []celast.Expr) Test {
	q, x, y := c.cond(args[0]), c.cond(args[1]), c.cond(args[2])
	if q == nil || x == nil || y == nil {
		return nil
	}
	return func(it, when uint32, obj event.ObjectID) clock.Tri {
		switch q(it, when, obj) {
		case clock.Yes:
			return x(it, when, obj)
		case clock.No:
			return y(it, when, obj)
		}
		return clock.Unknown
	}
}

// compare compiles a comparison; the checker has seen to it that both sides
// are of one type.
func (c *compiler) compare(op string, a, b celast.Expr) Test {
	switch c.e.ast.GetType(a.ID()).Kind() {
	case types.StringKind:
		return c.compareStrings(op, a, b)
	case types.DoubleKind:
		return c.compareNumbers(op, a, b)
	case types.IntKind:
		return compared(op, c.whole(a), c.whole(b))
	case types.TimestampKind:
		return compared(op, c.time(a), c.time(b))
	case types.DurationKind:
		if t := c.apart(op, a, b); t != nil {
			return t
		}
		return compared(op, c.length(a), c.length(b))
	case types.BoolKind:
		return c.compareBools(op, a, b)
	}
	return nil
}

// compared compares two values that are totally ordered.
func compared[T ~int64 | ~string](op string, a, b fn[T]) Test {
	if a == nil || b == nil {
		return nil
	}
	less, same, more := outcomes(op)
	return func(it, when uint32, obj event.ObjectID) clock.Tri {
		x, ok := a(it, when, obj)
		if !ok {
			return clock.Unknown
		}
		y, ok := b(it, when, obj)
		switch {
		case !ok:
			return clock.Unknown
		case x < y:
			return less
		case x == y:
			return same
		}
		return more
	}
}

// apart has a shape of its own for it.time − when.time beside a constant.
func (c *compiler) apart(op string, a, b celast.Expr) Test {
	limit := c.constantLength(b)
	if limit == nil || a.Kind() != celast.CallKind || a.AsCall().FunctionName() != operators.Subtract {
		return nil
	}
	args := a.AsCall().Args()
	x, okX := c.field(args[0])
	y, okY := c.field(args[1])
	if !okX || !okY || x.of != ofRow || y.of != ofRow || x.name != "time" || y.name != "time" {
		return nil
	}
	c.exact = false
	less, same, more := outcomes(op)
	l, d := c.log, *limit
	return func(it, when uint32, _ event.ObjectID) clock.Tri {
		from, to := it, it
		if x.when {
			to = when
		}
		if y.when {
			from = when
		}
		switch us, ok := countable(int64(l.Time[to] - l.Time[from])); {
		case !ok:
			return clock.Unknown
		case us < d:
			return less
		case us == d:
			return same
		}
		return more
	}
}

// outcomes is what an operator says where the left side is less, the same, or
// more.
func outcomes(op string) (less, same, more clock.Tri) {
	switch op {
	case operators.Equals:
		return clock.No, clock.Yes, clock.No
	case operators.NotEquals:
		return clock.Yes, clock.No, clock.Yes
	case operators.Less:
		return clock.Yes, clock.No, clock.No
	case operators.LessEquals:
		return clock.Yes, clock.Yes, clock.No
	case operators.Greater:
		return clock.No, clock.No, clock.Yes
	}
	return clock.No, clock.Yes, clock.Yes
}

func (c *compiler) compareBools(op string, a, b celast.Expr) Test {
	x, y := c.cond(a), c.cond(b)
	if x == nil || y == nil || op != operators.Equals && op != operators.NotEquals {
		return nil
	}
	same, other := clock.Yes, clock.No
	if op == operators.NotEquals {
		same, other = other, same
	}
	return func(it, when uint32, obj event.ObjectID) clock.Tri {
		s, t := x(it, when, obj), y(it, when, obj)
		switch {
		case s == clock.Unknown || t == clock.Unknown:
			return clock.Unknown
		case s == t:
			return same
		}
		return other
	}
}

// compareNumbers has a shape of its own for a field of an event beside a
// constant, which most conditions are.
func (c *compiler) compareNumbers(op string, a, b celast.Expr) Test {
	less, same, more := outcomes(op)
	if limit, ok := literal(b).(types.Double); ok {
		if f, ok := c.field(a); ok && f.of == ofEvent {
			return numberBeside(c.column(f.attr), f.when, float64(limit), less, same, more)
		}
	}
	if limit, ok := literal(a).(types.Double); ok {
		if f, ok := c.field(b); ok && f.of == ofEvent {
			return numberBeside(c.column(f.attr), f.when, float64(limit), more, same, less)
		}
	}
	x, y := c.number(a), c.number(b)
	if x == nil || y == nil {
		return nil
	}
	unordered := tri(op == operators.NotEquals) // 0/0 equals nothing and has no place in the order
	return func(it, when uint32, obj event.ObjectID) clock.Tri {
		p, ok := x(it, when, obj)
		if !ok {
			return clock.Unknown
		}
		q, ok := y(it, when, obj)
		switch {
		case !ok:
			return clock.Unknown
		case p < q:
			return less
		case p == q:
			return same
		case p > q:
			return more
		}
		return unordered
	}
}

func numberBeside(col *column, ofWhen bool, limit float64, less, same, more clock.Tri) Test {
	return func(it, when uint32, _ event.ObjectID) clock.Tri {
		if ofWhen {
			it = when
		}
		v, k := col.get(it)
		if k != event.Number {
			return clock.Unknown
		}
		switch f := math.Float64frombits(v); {
		case f < limit:
			return less
		case f == limit:
			return same
		}
		return more
	}
}
