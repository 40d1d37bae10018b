package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
	"plumbline/internal/report"
	"plumbline/internal/sim"
)

type demoCmd struct {
	Log   string `help:"Check this log of fines instead of a simulated one." zh:"检查此罚款日志，而不是模拟日志。" placeholder:"FILE"`
	Cases int    `help:"How many fines to simulate." zh:"模拟多少件罚单。" default:"150000" placeholder:"N"`
	Seed  uint64 `help:"The same seed gives the same fines." zh:"相同的种子给出相同的罚单。" default:"1" placeholder:"SEED"`
	Dir   string `help:"Where the simulated log and the report go." zh:"模拟日志和报告所在的文件夹。" default:"plumbline-demo" placeholder:"DIR"`
}

// Run writes a log whose departures are known, checks it, and says whether all
// of them were found; or it checks a log that is given.
func (x *demoCmd) Run(c *call) error {
	if err := os.MkdirAll(x.Dir, 0o755); err != nil {
		return unwritten(x.Dir, err)
	}
	w := i18n.Words{Lang: c.lang}
	file := x.Log
	var planted *sim.Planted
	if file == "" {
		if x.Cases < 1 {
			return &errs.Error{Code: errs.Usage, What: errs.T("--cases must be 1 or more", "--cases 至少为 1")}
		}
		file = filepath.Join(x.Dir, "fines.xes.gz")
		fmt.Fprintln(c.Err, c.say("Writing %s simulated fines to %s …", "正在把 %s 件模拟罚单写入 %s……", w.Int(x.Cases), file))
		if err := c.write(file, func(to io.Writer) error {
			p, err := app.Simulate(to, file, x.Cases, x.Seed)
			planted = &p
			return err
		}); err != nil {
			return err
		}
	}
	checked, err := x.check(c, file)
	if err != nil {
		return err
	}
	if err := c.write("", func(to io.Writer) error {
		return report.Text(to, checked.Doc, report.TextOptions{Lang: c.lang, Width: c.width(""), Color: c.color("")})
	}); err != nil {
		return err
	}
	html := filepath.Join(x.Dir, "report.html")
	if err := c.write(html, func(to io.Writer) error { return report.HTML(to, checked.Doc, c.lang) }); err != nil {
		return err
	}
	fmt.Fprintln(c.Out)
	if planted != nil {
		if err := c.agreement(app.Compare(*planted, checked.Doc.Result)); err != nil {
			return err
		}
	}
	at, err := filepath.Abs(html)
	if err != nil {
		at = html
	}
	_, err = fmt.Fprintln(c.Out, c.say("The report with charts: %s", "带图表的报告：%s", at))
	return err
}

func (x *demoCmd) check(c *call, file string) (*app.Checked, error) {
	o := app.CheckOptions{Rules: []string{app.SimulatedPack}, Keep: monitor.KeepAll, Months: true, Version: versionText(), Started: c.Start}
	o.Files = []string{file}
	show, done := c.progress(o.Files)
	o.Progress = show
	defer done()
	return app.Check(o)
}

// agreement says whether what was planted was found; what differs is a fault of
// the program.
func (c *call) agreement(a app.Agreement) error {
	w := i18n.Words{Lang: c.lang}
	fmt.Fprintln(c.Out, c.say("%s planted departures, %s found, %s missed, %s too many.", "预设违规 %s 处，查出 %s 处，遗漏 %s 处，多报 %s 处。",
		w.Int(a.Planted), w.Int(a.Found), w.Int(a.Missed), w.Int(a.TooMany)))
	if a.Missed+a.TooMany == 0 {
		return nil
	}
	for _, d := range a.Different {
		fmt.Fprintf(c.Out, "  %s · %s · %s · %s\n", d.Rule, d.Case, d.Event, d.Verdict)
	}
	return &errs.Error{Code: errs.Internal, What: errs.T("the check and the simulation disagree", "检查结果与模拟不一致"),
		Next: errs.T("please report it with the seed", "请连同种子报告此问题")}
}
