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
	Log     string `help:"Check this log of fines instead of simulated ones, and let the service take it in, too." zh:"检查此罚款日志，而不是模拟日志；服务也会接收它。" placeholder:"FILE"`
	Cases   int    `help:"How many fines to simulate." zh:"模拟多少件罚单。" default:"150000" placeholder:"N"`
	Seed    uint64 `help:"The same seed gives the same fines and the same agency." zh:"相同的种子给出相同的罚单和机关。" default:"1" placeholder:"SEED"`
	Dir     string `help:"Where the simulated log, the report and the service's data go." zh:"模拟日志、报告和服务数据所在的文件夹。" default:"plumbline-demo" placeholder:"DIR"`
	NoServe bool   `help:"Only simulate and check; start no service." zh:"只模拟并检查，不启动服务。"`
	Agency  int    `help:"How many cases a year come to the agency that the service watches." zh:"服务所监督的模拟机关每年受理多少案件。" default:"1500" placeholder:"N"`
	Speed   string `help:"The service's clock goes this many times as fast as yours." zh:"服务的时钟比实际快多少倍。" default:"60x" placeholder:"FACTOR"`
	Listen  string `help:"Address and port of the service. Without it: 127.0.0.1:8080, or where that is taken any free port." zh:"服务监听的地址和端口。不写时为 127.0.0.1:8080；已被占用时任选空闲端口。" placeholder:"HOST:PORT"`
	New     bool   `help:"Begin anew: remove what an earlier demo's service has." zh:"重新开始：删除先前演示的服务数据。"`
}

// Run writes a log whose departures are known, checks it, and says whether all
// of them were found; or it checks a log that is given. Then it serves a simulated
// agency (demo_serve.go).
func (x *demoCmd) Run(c *call) error {
	speed, err := factor(x.Speed)
	if err != nil {
		return err
	}
	if x.Cases < 1 || x.Agency < 1 {
		flag := "--cases"
		if x.Agency < 1 {
			flag = "--agency"
		}
		return &errs.Error{Code: errs.Usage, What: errs.Tf("%s must be 1 or more", "%s 至少为 1", flag)}
	}
	if err := os.MkdirAll(x.Dir, 0o755); err != nil {
		return unwritten(x.Dir, err)
	}
	fits, err := x.fines(c)
	if err != nil || x.NoServe {
		return err
	}
	return x.serve(c, speed, fits)
}

// fines is the demo's first part; it says whether the pack fits a log that is given.
func (x *demoCmd) fines(c *call) (fits bool, err error) {
	w := i18n.Words{Lang: c.lang}
	var planted *sim.Planted
	file := x.Log
	if file == "" {
		file = filepath.Join(x.Dir, "fines.xes.gz")
		fmt.Fprintln(c.Err, c.say("Writing %s simulated fines to %s …", "正在把 %s 件模拟罚单写入 %s……", w.Int(x.Cases), file))
		if err := c.write(file, func(to io.Writer) error {
			p, err := app.Simulate(to, file, x.Cases, x.Seed)
			planted = &p
			return err
		}); err != nil {
			return false, err
		}
	}
	checked, err := x.check(c, file)
	if err != nil {
		return false, err
	}
	if x.NoServe || x.Log != "" {
		if err := c.write("", func(to io.Writer) error {
			return report.Text(to, checked.Doc, report.TextOptions{Lang: c.lang, Width: c.width(""), Color: c.color("")})
		}); err != nil {
			return false, err
		}
		fmt.Fprintln(c.Out)
	} else {
		res := checked.Doc.Result
		fmt.Fprintln(c.Out, c.say("%s events held against %s rules.", "事件 %s 条，对照规则 %s 条。", w.Int(res.Log.Events()), w.Int(len(res.Rules))))
	}
	html := filepath.Join(x.Dir, "report.html")
	if err := c.write(html, func(to io.Writer) error { return report.HTML(to, checked.Doc, c.lang) }); err != nil {
		return false, err
	}
	if planted != nil {
		if err := c.agreement(app.Compare(*planted, checked.Doc.Result)); err != nil {
			return false, err
		}
	}
	_, err = fmt.Fprintln(c.Out, c.say("The report with charts: %s", "带图表的报告：%s", absolute(html)))
	return checked.Fits(), err
}

// absolute is a path as one can open it from anywhere.
func absolute(path string) string {
	if at, err := filepath.Abs(path); err == nil {
		return at
	}
	return path
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
