package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"plumbline/internal/app"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
)

type serveCmd struct {
	Data      string   `help:"The data directory, made by setup." zh:"数据目录（由 setup 建立）。" placeholder:"DIR"`
	Listen    string   `help:"Address and port to answer on. Without it: 127.0.0.1:8080." zh:"监听的地址和端口。不写时为 127.0.0.1:8080。" placeholder:"HOST:PORT"`
	Postgres  string   `help:"The PostgreSQL database that holds the record, where it isn't SQLite in the data directory." zh:"保存记录的 PostgreSQL 数据库地址；不写时用数据目录中的 SQLite。" placeholder:"URL"`
	LogFormat string   `help:"How the log on standard error is written: text or json." zh:"标准错误输出的日志格式：text 或 json。" enum:",text,json" default:"" placeholder:"text|json"`
	Watch     []string `help:"A folder whose files are taken in, as DIR=SOURCE." zh:"监视的文件夹及其来源：目录=来源。" placeholder:"DIR=SOURCE" sep:"none"`
	Witness   []string `help:"A witness outside who is asked to cosign the log, as it shows itself. May be repeated." zh:"请求会签日志的外部见证方，按其显示的内容填写。可重复。" placeholder:"KEY@URL" sep:"none"`

	ClockIsRight bool `help:"Take the machine's clock at its word though the record ended more than 31 days ago." zh:"记录已停用超过 31 天时，仍以本机时钟为准。"`
}

// Run serves a data directory until it is told to stop.
func (x *serveCmd) Run(c *call) error {
	flags := datadir.Config{Data: x.Data, Listen: x.Listen, Postgres: x.Postgres, LogFormat: x.LogFormat}
	if x.Data == "" {
		flags.Data = c.Getenv("PLUMBLINE_DATA")
	}
	for _, text := range x.Watch {
		w, err := datadir.ParseWatch(text)
		if err != nil {
			return err
		}
		flags.Watch = append(flags.Watch, w)
	}
	for _, text := range x.Witness {
		w, err := datadir.ParseWitness(text)
		if err != nil {
			return err
		}
		flags.Witnesses = append(flags.Witnesses, w)
	}
	config, err := datadir.Load(flags, os.Environ())
	if err != nil {
		return err
	}
	if config.Lang != "" {
		c.lang = errs.Lang(config.Lang)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if datadir.Fresh(config) {
		err := app.FirstStart(ctx, config, c.lang, c.logger(config.LogFormat), func(link string) {
			fmt.Fprintln(c.Err, c.say("%s is empty; set it up here, once:\n%s", "%s 为空；请打开以下链接完成设置（仅可使用一次）：\n%s", config.Data, link))
		})
		if err != nil {
			return err
		}
	}
	d, err := datadir.Serve(ctx, config)
	if err != nil {
		return err
	}
	err = app.Serve(ctx, app.ServeOptions{Store: d.Store, Config: config, Log: c.logger(config.LogFormat), Version: versionText(),
		ClockIsRight: x.ClockIsRight,
		Started: func(addr net.Addr) {
			fmt.Fprintln(c.Err, c.say("plumbline answers on http://%s", "plumbline 已在 http://%s 提供服务", addr))
		}})
	return errors.Join(err, d.Close())
}

// logger writes to standard error what a service does, in English as logs are.
func (c *call) logger(format string) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(c.Err, nil))
	}
	return slog.New(slog.NewTextHandler(c.Err, nil))
}
