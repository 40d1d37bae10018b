package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
)

type simulateScoreCmd struct {
	Format    string  `help:"text or json." zh:"text（文字）或 json。" enum:"text,json" default:"text" placeholder:"FORMAT"`
	Output    string  `short:"o" help:"Write to this file instead of standard output." zh:"写入此文件而不是标准输出。" placeholder:"FILE"`
	FailUnder float64 `help:"Exit with 1 where recall or precision of any rule is under this share." zh:"若任一规则的查全率或查准率低于此比例，以 1 退出。" default:"1" placeholder:"SHARE"`
	Dir       string  `arg:"" name:"DIR" help:"The folder of a simulation." zh:"模拟所在的文件夹。"`
}

// Run checks a simulation and compares what was found with what is in it.
func (x *simulateScoreCmd) Run(c *call) error {
	if !(x.FailUnder >= 0 && x.FailUnder <= 1) {
		return &errs.Error{Code: errs.Usage, What: errs.Tf("--fail-under is a share from 0 to 1, not %v", "--fail-under 应为 0 至 1 的比例，而不是 %v", x.FailUnder)}
	}
	score, err := app.ScoreAgency(x.Dir, app.CheckOptions{Version: versionText(), Started: c.Start})
	if err != nil {
		return err
	}
	for _, r := range score.Rules {
		if min(r.Recall, r.Precision) < x.FailUnder {
			c.status = 1
		}
	}
	if x.Format == "json" {
		return c.write(x.Output, func(w io.Writer) error {
			enc := json.NewEncoder(w)
			enc.SetIndent("", "  ")
			enc.SetEscapeHTML(false)
			return enc.Encode(score)
		})
	}
	if x.Output != "" {
		return c.write(x.Output, func(w io.Writer) error { return x.text(c.into(w), score) })
	}
	return x.text(c, score)
}

// into is the call with another standard output.
func (c *call) into(w io.Writer) *call {
	other := *c
	other.Out, other.OutTerminal = shown{w}, false
	return &other
}

func (x *simulateScoreCmd) text(c *call, s *app.Score) error {
	w := i18n.Words{Lang: c.lang}
	row := func(name string, r *app.RuleScore) []string {
		return []string{w.Int(r.Truth), w.Int(r.Found), w.Int(r.Missed), w.Int(r.False), share(r.Recall), share(r.Precision), name}
	}
	var rows [][]string
	for i := range s.Rules {
		rows = append(rows, row(s.Rules[i].Pack+"/"+s.Rules[i].Rule, &s.Rules[i]))
	}
	rows = append(rows, row(c.say("all rules", "全部规则"), &s.Total))
	if err := c.table([]string{c.say("in log", "实有"), c.say("found", "查出"), c.say("missed", "遗漏"), c.say("false", "多报"),
		c.say("recall", "查全率"), c.say("precision", "查准率"), c.say("rule", "规则")}, rows); err != nil {
		return err
	}
	for _, d := range s.Examples {
		what := c.say("found, and not there", "多报")
		if d.Missed {
			what = c.say("missed", "遗漏")
		}
		fmt.Fprintf(c.Out, "  %s · %s · %s · %s · %s\n", what, d.Rule, d.Key, d.Event, d.Verdict)
	}
	return nil
}

// share is a share as a percentage that says 100 only of all.
func share(v float64) string {
	if v == 1 {
		return "100%"
	}
	return fmt.Sprintf("%.2f%%", math.Floor(v*1e4)/1e2)
}
