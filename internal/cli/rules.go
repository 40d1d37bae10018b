package cli

import (
	"fmt"
	"slices"
	"strings"

	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/pack"
	"plumbline/internal/rule"
)

// rulesCmd is the commands about rules.
type rulesCmd struct {
	List     rulesListCmd     `cmd:"" help:"List packs and their rules." zh:"列出规则包及其规则。"`
	Show     rulesShowCmd     `cmd:"" help:"Show a rule: its law, its text, what it keeps." zh:"显示一条规则：法律依据、正文、所保留的内容。"`
	Lint     rulesLintCmd     `cmd:"" help:"Check packs, and say what each rule keeps and when it lets go." zh:"检查规则包，并说明每条规则保留什么、何时放弃。"`
	Test     rulesTestCmd     `cmd:"" help:"Run the packs' own tests, in batch and live, in order and shuffled." zh:"运行规则包自带的测试：批量与实时、按序与打乱。"`
	Explain  rulesExplainCmd  `cmd:"" help:"Show a case's events with a rule's verdicts and deadlines, explained." zh:"显示一个案件的事件，以及某条规则的判断、期限和说明。"`
	Diff     rulesDiffCmd     `cmd:"" help:"Compare what two versions of a pack say of a log: by rule, unit and official." zh:"比较同一规则包两个版本对日志的判断：按规则、单位和办案人员。"`
	Coverage rulesCoverageCmd `cmd:"" help:"Show which acts in a log no rule judges, and which rules apply to nothing." zh:"显示日志中哪些行为没有规则判断、哪些规则无从适用。"`
}

type rulesListCmd struct {
	Packs []string `arg:"" optional:"" name:"PACK" help:"Built-in packs, files or folders. Without any: all built-in packs." zh:"内置规则包、文件或文件夹。不写时为全部内置规则包。"`
}

// Run lists packs and rules.
func (x *rulesListCmd) Run(c *call) error {
	packs, err := app.Packs(x.Packs)
	if err != nil {
		return err
	}
	for i, p := range packs {
		if i > 0 {
			fmt.Fprintln(c.Out)
		}
		fmt.Fprintf(c.Out, "%s %s · %s\n", p.Name, p.Version, p.Title.In(c.lang))
		var rows [][]string
		for _, r := range p.Rules {
			rows = append(rows, []string{r.ID, c.severity(r), r.Title.In(c.lang)})
		}
		if err := c.table(nil, rows); err != nil {
			return err
		}
	}
	return nil
}

// severity is a rule's severity in words, and whether it may warn only.
func (c *call) severity(r *rule.Rule) string {
	s := i18n.Words{Lang: c.lang}.T("severity." + r.Severity.String())
	if !r.Basis.Verified {
		s += c.say(" (warns)", "（提示）")
	}
	return s
}

type rulesShowCmd struct {
	Rules []string `sep:"none" help:"Where to look for the rule: built-in packs, files or folders. Without it: all built-in packs." zh:"在哪里找规则：内置规则包、文件或文件夹。不写时为全部内置规则包。" placeholder:"PACK"`
	Rule  string   `arg:"" name:"RULE" help:"The rule's id, or PACK/ID." zh:"规则编号，或 规则包/编号。"`
}

// Run shows a rule.
func (x *rulesShowCmd) Run(c *call) error {
	packs, err := app.Packs(x.Rules)
	if err != nil {
		return err
	}
	r, err := findRule(packs, x.Rule)
	if err != nil {
		return err
	}
	status := c.say("checked against the law's text", "已核对法律原文")
	if !r.Basis.Verified {
		status = c.say("not checked against the law's text: warns, never accuses", "未核对法律原文：只作提示，不作认定")
	}
	b := pack.BoundOf(r)
	fmt.Fprintf(c.Out, "%s\n", r.Title.In(c.lang))
	words := r.Basis.Words
	if words != "" {
		words = "“" + words + "”"
	}
	var rows [][]string
	for _, row := range [][]string{
		{c.say("says", "要旨"), r.Says.In(c.lang)},
		{c.say("rule", "规则"), r.Pack.Name + "/" + r.ID},
		{c.say("severity", "程度"), i18n.Words{Lang: c.lang}.T("severity." + r.Severity.String())},
		{c.say("why", "理由"), r.Reason.In(c.lang)},
		{c.say("law", "依据"), r.Basis.Text.In(c.lang)},
		{c.say("words", "原文"), words},
		{c.say("published", "公布"), r.Basis.URL},
		{c.say("status", "状态"), status + c.say(" (%s)", "（%s）", r.Basis.Checked)},
		{c.say("keeps", "保留"), b.Keeps.In(c.lang)},
		{c.say("lets go", "放弃"), b.LetsGo.In(c.lang)},
		{c.say("written", "出处"), r.Pos.String()},
	} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	if err := c.table(nil, rows); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Out, "\n%s\n", strings.TrimRight(r.String(), "\n"))
	return err
}

// findRule finds a rule by its id, or pack/id.
func findRule(packs []*pack.Pack, name string) (*rule.Rule, error) {
	var found []*rule.Rule
	var ids []string
	for _, p := range packs {
		for _, r := range p.Rules {
			if r.ID == name || p.Name+"/"+r.ID == name {
				found = append(found, r)
			}
			ids = append(ids, r.ID)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		if part := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !strings.Contains(id, name) }); len(part) > 0 && errs.Nearest(name, ids) == "" {
			ids = part
		}
		next := errs.DidYouMean(name, ids)
		if errs.Nearest(name, ids) == "" {
			next.En += "; a pack of your own is named by --rules"
			next.Zh += "；自己的规则包请用 --rules 指明"
		}
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("no rule %q", "没有规则 %q", name), Next: next}
	}
	var full []string
	for _, r := range found {
		full = append(full, r.Pack.Name+"/"+r.ID)
	}
	return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("several packs have a rule %q", "有多个规则包含规则 %q", name),
		Next: errs.Tf("name its pack too: %s", "请同时写出规则包：%s", strings.Join(full, ", "))}
}
