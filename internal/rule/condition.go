package rule

import (
	"sync/atomic"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Cond is a checked condition.
type Cond struct{ expression }

// Expr is a checked expression: what `from`, `distinct` and `sum` have.
type Expr struct {
	expression
	purpose purpose
}

// purpose is what an expression is for, and so what it must come to.
type purpose uint8

const (
	purposeCond   purpose = iota // yes or no
	purposeTime                  // from: a time over when
	purposeValue                 // distinct: any plain value over it
	purposeNumber                // sum: a number over it
)

// scope is which variables an expression may use.
type scope uint8

const (
	scopeOwn   scope = iota // it, case: the condition of `when` and `of`
	scopeOther              // it, when, case
	scopeWhen               // when: `from`
	scopeIt                 // it: `distinct` and `sum`
)

var scopeVars = [...][]string{
	scopeOwn:   {"it", "case"},
	scopeOther: {"it", "when", "case"},
	scopeWhen:  {"when"},
	scopeIt:    {"it"},
}

// expression is what conditions and expressions have in common.
type expression struct {
	text  string
	at    Pos
	ast   *celast.AST // checked, rewritten
	prog  cel.Program // the interpreter's form of it
	zone  *clock.Zone
	kinds map[string]event.Kind // declared attributes
	vars  map[string]bool       // the variables it uses
	reads []Attribute
	types []TypeUse // event types that it compares with
}

// Attribute is a place where a rule reads an attribute.
type Attribute struct {
	Name   string
	Object bool // of an object (case.attr), not of an event
	Pos    Pos
}

// String is the expression as it was written.
func (e *expression) String() string { return e.text }

// Pos is where it was written.
func (e *expression) Pos() Pos { return e.at }

// UsesWhen says whether the value depends on the activating event.
func (e *expression) UsesWhen() bool { return e.vars["when"] }

// UsesCase says whether the value depends on the case (and so on its
// attributes in force at the activating event).
func (e *expression) UsesCase() bool { return e.vars["case"] }

// Test is a condition bound to a log: it and when are rows of it, obj is the
// key's object of the pack's `per`, 0 where the key has none. In the condition
// of `when` itself both rows are the event tested. Unknown is no value.
type Test func(it, when uint32, obj event.ObjectID) clock.Tri

// Bound is a condition that reads the columns of one log. Test may be called
// from many goroutines at once.
type Bound struct {
	Test  Test
	Reads Columns
	failures
}

// Columns are those of a log in which a condition looks events up. Who knows the
// rows beforehand can read them together, and so wait once; what isn't compiled
// names none.
type Columns struct {
	Actor, Unit bool
	Attrs       []*event.Column
}

// BoundExpr is an expression that reads the columns of one log. One of its
// functions is set, by what the expression is for; ok is false where it has no
// value. They may be called from many goroutines at once.
type BoundExpr struct {
	// Time is the instant from which a clock runs (`from`). Where the
	// expression names a time that is a date alone, last asks for the last
	// instant of that day.
	Time func(when uint32, last bool) (t clock.Instant, ok bool)
	// Value is what `distinct` tells apart: equal values of one expression have
	// equal codes. It is given by one BoundExpr only; codes of two can't be
	// compared.
	Value func(it uint32) (code uint64, ok bool)
	// Number is what `sum` adds up.
	Number func(it uint32) (n float64, ok bool)
	failures
}

// Failure is a cause for which conditions had no value other than that
// something was absent, and how often it came.
type Failure struct {
	Cause errs.Text
	Count int64
}

// cause is why an evaluation failed.
type cause uint8

const (
	causeZero cause = iota
	causeRange
	causeConversion
	causeOther
	causes
)

var causeTexts = [causes]errs.Text{
	causeZero:       errs.T("division by zero", "除数为零"),
	causeRange:      errs.T("a number or time beyond what can be counted", "数字或时间超出可计算的范围"),
	causeConversion: errs.T("a value that can't be converted", "值无法转换"),
	causeOther:      errs.T("an operation that isn't defined for its values", "对这些值没有定义的运算"),
}

// failures counts evaluations that failed, by cause.
type failures struct{ count *[causes]atomic.Int64 }

func newFailures() failures { return failures{new([causes]atomic.Int64)} }

// Failures are the evaluations so far that had no value for a reason other
// than that something was absent.
func (f failures) Failures() []Failure {
	var out []Failure
	for i := range f.count {
		if n := f.count[i].Load(); n > 0 {
			out = append(out, Failure{causeTexts[i], n})
		}
	}
	return out
}

// Bind compiles the condition for a log: into closures over its columns where
// its shape allows it, else for CEL's interpreter. The strings it compares
// with get codes in the log's dictionary, so a log that goroutines share is
// bound before they start. Rows may be added afterwards.
func (c *Cond) Bind(l *event.Log) *Bound {
	b := &Bound{failures: newFailures()}
	program := newProgram(&c.expression, l, b.failures)
	test, how := compileCond(&c.expression, l)
	b.Reads = how.reads
	if test == nil {
		b.Test = program.test
	} else if how.exact {
		b.Test = test
	} else {
		// An operation in it may fail; why it did, the interpreter knows.
		b.Test = func(it, when uint32, obj event.ObjectID) clock.Tri {
			if t := test(it, when, obj); t != clock.Unknown {
				return t
			}
			return program.test(it, when, obj)
		}
	}
	return b
}

// Bind compiles the expression for a log, as [Cond.Bind] does.
func (e *Expr) Bind(l *event.Log) *BoundExpr {
	b := &BoundExpr{failures: newFailures()}
	program := newProgram(&e.expression, l, b.failures)
	switch e.purpose {
	case purposeTime:
		compiled, exact := compileTime(&e.expression, l)
		b.Time = func(when uint32, last bool) (clock.Instant, bool) {
			if compiled != nil {
				if t, ok := compiled(when, last); ok || exact {
					return t, ok
				}
			}
			return program.time(when)
		}
	case purposeNumber:
		if b.Number = compileNumber(&e.expression, l); b.Number == nil {
			b.Number = program.number
		}
	case purposeValue:
		if b.Value = compileValue(&e.expression, l); b.Value == nil {
			b.Value = program.value
		}
	}
	return b
}
