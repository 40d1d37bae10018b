package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"

	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/trial"
)

type rulesDiffCmd struct {
	AsOf     string `help:"Judge as of this time (RFC 3339) or date. Without it: the last event." zh:"以此时刻（RFC 3339）或日期为准判断。不写时以最后一个事件为准。" placeholder:"TIME"`
	Complete bool   `help:"The log is whole: its end ends every case." zh:"日志完整：日志结束即各案件结束。"`
	Format   string `help:"text or json." zh:"text（文字）或 json。" enum:"text,json" default:"text" placeholder:"FORMAT"`
	Output   string `short:"o" help:"Write to this file instead of standard output." zh:"写入此文件而不是标准输出。" placeholder:"FILE"`
	Examples int    `help:"How many examples to show of each kind of change of a rule." zh:"每条规则的每类变化显示多少个例子。" default:"2" placeholder:"N"`
	Workers  int    `help:"How many cores to use. Without it: all." zh:"使用的处理器核数。不写时全部使用。" default:"0" placeholder:"N"`
	reading
	Old  string   `arg:"" name:"OLD" help:"The version in use: a built-in pack, a file or a folder." zh:"现用版本：内置规则包、文件或文件夹。"`
	New  string   `arg:"" name:"NEW" help:"The version to try." zh:"拟用版本。"`
	Logs []string `arg:"" name:"LOG" help:"Event logs. Several are one log." zh:"事件日志。多个文件视为一个日志。"`
}

// Run compares what two versions of a pack say of a log.
func (x *rulesDiffCmd) Run(c *call) error {
	c.quiet = x.Format == "json"
	if x.Workers < 0 || x.Examples < 0 {
		return &errs.Error{Code: errs.Usage, What: errs.T("--workers and --examples can't be negative", "--workers 和 --examples 不能为负")}
	}
	if err := spare(x.Output, x.Logs); err != nil {
		return err
	}
	source, done, err := x.source(c, x.Logs)
	if err != nil {
		return err
	}
	if x.Workers = min(x.Workers, runtime.NumCPU()); x.Workers > 0 {
		runtime.GOMAXPROCS(x.Workers) // readers use as many as there are
	}
	found, err := app.Diff(app.DiffOptions{Source: source, Old: x.Old, New: x.New, AsOf: x.AsOf, Complete: x.Complete, Workers: x.Workers, Examples: x.Examples})
	done()
	if err != nil {
		return err
	}
	if err := c.remarks(found.Read); err != nil {
		return err
	}
	for _, w := range found.Warnings {
		c.warn(w.In(c.lang))
	}
	return c.write(x.Output, func(w io.Writer) error {
		if x.Format == "json" {
			enc := json.NewEncoder(w)
			enc.SetIndent("", "  ")
			enc.SetEscapeHTML(false)
			return enc.Encode(found.Diff)
		}
		to := *c
		to.Out, to.OutTerminal = shown{w}, c.OutTerminal && x.Output == ""
		return diffText{&to, i18n.Words{Lang: c.lang}}.print(found.Diff)
	})
}

// diffText writes a comparison for a person.
type diffText struct {
	*call
	w i18n.Words
}

func (t diffText) line(s string) { fmt.Fprintln(t.Out, s) }

func (t diffText) print(d *trial.Diff) error {
	t.line(t.say("old: %s", "现用版本：%s", t.versions(d.Old)))
	t.line(t.say("new: %s", "拟用版本：%s", t.versions(d.New)))
	t.line(t.say("log: %s, judged as of %s", "日志：%s，截至 %s 判断", strings.Join(d.Files, ", "), d.AsOf))
	if d.Same {
		t.line("\n" + t.say("Nothing changes: no rule's text, no verdict.", "没有变化：规则文本和判断结果均相同。"))
		return nil
	}
	if len(d.Changes) > 0 {
		t.line("\n" + t.say("What the pack says for all its rules", "规则包的通用设置"))
		if err := t.changes(d.Changes); err != nil {
			return err
		}
	}
	t.line("\n" + t.say("All rules together", "全部规则合计"))
	if err := t.tally(d.Totals, true); err != nil {
		return err
	}
	for _, r := range d.Rules {
		if err := t.rule(r); err != nil {
			return err
		}
	}
	return nil
}

func (t diffText) versions(list []trial.Version) string {
	var out []string
	for _, v := range list {
		out = append(out, t.say("%s %s (%s; rules: %d)", "%s %s（%s；规则 %d 条）", v.Pack, v.Version, v.File, v.Rules))
	}
	return strings.Join(out, t.w.T("list.semicolon"))
}

func (t diffText) rule(r trial.Rule) error {
	status := map[trial.Status]string{
		trial.Same:    t.say("text unchanged", "文本未变"),
		trial.Changed: t.say("text changed", "文本有改动"),
		trial.Renamed: t.say("renamed, was %s", "改名，原为 %s", r.OldID),
		trial.New:     t.say("new", "新增"),
		trial.Removed: t.say("removed", "删除"),
	}[r.Status]
	t.line("\n" + r.Pack + "/" + r.ID + " · " + status)
	if err := t.changes(r.Text); err != nil {
		return err
	}
	if err := t.tally(r.Tally, false); err != nil {
		return err
	}
	for _, e := range r.Examples {
		t.example(e)
	}
	return nil
}

// changes shows fields before and after.
func (t diffText) changes(list []trial.Change) error {
	or := func(s string) string {
		if s == "" {
			return t.say("(not there)", "（无）")
		}
		return s
	}
	for _, c := range list {
		if err := t.table(nil, [][]string{{c.Field, "−", or(c.Old)}, {strings.Repeat(" ", len(c.Field)), "+", or(c.New)}}); err != nil {
			return err
		}
	}
	return nil
}

func (t diffText) tally(y trial.Tally, all bool) error {
	for _, c := range y.Concentrations {
		t.line("  ! " + t.concentration(c, all))
	}
	t.line("  " + t.say("applied %s → %s times (%s appear, %s vanish, %s judged otherwise); violations %s → %s (%s appear, %s vanish)",
		"适用 %s → %s（新增 %s，消失 %s，判断改变 %s）；违规 %s → %s（新增 %s，消失 %s）",
		t.w.Int(y.ActivationsOld), t.w.Int(y.ActivationsNew), t.w.Int(y.ActivationsAppeared), t.w.Int(y.ActivationsVanished), t.w.Int(y.VerdictsChanged),
		t.w.Int(y.ViolationsOld), t.w.Int(y.ViolationsNew), t.w.Int(y.ViolationsAppeared), t.w.Int(y.ViolationsVanished)))
	var rows [][]string
	for _, m := range y.Verdicts {
		rows = append(rows, []string{t.w.Int(m.Count), t.verdict(m.From) + " → " + t.verdict(m.To)})
	}
	if err := t.table(nil, rows); err != nil {
		return err
	}
	if err := t.groups(t.say("official", "办案人员"), y.Officers); err != nil {
		return err
	}
	return t.groups(t.say("unit", "单位"), y.Units)
}

// shownGroups is how many units and officials the text shows; JSON has all.
const shownGroups = 10

func (t diffText) groups(kind string, groups []trial.Group) error {
	if len(groups) == 0 {
		return nil
	}
	head := []string{kind, t.say("applied", "适用"), t.say("violations", "违规"), t.say("vanish", "违规消失"), t.say("appear", "违规新增"), t.say("other changes", "其他变化")}
	var rows [][]string
	for _, g := range groups[:min(shownGroups, len(groups))] {
		name := t.say("(none named)", "（未载明）")
		if g.Name != nil {
			name = *g.Name
		}
		other := g.ActivationsAppeared + g.ActivationsVanished + g.VerdictsChanged - g.ViolationsVanished - g.ViolationsAppeared
		rows = append(rows, []string{name, t.w.Int(g.ActivationsOld) + " → " + t.w.Int(g.ActivationsNew), t.w.Int(g.ViolationsOld) + " → " + t.w.Int(g.ViolationsNew),
			t.w.Int(g.ViolationsVanished), t.w.Int(g.ViolationsAppeared), t.w.Int(other)})
	}
	if err := t.table(head, rows); err != nil {
		return err
	}
	if n := len(groups) - shownGroups; n > 0 {
		t.line("  " + t.say("… and %d more (--format json has all)", "……另有 %d 个（--format json 列出全部）", n))
	}
	return nil
}

// concentration says that a change lies with one official or unit; of all rules
// together it counts acts, which several rules may find violated.
func (t diffText) concentration(c trial.Concentration, all bool) string {
	of := map[trial.Of]errs.Text{trial.Officer: errs.T("official", "办案人员"), trial.Unit: errs.T("unit", "单位")}[c.Of]
	what := errs.T("violations that vanish", "消失的违规")
	switch {
	case all && c.Vanished:
		what = errs.T("acts that no rule finds violated any more", "不再被任何规则认定违规的行为")
	case all:
		what = errs.T("acts that no rule found violated before", "此前未被任何规则认定违规的行为")
	case !c.Vanished:
		what = errs.T("violations that appear", "新增的违规")
	}
	n := []any{t.w.Int(c.Count), t.w.Int(c.Total), t.w.Int(c.Activations), t.w.Int(c.ActivationsTotal), t.w.Int(c.Violations), t.w.Int(c.ViolationsTotal), c.Name, t.odds(c.Chance)}
	return errs.Text{
		En: fmt.Sprintf("%[1]s of %[2]s "+what.En+" concern "+of.En+" %[7]s, with %[3]s of the %[4]s times that rules applied and %[5]s of %[6]s violations; by chance so many fall on any one "+of.En+" %[8]s", n...),
		Zh: fmt.Sprintf(what.Zh+"共 %[2]s 次，其中 %[1]s 次涉及"+of.Zh+" %[7]s，而其仅占 %[4]s 次适用中的 %[3]s 次、%[6]s 次违规中的 %[5]s 次；如属偶然，如此集中于任一"+of.Zh+"的机会%[8]s", n...),
	}.In(t.lang)
}

// odds are a small probability as one in so many, rounded down so that it never
// sounds rarer than it is.
func (t diffText) odds(p float64) string {
	if p < 1e-6 {
		return t.say("less than once in 1,000,000", "不到百万分之一")
	}
	return t.say("about once in %s", "约为 %s 次中有一次", t.w.Int(int(1/p)))
}

func (t diffText) verdict(name string) string {
	if name == "none" {
		return t.say("not applied", "不适用")
	}
	return t.w.T("verdict." + name)
}

func (t diffText) example(e trial.Example) {
	what := t.say("another verdict", "判断改变")
	switch {
	case e.Vanished:
		what = t.say("a violation vanishes", "违规消失")
	case e.Appeared:
		what = t.say("a violation appears", "违规新增")
	}
	var key []string
	for _, k := range e.Key {
		key = append(key, kindWord(t.w, k.Kind)+" "+k.ID)
	}
	t.line("  " + t.say("example: %s · %s · %s (%s)", "例：%s · %s · %s（%s）", what, strings.Join(key, ", "), e.Type, e.Time))
	said := func(s *trial.Said) string {
		if s == nil {
			return t.say("not applied", "不适用")
		}
		return s.Text().In(t.lang)
	}
	t.line("    " + t.say("old: ", "现用：") + said(e.Old))
	t.line("    " + t.say("new: ", "拟用：") + said(e.New))
}
