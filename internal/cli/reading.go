package cli

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/eventio"
	"plumbline/internal/i18n"
	"plumbline/internal/logmap"
)

// reading are the flags of every command that reads a log.
type reading struct {
	Zone    string   `help:"Time zone of times without offset, as Europe/Rome. Without it: the pack's." zh:"无时差的时间所用的时区，如 Asia/Shanghai。不写时用规则包的时区。" placeholder:"ZONE"`
	Map     []string `sep:"none" help:"Which column plays which part: case=…, type=…, time=…, actor=…, unit=…, recorded=…, seq=…, id=…, object.TYPE=…, time=DATE+TIME, time=COLUMN@LAYOUT; for text also delimiter=, encoding=, decimal=comma." zh:"各列的含义：case=列名、type=、time=、actor=、unit=、recorded=、seq=、id=、object.类型=，另有 time=日期列+时刻列、time=列名@格式；文本文件还可写 delimiter=、encoding=、decimal=comma。" placeholder:"PART=COLUMN,…"`
	Mapping string   `help:"A file that puts the log's names onto the pack's, as log map proposes it." zh:"把日志中的名称对应到规则包名称的映射文件（可由 log map 生成）。" placeholder:"FILE"`
	Wide    bool     `help:"Tables have a row a case and a column of dates for each event; later files are later states of the same table." zh:"表格每行一个案件，每种事件一列日期；后面的文件是同一表格后来的状态。"`
	SkipBad int      `help:"Set aside up to this many rows that can't be read, in a file beside the log." zh:"最多搁置这么多无法读取的行，写入日志旁的文件。" default:"0" placeholder:"N"`
	Source  string   `help:"Who sent the events; part of the ids of events that have none." zh:"事件的来源，用于计算没有编号的事件的编号。" placeholder:"NAME"`
}

// source is what the flags ask to read. The progress it shows ends with done.
func (r reading) source(c *call, files []string) (s app.Source, done func(), err error) {
	s = app.Source{Files: files, Wide: r.Wide, Origin: r.Source, SkipBad: r.SkipBad}
	if r.SkipBad < 0 {
		return s, nil, &errs.Error{Code: errs.Usage, What: errs.T("--skip-bad can't be negative", "--skip-bad 不能为负")}
	}
	if s.Map, err = mapping(r.Map); err != nil {
		return s, nil, err
	}
	if r.Mapping != "" {
		if s.Mapping, err = app.LoadMapping(r.Mapping); err != nil {
			return s, nil, err
		}
	}
	if r.Zone != "" {
		if s.Zone, err = clock.LoadZone(r.Zone); err != nil {
			return s, nil, &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("--zone: %[2]v", "--zone：未知时区 %[1]q；请写 IANA 时区名称，如 Asia/Shanghai", r.Zone, err)}
		}
	}
	s.Progress, done = c.progress(files)
	return s, done, nil
}

// mapping reads the values of --map. Parts are separated by commas; a piece
// without = belongs to the column before it, whose name has a comma.
func mapping(values []string) (eventio.Mapping, error) {
	m := eventio.Mapping{}
	for _, v := range values {
		last := ""
		for _, piece := range strings.Split(v, ",") {
			part, column, ok := strings.Cut(piece, "=")
			switch {
			case !ok && last == "":
				return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("--map %q has no =", "--map %q 中没有 =", v),
					Next: errs.T("write --map case=COLUMN,type=COLUMN,time=COLUMN", "请写 --map case=列名,type=列名,time=列名")}
			case !ok:
				m[last] += "," + piece
				continue
			}
			last = strings.TrimSpace(part)
			if _, twice := m[last]; twice {
				return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("--map gives %s twice", "--map 两次给出 %s", last), Next: errs.T("leave one of them out", "请去掉其中一个")}
			}
			m[last] = column
		}
	}
	return m, nil
}

// progress shows how much of the files is read, where standard error is a
// terminal; done takes it away.
func (c *call) progress(files []string) (show func(file string, n, size int64), done func()) {
	if !c.ErrTerminal || c.quiet {
		return nil, func() {}
	}
	var total int64
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			total += info.Size()
		}
	}
	width := 24
	if c.Width > 0 { // beside it stand a word, the share and the time left
		width = min(width, max(4, c.Width-32))
	}
	bar := progressbar.NewOptions64(max(1, total), progressbar.OptionSetWriter(c.Err),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(width), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetDescription(c.say("reading", "读取")), progressbar.OptionSetPredictTime(true), progressbar.OptionSetRenderBlankState(true))
	var before, last int64
	current := ""
	show = func(file string, n, size int64) {
		if file != current {
			before, last, current = before+last, 0, file
		}
		last = n
		_ = bar.Set64(before + n) // a bar that can't be drawn is no reason to stop
	}
	return show, func() { _ = bar.Finish() }
}

// remarks says what of the files is not in the log that was read.
func (c *call) remarks(read *app.Read) error {
	for _, e := range read.Odd {
		c.warn(e.In(c.lang))
	}
	c.lost(read.Lost, c.say("not taken over: ", "未采用："))
	c.lost(read.Noted, c.say("as the file has it: ", "按文件原样："))
	if read.Log != nil { // events as JSON are pushed as they stand
		c.alike(logmap.AlikeTypes(read.Log))
	}
	return c.setAside(read.Bad)
}

// alike warns of names that look the same and are different ones.
func (c *call) alike(found []logmap.Alike) {
	for _, a := range found {
		c.warn(a.Text().In(c.lang))
	}
}

// lost says what could not be taken over, in order.
func (c *call) lost(l eventio.Lost, what string) {
	lines := l.Lines(c.lang)
	slices.Sort(lines)
	for _, s := range lines {
		c.warn(what + s)
	}
}

// setAside writes the rows that couldn't be read beside their logs, else into
// the working folder, and says where.
func (c *call) setAside(bad []eventio.BadRow) error {
	for len(bad) > 0 {
		n := 1
		for n < len(bad) && bad[n].Err.Place.File == bad[0].Err.Place.File {
			n++
		}
		log := cmp.Or(bad[0].Err.Place.File, "log")
		var text strings.Builder
		for _, b := range bad[:n] {
			fmt.Fprintf(&text, "# %s\n%s\n", strings.ReplaceAll(b.Err.In(c.lang), "\n", "\n# "), strings.TrimRight(b.Raw, "\r\n"))
		}
		name := log + ".bad.txt"
		if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
			name = filepath.Base(name)
			if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
				return unwritten(name, err)
			}
		}
		c.warn(i18n.Words{Lang: c.lang}.N("log.set_aside_in", n, log, name))
		bad = bad[n:]
	}
	return nil
}
