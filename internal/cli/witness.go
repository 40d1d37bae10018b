package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"plumbline/internal/app"
	"plumbline/internal/errs"
)

type witnessCmd struct {
	Data   string   `help:"The folder for the witness's key and the last checkpoints." zh:"存放见证方密钥和最近检查点的文件夹。" placeholder:"DIR"`
	Name   string   `help:"The witness's name, where it has no key yet: a URL without its scheme, as witness.example.org." zh:"见证方名称（首次运行时）：不带协议的网址，如 witness.example.org。" default:"witness.plumbline" placeholder:"NAME"`
	Listen string   `help:"Address and port to answer on." zh:"监听的地址和端口。" default:"127.0.0.1:8090" placeholder:"HOST:PORT"`
	Log    []string `sep:"none" help:"The key of a log, and where it is served: it is looked at there, too. May be repeated." zh:"日志公钥及其网址：同时会主动查看。可重复。" placeholder:"KEY[@URL]"`
}

// Run witnesses logs until it is told to stop.
func (x *witnessCmd) Run(c *call) error {
	if x.Data == "" {
		return &errs.Error{Code: errs.Usage, What: errs.T("no folder is given for the witness", "没有指定见证方的文件夹"), Next: errs.T("write --data DIR", "请写 --data 目录")}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return app.Witness(ctx, app.WitnessOptions{Dir: x.Data, Name: x.Name, Listen: x.Listen, Logs: x.Log, Log: c.logger(""),
		Started: func(addr net.Addr, key string) {
			fmt.Fprintln(c.Err, c.say("the witness answers on http://%[1]s\na service asks it with: --witness %[2]s@http://%[1]s", "见证方已在 http://%[1]s 提供服务\n服务端配置：--witness %[2]s@http://%[1]s", addr, key))
		}})
}
