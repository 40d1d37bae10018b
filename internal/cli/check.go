package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/monitor"
	"plumbline/internal/report"
	"plumbline/internal/rule"
)

type checkCmd struct {
	Rules           []string `sep:"none" help:"A built-in pack, a file or a folder of packs; may be repeated. Without it: the built-in packs whose events occur in the log." zh:"内置规则包名称、文件或文件夹，可重复。不写时用事件在日志中出现的内置规则包。" placeholder:"PACK"`
	AsOf            string   `help:"Judge as of this time (RFC 3339) or date. Without it: the last event." zh:"以此时刻（RFC 3339）或日期为准判断。不写时以最后一个事件为准。" placeholder:"TIME"`
	Complete        bool     `help:"The log is whole: its end ends every case." zh:"日志完整：日志结束即各案件结束。"`
	AllowedLateness string   `help:"Absence is judged this much earlier, for events still on their way, as 48h." zh:"判断缺失时提前这么久，留给尚未到达的事件，如 48h。" placeholder:"DURATION"`
	Format          string   `help:"text, json, html, xlsx or csv." zh:"text（文字）、json、html、xlsx 或 csv。" enum:"text,json,html,xlsx,csv" default:"text" placeholder:"FORMAT"`
	Output          string   `short:"o" help:"Write to this file instead of standard output." zh:"写入此文件而不是标准输出。" placeholder:"FILE"`
	Breaches        string   `help:"Write every violation, explained, to FILE.jsonl, .csv, .xlsx or .parquet." zh:"把每次违规及说明写入 FILE.jsonl、.csv、.xlsx 或 .parquet。" placeholder:"FILE"`
	FailOn          string   `help:"Exit with 1 where a verified rule of this severity or above is violated: info, minor, major or critical." zh:"若已核对的规则中有此程度或更重的违规，以 1 退出：info（提示）、minor（一般）、major（较重）、critical（严重）。" enum:",info,minor,major,critical" default:"" placeholder:"SEVERITY"`
	Strict          bool     `help:"An event type that a rule names and the log lacks is an error." zh:"规则提到而日志没有的事件类型视为错误。"`
	Workers         int      `help:"How many cores to use. Without it: all." zh:"使用的处理器核数。不写时全部使用。" default:"0" placeholder:"N"`
	reading
	Logs []string `arg:"" name:"LOG" help:"Event logs: .xes[.gz], .csv, .tsv, .xlsx, .parquet, .jsonl, OCEL 2.0 (.jsonocel, .xmlocel, .sqlite). Several are one log." zh:"事件日志：.xes[.gz]、.csv、.tsv、.xlsx、.parquet、.jsonl、OCEL 2.0（.jsonocel、.xmlocel、.sqlite）。多个文件视为一个日志。"`
}

// Run holds logs against rules and shows what came out.
func (x *checkCmd) Run(c *call) error {
	c.quiet = x.Format == "json"
	for _, to := range []string{x.Output, x.Breaches} {
		if err := spare(to, x.Logs); err != nil {
			return err
		}
	}
	o, done, err := x.options(c)
	if err != nil {
		return err
	}
	checked, err := app.Check(o)
	done()
	if err != nil {
		return err
	}
	if err := c.remarks(checked.Read); err != nil {
		return err
	}
	if x.Format != "text" || x.Output != "" { // the text has them among its notes
		if odd := checked.Doc.OddTime(c.lang); odd != "" {
			c.warn(odd)
		}
		for _, w := range checked.Warnings {
			c.warn(w.In(c.lang))
		}
	}
	if x.Breaches != "" {
		if err := c.write(x.Breaches, func(w io.Writer) error { return app.WriteBreaches(w, checked.Doc, x.Breaches, c.lang) }); err != nil {
			return err
		}
	}
	if err := c.write(x.Output, func(w io.Writer) error { return x.show(c, w, checked.Doc) }); err != nil {
		return err
	}
	if reached(checked.Doc.Result, x.FailOn) {
		c.status = 1
	}
	return nil
}

// options are the flags as package app wants them.
func (x *checkCmd) options(c *call) (o app.CheckOptions, done func(), err error) {
	if x.Format == "xlsx" && x.Output == "" && c.OutTerminal {
		return o, nil, &errs.Error{Code: errs.Usage, What: errs.T("a workbook can't be shown on a terminal", "工作簿不能显示在终端上"), Next: errs.T("name a file: --output FILE.xlsx", "请写入文件：--output FILE.xlsx")}
	}
	if x.Breaches != "" && !slices.Contains(app.BreachEndings, strings.ToLower(filepath.Ext(x.Breaches))) {
		return o, nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: x.Breaches}, What: errs.Tf("--breaches writes %s", "--breaches 只能写 %s", strings.Join(app.BreachEndings, ", ")),
			Next: errs.T("give the file one of these endings", "请用其中一种扩展名")}
	}
	if x.Workers < 0 {
		return o, nil, &errs.Error{Code: errs.Usage, What: errs.T("--workers can't be negative", "--workers 不能为负")}
	}
	x.Workers = min(x.Workers, runtime.NumCPU()) // more would only take memory
	if x.Workers > 0 {
		runtime.GOMAXPROCS(x.Workers) // readers use as many as there are
	}
	o = app.CheckOptions{Rules: x.Rules, AsOf: x.AsOf, Complete: x.Complete, Workers: x.Workers, Strict: x.Strict,
		IDs: x.Breaches != "", Version: versionText(), Started: c.Start}
	switch {
	case slices.Contains([]string{"text", "html", "xlsx"}, x.Format): // these say whom a rule concerns, and how it went by month
		o.Keep, o.Months = monitor.KeepAll, true
	case x.Breaches == "": // totals, and typical lateness
		o.Keep = monitor.KeepLate
	}
	if x.AllowedLateness != "" {
		d, err := clock.ParseDuration(x.AllowedLateness)
		if err != nil || !d.Elapsed() {
			return o, nil, &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("--allowed-lateness %q is not a length of time", "--allowed-lateness %q 不是时间长度", x.AllowedLateness),
				Next: errs.T("write whole seconds, minutes or hours: 90s, 30m, 48h", "请写整数的秒、分或小时：90s、30m、48h")}
		}
		o.Lateness = d.Micros()
	}
	o.Source, done, err = x.source(c, x.Logs)
	return o, done, err
}

// show writes the document in the format asked for.
func (x *checkCmd) show(c *call, w io.Writer, d *report.Doc) error {
	switch x.Format {
	case "json":
		return report.JSON(w, d)
	case "html":
		return report.HTML(w, d, c.lang)
	case "csv":
		return report.CSV(w, d.RuleTable(c.lang))
	case "xlsx":
		return app.WriteWorkbook(w, d, c.lang)
	}
	return report.Text(w, d, report.TextOptions{Lang: c.lang, Width: c.width(x.Output), Color: c.color(x.Output)})
}

// width is that of the terminal; a file or a pipe gets 100 cells.
func (c *call) width(file string) int {
	if file == "" && c.OutTerminal && c.Width > 0 {
		return c.Width
	}
	return 100
}

func (c *call) color(file string) bool {
	return file == "" && c.OutTerminal && c.Getenv("NO_COLOR") == "" && c.Getenv("TERM") != "dumb"
}

// reached says whether a verified rule of a severity or above was violated.
// What nobody checked against the law's text warns only.
func reached(res *monitor.Result, severity string) bool {
	if severity == "" {
		return false
	}
	for _, rr := range res.Rules {
		if rr.Rule.Basis.Verified && rr.Totals.Violations > 0 && rr.Rule.Severity >= severityOf(severity) {
			return true
		}
	}
	return false
}

func severityOf(s string) rule.Severity {
	for v := rule.Info; v <= rule.Critical; v++ {
		if v.String() == s {
			return v
		}
	}
	panic(fmt.Sprintf("cli: no severity %q", s)) // the flag takes no other
}
