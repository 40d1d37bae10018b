package cli

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/pack"
)

type pushCmd struct {
	URL       string `name:"url" help:"The service, as https://plumbline.example.org. Not needed with --dry-run." zh:"服务地址，如 https://plumbline.example.org。使用 --dry-run 时可不写。" placeholder:"URL"`
	TokenFile string `help:"A file that holds the source's token alone, as plumbline source add prints it." zh:"只含来源令牌的文件（令牌由 plumbline source add 给出）。" placeholder:"FILE"`
	Batch     int    `help:"How many events go in one request." zh:"每次请求发送的事件数。" default:"1000" placeholder:"N"`
	Patience  string `help:"How long to go on trying while nothing gets through, as 30s, 10m, 2h." zh:"持续无法送达时最多重试多久，如 30s、10m、2h。" default:"10m" placeholder:"DURATION"`
	DryRun    bool   `help:"Read everything and send nothing." zh:"只读取，不发送。"`
	history
	typed
	reading
	Logs []string `arg:"" name:"FILE" help:"Event logs in any format that check reads. Several are one log." zh:"事件日志，格式与 check 相同。多个文件视为一个日志。"`
}

// Run sends the events of logs to a service.
func (x *pushCmd) Run(c *call) error {
	s, err := x.sender(c)
	if err != nil {
		return err
	}
	source, done, err := x.source(c, x.Logs)
	if err != nil {
		return err
	}
	var packs []*pack.Pack
	if len(x.Rules) > 0 {
		if packs, err = app.Packs(x.Rules); err != nil {
			return err
		}
	}
	shown := s.progress(done)
	read, err := app.Lines(source, packs, s.add)
	if err == nil {
		err = s.flush()
	}
	shown()
	if read != nil && err == nil {
		err = c.remarks(read)
	}
	if err != nil && s.events == 0 {
		return err
	}
	if told := s.result(x.DryRun); err == nil {
		err = told
	}
	if err == nil && x.History != "" && !x.DryRun {
		err = x.history.end(c)
	}
	return err
}

// sender is what sends by the flags.
func (x *pushCmd) sender(c *call) (*sender, error) {
	fault := func(what, next errs.Text) error { return &errs.Error{Code: errs.Usage, What: what, Next: next} }
	if x.Batch < 1 || x.Batch > 10_000 {
		return nil, fault(errs.Tf("--batch %d; expected 1 to 10,000", "--batch %d；应为 1 至 10,000", x.Batch), errs.Text{})
	}
	patience, err := clock.ParseDuration(x.Patience)
	if err != nil || !patience.Elapsed() {
		return nil, fault(errs.Tf("--patience %q is not a length of time", "--patience %q 不是时间长度", x.Patience), errs.T("write whole seconds, minutes or hours: 30s, 10m, 2h", "请写整数的秒、分或小时：30s、10m、2h"))
	}
	s := &sender{c: c, most: x.Batch, patience: time.Duration(patience.Micros()) * time.Microsecond, pause: time.Sleep, counts: map[string]int{},
		client: http.Client{Timeout: 5 * time.Minute}}
	if x.DryRun {
		return s, nil
	}
	if x.History != "" && x.TokenFile != "" {
		return nil, fault(errs.T("--history makes a source of its own; it takes no --token-file", "--history 会自行建立来源，不使用 --token-file"), errs.T("leave one of the two out", "请去掉其中一个"))
	}
	if x.URL == "" || x.TokenFile == "" && x.History == "" {
		return nil, fault(errs.T("push needs to know where to send and by whose token", "push 需要服务地址和令牌"), errs.T("give --url and --token-file, or --dry-run", "请写 --url 和 --token-file，或用 --dry-run"))
	}
	u, err := url.Parse(x.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil {
		return nil, fault(errs.Tf("--url %q is no address of a service", "--url %q 不是服务地址", x.URL), errs.T("write it as https://plumbline.example.org", "请写成 https://plumbline.example.org"))
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		c.warn(c.say("the token and the events go over the line unencrypted; use https where others share the line", "令牌和事件将以明文传输；与他人共用的线路请使用 https"))
	}
	s.url = u.JoinPath("api/v1/events").String()
	if x.History != "" {
		s.token, err = x.history.begin(c)
		return s, err
	}
	token, err := os.ReadFile(x.TokenFile)
	if err != nil {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: x.TokenFile}, Err: err, What: errs.T("the token can't be read", "无法读取令牌"),
			Next: errs.T("check that the file is there and that you may read it", "请检查文件是否存在、是否有读取权限")}
	}
	if s.token = strings.TrimSpace(string(token)); s.token == "" || strings.ContainsAny(s.token, " \t\r\n") {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: x.TokenFile}, What: errs.T("the file doesn't hold a token alone", "文件内容不是单个令牌"),
			Next: errs.T("write into it what plumbline source add prints", "请写入 plumbline source add 输出的令牌")}
	}
	return s, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// progress shows how many events are through, once the log is read; done takes
// away what showed the reading.
func (s *sender) progress(done func()) (end func()) {
	if !s.c.ErrTerminal || s.c.quiet {
		return done
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(s.c.Err), progressbar.OptionClearOnFinish(), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionSetItsString(s.c.say("events", "事件")), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetDescription(s.c.say("sending", "发送")))
	first := true
	s.show = func(n int) {
		if first {
			done()
			first = false
		}
		_ = bar.Add(n) // a bar that can't be drawn is no reason to stop
	}
	return func() {
		if first {
			done()
		}
		_ = bar.Finish()
	}
}

// outcomes are those that there are, in the order in which they are told.
var outcomes = []struct {
	name string
	say  errs.Text
}{
	{"taken", errs.T("taken", "已接收")},
	{"held", errs.T("taken, and judged when their time has come", "已接收，到其时间后判断")},
	{"corrected", errs.T("taken as corrections", "已作为更正接收")},
	{"repeated", errs.T("there already", "此前已接收")},
	{"waiting", errs.T("corrections whose event isn't there yet", "更正所指事件尚未到达")},
	{"quarantined", errs.T("in quarantine: to be mended there", "已隔离，待改正")},
	{"refused", errs.T("refused", "已拒绝")},
}

// result says what became of the events that were sent.
func (s *sender) result(dry bool) error {
	w := i18n.Words{Lang: s.c.lang}
	if dry {
		fmt.Fprintln(s.c.Out, s.c.say("%s events in %s requests would be sent; nothing was", "将发送事件 %s 条，共 %s 次请求；未实际发送", w.Int(s.events), w.Int(s.requests)))
		return nil
	}
	fmt.Fprintln(s.c.Out, s.c.say("%s events were answered in %s requests", "已答复事件 %s 条，共 %s 次请求", w.Int(s.events), w.Int(s.requests)))
	var rows [][]string
	for _, o := range outcomes {
		if n := s.counts[o.name]; n > 0 {
			rows = append(rows, []string{w.Int(n), o.say.In(s.c.lang)})
		}
	}
	if s.counts["quarantined"]+s.counts["refused"] > 0 {
		s.c.status = 1
	}
	return s.c.table(nil, rows)
}
