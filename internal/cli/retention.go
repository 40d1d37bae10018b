package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/service"
	"plumbline/internal/sqldb"
)

type retentionCmd struct {
	place
	OlderThan string `help:"Erase cases in which nothing has happened for so long and nothing is open, as 10y, 18m or 400d." zh:"销毁已这么久没有任何事件且没有未了事项的案件，如 10y（年）、18m（月）、400d（日）。" placeholder:"PERIOD" xor:"what"`
	Event     string `help:"Erase one event, as SOURCE/ID, with what corrects or voids it." zh:"销毁单个事件（来源/编号）及对它的更正、作废。" placeholder:"SOURCE/ID" xor:"what"`
	DryRun    bool   `help:"Only tell what would go, what stays and why, and which verdicts would read otherwise without it." zh:"只预览：哪些销毁、哪些保留及原因、哪些判定会不同。"`
	By        string `help:"Your account: it stands in the record that you did this without a second person." zh:"本人账户名：记录中将注明由您办理且未经第二人批准。" placeholder:"NAME"`
	Reason    string `help:"On what rule or order it rests; sealed with it." zh:"依据的规定或命令，一并存证。" placeholder:"TEXT"`

	ClockIsRight bool `help:"Take the machine's clock at its word though the record ended more than 31 days ago." zh:"记录已停用超过 31 天时，仍以本机时钟为准。"`
}

// Run erases in a directory on which no service runs; where one does, two persons do it
// there. Without anything to erase it lists what was.
func (x *retentionCmd) Run(c *call) error {
	if x.OlderThan == "" && x.Event == "" {
		return x.with(func(ctx context.Context, s *sqldb.Store) error { return c.erasures(ctx, s) })
	}
	config, err := x.config()
	if err != nil {
		return err
	}
	now := time.Now()
	o := app.RetentionOptions{Config: config, Event: x.Event, Dry: x.DryRun, By: x.By, Reason: x.Reason, Log: c.logger(config.LogFormat), Now: now, ClockIsRight: x.ClockIsRight}
	if x.OlderThan != "" {
		before, err := ago(now, x.OlderThan)
		if err != nil {
			return err
		}
		o.Before = clock.InstantOf(before)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second one ends the program, whatever it waits for
	trial, done, err := app.Retention(ctx, o)
	if err != nil {
		return err
	}
	c.wouldErase(trial)
	switch {
	case done != nil:
		fmt.Fprintln(c.Out, c.say("erased, act %d; older backups still hold it: let them age out (docs/operating.md)", "已销毁，第 %d 次；较早的备份中仍有这些内容，须待其过期（见 docs/operating.md）", done.Number))
	case x.DryRun:
		fmt.Fprintln(c.Out, c.say("nothing was erased", "未销毁任何内容"))
	default:
		fmt.Fprintln(c.Out, c.say("there is nothing to erase", "没有可销毁的内容"))
	}
	return nil
}

// ago is the instant a period before now: years, months or days.
func ago(now time.Time, period string) (time.Time, error) {
	unit := strings.TrimLeft(period, "0123456789")
	n, err := strconv.Atoi(strings.TrimSuffix(period, unit))
	if err == nil && n > 0 && n < 1000*12 {
		switch unit {
		case "y":
			return now.AddDate(-n, 0, 0), nil
		case "m":
			return now.AddDate(0, -n, 0), nil
		case "d":
			return now.AddDate(0, 0, -n), nil
		}
	}
	return now, &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("--older-than: %q is no period", "--older-than：%q 不是期间", period), Next: errs.T("write 10y, 18m or 400d", "请写 10y（年）、18m（月）或 400d（日）")}
}

var keptWords = map[string]errs.Text{
	service.KeptOpen:    errs.T("an item is open", "有未办结事项"),
	service.KeptRunning: errs.T("something is still to be done", "有尚在履责期限内的义务"),
	service.KeptShared:  errs.T("it shares an event with a case that stays", "与保留的案件有共同事件"),
	service.KeptRecent:  errs.T("something of it is more recent", "其中有较近的事件"),
}

// wouldErase tells what a trial says.
func (c *call) wouldErase(t *service.EraseTrial) {
	fmt.Fprintln(c.Out, c.say("%d cases, %d events, %d findings that lose what they tell", "案件 %d 件，事件 %d 条，清除内容的问题 %d 条", t.Cases, t.Events, t.Findings))
	if t.First != "" {
		fmt.Fprintln(c.Out, c.say("events from %s to %s", "事件时间自 %s 至 %s", t.First, t.Last))
	}
	for _, n := range t.Names {
		fmt.Fprintln(c.Out, "  "+n)
	}
	for _, k := range t.Kept {
		fmt.Fprintln(c.Out, c.say("%d cases stay: %s (as %s)", "保留 %d 件：%s（如 %s）", k.Cases, keptWords[k.Why].In(c.lang), k.Example))
	}
	if t.Changed > 0 {
		fmt.Fprintln(c.Out, c.say("%d verdicts elsewhere would be others without it; their findings stay as they are, and none is raised:", "另有 %d 项判定会因此不同；已有问题维持原状，也不会新增问题：", t.Changed))
	}
	for _, v := range t.Changes {
		fmt.Fprintf(c.Out, "  %s %s  %s %s  %s → %s\n", v.Rule, v.At, v.Unit, v.Actor, v.Was, v.Is)
	}
}

// erasures lists what was erased.
func (c *call) erasures(ctx context.Context, s *sqldb.Store) error {
	list, err := s.Erasures(ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(c.Out, c.say("nothing was erased yet", "尚无销毁记录"))
	}
	for _, e := range list {
		kind := c.say("cases that ended before %s", "%s 之前结束的案件", time.UnixMicro(int64(e.Before)).Local().Format(time.DateOnly))
		if e.Kind == service.ByOrder {
			kind = c.say("one event", "单个事件")
		}
		who := e.By
		if e.Second != "" {
			who += ", " + e.Second
		}
		fmt.Fprintln(c.Out, c.say("%d  %s  %s: %d cases, %d events, %d findings  (%s) %s", "%d  %s  %s：案件 %d 件，事件 %d 条，问题 %d 条（%s）%s",
			e.Number, time.UnixMicro(int64(e.At)).Local().Format(time.DateTime), kind, e.Cases, e.Events, e.Cleared, who, e.Reason))
	}
	return nil
}
