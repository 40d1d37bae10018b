package cli

import (
	"fmt"

	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/pack"
)

type rulesCoverageCmd struct {
	Rules []string `sep:"none" help:"A built-in pack, a file or a folder of packs; may be repeated. Without it: the built-in packs whose events occur in the log." zh:"内置规则包名称、文件或文件夹，可重复。不写时用事件在日志中出现的内置规则包。" placeholder:"PACK"`
	reading
	Logs []string `arg:"" name:"LOG" help:"Event logs. Several are one log." zh:"事件日志。多个文件视为一个日志。"`
}

// Run shows what rules leave alone.
func (x *rulesCoverageCmd) Run(c *call) error {
	source, done, err := x.source(c, x.Logs)
	if err != nil {
		return err
	}
	cover, checked, err := app.Cover(app.CheckOptions{Source: source, Rules: x.Rules, Started: c.Start})
	done()
	if err != nil {
		return err
	}
	if err := c.remarks(checked.Read); err != nil {
		return err
	}
	w := i18n.Words{Lang: c.lang}
	rows := [][]string{}
	none := 0
	for _, a := range cover.Acts {
		judged := c.say("judged by no rule", "没有规则判断")
		switch {
		case a.Activates > 0:
			judged = c.say("judged by %d", "%d 条规则判断", a.Activates)
		case a.Concerns > 0:
			judged = c.say("judged by none, looked at by %d", "没有规则判断，%d 条规则提及", a.Concerns)
			none++
		default:
			none++
		}
		rows = append(rows, []string{w.Int(a.Events), called(checked.Packs, a.Type).In(c.lang), judged})
	}
	fmt.Fprintln(c.Out, c.say("%d of %d event types are judged by no rule", "%[2]d 种事件中有 %[1]d 种没有规则判断", none, len(cover.Acts)))
	if err := c.table(nil, rows); err != nil {
		return err
	}
	fmt.Fprintln(c.Out, "\n"+c.say("%d of %d rules apply to nothing here", "%[2]d 条规则中有 %[1]d 条在此无从适用", len(cover.Quiet), len(checked.Doc.Result.Rules)))
	rows = rows[:0]
	for _, r := range cover.Quiet {
		rows = append(rows, []string{r.ID, r.When.String()})
	}
	return c.table(nil, rows)
}

// called is what the first pack that has a name for an event type calls it.
func called(packs []*pack.Pack, typ string) errs.Text {
	for _, p := range packs {
		if t := p.Vocabulary.Event(typ); t.Zh != typ {
			return t
		}
	}
	return errs.T(typ, typ)
}
