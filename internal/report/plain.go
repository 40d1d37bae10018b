package report

import (
	"strings"
	"unicode"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/rule"
)

// Demand says in a sentence what a rule demands, made from the rule itself:
// what its pack says of it ([rule.Rule.Says]) stands beside it. Conditions go
// as they are written through code, which may mark them for what the sentence is set
// in; without it they are put into words.
func Demand(w i18n.Words, r *rule.Rule, code func(condition string) string) string {
	return tighten(telling{w, r, code}.demand())
}

// Events says which events a rule means by a pattern of its own.
func Events(w i18n.Words, r *rule.Rule, p rule.Pattern, code func(condition string) string) string {
	return tighten(telling{w, r, code}.pattern(p))
}

// telling puts a rule into words.
type telling struct {
	w    i18n.Words
	r    *rule.Rule
	code func(condition string) string
}

// plain says in a sentence what a rule demands, with the names of its vocabulary.
func plain(w i18n.Words, r *rule.Rule) string { return Demand(w, r, nil) }

// condition is one, or an expression, as the sentence has it.
func (t telling) condition(c interface {
	String() string
	Words(v *rule.Vocabulary) errs.Text
}) string {
	if t.code != nil {
		return t.code(c.String())
	}
	return c.Words(t.r.Pack.Vocabulary).In(t.w.Lang)
}

// tighten takes out the spaces between Chinese characters, or after a Chinese
// mark, that part them from Latin names in a sentence whose names turn out to be
// Chinese.
func tighten(s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i, c := range runes {
		if c == ' ' && i > 0 && i+1 < len(runes) && (unicode.Is(unicode.Han, runes[i-1]) || runes[i-1] == '）') && unicode.Is(unicode.Han, runes[i+1]) {
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

func (t telling) demand() string {
	w, r := t.w, t.r
	when := t.pattern(r.When)
	var b strings.Builder
	switch r.Form {
	case rule.Hold:
		if r.When.Any {
			when = w.T("plain.event") + t.where(r.When)
		}
		return w.T("plain.hold", when, t.condition(r.Hold))
	case rule.Count:
		return t.count(when)
	case rule.FollowedBy:
		b.WriteString(w.T(either(r.Never, "plain.never_followed", "plain.must_followed"), when, t.pattern(r.Other)))
	case rule.PrecededBy:
		b.WriteString(w.T(either(r.Never, "plain.never_preceded", "plain.must_preceded"), when, t.pattern(r.Other)))
	}
	if r.Immediately {
		b.WriteString(w.T("plain.immediately"))
	}
	switch {
	case r.Within != nil && r.Form == rule.PrecededBy:
		b.WriteString(w.T("plain.within_before", w.Duration(r.Within.Within())))
	case r.Within != nil:
		b.WriteString(w.T("plain.within", w.Duration(r.Within.Within())))
	case r.Form == rule.FollowedBy && r.Closable():
		b.WriteString(w.T("plain.case_end", w.List(r.Pack.Log.Closes)))
	}
	if r.Unless != nil {
		b.WriteString(w.T("plain.unless", t.pattern(*r.Unless)))
	}
	return b.String() + w.T("plain.stop")
}

func (t telling) count(when string) string {
	w, r := t.w, t.r
	var per []string
	for _, k := range r.Per {
		per = append(per, keyWord(w, k))
	}
	win, what := r.Window, when
	switch win.Of {
	case rule.CountDistinct:
		what = w.T("plain.distinct", t.condition(win.Expr), when)
	case rule.SumOf:
		what = w.T("plain.sum", t.condition(win.Expr), when)
	}
	return w.T("plain.count", w.Number(win.AtMost), what, strings.Join(per, w.T("list.comma")), w.Duration(win.In))
}

// keyWord is what a key correlates by.
func keyWord(w i18n.Words, k rule.Key) string {
	switch k.Kind {
	case rule.KeyActor:
		return w.T("key.actor")
	case rule.KeyUnit:
		return w.T("key.unit")
	}
	if k.Qualifier != "" {
		return kindWord(w, k.Name+"/"+k.Qualifier)
	}
	return kindWord(w, k.Name)
}

// kindWord is the word of a kind of object, or the kind itself where it has
// none of ours.
func kindWord(w i18n.Words, kind string) string {
	switch kind {
	case "case":
		return w.T("key.case")
	case "actor":
		return w.T("key.actor")
	case "unit":
		return w.T("key.unit")
	}
	return kind
}

func (t telling) pattern(p rule.Pattern) string {
	s := named(t.w, t.r, p.Types)
	if p.Any {
		s = t.w.T("plain.any")
	}
	return s + t.where(p)
}

// where is the condition of a pattern; "" for none.
func (t telling) where(p rule.Pattern) string {
	if p.Where == nil {
		return ""
	}
	return t.w.T("plain.where", t.condition(p.Where))
}

// clockNotes say how a rule's clock counts, where that isn't plain elapsed
// time: for the law block.
func clockNotes(w i18n.Words, r *rule.Rule) []string {
	var out []string
	pattern := telling{w, r, nil}.pattern
	if r.Within != nil && !r.Within.Elapsed() {
		out = append(out, w.T("plain.to_24"))
	}
	if r.Effective.HasFrom {
		out = append(out, w.T("plain.from_day", w.Day(r.Effective.From)))
	}
	if r.Effective.HasTo {
		out = append(out, w.T("plain.to_day", w.Day(r.Effective.To-1)))
	}
	if r.Paused != nil {
		out = append(out, w.T("plain.pauses", pattern(r.Paused.From), pattern(r.Paused.To)))
	}
	for _, x := range r.Extended {
		by := pattern(x.By)
		if x.To != nil {
			out = append(out, w.T("plain.extend_to", by, w.Duration(*x.To)))
		} else {
			out = append(out, w.T("plain.extend_add", by, w.Duration(*x.Add)))
		}
	}
	if r.Form == rule.FollowedBy && r.Oldest {
		out = append(out, w.T("plain.oldest"))
	}
	return out
}

// limitText is a rule's limit in words, "" where it has none.
func limitText(w i18n.Words, c *clock.Clock) string {
	if c == nil {
		return ""
	}
	return w.Duration(c.Within())
}
