package logmap

import (
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
)

// YAML writes the proposal as a mapping file for a person to edit, its comments
// in a language. What isn't sure is a comment.
func (p *Proposal) YAML(w io.Writer, lang errs.Lang) error {
	var b strings.Builder
	say := func(t errs.Text) { fmt.Fprintf(&b, "# %s\n", clean(t.In(lang))) }
	say(errs.Tf("How the names of %s are called in the pack %s %s.", "%s 中的名称与规则包 %s %s 中名称的对应。", strings.Join(p.Files, ", "), p.Pack.Name, p.Pack.Version))
	say(errs.T("Proposed; a person decides. Check each line, take the # away from those that are to be confirmed, and use it:", "以下为建议，须由人员逐行核对；待确认的行请去掉行首的 #。用法："))
	fmt.Fprintf(&b, "#   plumbline check --rules %s --mapping FILE %s\n", clean(p.Named), clean(strings.Join(p.Files, " ")))
	say(errs.T("A name that isn't here stays as it is in the log.", "未列出的名称保持日志原样。"))
	fmt.Fprintf(&b, "pack: %s\n", scalar(p.Pack.Name))
	for _, s := range []struct {
		name  string
		what  errs.Text
		names []Name
	}{
		{sectionEvents, errs.T("Event types: the log's, then the pack's.", "事件类型：左为日志，右为规则包。"), p.Events},
		{sectionObjects, errs.T("Types of objects.", "对象类型。"), p.Objects},
		{sectionAttributes, errs.T("Attributes, of events and objects.", "事件和对象的属性。"), p.Attrs},
	} {
		b.WriteString("\n")
		say(s.what)
		fmt.Fprintf(&b, "%s:\n", s.name)
		for _, n := range s.names {
			b.WriteString(n.line(lang))
		}
	}
	if len(p.Columns) > 0 {
		b.WriteString("\n")
		say(errs.T("Columns of a table that may hold ids of objects: the part that a column plays, then the column.", "表格中可能为对象编号的列：左为该列的含义，右为列名。"))
		b.WriteString("columns:\n")
		for _, n := range p.Columns {
			c := n.Candidates[0]
			fmt.Fprintf(&b, "  # %s: %s  # %s; %s\n", clean(scalar("object."+c.To)), clean(scalar(n.From)), errs.Tf("to confirm, %d×", "待确认，%d 次", n.N).In(lang), clean(c.Why.In(lang)))
		}
	}
	p.refused(&b, lang)
	p.wanting(&b, lang)
	_, err := io.WriteString(w, b.String())
	return err
}

// line is one name: decided, the pack's own, or a comment to fill in.
func (n Name) line(lang errs.Lang) string {
	count := errs.Tf("%d×", "%d 次", n.N).In(lang)
	switch {
	case n.Own():
		return fmt.Sprintf("  # %s: %s\n", clean(scalar(n.From)), errs.Tf("the pack's own name, %s", "与规则包名称相同，%s", count).In(lang))
	case n.To != "":
		return fmt.Sprintf("  %s: %s  # %s; %s%s\n", scalar(n.From), scalar(n.To), count, clean(n.Candidates[0].Why.In(lang)), n.doubts(lang))
	case len(n.Candidates) > 0:
		return fmt.Sprintf("  # %s: %s  # %s; %s%s\n", clean(scalar(n.From)), clean(scalar(n.Candidates[0].To)), errs.Tf("to confirm, %s", "待确认，%s", count).In(lang),
			clean(n.Candidates[0].Why.In(lang)), n.others(n.Candidates[1:], lang))
	}
	return fmt.Sprintf("  # %s:   # %s; %s\n", clean(scalar(n.From)), count, errs.T("nothing in the pack is like it", "规则包中没有相近的名称").In(lang))
}

// doubts are the other candidates of a name that isn't the very same.
func (n Name) doubts(lang errs.Lang) string {
	if n.Candidates[0].Score == 1 {
		return ""
	}
	return n.others(n.Candidates[1:], lang)
}

func (n Name) others(list []Candidate, lang errs.Lang) string {
	var out []string
	for _, c := range list {
		out = append(out, fmt.Sprintf("%s (%s)", clean(scalar(c.To)), clean(c.Why.In(lang))))
	}
	if out == nil {
		return ""
	}
	return errs.Tf("; perhaps %s", "；可能是 %s", strings.Join(out, ", ")).In(lang)
}

func (p *Proposal) refused(b *strings.Builder, lang errs.Lang) {
	if len(p.Refused) == 0 {
		return
	}
	b.WriteString("\n# " + errs.T("Refused, and never to be mapped:", "以下字段不予接收，不得映射：").In(lang) + "\n")
	for _, f := range p.Refused {
		b.WriteString("#   " + clean(WhyRefused(f.Name, f.What).In(lang)) + "\n")
	}
}

func (p *Proposal) wanting(b *strings.Builder, lang errs.Lang) {
	blocked := 0
	for _, w := range p.Wants {
		if w.Blocks != nil {
			blocked++
		}
	}
	b.WriteString("\n# " + errs.Tf("With the mapping as it stands, %d of %d rules can be judged.", "按目前的映射，%[2]d 条规则中有 %[1]d 条可以判断。", p.Rules-blocked, p.Rules).In(lang) + "\n")
	list := func(head errs.Text, of func(w Want) []errs.Text) {
		first := true
		for _, w := range p.Wants {
			if of(w) == nil || head.En[0] != 'C' && w.Blocks != nil {
				continue
			}
			if first {
				b.WriteString("# " + head.In(lang) + "\n")
				first = false
			}
			var parts []string
			for _, t := range of(w) {
				parts = append(parts, clean(t.In(lang)))
			}
			fmt.Fprintf(b, "#   %s: %s\n", w.Rule.ID, strings.Join(parts, "; "))
		}
	}
	list(errs.T("Can't be judged (a check would accuse where the log is silent), for want of:", "以下规则因缺少所列内容而不能判断（否则会因日志缺项而误判）："), func(w Want) []errs.Text { return w.Blocks })
	list(errs.T("Judged more strictly than the law, since the log lacks what excuses or gives time:", "以下规则缺少免责或者延长期限的事件，判断会比法律更严："), func(w Want) []errs.Text { return w.Excuses })
}

// scalar is a name as YAML reads it back, whatever is in it.
func scalar(s string) string {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsAny(s, "\n\r\t\x00\u0085\u2028\u2029\ufeff#:\"'\\") || strings.TrimSpace(s) != s || s == "" {
		n.Style = yaml.DoubleQuotedStyle
	}
	out, err := yaml.Marshal(n)
	if err != nil {
		panic("logmap: writing YAML: " + err.Error()) // only text goes in
	}
	return strings.TrimSuffix(string(out), "\n")
}

// clean keeps a text on the line of its comment.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '\u0085' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}
