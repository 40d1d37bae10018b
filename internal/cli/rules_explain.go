package cli

import (
	"fmt"
	"strings"

	"plumbline/internal/app"
	"plumbline/internal/event"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

type rulesExplainCmd struct {
	Rules    []string `sep:"none" help:"Where to look for the rule: built-in packs, files or folders. Without it: all built-in packs." zh:"在哪里找规则：内置规则包、文件或文件夹。不写时为全部内置规则包。" placeholder:"PACK"`
	AsOf     string   `help:"Judge as of this time (RFC 3339) or date. Without it: the last event." zh:"以此时刻（RFC 3339）或日期为准判断。不写时以最后一个事件为准。" placeholder:"TIME"`
	Complete bool     `help:"The log is whole: its end ends every case." zh:"日志完整：日志结束即各案件结束。"`
	reading
	Rule string `arg:"" name:"RULE" help:"The rule's id, or PACK/ID." zh:"规则编号，或 规则包/编号。"`
	Log  string `arg:"" name:"LOG" help:"The event log." zh:"事件日志。"`
	Case string `arg:"" name:"CASE" help:"The case, or what else the rule goes by: an id, or KIND:ID." zh:"案件，或规则所依据的其他对象：编号，或 类型:编号。"`
}

// Run shows what happened in a case and what the rule says of it.
func (x *rulesExplainCmd) Run(c *call) error {
	packs, err := app.Packs(x.Rules)
	if err != nil {
		return err
	}
	r, err := findRule(packs, x.Rule)
	if err != nil {
		return err
	}
	source, done, err := x.source(c, []string{x.Log})
	if err != nil {
		return err
	}
	lines, err := app.Case(app.CaseOptions{Source: source, Rule: r, Case: x.Case, AsOf: x.AsOf, Complete: x.Complete})
	done()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "%s\n  %s/%s · %s · %s\n", r.Title.In(c.lang), r.Pack.Name, r.ID, c.severity(r), r.Basis.Text.In(c.lang))
	for _, t := range lines {
		if err := c.timeline(r, t); err != nil {
			return err
		}
		for i, v := range t.Verdicts {
			c.verdict(r, i+1, v)
		}
		if len(t.Verdicts) == 0 {
			fmt.Fprintln(c.Out, "\n  "+c.say("Nothing here is what the rule applies to: it says nothing of this case.", "此案件中没有该规则适用的事件，规则不作判断。"))
		}
	}
	return nil
}

// timeline prints the events of a trace, those that verdicts rest on marked.
func (c *call) timeline(r *rule.Rule, t app.Timeline) error {
	zone := r.Pack.Log.Zone
	w := i18n.Words{Lang: c.lang}
	var key []string
	for _, p := range t.Key {
		key = append(key, kindWord(w, p.Kind)+" "+p.ID)
	}
	fmt.Fprintf(c.Out, "\n%s · %s\n", strings.Join(key, ", "), c.say("as of %s", "截至 %s", w.Time(zone, t.Result.AsOf)))
	marks := map[uint32]string{}
	for i, v := range t.Verdicts {
		n := fmt.Sprintf("[%d]", i+1)
		marks[v.Activation.Row] += n
		if v.Other != nil && !strings.Contains(marks[v.Other.Row], n) {
			marks[v.Other.Row] += n
		}
	}
	var rows [][]string
	for _, row := range t.Rows {
		e := t.Log.Event(row)
		var notes []string
		for _, a := range e.Attrs {
			notes = append(notes, a.Name+"="+a.Value.Text(zone))
		}
		if t.Log.Time[row] > t.Result.AsOf {
			notes = append(notes, c.say("(not yet)", "（尚未发生）"))
		}
		rows = append(rows, []string{marks[row], w.At(zone, e.Time.At, e.Time.Kind == event.Day), c.event(r, e.Type), e.Actor.Value, strings.Join(notes, " ")})
	}
	return c.table(nil, rows)
}

// kindWord is a kind of key in words, or the object type's own name.
func kindWord(w i18n.Words, kind string) string {
	switch kind {
	case "case", "actor", "unit":
		return w.T("key." + kind)
	}
	return kind
}

// event is what the rule's pack calls an event type.
func (c *call) event(r *rule.Rule, typ string) string {
	return r.Pack.Vocabulary.Event(typ).In(c.lang)
}

// verdict prints why the nth activation was judged as it was.
func (c *call) verdict(r *rule.Rule, n int, v *monitor.Explanation) {
	zone := r.Pack.Log.Zone
	w := i18n.Words{Lang: c.lang}
	fmt.Fprintf(c.Out, "\n  [%d] %s · %s (%s)\n", n, w.T("verdict."+v.Verdict.String()), c.event(r, v.Activation.Type), w.At(zone, v.Activation.Time, v.Activation.OnDay))
	fmt.Fprintln(c.Out, "    "+v.Sentence.In(c.lang))
	for _, s := range v.StepTexts {
		fmt.Fprintln(c.Out, "    · "+s.In(c.lang))
	}
	for _, e := range v.TooLate {
		fmt.Fprintln(c.Out, "    · "+c.say("%s (%s) came too late to count", "%s（%s）来得太晚，不计", c.event(r, e.Type), w.At(zone, e.Time, e.OnDay)))
	}
	if v.NearMiss != nil && v.Verdict == monitor.Breached && v.NearMiss.Text.In(c.lang) != "" {
		fmt.Fprintln(c.Out, "    "+v.NearMiss.Text.In(c.lang))
	}
}
