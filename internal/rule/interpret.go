package rule

import (
	"errors"
	"math"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// program runs an expression over a log in CEL's interpreter.
type program struct {
	prog     cel.Program
	log      *event.Log
	failures failures
	scenes   sync.Pool

	mu    sync.Mutex
	words *event.Dict // codes of the strings that value gave out
}

func newProgram(e *expression, l *event.Log, f failures) *program {
	p := &program{prog: e.prog, log: l, failures: f, words: event.NewDict()}
	p.scenes.New = func() any { return &scene{it: eventRef{log: l}, when: eventRef{log: l}, object: objectRef{log: l}} }
	return p
}

// scene is what an expression can see: CEL asks it for the variables by name.
type scene struct {
	it, when eventRef
	object   objectRef
}

// ResolveName gives a variable's value.
func (s *scene) ResolveName(name string) (any, bool) {
	switch name {
	case "it":
		return &s.it, true
	case "when":
		return &s.when, true
	case "case":
		if s.object.obj == 0 {
			return absentVariable, true
		}
		return &s.object, true
	}
	return nil, false
}

// Parent is nil: there is nothing around a scene.
func (s *scene) Parent() cel.Activation { return nil }

// eval is the value of the expression; nil is no value, its cause counted.
func (p *program) eval(it, when uint32, obj event.ObjectID) ref.Val {
	s := p.scenes.Get().(*scene)
	s.it.row, s.when.row, s.object.row, s.object.obj = it, when, when, obj
	out, _, err := p.prog.Eval(s)
	p.scenes.Put(s)
	if err == nil {
		return out
	}
	if !errors.Is(err, errAbsent) {
		p.failures.count[causeOf(err)].Add(1)
	}
	return nil
}

// causeOf sorts the errors of CEL's functions by their words: they have no
// codes.
func causeOf(err error) cause {
	msg := err.Error()
	for _, w := range []struct {
		words string
		cause cause
	}{{"by zero", causeZero}, {"overflow", causeRange}, {"out of range", causeRange}, {"range", causeRange}, {"conver", causeConversion}, {"pars", causeConversion}, {"invalid", causeConversion}} {
		if strings.Contains(msg, w.words) {
			return w.cause
		}
	}
	return causeOther
}

func (p *program) test(it, when uint32, obj event.ObjectID) clock.Tri {
	switch p.eval(it, when, obj) {
	case types.True:
		return clock.Yes
	case types.False:
		return clock.No
	}
	return clock.Unknown
}

func (p *program) time(when uint32) (clock.Instant, bool) {
	if t, ok := p.eval(when, when, 0).(types.Timestamp); ok {
		return clock.InstantOf(t.Time), true
	}
	return 0, false
}

func (p *program) number(it uint32) (float64, bool) {
	switch n := p.eval(it, it, 0).(type) {
	case types.Double:
		return finite(float64(n))
	case types.Int:
		return float64(n), true
	}
	return 0, false
}

func finite(f float64) (float64, bool) { return f, !math.IsNaN(f) && !math.IsInf(f, 0) }

func (p *program) value(it uint32) (uint64, bool) {
	switch v := p.eval(it, it, 0).(type) {
	case types.Double:
		return numberCode(float64(v))
	case types.Int:
		return uint64(v), true
	case types.Bool:
		return boolCode(bool(v)), true
	case types.Timestamp:
		return uint64(clock.InstantOf(v.Time)), true
	case types.Duration:
		return uint64(v.Duration), true
	case types.String:
		p.mu.Lock()
		defer p.mu.Unlock()
		return uint64(p.words.Code(string(v))), true
	}
	return 0, false
}

// numberCode is the same for numbers that are equal.
func numberCode(f float64) (uint64, bool) {
	if f == 0 {
		f = 0 // both zeros are one
	}
	_, ok := finite(f)
	return math.Float64bits(f), ok
}

func boolCode(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
