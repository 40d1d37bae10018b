package rule

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// conditionGen makes conditions of all the shapes that are compiled, and some
// that only the interpreter runs.
type conditionGen struct{ t *rapid.T }

func (g conditionGen) pick(words ...string) string { return rapid.SampledFrom(words).Draw(g.t, "word") }

func (g conditionGen) text(depth int) string {
	if depth > 0 && rapid.IntRange(0, 9).Draw(g.t, "text") == 0 {
		return fmt.Sprintf("(%s ? %s : %s)", g.cond(depth-1), g.text(depth-1), g.text(depth-1))
	}
	return g.pick(`"a"`, `"b"`, `"A"`, `"B"`, `""`, `"never"`, "it.type", "when.type", "it.actor", "when.actor", "it.unit", "when.unit", "it.id",
		"it.attr.reason", "when.attr.reason", `it.attr["free text"]`, "case.id", "case.attr.reason", "it.attr.plate")
}

func (g conditionGen) number(depth int) string {
	if depth > 0 && rapid.IntRange(0, 2).Draw(g.t, "number") == 0 {
		if rapid.Bool().Draw(g.t, "choice") {
			return fmt.Sprintf("(%s ? %s : %s)", g.cond(depth-1), g.number(depth-1), g.number(depth-1))
		}
		return fmt.Sprintf("(%s %s %s)", g.number(depth-1), g.pick("+", "-", "*", "/"), g.number(depth-1))
	}
	return g.pick("0", "1", "2", "2.5", "-1", "it.attr.amount", "when.attr.amount", "it.attr.fee", "-it.attr.fee", "case.attr.amount")
}

func (g conditionGen) time(depth int) string {
	if depth > 0 && rapid.IntRange(0, 2).Draw(g.t, "time") == 0 {
		return fmt.Sprintf("(%s %s %s)", g.time(depth-1), g.pick("+", "-"), g.length(depth-1))
	}
	return g.pick("it.time", "when.time", "it.recorded", "when.recorded", "it.attr.served", "when.attr.served", "case.attr.served",
		`timestamp("2026-03-29T02:30:00+01:00")`, `timestamp("2026-03-29")`)
}

func (g conditionGen) length(depth int) string {
	if depth > 0 && rapid.Bool().Draw(g.t, "length") {
		return fmt.Sprintf("(%s - %s)", g.time(depth-1), g.time(depth-1))
	}
	return g.pick(`duration("1h")`, `duration("24h")`, `duration("0s")`, `duration("-90m")`, `duration("2500000h")`, `duration("1ns")`)
}

func (g conditionGen) whole() string {
	if rapid.Bool().Draw(g.t, "size") {
		return g.pick("0", "1", "3", "23", "size(it.attr.tags)", "size(it.attr.reason)")
	}
	part := g.pick("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfYear", "getDayOfWeek", "getHours", "getMinutes", "getSeconds", "getMilliseconds")
	return g.time(0) + "." + part + "(" + g.pick("", `"UTC"`, `"Asia/Shanghai"`) + ")"
}

func (g conditionGen) compare() string { return g.pick("==", "!=", "<", "<=", ">", ">=") }

func (g conditionGen) cond(depth int) string {
	kind := rapid.IntRange(0, 13).Draw(g.t, "kind")
	if depth == 0 {
		kind = 4 + kind%10
	}
	switch kind {
	case 0:
		return fmt.Sprintf("(%s && %s)", g.cond(depth-1), g.cond(depth-1))
	case 1:
		return fmt.Sprintf("(%s || %s)", g.cond(depth-1), g.cond(depth-1))
	case 2:
		return "!" + g.cond(depth-1)
	case 3:
		return fmt.Sprintf("(%s ? %s : %s)", g.cond(depth-1), g.cond(depth-1), g.cond(depth-1))
	case 4:
		return "has(" + g.pick("it.actor", "when.unit", "it.recorded", "it.attr.amount", "it.attr.paid", "when.attr.served", "it.attr.tags", "case.id", "case.attr.amount", "it.time") + ")"
	case 5:
		return g.pick("it.attr.paid", "when.attr.paid", "true", "false", "it.attr.paid == when.attr.paid", "it.attr.paid != true", "case.attr.paid")
	case 6:
		return fmt.Sprintf("(%s %s %s)", g.time(depth), g.compare(), g.time(depth))
	case 7:
		return fmt.Sprintf("(%s %s %s)", g.length(depth), g.compare(), g.length(depth))
	case 8:
		return fmt.Sprintf("(%s %s %s)", g.whole(), g.compare(), g.whole())
	case 9:
		return fmt.Sprintf("(%s in %s)", g.text(0), g.pick(`["a", "B"]`, `["A"]`, `["never"]`, "it.attr.tags", "when.attr.tags", `[it.actor, "a"]`))
	case 10:
		return fmt.Sprintf("(%s in [1, 2.5])", g.number(depth))
	case 11:
		return fmt.Sprintf("%s.%s(%s)", g.text(0), g.pick("startsWith", "endsWith", "contains", "matches"), g.pick(`"a"`, `""`, `"b"`, `"^.$"`))
	case 12:
		return fmt.Sprintf("(%s %s %s)", g.number(depth), g.compare(), g.number(depth))
	}
	return fmt.Sprintf("(%s %s %s)", g.text(depth), g.compare(), g.text(depth))
}

// drawLog is a small log in which much is absent.
func drawLog(t *rapid.T, p *Pack) *event.Log {
	b := event.NewBuilder(event.Options{Zone: p.Log.Zone, Schema: p.Log.Attributes})
	word := rapid.SampledFrom([]string{"a", "b", "A", "B", ""})
	at := rapid.SampledFrom([]string{"2026-03-29T01:59:59.999", "2026-03-29T03:00", "2026-10-25T02:30", "2026-03-29", "0001-01-01T00:00Z", "9999-12-31T23:59Z", "2026-02-28T23:30"})
	stamp := func() event.Stamp {
		v, ok := event.ParseText(event.Time, at.Draw(t, "at"), p.Log.Zone)
		if !ok {
			t.Fatal("a time of the generator can't be read")
		}
		return event.Stamp{At: v.At, Kind: v.Kind}
	}
	opt := func() event.Opt {
		if rapid.Bool().Draw(t, "absent") {
			return event.Opt{}
		}
		return event.Some(word.Draw(t, "who"))
	}
	attrs := func() []event.Attr {
		var out []event.Attr
		for _, name := range []string{"amount", "fee", "paid", "served", "tags", "reason", "free text"} {
			v := event.Value{}
			switch k := p.Log.Attributes[name]; {
			case rapid.IntRange(0, 2).Draw(t, "absent") == 0:
				continue
			case k == event.Number:
				v = event.Num(rapid.SampledFrom([]float64{0, 1, 2, 2.5, -1}).Draw(t, "n"))
			case k == event.Bool:
				v = event.Boolean(rapid.Bool().Draw(t, "b"))
			case k == event.Time:
				s := stamp()
				v = event.Value{Kind: s.Kind, At: s.At}
			case k == event.Strings:
				v = event.List(rapid.SliceOfN(word, 0, 2).Draw(t, "tags"))
			default:
				v = event.Str(word.Draw(t, "s"))
			}
			out = append(out, event.Attr{Name: name, Value: v})
		}
		return out
	}
	for range rapid.IntRange(1, 4).Draw(t, "events") {
		e := event.Event{Type: rapid.SampledFrom([]string{"A", "B", "a"}).Draw(t, "type"), Time: stamp(), Actor: opt(), Unit: opt(), Attrs: attrs(),
			Objects: []event.Object{{Type: "case", ID: word.Filter(func(s string) bool { return s != "" }).Draw(t, "case"), Attrs: attrs()}}}
		if rapid.Bool().Draw(t, "recorded") {
			e.Recorded = stamp()
		}
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	return b.Log()
}

// TestCompiledAgrees: the closures and the interpreter say the same of every
// condition and every pair of events, with a case and without one.
func TestCompiledAgrees(t *testing.T) {
	p := mustParse(t, packOf("when: A\nmust: {followed_by: B}\n"))
	compiled, total := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := conditionGen{t}.cond(3)
		if len(text) > 1500 {
			t.Skip("longer than a person would write")
		}
		c := parseCond(t, text)
		l := drawLog(t, p)
		bound, program := c.Bind(l), newProgram(&c.expression, l, newFailures())
		total++
		if test, _ := compileCond(&c.expression, l); test != nil {
			compiled++
		}
		for it := range uint32(l.Rows()) {
			for when := range uint32(l.Rows()) {
				for obj := range event.ObjectID(l.Objects.Len() + 1) {
					if got, want := bound.Test(it, when, obj), program.test(it, when, obj); got != want {
						t.Fatalf("%s: compiled %s, interpreted %s (it %v, when %v, case %d)", text, got, want, l.Event(it), l.Event(when), obj)
					}
				}
			}
		}
		if got, want := fmt.Sprint(bound.Failures()), fmt.Sprint(program.failures.Failures()); got != want {
			t.Fatalf("%s: compiled counts failures %s, interpreted %s", text, got, want)
		}
	})
	if compiled*2 < total {
		t.Errorf("only %d of %d conditions were compiled", compiled, total)
	}
}

func parseCond(t *rapid.T, text string) *Cond {
	body := fmt.Sprintf("when: A\nmust:\n  followed_by: B\n  where: '%s'\n", strings.ReplaceAll(text, "'", "''"))
	p, _, err := Parse("pack.yaml", []byte(packOf(body)))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p.Rules[0].Other.Where
}

// TestBoundExpr tables what from, distinct and sum come to.
func TestBoundExpr(t *testing.T) {
	body := func(e string) string {
		return "when: A\nmust: {followed_by: B, within: 3h}\nclock: {from: '" + e + "'}\n"
	}
	p := mustParse(t, packOf("when: A\nmust: {followed_by: B}\n"))
	l := logOf(t, p, `
2026-03-29 A  case=A1 served=2026-03-30 amount=5
2026-03-29T12:00 A  case=A1 served=2026-03-30T10:00 recorded=2026-04-01
2026-03-29T13:00 A  case=A1`)
	for _, c := range []struct {
		expr string
		row  uint32
		last bool
		want string
	}{
		{"when.time", 0, false, "2026-03-29T00:00:00+01:00"},
		{"when.time", 0, true, "2026-03-29T23:59:59.999999+02:00"},
		{"when.time", 1, true, "2026-03-29T12:00:00+02:00"},
		{"when.attr.served", 0, true, "2026-03-30T23:59:59.999999+02:00"},
		{"when.attr.served", 0, false, "2026-03-30T00:00:00+02:00"},
		{"when.attr.served", 1, true, "2026-03-30T10:00:00+02:00"},
		{"when.attr.served", 2, true, ""},
		{"when.recorded", 0, true, ""},
		{"when.recorded", 1, true, "2026-04-01T23:59:59.999999+02:00"},
		{`when.attr.served + duration("1h")`, 0, true, "2026-03-30T01:00:00+02:00"},
		{`when.attr.served + duration("2500000h") * 1`, 0, true, "error"},
		{`has(when.attr.served) ? when.attr.served : when.time`, 2, true, "2026-03-29T13:00:00+02:00"},
		{`[when.time, when.attr.served][1]`, 0, true, "2026-03-30T00:00:00+02:00"},
	} {
		pack, _, err := Parse("pack.yaml", []byte(packOf(body(c.expr))))
		if err != nil {
			if c.want != "error" {
				t.Errorf("%s: %v", c.expr, err)
			}
			continue
		}
		got := ""
		if at, ok := pack.Rules[0].From.Bind(l).Time(c.row, c.last); ok {
			got = p.Log.Zone.Format(at)
		}
		if got != c.want {
			t.Errorf("%s of event %d, last %v: %q; want %q", c.expr, c.row, c.last, got, c.want)
		}
	}
}

// TestSumsAndValues: sum gives numbers, distinct equal codes for equal values.
func TestSumsAndValues(t *testing.T) {
	p := mustParse(t, packOf("when: A\nmust: {followed_by: B}\n"))
	l := logOf(t, p, `
2026-03-01T09:00 A  case=A1 amount=5 fee=-0 actor=x served=2026-03-01 paid=true reason=x
2026-03-01T09:00 B  case=A2 amount=5.5 fee=0 actor=y unit=x served=2026-03-01T00:00 paid=false reason=y
2026-03-01T10:00 A  case=A3 actor=x reason=x`)
	bind := func(kind, expr string) *BoundExpr {
		return mustParse(t, packOf("count: {of: any, in: 1d, at_most: 1, "+kind+": '"+expr+"'}\n")).Rules[0].Window.Expr.Bind(l)
	}
	for expr, want := range map[string]string{
		"it.attr.amount": "5 5.5 -", "it.attr.amount * 2": "10 11 -", "it.attr.amount / 0": "- - -", "size(it.attr.reason)": "1 1 1",
		"has(it.attr.amount) ? it.attr.amount : 0": "5 5.5 0",
	} {
		b, got := bind("sum", expr), ""
		for row := range uint32(3) {
			if n, ok := b.Number(row); ok {
				got += event.FormatNumber(n) + " "
			} else {
				got += "- "
			}
		}
		if strings.TrimSpace(got) != want {
			t.Errorf("sum %s is %s; want %s", expr, got, want)
		}
	}
	for expr, want := range map[string]string{
		"it.actor": "aba", "it.type": "aba", "it.attr.reason": "aba", "it.attr.fee": "aa-", "it.attr.served": "aa-", "it.time": "aab", "it.attr.paid": "ab-",
		"it.unit": "-a-", "it.actor + it.attr.reason": "aba", "it.time.getHours()": "aab", "it.attr.amount + 0": "ab-", "it.time - it.time": "aaa",
		"it.id": "abc", "it.actor == it.attr.reason": "aaa", "has(it.unit)": "aba",
	} {
		b, got := bind("distinct", expr), ""
		codes := map[uint64]byte{}
		for row := range uint32(3) {
			v, ok := b.Value(row)
			switch {
			case !ok:
				got += "-"
			default:
				if codes[v] == 0 {
					codes[v] = byte('a' + len(codes))
				}
				got += string(codes[v])
			}
		}
		if got != want {
			t.Errorf("distinct %s is %s; want %s", expr, got, want)
		}
	}
	if f := bind("sum", "it.attr.amount").Failures(); len(f) != 0 {
		t.Errorf("failures before any evaluation: %v", f)
	}
}

var benchConditions = []struct{ name, text string }{
	{"type", `it.type == "Send Fine"`},
	{"number", `it.attr.amount > 80`},
	{"text", `it.attr.reason == "b"`},
	{"other event", `it.actor == when.actor`},
	{"absent or equal", `!has(it.attr.reason) || it.attr.reason == "NIL"`},
	{"and", `it.attr.amount > 80 && it.actor != when.actor`},
	{"apart", `it.time - when.time > duration("24h")`},
	{"hour", `it.time.getHours() >= 22`},
}

// BenchmarkCondition runs conditions compiled, and one interpreted beside them.
func BenchmarkCondition(b *testing.B) {
	p := mustParse(b, packOf("when: A\nmust: {followed_by: B}\n"))
	builder := event.NewBuilder(event.Options{Zone: p.Log.Zone, Schema: p.Log.Attributes})
	for i := range 8192 {
		e := event.Event{Type: []string{"Send Fine", "Payment"}[i%2], Time: event.Stamp{At: clock.Instant(i) * 3_600_000_000, Kind: event.Time}, Actor: event.Some([]string{"1", "2", "3"}[i%3]),
			Objects: []event.Object{{Type: "case", ID: "A1"}}, Attrs: []event.Attr{{Name: "amount", Value: event.Num(float64(i % 160))}, {Name: "reason", Value: event.Str([]string{"a", "b", "NIL"}[i%3])}}}
		if _, err := builder.Add(&e); err != nil {
			b.Fatal(err)
		}
	}
	l := builder.Log()
	for _, c := range benchConditions {
		test := mustCond(b, c.text).Bind(l).Test
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			n := uint32(0)
			for b.Loop() {
				n = (n + 1) & 8191
				test(n, 0, 1)
			}
		})
	}
	c := mustCond(b, benchConditions[0].text)
	program := newProgram(&c.expression, l, newFailures())
	b.Run("type, interpreted", func(b *testing.B) {
		b.ReportAllocs()
		n := uint32(0)
		for b.Loop() {
			n = (n + 1) & 8191
			program.test(n, 0, 1)
		}
	})
}
