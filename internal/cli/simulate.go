package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/sim/agency"
)

// simulateCmd is the simulated agency: its log, and how well a check does on it.
type simulateCmd struct {
	Run   simulateRunCmd   `cmd:"" default:"withargs" help:"Simulate an agency of police with known faults, into a folder or as a stream." zh:"模拟一个带有已知违规的公安机关，写入文件夹或以数据流输出。"`
	Score simulateScoreCmd `cmd:"" help:"Check a simulation with the packs and say how much of what was planted is found, and what else." zh:"用规则包检查模拟日志，显示查出了多少预设违规、有无多报。"`
}

type simulateRunCmd struct {
	Units  int    `help:"County branches, each with stations and squads." zh:"县级分局的个数，每个分局下设派出所和中队。" default:"3" placeholder:"N"`
	Cases  int    `help:"How many cases come in." zh:"受理多少案件。" default:"5000" placeholder:"N"`
	Days   int    `help:"Over how many days, from 2024-01-01." zh:"模拟多少天，自 2024-01-01 起。" default:"730" placeholder:"N"`
	Seed   uint64 `help:"The same seed gives the same agency." zh:"相同的种子给出相同的机关。" default:"1" placeholder:"SEED"`
	Faults string `help:"How often each rule is broken: a file as the faults.yaml that is written." zh:"各规则被违反的比例：格式同写出的 faults.yaml。" placeholder:"FILE"`
	Out    string `help:"The folder for the log, the truth and the organisation. Without it, or with -, the log goes to standard output." zh:"存放日志、预设违规和机构的文件夹。不写或写 - 时日志写到标准输出。" placeholder:"DIR"`
	Format string `help:"The log's format: jsonl, csv, parquet, xes or ocel." zh:"日志格式：jsonl、csv、parquet、xes 或 ocel。" enum:"jsonl,csv,parquet,xes,ocel" default:"jsonl" placeholder:"FORMAT"`
	Speed  string `help:"Stream at this multiple of real time, as 1000x. Without it: as fast as it goes." zh:"按实际时间的此倍数输出，如 1000x。不写时尽快输出。" placeholder:"FACTOR"`
	URL    string `name:"url" help:"Post the stream to this address, as lines of JSON." zh:"把数据流以 JSON 行提交到此网址。" placeholder:"URL"`
	Token  string `help:"The bearer token for --url." zh:"--url 使用的令牌。" placeholder:"TOKEN"`
}

// Run simulates into a folder, or as a stream.
func (x *simulateRunCmd) Run(c *call) error {
	o := agency.Options{Units: x.Units, Cases: x.Cases, Days: x.Days, Seed: x.Seed, Rates: agency.UsualRates()}
	if err := o.Check(); err != nil {
		return err
	}
	if x.Faults != "" {
		data, err := os.ReadFile(x.Faults)
		if err != nil {
			return unread(x.Faults, err)
		}
		if o.Rates, err = agency.ReadRates(x.Faults, data); err != nil {
			return err
		}
	}
	folder := x.Out != "" && x.Out != "-"
	switch {
	case folder && (x.Speed != "" || x.URL != ""):
		return &errs.Error{Code: errs.Usage, What: errs.T("--speed and --url are for a stream; --out names a folder", "--speed 和 --url 用于数据流，而 --out 指定了文件夹"), Next: errs.T("leave --out out", "请去掉 --out")}
	case !folder && x.Format != "jsonl":
		return &errs.Error{Code: errs.Usage, What: errs.Tf("a stream is lines of JSON, not %s", "数据流只能是 JSON 行，不能是 %s", x.Format), Next: errs.T("name a folder: --out DIR", "请指定文件夹：--out DIR")}
	case x.Token != "" && x.URL == "":
		return &errs.Error{Code: errs.Usage, What: errs.T("--token goes with --url", "--token 须与 --url 同用"), Next: errs.T("name the address: --url URL", "请写网址：--url URL")}
	case folder:
		return x.folder(c, o)
	case c.OutTerminal && x.URL == "" && x.Speed == "" && x.Out == "":
		return &errs.Error{Code: errs.Usage, What: errs.T("the whole log would run over the terminal", "整个日志会刷满终端"),
			Next: errs.T("name a folder: --out DIR, or a speed: --speed 1000x; --out - insists", "请指定文件夹：--out DIR，或速度：--speed 1000x；确要输出请写 --out -")}
	}
	return x.stream(c, o)
}

func (x *simulateRunCmd) folder(c *call, o agency.Options) error {
	if err := os.MkdirAll(x.Out, 0o755); err != nil {
		return unwritten(x.Out, err)
	}
	if err := x.otherLogs(); err != nil {
		return err
	}
	w := i18n.Words{Lang: c.lang}
	totals, err := app.SimulateAgency(o, x.Format, func(name string, make func(io.Writer) error) error {
		return c.write(filepath.Join(x.Out, name), make)
	})
	if err != nil {
		return err
	}
	c.lost(totals.Lost, c.say("not written: ", "未写入："))
	fmt.Fprintln(c.Out, c.say("%s entries in %s; %s departures, %s of them drawn and %s that follow from these", "%[2]s：录入 %[1]s 条；违规 %[3]s 处，其中预设 %[4]s 处，由此引起 %[5]s 处",
		w.Int(totals.Entries), filepath.Join(x.Out, totals.Log), w.Int(totals.Departures), w.Int(totals.Planned), w.Int(totals.Departures-totals.Planned)))
	_, err = fmt.Fprintln(c.Out, c.say("The departures are in truth.jsonl and truth.csv, the organisation in organisation.yaml, the rates used in faults.yaml.",
		"违规清单见 truth.jsonl 和 truth.csv，机构见 organisation.yaml，所用比例见 faults.yaml。"))
	return err
}

// otherLogs refuses a folder with the log of another simulation, of which nobody
// could tell whether the truth belongs to it.
func (x *simulateRunCmd) otherLogs() error {
	for format, ending := range app.AgencyFormats {
		file := filepath.Join(x.Out, "events"+ending)
		if _, err := os.Stat(file); err == nil && format != x.Format {
			return &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, What: errs.T("the folder has the log of another simulation", "文件夹中已有另一次模拟的日志"),
				Next: errs.T("remove it, or name another folder", "请删除它，或指定另一个文件夹")}
		}
	}
	return nil
}

// stream sends until it is interrupted.
func (x *simulateRunCmd) stream(c *call, o agency.Options) error {
	s := app.AgencyStream{Now: time.Now, Sleep: app.SleepFor}
	if x.Speed != "" {
		speed, err := factor(x.Speed)
		if err != nil {
			return err
		}
		s.Speed = speed
	}
	s.Send = func(lines []byte) error {
		if _, err := c.doc.Write(lines); err != nil {
			return unwritten(c.say("standard output", "标准输出"), err)
		}
		return nil
	}
	if x.URL != "" {
		if u, err := url.Parse(x.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return &errs.Error{Code: errs.Usage, What: errs.Tf("--url %q is no address of a service", "--url %q 不是服务的网址", x.URL),
				Next: errs.T("write it whole, as https://host/path", "请写完整，如 https://host/path")}
		}
		s.Send = app.PostTo(x.URL, x.Token, &http.Client{Timeout: time.Minute})
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	sent, err := s.Run(ctx, o)
	if err == nil && ctx.Err() != nil {
		c.warn(c.say("stopped; %s entries sent", "已停止；已发送 %s 条", i18n.Words{Lang: c.lang}.Int(sent)))
	}
	return err
}

// factor reads a multiple of real time: 60x.
func factor(text string) (float64, error) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || !(n > 0 && n <= 1e12) {
		return 0, &errs.Error{Code: errs.Usage, What: errs.Tf("--speed %q is no multiple of real time", "--speed %q 不是实际时间的倍数", text),
			Next: errs.T("write 1x, 60x, 1000x", "请写 1x、60x、1000x")}
	}
	return n, nil
}

func unread(file string, err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err
	}
	return &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, Err: err, What: errs.Tf("can't be read: %v", "无法读取：%v", err),
		Next: errs.T("check that the file is there and that you may read it", "请检查文件是否存在、是否有读取权限")}
}
