package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"plumbline/internal/errs"
	"plumbline/internal/seal/witness"
)

// WitnessOptions say which logs are witnessed where.
type WitnessOptions struct {
	Dir     string
	Name    string
	Listen  string
	Logs    []string // KEY or KEY@URL
	Log     *slog.Logger
	Started func(addr net.Addr, key string)
}

// Witness cosigns logs until ctx ends.
func Witness(ctx context.Context, o WitnessOptions) error {
	w, err := openWitness(o)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("can't listen on %s: %v", "无法监听 %s：%v", o.Listen, reasonOf(err)),
			Next: errs.T("choose another address with --listen, or stop what listens there", "请用 --listen 换一个地址，或停止占用该地址的程序")}
	}
	server := &http.Server{Handler: w.Handler(), ReadTimeout: 20 * time.Second, WriteTimeout: 20 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug)}
	ended, looked := make(chan error, 1), make(chan struct{})
	go func() { ended <- server.Serve(l) }()
	looking, enough := context.WithCancel(ctx)
	go func() {
		defer close(looked)
		w.Run(looking)
	}()
	if o.Started != nil {
		o.Started(l.Addr(), w.Key())
	}
	select {
	case err = <-ended:
		err = fmt.Errorf("serving HTTP: %w", err)
	case <-ctx.Done():
		drain, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if server.Shutdown(drain) != nil {
			_ = server.Close() // they had their time
		}
	}
	enough()
	<-looked
	return err
}

func openWitness(o WitnessOptions) (*witness.Witness, error) {
	var logs []witness.Log
	for _, text := range o.Logs {
		l := witness.Log{Key: text}
		if key, url, ok := strings.Cut(text, "@http"); ok {
			l = witness.Log{Key: key, URL: logPrefix("http" + url)}
		}
		logs = append(logs, l)
	}
	if len(logs) == 0 {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("no log is given to witness", "没有指定要见证的日志"),
			Next: errs.T("write --log KEY@URL for each; plumbline seal key shows the key of one", "请为每份日志写 --log 公钥@网址；公钥可用 plumbline seal key 查看")}
	}
	return witness.Open(witness.Options{Dir: o.Dir, Name: o.Name, Logs: logs, Now: time.Now, Log: o.Log})
}

// logPrefix is where the log of a service lies.
func logPrefix(url string) string {
	url = strings.TrimSuffix(url, "/")
	if !strings.HasSuffix(url, "/log") {
		url += "/log"
	}
	return url
}
