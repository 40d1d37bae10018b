package logmap

import (
	"regexp"
	"slices"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// Want is what a rule lacks in a log. Without what is in Blocks it can't be
// judged, or would accuse everybody; without what is in Excuses it doesn't see
// what excuses or gives more time, and is stricter than the law.
type Want struct {
	Rule    *rule.Rule
	Blocks  []errs.Text
	Excuses []errs.Text
}

// has is what a log has once the proposal stands.
type has struct {
	events, attrs, objects map[string]bool
	fields                 map[string]bool // actor, unit, recorded
}

// wants are the rules that lack something, in the order of the pack.
func wants(l *event.Log, p *rule.Pack, m *Proposal) []Want {
	h := has{named(m.Events), named(m.Attrs), named(m.Objects), map[string]bool{"actor": l.Actor != nil, "unit": l.Unit != nil, "recorded": l.Recorded != nil}}
	var out []Want
	for _, r := range p.Rules {
		if w := h.wanting(r); w.Blocks != nil || w.Excuses != nil {
			out = append(out, w)
		}
	}
	return out
}

func named(names []Name) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		if n.To != "" {
			out[n.To] = true
		}
	}
	return out
}

func (h has) wanting(r *rule.Rule) Want {
	w := Want{Rule: r}
	for _, k := range r.Per {
		switch {
		case k.Kind == rule.KeyObject && !h.objects[k.Name]:
			w.block(errs.Tf("objects of type %q", "类型为 %q 的对象", k.Name))
		case k.Kind == rule.KeyActor && !h.fields["actor"]:
			w.block(fieldTexts["actor"])
		case k.Kind == rule.KeyUnit && !h.fields["unit"]:
			w.block(fieldTexts["unit"])
		case k.Kind == rule.KeyAttr && !h.attrs[k.Name]:
			w.block(attribute(k.Name))
		}
	}
	for _, p := range []*rule.Pattern{&r.When, &r.Other} {
		if missing := h.missing(p); missing != "" {
			w.block(errs.Tf("event type %s", "事件类型 %s", missing))
		}
	}
	h.conditions(r, &w)
	if r.Unless != nil {
		w.excuse(h.missing(r.Unless))
	}
	if r.Paused != nil {
		w.excuse(h.missing(&r.Paused.From))
	}
	for i := range r.Extended {
		w.excuse(h.missing(&r.Extended[i].By))
	}
	return w
}

var fieldTexts = map[string]errs.Text{
	"actor":    errs.T("who acted (actor)", "经办人（actor）"),
	"unit":     errs.T("which unit acted (unit)", "经办单位（unit）"),
	"recorded": errs.T("when it was entered (recorded)", "录入时间（recorded）"),
}

func attribute(name string) errs.Text { return errs.Tf("attribute %q", "属性 %q", name) }

// missing are the event types of a pattern where the log has none of them.
func (h has) missing(p *rule.Pattern) string {
	if p.Any || len(p.Types) == 0 || slices.ContainsFunc(p.Types, func(t string) bool { return h.events[t] }) {
		return ""
	}
	return `"` + strings.Join(p.Types, `" / "`) + `"`
}

var usedField = regexp.MustCompile(`\b(?:it|when)\.(actor|unit|recorded)\b`)

// conditions notes the attributes and fields that conditions read and the log
// lacks. What a condition
// does without may be absent.
func (h has) conditions(r *rule.Rule, w *Want) {
	var text strings.Builder
	for _, p := range []*rule.Pattern{&r.When, &r.Other} {
		if p.Where != nil {
			text.WriteString(p.Where.String() + "\n")
		}
	}
	if r.Hold != nil {
		text.WriteString(r.Hold.String() + "\n")
	}
	if r.From != nil {
		text.WriteString(r.From.String() + "\n")
	}
	if r.Window != nil && r.Window.Expr != nil {
		text.WriteString(r.Window.Expr.String() + "\n")
	}
	all := text.String()
	for _, f := range usedField.FindAllStringSubmatch(all, -1) {
		if !h.fields[f[1]] && !doesWithout(all, f[1]) {
			w.block(fieldTexts[f[1]])
		}
	}
	for _, a := range r.Attributes() {
		if !h.attrs[a.Name] && strings.Contains(all, a.Name) && !doesWithout(all, "attr."+a.Name) {
			w.block(attribute(a.Name))
		}
	}
}

// doesWithout says whether a condition is true of what lacks a field.
func doesWithout(text, field string) bool {
	return regexp.MustCompile(`!has\((it|when|case)\.` + regexp.QuoteMeta(field) + `\)`).MatchString(text)
}

func (w *Want) block(what errs.Text) {
	if !slices.Contains(w.Blocks, what) {
		w.Blocks = append(w.Blocks, what)
	}
}

func (w *Want) excuse(types string) {
	what := errs.Tf("event type %s", "事件类型 %s", types)
	if types != "" && !slices.Contains(w.Excuses, what) {
		w.Excuses = append(w.Excuses, what)
	}
}
