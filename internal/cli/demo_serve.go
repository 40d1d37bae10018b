package cli

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"plumbline/internal/app"
	"plumbline/internal/i18n"
)

// serve lets a simulated agency live before the eyes of a service, until it is told
// to stop.
func (x *demoCmd) serve(c *call, speed float64, fits bool) error {
	data := filepath.Join(x.Dir, "service")
	if x.New {
		if err := app.RemoveDemo(data); err != nil {
			return err
		}
	}
	plan := app.DemoPlan{Cases: x.Agency, Seed: x.Seed}
	if x.Log != "" && fits {
		plan.Log = absolute(x.Log)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	t := &demoTeller{c: c, w: i18n.Words{Lang: c.lang}, began: time.Now()}
	fmt.Fprintln(c.Out)
	fmt.Fprintln(c.Err, c.say("Starting the service on a simulated agency of police …", "正在启动服务，监督一个模拟的公安机关……"))
	err := app.ServeDemo(ctx, app.DemoOptions{Data: data, Listen: cmp.Or(x.Listen, freeAddress("127.0.0.1:8080")), Speed: speed, Plan: plan, Lang: c.lang, Version: versionText(),
		Log: slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: slog.LevelWarn})), Progress: t.progress,
		Ready: func(r app.DemoReady) { t.ready(r, speed) }, Found: t.found,
		Over: func() {
			fmt.Fprintln(c.Out, c.say("The simulated time is over; the service goes on answering.", "模拟时间已到尽头；服务继续应答。"))
		}})
	if err == nil {
		fmt.Fprintln(c.Out, c.say("Stopped. The same command goes on from here; --new begins anew.", "已停止。再次运行同一命令即从此处继续；--new 重新开始。"))
	}
	return err
}

// freeAddress is an address to listen on, or any free port of its host where
// somebody else does.
func freeAddress(wanted string) string {
	l, err := net.Listen("tcp", wanted)
	if err != nil {
		host, _, _ := net.SplitHostPort(wanted)
		return net.JoinHostPort(host, "0")
	}
	l.Close()
	return wanted
}

// demoTeller tells what the demo's service does.
type demoTeller struct {
	c     *call
	w     i18n.Words
	began time.Time
	taken int
	zone  app.DemoReady
	last  time.Time // a finding was told
	more  int       // were not told since
}

// progress shows how many events of the past there are; without a terminal the
// lines would fill a log.
func (t *demoTeller) progress(events int) {
	t.taken += events
	if t.c.ErrTerminal {
		fmt.Fprintf(t.c.Err, "\r%s", t.c.say("taking its history in: %s events", "正在接收历史事件：%s 条", t.w.Int(t.taken)))
	}
}

// ready says what there is to look at.
func (t *demoTeller) ready(r app.DemoReady, speed float64) {
	c, w := t.c, t.w
	t.zone = r
	if c.ErrTerminal && t.taken > 0 {
		fmt.Fprintln(c.Err)
	}
	secs := fmt.Sprintf("%.0f", time.Since(t.began).Seconds())
	if r.Again {
		fmt.Fprintln(c.Out, c.say("The service goes on where it stopped: %s events, %s findings.", "服务从上次停止处继续：事件 %s 条，问题 %s 项。", w.Int(int(r.Events)), w.Int(int(r.Findings))))
	} else {
		fmt.Fprintln(c.Out, c.say("The service has two years of a simulated agency of police behind it: %s events, %s findings, in %s s.",
			"服务已接收并判断一个模拟公安机关两年的历史：事件 %s 条，问题 %s 项，用时 %s 秒。", w.Int(int(r.Events)), w.Int(int(r.Findings)), secs))
	}
	fmt.Fprintln(c.Out, c.say("Its clock shows %s and goes %s times as fast as yours; the agency lives on.", "它的时钟现为 %s，比实际快 %s 倍；该机关的工作仍在继续。", w.Time(r.Zone, r.Now), fmt.Sprintf("%g", speed)))
	url := "http://" + r.Addr.String()
	ask := func(path string) {
		fmt.Fprintf(c.Out, "  curl -s -H \"Authorization: Bearer $TOKEN\" '%s%s'\n", url, path)
	}
	fmt.Fprintf(c.Out, "\n  %s\n  %s\n\n%s\n  TOKEN=%s\n", url, c.say("sign in as %s; the password is %s", "登录账户：%s；密码均为 %s", strings.Join(app.DemoAccounts(), ", "), app.DemoPassword), c.say("In another terminal (the token reads; what there is to ask stands in /openapi.json):", "可在另一个终端中查询（此令牌只读；全部接口见 /openapi.json）："), r.Tokens.Reader)
	ask("/api/v1/findings?severity=critical&sort=-raised&limit=3")
	if r.Case != "" {
		ask("/api/v1/objects/case/" + r.Case + "/timeline")
	}
	ask("/api/v1/verdicts?as_of=2025-07-01")
	fmt.Fprintf(c.Out, "%s\n  %s\n\n%s\n\n", c.say("A token that also mends and tries packs:", "还可处理隔离事件、试行规则包的令牌："), r.Tokens.Admin,
		c.say("Ctrl-C stops it. What is found from now on:", "按 Ctrl-C 停止。此后查出的问题："))
}

// found tells a finding, and of many at once one.
func (t *demoTeller) found(f app.DemoFinding) {
	if time.Since(t.last) < time.Second {
		t.more++
		return
	}
	said := []string{t.w.Time(t.zone.Zone, f.Raised), t.w.T("severity." + f.Severity), t.w.T("verdict." + f.Verdict)}
	if f.Warning {
		said[1] += t.c.say(" (warning)", "（提示）")
	}
	for _, part := range []string{f.Unit, f.Case, f.Title.In(t.c.lang)} {
		if part != "" {
			said = append(said, part)
		}
	}
	if t.more > 0 {
		said = append(said, t.c.say("(and %s more)", "（另有 %s 项）", t.w.Int(t.more)))
	}
	fmt.Fprintln(t.c.Out, strings.Join(said, " · "))
	t.last, t.more = time.Now(), 0
}
