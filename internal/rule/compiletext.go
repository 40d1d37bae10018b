package rule

import (
	"regexp"
	"slices"
	"strings"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// words is a part of an expression that is a text. Equality goes by codes
// where both sides have codes of one dictionary: two fields in the log's
// Strings, two event types, or either beside a constant.
type words struct {
	text     fn[string]
	code     func(it, when uint32) uint32 // in Strings; nil: none
	isType   bool                         // an event type: code in Types
	col      *column                      // of an attribute of an event
	ofWhen   bool                         // of isType and col
	constant *string
}

// words takes an expression as a text: a literal, or a field of an event that is one;
// nil where it is neither, and CEL is asked.
func (c *compiler) words(e celast.Expr) *words {
	if s, ok := literal(e).(types.String); ok {
		text := string(s)
		return &words{constant: &text, text: func(uint32, uint32, event.ObjectID) (string, bool) { return text, true }}
	}
	f, ok := c.field(e)
	if !ok || f.kind != event.String {
		return nil
	}
	l, ofWhen := c.log, f.when
	w := &words{ofWhen: ofWhen}
	switch {
	case f.of == ofID:
		w.text = func(_, _ uint32, obj event.ObjectID) (string, bool) { return l.Objects.Name(obj), obj != 0 }
	case f.of == ofObject:
		raw := c.raw(f)
		w.text = func(it, when uint32, obj event.ObjectID) (string, bool) {
			v, k := raw(it, when, obj)
			if k != event.String {
				return "", false
			}
			return l.Strings.Name(uint32(v)), true
		}
	case f.of == ofRow && f.name == "type":
		w.isType = true
		w.text = func(it, when uint32, _ event.ObjectID) (string, bool) {
			if ofWhen {
				it = when
			}
			return l.Types.Name(uint32(l.Type[it])), true
		}
	case f.of == ofRow && f.name == "id":
		w.text = func(it, when uint32, _ event.ObjectID) (string, bool) {
			if ofWhen {
				it = when
			}
			return l.ID(it), true
		}
	default:
		code := c.code(f)
		w.code = code
		if f.of == ofEvent {
			w.col = c.column(f.attr)
		}
		w.text = func(it, when uint32, _ event.ObjectID) (string, bool) {
			k := code(it, when)
			return l.Strings.Name(k), k != 0
		}
	}
	return w
}

// compareStrings compares two texts, by their codes where those tell as much; nil where
// one of them isn't a plain text.
func (c *compiler) compareStrings(op string, a, b celast.Expr) Test {
	x, y := c.words(a), c.words(b)
	if x == nil || y == nil {
		return nil
	}
	if op != operators.Equals && op != operators.NotEquals {
		return compared(op, x.text, y.text)
	}
	if x.constant != nil {
		x, y = y, x
	}
	_, same, other := outcomes(op)
	l := c.log
	switch {
	case x.isType && y.constant != nil:
		return c.typeIs(x, []string{*y.constant}, same, other)
	case x.isType && y.isType:
		return func(it, when uint32, _ event.ObjectID) clock.Tri {
			p, q := it, it
			if x.ofWhen {
				p = when
			}
			if y.ofWhen {
				q = when
			}
			if l.Type[p] == l.Type[q] {
				return same
			}
			return other
		}
	case x.col != nil && y.constant != nil:
		return textBeside(x.col, x.ofWhen, uint64(l.Strings.Code(*y.constant)), same, other)
	case x.code != nil && y.constant != nil:
		code, want := x.code, l.Strings.Code(*y.constant)
		return func(it, when uint32, _ event.ObjectID) clock.Tri {
			switch code(it, when) {
			case 0:
				return clock.Unknown
			case want:
				return same
			}
			return other
		}
	case x.code != nil && y.code != nil:
		p, q := x.code, y.code
		return func(it, when uint32, _ event.ObjectID) clock.Tri {
			s, t := p(it, when), q(it, when)
			switch {
			case s == 0 || t == 0:
				return clock.Unknown
			case s == t:
				return same
			}
			return other
		}
	}
	return compared(op, x.text, y.text)
}

// textBeside is the commonest of these: an attribute of an event and a
// constant.
func textBeside(col *column, ofWhen bool, want uint64, same, other clock.Tri) Test {
	return func(it, when uint32, _ event.ObjectID) clock.Tri {
		if ofWhen {
			it = when
		}
		v, k := col.get(it)
		switch {
		case k != event.String:
			return clock.Unknown
		case v == want:
			return same
		}
		return other
	}
}

// typeIs says whether an event's type is one of a list. A type that the log
// doesn't have yet is compared by name once the log has got new types.
func (c *compiler) typeIs(x *words, list []string, same, other clock.Tri) Test {
	l, ofWhen, n := c.log, x.ofWhen, c.log.Types.Len()
	var codes []uint16
	complete := true
	for _, t := range list {
		if code := l.Types.Find(t); code != 0 {
			codes = append(codes, uint16(code))
		} else {
			complete = false
		}
	}
	if complete && len(codes) == 1 {
		code := codes[0]
		return func(it, when uint32, _ event.ObjectID) clock.Tri {
			if ofWhen {
				it = when
			}
			if l.Type[it] == code {
				return same
			}
			return other
		}
	}
	return func(it, when uint32, _ event.ObjectID) clock.Tri {
		if ofWhen {
			it = when
		}
		t := l.Type[it]
		if slices.Contains(codes, t) || !complete && l.Types.Len() != n && slices.Contains(list, l.Types.Name(uint32(t))) {
			return same
		}
		return other
	}
}

// in compiles `x in [constants]` and `x in it.attr.list`.
func (c *compiler) in(x, list celast.Expr) Test {
	if f, ok := c.field(list); ok && f.kind == event.Strings {
		return c.inField(x, f)
	}
	if list.Kind() != celast.ListKind {
		return nil
	}
	var texts []string
	var nums []float64
	for _, e := range list.AsList().Elements() {
		switch v := literal(e).(type) {
		case types.String:
			texts = append(texts, string(v))
		case types.Double:
			nums = append(nums, float64(v))
		default:
			return nil
		}
	}
	switch {
	case len(nums) > 0 && len(texts) == 0:
		return c.inNumbers(x, nums)
	case len(texts) > 0 && len(nums) == 0:
		return c.inTexts(x, texts)
	}
	return nil
}

func (c *compiler) inNumbers(x celast.Expr, nums []float64) Test {
	n := c.number(x)
	if n == nil {
		return nil
	}
	return func(it, when uint32, obj event.ObjectID) clock.Tri {
		v, ok := n(it, when, obj)
		if !ok {
			return clock.Unknown
		}
		return tri(slices.Contains(nums, v))
	}
}

func (c *compiler) inTexts(x celast.Expr, texts []string) Test {
	w := c.words(x)
	switch {
	case w == nil:
		return nil
	case w.isType:
		return c.typeIs(w, texts, clock.Yes, clock.No)
	case w.code != nil:
		code := w.code
		codes := make([]uint32, len(texts))
		for i, t := range texts {
			codes[i] = c.log.Strings.Code(t)
		}
		return func(it, when uint32, _ event.ObjectID) clock.Tri {
			v := code(it, when)
			if v == 0 {
				return clock.Unknown
			}
			return tri(slices.Contains(codes, v))
		}
	}
	return func(it, when uint32, obj event.ObjectID) clock.Tri {
		s, ok := w.text(it, when, obj)
		if !ok {
			return clock.Unknown
		}
		return tri(slices.Contains(texts, s))
	}
}

func (c *compiler) inField(x celast.Expr, f fieldRef) Test {
	w, raw, l := c.words(x), c.raw(f), c.log
	if w == nil {
		return nil
	}
	return func(it, when uint32, obj event.ObjectID) clock.Tri {
		s, ok := w.text(it, when, obj)
		v, k := raw(it, when, obj)
		if !ok || k != event.Strings {
			return clock.Unknown
		}
		return tri(slices.Contains(l.Lists[v], s))
	}
}

// text compiles a question about the letters of a text.
func (c *compiler) text(name string, target, arg celast.Expr) Test {
	x, y := c.words(target), c.words(arg)
	if x == nil || y == nil {
		return nil
	}
	var ask func(s, t string) bool
	switch name {
	case "startsWith":
		ask = strings.HasPrefix
	case "endsWith":
		ask = strings.HasSuffix
	case "contains":
		ask = strings.Contains
	case "matches":
		if y.constant == nil {
			return nil
		}
		re, err := regexp.Compile(*y.constant)
		if err != nil {
			return nil
		}
		ask = func(s, _ string) bool { return re.MatchString(s) }
	}
	return func(it, when uint32, obj event.ObjectID) clock.Tri {
		s, ok := x.text(it, when, obj)
		if !ok {
			return clock.Unknown
		}
		t, ok := y.text(it, when, obj)
		if !ok {
			return clock.Unknown
		}
		return tri(ask(s, t))
	}
}
