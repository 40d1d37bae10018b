package rule

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	severityNames = [...]string{"info", "minor", "major", "critical"}
	overNames     = [...]string{"each", "any", "all"}
	formNames     = [...]string{"followed_by", "preceded_by", "hold", "count"}
)

// String is the severity as a rule writes it.
func (s Severity) String() string { return severityNames[s] }

// String is the reading as a rule writes it: each, any or all.
func (o Over) String() string { return overNames[o] }

// String is the form as a rule writes it.
func (f Form) String() string { return formNames[f] }

// String is the key as a rule writes it: case, person/suspect, actor, unit,
// attr.<name>.
func (k Key) String() string {
	switch k.Kind {
	case KeyActor:
		return "actor"
	case KeyUnit:
		return "unit"
	case KeyAttr:
		return "attr." + k.Name
	}
	if k.Qualifier != "" {
		return k.Name + "/" + k.Qualifier
	}
	return k.Name
}

// String is the pattern as a rule writes it, on one line.
func (p Pattern) String() string {
	n := &patternNode{types: &list{several: len(p.Types) > 1}}
	for _, t := range p.Types {
		n.types.items = append(n.types.items, &scalar{text: t})
	}
	if p.Any {
		n.types.items = append(n.types.items, &scalar{text: "any"})
	}
	if p.Where != nil {
		n.where = &scalar{text: p.Where.String()}
	}
	return flow(n.yaml())
}

// String is the rule in the language, as an element of a pack's rules stands
// there without its dash. What the pack's clock adds is not repeated.
func (r *Rule) String() string { return block(r.node.yaml()) }

// block and flow write a node as YAML, over several lines or on one.
func block(n *yaml.Node) string {
	var b strings.Builder
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(n); err != nil {
		panic("rule: writing YAML: " + err.Error()) // only words, lists and mappings go in
	}
	return b.String()
}

func flow(n *yaml.Node) string {
	n.Style |= yaml.FlowStyle
	return strings.TrimSuffix(block(n), "\n")
}

// mapping builds a YAML mapping; what is absent is left out.
type mapping struct{ node *yaml.Node }

func newMapping(style yaml.Style) *mapping {
	return &mapping{&yaml.Node{Kind: yaml.MappingNode, Style: style}}
}

func (m *mapping) set(key string, value *yaml.Node) {
	if value != nil {
		m.node.Content = append(m.node.Content, (&scalar{text: key}).yaml(), value)
	}
}

func (s *scalar) yaml() *yaml.Node {
	if s == nil {
		return nil
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: s.text}
	switch {
	case s.text == "" || strings.ContainsAny(s.text, "\n\r\t\x00\u0085\u2028\u2029\ufeff"):
		n.Style = yaml.DoubleQuotedStyle
	case s.text == "~" || strings.EqualFold(s.text, "null") || s.text == "<<":
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func (l *list) yaml() *yaml.Node {
	if l == nil {
		return nil
	}
	if len(l.items) == 1 && !l.several {
		return l.items[0].yaml()
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, s := range l.items {
		n.Content = append(n.Content, s.yaml())
	}
	return n
}

func (t *titleNode) yaml() *yaml.Node {
	switch {
	case t == nil:
		return nil
	case t.plain != nil:
		return t.plain.yaml()
	}
	m := newMapping(yaml.FlowStyle)
	m.set("en", t.en.yaml())
	m.set("zh", t.zh.yaml())
	return m.node
}

// lines is the text with a line for each language: sentences are long.
func (t *titleNode) lines() *yaml.Node {
	n := t.yaml()
	if n != nil {
		n.Style = 0
	}
	return n
}

func (b *basisNode) yaml() *yaml.Node {
	if b == nil {
		return nil
	}
	m := newMapping(yaml.FlowStyle)
	if b.words != nil {
		m = newMapping(0) // a line would be too long to read
	}
	m.set("text", b.text.yaml())
	m.set("words", b.words.yaml())
	m.set("url", b.url.yaml())
	m.set("checked", b.checked.yaml())
	m.set("status", b.status.yaml())
	return m.node
}

func (s *severityNode) yaml() *yaml.Node {
	switch {
	case s == nil:
		return nil
	case s.reason == nil:
		return s.level.yaml()
	}
	m := newMapping(0)
	m.set("level", s.level.yaml())
	m.set("reason", s.reason.lines())
	return m.node
}

func (e *effectiveNode) yaml() *yaml.Node {
	if e == nil {
		return nil
	}
	m := newMapping(yaml.FlowStyle)
	m.set("from", e.from.yaml())
	m.set("to", e.to.yaml())
	return m.node
}

func (p *patternNode) yaml() *yaml.Node {
	switch {
	case p == nil:
		return nil
	case p.where == nil:
		return p.types.yaml()
	}
	m := newMapping(yaml.FlowStyle)
	m.set("event", p.types.yaml())
	m.set("where", p.where.yaml())
	return m.node
}

func (f *formNode) yaml() *yaml.Node {
	if f == nil {
		return nil
	}
	m := newMapping(yaml.FlowStyle)
	m.set("followed_by", f.followedBy.yaml())
	m.set("preceded_by", f.preceded.yaml())
	m.set("hold", f.hold.yaml())
	m.set("where", f.where.yaml())
	m.set("within", f.within.yaml())
	m.set("immediately", f.immediately.yaml())
	m.set("discharge", f.discharge.yaml())
	return m.node
}

func (c *countNode) yaml() *yaml.Node {
	if c == nil {
		return nil
	}
	m := newMapping(yaml.FlowStyle)
	m.set("of", c.of.yaml())
	m.set("per", c.per.yaml())
	m.set("distinct", c.distinct.yaml())
	m.set("sum", c.sum.yaml())
	m.set("in", c.in.yaml())
	m.set("at_most", c.atMost.yaml())
	return m.node
}

func (c *clockNode) yaml() *yaml.Node {
	if c == nil {
		return nil
	}
	m := newMapping(0)
	m.set("start", c.start.yaml())
	m.set("hours", c.hours.yaml())
	m.set("months", c.months.yaml())
	m.set("roll", c.roll.yaml())
	m.set("calendar", c.calendar.yaml())
	m.set("from", c.from.yaml())
	if p := c.paused; p != nil {
		pm := newMapping(yaml.FlowStyle)
		pm.set("from", p.from.yaml())
		pm.set("to", p.to.yaml())
		pm.set("max", p.max.yaml())
		m.set("paused", pm.node)
	}
	if c.extended != nil {
		all := &yaml.Node{Kind: yaml.SequenceNode}
		for _, e := range c.extended {
			em := newMapping(yaml.FlowStyle)
			em.set("by", e.by.yaml())
			em.set("to", e.to.yaml())
			em.set("add", e.add.yaml())
			em.set("times", e.times.yaml())
			all.Content = append(all.Content, em.node)
		}
		m.set("extended", all)
	}
	return m.node
}

func (r *ruleNode) yaml() *yaml.Node {
	m := newMapping(0)
	m.set("id", r.id.yaml())
	m.set("title", r.title.yaml())
	m.set("says", r.says.lines())
	m.set("basis", r.basis.yaml())
	m.set("severity", r.severity.yaml())
	m.set("effective", r.effective.yaml())
	m.set("per", r.per.yaml())
	m.set("over", r.over.yaml())
	m.set("when", r.when.yaml())
	m.set("must", r.must.yaml())
	m.set("never", r.never.yaml())
	m.set("count", r.count.yaml())
	m.set("unless", r.unless.yaml())
	m.set("clock", r.clock.yaml())
	m.set("warn", r.warn.yaml())
	return m.node
}
