package rule

import (
	"time"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Words says an expression in both languages, with the names that a vocabulary has
// for what it reads (v may be nil). What has no plain words stands as it was written,
// in both: a sentence that says something else than the rule would be worse.
func (e *expression) Words(v *Vocabulary) errs.Text {
	s := sayer{e, v}
	if t, ok := s.cond(e.ast.Expr(), ""); ok {
		return t
	}
	if t, _, ok := s.value(e.ast.Expr()); ok {
		return t
	}
	return errs.T(e.text, e.text)
}

// sayer puts a checked tree into words; each method says false where it has none.
type sayer struct {
	e *expression
	v *Vocabulary
}

// sense is what a value is like, as far as words depend on it.
type sense uint8

const (
	senseValue sense = iota
	senseInstant
	senseSpan
)

// cond says what comes to yes or no. Under another operator than its own it stands in
// brackets.
func (s sayer) cond(e celast.Expr, under string) (errs.Text, bool) {
	switch e.Kind() {
	case celast.SelectKind:
		if e.AsSelect().IsTestOnly() {
			name, ok := s.field(e.AsSelect())
			return errs.T(name.En+" is recorded", "已记录"+name.Zh), ok
		}
		name, ok := s.field(e.AsSelect())
		return errs.T(name.En+" is “yes”", name.Zh+"为“是”"), ok
	case celast.CallKind:
		return s.call(e.AsCall(), under)
	}
	return errs.Text{}, false
}

func (s sayer) call(call celast.CallExpr, under string) (t errs.Text, ok bool) {
	args := call.Args()
	switch name := call.FunctionName(); name {
	case operators.LogicalAnd, operators.LogicalOr:
		a, okA := s.cond(args[0], name)
		b, okB := s.cond(args[1], name)
		if t = errs.T(a.En+" and "+b.En, a.Zh+"，且"+b.Zh); name == operators.LogicalOr {
			t = errs.T(a.En+" or "+b.En, a.Zh+"，或者"+b.Zh)
		}
		if under != "" && under != name {
			t = bracketed(t)
		}
		return t, okA && okB
	case operators.LogicalNot:
		return s.not(args[0])
	case operators.Conditional:
		q, okQ := s.cond(args[0], "?")
		a, okA := s.cond(args[1], "?")
		b, okB := s.cond(args[2], "?")
		return eitherOf(q, a, b), okQ && okA && okB
	case operators.In:
		return s.among(args[0], args[1], false)
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return s.compare(name, args[0], args[1])
	case "matches":
		if x, _, ok := s.value(call.Target()); ok && text(args[0]) == `[\pL\pN]` { // a letter or a figure anywhere
			return errs.T(x.En+" isn't empty", x.Zh+"不为空"), true
		}
	}
	return t, false
}

func (s sayer) not(e celast.Expr) (errs.Text, bool) {
	if e.Kind() == celast.SelectKind {
		name, ok := s.field(e.AsSelect())
		if e.AsSelect().IsTestOnly() {
			return errs.T(name.En+" isn't recorded", "未记录"+name.Zh), ok
		}
		return errs.T(name.En+" is “no”", name.Zh+"为“否”"), ok
	}
	if e.Kind() == celast.CallKind && e.AsCall().FunctionName() == operators.In {
		return s.among(e.AsCall().Args()[0], e.AsCall().Args()[1], true)
	}
	t, ok := s.cond(e, "")
	t = bracketed(t)
	return errs.T("not "+t.En, "并非"+t.Zh), ok
}

// among says that something is one of a list, or none of it.
func (s sayer) among(x, list celast.Expr, none bool) (errs.Text, bool) {
	name, _, ok := s.value(x)
	if !ok || list.Kind() != celast.ListKind || list.AsList().Size() == 0 {
		return errs.Text{}, false
	}
	is, or := errs.T(" is ", "为"), errs.T(" or ", "或")
	if none {
		is, or = errs.T(" is neither ", "不为"), errs.T(" nor ", "或")
		if list.AsList().Size() == 1 {
			is.En = " isn't "
		}
	}
	out := errs.T(name.En+is.En, name.Zh+is.Zh)
	for i, e := range list.AsList().Elements() {
		one, ok := s.coded(x, e)
		if !ok {
			return out, false
		}
		switch {
		case i == 0:
		case i == list.AsList().Size()-1:
			out.En, out.Zh = out.En+or.En, out.Zh+or.Zh
		case none:
			out.En, out.Zh = out.En+or.En, out.Zh+"、"
		default:
			out.En, out.Zh = out.En+", ", out.Zh+"、"
		}
		out.En, out.Zh = out.En+one.En, out.Zh+one.Zh
	}
	return out, true
}

// between are the words between two values: of numbers and spans, and of instants.
var between = map[string][2]errs.Text{
	operators.Equals:        {errs.T(" is ", "为"), errs.T(" is ", "为")},
	operators.NotEquals:     {errs.T(" isn't ", "不为"), errs.T(" isn't ", "不为")},
	operators.Less:          {errs.T(" is less than ", "少于"), errs.T(" is before ", "早于")},
	operators.LessEquals:    {errs.T(" is at most ", "不超过"), errs.T(" isn't after ", "不晚于")},
	operators.Greater:       {errs.T(" is more than ", "多于"), errs.T(" is after ", "晚于")},
	operators.GreaterEquals: {errs.T(" is at least ", "不少于"), errs.T(" isn't before ", "不早于")},
}

func (s sayer) compare(name string, x, y celast.Expr) (errs.Text, bool) {
	a, senseA, okA := s.value(x)
	b, senseB, okB := s.value(y)
	if y.Kind() == celast.LiteralKind {
		b, okB = s.coded(x, y)
	}
	is := between[name][0]
	if senseA == senseInstant || senseB == senseInstant {
		is = between[name][1]
	}
	return errs.T(a.En+is.En+b.En, a.Zh+is.Zh+b.Zh), okA && okB
}

// value says what is compared.
func (s sayer) value(e celast.Expr) (t errs.Text, is sense, ok bool) {
	switch e.Kind() {
	case celast.LiteralKind:
		t, ok = s.coded(nil, e)
		return t, senseValue, ok
	case celast.SelectKind:
		sel := e.AsSelect()
		if sel.IsTestOnly() {
			return t, senseValue, false
		}
		if t, ok = s.field(sel); s.timed(sel) {
			is = senseInstant
		}
		return t, is, ok
	case celast.CallKind:
		return s.worked(e.AsCall())
	}
	return t, senseValue, false
}

// parts are the functions that take a part of an instant.
var parts = map[string]errs.Text{
	"getHours": errs.T("the hour", "的时"), "getMinutes": errs.T("the minute", "的分"), "getSeconds": errs.T("the second", "的秒"),
}

// worked says what is reckoned from other values.
func (s sayer) worked(call celast.CallExpr) (t errs.Text, is sense, ok bool) {
	args := call.Args()
	switch name := call.FunctionName(); name {
	case "duration":
		d, err := time.ParseDuration(text(args[0]))
		return spanOf(d), senseSpan, err == nil
	case operators.Add, operators.Subtract:
		a, senseA, okA := s.value(args[0])
		b, senseB, okB := s.value(args[1])
		switch {
		case !okA || !okB:
		case senseA == senseInstant && senseB == senseSpan && name == operators.Add:
			return errs.T(b.En+" after "+a.En, a.Zh+"之后"+b.Zh), senseInstant, true
		case senseA == senseInstant && senseB == senseSpan:
			return errs.T(b.En+" before "+a.En, a.Zh+"之前"+b.Zh), senseInstant, true
		case senseA == senseInstant && senseB == senseInstant && name == operators.Subtract:
			return errs.T("the time from "+b.En+" to "+a.En, "自"+b.Zh+"至"+a.Zh+"的时间"), senseSpan, true
		}
	case operators.Conditional:
		q, okQ := s.cond(args[0], "?")
		a, senseA, okA := s.value(args[1])
		b, _, okB := s.value(args[2])
		return eitherOf(q, a, b), senseA, okQ && okA && okB
	default:
		if part, known := parts[name]; known && call.IsMemberFunction() {
			x, _, ok := s.value(call.Target())
			return errs.T(part.En+" of "+x.En, x.Zh+part.Zh), senseValue, ok
		}
	}
	return t, senseValue, false
}

// coded says a literal, as the vocabulary calls that value of what it is compared with.
func (s sayer) coded(with, e celast.Expr) (errs.Text, bool) {
	if e.Kind() != celast.LiteralKind {
		t, _, ok := s.value(e)
		return t, ok
	}
	switch v := e.AsLiteral().(type) {
	case types.Bool:
		if v {
			return errs.T("“yes”", "“是”"), true
		}
		return errs.T("“no”", "“否”"), true
	case types.Int:
		return sameText(" ", event.FormatNumber(float64(v)))
	case types.Uint:
		return sameText(" ", event.FormatNumber(float64(v)))
	case types.Double:
		return sameText(" ", event.FormatNumber(float64(v)))
	case types.String:
		name, attr := string(v), ""
		if with != nil && with.Kind() == celast.SelectKind && !with.AsSelect().IsTestOnly() {
			if attr = with.AsSelect().FieldName(); attr == "type" && !isAttrs(with.AsSelect().Operand()) {
				t := s.v.Event(name)
				return errs.T("“"+t.En+"”", "“"+t.Zh+"”"), true
			}
		}
		for _, value := range s.v.attributes()[attr].Values {
			if value.Code == name {
				return errs.T("“"+value.Text.En+"”", "“"+value.Text.Zh+"”"), true
			}
		}
		return errs.T("“"+name+"”", "“"+name+"”"), true
	}
	return errs.Text{}, false
}

func sameText(gap, word string) (errs.Text, bool) { return errs.T(word, gap+word), true }

// ownFields are what every event has. The event that a rule is activated by is said
// apart from the one that it looks for.
var ownFields = map[string]errs.Text{
	"time": errs.T("its time", "发生时间"), "recorded": errs.T("the time of its entry", "录入时间"),
	"actor": errs.T("who acted", "经办人"), "unit": errs.T("its unit", "单位"), "type": errs.T("its type", "事件类型"), "id": errs.T("its id", "编号"),
}

func (s sayer) field(sel celast.SelectExpr) (errs.Text, bool) {
	var name errs.Text
	of := ""
	if isAttrs(sel.Operand()) {
		term := s.v.attributes()[sel.FieldName()].Text
		if term.En == "" {
			term = errs.T(sel.FieldName(), sel.FieldName())
		}
		name, of = errs.T("“"+term.En+"”", "“"+term.Zh+"”"), isVariable(sel.Operand().AsSelect().Operand())
	} else {
		name, of = ownFields[sel.FieldName()], isVariable(sel.Operand())
	}
	switch of {
	case "it":
	case "when":
		name = errs.T(name.En+" of the act that is judged", "所判行为的"+name.Zh)
	case "case":
		name = errs.T(name.En+" of the case", "案件的"+name.Zh)
	default:
		return name, false
	}
	return name, name.En != ""
}

func (s sayer) timed(sel celast.SelectExpr) bool {
	if isAttrs(sel.Operand()) {
		return s.e.kindOf(sel.FieldName()) == event.Time
	}
	return sel.FieldName() == "time" || sel.FieldName() == "recorded"
}

// text is a literal's, "" where it is none.
func text(e celast.Expr) string {
	if e.Kind() != celast.LiteralKind {
		return ""
	}
	v, _ := e.AsLiteral().(types.String)
	return string(v)
}

func bracketed(t errs.Text) errs.Text { return errs.T("("+t.En+")", "（"+t.Zh+"）") }

func eitherOf(q, a, b errs.Text) errs.Text {
	return errs.T(a.En+" where "+q.En+", else "+b.En, q.Zh+"的为"+a.Zh+"，否则为"+b.Zh)
}

// spanOf says a span in the largest unit that leaves no rest.
func spanOf(d time.Duration) errs.Text {
	for _, unit := range []struct {
		of     time.Duration
		en, zh string
	}{{time.Hour, "hour", "小时"}, {time.Minute, "minute", "分钟"}, {time.Second, "second", "秒"}} {
		if d%unit.of == 0 {
			n := event.FormatNumber(float64(d / unit.of))
			if n != "1" {
				unit.en += "s"
			}
			return errs.T(n+" "+unit.en, " "+n+" "+unit.zh)
		}
	}
	return errs.T(d.String(), d.String())
}
